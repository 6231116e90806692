/* test_budget.c - the rules of budgets: how they are read, when they cut, what a decision
 * makes of it, and factors applied to estimates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/budget.h"
#include "daemon/router/correction.h"
#include "daemon/router/money.h"

static struct budget_rules parse(const char *text) {
  struct budget_rules rules;
  struct budget_error err;
  if (!budget_rules_parse(span_of(text), &rules, &err))
    fail_msg("%.*s %s", (int)err.item.len, err.item.ptr, err.why);
  return rules;
}

static void reads_rules(void **state) {
  (void)state;
  const struct budget_rules rules =
      parse(" team=search:5/day, team=*:0.000000001/month,url=http://a:80:1000000000/day,");
  assert_int_equal(rules.count, 3);
  assert_true(span_is(rules.list[0].label, "team"));
  assert_true(span_is(rules.list[0].value, "search"));
  assert_int_equal(rules.list[0].amount_nano, 5 * NANO_PER_USD);
  assert_int_equal(rules.list[0].period, BUDGET_DAY);
  assert_true(budget_rule_is_any(&rules.list[1]));
  assert_int_equal(rules.list[1].amount_nano, 1);
  assert_int_equal(rules.list[1].period, BUDGET_MONTH);
  assert_true(span_is(rules.list[2].value, "http://a:80"));
  assert_int_equal(parse("").count, 0);
  assert_int_equal(parse("a=b:.5/day").list[0].amount_nano, NANO_PER_USD / 2);
}

static void refuses_what_is_no_rule(void **state) {
  (void)state;
  static const struct {
    const char *text, *why;
  } cases[] = {
      {"team", "not understood"},
      {"team=a", "not understood"},
      {"team=a:5", "not understood"},
      {"team=a/day", "not understood"},
      {"=a:5/day", "no label"},
      {"team=:5/day", "no value"},
      {"team=a:/day", "no amount"},
      {"team=a:./day", "no amount"},
      {"team=a:-1/day", "no amount"},
      {"team=a:1e3/day", "no amount"},
      {"team=a:1.0000000001/day", "no amount"},
      {"team=a:1000000000.1/day", "no amount"},
      {"team=a:99999999999999999999999999/day", "no amount"},
      {"team=a:5/week", "no period"},
      {"team=a:5/", "no period"},
      {"team=a\n:5/day", "control character"},
      {"team=a:5/day,team=b:5/day,team=a:6/day", "second budget"},
      {"a=x:1/day,b=x:1/day,c=x:1/day,d=x:1/day,e=x:1/day,f=x:1/day,g=x:1/day,h=x:1/day,i=x:1/day",
       "one too many"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct budget_rules rules;
    struct budget_error err;
    if (budget_rules_parse(span_of(cases[i].text), &rules, &err))
      fail_msg("\"%s\" was taken", cases[i].text);
    if (!strstr(err.why, cases[i].why))
      fail_msg("\"%s\": %s", cases[i].text, err.why);
  }
}

static void an_exact_rule_goes_before_any(void **state) {
  (void)state;
  const struct budget_rules rules = parse("team=*:1/day,team=a:5/day,team=a:9/month");
  assert_false(budget_rule_holds(&rules, 0, span_of("a")));
  assert_true(budget_rule_holds(&rules, 0, span_of("b")));
  assert_true(budget_rule_holds(&rules, 1, span_of("a")));
  assert_false(budget_rule_holds(&rules, 1, span_of("b")));
  assert_true(budget_rule_holds(&rules, 2, span_of("a")));
}

static void cuts_tier_by_tier(void **state) {
  (void)state;
  static const struct {
    int64_t spent, amount;
    size_t tiers;
    uint32_t cut;
  } cases[] = {
      {0, 100, 3, 0},
      {79, 100, 3, 0},
      {80, 100, 3, 1},
      {99, 100, 3, 1},
      {100, 100, 3, 2},
      {500, 100, 3, 2},
      {89, 100, 4, 1},
      {90, 100, 4, 2},
      {100, 100, 4, 3},
      {99, 100, 2, 0},
      {100, 100, 2, 1},
      {0, 0, 3, 2},
      {INT64_C(2000000000) * NANO_PER_USD, INT64_C(1000000000) * NANO_PER_USD, 8, 7},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (budget_cut(cases[i].spent, cases[i].amount, cases[i].tiers) != cases[i].cut)
      fail_msg("case %zu: %u", i, budget_cut(cases[i].spent, cases[i].amount, cases[i].tiers));
}

static void periods_begin_at_midnight_utc(void **state) {
  (void)state;
  assert_int_equal(budget_period_number(BUDGET_DAY, 86399), 0);
  assert_int_equal(budget_period_number(BUDGET_DAY, 86400), 1);
  assert_int_equal(budget_period_number(BUDGET_MONTH, 0), 0);
  /* 2024-02-29 23:59:59 and a second later; 2026-12-31 23:59:59 and a second later. */
  assert_int_equal(budget_period_number(BUDGET_MONTH, 1709251199), 54 * 12 + 1);
  assert_int_equal(budget_period_number(BUDGET_MONTH, 1709251200), 54 * 12 + 2);
  assert_int_equal(budget_period_number(BUDGET_MONTH, 1798761599), 56 * 12 + 11);
  assert_int_equal(budget_period_number(BUDGET_MONTH, 1798761600), 57 * 12);
  assert_int_equal(budget_period_number(BUDGET_MONTH, -5), 0);
}

