/* page.h - a self-contained HTML page: its head, its style sheet, its figures.
 *
 *   page_open(out, "Router accuracy", my_colours, my_classes);
 *   page_open_figure(out, "Deferral curve");      // then a drawing, see chart.h
 *   fputs("<ul class=\"legend\">", out);
 *   page_legend_item(out, "series router", "the router");
 *   fputs("</ul></figure>", out);
 *   page_close(out);
 *
 * No script, no font, no image, no request to anywhere: a page can be mailed, kept
 * beside a release and printed. Errors of writing are kept by the stream. */
#ifndef TIERD_PAGE_PAGE_H
#define TIERD_PAGE_PAGE_H

#include <stdio.h>

/* Writes everything up to and with the heading. title and styles are the program's
 * own, never data. colours and classes are style sheets that come after the common
 * one; they may use its variables --ink, --soft, --line, --page and --card. */
void page_open(FILE *out, const char *title, const char *colours, const char *classes);
void page_close(FILE *out);

/* A figure is closed by its drawer. title and description need no escaping. */
void page_open_figure(FILE *out, const char *title);
/* A drawing as wide as the line charts, height units high. */
void page_open_svg(FILE *out, int height, const char *name, const char *description);
/* One entry of a list of class "legend", whose classes are those of the line that it
 * explains. text may be anything. */
void page_legend_item(FILE *out, const char *class_names, const char *text);

/* Cells of a table: a row's head, and text. Both may be anything. */
void page_row_head(FILE *out, const char *text);
void page_text_cell(FILE *out, const char *text);

#endif
