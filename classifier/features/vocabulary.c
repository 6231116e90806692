/* vocabulary.c - lookup in the table that vocabulary_gen made of vocabulary.txt. */
#include "classifier/features/vocabulary.h"

#include "classifier/features/perfect_hash.h"

#define VOCABULARY_WANT_TABLE
#include "vocabulary_table.inc"

uint32_t vocabulary_lookup(uint32_t hash) {
  size_t at = perfect_place(hash, perfect_shifts[perfect_group(hash)]);
  /* All ones for the same hash, else none: by arithmetic, since a branch on which word it
   * is would be guessed wrong every few words. */
  uint64_t differs = places[at].hash ^ hash;
  return places[at].mask & (uint32_t)((differs - 1) >> 32);
}

uint64_t vocabulary_hash(uint64_t hash) {
  for (uint32_t i = 0; i < VOCABULARY_SLOTS; i++) {
    uint64_t slot = (uint64_t)slots[i].hash << 32 | slots[i].mask;
    hash = (hash ^ slot) * UINT64_C(1099511628211);
  }
  for (int i = 0; i < VOCABULARY_COUNT; i++)
    for (const char *p = category_names[i]; *p; p++)
      hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  return hash;
}
