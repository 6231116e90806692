/* recent.c - a ring of decisions for each thread.
 *
 * The count in an id says where in its thread's ring it stands. Each place has a flag
 * that says "in use": the thread that decides finds it free unless feedback is reading
 * that very place, some ten thousands of decisions old by then, and passes it by if
 * not. What feedback does with a decision is left to daemon/api. */
#include "daemon/ops/recent.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { RING_MIN = 1024 };

/* The decision comes first, so that its address is the place's. */
struct place {
  struct recent_decision decision;
  uint64_t count; /* of its id, and one more: 0 is an empty place */
  atomic_bool in_use;
};

struct recent_ring {
  uint64_t prefix;
  size_t size;
  struct place *places;
};

struct recent {
  size_t rings_max, rings_count;
  struct recent_ring *rings;
};

struct recent *recent_create(size_t threads) {
  struct recent *recent = calloc(1, sizeof *recent);
  if (recent == NULL)
    return NULL;
  const size_t share = RECENT_DECISIONS_MAX / threads;
  recent->rings = calloc(threads, sizeof *recent->rings);
  for (size_t i = 0; recent->rings && i < threads; i++) {
    struct recent_ring *ring = &recent->rings[i];
    ring->size = share > RING_MIN ? share : RING_MIN;
    /* Memory that is not used yet costs nothing but addresses. */
    ring->places = calloc(ring->size, sizeof *ring->places);
    if (ring->places == NULL)
      break;
    recent->rings_max++;
  }
  if (recent->rings_max == threads)
    return recent;
  recent_destroy(recent);
  return NULL;
}

/* Also takes one that was only begun. */
void recent_destroy(struct recent *recent) {
  if (recent == NULL)
    return;
  for (size_t i = 0; i < recent->rings_max; i++)
    free(recent->rings[i].places);
  free(recent->rings);
  free(recent);
}

/* All rings have their prefix before the first request comes, so reading needs no order. */
struct recent_ring *recent_ring(struct recent *recent, uint64_t prefix) {
  if (recent->rings_count == recent->rings_max)
    return NULL;
  struct recent_ring *ring = &recent->rings[recent->rings_count++];
  ring->prefix = prefix;
  return ring;
}

void recent_put(struct recent_ring *ring, uint64_t count, const struct recent_decision *decision) {
  struct place *place = &ring->places[count % ring->size];
  if (atomic_exchange_explicit(&place->in_use, true, memory_order_acquire))
    return;
  /* The release below publishes both. */
  place->decision = *decision;
  place->count = count + 1;
  atomic_store_explicit(&place->in_use, false, memory_order_release);
}

struct recent_decision *recent_hold(struct recent *recent, uint64_t prefix, uint64_t count) {
  size_t at = 0;
  while (at < recent->rings_count && recent->rings[at].prefix != prefix)
    at++;
  if (at == recent->rings_count)
    return NULL;
  struct place *place = &recent->rings[at].places[count % recent->rings[at].size];
  /* Whoever uses it is done after some instructions. */
  while (atomic_exchange_explicit(&place->in_use, true, memory_order_acquire))
    sched_yield();
  if (place->count == count + 1)
    return &place->decision;
  /* An older or a newer one stands there: it was forgotten, or never made. */
  recent_release(&place->decision);
  return NULL;
}

void recent_release(struct recent_decision *decision) {
  struct place *place = (struct place *)decision;
  atomic_store_explicit(&place->in_use, false, memory_order_release);
}
