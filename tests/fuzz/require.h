/* require.h - what a fuzz target insists on. */
#ifndef TIERD_FUZZ_REQUIRE_H
#define TIERD_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stdlib.h>

#include "classifier/text/span.h"

/* assert() would vanish from an optimised build. */
static inline void require(bool condition) {
  if (!condition)
    abort();
}

/* Reads every byte, so that the sanitizer sees a span that points elsewhere. */
static inline void require_readable(struct span text) {
  unsigned sum = 0;
  for (size_t i = 0; i < text.len; i++)
    sum += (unsigned char)text.ptr[i];
  require(sum <= 255 * text.len);
}

#endif
