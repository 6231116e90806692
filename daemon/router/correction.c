/* correction.c - factors times estimates, and where an answer is out of all measure.
 *
 * How far factors may go is bounded where they are learned; here they are taken as
 * they come, but never so that a count leaves the range of its type. */
#include "daemon/router/correction.h"

#include <math.h>

/* Quantiles of the standard normal distribution: of 90 and of 99.5 percent. */
#define Z90 1.2815515655446004
#define Z995 2.5758293035489004

/* More tokens than any context holds, and safe to convert. */
#define TOKENS_MAX 1e15

void correction_apply(const struct token_correction *correction, struct usage_estimate *usage) {
  if (correction == NULL)
    return;
  /* Counts without a correction stay as exact as they are. */
  if (correction->input < 1 || correction->input > 1)
    usage->input =
        (uint64_t)llround(fmin((double)usage->input * (double)correction->input, TOKENS_MAX));
  correction_apply_output(correction, usage);
}

/* The answers of one model scatter less than those of all, which the estimate is for. */
void correction_apply_output(const struct token_correction *correction,
                             struct usage_estimate *usage) {
  if (correction == NULL)
    return;
  const double spread = (double)correction->spread;
  usage->output_p90 *= (double)correction->output;
  if (usage->output_p90 > 0 && usage->output_p50 > 0 && (spread < 0 || spread > 0))
    usage->output_p90 *=
        pow(usage->output_p90 / (usage->output_p50 * (double)correction->output), spread);
  usage->output_p50 *= (double)correction->output;
}

uint64_t correction_stop_after(const struct usage_estimate *usage, uint64_t model_limit) {
  const double p50 = usage->output_p50;
  /* Written so that NaN is not known either. */
  if (!(p50 > 0))
    return 0;
  const double sigma = usage->output_p90 > p50 ? log(usage->output_p90 / p50) / Z90 : 0;
  uint64_t stop = (uint64_t)ceil(fmin(p50 * exp(Z995 * sigma), TOKENS_MAX));
  if (model_limit > 0 && stop > model_limit)
    stop = model_limit;
  if (usage->output_limit > 0 && stop > usage->output_limit)
    stop = usage->output_limit;
  return stop;
}
