/* tokens_scan.c - text to counts: one pass, piece by piece.
 *
 * o200k first cuts a text into pieces and then encodes each on its own, so a piece
 * that is cut right can be priced on its own too. The cuts, after the pattern that
 * tiktoken publishes for o200k_base:
 *
 *   word    letters, upper case before lower ("camel" "Case"), with the one space or
 *           mark before them and 's, 't, 're, 've, 'm, 'll, 'd behind
 *   digits  up to three, always one token
 *   marks   a run of punctuation with one space before, line ends behind
 *   spaces  up to the last line end; or all but the one space that the next piece takes
 *
 * A word of ASCII letters is first sought in the small table of words. What is not
 * there, and most other alphabets, costs the sum of its characters' context costs
 * (tokens_tables.h), one token at least. Han, kana, Hangul, Cyrillic, Arabic and symbols
 * are cut into tokens known one by one (tokens_spellings.c). What tokens other vocabularies make of
 * this is left to tokens_family.c. */
#include "classifier/text/utf8.h"
#include "daemon/router/tokens.h"
#include "daemon/router/tokens_spellings.h"
#include "daemon/router/tokens_tables.h"

typedef unsigned char byte;

enum byte_class { MARK, LOWER, UPPER, DIGIT, BLANK, LINE, WIDE };

/* clang-format off */
static const byte classes[256] = {
    ['\t'] = BLANK, ['\v'] = BLANK, ['\f'] = BLANK, [' '] = BLANK, ['\n'] = LINE, ['\r'] = LINE,
    ['0'] = DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT,
    ['A'] = UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER,
    UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER,
    ['a'] = LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER,
    LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER,
#define WIDE_8 WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE
#define WIDE_32 WIDE_8, WIDE_8, WIDE_8, WIDE_8
    [128] = WIDE_32, WIDE_32, WIDE_32, WIDE_32};
/* clang-format on */

/* A character beyond the basic plane that is no letter and stands before a word, nearly
 * always an emoji. o200k has tokens for few and spells the rest in two or three. */
enum { EMOJI_COST = TOKENS_UNIT * 3 / 2 };

/* What a character beyond ASCII is to the cuts. */
enum wide_kind { WIDE_LETTER, WIDE_CJK, WIDE_BLANK, WIDE_MARK, WIDE_EMOJI, WIDE_BAD };

struct character {
  uint32_t codepoint;
  size_t len;
  enum wide_kind kind;
};

static struct character wide_at(const byte *p, const byte *end) {
  struct character c = {.kind = WIDE_BAD};
  bool bad = false;
  enum script script = SCRIPT_OTHER;
  c.len = utf8_decode(p, end, &c.codepoint, &bad);
  if (bad)
    return c;
  switch (utf8_classify(c.codepoint, &script)) {
  case CODEPOINT_LETTER:
    c.kind = script == SCRIPT_HAN || script == SCRIPT_KANA || script == SCRIPT_HANGUL ? WIDE_CJK
                                                                                      : WIDE_LETTER;
    break;
  case CODEPOINT_MARK:
    /* Accents belong to the word; zero-width and direction marks do not. */
    c.kind = c.codepoint >= 0x200B && c.codepoint <= 0x206F ? WIDE_MARK : WIDE_LETTER;
    break;
  case CODEPOINT_SPACE:
    c.kind = WIDE_BLANK;
    break;
  default:
    c.kind = c.codepoint >= 0x10000 ? WIDE_EMOJI : WIDE_MARK;
  }
  return c;
}

static inline bool is_letter(const byte *p) {
  return classes[*p] == LOWER || classes[*p] == UPPER;
}

static bool starts_word(const byte *p, const byte *end) {
  if (p >= end)
    return false;
  if (classes[*p] != WIDE)
    return is_letter(p);
  enum wide_kind kind = wide_at(p, end).kind;
  return kind == WIDE_LETTER || kind == WIDE_CJK;
}

/* The bytes of a word of ASCII letters as two numbers, folded to lower case. */
struct word_key {
  uint64_t first, last;
};

static inline uint64_t load_8(const byte *p) {
  uint64_t x;
  memcpy(&x, p, sizeof x);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  x = __builtin_bswap64(x);
#endif
  return x;
}

