/* join_line.h - one line of the decision log, as far as joining needs it. */
#ifndef TIERD_CTL_JOIN_LINE_H
#define TIERD_CTL_JOIN_LINE_H

#include <stdint.h>

#include "daemon/ctl/member.h"

enum { JOIN_ID_MAX = 40, JOIN_NAME_BYTES_MAX = 256 };

enum join_kind {
  JOIN_BAD,      /* not a line of the decision log; why says so */
  JOIN_OTHER,    /* of a type that joining has no use for */
  JOIN_DECISION, /* with id and model */
  JOIN_FEEDBACK  /* with id and whatever was said */
};

struct join_line {
  enum join_kind kind;
  cJSON *tree;          /* owned; NULL for a bad line */
  char id[JOIN_ID_MAX]; /* "" for other and bad lines */
  const char *model;    /* decisions: never NULL; feedback: NULL when not given */
  uint64_t time;        /* the digits of "time" as one number, for comparing; 0: unknown */
  /* Feedback only. Numbers are NaN and names NULL when not given. */
  const char *label;
  double score, input_tokens, output_tokens, cost_usd;
  double cached_tokens, cache_write_tokens; /* of input_tokens */
  bool has_escalated, escalated;
  /* Decisions only: which earlier one it asks again, and how that shows; else NULL. */
  const char *reasked_of, *reasked_how;
};

/* Reads a line, which may be written to. Always leaves something to release. */
void join_line_parse(struct span text, struct join_line *out, char why[MEMBER_WHY_MAX]);

/* What a decision with reasked_of says of the earlier one, as feedback on it. Borrows from
 * the decision; there is nothing to release. */
struct join_line join_line_objection(const struct join_line *decision);

void join_line_release(struct join_line *line);

#endif
