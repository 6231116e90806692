/* conversation.c - finds the question in what the harness sent.
 *
 * The question is the newest user message, less the blocks that harnesses wrap
 * around it. When that message only says "continue", or the newest messages are
 * tool results, the question is the last user message with substance. Everything
 * else is left to the context features. */
#include "classifier/features/conversation.h"

#include "classifier/text/utf8.h"

/* Elements that harnesses put into a user turn beside what the user wrote. */
static const char *const envelope_tags[] = {
    "system-reminder",  "system_reminder", "system",       "environment_details", "environment_context",
    "context",          "documents",       "document",     "document_content",    "retrieved_documents",
    "search_results",   "search_result",   "sources",      "source",              "attachments",
    "attached_files",   "attachment",      "file",         "files",               "file_content",
    "ide_selection",    "ide_opened_file", "tools",        "tool_results",        "tool_result",
    "function_results", "user_info",       "rules",        "project_layout",      "open_files",
    "memory",           "memories",        "instructions", "user_instructions",   "additional_data",
    "command-name",     "command-message", "local-command-stdout", "knowledge",   "reminder",
};

/* Words that carry a conversation on without saying anything new. A message made
 * of these alone inherits the difficulty of what it continues. */
static const char *const continuation_words[] = {
    "continue", "continues", "yes",     "yep",     "yeah",     "y",        "ok",      "okay",
    "sure",     "please",    "go",      "on",      "ahead",    "do",       "it",      "that",
    "this",     "proceed",   "next",    "more",    "keep",     "going",    "carry",   "commit",
    "push",     "ship",      "apply",   "run",     "and",      "then",     "now",     "the",
    "again",    "try",       "retry",   "great",   "good",     "looks",    "lgtm",    "perfect",
    "fine",     "thanks",    "thank",   "you",     "cool",     "right",    "correct", "all",
    "finish",   "resume",    "confirm", "confirmed", "approved", "accept", "agreed",  "done",
    "step",     "so",        "with",    "just",    "lets",     "let's",    "us",      "changes",
    "sí",       "si",        "continúa", "continua", "sigue",  "adelante", "vale",    "hazlo",
    "oui",      "continuez", "vas-y",   "d'accord", "vas",     "ja",       "weiter",  "mach",
    "bitte",    "gut",       "sim",     "pode",    "continuar", "да",      "продолжай", "продолжить",
    "дальше",   "давай",     "хорошо",  "继续",    "好的",     "好",       "是的",    "是",
    "请继续",   "可以",      "接着",    "下一步",  "続けて",   "はい",     "お願いします", "계속",
    "네",       "계속해",    "نعم",     "أكمل",    "تابع",     "हाँ",       "जारी",    "रखें",
};

enum {
  CONTINUATION_BYTES_MAX = 64,
  CONTINUATION_WORDS_MAX = 8,
  WORD_BYTES_MAX = 32,
  TAG_BYTES_MAX = 32
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trim(struct span text) {
  while (text.len > 0 && is_blank(text.ptr[0]))
    text = span_make(text.ptr + 1, text.len - 1);
  while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
    text.len--;
  return text;
}

/* Lower case into out, which holds WORD_BYTES_MAX bytes; 0 when it does not fit. */
static size_t fold_word(struct span word, char *out) {
  const unsigned char *p = (const unsigned char *)word.ptr;
  const unsigned char *end = p + word.len;
  size_t length = 0;
  while (p < end) {
    uint32_t codepoint;
    bool bad = false;
    size_t taken = utf8_decode(p, end, &codepoint, &bad);
    uint32_t folded = utf8_fold(codepoint);
    if (length + taken > WORD_BYTES_MAX)
      return 0;
    if (folded < 0x80) {
      out[length] = (char)folded;
    } else if (taken == 2 && folded < 0x800) {
      out[length] = (char)(0xC0 | folded >> 6);
      out[length + 1] = (char)(0x80 | (folded & 0x3F));
    } else {
      memcpy(out + length, p, taken);
    }
    length += taken;
    p += taken;
  }
  return length;
}

static bool is_continuation_word(struct span word) {
  char folded[WORD_BYTES_MAX];
  struct span key = span_make(folded, fold_word(word, folded));
  for (size_t i = 0; i < COUNT(continuation_words); i++)
    if (span_is(key, continuation_words[i]))
      return true;
  return false;
}

/* The length in bytes of the character at p; *separates is set when it stands
 * between words: ASCII punctuation and blanks, CJK stops, symbols. */
static size_t character(const char *p, size_t left, bool *separates) {
  unsigned char c = (unsigned char)*p;
  if (c < 0x80) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '\'' || c == '-';
    *separates = !word;
    return 1;
  }
  uint32_t codepoint;
  bool bad = false;
  enum script script;
  size_t length =
      utf8_decode((const unsigned char *)p, (const unsigned char *)p + left, &codepoint, &bad);
  enum codepoint_kind kind = utf8_classify(codepoint, &script);
  *separates =
      kind == CODEPOINT_PUNCTUATION || kind == CODEPOINT_SPACE || kind == CODEPOINT_SYMBOL;
  return length;
}

