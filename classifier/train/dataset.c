/* dataset.c - from labelled rows to examples.
 *
 * Outcomes of many models become one quality a tier: the mean score of the tier's
 * models on the prompt. A label becomes qualities of 0 below it and 1 from it up.
 * "Good enough" is an event between a model of the tier and one of the highest
 * tier seen: no worse than GOOD_MARGIN below; its share over the pairs is a soft
 * label. */
#include "classifier/train/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/row_features.h"

/* Groups by name; few enough that a linear search does. */
struct names {
  char **items;
  size_t count;
};

static uint32_t name_index(struct names *names, const char *name, bool *ok) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0)
      return (uint32_t)i;
  char **grown = realloc(names->items, (names->count + 1) * sizeof *grown);
  char *copy = strdup(name);
  if (!grown || !copy) {
    *ok = false;
    if (grown)
      names->items = grown;
    free(copy);
    return 0;
  }
  names->items = grown;
  grown[names->count] = copy;
  return (uint32_t)names->count++;
}

static void names_deinit(struct names *names) {
  for (size_t i = 0; i < names->count; i++)
    free(names->items[i]);
  free(names->items);
}

static double outcome_tokens(const struct outcome *outcome) {
  if (outcome->output_tokens >= 0)
    return outcome->output_tokens;
  return outcome->output_chars >= 0 ? outcome->output_chars / 4 : -1;
}

static void take_label(struct example *example, size_t tiers_count, int label) {
  for (size_t t = 0; t < tiers_count; t++) {
    example->quality[t] = (int)t >= label ? 1.0f : 0.0f;
    example->good[t] = example->quality[t];
  }
}

/* The share of pairs (a of tier, b of top) in which a is good enough. */
static float good_share(const struct labelled_row *row, const int *tiers, int tier, int top) {
  size_t pairs = 0;
  size_t good = 0;
  for (size_t a = 0; a < row->outcomes_count; a++) {
    if (tiers[row->outcomes[a].model] != tier)
      continue;
    for (size_t b = 0; b < row->outcomes_count; b++) {
      if (tiers[row->outcomes[b].model] != top)
        continue;
      pairs++;
      good += row->outcomes[a].score > row->outcomes[b].score - GOOD_MARGIN - 1e-9;
    }
  }
  return pairs ? (float)good / (float)pairs : NAN;
}

