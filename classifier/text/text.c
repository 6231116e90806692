/* text.c - the one pass over a prompt's bytes.
 *
 * text_scan_span() looks at the class of the byte under it and hands over to the
 * scanner of what begins there: a word, a number, a line end, a character beyond
 * ASCII, or a lone mark. Each scanner consumes at least one byte and returns the
 * position behind what it took. Words of ASCII letters alone, as most are, go to
 * word_batch.c instead. What the counts mean is left to features/. */
#include "classifier/text/text.h"

#include <assert.h>

#include "classifier/text/look_ahead.h"
#include "classifier/text/word_batch.h"

enum byte_class { BYTE_MARK, BYTE_SPACE, BYTE_NEWLINE, BYTE_LETTER, BYTE_DIGIT, BYTE_WIDE };

static const unsigned char byte_classes[256] = {
    ['\t'] = BYTE_SPACE,         ['\r'] = BYTE_SPACE,         ['\v'] = BYTE_SPACE,
    ['\f'] = BYTE_SPACE,         [' '] = BYTE_SPACE,          ['\n'] = BYTE_NEWLINE,
    ['A' ... 'Z'] = BYTE_LETTER, ['a' ... 'z'] = BYTE_LETTER, ['0' ... '9'] = BYTE_DIGIT,
    [0x80 ... 0xFF] = BYTE_WIDE,
};

static inline bool is_letter(unsigned char c) {
  return byte_classes[c] == BYTE_LETTER;
}

static inline bool is_digit(unsigned char c) {
  return byte_classes[c] == BYTE_DIGIT;
}

/* The place of the next token, with line_start set and the rest left to the caller. */
static inline struct text_token *next_token(struct text_scan *scan) {
  uint64_t seen = scan->tokens_seen++;
  size_t at = (size_t)seen;
  if (seen >= TEXT_TOKENS_MAX)
    at = TEXT_TOKENS_HEAD +
         (size_t)((seen - TEXT_TOKENS_HEAD) % (TEXT_TOKENS_MAX - TEXT_TOKENS_HEAD));
  else
    scan->tokens_count = at + 1;
  scan->tokens[at].line_start = scan->line_started ? 0 : 1;
  scan->line_started = true;
  scan->sentence_open = true;
  return &scan->tokens[at];
}

static void keep_token(struct text_scan *scan, struct text_token token) {
  struct text_token *place = next_token(scan);
  token.line_start = place->line_start;
  *place = token;
}

/* A word under construction. */
struct word {
  uint32_t hash;
  uint32_t letters;
  uint32_t upper;
  bool first_upper;
  bool identifier;
  enum script script;
};

static void word_add(struct word *word, uint32_t folded) {
  word->hash = text_hash_step(word->hash, folded);
  word->letters++;
}

static void word_finish(struct text_scan *scan, const struct word *word) {
  struct text_counts *n = &scan->counts;
  n->words++;
  n->word_letters += word->letters;
  n->words_long += word->letters >= 7;
  n->words_very_long += word->letters >= 11;
  n->words_capitalised += word->first_upper;
  n->words_upper += word->letters >= 2 && word->upper == word->letters;
  n->identifiers += word->identifier;
  n->words_single += word->letters == 1 && word->script == SCRIPT_LATIN;
  keep_token(scan, (struct text_token){
                       .hash = word->hash,
                       .letters = (uint16_t)(word->letters > 65535 ? 65535 : word->letters),
                       .kind = TOKEN_WORD,
                   });
}

/* One letter of a script without spaces is a token of its own. */
static void unspaced_letter(struct text_scan *scan, uint32_t codepoint) {
  scan->counts.words++;
  scan->counts.word_letters++;
  keep_token(scan, (struct text_token){.hash = text_hash_step(TEXT_HASH_START, codepoint),
                                       .letters = 1,
                                       .kind = TOKEN_UNSPACED});
}

/* Takes the ASCII part of a word. An underscore, a digit or a capital after a
 * small letter makes it an identifier; an apostrophe between letters is part of
 * the word but not of its hash ("don't" equals "dont"). */
static const unsigned char *word_ascii(struct text_scan *scan, struct word *word,
                                       const unsigned char *p, const unsigned char *end) {
  uint64_t *ascii = scan->counts.ascii;
  uint64_t letters = 0;
  bool small_before = false;
  for (; p < end; p++) {
    unsigned char c = *p;
    if (is_letter(c)) {
      bool upper = c < 'a';
      if (word->letters == 0)
        word->first_upper = upper;
      word->identifier |= upper && small_before;
      word->upper += upper;
      small_before = !upper;
      letters++;
      word_add(word, c | 0x20u);
    } else if ((is_digit(c) || c == '_') && word->letters > 0) {
      word->identifier = true;
      small_before = false;
      ascii['_'] += c == '_';
      word_add(word, c);
    } else if (c == '\'' && p + 1 < end && is_letter(p[1]) && word->letters > 0) {
      ascii[c]++;
    } else {
      break;
    }
  }
  scan->counts.letters_ascii += letters;
  scan->counts.scripts[SCRIPT_LATIN] += letters;
  return p;
}

