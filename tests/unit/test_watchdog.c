/* The watchdog feeds only while every loop turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/net/watchdog.h"
#include "daemon/net/worker.h"
#include "daemon/ops/systemd.h"

enum { LOOPS = 3, TURNS = 3000, BEATS = 12 };

struct fixture {
  int manager; /* reads what is told */
  struct systemd systemd;
  struct worker *workers[LOOPS];
  uv_idle_t idle[LOOPS]; /* keep the loops turning */
  struct watchdog watchdog;
};

static void do_nothing(uv_idle_t *idle) {
  (void)idle;
}

/* A manager at an abstract address, found by way of the environment as in earnest. */
static void open_manager(struct fixture *f, const char *usec) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char name[64];
  snprintf(name, sizeof name, "@tierd-watchdog-%ld", (long)getpid());
  memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
  f->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  assert_int_equal(bind(f->manager, (struct sockaddr *)&address,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                   0);
  setenv("NOTIFY_SOCKET", name, 1);
  setenv("WATCHDOG_USEC", usec, 1);
  unsetenv("WATCHDOG_PID");
  systemd_open(&f->systemd);
  assert_null(getenv("NOTIFY_SOCKET"));
  assert_null(getenv("WATCHDOG_USEC"));
}

static void open_fixture(struct fixture *f, const char *usec) {
  memset(f, 0, sizeof *f);
  open_manager(f, usec);
  for (size_t i = 0; i < LOOPS; i++) {
    f->workers[i] = calloc(1, sizeof *f->workers[i]);
    assert_non_null(f->workers[i]);
    assert_int_equal(uv_loop_init(&f->workers[i]->loop), 0);
    uv_idle_init(&f->workers[i]->loop, &f->idle[i]);
    uv_idle_start(&f->idle[i], do_nothing);
  }
  assert_true(watchdog_start(&f->watchdog, &f->systemd, f->workers, LOOPS));
}

static void close_handle(uv_handle_t *handle, void *unused) {
  (void)unused;
  uv_close(handle, NULL);
}

static void close_fixture(struct fixture *f) {
  for (size_t i = 0; i < LOOPS; i++) {
    uv_walk(&f->workers[i]->loop, close_handle, NULL);
    uv_run(&f->workers[i]->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->workers[i]->loop), 0);
    free(f->workers[i]);
  }
  systemd_close(&f->systemd);
  close(f->manager);
}

/* Datagrams that have come; each must be a sign of life. */
static unsigned heard(struct fixture *f) {
  char text[256];
  unsigned count = 0;
  for (ssize_t len; (len = recv(f->manager, text, sizeof text - 1, 0)) > 0; count++) {
    text[len] = '\0';
    assert_string_equal(text, "WATCHDOG=1");
  }
  return count;
}

/* Turns all loops but one once; LOOPS for no exception. */
static void turn(struct fixture *f, size_t hung) {
  for (size_t i = 0; i < LOOPS; i++)
    if (i != hung)
      uv_run(&f->workers[i]->loop, UV_RUN_NOWAIT);
}

/* Until each of those loops has beaten many times, which takes as long as it takes.
 * Returns what was heard meanwhile. */
static unsigned turn_long(struct fixture *f, size_t hung) {
  unsigned count = 0;
  for (unsigned beat = 0; beat < BEATS; beat++)
    for (size_t i = 0; i < LOOPS; i++) {
      if (i == hung)
        continue;
      atomic_store(&f->workers[i]->pulse.beaten, false);
      while (!atomic_load(&f->workers[i]->pulse.beaten)) {
        turn(f, hung);
        count += heard(f);
      }
    }
  return count;
}

static void fed_while_all_turn(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, "4000");
  for (unsigned beats = 0; beats < 5; beats += heard(&f))
    turn(&f, LOOPS);
  close_fixture(&f);
}

static void silent_when_any_hangs(void **state) {
  (void)state;
  for (size_t hung = 0; hung < LOOPS; hung++) {
    struct fixture f;
    open_fixture(&f, "4000");
    while (heard(&f) == 0)
      turn(&f, LOOPS);
    /* Whatever the hung one had beaten before may feed once more. */
    assert_true(turn_long(&f, hung) <= 1);
    /* When it comes round again, life goes on. */
    while (heard(&f) == 0)
      turn(&f, LOOPS);
    close_fixture(&f);
  }
}

static void not_fed_unasked(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, "0");
  for (unsigned i = 0; i < TURNS; i++)
    turn(&f, LOOPS);
  assert_int_equal(heard(&f), 0);
  watchdog_stop(&f.watchdog);
  close_fixture(&f);
}

static void stop_ends_it(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, "4000");
  while (heard(&f) == 0)
    turn(&f, LOOPS);
  watchdog_stop(&f.watchdog);
  assert_int_equal(turn_long(&f, LOOPS), 0);
  close_fixture(&f);
}

/* A status from a file's name or an error must not be able to say something else. */
static void status_is_one_line(void **state) {
  (void)state;
  struct fixture f = {0};
  char text[512] = "", want[512];
  open_manager(&f, "0");
  systemd_ready(&f.systemd, "a\nMAINPID=1\r%300s", "x");
  const ssize_t len = recv(f.manager, text, sizeof text - 1, 0);
  snprintf(want, sizeof want, "READY=1\nSTATUS=a MAINPID=1 %300s", "x");
  assert_true(len > 0 && len < 300);
  assert_memory_equal(text, want, (size_t)len);
  systemd_close(&f.systemd);
  systemd_ready(&f.systemd, "nobody hears this");
  systemd_stopping(NULL);
  close(f.manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fed_while_all_turn), cmocka_unit_test(silent_when_any_hangs),
      cmocka_unit_test(not_fed_unasked),    cmocka_unit_test(stop_ends_it),
      cmocka_unit_test(status_is_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
