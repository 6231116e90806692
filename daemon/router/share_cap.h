/* share_cap.h - at most a share of the decisions for the dear tiers.
 *
 *   struct share_rule rule;
 *   if (!share_rule_parse(span_of("frontier=0.2"), &rule, why, sizeof why)) ...
 *   request.share_cut = tier_shares_cut(shares, &rule);   // daemon/ops/tier_shares.h
 *   route_decide(...);                                    // keeps to it, see route_tiers.c
 *
 * Each decision that the policy is free in has a gain: by how much the best of the dear
 * tiers is worth more than the best of the others. Without a cap the dear ones are taken
 * when it is above 0; with one, when it is above the quantile that leaves the share. The
 * quantile is found from a histogram of late gains. Pure arithmetic. */
#ifndef TIERD_ROUTER_SHARE_CAP_H
#define TIERD_ROUTER_SHARE_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/text/span.h"

/* Gains lie in bins of 1/256; the first is of those at or below 0, the last of all from
 * 0.49 on. */
enum { SHARE_BINS = 128 };
#define SHARE_BIN_WIDTH (1.0 / 256)

/* One tier's name and the greatest share of the decisions that it and dearer ones get. */
struct share_rule {
  struct span tier; /* empty: no rule */
  double share;     /* 0 to 1 */
};

/* The same for a catalogue, whose index the tier is. */
struct share_cap {
  bool on;
  uint32_t tier;
  double share;
};

/* What one decision has to keep to. */
struct share_cut {
  bool on;
  uint32_t tier; /* this one and dearer ones */
  unsigned bin;  /* gains in higher bins take them, in lower ones do not; SHARE_BINS: none is
                    sure of it, as at the start */
  bool room;     /* for one more: decides in the bin itself */
};

/* TIER=SHARE, or nothing for no rule. The rule points into text. False with why filled, a
 * clause that says what was expected. */
bool share_rule_parse(struct span text, struct share_rule *out, char *why, size_t why_size);

unsigned share_bin(double gain);

/* May a decision of this bin take the dear tiers? */
bool share_cut_allows(const struct share_cut *cut, unsigned bin);

/* The bin of the cut: above it lies as much of the mass as is allowed, or a little less.
 * SHARE_BINS when nothing is, 0 when all of it may take the dear tiers. */
unsigned share_cut_bin(const double mass[SHARE_BINS], double allowed);

#endif
