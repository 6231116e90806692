/* tallies.c - a short list of names, searched from its start.
 *
 * Models, tiers and labels worth a report are few; a label that is different in each
 * call is none, and ends up in the rest. */
#include "daemon/ctl/report/tallies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/router/money.h"

void tallies_deinit(struct tallies *tallies) {
  free(tallies->list);
  *tallies = (struct tallies){0};
}

/* Doubles, so that many names are cheap. */
static bool grow(struct tallies *tallies) {
  if (tallies->count < tallies->room)
    return true;
  const size_t room = tallies->room ? tallies->room * 2 : 8;
  struct tally *grown = reallocarray(tallies->list, room, sizeof *grown);
  if (!grown)
    return false;
  tallies->list = grown;
  tallies->room = room;
  return true;
}

/* A linear search: tiers, models and values of a label are few, and TALLIES_MAX bounds
 * the work that a label of random values could make. What is beyond shares one tally. */
struct tally *tallies_find(struct tallies *tallies, const char *name) {
  for (size_t i = 0; i < tallies->count; i++)
    if (strncmp(tallies->list[i].name, name, TALLY_NAME_MAX - 1) == 0)
      return &tallies->list[i];
  if (tallies->count == TALLIES_MAX) {
    snprintf(tallies->rest.name, TALLY_NAME_MAX, "(all others)");
    return &tallies->rest;
  }
  if (!grow(tallies))
    return NULL;
  struct tally *tally = &tallies->list[tallies->count++];
  *tally = (struct tally){.lines = 0};
  /* Cut where it is too long; tallies_find() compares as far as it was kept. */
  snprintf(tally->name, sizeof tally->name, "%s", name);
  return tally;
}

/* A call of which a part is unknown counts with the part that is known. */
void tally_call(struct tally *tally, int64_t spent, bool whole) {
  tally->lines++;
  tally->unknown += !whole;
  tally->spent = money_add(tally->spent, spent);
}

/* A sum of nothing but unknown amounts is unknown, and not 0. */
int64_t tally_spent(const struct tally *tally) {
  return tally->lines > 0 && tally->unknown == tally->lines && tally->spent == 0 ? MONEY_UNKNOWN
                                                                                 : tally->spent;
}

/* The dearest first; equal ones by name, so that the same log gives the same report. */
static int compare(const void *left, const void *right) {
  const struct tally *a = left, *b = right;
  if (a->spent != b->spent)
    return a->spent < b->spent ? 1 : -1;
  return strcmp(a->name, b->name);
}

void tallies_sort(struct tallies *tallies) {
  if (tallies->count > 0)
    qsort(tallies->list, tallies->count, sizeof *tallies->list, compare);
}
