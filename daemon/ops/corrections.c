/* corrections.c - learns factors from reports, hands them to the threads that estimate.
 *
 * A report's two logarithms, clipped, go into the model's decayed sums under the mutex;
 * from them follow two factors, which are published together as one atomic word, so
 * that readers never see one of the old and one of the new. The spread is a word of its
 * own, since either goes with either. A counter says that something has changed; a view
 * copies what is published only then.
 *
 * File, a line a model, fields parted by a tab; the name is the last:
 *
 *   tierd-corrections 2
 *   input's weight and sum, output's weight and sum, spread's weight and sum, name
 *
 * Version 1 lacks the spread's. */
#include "daemon/ops/corrections.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ops/state_file.h"

#define HEADER "tierd-corrections 2"
#define HEADER_1 "tierd-corrections 1"

/* The quantile of 90 percent of the standard normal distribution. */
#define Z90 1.2815515655446004

/* Of reports: how much weight there is, and the weighted sum of their logarithms. */
struct mean {
  double weight, sum;
};

/* By name, since a model keeps what was learned of it through any change of the catalogue. */
struct model_sums {
  char *name; /* NULL behind the last one */
  struct mean input, output;
  struct mean spread; /* of squares; drawn to 1 and not to 0 */
};

struct corrections {
  pthread_mutex_t mutex; /* of all but what is atomic */
  struct model_sums models[CORRECTIONS_MODELS_MAX];
  size_t count;
  _Atomic uint64_t factors[CORRECTIONS_MODELS_MAX]; /* both of a model, as two floats */
  _Atomic float spreads[CORRECTIONS_MODELS_MAX];
  _Atomic uint64_t generation;
  atomic_bool changed; /* since it was last written */
};

/* A thread's own copy, so that an estimate costs no atomic operation. */
struct corrections_view {
  struct corrections *corrections;
  uint64_t number, generation; /* of what is held; number 0: nothing yet */
  size_t count;
  int slots[CATALOG_MODELS_MAX];
  struct token_correction factors[CATALOG_MODELS_MAX];
};

/* A copy and no cast: the word is only a place to keep both. */
static uint64_t pack(float input, float output) {
  const float both[2] = {input, output};
  uint64_t word;
  _Static_assert(sizeof both == sizeof word, "both factors fit into a word");
  memcpy(&word, both, sizeof word);
  return word;
}

static struct token_correction unpack(uint64_t word, float spread) {
  float both[2];
  memcpy(both, &word, sizeof both);
  return (struct token_correction){both[0], both[1], spread};
}

/* The prior's reports have weight and say 0. */
static float factor_of(const struct mean *mean) {
  return (float)exp(mean->sum / (mean->weight + CORRECTIONS_PRIOR));
}

/* The prior's reports say 1, as wide as estimated: no change. */
static float spread_of(const struct mean *mean) {
  return (float)sqrt((mean->sum + CORRECTIONS_PRIOR) / (mean->weight + CORRECTIONS_PRIOR)) - 1;
}

/* With the mutex held. */
static void publish(struct corrections *corrections, size_t slot) {
  const struct model_sums *model = &corrections->models[slot];
  const uint64_t factors = pack(factor_of(&model->input), factor_of(&model->output));
  atomic_store_explicit(&corrections->factors[slot], factors, memory_order_relaxed);
  atomic_store_explicit(&corrections->spreads[slot], spread_of(&model->spread),
                        memory_order_relaxed);
  /* After the factors: who sees the new generation finds them. */
  atomic_fetch_add_explicit(&corrections->generation, 1, memory_order_release);
}

/* Adds one report to a mean: old ones fade, so that a change of the model's habits is
 * learned in the end. */
static void add(struct mean *mean, double said) {
  const double keep = 1 - 1.0 / CORRECTIONS_WINDOW;
  mean->weight = mean->weight * keep + 1;
  mean->sum = mean->sum * keep + said;
}

/* No report says more than the clip. */
static void observe(struct mean *mean, double estimated, double reported, double factor_max) {
  /* Written so that NaN says nothing. */
  if (!(estimated > 0 && reported > 0))
    return;
  const double most = log(factor_max);
  add(mean, fmin(fmax(log(reported / estimated), -most), most));
}

/* How far off the p50 was that the model's factor had made, in standard deviations of the
 * log-normal through p50 and p90. */
