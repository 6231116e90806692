/* test_snapshot.c - loading, exchanging and reclaiming snapshots, and reloads as one.
 *
 * Sanitizers see what is freed too early or never; here is who waits for whom. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/api/json_in.h"
#include "daemon/ops/reload.h"
#include "daemon/ops/snapshot.h"

#define MODEL TIERD_SOURCE_DIR "/models/default.tier"
#define CATALOG TIERD_SOURCE_DIR "/models/catalog.json"

enum { READERS = 3, REPLACEMENTS = 100, BARE_REPLACEMENTS = 10000 };

/* The settings of a daemon that was started with these words. */
static void settings(struct config *config, int argc, char **argv) {
  struct config_error err;
  assert_true(config_init(config));
  if (config_parse_args(config, argc, argv, &err) != CONFIG_RUN)
    fail_msg("%s", err.text);
}

static char *words[] = {(char[]){"tierd"}, (char[]){"--model=" MODEL},
                        (char[]){"--catalog=" CATALOG}, (char[]){"--quality=0.5"}};
enum { WORDS = sizeof words / sizeof words[0] };

static struct snapshot *load_good(void) {
  struct config config;
  struct snapshot *snapshot;
  char why[512] = "";
  settings(&config, WORDS, words);
  if (!snapshot_load(&snapshot, &config, why, sizeof why))
    fail_msg("%s", why);
  config_deinit(&config);
  return snapshot;
}

static struct snapshots *create_good(void) {
  struct snapshots *snapshots = snapshots_create(load_good(), READERS);
  assert_non_null(snapshots);
  return snapshots;
}

static void loading_copies_the_settings(void **state) {
  (void)state;
  struct snapshot *snapshot = load_good(); /* whose config is gone by now */
  assert_string_equal(snapshot->config.model, MODEL);
  assert_true(snapshot->router.quality > 0.49 && snapshot->router.quality < 0.51);
  assert_ptr_equal(snapshot->router.model, snapshot->model);
  assert_int_equal(strlen(snapshot->router.policy_version), 16);
  snapshot_destroy(snapshot);
  snapshot_destroy(NULL);
}

static void loading_says_what_is_wrong(void **state) {
  (void)state;
  struct config config;
  struct snapshot *snapshot;
  char why[512];
  settings(&config, WORDS, words);
  free(config.model);
  config.model = strdup("/nowhere/m.tier");
  assert_false(snapshot_load(&snapshot, &config, why, sizeof why));
  assert_null(snapshot);
  assert_non_null(strstr(why, "/nowhere/m.tier"));
  free(config.catalog);
  config.catalog = strdup("/nowhere/c.json");
  assert_false(snapshot_load(&snapshot, &config, why, sizeof why));
  assert_non_null(strstr(why, "/nowhere/c.json"));
  config_deinit(&config);
}

static void readers_are_counted(void **state) {
  (void)state;
  struct snapshots *snapshots = create_good();
  for (int i = 0; i < READERS; i++)
    assert_non_null(snapshots_reader(snapshots));
  assert_null(snapshots_reader(snapshots));
  snapshots_destroy(snapshots);
  snapshots_destroy(NULL);
}

static void numbers_rise(void **state) {
  (void)state;
  struct snapshots *snapshots = create_good();
  struct snapshot_reader *reader = snapshots_reader(snapshots);
  for (uint64_t number = 1; number < 4; number++) {
    assert_int_equal(snapshots_number(snapshots), number);
    assert_int_equal(snapshot_take(reader)->number, number);
    snapshot_give_back(reader);
    snapshots_replace(snapshots, load_good());
  }
  snapshots_destroy(snapshots);
}

struct replacer {
  struct snapshots *snapshots;
  struct snapshot *next;
  atomic_bool done;
};

static void *replace(void *argument) {
  struct replacer *replacer = argument;
  snapshots_replace(replacer->snapshots, replacer->next);
  atomic_store(&replacer->done, true);
  return NULL;
}

static void what_is_held_stays(void **state) {
  (void)state;
  struct replacer replacer = {.snapshots = create_good(), .next = load_good()};
  struct snapshot_reader *slow = snapshots_reader(replacer.snapshots);
  struct snapshot_reader *quick = snapshots_reader(replacer.snapshots);
  const struct snapshot *old = snapshot_take(slow);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, replace, &replacer), 0);
  /* Others get the new one while the old one is still held. */
  while (snapshots_number(replacer.snapshots) == 1)
    sched_yield();
  assert_int_equal(snapshot_take(quick)->number, 2);
  snapshot_give_back(quick); /* which wakes the replacer for nothing */
  assert_false(atomic_load(&replacer.done));
  assert_int_equal(old->number, 1);
  assert_string_equal(old->config.catalog, CATALOG);
  assert_true(model_tiers_count(old->model) > 1);
  snapshot_give_back(slow);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(snapshot_take(slow)->number, 2);
  snapshot_give_back(slow);
  snapshots_destroy(replacer.snapshots);
}

