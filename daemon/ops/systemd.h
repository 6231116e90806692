/* systemd.h - what a service manager is told, and what it asks for: sd_notify(3).
 *
 *   struct systemd systemd;
 *   systemd_open(&systemd);                  // before there are threads
 *   systemd_ready(&systemd, "serving on %s", path);
 *   systemd_close(&systemd);
 *
 * Started by hand there is no manager, and every call does nothing. The protocol is
 * spoken here and not through libsystemd, which would bring five compression and
 * encryption libraries into the daemon for the sake of one datagram; sd_notify(3)
 * documents it as stable and free to be implemented anew. */
#ifndef TIERD_OPS_SYSTEMD_H
#define TIERD_OPS_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct systemd {
  int fd; /* -1: nobody wants to be told */
  struct sockaddr_un address;
  socklen_t address_len;
  uint64_t watchdog_us; /* longest time between two signs of life; 0: none are wanted */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the
 * environment. What is wrong with them is said on standard error and is no reason not
 * to serve. */
void systemd_open(struct systemd *systemd);
void systemd_close(struct systemd *systemd);

/* All of these may be called from any thread, with NULL too. The status is a line for
 * `systemctl status`; it is cut at some 250 bytes. */
void systemd_ready(const struct systemd *systemd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void systemd_reloading(const struct systemd *systemd);
void systemd_stopping(const struct systemd *systemd);

/* The only one that never waits: a manager too busy to hear it gets the next one. */
void systemd_alive(const struct systemd *systemd);

#endif
