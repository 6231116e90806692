/* continuation.c - the words of assent and of going on, in many languages.
 *
 * A turn made of these alone says nothing about difficulty; conversation.c then
 * looks at what it continues. One word outside the list makes it a question of its
 * own: "yes, but why?" is one. */
#include "classifier/features/continuation.h"

#include "classifier/features/wordlist.h"

enum {
  BYTES_MAX = 64,
  WORDS_MAX = 8,
  TOOL_HEAD_BYTES_MAX = 256 /* the command in a tool result's first line may be long */
};

/* English: assent. */
static const char *const assent[] = {
    "yes",     "yep",        "yeah",       "yup",      "y",      "ok",        "okay",
    "k",       "sure",       "please",     "pls",      "right",  "correct",   "exactly",
    "agreed",  "absolutely", "definitely", "of",       "course", "confirm",   "confirmed",
    "approve", "approved",   "accept",     "accepted", "great",  "good",      "nice",
    "looks",   "sounds",     "lgtm",       "perfect",  "fine",   "excellent", "awesome",
    "cool",    "thanks",     "thank",      "you",      "no",     "nope",      "problem",
    "works",   "me",         "to",         "for",
};

/* Going on, and the choices that an assistant offers. */
static const char *const going_on[] = {
    "continue", "continues", "go",   "on",     "ahead",   "do",        "it",     "that",   "this",
    "them",     "proceed",   "next", "more",   "keep",    "going",     "carry",  "commit", "push",
    "merge",    "deploy",    "ship", "apply",  "run",     "save",      "send",   "start",  "begin",
    "and",      "then",      "now",  "the",    "again",   "try",       "retry",  "redo",   "all",
    "finish",   "resume",    "done", "step",   "steps",   "so",        "with",   "just",   "let",
    "lets",     "let's",     "us",   "change", "changes", "first",     "second", "one",    "both",
    "option",   "where",     "left", "off",    "from",    "there",     "here",   "i",      "we",
    "am",       "ready",     "way",  "your",   "plan",    "suggested",
};

/* German, Dutch. */
static const char *const german[] = {
    "ja",    "jawohl",        "genau",      "klar",   "gern",         "gerne",  "bitte",    "gut",
    "passt", "einverstanden", "danke",      "weiter", "weitermachen", "mach",   "mache",    "fahr",
    "fahre", "fort",          "fortfahren", "los",    "nein",         "verder", "doorgaan", "ga",
    "graag", "das",           "es",
};

/* French. */
static const char *const french[] = {
    "oui", "d'accord", "continuez", "poursuis", "poursuivez", "vas",   "vas-y", "allez-y", "s'il",
    "te",  "vous",     "plaît",     "merci",    "parfait",    "c'est", "bon",   "bien",    "non",
};

/* Spanish, Portuguese, Italian. */
static const char *const romance[] = {
    "sí",       "si",      "sì",       "sim",     "continúa", "continua", "continúe", "continuar",
    "sigue",    "siga",    "adelante", "vale",    "dale",     "hazlo",    "claro",    "por",
    "favor",    "gracias", "perfecto", "pode",    "prossiga", "isso",     "obrigado", "obrigada",
    "perfeito", "vai",     "avanti",   "procedi", "per",      "favore",   "certo",    "va",
    "bene",     "grazie",  "perfetto", "não",
};

/* Slavic languages, Turkish, Indonesian, Vietnamese. */
static const char *const slavic[] = {
    "да",        "нет",        "продолжай", "продолжайте", "продолжить", "дальше",
    "далее",     "давай",      "хорошо",    "ладно",       "ок",         "конечно",
    "верно",     "пожалуйста", "спасибо",   "сделай",      "так",        "далі",
    "продовжуй", "tak",        "kontynuuj", "dalej",       "proszę",     "evet",
    "devam",     "et",         "lütfen",    "tamam",       "ya",         "lanjut",
    "lanjutkan", "silakan",    "vâng",      "tiếp",        "tục",        "được",
};

/* Chinese, Japanese, Korean. */
static const char *const cjk[] = {
    "继续", "繼續",     "请继续", "好的",   "好",           "是的",   "是",   "对",
    "對",   "嗯",       "行",     "吧",     "可以",         "没问题", "同意", "确认",
    "接着", "下一步",   "请",     "提交",   "谢谢",         "不",     "不用", "続けて",
    "続き", "ください", "はい",   "いいえ", "お願いします", "進めて", "次",   "へ",
    "了解", "どうぞ",   "계속",   "계속해", "해",           "주세요", "줘",   "네",
    "예",   "응",       "좋아",   "좋아요", "진행",         "진행해", "그래",
};

/* Arabic, Hindi. */
static const char *const arabic[] = {
    "نعم", "أكمل", "تابع", "استمر", "حسنا", "موافق", "हाँ", "हां", "जारी", "रखें", "रखो", "ठीक", "है",
};

#define LIST(words)                                                                                \
  { words, sizeof(words) / sizeof((words)[0]), 0 }

static const struct wordlist lists[] = {
    LIST(assent),  LIST(going_on), LIST(german), LIST(french),
    LIST(romance), LIST(slavic),   LIST(cjk),    LIST(arabic),
};

/* The answer to a choice: "2", "12", "b", "Option 2". */
static bool is_choice(struct span text) {
  const size_t option = strlen("option ");
  if (text.len > option && memcmp(text.ptr + 1, "ption ", option - 1) == 0)
    text = span_make(text.ptr + option, text.len - option);
  bool digits = text.len > 0 && text.len <= 2;
  for (size_t i = 0; digits && i < text.len; i++)
    digits = text.ptr[i] >= '0' && text.ptr[i] <= '9';
  bool letter = text.len == 1 && ((text.ptr[0] >= 'a' && text.ptr[0] <= 'z') ||
                                  (text.ptr[0] >= 'A' && text.ptr[0] <= 'Z'));
  return digits || letter;
}

/* Agents without tool messages report in the user's name: "[read_file for 'a.c']
 * Result:" and then the output. */
static bool is_tool_report(struct span text) {
  static const char mark[] = "] Result:";
  size_t limit = text.len < TOOL_HEAD_BYTES_MAX ? text.len : TOOL_HEAD_BYTES_MAX;
  if (text.len == 0 || text.ptr[0] != '[')
    return false;
  for (size_t i = 0; i + sizeof mark - 1 <= limit && text.ptr[i] != '\n'; i++)
    if (memcmp(text.ptr + i, mark, sizeof mark - 1) == 0)
      return true;
  return false;
}

bool continuation_is(struct span text) {
  if (text.len == 0 || is_choice(text) || is_tool_report(text))
    return true;
  if (text.len > BYTES_MAX)
    return false;
  struct wordlist_tally tally = wordlist_count(text, lists, sizeof lists / sizeof lists[0], 0);
  return tally.foreign == 0 && tally.words <= WORDS_MAX;
}
