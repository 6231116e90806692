/* batch_view.h - the answers of a batch as rows of one table, as they come.
 *
 *   struct batch_view view;
 *   batch_view_init(&view, &term, BATCH_VIEW_TABLE);
 *   batch_view_bytes(&view, span);   // any number of times, cut anywhere
 *   batch_view_end(&view, true);     // prints what is left
 *   batch_view_deinit(&view);
 */
#ifndef TIERD_CTL_BATCH_VIEW_H
#define TIERD_CTL_BATCH_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ctl/buffer.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/term.h"

enum { BATCH_VIEW_LINE_BYTES_MAX = 8 << 20, BATCH_VIEW_WHY_MAX = 160 };

enum batch_view_form {
  BATCH_VIEW_TABLE,
  BATCH_VIEW_MODELS, /* the model's name alone, "-" for a failed line */
  BATCH_VIEW_JSON    /* the daemon's lines as they are */
};

struct batch_view {
  const struct term *term; /* borrowed */
  enum batch_view_form form;
  struct ctl_table *table;      /* owned */
  struct ctl_buffer line;       /* a line that has not ended yet */
  size_t lines;                 /* answers seen */
  size_t failed;                /* of them problems, or no JSON */
  char why[BATCH_VIEW_WHY_MAX]; /* after false: what is wrong, for people */
};

/* False when memory is out; deinit all the same. */
bool batch_view_init(struct batch_view *view, const struct term *term, enum batch_view_form form);

/* False when a line exceeds its bound or memory is out, with view->why filled. */
bool batch_view_bytes(struct batch_view *view, struct span bytes);

/* Prints the rest. whole says that the answer came to its end, so that a last
 * line without line feed counts; else such a line was cut off and is dropped. */
bool batch_view_end(struct batch_view *view, bool whole);

void batch_view_deinit(struct batch_view *view);

#endif
