/* versus.c - trains with libsvm, scores with both, compares time and probabilities.
 *
 * The machine goes from libsvm to us as it would in a model file: saved as text and
 * read by svm_parse(). libsvm scores with the machine that it trained. The labels are
 * drawn by chance, with a lean towards the sign of a few coordinates, so that nearly
 * every row becomes a support vector and the number of rows sets their number. */
#include "bench/micro/versus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svm.h>
#include <unistd.h>

#include "bench/load/random.h"
#include "classifier/svm/svm.h"

enum { STRIDE = 64, PROBES = 256 };

static const struct {
  const char *name;
  int kernel;
  size_t rows;
} machines[VERSUS_MACHINES] = {
    {"rbf", RBF, 500}, {"rbf", RBF, 1700}, {"linear", LINEAR, 540}, {"linear", LINEAR, 2000}};

/* One machine in both hands, the vectors to score, and what came out. */
struct versus {
  size_t rows;
  struct svm_node *nodes; /* rows of VERSUS_DIMENSIONS + 1, the machine points into them */
  struct svm_node **row_pointers;
  double *labels;
  struct svm_model *theirs;
  struct svm *ours;
  double sigmoid_a, sigmoid_b;
  size_t next; /* probe to score */
  struct svm_node probe_nodes[PROBES][VERSUS_DIMENSIONS + 1];
  float probes[PROBES][STRIDE];
  double sink; /* takes the results, so that no compiler can leave the work out */
};

/* ---- data */

/* Each number by its own index, so that a row is the same however many there are. */
static double fill_row(struct svm_node *nodes, uint64_t seed, uint64_t row) {
  double lean = 0;
  for (int d = 0; d < VERSUS_DIMENSIONS; d++) {
    uint64_t index = row * VERSUS_DIMENSIONS + (uint64_t)d;
    /* Rounded to what a float holds, so that both see the same number. */
    float value = (float)(2 * bench_random_unit(seed, index) - 1);
    nodes[d] = (struct svm_node){d + 1, (double)value};
    lean += d < 8 ? (double)value : 0;
  }
  nodes[VERSUS_DIMENSIONS] = (struct svm_node){-1, 0};
  return lean;
}

/* Probes come from another seed: scoring what was trained on would be another question. */
static bool make_data(struct versus *v, uint64_t seed) {
  v->nodes = calloc(v->rows * (VERSUS_DIMENSIONS + 1), sizeof *v->nodes);
  v->row_pointers = calloc(v->rows, sizeof *v->row_pointers);
  v->labels = calloc(v->rows, sizeof *v->labels);
  if (!v->nodes || !v->row_pointers || !v->labels)
    return false;
  for (size_t i = 0; i < v->rows; i++) {
    v->row_pointers[i] = v->nodes + i * (VERSUS_DIMENSIONS + 1);
    double lean = fill_row(v->row_pointers[i], seed, i);
    double noise = 4 * (2 * bench_random_unit(seed + 1, i) - 1);
    v->labels[i] = lean + noise > 0 ? 1 : -1;
  }
  for (size_t i = 0; i < PROBES; i++) {
    fill_row(v->probe_nodes[i], seed + 2, i);
    for (int d = 0; d < VERSUS_DIMENSIONS; d++)
      v->probes[i][d] = (float)v->probe_nodes[i][d].value;
  }
  return true;
}

/* ---- the machine */

static void silent(const char *text) {
  (void)text;
}

/* With probabilities, since that is what a router needs of it. */
static bool train(struct versus *v, int kernel) {
  const struct svm_parameter parameter = {.svm_type = C_SVC,
                                          .kernel_type = kernel,
                                          .gamma = 0.2,
                                          .C = kernel == RBF ? 1 : 0.01,
                                          .cache_size = 64,
                                          .eps = 1e-3,
                                          .shrinking = 1,
                                          .probability = 1};
  const struct svm_problem problem = {.l = (int)v->rows, .y = v->labels, .x = v->row_pointers};
  svm_set_print_string_function(silent); /* its progress would end up in the report */
  srand(1);                              /* libsvm shuffles with rand() to fit the sigmoid */
  v->theirs = svm_train(&problem, &parameter);
  return v->theirs != NULL && svm_check_probability_model(v->theirs);
}

