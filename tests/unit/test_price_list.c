/* test_price_list.c - price lists of others: exact prices, both forms, rules for
 * tiers, and what an audit finds. Plans and programs are tested in api/test_catalog.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ctl/catalog/audit.h"
#include "daemon/ctl/catalog/decimal.h"
#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/catalog/merge.h"
#include "daemon/ctl/catalog/names.h"
#include "daemon/ctl/catalog/price_list.h"
#include "daemon/ctl/catalog/tier_rules.h"

static void test_decimal(void **state) {
  (void)state;
  static const struct {
    double value;
    enum decimal_places places;
    int64_t nano;
  } cases[] = {
      {1.5e-07, DECIMAL_PER_TOKEN, 150000000},
      {2.8e-09, DECIMAL_PER_TOKEN, 2800000},
      {3.625e-09, DECIMAL_PER_TOKEN, 3625000},
      {7e-07, DECIMAL_PER_TOKEN, 700000000},
      {0.0002833333333333333, DECIMAL_PER_TOKEN, INT64_C(283333333333)},
      {1.5000000000000002e-07, DECIMAL_PER_TOKEN, 150000000},
      {0.15, DECIMAL_PER_MILLION, 150000000},
      {22.5, DECIMAL_PER_MILLION, INT64_C(22500000000)},
      {0, DECIMAL_PER_TOKEN, 0},
      {1e-300, DECIMAL_PER_TOKEN, 0},
      {4e-16, DECIMAL_PER_TOKEN, 0}, /* rounded half up */
      {5e-16, DECIMAL_PER_TOKEN, 1},
      {-1, DECIMAL_PER_TOKEN, MONEY_UNKNOWN},
      {1e300, DECIMAL_PER_TOKEN, MONEY_UNKNOWN},
      {1e4, DECIMAL_PER_TOKEN, MONEY_UNKNOWN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (decimal_nano(cases[i].value, cases[i].places) != cases[i].nano)
      fail_msg("case %zu: %g became %lld", i, cases[i].value,
               (long long)decimal_nano(cases[i].value, cases[i].places));
  assert_int_equal(decimal_parse_usd("1.25"), 1250000000);
  assert_int_equal(decimal_parse_usd("nan"), MONEY_UNKNOWN);
  assert_int_equal(decimal_parse_usd("-1"), MONEY_UNKNOWN);
  assert_int_equal(decimal_parse_usd("1.2.3"), MONEY_UNKNOWN);
  assert_int_equal(decimal_parse_usd(""), MONEY_UNKNOWN);
}

/* Every whole number of nano-USD survives the way through a double per token. */
static void test_decimal_is_exact(void **state) {
  (void)state;
  for (int64_t nano = 1000000; nano < INT64_C(90000000000); nano += 7919 * (1 + nano / 100000)) {
    char text[48];
    snprintf(text, sizeof text, "%lld.0e-15", (long long)nano);
    assert_int_equal(decimal_nano(strtod(text, NULL), DECIMAL_PER_TOKEN), nano);
  }
}

static struct price_list read_list(const char *name, const struct list_options *options) {
  struct price_list list;
  struct catalog_error err;
  char path[512];
  snprintf(path, sizeof path, "%s/tests/data/price-lists/%s", TIERD_SOURCE_DIR, name);
  if (!price_list_load(path, options, &list, &err))
    fail_msg("%s", err.text);
  return list;
}

static const struct listed_model *get(const struct price_list *list, const char *name,
                                      const char *provider) {
  const char *other;
  const struct listed_model *listed = price_list_find(list, name, provider, &other);
  if (listed == NULL)
    fail_msg("no %s of %s", name, provider);
  return listed;
}

