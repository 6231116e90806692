/* test_model_kernel.c - scaling and the sums over n-grams, by every variant.
 *
 * Each variant is held, to the bit, to the plain search and the plain sum that are
 * written out here. Tables are blocks of exactly their size, so that the sanitizer sees
 * a read beyond the last row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/svm/model_kernel.h"

#include "draw.h"

enum { SCALES = 77, ROWS = 600 };

/* ---- scaling */

static float plain_scale(const struct model_scale *scale, float value) {
  if (scale->count < 2)
    return 0.0f;
  size_t at = 0, last = scale->count - 1;
  float part = value <= scale->knots[0] ? 0.0f : 1.0f;
  if (value >= scale->knots[last])
    at = last - 1;
  else if (value > scale->knots[0]) {
    while (scale->knots[at + 1] <= value)
      at++;
    part = (value - scale->knots[at]) / (scale->knots[at + 1] - scale->knots[at]);
  }
  return scale->spread * (((float)at + part) * 2.0f / (float)last - 1.0f);
}

static void make_scale(struct model_scale *scale) {
  memset(scale, 0x7F, sizeof *scale); /* behind the last knot stands anything */
  scale->count = draw(4) ? draw(MODEL_KNOTS_MAX + 1) : draw(4);
  scale->spread = draw(8) ? (float)draw(1000) / 250.0f : 0.0f;
  float knot = (float)draw(200) - 100.0f;
  for (size_t k = 0; k < scale->count; k++) {
    knot += (float)(1 + draw(1000)) / (draw(2) ? 256.0f : 3.0f);
    scale->knots[k] = knot;
  }
}

/* A knot, one of its neighbours among the floats, something between, or far out. */
static float make_value(const struct model_scale *scale) {
  if (scale->count == 0 || draw(10) == 0)
    return (float)draw(1000000) - 500000.0f;
  float knot = scale->knots[draw((uint32_t)scale->count)];
  const float values[] = {knot, knot * 1.0000001f, knot * 0.9999999f,
                          knot + (float)draw(100) / 64.0f};
  return values[draw(4)];
}

static void check_scale(const struct model_kernel *kernel) {
  static struct model_scale scales[SCALES];
  for (int round = 0; round < 400; round++) {
    float values[SCALES], got[SCALES];
    size_t count = 1 + draw(SCALES);
    for (size_t i = 0; i < count; i++) {
      make_scale(&scales[i]);
      values[i] = make_value(&scales[i]);
    }
    kernel->scale(scales, values, count, got);
    for (size_t i = 0; i < count; i++) {
      float expected = plain_scale(&scales[i], values[i]);
      if (got[i] != expected)
        fail_msg("%zu knots: %.9g became %.9g, not %.9g", scales[i].count, (double)values[i],
                 (double)got[i], (double)expected);
    }
  }
}

/* ---- sums */

static int8_t *make_table(size_t kinds, bool extreme) {
  int8_t *table = malloc(MODEL_KIND_BUCKETS * kinds);
  assert_non_null(table);
  for (size_t i = 0; i < MODEL_KIND_BUCKETS * kinds; i++)
    table[i] = extreme ? (draw(2) ? INT8_MIN : INT8_MAX) : (int8_t)((int)draw(256) - 128);
  if (extreme)
    memset(table, INT8_MIN, 16 * kinds); /* rows that only grow */
  return table;
}

static void check_sums(const struct model_kernel *kernel, size_t kinds_count, bool extreme) {
  static struct model_kinds kinds;
  uint16_t buckets[MODEL_KERNEL_ROWS];
  kinds.count = kinds_count;
  kinds.weights = make_table(kinds_count, extreme);
  for (size_t i = 0; i < MODEL_KERNEL_ROWS; i++) /* many of the first and of the last rows */
    buckets[i] = (uint16_t)(extreme ? draw(256) : draw(4) ? draw(65536) : 65535 - draw(64));
  for (size_t first = 0; first < kinds_count; first += MODEL_KERNEL_LANES) {
    int16_t got[MODEL_KERNEL_LANES];
    kernel->add_rows(&kinds, first, buckets, MODEL_KERNEL_ROWS, got);
    for (size_t k = first; k < kinds_count && k < first + MODEL_KERNEL_LANES; k++) {
      int expected = 0;
      for (size_t i = 0; i < MODEL_KERNEL_ROWS; i++)
        expected += kinds.weights[(size_t)(buckets[i] >> 4) * kinds_count + k];
      assert_int_equal(got[k - first], expected);
    }
  }
  free(kinds.weights);
}

static void check_variant(const struct model_kernel *kernel) {
  static const size_t counts[] = {1, 2, 7, 25, 31, 32, 33, 64, 100, MODEL_KINDS_MAX};
  check_scale(kernel);
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    for (int extreme = 0; extreme < 2; extreme++)
      check_sums(kernel, counts[i], extreme);
}

static void generic(void **state) {
  (void)state;
  check_variant(&model_kernel_generic);
}

static void avx2(void **state) {
  (void)state;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    check_variant(&model_kernel_avx2);
    return;
  }
#endif
  skip();
}

/* More n-grams than one sum of 16 bits can take. */
static void many_rows(void **state) {
  (void)state;
  static struct model_kinds kinds;
  uint16_t buckets[ROWS];
  float posterior[3];
  kinds.count = 3;
  kinds.temper = 1.0f;
  kinds.weights = make_table(3, true);
  for (size_t bucket = 0; bucket < 16; bucket++)
    kinds.weights[bucket * 3 + 1] = INT8_MAX;
  for (size_t i = 0; i < ROWS; i++)
    buckets[i] = (uint16_t)draw(256);
  model_kinds_posterior(&kinds, buckets, ROWS, posterior);
  assert_true(posterior[0] == 0.0f && posterior[1] == 1.0f && posterior[2] == 0.0f);
  free(kinds.weights);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generic),
      cmocka_unit_test(avx2),
      cmocka_unit_test(many_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