struct busy {
  struct snapshot_reader *reader;
  atomic_bool *stop;
  uint64_t newest;
};

/* Reads all over the snapshot, for a sanitizer to object. */
static void *read_on(void *argument) {
  struct busy *busy = argument;
  while (!atomic_load(busy->stop)) {
    const struct snapshot *snapshot = snapshot_take(busy->reader);
    if (snapshot->number < busy->newest || strcmp(snapshot->config.model, MODEL) != 0 ||
        snapshot->router.catalog->tiers_count != model_tiers_count(snapshot->model))
      abort();
    busy->newest = snapshot->number;
    snapshot_give_back(busy->reader);
  }
  return NULL;
}

static void readers_and_replacer_at_once(void **state) {
  (void)state;
  struct snapshots *snapshots = create_good();
  atomic_bool stop = false;
  struct busy busy[READERS];
  pthread_t threads[READERS];
  for (int i = 0; i < READERS; i++) {
    busy[i] = (struct busy){.reader = snapshots_reader(snapshots), .stop = &stop};
    assert_int_equal(pthread_create(&threads[i], NULL, read_on, &busy[i]), 0);
  }
  for (int i = 0; i < REPLACEMENTS; i++)
    snapshots_replace(snapshots, load_good());
  atomic_store(&stop, true);
  for (int i = 0; i < READERS; i++)
    assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_int_equal(snapshots_number(snapshots), REPLACEMENTS + 1);
  snapshots_destroy(snapshots);
}

/* Nothing but a name that must be readable; loading takes too long to be caught in the
 * act of exchanging. */
static struct snapshot *bare(void) {
  struct snapshot *snapshot = calloc(1, sizeof *snapshot);
  assert_non_null(snapshot);
  snapshot->config.model = strdup("bare");
  return snapshot;
}

static void *read_bare(void *argument) {
  struct busy *busy = argument;
  while (!atomic_load(busy->stop)) {
    if (strcmp(snapshot_take(busy->reader)->config.model, "bare") != 0)
      abort();
    snapshot_give_back(busy->reader);
  }
  return NULL;
}

/* Often enough that readers are interrupted at the worst moment: between reading which
 * snapshot is current and noting that they hold it. */
static void replacements_in_quick_succession(void **state) {
  (void)state;
  struct snapshots *snapshots = snapshots_create(bare(), READERS);
  atomic_bool stop = false;
  struct busy busy[READERS];
  pthread_t threads[READERS];
  assert_non_null(snapshots);
  for (int i = 0; i < READERS; i++) {
    busy[i] = (struct busy){.reader = snapshots_reader(snapshots), .stop = &stop};
    assert_int_equal(pthread_create(&threads[i], NULL, read_bare, &busy[i]), 0);
  }
  for (int i = 0; i < BARE_REPLACEMENTS; i++)
    snapshots_replace(snapshots, bare());
  atomic_store(&stop, true);
  for (int i = 0; i < READERS; i++)
    assert_int_equal(pthread_join(threads[i], NULL), 0);
  snapshots_destroy(snapshots);
}

static void reloads_change_all_or_nothing(void **state) {
  (void)state;
  char path[] = "/tmp/tierd-reload-XXXXXX";
  char flag[64];
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  snprintf(flag, sizeof flag, "--config=%s", path);
  char *with_file[] = {words[0], words[1], words[2], flag};
  struct config running;
  settings(&running, WORDS, with_file);
  struct snapshots *snapshots = create_good();
  struct reloader *reloader = reloader_create(snapshots, &running, WORDS, with_file);
  struct reload_report report;
  assert_non_null(reloader);
  assert_true(reload_run(reloader, &report));
  assert_int_equal(report.number, 2);
  assert_int_equal(report.kept.count, 0);
  assert_int_equal(write(fd, "threads = 9\nquality = 2\n", 24), 24);
  assert_false(reload_run(reloader, &report));
  assert_non_null(strstr(report.why, "quality"));
  assert_int_equal(snapshots_number(snapshots), 2);
  assert_int_equal(ftruncate(fd, 12), 0);
  assert_true(reload_run(reloader, &report));
  assert_int_equal(report.kept.count, 1);
  assert_string_equal(report.kept.keys[0], "threads");
  reloader_destroy(reloader);
  snapshots_destroy(snapshots);
  config_deinit(&running);
  close(fd);
  unlink(path);
}

int main(void) {
  json_in_setup();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loading_copies_the_settings),
      cmocka_unit_test(loading_says_what_is_wrong),
      cmocka_unit_test(readers_are_counted),
      cmocka_unit_test(numbers_rise),
      cmocka_unit_test(what_is_held_stays),
      cmocka_unit_test(readers_and_replacer_at_once),
      cmocka_unit_test(replacements_in_quick_succession),
      cmocka_unit_test(reloads_change_all_or_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
