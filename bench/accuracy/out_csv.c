/* out_csv.c - every figure as a line: kind,group,rows,router,measure,value,low,high. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/accuracy/findings.h"

/* RFC 4180: a field with a comma, a quote or a line end is quoted. */
static void put_field(const char *text) {
  if (!strpbrk(text, ",\"\r\n")) {
    (void)fputs(text, stdout);
    return;
  }
  (void)putchar('"');
  for (const char *c = text; *c; c++) {
    if (*c == '"')
      (void)putchar('"');
    (void)putchar(*c);
  }
  (void)putchar('"');
}

/* An empty field is what is not known. */
static void put_number(double value) {
  (void)putchar(',');
  if (isfinite(value))
    (void)printf("%.10g", value);
}

/* One form for all measures, so that a spreadsheet can filter by column. */
static void put_line(const struct group *group, size_t count, const char *router,
                     const char *measure, const char *suffix, const struct estimate *estimate) {
  (void)printf("%s,", group_kind_names[group->kind]);
  put_field(group->name);
  (void)printf(",%zu,%s,%s%s", count, router, measure, suffix);
  put_number(estimate->value);
  put_number(estimate->low);
  put_number(estimate->high);
  /* RFC 4180 ends lines so. */
  (void)fputs("\r\n", stdout);
}

/* The two ends of the range that every router moves in; they have no interval. */
static void put_levels(const struct group *group) {
  const struct {
    const char *router, *measure;
    double value;
  } levels[] = {{"always-cheap", "quality", group->weak_quality},
                {"always-cheap", "cost", group->weak_cost},
                {"always-strong", "quality", group->strong_quality},
                {"always-strong", "cost", group->strong_cost}};
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
    put_line(group, group->used_count, levels[i].router, levels[i].measure, "",
             &(struct estimate){levels[i].value, NAN, NAN});
}

/* A rate of no rows has no line, rather than one without a value. */
static void put_rate(const struct group *group, const char *name, const struct rate_result *rate) {
  if (rate->count > 0)
    put_line(group, rate->count, router_names[ROUTER_TESTED], name, "", &rate->estimate);
}

/* What the logs lack stands beside the figures, as counts: it says how far they can be
 * trusted. */
static void put_estimates(const struct group *group, const struct estimates *estimates) {
  if (!estimates_present(estimates))
    return;
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    put_rate(group, estimate_names[m], &estimates->measures[m]);
  for (size_t l = 0; l < LACKS_COUNT; l++)
    put_line(group, estimates->answers, "log", lack_names[l], "",
             &(struct estimate){(double)estimates->lacking[l], NAN, NAN});
}

static void put_group(const struct group *group) {
  if (group->used_count > 0)
    put_levels(group);
  for (size_t r = 0; r < ROUTERS_COUNT; r++) {
    const struct router_result *router = &group->routers[r];
    for (size_t m = 0; router->present && m < MEASURES_COUNT; m++)
      put_line(group, group->used_count, router_names[r], measure_names[m], "",
               &router->measures[m]);
    /* The difference has lines of its own, since its interval does not follow from the
     * two figures'. */
    bool compared = router->present && r != 0 && group->routers[ROUTER_TESTED].present;
    for (size_t m = 0; compared && m < MEASURES_COUNT; m++)
      put_line(group, group->used_count, router_names[r], measure_names[m], ".router_minus_this",
               &router->differences[m]);
  }
  for (size_t r = 0; r < RATES_COUNT; r++)
    if (group->rates[r].count > 0)
      put_line(group, group->rates[r].count, router_names[ROUTER_TESTED], rate_names[r], "",
               &group->rates[r].estimate);
  put_rate(group, "label_under", &group->labels.under);
  put_rate(group, "label_over", &group->labels.over);
  put_estimates(group, &group->estimates);
}

/* Models come last. They are no group of rows, for a row has answers of several. */
void csv_print(const struct findings *findings) {
  (void)fputs("kind,group,count,router,measure,value,low,high\r\n", stdout);
  for (size_t g = 0; g < findings->groups.count; g++)
    put_group(&findings->groups.groups[g]);
  for (size_t m = 0; m < findings->by_model_count; m++) {
    const struct model_estimates *model = &findings->by_model[m];
    put_estimates(&(struct group){.kind = GROUP_MODEL, .name = model->name}, &model->estimates);
  }
}
