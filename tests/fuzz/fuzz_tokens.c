/* fuzz_tokens.c - any bytes have a count: bounded, the same each time, and never more
 * apart than together by more than the seam can explain. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/router/tokens.h"

/* assert() would vanish from an optimised build. */
static void require(int condition) {
  if (!condition)
    abort();
}

/* The estimate of a block of its own, so that the sanitizer sees any read past it. */
static uint64_t estimate(const uint8_t *data, size_t len) {
  char *text = malloc(len ? len : 1);
  require(text != NULL);
  if (len > 0)
    memcpy(text, data, len);
  uint64_t tokens = tokens_of_text(span_make(text, len));
  free(text);
  return tokens;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  uint64_t tokens = estimate(data, len);
  /* Seven tokens are the most that the table of words holds, for a letter at least. */
  require(tokens <= 8 * (uint64_t)len);
  require((len == 0) == (tokens == 0));
  require(estimate(data, len) == tokens);
  struct token_counts counts = {0};
  tokens_count_text(span_make((const char *)data, len), &counts);
  for (int family = 0; family < TOKENS_FAMILIES; family++)
    require(tokens_of_counts(&counts, (enum token_family)family, IMAGES_BY_FAMILY) <=
            4 * tokens + 4);
  return 0;
}
