/* test_svm.c - our scorer against libsvm, and our parser against hostile text.
 *
 * libsvm trains small machines on seeded random data and saves them. The text goes
 * through svm_parse(), and both of our scoring routines are held to libsvm's own
 * decision values. svm_save_model() prints vectors with eight digits, so the oracle
 * is the machine that libsvm loads back from that text, not the one in memory.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svm.h>
#include <unistd.h>

#include <cmocka.h>

#include "classifier/svm/svm_internal.h"

enum { DIMENSIONS = 60, ROWS = 100, PROBES = 1200, STRIDE = 64 };

/* A machine as libsvm sees it and as text. */
struct machine {
  struct svm_model *oracle;
  char *text;
  size_t len;
};

/* SplitMix64: the same data on every platform. */
static double next_unit(uint64_t *seed) {
  uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1.0;
}

/* A vector of -1..1, one value in five zero and so left out by libsvm's format. */
static void random_vector(uint64_t *seed, float *x, struct svm_node *nodes) {
  size_t used = 0;
  memset(x, 0, STRIDE * sizeof *x);
  for (int d = 0; d < DIMENSIONS; d++) {
    float value = (float)next_unit(seed);
    if (next_unit(seed) > 0.6)
      continue;
    x[d] = value;
    nodes[used++] = (struct svm_node){d + 1, (double)value};
  }
  nodes[used] = (struct svm_node){-1, 0};
}

/* ---- machines from libsvm */

struct training {
  float x[ROWS][STRIDE];
  struct svm_node nodes[ROWS][DIMENSIONS + 1];
  struct svm_node *rows[ROWS];
  double y[ROWS];
};

/* Labels, or numbers to regress to, that depend on the vector but not quite. */
static void make_training(struct training *t, uint64_t seed, int type) {
  for (int i = 0; i < ROWS; i++) {
    random_vector(&seed, t->x[i], t->nodes[i]);
    t->rows[i] = t->nodes[i];
    double value = 0.3 * next_unit(&seed);
    for (int d = 0; d < 10; d++)
      value += (double)t->x[i][d] * (d % 2 ? -1 : 1);
    t->y[i] = type == C_SVC ? (value > 0 ? 1 : -1) : value;
  }
}

static void silent(const char *text) {
  (void)text;
}

static char *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  *len = (size_t)ftell(file);
  rewind(file);
  char *text = malloc(*len);
  assert_non_null(text);
  assert_int_equal(fread(text, 1, *len, file), *len);
  (void)fclose(file);
  return text;
}

/* libsvm 3 puts +1 first whatever came first, but older files have -1 there: the
 * same machine with its labels swapped. */
static void put_negative_first(char *text, size_t len, const char *path) {
  static const char positive[] = "\nlabel 1 -1\n", negative[] = "\nlabel -1 1\n";
  char *at = memmem(text, len, positive, sizeof positive - 1);
  assert_non_null(at);
  memcpy(at, negative, sizeof negative - 1);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, len, file), len);
  assert_int_equal(fclose(file), 0);
}

static struct machine train_machine(int type, int kernel, double c, int first_label) {
  struct svm_parameter parameter = {.svm_type = type,
                                    .kernel_type = kernel,
                                    .gamma = 0.05,
                                    .C = c,
                                    .p = 0.1,
                                    .eps = 1e-3,
                                    .cache_size = 10,
                                    .shrinking = 1};
  struct training *training = malloc(sizeof *training);
  char path[] = "/tmp/test_svm_XXXXXX";
  int fd = mkstemp(path);
  struct machine machine;
  assert_true(training && fd >= 0);
  make_training(training, (uint64_t)(type * 100 + kernel * 10) + (uint64_t)c, type);
  struct svm_problem problem = {.l = ROWS, .y = training->y, .x = training->rows};
  svm_set_print_string_function(silent);
  assert_null(svm_check_parameter(&problem, &parameter));
  struct svm_model *trained = svm_train(&problem, &parameter);
  assert_non_null(trained);
  assert_int_equal(svm_save_model(path, trained), 0);
  svm_free_and_destroy_model(&trained);
  machine.text = read_file(path, &machine.len);
  if (first_label < 0)
    put_negative_first(machine.text, machine.len, path);
  machine.oracle = svm_load_model(path);
  assert_non_null(machine.oracle);
  (void)unlink(path);
  (void)close(fd);
  free(training);
  return machine;
}

static void machine_deinit(struct machine *machine) {
  svm_free_and_destroy_model(&machine->oracle);
  free(machine->text);
}

/* ---- our parser */

/* Parses from a block of exactly len bytes, for the sanitizer. A refusal must say
 * what is wrong and where. */
