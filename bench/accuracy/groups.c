/* groups.c - measures each router on all rows and on each group of rows.
 *
 * A group's rows become protocol items, sorted once a router; a bootstrap replicate
 * is then a list of counts that goes through all routers, which pairs them. Groups
 * are all rows, data sets, the largest tasks and the languages.
 */
#include "bench/accuracy/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const group_kind_names[GROUP_KINDS_COUNT] = {"all", "dataset", "task", "language",
                                                         "model"};

/* What the measuring of one group needs besides the rows. */
struct bench_scratch {
  const struct bench_options *options;
  const double *scores; /* of routers_score() */
  struct protocol_item *items[ROUTERS_COUNT];
  size_t items_count;
  struct curve_point *points; /* room for any group */
  uint32_t *counts;
  double *replicates; /* ROUTERS x MEASURES x bootstrap */
  double *differences;
};

/* One more than the resamplings, so that none at all still has an address. */
static double *replicate_at(const struct bench_scratch *scratch, size_t router, size_t measure) {
  return scratch->replicates +
         (router * MEASURES_COUNT + measure) * (scratch->options->bootstrap + 1);
}

/* All routers are measured on the same rows, or they could not be compared. */
static bool usable(const struct bench_row *row, bool has_router) {
  return row->complete && (row->ranked || !has_router);
}

/* Of a ladder its two ends: RouteLLM's protocol is about two models. */
static void fill_items(const struct bench_data *data, const uint32_t *indices, size_t count,
                       bool has_router, struct bench_scratch *scratch) {
  size_t top = data->ladder_count - 1;
  scratch->items_count = 0;
  for (size_t i = 0; i < count; i++) {
    const struct bench_row *row = &data->rows[indices[i]];
    if (!usable(row, has_router))
      continue;
    struct protocol_item item = {.weak_quality = row->quality[0],
                                 .strong_quality = row->quality[top],
                                 .weak_cost = row->cost[0],
                                 .strong_cost = row->cost[top],
                                 .index = (uint32_t)scratch->items_count};
    for (size_t r = 0; r < ROUTERS_COUNT; r++) {
      item.score = scratch->scores[r * data->rows_count + indices[i]];
      scratch->items[r][scratch->items_count] = item;
    }
    scratch->items_count++;
  }
  for (size_t r = 0; r < ROUTERS_COUNT; r++)
    protocol_sort(scratch->items[r], scratch->items_count);
}

/* Always-cheap and always-strong are points: only their savings mean anything. */
static void measure_point(const struct curve_point *curve, size_t count, enum router router,
                          double *measures) {
  static const double shares[] = {0.95, 0.98, 0.99};
  const struct curve_point *weak = &curve[0], *strong = &curve[count - 1];
  for (size_t m = 0; m < MEASURES_COUNT; m++)
    measures[m] = NAN;
  for (size_t s = 0; s < 3; s++) {
    double *saving = &measures[MEASURE_SAVING95 + s];
    if (router == ROUTER_STRONG)
      *saving = isfinite(strong->cost) ? 0 : NAN;
    else if (weak->quality >= shares[s] * strong->quality && strong->cost > 0)
      *saving = 1 - weak->cost / strong->cost;
  }
}

/* counts is NULL for the rows as they are; keep for a replicate, whose curve nobody wants. */
static void measure_router(struct bench_scratch *scratch, enum router router,
                           const uint32_t *counts, double *measures, struct router_result *keep,
                           struct labelled_log_memory *memory) {
  size_t points =
      protocol_curve(scratch->items[router], scratch->items_count, counts, scratch->points);
  if (router_ranks(router))
    protocol_measure(scratch->points, points, measures);
  else
    measure_point(scratch->points, points, router, measures);
  if (!keep || !router_ranks(router))
    return;
  keep->points = bench_take(memory, points, sizeof *keep->points);
  keep->points_count = points;
  memcpy(keep->points, scratch->points, points * sizeof *keep->points);
}

