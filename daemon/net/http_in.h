/* http_in.h - HTTP/1.1 requests from bytes: llhttp, with the limits it lacks.
 *
 *   struct http_in in;
 *   http_in_init(&in, config);
 *   while (len > 0) {
 *     switch (http_in_feed(&in, data, len, &taken)) {
 *     case HTTP_MORE:    all was taken; wait for more
 *     case HTTP_MESSAGE: a request is complete: in.endpoint, in.problem, in.body;
 *                        answer it, then http_in_next(&in)
 *     case HTTP_REFUSED: in.problem says why; answer and close
 *     }
 *     data += taken; len -= taken;
 *   }
 *
 * The only place beside http_in.c that sees llhttp is this header. */
#ifndef TIERD_NET_HTTP_IN_H
#define TIERD_NET_HTTP_IN_H

#include <llhttp.h>

#include "daemon/api/api.h"
#include "daemon/net/origin.h"

enum http_event { HTTP_MORE, HTTP_MESSAGE, HTTP_REFUSED };

enum { HTTP_NAME_MAX = 32, HTTP_VALUE_MAX = 256, HTTP_CHUNK_DIGITS_MAX = 16 };

struct http_in {
  llhttp_t parser;
  const struct config *config;
  bool tcp; /* set by the owner: browsers can reach this connection, so that origins count */

  /* Of the message being read; reset by http_in_next(). */
  bool started;         /* a byte of it has come */
  bool head_done;       /* all headers are in, and endpoint or problem is set */
  bool expect_continue; /* the client waits for 100 before it sends the body */
  bool keep_alive;      /* known when the message is complete */
  bool http_1_0;
  enum api_method method;              /* API_OTHER until it is known */
  bool head_only;                      /* HEAD: answer without the body */
  const struct api_endpoint *endpoint; /* NULL when problem is set */
  struct problem problem;              /* .type is PROBLEM_NONE when all is well */
  struct buffer url;
  struct buffer body; /* whole, or for API_BODY_LINES what has not been taken yet */

  /* Of its lines, as scan() saw them: the head's, chunk sizes and trailers. */
  size_t head_bytes;   /* after the request line, with trailers */
  size_t lines;        /* of the head that ended */
  size_t line_bytes;   /* of the one being read, without its end */
  char previous;       /* byte of a line */
  bool extended;       /* it is a chunk's size, past its ';' */
  bool trailing;       /* the last chunk has come */
  uint64_t chunk_left; /* bytes of the chunk being read, in which there are no lines */
  uint64_t body_bytes; /* of the body so far, kept or ignored */

  /* Of its headers. */
  struct origin origin;
  uint32_t headers;
  uint32_t hosts;
  bool host_bad;            /* its value is no host */
  bool transfer;            /* there is a transfer-encoding */
  bool coded;               /* and it is other than chunked */
  bool length_odd;          /* content-length with leading zeros */
  bool expect_unknown;      /* an expectation other than 100-continue */
  bool encoded;             /* content-encoding other than identity */
  bool media_unsupported;   /* content-type that is not JSON */
  char name[HTTP_NAME_MAX]; /* lower case, cut */
  size_t name_len;
  char value[HTTP_VALUE_MAX]; /* cut */
  size_t value_len;
  bool value_cut;
};

void http_in_init(struct http_in *in, const struct config *config);

/* Reads data[0..len); *taken says how much of it. */
enum http_event http_in_feed(struct http_in *in, const char *data, size_t len, size_t *taken);

/* Forgets the message and makes ready for the next on this connection. */
void http_in_next(struct http_in *in);

/* Makes ready for another connection, keeping buffers. */
void http_in_reset(struct http_in *in);

void http_in_deinit(struct http_in *in);

#endif
