/* test_promotion.c - what is handed to the shadow, judged by feedback, and kept on disk:
 * hostile files included. Whole runs are driven through the daemon in tests/api. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ops/promoted.h"
#include "daemon/ops/shadow_outcomes.h"
#include "daemon/ops/state_file.h"
#include "place.h"

#define MODEL TIERD_SOURCE_DIR "/models/default.tier"

/* ---- the port ---- */

struct seen {
  size_t decisions, feedback;
  struct shadow_decision last;
  struct shadow_feedback said;
  float x_last;
  uint32_t hash_last;
};

static void see_decision(void *owner, const struct shadow_decision *decision,
                         const struct replay_source *source) {
  struct seen *seen = owner;
  struct text_token token;
  seen->decisions++;
  seen->last = *decision;
  memcpy(&seen->x_last, (const char *)source->x + (FEATURES_COUNT - 1) * sizeof(float),
         sizeof seen->x_last);
  if (source->tokens_count == 0)
    return;
  memcpy(&token,
         (const char *)source->tokens + (source->tokens_count - 1) * sizeof(struct text_token),
         sizeof token);
  seen->hash_last = token.hash;
}

static void see_feedback(void *owner, const struct shadow_feedback *feedback) {
  struct seen *seen = owner;
  seen->feedback++;
  seen->said = *feedback;
}

static const struct shadow_takers takers = {see_decision, see_feedback};

/* Sizes that go around the ring many times, and bytes that look like line feeds. */
static void items_come_out_as_they_went_in(void **state) {
  (void)state;
  struct shadow_port *port = shadow_port_create();
  struct features *features = calloc(1, sizeof *features);
  struct seen seen = {0};
  features_init(features);
  for (uint32_t i = 0; i < 2000; i++) {
    const struct shadow_decision decision = {.prefix = i, .count = 10, .tier = i % 3};
    const struct shadow_feedback feedback = {.prefix = i, .count = 2570, .label = -1};
    features->scan.tokens_count = i * 37 % (TEXT_TOKENS_MAX + 1);
    features->scan.tokens_seen = i;
    features->x[FEATURES_COUNT - 1] = (float)i;
    if (features->scan.tokens_count > 0)
      features->scan.tokens[features->scan.tokens_count - 1].hash = i;
    assert_true(shadow_port_decision(port, &decision, features));
    assert_true(shadow_port_feedback(port, &feedback));
    if (i % 7 != 0)
      continue;
    while (shadow_port_drain(port, &takers, &seen) > 0)
      continue;
    assert_int_equal(seen.decisions, i + 1);
    assert_int_equal(seen.feedback, i + 1);
    assert_int_equal(seen.last.prefix, i);
    assert_int_equal(seen.last.tokens_seen, i);
    assert_int_equal(seen.said.count, 2570);
    assert_true(seen.x_last >= (float)i && seen.x_last <= (float)i);
    if (features->scan.tokens_count > 0)
      assert_int_equal(seen.hash_last, i);
  }
  assert_int_equal(shadow_port_dropped(port), 0);
  free(features);
  shadow_port_destroy(port);
}

static void a_full_queue_drops_and_counts(void **state) {
  (void)state;
  struct shadow_port *port = shadow_port_create();
  struct features *features = calloc(1, sizeof *features);
  struct seen seen = {0};
  uint64_t taken = 0;
  features->scan.tokens_count = TEXT_TOKENS_MAX;
  for (uint64_t i = 0; i < 100; i++) {
    const struct shadow_decision decision = {.prefix = 1, .count = i};
    taken += shadow_port_decision(port, &decision, features);
  }
  assert_true(taken > 10 && taken < 100);
  assert_int_equal(shadow_port_dropped(port), 100 - taken);
  while (shadow_port_drain(port, &takers, &seen) > 0)
    continue;
  assert_int_equal(seen.decisions, taken);
  free(features);
  shadow_port_destroy(port);
}

/* ---- outcomes ---- */

