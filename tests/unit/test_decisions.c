/* test_decisions.c - decisions, what they add up to, and how rankings compare.
 *
 * Judgements, qualities and rows are made by hand, so that every figure can be
 * worked out on paper; only the calibration table is the shipped model's.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/train/apgr.h"
#include "classifier/train/command_data.h"
#include "classifier/train/compare.h"
#include "classifier/train/decisions.h"
#include "classifier/train/diff.h"
#include "classifier/train/evaluate.h"

#define NEAR 1e-6

static const struct tier_map map = {
    .names = {"economy", "standard", "frontier"}, .costs = {1, 5, 20}, .tiers_count = 3};

static struct model *shipped(void) {
  struct model *model;
  struct model_error err;
  assert_int_equal(model_load(TIERD_SOURCE_DIR "/models/default.tier", &model, &err), MODEL_OK);
  return model;
}

/* The shipped model's costs are 1, 20 and 80: shares of 0.0125, 0.25 and 1. */
static void test_the_tier_that_is_worth_its_cost(void **state) {
  (void)state;
  struct model *model = shipped();
  struct judgement judgement = {.good = {0.25f, 0.5f, 1.0f}};
  struct decision_rule rule = {model, 0};
  assert_float_equal(model_cost_share(model, 0), 0.0125, 1e-9);
  assert_int_equal(decisions_tier(&rule, &judgement), 2); /* cost does not matter */
  rule.lambda = 0.6;                                      /* 0.2425, 0.35, 0.4 */
  assert_int_equal(decisions_tier(&rule, &judgement), 2);
  rule.lambda = 0.8; /* 0.24, 0.3, 0.2 */
  assert_int_equal(decisions_tier(&rule, &judgement), 1);
  rule.lambda = 1.2; /* 0.235, 0.2, -0.2 */
  assert_int_equal(decisions_tier(&rule, &judgement), 0);
  judgement.abstain = true;
  assert_int_equal(decisions_tier(&rule, &judgement), 2);
  model_destroy(model);
}

static void test_lambda_lies_between_the_points_of_the_table(void **state) {
  (void)state;
  struct model *model = shipped();
  const struct model_curve_point *points;
  size_t count = model_curve(model, &points);
  size_t steps = 0;
  for (size_t i = 1; i < count; i++) {
    assert_true(points[i].lambda <= points[i - 1].lambda);
    if (points[i].quality <= points[i - 1].quality)
      continue;
    double middle = (points[i].quality + points[i - 1].quality) / 2;
    double expected = (points[i].lambda + points[i - 1].lambda) / 2;
    assert_float_equal(model_lambda(model, middle), expected, 1e-9);
    steps++;
  }
  assert_true(steps > 3);
  assert_float_equal(model_lambda(model, 0), points[0].lambda, 1e-9);
  model_destroy(model);
}

static void test_tiers_must_be_the_maps(void **state) {
  (void)state;
  struct model *model = shipped();
  struct tier_map other = map;
  char why[512];
  assert_true(decisions_fit(model, &map, why, sizeof why));
  (void)snprintf(other.names[1], sizeof other.names[1], "middling");
  assert_false(decisions_fit(model, &other, why, sizeof why));
  assert_non_null(strstr(why, "economy, standard, frontier"));
  assert_non_null(strstr(why, "economy, middling, frontier"));
  other.tiers_count = 2;
  assert_false(decisions_fit(model, &other, why, sizeof why));
  model_destroy(model);
}

static void test_what_an_example_tells(void **state) {
  (void)state;
  const struct example seen_to_standard = {.quality = {0.2f, 0.8f, NAN}, .good = {0.3f, NAN, NAN}};
  assert_float_equal(example_good(&seen_to_standard, 3, 0), 0.3, NEAR);
  assert_float_equal(example_good(&seen_to_standard, 3, 1), 1, NEAR); /* the best seen */
  assert_float_equal(example_good(&seen_to_standard, 3, 2), 1, NEAR);
  const struct example gap = {.quality = {0.2f, NAN, 0.8f}, .good = {0.3f, NAN, NAN}};
  assert_true(isnan(example_good(&gap, 3, 1)));
  assert_float_equal(example_quality(&gap, 3, 1), 0.5, NEAR);
  assert_float_equal(example_quality(&seen_to_standard, 3, 2), 0.8, NEAR);
}

