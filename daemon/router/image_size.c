/* image_size.c - width and height from an image's first bytes.
 *
 * Base64 lets any byte be decoded by itself: byte i is in the four characters from
 * i / 3 * 4 on. So a format's reader asks for the bytes it wants by their place, and a
 * JPEG's segments are stepped over without being decoded. What is not there, or is no
 * base64, fails the read, and with it the size: the caller then goes by a typical one.
 *
 * Line breaks within the base64 shift all that follows. A size that stands before the
 * first one is still found; a JPEG's mostly is not, as no marker is where it should be.
 * What a size costs is image_tokens.c's. */
#include "daemon/router/image_size.h"

/* A camera's JPEG has some ten segments before its frame; an ICC profile or a preview in
 * pieces of 64 KiB makes it a few dozen. */
enum { JPEG_SEGMENTS_MAX = 256 };

/* "data:", a media type and its parameters; those in use have some 30 bytes. */
enum { URL_HEAD_MAX = 256 };

/* The value of a character, or -1. */
static int sextet(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The byte at a place, or -1 when the text ends before it or is broken there. Padding
 * ends the text, as it has no value. */
static int byte_at(struct span base64, size_t at) {
  const size_t first = at / 3 * 4 + at % 3;
  if (at > base64.len || first + 1 >= base64.len)
    return -1;
  const int high = sextet(base64.ptr[first]);
  const int low = sextet(base64.ptr[first + 1]);
  if (high < 0 || low < 0)
    return -1;
  /* A byte has six bits of one character and two of the next, or 4 and 4, or 2 and 6. */
  const unsigned shift = 2 * (unsigned)(at % 3 + 1);
  return (int)(((unsigned)high << shift | (unsigned)low >> (6 - shift)) & 0xff);
}

/* count bytes, at most four, as one number. */
static bool read_number(struct span base64, size_t at, size_t count, bool big_endian,
                        uint32_t *out) {
  uint32_t number = 0;
  for (size_t i = 0; i < count; i++) {
    const int byte = byte_at(base64, at + (big_endian ? i : count - 1 - i));
    if (byte < 0)
      return false;
    number = number << 8 | (uint32_t)byte;
  }
  *out = number;
  return true;
}

static bool has_bytes(struct span base64, size_t at, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (byte_at(base64, at + i) != (unsigned char)bytes[i])
      return false;
  return true;
}

/* The signature, then IHDR, which must come first: its length, its name, both sizes. */
static bool png_size(struct span base64, uint32_t *width, uint32_t *height) {
  return has_bytes(base64, 12, "IHDR", 4) && read_number(base64, 16, 4, true, width) &&
         read_number(base64, 20, 4, true, height);
}

/* The logical screen, which all frames lie in. */
static bool gif_size(struct span base64, uint32_t *width, uint32_t *height) {
  return (has_bytes(base64, 4, "7a", 2) || has_bytes(base64, 4, "9a", 2)) &&
         read_number(base64, 6, 2, false, width) && read_number(base64, 8, 2, false, height);
}

/* The first chunk of the RIFF container has one of three names, and its content begins
 * at byte 20. Lossy: a frame tag, a start code, 14 bits each, with a scale above them
 * that decoders pass over. Lossless: a signature, then 14 bits each, less one. Extended:
 * the canvas, 24 bits each, less one. */
static bool webp_size(struct span base64, uint32_t *width, uint32_t *height) {
  enum { FOURTEEN_BITS = 0x3fff };
  uint32_t bits;
  if (!has_bytes(base64, 8, "WEBPVP8", 7))
    return false;
  switch (byte_at(base64, 15)) {
  case ' ':
    if (!has_bytes(base64, 23, "\x9d\x01\x2a", 3) || !read_number(base64, 26, 2, false, width) ||
        !read_number(base64, 28, 2, false, height))
      return false;
    *width &= FOURTEEN_BITS;
    *height &= FOURTEEN_BITS;
    return true;
  case 'L':
    if (!has_bytes(base64, 20, "\x2f", 1) || !read_number(base64, 21, 4, false, &bits))
      return false;
    *width = (bits & FOURTEEN_BITS) + 1;
    *height = (bits >> 14 & FOURTEEN_BITS) + 1;
    return true;
  case 'X':
    if (!read_number(base64, 24, 3, false, width) || !read_number(base64, 27, 3, false, height))
      return false;
    ++*width;
    ++*height;
    return true;
  default:
    return false;
  }
}

/* Start of frame, of any coding; C4, C8 and CC in between are tables and reserved. */
static bool is_frame(int marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* Markers without a length: TEM and the restart markers. */
static bool stands_alone(int marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/* From segment to segment up to the frame: a marker of two bytes, the length of what
 * follows with itself, precision, height, width. Scan data before it is no JPEG. */
static bool jpeg_size(struct span base64, uint32_t *width, uint32_t *height) {
  size_t at = 2;
  for (int segments = 0; segments < JPEG_SEGMENTS_MAX; segments++) {
    uint32_t len;
    if (byte_at(base64, at) != 0xff)
      return false;
    const int marker = byte_at(base64, at + 1);
    if (marker == 0xff || stands_alone(marker)) {
      at += marker == 0xff ? 1 : 2; /* any number of FF may fill before a marker */
      continue;
    }
    if (marker <= 0 || marker == 0xd8 || marker == 0xd9 || marker == 0xda)
      return false;
    if (is_frame(marker))
      return read_number(base64, at + 5, 2, true, height) &&
             read_number(base64, at + 7, 2, true, width);
    if (!read_number(base64, at + 2, 2, true, &len) || len < 2)
      return false;
    at += 2 + (size_t)len;
  }
  return false;
}

bool image_size_of_base64(struct span base64, struct image_size *out) {
  uint32_t width = 0, height = 0;
  bool known;
  if (has_bytes(base64, 0, "\x89PNG\r\n\x1a\n", 8))
    known = png_size(base64, &width, &height);
  else if (has_bytes(base64, 0, "\xff\xd8", 2))
    known = jpeg_size(base64, &width, &height);
  else if (has_bytes(base64, 0, "GIF8", 4))
    known = gif_size(base64, &width, &height);
  else
    known = has_bytes(base64, 0, "RIFF", 4) && webp_size(base64, &width, &height);
  /* A JPEG may leave its height to the end of the first scan, as 0. */
  if (!known || width == 0 || height == 0 || width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX)
    return false;
  *out = (struct image_size){width, height};
  return true;
}

/* Does text begin with the lower-case prefix, in either case? */
static bool begins_with(struct span text, const char *prefix) {
  size_t i = 0;
  for (; prefix[i] != '\0'; i++)
    if (i == text.len || ((unsigned char)text.ptr[i] | 0x20) != (unsigned char)prefix[i])
      return false;
  return true;
}

bool image_size_of_url(struct span url, struct image_size *out) {
  static const char scheme[] = "data:", base64[] = ";base64";
  const size_t mark = sizeof base64 - 1;
  /* ":" and ";" have the bit that sets lower case, digits too, so they compare as they are. */
  if (!begins_with(url, scheme))
    return false;
  const char *comma = memchr(url.ptr, ',', url.len < URL_HEAD_MAX ? url.len : URL_HEAD_MAX);
  if (comma == NULL || (size_t)(comma - url.ptr) < sizeof scheme - 1 + mark ||
      !begins_with(span_make(comma - mark, mark), base64))
    return false;
  const size_t head = (size_t)(comma - url.ptr) + 1;
  return image_size_of_base64(span_make(url.ptr + head, url.len - head), out);
}
