/* objection.c - the phrases that say "you got it wrong", in many languages.
 *
 *   text → lower case, apostrophes dropped, stops as '.', other separators as ' '
 *   → openers such as "no," passed over → one of the phrases, and an end after it
 *
 * Who objects opens with it, so a phrase within a turn does not count. What follows the
 * phrase tells an objection from a question that begins alike: a stop, the end, or, where
 * the phrase is marked by a '+', any further word. The marker of what a turn means for
 * the decision before it is left to daemon/api. */
#include "classifier/features/objection.h"

#include "classifier/text/utf8.h"

enum {
  TURN_BYTES_MAX = 400, /* longer turns bring matter of their own */
  HEAD_BYTES_MAX = 96,  /* of the folded text that is looked at */
  OPENERS_MAX = 3
};

/* Words before the objection proper, each with the separator that the folding leaves. */
static const char *const openers[] = {
    "no",   "nope", "hmm",  "hm",   "um",      "sorry",     "but",  "wait",
    "well", "ok",   "okay", "hey",  "i think", "im afraid", "nein", "leider",
    "aber", "non",  "mais", "pero", "não",     "mas",       "ma",   "nee",
    "maar", "nie",  "ale",  "нет",  "но",      "hayır",     "ama",  "désolé",
};

/* "that's" has lost its apostrophe by then. '+': more words may follow at once. */
static const char *const phrases[] = {
    /* English */
    "thats wrong",
    "thats wrong because+",
    "that is wrong",
    "that is wrong because+",
    "thats not right",
    "that is not right",
    "that isnt right",
    "thats not correct",
    "that is not correct",
    "that isnt correct",
    "thats incorrect",
    "that is incorrect",
    "this is wrong",
    "this is not right",
    "this isnt right",
    "this is incorrect",
    "this is not correct",
    "its wrong",
    "it is wrong",
    "incorrect",
    "wrong",
    "wrong answer",
    "youre wrong",
    "you are wrong",
    "you got it wrong",
    "you made a mistake+",
    "you made an error+",
    "your answer is wrong+",
    "your answer is incorrect+",
    "the answer is wrong+",
    "that was wrong",
    "that doesnt work",
    "that does not work",
    "that didnt work",
    "that did not work",
    "this doesnt work",
    "it doesnt work",
    "it still doesnt work",
    "still doesnt work",
    "still wrong",
    "still not working",
    "thats not what i asked+",
    "that is not what i asked+",
    "that isnt what i asked+",
    "thats not what i meant+",
    "that is not what i meant+",
    "thats not what i wanted+",
    "thats not what i want+",
    "this is not what i asked+",
    "not what i asked+",
    "i didnt ask+",
    "you didnt answer+",
    "you did not answer+",
    "that doesnt answer+",
    "that does not answer+",
    "you misunderstood+",
    "not true",
    "thats not true",
    "that is not true",
    "try again",
    "please try again",
    /* German, Dutch */
    "das ist falsch",
    "das ist nicht richtig",
    "das stimmt nicht",
    "stimmt nicht",
    "falsch",
    "das ist nicht korrekt",
    "das war falsch",
    "das habe ich nicht gefragt",
    "das hab ich nicht gefragt",
    "das war nicht meine frage",
    "das funktioniert nicht",
    "das klappt nicht",
    "du liegst falsch",
    "du hast mich falsch verstanden",
    "dat klopt niet",
    "dat is fout",
    "dat is niet juist",
    "dat vroeg ik niet",
    /* French */
    "cest faux",
    "cest incorrect",
    "ce nest pas correct",
    "ce nest pas juste",
    "cest pas ça",
    "ce nest pas ça",
    "ce nest pas ce que jai demandé+",
    "cest pas ce que jai demandé+",
    "tu te trompes",
    "vous vous trompez",
    "ça ne marche pas",
    "faux",
    /* Spanish, Portuguese, Italian */
    "eso está mal",
    "eso es incorrecto",
    "eso no es correcto",
    "está mal",
    "incorrecto",
    "no es correcto",
    "eso no es lo que pregunté+",
    "eso no es lo que pedí+",
    "no es lo que pregunté+",
    "te equivocas",
    "no funciona",
    "isso está errado",
    "está errado",
    "errado",
    "isso não está certo",
    "não foi isso que perguntei+",
    "não é isso",
    "è sbagliato",
    "sbagliato",
    "non è corretto",
    "non è quello che ho chiesto+",
    "ti sbagli",
    /* Polish, Russian, Ukrainian, Turkish, Indonesian, Vietnamese */
    "to źle",
    "to nieprawda",
    "to jest błędne",
    "nie o to pytałem+",
    "nie o to pytałam+",
    "это неправильно",
    "неправильно",
    "это неверно",
    "неверно",
    "это не так",
    "ты ошибся",
    "вы ошиблись",
    "я не это спрашивал",
    "я не об этом спрашивал",
    "це неправильно",
    "неправильно",
    "bu yanlış",
    "yanlış",
    "itu salah",
    "salah",
    "sai rồi",
    "không đúng",
    /* Chinese, Japanese, Korean */
    "不对",
    "不對",
    "错了",
    "錯了",
    "这是错的",
    "這是錯的",
    "你错了",
    "你錯了",
    "答案错了",
    "不正确",
    "不正確",
    "这不对",
    "這不對",
    "不是我问的",
    "我不是问这个",
    "我问的不是这个",
    "違います",
    "違う",
    "間違っています",
    "間違ってる",
    "間違いです",
    "それは違います",
    "틀렸어",
    "틀렸어요",
    "틀렸습니다",
    "아니에요",
    "그게 아니라+",
    "그게 아니야",
    /* Arabic, Hindi */
    "هذا خطأ",
    "خطأ",
    "هذا غير صحيح",
    "غير صحيح",
    "यह गलत है",
    "ये गलत है",
    "गलत है",
    "गलत",
};

