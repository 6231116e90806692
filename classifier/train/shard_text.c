/* shard_text.c - appends to text: numbers that come back as they were, JSON strings.
 *
 * cJSON prints doubles that are equal but for the last bits alike, hence numbers of our
 * own. Where the text goes is left to the caller. */
#include "classifier/train/shard_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for len more bytes, or NULL. */
static char *room(struct shard_text *text, size_t len) {
  if (text->failed)
    return NULL;
  if (len > text->capacity - text->len) {
    size_t capacity = 2 * (text->capacity + len) + 1024;
    char *grown = realloc(text->bytes, capacity);
    text->failed = grown == NULL;
    if (!grown)
      return NULL;
    text->bytes = grown;
    text->capacity = capacity;
  }
  return text->bytes + text->len;
}

void shard_text_add(struct shard_text *text, const char *bytes, size_t len) {
  /* Nothing added to nothing would be arithmetic on NULL. */
  char *to = len > 0 ? room(text, len) : NULL;
  if (!to)
    return;
  memcpy(to, bytes, len);
  text->len += len;
}

void shard_text_string(struct shard_text *text, const char *string) {
  shard_text_add(text, string, strlen(string));
}

/* Most of a shard is indices, for which printf would take longer than the features. */
void shard_text_integer(struct shard_text *text, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  shard_text_add(text, digits + at, sizeof digits - at);
}

void shard_text_float(struct shard_text *text, float value) {
  /* -0 is no integer here: its sign has to stay. */
  if (value > 0 && value < 1e9f && value == floorf(value)) {
    shard_text_integer(text, (uint64_t)value);
    return;
  }
  char *to = room(text, 32);
  if (to)
    text->len += (size_t)snprintf(to, 32, "%.9g", (double)value);
}

void shard_text_double(struct shard_text *text, double value) {
  char *to = room(text, 32);
  if (!to)
    return;
  /* 17 digits always do; mostly 15 do, and are what the log had. */
  int len = 0;
  for (int digits = 15; digits <= 17; digits++) {
    len = snprintf(to, 32, "%.*g", digits, value);
    double back = strtod(to, NULL);
    if (memcmp(&back, &value, sizeof back) == 0)
      break;
  }
  text->len += (size_t)len;
}

void shard_text_json(struct shard_text *text, const char *value) {
  shard_text_add(text, "\"", 1);
  while (*value) {
    size_t plain = 0; /* bytes that stand for themselves */
    while ((unsigned char)value[plain] >= 0x20 && value[plain] != '"' && value[plain] != '\\')
      plain++;
    shard_text_add(text, value, plain);
    value += plain;
    if (*value) {
      char escaped[8];
      (void)snprintf(escaped, sizeof escaped, *value < 0x20 ? "\\u%04x" : "\\%c", *value);
      shard_text_string(text, escaped);
      value++;
    }
  }
  shard_text_add(text, "\"", 1);
}

void shard_text_deinit(struct shard_text *text) {
  free(text->bytes);
  *text = (struct shard_text){0};
}