static const struct shadow_scored scored = {
    .prefix = 5, .count = 9, .tier = 1, .base = 1, .candidate = 0, .good = {0.4f, 0.8f, 1}};

static void assert_judged(uint32_t base, uint32_t candidate, struct outcome outcome,
                          double base_wanted, double candidate_wanted, bool doubtful_wanted) {
  struct shadow_scored both = scored;
  double base_low, candidate_low;
  bool doubtful;
  both.base = base;
  both.candidate = candidate;
  outcome_judge(&both, outcome, &base_low, &candidate_low, &doubtful);
  assert_true(fabs(base_low - base_wanted) < 1e-6);
  assert_true(fabs(candidate_low - candidate_wanted) < 1e-6);
  assert_int_equal(doubtful, doubtful_wanted);
}

static void outcomes_judge_tiers(void **state) {
  (void)state;
  /* The tier needed is known: nothing is doubtful. */
  assert_judged(0, 1, (struct outcome){OUTCOME_NEEDED, 1}, 1, 0, false);
  assert_judged(2, 0, (struct outcome){OUTCOME_NEEDED, 0}, 0, 0, false);
  /* Tier 1 did, and so would tier 2; tier 0 would have with 0.4 of 0.8. */
  assert_judged(1, 2, (struct outcome){OUTCOME_DID, 1}, 0, 0, false);
  assert_judged(1, 0, (struct outcome){OUTCOME_DID, 1}, 0, 0.5, true);
  /* Tier 0 failed, which tier 1 does in 0.2 of the 0.6; the top tier never. */
  assert_judged(0, 0, (struct outcome){OUTCOME_FAILED, 0}, 1, 1, false);
  assert_judged(0, 1, (struct outcome){OUTCOME_FAILED, 0}, 1, 1.0 / 3, true);
  assert_judged(1, 2, (struct outcome){OUTCOME_FAILED, 1}, 1, 0, true);
}

static void assert_tested(uint32_t base, uint32_t candidate, struct outcome outcome,
                          bool tested_wanted, double base_wanted, double candidate_wanted) {
  struct shadow_scored both = scored;
  double base_low = 0, candidate_low = 0;
  both.base = base;
  both.candidate = candidate;
  assert_int_equal(outcome_tests(&both, outcome, &base_low, &candidate_low), tested_wanted);
  assert_true(fabs(base_low - base_wanted) < 1e-9);
  assert_true(fabs(candidate_low - candidate_wanted) < 1e-9);
}

/* Good or bad, an outcome tests or it does not. */
static void outcomes_test_what_differs(void **state) {
  (void)state;
  assert_tested(2, 0, (struct outcome){OUTCOME_NEEDED, 1}, true, 0, 1);
  assert_tested(2, 0, (struct outcome){OUTCOME_NEEDED, 0}, true, 0, 0);
  assert_tested(0, 1, (struct outcome){OUTCOME_NEEDED, 1}, true, 1, 0);
  assert_tested(1, 1, (struct outcome){OUTCOME_NEEDED, 2}, false, 0, 0);
  /* The candidate's cheaper tier was tried, and then the running model's. */
  assert_tested(1, 0, (struct outcome){OUTCOME_DID, 0}, true, 0, 0);
  assert_tested(1, 0, (struct outcome){OUTCOME_FAILED, 0}, true, 0, 1);
  assert_tested(1, 0, (struct outcome){OUTCOME_DID, 1}, false, 0, 0);
  assert_tested(1, 0, (struct outcome){OUTCOME_FAILED, 1}, false, 0, 0);
  /* Of dearer choices a trial of either says too little. */
  assert_tested(0, 1, (struct outcome){OUTCOME_DID, 1}, false, 0, 0);
  assert_tested(0, 1, (struct outcome){OUTCOME_FAILED, 0}, false, 0, 0);
  assert_tested(1, 0, (struct outcome){OUTCOME_NOTHING, 0}, false, 0, 0);
}

