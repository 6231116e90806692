/* test_catalog.c - the catalogue: what is read, what is refused and in which words,
 * and the catalogue that is shipped.
 *
 * Bad catalogues are the good one below with one piece exchanged, so that a case
 * shows what it is about and nothing else can be the reason for its refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/config/calendar.h"
#include "daemon/config/catalog_load.h"

static const char good[] =
    "// a comment\n"
    "{\n"
    "  \"version\": \"test\",\n"
    "  \"tiers\": [\"small\", \"large\"],\n"
    "  \"safe_tier\": \"large\",\n"
    "  \"defaults\": {\"small\": \"mini\", \"large\": \"open/maxi\"},\n"
    "  \"models\": {\n"
    "    \"mini\": {\n"
    "      \"provider\": \"acme\", \"tier\": \"small\",\n"
    "      \"input\": 0.15, \"output\": 0.6, \"cache_read\": 0.003,\n"
    "      \"cache_write\": 0.1875, \"batch_cache_read\": 0.0015,\n"
    "      \"long_context\": {\"above_input_tokens\": 1000, \"input\": 0.3, \"output\": null},\n"
    "      \"windows\": [{\"days\": \"mon-fri\", \"hours\": [\"01:00-04:00\", \"22:00-02:00\"],\n"
    "        \"multiplier\": 2}, {\"hours\": \"12:00-13:00\", \"input\": 7, \"output\": 8}],\n"
    "      \"effective_until\": \"2026-12-31\", \"price_changes\": [\n"
    "        {\"effective_from\": \"2027-01-01\", \"input\": 0.3, \"output\": 1.2,\n"
    "         \"cache_write\": {\"1h\": 0.6, \"5m\": 0.375}, \"batch_cache_write\": {\"5m\": "
    "0.1}},\n"
    "        {\"effective_from\": \"2027-02-01T06:30Z\", \"effective_until\": \"2027-02-28\",\n"
    "         \"input\": 0.4, \"output\": 1.6, \"long_context\": [\n"
    "           {\"above_input_tokens\": 100, \"input\": 1, \"output\": 2},\n"
    "           {\"above_input_tokens\": 200, \"input\": 3, \"output\": 4}]}],\n"
    "      \"cache\": \"automatic\", \"cache_lifetime\": \"30m\", \"cache_tokens_step\": 128,\n"
    "      \"context_window\": 128000, \"max_output\": null, \"cache_tokens_min\": 1024,\n"
    "      \"capabilities\": {\"vision\": true, \"tools\": false},\n"
    "      \"as_of\": \"2026-11-23\", \"source\": \"a page\", \"notes\": \"none\"\n"
    "    },\n"
    "    \"midi\": {\"provider\": \"acme\", \"tier\": \"small\", \"input\": 0, \"output\": null},\n"
    "    /* another\n"
    "       comment */\n"
    "    \"open/maxi\": {\"provider\": \"umbrella\", \"tier\": \"large\", \"input\": 10, "
    "\"output\": 50, \"as_of\": \"2026-10\"}\n"
    "  }\n"
    "}\n";

/* catalog_parse() on a heap copy of exactly that size: the sanitizer then sees any
 * access beyond it. */