static const char *source_name(const struct labelled_log *log, const struct labelled_row *row) {
  const char *path = log->files[row->file].path;
  return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* What a row says that a single tier answered. */
enum lone_answer {
  LONE_COMPARES, /* nothing by itself; the tier is the highest seen */
  LONE_ASSUMES,  /* the top tier would have answered well */
  LONE_YIELDS    /* nothing: the row has a label, which says more */
};

/* A row that a single tier answered compares with nothing; what the top tier would have
 * made of it is then assumed. False when the top tier is the one that answered. */
static bool assume_top(struct example *example, const struct labelled_row *row, const int *tiers,
                       size_t tiers_count, size_t lone) {
  size_t seen = 0;
  size_t good = 0;
  if (lone + 1 >= tiers_count)
    return false;
  for (size_t i = 0; i < row->outcomes_count; i++) {
    if (tiers[row->outcomes[i].model] != (int)lone)
      continue;
    seen++;
    good += row->outcomes[i].score > 1 - GOOD_MARGIN - 1e-9;
  }
  example->quality[tiers_count - 1] = 1.0f;
  example->good[lone] = (float)good / (float)seen;
  return true;
}

/* tiers[m] is the tier of the log's model m, -1 for unmapped. */
static bool take_outcomes(struct example *example, const struct labelled_row *row, const int *tiers,
                          size_t tiers_count, enum lone_answer lone) {
  double sums[MODEL_TIERS_MAX] = {0};
  size_t counts[MODEL_TIERS_MAX] = {0};
  double log_tokens = 0;
  size_t answers = 0;
  int top = -1;
  example->lengths = malloc((row->outcomes_count + 1) * sizeof *example->lengths);
  for (size_t i = 0; i < row->outcomes_count; i++) {
    const struct outcome *outcome = &row->outcomes[i];
    int tier = tiers[outcome->model];
    if (tier < 0)
      continue;
    sums[tier] += outcome->score;
    counts[tier]++;
    answers++;
    top = tier > top ? tier : top;
    if (example->lengths && outcome_tokens(outcome) >= 0) {
      double length = log1p(outcome_tokens(outcome));
      log_tokens += length;
      example->lengths[example->lengths_count++] = (float)length;
    }
  }
  for (size_t t = 0; t < tiers_count; t++) {
    example->quality[t] = counts[t] ? (float)(sums[t] / (double)counts[t]) : NAN;
    example->good[t] = counts[t] && (int)t < top ? good_share(row, tiers, (int)t, top) : NAN;
  }
  example->log_tokens =
      example->lengths_count ? (float)(log_tokens / (double)example->lengths_count) : NAN;
  if (lone != LONE_COMPARES && top >= 0 && counts[top] == answers)
    return lone == LONE_ASSUMES && assume_top(example, row, tiers, tiers_count, (size_t)top);
  return top > 0;
}

/* hashed is NULL unless the row came from a shard. */
static bool copy_words(struct example *example, const struct text_scan *scan,
                       const struct hashed_text *hashed) {
  size_t most = hashed ? hashed->words_count : scan->tokens_count;
  example->words = malloc((most + 1) * sizeof *example->words);
  if (!example->words)
    return false;
  if (hashed) {
    memcpy(example->words, hashed->words, most * sizeof *example->words);
    example->words_count = (uint32_t)most;
    return true;
  }
  for (size_t i = 0; i < most; i++)
    if (scan->tokens[i].kind != TOKEN_NUMBER)
      example->words[example->words_count++] =
          model_word_bit(DATASET_WORDS_BITS, scan->tokens[i].hash);
  return true;
}

static bool copy_features(struct example *example, const struct features *features,
                          const struct hashed_text *hashed) {
  memcpy(example->x, features->x, sizeof example->x);
  example->ngrams_count = (uint32_t)features->ngrams.count;
  example->ngrams = malloc((features->ngrams.count + 1) * sizeof *example->ngrams);
  if (!example->ngrams)
    return false;
  memcpy(example->ngrams, features->ngrams.buckets,
         features->ngrams.count * sizeof *example->ngrams);
  return copy_words(example, &features->scan, hashed);
}

struct builder {
  struct dataset *dataset;
  const struct labelled_log *log;
  const struct tier_map *map;
  struct features *features;
  int *tiers;
  struct names sources, groups, kinds, tasks;
  size_t *task_rows;  /* by task */
  uint32_t *tasks_of; /* by row of the log */
  bool ok;
};

static void add_row(struct builder *builder, const struct labelled_row *row) {
  struct dataset *dataset = builder->dataset;
  struct example *example = &dataset->examples[dataset->count];
  int label = row->label ? tier_map_label(builder->map, row->label) : -1;
  *example = (struct example){.log_tokens = NAN, .weight = 1.0f};
  enum lone_answer lone = label >= 0                 ? LONE_YIELDS
                          : builder->map->assume_top ? LONE_ASSUMES
                                                     : LONE_COMPARES;
  bool useful = take_outcomes(example, row, builder->tiers, dataset->tiers_count, lone);
  if (!useful && label >= 0) {
    take_label(example, dataset->tiers_count, label);
    example->labelled = true;
    useful = true;
  }
  /* A label holds whichever tier was asked. Rows that say nothing of propensity have 1, and
   * weigh what they did. */
  if (!example->labelled && row->propensity > 0 && row->propensity < 1)
    example->weight = (float)fmin(1 / row->propensity, PROPENSITY_WEIGHT_MAX);
  if (!example->labelled && row->weak)
    example->weight *= (float)WEAK_WEIGHT;
  builder->ok &= example->lengths != NULL;
  if (!useful) {
    free(example->lengths);
    example->lengths = NULL;
    dataset->unused_rows++;
    return;
  }
  size_t at = (size_t)(row - builder->log->rows);
  const char *source = source_name(builder->log, row);
  size_t needed = example->labelled ? LABELLED_KIND_ROWS_MIN : KIND_ROWS_MIN;
  bool big = *row->task && builder->task_rows[builder->tasks_of[at]] >= needed;
  example->row = (uint32_t)at;
  example->source = name_index(&builder->sources, source, &builder->ok);
  example->group = name_index(&builder->groups, big ? row->task : source, &builder->ok);
  /* A label says more of a prompt's level than its task does. */
  const char *kind = example->labelled ? row->label : big ? row->task : source;
  example->kind = name_index(&builder->kinds, kind, &builder->ok);
  example->bare = row->vector != NULL && !row->hashed;
  row_features(builder->features, row);
  dataset->count++;
  builder->ok &= copy_features(example, builder->features, row->hashed);
}

/* How many rows each task has, so that small ones can be put together. */
static void count_tasks(struct builder *builder) {
  const struct labelled_log *log = builder->log;
  builder->task_rows = calloc(log->rows_count + 1, sizeof *builder->task_rows);
  builder->tasks_of = calloc(log->rows_count + 1, sizeof *builder->tasks_of);
  builder->ok = builder->ok && builder->task_rows && builder->tasks_of;
  for (size_t i = 0; builder->ok && i < log->rows_count; i++) {
    builder->tasks_of[i] = name_index(&builder->tasks, log->rows[i].task, &builder->ok);
    builder->task_rows[builder->tasks_of[i]]++;
  }
}

bool dataset_build(struct dataset *dataset, const struct labelled_log *log,
                   const struct tier_map *map, void (*progress)(size_t done, size_t of)) {
  struct builder builder = {.dataset = dataset, .log = log, .map = map, .ok = true};
  *dataset = (struct dataset){.tiers_count = map->tiers_count};
  dataset->examples = calloc(log->rows_count + 1, sizeof *dataset->examples);
  builder.features = malloc(sizeof *builder.features);
  builder.tiers = calloc(log->models_count + 1, sizeof *builder.tiers);
  builder.ok = dataset->examples && builder.features && builder.tiers;
  if (builder.ok)
    features_init(builder.features);
  for (size_t i = 0; builder.ok && i < log->models_count; i++) {
    builder.tiers[i] = tier_map_model(map, log->models[i]);
    dataset->unmapped_models += builder.tiers[i] < 0;
  }
  count_tasks(&builder);
  for (size_t i = 0; builder.ok && i < log->rows_count; i++) {
    add_row(&builder, &log->rows[i]);
    if (progress && (i + 1 == log->rows_count || i % 512 == 511))
      progress(i + 1, log->rows_count);
  }
  dataset->sources = builder.sources.items;
  dataset->sources_count = builder.sources.count;
  dataset->groups_count = (uint32_t)builder.groups.count;
  dataset->kinds = builder.kinds.items;
  dataset->kinds_count = builder.kinds.count;
  names_deinit(&builder.groups);
  names_deinit(&builder.tasks);
  free(builder.task_rows);
  free(builder.tasks_of);
  free(builder.features);
  free(builder.tiers);
  if (!builder.ok)
    dataset_deinit(dataset);
  return builder.ok;
}

float example_target(const struct example *example, size_t tiers_count, size_t tier) {
  size_t top = tiers_count - 1;
  while (top > tier && isnan(example->quality[top]))
    top--;
  if (top == tier || isnan(example->quality[tier]))
    return NAN;
  float failure = 1.0f - example->quality[tier];
  float gain = example->quality[top] - example->quality[tier];
  return -(failure + gain);
}

double example_quality(const struct example *example, size_t tiers_count, size_t tier) {
  size_t below = tier;
  size_t above = tier;
  while (below > 0 && isnan(example->quality[below]))
    below--;
  while (above + 1 < tiers_count && isnan(example->quality[above]))
    above++;
  double low = (double)example->quality[below];
  double high = (double)example->quality[above];
  if (isnan(low))
    return high;
  return isnan(high) ? low : (low + high) / 2;
}

float example_good(const struct example *example, size_t tiers_count, size_t tier) {
  if (!isnan(example->good[tier]))
    return example->good[tier];
  for (size_t t = tier + 1; t < tiers_count; t++)
    if (!isnan(example->quality[t]))
      return NAN;
  return 1.0f;
}

void dataset_deinit(struct dataset *dataset) {
  for (size_t i = 0; i < dataset->count; i++) {
    free(dataset->examples[i].ngrams);
    free(dataset->examples[i].words);
    free(dataset->examples[i].lengths);
  }
  for (size_t i = 0; i < dataset->sources_count; i++)
    free(dataset->sources[i]);
  for (size_t i = 0; i < dataset->kinds_count; i++)
    free(dataset->kinds[i]);
  free(dataset->kinds);
  free(dataset->sources);
  free(dataset->examples);
  *dataset = (struct dataset){0};
}
