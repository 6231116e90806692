/* response.c - finds the end of an answer.
 *
 * The head is gathered until its empty line has come, however the bytes are cut;
 * its status and the two headers that matter are read, and what is left to do is
 * to count the body down. */
#include "bench/load/response.h"

#include <string.h>
#include <strings.h>

/* The reason is a constant text, so nothing has to be copied or freed. */
static enum response_event bad(struct response *response, const char *why) {
  response->why = why;
  return RESPONSE_BAD;
}

/* Field by field: clearing the head's 8 KB for each answer would cost more than reading
 * it. */
void response_begin(struct response *response) {
  response->status = 0;
  response->close = false;
  response->why = NULL;
  response->in_body = false;
  response->body_left = 0;
  response->head_len = 0;
}

/* "HTTP/1.1 200 ...": the three digits, or 0. */
static int read_status(const char *head, size_t len) {
  static const char version[] = "HTTP/1.1 ";
  const size_t at = sizeof version - 1;
  if (len < at + 3 || memcmp(head, version, at) != 0)
    return 0;
  int status = 0;
  for (size_t i = at; i < at + 3; i++) {
    if (head[i] < '0' || head[i] > '9')
      return 0;
    status = status * 10 + (head[i] - '0');
  }
  return status < 100 ? 0 : status;
}

/* Digits up to the line's end. False for anything else, and for lengths that no
 * answer here has. */
static bool read_length(const char *text, const char *end, uint64_t *out) {
  uint64_t value = 0;
  if (text == end)
    return false;
  for (; text < end; text++) {
    if (*text < '0' || *text > '9' || value > UINT64_C(1) << 40)
      return false;
    value = value * 10 + (uint64_t)(*text - '0');
  }
  *out = value;
  return true;
}

/* Names of headers are the same in upper and lower case. */
static bool line_begins(const char *line, const char *end, const char *with) {
  size_t len = strlen(with);
  return (size_t)(end - line) >= len && strncasecmp(line, with, len) == 0;
}

/* Where a header's value begins. */
static const char *after_colon(const char *line, const char *end) {
  const char *value = (const char *)memchr(line, ':', (size_t)(end - line)) + 1;
  while (value < end && *value == ' ')
    value++;
  return value;
}

/* Reads the gathered head, which ends in an empty line. */
static enum response_event read_head(struct response *response) {
  const char *line = response->head;
  const char *end = line + response->head_len;
  bool have_length = false;
  response->status = read_status(line, response->head_len);
  if (response->status == 0)
    return bad(response, "the answer does not begin with HTTP/1.1 and a status");
  while (line < end) {
    const char *line_end = memchr(line, '\r', (size_t)(end - line));
    if (!line_end)
      break;
    /* Chunked answers are not understood: neither server sends any here. */
    if (line_begins(line, line_end, "content-length:")) {
      have_length = read_length(after_colon(line, line_end), line_end, &response->body_left);
      if (!have_length)
        return bad(response, "the answer's content-length is no number");
    } else if (line_begins(line, line_end, "connection: close")) {
      response->close = true;
    }
    line = line_end + 2;
  }
  if (!have_length)
    return bad(response, "the answer has no content-length");
  response->in_body = true;
  return RESPONSE_MORE;
}

/* Adds to the head up to its end; *taken says how much of data that was. */
static enum response_event gather_head(struct response *response, const char *data, size_t len,
                                       size_t *taken) {
  size_t room = RESPONSE_HEAD_MAX - response->head_len;
  size_t add = len < room ? len : room;
  size_t before = response->head_len;
  memcpy(response->head + before, data, add);
  response->head_len += add;
  /* The empty line may have begun in the bytes before. */
  size_t from = before < 3 ? 0 : before - 3;
  const char *end = memmem(response->head + from, response->head_len - from, "\r\n\r\n", 4);
  if (!end) {
    *taken = add;
    return add < len ? bad(response, "the answer's head is larger than 8192 bytes") : RESPONSE_MORE;
  }
  response->head_len = (size_t)(end - response->head) + 4;
  *taken = response->head_len - before;
  return read_head(response);
}

/* Answers do not overlap, since each connection has one request under way. */
enum response_event response_read(struct response *response, const char *data, size_t len) {
  if (!response->in_body) {
    size_t taken = 0;
    if (gather_head(response, data, len, &taken) == RESPONSE_BAD)
      return RESPONSE_BAD;
    data += taken;
    len -= taken;
  }
  if (!response->in_body)
    return RESPONSE_MORE;
  if (len > response->body_left)
    return bad(response, "there are bytes after the answer's end");
  response->body_left -= len;
  return response->body_left == 0 ? RESPONSE_DONE : RESPONSE_MORE;
}
