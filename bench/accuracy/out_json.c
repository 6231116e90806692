/* out_json.c - everything that was measured, as one JSON object.
 *
 * Key names are stable: scripts and quality gates read them. What is not known is
 * null, never 0. A figure is an object of value, low and high, the latter two being
 * its 95 % bootstrap interval.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/accuracy/findings.h"

/* Bytes above 0x7f go out as they are, for texts of the logs are UTF-8. */
static void put_text(const char *text) {
  (void)putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\')
      (void)printf("\\%c", *c);
    else if (*c < 0x20)
      (void)printf("\\u%04x", *c);
    else
      (void)putchar(*c);
  }
  (void)putchar('"');
}

/* As few digits as read back as the same number: whoever rounds the figures of this and
 * of another form has to come to the same. */
static void put_number(double value) {
  char text[40] = "null";
  for (int digits = 10; isfinite(value) && digits <= 17; digits++) {
    (void)snprintf(text, sizeof text, "%.*g", digits, value);
    if (!(strtod(text, NULL) < value || strtod(text, NULL) > value))
      break;
  }
  (void)fputs(text, stdout);
}

/* A key with its colon, and a comma before it unless it is the first. */
static void put_key(const char *key, bool first) {
  if (!first)
    (void)putchar(',');
  put_text(key);
  (void)putchar(':');
}

/* The commonest member. */
static void put_pair(const char *key, double value, bool first) {
  put_key(key, first);
  put_number(value);
}

/* NULL is null, as with numbers. */
static void put_text_pair(const char *key, const char *value, bool first) {
  put_key(key, first);
  if (value)
    put_text(value);
  else
    (void)fputs("null", stdout);
}

static void put_estimate(const char *key, const struct estimate *estimate, bool first) {
  put_key(key, first);
  (void)putchar('{');
  put_pair("value", estimate->value, true);
  put_pair("low", estimate->low, false);
  put_pair("high", estimate->high, false);
  (void)putchar('}');
}

/* All of them, known or not, so that readers need not ask whether a key is there. */
static void put_measures(const struct estimate *measures) {
  (void)putchar('{');
  for (size_t m = 0; m < MEASURES_COUNT; m++)
    put_estimate(measure_names[m], &measures[m], m == 0);
  (void)putchar('}');
}

