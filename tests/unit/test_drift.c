/* test_drift.c - values drawn as the quantiles allow are near, others far and named. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ops/drift.h"

enum { QUANTILES = 33, THREADS = 2, SAMPLES = 2000 };

struct fixture {
  struct model *model;
  struct features *features;
  struct drift *drift;
  struct drift_worker *workers[THREADS];
};

static int setup(void **state) {
  static struct fixture f;
  struct model_error err;
  f = (struct fixture){.drift = drift_create(THREADS), .features = malloc(sizeof *f.features)};
  if (!f.drift || !f.features ||
      model_load(TIERD_SOURCE_DIR "/models/default.tier", &f.model, &err) != MODEL_OK)
    return -1;
  for (size_t t = 0; t < THREADS; t++)
    f.workers[t] = drift_worker(f.drift);
  *state = &f;
  srand(1);
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  drift_destroy(f->drift);
  model_destroy(f->model);
  free(f->features);
  return 0;
}

/* A value as training may have had it. Where quantiles are missing, they were equal to
 * another one: to the least if low, else to the greatest. */
static float draw(const struct model *model, uint32_t feature, bool low) {
  const float *knots;
  const size_t count = model_feature_knots(model, feature, &knots);
  const double at = (QUANTILES - 1) * ((double)rand() / RAND_MAX);
  const size_t missing = QUANTILES - count;
  size_t below = (size_t)at;
  if (count == 0)
    return 0;
  if (low)
    below = below > missing ? below - missing : 0;
  if (below + 1 >= count)
    return knots[count - 1];
  /* Only between quantiles that stood beside each other is there anything. */
  if (low && at < (double)missing)
    return knots[0];
  return knots[below] + (float)(at - floor(at)) * (knots[below + 1] - knots[below]);
}

static void fill(struct fixture *f, bool low) {
  for (uint32_t i = 0; i < FEATURES_COUNT; i++)
    f->features->x[i] = draw(f->model, i, low);
}

/* Counts what the features are; as often as it takes to be sampled once. */
static bool note(struct fixture *f, struct drift_worker *worker) {
  bool look = false;
  for (size_t i = 0; i < DRIFT_EVERY; i++)
    look = drift_note(worker, f->model, f->features) || look;
  return look;
}

static void like_training_is_near(void **state) {
  struct fixture *f = *state;
  for (size_t i = 0; i < SAMPLES; i++) {
    fill(f, i % 2 == 0);
    note(f, f->workers[i % THREADS]);
  }
  struct drift_report report;
  drift_read(f->drift, f->model, &report);
  assert_int_equal((int)report.samples, SAMPLES);
  /* The greatest of 169 distances that samples of 2,000 have by chance. */
  if (report.count > 0 && report.list[0].distance > 0.06)
    fail_msg("%s: %g", model_feature_name(f->model, report.list[0].feature),
             report.list[0].distance);
}

/* All questions shorter than in training's first tenth, all lines longer than in its last. */
static void what_moved_is_named(void **state) {
  struct fixture *f = *state;
  const float *bytes, *lines;
  assert_int_equal(model_feature_knots(f->model, FEATURE_INDEX_bytes_log, &bytes), QUANTILES);
  assert_int_equal(model_feature_knots(f->model, FEATURE_INDEX_chars_per_line, &lines), QUANTILES);
  for (size_t i = 0; i < SAMPLES; i++) {
    fill(f, true);
    f->features->x[FEATURE_INDEX_bytes_log] = bytes[3] - 0.001f;
    f->features->x[FEATURE_INDEX_chars_per_line] = lines[QUANTILES - 7];
    note(f, f->workers[0]);
  }
  struct drift_report report;
  char text[512];
  drift_read(f->drift, f->model, &report);
  assert_true(report.count >= 2);
  assert_int_equal(report.list[0].feature, FEATURE_INDEX_bytes_log);
  assert_false(report.list[0].higher);
  assert_true(fabs(report.list[0].distance - (1 - 3 / 32.0)) < 1e-9);
  assert_int_equal(report.list[1].feature, FEATURE_INDEX_chars_per_line);
  assert_true(report.list[1].higher);
  drift_print(&report, f->model, 0.5, text, sizeof text);
  assert_string_equal(text,
                      "length of the question (lower, 0.91); length of the lines (higher, 0.78)");
  drift_print(&report, f->model, 0.5, text, 50);
  assert_string_equal(text, "length of the question (lower, 0.91)");
  drift_print(&report, f->model, 0.95, text, sizeof text);
  assert_string_equal(text, "");
}

static void few_samples_say_nothing(void **state) {
  struct fixture *f = *state;
  struct drift_report report;
  memset(f->features->x, 0, sizeof f->features->x);
  for (size_t i = 0; i + 1 < DRIFT_SAMPLES_MIN; i++)
    note(f, f->workers[0]);
  drift_read(f->drift, f->model, &report);
  assert_int_equal(report.count, 0);
  note(f, f->workers[0]);
  drift_read(f->drift, f->model, &report);
  assert_int_equal(report.count, DRIFT_FEATURES_MAX);
  for (size_t i = 1; i < report.count; i++)
    assert_true(report.list[i].distance <= report.list[i - 1].distance);
}

/* What was seen long ago counts no more. */
static void old_ones_are_forgotten(void **state) {
  struct fixture *f = *state;
  struct drift_report report;
  memset(f->features->x, 0, sizeof f->features->x);
  for (size_t i = 0; i < SAMPLES; i++)
    note(f, f->workers[0]);
  for (size_t i = 0; i < 8 * DRIFT_EPOCH; i++) {
    fill(f, true);
    note(f, f->workers[0]);
  }
  drift_read(f->drift, f->model, &report);
  assert_true(report.samples >= DRIFT_EPOCH - 1 && report.samples <= 2 * DRIFT_EPOCH);
  assert_true(report.count == 0 || report.list[0].distance < 0.1);
}

static void looks_and_warnings(void **state) {
  struct fixture *f = *state;
  size_t looks = 0;
  memset(f->features->x, 0, sizeof f->features->x);
  for (size_t i = 0; i < 10 * DRIFT_LOOK; i++)
    looks += note(f, f->workers[0]);
  assert_int_equal(looks, 10);
  assert_true(drift_warning_due(f->drift, 1000));
  assert_false(drift_warning_due(f->drift, 1000 + 3599));
  assert_true(drift_warning_due(f->drift, 1000 + 3600));
  assert_true(drift_warning_due(f->drift, 10)); /* the clock was set back */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(like_training_is_near, setup, teardown),
      cmocka_unit_test_setup_teardown(what_moved_is_named, setup, teardown),
      cmocka_unit_test_setup_teardown(few_samples_say_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(old_ones_are_forgotten, setup, teardown),
      cmocka_unit_test_setup_teardown(looks_and_warnings, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
