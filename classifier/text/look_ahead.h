/* look_ahead.h - what kinds of bytes come next, 64 at a time, as bits.
 *
 * SSE2 and NEON are part of every x86-64 and AArch64 machine, so that there is nothing to
 * ask at run time. Without either no byte is said to be a letter, and text.c takes each
 * word by itself. Internal to classifier/text. */
#ifndef TIERD_TEXT_LOOK_AHEAD_H
#define TIERD_TEXT_LOOK_AHEAD_H

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_neon.h>
#define TIERD_TEXT_NEON 1
#endif

enum { AHEAD_BYTES = 64 };

/* Of the bytes ahead: bit i speaks of the byte at i. */
struct ahead {
  uint64_t letters; /* of ASCII */
  uint64_t upper;   /* among the letters */
  uint64_t spaces;
};

/* AHEAD_BYTES bytes must be there to read at p. */
static inline struct ahead look_ahead(const unsigned char *p);

#if defined(__SSE2__)
static inline struct ahead look_ahead(const unsigned char *p) {
  struct ahead ahead = {0, 0, 0};
  for (int i = 0; i < AHEAD_BYTES; i += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
    /* A letter folded to lower case and moved to the least signed values is among the
     * 26 least; nothing else is. */
    __m128i moved = _mm_add_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x1F));
    __m128i letter = _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26));
    __m128i space = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    /* Bit 5 tells the cases apart; as the highest bit it can be collected. */
    __m128i lower = _mm_slli_epi16(bytes, 2);
    ahead.letters |= (uint64_t)(unsigned)_mm_movemask_epi8(letter) << i;
    ahead.spaces |= (uint64_t)(unsigned)_mm_movemask_epi8(space) << i;
    ahead.upper |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_andnot_si128(lower, letter)) << i;
  }
  return ahead;
}
#elif defined(TIERD_TEXT_NEON)
/* A bit for each byte of four vectors, whose bytes are all ones or all zeros. Each keeps the
 * bit of its place among eight; adding up neighbours three times brings eight together. */
static inline uint64_t ahead_bits(const uint8x16_t bytes[4]) {
  const uint8x16_t place = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t low = vpaddq_u8(vandq_u8(bytes[0], place), vandq_u8(bytes[1], place));
  uint8x16_t high = vpaddq_u8(vandq_u8(bytes[2], place), vandq_u8(bytes[3], place));
  low = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(low, low)), 0);
}

static inline struct ahead look_ahead(const unsigned char *p) {
  uint8x16_t letters[4], upper[4], spaces[4];
  for (int i = 0; i < 4; i++) {
    uint8x16_t bytes = vld1q_u8(p + 16 * i), fold = vdupq_n_u8(0x20);
    uint8x16_t moved = vsubq_u8(vorrq_u8(bytes, fold), vdupq_n_u8('a'));
    letters[i] = vcltq_u8(moved, vdupq_n_u8(26));
    upper[i] = vbicq_u8(letters[i], vtstq_u8(bytes, fold)); /* bit 5 tells the cases apart */
    spaces[i] = vceqq_u8(bytes, vdupq_n_u8(' '));
  }
  return (struct ahead){ahead_bits(letters), ahead_bits(upper), ahead_bits(spaces)};
}
#else
static inline struct ahead look_ahead(const unsigned char *p) {
  (void)p;
  return (struct ahead){0, 0, 0};
}
#endif

#endif
