/* wordlist.c - cuts a text into words, folds each to lower case and looks it up.
 *
 * The lists are short and the texts a sentence, so a plain search will do. What a
 * list means is its owner's business: continuation.c and documents.c have one. */
#include "classifier/features/wordlist.h"

#include "classifier/text/utf8.h"

/* Lower case into out, which holds WORDLIST_WORD_BYTES_MAX bytes; the length, or 0
 * when it does not fit. */
static size_t fold(struct span word, char *out) {
  const unsigned char *p = (const unsigned char *)word.ptr;
  const unsigned char *end = p + word.len;
  size_t length = 0;
  while (p < end) {
    uint32_t codepoint;
    bool bad = false;
    size_t taken = utf8_decode(p, end, &codepoint, &bad);
    uint32_t folded = utf8_fold(codepoint);
    if (length + taken > WORDLIST_WORD_BYTES_MAX)
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

/* The Arabic comma, semicolon and question mark, and the Indic full stop, which count
 * as letters of their scripts elsewhere. */
static bool is_foreign_stop(uint32_t codepoint) {
  return codepoint == 0x60C || codepoint == 0x61B || codepoint == 0x61F || codepoint == 0x964;
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
  *separates = kind == CODEPOINT_PUNCTUATION || kind == CODEPOINT_SPACE ||
               kind == CODEPOINT_SYMBOL || is_foreign_stop(codepoint);
  return length;
}

static bool is_listed(struct span word, const struct wordlist *list) {
  for (size_t i = 0; i < list->count; i++)
    if (list->words[i][0] == word.ptr[0] && span_is(word, list->words[i]))
      return true;
  return false;
}

/* The length of the list's longest word that the text begins with. */
static size_t listed_prefix(struct span text, const struct wordlist *list) {
  size_t best = 0;
  for (size_t i = 0; i < list->count; i++) {
    size_t len = strlen(list->words[i]);
    if (len > best && len <= text.len && memcmp(text.ptr, list->words[i], len) == 0)
      best = len;
  }
  return best;
}

/* Is every part of an unspaced run listed? "好的继续" is two words. */
static bool split(struct span run, const struct wordlist *lists, size_t lists_count,
                  unsigned *flags) {
  while (run.len > 0) {
    size_t best = 0, best_list = 0;
    for (size_t i = 0; i < lists_count; i++) {
      size_t length = listed_prefix(run, &lists[i]);
      best_list = length > best ? i : best_list;
      best = length > best ? length : best;
    }
    if (best == 0)
      return false;
    *flags |= lists[best_list].flag;
    run = span_make(run.ptr + best, run.len - best);
  }
  return true;
}

/* Han, kana and hangul: the scripts whose words run together. */
static bool is_unspaced(struct span word) {
  return word.len >= 6 && (unsigned char)word.ptr[0] >= 0xE3 && (unsigned char)word.ptr[0] <= 0xED;
}

static void count_word(struct span word, const struct wordlist *lists, size_t lists_count,
                       struct wordlist_tally *tally) {
  char folded[WORDLIST_WORD_BYTES_MAX];
  struct span key = span_make(folded, fold(word, folded));
  tally->words++;
  for (size_t i = 0; i < lists_count && key.len > 0; i++)
    if (is_listed(key, &lists[i])) {
      tally->flags |= lists[i].flag;
      return;
    }
  if (!is_unspaced(word) || !split(word, lists, lists_count, &tally->flags))
    tally->foreign++;
}

struct wordlist_tally wordlist_count(struct span text, const struct wordlist *lists,
                                     size_t lists_count, size_t foreign_max) {
  struct wordlist_tally tally = {0};
  size_t start = 0; /* of the word that is being read */
  for (size_t at = 0; at < text.len && tally.foreign <= foreign_max;) {
    bool separates;
    size_t length = character(text.ptr + at, text.len - at, &separates);
    size_t end = separates ? at : at + length;
    at += length;
    if (!separates && at < text.len)
      continue;
    if (end > start)
      count_word(span_make(text.ptr + start, end - start), lists, lists_count, &tally);
    start = at;
  }
  return tally;
}
