/* features.c - from the counts and tokens of a question to the feature vector.
 *
 * conversation.c finds the question, text.c scans it; here the tokens are looked
 * up in the vocabulary and hashed to n-grams in one loop, the conversation around
 * the question is summed up, and the expressions of features.def are evaluated. */
#include "classifier/features/features.h"

#include <math.h>
#include <string.h>

#include "classifier/features/token_hash.h"
#include "classifier/features/vocabulary.h"

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

uint64_t features_schema_hash(void) {
  uint64_t hash = UINT64_C(14695981039346656037);
#define FEATURE(name, group, meaning, expression) hash = hash_text(hash, #name "=" #expression);
#include "classifier/features/features.def"
#undef FEATURE
  hash = hash_text(hash, "ngrams 16 word prefix4 pair");
  hash = vocabulary_hash(hash);
  return hash ? hash : 1;
}

void features_init(struct features *features) {
  memset(features->x, 0, sizeof features->x);
  ngrams_init(&features->ngrams);
}

static void add_categories(struct token_stats *stats, uint32_t mask) {
  while (mask) {
    stats->category[__builtin_ctz(mask)]++;
    mask &= mask - 1;
  }
}

/* One look at every token: vocabulary, pairs, n-grams. */
static void walk_tokens(struct token_stats *stats, struct ngrams *ngrams,
                        const struct text_scan *scan) {
  const uint32_t common = UINT32_C(1) << VOCABULARY_common;
  uint64_t seen[64] = {0}; /* a 4,096-bit sketch of the words so far */
  uint32_t previous = 0;
  stats->tokens = scan->tokens_count;
  for (size_t i = 0; i < scan->tokens_count; i++) {
    const struct text_token *token = &scan->tokens[i];
    uint32_t pair = i ? token_pair_hash(previous, token->hash) : 0;
    uint32_t mask = token->kind == TOKEN_NUMBER ? 0 : vocabulary_lookup(token->hash);
    uint32_t pair_mask = pair ? vocabulary_lookup(pair) : 0;
    uint32_t sketch = token_mix(token->hash) >> 20;
    stats->distinct += !(seen[sketch / 64] >> (sketch % 64) & 1);
    seen[sketch / 64] |= UINT64_C(1) << (sketch % 64);
    stats->rare += token->kind == TOKEN_WORD && !(mask & common);
    stats->unlisted += token->kind == TOKEN_WORD && mask == 0;
    if (i < OPENING_TOKENS)
      stats->opening |= mask | pair_mask;
    add_categories(stats, mask | pair_mask);
    ngrams_add(ngrams, token, pair);
    previous = token->hash;
  }
}

static void sum_marks(struct token_stats *stats, const struct text_counts *n) {
  const uint64_t *a = n->ascii;
  stats->operators =
      a['+'] + a['*'] + a['/'] + a['='] + a['<'] + a['>'] + a['^'] + a['%'] + n->math_wide;
  stats->brackets = a['('] + a[')'] + a['['] + a[']'] + a['{'] + a['}'];
  stats->blanks = a['_'] / 3;
  for (int c = '!'; c < 127; c++)
    if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
      stats->marks += a[c];
  uint64_t ascii_letters = 0;
  for (int c = 'a'; c <= 'z'; c++)
    ascii_letters += a[c] + a[c - 32];
  for (int script = 0; script < SCRIPT_COUNT; script++)
    stats->letters += n->scripts[script];
  stats->letters_wide_latin = n->scripts[SCRIPT_LATIN] - ascii_letters;
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

static inline float log_count(float count) {
  return logf(1.0f + count);
}

static inline float ratio(float part, float whole) {
  return whole > 0.0f ? part / whole : 0.0f;
}

/* The vocabulary of features.def. A share of a short text is damped, so that one
 * word of five does not look like a page on the subject. */
#define LOG(count) log_count((float)(count))
#define RATIO(part, whole) ratio((float)(part), (float)(whole))
#define SHARE(part, whole) ((float)(part) / ((float)(whole) + 4.0f))
#define A(c) (n->ascii[c])
#define V(category_name) (s->category[VOCABULARY_##category_name])
#define BIT(category_name) (UINT32_C(1) << VOCABULARY_##category_name)

static void evaluate(float *x, const struct text_counts *n, const struct token_stats *s,
                     const struct context_stats *c) {
#define FEATURE(name, group, meaning, expression) x[FEATURE_INDEX_##name] = (expression);
#include "classifier/features/features.def"
#undef FEATURE
}

void features_extract(struct features *features, const struct conversation *conversation) {
  struct token_stats stats = {0};
  struct context_stats context;
  conversation_question(conversation, &features->question);
  text_scan_begin(&features->scan);
  for (size_t i = 0; i < features->question.spans_count; i++)
    text_scan_span(&features->scan, features->question.spans[i]);
  ngrams_reset(&features->ngrams);
  walk_tokens(&stats, &features->ngrams, &features->scan);
  sum_marks(&stats, &features->scan.counts);
  stats.ends_question = ends_with_question(&features->question);
  sum_context(&context, conversation, &features->question);
  evaluate(features->x, &features->scan.counts, &stats, &context);
}