/* The folded beginning of a turn. */
struct head {
  char text[HEAD_BYTES_MAX + 8];
  size_t len;
};

/* Question marks are none: "That's wrong?" asks. */
static bool is_stop(uint32_t c) {
  return c == '.' || c == ',' || c == '!' || c == ';' || c == ':' || c == '\n' || c == 0x2026 ||
         c == 0x2014 || c == 0x2013 || c == 0x3001 || c == 0x3002 || c == 0xFF0C || c == 0xFF01 ||
         c == 0xFF1B || c == 0xFF1A || c == 0x060C || c == 0x0964;
}

/* Straight, curly and modifier apostrophes: people type all of them. */
static bool is_apostrophe(uint32_t c) {
  return c == '\'' || c == '`' || c == 0x2019 || c == 0x02BC || c == 0x00B4;
}

static bool is_question_mark(uint32_t c) {
  return c == '?' || c == 0xFF1F || c == 0x061F;
}

static bool is_separator(uint32_t c) {
  enum script script;
  if (c < 0x80)
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  const enum codepoint_kind kind = utf8_classify(c, &script);
  return kind != CODEPOINT_LETTER && kind != CODEPOINT_MARK;
}

/* A run of separators becomes one: a stop if there is one among them, else a blank. */
static void put_separator(struct head *head, char separator) {
  if (head->len == 0)
    return;
  char *last = &head->text[head->len - 1];
  if (*last != ' ' && *last != '.')
    head->text[head->len++] = separator;
  else if (separator == '.')
    *last = '.';
}

/* Lower case of the letter, whose bytes are at p. Where folding would change how many
 * bytes it takes, it is kept as it is. */
static void put_letter(struct head *head, const unsigned char *p, size_t len, uint32_t codepoint) {
  const uint32_t folded = utf8_fold(codepoint);
  char *out = &head->text[head->len];
  memcpy(out, p, len);
  if (folded < 0x80 && len == 1)
    out[0] = (char)folded;
  else if (folded >= 0x80 && folded < 0x800 && len == 2) {
    out[0] = (char)(0xC0 | folded >> 6);
    out[1] = (char)(0x80 | (folded & 0x3F));
  }
  head->len += len;
}

static void fold(struct span text, struct head *head) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *end = p + text.len;
  head->len = 0;
  while (p < end && head->len < HEAD_BYTES_MAX) {
    uint32_t codepoint = *p;
    bool bad = false;
    const size_t len = codepoint < 0x80 ? 1 : utf8_decode(p, end, &codepoint, &bad);
    if (is_question_mark(codepoint))
      head->text[head->len++] = '?';
    else if (is_stop(codepoint))
      put_separator(head, '.');
    else if (is_separator(codepoint) && !is_apostrophe(codepoint))
      put_separator(head, ' ');
    else if (!is_apostrophe(codepoint))
      put_letter(head, p, len, codepoint);
    p += len;
  }
  /* Nothing after the end is as good as a stop, unless the text was cut. */
  if (p == end)
    put_separator(head, '.');
}

/* The length of word and its separator, when the text begins with them; else 0. */
static size_t opener_length(struct span text, const char *word) {
  const size_t len = word[0] == text.ptr[0] ? strlen(word) : 0;
  if (len == 0 || text.len <= len || memcmp(text.ptr, word, len) != 0)
    return 0;
  return text.ptr[len] == ' ' || text.ptr[len] == '.' ? len + 1 : 0;
}

static bool begins_with(struct span text, const char *phrase) {
  size_t len = strlen(phrase);
  const bool open = phrase[len - 1] == '+';
  len -= open;
  if (text.len <= len || memcmp(text.ptr, phrase, len) != 0)
    return false;
  return text.ptr[len] == '.' || (open && text.ptr[len] == ' ');
}

static bool begins_with_any(struct span text) {
  for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
    if (text.len > 0 && phrases[i][0] == text.ptr[0] && begins_with(text, phrases[i]))
      return true;
  return false;
}

/* The text behind an opener; empty when it begins with none. */
static struct span behind_opener(struct span text) {
  for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
    const size_t passed = opener_length(text, openers[i]);
    if (passed > 0)
      return span_make(text.ptr + passed, text.len - passed);
  }
  return span_make(NULL, 0);
}

bool objection_is(struct span text) {
  struct head head;
  if (text.len == 0 || text.len > TURN_BYTES_MAX)
    return false;
  fold(text, &head);
  struct span rest = span_make(head.text, head.len);
  /* "No, sorry, but that's wrong" has three openers, and "no es correcto" none. */
  for (size_t i = 0; i <= OPENERS_MAX && rest.len > 0; i++) {
    if (begins_with_any(rest))
      return true;
    rest = behind_opener(rest);
  }
  return false;
}
