/* gates.c - --fail-if 'DATASET.MEASURE<NUMBER': a quality gate for CI.
 *
 * A gate whose figure is not known fails as well: a renamed file or a missing price
 * must not turn a gate green.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accuracy/findings.h"

enum { GATE_NAME_MAX = 128 };

/* One expression, taken apart. */
struct gate {
  char group[GATE_NAME_MAX];
  char measure[GATE_NAME_MAX];
  char operator[3];
  double limit;
};

/* A slip in the name is an error of usage, and no figure that is not known. */
static bool known_measure(const char *name) {
  for (size_t m = 0; m < MEASURES_COUNT; m++)
    if (strcmp(measure_names[m], name) == 0)
      return true;
  for (size_t r = 0; r < RATES_COUNT; r++)
    if (strcmp(rate_names[r], name) == 0)
      return true;
  for (size_t e = 0; e < ESTIMATES_COUNT; e++)
    if (strcmp(estimate_names[e], name) == 0)
      return true;
  return strcmp(name, "label_under") == 0 || strcmp(name, "label_over") == 0;
}

/* Neither empty nor cut: a cut name could be another's. */
static bool take_part(const char *from, size_t len, char *out) {
  if (len == 0 || len >= GATE_NAME_MAX)
    return false;
  memcpy(out, from, len);
  out[len] = '\0';
  return true;
}

/* Splits at the last dot before the operator, for file names have dots too. */
static bool parse(const char *text, struct gate *out) {
  size_t operator_at = strcspn(text, "<>");
  if (!text[operator_at])
    return false;
  size_t dot = operator_at;
  while (dot > 0 && text[dot] != '.')
    dot--;
  size_t operator_len = text[operator_at + 1] == '=' ? 2 : 1;
  const char *number = text + operator_at + operator_len;
  char *end;
  memcpy(out->operator, text + operator_at, operator_len);
  out->operator[operator_len] = '\0';
  out->limit = strtod(number, &end);
  return take_part(text, dot, out->group) &&
         take_part(text + dot + 1, operator_at - dot - 1, out->measure) && end != number &&
         *end == '\0' && isfinite(out->limit) && known_measure(out->measure);
}

/* "mmlu" stands for routellm_mmlu too, as long as just one data set ends so. */
static const struct group *find_group(const struct findings *findings, const char *name) {
  const struct group *by_end = NULL;
  size_t by_end_count = 0;
  for (size_t g = 0; g < findings->groups.count; g++) {
    const struct group *group = &findings->groups.groups[g];
    if (group->kind != GROUP_ALL && group->kind != GROUP_DATASET)
      continue;
    if (strcmp(group->name, name) == 0)
      return group;
    const char *underscore = strchr(group->name, '_');
    if (underscore && strcmp(underscore + 1, name) == 0) {
      by_end = group;
      by_end_count++;
    }
  }
  return by_end_count == 1 ? by_end : NULL;
}

/* The value where anything was counted, else NaN. */
static double known_value(const struct rate_result *rate) {
  return rate->count > 0 ? rate->estimate.value : NAN;
}

/* Of the tested router alone: a gate on a baseline would be one on the data. */
static double find_value(const struct group *group, const char *measure) {
  const struct router_result *router = &group->routers[ROUTER_TESTED];
  for (size_t m = 0; router->present && m < MEASURES_COUNT; m++)
    if (strcmp(measure_names[m], measure) == 0)
      return router->measures[m].value;
  for (size_t r = 0; r < RATES_COUNT; r++)
    if (strcmp(rate_names[r], measure) == 0)
      return known_value(&group->rates[r]);
  for (size_t e = 0; e < ESTIMATES_COUNT; e++)
    if (strcmp(estimate_names[e], measure) == 0)
      return known_value(&group->estimates.measures[e]);
  if (strcmp(measure, "label_under") == 0)
    return known_value(&group->labels.under);
  return strcmp(measure, "label_over") == 0 ? known_value(&group->labels.over) : NAN;
}

/* Both numbers are finite by now. */
static bool holds(const struct gate *gate, double value) {
  bool equal_too = gate->operator[1] == '=';
  if (gate->operator[0] == '<')
    return equal_too ? value <= gate->limit : value < gate->limit;
  return equal_too ? value >= gate->limit : value > gate->limit;
}

/* Before anything is measured, which may take minutes. */
bool gates_valid(const struct bench_options *options) {
  for (size_t i = 0; i < options->gates_count; i++) {
    struct gate gate;
    if (parse(options->gates[i], &gate))
      continue;
    (void)fprintf(stderr,
                  "tier-bench accuracy: --fail-if '%s': expected DATASET.MEASURE, one of < <= > "
                  ">=, and a number, as in 'mmlu.apgr<0.60'; --help-all lists them\n",
                  options->gates[i]);
    return false;
  }
  return true;
}

/* All gates are looked at, so that one run shows everything that is wrong. */
int gates_check(const struct findings *findings) {
  int failed = 0;
  for (size_t i = 0; i < findings->options->gates_count; i++) {
    struct gate gate;
    const char *text = findings->options->gates[i];
    if (!parse(text, &gate))
      return 2;
    const struct group *group = find_group(findings, gate.group);
    /* The expression says when to fail, not when to pass. */
    double value = group ? find_value(group, gate.measure) : NAN;
    if (isfinite(value) && !holds(&gate, value))
      continue;
    failed = 1;
    if (!group)
      (void)fprintf(stderr, "tier-bench accuracy: failed: %s: no data set '%s', or several\n", text,
                    gate.group);
    else if (!isfinite(value))
      (void)fprintf(stderr, "tier-bench accuracy: failed: %s: %s is not known for %s\n", text,
                    gate.measure, group->name);
    else
      (void)fprintf(stderr, "tier-bench accuracy: failed: %s: it is %.4f\n", text, value);
  }
  return failed;
}
