/* json_comments.c - lets configuration carry comments: they become spaces before the
 * text is checked and parsed, so that lines and offsets in errors stay right. */
#include <string.h>

#include "classifier/text/json_check.h"

/* The index after the string whose opening quote is at text[at]; len if it is open. */
static size_t skip_string(const char *text, size_t len, size_t at) {
  for (at++; at < len && text[at] != '"'; at++)
    if (text[at] == '\\' && at + 1 < len)
      at++;
  return at < len ? at + 1 : len;
}

/* The index after the comment that starts at text[at]; at itself when it is none,
 * and len + 1 for a block that never ends. */
static size_t comment_end(const char *text, size_t len, size_t at) {
  if (len - at < 2 || text[at] != '/')
    return at;
  if (text[at + 1] == '/') {
    const char *newline = memchr(text + at, '\n', len - at);
    return newline != NULL ? (size_t)(newline - text) : len;
  }
  if (text[at + 1] != '*')
    return at;
  for (size_t i = at + 2; i + 1 < len; i++)
    if (text[i] == '*' && text[i + 1] == '/')
      return i + 2;
  return len + 1;
}

void json_blank_comments(char *text, size_t len) {
  size_t at = 0;
  while (at < len) {
    if (text[at] == '"') {
      at = skip_string(text, len, at);
      continue;
    }
    size_t end = comment_end(text, len, at);
    if (end > len) /* left standing, an open block shows up as the error it is */
      return;
    if (end == at)
      at++;
    for (; at < end; at++)
      if (text[at] != '\n') /* line numbers in errors stay right */
        text[at] = ' ';
  }
}
