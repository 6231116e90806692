/* features.c - from the counts and tokens of a question to the feature vector.
 *
 * conversation.c finds the question, text.c scans it or its ends, ngrams.c hashes its tokens; here
 * they are looked up in the vocabulary, the conversation around the question is summed
 * up, and the expressions of features.def are evaluated. */
#include "classifier/features/features.h"

#include <math.h>
#include <string.h>

#include "classifier/features/vocabulary.h"
#include "classifier/text/cut.h"

/* What the tokens say, beyond the counts of the text pass. */
struct token_stats {
  uint64_t tokens;   /* kept by the scanner */
  uint64_t distinct; /* among them, up to hash collisions */
  uint64_t rare;     /* neither frequent nor a number */
  uint64_t unlisted; /* in no category */
  uint64_t category[VOCABULARY_COUNT];
  uint32_t opening; /* categories of the first tokens */
  uint64_t operators;
  uint64_t brackets;
  uint64_t blanks; /* runs such as ____ and ... */
  uint64_t marks;
  uint64_t letters;
  uint64_t letters_wide_latin;
  bool ends_question;
};

/* What stands around the question. */
struct context_stats {
  uint64_t messages, user_messages, tool_messages;
  uint64_t system_bytes, history_bytes, envelope_bytes;
  uint64_t tools, attachments;
  bool wants_json, inherited;
};

enum { OPENING_TOKENS = 4 };

static const struct feature table[FEATURES_COUNT] = {
#define FEATURE(name, group, meaning, expression) {#name, meaning, GROUP_##group},
#include "classifier/features/features.def"
#undef FEATURE
};

const struct feature *features_table(void) {
  return table;
}

static uint64_t hash_text(uint64_t hash, const char *text) {
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
  return (hash ^ 0xFF) * UINT64_C(1099511628211);
}

_Static_assert(FEATURES_HEAD_BYTES == 8192 && FEATURES_TAIL_BYTES == 4096,
               "features_schema_hash() says how much of a long question is read");

uint64_t features_schema_hash(void) {
  uint64_t hash = UINT64_C(14695981039346656037);
#define FEATURE(name, group, meaning, expression) hash = hash_text(hash, #name "=" #expression);
#include "classifier/features/features.def"
#undef FEATURE
  hash = hash_text(hash, "ngrams 16 word, pair of unspaced");
  hash = hash_text(hash, "head 8192, tail 4096");
  hash = vocabulary_hash(hash);
  return hash ? hash : 1;
}

void features_init(struct features *features) {
  memset(features->x, 0, sizeof features->x);
  ngrams_init(&features->ngrams);
  for (int i = 0; i < FEATURES_LOGS; i++)
    features->logs[i] = logf(1.0f + (float)i);
}

/* How often each category occurs is how often each bit is set in a row of masks. Adding
 * sixteen of them as if each bit were a column of its own takes fewer steps than a look
 * at each bit that is set, and none that depends on what the words are. */
struct bit_counter {
  uint32_t sums[4];   /* bit by bit: the ones, twos, fours and eights of the counts */
  uint32_t masks[16]; /* not yet added */
  size_t masks_count;
};

/* Adds a and b to the sum; returns what carries over. */
static inline uint32_t add_bits(uint32_t *sum, uint32_t a, uint32_t b) {
  uint32_t half = *sum ^ a;
  uint32_t carry = (*sum & a) | (half & b);
  *sum = half ^ b;
  return carry;
}

static void add_categories(struct token_stats *stats, uint32_t mask, uint64_t weight) {
  for (; mask; mask &= mask - 1)
    stats->category[__builtin_ctz(mask)] += weight;
}

static void add_masks(struct token_stats *stats, struct bit_counter *counter) {
  uint32_t *masks = counter->masks;
  for (size_t level = 0, pairs = 8; pairs > 0; level++, pairs /= 2)
    for (size_t i = 0; i < pairs; i++)
      masks[i] = add_bits(&counter->sums[level], masks[2 * i], masks[2 * i + 1]);
  add_categories(stats, masks[0], 16);
  counter->masks_count = 0;
}

