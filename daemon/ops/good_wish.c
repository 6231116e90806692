/* good_wish.c - sums of probabilities for each lambda of a grid, this epoch's and older.
 *
 *   request → for each lambda the tier that policy.h takes → its probability → sums
 *   sums over counts → the greatest lambda that keeps the wish
 *
 * Sums are whole numbers, so that threads can add to them and an epoch's end loses nothing;
 * the thread that ends the epoch moves them one by one, as tier_shares.c does. Between, the
 * count may be of one request more than a sum, which is nothing beside their noise. */
#include "daemon/ops/good_wish.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "classifier/svm/policy.h"
#include "daemon/ops/one_in.h"

/* A probability of 1, in sums. */
#define UNIT 1048576.0

struct sum {
  _Atomic uint64_t now;
  _Atomic uint64_t older;
};

struct good_wish {
  _Atomic uint64_t turn;   /* decisions ever */
  _Atomic uint64_t summed; /* of them */
  struct sum count;        /* in units, like the sums */
  struct sum good[GOOD_WISH_GRID];
};

struct good_wish *good_wish_create(void) {
  return calloc(1, sizeof(struct good_wish));
}

void good_wish_destroy(struct good_wish *wish) {
  free(wish);
}

double good_wish_grid(size_t at) {
  const double ratio = GOOD_WISH_LAMBDA_GREATEST / GOOD_WISH_LAMBDA_LEAST;
  return at == 0
             ? 0
             : GOOD_WISH_LAMBDA_LEAST * pow(ratio, (double)(at - 1) / (double)(GOOD_WISH_GRID - 2));
}

static void add(struct sum *sum, double amount) {
  atomic_fetch_add_explicit(&sum->now, (uint64_t)llround(amount * UNIT), memory_order_relaxed);
}

static double read_sum(const struct sum *sum) {
  return (double)(atomic_load_explicit(&sum->now, memory_order_relaxed) +
                  atomic_load_explicit(&sum->older, memory_order_relaxed));
}

static void halve(struct sum *sum) {
  const uint64_t now = atomic_exchange_explicit(&sum->now, 0, memory_order_relaxed);
  const uint64_t older = atomic_load_explicit(&sum->older, memory_order_relaxed);
  atomic_store_explicit(&sum->older, (older + now) / 2, memory_order_relaxed);
}

static void end_epoch(struct good_wish *wish) {
  halve(&wish->count);
  for (size_t i = 0; i < GOOD_WISH_GRID; i++)
    halve(&wish->good[i]);
}

void good_wish_note(struct good_wish *wish, const struct good_choice *choice) {
  if (!one_in(atomic_fetch_add_explicit(&wish->turn, 1, memory_order_relaxed), GOOD_WISH_EVERY))
    return;
  double lambda = GOOD_WISH_LAMBDA_LEAST;
  const double ratio =
      pow(GOOD_WISH_LAMBDA_GREATEST / GOOD_WISH_LAMBDA_LEAST, 1.0 / (GOOD_WISH_GRID - 2));
  add(&wish->count, 1);
  for (size_t i = 0; i < GOOD_WISH_GRID; i++) {
    const double at = i == 0 ? 0 : lambda;
    const size_t tier =
        choice->count > 0 ? policy_tier(choice->good, choice->shares, choice->count, at) : 0;
    add(&wish->good[i], (double)(choice->count > 0 ? choice->good[tier] : choice->chosen));
    lambda *= i == 0 ? 1 : ratio;
  }
  if ((atomic_fetch_add_explicit(&wish->summed, 1, memory_order_relaxed) + 1) % GOOD_WISH_EPOCH ==
      0)
    end_epoch(wish);
}

bool good_wish_lambda(const struct good_wish *wish, double least, double *lambda) {
  const double count = read_sum(&wish->count);
  if (count < GOOD_WISH_FIRST * UNIT)
    return false;
  *lambda = 0;
  /* A greater lambda never keeps more, so that the first one that keeps too little ends it.
   * Not between points: probabilities come in steps, and a step may lie anywhere. */
  for (size_t i = 0; i < GOOD_WISH_GRID && read_sum(&wish->good[i]) / count >= least; i++)
    *lambda = good_wish_grid(i);
  return true;
}