static void observe_spread(struct model_sums *model, const struct correction_report *report) {
  const double p50 = report->output_p50;
  if (!(p50 > 0 && report->output_p90 > p50 && report->output_reported > 0))
    return;
  const double sigma = log(report->output_p90 / p50) / Z90;
  const double off =
      log(report->output_reported / (p50 * (double)factor_of(&model->output))) / sigma;
  add(&model->spread, fmin(off * off, CORRECTIONS_SPREAD_MAX));
}

/* Both counts under one lock, so that what is published belongs together. */
void corrections_learn(struct corrections *corrections, int slot,
                       const struct correction_report *report) {
  if (slot < 0)
    return;
  pthread_mutex_lock(&corrections->mutex);
  struct model_sums *model = &corrections->models[slot];
  observe(&model->input, report->input_counted, report->input_reported,
          CORRECTIONS_INPUT_FACTOR_MAX);
  observe_spread(model, report);
  observe(&model->output, report->output_p50, report->output_reported,
          CORRECTIONS_OUTPUT_FACTOR_MAX);
  publish(corrections, (size_t)slot);
  pthread_mutex_unlock(&corrections->mutex);
  atomic_store(&corrections->changed, true);
}

/* A model without a slot is priced as it comes. */
struct token_correction corrections_of(const struct corrections *corrections, int slot) {
  if (slot < 0)
    return (struct token_correction){1, 1, 0};
  return unpack(atomic_load_explicit(&corrections->factors[slot], memory_order_relaxed),
                atomic_load_explicit(&corrections->spreads[slot], memory_order_relaxed));
}

/* With the mutex held, or before there are threads. */
static int slot_of(struct corrections *corrections, const char *name) {
  size_t at = 0;
  while (at < corrections->count && strcmp(corrections->models[at].name, name) != 0)
    at++;
  if (at < corrections->count)
    return (int)at;
  /* A line feed would break the file's lines. */
  if (at == CORRECTIONS_MODELS_MAX || strlen(name) >= CORRECTIONS_NAME_MAX || strchr(name, '\n'))
    return -1;
  corrections->models[at].name = strdup(name);
  if (corrections->models[at].name == NULL)
    return -1;
  atomic_store(&corrections->factors[at], pack(1, 1));
  corrections->count++;
  return (int)at;
}

int corrections_slot(struct corrections *corrections, const char *model) {
  pthread_mutex_lock(&corrections->mutex);
  const int slot = slot_of(corrections, model);
  pthread_mutex_unlock(&corrections->mutex);
  return slot;
}

/* Zeroed, a view holds no catalogue's number: the first look fills it. */
struct corrections_view *corrections_view_create(struct corrections *corrections) {
  struct corrections_view *view = calloc(1, sizeof *view);
  if (view != NULL)
    view->corrections = corrections;
  return view;
}

void corrections_view_destroy(struct corrections_view *view) {
  free(view);
}

/* Once a catalogue and thread, so its lock and its search by name do not matter. */
static void find_slots(struct corrections_view *view, const struct catalog *catalog) {
  view->count =
      catalog->models_count < CATALOG_MODELS_MAX ? catalog->models_count : CATALOG_MODELS_MAX;
  for (size_t i = 0; i < view->count; i++)
    view->slots[i] = corrections_slot(view->corrections, catalog->models[i].name);
}

const struct token_correction *corrections_view_of(struct corrections_view *view,
                                                   const struct catalog *catalog, uint64_t number) {
  /* Taken before the factors: one that changes meanwhile is copied again next time. */
  const uint64_t generation =
      atomic_load_explicit(&view->corrections->generation, memory_order_acquire);
  if (view->number == number && view->generation == generation)
    return view->factors;
  if (view->number != number)
    find_slots(view, catalog);
  for (size_t i = 0; i < view->count; i++)
    view->factors[i] = corrections_of(view->corrections, view->slots[i]);
  view->number = number;
  view->generation = generation;
  return view->factors;
}

/* -1 beyond what the view was filled for, which then learns nothing. */
int corrections_view_slot(const struct corrections_view *view, uint32_t model) {
  return model < view->count ? view->slots[model] : -1;
}

/* Asked and cleared in one step: a change in between is never lost. */
bool corrections_take_change(void *owner) {
  struct corrections *corrections = owner;
  return atomic_exchange(&corrections->changed, false);
}