static struct shadow_feedback nothing(void) {
  return (struct shadow_feedback){
      .prefix = 5, .count = 9, .score = NAN, .label = -1, .answered = -1, .escalated = -1};
}

static void reports_replace_each_other(void **state) {
  (void)state;
  struct shadow_outcomes *outcomes = outcomes_create(1);
  struct gate_counts counts = {0};
  struct shadow_feedback said = nothing();
  assert_false(outcomes_report(outcomes, &said, &counts));
  outcomes_put(outcomes, &scored);
  assert_true(outcomes_report(outcomes, &said, &counts)); /* it says nothing */
  assert_int_equal(counts.judged + counts.doubtful, 0);
  said.score = 0.9f;
  outcomes_report(outcomes, &said, &counts);
  assert_int_equal(counts.doubtful, 1);
  assert_int_equal(counts.under.count, 1);
  said.score = 0.1f;
  outcomes_report(outcomes, &said, &counts);
  assert_int_equal(counts.doubtful, 0);
  assert_int_equal(counts.judged, 1);
  assert_int_equal(counts.failed_base, 1);
  assert_int_equal(counts.failed_candidate, 1);
  said = nothing();
  said.label = 1;
  outcomes_report(outcomes, &said, &counts);
  assert_int_equal(counts.judged, 1);
  assert_int_equal(counts.failed_base, 0);
  assert_int_equal(counts.under.count, 1);
  assert_true(fabs(counts.under.base) < 1e-9 && fabs(counts.under.candidate - 1) < 1e-9);
  /* A label tests, and once: the next takes its place. */
  assert_int_equal(gate_tested(&counts), 1);
  said.label = 0;
  outcomes_report(outcomes, &said, &counts);
  assert_int_equal(counts.tested[GATE_CHEAPER].count, 1);
  assert_true(fabs(counts.tested[GATE_CHEAPER].candidate) < 1e-9);
  /* An escalation is of the tier taken, whoever answered then. */
  outcomes_put(outcomes, &scored);
  said = nothing();
  said.escalated = 1;
  said.answered = 2;
  said.score = 1;
  counts = (struct gate_counts){0};
  outcomes_report(outcomes, &said, &counts);
  assert_int_equal(counts.failed_base, 1);
  said.count++;
  assert_false(outcomes_report(outcomes, &said, &counts));
  outcomes_destroy(outcomes);
}

/* Each loop has its share, however busy another is. */
static void loops_do_not_push_each_other_out(void **state) {
  (void)state;
  enum { LOOPS = 3, SHARE = OUTCOMES_MAX / LOOPS };
  struct shadow_outcomes *outcomes = outcomes_create(LOOPS);
  struct gate_counts counts = {0};
  struct shadow_scored one = scored;
  struct shadow_feedback said = nothing();
  said.label = 0;
  for (one.prefix = 1; one.prefix <= LOOPS; one.prefix++)
    for (one.count = 0; one.count < SHARE * one.prefix; one.count++)
      outcomes_put(outcomes, &one);
  for (said.prefix = 1; said.prefix <= LOOPS; said.prefix++) {
    const uint64_t end = SHARE * said.prefix;
    for (said.count = end - SHARE; said.count < end; said.count++)
      assert_true(outcomes_report(outcomes, &said, &counts));
    if (said.prefix > 1) {
      said.count = end - SHARE - 1;
      assert_false(outcomes_report(outcomes, &said, &counts));
    }
  }
  assert_int_equal(counts.judged, LOOPS * SHARE);
  /* A fourth loop has no place, and is no harm. */
  one.prefix = said.prefix = LOOPS + 1;
  outcomes_put(outcomes, &one);
  assert_false(outcomes_report(outcomes, &said, &counts));
  outcomes_clear(outcomes);
  said.prefix = 1;
  said.count = SHARE - 1;
  assert_false(outcomes_report(outcomes, &said, &counts));
  outcomes_destroy(outcomes);
}

/* ---- the record ---- */

