/* tier_shares.c - two counts of everything: this epoch's, and what is left of those before.
 *
 *   decision → counts of this epoch → every EPOCH decisions: older = (older + these) / 2
 *   every EVERY decisions: counts of both → the bin where to cut
 *
 * The thread whose decision completes an epoch moves the counts, one by one, by exchanging
 * them for 0, so that what others count meanwhile is in one of the two and never lost. On
 * one thread, all of it depends on the stream of decisions alone. */
#include "daemon/ops/tier_shares.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Older counts are in 1/65536 of a decision, so that halving them does not cut them off. */
#define OLDER_UNIT 65536.0

struct counter {
  _Atomic uint64_t now;
  _Atomic uint64_t older;
};

struct tier_shares {
  _Atomic uint64_t decisions; /* ever */
  _Atomic unsigned cut;       /* the bin */
  struct counter tiers[CATALOG_TIERS_MAX];
  struct counter bins[SHARE_BINS]; /* of decisions that were free */
  struct counter forced;           /* dear ones that were not free */
};

/* Zeroed, it has counted nothing and cuts nothing. */
struct tier_shares *tier_shares_create(void) {
  return calloc(1, sizeof(struct tier_shares));
}

void tier_shares_destroy(struct tier_shares *shares) {
  free(shares);
}

static double mass_of(const struct counter *counter) {
  return (double)atomic_load_explicit(&counter->now, memory_order_relaxed) +
         (double)atomic_load_explicit(&counter->older, memory_order_relaxed) / OLDER_UNIT;
}

static void count(struct counter *counter) {
  atomic_fetch_add_explicit(&counter->now, 1, memory_order_relaxed);
}

/* Only the thread that completes the epoch writes older. */
static void halve(struct counter *counter) {
  const uint64_t now = atomic_exchange_explicit(&counter->now, 0, memory_order_relaxed);
  const uint64_t older = atomic_load_explicit(&counter->older, memory_order_relaxed);
  atomic_store_explicit(&counter->older, (older + now * (uint64_t)OLDER_UNIT) / 2,
                        memory_order_relaxed);
}

static void end_epoch(struct tier_shares *shares) {
  for (size_t i = 0; i < CATALOG_TIERS_MAX; i++)
    halve(&shares->tiers[i]);
  for (size_t i = 0; i < SHARE_BINS; i++)
    halve(&shares->bins[i]);
  halve(&shares->forced);
}

/* Masses of all decisions and of the dear ones. */
static void weigh(const struct tier_shares *shares, uint32_t dear_from, double *all, double *dear) {
  *all = *dear = 0;
  for (uint32_t tier = 0; tier < CATALOG_TIERS_MAX; tier++) {
    const double mass = mass_of(&shares->tiers[tier]);
    *all += mass;
    *dear += tier >= dear_from ? mass : 0;
  }
}

/* What was forced is taken off the share first, so that free decisions make up for it. */
static void find_cut(struct tier_shares *shares, const struct share_cap *cap) {
  double mass[SHARE_BINS], all, dear;
  weigh(shares, cap->tier, &all, &dear);
  for (size_t i = 0; i < SHARE_BINS; i++)
    mass[i] = mass_of(&shares->bins[i]);
  const double allowed = cap->share * all - mass_of(&shares->forced);
  atomic_store_explicit(&shares->cut, share_cut_bin(mass, allowed > 0 ? allowed : 0),
                        memory_order_relaxed);
}

struct share_cut tier_shares_cut(const struct tier_shares *shares, const struct share_cap *cap) {
  struct share_cut cut = {.on = cap->on, .tier = cap->tier};
  double all, dear;
  if (!cap->on)
    return cut;
  weigh(shares, cap->tier, &all, &dear);
  cut.room = dear + 1 <= cap->share * (all + 1);
  cut.bin = all < TIER_SHARES_FIRST ? SHARE_BINS
                                    : atomic_load_explicit(&shares->cut, memory_order_relaxed);
  return cut;
}

double tier_shares_gain(const struct tier_shares *shares, const struct share_cap *cap) {
  const unsigned bin = atomic_load_explicit(&shares->cut, memory_order_relaxed);
  return cap->on && bin > 0 ? (double)(bin - 1) * SHARE_BIN_WIDTH : 0;
}

void tier_shares_note(struct tier_shares *shares, const struct share_cap *cap,
                      const struct share_note *note) {
  const uint64_t number =
      atomic_fetch_add_explicit(&shares->decisions, 1, memory_order_relaxed) + 1;
  count(&shares->tiers[note->tier]);
  if (note->free)
    count(&shares->bins[note->bin]);
  else if (cap->on && note->tier >= cap->tier)
    count(&shares->forced);
  if (number % TIER_SHARES_EPOCH == 0)
    end_epoch(shares);
  if (cap->on && number % TIER_SHARES_EVERY == 0)
    find_cut(shares, cap);
}

void tier_shares_read(const struct tier_shares *shares, double *out, size_t tiers) {
  double all, dear;
  weigh(shares, 0, &all, &dear);
  for (size_t tier = 0; tier < tiers; tier++)
    out[tier] = all > 0 ? mass_of(&shares->tiers[tier]) / all : 0;
}