/* One draw for all routers: differences are then of the same rows. */
static void run_replicates(struct bench_scratch *scratch, bool has_router) {
  struct bench_random random;
  bench_random_seed(&random, scratch->options->seed);
  for (size_t b = 0; b < scratch->options->bootstrap; b++) {
    bootstrap_draw(&random, scratch->counts, scratch->items_count);
    for (size_t r = has_router ? 0 : 1; r < ROUTERS_COUNT; r++) {
      double measures[MEASURES_COUNT];
      measure_router(scratch, (enum router)r, scratch->counts, measures, NULL, NULL);
      for (size_t m = 0; m < MEASURES_COUNT; m++)
        replicate_at(scratch, r, m)[b] = measures[m];
    }
  }
}

/* Differences are taken before any sorting, while replicates are still in step. */
static void take_differences(struct bench_scratch *scratch, struct group *group) {
  size_t n = scratch->options->bootstrap;
  for (size_t r = 1; r < ROUTERS_COUNT; r++)
    for (size_t m = 0; m < MEASURES_COUNT; m++) {
      for (size_t b = 0; b < n; b++)
        scratch->differences[b] = replicate_at(scratch, 0, m)[b] - replicate_at(scratch, r, m)[b];
      double value = group->routers[0].measures[m].value - group->routers[r].measures[m].value;
      group->routers[r].differences[m] = bootstrap_interval(value, scratch->differences, n);
    }
}

/* Figures first, then replicates, then the differences, then intervals, which sort them. */
static void measure_routers(const struct bench_data *data, struct bench_scratch *scratch,
                            bool has_router, struct group *group) {
  for (size_t r = has_router ? 0 : 1; r < ROUTERS_COUNT; r++) {
    struct router_result *result = &group->routers[r];
    double measures[MEASURES_COUNT];
    measure_router(scratch, (enum router)r, NULL, measures, result, data->memory);
    result->present = true;
    for (size_t m = 0; m < MEASURES_COUNT; m++)
      result->measures[m].value = measures[m];
  }
  const struct router_result *any = &group->routers[ROUTER_RANDOM];
  group->weak_quality = any->points[0].quality;
  group->weak_cost = any->points[0].cost;
  group->strong_quality = any->points[any->points_count - 1].quality;
  group->strong_cost = any->points[any->points_count - 1].cost;
  run_replicates(scratch, has_router);
  if (has_router)
    take_differences(scratch, group);
  for (size_t r = has_router ? 0 : 1; r < ROUTERS_COUNT; r++)
    for (size_t m = 0; m < MEASURES_COUNT; m++)
      group->routers[r].measures[m] =
          bootstrap_interval(group->routers[r].measures[m].value, replicate_at(scratch, r, m),
                             scratch->options->bootstrap);
}

/* Without a ladder there are no routers to compare, but rates and estimates all the same. */
static void measure_group(const struct bench_data *data, struct bench_scratch *scratch,
                          const uint32_t *indices, size_t count, struct group *group) {
  bool has_router = scratch->options->model || scratch->options->scores;
  group->rows_count = count;
  group->weak_quality = group->strong_quality = group->weak_cost = group->strong_cost = NAN;
  if (data->ladder_count >= 2) {
    fill_items(data, indices, count, has_router, scratch);
    group->used_count = scratch->items_count;
    if (scratch->items_count > 0)
      measure_routers(data, scratch, has_router, group);
  }
  rates_measure(data, indices, count, scratch->options, scratch->differences, group->rates);
  labels_measure(data, indices, count, scratch->options, scratch->differences, &group->labels);
  estimates_measure(data, indices, count, SIZE_MAX, scratch->options, &group->estimates);
}

/* A row is in one group of each kind. */
static bool belongs(const struct bench_row *row, enum group_kind kind, size_t index) {
  switch (kind) {
  case GROUP_DATASET:
    return row->dataset == index;
  case GROUP_TASK:
    return row->task == index;
  case GROUP_LANGUAGE:
    return row->lang == index;
  default:
    return true;
  }
}