static void test_litellm(void **state) {
  (void)state;
  const struct list_options options = {0};
  struct price_list list = read_list("litellm.json", &options);
  assert_int_equal(list.format, LIST_LITELLM);
  assert_int_equal(list.count, 8);
  assert_int_equal(list.not_chat, 1);
  const struct catalog_model *mini = &get(&list, "acme-mini", "acme")->model;
  assert_int_equal(mini->price.input, 150000000);
  assert_int_equal(mini->price.output, 600000000);
  assert_int_equal(mini->price.cache_read, 15000000);
  assert_int_equal(mini->price.batch_input, 75000000);
  assert_int_equal(mini->price.batch_output, 300000000);
  assert_int_equal(mini->price.cache_writes_count, 0);
  assert_int_equal(mini->context_window, 128000);
  assert_int_equal(mini->output_max, 16384);
  assert_int_equal(mini->capabilities, CAPABILITY_VISION | CAPABILITY_TOOLS);
  assert_int_equal(mini->capabilities_known,
                   CAPABILITY_VISION | CAPABILITY_TOOLS | CAPABILITY_FILES);
  const struct catalog_model *mid = &get(&list, "acme-mid", "acme")->model;
  assert_int_equal(mid->price.cache_writes_count, 2);
  assert_int_equal(mid->price.cache_writes[0].lifetime_s, 300);
  assert_int_equal(mid->price.cache_writes[0].price, 3750000000);
  assert_int_equal(mid->price.cache_writes[1].lifetime_s, 3600);
  assert_int_equal(mid->price.cache_writes[1].price, 6000000000);
  assert_int_equal(mid->context_tiers_count, 1);
  assert_int_equal(mid->context_tiers[0].above_input_tokens, 200000);
  assert_int_equal(mid->context_tiers[0].price.output, INT64_C(22500000000));
  assert_int_equal(mid->context_tiers[0].price.cache_writes[1].price, INT64_C(12000000000));
  assert_int_equal(mid->cache_tokens_min, 1024);
  price_list_unload(&list);
}

/* What is no price is unknown, and the notes say why. */
static void test_litellm_reasons(void **state) {
  (void)state;
  struct list_options options = {0};
  struct price_list list = read_list("litellm.json", &options);
  const struct listed_model *free_one = get(&list, "umbra-free", "umbra");
  assert_false(money_known(free_one->model.price.input));
  assert_non_null(strstr(free_one->notes, "is 0 in the list"));
  assert_non_null(strstr(free_one->notes, "max_output: not in the list"));
  const struct catalog_model *ranges = &get(&list, "umbra-ranges", "umbra")->model;
  assert_int_equal(ranges->price.input, 400000000);
  assert_int_equal(ranges->context_tiers_count, 1);
  assert_int_equal(ranges->context_tiers[0].above_input_tokens, 256000);
  assert_int_equal(ranges->context_tiers[0].price.output, 3600000000);
  const char *other;
  assert_null(price_list_find(&list, "umbra odd name", "umbra", &other));
  assert_int_equal(get(&list, "acme-old", "acme")->ends_days, 20503);
  price_list_unload(&list);
  options.zero_is_free = true;
  list = read_list("litellm.json", &options);
  assert_int_equal(get(&list, "umbra-free", "umbra")->model.price.input, 0);
  price_list_unload(&list);
}

static void test_models_dev(void **state) {
  (void)state;
  const struct list_options options = {.providers = "ac*,nobody"};
  struct price_list list = read_list("models-dev.json", &options);
  assert_int_equal(list.format, LIST_MODELS_DEV);
  assert_int_equal(list.count, 4);
  assert_int_equal(list.filtered, 2);
  assert_int_equal(list.not_chat, 1);
  const struct catalog_model *mini = &get(&list, "acme-mini", "acme")->model;
  assert_int_equal(mini->price.input, 150000000);
  assert_int_equal(mini->price.cache_read, 15000000);
  assert_int_equal(mini->context_window, 128000);
  assert_int_equal(mini->capabilities,
                   CAPABILITY_VISION | CAPABILITY_TOOLS | CAPABILITY_JSON_SCHEMA);
  assert_true(mini->capabilities_known & CAPABILITY_REASONING);
  const struct catalog_model *mid = &get(&list, "acme-mid", "acme")->model;
  assert_true(mid->capabilities & CAPABILITY_TOOLS);
  assert_int_equal(mid->context_tiers_count, 1); /* the older key is not read beside tiers */
  assert_int_equal(mid->context_tiers[0].price.input, 6000000000);
  assert_int_equal(mid->price.cache_writes[0].lifetime_s, 0);
  const struct catalog_model *older = &get(&list, "acme-older", "acme")->model;
  assert_int_equal(older->context_tiers[0].above_input_tokens, 200000);
  assert_int_equal(older->output_max, 0);
  assert_true(get(&list, "acme-gone", "acme")->retired);
  price_list_unload(&list);
}

static void refused(const char *text, const char *mention) {
  struct price_list list;
  struct catalog_error err = {""};
  const struct list_options options = {0};
  const size_t len = strlen(text);
  char *copy = malloc(len + 1);
  assert_non_null(copy);
  memcpy(copy, text, len + 1);
  assert_false(price_list_parse("list.json", copy, len, &options, &list, &err));
  if (strstr(err.text, mention) == NULL)
    fail_msg("'%s' does not mention '%s'", err.text, mention);
  free(copy);
}