static bool parse(const char *text, size_t len, struct catalog *out, struct catalog_error *err) {
  char *copy = malloc(len > 0 ? len : 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  const bool ok = catalog_parse("test.json", copy, len, out, err);
  free(copy);
  return ok;
}

/* The good catalogue with its first `find` exchanged, to be freed. */
static char *exchange(const char *find, const char *replace) {
  const char *at = strstr(good, find);
  if (at == NULL)
    fail_msg("the good catalogue has no %s", find);
  char *text = malloc(sizeof good + strlen(replace));
  assert_non_null(text);
  sprintf(text, "%.*s%s%s", (int)(at - good), good, replace, at + strlen(find));
  return text;
}

static void reads_every_field(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  if (!parse(good, strlen(good), &c, &err))
    fail_msg("%s", err.text);
  assert_int_equal(c.tiers_count, 2);
  assert_string_equal(c.tiers[0].name, "small");
  assert_string_equal(c.tiers[1].name, "large");
  assert_int_equal(c.tiers[0].default_model, 0);
  assert_int_equal(c.tiers[1].default_model, 2);
  assert_int_equal(c.safe_tier, 1);
  assert_int_equal(c.models_count, 3);
  assert_int_equal(strlen(c.version), 12);

  const struct catalog_model *mini = &c.models[0];
  assert_string_equal(mini->name, "mini");
  assert_string_equal(mini->provider, "acme");
  assert_string_equal(mini->source, "a page");
  assert_string_equal(mini->notes, "none");
  assert_true(mini->price.input == 150000000 && mini->price.output == 600000000);
  assert_true(mini->price.cache_read == 3000000);
  assert_int_equal(mini->price.cache_writes_count, 1);
  assert_int_equal(mini->price.cache_writes[0].lifetime_s, 1800);
  assert_true(mini->price.cache_writes[0].price == 187500000);
  assert_true(mini->price.cache_writes[0].batch_price == MONEY_UNKNOWN);
  assert_true(mini->price.batch_input == MONEY_UNKNOWN);
  assert_true(mini->price.batch_cache_read == 1500000);
  assert_int_equal(mini->context_tiers_count, 1);
  assert_int_equal(mini->context_tiers[0].above_input_tokens, 1000);
  const struct price_set *longer = &mini->context_tiers[0].price;
  assert_true(longer->input == 300000000 && longer->output == MONEY_UNKNOWN);
  assert_true(longer->cache_read == MONEY_UNKNOWN && longer->cache_writes_count == 0);
  assert_int_equal(mini->cache_mode, CACHE_AUTOMATIC);
  assert_int_equal(mini->cache_lifetime_s, 1800);
  assert_int_equal(mini->cache_tokens_step, 128);
  assert_int_equal(mini->context_window, 128000);
  assert_int_equal(mini->output_max, 0);
  assert_int_equal(mini->cache_tokens_min, 1024);
  assert_int_equal(mini->capabilities, CAPABILITY_VISION);
  assert_int_equal(mini->capabilities_known, CAPABILITY_VISION | CAPABILITY_TOOLS);
  assert_string_equal(mini->price_as_of, "2026-11-23");
  assert_int_equal(mini->price_as_of_days, 20780);

  const struct catalog_model *midi = &c.models[1];
  assert_true(midi->price.input == 0 && midi->price.output == MONEY_UNKNOWN);
  assert_int_equal(midi->context_tiers_count + midi->windows_count + midi->changes_count, 0);
  assert_int_equal(midi->cache_mode, CACHE_UNSTATED);
  assert_string_equal(midi->price_as_of, "");
  assert_int_equal(midi->price_as_of_days, -1);
  assert_string_equal(midi->source, "");
  assert_string_equal(c.models[2].price_as_of, "2026-10");
  assert_int_equal(c.models[2].price_as_of_days, 20727); /* the first of the month */
  catalog_unload(&c);
  assert_null(c.models);
  catalog_unload(&c); /* twice does no harm */
}

static void lookups_are_exact(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  assert_true(parse(good, strlen(good), &c, &err));
  assert_int_equal(catalog_find_tier(&c, span_of("large")), 1);
  assert_int_equal(catalog_find_tier(&c, span_of("Large")), -1);
  assert_int_equal(catalog_find_tier(&c, span_of("")), -1);
  assert_int_equal(catalog_find_model(&c, span_of("open/maxi")), 2);
  assert_int_equal(catalog_find_model(&c, span_of("min")), -1);
  assert_int_equal(catalog_find_model(&c, span_make("mini\0more", 9)), -1);
  assert_int_equal(catalog_find_model(&c, span_make(NULL, 0)), -1);

  catalog_unload(&c);
}

#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)
#define MONDAY INT64_C(1795392000)   /* 2026-11-23 00:00 UTC */
#define NEW_YEAR INT64_C(1798761600) /* 2027-01-01 00:00 UTC, a Friday */

/* Of the model "mini" above: which input price holds, in thousandths of a dollar. */
static void prices_of_their_time(void **state) {
  (void)state;
  static const struct {
    int64_t now_s;
    uint64_t input_tokens;
    int64_t input;
  } cases[] = {
      /* the length, in hours without a window */
      {MONDAY + 5 * HOUR, 0, 150},
      {MONDAY + 5 * HOUR, 1000, 150},
      {MONDAY + 5 * HOUR, 1001, 300},
      {MONDAY + 5 * HOUR, UINT64_MAX, 300},
      {0, 0, 300}, /* midnight before a Thursday, in the window that Wednesday opens */
      /* the first window, twice whatever the length gives */
      {MONDAY + HOUR - 1, 0, 150},
      {MONDAY + HOUR, 0, 300},
      {MONDAY + HOUR, 1001, 600},
      {MONDAY + 4 * HOUR - 1, 0, 300},
      {MONDAY + 4 * HOUR, 0, 150},
      /* the one over midnight: from Monday to Friday, so early on Saturday too */
      {MONDAY + 22 * HOUR - 1, 0, 150},
      {MONDAY + 22 * HOUR, 0, 300},
      {MONDAY + DAY, 0, 300},
      {MONDAY, 0, 150},
      {MONDAY + 5 * DAY + 2 * HOUR - 1, 0, 300},
      {MONDAY + 5 * DAY + 2 * HOUR, 0, 150},
      {MONDAY + 5 * DAY + 22 * HOUR, 0, 150},
      {MONDAY + 6 * DAY, 0, 150},
      /* the one with prices of its own, every day and at any length */
      {MONDAY + 12 * HOUR, 0, 7000},
      {MONDAY + 6 * DAY + 12 * HOUR, 2000, 7000},
      {MONDAY + 13 * HOUR, 0, 150},
      /* changes have no windows unless they say so */
      {NEW_YEAR - HOUR, 0, 300},
      {NEW_YEAR, 0, 300},
      {NEW_YEAR + 5 * HOUR, 0, 300},
      {NEW_YEAR + 5 * HOUR, 5000, 300},
      {NEW_YEAR + 31 * DAY + 6 * HOUR + 29 * 60, 0, 300},
      {NEW_YEAR + 31 * DAY + 6 * HOUR + 30 * 60, 0, 400},
      {NEW_YEAR + 31 * DAY + 7 * HOUR, 100, 400},
      {NEW_YEAR + 31 * DAY + 7 * HOUR, 101, 1000},
      {NEW_YEAR + 31 * DAY + 7 * HOUR, 200, 1000},
      {NEW_YEAR + 31 * DAY + 7 * HOUR, 201, 3000},
      /* and when the last one ends, the one before holds again */
      {NEW_YEAR + 59 * DAY - 1, 0, 400},
      {NEW_YEAR + 59 * DAY, 0, 300},
  };
  struct catalog c;
  struct catalog_error err;
  if (!parse(good, strlen(good), &c, &err))
    fail_msg("%s", err.text);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct price_set price;
    assert_true(catalog_prices(&c.models[0], cases[i].now_s, cases[i].input_tokens, &price));
    if (price.input != cases[i].input * 1000000)
      fail_msg("case %zu: %lld", i, (long long)price.input);
  }
  catalog_unload(&c);
}

