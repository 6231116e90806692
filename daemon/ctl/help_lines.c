/* help_lines.c - aligns help below help. The tables of options leave where a line breaks to
 * whoever wrote it, and how far it is indented to this. */
#include "daemon/ctl/help_lines.h"

enum { INDENT = 25 };

void help_lines(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    fputc(*text, out);
    if (*text == '\n')
      fprintf(out, "%*s", INDENT, "");
  }
  fputc('\n', out);
}
