/* audit.c - what is stale, missing or contradictory in a catalogue.
 *
 * A catalogue that loads is well-formed, no more. Each check here looks at one model,
 * or at two neighbouring tiers, and adds a sentence for what a person should look at.
 * Here are age, gaps, sizes and tiers; prices, dates and other lists have files of
 * their own. Nothing is mended: what is right, only the provider's page knows.
 */
#include "daemon/ctl/catalog/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ctl/catalog/audit_internal.h"
#include "daemon/ctl/catalog/figures.h"

enum { DAY_S = 86400 };

void audit_find(struct audit *audit, const char *kind, const char *model, const char *format, ...) {
  if (audit->failed)
    return;
  if (audit->count == audit->capacity) {
    const size_t capacity = audit->capacity == 0 ? 64 : audit->capacity * 2;
    struct finding *larger = realloc(audit->items, capacity * sizeof *larger);
    audit->failed = larger == NULL;
    if (larger == NULL)
      return;
    audit->items = larger;
    audit->capacity = capacity;
  }
  /* The text is cut where it is too long; names in it have a bound of their own. */
  struct finding *finding = &audit->items[audit->count++];
  finding->kind = kind;
  finding->model = model;
  va_list args;
  va_start(args, format);
  vsnprintf(finding->text, sizeof finding->text, format, args);
  va_end(args);
}

/* A date that is yet to come is a slip as much as an old one: it would keep the price
 * from ever going stale in time. */
static void check_age(struct audit *audit, const struct catalog_model *model,
                      const struct audit_options *options) {
  if (model->price_as_of_days < 0) {
    audit_find(audit, "undated", model->name,
               "as_of is missing; nobody knows how old its prices are");
    return;
  }
  const int64_t age = options->today_days - model->price_as_of_days;
  if (age > (int64_t)options->stale_days)
    audit_find(audit, "stale", model->name,
               "prices of %.20s are %" PRId64 " days old; more than %" PRIu32 " is stale",
               model->price_as_of, age, options->stale_days);
  if (age < 0)
    audit_find(audit, "future", model->name, "prices are dated %.20s, which is yet to come",
               model->price_as_of);
}

/* Unknown is allowed, but each unknown takes something from the router: a price,
 * the model's use as the cheaper one; the window, the certainty that a request fits. */
static void check_missing(struct audit *audit, const struct catalog_model *model, int64_t now_s) {
  struct price_set now;
  /* Today's prices count, not the ones that stand first in the file. */
  if (!catalog_prices(model, now_s, 0, &now))
    audit_find(audit, "missing-price", model->name, "no price is in force today");
  else if (!money_known(now.input) || !money_known(now.output))
    audit_find(audit, "missing-price", model->name,
               "%s not known: it is never chosen as the cheaper model",
               money_known(now.input)    ? "output is"
               : money_known(now.output) ? "input is"
                                         : "input and output are");
  if ((model->cache_mode == CACHE_AUTOMATIC || model->cache_mode == CACHE_EXPLICIT) &&
      !money_known(now.cache_read))
    audit_find(audit, "missing-price", model->name,
               "it has a cache, but cache_read is not known: calls that read have no known cost");
  if (model->context_window == 0)
    audit_find(audit, "missing-window", model->name, "context_window is not known");
  if (model->output_max == 0)
    audit_find(audit, "missing-window", model->name, "max_output is not known");
}

/* One finding for all of them: a model about which nothing is known would else fill the
 * screen. */
static void check_capabilities(struct audit *audit, const struct catalog_model *model) {
  char names[80] = "";
  size_t len = 0;
  for (size_t i = 0; i < CAPABILITIES_COUNT; i++)
    if ((model->capabilities_known & catalog_capabilities[i].bit) == 0)
      len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "",
                              catalog_capabilities[i].key);
  if (len > 0)
    audit_find(audit, "missing-capability", model->name, "not known: %s", names);
}

/* Figures that cannot both be right. Either may be wrong, so both are shown. */
static void check_sizes(struct audit *audit, const struct catalog_model *model) {
  const uint64_t window = model->context_window;
  if (window != 0 && model->output_max > window)
    audit_find(audit, "contradiction", model->name,
               "max_output %" PRIu64 " is above context_window %" PRIu64, model->output_max,
               window);
  /* A threshold that no request can pass is one of another model. */
  for (size_t i = 0; window != 0 && i < model->context_tiers_count; i++)
    if (model->context_tiers[i].above_input_tokens >= window)
      audit_find(audit, "contradiction", model->name,
                 "long_context above %" PRIu64 " tokens is never reached: context_window is "
                 "%" PRIu64,
                 model->context_tiers[i].above_input_tokens, window);
}

/* Tiers are cheapest first; defaults that are not make "cheaper tier" a lie. */
static void check_tiers(struct audit *audit, const struct catalog *catalog, int64_t now_s) {
  for (size_t i = 0; i + 1 < catalog->tiers_count; i++) {
    const struct catalog_model *low = &catalog->models[catalog->tiers[i].default_model];
    const struct catalog_model *high = &catalog->models[catalog->tiers[i + 1].default_model];
    struct price_set a, b;
    /* False leaves the prices unknown, which is looked at below. */
    (void)catalog_prices(low, now_s, 0, &a);
    (void)catalog_prices(high, now_s, 0, &b);
    const int64_t blend_a = figures_blend(&a), blend_b = figures_blend(&b);
    if (!money_known(blend_a) || !money_known(blend_b) || blend_a <= blend_b)
      continue;
    char text_a[MONEY_TEXT_MAX], text_b[MONEY_TEXT_MAX];
    money_print(blend_a, text_a);
    money_print(blend_b, text_b);
    audit_find(audit, "tiers-inverted", catalog->tiers[i].name,
               "its default %.60s is dearer (%s) than %.60s of the next tier (%s), 3 tokens in for "
               "1 out",
               low->name, text_a, high->name, text_b);
  }
}

/* Tiers first, for they concern every request; then the models as the file has them. */
bool audit_run(struct audit *audit, const struct catalog *catalog,
               const struct audit_options *options) {
  *audit = (struct audit){0};
  /* The day begins at midnight UTC, as dates in the catalogue do. */
  const int64_t now_s = options->today_days * DAY_S;
  check_tiers(audit, catalog, now_s);
  for (size_t i = 0; i < catalog->models_count; i++) {
    const struct catalog_model *model = &catalog->models[i];
    check_age(audit, model, options);
    check_missing(audit, model, now_s);
    check_capabilities(audit, model);
    check_sizes(audit, model);
    audit_prices(audit, model);
    audit_dates(audit, model, now_s);
    if (options->against != NULL)
      audit_against(audit, model, options);
  }
  return !audit->failed;
}

void audit_deinit(struct audit *audit) {
  free(audit->items);
  *audit = (struct audit){0};
}