static struct svm *parse(const char *text, size_t len, size_t dimensions, char why[128]) {
  struct svm *svm = NULL;
  size_t line = 0;
  char *copy = malloc(len);
  assert_true(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, text, len);
  memset(why, 'x', 128);
  bool ok = svm_parse(copy, len, dimensions, &svm, &line, why, 128);
  free(copy); /* the machine must not lean on it */
  assert_true(ok == (svm != NULL));
  if (!ok)
    assert_true(line >= 1 && memchr(why, '\0', 128) != NULL && why[0] != '\0');
  return svm;
}

static struct svm *parse_good(const char *text, size_t len) {
  char why[128];
  struct svm *svm = parse(text, len, DIMENSIONS, why);
  if (!svm)
    fail_msg("refused: %s", why);
  return svm;
}

/* ---- the oracle */

static void assert_near(float ours, double oracle, const char *what) {
  double error = fabs((double)ours - oracle);
  if (!(error <= 1e-5 * fmax(1.0, fabs(oracle))))
    fail_msg("%s: %.9g instead of %.9g", what, (double)ours, oracle);
}

/* Above 0 must mean +1, which libsvm says only through the label it predicts. */
static double oracle_value(const struct machine *machine, const struct svm_node *nodes) {
  double value;
  double predicted = svm_predict_values(machine->oracle, nodes, &value);
  if (svm_get_svm_type(machine->oracle) != C_SVC)
    return value;
  return predicted > 0 ? fabs(value) : -fabs(value);
}

static void hold_to_oracle(int type, int kernel, double c, int first_label) {
  struct machine machine = train_machine(type, kernel, c, first_label);
  struct svm *svm = parse_good(machine.text, machine.len);
  uint64_t seed = 99;
  if (type == C_SVC)
    assert_int_equal(machine.oracle->label[0], first_label);
  assert_int_equal(svm_vectors(svm), machine.oracle->l);
  assert_int_equal(svm_kernel_of(svm), kernel == LINEAR ? SVM_LINEAR : SVM_RBF);
  assert_true((svm_weights(svm) != NULL) == (kernel == LINEAR));
  /* One float off any alignment: the scorer promises to need none. */
  float *block = malloc((STRIDE + 1) * sizeof *block);
  assert_non_null(block);
  float *x = block + 1;
  int above = 0;
  for (int i = 0; i < PROBES; i++) {
    struct svm_node nodes[DIMENSIONS + 1];
    random_vector(&seed, x, nodes);
    double oracle = oracle_value(&machine, nodes);
    above += oracle > 0;
    assert_near(svm_score(svm, x), oracle, "vectorised");
    assert_near(svm_score_scalar(svm, x), oracle, "scalar");
    assert_near(svm_score_generic(svm, x), oracle, "baseline vectors"); /* where AVX2 is not */
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      assert_near(svm_score_avx2(svm, x), oracle, "AVX2");
    if (__builtin_cpu_supports("avx512f"))
      assert_near(svm_score_avx512(svm, x), oracle, "AVX-512");
#endif
  }
  assert_in_range(above, PROBES / 20, PROBES - PROBES / 20); /* both signs were tried */
  free(block);
  svm_destroy(svm);
  machine_deinit(&machine);
}

static void linear_classifier(void **state) {
  (void)state;
  hold_to_oracle(C_SVC, LINEAR, 1, 1);
  hold_to_oracle(C_SVC, LINEAR, 10, -1);
}

static void rbf_classifier(void **state) {
  (void)state;
  hold_to_oracle(C_SVC, RBF, 1, 1);
  hold_to_oracle(C_SVC, RBF, 10, -1);
}

static void linear_regression(void **state) {
  (void)state;
  hold_to_oracle(EPSILON_SVR, LINEAR, 1, 0);
}

static void rbf_regression(void **state) {
  (void)state;
  hold_to_oracle(EPSILON_SVR, RBF, 4, 0);
}

/* ---- machines small enough to score by hand */

#define HEADER(type, kernel, count, rho)                                                           \
  "svm_type " type "\nkernel_type " kernel "\nnr_class 2\ntotal_sv " count "\nrho " rho "\n"

static float score_text(const char *text, const float *x) {
  struct svm *svm = parse_good(text, strlen(text));
  float score = svm_score(svm, x);
  assert_float_equal(score, svm_score_scalar(svm, x), 1e-6);
  svm_destroy(svm);
  return score;
}