void corrections_print(void *owner, FILE *out) {
  struct corrections *corrections = owner;
  fputs(HEADER "\n", out);
  pthread_mutex_lock(&corrections->mutex);
  for (size_t i = 0; i < corrections->count; i++) {
    /* Of most models nobody has reported anything. */
    const struct model_sums *model = &corrections->models[i];
    if (model->input.weight > 0 || model->output.weight > 0)
      fprintf(out, "%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%s\n", model->input.weight,
              model->input.sum, model->output.weight, model->output.sum, model->spread.weight,
              model->spread.sum, model->name);
  }
  pthread_mutex_unlock(&corrections->mutex);
}

/* Could reports have led to this? Else it is no file of ours, or somebody's joke. */
static bool possible(const struct mean *mean, double factor_max) {
  return mean->weight >= 0 && mean->weight <= CORRECTIONS_WINDOW + 1 &&
         fabs(mean->sum) <= mean->weight * log(factor_max) + 1e-3;
}

/* Squares are no logarithms, and not below 0. */
static bool possible_spread(const struct mean *mean) {
  return mean->weight >= 0 && mean->weight <= CORRECTIONS_WINDOW + 1 && mean->sum >= 0 &&
         mean->sum <= mean->weight * CORRECTIONS_SPREAD_MAX + 1e-3;
}

/* One line, ended by NUL in place of its line feed, of 4 or 6 numbers and a name. */
static bool take_line(struct corrections *corrections, const char *line, size_t count) {
  double numbers[6] = {0};
  for (size_t i = 0; i < count; i++) {
    char *end;
    /* Infinity and NaN too: possible() refuses them. */
    numbers[i] = strtod(line, &end);
    if (end == line || *end != '\t')
      return false;
    line = end + 1;
  }
  /* The name is the rest, and it must be there. */
  const struct mean input = {numbers[0], numbers[1]}, output = {numbers[2], numbers[3]},
                    spread = {numbers[4], numbers[5]};
  if (*line == '\0' || !possible(&input, CORRECTIONS_INPUT_FACTOR_MAX) ||
      !possible(&output, CORRECTIONS_OUTPUT_FACTOR_MAX) || !possible_spread(&spread))
    return false;
  const int slot = slot_of(corrections, line);
  if (slot < 0)
    return false;
  corrections->models[slot].input = input;
  corrections->models[slot].output = output;
  corrections->models[slot].spread = spread;
  publish(corrections, (size_t)slot);
  return true;
}

/* All or nothing, as the file was written. */
static bool take_file(struct corrections *corrections, char *text) {
  const size_t header = strlen(HEADER "\n"); /* the old one is as long */
  const bool old = strncmp(text, HEADER_1 "\n", header) == 0;
  if (!old && strncmp(text, HEADER "\n", header) != 0)
    return false;
  for (text += header; *text != '\0';) {
    char *end = strchr(text, '\n');
    if (end == NULL)
      return false;
    *end = '\0';
    if (!take_line(corrections, text, old ? 4 : 6))
      return false;
    text = end + 1;
  }
  return true;
}

bool corrections_open(struct corrections **out, const char *state_dir, char *why, size_t why_size) {
  struct corrections *corrections = calloc(1, sizeof *corrections);
  char *text = NULL;
  *out = NULL;
  snprintf(why, why_size, "out of memory");
  if (corrections == NULL)
    return false;
  if (pthread_mutex_init(&corrections->mutex, NULL) != 0) {
    free(corrections);
    return false;
  }
  bool ok = state_directory_make(state_dir, why, why_size) &&
            state_file_read(state_dir, CORRECTIONS_FILE, &text, why, why_size);
  if (ok && text != NULL && !take_file(corrections, text)) {
    snprintf(why, why_size,
             "%s/" CORRECTIONS_FILE ": not a file of corrections, or damaged; remove it to learn "
             "anew",
             state_dir);
    ok = false;
  }
  free(text);
  if (ok)
    *out = corrections;
  else
    corrections_close(corrections);
  return ok;
}

/* Also of one that was only begun; the saver must have ended. */
void corrections_close(struct corrections *corrections) {
  if (corrections == NULL)
    return;
  for (size_t i = 0; i < corrections->count; i++)
    free(corrections->models[i].name);
  pthread_mutex_destroy(&corrections->mutex);
  free(corrections);
}
