/* test_tier_map.c - what --tiers FILE may say, and what is said of a bad one. */
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

#include "classifier/train/tier_map.h"

/* Writes text to a file of its own and reads it as a tier map. */
static bool read_text(struct tier_map *map, const char *text, char *why, size_t why_size) {
  char path[] = "/tmp/test_tier_map_XXXXXX";
  int fd = mkstemp(path);
  size_t len = strlen(text);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, len), len);
  (void)close(fd);
  memset(why, 'x', why_size);
  bool ok = tier_map_read(map, path, why, why_size);
  (void)unlink(path);
  return ok;
}

static void read_good(struct tier_map *map, const char *text) {
  char why[256];
  if (!read_text(map, text, why, sizeof why))
    fail_msg("%s: %s", text, why);
}

static void takes_every_field(void **state) {
  struct tier_map map;
  (void)state;
  read_good(
      &map,
      "// comments are taken\n"
      "{\"tiers\": [\"small\", \"mid\", \"big\"],\n"
      " \"models\": {\"zeta\": \"big\", /* plain */ \"alpha\": {\"tier\": \"small\", \"x\": 1},\n"
      "              \"mid\": \"mid\"},\n"
      " \"labels\": {\"SIMPLE\": \"small\", \"HARD\": \"big\"},\n"
      " \"relative_cost\": {\"small\": 0.5, \"mid\": 3, \"big\": 40}, \"version\": 7}\n");
  assert_int_equal(map.tiers_count, 3);
  assert_string_equal(map.names[0], "small");
  assert_string_equal(map.names[2], "big");
  assert_int_equal(map.models_count, 3);
  assert_int_equal(tier_map_model(&map, "alpha"), 0);
  assert_int_equal(tier_map_model(&map, "mid"), 1);
  assert_int_equal(tier_map_model(&map, "zeta"), 2);
  assert_int_equal(tier_map_model(&map, "Alpha"), -1);
  assert_int_equal(tier_map_model(&map, ""), -1);
  assert_int_equal(tier_map_label(&map, "HARD"), 2);
  assert_int_equal(tier_map_label(&map, "small"), 0); /* a tier's name is a label too */
  assert_int_equal(tier_map_label(&map, "hard"), -1);
  assert_true(map.costs[0] == 0.5 && map.costs[1] == 3 && map.costs[2] == 40);
  tier_map_deinit(&map);
  assert_int_equal(map.tiers_count, 0);
}

/* Costs: as given, else the mean output price of the tier's models, else 1, 5, 25. */
static void costs_without_relative_cost(void **state) {
  struct tier_map map;
  (void)state;
  read_good(&map, "{\"tiers\": [\"a\", \"b\", \"c\"]}");
  assert_true(map.costs[0] == 1 && map.costs[1] == 5 && map.costs[2] == 25);
  assert_int_equal(tier_map_model(&map, "x"), -1);
  tier_map_deinit(&map);
  read_good(
      &map,
      "{\"tiers\": [\"a\", \"b\"], \"models\": {"
      "\"m1\": {\"tier\": \"a\", \"output\": 0.5}, \"m2\": {\"tier\": \"a\", \"output\": 1.5},"
      "\"m3\": {\"tier\": \"a\", \"output\": null}, \"m4\": {\"tier\": \"b\", \"output\": 10}}}");
  assert_true(map.costs[0] == 1 && map.costs[1] == 10);
  tier_map_deinit(&map);
}

/* Names of one model lead to one canonical name; other names stand for themselves. */
static void names_of_one_model(void **state) {
  struct tier_map map;
  static const char own[] = "own";
  (void)state;
  read_good(&map, "{\"tiers\": [\"a\", \"b\"], \"models\": {\"m-1\": \"a\"},"
                  " \"same_model\": {\"m\": [\"m-1\", \"x/m-1\"], \"n\": [\"n-2\"], \"o\": []}}");
  assert_int_equal(map.aliases_count, 3);
  assert_string_equal(tier_map_canonical(&map, "m-1"), "m");
  assert_string_equal(tier_map_canonical(&map, "x/m-1"), "m");
  assert_string_equal(tier_map_canonical(&map, "n-2"), "n");
  assert_string_equal(tier_map_canonical(&map, "m"), "m");
  assert_ptr_equal(tier_map_canonical(&map, own), own);
  /* One ability is not one tier: the map of models goes by the names as they are. */
  assert_int_equal(tier_map_model(&map, "m-1"), 0);
  assert_int_equal(tier_map_model(&map, "m"), -1);
  tier_map_deinit(&map);
  assert_int_equal(map.aliases_count, 0);
}

