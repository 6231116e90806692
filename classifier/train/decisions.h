/* decisions.h - what a model decides on every row of a log, and what that brings.
 *
 *   struct judgement *judged;                      // one a row of the log
 *   if (decisions_judge(&judged, model, &log)) ...
 *   struct decision_rule rule = decisions_rule(model, 0.95);
 *   size_t tier = decisions_tier(&rule, &judged[row]);
 *   tally_add(&tally, &example, &map, tier);       // struct tally tally = {0} at first
 *   free(judged);
 */
#ifndef TIERD_TRAIN_DECISIONS_H
#define TIERD_TRAIN_DECISIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model.h"
#include "classifier/train/dataset.h"
#include "classifier/train/labelled_log.h"
#include "classifier/train/tier_map.h"

/* The part of a prediction that decisions hang on. */
struct judgement {
  float good[MODEL_TIERS_MAX];
  float margin[MODEL_TIERS_MAX];
  bool abstain;
};

/* Sums over rows that were decided. */
struct tally {
  size_t rows;
  size_t tiers[MODEL_TIERS_MAX]; /* rows sent to each */
  double quality, quality_top;   /* of the tiers decided on; of the top tier */
  double cost, cost_top;         /* in the tier map's unit */
  double under_routed;           /* chances that the tier was not good enough */
  size_t under_known;            /* rows that tell whether it was */
};

/* Has the model the tiers of the map, in its order? why says what differs. */
bool decisions_fit(const struct model *model, const struct tier_map *map, char *why,
                   size_t why_size);

/* Judges all rows. *out is the caller's, to be freed. False when memory is out. */
bool decisions_judge(struct judgement **out, const struct model *model,
                     const struct labelled_log *log);

/* How a model decides at a wished quality; valid as long as the model. */
struct decision_rule {
  const struct model *model;
  double lambda;
};

struct decision_rule decisions_rule(const struct model *model, double quality);

/* The tier that the rule takes, at the costs that the model was measured with. */
size_t decisions_tier(const struct decision_rule *rule, const struct judgement *judgement);

/* Characters in all turns of a row, of a vector alone those of its question: the plainest rival of
 * any model. */
double decisions_length(const struct labelled_row *row);

void tally_add(struct tally *tally, const struct example *example, const struct tier_map *map,
               size_t tier);

#endif
