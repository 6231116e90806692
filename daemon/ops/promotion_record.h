/* promotion_record.h - what the state directory knows of promoted models and of the run
 * of a candidate: the file "promotion".
 *
 *   tierd-promotion 1
 *   KEY VALUE              one a line, in any order, each at most once
 *   end
 *
 * The models themselves are files beside it (promoted.h). No field holds anything of a
 * request. */
#ifndef TIERD_OPS_PROMOTION_RECORD_H
#define TIERD_OPS_PROMOTION_RECORD_H

#include <limits.h>
#include <stdio.h>

#include "daemon/ops/model_file.h"
#include "daemon/ops/shadow_gate.h"

#define PROMOTION_FILE "promotion"

enum { PROMOTION_VERSION_MAX = 17, PROMOTION_WHY_MAX = 512 };

enum promotion_status {
  PROMOTION_NONE,     /* nothing was ever tried */
  PROMOTION_RUNNING,  /* a candidate is in shadow */
  PROMOTION_PROMOTED, /* the last one passed */
  PROMOTION_REJECTED, /* it was worse, or not shown to be no worse in time */
  PROMOTION_REFUSED,  /* its file is not what it was, or does not fit any more */
  PROMOTION_CANCELLED,
  PROMOTION_ROLLED_BACK,
  PROMOTION_STATUSES
};

/* A model by its version and the hash of its file; both "" for none. */
struct promotion_model {
  char version[PROMOTION_VERSION_MAX];
  char hash[MODEL_HASH_MAX];
};

struct promotion_record {
  /* What decides: promoted, as long as --model still is the model named over. */
  struct promotion_model promoted;
  struct promotion_model previous; /* that a rollback goes back to */
  char over[PROMOTION_VERSION_MAX];

  /* The latest run. */
  uint32_t status; /* enum promotion_status */
  struct promotion_model candidate;
  char base[PROMOTION_VERSION_MAX]; /* the model that it is compared with */
  char path[PATH_MAX];              /* where the candidate came from */
  char why[PROMOTION_WHY_MAX];      /* how the run ended; "" before */
  int64_t started_s, ended_s;       /* Unix time; 0 for not yet */
  uint64_t looks;                   /* that the gate has taken */
  struct gate_counts counts;
};

void promotion_record_print(const struct promotion_record *record, FILE *out);

/* Reads text, which is written to. False when it is no such file, or damaged. */
bool promotion_record_parse(char *text, struct promotion_record *out);

/* directory/promotion; all zero when there is none, or nobody may look there. False with
 * why filled. */
bool promotion_record_load(const char *directory, struct promotion_record *out, char *why,
                           size_t why_size);

/* Makes the directory if need be. False with why filled. */
bool promotion_record_save(const char *directory, const struct promotion_record *record, char *why,
                           size_t why_size);

const char *promotion_status_name(enum promotion_status status);

#endif