/* "Yes, do it!", "continue", "继续。" and nothing else. */
static bool is_continuation(struct span text) {
  text = trim(text);
  if (text.len == 0 || text.len > CONTINUATION_BYTES_MAX)
    return text.len == 0;
  size_t words = 0;
  size_t start = 0; /* of the word that is being read */
  for (size_t at = 0; at < text.len;) {
    bool separates;
    size_t length = character(text.ptr + at, text.len - at, &separates);
    size_t end = separates ? at : at + length;
    at += length;
    if (!separates && at < text.len)
      continue;
    struct span word = span_make(text.ptr + start, end - start);
    start = at;
    if (word.len > 0 && (++words > CONTINUATION_WORDS_MAX || !is_continuation_word(word)))
      return false;
  }
  return true;
}

/* The name of the element that opens at the text's first byte, a '<'; empty when it
 * is not the opening of an envelope. */
static struct span envelope_name(struct span text) {
  const struct span none = {text.ptr, 0};
  size_t len = 0;
  while (len < TAG_BYTES_MAX && len + 1 < text.len &&
         (text.ptr[len + 1] == '-' || text.ptr[len + 1] == '_' ||
          (text.ptr[len + 1] >= 'a' && text.ptr[len + 1] <= 'z')))
    len++;
  char after = len + 1 < text.len ? text.ptr[len + 1] : '\0';
  if (len == 0 || (after != '>' && after != ' ' && after != '\n'))
    return none;
  struct span name = span_make(text.ptr + 1, len);
  for (size_t i = 0; i < COUNT(envelope_tags); i++)
    if (span_is(name, envelope_tags[i]))
      return name;
  return none;
}

/* The length of the element of this name that opens at the text's first byte, its
 * closing tag included. 0 when it is never closed: then it is no envelope, since
 * the text after it may be the question. */
static size_t envelope_length(struct span text, struct span tag) {
  const char *p = text.ptr + tag.len + 2;
  const char *end = text.ptr + text.len;
  while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
    size_t left = (size_t)(end - p);
    if (left >= tag.len + 3 && p[1] == '/' && memcmp(p + 2, tag.ptr, tag.len) == 0 &&
        p[2 + tag.len] == '>')
      return (size_t)(p - text.ptr) + tag.len + 3;
    p++;
  }
  return 0;
}

static void add_span(struct question *question, struct span text) {
  text = trim(text);
  if (text.len == 0)
    return;
  if (question->spans_count == QUESTION_SPANS_MAX) {
    /* A turn in more pieces than that is a harness's work, not a person's. */
    question->envelope_bytes += text.len;
    return;
  }
  question->spans[question->spans_count++] = text;
}

/* Adds the pieces of one text part that lie outside envelope elements. */
static void add_part(struct question *question, struct span text) {
  size_t start = 0;
  unsigned unclosed = 0;
  if (text.len == 0)
    return; /* perhaps without any bytes to point at */
  for (size_t at = 0; at < text.len; at++) {
    const char *open = memchr(text.ptr + at, '<', text.len - at);
    if (open == NULL || unclosed > 16)
      break;
    at = (size_t)(open - text.ptr);
    struct span rest = span_make(open, text.len - at);
    struct span tag = envelope_name(rest);
    if (tag.len == 0)
      continue; /* a comparison, or an element of the user's own */
    size_t length = envelope_length(rest, tag);
    if (length == 0) {
      /* Looking for an end that is not there costs a pass over the rest; a text
       * full of such openings must not make that quadratic. */
      unclosed += rest.len > 4096;
      continue;
    }
    add_span(question, span_make(text.ptr + start, at - start));
    question->envelope_bytes += length;
    at += length - 1;
    start = at + 1;
  }
  add_span(question, span_make(text.ptr + start, text.len - start));
}

/* Does the entry carry on the message of the one before it? Parts of another role
 * do not: tool results and the user's words may come in one message. */
static bool same_message(const struct conversation *conversation, size_t index) {
  const struct turn *turn = &conversation->turns[index];
  return !turn->starts_message && turn->role == turn[-1].role;
}

/* Where the message begins that the entry at index belongs to. */
static size_t message_start(const struct conversation *conversation, size_t index) {
  while (index > 0 && same_message(conversation, index))
    index--;
  return index;
}

/* Puts the message that begins at start into question. */
static void take_message(const struct conversation *conversation, size_t start,
                         struct question *question) {
  *question = (struct question){.turn_index = start};
  size_t bytes = 0;
  size_t end = start;
  do {
    add_part(question, conversation->turns[end].text);
    bytes += conversation->turns[end].text.len;
    end++;
  } while (end < conversation->turns_count && same_message(conversation, end));
  if (question->spans_count > 0 || bytes == 0)
    return;
  /* Nothing but envelope: then the envelope is what the user sent. */
  question->envelope_bytes = 0;
  for (size_t i = start; i < end; i++)
    add_span(question, conversation->turns[i].text);
}

void conversation_question(const struct conversation *conversation, struct question *question) {
  struct question newest = {0};
  bool have_newest = false;
  bool tools_after = false;
  *question = (struct question){0};
  for (size_t i = conversation->turns_count; i-- > 0;) {
    i = message_start(conversation, i);
    enum turn_role role = conversation->turns[i].role;
    tools_after |= role == TURN_TOOL && !have_newest;
    if (role != TURN_USER)
      continue;
    take_message(conversation, i, question);
    bool carries_on = question->spans_count == 0 ||
                      (question->spans_count == 1 && is_continuation(question->spans[0]));
    if (!carries_on) {
      question->inherited = have_newest || tools_after;
      return;
    }
    if (!have_newest) {
      newest = *question;
      have_newest = true;
    }
  }
  /* Nobody said anything of substance; the newest turn is all there is. */
  *question = newest;
}
