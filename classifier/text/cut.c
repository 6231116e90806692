/* cut.c - looks back from a place for a blank, then for the beginning of a character. */
#include "classifier/text/cut.h"

#include "classifier/text/utf8.h"

size_t text_cut(struct span text, size_t at) {
  if (at >= text.len)
    return text.len;
  for (size_t back = 0; back < TEXT_CUT_BACK && back <= at; back++)
    if (span_is_blank(text.ptr[at - back]))
      return at - back;
  for (size_t back = 0; back < UTF8_BYTES_MAX && back <= at; back++)
    if (((unsigned char)text.ptr[at - back] & 0xC0) != 0x80)
      return at - back;
  return at;
}
