/* sessions.c - stripes of hash tables, each with a mutex, its slots and their order.
 *
 *   key → stripe (upper bits) → bucket (lower bits) → chain of slots → state
 *
 * A stripe has as many slots as its share of the memory holds; they are used in turn until
 * all are, then the one at the old end of the stripe's list is taken. Slots name each other
 * by number, one more than their index, so that zeroed memory is an empty table. What a
 * state means is session.h's business. */
#include "daemon/ops/sessions.h"

#include <pthread.h>
#include <stdlib.h>

/* With fewer sessions than that in each, stripes would only make the order of leaving
 * less exact. */
enum { STRIPES_MAX = 16, STRIPE_SLOTS_MIN = 64 };

struct slot {
  uint64_t key;
  uint32_t next;         /* in the bucket's chain; 0 ends it */
  uint32_t newer, older; /* in the stripe's list; 0 at its ends */
  struct session_state state;
};

struct stripe {
  pthread_mutex_t mutex; /* over all that follows */
  struct slot *slots;
  uint32_t *buckets; /* number of a chain's first slot; 0: none */
  uint32_t slots_used;
  uint32_t newest, oldest;
  uint64_t evicted;
};

struct sessions {
  uint64_t seed;
  uint32_t stripes_count;
  uint32_t slots_count; /* of each stripe, and as many buckets */
  struct stripe stripes[STRIPES_MAX];
};

/* All memory is taken at the start: no request waits for the allocator, and
 * --session-table-bytes is a promise. */
static bool stripe_init(struct stripe *stripe, uint32_t slots_count) {
  stripe->slots = calloc(slots_count, sizeof *stripe->slots);
  stripe->buckets = calloc(slots_count, sizeof *stripe->buckets);
  if (stripe->slots != NULL && stripe->buckets != NULL &&
      pthread_mutex_init(&stripe->mutex, NULL) == 0)
    return true;
  free(stripe->slots);
  free(stripe->buckets);
  return false;
}

/* With too few bytes for one slot there is a table that remembers nothing, so that
 * callers need not ask whether there is one. */
struct sessions *sessions_create(size_t bytes, uint64_t seed) {
  const size_t slots =
      bytes > sizeof(struct sessions)
          ? (bytes - sizeof(struct sessions)) / (sizeof(struct slot) + sizeof(uint32_t))
          : 0;
  struct sessions *sessions = calloc(1, sizeof *sessions);
  uint32_t stripes = slots >= (size_t)STRIPES_MAX * STRIPE_SLOTS_MIN ? STRIPES_MAX : 1;
  if (sessions == NULL)
    return NULL;
  sessions->seed = seed;
  if (slots == 0)
    return sessions;
  const size_t share = slots / stripes;
  sessions->slots_count = share < UINT32_MAX ? (uint32_t)share : UINT32_MAX - 1;
  for (; sessions->stripes_count < stripes; sessions->stripes_count++) {
    if (!stripe_init(&sessions->stripes[sessions->stripes_count], sessions->slots_count)) {
      sessions_destroy(sessions);
      return NULL;
    }
  }
  return sessions;
}

void sessions_destroy(struct sessions *sessions) {
  if (sessions == NULL)
    return;
  for (uint32_t i = 0; i < sessions->stripes_count; i++) {
    pthread_mutex_destroy(&sessions->stripes[i].mutex);
    free(sessions->stripes[i].slots);
    free(sessions->stripes[i].buckets);
  }
  free(sessions);
}

/* Keys are hashed under it, and so cannot be chosen to fall into one bucket. */
uint64_t sessions_seed(const struct sessions *sessions) {
  return sessions->seed;
}

/* Upper bits here and lower ones in the stripe, so that its buckets are all used. */
static struct stripe *stripe_of(struct sessions *sessions, uint64_t key) {
  return &sessions->stripes[(key >> 32) % sessions->stripes_count];
}

/* Never for 0, which is no slot. */
static struct slot *slot_at(const struct stripe *stripe, uint32_t number) {
  return &stripe->slots[number - 1];
}

