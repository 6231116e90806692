/* tallies.h - calls and money by name: of a tier, a model, a label's value. */
#ifndef TIERD_CTL_REPORT_TALLIES_H
#define TIERD_CTL_REPORT_TALLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TALLIES_MAX = 1024, TALLY_NAME_MAX = 257 };

struct tally {
  char name[TALLY_NAME_MAX];
  uint64_t lines;   /* all of them */
  uint64_t unknown; /* of these, with a cost that is not known, at least in part */
  int64_t spent;    /* nano-USD, what is known */
  uint64_t checked; /* lines whose cost was both estimated and told */
  int64_t estimated, told;
};

/* The first TALLIES_MAX names; what comes later is summed up in rest. */
struct tallies {
  struct tally *list;
  size_t count, room;
  struct tally rest;
};

void tallies_deinit(struct tallies *tallies);

/* The tally of that name, which may be cut; the rest when there are too many. NULL when
 * memory is out. Valid until the next call. */
struct tally *tallies_find(struct tallies *tallies, const char *name);

/* Adds a call to a tally: what is known of its cost, and whether that is all. */
void tally_call(struct tally *tally, int64_t spent, bool whole);

/* What was spent; MONEY_UNKNOWN when nothing is known of any call. */
int64_t tally_spent(const struct tally *tally);

/* Dearest first, names by the alphabet where they cost the same. */
void tallies_sort(struct tallies *tallies);

#endif
