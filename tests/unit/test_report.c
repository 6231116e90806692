/* test_report.c - the arithmetic of tierctl report, on figures worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ctl/report/bill.h"
#include "daemon/ctl/report/groups.h"
#include "daemon/ctl/report/projection.h"
#include "daemon/ctl/report/prompts.h"
#include "daemon/ctl/report/quality.h"
#include "daemon/ctl/report/summary.h"
#include "daemon/ctl/report/tallies.h"
#include "daemon/ctl/report/waste.h"

#define USD NANO_PER_USD
/* A thousandth of a dollar. */
#define MILLI (NANO_PER_USD / 1000)

/* The article's example: a system prompt of 2,000 tokens, sent 100,000 times a day to a
 * model at 3 USD a million input tokens.
 *
 *   tokens a day   2,000 x 100,000                = 200,000,000
 *   paid           200 million x 3 USD a million  = 600 USD a day
 *   in the cache   200 million x 0.3 USD          =  60 USD a day
 *   saved          600 - 60                       = 540 USD a day, less the writes
 *
 * Over 30 days that is 18,000 USD paid and 16,200 USD saved; the "roughly $500/month"
 * that the article prints is rather a day's figure. With 1.16 requests a second the
 * entry, which lives for 5 minutes after each use, never dies: it is written once, and
 * that one prompt costs 2,000 x 3.75 USD a million = 0.0075 USD instead of being read
 * for 0.0006 USD. */
static void a_system_prompt_sent_a_hundred_thousand_times(void **state) {
  (void)state;
  const struct waste_prompt prompt = {.requests = 100000,
                                      .tokens = UINT64_C(2000) * 100000,
                                      .seconds = 86400,
                                      .input = 3 * USD,
                                      .read = 300 * MILLI,
                                      .write = 3750 * MILLI,
                                      .lifetime_s = 300};
  const struct waste_caching caching = waste_caching_of(&prompt);
  assert_int_equal(caching.paid, 600 * USD);
  assert_int_equal(caching.writes, 75 * USD / 10000);
  assert_int_equal(caching.reads, 60 * USD - 6 * USD / 10000);
  assert_int_equal(caching.saved, 540 * USD - 69 * USD / 10000);
  assert_int_equal(caching.saved * 30 / USD, 16199); /* a month; 16,200 less the writes */
}

/* Every gap of an hour outlives a cache of five minutes, so each call would write. */
static void a_rare_prompt_is_not_worth_caching(void **state) {
  (void)state;
  struct waste_prompt prompt = {.requests = 100,
                                .tokens = 200000,
                                .seconds = 99 * 3600.0 * 24,
                                .input = 3 * USD,
                                .read = 300 * MILLI,
                                .write = 3750 * MILLI,
                                .lifetime_s = 300};
  assert_true(waste_caching_of(&prompt).saved < 0);
  prompt.read = MONEY_UNKNOWN;
  assert_int_equal(waste_caching_of(&prompt).saved, MONEY_UNKNOWN);
  prompt.requests = 0;
  assert_int_equal(waste_caching_of(&prompt).saved, 0);
}

/* A call in which nothing is known. */
static struct report_line blank(void) {
  struct report_line line = {.model = "small",
                             .baseline_model = "large",
                             .low = MONEY_UNKNOWN,
                             .high = MONEY_UNKNOWN,
                             .baseline = MONEY_UNKNOWN,
                             .rate_input = MONEY_UNKNOWN,
                             .rate_output = MONEY_UNKNOWN,
                             .input_cost = MONEY_UNKNOWN,
                             .batch_saving = MONEY_UNKNOWN};
  line.input_tokens = line.cached_tokens = line.output_p50 = line.output_p90 = (double)NAN;
  line.system_tokens = line.context_tokens = line.question_tokens = (double)NAN;
  line.messages = line.redundancy = (double)NAN;
  for (size_t i = 0; i < STEPS_COUNT; i++)
    line.steps[i] = MONEY_UNKNOWN;
  return line;
}

