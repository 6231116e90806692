/* help_lines.h - the lines that say what an option does, in --help. */
#ifndef TIERD_CTL_HELP_LINES_H
#define TIERD_CTL_HELP_LINES_H

#include <stdio.h>

/* Prints the text and a newline; its further lines go below the first, which begins in
 * column 26. */
void help_lines(FILE *out, const char *text);

#endif
