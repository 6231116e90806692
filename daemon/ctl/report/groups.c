/* groups.c - an open-addressing index over a growing list of groups.
 *
 * The sample is decided by the key's lowest bits, its place in the index by a random
 * multiple of it. What the values mean is the caller's business. */
#include "daemon/ctl/report/groups.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { KEY, COUNT, VALUES, ROOM_FIRST = 256 };

/* The index has its full size from the start, so that adding never stops to rehash. */
bool groups_init(struct groups *groups, size_t values, size_t keys_max) {
  *groups = (struct groups){.width = VALUES + values, .keys_max = keys_max};
  groups->slots_count = 2;
  /* A power of two, at most half full. */
  while (groups->slots_count < 2 * keys_max)
    groups->slots_count *= 2;
  groups->slots = calloc(groups->slots_count, sizeof *groups->slots);
  if (!groups->slots || getrandom(&groups->odd, sizeof groups->odd, 0) != sizeof groups->odd)
    return false;
  groups->odd |= 1;
  return true;
}

void groups_deinit(struct groups *groups) {
  free(groups->entries);
  free(groups->slots);
  *groups = (struct groups){0};
}

/* A bijection, every bit of whose input changes half of the output's. */
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

/* One of the two held fast, no two values of the other give the same key. */
uint64_t groups_key(uint64_t a, uint64_t b) {
  return mix(mix(a) + b);
}

/* Key, count and values stand in one array: a group costs 8 bytes for each of them and no
 * more. */
static int64_t *entry(const struct groups *groups, size_t index) {
  return groups->entries + index * groups->width;
}

/* By the key alone, so that a group is in the sample with all its lines or not at all. */
static bool sampled(const struct groups *groups, uint64_t key) {
  return (key & ((UINT64_C(1) << groups->level) - 1)) == 0;
}

/* The slot of that key, or the free one where it belongs. */
static uint32_t *slot_of(const struct groups *groups, uint64_t key) {
  size_t at = (size_t)((key * groups->odd) >> 32) & (groups->slots_count - 1);
  while (groups->slots[at] != 0 && (uint64_t)entry(groups, groups->slots[at] - 1)[KEY] != key)
    at = (at + 1) & (groups->slots_count - 1);
  return &groups->slots[at];
}

/* Halves the sample until there is room again. */
static void thin(struct groups *groups) {
  /* One halving is nearly always enough; by chance it may drop nothing. */
  while (groups->count == groups->keys_max && groups->level < 63) {
    size_t kept = 0;
    groups->level++;
    /* The index is made anew, since open addressing cannot take entries out. */
    memset(groups->slots, 0, groups->slots_count * sizeof *groups->slots);
    for (size_t i = 0; i < groups->count; i++) {
      if (!sampled(groups, (uint64_t)entry(groups, i)[KEY]))
        continue;
      memmove(entry(groups, kept), entry(groups, i), groups->width * sizeof(int64_t));
      kept++;
      *slot_of(groups, (uint64_t)entry(groups, kept - 1)[KEY]) = (uint32_t)kept;
    }
    groups->count = kept;
  }
}

/* Groups grow with the log; most logs have few. */
static bool grow(struct groups *groups) {
  if (groups->count < groups->room)
    return true;
  const size_t room = groups->room ? groups->room * 2 : ROOM_FIRST;
  int64_t *grown = reallocarray(groups->entries, room, groups->width * sizeof *grown);
  if (!grown)
    return false;
  groups->entries = grown;
  groups->room = room;
  return true;
}

/* Thinning may drop the very key that is to be added, hence the second look. */
enum groups_status groups_add(struct groups *groups, uint64_t key, struct group_view *out) {
  if (!sampled(groups, key))
    return GROUPS_LEFT_OUT;
  uint32_t *slot = slot_of(groups, key);
  if (*slot == 0 && groups->count == groups->keys_max) {
    thin(groups);
    if (!sampled(groups, key))
      return GROUPS_LEFT_OUT;
    slot = slot_of(groups, key);
  }
  /* A new key; its values begin at 0. */
  if (*slot == 0) {
    if (!grow(groups))
      return GROUPS_NO_MEMORY;
    memset(entry(groups, groups->count), 0, groups->width * sizeof(int64_t));
    entry(groups, groups->count)[KEY] = (int64_t)key;
    *slot = (uint32_t)++groups->count;
  }
  entry(groups, *slot - 1)[COUNT]++;
  *out = groups_at(groups, *slot - 1);
  return GROUPS_ADDED;
}

struct group_view groups_at(const struct groups *groups, size_t index) {
  int64_t *at = entry(groups, index);
  return (struct group_view){(uint64_t)at[KEY], at[COUNT], at + VALUES};
}

/* Each level keeps half of the keys. */
uint64_t groups_scale(const struct groups *groups) {
  return UINT64_C(1) << groups->level;
}
