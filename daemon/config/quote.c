/* quote.c - hostile text made fit for an error message.
 *
 * Errors quote what they complain about, and that may hold terminal escapes or be
 * megabytes long. Whether the rest is good UTF-8 is for the terminal to judge.
 */
#include "daemon/config/quote.h"

const char *quote(struct quoted *out, struct span text) {
  size_t len = text.len;
  if (len > QUOTE_BYTES_MAX) {
    len = QUOTE_BYTES_MAX;
    /* Back to the start of the character that the cut would split. */
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
      len--;
  }
  for (size_t i = 0; i < len; i++) {
    const unsigned char byte = (unsigned char)text.ptr[i];
    out->text[i] = byte < 0x20 || byte == 0x7F ? '?' : text.ptr[i];
  }
  memcpy(out->text + len, len < text.len ? "..." : "", len < text.len ? sizeof "..." : 1);
  return out->text;
}