/* libsvm's text of the machine, by way of a file, since it writes to nothing else. */
static char *saved_text(const struct svm_model *model, size_t *len) {
  char path[] = "/tmp/tier-bench-XXXXXX";
  char *text = NULL;
  size_t room = 0;
  int fd = mkstemp(path);
  if (fd < 0)
    return NULL;
  FILE *file = svm_save_model(path, model) == 0 ? fdopen(fd, "rb") : NULL;
  ssize_t got = file ? getdelim(&text, &room, '\0', file) : -1;
  if (file)
    (void)fclose(file);
  else
    (void)close(fd);
  (void)unlink(path);
  *len = got > 0 ? (size_t)got : 0;
  return text;
}

/* Through the text form, which is how a machine gets into a model file. */
static bool hand_over(struct versus *v, char *why, size_t why_size) {
  size_t len = 0, line = 0;
  char *text = saved_text(v->theirs, &len);
  (void)snprintf(why, why_size, "the machine cannot be saved in /tmp");
  bool ok = text && svm_parse(text, len, VERSUS_DIMENSIONS, &v->ours, &line, why, why_size);
  free(text);
  /* libsvm's sigmoid is over its own sign, which is that of its first label. */
  double sign = v->theirs->label[0] == 1 ? 1 : -1;
  v->sigmoid_a = sign * v->theirs->probA[0];
  v->sigmoid_b = sign * v->theirs->probB[0];
  return ok;
}

/* ---- scoring: the probability of +1, as a service would ask for it */

/* The sigmoid is part of the time on both sides. */
static double ours(const struct versus *v, size_t probe) {
  double margin = (double)svm_score(v->ours, v->probes[probe]);
  return 1 / (1 + exp(v->sigmoid_a * margin + v->sigmoid_b));
}

static double theirs(const struct versus *v, size_t probe) {
  double probability[2];
  (void)svm_predict_probability(v->theirs, v->probe_nodes[probe], probability);
  return v->theirs->label[0] == 1 ? probability[0] : probability[1];
}

/* Going from probe to probe keeps the branches of either side from being learned by
 * heart. */
static void call_ours(void *context) {
  struct versus *v = context;
  v->next = (v->next + 1) % PROBES;
  v->sink += ours(v, v->next);
}

static void call_theirs(void *context) {
  struct versus *v = context;
  v->next = (v->next + 1) % PROBES;
  v->sink += theirs(v, v->next);
}

/* Over all probes, before any clock runs. */
static double largest_difference(const struct versus *v) {
  double largest = 0;
  for (size_t i = 0; i < PROBES; i++)
    largest = fmax(largest, fabs(ours(v, i) - theirs(v, i)));
  return largest;
}

/* libsvm's machine points into our nodes, so it goes first. */
static void destroy(struct versus *v) {
  svm_free_and_destroy_model(&v->theirs);
  svm_destroy(v->ours);
  free(v->nodes);
  free(v->row_pointers);
  free(v->labels);
  free(v);
}

/* Agreement is looked at first: times of two different functions mean nothing. */
static bool measure_machine(const struct measure *how, uint64_t seed, size_t rows, int kernel,
                            struct versus_result *out, char *why, size_t why_size) {
  struct versus *v = calloc(1, sizeof *v);
  (void)snprintf(why, why_size, "out of memory");
  if (!v)
    return false;
  v->rows = rows;
  bool ok = make_data(v, seed) && train(v, kernel) && hand_over(v, why, why_size);
  if (ok) {
    out->vectors = (size_t)v->theirs->l;
    out->difference = largest_difference(v);
    measure_two_ns(how, call_theirs, call_ours, v, &out->libsvm_ns, &out->ours_ns);
  }
  destroy(v);
  return ok;
}

/* Sizes of small and of large machines, so that the ratio's trend shows. */
bool versus_measure(const struct measure *how, uint64_t seed, unsigned rows_percent,
                    struct versus_result out[VERSUS_MACHINES], char *why, size_t why_size) {
  bool ok = true;
  for (size_t i = 0; ok && i < VERSUS_MACHINES; i++) {
    out[i].kernel = machines[i].name;
    ok = measure_machine(how, seed, machines[i].rows * rows_percent / 100, machines[i].kernel,
                         &out[i], why, why_size);
  }
  return ok;
}