/* What a word is followed by tells what it was. */
static void word_context(struct text_scan *scan, const unsigned char *p, const unsigned char *end) {
  if (p == end)
    return;
  if (*p == '(')
    scan->counts.calls++;
  else if (*p == ':' && end - p > 2 && p[1] == '/' && p[2] == '/')
    scan->counts.urls++;
}

static const unsigned char *scan_word(struct text_scan *scan, const unsigned char *p,
                                      const unsigned char *end) {
  struct word word = {.hash = TEXT_HASH_START, .script = SCRIPT_LATIN};
  for (;;) {
    p = word_ascii(scan, &word, p, end);
    if (p == end || *p < 0x80)
      break;
    uint32_t codepoint;
    bool bad = false;
    enum script script;
    size_t length = utf8_decode(p, end, &codepoint, &bad);
    if (bad)
      break;
    enum codepoint_kind kind = utf8_classify(codepoint, &script);
    if (kind != CODEPOINT_MARK && (kind != CODEPOINT_LETTER || script_is_unspaced(script)))
      break;
    scan->counts.codepoints -= length - 1;
    if (kind == CODEPOINT_LETTER) {
      scan->counts.scripts[script]++;
      word.script = script;
      word_add(&word, utf8_fold(codepoint));
    }
    p += length;
  }
  word_finish(scan, &word);
  word_context(scan, p, end);
  return p;
}

static const unsigned char *scan_number(struct text_scan *scan, const unsigned char *p,
                                        const unsigned char *end) {
  struct text_counts *n = &scan->counts;
  uint32_t digits = 0;
  bool decimal = false;
  for (; p < end; p++) {
    unsigned char c = *p;
    bool inner = (c == '.' || c == ',') && p + 1 < end && is_digit(p[1]);
    if (!is_digit(c) && !inner)
      break;
    digits += is_digit(c);
    if (inner)
      n->ascii[c]++;
    decimal |= c == '.';
  }
  n->numbers++;
  n->number_digits += digits;
  n->numbers_decimal += decimal;
  n->numbers_large += digits >= 4;
  if (digits > n->number_digits_max)
    n->number_digits_max = digits;
  /* Numbers are words of their length: their value says nothing about difficulty. */
  uint32_t shape = (digits > 8 ? 8 : digits) | (decimal ? 16u : 0u);
  keep_token(scan, (struct text_token){.hash = text_hash_step(TEXT_HASH_START, 0xF0000u + shape),
                                       .letters = (uint16_t)(digits > 65535 ? 65535 : digits),
                                       .kind = TOKEN_NUMBER});
  return p;
}

static void end_sentence(struct text_scan *scan) {
  if (scan->sentence_open)
    scan->counts.sentences++;
  scan->sentence_open = false;
}

/* A character beyond ASCII that does not begin a spaced word. */
static const unsigned char *scan_wide(struct text_scan *scan, const unsigned char *p,
                                      const unsigned char *end) {
  struct text_counts *n = &scan->counts;
  uint32_t codepoint;
  bool bad = false;
  enum script script;
  size_t length = utf8_decode(p, end, &codepoint, &bad);
  if (bad) {
    n->bad_bytes++;
    scan->line_started = true;
    return p + 1;
  }
  enum codepoint_kind kind = utf8_classify(codepoint, &script);
  if (kind == CODEPOINT_LETTER && !script_is_unspaced(script))
    return scan_word(scan, p, end);
  n->codepoints -= length - 1;
  switch (kind) {
  case CODEPOINT_LETTER:
    n->scripts[script]++;
    unspaced_letter(scan, codepoint);
    break;
  case CODEPOINT_PUNCTUATION:
    n->punctuation_wide++;
    if (codepoint == 0xFF1F || codepoint == 0x203D)
      n->questions++;
    if (codepoint == 0x3002 || codepoint == 0xFF01 || codepoint == 0xFF1F)
      end_sentence(scan);
    scan->line_started = true;
    break;
  case CODEPOINT_MATH:
    n->math_wide++;
    scan->line_started = true;
    break;
  case CODEPOINT_SYMBOL:
    n->symbols_wide++;
    scan->line_started = true;
    break;
  case CODEPOINT_SPACE:
  case CODEPOINT_MARK:
    break;
  }
  return p + length;
}

