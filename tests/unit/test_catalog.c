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
    "      \"long_context\": {\"above_input_tokens\": 1000, \"input\": 0.3, \"output\": null},\n"
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
  assert_true(mini->price.input == 150000000 && mini->price.output == 600000000);
  assert_true(mini->price.cache_read == 3000000);
  assert_true(mini->price.cache_write == MONEY_UNKNOWN);
  assert_true(mini->price.batch_input == MONEY_UNKNOWN);
  assert_int_equal(mini->long_context_above, 1000);
  assert_true(mini->long_price.input == 300000000);
  assert_true(mini->long_price.output == MONEY_UNKNOWN);
  assert_true(mini->long_price.cache_read == MONEY_UNKNOWN);
  assert_int_equal(mini->context_window, 128000);
  assert_int_equal(mini->output_max, 0);
  assert_int_equal(mini->cache_tokens_min, 1024);
  assert_int_equal(mini->capabilities, CAPABILITY_VISION);
  assert_int_equal(mini->capabilities_known, CAPABILITY_VISION | CAPABILITY_TOOLS);
  assert_string_equal(mini->price_as_of, "2026-11-23");
  assert_int_equal(mini->price_as_of_days, 20780);

  const struct catalog_model *midi = &c.models[1];
  assert_true(midi->price.input == 0 && midi->price.output == MONEY_UNKNOWN);
  assert_int_equal(midi->long_context_above, 0);
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

  const struct catalog_model *mini = &c.models[0];
  assert_ptr_equal(catalog_prices(mini, 0), &mini->price);
  assert_ptr_equal(catalog_prices(mini, 1000), &mini->price);
  assert_ptr_equal(catalog_prices(mini, 1001), &mini->long_price);
  assert_ptr_equal(catalog_prices(&c.models[1], UINT64_MAX), &c.models[1].price);
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
    assert_true(m->long_context_above == 0 || m->long_price.input >= m->price.input);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_every_field),
      cmocka_unit_test(lookups_are_exact),
      cmocka_unit_test(safe_tier_is_the_last_unless_named),
      cmocka_unit_test(version_follows_the_bytes),
      cmocka_unit_test(bad_catalogues_say_why),
      cmocka_unit_test(truncation_is_an_error),
      cmocka_unit_test(model_count_is_limited),
      cmocka_unit_test(errors_are_bounded_and_clean),
      cmocka_unit_test(files_that_cannot_be_read),
      cmocka_unit_test(shipped_catalogue_is_sound),
      cmocka_unit_test(calendar_counts_days),
  };
  return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