/* The first byte from p on that is no lower case ASCII letter. Eight bytes are tested
 * at once: words end anywhere, and a branch a byte would be mispredicted a word. */
static inline const byte *skip_lower(const byte *p, const byte *end) {
  static const uint64_t ones = 0x0101010101010101u;
  while (end - p >= 8) {
    uint64_t x = load_8(p), low = x & (ones * 0x7F);
    uint64_t lower = (low + ones * (0x80 - 'a')) & ~(low + ones * (0x7F - 'z')) & ~x;
    uint64_t others = ~lower & (ones * 0x80);
    if (others)
      return p + (__builtin_ctzll(others) >> 3);
    p += 8;
  }
  while (p < end && classes[*p] == LOWER)
    p++;
  return p;
}

/* Reads eight bytes at once where the text has them, else one by one. */
static inline struct word_key word_key(const byte *p, size_t len, const byte *end) {
  static const uint64_t lower_case = 0x2020202020202020u;
  if (len > 8)
    return (struct word_key){load_8(p) | lower_case, load_8(p + len - 8) | lower_case};
  uint64_t x = 0;
  if (end - p >= 8)
    x = (load_8(p) | lower_case) & (UINT64_MAX >> (64 - 8 * len));
  else
    for (size_t i = 0; i < len; i++)
      x |= (uint64_t)(p[i] | 0x20) << (8 * i);
  return (struct word_key){x, 0};
}

/* Whole tokens of the known word with that hash, 0 for any other. */
static inline unsigned word_entry(uint64_t hash) {
  byte entry = tokens_words[hash >> (64 - TOKENS_WORD_BITS)];
  unsigned check = (unsigned)(hash >> (59 - TOKENS_WORD_BITS)) & 31;
  return entry >> 3 == check ? entry & 7u : 0;
}

/* How a word of ASCII letters is spelled: all small, a capital first, all capitals, or
 * capitals before small letters. The numbers are those of fit.mjs. */
enum shape { SHAPE_SMALL, SHAPE_FIRST, SHAPE_CAPITALS, SHAPE_MIXED };

/* The same by spelling. The hash is that of fit.mjs. */
static inline unsigned known_word(struct word_key key, size_t len, enum shape shape, bool spaced) {
  uint64_t form = (uint64_t)shape * 2 + !spaced;
  uint64_t z = (key.first ^ (form << 5)) * 0x9E3779B97F4A7C15u;
  z ^= z >> 32;
  z = (z ^ key.last ^ len) * 0xD6E8FEB86659FD93u;
  return word_entry(z);
}

static uint64_t ascii_cost(const byte *p, size_t len, uint32_t before) {
  uint64_t cost = 0;
  uint32_t a = 0, b = before;
  for (size_t i = 0; i < len; i++) {
    cost += tokens_ascii[tokens_context(a, b, p[i], TOKENS_ASCII_BITS)];
    a = b;
    b = p[i];
  }
  return cost < TOKENS_UNIT ? TOKENS_UNIT : cost;
}

/* A word with letters beyond ASCII: up to a capital behind a small letter, CJK, or
 * anything that is no letter. */
static const byte *other_word(const byte *p, const byte *end, uint32_t before, uint64_t *cost) {
  uint64_t sum = 0, hash = before == TOKENS_AFTER_SPACE ? 1 : 2;
  uint32_t a = 0, b = before;
  bool seen_lower = false;
  while (p < end) {
    struct character c = {
        .codepoint = *p, .len = 1, .kind = is_letter(p) ? WIDE_LETTER : WIDE_MARK};
    if (classes[*p] == WIDE)
      c = wide_at(p, end);
    bool upper = utf8_fold(c.codepoint) != c.codepoint;
    if (c.kind != WIDE_LETTER || (upper && seen_lower))
      break;
    /* Letters of alphabets without case are none of both; taking them for small ones
     * before a capital is a mixture that hardly occurs. */
    seen_lower = !upper;
    hash = (hash ^ c.codepoint) * 0x9E3779B97F4A7C15u;
    sum += tokens_alpha[tokens_context(a, b, c.codepoint, TOKENS_ALPHA_BITS)];
    a = b;
    b = c.codepoint;
    p += c.len;
  }
  unsigned known = word_entry((hash ^ hash >> 32) * 0xD6E8FEB86659FD93u);
  if (known)
    *cost += known * (uint64_t)TOKENS_UNIT;
  else
    *cost += sum < TOKENS_UNIT ? TOKENS_UNIT : sum;
  return p;
}

