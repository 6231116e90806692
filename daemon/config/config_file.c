/* config_file.c - settings from "key = value" lines.
 *
 *   file:    lines, ended by LF or CR LF
 *   line:    blank, or KEY '=' VALUE, then perhaps a comment
 *   comment: '#' at the start of a line or after white space, to the line's end
 *   VALUE:   "quoted", with \" \\ \n \t and \xHH; or bare, to the end or comment
 *
 * A file is read once, top to bottom, each key at most once. What a key means and
 * which values it takes stands in options.def; option_set() stores them.
 */
#include "daemon/config/config_file.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/config/options.h"
#include "daemon/config/quote.h"
#include "daemon/config/read_file.h"

enum { OPTIONS_MAX = 128, VALUE_BYTES_MAX = OPTION_STRING_BYTES_MAX + 1 };

/* The state of one reading. Nothing of it outlives config_file_parse(). */
struct config_lines {
  struct config *config;
  struct config_error *err;
  const char *name;
  size_t line;                 /* from 1 */
  size_t seen_at[OPTIONS_MAX]; /* by table index: the line that set it, or 0 */
};

/* Line ends are gone by the time that this is asked, so these two are all. */
static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static struct span trim(struct span text) {
  while (text.len > 0 && is_blank(text.ptr[0]))
    text = span_make(text.ptr + 1, text.len - 1);
  while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
    text.len--;
  return text;
}

/* Opens the error text with "FILE:LINE: " and what is wrong. Always false. */
static bool fail(const struct config_lines *lines, const char *problem) {
  snprintf(lines->err->text, sizeof lines->err->text, "%s:%zu: %s", lines->name, lines->line,
           problem);
  return false;
}

/* A bare value ends at a '#' that follows white space: paths may hold a '#'. */
static struct span bare_value(struct span text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '#' && (i == 0 || is_blank(text.ptr[i - 1])))
      text.len = i;
  }
  return trim(text);
}

/* 0 to 15, or -1. isxdigit would ask the locale. */
static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes the escape after a backslash at *at and moves past it. Returns the byte,
 * or 0 when it is none: a NUL could not be kept in a string anyway. */
static char unescape(struct span text, size_t *at) {
  if (*at >= text.len)
    return '\0';
  const char c = text.ptr[(*at)++];
  if (c == '"' || c == '\\')
    return c;
  if (c == 'n')
    return '\n';
  if (c == 't')
    return '\t';
  if (c != 'x' || text.len - *at < 2)
    return '\0';
  const int high = hex_digit(text.ptr[*at]);
  const int low = hex_digit(text.ptr[*at + 1]);
  *at += 2;
  return high < 0 || low < 0 ? '\0' : (char)(high * 16 + low);
}

/* text starts at the opening quote. Decodes into buffer, VALUE_BYTES_MAX large. */
static bool quoted_value(const struct config_lines *lines, struct span text, char *buffer,
                         struct span *value) {
  size_t len = 0;
  size_t at = 1;
  while (at < text.len && text.ptr[at] != '"') {
    char c = text.ptr[at++];
    if (c == '\\' && (c = unescape(text, &at)) == '\0')
      return fail(lines,
                  "unknown escape; expected \\\", \\\\, \\n, \\t or \\xHH in a quoted value");
    if (len == VALUE_BYTES_MAX)
      return fail(lines, "the value is too long");
    buffer[len++] = c;
  }
  if (at >= text.len)
    return fail(lines, "a quoted value has no closing quote");
  /* What follows is most likely a quote that should have been escaped. */
  const struct span rest = trim(span_make(text.ptr + at + 1, text.len - at - 1));
  if (rest.len > 0 && rest.ptr[0] != '#')
    return fail(lines, "more after the closing quote; expected nothing or a '#' comment");
  *value = span_make(buffer, len);
  return true;
}

/* The setting of that key, marked as seen, or NULL with the error filled. */
static const struct option *find_setting(struct config_lines *lines, struct span key) {
  char text[256];
  struct quoted shown;
  size_t count;
  const struct option *table = options_table(&count);
  const struct option *option = options_find(key);
  quote(&shown, key);
  /* "check = true" would be known and do nothing, hence an error of its own. */
  if (option != NULL && !option_is_setting(option)) {
    snprintf(text, sizeof text, "%s is a flag of the command line, not a setting", shown.text);
    fail(lines, text);
    return NULL;
  }
  if (option == NULL) {
    const char *nearest = options_nearest(key, false);
    snprintf(text, sizeof text, "%s: unknown key%s%s%s", shown.text,
             nearest != NULL ? "; did you mean \"" : "; --dump-config lists them all",
             nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
    fail(lines, text);
    return NULL;
  }
  /* Which of two lines holds is a question that no reader of the file should
   * have to ask. */
  size_t *seen_at = &lines->seen_at[option - table];
  if (*seen_at != 0) {
    snprintf(text, sizeof text, "%s: already set on line %zu; keep one", shown.text, *seen_at);
    fail(lines, text);
    return NULL;
  }
  *seen_at = lines->line;
  return option;
}

static bool parse_line(struct config_lines *lines, struct span line) {
  line = trim(line);
  if (line.len == 0 || line.ptr[0] == '#')
    return true;
  /* A NUL would silently cut a path short. */
  if (memchr(line.ptr, '\0', line.len) != NULL)
    return fail(lines, "a NUL byte; expected a text file");
  const char *equals = memchr(line.ptr, '=', line.len);
  if (equals == NULL)
    return fail(lines, line.ptr[0] == '[' ? "sections are not known; expected \"key = value\""
                                          : "expected \"key = value\"");
  const size_t key_len = (size_t)(equals - line.ptr);
  const struct option *option = find_setting(lines, trim(span_make(line.ptr, key_len)));
  if (option == NULL)
    return false;

  char buffer[VALUE_BYTES_MAX];
  struct span value = trim(span_make(equals + 1, line.len - key_len - 1));
  if (value.len > 0 && value.ptr[0] == '"') {
    if (!quoted_value(lines, value, buffer, &value))
      return false;
  } else {
    value = bare_value(value);
  }
  /* A number or switch may be quoted too: the quotes go before it is parsed. */
  char where[256];
  snprintf(where, sizeof where, "%s:%zu: %s", lines->name, lines->line, option->key);
  return option_set(lines->config, option, value, where, lines->err);
}

bool config_file_parse(struct config *config, const char *name, const char *text, size_t len,
                       struct config_error *err) {
  struct config_lines lines = {.config = config, .err = err, .name = name};
  size_t count;
  options_table(&count);
  assert(count <= OPTIONS_MAX); /* else seen_at is too small */
  while (len > 0) {
    const char *end = memchr(text, '\n', len);
    const size_t line_len = end != NULL ? (size_t)(end - text) : len;
    struct span line = span_make(text, line_len);
    /* Files that come from Windows end their lines with CR LF. */
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
      line.len--;
    lines.line++;
    if (!parse_line(&lines, line))
      return false;
    /* The last line may lack its line end. */
    const size_t used = end != NULL ? line_len + 1 : line_len;
    text += used;
    len -= used;
  }
  return true;
}

bool config_file_read(struct config *config, const char *path, struct config_error *err) {
  char *text;
  size_t len;
  if (!read_file(path, CONFIG_FILE_BYTES_MAX, &text, &len, err->text, sizeof err->text))
    return false;
  const bool ok = config_file_parse(config, path, text, len, err);
  free(text);
  return ok;
}
