/* http_out.c - status lines, headers and chunk framing.
 *
 * Everything is appended to a connection's buffer; when that is sent, and what an answer
 * says, is for others. Names of headers are lower case, as HTTP/2 has them, so that logs and
 * proxies see one spelling. */
#include "daemon/net/http_out.h"

#include <stdio.h>
#include <time.h>

static const char *reason_phrase(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 202:
    return "Accepted";
  case 400:
    return "Bad Request";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 411:
    return "Length Required";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 422:
    return "Unprocessable Content";
  case 431:
    return "Request Header Fields Too Large";
  case 503:
    return "Service Unavailable";
  default:
    return "Internal Server Error";
  }
}

static void add_unsigned(struct buffer *out, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  buffer_add(out, digits + at, sizeof digits - at);
}

static void add_line(struct buffer *out, const char *name, const char *value) {
  buffer_add_text(out, name);
  buffer_add(out, ": ", 2);
  buffer_add_text(out, value);
  buffer_add(out, "\r\n", 2);
}

void http_out_head(struct buffer *out, const struct api_response *response,
                   const struct http_out_options *options) {
  buffer_add_text(out, "HTTP/1.1 ");
  add_unsigned(out, (uint64_t)response->status);
  buffer_add(out, " ", 1);
  buffer_add_text(out, reason_phrase(response->status));
  buffer_add(out, "\r\n", 2);
  add_line(out, "content-type", response->content_type);
  if (options->date)
    add_line(out, "date", options->date);
  if (options->chunked) {
    add_line(out, "transfer-encoding", "chunked");
  } else if (options->content_length != (size_t)-1) {
    buffer_add_text(out, "content-length: ");
    add_unsigned(out, options->content_length);
    buffer_add(out, "\r\n", 2);
  }
  if (options->close)
    add_line(out, "connection", "close");
  else if (options->keep_alive)
    add_line(out, "connection", "keep-alive");
  buffer_add(out, response->headers, response->headers_len);
  buffer_add(out, "\r\n", 2);
}

void http_out_chunk(struct buffer *out, const char *bytes, size_t len) {
  char size[24];
  if (len == 0) /* a chunk of no bytes would end the answer */
    return;
  buffer_add(out, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", len));
  buffer_add(out, bytes, len);
  buffer_add(out, "\r\n", 2);
}

void http_out_last_chunk(struct buffer *out) {
  buffer_add(out, "0\r\n\r\n", 5);
}

void http_out_date(char out[HTTP_DATE_MAX], int64_t unix_s) {
  /* Not by strftime(), whose names are those of the locale. */
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t time = (time_t)unix_s;
  struct tm utc = {.tm_mday = 1, .tm_year = 70};
  gmtime_r(&time, &utc);
  snprintf(out, HTTP_DATE_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * utc.tm_wday,
           utc.tm_mday % 100, months + 3 * utc.tm_mon, (utc.tm_year + 1900) % 10000,
           utc.tm_hour % 100, utc.tm_min % 100, utc.tm_sec % 100);
}