/* Code points that are spelled at once. */
enum { RUN_MAX = 64 };

/* A run of letters whose tokens are known, up to one of another kind or a capital behind
 * a small letter. before is TOKENS_AFTER_*, or the mark that the run hangs on. What does
 * not fit is taken for a run of its own. */
static const byte *spelled_run(const byte *p, const byte *end, uint32_t before, uint64_t *cost) {
  uint32_t points[RUN_MAX + 1];
  size_t count = 0;
  if (before != TOKENS_AFTER_NOTHING)
    points[count++] = before == TOKENS_AFTER_SPACE ? ' ' : before;
  bool seen_lower = false;
  while (p < end && classes[*p] == WIDE && count < RUN_MAX) {
    struct character c = wide_at(p, end);
    bool upper = c.kind == WIDE_LETTER && utf8_fold(c.codepoint) != c.codepoint;
    if (c.kind > WIDE_CJK || (upper && seen_lower))
      break;
    seen_lower = !upper;
    points[count++] = c.codepoint;
    p += c.len;
  }
  *cost += tokens_spelling_cost(points, count);
  return p;
}

/* 's and its like behind a word: their length, or 0. */
static inline size_t suffix_len(const byte *p, const byte *end) {
  if (p + 1 >= end || *p != '\'')
    return 0;
  byte c = p[1] | 0x20, d = p + 2 < end ? p[2] | 0x20 : 0;
  if ((c == 'r' && d == 'e') || (c == 'v' && d == 'e') || (c == 'l' && d == 'l'))
    return 3;
  return c == 's' || c == 't' || c == 'm' || c == 'd' ? 2 : 0;
}

static const byte *add_suffix(const byte *p, const byte *end, uint64_t *cost) {
  size_t len = suffix_len(p, end);
  if (len > 0)
    *cost += tokens_suffix;
  return p + len;
}

/* A word of ASCII letters. Nearly all short ones are one token; those that are not are
 * known. */
static inline uint64_t ascii_word_cost(const byte *p, size_t len, enum shape shape, uint32_t before,
                                       struct word_key key) {
  bool spaced = before == TOKENS_AFTER_SPACE;
  unsigned known = known_word(key, len, shape, spaced);
  size_t short_max = shape <= SHAPE_FIRST ? 3 + (size_t)spaced : 2;
  if (known || len <= short_max)
    return (known ? known : 1) * (uint64_t)TOKENS_UNIT;
  return ascii_cost(p, len, before);
}

static inline enum token_part spelled_part(enum wide_kind kind) {
  return kind == WIDE_CJK ? TOKENS_CJK : TOKENS_WORDS_OTHER;
}

/* One word from its first letter on. before says whether the space in front is the
 * word's own. */
static inline const byte *word(const byte *p, const byte *end, uint32_t before,
                               struct token_counts *counts) {
  const byte *q = p;
  while (q < end && classes[*q] == UPPER)
    q++;
  size_t uppers = (size_t)(q - p);
  q = skip_lower(q, end);
  size_t len = (size_t)(q - p);
  uint64_t *cost = &counts->text[TOKENS_WORDS_ASCII];
  if (q < end && classes[*q] == WIDE) {
    struct character next = wide_at(q, end);
    if (next.kind <= WIDE_CJK && len == 0 && tokens_spells(next.codepoint))
      return spelled_run(q, end, before, &counts->text[spelled_part(next.kind)]);
    if (next.kind == WIDE_LETTER) {
      cost = &counts->text[TOKENS_WORDS_OTHER];
      return add_suffix(other_word(p, end, before, cost), end, cost);
    }
  }
  enum shape shape = uppers == 0     ? SHAPE_SMALL
                     : uppers == len ? SHAPE_CAPITALS
                     : uppers == 1   ? SHAPE_FIRST
                                     : SHAPE_MIXED;
  *cost += ascii_word_cost(p, len, shape, before, word_key(p, len, end));
  return q < end && *q == '\'' ? add_suffix(q, end, cost) : q;
}