static uint32_t *bucket_of(const struct sessions *sessions, const struct stripe *stripe,
                           uint64_t key) {
  return &stripe->buckets[(uint32_t)key % sessions->slots_count];
}

/* The slot's number; 0 when the key has none. */
static uint32_t find(const struct sessions *sessions, const struct stripe *stripe, uint64_t key) {
  uint32_t number = *bucket_of(sessions, stripe, key);
  while (number != 0 && slot_at(stripe, number)->key != key)
    number = slot_at(stripe, number)->next;
  return number;
}

/* Takes the slot out of the order. */
static void unlink_slot(struct stripe *stripe, uint32_t number) {
  const struct slot *slot = slot_at(stripe, number);
  if (slot->newer != 0)
    slot_at(stripe, slot->newer)->older = slot->older;
  else
    stripe->newest = slot->older;
  if (slot->older != 0)
    slot_at(stripe, slot->older)->newer = slot->newer;
  else
    stripe->oldest = slot->newer;
}

/* The slot must be in no place of the order. */
static void make_newest(struct stripe *stripe, uint32_t number) {
  struct slot *slot = slot_at(stripe, number);
  slot->newer = 0;
  slot->older = stripe->newest;
  if (stripe->newest != 0)
    slot_at(stripe, stripe->newest)->newer = number;
  else
    stripe->oldest = number;
  stripe->newest = number;
}

/* Frees the slot of the oldest session and gives its number. */
static uint32_t evict(const struct sessions *sessions, struct stripe *stripe) {
  const uint32_t number = stripe->oldest;
  const struct slot *slot = slot_at(stripe, number);
  uint32_t *link = bucket_of(sessions, stripe, slot->key);
  while (*link != number)
    link = &slot_at(stripe, *link)->next;
  *link = slot->next;
  unlink_slot(stripe, number);
  stripe->evicted++;
  return number;
}

/* A slot for a key that has none, in its bucket's chain but not yet in the order. */
static uint32_t add(const struct sessions *sessions, struct stripe *stripe, uint64_t key) {
  const uint32_t number =
      stripe->slots_used < sessions->slots_count ? ++stripe->slots_used : evict(sessions, stripe);
  uint32_t *bucket = bucket_of(sessions, stripe, key);
  struct slot *slot = slot_at(stripe, number);
  slot->key = key;
  slot->next = *bucket;
  *bucket = number;
  return number;
}

/* A copy, since the slot may be another session's as soon as the lock is gone. Looking
 * does not make a session newer: every decision that counts also puts. */
bool sessions_find(struct sessions *sessions, uint64_t key, struct session_state *out) {
  if (sessions->stripes_count == 0)
    return false;
  struct stripe *stripe = stripe_of(sessions, key);
  pthread_mutex_lock(&stripe->mutex);
  const uint32_t number = find(sessions, stripe, key);
  if (number != 0)
    *out = slot_at(stripe, number)->state;
  pthread_mutex_unlock(&stripe->mutex);
  return number != 0;
}

/* Two requests of one session at once: the later one wins. */
void sessions_put(struct sessions *sessions, uint64_t key, const struct session_state *state) {
  if (sessions->stripes_count == 0)
    return;
  struct stripe *stripe = stripe_of(sessions, key);
  pthread_mutex_lock(&stripe->mutex);
  uint32_t number = find(sessions, stripe, key);
  if (number != 0)
    unlink_slot(stripe, number);
  else
    number = add(sessions, stripe, key);
  make_newest(stripe, number);
  slot_at(stripe, number)->state = *state;
  pthread_mutex_unlock(&stripe->mutex);
}

/* Stripe by stripe, so the sums are not of one moment; metrics need no more. */
void sessions_counts(struct sessions *sessions, struct sessions_counts *out) {
  *out = (struct sessions_counts){.capacity =
                                      (uint64_t)sessions->stripes_count * sessions->slots_count};
  for (uint32_t i = 0; i < sessions->stripes_count; i++) {
    struct stripe *stripe = &sessions->stripes[i];
    pthread_mutex_lock(&stripe->mutex);
    out->sessions += stripe->slots_used;
    out->evicted += stripe->evicted;
    pthread_mutex_unlock(&stripe->mutex);
  }
}