static void by_hand(void **state) {
  float x[STRIDE] = {1, 2, 3};
  (void)state;
  /* 2 (1*1 + 3*0.5) - 1 (2*2) - 0.25 */
  const char *linear = HEADER("epsilon_svr", "linear", "2", "0.25") "SV\n2 1:1 3:0.5\n-1 2:2 \n";
  assert_float_equal(score_text(linear, x), 0.75f, 1e-6);
  /* exp(-0.5 * (0 + 0 + 1)) + 0.5, and the other dimensions agree */
  const char *rbf = HEADER("epsilon_svr", "rbf", "1", "-0.5") "gamma 0.5\nSV\n1 1:1 2:2 3:2\n";
  assert_float_equal(score_text(rbf, x), 1.1065307f, 1e-6);
  /* The same as a classifier whose first label is -1: the sign turns. */
  const char *negative = HEADER("c_svc", "linear", "1", "0.5") "label -1 1\nnr_sv 1 0\nSV\n1 1:3\n";
  assert_float_equal(score_text(negative, x), -2.5f, 1e-6);
  const char *positive = HEADER("c_svc", "linear", "1", "0.5") "label 1 -1\nSV\n1 1:3\n";
  assert_float_equal(score_text(positive, x), 2.5f, 1e-6);
  const char *constant = HEADER("epsilon_svr", "linear", "1", "-3") "SV\n1\n";
  assert_float_equal(score_text(constant, x), 3.0f, 0);
}

/* A vector far from all others counts for nothing, and not for NaN. */
static void far_away(void **state) {
  float x[STRIDE] = {1e18f};
  (void)state;
  const char *rbf = HEADER("epsilon_svr", "rbf", "1", "-0.5") "gamma 10\nSV\n5 1:-1e18\n";
  assert_float_equal(score_text(rbf, x), 0.5f, 1e-6);
}

/* ---- text that is refused */

static const struct {
  const char *text, *why;
} refused[] = {
    {"", "ends within the header"},
    {"svm_type c_svc\n", "ends within the header"},
    {"svm_type nu_svc\n", "c_svc or epsilon_svr"},
    {"kernel_type polynomial\n", "linear or rbf"},
    {"nr_class 3\n", "nr_class must be 2"},
    {"gamma 0\n", "above 0"},
    {"gamma nan\n", "above 0"},
    {"total_sv 0\n", "from 1 to"},
    {"total_sv 200001\n", "from 1 to"},
    {"total_sv -1\n", "from 1 to"},
    {"rho inf\n", "rho"},
    {"rho 1 2\n", "more on the line"},
    {"label 0 1\n", "labels must be 1 and -1"},
    {"label 1 1\n", "labels must be 1 and -1"},
    {"colour red\n", "unknown field"},
    {"nr_sv 1 2", "ends within the header"},
    {"svm_type c_svc\nkernel_type linear\ntotal_sv 1\nSV\n1 1:1\n", "missing"},
    {HEADER("c_svc", "rbf", "1", "0") "SV\n1 1:1\n", "needs gamma"},
    {HEADER("c_svc", "rbf", "1", "0") "gamma 1e-60\nSV\n1 1:1\n", "gamma"},
    {HEADER("c_svc", "linear", "1", "0") "SV x\n1 1:1\n", "more after \"SV\""},
    {HEADER("c_svc", "linear", "2", "0") "SV\n1 1:1\n", "fewer support vectors"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1:1\n1 1:1\n", "more support vectors"},
    {HEADER("c_svc", "linear", "1", "0") "SV\nx 1:1\n", "its coefficient"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1\n", "index:value"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 0:1\n", "out of range"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 61:1\n", "out of range"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 -1:1\n", "out of range"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 99999999999999999999:1\n", "out of range"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 2:1 1:1\n", "must rise"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1:1 1:1\n", "must rise"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1:nan\n", "not a number"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1:1e39\n", "not a number"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1 1:\n", "not a number"},
    {HEADER("c_svc", "linear", "1", "0") "SV\n1e38 1:1e38\n", "overflow"},
};

static void says_why(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    char why[128] = "accepted";
    struct svm *svm = parse(refused[i].text, strlen(refused[i].text), DIMENSIONS, why);
    if (svm || !strstr(why, refused[i].why))
      fail_msg("%s\n%s instead of %s", refused[i].text, svm ? "accepted" : why, refused[i].why);
  }
}

/* A line number is worth having only if it is right. */
static void names_the_line(void **state) {
  static const char text[] = HEADER("c_svc", "linear", "3", "0") "SV\n1 1:1\n1 1:x\n1 1:1\n";
  struct svm *svm;
  size_t line = 0;
  char why[128];
  (void)state;
  assert_false(svm_parse(text, sizeof text - 1, DIMENSIONS, &svm, &line, why, sizeof why));
  assert_int_equal(line, 8);
}

