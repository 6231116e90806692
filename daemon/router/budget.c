/* budget.c - reads budgets, and says what they take away.
 *
 *   text of --budget → rules; rule and amount spent → tiers that are cut
 *
 * Nothing is counted here, and what becomes of a request that has tiers cut is decided
 * in route.c. */
#include "daemon/router/budget.h"

#include <stdio.h>

#include "daemon/router/money.h"

/* Above what anybody spends, and far from where sums of amounts would wrap. */
#define AMOUNT_MAX_NANO (INT64_C(1000000000) * NANO_PER_USD)

/* Where the first tier is cut and where the last one is, as shares of the amount. */
enum { CUT_FIRST_PPM = 800000, CUT_LAST_PPM = 1000000 };

static struct span trim(struct span text) {
  while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
    text = span_make(text.ptr + 1, text.len - 1);
  while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
    text.len--;
  return text;
}

/* Splits at the first byte of that value. False when there is none. */
static bool split_first(struct span text, char at, struct span *before, struct span *after) {
  /* memchr() may not be given NULL, not even for no bytes. */
  const char *found = text.len > 0 ? memchr(text.ptr, at, text.len) : NULL;
  if (found == NULL)
    return false;
  *before = span_make(text.ptr, (size_t)(found - text.ptr));
  *after = span_make(found + 1, text.len - before->len - 1);
  return true;
}

/* At the last one: a value may hold colons itself, as URLs do. */
static bool split_last(struct span text, char at, struct span *before, struct span *after) {
  for (size_t i = text.len; i-- > 0;) {
    if (text.ptr[i] != at)
      continue;
    *before = span_make(text.ptr, i);
    *after = span_make(text.ptr + i + 1, text.len - i - 1);
    return true;
  }
  return false;
}

/* Decimal USD to nano, exactly: digits, then perhaps a point and up to nine more. */
static bool parse_amount(struct span text, int64_t *out) {
  int64_t nano = 0, unit = NANO_PER_USD;
  bool fraction = false, digits = false;
  for (size_t i = 0; i < text.len; i++) {
    const char c = text.ptr[i];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || (fraction && unit == 1))
      return false;
    digits = true;
    /* Checked at each digit, so that no length of the text can make it wrap. */
    if (!fraction && nano > AMOUNT_MAX_NANO / 10)
      return false;
    if (fraction)
      nano += (c - '0') * (unit /= 10);
    else
      nano = nano * 10 + (c - '0') * NANO_PER_USD;
    if (nano > AMOUNT_MAX_NANO)
      return false;
  }
  *out = nano;
  /* A point alone is no amount. */
  return digits;
}

/* Fills err and returns false, so that a check can `return refuse(...)`. */
static bool refuse(struct budget_error *err, struct span item, const char *why) {
  *err = (struct budget_error){item, why};
  return false;
}

/* What each part of "LABEL=VALUE:AMOUNT/PERIOD" has to be, in the order of the text, so
 * that the first mistake is the one that is named. */
static bool parse_rule(struct span item, struct budget_rule *rule, struct budget_error *err) {
  struct span rest, limit, amount, period;
  *rule = (struct budget_rule){.text = item};
  if (!split_first(item, '=', &rule->label, &rest) ||
      !split_last(rest, ':', &rule->value, &limit) || !split_first(limit, '/', &amount, &period))
    return refuse(err, item,
                  "is not understood; expected LABEL=VALUE:AMOUNT/day or /month, such as "
                  "team=search:5/day or team=*:20/month");
  /* They would break the lines of the file that amounts are kept in. */
  for (size_t i = 0; i < item.len; i++)
    if ((unsigned char)item.ptr[i] < 0x20)
      return refuse(err, item, "has a control character");
  if (rule->label.len == 0 || rule->label.len > BUDGET_LABEL_BYTES_MAX)
    return refuse(err, item, "has no label of 1 to 64 bytes before the '='");
  if (rule->value.len == 0 || rule->value.len > BUDGET_VALUE_BYTES_MAX)
    return refuse(err, item, "has no value of 1 to 256 bytes after the '='; \"*\" is any");
  if (!parse_amount(amount, &rule->amount_nano))
    return refuse(
        err, item,
        "has no amount after the ':'; expected USD such as 5 or 0.25, at most 1000000000");
  if (span_is(period, "day"))
    rule->period = BUDGET_DAY;
  else if (span_is(period, "month"))
    rule->period = BUDGET_MONTH;
  else
    return refuse(err, item, "ends in no period; expected /day or /month");
  return true;
}

/* Two such rules can differ in their value alone, and one of them holds. */
static bool same_pair(const struct budget_rule *a, const struct budget_rule *b) {
  return a->period == b->period && span_eq(a->label, b->label);
}