/* Adds the masks that are left, and what the sums hold. */
static void finish_masks(struct token_stats *stats, struct bit_counter *counter) {
  while (counter->masks_count < 16)
    counter->masks[counter->masks_count++] = 0;
  add_masks(stats, counter);
  for (size_t level = 0; level < 4; level++)
    add_categories(stats, counter->sums[level], UINT64_C(1) << level);
}

/* Where the walk over the tokens stands. */
struct walk {
  struct bit_counter categories;
  uint64_t seen[64]; /* a 4,096-bit sketch of the words so far */
  size_t tokens;     /* behind it */
};

/* Looks up a few tokens and their pairs. Which token it is decides no branch, since no
 * processor could guess that. */
static void walk_some(struct token_stats *stats, struct walk *walk, const struct text_token *tokens,
                      const struct token_buckets *buckets, size_t count) {
  const uint32_t common = UINT32_C(1) << VOCABULARY_common;
  struct bit_counter *categories = &walk->categories;
  for (size_t i = 0; i < count; i++) {
    uint32_t kind = tokens[i].kind, is_word = kind == TOKEN_WORD, pair = buckets->pair[i];
    uint32_t mask = vocabulary_lookup(tokens[i].hash) & (0 - (uint32_t)(kind != TOKEN_NUMBER));
    uint32_t pair_mask = vocabulary_lookup(pair) & (0 - (uint32_t)(pair != 0));
    /* The bucket is of the hash mixed; its high bits will do for the sketch. */
    uint32_t sketch = buckets->word_bucket[i] >> (NGRAM_BITS - 12);
    stats->distinct += !(walk->seen[sketch / 64] >> (sketch % 64) & 1);
    walk->seen[sketch / 64] |= UINT64_C(1) << (sketch % 64);
    stats->rare += is_word & !(mask & common);
    stats->unlisted += is_word & (mask == 0);
    stats->opening |= (mask | pair_mask) & (0 - (uint32_t)(walk->tokens++ < OPENING_TOKENS));
    categories->masks[categories->masks_count++] = mask | pair_mask;
    if (categories->masks_count == 16)
      add_masks(stats, categories);
  }
}

/* One look at every token: vocabulary, phrases of two, n-grams. */
static void walk_tokens(struct token_stats *stats, struct ngrams *ngrams,
                        const struct text_scan *scan) {
  const token_buckets_fn fill = token_buckets_best();
  struct walk walk = {.tokens = 0};
  struct token_buckets buckets;
  stats->tokens = scan->tokens_count;
  for (size_t at = 0, count; at < scan->tokens_count; at += count) {
    const struct text_token *tokens = &scan->tokens[at];
    count = scan->tokens_count - at;
    count = count < TOKEN_BUCKETS_MAX ? count : TOKEN_BUCKETS_MAX;
    fill(tokens, count, at ? tokens[-1].hash : 0, &buckets);
    if (at == 0)
      buckets.pair[0] = 0; /* nothing stands before the first token */
    ngrams_add(ngrams, tokens, &buckets, count);
    walk_some(stats, &walk, tokens, &buckets, count);
  }
  finish_masks(stats, &walk.categories);
}

static void sum_marks(struct token_stats *stats, const struct text_counts *n) {
  const uint64_t *a = n->ascii;
  stats->operators =
      a['+'] + a['*'] + a['/'] + a['='] + a['<'] + a['>'] + a['^'] + a['%'] + n->math_wide;
  stats->brackets = a['('] + a[')'] + a['['] + a[']'] + a['{'] + a['}'];
  stats->blanks = a['_'] / 3;
  for (int c = '!'; c < 127; c++) /* letters and digits are not counted there */
    stats->marks += a[c];
  for (int script = 0; script < SCRIPT_COUNT; script++)
    stats->letters += n->scripts[script];
  stats->letters_wide_latin = n->scripts[SCRIPT_LATIN] - n->letters_ascii;
}

