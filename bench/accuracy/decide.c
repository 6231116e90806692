/* decide.c - small rules that several measures share. */
#include "bench/accuracy/decide.h"

#include "classifier/svm/policy.h"

/* By the daemon's own policy, in the daemon's own precision: what is measured is what
 * runs. */
size_t decide_tier(const struct bench_data *data, const double *good) {
  float probabilities[MODEL_TIERS_MAX];
  for (size_t t = 0; t < data->tiers_count; t++)
    probabilities[t] = (float)good[t];
  return policy_tier(probabilities, data->shares, data->tiers_count, data->lambda);
}

/* The cheapest model of the ladder that is of this tier or a dearer one. */
size_t decide_model(const struct bench_data *data, size_t tier) {
  for (size_t m = 0; m + 1 < data->ladder_count; m++)
    if (data->tier_of[m] >= tier)
      return m;
  return data->ladder_count - 1;
}

bool decide_good(const struct bench_data *data, const struct bench_row *row, size_t m) {
  /* A hair of slack: 0.9 against 1 - 0.1 should not hang on rounding. */
  return row->quality[m] >= row->quality[data->ladder_count - 1] - GOOD_ENOUGH_MARGIN - 1e-9;
}

/* SIZE_MAX where there is no label, or no tiers to know it by. */
size_t decide_label(const struct bench_data *data, const struct bench_row *row) {
  return data->tiers_count > 0 && row->label >= 0 ? (size_t)row->label : SIZE_MAX;
}

/* For labels, which know nothing of cost: the first tier that is more likely good enough
 * than not. */
size_t decide_class(const struct bench_data *data, const struct bench_row *row) {
  for (size_t t = 0; t + 1 < data->tiers_count; t++)
    if (row->good[t] >= 0.5)
      return t;
  return data->tiers_count - 1;
}
