/* http_out.h - the heads of answers. */
#ifndef TIERD_NET_HTTP_OUT_H
#define TIERD_NET_HTTP_OUT_H

#include "daemon/api/api.h"

enum { HTTP_DATE_MAX = 40 };

struct http_out_options {
  bool close;      /* say "connection: close" */
  bool keep_alive; /* say "connection: keep-alive", which HTTP/1.0 has to be told */
  bool chunked;    /* the body follows in chunks; else content_length holds */
  size_t content_length;
  const char *date; /* HTTP-date, or NULL */
};

/* Appends status line and headers, with those that the endpoint added. */
void http_out_head(struct buffer *out, const struct api_response *response,
                   const struct http_out_options *options);

/* Appends one chunk of a chunked body; nothing when len is 0. */
void http_out_chunk(struct buffer *out, const char *bytes, size_t len);
void http_out_last_chunk(struct buffer *out);

/* Writes an HTTP-date (RFC 9110, IMF-fixdate) for a Unix time. */
void http_out_date(char out[HTTP_DATE_MAX], int64_t unix_s);

#endif
