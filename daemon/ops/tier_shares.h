/* tier_shares.h - which tiers late decisions took, over all threads, and where to cut so
 * that a wish holds.
 *
 *   struct tier_shares *shares = tier_shares_create();
 *   request.share_cut = tier_shares_cut(shares, &cap);        // before a decision
 *   tier_shares_note(shares, &cap, &note);                    // after it
 *
 * Counts are atomic and nobody waits: a decision adds to three of them. Every
 * TIER_SHARES_EPOCH decisions the older ones are halved, which is how they are forgotten. */
#ifndef TIERD_OPS_TIER_SHARES_H
#define TIERD_OPS_TIER_SHARES_H

#include "daemon/router/catalog.h"
#include "daemon/router/share_cap.h"

enum {
  TIER_SHARES_EPOCH = 2048, /* the half-life, in decisions */
  TIER_SHARES_EVERY = 32,   /* decisions from one look for the cut to the next */
  TIER_SHARES_FIRST = 64    /* before so many decisions no quantile is trusted */
};

/* What became of a decision. */
struct share_note {
  uint32_t tier; /* taken */
  bool free;     /* the policy could take a dear tier or a cheap one, and did as the cut says */
  unsigned bin;  /* of its gain, when free */
};

struct tier_shares; /* opaque */

struct tier_shares *tier_shares_create(void); /* NULL when memory is out */
void tier_shares_destroy(struct tier_shares *shares);

/* What the next decision has to keep to; off without a cap. */
struct share_cut tier_shares_cut(const struct tier_shares *shares, const struct share_cap *cap);

void tier_shares_note(struct tier_shares *shares, const struct share_cap *cap,
                      const struct share_note *note);

/* The gain from which on dear tiers are taken, 0 without a cap. */
double tier_shares_gain(const struct tier_shares *shares, const struct share_cap *cap);

/* Of late decisions, the share of each tier, into count entries; 0 before the first. */
void tier_shares_read(const struct tier_shares *shares, double *out, size_t count);

#endif
