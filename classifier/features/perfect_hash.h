/* perfect_hash.h - the place of a hash in the vocabulary's table, shared by the tool
 * that makes the table and the lookup.
 *
 * Hashes fall into groups; the tool has found for each group a shift that sends its
 * entries to places of their own. So a lookup is two loads and never a probe. */
#ifndef TIERD_FEATURES_PERFECT_HASH_H
#define TIERD_FEATURES_PERFECT_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { PERFECT_GROUPS = 1024, PERFECT_PLACES = 4096 };

static inline uint32_t perfect_group(uint32_t hash) {
  return hash % PERFECT_GROUPS;
}

static inline size_t perfect_place(uint32_t hash, uint32_t shift) {
  return ((hash ^ shift * UINT32_C(0x9E3779B1)) * UINT32_C(0x85EBCA6B)) /
         (UINT32_MAX / PERFECT_PLACES + 1);
}

#endif
