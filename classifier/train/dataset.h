/* dataset.h - labelled rows as training examples: features and targets.
 *
 * Built once from a labelled log and a tier map; owns copies of all it needs, so
 * the log may be released. */
#ifndef TIERD_TRAIN_DATASET_H
#define TIERD_TRAIN_DATASET_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/svm/model.h"
#include "classifier/train/labelled_log.h"
#include "classifier/train/tier_map.h"

struct example {
  float x[FEATURES_COUNT]; /* unscaled */
  uint16_t *ngrams;        /* distinct buckets */
  uint32_t ngrams_count;
  uint32_t *words; /* bits of the set of known words, numbers left out */
  uint32_t words_count;
  uint32_t row;                   /* of the log */
  uint32_t source;                /* index into dataset.sources */
  uint32_t group;                 /* rows that are alike: a task, or what is left of a source */
  uint32_t kind;                  /* index into dataset.kinds: the label, else as the group */
  bool bare;                      /* came as a vector: neither n-grams nor words are known */
  bool labelled;                  /* its qualities come from a label, not from outcomes */
  float weight;                   /* 1 / propensity, at most PROPENSITY_WEIGHT_MAX; times
                                     WEAK_WEIGHT where the outcome is only inferred */
  float quality[MODEL_TIERS_MAX]; /* mean score of the tier's models; NaN unknown */
  float good[MODEL_TIERS_MAX];    /* the chance that a model of the tier does as well as
                                     one of the highest tier seen, within GOOD_MARGIN;
                                     NaN unknown */
  float log_tokens;               /* mean log1p of the answers' tokens; NaN unknown */
  float *lengths;                 /* log1p of each answer's tokens */
  uint32_t lengths_count;
};

struct dataset {
  struct example *examples;
  size_t count;
  size_t tiers_count;
  char **sources;
  size_t sources_count;
  uint32_t groups_count;
  char **kinds;
  size_t kinds_count;
  size_t unused_rows;     /* had neither a known label nor outcomes of mapped models */
  size_t unmapped_models; /* occur in the log but not in the tier map */
};

/* A task with fewer rows is put together with the rest of its source. Labels agree
 * within a task where scores scatter, so fewer of them do. */
enum { KIND_ROWS_MIN = 25, LABELLED_KIND_ROWS_MIN = 8 };

/* The set of known words has 1 << DATASET_WORDS_BITS bits. */
enum { DATASET_WORDS_BITS = 18 };

/* A score this much below another still counts as good enough. */
#define GOOD_MARGIN 0.1

/* A row of a rare choice stands for those that were not made, but for no more than so
 * many: one row must not decide a fit. Clipping costs some bias for much less variance
 * (E. L. Ionides: Truncated Importance Sampling, JCGS 2008). */
#define PROPENSITY_WEIGHT_MAX 20.0

/* What a question that was asked again says of the first answer, beside what somebody says
 * who has judged it. */
#define WEAK_WEIGHT 0.3

/* Extracts features of every row. False when memory is out; progress, if not NULL,
 * is called now and then with the rows done. */
bool dataset_build(struct dataset *dataset, const struct labelled_log *log,
                   const struct tier_map *map, void (*progress)(size_t done, size_t of));

/* Makes one kind of each source whose tasks hardly differ in difficulty: where they
 * explain less than half of its variance, telling them apart would add more noise to a
 * prompt's level than it says. Labels stay kinds. Call it once the qualities are final.
 * False when memory is out; the dataset is then as before. */
bool dataset_merge_kinds(struct dataset *dataset);

/* How often a machine that knows no weights gets the row: its weight, rounded up or down
 * by a draw that depends on seed and the example's number alone. Once for a weight of 1. */
size_t example_copies(const struct example *example, size_t number, uint64_t seed);

/* The most copies that all of these examples together can have. */
size_t examples_copies_max(const struct dataset *dataset, const size_t *index, size_t count);

/* What a machine of tier learns: the more the tier falls short, both of being right
 * and of the best tier seen, the lower. NaN when the example says nothing. */
float example_target(const struct example *example, size_t tiers_count, size_t tier);

/* The quality of a tier; one without outcomes lies half way between its neighbours
 * that have some. */
double example_quality(const struct example *example, size_t tiers_count, size_t tier);

/* The chance that tier is good enough: good[tier], and 1 for the highest tier seen and
 * all above it. NaN unknown. */
float example_good(const struct example *example, size_t tiers_count, size_t tier);

void dataset_deinit(struct dataset *dataset);

#endif