/* A multiplier is of every price. */
static void multiplier_leaves_no_price_out(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  struct price_set price;
  assert_true(parse(good, strlen(good), &c, &err));
  assert_true(catalog_prices(&c.models[0], MONDAY + HOUR, 0, &price));
  assert_true(price.output == 1200000000 && price.cache_read == 6000000);
  assert_true(price.batch_cache_read == 3000000 && price.batch_input == MONEY_UNKNOWN);
  assert_true(price.cache_writes[0].price == 375000000);
  assert_true(price.cache_writes[0].batch_price == MONEY_UNKNOWN);
  catalog_unload(&c);
}

/* A key must be named as a whole word, and one that is an everyday word must come first. */
static void notes_explain_keys(void **state) {
  (void)state;
  static const struct {
    const char *notes, *key, *clause;
  } cases[] = {
      {NULL, "cache_read", ""},
      {"", "cache_read", ""},
      {"legacy; cache_read: not published ;x", "cache_read", "cache_read: not published "},
      {"no usable price in the list for: cache_read cache_write", "cache_write",
       "no usable price in the list for: cache_read cache_write"},
      {"batch_cache_read: none; no cache_read", "cache_read", "no cache_read"},
      {"cache_reads vary; cache_rea", "cache_read", ""},
      {"cache_write: bills as input; output: not in the list", "input", ""},
      {"cache_write: bills as input; output: not in the list", "output", "output: not in the list"},
      {";;  ;", "input", ""},
      {"inputs; input", "input", "input"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct catalog_model model = {.notes = cases[i].notes};
    const struct span clause = catalog_note(&model, cases[i].key);
    if (!span_is(clause, cases[i].clause))
      fail_msg("case %zu: \"%.*s\"", i, (int)clause.len, clause.len > 0 ? clause.ptr : "");
  }
}

/* Of a change in force its own notes come first; where they are silent, the model's. */
static void reasons_follow_the_price_in_force(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  char *noted = exchange("\"input\": 0.3, \"output\": 1.2,",
                         "\"input\": 0.3, \"output\": 1.2, \"notes\": \"output: promised\",");
  assert_true(parse(noted, strlen(noted), &c, &err));
  struct catalog_model mini = c.models[0];
  assert_string_equal(mini.changes[0].notes, "output: promised");
  assert_string_equal(mini.changes[1].notes, "");
  mini.notes = "output: not yet; as_of: no day";
  const int64_t before = mini.changes[0].from_s - 1, during = before + 1,
                after = mini.changes[1].from_s;
  assert_true(span_is(catalog_why_unknown(&mini, "output", before), "output: not yet"));
  assert_true(span_is(catalog_why_unknown(&mini, "output", during), "output: promised"));
  assert_true(span_is(catalog_why_unknown(&mini, "output", after), "output: not yet"));
  assert_true(span_is(catalog_why_unknown(&mini, "as_of", during), "as_of: no day"));
  assert_true(span_is(catalog_why_unknown(&mini, "input", during), "the catalogue does not say"));
  catalog_unload(&c);
  free(noted);
}

/* Without the key the tokenizer decides; a slip is refused like any other. */
static void images_are_counted_by_a_named_rule(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  char *named = exchange("\"notes\": \"none\"", "\"notes\": \"none\", \"images\": \"gpt-5.6\"");
  assert_true(parse(named, strlen(named), &c, &err));
  assert_int_equal(c.models[0].images, IMAGES_GPT_56);
  assert_int_equal(c.models[1].images, IMAGES_BY_FAMILY);
  catalog_unload(&c);
  free(named);
  char *wrong = exchange("\"notes\": \"none\"", "\"images\": \"gpt-5.7\"");
  assert_false(parse(wrong, strlen(wrong), &c, &err));
  assert_non_null(strstr(err.text, "/models/mini/images: \"gpt-5.7\" is no way to count images; "));
  /* The message lists all that there are. */
  for (int i = IMAGES_BY_FAMILY + 1; i < IMAGE_RULES; i++)
    assert_non_null(strstr(err.text, image_rule_name((enum image_rule)i)));
  free(wrong);
}

static void no_price_outside_its_dates(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  struct price_set price;
  char *text = exchange("\"effective_until\": \"2026-12-31\"",
                        "\"effective_from\": \"2026-11-23\", \"effective_until\": "
                        "\"2026-12-30T12:00Z\"");
  if (!parse(text, strlen(text), &c, &err))
    fail_msg("%s", err.text);
  const struct catalog_model *mini = &c.models[0];
  assert_false(catalog_prices(mini, MONDAY - 1, 0, &price));
  assert_true(price.input == MONEY_UNKNOWN && price.batch_cache_read == MONEY_UNKNOWN);
  assert_true(price.cache_writes_count == 0);
  assert_true(catalog_prices(mini, MONDAY, 0, &price));
  assert_true(catalog_prices(mini, NEW_YEAR - 2 * DAY + 12 * HOUR - 1, 0, &price));
  assert_false(catalog_prices(mini, NEW_YEAR - 2 * DAY + 12 * HOUR, 0, &price));
  assert_true(catalog_prices(mini, NEW_YEAR, 0, &price));
  catalog_unload(&c);
  free(text);
}

/* Sorted by time, whatever their order in the file. */
static void lifetimes_are_sorted(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  assert_true(parse(good, strlen(good), &c, &err));
  const struct price_set *price = &c.models[0].changes[0].price;
  assert_int_equal(price->cache_writes_count, 2);
  assert_int_equal(price->cache_writes[0].lifetime_s, 300);
  assert_int_equal(price->cache_writes[1].lifetime_s, 3600);
  assert_true(price->cache_writes[0].price == 375000000);
  assert_true(price->cache_writes[0].batch_price == 100000000);
  assert_true(price->cache_writes[1].price == 600000000);
  assert_true(price->cache_writes[1].batch_price == MONEY_UNKNOWN);
  catalog_unload(&c);
}

static void safe_tier_is_the_last_unless_named(void **state) {
  (void)state;
  static const struct {
    const char *replace;
    uint32_t tier;
  } cases[] = {{"", 1}, {"\"safe_tier\": null,", 1}, {"\"safe_tier\": \"small\",", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct catalog c;
    struct catalog_error err;
    char *text = exchange("\"safe_tier\": \"large\",", cases[i].replace);
    assert_true(parse(text, strlen(text), &c, &err));
    assert_int_equal(c.safe_tier, cases[i].tier);
    catalog_unload(&c);
    free(text);
  }
}

/* The version tells any two files apart, comments included. */
static void version_follows_the_bytes(void **state) {
  (void)state;
  struct catalog a, b, again;
  struct catalog_error err;
  char *text = exchange("a comment", "A comment");
  assert_true(parse(good, strlen(good), &a, &err));
  assert_true(parse(good, strlen(good), &again, &err));
  assert_true(parse(text, strlen(text), &b, &err));
  assert_string_equal(a.version, again.version);
  assert_string_not_equal(a.version, b.version);
  catalog_unload(&a);
  catalog_unload(&again);
  catalog_unload(&b);
  free(text);
}

struct bad_case {
  const char *find;
  const char *replace;
  const char *expected; /* part of the error */
};

static const struct bad_case bad_cases[] = {
    /* not JSON, or more of it than is taken */
    {good, "", "test.json: line 1: not valid JSON: empty"},
    {"// a comment", "/* open", "not valid JSON"},
    {"\"version\": \"test\",", "\"version\" \"test\",", "line 3: not valid JSON"},
    {"  }\n}\n", "  }\n", "not valid JSON: ends within"},
    {"  }\n}\n", "  }\n}\n{}", "not valid JSON: goes on after"},
    {"0.15", "1e999", "line 10: not valid JSON"},
    {"0.15", "015", "line 10: not valid JSON"},
    {"\"a page\"", "\"\xFF\"", "not valid JSON"},
    {"\"a page\"", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested too deeply"},
    {good, "[]", "test.json: expected an object"},
    {good, "{}", "/tiers: missing"},
    /* keys */
    {"\"input\"", "\"inptu\"", "/models/mini/inptu: unknown key; did you mean \"input\"?"},
    {"\"version\"", "\"Version\"", "/Version: unknown key; did you mean \"version\"?"},
    {"\"version\"", "\"xyzzy\"", "/xyzzy: unknown key"},
    {"\"vision\"", "\"visoin\"", "/models/mini/capabilities/visoin: unknown key; did you mean"},
    {"\"above_input_tokens\"", "\"above_tokens\"",
     "/models/mini/long_context/above_tokens: unknown"},
    {"\"input\": 0.15", "\"input\": 0.15, \"input\": 0.2", "/models/mini/input: appears twice"},
    {"\"version\": \"test\"", "\"version\": 1, \"version\": 2", "/version: appears twice"},
    {"\"midi\"", "\"mini\"", "/models/mini: appears twice"},
    {"\"small\": \"mini\"", "\"small\": \"mini\", \"small\": \"midi\"",
     "/defaults/small: appears twice"},
    {"\"tools\": false", "\"vision\": false", "/models/mini/capabilities/vision: appears twice"},
    {"\"version\": \"test\"", "\"version\": []", "/version: expected a string or a number"},
    /* tiers */
    {"[\"small\", \"large\"]", "[\"small\"]", "/tiers: 1 tiers; expected 2 to 8"},
    {"[\"small\", \"large\"]", "[1,2,3,4,5,6,7,8,9]", "/tiers: 9 tiers; expected 2 to 8"},
    {"[\"small\", \"large\"]", "\"small\"", "/tiers: expected an array"},
    {"[\"small\", \"large\"]", "[\"small\", \"small\"]",
     "/tiers/1: the tier \"small\" appears twice"},
    {"[\"small\", \"large\"]", "[\"small\", 7]", "/tiers/1: expected a tier's name"},
    {"[\"small\", \"large\"]", "[\"small\", \"\"]", "/tiers/1: an empty name"},
    {"[\"small\", \"large\"]", "[\"sm\\u0000all\", \"large\"]",
     "/tiers/0: a name that cannot stand"},
    {"[\"small\", \"large\"]",
     "[\"0123456789012345678901234567890123456789012345678901234567890123\", \"large\"]",
     "/tiers/0: a tier's name of 64 bytes; expected at most 63"},
    {"\"safe_tier\": \"large\"", "\"safe_tier\": \"huge\"",
     "/safe_tier: \"huge\" is none of /tiers"},
    {"\"safe_tier\": \"large\"", "\"safe_tier\": 1", "/safe_tier: expected a string"},
    /* defaults */
    {"\"defaults\": {\"small\": \"mini\", \"large\": \"open/maxi\"},", "",
     "/defaults: missing; expected an object"},
    {"{\"small\": \"mini\", \"large\": \"open/maxi\"}", "[]", "/defaults: expected an object"},
    {"{\"small\": \"mini\", \"large\": \"open/maxi\"}", "{\"small\": \"mini\"}",
     "/defaults/large: missing; expected the name"},
    {"\"small\": \"mini\"", "\"small\": \"mimi\"", "/defaults/small: \"mimi\" is none of /models"},
    {"\"small\": \"mini\"", "\"small\": \"open/maxi\"",
     "/defaults/small: \"open/maxi\" is in the tier \"large\"; expected a model of \"small\""},
    {"\"small\": \"mini\"", "\"small\": null", "/defaults/small: expected the name"},
    {"\"small\": \"mini\"", "\"smal\": \"mini\"",
     "/defaults/smal: unknown key; did you mean \"small\""},
    /* models */
    {"\"models\"", "\"model\"", "/model: unknown key; did you mean \"models\"?"},
    {"\"midi\": {", "\"midi\": 5, \"x\": {", "/models/midi: expected an object"},
    {"\"midi\"", "\"\"", "an empty name"},
    {"\"midi\"", "\"a b\"", "/models/a b: a name that cannot stand in an HTTP header"},
    {"\"midi\"", "\"a\\r\\nx-evil: 1\"", "/models/a??x-evil: 1: a name that cannot stand"},
    {"\"open/maxi\": {\"provider\"", "\"open/maxi\": {\"rovider\"",
     "/models/open~1maxi/rovider: unknown key; did you mean \"provider\"?"},
    {"\"provider\": \"acme\", ", "", "/models/mini/provider: missing; expected a string"},
    {"\"provider\": \"acme\"", "\"provider\": null",
     "/models/mini/provider: null; expected a string"},
    {"\"provider\": \"acme\"", "\"provider\": \"\"", "/models/mini/provider: an empty name"},
    {"\"tier\": \"small\",", "", "/models/mini/tier: missing"},
    {"\"tier\": \"small\"", "\"tier\": \"Small\"",
     "/models/mini/tier: \"Small\" is none of /tiers"},
    {"\"tier\": \"small\"", "\"tier\": 0", "/models/mini/tier: expected a string"},
    /* prices */
    {"\"input\": 0.15, ", "",
     "/models/mini/input: missing; expected USD per million tokens; write null if it is not "
     "published"},
    {"\"output\": 0.6, ", "", "write null if it is not published"},
    {"0.15", "-0.15", "/models/mini/input: -0.15 is no price"},
    {"0.15", "\"0.15\"", "/models/mini/input: expected a number, USD per million tokens, or null"},
    {"0.003", "true", "/models/mini/cache_read: expected a number"},
    {"0.15", "100001", "/models/mini/input: 100001 is absurd"},
    {"0.15", "1.5e-7", "multiply a price per token by 1000000"},
    {"\"input\": 0.3, ", "", "/models/mini/long_context/input: missing"},
    {"\"above_input_tokens\": 1000, ", "", "/models/mini/long_context/above_input_tokens: missing"},
    {"\"above_input_tokens\": 1000", "\"above_input_tokens\": null",
     "/models/mini/long_context/above_input_tokens: null; expected a number of tokens"},
    {"\"above_input_tokens\": 1000", "\"above_input_tokens\": 0",
     "a whole number of tokens from 1"},
    {"\"input\": 0, \"output\": null", "\"input\": 0, \"output\": null, \"long_context\": 5",
     "/models/midi/long_context: expected an array"},
    {"\"above_input_tokens\": 200", "\"above_input_tokens\": 100",
     "/models/mini/price_changes/1/long_context/1/above_input_tokens: 100 is not above the one "
     "before"},
    {"\"cache_write\": 0.1875", "\"cache_write\": {\"5 min\": 1}",
     "/models/mini/cache_write/5 min: \"5 min\" is no duration; expected one like \"5m\""},
    {"\"cache_write\": 0.1875", "\"cache_write\": {\"5m\": 1, \"300s\": 2}",
     "/models/mini/cache_write/300s: this lifetime appears twice"},
    {"\"cache_write\": 0.1875",
     "\"cache_write\": {\"1m\": 1, \"2m\": 2, \"3m\": 3, \"4m\": 4, \"5m\": 5}",
     "/models/mini/cache_write/5m: one lifetime too many; expected at most 4"},
    {"\"cache_write\": 0.1875", "\"cache_write\": {\"5m\": -1}",
     "/models/mini/cache_write/5m: -1 is no price"},
    {"\"cache_write\": 0.1875", "\"cache_write\": \"0.1\"",
     "/models/mini/cache_write: expected a number"},
    {"{\"5m\": 0.1}", "{\"10m\": 0.1}",
     "/models/mini/price_changes/0/batch_cache_write/10m: a lifetime that cache_write does not"},
    {"{\"5m\": 0.1}", "0.1",
     "/models/mini/price_changes/0/batch_cache_write: a lifetime that cache_write does not"},
    {"\"input\": 0, \"output\": null", "\"input\": 0, \"output\": null, \"windows\": []",
     "/models/midi/windows: 0 entries; expected 1 to 8"},
    {"\"multiplier\": 2", "\"multiplyer\": 2",
     "/models/mini/windows/0/multiplyer: unknown key; did you mean \"multiplier\"?"},
    {"\"multiplier\": 2", "\"multiplier\": 0",
     "/models/mini/windows/0/multiplier: expected a number above 0, at most 100"},
    {"\"multiplier\": 2", "\"multiplier\": 2, \"cache_read\": 1",
     "/models/mini/windows/0/multiplier: beside \"cache_read\"; expected a multiplier or prices"},
    {"\"multiplier\": 2", "\"input\": 2", "/models/mini/windows/0/output: missing"},
    {"\"days\": \"mon-fri\"", "\"days\": \"Monday\"",
     "/models/mini/windows/0/days: expected weekdays, like \"mon-fri\""},
    {"\"hours\": \"12:00-13:00\"", "\"hours\": \"12-13\"",
     "/models/mini/windows/1/hours: expected hours in UTC, like \"01:00-04:00\""},
    {"\"hours\": \"12:00-13:00\", ", "", "/models/mini/windows/1/hours: missing"},
    {"\"12:00-13:00\"", "[\"0\"]", "/models/mini/windows/1/hours: expected hours in UTC"},
    {"\"12:00-13:00\"",
     "[\"00:00-00:01\", \"00:01-00:02\", \"00:02-00:03\", \"00:03-00:04\", \"00:04-00:05\", "
     "\"00:05-00:06\", \"00:06-00:07\"]",
     "/models/mini/windows/1/hours: more than 8 times of day in all"},
    {"\"2026-12-31\"", "\"2026-12\"",
     "/models/mini/effective_until: expected a date, YYYY-MM-DD, or YYYY-MM-DDTHH:MMZ"},
    {"\"2026-12-31\"", "\"2026-12-31\", \"effective_from\": \"2027-01-01\"",
     "/models/mini/effective_until: not after effective_from"},
    {"\"input\": 0, \"output\": null", "\"input\": 0, \"output\": null, \"price_changes\": {}",
     "/models/midi/price_changes: expected an array"},
    {"\"effective_from\": \"2027-01-01\", ", "",
     "/models/mini/price_changes/0/effective_from: missing; expected the date"},
    {"\"2027-02-01T06:30Z\"", "\"2027-01-01\"", "/models/mini/price_changes/1: not later than"},
    {"\"automatic\"", "\"auto\"",
     "/models/mini/cache: expected \"automatic\", \"explicit\" or \"none\""},
    {"\"30m\"", "\"30\"", "/models/mini/cache_lifetime: \"30\" is no duration"},
    {"\"cache_tokens_step\": 128", "\"cache_tokens_step\": 0",
     "/models/mini/cache_tokens_step: expected a whole number of tokens"},
    /* the rest */
    {"128000", "128000.5", "/models/mini/context_window: expected a whole number of tokens"},
    {"128000", "-1", "/models/mini/context_window: expected a whole number"},
    {"128000", "1e12", "from 1 to 1000000000, or null if it is not known"},
    {"128000", "\"128k\"", "/models/mini/context_window: expected a whole number"},
    {"\"vision\": true", "\"vision\": 1",
     "/models/mini/capabilities/vision: expected true or false"},
    {"{\"vision\": true, \"tools\": false}", "[\"vision\"]",
     "/models/mini/capabilities: expected an object"},
    {"2026-11-23", "2026-02-29",
     "/models/mini/as_of: \"2026-02-29\" is no date; expected YYYY-MM-DD"},
    {"2026-11-23", "23.11.2026", "is no date"},
    {"\"a page\"", "5", "/models/mini/source: expected a string"},
    {"\"none\"", "5", "/models/mini/notes: expected a string"},
};

static void bad_catalogues_say_why(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
    const struct bad_case *bad = &bad_cases[i];
    struct catalog c, before;
    struct catalog_error err = {""};
    memset(&c, 0x5A, sizeof c);
    before = c;
    char *text = exchange(bad->find, bad->replace);
    if (parse(text, strlen(text), &c, &err))
      fail_msg("accepted: %s", bad->replace);
    if (strstr(err.text, bad->expected) == NULL)
      fail_msg("for %s expected \"%s\", got \"%s\"", bad->replace, bad->expected, err.text);
    assert_int_equal(strncmp(err.text, "test.json: ", 11), 0);
    assert_memory_equal(&c, &before, sizeof c);
    free(text);
  }
}

/* Every beginning of the good one is refused or good, and nothing leaks. */
static void truncation_is_an_error(void **state) {
  (void)state;
  for (size_t len = 0; len < strlen(good) - 1; len++) {
    struct catalog c;
    struct catalog_error err;
    if (parse(good, len, &c, &err))
      fail_msg("accepted the first %zu bytes", len);
    assert_true(err.text[0] != '\0');
  }
}

static void write_models(FILE *out, size_t count) {
  fputs("{\"tiers\":[\"a\",\"b\"],\"defaults\":{\"a\":\"m0\",\"b\":\"m1\"},\"models\":{", out);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "%s\"m%zu\":{\"provider\":\"p\",\"tier\":\"%c\",\"input\":1,\"output\":2}",
            i > 0 ? "," : "", i, i == 1 ? 'b' : 'a');
  fputs("}}", out);
}

static void model_count_is_limited(void **state) {
  (void)state;
  const size_t counts[] = {CATALOG_MODELS_MAX, CATALOG_MODELS_MAX + 1, 0};
  for (size_t i = 0; i < 3; i++) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    write_models(out, counts[i]);
    fclose(out);
    struct catalog c;
    struct catalog_error err;
    const bool ok = parse(text, len, &c, &err);
    assert_int_equal(ok, i == 0);
    if (ok) {
      assert_int_equal(c.models_count, CATALOG_MODELS_MAX);
      assert_int_equal(catalog_find_model(&c, span_of("m1023")), 1023);
      catalog_unload(&c);
    } else {
      assert_non_null(strstr(err.text, "expected 1 to 1024"));
    }
    free(text);
  }
}

