/* test_config_change.c - copies of settings, and what a running daemon takes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/config_change.h"
#include "daemon/config/options.h"

static void set(struct config *config, const char *key, const char *value) {
  struct config_error err;
  const struct option *option = options_find(span_of(key));
  assert_non_null(option);
  if (!option_set(config, option, span_of(value), key, &err))
    fail_msg("%s", err.text);
}

static void assert_same_dump(const struct config *a, const struct config *b) {
  const struct config *configs[] = {a, b};
  char *texts[2];
  size_t lens[2];
  for (int i = 0; i < 2; i++) {
    FILE *out = open_memstream(&texts[i], &lens[i]);
    assert_non_null(out);
    config_dump(configs[i], out);
    fclose(out);
  }
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

static void a_copy_is_whole_and_its_own(void **state) {
  (void)state;
  struct config config, copy;
  assert_true(config_init(&config));
  set(&config, "quality", "0.25");
  set(&config, "listen", "127.0.0.1:1");
  set(&config, "log-prompts", "yes");
  assert_true(config_copy(&copy, &config));
  assert_same_dump(&copy, &config);
  assert_ptr_not_equal(copy.model, config.model);
  config_deinit(&config);
  assert_string_equal(copy.listen, "127.0.0.1:1");
  config_deinit(&copy);
}

static void what_is_fixed_stays_and_is_named(void **state) {
  (void)state;
  struct config running, fresh;
  struct config_kept kept;
  assert_true(config_init(&running) && config_init(&fresh));
  assert_true(config_keep_fixed(&fresh, &running, &kept));
  assert_int_equal(kept.count, 0);
  set(&fresh, "socket", "/other");
  set(&fresh, "socket-mode", "0600");
  set(&fresh, "allow-remote", "yes");
  set(&fresh, "threads", "3");
  set(&fresh, "model", "m.tier");
  set(&fresh, "max-risk", "0.5");
  set(&fresh, "idle-timeout", "1s");
  assert_true(config_keep_fixed(&fresh, &running, &kept));
  static const char *const named[] = {"socket", "socket-mode", "allow-remote", "threads"};
  assert_int_equal(kept.count, 4);
  for (size_t i = 0; i < kept.count; i++)
    assert_string_equal(kept.keys[i], named[i]);
  assert_string_equal(fresh.model, "m.tier");
  assert_int_equal(fresh.idle_timeout_ms, 1000);
  set(&fresh, "model", running.model);
  set(&fresh, "max-risk", "1");
  set(&fresh, "idle-timeout", "60s");
  assert_same_dump(&fresh, &running);
  config_deinit(&fresh);
  config_deinit(&running);
}

/* All settings differ: what is named is what daemon/ops/README.md says needs a restart. A
 * key that is misspelt in the list would be named here as well. */
static void every_setting_is_judged(void **state) {
  (void)state;
  static const char *const named[] = {"socket",          "socket-mode",
                                      "listen",          "allow-remote",
                                      "threads",         "user",
                                      "allow-root",      "allow-uid",
                                      "sandbox",         "sandbox-read",
                                      "core-dumps",      "decision-log",
                                      "log-queue-bytes", "log-rotate-bytes",
                                      "log-rotate-keep", "session-table-bytes",
                                      "state-dir",       "budget",
                                      "explore-seed",    "reask-minutes",
                                      "connections-max"};
  size_t count;
  const struct option *table = options_table(&count);
  struct config running, fresh;
  struct config_kept kept;
  assert_true(config_init(&running) && config_init(&fresh));
  for (size_t i = 0; i < count; i++) {
    unsigned char *field = (unsigned char *)&fresh + table[i].offset;
    if (table[i].type == OPTION_STRING)
      set(&fresh, table[i].key, "other");
    else if (option_is_setting(&table[i]))
      *field ^= 1; /* any other value will do: none is validated here */
  }
  assert_true(config_keep_fixed(&fresh, &running, &kept));
  assert_int_equal(kept.count, sizeof named / sizeof named[0]);
  for (size_t i = 0; i < kept.count; i++)
    assert_string_equal(kept.keys[i], named[i]);
  config_deinit(&fresh);
  config_deinit(&running);
}

static void numbers_alone(void **state) {
  (void)state;
  struct config to, from;
  assert_true(config_init(&to) && config_init(&from));
  set(&from, "model", "other");
  set(&from, "quality", "0.125");
  set(&from, "body-timeout", "7s");
  set(&from, "log-prompts", "yes");
  const char *model = to.model;
  config_copy_numbers(&to, &from);
  assert_ptr_equal(to.model, model);
  assert_int_equal(to.body_timeout_ms, 7000);
  assert_true(to.log_prompts);
  set(&from, "model", model);
  assert_same_dump(&to, &from);
  config_deinit(&to);
  config_deinit(&from);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_copy_is_whole_and_its_own),
      cmocka_unit_test(what_is_fixed_stays_and_is_named),
      cmocka_unit_test(every_setting_is_judged),
      cmocka_unit_test(numbers_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
