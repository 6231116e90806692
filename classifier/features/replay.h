/* replay.h - features again, from what is left of them when the text is gone.
 *
 *   const struct replay_source source = {x, tokens, tokens_count, tokens_seen};
 *   features_replay(f, &source);                  // as features_extract() left them
 *   features_replay_perturbed(f, &source, seed);  // as if it had been worded otherwise
 *
 * Holds all that model_predict() reads: the vector, the n-grams, which follow from the
 * tokens, and the tokens' hashes. Counts and question of f are not to be relied on. */
#ifndef TIERD_FEATURES_REPLAY_H
#define TIERD_FEATURES_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/features/features.h"

/* How far a perturbed copy lies from its original: tokens that are left out, of each
 * 100, and by how much of its value a feature is moved either way at the most. */
enum { REPLAY_DROPPED_PERCENT = 15 };
#define REPLAY_JITTER 0.05f

/* Borrowed for the call, and may be unaligned: bytes as they came through a queue. */
struct replay_source {
  const void *x;       /* FEATURES_COUNT floats */
  const void *tokens;  /* tokens_count of struct text_token */
  size_t tokens_count; /* at most TEXT_TOKENS_MAX */
  uint64_t tokens_seen;
};

/* features has been through features_init(). */
void features_replay(struct features *features, const struct replay_source *source);

/* Drops words and moves features by chance, the same for the same seed. At least one
 * token stays if there was one; a feature that is 0 stays 0. */
void features_replay_perturbed(struct features *features, const struct replay_source *source,
                               uint64_t seed);

#endif
