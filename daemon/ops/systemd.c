/* systemd.c - datagrams to the service manager.
 *
 * Environment in at the start; then one datagram an event, lines of KEY=VALUE, to the
 * socket that it named. When to send what is for main.c, reload.c and daemon/net to
 * know; listening sockets that the manager passes are the business of
 * passed_sockets.c. */
#include "daemon/ops/systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_BYTES_MAX = 256 };

/* A whole number and nothing else; strtoull() alone would take signs and blanks. */
static bool read_number(const char *text, uint64_t *out) {
  char *end;
  if (*text < '0' || *text > '9')
    return false;
  errno = 0;
  *out = strtoull(text, &end, 10);
  return errno == 0 && *end == '\0';
}

/* "/a/path", or "@name" for a socket that is in no file system. */
static bool read_address(const char *text, struct systemd *systemd) {
  const size_t len = strlen(text);
  if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof systemd->address.sun_path)
    return false;
  systemd->address = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(systemd->address.sun_path, text, len);
  if (text[0] == '@')
    systemd->address.sun_path[0] = '\0';
  /* Without a final NUL, which would be part of an abstract name. */
  systemd->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
  return true;
}

/* Without a manager there is nobody to tell, and all of this does nothing. */
static void open_socket(struct systemd *systemd, const char *text) {
  if (text == NULL || text[0] == '\0')
    return;
  if (!read_address(text, systemd)) {
    fprintf(stderr,
            "tierd: warning: NOTIFY_SOCKET is '%.120s', expected /PATH or @NAME; the service "
            "manager is told nothing\n",
            text);
    return;
  }
  systemd->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (systemd->fd < 0)
    fprintf(stderr, "tierd: warning: no socket to tell the service manager: %s\n", strerror(errno));
}

/* Without WATCHDOG_PID the watchdog is for whoever reads it; with it, for that process. */
static void read_watchdog(struct systemd *systemd, const char *usec, const char *pid) {
  uint64_t owner = (uint64_t)getpid();
  if (usec == NULL || usec[0] == '\0' || systemd->fd < 0)
    return;
  if ((pid != NULL && !read_number(pid, &owner)) || !read_number(usec, &systemd->watchdog_us)) {
    fprintf(stderr, "tierd: warning: WATCHDOG_USEC or WATCHDOG_PID is no number; the watchdog is "
                    "not fed\n");
    owner = 0;
  }
  if (owner != (uint64_t)getpid())
    systemd->watchdog_us = 0;
}

void systemd_open(struct systemd *systemd) {
  *systemd = (struct systemd){.fd = -1};
  open_socket(systemd, getenv("NOTIFY_SOCKET"));
  read_watchdog(systemd, getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
  /* They are for this process alone, and say nothing to anyone it might start. */
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
}

/* The manager sees the end by itself; this is for tests. */
void systemd_close(struct systemd *systemd) {
  if (systemd->fd >= 0)
    close(systemd->fd);
  systemd->fd = -1;
}

/* Not connected once and for all: a manager that is started anew binds its path anew.
 * That nobody hears it is no reason to stop serving, or to say more. */
static void tell(const struct systemd *systemd, const char *text, int flags) {
  if (systemd == NULL || systemd->fd < 0)
    return;
  while (sendto(systemd->fd, text, strlen(text), flags | MSG_NOSIGNAL,
                (const struct sockaddr *)&systemd->address, systemd->address_len) < 0 &&
         errno == EINTR)
    continue;
}

void systemd_ready(const struct systemd *systemd, const char *format, ...) {
  char status[STATUS_BYTES_MAX], text[STATUS_BYTES_MAX + 32];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(status, sizeof status, format, arguments);
  va_end(arguments);
  /* A line break would begin another assignment. */
  for (char *at = status; (at = strpbrk(at, "\r\n")) != NULL;)
    *at = ' ';
  (void)snprintf(text, sizeof text, "READY=1\nSTATUS=%s", status);
  tell(systemd, text, 0);
}

/* The time lets the manager tell this reload's end from an earlier one's; it must be of
 * the clock that the manager uses. */
void systemd_reloading(const struct systemd *systemd) {
  char text[96];
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading",
                 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
  tell(systemd, text, 0);
}

/* From here on the manager's own patience runs. */
void systemd_stopping(const struct systemd *systemd) {
  tell(systemd, "STOPPING=1\nSTATUS=finishing open requests", 0);
}

/* Never waits: a manager that is slow to read must not stop the loop that feeds it. */
void systemd_alive(const struct systemd *systemd) {
  tell(systemd, "WATCHDOG=1", MSG_DONTWAIT);
}