static bool ends_with_question(const struct question *question) {
  if (question->spans_count == 0)
    return false;
  struct span last = question->spans[question->spans_count - 1];
  while (last.len > 0 && strchr(" \t\r\n\"')", last.ptr[last.len - 1]))
    last.len--;
  if (last.len > 0 && last.ptr[last.len - 1] == '?')
    return true;
  return last.len >= 3 && memcmp(last.ptr + last.len - 3, "\xEF\xBC\x9F", 3) == 0;
}

static void sum_context(struct context_stats *c, const struct conversation *conversation,
                        const struct question *question) {
  *c = (struct context_stats){0};
  for (size_t i = 0; i < conversation->turns_count; i++) {
    const struct turn *turn = &conversation->turns[i];
    c->messages += turn->starts_message;
    if (turn->role == TURN_SYSTEM)
      c->system_bytes += turn->text.len;
    else if (i < question->turn_index)
      c->history_bytes += turn->text.len;
    c->user_messages += turn->starts_message && turn->role == TURN_USER;
    c->tool_messages += turn->starts_message && turn->role == TURN_TOOL;
  }
  c->envelope_bytes = question->envelope_bytes;
  c->tools = conversation->tools_count;
  c->attachments = (uint64_t)conversation->images_count + conversation->files_count;
  c->wants_json = conversation->wants_json;
  c->inherited = question->inherited;
}

/* Most counts are small, and logs has the logarithms of those, to the bit the same. */
static inline float log_count(const float *logs, float count) {
  if (count < (float)FEATURES_LOGS && (float)(int)count == count)
    return logs[(int)count];
  return logf(1.0f + count);
}

static inline float ratio(float part, float whole) {
  return whole > 0.0f ? part / whole : 0.0f;
}

/* The vocabulary of features.def. A share of a short text is damped, so that one
 * word of five does not look like a page on the subject. */
#define LOG(count) log_count(logs, (float)(count))
#define RATIO(part, whole) ratio((float)(part), (float)(whole))
#define SHARE(part, whole) ((float)(part) / ((float)(whole) + 4.0f))
#define A(c) (n->ascii[c])
#define V(category_name) (s->category[VOCABULARY_##category_name])
#define BIT(category_name) (UINT32_C(1) << VOCABULARY_##category_name)

static void evaluate(float *x, const float *logs, const struct text_counts *n,
                     const struct token_stats *s, const struct context_stats *c) {
#define FEATURE(name, group, meaning, expression) x[FEATURE_INDEX_##name] = (expression);
#include "classifier/features/features.def"
#undef FEATURE
}

/* Scans what lies between two places of the question, counted over all its spans. */
static void scan_part(struct text_scan *scan, const struct question *question, size_t from,
                      size_t to) {
  size_t before = 0;
  for (size_t i = 0; i < question->spans_count; i++) {
    struct span span = question->spans[i];
    size_t first = from > before ? text_cut(span, from - before) : 0;
    size_t last = to > before ? text_cut(span, to - before) : 0;
    if (last > first)
      text_scan_span(scan, span_make(span.ptr + first, last - first));
    before += span.len;
  }
}

/* All of a question, or the head and the tail of a long one; its length is true. */
static void scan_question(struct text_scan *scan, const struct question *question) {
  size_t bytes = 0;
  for (size_t i = 0; i < question->spans_count; i++)
    bytes += question->spans[i].len;
  text_scan_begin(scan);
  if (bytes <= FEATURES_HEAD_BYTES + FEATURES_TAIL_BYTES) {
    scan_part(scan, question, 0, bytes);
    return;
  }
  scan_part(scan, question, 0, FEATURES_HEAD_BYTES);
  scan_part(scan, question, bytes - FEATURES_TAIL_BYTES, bytes);
  scan->counts.bytes = bytes;
}

void features_extract(struct features *features, const struct conversation *conversation) {
  struct token_stats stats = {0};
  struct context_stats context;
  conversation_question(conversation, &features->question);
  scan_question(&features->scan, &features->question);
  ngrams_reset(&features->ngrams);
  walk_tokens(&stats, &features->ngrams, &features->scan);
  sum_marks(&stats, &features->scan.counts);
  stats.ends_question = ends_with_question(&features->question);
  sum_context(&context, conversation, &features->question);
  evaluate(features->x, features->logs, &features->scan.counts, &stats, &context);
}
