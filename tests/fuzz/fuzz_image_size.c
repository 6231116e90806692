/* fuzz_image_size.c - any text is read as base64 and as a URL, and any bytes as an image
 * once they are base64: no read beyond the text, and sizes and tokens within bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/router/image_size.h"
#include "daemon/router/image_tokens.h"
#include "require.h"

/* What is read has to be countable by every rule. */
static void check(bool known, struct image_size size) {
  if (!known)
    return;
  require(size.width >= 1 && size.width <= IMAGE_SIDE_MAX);
  require(size.height >= 1 && size.height <= IMAGE_SIDE_MAX);
  for (int rule = IMAGES_BY_FAMILY + 1; rule < IMAGE_RULES; rule++)
    for (int detail = IMAGE_AUTO; detail <= IMAGE_ORIGINAL; detail++) {
      const struct image_part image = {size.width, size.height, (enum image_detail)detail};
      const uint64_t tokens = image_tokens((enum image_rule)rule, &image);
      require(tokens >= 1 && tokens < UINT64_C(1) << 32);
    }
}

/* In a block of its own, so that the sanitizer sees any read past it. */
static void read_text(const char *text, size_t len) {
  struct image_size size = {0};
  char *copy = malloc(len ? len : 1);
  require(copy != NULL);
  if (len > 0)
    memcpy(copy, text, len);
  check(image_size_of_base64(span_make(copy, len), &size), size);
  check(image_size_of_url(span_make(copy, len), &size), size);
  free(copy);
}

static void read_bytes(const uint8_t *data, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t characters = (len * 8 + 5) / 6;
  char *text = malloc(characters ? characters : 1);
  require(text != NULL);
  for (size_t i = 0; i < characters; i++) {
    const size_t at = i * 6 / 8;
    const unsigned two = (unsigned)data[at] << 8 | (at + 1 < len ? data[at + 1] : 0U);
    text[i] = digits[two >> (10 - i * 6 % 8) & 63];
  }
  read_text(text, characters);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  read_text((const char *)data, len);
  read_bytes(data, len);
  return 0;
}