/* A key of kilobytes or with terminal escapes must not spoil the message. */
static void errors_are_bounded_and_clean(void **state) {
  (void)state;
  char replace[4200];
  memset(replace, 'x', sizeof replace);
  memcpy(replace, "\"\\u001b[31m", 11);
  memcpy(replace + sizeof replace - 2, "\"", 2);
  char *text = exchange("\"input\"", replace);
  struct catalog c;
  struct catalog_error err;
  assert_false(parse(text, strlen(text), &c, &err));
  assert_non_null(strstr(err.text, "/models/mini/?[31mxxx"));
  assert_non_null(strstr(err.text, "...: unknown key"));
  assert_null(strchr(err.text, '\x1b'));
  free(text);

  char *long_source = malloc(6000);
  assert_non_null(long_source);
  sprintf(long_source, "\"%05000d\"", 0);
  text = exchange("\"a page\"", long_source);
  assert_false(parse(text, strlen(text), &c, &err));
  assert_non_null(strstr(err.text, "/models/mini/source: a text of 5000 bytes"));
  free(text);

  /* Nor must the file's own name. */
  char empty[] = "{}";
  long_source[5000] = '\0';
  assert_false(catalog_parse(long_source, empty, 2, &c, &err));
  assert_non_null(strstr(err.text, ": /tiers: missing; expected an array"));
  free(long_source);
}

