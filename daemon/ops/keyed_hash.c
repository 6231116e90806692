/* keyed_hash.c - SipHash-2-4, after Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF", 2012.
 *
 * xxHash is faster, but its keyed forms do not promise that the key stays secret
 * from somebody who sees many hashes; a pseudo-random function does, and at about a
 * byte a cycle it costs little beside the features. */
#include "daemon/ops/keyed_hash.h"

#include <stdio.h>

struct lanes {
  uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static void mix(struct lanes *v, int rounds) {
  while (rounds-- > 0) {
    v->a += v->b;
    v->c += v->d;
    v->b = rotate(v->b, 13) ^ v->a;
    v->d = rotate(v->d, 16) ^ v->c;
    v->a = rotate(v->a, 32);
    v->c += v->b;
    v->a += v->d;
    v->b = rotate(v->b, 17) ^ v->c;
    v->d = rotate(v->d, 21) ^ v->a;
    v->c = rotate(v->c, 32);
  }
}

/* Up to eight bytes, the least significant first whatever the machine. */
static uint64_t little_endian(const unsigned char *bytes, size_t len) {
  uint64_t word = 0;
  for (size_t i = 0; i < len; i++)
    word |= (uint64_t)bytes[i] << (8 * i);
  return word;
}

static void absorb(struct lanes *v, uint64_t word) {
  v->d ^= word;
  mix(v, 2);
  v->a ^= word;
}

uint64_t keyed_hash(const struct hash_key *key, struct span bytes) {
  const uint64_t low = little_endian(key->bytes, 8), high = little_endian(key->bytes + 8, 8);
  /* The constants are the paper's: "somepseudorandomlygeneratedbytes". */
  struct lanes v = {low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d),
                    low ^ UINT64_C(0x6c7967656e657261), high ^ UINT64_C(0x7465646279746573)};
  const unsigned char *at = (const unsigned char *)bytes.ptr;
  size_t left = bytes.len;
  for (; left >= 8; at += 8, left -= 8)
    absorb(&v, little_endian(at, 8));
  /* The last word carries the length, so that trailing zeros count. */
  absorb(&v, little_endian(at, left) | (uint64_t)bytes.len << 56);
  v.c ^= 0xFF;
  mix(&v, 4);
  return v.a ^ v.b ^ v.c ^ v.d;
}

void keyed_hash_print(uint64_t hash, char *out) {
  snprintf(out, HASH_TEXT_MAX, "%016llx", (unsigned long long)hash);
}
