/* requests.h - the HTTP requests of a run, whole and ready to send.
 *
 *   struct requests requests;
 *   if (!requests_from_file(&requests, "/v1/route", "prompts.ndjson", why, sizeof why)) ...
 *   send(fd, requests.items[i].ptr, requests.items[i].len, 0);
 *   requests_deinit(&requests);
 *
 * Made before the clock starts, so that sending is all that the client does. */
#ifndef TIERD_BENCH_REQUESTS_H
#define TIERD_BENCH_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

enum { REQUESTS_MAX = 100000, REQUESTS_BYTES_MAX = 512 * 1024 * 1024 };

struct requests {
  struct span *items; /* into memory */
  size_t count;       /* at least 1 after success */
  char *memory;
  size_t used, room; /* bytes of memory */
  double body_bytes_mean;
};

/* Each function prepares *requests from nothing. On failure why says what is wrong
 * and *requests needs no deinit. target is the path to post to. */

/* A body a line of an NDJSON file; empty lines are skipped. The lines are sent as they
 * are, whatever they hold. */
bool requests_from_file(struct requests *requests, const char *target, const char *path, char *why,
                        size_t why_size);

/* count mixed prompts of PROMPT_BYTES_MEAN bytes on average. */
bool requests_generated(struct requests *requests, const char *target, uint64_t seed, size_t count,
                        char *why, size_t why_size);

/* One prompt of so many bytes. */
bool requests_long(struct requests *requests, const char *target, uint64_t seed, size_t bytes,
                   char *why, size_t why_size);

void requests_deinit(struct requests *requests);

#endif