static void test_tally(void **state) {
  (void)state;
  struct tally tally = {0};
  const struct example a = {.quality = {0.5f, 0.75f, 1.0f}, .good = {0.25f, 0.5f, NAN}};
  const struct example b = {.quality = {0.5f, NAN, 1.0f}, .good = {0.0f, NAN, NAN}};
  tally_add(&tally, &a, &map, 0); /* 0.5 of 1, cost 1 of 20, 0.75 under-routed */
  tally_add(&tally, &b, &map, 1); /* 0.75 of 1, cost 5 of 20, nobody knows */
  tally_add(&tally, &a, &map, 2); /* 1 of 1, cost 20 of 20, not under-routed */
  assert_int_equal(tally.rows, 3);
  assert_int_equal(tally.tiers[0] * 100 + tally.tiers[1] * 10 + tally.tiers[2], 111);
  assert_float_equal(tally.quality, 2.25, NEAR);
  assert_float_equal(tally.quality_top, 3, NEAR);
  assert_float_equal(tally.cost, 26, NEAR);
  assert_float_equal(tally.cost_top, 60, NEAR);
  assert_float_equal(tally.under_routed, 0.75, NEAR);
  assert_int_equal(tally.under_known, 2);
}

static void test_length_counts_characters_of_all_turns(void **state) {
  (void)state;
  const struct turn turns[] = {{TURN_SYSTEM, true, span_of("abc")},
                               {TURN_USER, true, span_of("h\xC3\xA9 \xE6\xBC\xA2")}};
  const struct labelled_row row = {.conversation = {.turns = turns, .turns_count = 2}};
  assert_float_equal(decisions_length(&row), 7, 0);
}

static void test_gap_recovered(void **state) {
  (void)state;
  /* Gains of 1, 0, 1, 0 in this order: 0.5 + 1 + 1.5 + 2 of 2 * 4. */
  struct gap_row rows[] = {{0.1f, 0, 0, 1}, {0.2f, 1, 1, 1}, {0.3f, 2, 0, 1}, {0.4f, 3, 1, 1}};
  const uint32_t draws[] = {2, 1, 0, 1};
  assert_float_equal(gap_recovered(rows, 4, NULL, TIES_SHARED), 0.625, NEAR);
  /* The first row twice: 2 * 1 + 2 + 2 of 2 * 4. */
  assert_float_equal(gap_recovered(rows, 4, draws, TIES_SHARED), 0.75, NEAR);
  for (size_t i = 0; i < 4; i++)
    rows[i].margin = 0.1f;
  assert_float_equal(gap_recovered(rows, 4, NULL, TIES_SHARED), 0.5, NEAR);
  assert_float_equal(gap_recovered(rows, 4, NULL, TIES_IN_ORDER), 0.625, NEAR);
  rows[0].strong = rows[2].strong = 0;
  assert_true(isnan(gap_recovered(rows, 4, NULL, TIES_SHARED)));
  assert_true(isnan(gap_recovered(rows, 0, NULL, TIES_SHARED)));
}

/* Forty rows of one source; the odd ones need the top tier, the even ones do not. */
enum { ROWS = 40 };

struct sample {
  char *sources[1];
  struct example examples[ROWS];
  struct dataset dataset;
  struct labelled_row rows[ROWS];
  struct turn turns[ROWS];
  struct labelled_log log;
  struct judgement judged[ROWS];
  float right[ROWS], wrong[ROWS];
};

static void sample_init(struct sample *s) {
  static char name[] = "a.jsonl";
  *s = (struct sample){.sources = {name}};
  for (uint32_t i = 0; i < ROWS; i++) {
    bool hard = i % 2 == 1;
    float weak = hard ? 0.0f : 1.0f;
    s->examples[i] =
        (struct example){.row = i, .quality = {weak, weak, 1}, .good = {weak, weak, NAN}};
    s->turns[i] = (struct turn){TURN_USER, true, span_of(hard ? "long question" : "short")};
    s->rows[i] =
        (struct labelled_row){.id = "", .conversation = {.turns = &s->turns[i], .turns_count = 1}};
    s->right[i] = hard ? -1.0f : 1.0f;
    s->wrong[i] = -s->right[i];
    s->judged[i] = (struct judgement){.good = {1, 1, 1}, .margin = {s->wrong[i]}};
  }
  s->dataset = (struct dataset){.examples = s->examples,
                                .count = ROWS,
                                .tiers_count = 3,
                                .sources = s->sources,
                                .sources_count = 1};
  s->log = (struct labelled_log){.rows = s->rows, .rows_count = ROWS};
}

