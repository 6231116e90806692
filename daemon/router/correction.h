/* correction.h - what reported usage has taught about a model, applied to an estimate.
 * Pure; daemon/ops/corrections.h does the learning. */
#ifndef TIERD_ROUTER_CORRECTION_H
#define TIERD_ROUTER_CORRECTION_H

#include <stdint.h>

#include "daemon/router/cost.h"

/* What is known of one model; factors of 1 and a spread of 0 change nothing. */
struct token_correction {
  float input;  /* factor of the input tokens as they were counted */
  float output; /* factor of the output's p50 and p90 */
  float spread; /* by what share more lies between log p50 and log p90; above -1 */
};

/* Corrects input and output of usage. correction may be NULL. */
void correction_apply(const struct token_correction *correction, struct usage_estimate *usage);

/* The same of the output alone. */
void correction_apply_output(const struct token_correction *correction,
                             struct usage_estimate *usage);

/* The number of output tokens that 99.5 % of such answers keep below, of the log-normal
 * through p50 and p90, rounded up and no more than either limit; a limit of 0 is none.
 * 0 when p50 is not known. */
uint64_t correction_stop_after(const struct usage_estimate *usage, uint64_t model_limit);

#endif
