/* line_parts.h - what a request is made of, as counts and hashes for the log.
 *
 * Whoever reads the log later sees what is paid for again and again, without seeing
 * a word of it. */
#ifndef TIERD_API_LINE_PARTS_H
#define TIERD_API_LINE_PARTS_H

#include "classifier/features/features.h"
#include "daemon/api/json_out.h"
#include "daemon/ops/keyed_hash.h"

/* Sizes in tokens. input_tokens are shared out by bytes, so the parts are estimates
 * and never exceed the whole; earlier turns are what remains. */
struct line_parts {
  uint64_t system;      /* the system prompt */
  uint64_t context;     /* in the question's own turn: documents, reminders */
  uint64_t question;    /* the user's own words */
  uint64_t tool;        /* results of tools */
  uint64_t definitions; /* of the tools offered */
  uint32_t messages;
  uint64_t system_hash, question_hash; /* keyed; 0 when there is none */
  bool inherited;                      /* the newest turn only carries an earlier question on */
  double redundancy;                   /* share of the text, 0 to 1, that stood there before */
};

/* Linear in the conversation's bytes; no allocation. question is of that conversation. */
struct line_parts line_parts_of(const struct hash_key *key, const struct conversation *conversation,
                                const struct question *question, uint64_t input_tokens);

/* The member "parts". */
void line_parts_write(struct json_out *out, const struct line_parts *parts);

/* Share of the windows of eight words that occurred before in the same conversation,
 * 0 to 1; 0 for short texts. Long texts are sampled. */
double line_redundancy(const struct conversation *conversation);

#endif