/* The curve at even shares of strong calls, for whoever wants to draw it. */
static void put_deferral(const struct router_result *router) {
  put_key("budgets", false);
  (void)putchar('[');
  for (int k = 0; router->points_count > 0 && k <= PROTOCOL_STEPS; k++) {
    struct curve_point at =
        protocol_at(router->points, router->points_count, k / (double)PROTOCOL_STEPS);
    (void)fputs(k > 0 ? ",{" : "{", stdout);
    put_pair("strong_share", at.share, true);
    put_pair("quality", at.quality, false);
    put_pair("cost", at.cost, false);
    put_pair("gap_recovered", protocol_recovered(router->points, router->points_count, at.quality),
             false);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* Beside each router what the tested one is better by: intervals of differences are narrower
 * than those of the two figures. */
static void put_routers(const struct group *group) {
  bool first = true;
  put_key("routers", false);
  (void)putchar('{');
  for (size_t r = 0; r < ROUTERS_COUNT; r++) {
    const struct router_result *router = &group->routers[r];
    if (!router->present)
      continue;
    put_key(router_names[r], first);
    first = false;
    (void)fputs("{\"measures\":", stdout);
    put_measures(router->measures);
    if (r != ROUTER_TESTED && group->routers[ROUTER_TESTED].present) {
      put_key("router_minus_this", false);
      put_measures(router->differences);
    }
    put_deferral(router);
    (void)putchar('}');
  }
  (void)putchar('}');
}

/* A rate of nothing is left out rather than written as 0 or null. */
static void put_rate(const char *name, const struct rate_result *rate, bool *first) {
  if (rate->count == 0)
    return;
  put_key(name, *first);
  *first = false;
  (void)printf("{\"count\":%zu", rate->count);
  put_pair("value", rate->estimate.value, false);
  put_pair("low", rate->estimate.low, false);
  put_pair("high", rate->estimate.high, false);
  (void)putchar('}');
}

/* All that were measured; names and meanings are in rates.c. */
static void put_rates(const struct group *group) {
  bool first = true;
  put_key("rates", false);
  (void)putchar('{');
  for (size_t r = 0; r < RATES_COUNT; r++)
    put_rate(rate_names[r], &group->rates[r], &first);
  (void)putchar('}');
}

/* Tokens and costs; null where the logs have measured none. */
static void put_estimates(const struct estimates *estimates) {
  bool first = true;
  put_key("estimates", false);
  if (!estimates_present(estimates)) {
    (void)fputs("null", stdout);
    return;
  }
  /* Lacks are counts too, under names of their own. */
  (void)printf("{\"answers\":%zu", estimates->answers);
  for (size_t l = 0; l < LACKS_COUNT; l++)
    put_pair(lack_names[l], (double)estimates->lacking[l], false);
  put_key("measures", false);
  (void)putchar('{');
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    put_rate(estimate_names[m], &estimates->measures[m], &first);
  (void)fputs("}}", stdout);
}

/* A list and no object: names of models are the logs' and may be anything. */
static void put_models(const struct findings *findings) {
  put_key("estimates_by_model", false);
  (void)putchar('[');
  for (size_t m = 0; m < findings->by_model_count; m++) {
    (void)fputs(m > 0 ? ",\n{" : "\n{", stdout);
    put_text_pair("model", findings->by_model[m].name, true);
    put_estimates(&findings->by_model[m].estimates);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* Rows are labels and columns predictions, both in the order of "tiers". */
static void put_confusion(const struct bench_data *data, const struct confusion *confusion) {
  size_t tiers = data->tiers_count;
  put_key("confusion", false);
  if (confusion->rows_count == 0) {
    (void)fputs("null", stdout);
    return;
  }
  (void)fputs("{\"tiers\":[", stdout);
  for (size_t t = 0; t < tiers; t++) {
    (void)fputs(t > 0 ? "," : "", stdout);
    put_text(data->tiers[t]);
  }
  (void)fputs("],\"label_by_predicted\":[", stdout);
  for (size_t label = 0; label < tiers; label++) {
    (void)fputs(label > 0 ? ",[" : "[", stdout);
    for (size_t t = 0; t < tiers; t++)
      (void)printf("%s%zu", t > 0 ? "," : "", confusion->counts[label][t]);
    (void)putchar(']');
  }
  (void)fputs("]}", stdout);
}

/* Labels by predicted tier, and which way the errors go. */
static void put_labels(const struct bench_data *data, const struct label_result *labels) {
  bool first = true;
  put_confusion(data, &labels->confusion);
  put_key("label_errors", false);
  (void)putchar('{');
  put_rate("label_under", &labels->under, &first);
  put_rate("label_over", &labels->over, &first);
  (void)putchar('}');
}

/* How many rows it has and how many of them could be used stand beside each other. */
static void put_group(const struct bench_data *data, const struct group *group) {
  (void)putchar('{');
  put_text_pair("kind", group_kind_names[group->kind], true);
  put_text_pair("name", group->name, false);
  put_pair("rows", (double)group->rows_count, false);
  put_pair("rows_used", (double)group->used_count, false);
  put_pair("weak_quality", group->weak_quality, false);
  put_pair("strong_quality", group->strong_quality, false);
  put_pair("weak_cost", group->weak_cost, false);
  put_pair("strong_cost", group->strong_cost, false);
  put_routers(group);
  put_rates(group);
  put_labels(data, &group->labels);
  put_estimates(&group->estimates);
  (void)putchar('}');
}

/* With their hashes, so that a figure can be traced to the very bytes that it is of. */
static void put_files(const struct labelled_log *log) {
  put_key("data", false);
  (void)putchar('[');
  for (size_t f = 0; f < log->files_count; f++) {
    (void)fputs(f > 0 ? ",{" : "{", stdout);
    put_text_pair("path", log->files[f].path, true);
    put_text_pair("xxh128", log->files[f].hash, false);
    put_pair("rows", (double)log->files[f].rows_count, false);
    put_pair("bad_lines", (double)log->files[f].bad_lines_count, false);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* The tier is null where no model gives one. */
static void put_ladder_models(const struct findings *findings) {
  const struct bench_data *data = findings->data;
  put_key("ladder", false);
  (void)putchar('[');
  for (size_t m = 0; m < data->ladder_count; m++) {
    (void)fputs(m > 0 ? ",{" : "{", stdout);
    put_text_pair("model", data->ladder[m], true);
    put_text_pair("tier", data->tiers_count > 0 ? data->tiers[data->tier_of[m]] : NULL, false);
    put_pair("input_price", data->prices.of[m].input, false);
    put_pair("output_price", data->prices.of[m].output, false);
    put_pair("quality", findings->ladder.rows_count > 0 ? findings->ladder.quality[m] : NAN, false);
    put_pair("cost", findings->ladder.rows_count > 0 ? findings->ladder.cost[m] : NAN, false);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* Everything that is needed to make the same figures again, assumptions included. */
static void put_run(const struct findings *findings) {
  const struct bench_options *options = findings->options;
  const struct bench_data *data = findings->data;
  put_key("run", false);
  (void)putchar('{');
  put_text_pair("model", options->model, true);
  put_text_pair("model_version", data->model_version, false);
  put_text_pair("scores", options->scores, false);
  put_pair("bootstrap", (double)options->bootstrap, false);
  put_pair("seed", (double)options->seed, false);
  /* Said, since other tools break ties by chance or by the order of the file. */
  put_text_pair("ties", "exact expectation over all orders of equal scores", false);
  put_text_pair("cost_unit", findings_cost_unit(findings), false);
  put_text_pair("cost_source", data->costs_measured ? "prices, else as measured" : "prices", false);
  put_pair("imputed_output_tokens", data->imputed_output, false);
  put_pair("imputed_output_share", data->imputed_output_share, false);
  put_text_pair("imputed_output_source", findings_length_source(findings), false);
  put_pair("chars_output_share", data->chars_output_share, false);
  put_pair("estimated_input_share", data->estimated_input_share, false);
  /* Decisions are a model's: scores alone make none. */
  put_pair("decision_quality", data->tiers_count > 0 ? options->quality : NAN, false);
  put_pair("decision_lambda", data->tiers_count > 0 ? data->lambda : NAN, false);
  put_text_pair("rank_tier", data->tiers_count > 0 ? data->tiers[data->rank_tier] : NULL, false);
  put_files(&data->log);
  put_ladder_models(findings);
  (void)putchar('}');
}

/* The points as well as the figures, so that others can draw it. */
static void put_curve(const struct ladder_curve *curve) {
  (void)putchar('{');
  put_estimate("saving95", &curve->savings[0], true);
  put_estimate("saving98", &curve->savings[1], false);
  put_estimate("saving99", &curve->savings[2], false);
  put_estimate("aiq", &curve->aiq, false);
  put_key("curve", false);
  (void)putchar('[');
  for (size_t i = 0; i < LADDER_POINTS; i++) {
    (void)fputs(i > 0 ? ",{" : "{", stdout);
    put_pair("quality", curve->points[i].quality, true);
    put_pair("cost", curve->points[i].cost, false);
    (void)putchar('}');
  }
  (void)fputs("]}", stdout);
}

/* By the policy's name; one that could not be measured is not there. */
static void put_lambda_policy(const struct findings *findings) {
  bool first = true;
  put_key("lambda_policy", false);
  (void)putchar('{');
  for (size_t p = 0; p < LADDER_POLICIES_COUNT; p++) {
    if (!findings->ladder.policies[p].present)
      continue;
    put_key(ladder_policy_names[p], first);
    first = false;
    put_curve(&findings->ladder.policies[p]);
  }
  (void)putchar('}');
}

/* What the calibration error is made of. */
static void put_bins(const struct calibration *calibration) {
  put_key("bins", false);
  (void)putchar('[');
  for (size_t b = 0; b < calibration->bins_count; b++) {
    (void)fputs(b > 0 ? ",{" : "{", stdout);
    put_pair("count", (double)calibration->bins[b].count, true);
    put_pair("probability", calibration->bins[b].probability, false);
    put_pair("outcome", calibration->bins[b].outcome, false);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* A list, from the cheapest tier up. */
static void put_calibrations(const struct findings *findings) {
  put_key("calibration", false);
  (void)putchar('[');
  for (size_t i = 0; i < findings->calibrations_count; i++) {
    const struct tier_calibration *c = &findings->calibrations[i];
    (void)fputs(i > 0 ? ",{" : "{", stdout);
    put_text_pair("tier", findings->data->tiers[c->tier], true);
    put_text_pair("model", findings->data->ladder[c->model], false);
    put_pair("rows", (double)c->calibration.count, false);
    put_pair("ece", c->calibration.ece, false);
    put_pair("brier", c->calibration.brier, false);
    put_pair("base_rate", c->calibration.base_rate, false);
    put_bins(&c->calibration);
    (void)putchar('}');
  }
  (void)putchar(']');
}

/* By hand and not by a tree: the figures of many groups would be a large one. "format" is
 * raised when a key changes its meaning. */
void json_print(const struct findings *findings) {
  (void)fputs("{\"tool\":\"tier-bench accuracy\",\"format\":1", stdout);
  put_run(findings);
  put_key("groups", false);
  (void)putchar('[');
  for (size_t g = 0; g < findings->groups.count; g++) {
    /* A line a group, for people who look at it with grep. */
    (void)fputs(g > 0 ? ",\n" : "\n", stdout);
    put_group(findings->data, &findings->groups.groups[g]);
  }
  (void)putchar(']');
  put_lambda_policy(findings);
  put_calibrations(findings);
  put_confusion(findings->data, &findings->confusion);
  put_models(findings);
  (void)fputs("}\n", stdout);
}
