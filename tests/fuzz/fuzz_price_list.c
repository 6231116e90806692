/* fuzz_price_list.c - a hostile price list is refused with a reason or makes a
 * catalogue that loads, never a crash.
 *
 * Each input is read as a list, brought into a new catalogue by bands of price, and
 * into one that exists. plan_make() loads what it makes, so that a catalogue which
 * tierd would refuse shows as a failure with words of the loader. What was made is
 * imported from a second time: nothing may be left to update.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/catalog/audit.h"
#include "daemon/ctl/catalog/plan.h"

#include "require.h"

static const int64_t as_of_days = 20780; /* 2026-11-23 */

static void require_price(int64_t price) {
  require(!money_known(price) || (price >= 0 && price <= INT64_C(100000) * NANO_PER_USD));
}

static void require_list(const struct price_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    const struct listed_model *listed = &list->models[i];
    const struct catalog_model *model = &listed->model;
    require(model->name != NULL && model->provider != NULL && listed->notes != NULL);
    require(i == 0 || strcmp(listed[-1].model.name, model->name) <= 0);
    require_price(model->price.input);
    require_price(model->price.output);
    require_price(model->price.cache_read);
    require(model->context_tiers_count <= CATALOG_CONTEXT_TIERS_MAX);
    for (size_t j = 1; j < model->context_tiers_count; j++)
      require(model->context_tiers[j].above_input_tokens >
              model->context_tiers[j - 1].above_input_tokens);
  }
}

/* Imports the list, into base unless that is NULL. The plan's text, for the caller to
 * free, or NULL; *updated is how many models it changed. */
static char *import(const struct price_list *list, struct catalog_base *base, size_t *updated) {
  struct catalog_options options = {.tiers = base == NULL ? "low,high" : NULL,
                                    .tier_by_price = "2"};
  const struct list_options filter = {0};
  struct tier_rules rules;
  struct plan plan;
  struct catalog_error err = {""};
  char why[OPTIONS_WHY_MAX], *text = NULL;
  require(tier_rules_init(&rules, &options, base != NULL ? &base->catalog : NULL, why));
  const struct plan_input input = {.list = list,
                                   .filter = &filter,
                                   .base = base,
                                   .rules = &rules,
                                   .defaults = &options.defaults,
                                   .as_of = "2026-11-23",
                                   .as_of_days = as_of_days};
  if (plan_make(&plan, &input, &err)) {
    text = plan.text;
    plan.text = NULL;
    *updated = plan.counts[PLAN_UPDATED];
  } else {
    /* A list may lack a tier's models or have too many, but what was made of it must
     * not be refused by the loader. */
    require(err.text[0] != '\0' && strstr(err.text, "the new catalogue") == NULL);
  }
  plan_deinit(&plan);
  return text;
}

static char *import_into(const struct price_list *list, const char *catalog, size_t *updated) {
  struct catalog_base base;
  struct catalog_error err;
  const size_t len = strlen(catalog);
  char *copy = malloc(len + 1);
  require(copy != NULL);
  memcpy(copy, catalog, len + 1);
  require(catalog_base_parse(&base, "base", copy, len, &err));
  free(copy);
  const struct audit_options options = {as_of_days, 45, list};
  struct audit audit;
  require(audit_run(&audit, &base.catalog, &options));
  audit_deinit(&audit);
  char *text = import(list, &base, updated);
  catalog_base_deinit(&base);
  return text;
}

static const char existing[] =
    "// head\n"
    "{\"tiers\":[\"low\",\"high\"],\"defaults\":{\"low\":\"acme-mini\",\"high\":\"acme-mid\"},"
    "\"models\":{\"acme-mini\":{\"provider\":\"acme\",\"tier\":\"low\",\"input\":1,\"output\":2,"
    "\"cache_write\":{\"30m\":3},\"as_of\":\"2020-01-01\"},"
    "\"acme-mid\":{\"provider\":\"acme\",\"tier\":\"high\",\"input\":null,\"output\":null,"
    "\"cache_write\":9,\"long_context\":{\"above_input_tokens\":200000,\"input\":1,\"output\":1}}}"
    "}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct price_list list;
  struct catalog_error err = {""};
  const struct list_options options = {.zero_is_free = len % 2 != 0};
  char *text = malloc(len); /* parsing writes to it; its exact size shows overreads */
  require(text != NULL || len == 0);
  if (len > 0)
    memcpy(text, data, len);
  if (price_list_parse("input", text, len, &options, &list, &err)) {
    size_t updated = 0;
    require_list(&list);
    char *made = import(&list, NULL, &updated);
    char *again = made != NULL ? import_into(&list, made, &updated) : NULL;
    require(again == NULL || updated == 0);
    free(again);
    free(made);
    free(import_into(&list, existing, &updated));
    price_list_unload(&list);
  } else {
    require(err.text[0] != '\0' && memchr(err.text, '\0', sizeof err.text) != NULL);
  }
  free(text);
  return 0;
}
