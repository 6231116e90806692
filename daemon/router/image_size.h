/* image_size.h - width and height of an image that stands in a request as base64.
 *
 *   struct image_size size;
 *   if (image_size_of_url(span_of("data:image/png;base64,iVBORw0..."), &size)) ...
 *
 * PNG, JPEG, GIF and WebP, known by their first bytes, whatever the media type says.
 * Only the bytes that are looked at are decoded: nothing is copied and nothing
 * allocated, and the work does not grow with the image. Any input will do. */
#ifndef TIERD_ROUTER_IMAGE_SIZE_H
#define TIERD_ROUTER_IMAGE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

/* What JPEG and GIF can say. A header that claims more is not believed: no provider takes
 * an image of a tenth of that, and the claim costs its sender nothing. */
enum { IMAGE_SIDE_MAX = 65535 };

struct image_size {
  uint32_t width, height; /* pixels, both from 1 to IMAGE_SIDE_MAX */
};

/* Of the bytes that base64 stands for, as in Anthropic's "data". False, with out
 * untouched, when they do not begin like an image whose size can be read. */
bool image_size_of_base64(struct span base64, struct image_size *out);

/* Of a data URL, as in OpenAI's "url". False as well for every other URL. */
bool image_size_of_url(struct span url, struct image_size *out);

#endif
