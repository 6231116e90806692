/* feedback_parse.h - the body of POST /v1/feedback, strictly read. */
#ifndef TIERD_API_FEEDBACK_PARSE_H
#define TIERD_API_FEEDBACK_PARSE_H

#include "daemon/api/decision_id.h"
#include "daemon/api/json_in.h"
#include "daemon/api/problem.h"
#include "daemon/router/catalog.h"

/* Tokens of a call; -1 where nothing was said. input counts every input token, those
 * read from and written to a cache included, whatever the vendor's habit. */
struct feedback_usage {
  int64_t input, output;
  int64_t cached;      /* of input, read from a cache */
  int64_t cache_write; /* of input, written to one */
};

/* What a caller says about a decision. Spans point into the arena. */
struct feedback {
  char id[DECISION_ID_MAX];
  double score;           /* 0 to 1; NaN when not given */
  struct span tier_label; /* a tier of the catalogue; empty when not given */
  struct span model;      /* that answered; empty when not given */
  int64_t cost;           /* nano-USD; MONEY_UNKNOWN when not given */
  bool has_escalated, escalated;
  bool has_usage;
  struct feedback_usage usage;
};

/* Parses text, which is written to, with memory from arena. The tier label must be in
 * the catalogue; the model need not be. False with problem filled. */
bool feedback_parse(struct arena *arena, const struct json_limits *limits,
                    const struct catalog *catalog, char *text, size_t len, struct feedback *out,
                    struct problem *problem);

/* The member "usage" alone, of OpenAI's chat completions or responses, or of
 * Anthropic's messages. Members that count no tokens of these are left alone: the
 * object may be passed on as it came. */
bool usage_parse(const cJSON *usage, struct feedback_usage *out, struct problem *problem);

#endif
