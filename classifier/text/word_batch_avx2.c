/* word_batch_avx2.c - eight words side by side: lane i of every vector is word i.
 *
 * The letters are turned so that one vector holds the n-th letter of all words, as
 * many such vectors as the longest word needs; then a step of the hash is one vector
 * instruction for eight words, and lanes whose word has ended keep what they have.
 * Compiled for AVX2, and called only where word_batch.c has seen that there is. */
#include "classifier/text/word_batch.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* Columns of letters: bytes 0 to 7 of pair[k] are letter 2k of the eight words, bytes
 * 8 to 15 letter 2k + 1. */
struct columns {
  __m128i pair[4];
};

static inline __m128i load_8(const unsigned char *p) {
  return _mm_loadl_epi64((const __m128i *)(const void *)p);
}

/* The eight letters of each word from offset on, turned by 90 degrees. */
static inline struct columns turn(const struct word_batch *batch, size_t offset) {
  __m128i two[4], low, high, left, right;
  for (size_t i = 0; i < 4; i++)
    two[i] =
        _mm_unpacklo_epi8(load_8(batch->start[i] + offset), load_8(batch->start[i + 4] + offset));
  /* Now words 0 and 4, 1 and 5, 2 and 6, 3 and 7 alternate byte by byte. */
  low = _mm_unpacklo_epi8(two[0], two[2]);
  high = _mm_unpackhi_epi8(two[0], two[2]);
  left = _mm_unpacklo_epi8(two[1], two[3]);
  right = _mm_unpackhi_epi8(two[1], two[3]);
  return (struct columns){{_mm_unpacklo_epi8(low, left), _mm_unpackhi_epi8(low, left),
                           _mm_unpacklo_epi8(high, right), _mm_unpackhi_epi8(high, right)}};
}

static inline __m256i load_lanes(const uint32_t *p) {
  return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Hashes the letters from offset to offset + 7 of the words that are so long. */
static inline __m256i hash_columns(__m256i hash, __m256i letters, struct columns columns,
                                   int offset) {
  const __m256i prime = _mm256_set1_epi32((int)TEXT_HASH_PRIME);
  const __m256i small = _mm256_set1_epi32(0x20), one = _mm256_set1_epi32(1);
  __m256i left = _mm256_sub_epi32(letters, _mm256_set1_epi32(offset));
  for (int i = 0; i < 8; i++) {
    __m128i column = i % 2 ? _mm_srli_si128(columns.pair[i / 2], 8) : columns.pair[i / 2];
    __m256i letter = _mm256_or_si256(_mm256_cvtepu8_epi32(column), small);
    __m256i next = _mm256_mullo_epi32(_mm256_xor_si256(hash, letter), prime);
    hash = _mm256_blendv_epi8(hash, next, _mm256_cmpgt_epi32(left, _mm256_setzero_si256()));
    left = _mm256_sub_epi32(left, one);
  }
  return hash;
}

static inline uint64_t lanes_set(__m256i mask) {
  return (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(mask)));
}

static inline uint64_t sum(__m256i lanes) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
  return (uint64_t)(uint32_t)_mm_cvtsi128_si32(two) + (uint64_t)(uint32_t)_mm_extract_epi32(two, 1);
}

/* The same figures as count_word() of the plain variant; lanes without a word have no
 * letters and add nothing. */
static inline void count_words(struct text_counts *n, __m256i letters, __m256i upper) {
  const __m256i one = _mm256_set1_epi32(1), zero = _mm256_setzero_si256();
  uint64_t all = sum(letters);
  n->word_letters += all;
  n->letters_ascii += all;
  n->scripts[SCRIPT_LATIN] += all;
  n->words_long += lanes_set(_mm256_cmpgt_epi32(letters, _mm256_set1_epi32(6)));
  n->words_very_long += lanes_set(_mm256_cmpgt_epi32(letters, _mm256_set1_epi32(10)));
  n->words_single += lanes_set(_mm256_cmpeq_epi32(letters, one));
  if (_mm256_testz_si256(upper, upper)) /* as most text has it */
    return;
  n->words_capitalised += lanes_set(_mm256_slli_epi32(upper, 31));
  __m256i every = _mm256_sub_epi32(_mm256_sllv_epi32(one, letters), one);
  __m256i whole =
      _mm256_and_si256(_mm256_cmpeq_epi32(upper, every), _mm256_cmpgt_epi32(letters, one));
  n->words_upper += lanes_set(whole);
  /* A capital that is not the first letter and whose neighbour before it is small. */
  __m256i inner = _mm256_andnot_si256(_mm256_or_si256(_mm256_slli_epi32(upper, 1), one), upper);
  n->identifiers += lanes_set(_mm256_cmpgt_epi32(inner, zero));
}

void word_batch_flush_avx2(struct word_batch *batch, struct text_counts *counts) {
  for (size_t i = batch->count; i < WORD_BATCH_WORDS; i++)
    batch->letters[i] = batch->upper[i] = 0; /* left over from the words before */
  __m256i letters = load_lanes(batch->letters);
  __m256i hash = _mm256_set1_epi32((int)TEXT_HASH_START);
  uint32_t hashes[WORD_BATCH_WORDS];
  hash = hash_columns(hash, letters, turn(batch, 0), 0);
  __m256i long_words = _mm256_cmpgt_epi32(letters, _mm256_set1_epi32(8));
  if (!_mm256_testz_si256(long_words, long_words))
    hash = hash_columns(hash, letters, turn(batch, 8), 8);
  _mm256_storeu_si256((__m256i *)(void *)hashes, hash);
  for (size_t i = 0; i < batch->count; i++)
    batch->token[i]->hash = hashes[i];
  counts->words += batch->count;
  count_words(counts, letters, load_lanes(batch->upper));
  batch->count = 0;
}
#else
typedef int word_batch_avx2_is_for_x86_64;
#endif
