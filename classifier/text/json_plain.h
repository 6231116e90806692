/* json_plain.h - skips, sixteen bytes at a time, what is nothing special in a JSON string.
 *
 * Prompts are mostly such bytes, so the two loops over them are what checking and reading
 * a request costs. */
#ifndef TIERD_TEXT_JSON_PLAIN_H
#define TIERD_TEXT_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_neon.h>
#define TIERD_JSON_NEON 1

/* Which of sixteen bytes is the first that is all ones and not all zeros; 16 for none. Four
 * bits of each are left when pairs of bytes are narrowed to one. */
static inline unsigned json_first_set(uint8x16_t bytes) {
  uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(bytes), 4);
  uint64_t bits = vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
  return bits ? (unsigned)__builtin_ctzll(bits) / 4 : 16;
}
#endif

/* The first byte of p[0..end) that is a quote or a backslash; end when there is none. */
static inline unsigned char *json_skip_to_mark(unsigned char *p, const unsigned char *end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    unsigned found = (unsigned)_mm_movemask_epi8(mark);
    if (found)
      return p + __builtin_ctz(found);
  }
#elif defined(TIERD_JSON_NEON)
  for (; end - p >= 16; p += 16) {
    uint8x16_t bytes = vld1q_u8(p);
    unsigned at = json_first_set(
        vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\'))));
    if (at < 16)
      return p + at;
  }
#endif
  while (p < end && *p != '"' && *p != '\\')
    p++;
  return p;
}

/* How many of the first bytes are printable ASCII and neither a quote nor a backslash, in
 * whole blocks and up to the first that is not. Fewer than there are where a block would
 * lead beyond end. */
static inline size_t json_plain_bytes(const unsigned char *p, const unsigned char *end) {
  const unsigned char *start = p;
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* As signed numbers, control characters and what lies beyond ASCII are both less
     * than a space. */
    __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                   _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    unsigned found = (unsigned)_mm_movemask_epi8(special);
    if (found)
      return (size_t)(p - start) + (size_t)__builtin_ctz(found);
  }
#elif defined(TIERD_JSON_NEON)
  for (; end - p >= 16; p += 16) {
    uint8x16_t bytes = vld1q_u8(p);
    uint8x16_t mark = vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
    uint8x16_t beyond = vcgeq_u8(vsubq_u8(bytes, vdupq_n_u8(' ')), vdupq_n_u8(0x80 - ' '));
    unsigned at = json_first_set(vorrq_u8(mark, beyond));
    if (at < 16)
      return (size_t)(p - start) + at;
  }
#else
  (void)end;
#endif
  return (size_t)(p - start);
}

#endif