static void files_that_cannot_be_read(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  assert_false(catalog_load("/nonexistent/catalog.json", &c, &err));
  assert_string_equal(err.text,
                      "/nonexistent/catalog.json: cannot open: No such file or directory");
  assert_false(catalog_load("/", &c, &err));
  assert_non_null(strstr(err.text, "/: cannot read"));

  char path[] = "/tmp/test_catalog_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)CATALOG_FILE_BYTES_MAX + 1), 0);
  assert_false(catalog_load(path, &c, &err));
  assert_non_null(strstr(err.text, "larger than 16777216 bytes"));
  /* At the limit it is read, and found to be no JSON. */
  assert_int_equal(ftruncate(fd, CATALOG_FILE_BYTES_MAX), 0);
  assert_false(catalog_load(path, &c, &err));
  assert_non_null(strstr(err.text, "not valid JSON"));
  close(fd);
  unlink(path);
}

/* The rules that providers have: prefixes from 512 to 4,096 tokens, reads at 0.02 to
 * 0.5 of input, writes at 1 to 2 times, dearer the longer they last. */
static void require_plausible_cache(const struct catalog_model *m) {
  const struct price_set *p = &m->price;
  if (m->cache_tokens_min != 0)
    assert_in_range(m->cache_tokens_min, 512, 4096);
  if (money_known(p->cache_read)) {
    assert_true(p->cache_read * 50 >= p->input && p->cache_read * 2 <= p->input);
    assert_true(m->cache_mode == CACHE_AUTOMATIC || m->cache_mode == CACHE_EXPLICIT ||
                strcmp(m->name, "muse-spark-1.3") == 0);
  }
  for (size_t i = 0; i < p->cache_writes_count; i++) {
    assert_true(p->cache_writes[i].price >= p->input);
    assert_true(p->cache_writes[i].price <= p->input * 5 / 2);
    assert_true(i == 0 || p->cache_writes[i].price > p->cache_writes[i - 1].price);
  }
}