static void context_beyond_twenty_times_the_question(void **state) {
  (void)state;
  struct report_line line = blank();
  assert_int_equal(waste_context(&line), 0);
  line.rate_input = 3 * USD;
  line.question_tokens = 10;
  line.context_tokens = 2000;
  assert_int_equal(waste_context(&line), 0);
  line.context_tokens = 3000; /* 1,000 tokens beyond 2,000, at 3 USD a million */
  assert_int_equal(waste_context(&line), 3 * MILLI);
  line.question_tokens = 125; /* 20 x 125 = 2,500 are needed */
  assert_int_equal(waste_context(&line), 3 * MILLI / 2);
  line.rate_input = MONEY_UNKNOWN;
  assert_int_equal(waste_context(&line), MONEY_UNKNOWN);
}

static void verbose_prompts_from_three_tenths_on(void **state) {
  (void)state;
  struct report_line line = blank();
  line.input_tokens = 1000;
  line.input_cost = 4 * MILLI;
  line.redundancy = 0.29;
  assert_int_equal(waste_verbose(&line), 0);
  line.redundancy = 0.5;
  assert_int_equal(waste_verbose(&line), 2 * MILLI);
  line.input_tokens = 499;
  assert_int_equal(waste_verbose(&line), 0);
}

static struct join_feedback silence(void) {
  const double none = (double)NAN;
  return (struct join_feedback){.score = none,
                                .input_tokens = none,
                                .output_tokens = none,
                                .cost_usd = none,
                                .cached_tokens = none,
                                .cache_write_tokens = none};
}

static void output_past_p90(void **state) {
  (void)state;
  struct report_line line = blank();
  struct join_feedback feedback = silence();
  line.output_p90 = 400;
  line.rate_output = 10 * USD;
  assert_int_equal(waste_output(&line, NULL), 0);
  assert_int_equal(waste_output(&line, &feedback), 0);
  feedback.output_tokens = 400;
  assert_int_equal(waste_output(&line, &feedback), 0);
  feedback.output_tokens = 500; /* 100 tokens at 10 USD a million */
  assert_int_equal(waste_output(&line, &feedback), MILLI);
}

static void only_single_calls_could_wait(void **state) {
  (void)state;
  struct report_line line = blank();
  line.messages = 2;
  assert_int_equal(waste_batch(&line), 0); /* no batch price */
  line.batch_saving = 5 * MILLI;
  assert_int_equal(waste_batch(&line), 5 * MILLI);
  line.session = 7;
  assert_int_equal(waste_batch(&line), 0);
  line.session = 0;
  line.messages = 3;
  assert_int_equal(waste_batch(&line), 0);
  line.messages = 1;
  line.batch_asked = true;
  assert_int_equal(waste_batch(&line), 0);
}

static void retries_are_all_but_one(void **state) {
  (void)state;
  struct report_line line = blank();
  assert_int_equal(waste_retries(1, 9 * USD), 0);
  assert_int_equal(waste_retries(3, 9 * USD), 6 * USD);
  line.prompt = 5;
  line.messages = 1;
  assert_true(waste_retry_key(&line) == 0); /* people do ask the same */
  line.messages = 3;
  assert_true(waste_retry_key(&line) != 0);
  line.messages = 1;
  line.session = 8;
  assert_true(waste_retry_key(&line) != 0);
}

static struct report_line priced_line(void) {
  struct report_line line = blank();
  static const int64_t steps[STEPS_COUNT] = {100, 50, 40, 20, 10};
  memcpy(line.steps, steps, sizeof steps);
  line.baseline = 90;
  return line;
}

