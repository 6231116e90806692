/* test_bench_accuracy.c - `tier-bench accuracy` from its arguments to its exit code.
 *
 * The ten rows are those of test_bench_protocol.c, whose APGR is 0.8; their scores
 * come from a file, as a rival router's would. Standard output goes to a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/accuracy/accuracy.h"

struct fixture {
  char dir[64], data[96], scores[96], report[96], output[96];
  char text[65536]; /* what the last run printed */
};

static FILE *open_in(struct fixture *f, char path[96], const char *name) {
  (void)snprintf(path, 96, "%s/%s", f->dir, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  return file;
}

static int setup(void **state) {
  static const int weak[] = {0, 0, 0, 1, 1, 0, 1, 0, 1, 1};
  static const int strong[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_bench_accuracy_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  FILE *data = open_in(f, f->data, "set_toy.v1.jsonl");
  FILE *scores = open_in(f, f->scores, "scores.tsv");
  for (int i = 0; i < 10; i++) {
    (void)fprintf(data,
                  "{\"id\":\"r%d\",\"prompt\":\"row %d\",\"task\":\"<b>&%d\",\"outcomes\":{\"w\":{"
                  "\"score\":%d},\"s\":{\"score\":%d}}}\n",
                  i, i, i % 2, weak[i], strong[i]);
    (void)fprintf(scores, "r%d\t%d\n", i, 100 - i);
  }
  (void)fclose(data);
  (void)fclose(scores);
  (void)snprintf(f->report, sizeof f->report, "%s/report.html", f->dir);
  (void)snprintf(f->output, sizeof f->output, "%s/output", f->dir);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  const char *const files[] = {f->data, f->scores, f->report, f->output};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    (void)unlink(files[i]);
  (void)rmdir(f->dir);
  free(f);
  return 0;
}

static void read_text(struct fixture *f, const char *path) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  f->text[fread(f->text, 1, sizeof f->text - 1, file)] = '\0';
  (void)fclose(file);
}

/* Runs with the toy data and one or two more arguments; standard output is caught. */
static int run(struct fixture *f, const char *more, const char *value) {
  const char *argv[] = {"accuracy", "--data", f->data,       "--scores", f->scores, "--weak", "w",
                        "--strong", "s",      "--bootstrap", "20",       more,      value,    NULL};
  int argc = more ? value ? 13 : 12 : 11;
  (void)fflush(stdout);
  int kept = dup(STDOUT_FILENO);
  assert_non_null(freopen(f->output, "w", stdout));
  int code = accuracy_main(argc, (char **)(uintptr_t)argv);
  (void)fflush(stdout);
  (void)dup2(kept, STDOUT_FILENO);
  (void)close(kept);
  read_text(f, f->output);
  return code;
}

static void json_has_the_protocol(void **state) {
  struct fixture *f = *state;
  assert_int_equal(run(f, "--json", NULL), 0);
  assert_non_null(strstr(f->text, "\"router\":{\"measures\":{\"apgr\":{\"value\":0.8,"));
  assert_non_null(strstr(f->text, "\"random\":{\"measures\":{\"apgr\":{\"value\":0.5,"));
  assert_non_null(strstr(f->text, "\"oracle\":{\"measures\""));
  /* No prices: savings are unknown, not nought. */
  assert_non_null(strstr(f->text, "\"saving95\":{\"value\":null"));
}

static void a_price_ratio_gives_savings(void **state) {
  struct fixture *f = *state;
  assert_int_equal(run(f, "--price-ratio", "10"), 0);
  assert_non_null(strstr(f->text, "always cheap 0.500, always strong 0.900"));
  assert_int_equal(run(f, "--price-ratio", "1,2,3"), 2);
}

static void gates_decide_the_exit_code(void **state) {
  static const struct {
    const char *gate;
    int code;
  } cases[] = {{"all.apgr<0.79", 0},    {"all.apgr<0.81", 1},
               {"all.apgr>=0.8", 1},    {"set_toy.v1.apgr>0.79", 1},
               {"toy.v1.apgr<0.7", 0},  {"other.apgr<0.1", 1},
               {"all.saving95<0.1", 1}, {"all.ece>0.1", 1},
               {"all.nonsense<1", 2},   {"apgr<1", 2},
               {"all.apgr=1", 2},       {"all.apgr<", 2},
               {"all.apgr<x", 2},       {".apgr<1", 2}};
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int code = run(f, "--fail-if", cases[i].gate);
    if (code != cases[i].code)
      fail_msg("%s gave %d", cases[i].gate, code);
  }
}

static void report_is_self_contained(void **state) {
  struct fixture *f = *state;
  assert_int_equal(run(f, "--report", f->report), 0);
  read_text(f, f->report);
  assert_non_null(strstr(f->text, "</html>"));
  assert_non_null(strstr(f->text, "Deferral curve"));
  assert_non_null(strstr(f->text, "&lt;b&gt;&amp;0")); /* names are escaped */
  static const char *const forbidden[] = {"http:",   "https:", "src=", "url(", "<script",
                                          "@import", "<b>",    "nan",  "inf\""};
  for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
    if (strstr(f->text, forbidden[i]))
      fail_msg("the page holds %s", forbidden[i]);
  assert_null(strstr(f->text, f->dir)); /* nor the machine's folders */
}

static void wrong_usage_is_2(void **state) {
  struct fixture *f = *state;
  assert_int_equal(run(f, "--bogus", NULL), 2);
  assert_int_equal(run(f, "--model", "/nonexistent.tier"), 2);
  assert_int_equal(run(f, "--quality", "2"), 2);
  assert_int_equal(run(f, "--prices", f->scores), 2);
  /* Neither is known of another router's scores. */
  assert_int_equal(run(f, "--predictions", f->report), 2);
  assert_int_equal(run(f, "--forecast-lengths", NULL), 2);
  assert_int_equal(run(f, "--help", NULL), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(json_has_the_protocol),      TEST(a_price_ratio_gives_savings),
      TEST(gates_decide_the_exit_code), TEST(report_is_self_contained),
      TEST(wrong_usage_is_2),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
