/* replay.c - a vector and tokens back into struct features, as they were or perturbed.
 *
 * The n-grams are made of the tokens by the same steps as in features.c. Perturbing
 * stands in for a paraphrase where no text is kept: some words go, and every number moves a little.
 * Who compares what is left to others. */
#include "classifier/features/replay.h"

#include <string.h>

#include "classifier/features/token_buckets.h"

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014). */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* What features.c does beside its counting. */
static void add_ngrams(struct features *features) {
  const token_buckets_fn fill = token_buckets_best();
  const struct text_scan *scan = &features->scan;
  struct token_buckets buckets;
  ngrams_reset(&features->ngrams);
  for (size_t at = 0, count; at < scan->tokens_count; at += count) {
    const struct text_token *tokens = &scan->tokens[at];
    count = scan->tokens_count - at;
    count = count < TOKEN_BUCKETS_MAX ? count : TOKEN_BUCKETS_MAX;
    fill(tokens, count, at ? tokens[-1].hash : 0, &buckets);
    if (at == 0)
      buckets.pair[0] = 0; /* nothing stands before the first token */
    ngrams_add(&features->ngrams, tokens, &buckets, count);
  }
}

static void take(struct features *features, const struct replay_source *source) {
  struct text_scan *scan = &features->scan;
  memcpy(features->x, source->x, sizeof features->x);
  scan->tokens_count =
      source->tokens_count < TEXT_TOKENS_MAX ? source->tokens_count : TEXT_TOKENS_MAX;
  scan->tokens_seen = source->tokens_seen;
  if (scan->tokens_count > 0)
    memcpy(scan->tokens, source->tokens, scan->tokens_count * sizeof scan->tokens[0]);
}

void features_replay(struct features *features, const struct replay_source *source) {
  take(features, source);
  add_ngrams(features);
}

/* Moves those that stay together. One is kept whatever chance says: an empty prompt is
 * not another wording of a short one. */
static void drop_tokens(struct text_scan *scan, uint64_t *random) {
  size_t kept = 0;
  for (size_t i = 0; i < scan->tokens_count; i++) {
    const bool last_chance = kept == 0 && i + 1 == scan->tokens_count;
    if (next_random(random) % 100 < REPLAY_DROPPED_PERCENT && !last_chance)
      continue;
    scan->tokens[kept++] = scan->tokens[i];
  }
  scan->tokens_count = kept;
}

/* Relative, since features differ in scale and 0 mostly means that something is absent. */
static void move_features(float *x, uint64_t *random) {
  for (size_t i = 0; i < FEATURES_COUNT; i++) {
    const float unit = (float)(next_random(random) >> 40) / (float)(1 << 24);
    x[i] *= 1.0f + REPLAY_JITTER * (2.0f * unit - 1.0f);
  }
}

void features_replay_perturbed(struct features *features, const struct replay_source *source,
                               uint64_t seed) {
  uint64_t random = seed;
  take(features, source);
  drop_tokens(&features->scan, &random);
  move_features(features->x, &random);
  add_ngrams(features);
}
