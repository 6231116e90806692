/* metrics.c - the blocks of counters, and which cell is whose.
 *
 * A block is one array of cells. Each metric that workers count has a run of them, as
 * long as the room of its labels multiplied, and a histogram has several cells where
 * others have one. The layout is the same in all blocks and never changes, so that a
 * thread finds its cell by arithmetic; only the names of the labels' values are learned
 * while threads run, under a lock, when a new catalogue is seen.
 *
 * Series outlive the catalogue that they came from: a model that is gone keeps its count,
 * as counters must not fall. What a decision or a request adds to which metric is left to
 * daemon/api and daemon/net. */
#include "daemon/ops/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ops/metrics_internal.h"

enum { CACHE_LINE = 64, KEYS_MAX = 64 };

#define DIM(id, key, room, values)
#define COUNTED(id, name, type, unit, a, b, c, help)                                               \
  [METRIC_##id] = {name,          help,          METRIC_COUNTED,                                   \
                   METRIC_##type, METRIC_##unit, {DIM_##a, DIM_##b, DIM_##c}},
#define TOLD(id, name, type, unit, help)                                                           \
  [METRIC_##id] = {name,          help,          METRIC_TOLD,                                      \
                   METRIC_##type, METRIC_##unit, {DIM_NONE, DIM_NONE, DIM_NONE}},
#define INFO(id, name, help)                                                                       \
  [METRIC_##                                                                                       \
      id] = {name, help, METRIC_INFO, METRIC_GAUGE, METRIC_ONE, {DIM_NONE, DIM_NONE, DIM_NONE}},
const struct metric_row metrics_rows[METRICS_COUNT] = {
#include "daemon/ops/metrics.def"
};

static const struct {
  const char *key;
  unsigned room;
  const char *values;
} dims[METRICS_DIMS] = {
#define DIM(id, key, room, values) [DIM_##id] = {key, room, values},
#define COUNTED(id, name, type, unit, a, b, c, help)
#define TOLD(id, name, type, unit, help)
#define INFO(id, name, help)
#include "daemon/ops/metrics.def"
};

/* From a fifth of a short decision to what only an overloaded machine needs. */
const struct metrics_bucket metrics_buckets[METRICS_BUCKETS - 1] = {
    {5000, "0.000005"},  {10000, "0.00001"},  {25000, "0.000025"}, {50000, "0.00005"},
    {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},  {1000000, "0.001"},
    {2500000, "0.0025"}, {10000000, "0.01"},  {100000000, "0.1"},  {1000000000, "1"}};

unsigned metrics_room(enum metrics_dim dim) {
  return dims[dim].room;
}

/* ---- labels ---- */

/* Appends a value in quotes, escaped as the text format wants it. */
static char *put_quoted(char *at, const char *value) {
  *at++ = '"';
  for (; *value; value++) {
    if (*value == '\\' || *value == '"' || *value == '\n')
      *at++ = '\\';
    *at++ = *value == '\n' ? 'n' : *value;
  }
  *at++ = '"';
  return at;
}

/* key="value", and after a comma a second pair unless its key is NULL. The caller's, to
 * be freed; NULL when memory is out. */
static char *label_text(const char *key, const char *value, const char *key2, const char *value2) {
  size_t need = 2 * (strlen(value) + (key2 ? strlen(value2) : 0)) + KEYS_MAX;
  char *text = malloc(need);
  if (!text)
    return NULL;
  char *at = put_quoted(text + sprintf(text, "%s=", key), value);
  if (key2)
    at = put_quoted(at + sprintf(at, ",%s=", key2), value2);
  *at = '\0';
  return text;
}

/* The slot of a text among the first count, or count. A search from one end is enough: it
 * is made for each name of a new catalogue, not for each decision. */
static unsigned find_text(const struct metrics_values *values, const char *text, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    if (strcmp(values->texts[i], text) == 0)
      return i;
  return count;
}

/* Takes over text, which may be NULL. 0 when there is no room for it. */
static unsigned learn(struct metrics *metrics, enum metrics_dim dim, char *text) {
  struct metrics_values *values = &metrics->values[dim];
  if (!text)
    return 0;
  pthread_mutex_lock(&metrics->learning);
  unsigned count = atomic_load_explicit(&values->count, memory_order_relaxed);
  unsigned slot = find_text(values, text, count);
  if (slot == count && count < dims[dim].room) {
    values->texts[count] = text;
    text = NULL;
    /* Who sees the new count sees the text as well. */
    atomic_store_explicit(&values->count, count + 1, memory_order_release);
  } else if (slot == count) {
    slot = 0;
  }
  pthread_mutex_unlock(&metrics->learning);
  free(text);
  return slot;
}

unsigned metrics_value(struct metrics *metrics, enum metrics_dim dim, const char *value) {
  return learn(metrics, dim, label_text(dims[dim].key, value, NULL, NULL));
}

/* Without an allocation: the known text is key="value", and what is looked for has
 * nothing to escape. */
unsigned metrics_find(const struct metrics *metrics, enum metrics_dim dim, const char *value) {
  const struct metrics_values *values = &metrics->values[dim];
  unsigned count = atomic_load_explicit(&values->count, memory_order_acquire);
  size_t before = strlen(dims[dim].key) + 2;
  size_t len = strlen(value);
  for (unsigned i = 0; i < count; i++) {
    const char *text = values->texts[i] + before;
    if (strncmp(text, value, len) == 0 && text[len] == '"')
      return i;
  }
  return 0;
}

/* The values that metrics.def lists. False when memory is out. */
static bool learn_listed(struct metrics *metrics, enum metrics_dim dim) {
  const char *at = dims[dim].values;
  char value[KEYS_MAX];
  unsigned slot = 0;
  bool ok = true;
  /* The enums of metrics.h number these values, so that none may be missing. */
  while (ok && *at) {
    size_t len = strcspn(at, " ");
    snprintf(value, sizeof value, "%.*s", (int)len, at);
    (void)metrics_value(metrics, dim, value);
    at += len + (at[len] == ' ');
    ok = metrics->values[dim].count == ++slot;
  }
  return ok;
}

static bool make_labels(struct metrics *metrics) {
  for (int i = 0; i < METRICS_DIMS; i++) {
    enum metrics_dim dim = (enum metrics_dim)i;
    metrics->values[dim].texts = calloc(dims[dim].room, sizeof(char *));
    if (!metrics->values[dim].texts || !learn_listed(metrics, dim))
      return false;
  }
  /* Two labels that are empty of names of their own. */
  (void)learn(metrics, DIM_NONE, calloc(1, 1));
  (void)learn(metrics, DIM_MODEL, label_text("tier", "other", "model", "other"));
  return metrics->values[DIM_NONE].count == 1 && metrics->values[DIM_MODEL].count == 1;
}

/* ---- cells ---- */

/* Those of a histogram stand together, so that an observation touches few cache lines. */
static size_t cells_a_series(enum metric metric) {
  return metrics_rows[metric].type == METRIC_HISTOGRAM ? METRICS_HISTOGRAM_CELLS : 1;
}

size_t metrics_index(enum metric metric, unsigned a, unsigned b, unsigned c) {
  const enum metrics_dim *of = metrics_rows[metric].dims;
  return ((size_t)a * dims[of[1]].room + b) * dims[of[2]].room + c;
}

/* Says where each metric's cells begin and how many there are in all. The room of labels
 * is used in full, so that nothing has to move when a name is learned. */
static void lay_out(struct metrics *metrics) {
  for (int i = 0; i < METRICS_COUNT; i++) {
    const struct metric_row *row = &metrics_rows[i];
    metrics->offsets[i] = metrics->cells;
    if (row->source == METRIC_COUNTED)
      metrics->cells += (size_t)dims[row->dims[0]].room * dims[row->dims[1]].room *
                        dims[row->dims[2]].room * cells_a_series((enum metric)i);
  }
}

/* Only the owner writes a cell, so that nothing can come between load and store. */
static void cell_add(_Atomic uint64_t *cell, uint64_t amount) {
  uint64_t value = atomic_load_explicit(cell, memory_order_relaxed);
  atomic_store_explicit(cell, value + amount, memory_order_relaxed);
}

void metrics_add(struct metrics_worker *worker, enum metric metric, size_t index, uint64_t amount) {
  if (worker)
    cell_add(&worker->cells[worker->metrics->offsets[metric] + index], amount);
}

void metrics_observe(struct metrics_worker *worker, enum metric metric, size_t index, uint64_t ns) {
  size_t bucket = 0;
  if (!worker)
    return;
  /* Most durations are short, and so is the way to their bucket. */
  while (bucket < METRICS_BUCKETS - 1 && ns > metrics_buckets[bucket].ns)
    bucket++;
  _Atomic uint64_t *cells = &worker->cells[worker->metrics->offsets[metric]];
  cells += index * METRICS_HISTOGRAM_CELLS;
  cell_add(&cells[bucket], 1);
  cell_add(&cells[METRICS_BUCKETS], ns);
}

/* A gauge's blocks may hold negative numbers, which wrap around and come out right. */
uint64_t metrics_sum(const struct metrics *metrics, size_t cell) {
  uint64_t sum = 0;
  for (size_t i = 0; i < metrics->workers_max; i++)
    sum += atomic_load_explicit(&metrics->workers[i].cells[cell], memory_order_relaxed);
  return sum;
}

/* ---- life ---- */

/* A block begins on a cache line of its own, and ends with one, so that no two threads
 * write to the same. */
static bool make_block(struct metrics *metrics, struct metrics_worker *worker) {
  size_t bytes = metrics->cells * sizeof(uint64_t);
  worker->metrics = metrics;
  worker->cells = aligned_alloc(CACHE_LINE, (bytes / CACHE_LINE + 1) * CACHE_LINE);
  for (size_t i = 0; worker->cells && i < metrics->cells; i++)
    atomic_init(&worker->cells[i], 0);
  return worker->cells;
}

struct metrics *metrics_create(size_t workers) {
  struct metrics *metrics = calloc(1, sizeof *metrics);
  if (!metrics)
    return NULL;
  pthread_mutex_init(&metrics->learning, NULL); /* cannot fail on Linux */
  lay_out(metrics);
  metrics->workers = calloc(workers, sizeof *metrics->workers);
  bool ok = metrics->workers && make_labels(metrics);
  for (size_t i = 0; ok && i < workers; i++) {
    metrics->workers_max++;
    ok = make_block(metrics, &metrics->workers[i]);
  }
  if (ok)
    return metrics;
  metrics_destroy(metrics);
  return NULL;
}

void metrics_destroy(struct metrics *metrics) {
  if (!metrics)
    return;
  for (size_t i = 0; i < metrics->workers_max; i++)
    free(metrics->workers[i].cells);
  for (size_t dim = 0; dim < METRICS_DIMS; dim++) {
    for (unsigned i = 0; i < metrics->values[dim].count; i++)
      free(metrics->values[dim].texts[i]);
    free(metrics->values[dim].texts);
  }
  pthread_mutex_destroy(&metrics->learning);
  free(metrics->workers);
  free(metrics);
}

struct metrics_worker *metrics_worker(struct metrics *metrics) {
  if (metrics->workers_given == metrics->workers_max)
    return NULL;
  return &metrics->workers[metrics->workers_given++];
}

/* ---- what decisions are made with ---- */

/* The indices of a catalogue to slots. Other workers do the same for the same names and
 * get the same slots. */
static void follow(struct metrics_worker *worker, const struct catalog *catalog) {
  struct metrics *metrics = worker->metrics;
  for (size_t i = 0; i < catalog->tiers_count; i++)
    worker->tiers[i] = metrics_value(metrics, DIM_TIER, catalog->tiers[i].name);
  for (size_t i = 0; i < catalog->models_count; i++) {
    const struct catalog_model *model = &catalog->models[i];
    worker->models[i] =
        learn(metrics, DIM_MODEL,
              label_text("tier", catalog->tiers[model->tier].name, "model", model->name));
  }
}

void metrics_follow(struct metrics_worker *worker, uint64_t number, const struct catalog *catalog) {
  if (!worker || worker->number == number)
    return;
  follow(worker, catalog);
  worker->number = number;
}

unsigned metrics_tier_slot(const struct metrics_worker *worker, size_t tier) {
  return worker ? worker->tiers[tier] : 0;
}

unsigned metrics_model_slot(const struct metrics_worker *worker, size_t model) {
  return worker ? worker->models[model] : 0;
}

unsigned metrics_reason_slot(const struct metrics_worker *worker, const char *code) {
  return worker ? metrics_find(worker->metrics, DIM_REASON, code) : 0;
}

/* ---- time ---- */

uint64_t metrics_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void metrics_watch_start(struct metrics_watch *watch) {
  watch->running = watch->turn++ % METRICS_STAGES_EVERY == 0;
  if (watch->running)
    watch->at_ns = metrics_now_ns();
}

void metrics_watch_lap(struct metrics_worker *worker, struct metrics_watch *watch,
                       enum metrics_stage stage) {
  if (!watch->running)
    return;
  uint64_t now_ns = metrics_now_ns();
  metrics_observe(worker, METRIC_STAGE_DURATION, stage, now_ns - watch->at_ns);
  watch->at_ns = now_ns;
}