/* What we ship loads, names at least 20 models of six providers, every one with a
 * date and a source, and its defaults cost more from tier to tier. */
static void shipped_catalogue_is_sound(void **state) {
  (void)state;
  struct catalog c;
  struct catalog_error err;
  if (!catalog_load(TIERD_SOURCE_DIR "/models/catalog.json", &c, &err))
    fail_msg("%s", err.text);
  assert_int_equal(c.tiers_count, 3);
  assert_string_equal(c.tiers[0].name, "economy");
  assert_string_equal(c.tiers[1].name, "standard");
  assert_string_equal(c.tiers[2].name, "frontier");
  assert_int_equal(c.safe_tier, 2);
  assert_true(c.models_count >= 20);
  size_t providers = 0;
  for (size_t i = 0; i < c.models_count; i++) {
    const struct catalog_model *m = &c.models[i];
    size_t first = 0;
    while (strcmp(c.models[first].provider, m->provider) != 0)
      first++;
    providers += first == i;
    assert_true(m->price_as_of_days > 0);
    assert_true(m->source[0] != '\0');
    assert_true(m->price.input != 0 && m->price.output != 0);
    for (size_t t = 0; t < m->context_tiers_count; t++)
      assert_true(m->context_tiers[t].price.input > m->price.input);
    require_plausible_cache(m);
  }
  assert_true(providers >= 6);
  for (size_t i = 1; i < c.tiers_count; i++) {
    const struct price_set *below = &c.models[c.tiers[i - 1].default_model].price;
    const struct price_set *above = &c.models[c.tiers[i].default_model].price;
    assert_true(above->input > below->input && above->output > below->output);
  }
  /* A model whose capabilities are sourced, one where the source denies one. */
  const int gemini = catalog_find_model(&c, span_of("gemini-3.1-pro-preview"));
  const int deepseek = catalog_find_model(&c, span_of("deepseek-v4-pro"));
  assert_true(gemini >= 0 && deepseek >= 0);
  assert_true((c.models[gemini].capabilities & CAPABILITY_VISION) != 0);
  assert_true((c.models[deepseek].capabilities & CAPABILITY_VISION) == 0);
  assert_true((c.models[deepseek].capabilities_known & CAPABILITY_VISION) != 0);
  catalog_unload(&c);
}