static void test_comparison(void **state) {
  (void)state;
  struct sample s;
  struct comparison comparison;
  sample_init(&s);
  float *right[] = {s.right, s.right};
  float *wrong[] = {s.wrong, s.wrong};
  /* The hard half first: 20 * 10 + 20 * 20 of 20 * 40; last: 20 * 10 of it. */
  assert_true(compare_rankings(&s.dataset, wrong, right, 1, &comparison));
  assert_int_equal(comparison.sources, 1);
  assert_float_equal(comparison.ours, 0.25, NEAR);
  assert_float_equal(comparison.theirs, 0.75, NEAR);
  assert_true(comparison.error > 0 && comparison.error < 0.2);
  assert_true(comparison_is_worse(&comparison));
  assert_true(compare_rankings(&s.dataset, right, wrong, 1, &comparison));
  assert_false(comparison_is_worse(&comparison));
  assert_true(compare_rankings(&s.dataset, right, right, 1, &comparison));
  assert_float_equal(comparison.error, 0, 0);
  assert_false(comparison_is_worse(&comparison));
}

static void test_comparison_needs_rows_of_both(void **state) {
  (void)state;
  struct sample s;
  struct comparison comparison;
  sample_init(&s);
  float *right[] = {s.right, s.right};
  float *wrong[] = {s.wrong, s.wrong};
  for (size_t i = APGR_ROWS_MIN - 1; i < ROWS; i++)
    s.wrong[i] = NAN;
  assert_true(compare_rankings(&s.dataset, wrong, right, 1, &comparison));
  assert_int_equal(comparison.sources, 0);
  assert_false(comparison_is_worse(&comparison));
}

static void test_worse_is_more_than_the_standard_error(void **state) {
  (void)state;
  assert_true(comparison_is_worse(&(struct comparison){1, 0.50, 0.52, 0.01}));
  assert_false(comparison_is_worse(&(struct comparison){1, 0.50, 0.52, 0.03}));
  assert_false(comparison_is_worse(&(struct comparison){1, 0.52, 0.50, 0.01}));
  assert_false(comparison_is_worse(&(struct comparison){1, 0.5000, 0.5004, 0}));
  assert_false(comparison_is_worse(&(struct comparison){0, 0, 0.5, 0}));
}

static void test_small_sources_do_not_enter_the_mean(void **state) {
  (void)state;
  struct sample s;
  struct evaluation of[2];
  struct model *model = shipped();
  sample_init(&s);
  s.dataset.count = APGR_ROWS_MIN - 1;
  assert_true(evaluate(&s.dataset, &s.log, &map, model, s.judged, of));
  assert_true(!isnan(of[0].apgr));
  assert_true(isnan(of[1].apgr));
  assert_true(isnan(of[1].apgr_length));
  model_destroy(model);
}

static void test_evaluation(void **state) {
  (void)state;
  struct sample s;
  struct evaluation of[2];
  struct model *model = shipped();
  sample_init(&s);
  s.judged[1].abstain = true;
  assert_true(evaluate(&s.dataset, &s.log, &map, model, s.judged, of));
  assert_string_equal(of[0].source, "a.jsonl");
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(of[i].rows, ROWS);
    assert_int_equal(of[i].abstained, 1);
    assert_float_equal(of[i].apgr, 0.25, NEAR);
    assert_float_equal(of[i].apgr_length, 0.75, NEAR); /* the hard ones are the longer */
    assert_float_equal(of[i].ece[0], 0.5, NEAR);       /* sure of all, right on half */
    assert_float_equal(of[i].policies[0].quality, 20, NEAR);
    assert_float_equal(of[i].policies[1].cost, 40 * 20, NEAR);
    /* Sure of the cheapest everywhere, but for the one row that is sent up. */
    const struct tally *model_at_90 = &of[i].policies[2];
    assert_int_equal(model_at_90->tiers[0], 39);
    assert_int_equal(model_at_90->tiers[2], 1);
    assert_float_equal(model_at_90->quality, 21, NEAR);
    assert_float_equal(model_at_90->under_routed, 19, NEAR);
    assert_float_equal(model_at_90->cost, 39 + 20, NEAR);
  }
  assert_null(of[1].source);
  model_destroy(model);
}

/* At this lambda the samples' tiers are those whose probability is near 0.8. */
static bool measure(const struct sample *s, const struct judgement *after, uint64_t seed,
                    struct diff *out) {
  struct model *model = shipped();
  const struct judgement *const judged[2] = {s->judged, after};
  const struct decision_rule rules[2] = {{model, 0.6}, {model, 0.6}};
  bool ok = diff_measure(&s->dataset, &s->log, &map, judged, rules, seed, out);
  model_destroy(model);
  return ok;
}

