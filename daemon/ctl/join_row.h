/* join_row.h - a decision and its feedback as a line of a labelled log. */
#ifndef TIERD_CTL_JOIN_ROW_H
#define TIERD_CTL_JOIN_ROW_H

#include "daemon/ctl/join_table.h"

enum join_row_status {
  JOIN_ROW_MADE = 0,
  JOIN_ROW_UNLABELLED, /* neither score nor label: nothing to learn from */
  JOIN_ROW_NO_MEMORY
};

/* Makes the line, without a line feed, on the heap for the caller to free with
 * cJSON_free(). Prompt and features move over from the decision's tree. */
enum join_row_status join_row_make(struct join_line *decision, const struct join_feedback *feedback,
                                   char **out);

#endif