static void test_refused(void **state) {
  (void)state;
  refused("", "not valid JSON");
  refused("[]", "neither form");
  refused("{}", "neither form");
  refused("{\"tiers\": [], \"models\": {}}", "a catalogue of tierd already");
  refused("{\"a\": {\"litellm_provider\": \"p\"}, \"b/c\": 7}", "list.json: /b~1c: expected");
  refused("{\"a\": {\"models\": {}}, \"b\": {\"models\": {\"x\": 1}}, \"c\": 1}", "/b/models/x:");
  refused("{\"a\": {\"litellm_provider\": \"p\", \"mode\": \"chat\"},"
          " \"a\": {\"litellm_provider\": \"p\", \"mode\": \"chat\"}}",
          "/a: appears twice");
  char deep[200];
  memset(deep, '[', sizeof deep - 1);
  deep[sizeof deep - 1] = '\0';
  refused(deep, "nested");
}

static void test_names(void **state) {
  (void)state;
  assert_true(names_match(NULL, "x"));
  assert_true(names_match("a*,b?", "bc"));
  assert_false(names_match("a*,b?", "c"));
  assert_false(names_match("", "c"));
  assert_true(names_same_provider("google", "vertex_ai-language-models"));
  assert_false(names_same_provider("google", "openai"));
  assert_string_equal(names_tokenizer("openai/gpt-5-mini"), "o200k");
  assert_string_equal(names_tokenizer("gpt-4-turbo"), "cl100k");
  assert_string_equal(names_tokenizer("claude-opus-4-5-20251101"), "claude");
  assert_string_equal(names_tokenizer("claude-opus-4-20250514"), "claude");
  assert_string_equal(names_tokenizer("claude-opus-4-7"), "claude-4.7");
  assert_null(names_tokenizer("acme-1"));
  assert_string_equal(names_images("openai/gpt-5-mini-2025-08-07"), "gpt-5-mini");
  assert_string_equal(names_images("gpt-5.4-nano"), "gpt-5-mini");
  assert_string_equal(names_images("gpt-5.4-pro"), "gpt-5.4");
  assert_string_equal(names_images("gpt-5"), "gpt-5");
  assert_string_equal(names_images("gpt-6.2-sol"), "gpt-5.6");
  assert_string_equal(names_images("gemini-2.5-pro"), "gemini-2");
  assert_null(names_images("gpt-4o"));
  assert_null(names_images("gemini-3.8-flash"));
  assert_null(names_images("claude-opus-4-7"));
}

static void test_tier_rules(void **state) {
  (void)state;
  struct tier_rules rules;
  char why[OPTIONS_WHY_MAX];
  struct catalog_options options = {.tiers = "low=*mini*,mid,low=*nano*,top=*max*",
                                    .tier_by_price = "1,5",
                                    .tier_of = {{"odd=one=mid"}, 1}};
  struct price_set price = price_set_unknown();
  assert_true(tier_rules_init(&rules, &options, NULL, why));
  assert_int_equal(rules.names_count, 3);
  assert_string_equal(rules.names[2], "top");
  assert_int_equal(tier_rules_find(&rules, "x-nano", &price), 0);
  assert_int_equal(tier_rules_find(&rules, "x-max", &price), 2);
  assert_int_equal(tier_rules_find(&rules, "odd=one", &price), 1);
  assert_int_equal(tier_rules_find(&rules, "x", &price), -1); /* unknown is not cheap */
  price.input = price.output = NANO_PER_USD;
  assert_int_equal(tier_rules_find(&rules, "x", &price), 0);
  price.output = 5 * NANO_PER_USD;
  assert_int_equal(tier_rules_find(&rules, "x", &price), 1);
  price.input = 10 * NANO_PER_USD;
  assert_int_equal(tier_rules_find(&rules, "x", &price), 2);
  options.tier_by_price = "5,1";
  assert_false(tier_rules_init(&rules, &options, NULL, why));
  options.tier_by_price = "1";
  assert_false(tier_rules_init(&rules, &options, NULL, why));
  options = (struct catalog_options){0};
  assert_false(tier_rules_init(&rules, &options, NULL, why));
  assert_non_null(strstr(why, "--base"));
}