/* Twice the cost means that the call was twice as large, on every model. */
static void steps_are_scaled_to_what_was_told(void **state) {
  (void)state;
  const struct report_line line = priced_line();
  struct join_feedback feedback = silence();
  feedback.cost_usd = 20e-9;
  const struct report_bill bill = report_bill_of(&line, &feedback, NULL);
  assert_int_equal(bill.source, BILL_TOLD);
  assert_true(bill.compared);
  assert_int_equal(bill.steps[STEP_TOP], 200);
  assert_int_equal(bill.steps[STEP_BATCHED], 40);
  assert_int_equal(bill.steps[STEP_LIMITED], 20);
}

static void a_second_call_is_paid_for_as_well(void **state) {
  (void)state;
  const struct report_line line = priced_line();
  struct join_feedback feedback = silence();
  feedback.model = "large";
  struct report_bill bill = report_bill_of(&line, &feedback, NULL);
  assert_int_equal(bill.spent, 10);
  assert_int_equal(bill.extra, 90); /* what the top model was expected to cost */
  assert_int_equal(bill.extra_source, BILL_ESTIMATED);
  feedback.model = "elsewhere";
  bill = report_bill_of(&line, &feedback, NULL);
  assert_int_equal(bill.extra, MONEY_UNKNOWN);
  assert_int_equal(bill.extra_source, BILL_UNKNOWN);
  feedback.cost_usd = 70e-9;
  bill = report_bill_of(&line, &feedback, NULL);
  assert_int_equal(bill.extra, 70);
  assert_int_equal(bill.extra_source, BILL_TOLD);
}

static void an_unknown_cost_is_not_nothing(void **state) {
  (void)state;
  struct report_line line = blank();
  struct report_bill bill = report_bill_of(&line, NULL, NULL);
  assert_int_equal(bill.source, BILL_UNKNOWN);
  assert_int_equal(bill.spent, MONEY_UNKNOWN);
  assert_false(bill.compared);
  line = priced_line();
  line.steps[STEP_TOP] = MONEY_UNKNOWN;
  bill = report_bill_of(&line, NULL, NULL);
  assert_int_equal(bill.spent, 10);
  assert_false(bill.compared);
}

/* 350 USD of tokens a month at 35 per cent are a bill of 1,000 USD. */
static void the_full_bill_by_the_split(void **state) {
  (void)state;
  struct projection_split split = projection_split_default();
  struct projection bill = projection_of(350 * USD, &split);
  assert_int_equal(bill.total, 1000 * USD);
  assert_int_equal(bill.part[PROJECTION_INFRASTRUCTURE], 225 * USD);
  assert_int_equal(bill.part[PROJECTION_EVALUATION], 175 * USD);
  assert_int_equal(bill.part[PROJECTION_GUARDRAILS], 125 * USD);
  assert_int_equal(bill.part[PROJECTION_OTHER], 125 * USD);
  assert_int_equal(bill.low, 875 * USD);   /* at 40 per cent */
  assert_int_equal(bill.high / USD, 1166); /* at 30 */
  assert_int_equal(projection_of(MONEY_UNKNOWN, &split).total, MONEY_UNKNOWN);
  split.share[PROJECTION_EVALUATION] = 0.5;
  assert_false(projection_split_finish(&split));
}

