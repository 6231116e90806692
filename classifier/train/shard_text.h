/* shard_text.h - a growing piece of text, for the lines of a shard.
 *
 * Running out of memory is remembered instead of returned, so that a line is built
 * without a check a number; look at failed before using it. */
#ifndef TIERD_TRAIN_SHARD_TEXT_H
#define TIERD_TRAIN_SHARD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is empty. */
struct shard_text {
  char *bytes; /* not NUL-terminated */
  size_t len, capacity;
  bool failed; /* memory was short; bytes are incomplete */
};

void shard_text_add(struct shard_text *text, const char *bytes, size_t len);
void shard_text_string(struct shard_text *text, const char *string);
void shard_text_integer(struct shard_text *text, uint64_t value);

/* Digits that strtof() and strtod() turn into the very same value; it must be finite. */
void shard_text_float(struct shard_text *text, float value);
void shard_text_double(struct shard_text *text, double value);

/* A JSON string with its quotes. value must be UTF-8. */
void shard_text_json(struct shard_text *text, const char *value);

void shard_text_deinit(struct shard_text *text);

#endif
