/* term.c - makes text safe and measurable for a terminal.
 *
 * Bytes come in as spans, are decoded one code point at a time (utf8.h), and leave
 * either as a cleaned copy or on a stream. Width is a table of ranges, not a full
 * Unicode database: it is right for the scripts that model names and reasons are
 * written in. Layout is left to table.c.
 */
#include "daemon/ctl/term.h"

#include <stdlib.h>
#include <unistd.h>

#include "classifier/text/utf8.h"
#include "daemon/ctl/buffer.h"

/* Far more than any line that tierctl prints on purpose. */
enum { TERM_TEXT_BYTES_MAX = 128 << 20 };

static const char term_replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
static const char term_ellipsis[] = "\xE2\x80\xA6";    /* U+2026 */

/* Both ends belong to it. */
struct range {
  uint32_t first;
  uint32_t last;
};

/* East Asian wide blocks and the emoji planes. */
static const struct range term_wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};

/* Marks that sit on the character before them. */
static const struct range term_zero[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x093C, 0x093C},
    {0x094D, 0x094D}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF},
};

/* C0, DEL and C1 drive the terminal; the rest reorder or break the line, which
 * lets one string pose as another. */
static const struct range term_unsafe[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x061C, 0x061C}, {0x200E, 0x200F},   {0x2028, 0x202E},
    {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
};

/* A walk: tables are short, and ASCII never gets here. */
static bool ranges_have(const struct range *ranges, size_t count, uint32_t code) {
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last)
      return true;
  return false;
}

#define RANGES_HAVE(ranges, code) ranges_have(ranges, sizeof ranges / sizeof ranges[0], code)

/* The code point at the start of text, which is not empty; 0 when the bytes are
 * not UTF-8, else its length in bytes. */
static size_t decode(struct span text, uint32_t *code) {
  const unsigned char *bytes = (const unsigned char *)text.ptr;
  bool bad = false;
  size_t len = utf8_decode(bytes, bytes + text.len, code, &bad);
  return bad ? 0 : len;
}

static size_t code_width(uint32_t code) {
  if (code < 0x300 || RANGES_HAVE(term_unsafe, code))
    return 1; /* an unsafe one is shown as U+FFFD, which takes a column */
  if (RANGES_HAVE(term_zero, code))
    return 0;
  return RANGES_HAVE(term_wide, code) ? 2 : 1;
}

/* What to show for the character at the start of text, with its width; *used is
 * how many bytes of text it stands for. */
static struct span shown(struct span text, size_t *used, size_t *width) {
  uint32_t code = 0;
  size_t len = decode(text, &code);
  *used = len ? len : 1;
  *width = len ? code_width(code) : 1;
  if (len == 1 && (code == '\n' || code == '\r' || code == '\t'))
    return span_make(" ", 1);
  if (len == 0 || RANGES_HAVE(term_unsafe, code))
    return span_of(term_replacement);
  return span_make(text.ptr, len);
}

static struct span span_after(struct span text, size_t used) {
  return span_make(text.ptr + used, text.len - used);
}

/* Of the text as it would be shown, so that a control character cannot shift a column. */
size_t term_width(struct span text) {
  size_t columns = 0;
  while (text.len > 0) {
    size_t used, width;
    (void)shown(text, &used, &width);
    columns += width;
    text = span_after(text, used);
  }
  return columns;
}

/* Appends cleaned text up to columns_max columns; the caller knows that the
 * whole does not fit when cut is set, and then one column is kept for the
 * ellipsis. */
static void clean_into(struct ctl_buffer *buffer, struct span text, size_t columns_max) {
  bool cut = columns_max > 0 && term_width(text) > columns_max;
  size_t columns = 0;
  while (text.len > 0) {
    size_t used, width;
    struct span piece = shown(text, &used, &width);
    if (cut && columns + width > columns_max - 1)
      break;
    if (!ctl_buffer_append(buffer, piece))
      return;
    columns += width;
    text = span_after(text, used);
  }
  if (cut)
    ctl_buffer_append(buffer, span_of(term_ellipsis));
}

/* 0 for no limit. */
char *term_clean(struct span text, size_t columns_max) {
  struct ctl_buffer buffer;
  ctl_buffer_init(&buffer, TERM_TEXT_BYTES_MAX);
  clean_into(&buffer, text, columns_max);
  if (!ctl_buffer_append(&buffer, span_make("", 1))) {
    ctl_buffer_deinit(&buffer);
    return NULL;
  }
  return buffer.ptr;
}

/* Piece by piece and not by a copy: it may be long, and memory short. */
void term_put(const struct term *term, enum term_style style, struct span text) {
  term_style_on(term, style);
  while (text.len > 0) {
    size_t used, width;
    struct span piece = shown(text, &used, &width);
    fwrite(piece.ptr, 1, piece.len, term->out);
    text = span_after(text, used);
  }
  term_style_off(term, style);
}

void term_put_raw(const struct term *term, struct span text) {
  if (!term->interactive) {
    if (text.len > 0)
      fwrite(text.ptr, 1, text.len, term->out);
    return;
  }
  while (text.len > 0) {
    size_t used, width;
    struct span piece = shown(text, &used, &width);
    /* A document keeps its own line feeds and tabs; a carriage return could
     * overwrite what stands on the line and stays a space. */
    if (text.ptr[0] == '\n' || text.ptr[0] == '\t')
      piece = span_make(text.ptr, 1);
    fwrite(piece.ptr, 1, piece.len, term->out);
    text = span_after(text, used);
  }
}

struct term term_of(FILE *out) {
  const char *no_color = getenv("NO_COLOR");
  const char *kind = getenv("TERM");
  bool interactive = isatty(fileno(out)) == 1;
  /* no-color.org: set and not empty means none, whatever the value. */
  bool refused = no_color && no_color[0] != '\0';
  bool dumb = !kind || strcmp(kind, "dumb") == 0;
  return (struct term){out, interactive && !refused && !dumb, interactive};
}

/* The sixteen colours' codes, which terminals let their users choose. */
void term_style_on(const struct term *term, enum term_style style) {
  static const char *const codes[] = {"", "1", "2", "32", "33", "31"};
  if (term->colour && style != TERM_PLAIN)
    fprintf(term->out, "\x1b[%sm", codes[style]);
}

void term_style_off(const struct term *term, enum term_style style) {
  if (term->colour && style != TERM_PLAIN)
    fputs("\x1b[0m", term->out);
}

/* NUL is no text: what is behind it would be lost on the way. */
bool term_is_text(struct span text, size_t *offset) {
  const char *start = text.ptr;
  while (text.len > 0) {
    uint32_t code = 0;
    size_t len = decode(text, &code);
    if (len == 0 || code == 0) {
      *offset = (size_t)(text.ptr - start);
      return false;
    }
    text = span_after(text, len);
  }
  return true;
}
