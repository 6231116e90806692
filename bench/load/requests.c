/* requests.c - bodies, from a file or made up, wrapped into HTTP requests.
 *
 * All requests stand one behind the other in one block of memory. While it grows it
 * may move, so items hold offsets until settle() turns them into spans. */
#include "bench/load/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/load/prompts.h"

/* Says why, gives back the memory, and is false. */
static bool fail(struct requests *requests, char *why, size_t why_size, const char *what) {
  (void)snprintf(why, why_size, "%s", what);
  requests_deinit(requests);
  return false;
}

/* Room for so much more, in a block that doubles; false beyond the limit. */
static bool reserve(struct requests *requests, size_t extra) {
  if (extra > REQUESTS_BYTES_MAX - requests->used)
    return false;
  size_t needed = requests->used + extra;
  if (needed <= requests->room)
    return true;
  size_t room = needed * 2;
  char *grown = realloc(requests->memory, room);
  if (!grown)
    return false;
  requests->memory = grown;
  requests->room = room;
  return true;
}

/* Adds a request's head and len bytes of room for its body, which *body then points
 * to, until the next call. */
static bool add(struct requests *requests, const char *target, size_t len, char **body) {
  char head[512];
  int head_len = snprintf(head, sizeof head,
                          "POST %s HTTP/1.1\r\nHost: localhost\r\n"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                          target, len);
  if (head_len < 0 || (size_t)head_len >= sizeof head || requests->count == REQUESTS_MAX ||
      !reserve(requests, (size_t)head_len + len))
    return false;
  /* Head and body as one piece, so that a request goes out in one write. */
  memcpy(requests->memory + requests->used, head, (size_t)head_len);
  *body = requests->memory + requests->used + head_len;
  requests->items[requests->count++] = (struct span){NULL, (size_t)head_len + len};
  requests->used += (size_t)head_len + len;
  requests->body_bytes_mean += (double)len;
  return true;
}

/* As many items as there can be: only the block of bytes grows. */
static bool begin(struct requests *requests, size_t count) {
  *requests = (struct requests){0};
  requests->items = calloc(count, sizeof *requests->items);
  return requests->items != NULL;
}

/* The memory has its last place now. */
static bool settle(struct requests *requests) {
  const char *at = requests->memory;
  for (size_t i = 0; i < requests->count; i++) {
    requests->items[i].ptr = at;
    at += requests->items[i].len;
  }
  requests->body_bytes_mean /= (double)requests->count;
  return true;
}

/* The rows of a file; what stands in why is the reason for a false. */
static bool add_lines(struct requests *requests, const char *target, FILE *file, const char *path,
                      char *why, size_t why_size) {
  /* getline() makes the room and keeps it from line to line. */
  char *line = NULL;
  size_t line_room = 0;
  ssize_t len;
  bool ok = true;
  while (ok && (len = getline(&line, &line_room, file)) >= 0) {
    char *body;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
      len--;
    if (len == 0)
      continue;
    ok = add(requests, target, (size_t)len, &body);
    if (ok)
      memcpy(body, line, (size_t)len);
  }
  if (!ok)
    (void)snprintf(why, why_size, "%s: more than %d lines or %d MiB; give a smaller file", path,
                   REQUESTS_MAX, REQUESTS_BYTES_MAX >> 20);
  else if (ferror(file))
    (void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
  else if (requests->count == 0)
    (void)snprintf(why, why_size, "%s holds no lines; expected a request body a line", path);
  ok = ok && !ferror(file) && requests->count > 0;
  free(line);
  return ok;
}

/* Read before the load begins, so that no disk is in the measured time. */
bool requests_from_file(struct requests *requests, const char *target, const char *path, char *why,
                        size_t why_size) {
  if (!begin(requests, REQUESTS_MAX))
    return fail(requests, why, why_size, "out of memory");
  FILE *file = fopen(path, "rb");
  if (!file) {
    (void)snprintf(why, why_size, "cannot open %s: %s; name a file of request bodies with --bodies",
                   path, strerror(errno));
    requests_deinit(requests);
    return false;
  }
  bool ok = add_lines(requests, target, file, path, why, why_size);
  (void)fclose(file);
  if (!ok) {
    requests_deinit(requests);
    return false;
  }
  return settle(requests);
}

/* {"prompt":"..."} around a generated prompt. */
static bool add_prompt(struct requests *requests, const char *target, uint64_t seed, uint64_t index,
                       size_t bytes) {
  static const char before[] = "{\"prompt\":\"", after[] = "\"}";
  const size_t before_len = sizeof before - 1, after_len = sizeof after - 1;
  char *body;
  if (!add(requests, target, before_len + bytes + after_len, &body))
    return false;
  memcpy(body, before, before_len);
  prompts_write(seed, index, body + before_len, bytes);
  memcpy(body + before_len + bytes, after, after_len);
  return true;
}

/* The same seed gives the same bytes: runs on two versions of a server can be compared. */
bool requests_generated(struct requests *requests, const char *target, uint64_t seed, size_t count,
                        char *why, size_t why_size) {
  bool ok = begin(requests, count);
  for (size_t i = 0; ok && i < count; i++)
    ok = add_prompt(requests, target, seed, i, prompts_length(seed, i));
  return ok ? settle(requests) : fail(requests, why, why_size, "out of memory, or --path too long");
}

/* One prompt of one length, to see how the time grows with it. */
bool requests_long(struct requests *requests, const char *target, uint64_t seed, size_t bytes,
                   char *why, size_t why_size) {
  bool ok = begin(requests, 1) && add_prompt(requests, target, seed, 0, bytes);
  return ok ? settle(requests) : fail(requests, why, why_size, "out of memory, or --path too long");
}

/* Also after a failed making; zeroed, so that it may be called twice. */
void requests_deinit(struct requests *requests) {
  free(requests->items);
  free(requests->memory);
  *requests = (struct requests){0};
}
