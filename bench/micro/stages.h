/* stages.h - what a decision is made of, each stage measured alone. */
#ifndef TIERD_BENCH_STAGES_H
#define TIERD_BENCH_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/micro/measure.h"

enum stage { STAGE_PARSE, STAGE_FEATURES, STAGE_SCORE, STAGE_DECIDE, STAGE_ENCODE, STAGES };

/* The stage's name: static storage. */
const char *stage_name(enum stage stage);

enum { STAGE_SIZES = 4 };
extern const size_t stage_sizes[STAGE_SIZES]; /* prompt bytes */

/* Nanoseconds a call, by prompt size and stage. Features is conversation to vector,
 * score is vector to prediction, and decide is both with costs and policy; parse and
 * encode are body to request and decision to JSON and headers. */
struct stages_result {
  double ns[STAGE_SIZES][STAGES];
};

/* False with why filled when model or catalogue cannot be used. */
bool stages_measure(const struct measure *how, const char *model, const char *catalog,
                    uint64_t seed, struct stages_result *out, char *why, size_t why_size);

#endif