/* What the list does not know stays; one price for writing is for the shortest life. */
static void test_merge(void **state) {
  (void)state;
  struct catalog_model base = {.price = price_set_unknown(), .context_window = 400000};
  struct catalog_model listed = {.price = price_set_unknown(), .context_window = 272000};
  struct catalog_model merged;
  struct catalog_memory *memory = catalog_memory_create();
  assert_non_null(memory);
  base.price.input = 1;
  base.price.batch_input = 7;
  base.price.cache_writes_count = 1;
  base.price.cache_writes[0] = (struct cache_write_price){1800, 10, 5};
  listed.price.input = 2;
  listed.price.cache_writes_count = 1;
  listed.price.cache_writes[0] = (struct cache_write_price){0, 20, MONEY_UNKNOWN};
  assert_true(merge_models(&base, &listed, memory, &merged));
  assert_int_equal(merged.price.input, 2);
  assert_int_equal(merged.price.batch_input, 7);
  assert_int_equal(merged.price.cache_writes_count, 1);
  assert_int_equal(merged.price.cache_writes[0].lifetime_s, 1800);
  assert_int_equal(merged.price.cache_writes[0].price, 20);
  assert_int_equal(merged.price.cache_writes[0].batch_price, 5);
  assert_int_equal(merged.context_window, 400000);
  struct figure_changes changes;
  assert_true(figures_compare(&base, &merged, &changes));
  assert_int_equal(changes.count, 2);
  assert_string_equal(changes.items[0].name, "input");
  assert_string_equal(changes.items[1].name, "cache_write 30m");
  assert_true(figures_percent(&changes.items[1]) > 99.9);
  figures_changes_deinit(&changes);
  catalog_memory_destroy(memory);
}

/* A catalogue with a slip of each kind; every kind must be found, and no other. */
static const char slips[] =
    "{\"tiers\":[\"low\",\"high\"],\"defaults\":{\"low\":\"dear\",\"high\":\"cheap\"},\"models\":{"
    "\"dear\":{\"provider\":\"p\",\"tier\":\"low\",\"input\":10,\"output\":20,\"cache_read\":11,"
    "\"batch_input\":12,\"context_window\":1000,\"max_output\":2000,\"as_of\":\"2026-11-01\","
    "\"long_context\":{\"above_input_tokens\":500,\"input\":9,\"output\":30},\"capabilities\":"
    "{\"vision\":true,\"tools\":true,\"json_schema\":true,\"files\":true,\"reasoning\":true}},"
    "\"cheap\":{\"provider\":\"p\",\"tier\":\"high\",\"input\":2,\"output\":1,"
    "\"effective_until\":\"2026-12-31\",\"price_changes\":[{\"effective_from\":\"2027-01-05\","
    "\"effective_until\":\"2027-02-01\",\"input\":1,\"output\":2},{\"effective_from\":"
    "\"2027-02-01\",\"input\":1,\"output\":null}],\"context_window\":1000,\"max_output\":100,"
    "\"as_of\":\"2026-01-01\"},"
    "\"blank\":{\"provider\":\"p\",\"tier\":\"high\",\"input\":null,\"output\":null}}}";

static size_t found(const struct audit *audit, const char *kind, const char *model) {
  size_t count = 0;
  for (size_t i = 0; i < audit->count; i++)
    count += strcmp(audit->items[i].kind, kind) == 0 && strcmp(audit->items[i].model, model) == 0;
  return count;
}

static void test_audit(void **state) {
  (void)state;
  struct catalog catalog;
  struct catalog_error err;
  struct audit audit;
  const struct audit_options options = {.today_days = 20780, .stale_days = 45};
  char text[sizeof slips];
  memcpy(text, slips, sizeof slips);
  if (!catalog_parse("slips", text, sizeof slips - 1, &catalog, &err))
    fail_msg("%s", err.text);
  assert_true(audit_run(&audit, &catalog, &options));
  static const struct {
    const char *kind, *model;
    size_t count;
  } expected[] = {
      {"tiers-inverted", "low", 1},
      {"cache-dearer", "dear", 1},
      {"batch-dearer", "dear", 1},
      {"contradiction", "dear", 1},
      {"long-context-cheaper", "dear", 1},
      {"output-below-input", "cheap", 1},
      {"ranges-hole", "cheap", 1},
      {"ranges-overlap", "cheap", 1},
      {"stale", "cheap", 1},
      {"missing-capability", "cheap", 1},
      {"undated", "blank", 1},
      {"missing-price", "blank", 1},
      {"missing-window", "blank", 2},
      {"missing-capability", "blank", 1},
  };
  size_t sum = 0;
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    if (found(&audit, expected[i].kind, expected[i].model) != expected[i].count)
      fail_msg("%s of %s: %zu", expected[i].kind, expected[i].model,
               found(&audit, expected[i].kind, expected[i].model));
    sum += expected[i].count;
  }
  assert_int_equal(audit.count, sum);
  audit_deinit(&audit);
  catalog_unload(&catalog);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decimal),    cmocka_unit_test(test_decimal_is_exact),
      cmocka_unit_test(test_litellm),    cmocka_unit_test(test_litellm_reasons),
      cmocka_unit_test(test_models_dev), cmocka_unit_test(test_refused),
      cmocka_unit_test(test_names),      cmocka_unit_test(test_tier_rules),
      cmocka_unit_test(test_merge),      cmocka_unit_test(test_audit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