/* Of eight bytes of text: the high bit of each that is no ASCII letter. */
static inline uint64_t not_letters(uint64_t x) {
  static const uint64_t ones = 0x0101010101010101u;
  uint64_t low = (x | ones * 0x20) & (ones * 0x7F);
  uint64_t letters = (low + ones * (0x80 - 'a')) & ~(low + ones * (0x7F - 'z')) & ~x;
  return ~letters & (ones * 0x80);
}

/* The same for the words that are most of English: up to fifteen ASCII letters, of which the
 * first may be a capital, with a byte of ASCII behind and sixteen to read. Two reads tell
 * their letters apart from what follows. NULL for any other word. */
static inline const byte *plain_word(const byte *p, const byte *end, uint32_t before,
                                     struct token_counts *counts) {
  static const uint64_t lower_case = 0x2020202020202020u;
  if (end - p < 16)
    return NULL;
  uint64_t x = load_8(p), others = not_letters(x), inside = UINT64_MAX, capitals = 0;
  size_t len = 8;
  struct word_key key = {x | lower_case, 0};
  if (others) {
    unsigned bits = (unsigned)__builtin_ctzll(others) & ~7u; /* of the letters; not 0 */
    inside = ((uint64_t)1 << bits) - 1;
    len = bits / 8;
    key.first &= inside;
  } else {
    uint64_t y = load_8(p + 8), more = not_letters(y);
    if (!more)
      return NULL;
    unsigned bits = (unsigned)__builtin_ctzll(more) & ~7u;
    capitals = ~y & (((uint64_t)1 << bits) - 1) & lower_case;
    len += bits / 8;
    if (len > 8)
      key.last = load_8(p + len - 8) | lower_case;
  }
  capitals |= ~x & inside & lower_case & ~(uint64_t)0x20;
  if (capitals || p[len] >= 0x80)
    return NULL;
  enum shape shape = *p >= 'a' ? SHAPE_SMALL : len == 1 ? SHAPE_CAPITALS : SHAPE_FIRST;
  uint64_t *cost = &counts->text[TOKENS_WORDS_ASCII];
  *cost += ascii_word_cost(p, len, shape, before, key);
  const byte *q = p + len;
  return *q == '\'' ? add_suffix(q, end, cost) : q;
}

static const byte *digits(const byte *p, const byte *end, struct token_counts *counts) {
  const byte *q = p;
  while (q < end && classes[*q] == DIGIT)
    q++;
  counts->text[TOKENS_DIGITS] += ((uint64_t)(q - p) + 2) / 3 * TOKENS_UNIT;
  return q;
}

/* Where a run of marks ends that begins at p, behind its space; wide tells whether any
 * of it is beyond ASCII. */
static const byte *marks_end(const byte *p, const byte *end, bool *wide) {
  while (p < end) {
    enum byte_class class = (enum byte_class)classes[*p];
    if (class == WIDE) {
      struct character c = wide_at(p, end);
      if (c.kind < WIDE_MARK)
        break;
      *wide = true;
      p += c.len;
    } else if (class == MARK) {
      p++;
    } else {
      break;
    }
  }
  while (p < end && (classes[*p] == LINE || *p == '/'))
    p++;
  return p;
}

/* What does not fit is spelled apart. A broken byte becomes U+FFFD, a token each. */
static uint64_t wide_marks_cost(const byte *p, const byte *end) {
  uint32_t points[RUN_MAX];
  uint64_t cost = 0;
  while (p < end) {
    size_t count = 0;
    while (p < end && count < RUN_MAX) {
      struct character c = {.codepoint = *p, .len = 1};
      if (classes[*p] == WIDE)
        c = wide_at(p, end);
      p += c.len;
      if (c.kind == WIDE_BAD)
        cost += TOKENS_UNIT;
      else
        points[count++] = c.codepoint;
    }
    cost += tokens_spelling_cost(points, count);
  }
  return cost;
}

/* A piece of marks from p on, where a space may stand; never empty. */
static const byte *marks(const byte *p, const byte *end, struct token_counts *counts) {
  bool wide = false;
  const byte *q = marks_end(*p == ' ' ? p + 1 : p, end, &wide);
  counts->text[TOKENS_MARKS] +=
      wide ? wide_marks_cost(p, q) : ascii_cost(p, (size_t)(q - p), TOKENS_AFTER_NOTHING);
  return q;
}

