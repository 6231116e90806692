/* test_sandbox.c - paths taken apart; and a child that is confined tells what it still can
 * do. Where kernel or build have no sandbox, the latter is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ops/path_parts.h"
#include "daemon/ops/sandbox.h"

static void directories_of_paths(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"a", "."},     {"/a", "/"},  {"a/b", "a"},
                                         {"/a/b", "/a"}, {"./a", "."}, {"a//b", "a/"},
                                         {"../a", ".."}, {"a/", "a"},  {"/", "/"}};
  char out[PATH_MAX];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    assert_true(path_directory(pairs[i][0], out));
    assert_string_equal(out, pairs[i][1]);
  }
  char *path = malloc(PATH_MAX + 16);
  assert_non_null(path);
  memset(path, 'a', PATH_MAX + 8);
  memcpy(path + PATH_MAX + 8, "/b", 3);
  assert_false(path_directory(path, out));
  free(path);
}

/* A directory with what a daemon has: models, a log, state, and a secret beside them. */
struct place {
  char root[64], model[96], log[96], state[96], secret[96], other[96];
};

static void write_file(const char *path) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("x\n", file);
  fclose(file);
}

static void make_place(struct place *place) {
  char directory[96];
  snprintf(place->root, sizeof place->root, "/tmp/tierd-sandbox-XXXXXX");
  assert_non_null(mkdtemp(place->root));
  static const char *const names[] = {"models", "logs", "state", "secrets", "more"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(directory, sizeof directory, "%s/%s", place->root, names[i]);
    assert_int_equal(mkdir(directory, 0700), 0);
  }
  snprintf(place->model, sizeof place->model, "%s/models/m.tier", place->root);
  snprintf(place->log, sizeof place->log, "%s/logs/d.jsonl", place->root);
  snprintf(place->state, sizeof place->state, "%s/state", place->root);
  snprintf(place->secret, sizeof place->secret, "%s/secrets/key", place->root);
  snprintf(place->other, sizeof place->other, "%s/more/m.tier", place->root);
  write_file(place->model);
  write_file(place->secret);
  write_file(place->other);
}

static void remove_place(const struct place *place) {
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", place->root);
  assert_int_equal(system(command), 0);
}

static bool can_open(const char *path, int flags) {
  const int fd = open(path, flags, 0600);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static void *nothing(void *argument) {
  return argument;
}

static bool can_start_thread(void) {
  pthread_t thread;
  return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool can_rename(const char *path) {
  char next[128];
  snprintf(next, sizeof next, "%s.1", path);
  return rename(path, next) == 0;
}

/* What the child does after it is confined; the number of the first thing that is not as
 * it should be, 0 for none. */
static int try_all(const struct place *place) {
  char state[128], beside[128];
  snprintf(state, sizeof state, "%s/key", place->state);
  snprintf(beside, sizeof beside, "%s/models/new", place->root);
  const bool good[] = {can_open(place->model, O_RDONLY),
                       !can_open(place->model, O_WRONLY),
                       !can_open(beside, O_WRONLY | O_CREAT),
                       can_open(place->log, O_WRONLY | O_CREAT | O_APPEND),
                       can_rename(place->log),
                       can_open(place->log, O_WRONLY | O_CREAT | O_APPEND),
                       can_open(state, O_WRONLY | O_CREAT | O_TRUNC),
                       unlink(state) == 0,
                       !can_open(place->secret, O_RDONLY),
                       sandbox_hides(place->secret),
                       !sandbox_hides(place->model),
                       can_open(place->other, O_RDONLY), /* by sandbox_read */
                       can_open("/proc/self/statm", O_RDONLY),
                       !can_open("/etc/passwd", O_RDONLY),
                       can_start_thread(),
                       fork() < 0 && errno == EPERM,
                       execl("/bin/true", "true", (char *)NULL) != 0 && errno == EPERM,
                       socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM,
                       chmod(place->model, 0666) != 0 && errno == EPERM,
                       kill(getppid(), 0) != 0 && errno == EPERM,
                       mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    if (!good[i])
      return (int)i + 1;
  return 0;
}

enum { SKIP = 100, NOT_ENTERED = 101 };

static int be_confined(const struct place *place, struct config *config) {
  struct sandbox_report report;
  char why[512];
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return NOT_ENTERED;
  if (!sandbox_enter(config, NULL, &report, why, sizeof why)) {
    printf("%s\n", why);
    fflush(stdout);
    return SKIP;
  }
  return try_all(place);
}

static int in_child(const struct place *place, struct config *config) {
  int status;
  fflush(stdout);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0)
    _exit(be_confined(place, config));
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void a_confined_process_can_what_it_needs(void **state) {
  (void)state;
  struct place place;
  struct config config;
  char more[96];
  make_place(&place);
  snprintf(more, sizeof more, "/nowhere,%s/more", place.root);
  assert_true(config_init(&config));
  struct config settings = config;
  char require[] = "require", none[] = "";
  settings.model = settings.catalog = place.model;
  settings.decision_log = place.log;
  settings.state_dir = place.state;
  settings.sandbox = require;
  settings.sandbox_read = more;
  settings.socket = none;
  const int result = in_child(&place, &settings);
  config_deinit(&config);
  remove_place(&place);
  if (result == SKIP)
    skip();
  assert_int_equal(result, 0);
}

static void off_is_off(void **state) {
  (void)state;
  struct config config;
  struct sandbox_report report;
  char why[512];
  char off[] = "off";
  assert_true(config_init(&config));
  struct config settings = config;
  settings.sandbox = off;
  assert_true(sandbox_enter(&settings, NULL, &report, why, sizeof why));
  assert_true(can_open("/etc/passwd", O_RDONLY));
  config_deinit(&config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(directories_of_paths),
      cmocka_unit_test(off_is_off),
      cmocka_unit_test(a_confined_process_can_what_it_needs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
