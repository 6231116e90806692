/* main.c - tierd-null: options to listening sockets, then the service. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/flags/flags.h"
#include "bench/null/service.h"
#include "daemon/net/listener.h"

enum { EXIT_USAGE = 2, SOCKET_MODE = 0660 };

/* Named as tierd's, so that the same client command measures both. */
struct options {
  const char *socket, *listen;
};

/* No more than these two: what could be set would have to be set alike in tierd. */
static enum flags_result parse(struct options *o, int argc, char **argv) {
  const struct flag table[] = {
      {"socket", "PATH", "Unix socket to listen on", FLAG_TEXT, &o->socket, 0, 0},
      {"listen", "HOST:PORT", "TCP address to listen on", FLAG_TEXT, &o->listen, 0, 0},
  };
  const struct flags flags = {
      "tierd-null",
      "[--socket PATH] [--listen HOST:PORT]",
      "Answers every HTTP request with the same decision, without looking at it: what a\n"
      "decision costs in libuv, llhttp and the kernel alone. It is the yardstick.",
      "\nIt has no limits and no deadlines: for measuring on one machine only.\n",
      table,
      sizeof table / sizeof table[0],
      sizeof table / sizeof table[0]};
  return flags_parse(&flags, argc, argv, NULL);
}

/* Says that it is ready only when it listens: whoever reads it may connect. */
static int serve(const struct options *o, int unix_fd, int tcp_fd, uint16_t port) {
  struct null_service *service = malloc(sizeof *service);
  int code = EXIT_FAILURE;
  if (!service || !null_service_init(service, unix_fd, tcp_fd)) {
    (void)fputs("tierd-null: cannot listen: out of memory or file descriptors\n", stderr);
  } else {
    (void)fprintf(stderr, "tierd-null: ready on %s", o->socket ? o->socket : o->listen);
    if (o->listen)
      (void)fprintf(stderr, ", TCP port %u", (unsigned)port);
    (void)fputc('\n', stderr);
    null_service_run(service);
    null_service_deinit(service);
    code = EXIT_SUCCESS;
  }
  free(service);
  return code;
}

int main(int argc, char **argv) {
  struct options o = {0};
  /* tierd's own listeners are used, so that the sockets of the two differ in nothing. */
  struct unix_listener listener = {.fd = -1, .lock_fd = -1};
  int tcp_fd = -1, code = EXIT_FAILURE;
  uint16_t port = 0;
  char why[512] = "";
  enum flags_result parsed = parse(&o, argc, argv);
  if (parsed != FLAGS_OK)
    return parsed == FLAGS_HELP ? EXIT_SUCCESS : EXIT_USAGE;
  if (!o.socket && !o.listen) {
    (void)fputs("tierd-null: give --socket PATH, --listen HOST:PORT or both\n", stderr);
    return EXIT_USAGE;
  }
  (void)signal(SIGPIPE, SIG_IGN); /* a client that left is an error of the write */
  /* Sockets are made here and not in the service, which then has only one way to fail. */
  bool ok = !o.socket || unix_listener_open(&listener, o.socket, SOCKET_MODE, why, sizeof why);
  if (ok && o.listen) {
    tcp_fd = tcp_listener_open(o.listen, &port, why, sizeof why);
    ok = tcp_fd >= 0;
  }
  if (ok)
    code = serve(&o, listener.fd, tcp_fd, port);
  else
    (void)fprintf(stderr, "tierd-null: %s\n", why);
  /* libuv works on duplicates; these are ours. */
  if (tcp_fd >= 0)
    close(tcp_fd);
  unix_listener_close(&listener);
  return code;
}