static struct promotion_record sample(void) {
  struct promotion_record record = {.promoted = {"aa01", "bb02"},
                                    .previous = {"cc03", "dd04"},
                                    .over = "ee05",
                                    .status = PROMOTION_RUNNING,
                                    .candidate = {"ff06", "0123"},
                                    .base = "aa01",
                                    .path = "/tmp/with blank/new.tier",
                                    .started_s = 1795000000,
                                    .looks = 3};
  record.counts.decisions = 12345;
  record.counts.dropped = 6;
  gate_pair_add(&record.counts.under, 1.0 / 3, 0.7);
  gate_pair_add(&record.counts.tested[GATE_CHEAPER], 0, 1);
  gate_pair_add(&record.counts.tested[GATE_DEARER], 1, 0);
  gate_cost_add(&record.counts.cost, 123456789, 3, 987654321);
  return record;
}

static char *print(const struct promotion_record *record) {
  char *text;
  size_t len;
  FILE *out = open_memstream(&text, &len);
  promotion_record_print(record, out);
  fclose(out);
  return text;
}

static void a_record_comes_back_as_it_was(void **state) {
  struct place *place = *state;
  const struct promotion_record record = sample();
  struct promotion_record *back = malloc(sizeof *back);
  assert_true(promotion_record_load(place->path, back, place->why, sizeof place->why));
  assert_int_equal(back->status, PROMOTION_NONE);
  assert_true(promotion_record_save(place->path, &record, place->why, sizeof place->why));
  assert_true(promotion_record_load(place->path, back, place->why, sizeof place->why));
  char *before = print(&record), *after = print(back);
  assert_string_equal(before, after);
  assert_memory_equal(&record.counts, &back->counts, sizeof record.counts);
  free(before);
  free(after);
  free(back);
}

/* Whatever is cut off or changed is noticed or harmless; sanitizers watch. */
static void damaged_records_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",
      "tierd-promotion 2\nend\n",
      "tierd-promotion 1\n",
      "tierd-promotion 1\nend",
      "tierd-promotion 1\nstatus sleeping\nend\n",
      "tierd-promotion 1\nstatus running\nend\n", /* of which candidate? */
      "tierd-promotion 1\nlooks 1\nlooks 1\nend\n",
      "tierd-promotion 1\nlooks -1\nend\n",
      "tierd-promotion 1\nlooks 1x\nend\n",
      "tierd-promotion 1\nlooks 99999999999999999999\nend\n",
      "tierd-promotion 1\ncost-base nan\nend\n",
      "tierd-promotion 1\ncost-base 1e999\nend\n",
      "tierd-promotion 1\nsomething else\nend\n",
      "tierd-promotion 1\npromoted aa\nend\n", /* of which hash? */
      "tierd-promotion 1\npromoted ../../x\npromoted-hash aa\nover bb\nend\n",
      "tierd-promotion 1\npromoted 0123456789abcdef0\npromoted-hash aa\nover bb\nend\n",
  };
  struct promotion_record *record = malloc(sizeof *record);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char *text = strdup(bad[i]);
    assert_false(promotion_record_parse(text, record));
    free(text);
  }
  const struct promotion_record good = sample();
  char *whole = print(&good);
  for (size_t len = 0; len < strlen(whole); len++) {
    char *text = strndup(whole, len);
    assert_false(promotion_record_parse(text, record));
    free(text);
  }
  free(whole);
  free(record);
}

/* ---- model files ---- */

static void put_file(struct place *place, const char *name, const struct model_file *file) {
  if (!state_file_write(place->path, name, file->bytes, file->len, place->why, sizeof place->why))
    fail_msg("%s", place->why);
}

static bool exists(const struct place *place, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", place->path, name);
  return access(path, F_OK) == 0;
}

static void promote(struct place *place, const struct model_file *file, const char *over) {
  struct promotion_record record = {.status = PROMOTION_PROMOTED};
  struct model *model = model_file_parse(file, "m", place->why, sizeof place->why);
  assert_non_null(model);
  snprintf(record.promoted.version, sizeof record.promoted.version, "%s", model_version(model));
  memcpy(record.promoted.hash, file->hash, sizeof file->hash);
  snprintf(record.over, sizeof record.over, "%s", over);
  model_destroy(model);
  assert_true(promotion_record_save(place->path, &record, place->why, sizeof place->why));
}

