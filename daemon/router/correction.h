/* correction.h - what reported usage has taught about a model, applied to an estimate.
 * Pure; daemon/ops/corrections.h does the learning. */
#ifndef TIERD_ROUTER_CORRECTION_H
#define TIERD_ROUTER_CORRECTION_H

#include <stdint.h>

#include "daemon/router/cost.h"

/* Factors of one model; 1 changes nothing. */
struct token_correction {
  float input;  /* of the input tokens as they were counted */
  float output; /* of the output's p50 and p90 */
};

/* Input and output of usage, times the factors. correction may be NULL. */
void correction_apply(const struct token_correction *correction, struct usage_estimate *usage);

/* The number of output tokens that 99.5 % of such answers keep below, of the log-normal
 * through p50 and p90, rounded up and no more than either limit; a limit of 0 is none.
 * 0 when p50 is not known. */
uint64_t correction_stop_after(const struct usage_estimate *usage, uint64_t model_limit);

#endif
