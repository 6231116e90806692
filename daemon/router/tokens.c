/* tokens.c - a token estimate from character classes.
 *
 * The rates are rounded from what byte-pair vocabularies of 100,000 to 200,000
 * entries (cl100k, o200k and their like) are known to do: about 1.3 tokens for an
 * English word with its share of marks, three digits a token, three to four
 * tokens a message for its framing (OpenAI cookbook, "How to count tokens with
 * tiktoken"), and one token for one to two characters of CJK text. */
#include "daemon/router/tokens.h"

#include "classifier/text/utf8.h"

/* In hundredths of a token, so that sums are exact. */
enum {
  PER_WORD = 100,
  PER_LETTER_BEYOND = 19, /* each letter of an ASCII word beyond WORD_LETTERS */
  WORD_LETTERS = 7,
  PER_DIGITS = 100, /* up to three */
  PER_MARK = 62,    /* runs of marks share tokens */
  PER_NEWLINE = 55,
  PER_SYMBOL = 180,
  PER_MESSAGE = 400,
  PER_TOOL = 900,
  PER_IMAGE = 100000,
  PER_FILE = 150000,
  JSON_BYTES_PER_TOKEN = 4
};

static const unsigned short per_letter[SCRIPT_COUNT] = {
    [SCRIPT_LATIN] = 38, [SCRIPT_GREEK] = 48, [SCRIPT_CYRILLIC] = 34, [SCRIPT_ARABIC] = 42,
    [SCRIPT_INDIC] = 52, [SCRIPT_THAI] = 58,  [SCRIPT_HANGUL] = 78,   [SCRIPT_KANA] = 72,
    [SCRIPT_HAN] = 78,   [SCRIPT_OTHER] = 90,
};

static inline bool is_letter(unsigned char c) {
  return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline bool is_digit(unsigned char c) {
  return (unsigned char)(c - '0') < 10;
}

static const unsigned char *ascii_word(const unsigned char *p, const unsigned char *end,
                                       uint64_t *cost) {
  const unsigned char *start = p;
  while (p < end && is_letter(*p))
    p++;
  uint64_t letters = (uint64_t)(p - start);
  *cost += PER_WORD;
  if (letters > WORD_LETTERS)
    *cost += (letters - WORD_LETTERS) * PER_LETTER_BEYOND;
  return p;
}

static const unsigned char *digits(const unsigned char *p, const unsigned char *end,
                                   uint64_t *cost) {
  const unsigned char *start = p;
  while (p < end && is_digit(*p))
    p++;
  *cost += ((uint64_t)(p - start) + 2) / 3 * PER_DIGITS;
  return p;
}

static const unsigned char *wide(const unsigned char *p, const unsigned char *end, uint64_t *cost) {
  uint32_t codepoint;
  bool bad = false;
  enum script script;
  p += utf8_decode(p, end, &codepoint, &bad);
  enum codepoint_kind kind = bad ? CODEPOINT_SYMBOL : utf8_classify(codepoint, &script);
  if (kind == CODEPOINT_LETTER)
    *cost += per_letter[script];
  else
    *cost += kind == CODEPOINT_PUNCTUATION ? PER_WORD : PER_SYMBOL;
  return p;
}

uint64_t tokens_of_text(struct span text) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *end = p + text.len;
  uint64_t cost = 0;
  while (p < end) {
    unsigned char c = *p;
    if (is_letter(c)) {
      p = ascii_word(p, end, &cost);
    } else if (is_digit(c)) {
      p = digits(p, end, &cost);
    } else if (c >= 0x80) {
      p = wide(p, end, &cost);
    } else {
      /* A space belongs to the word behind it. */
      cost += c == ' ' || c == '\t' || c == '\r' ? 0 : c == '\n' ? PER_NEWLINE : PER_MARK;
      p++;
    }
  }
  return (cost + 99) / 100;
}

uint64_t tokens_of_conversation(const struct conversation *conversation) {
  uint64_t cost = 300;
  uint64_t tokens = 0;
  for (size_t i = 0; i < conversation->turns_count; i++) {
    tokens += tokens_of_text(conversation->turns[i].text);
    cost += conversation->turns[i].starts_message ? PER_MESSAGE : 0;
  }
  tokens += conversation->tools_bytes / JSON_BYTES_PER_TOKEN;
  cost += (uint64_t)conversation->tools_count * PER_TOOL;
  cost += (uint64_t)conversation->images_count * PER_IMAGE;
  cost += (uint64_t)conversation->files_count * PER_FILE;
  return tokens + cost / 100;
}
