/* nearest.c - edit distance with swaps, for "did you mean".
 *
 * Counts insertions, deletions, replacements and swaps of neighbours, the slips
 * that people make. Words are short and errors rare, so the plain quadratic
 * table serves. What is done with a suggestion is left to the caller.
 */
#include "daemon/config/nearest.h"

#include <stdint.h>

static size_t min3(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Both at most NEAREST_BYTES_MAX bytes. rows[i % 3] holds the distances between
 * the first i bytes of a and every beginning of b; a swap looks two rows back. */
static size_t distance(struct span a, struct span b) {
  size_t rows[3][NEAREST_BYTES_MAX + 1];
  for (size_t j = 0; j <= b.len; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i - 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      const size_t replaced = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
      row[j] = min3(above[j] + 1, row[j - 1] + 1, replaced);
      if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
        const size_t swapped = rows[(i - 2) % 3][j - 2] + 1;
        row[j] = swapped < row[j] ? swapped : row[j];
      }
    }
  }
  return rows[a.len % 3][b.len];
}

void nearest_init(struct nearest *nearest, struct span word) {
  *nearest = (struct nearest){.word = word, .distance = SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *name) {
  const struct span candidate = span_of(name);
  if (nearest->word.len > NEAREST_BYTES_MAX || candidate.len > NEAREST_BYTES_MAX)
    return;
  const size_t d = distance(nearest->word, candidate);
  if (d < nearest->distance) {
    nearest->distance = d;
    nearest->name = name;
  }
}

const char *nearest_name(const struct nearest *nearest) {
  /* A third of the word may be wrong. Beyond that a suggestion misleads. */
  const size_t limit = nearest->word.len / 3 + 1;
  const bool close = nearest->distance <= limit && nearest->distance < nearest->word.len;
  return close ? nearest->name : NULL;
}
