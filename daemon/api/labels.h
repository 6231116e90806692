/* labels.h - what the caller says about a request, for the log: "metadata". */
#ifndef TIERD_API_LABELS_H
#define TIERD_API_LABELS_H

#include <cjson/cJSON.h>

#include "classifier/text/span.h"

enum { LABELS_MAX = 8, LABEL_KEY_BYTES_MAX = 64, LABEL_VALUE_BYTES_MAX = 256 };

struct label {
  struct span key, value;
};

struct labels {
  struct label list[LABELS_MAX]; /* spans point into the request's tree */
  size_t count;
};

/* Takes the first LABELS_MAX members of metadata that are strings; longer values are
 * cut at a character's boundary. The field is the vendors', so nothing in it is an
 * error: what does not suit is left out. metadata may be NULL. */
void labels_parse(const cJSON *metadata, struct labels *out);

/* The value of that key; empty when there is none. */
struct span labels_find(const struct labels *labels, const char *key);

#endif
