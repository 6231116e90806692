/* quality.c - sums of scores by inverse propensity.
 *
 *   decision line → propensity, the other tier, whether it explored
 *   feedback      → the chosen model's score
 *
 * A row counts for each policy that would have chosen as it was chosen. How the propensity
 * came about is daemon/router/explore.h's business. */
#include "daemon/ctl/report/quality.h"

#include <math.h>
#include <string.h>

#define MICRO 1e6

/* Smaller ones count as this, so that no row outweighs all others. */
#define PROPENSITY_MIN 1e-3

const struct quality_text quality_texts[QUALITY_POLICIES] = {
    [QUALITY_POLICY] = {"policy", "the policy, without exploration"},
    [QUALITY_UP_KEPT] = {"close_up_kept", "close to the next tier up: as decided"},
    [QUALITY_UP_MOVED] = {"close_up_moved", "close to the next tier up: had they gone up"},
    [QUALITY_DOWN_KEPT] = {"close_down_kept", "close to the next tier down: as decided"},
    [QUALITY_DOWN_MOVED] = {"close_down_moved", "close to the next tier down: had they gone down"},
};

/* The score of the model that was chosen; NaN when nobody judged just that one. */
static double score_of(const struct join_line *decision, const struct join_feedback *feedback) {
  if (!feedback)
    return (double)NAN;
  if (isnan(feedback->score))
    return feedback->escalated ? 0 : (double)NAN;
  const bool own = !feedback->model || strcmp(feedback->model, decision->model) == 0;
  return own ? feedback->score : (double)NAN;
}

/* Where a tier stands among the line's probabilities, which are in order; -1 for none. */
static int tier_rank(const cJSON *tree, const char *tier) {
  const cJSON *probabilities = ctl_member_get(tree, "probabilities"), *item;
  int rank = 0;
  cJSON_ArrayForEach(item, probabilities) {
    if (item->string && strcmp(item->string, tier) == 0)
      return rank;
    rank++;
  }
  return -1;
}

static void add(struct quality_sum *sum, double weight, double score) {
  sum->rows++;
  sum->weights += (int64_t)llround(weight * MICRO);
  sum->squares += (int64_t)llround(weight * weight * MICRO);
  sum->scores += (int64_t)llround(weight * score * MICRO);
}

void quality_add(struct quality *quality, const struct join_line *decision,
                 const struct join_feedback *feedback) {
  const cJSON *tree = decision->tree, *close = ctl_member_get(tree, "close");
  const double told = ctl_member_number(tree, "propensity");
  const double weight = told > 0 && told <= 1 ? 1 / fmax(told, PROPENSITY_MIN) : 1;
  const double score = score_of(decision, feedback);
  const bool explored = ctl_member_true(close, "explored");
  const int own = tier_rank(tree, ctl_member_string(tree, "tier", ""));
  const int other = tier_rank(tree, ctl_member_string(close, "tier", ""));
  quality->explored += explored;
  if (isnan(score))
    return;
  if (!explored)
    add(&quality->of[QUALITY_POLICY], weight, score);
  if (own < 0 || other < 0)
    return;
  /* Of an explored one the policy's tier is the other, so up and down are the other way. */
  const bool up = explored ? own > other : other > own;
  add(&quality->of[(up ? QUALITY_UP_KEPT : QUALITY_DOWN_KEPT) + explored], weight, score);
}

double quality_value(const struct quality_sum *sum) {
  return sum->rows > 0 ? (double)sum->scores / (double)sum->weights : (double)NAN;
}

/* L. Kish, Survey Sampling (1965): the square of the sum over the sum of squares. */
double quality_effective_rows(const struct quality_sum *sum) {
  const double weights = (double)sum->weights;
  return sum->rows > 0 ? weights / MICRO * weights / (double)sum->squares : (double)NAN;
}