static void calendar_counts_days(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t days; /* -1 when it must be refused */
  } cases[] = {
      {"1970-01-01", 0},     {"1970-02", 31},       {"1971", 365},
      {"2000-02-29", 11016}, {"2000-03-01", 11017}, {"2100-02-28", 47540},
      {"2100-02-29", -1},    {"2026-13-01", -1},    {"2026-00-01", -1},
      {"2026-01-00", -1},    {"2026-04-31", -1},    {"2026-1-1", -1},
      {"2026-01-01 ", -1},   {"2026-", -1},         {"1969-12-31", -1},
      {"26-01-01", -1},      {"2026-10/11", -1},    {"", -1},
      {"2026-01-01-01", -1}, {"yyyy", -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t days = -1;
    const bool ok = calendar_parse(span_of(cases[i].text), &days);
    if (ok != (cases[i].days >= 0) || (ok && days != cases[i].days))
      fail_msg("\"%s\" gave %d, %lld", cases[i].text, ok, (long long)days);
  }
}

static void calendar_reads_instants(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t seconds; /* -1 when it must be refused */
    bool date_alone;
  } cases[] = {
      {"1970-01-01", 0, true},
      {"2027-01-01", NEW_YEAR, true},
      {"2027-01-01T00:00Z", NEW_YEAR, false},
      {"2026-08-16T16:00Z", 1786896000, false},
      {"2026-11-23T23:59Z", MONDAY + DAY - 60, false},
      {"2026-11-23T24:00Z", -1, false},
      {"2026-11-23T23:60Z", -1, false},
      {"2026-11-23T23:59", -1, false},
      {"2026-11-23T23:59z", -1, false},
      {"2026-11-23T23:59:00Z", -1, false},
      {"2026-11-23T23:59+01:00", -1, false},
      {"2026-11-23 23:59Z", -1, false},
      {"2026-11-23T", -1, false},
      {"2026-11", -1, false},
      {"2026-02-30", -1, false},
      {"", -1, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t seconds = -1;
    bool date_alone = false;
    const bool ok = calendar_parse_instant(span_of(cases[i].text), &seconds, &date_alone);
    if (ok != (cases[i].seconds >= 0) || seconds != cases[i].seconds ||
        date_alone != cases[i].date_alone)
      fail_msg("\"%s\" gave %d, %lld, %d", cases[i].text, ok, (long long)seconds, date_alone);
  }
}

