/* groups.h - sums by key, in bounded memory and whatever the order of the lines.
 *
 *   struct groups groups;
 *   groups_init(&groups, 2, 1 << 19);
 *   struct group_view at;
 *   if (groups_add(&groups, key, &at)) at.values[0] += tokens;
 *
 * As long as there are at most keys_max keys, all of them are held and the sums are
 * exact. Beyond that, keys are sampled by their own bits: half of them are dropped,
 * then half of the rest, and so on, for good. Which ones stay does not depend on the
 * order in which they come, and sums over the sample times groups_scale() estimate
 * those over all. */
#ifndef TIERD_CTL_REPORT_GROUPS_H
#define TIERD_CTL_REPORT_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct groups {
  int64_t *entries; /* width numbers each: the key, how often it came, the values */
  uint32_t *slots;  /* 1 + index of an entry; 0: free */
  size_t width, count, room, slots_count, keys_max;
  unsigned level; /* keys are held whose lowest level bits are 0 */
  uint64_t odd;   /* random, so that nobody can make keys that collide */
};

struct group_view {
  uint64_t key;
  int64_t count;   /* how often the key was added */
  int64_t *values; /* 0 at first; valid until the next groups_add() */
};

enum groups_status { GROUPS_ADDED, GROUPS_LEFT_OUT, GROUPS_NO_MEMORY };

/* values is the number of values that a group has. False when memory or randomness is
 * out; to be deinitialised all the same. */
bool groups_init(struct groups *groups, size_t values, size_t keys_max);
void groups_deinit(struct groups *groups);

/* Counts the key and shows its group. GROUPS_LEFT_OUT when it is not in the sample. */
enum groups_status groups_add(struct groups *groups, uint64_t key, struct group_view *out);

/* The group at index, which is below groups->count. */
struct group_view groups_at(const struct groups *groups, size_t index);

/* How many keys each of those held stands for: 1 while all are. */
uint64_t groups_scale(const struct groups *groups);

/* One key of several numbers, each of whose bits depends on all of theirs. */
uint64_t groups_key(uint64_t a, uint64_t b);

#endif
