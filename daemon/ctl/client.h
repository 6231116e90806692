/* client.h - one HTTP exchange with the daemon, over its socket or TCP.
 *
 *   struct ctl_client_answer answer;
 *   ctl_client_answer_init(&answer);
 *   enum client_status status = ctl_client_exchange(&target, &request, &answer);
 *   // CLIENT_OK: answer.http_status and answer.body; else answer.why
 *   ctl_client_answer_deinit(&answer);
 */
#ifndef TIERD_CTL_CLIENT_H
#define TIERD_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ctl/buffer.h"

enum { CLIENT_BODY_BYTES_MAX = 64 << 20, CLIENT_WHY_MAX = 700 };

enum client_status {
  CLIENT_OK = 0,      /* an answer came, whatever its HTTP status */
  CLIENT_UNREACHABLE, /* no connection */
  CLIENT_BROKEN,      /* connected, but no whole answer */
  CLIENT_TOO_LARGE,   /* the answer exceeds its bound */
  CLIENT_STOPPED      /* send or receive gave up; they know why */
};

/* Strings are borrowed. */
struct ctl_client_target {
  const char *socket_path;
  const char *url; /* NULL for the socket */
  uint32_t timeout_ms;
};

/* Gives the next bytes of a body, up to size; 0 ends it, CLIENT_SEND_FAILED stops
 * the exchange. */
#define CLIENT_SEND_FAILED SIZE_MAX
typedef size_t ctl_client_send(void *context, char *out, size_t size);

/* Takes bytes of a good answer as they come; false stops the exchange. */
typedef bool ctl_client_receive(void *context, struct span bytes);

struct ctl_client_request {
  const char *path; /* "/v1/route" */
  bool post;
  const char *content_type; /* of what is posted */
  struct span body;         /* posted when send is NULL */
  ctl_client_send *send;
  void *send_context;
  long long send_bytes;        /* what send will give in all; -1: unknown, sent in chunks */
  bool send_may_wait;          /* send reads from a pipe: no bound on the time without progress */
  ctl_client_receive *receive; /* NULL: gather the body. Anything but a 200 is gathered */
  void *receive_context;
};

struct ctl_client_answer {
  long http_status;
  struct ctl_buffer body;
  long long retry_after_s;  /* 0 when not said */
  char why[CLIENT_WHY_MAX]; /* for people; a failure only */
};

void ctl_client_answer_init(struct ctl_client_answer *answer);

/* Runs the exchange. A request with send or receive has timeout_ms as bound on the
 * time without progress, any other on the whole. */
enum client_status ctl_client_exchange(const struct ctl_client_target *target,
                                       const struct ctl_client_request *request,
                                       struct ctl_client_answer *answer);

void ctl_client_answer_deinit(struct ctl_client_answer *answer);

#endif
