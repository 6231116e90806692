/* features.h - a conversation to a vector of named numbers.
 *
 *   struct features *f = malloc(sizeof *f);   // some 130 KB: one per thread
 *   features_init(f);
 *   features_extract(f, &conversation);       // as often as you like
 *   f->x[i] is the feature that features_table()[i] describes
 *
 * No allocation, no failure, linear in the bytes of the conversation.
 */
#ifndef TIERD_FEATURES_FEATURES_H
#define TIERD_FEATURES_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/features/conversation.h"
#include "classifier/features/ngrams.h"
#include "classifier/text/text.h"

enum feature_group {
  GROUP_SIZE,
  GROUP_VOCABULARY,
  GROUP_NUMBERS,
  GROUP_STRUCTURE,
  GROUP_PUNCTUATION,
  GROUP_SCRIPT,
  GROUP_CONVERSATION,
  GROUP_COMMAND,
  GROUP_REASONING,
  GROUP_DOMAIN
};

struct feature {
  const char *name;    /* stable, lower case with underscores */
  const char *meaning; /* a phrase for people */
  enum feature_group group;
};

/* One enumerator a feature, FEATURE_INDEX_bytes_log and so on. */
enum feature_index {
#define FEATURE(name, group, meaning, expression) FEATURE_INDEX_##name,
#include "classifier/features/features.def"
#undef FEATURE
  FEATURES_COUNT
};

enum { FEATURES_LOGS = 256 };

/* Of a question longer than the two together only so much of either end is read: that is
 * where the instruction stands, and pages pasted between say little of how hard it is. */
enum { FEATURES_HEAD_BYTES = 8192, FEATURES_TAIL_BYTES = 4096 };

struct features {
  float x[FEATURES_COUNT]; /* finite, unscaled */
  struct ngrams ngrams;
  struct question question;
  struct text_scan scan;     /* of the question */
  float logs[FEATURES_LOGS]; /* of 1 + index, for features.c alone; features_init fills it */
};

/* The table, FEATURES_COUNT entries, in the order of x. */
const struct feature *features_table(void);

/* A hash over the table, the expressions and the vocabulary: two programs with
 * the same hash extract the same features. Never 0. */
uint64_t features_schema_hash(void);

/* Prepares memory for its first use. */
void features_init(struct features *features);

/* Finds the question and fills x and ngrams. The conversation must stay until the
 * call returns; question keeps pointing into it. */
void features_extract(struct features *features, const struct conversation *conversation);

#endif