static void times_in_every_form(void **state) {
  (void)state;
  int64_t s;
  assert_true(report_time_parse("1970-01-02", &s) && s == 86400);
  assert_true(report_time_parse("1970-01-01T00:01Z", &s) && s == 60);
  assert_true(report_time_parse("1970-01-01T00:01:05Z", &s) && s == 65);
  assert_true(report_time_parse("1970-01-01T00:01:05.999Z", &s) && s == 65);
  assert_true(report_time_parse("1772323200", &s) && s == 1772323200);
  static const char *const bad[] = {"",
                                    "noon",
                                    "1970-01-01T00:01:05",
                                    "1970-01-01T00:01:05.Z",
                                    "1970-01-01T00:01:05.9xZ",
                                    "-1",
                                    "1970-13-01",
                                    "1970-01-01T00:01:99Z",
                                    "999999999999999",
                                    "1970-01-01T00:01:05.99999999999999999999999999Z"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_false(report_time_parse(bad[i], &s));
}

/* A hundred times more keys than fit: the sample's sum, scaled, is near the true one,
 * and the same whichever way round the keys came. */
static int64_t sampled_sum(bool backwards, uint64_t *scale) {
  struct groups groups;
  struct group_view at;
  int64_t sum = 0;
  assert_true(groups_init(&groups, 1, 1000));
  for (uint64_t i = 0; i < 100000; i++) {
    const uint64_t key = groups_key(backwards ? 99999 - i : i, 5);
    if (groups_add(&groups, key, &at) == GROUPS_ADDED)
      at.values[0] += 3;
  }
  for (size_t i = 0; i < groups.count; i++)
    sum += groups_at(&groups, i).values[0];
  *scale = groups_scale(&groups);
  groups_deinit(&groups);
  return sum;
}

static void groups_keep_a_fair_sample(void **state) {
  (void)state;
  uint64_t scale, again;
  const int64_t sum = sampled_sum(false, &scale);
  assert_int_equal(sampled_sum(true, &again), sum);
  assert_int_equal(again, scale);
  assert_true(scale >= 128);
  assert_in_range((uint64_t)sum * scale, 255000, 345000);
}

static void groups_are_exact_while_they_fit(void **state) {
  (void)state;
  struct groups groups;
  struct group_view at;
  assert_true(groups_init(&groups, 2, 1000));
  for (uint64_t i = 0; i < 3000; i++) {
    assert_int_equal(groups_add(&groups, groups_key(i % 1000, 0), &at), GROUPS_ADDED);
    at.values[1] += 1;
  }
  assert_int_equal(groups.count, 1000);
  assert_int_equal(groups_scale(&groups), 1);
  for (size_t i = 0; i < groups.count; i++) {
    assert_int_equal(groups_at(&groups, i).count, 3);
    assert_int_equal(groups_at(&groups, i).values[1], 3);
  }
  groups_deinit(&groups);
}

/* Twenty times more system prompts than are held, each sent ten times: all of the calls are
 * counted, not just those of the sample. */
static void prompts_beyond_the_bound_are_scaled(void **state) {
  (void)state;
  const struct report_options options = {.keys_max = 8000, .month_days = 30};
  const struct join_counts counts = {0};
  struct report_summary summary;
  struct report_totals *totals = totals_create(&options, NULL);
  assert_non_null(totals);
  for (uint64_t i = 0; i < 200000; i++) {
    const struct report_line line = {
        .model = "m", .system = 1 + i % 20000, .system_tokens = 2000, .time_s = (int64_t)i};
    assert_true(prompts_add(totals, &line, NULL));
  }
  assert_true(groups_scale(&totals->prompts) > 1);
  report_summary_of(totals, &counts, &summary);
  assert_in_range(summary.waste[WASTE_CACHING].lines, 170000, 230000);
  assert_int_equal(summary.waste[WASTE_CACHING].unpriced, summary.waste[WASTE_CACHING].lines);
  totals_destroy(totals);
}

static void names_beyond_the_bound_are_the_rest(void **state) {
  (void)state;
  struct tallies tallies = {0};
  char name[400];
  for (int i = 0; i < TALLIES_MAX + 10; i++) {
    snprintf(name, sizeof name, "n%d", i);
    tally_call(tallies_find(&tallies, name), i % 2, i % 2 == 1);
  }
  assert_int_equal(tallies.count, TALLIES_MAX);
  assert_int_equal(tallies.rest.lines, 10);
  assert_int_equal(tallies.rest.unknown, 5);
  assert_int_equal(tallies.rest.spent, 5);
  assert_int_equal(tally_spent(&tallies.list[0]), MONEY_UNKNOWN);
  assert_int_equal(tally_spent(&tallies.list[1]), 1);
  tallies_deinit(&tallies);
  /* A name too long to keep is found again by its beginning. */
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  tally_call(tallies_find(&tallies, name), 1, true);
  tally_call(tallies_find(&tallies, name), 1, true);
  assert_int_equal(tallies.count, 1);
  tallies_deinit(&tallies);
}

/* A decision that could have gone up: explored went to "large" instead of "small". */
static void add_close(struct quality *quality, bool explored, double propensity, double score) {
  char text[512], why[MEMBER_WHY_MAX];
  struct join_line line;
  struct join_feedback feedback = {.score = score};
  snprintf(text, sizeof text,
           "{\"type\":\"decision\",\"id\":\"a\",\"model\":\"m\",\"tier\":\"%s\",\"propensity\":%g,"
           "\"probabilities\":{\"small\":0.5,\"large\":1},"
           "\"close\":{\"tier\":\"%s\",\"explored\":%s}}",
           explored ? "large" : "small", propensity, explored ? "small" : "large",
           explored ? "true" : "false");
  join_line_parse(span_make(text, strlen(text)), &line, why);
  assert_int_equal(line.kind, JOIN_DECISION);
  quality_add(quality, &line, &feedback);
  join_line_release(&line);
}

/* Three decisions kept small with 0.8, scores 1, 0.5 and 0; two explored with 0.2, scores 1
 * and 0.9. Kept: (1 + 0.5 + 0) / 3; moved: 1.9 / 2. With 0.5 in place of 0.8 for the last,
 * its weight is 2 beside 1.25: 1.875 / 4.5, worth 4.5^2 / (2 x 1.25^2 + 4) rows. */
static void quality_by_inverse_propensity(void **state) {
  struct quality quality = {0};
  (void)state;
  add_close(&quality, false, 0.8, 1);
  add_close(&quality, false, 0.8, 0.5);
  add_close(&quality, false, 0.5, 0);
  add_close(&quality, true, 0.2, 1);
  add_close(&quality, true, 0.2, 0.9);
  assert_int_equal(quality.explored, 2);
  assert_int_equal(quality.of[QUALITY_POLICY].rows, 3);
  assert_int_equal(quality.of[QUALITY_UP_KEPT].rows, 3);
  assert_int_equal(quality.of[QUALITY_UP_MOVED].rows, 2);
  assert_int_equal(quality.of[QUALITY_DOWN_KEPT].rows + quality.of[QUALITY_DOWN_MOVED].rows, 0);
  assert_true(fabs(quality_value(&quality.of[QUALITY_UP_KEPT]) - 1.875 / 4.5) < 1e-6);
  assert_true(fabs(quality_effective_rows(&quality.of[QUALITY_UP_KEPT]) - 20.25 / 7.125) < 1e-9);
  assert_true(fabs(quality_value(&quality.of[QUALITY_UP_MOVED]) - 0.95) < 1e-9);
  assert_true(isnan(quality_value(&quality.of[QUALITY_DOWN_KEPT])));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quality_by_inverse_propensity),
      cmocka_unit_test(a_system_prompt_sent_a_hundred_thousand_times),
      cmocka_unit_test(a_rare_prompt_is_not_worth_caching),
      cmocka_unit_test(context_beyond_twenty_times_the_question),
      cmocka_unit_test(verbose_prompts_from_three_tenths_on),
      cmocka_unit_test(output_past_p90),
      cmocka_unit_test(only_single_calls_could_wait),
      cmocka_unit_test(retries_are_all_but_one),
      cmocka_unit_test(steps_are_scaled_to_what_was_told),
      cmocka_unit_test(a_second_call_is_paid_for_as_well),
      cmocka_unit_test(an_unknown_cost_is_not_nothing),
      cmocka_unit_test(the_full_bill_by_the_split),
      cmocka_unit_test(times_in_every_form),
      cmocka_unit_test(groups_keep_a_fair_sample),
      cmocka_unit_test(groups_are_exact_while_they_fit),
      cmocka_unit_test(prompts_beyond_the_bound_are_scaled),
      cmocka_unit_test(names_beyond_the_bound_are_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
