/* word_batch.h - the plain words of a text, hashed and counted eight at a time.
 *
 * A plain word is 1 to WORD_BATCH_LETTERS ASCII letters and nothing else. Where one
 * begins and ends is cheap to see; what costs is its hash, in which each letter waits
 * for the one before it. So text.c only notes such words here, and has eight of them
 * hashed side by side.
 *
 *   struct word_batch batch;
 *   word_batch_init(&batch);
 *   batch.words[batch.count++] = ...           // up to WORD_BATCH_WORDS
 *   word_batch_flush()(&batch, &counts);       // fills the tokens, adds to counts
 *
 * Internal to classifier/text. */
#ifndef TIERD_TEXT_WORD_BATCH_H
#define TIERD_TEXT_WORD_BATCH_H

#include "classifier/text/text.h"

enum { WORD_BATCH_WORDS = 8, WORD_BATCH_LETTERS = 16 };

struct word_batch {
  size_t count;
  /* The first letter of each; WORD_BATCH_LETTERS bytes from there on can be read. */
  const unsigned char *start[WORD_BATCH_WORDS];
  struct text_token *token[WORD_BATCH_WORDS]; /* whose hash is to be filled */
  uint32_t letters[WORD_BATCH_WORDS];
  uint32_t upper[WORD_BATCH_WORDS]; /* bit i: letter i is a capital */
};

/* Fills the noted tokens, adds the words to counts and empties the batch, which may
 * hold any number of words. */
typedef void (*word_batch_flush_fn)(struct word_batch *batch, struct text_counts *counts);

void word_batch_init(struct word_batch *batch);

/* The fastest variant on this machine. All give the same results. */
word_batch_flush_fn word_batch_flush(void);

void word_batch_flush_plain(struct word_batch *batch, struct text_counts *counts);
#if defined(__x86_64__)
void word_batch_flush_avx2(struct word_batch *batch, struct text_counts *counts);
#endif

/* text_scan_span() with a variant of one's own, for tests. With NULL there are no
 * batches, and every word is read letter by letter. */
void text_scan_span_by(struct text_scan *scan, struct span text, word_batch_flush_fn flush);

/* FNV-1a over code points; the constants are those of draft-eastlake-fnv. */
#define TEXT_HASH_START UINT32_C(2166136261)
#define TEXT_HASH_PRIME UINT32_C(16777619)

static inline uint32_t text_hash_step(uint32_t hash, uint32_t codepoint) {
  return (hash ^ codepoint) * TEXT_HASH_PRIME;
}

#endif