/* A reference may be a model that no tier holds. */
static void references_of_tiers(void **state) {
  struct tier_map map;
  (void)state;
  read_good(&map, "{\"tiers\": [\"a\", \"b\", \"c\"], \"reference\": {\"c\": \"best\", \"a\": "
                  "\"worst\"}}");
  assert_string_equal(map.references[0], "worst");
  assert_null(map.references[1]);
  assert_string_equal(map.references[2], "best");
  tier_map_deinit(&map);
  assert_null(map.references[0]);
}

static void eight_tiers_and_long_names(void **state) {
  struct tier_map map;
  char name[64], text[256];
  (void)state;
  memset(name, 'n', 63);
  name[63] = '\0';
  (void)snprintf(text, sizeof text,
                 "{\"tiers\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"%s\"]}", name);
  read_good(&map, text);
  assert_int_equal(map.tiers_count, 8);
  assert_int_equal(tier_map_label(&map, name), 7);
  tier_map_deinit(&map);
}

/* The two files that ship have the same tiers, so that a model trained with one
 * serves the other. */
static void shipped_files(void **state) {
  struct tier_map catalog, training;
  char why[256] = "";
  (void)state;
  if (!tier_map_read(&catalog, TIERD_SOURCE_DIR "/models/catalog.json", why, sizeof why))
    fail_msg("catalog.json: %s", why);
  if (!tier_map_read(&training, TIERD_SOURCE_DIR "/models/training-tiers.json", why, sizeof why))
    fail_msg("training-tiers.json: %s", why);
  assert_int_equal(catalog.tiers_count, 3);
  assert_int_equal(training.tiers_count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(catalog.names[i], training.names[i]);
  assert_true(catalog.models_count > 10 && training.models_count > 10);
  for (size_t i = 1; i < 3; i++)
    assert_true(catalog.costs[i] > catalog.costs[i - 1] &&
                training.costs[i] > training.costs[i - 1]);
  tier_map_deinit(&catalog);
  tier_map_deinit(&training);
}

#define TIERS "\"tiers\": [\"a\", \"b\"]"

static const struct {
  const char *text, *why;
} bad_files[] = {
    {"", "line 1: empty"},
    {"{" TIERS ",\n\n}", "line 3: not JSON"},
    {"{" TIERS, "ends within a value"},
    {"{" TIERS "} x", "goes on after the end of the value"},
    {"{" TIERS ", \"models\": {\"\xff\": \"a\"}}", "not UTF-8"},
    {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "nested too deeply"},
    {"{}", "expected \"tiers\": a list of 2 to 8 names, cheapest first"},
    {"7", "expected \"tiers\""},
    {"{\"tiers\": []}", "expected \"tiers\""},
    {"{\"tiers\": [\"a\"]}", "expected \"tiers\""},
    {"{\"Tiers\": [\"a\", \"b\"]}", "expected \"tiers\""},
    {"{\"tiers\": [\"a\", 7]}", "must hold names without blanks"},
    {"{\"tiers\": [\"a\", \"\"]}", "must hold names without blanks"},
    {"{\"tiers\": [\"a\", \"b c\"]}", "must hold names without blanks"},
    {"{\"tiers\": [\"a\", \"b\\n\"]}", "must hold names without blanks"},
    {"{\"tiers\": [\"a\", \"0123456789012345678901234567890123456789012345678901234567890123\"]}",
     "below 64 bytes"},
    {"{\"tiers\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}", "more than 8 names"},
    {"{\"tiers\": [\"a\", \"b\", \"a\"]}", "names a tier twice"},
    {"{" TIERS ", \"models\": {\"m\": \"c\"}}", "model \"m\" must name one of the tiers"},
    {"{" TIERS ", \"models\": {\"m\": 1}}", "model \"m\" must name one of the tiers"},
    {"{" TIERS ", \"models\": {\"m\": {\"price\": 1}}}", "model \"m\" must name one of the tiers"},
    {"{" TIERS ", \"labels\": {\"L\": null}}", "label \"L\" must name one of the tiers"},
    {"{" TIERS ", \"label_like\": {\"L\": \"s\"}}", "\"label_like\": \"L\" must be a label"},
    {"{" TIERS ", \"label_like\": {\"a\": 1}}", "\"label_like\": \"a\" must be a label"},
    {"{" TIERS ", \"label_like\": []}", "\"label_like\" must be an object"},
    {"{" TIERS ", \"labels\": {\"L\": \"A\"}}", "label \"L\" must name one of the tiers"},
    {"{" TIERS ", \"relative_cost\": {\"a\": 0}}", "\"relative_cost\" must hold numbers above 0"},
    {"{" TIERS ", \"relative_cost\": {\"b\": \"5\"}}",
     "\"relative_cost\" must hold numbers above 0"},
    {"{" TIERS ", \"relative_cost\": {\"b\": -1}}", "\"relative_cost\" must hold numbers above 0"},
    /* A member of another type is refused, never passed over. */
    {"{" TIERS ", \"models\": [\"m\"]}", "\"models\" must be an object"},
    {"{" TIERS ", \"models\": null}", "\"models\" must be an object"},
    {"{" TIERS ", \"labels\": [\"a\"]}", "\"labels\" must be an object"},
    {"{" TIERS ", \"labels\": \"a\"}", "\"labels\" must be an object"},
    {"{" TIERS ", \"relative_cost\": [1, 2]}", "\"relative_cost\" must be an object"},
    {"{" TIERS ", \"relative_cost\": 7}", "\"relative_cost\" must be an object"},
    {"{" TIERS ", \"same_model\": [\"m\"]}", "\"same_model\" must be an object of lists"},
    {"{" TIERS ", \"same_model\": {\"m\": \"n\"}}", "\"same_model\" must be an object of lists"},
    {"{" TIERS ", \"same_model\": {\"m\": {\"n\": \"o\"}}}",
     "\"same_model\" must be an object of lists"},
    {"{" TIERS ", \"same_model\": {\"m\": [\"n\", 7]}}",
     "\"same_model\" must be an object of lists"},
    {"{" TIERS ", \"reference\": [\"m\"]}", "\"reference\" must be an object of model names"},
    {"{" TIERS ", \"reference\": {\"c\": \"m\"}}", "must hold one model's name for a tier"},
    {"{" TIERS ", \"reference\": {\"a\": [\"m\"]}}", "must hold one model's name for a tier"},
};

static void says_why(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
    struct tier_map map;
    char why[256];
    bool ok = read_text(&map, bad_files[i].text, why, sizeof why);
    if (ok || !memchr(why, '\0', sizeof why) || !strstr(why, bad_files[i].why))
      fail_msg("%s: %.200s", bad_files[i].text, ok ? "accepted" : why);
    assert_true(map.tiers_count == 0 && map.models == NULL && map.labels == NULL &&
                map.aliases == NULL && map.references[0] == NULL);
  }
}

/* A reason that does not fit is cut, never written past its end. */
static void small_room_for_the_reason(void **state) {
  struct tier_map map;
  char why[8];
  (void)state;
  assert_false(read_text(&map, "{}", why, sizeof why));
  assert_string_equal(why, "expecte");
}

static void missing_file(void **state) {
  struct tier_map map;
  char why[256];
  (void)state;
  assert_false(tier_map_read(&map, "/nonexistent/tiers.json", why, sizeof why));
  assert_string_equal(why, "No such file or directory");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_every_field),
      cmocka_unit_test(costs_without_relative_cost),
      cmocka_unit_test(names_of_one_model),
      cmocka_unit_test(references_of_tiers),
      cmocka_unit_test(eight_tiers_and_long_names),
      cmocka_unit_test(shipped_files),
      cmocka_unit_test(says_why),
      cmocka_unit_test(small_room_for_the_reason),
      cmocka_unit_test(missing_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