static void calendar_reads_hours(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int start, end; /* 9 and 9 when it must be refused */
  } cases[] = {
      {"00:00-24:00", 0, 1440},
      {"01:00-04:30", 60, 270},
      {"22:00-02:00", 1320, 120},
      {"24:00-02:00", 9, 9},
      {"01:00-24:01", 9, 9},
      {"01:60-02:00", 9, 9},
      {"1:00-2:00", 9, 9},
      {"01:00", 9, 9},
      {"01:00-04:00 ", 9, 9},
      {"01.00-04.00", 9, 9},
      {"", 9, 9},
      {"-", 9, 9},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint16_t start = 9, end = 9;
    const bool ok = calendar_parse_hours(span_of(cases[i].text), &start, &end);
    if (ok != (cases[i].end != 9) || start != cases[i].start || end != cases[i].end)
      fail_msg("\"%s\" gave %d, %d, %d", cases[i].text, ok, start, end);
  }
}

static void calendar_reads_weekdays_and_durations(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned days; /* 0 when it must be refused */
  } weekdays[] = {{"mon", 1},       {"sun", 64},      {"mon-fri", 31}, {"sat,sun", 96},
                  {"fri-mon", 113}, {"mon-sun", 127}, {"wed-wed", 4},  {"Mon", 0},
                  {"mon-", 0},      {"mon,", 0},      {"monday", 0},   {"mo", 0},
                  {"", 0},          {"mon fri", 0},   {"-fri", 0}};
  for (size_t i = 0; i < sizeof weekdays / sizeof weekdays[0]; i++) {
    uint8_t days = 0;
    const bool ok = calendar_parse_weekdays(span_of(weekdays[i].text), &days);
    if (ok != (weekdays[i].days != 0) || days != weekdays[i].days)
      fail_msg("\"%s\" gave %d, %u", weekdays[i].text, ok, days);
  }
  static const struct {
    const char *text;
    uint32_t seconds; /* 0 when it must be refused */
  } durations[] = {
      {"5m", 300}, {"12h", 43200}, {"1s", 1},  {"7d", 604800}, {"365d", 31536000},
      {"366d", 0}, {"0m", 0},      {"m", 0},   {"5", 0},       {"5 m", 0},
      {"5M", 0},   {"5mm", 0},     {"-5m", 0}, {"1.5h", 0},    {"99999999999999999999s", 0},
      {"", 0}};
  for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
    uint32_t seconds = 0;
    const bool ok = calendar_parse_duration(span_of(durations[i].text), &seconds);
    if (ok != (durations[i].seconds != 0) || seconds != durations[i].seconds)
      fail_msg("\"%s\" gave %d, %u", durations[i].text, ok, seconds);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_every_field),
      cmocka_unit_test(lookups_are_exact),
      cmocka_unit_test(prices_of_their_time),
      cmocka_unit_test(multiplier_leaves_no_price_out),
      cmocka_unit_test(notes_explain_keys),
      cmocka_unit_test(reasons_follow_the_price_in_force),
      cmocka_unit_test(images_are_counted_by_a_named_rule),
      cmocka_unit_test(no_price_outside_its_dates),
      cmocka_unit_test(lifetimes_are_sorted),
      cmocka_unit_test(safe_tier_is_the_last_unless_named),
      cmocka_unit_test(version_follows_the_bytes),
      cmocka_unit_test(bad_catalogues_say_why),
      cmocka_unit_test(truncation_is_an_error),
      cmocka_unit_test(model_count_is_limited),
      cmocka_unit_test(errors_are_bounded_and_clean),
      cmocka_unit_test(files_that_cannot_be_read),
      cmocka_unit_test(shipped_catalogue_is_sound),
      cmocka_unit_test(calendar_counts_days),
      cmocka_unit_test(calendar_reads_instants),
      cmocka_unit_test(calendar_reads_hours),
      cmocka_unit_test(calendar_reads_weekdays_and_durations),
  };
  return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
