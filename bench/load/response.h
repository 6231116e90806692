/* response.h - as much of HTTP answers as a load client has to understand.
 *
 *   struct response response;
 *   response_begin(&response);
 *   switch (response_read(&response, data, len)) {
 *   case RESPONSE_MORE: wait for more bytes
 *   case RESPONSE_DONE: response.status, response.close; begin again for the next
 *   case RESPONSE_BAD:  response.why; close the connection
 *   }
 *
 * Answers are framed by Content-Length; bodies are counted and not looked at. */
#ifndef TIERD_BENCH_RESPONSE_H
#define TIERD_BENCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESPONSE_HEAD_MAX = 8192 };

enum response_event { RESPONSE_MORE, RESPONSE_DONE, RESPONSE_BAD };

struct response {
  int status;         /* known once the head is in */
  bool close;         /* the server will close after it */
  const char *why;    /* static text, of RESPONSE_BAD */
  bool in_body;       /* the head is in */
  uint64_t body_left; /* bytes */
  size_t head_len;
  char head[RESPONSE_HEAD_MAX]; /* so far */
};

void response_begin(struct response *response);

/* Takes all of data[0..len). One answer at a time: bytes beyond its end are an
 * error, since the client sends its next request only after it. */
enum response_event response_read(struct response *response, const char *data, size_t len);

#endif