/* Under whichever name a crash has left it; then it gets the right one. */
static void a_promoted_model_is_found_by_its_hash(void **state) {
  struct place *place = *state;
  static const char *const names[] = {PROMOTED_CURRENT, PROMOTED_CANDIDATE, PROMOTED_PREVIOUS};
  struct promotion_record *record = malloc(sizeof *record);
  struct promoted_choice choice;
  struct model_file file;
  struct model *model;
  assert_true(model_file_read_any(MODEL, &file, place->why, sizeof place->why));
  model = model_file_parse(&file, "m", place->why, sizeof place->why);
  promote(place, &file, model_version(model));
  for (size_t i = 0; i < 3; i++) {
    put_file(place, names[i], &file);
    assert_true(promoted_choose(place->path, &model, &choice, place->why, sizeof place->why));
    assert_true(choice.promoted);
    assert_true(promotion_record_load(place->path, record, place->why, sizeof place->why));
    promoted_tidy(place->path, record);
    assert_true(exists(place, PROMOTED_CURRENT));
    assert_false(exists(place, PROMOTED_CANDIDATE) || exists(place, PROMOTED_PREVIOUS));
    struct model_file cut = file;
    cut.len -= 2;
    put_file(place, PROMOTED_CURRENT, &cut);
    assert_false(promoted_choose(place->path, &model, &choice, place->why, sizeof place->why));
    assert_non_null(strstr(place->why, "gone or altered"));
  }
  promote(place, &file, "0123456789abcdef");
  assert_true(promoted_choose(place->path, &model, &choice, place->why, sizeof place->why));
  assert_false(choice.promoted);
  assert_string_equal(choice.set_aside, model_version(model));
  model_destroy(model);
  model_file_deinit(&file);
  free(record);
}

static void files_that_others_can_write_are_refused(void **state) {
  struct place *place = *state;
  struct model_file file;
  char path[128];
  assert_true(model_file_read_any(MODEL, &file, place->why, sizeof place->why));
  put_file(place, "m.tier", &file);
  model_file_deinit(&file);
  snprintf(path, sizeof path, "%s/m.tier", place->path);
  assert_true(model_file_read(path, &file, place->why, sizeof place->why));
  model_file_deinit(&file);
  chmod(path, 0620);
  assert_false(model_file_read(path, &file, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "chmod go-w"));
  chmod(path, 0600);
  assert_int_equal(truncate(path, (off_t)MODEL_FILE_BYTES_MAX + 1), 0);
  assert_false(model_file_read(path, &file, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "larger than"));
  assert_false(model_file_read("/dev/zero", &file, place->why, sizeof place->why));
  assert_false(model_file_read("/nowhere", &file, place->why, sizeof place->why));
  unlink(path);
  assert_int_equal(symlink(MODEL, path), 0);
  assert_false(model_file_read_state(place->path, "m.tier", &file, place->why, sizeof place->why));
  model_file_deinit(&file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_come_out_as_they_went_in),
      cmocka_unit_test(a_full_queue_drops_and_counts),
      cmocka_unit_test(outcomes_judge_tiers),
      cmocka_unit_test(outcomes_test_what_differs),
      cmocka_unit_test(reports_replace_each_other),
      cmocka_unit_test(loops_do_not_push_each_other_out),
      cmocka_unit_test_setup_teardown(a_record_comes_back_as_it_was, place_make, place_remove),
      cmocka_unit_test(damaged_records_are_refused),
      cmocka_unit_test_setup_teardown(a_promoted_model_is_found_by_its_hash, place_make,
                                      place_remove),
      cmocka_unit_test_setup_teardown(files_that_others_can_write_are_refused, place_make,
                                      place_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
