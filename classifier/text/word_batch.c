/* word_batch.c - the plain variant, word by word, and the choice between variants.
 *
 * Words come from text.c, and their tokens are its own; word_batch_avx2.c does the
 * same eight at a time. */
#include "classifier/text/word_batch.h"

void word_batch_init(struct word_batch *batch) {
  /* What places that never held a word point to, so that every variant may read there. */
  static const unsigned char nothing[WORD_BATCH_LETTERS];
  batch->count = 0;
  for (size_t i = 0; i < WORD_BATCH_WORDS; i++)
    batch->start[i] = nothing;
}

static void hash_word(struct text_token *token, const unsigned char *start, uint32_t letters) {
  uint32_t hash = TEXT_HASH_START;
  for (uint32_t i = 0; i < letters; i++)
    hash = text_hash_step(hash, start[i] | 0x20u);
  token->hash = hash;
}

static void count_word(struct text_counts *n, uint32_t letters, uint32_t upper) {
  n->word_letters += letters;
  n->letters_ascii += letters;
  n->scripts[SCRIPT_LATIN] += letters;
  n->words_long += letters >= 7;
  n->words_very_long += letters >= 11;
  n->words_single += letters == 1;
  n->words_capitalised += upper & 1;
  n->words_upper += letters >= 2 && upper == (UINT32_C(1) << letters) - 1;
  /* A capital behind a small letter. */
  n->identifiers += (upper & ~(upper << 1) & ~UINT32_C(1)) != 0;
}

void word_batch_flush_plain(struct word_batch *batch, struct text_counts *counts) {
  counts->words += batch->count;
  for (size_t i = 0; i < batch->count; i++) {
    hash_word(batch->token[i], batch->start[i], batch->letters[i]);
    count_word(counts, batch->letters[i], batch->upper[i]);
  }
  batch->count = 0;
}

word_batch_flush_fn word_batch_flush(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2"))
    return word_batch_flush_avx2;
#endif
  return word_batch_flush_plain;
}