/* Whatever was parsed must also score, within its memory. */
static void score_and_destroy(struct svm *svm) {
  float x[STRIDE] = {0.5f, -0.5f};
  (void)svm_score(svm, x);
  (void)svm_score_scalar(svm, x);
  svm_destroy(svm);
}

/* Cut anywhere, the text is refused. The one exception is a cut within the last
 * line: libsvm's form does not say where a line should end (the checksum of the
 * file around it does). */
static void truncations(void **state) {
  char why[128];
  (void)state;
  struct machine machine = train_machine(C_SVC, RBF, 1, -1);
  size_t last_line = machine.len - 1;
  while (machine.text[last_line - 1] != '\n')
    last_line--;
  for (size_t len = 0; len < machine.len; len += len < 400 || len > last_line - 50 ? 1 : 397) {
    struct svm *svm = parse(machine.text, len, DIMENSIONS, why);
    if (svm && len <= last_line)
      fail_msg("the first %zu bytes of %zu are accepted", len, machine.len);
    if (svm)
      score_and_destroy(svm);
  }
  machine_deinit(&machine);
}

static const char spice[] = "0123456789.:-+eE \n\t\r\0xnaifSV#\xFF";

/* Bytes changed, inserted, dropped: accepted or refused, but never a crash. */
static void mutations(void **state) {
  (void)state;
  struct machine machine = train_machine(EPSILON_SVR, RBF, 4, 0);
  size_t whole = machine.len < 3000 ? machine.len : 3000;
  char *text = malloc(whole + 1);
  uint64_t seed = 5;
  int accepted = 0;
  assert_non_null(text);
  for (int round = 0; round < 4000; round++) {
    char why[128];
    size_t len = whole;
    memcpy(text, machine.text, len);
    /* Half of the changes go to the header, where the text is densest. */
    size_t at = (size_t)((next_unit(&seed) + 1) / 2 * (double)(round % 2 ? len : 120));
    char byte = spice[(size_t)((next_unit(&seed) + 1) / 2 * (double)(sizeof spice - 1))];
    if (round % 3 == 0) {
      text[at] = byte;
    } else if (round % 3 == 1) {
      memmove(text + at, text + at + 1, len - at - 1);
      len--;
    } else {
      memmove(text + at + 1, text + at, len - at);
      text[at] = byte;
      len++;
    }
    struct svm *svm = parse(text, len, DIMENSIONS, why);
    if (svm) {
      accepted++;
      score_and_destroy(svm);
    }
  }
  free(text);
  machine_deinit(&machine);
  assert_int_equal(accepted, 0); /* it is cut at 3000 bytes, so vectors are missing */
}

/* The same on a machine that is whole, so that some changes get through. */
static void mutations_of_a_whole_machine(void **state) {
  static const char whole[] =
      HEADER("c_svc", "rbf", "3", "0.5") "gamma 0.1\nlabel -1 1\nnr_sv 2 1\nprobA 1\nSV\n"
                                         "0.5 1:1 60:2\n-1 2:0.25 \n1e-3 5:1 6:1 7:-1\n";
  uint64_t seed = 6;
  int accepted = 0;
  (void)state;
  for (int round = 0; round < 6000; round++) {
    char text[sizeof whole];
    char why[128];
    memcpy(text, whole, sizeof whole);
    for (int k = 0; k <= round % 3; k++) {
      size_t at = (size_t)((next_unit(&seed) + 1) / 2 * (double)(sizeof whole - 1));
      text[at] = spice[(size_t)((next_unit(&seed) + 1) / 2 * (double)(sizeof spice - 1))];
    }
    struct svm *svm = parse(text, sizeof whole - 1, DIMENSIONS, why);
    if (svm) {
      accepted++;
      score_and_destroy(svm);
    }
  }
  assert_true(accepted > 100 && accepted < 6000);
}

/* A header may promise more than memory holds; it is refused before any is taken. */
static void too_many_values(void **state) {
  static const char text[] = HEADER("c_svc", "rbf", "200000", "0") "gamma 1\nSV\n1 1:1\n";
  char why[128];
  (void)state;
  assert_null(parse(text, sizeof text - 1, 1000000, why));
  assert_non_null(strstr(why, "more support vectors than this program takes"));
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(linear_classifier),
      TEST(rbf_classifier),
      TEST(linear_regression),
      TEST(rbf_regression),
      TEST(by_hand),
      TEST(far_away),
      TEST(says_why),
      TEST(names_the_line),
      TEST(truncations),
      TEST(mutations),
      TEST(mutations_of_a_whole_machine),
      TEST(too_many_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