/* The rules before the last one must leave it something to say, and a request must not
 * meet more of them than can be kept with it. */
static bool check_last(const struct budget_rules *rules, struct budget_error *err) {
  const struct budget_rule *last = &rules->list[rules->count - 1];
  size_t pairs = 0;
  /* A few thousand comparisons at the most, once a start. */
  for (size_t i = 0; i < rules->count; i++) {
    bool first = true;
    for (size_t j = 0; j < i; j++)
      first = first && !same_pair(&rules->list[i], &rules->list[j]);
    pairs += first;
    if (&rules->list[i] != last && same_pair(&rules->list[i], last) &&
        span_eq(rules->list[i].value, last->value))
      return refuse(err, last->text, "is the second budget of that label, value and period");
  }
  return pairs <= BUDGET_MATCHES_MAX ||
         refuse(err, last->text, "is one too many: at most 8 different labels and periods");
}

/* Rules before a bad one stay in out, which the caller must not use then. */
bool budget_rules_parse(struct span text, struct budget_rules *out, struct budget_error *err) {
  struct span item, rest = text;
  out->count = 0;
  while (rest.len > 0) {
    if (!split_first(rest, ',', &item, &rest)) {
      item = rest;
      rest.len = 0;
    }
    item = trim(item);
    /* A comma at the end, as lists grow them, is no mistake worth a refusal. */
    if (item.len == 0)
      continue;
    if (out->count == BUDGET_RULES_MAX)
      return refuse(err, item, "is one too many: at most 64 budgets");
    if (!parse_rule(item, &out->list[out->count], err))
      return false;
    out->count++;
    if (!check_last(out, err))
      return false;
  }
  return true;
}

bool budget_rule_is_any(const struct budget_rule *rule) {
  return span_is(rule->value, "*");
}

/* Asked for each rule and request, which is why there are few rules. */
bool budget_rule_holds(const struct budget_rules *rules, size_t at, struct span value) {
  const struct budget_rule *rule = &rules->list[at];
  if (!budget_rule_is_any(rule))
    return span_eq(rule->value, value);
  for (size_t i = 0; i < rules->count; i++)
    if (i != at && same_pair(&rules->list[i], rule) && span_eq(rules->list[i].value, value))
      return false;
  return true;
}

/* The day since 1970-01-01 on which a month since 1970-01 begins. */
static int64_t month_begins(int64_t month) {
  static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int64_t year = 1970 + month / 12, past = year - 1;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  /* 477 leap years lie before 1970. */
  const int64_t leaps = past / 4 - past / 100 + past / 400 - 477;
  return 365 * (year - 1970) + leaps + before[month % 12] + (leap && month % 12 > 1 ? 1 : 0);
}

int64_t budget_period_number(enum budget_period period, int64_t now_s) {
  const int64_t day = now_s > 0 ? now_s / 86400 : 0;
  if (period == BUDGET_DAY)
    return day;
  /* No year is longer than 366 days, so this is never too late, and hardly too early. */
  int64_t month = day * 12 / 366;
  while (month > 0 && month_begins(month) > day)
    month--;
  while (month_begins(month + 1) <= day)
    month++;
  return month;
}

uint32_t budget_cut(int64_t spent_nano, int64_t amount_nano, size_t tiers_count) {
  const uint32_t most = (uint32_t)tiers_count - 1;
  uint32_t cut = 0;
  /* Spread evenly between the two shares; with one tier to cut it goes at the end. */
  while (cut < most) {
    const uint32_t ppm = most == 1
                             ? CUT_LAST_PPM
                             : CUT_FIRST_PPM + (CUT_LAST_PPM - CUT_FIRST_PPM) * cut / (most - 1);
    if (spent_nano < money_times_ppm(amount_nano, ppm))
      break;
    cut++;
  }
  return cut;
}

/* Names come from clients: what is shown of them is bounded, at a character's border. */
static int shown(struct span name, size_t max) {
  size_t len = name.len;
  if (len > max) {
    len = max;
    while (len > 0 && ((unsigned char)name.ptr[len] & 0xC0) == 0x80)
      len--;
  }
  return (int)len;
}

void budget_limit_print(const struct budget_limit *limit, char *out, size_t out_size) {
  char spent[MONEY_TEXT_MAX], amount[MONEY_TEXT_MAX];
  /* Whole millionths: more digits say nothing about a budget. */
  money_print(limit->spent_nano / 1000 * 1000, spent);
  money_print(limit->amount_nano, amount);
  snprintf(out, out_size, "%.*s=%.*s has spent %s of %s USD %s (UTC)", shown(limit->label, 24),
           limit->label.ptr, shown(limit->value, 32), limit->value.ptr, spent, amount,
           limit->period == BUDGET_DAY ? "today" : "this month");
}