static void the_text_names_label_and_amount(void **state) {
  (void)state;
  char text[BUDGET_TEXT_MAX], value[300];
  struct budget_limit limit = {1,          span_of("team"), span_of("search"),
                               4200000001, 5000000000,      BUDGET_DAY};
  budget_limit_print(&limit, text, sizeof text);
  assert_string_equal(text, "team=search has spent 4.2 of 5 USD today (UTC)");
  /* Long values are cut, and not within a character. */
  memset(value, 'x', sizeof value);
  memcpy(value + 31, "\xE2\x82\xAC", 3);
  limit.value = span_make(value, sizeof value);
  limit.spent_nano = limit.amount_nano = INT64_C(1000000000) * NANO_PER_USD - 1;
  budget_limit_print(&limit, text, sizeof text);
  assert_true(strstr(text, "xxx has spent 999999999.999999 of") != NULL);
  assert_true(strlen(text) < sizeof text - 1);
}

static void corrects_estimates(void **state) {
  (void)state;
  struct usage_estimate usage = {.input = 1001, .output_p50 = 100, .output_p90 = 300};
  const struct token_correction none = {1, 1, 0}, some = {1.5f, 0.5f, 0};
  correction_apply(NULL, &usage);
  correction_apply(&none, &usage);
  assert_int_equal(usage.input, 1001);
  assert_true(fabs(usage.output_p50 - 100) < 1e-9);
  correction_apply(&some, &usage);
  assert_int_equal(usage.input, 1502);
  assert_true(fabs(usage.output_p50 - 50) < 1e-9 && fabs(usage.output_p90 - 150) < 1e-9);
  usage.input = UINT64_MAX;
  correction_apply(&some, &usage);
  assert_int_equal(usage.input, 1000000000000000);
}

/* From 100 to 400 is a factor of 4; half as much lies between at a spread of -0.5. */
static void corrects_how_answers_scatter(void **state) {
  (void)state;
  struct usage_estimate usage = {.input = 7, .output_p50 = 100, .output_p90 = 400};
  const struct token_correction narrow = {3, 1, -0.5f}, wide = {3, 2, 0.5f};
  correction_apply_output(&narrow, &usage);
  assert_int_equal(usage.input, 7);
  assert_true(fabs(usage.output_p50 - 100) < 1e-9 && fabs(usage.output_p90 - 200) < 1e-9);
  usage.output_p90 = 400;
  correction_apply_output(&wide, &usage);
  assert_true(fabs(usage.output_p50 - 200) < 1e-9 && fabs(usage.output_p90 - 1600) < 1e-6);
  usage.output_p50 = NAN;
  usage.output_p90 = 0;
  correction_apply_output(&wide, &usage);
  assert_true(isnan(usage.output_p50) && fabs(usage.output_p90) < 1e-9);
  correction_apply_output(NULL, &usage);
}

static void stops_beyond_all_measure(void **state) {
  (void)state;
  struct usage_estimate usage = {.output_p50 = 100, .output_p90 = 300};
  /* 100 * exp(2.5758 / 1.28155 * ln 3) = 909.9 */
  assert_int_equal(correction_stop_after(&usage, 0), 910);
  assert_int_equal(correction_stop_after(&usage, 800), 800);
  usage.output_limit = 700;
  assert_int_equal(correction_stop_after(&usage, 800), 700);
  usage.output_limit = 0;
  usage.output_p90 = 100;
  assert_int_equal(correction_stop_after(&usage, 0), 100);
  usage.output_p50 = (double)NAN;
  assert_int_equal(correction_stop_after(&usage, 0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_rules),
      cmocka_unit_test(refuses_what_is_no_rule),
      cmocka_unit_test(an_exact_rule_goes_before_any),
      cmocka_unit_test(cuts_tier_by_tier),
      cmocka_unit_test(periods_begin_at_midnight_utc),
      cmocka_unit_test(the_text_names_label_and_amount),
      cmocka_unit_test(corrects_estimates),
      cmocka_unit_test(corrects_how_answers_scatter),
      cmocka_unit_test(stops_beyond_all_measure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