/* A mark or blank right before a letter goes with the word; any other run of marks is
 * a piece of its own. */
static const byte *prefixed_word(const byte *p, size_t len, enum wide_kind kind, const byte *end,
                                 struct token_counts *counts) {
  const byte *letter = p + len;
  if (kind == WIDE_MARK && classes[*letter] == WIDE) {
    struct character next = wide_at(letter, end), mark = {.codepoint = *p};
    if (classes[*p] == WIDE)
      mark = wide_at(p, end);
    if (tokens_spells(next.codepoint))
      return spelled_run(letter, end, mark.codepoint, &counts->text[spelled_part(next.kind)]);
  }
  unsigned index = *p < TOKENS_PREFIXES ? *p : TOKENS_PREFIXES - 1;
  counts->text[TOKENS_MARKS] += kind == WIDE_EMOJI ? EMOJI_COST : tokens_prefix[index];
  return word(letter, end, TOKENS_AFTER_NOTHING, counts);
}

static size_t blank_len(const byte *p, const byte *end) {
  if (p >= end)
    return 0;
  if (classes[*p] == BLANK || classes[*p] == LINE)
    return 1;
  if (classes[*p] != WIDE)
    return 0;
  struct character c = wide_at(p, end);
  return c.kind == WIDE_BLANK ? c.len : 0;
}

/* White space: a piece up to the last line end, one for what follows it, and the last
 * blank alone when the next piece can take it. */
static const byte *blanks(const byte *p, const byte *end, struct token_counts *counts) {
  const byte *start = p, *last = p, *after_line = NULL;
  size_t len;
  while ((len = blank_len(p, end)) > 0) {
    if (classes[*p] == LINE)
      after_line = p + 1;
    last = p;
    p += len;
  }
  uint64_t *cost = &counts->text[TOKENS_SPACES];
  if (after_line) {
    *cost += TOKENS_UNIT;
    start = after_line;
  }
  if (start == p)
    return p;
  if (p == end) {
    *cost += TOKENS_UNIT;
    return p;
  }
  *cost += last > start ? TOKENS_UNIT : 0;
  bool letter = starts_word(p, end);
  if (*last == ' ' && letter)
    return word(p, end, TOKENS_AFTER_SPACE, counts);
  if (letter)
    return prefixed_word(last, (size_t)(p - last), WIDE_BLANK, end, counts);
  if (*last == ' ' && classes[*p] != DIGIT)
    return marks(last, end, counts);
  *cost += TOKENS_UNIT;
  return p;
}

static const byte *wide_piece(const byte *p, const byte *end, struct token_counts *counts) {
  struct character c = wide_at(p, end);
  if (c.kind == WIDE_LETTER || c.kind == WIDE_CJK)
    return word(p, end, TOKENS_AFTER_NOTHING, counts);
  if (c.kind == WIDE_BLANK)
    return blanks(p, end, counts);
  if (c.kind != WIDE_BAD && starts_word(p + c.len, end))
    return prefixed_word(p, c.len, c.kind, end, counts);
  return marks(p, end, counts);
}

void tokens_scan_text(struct span text, struct token_counts *counts) {
  const byte *p = (const byte *)text.ptr;
  const byte *end = text.len > 0 ? p + text.len : p;
  const byte *next;
  while (p < end) {
    switch ((enum byte_class)classes[*p]) {
    case BLANK:
      /* The path that nearly every English word takes. */
      if (*p == ' ' && p + 1 < end && is_letter(p + 1)) {
        next = plain_word(p + 1, end, TOKENS_AFTER_SPACE, counts);
        p = next ? next : word(p + 1, end, TOKENS_AFTER_SPACE, counts);
      } else {
        p = blanks(p, end, counts);
      }
      break;
    case LINE:
      p = blanks(p, end, counts);
      break;
    case LOWER:
    case UPPER:
      p = word(p, end, TOKENS_AFTER_NOTHING, counts);
      break;
    case DIGIT:
      p = digits(p, end, counts);
      break;
    case MARK:
      p = starts_word(p + 1, end) ? prefixed_word(p, 1, WIDE_MARK, end, counts)
                                  : marks(p, end, counts);
      break;
    case WIDE:
      p = wide_piece(p, end, counts);
      break;
    }
  }
}
