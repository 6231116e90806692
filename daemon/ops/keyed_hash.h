/* keyed_hash.h - a short hash that nobody can search without the key.
 *
 * The decision log names sessions and prompts by it: equal ones can be told to be
 * equal, and guesses cannot be tried by whoever has the log but not the key. */
#ifndef TIERD_OPS_KEYED_HASH_H
#define TIERD_OPS_KEYED_HASH_H

#include <stdint.h>

#include "classifier/text/span.h"

enum { HASH_KEY_BYTES = 16, HASH_TEXT_MAX = 17 };

struct hash_key {
  unsigned char bytes[HASH_KEY_BYTES];
};

/* SipHash-2-4 of the bytes. */
uint64_t keyed_hash(const struct hash_key *key, struct span bytes);

/* 16 hexadecimal digits and a NUL; out holds HASH_TEXT_MAX bytes. */
void keyed_hash_print(uint64_t hash, char *out);

#endif