/* Room for it has been made: groups_measure() counts ahead. */
static void add_group(const struct bench_data *data, struct bench_scratch *scratch,
                      enum group_kind kind, size_t index, const char *name, uint32_t *indices,
                      struct groups *out) {
  struct group *group = &out->groups[out->count++];
  size_t count = 0;
  for (size_t i = 0; i < data->rows_count; i++)
    if (belongs(&data->rows[i], kind, index))
      indices[count++] = (uint32_t)i;
  *group = (struct group){.kind = kind, .name = name};
  measure_group(data, scratch, indices, count, group);
}

/* How many rows a group has to have to be among the largest max of its list. */
static size_t least_rows(const struct bench_data *data, enum group_kind kind, size_t names,
                         size_t max) {
  size_t *sizes = bench_take(data->memory, names + 1, sizeof *sizes);
  for (size_t i = 0; i < data->rows_count; i++)
    sizes[kind == GROUP_TASK ? data->rows[i].task : data->rows[i].lang]++;
  size_t least = 1;
  for (;;) {
    size_t over = 0, next = SIZE_MAX;
    for (size_t k = 0; k < names; k++)
      if (sizes[k] >= least) {
        over++;
        next = sizes[k] < next ? sizes[k] : next;
      }
    if (over <= max)
      return least;
    least = next + 1; /* leave out the smallest that are still in */
  }
}

/* The largest, in the order of the logs, so that reports of two models can be laid side
 * by side. */
static void add_kind(const struct bench_data *data, struct bench_scratch *scratch,
                     enum group_kind kind, const struct name_list *names, size_t max,
                     uint32_t *indices, struct groups *out) {
  if (kind != GROUP_DATASET && names->count < 2)
    return; /* the same as all rows */
  size_t least = kind == GROUP_DATASET ? 0 : least_rows(data, kind, names->count, max);
  for (size_t k = 0; k < names->count; k++) {
    size_t rows = 0;
    for (size_t i = 0; i < data->rows_count; i++)
      rows += belongs(&data->rows[i], kind, k);
    if (rows >= least)
      add_group(data, scratch, kind, k, names->cleaned[k], indices, out);
  }
}

void groups_measure(const struct bench_data *data, const struct bench_options *options,
                    struct groups *out) {
  struct labelled_log_memory *memory = data->memory;
  size_t n = data->rows_count;
  struct bench_scratch scratch = {.options = options, .scores = routers_score(data)};
  for (size_t r = 0; r < ROUTERS_COUNT; r++)
    scratch.items[r] = bench_take(memory, n, sizeof *scratch.items[r]);
  scratch.points = bench_take(memory, n + 1, sizeof *scratch.points);
  scratch.counts = bench_take(memory, n, sizeof *scratch.counts);
  scratch.differences = bench_take(memory, options->bootstrap + 1, sizeof(double));
  scratch.replicates = bench_take(
      memory, (size_t)ROUTERS_COUNT * MEASURES_COUNT * (options->bootstrap + 1), sizeof(double));
  uint32_t *indices = bench_take(memory, n, sizeof *indices);
  size_t most = 1 + data->datasets.count + GROUP_TASKS_MAX + GROUP_LANGUAGES_MAX;
  out->groups = bench_take(memory, most, sizeof *out->groups);
  /* All rows first: others rely on that place. */
  out->count = 0;
  add_group(data, &scratch, GROUP_ALL, 0, "all", indices, out);
  if (data->datasets.count == 1) { /* all rows are it: measured already */
    struct group *only = &out->groups[out->count++];
    *only = out->groups[0];
    only->kind = GROUP_DATASET;
    only->name = data->datasets.cleaned[0];
  } else {
    add_kind(data, &scratch, GROUP_DATASET, &data->datasets, SIZE_MAX, indices, out);
  }
  add_kind(data, &scratch, GROUP_TASK, &data->tasks, GROUP_TASKS_MAX, indices, out);
  add_kind(data, &scratch, GROUP_LANGUAGE, &data->langs, GROUP_LANGUAGES_MAX, indices, out);
}

/* NULL begins and ends the walk. */
const struct group *groups_next(const struct groups *groups, enum group_kind kind,
                                const struct group *after) {
  const struct group *end = groups->groups + groups->count;
  for (const struct group *group = after ? after + 1 : groups->groups; group < end; group++)
    if (group->kind == kind)
      return group;
  return NULL;
}
