/* prompts.h - system prompts that the cache could have held, group by group. */
#ifndef TIERD_CTL_REPORT_PROMPTS_H
#define TIERD_CTL_REPORT_PROMPTS_H

#include "daemon/ctl/report/totals.h"

/* The values of a group: tokens of all calls, when the first and the last was, the
 * model's index in the catalogue plus 1, 0 when it is not there. */
enum { PROMPT_TOKENS, PROMPT_FIRST, PROMPT_LAST, PROMPT_MODEL, PROMPT_VALUES };

/* Puts the call into its group, if it is one that was not cached. False when memory is
 * out. */
bool prompts_add(struct report_totals *totals, const struct report_line *line,
                 const struct join_feedback *feedback);

/* What caching would have saved over all groups. */
struct waste_sum prompts_waste(const struct report_totals *totals);

#endif