static void test_diff(void **state) {
  (void)state;
  struct sample s;
  struct judgement after[ROWS];
  struct diff diff, again;
  sample_init(&s);
  memcpy(after, s.judged, sizeof after);
  after[3] = (struct judgement){.good = {0.25f, 0.5f, 1}};  /* to the top: right */
  after[4] = (struct judgement){.good = {0.5f, 0.875f, 1}}; /* to standard: dearer alone */
  after[5] = (struct judgement){.good = {0.875f, 1, 1}};    /* moved but not decided anew */
  assert_true(measure(&s, after, 7, &diff));
  assert_int_equal(diff.rows, ROWS);
  assert_int_equal(diff.changed, 2);
  assert_int_equal(diff.matrix[0][0], 38);
  assert_int_equal(diff.matrix[0][1], 1);
  assert_int_equal(diff.matrix[0][2], 1);
  assert_float_equal(diff.cost_before, 40.0 / 800, NEAR);
  assert_float_equal(diff.cost_after, (38.0 + 5 + 20) / 800, NEAR);
  assert_int_equal(diff.known, ROWS);
  assert_float_equal(diff.quality_before, 0.5, NEAR);
  assert_float_equal(diff.quality_after, 21.0 / 40, NEAR);
  /* One row in forty gains 1: a replicate draws it 0 to 3 times, rarely more. */
  assert_float_equal(diff.change_low, 0, NEAR);
  assert_true(diff.change_high >= 2.0 / 40 && diff.change_high <= 4.0 / 40);
  assert_int_equal(diff.most_count, 3);
  assert_int_equal(diff.most[0].row, 3);
  assert_int_equal(diff.most[0].tier, 0);
  assert_int_equal(diff.most[0].chosen_after, 2);
  assert_int_equal(diff.most[1].row, 4);
  assert_int_equal(diff.most[2].row, 5);
  assert_true(measure(&s, after, 7, &again));
  assert_float_equal(again.change_high, diff.change_high, 0);
}

static void test_diff_keeps_the_ten_widest_moves(void **state) {
  (void)state;
  struct sample s;
  struct judgement after[ROWS];
  struct diff diff;
  sample_init(&s);
  memcpy(after, s.judged, sizeof after);
  for (size_t i = 0; i < ROWS; i++)
    after[i].good[0] = 1.0f - (float)(i % 20) / 64; /* two rows of each move */
  assert_true(measure(&s, after, 1, &diff));
  assert_int_equal(diff.most_count, DIFF_MOST);
  for (size_t i = 0; i < DIFF_MOST; i++)
    assert_int_equal(diff.most[i].row, 19 - i / 2 + (i % 2) * 20);
}

static void test_diff_without_labels(void **state) {
  (void)state;
  struct sample s;
  struct diff diff;
  sample_init(&s);
  s.dataset.count = 0;
  assert_true(measure(&s, s.judged, 1, &diff));
  assert_int_equal(diff.known, 0);
  assert_true(isnan(diff.quality_before));
  assert_int_equal(diff.changed, 0);
  assert_int_equal(diff.most_count, 0);
}

static void assert_shown(const char *text, size_t characters, size_t size, const char *expected) {
  char out[64];
  assert_true(size <= sizeof out);
  command_show(out, size, span_of(text), characters);
  assert_string_equal(out, expected);
}

static void test_text_is_made_safe_and_cut(void **state) {
  (void)state;
  assert_shown("plain", 60, 64, "plain");
  assert_shown("a\nb\x1b[31m", 60, 64, "a b?[31m");
  assert_shown("\xC2\x9B"
               "2J\xFF",
               60, 64, "?2J?");
  assert_shown("\xC3\xA9\xC3\xA9\xC3\xA9", 2, 64, "\xC3\xA9\xC3\xA9...");
  assert_shown("\xC3\xA9\xC3\xA9", 2, 64, "\xC3\xA9\xC3\xA9");
  assert_shown("0123456789", 60, 8, "0123...");
  assert_shown("", 60, 64, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_tier_that_is_worth_its_cost),
      cmocka_unit_test(test_lambda_lies_between_the_points_of_the_table),
      cmocka_unit_test(test_tiers_must_be_the_maps),
      cmocka_unit_test(test_what_an_example_tells),
      cmocka_unit_test(test_tally),
      cmocka_unit_test(test_length_counts_characters_of_all_turns),
      cmocka_unit_test(test_gap_recovered),
      cmocka_unit_test(test_comparison),
      cmocka_unit_test(test_comparison_needs_rows_of_both),
      cmocka_unit_test(test_worse_is_more_than_the_standard_error),
      cmocka_unit_test(test_small_sources_do_not_enter_the_mean),
      cmocka_unit_test(test_evaluation),
      cmocka_unit_test(test_diff),
      cmocka_unit_test(test_diff_keeps_the_ten_widest_moves),
      cmocka_unit_test(test_diff_without_labels),
      cmocka_unit_test(test_text_is_made_safe_and_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