/* An ASCII character that is neither letter, digit nor space. */
static const unsigned char *scan_mark(struct text_scan *scan, const unsigned char *p,
                                      const unsigned char *end) {
  struct text_counts *n = &scan->counts;
  unsigned char c = *p;
  unsigned char next = p + 1 < end ? p[1] : 0;
  n->ascii[c]++;
  scan->line_started = true;
  switch (c) {
  case '?':
    n->questions++;
    end_sentence(scan);
    break;
  case '.':
  case '!':
    if (byte_classes[next] == BYTE_SPACE || byte_classes[next] == BYTE_NEWLINE || next == 0)
      end_sentence(scan);
    break;
  case '\\':
    n->latex_commands += is_letter(next);
    break;
  case '<':
    n->tags += is_letter(next) || next == '/';
    break;
  case '"':
    n->json_keys += next == ':';
    break;
  default:
    break;
  }
  return p + 1;
}

/* Options of an exam question: "A.", "A)", "(A)", each before a space. */
static bool is_option(const unsigned char *p, const unsigned char *end) {
  bool bracket = p < end && *p == '(';
  p += bracket;
  if (end - p < 3 || p[0] < 'A' || p[0] > 'J')
    return false;
  bool closed = bracket ? p[1] == ')' : (p[1] == '.' || p[1] == ')' || p[1] == ':');
  return closed && (p[2] == ' ' || p[2] == '\t');
}

static bool is_numbered(const unsigned char *p, const unsigned char *end) {
  const unsigned char *start = p;
  while (p < end && is_digit(*p) && p - start < 4)
    p++;
  return p > start && end - p >= 2 && (*p == '.' || *p == ')') && p[1] == ' ';
}

/* Classifies the line that begins at p by its first characters. */
static void begin_line(struct text_scan *scan, const unsigned char *p, const unsigned char *end) {
  struct text_counts *n = &scan->counts;
  const unsigned char *start = p;
  while (p < end && (*p == ' ' || *p == '\t') && p - start < 64)
    p++;
  scan->line_started = false;
  if (p == end || *p == '\n')
    return;
  n->lines_indented += p - start >= 4 || (p > start && *start == '\t');
  bool bullet = end - p >= 2 && (*p == '-' || *p == '*' || *p == '+') && p[1] == ' ';
  if (is_option(bullet ? p + 2 : p, end))
    n->lines_option++;
  else if (bullet)
    n->lines_list++;
  else if (is_numbered(p, end))
    n->lines_numbered++;
  else if (*p == '|')
    n->lines_table++;
  else if (*p == '#')
    n->lines_heading++;
  else if (end - p >= 3 && (*p == '`' || *p == '~') && p[1] == *p && p[2] == *p)
    n->code_fences++;
}

static void end_line(struct text_scan *scan, uint64_t line_bytes) {
  if (scan->line_started)
    scan->counts.lines++;
  else
    scan->counts.lines_blank++;
  if (line_bytes > scan->counts.line_bytes_max)
    scan->counts.line_bytes_max = line_bytes;
}

void text_scan_begin(struct text_scan *scan) {
  memset(&scan->counts, 0, sizeof scan->counts);
  scan->tokens_count = 0;
  scan->tokens_seen = 0;
  scan->line_started = false;
  scan->sentence_open = false;
}

/* ---- runs of plain words, which are most of most texts */

enum { AHEAD_ROOM = AHEAD_BYTES + WORD_BATCH_LETTERS };

/* The end of a text, with as many bytes behind it as look_ahead() wants to read. */
struct tail {
  bool filled;
  unsigned char bytes[2 * AHEAD_ROOM];
};

/* What the run of words works with, besides the scan. */
struct run {
  word_batch_flush_fn flush;
  struct word_batch batch;
  struct tail tail;
};

/* The text at p with AHEAD_ROOM bytes to read; zeros stand behind its end. */
static inline const unsigned char *view(struct tail *tail, const unsigned char *start,
                                        const unsigned char *p, const unsigned char *end) {
  size_t left = (size_t)(end - p);
  if (left >= AHEAD_ROOM)
    return p;
  if (!tail->filled) {
    size_t kept = (size_t)(end - start) < AHEAD_ROOM ? (size_t)(end - start) : AHEAD_ROOM;
    memcpy(tail->bytes + AHEAD_ROOM - kept, end - kept, kept);
    memset(tail->bytes + AHEAD_ROOM, 0, AHEAD_ROOM);
    tail->filled = true;
  }
  return tail->bytes + AHEAD_ROOM - left;
}

