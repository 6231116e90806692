/* one_in.h - which decisions of a stream are sampled. */
#ifndef TIERD_OPS_ONE_IN_H
#define TIERD_OPS_ONE_IN_H

#include <stdbool.h>
#include <stdint.h>

/* Is the turn sampled? One in each block of every turns is, at a place that changes from
 * block to block: callers come in rounds, and a fixed place would always meet the same. */
static inline bool one_in(uint64_t turn, uint64_t every) {
  uint64_t mixed = turn / every + 1;
  mixed = (mixed ^ (mixed >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  mixed = (mixed ^ (mixed >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return turn % every == (mixed ^ (mixed >> 33)) % every;
}

#endif