/* Does a word end before this byte, whatever comes behind it? */
static inline bool ends_word(unsigned char c) {
  return c < 0x80 && c != '\'' && c != '_' && byte_classes[c] != BYTE_LETTER &&
         byte_classes[c] != BYTE_DIGIT;
}

/* Hands a word to the batch. start can be read for WORD_BATCH_LETTERS bytes. */
static inline void note_word(struct text_scan *scan, struct run *run, const unsigned char *start,
                             uint32_t letters, uint32_t upper) {
  struct word_batch *batch = &run->batch;
  struct text_token *token = next_token(scan);
  token->letters = (uint16_t)letters;
  token->kind = TOKEN_WORD;
  size_t at = batch->count++;
  batch->start[at] = start;
  batch->token[at] = token;
  batch->letters[at] = letters;
  batch->upper[at] = upper;
  if (batch->count == WORD_BATCH_WORDS)
    run->flush(batch, &scan->counts);
}

/* Takes plain words with one space between them, as far as the bytes ahead show. bytes
 * holds what stands in the text from a letter on. Returns where the last one ends: 0 when
 * the first word is none of these. */
static inline size_t scan_run(struct text_scan *scan, struct run *run, const unsigned char *bytes) {
  struct ahead ahead = look_ahead(bytes);
  uint64_t others = ~ahead.letters;
  size_t at = 0, before = 0; /* a word begins; the one before it ended */
  for (;;) {
    uint64_t ends = others >> at;
    uint32_t letters = ends ? (uint32_t)__builtin_ctzll(ends) : AHEAD_BYTES;
    size_t behind = at + letters;
    if (letters == 0 || letters > WORD_BATCH_LETTERS || behind >= AHEAD_BYTES)
      return before;
    bool space = ahead.spaces >> behind & 1;
    if (!space && !ends_word(bytes[behind]))
      return before;
    uint32_t upper = (uint32_t)(ahead.upper >> at) & ((UINT32_C(1) << letters) - 1);
    note_word(scan, run, bytes + at, letters, upper);
    if (!space || behind + 1 == AHEAD_BYTES)
      return behind;
    before = behind;
    at = behind + 1;
  }
}

/* A word or more of them, from p on. start is where the text begins. */
static inline const unsigned char *scan_words(struct text_scan *scan, struct run *run,
                                              const unsigned char *start, const unsigned char *p,
                                              const unsigned char *end) {
  if (!run->flush)
    return scan_word(scan, p, end);
  size_t taken = scan_run(scan, run, view(&run->tail, start, p, end));
  if (taken == 0)
    return scan_word(scan, p, end);
  p += taken;
  word_context(scan, p, end);
  return p;
}

/* ---- */

void text_scan_span_by(struct text_scan *scan, struct span text, word_batch_flush_fn flush) {
  if (text.len == 0)
    return;
  assert(text.ptr != NULL);
  struct run run;
  run.flush = flush;
  run.tail.filled = false;
  word_batch_init(&run.batch);
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *start = p;
  const unsigned char *end = p + text.len;
  const unsigned char *line = p;
  scan->counts.bytes += text.len;
  scan->counts.codepoints += text.len; /* less the bytes that continue a character */
  begin_line(scan, p, end);
  while (p < end) {
    switch ((enum byte_class)byte_classes[*p]) {
    case BYTE_LETTER:
      p = scan_words(scan, &run, start, p, end);
      break;
    case BYTE_DIGIT:
      p = scan_number(scan, p, end);
      break;
    case BYTE_WIDE:
      p = scan_wide(scan, p, end);
      break;
    case BYTE_NEWLINE:
      end_line(scan, (uint64_t)(p - line));
      line = ++p;
      begin_line(scan, p, end);
      break;
    case BYTE_SPACE:
      p++;
      break;
    case BYTE_MARK:
      p = scan_mark(scan, p, end);
      break;
    }
  }
  if (p > line)
    end_line(scan, (uint64_t)(p - line));
  end_sentence(scan);
  if (flush)
    flush(&run.batch, &scan->counts);
}

void text_scan_span(struct text_scan *scan, struct span text) {
  text_scan_span_by(scan, text, word_batch_flush());
}

uint32_t text_word_hash(struct span word) {
  const unsigned char *p = (const unsigned char *)word.ptr;
  const unsigned char *end = p + word.len;
  uint32_t hash = TEXT_HASH_START;
  while (p < end) {
    uint32_t codepoint;
    bool bad = false;
    p += utf8_decode(p, end, &codepoint, &bad);
    if (codepoint != '\'')
      hash = text_hash_step(hash, utf8_fold(codepoint));
  }
  return hash;
}
