/* snapshot.c - loads snapshots, and exchanges the current one under its readers.
 *
 * A reader writes down which snapshot it holds, then looks whether that one is still
 * current; if not, it starts over. Whoever replaces the snapshot first makes the new
 * one current and then looks into every reader's note. All four steps are in
 * sequential order, so either the reader sees the new snapshot or the replacer sees
 * the note: nothing is freed that somebody holds, and readers never wait.
 *
 * The replacer does wait, for as long as one request takes. Readers tell it that they
 * are done only while it asks for that, again in sequential order: it asks and then
 * looks, they let go and then look whether they are asked.
 *
 * When to reload and what to say about it is the business of reload.c. */
#include "daemon/ops/snapshot.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/catalog_load.h"
#include "daemon/config/config_change.h"

enum { CACHE_LINE = 64 };

/* A cache line each, since every request writes to it twice. */
struct snapshot_reader {
  _Alignas(CACHE_LINE) _Atomic(struct snapshot *) held; /* NULL between requests */
  struct snapshots *snapshots;
};

struct snapshots {
  _Atomic(struct snapshot *) current;
  _Atomic uint64_t number; /* of the current one; may be behind it for a moment */
  atomic_bool waiting;     /* somebody wants to know when a reader lets go */
  sem_t let_go;
  size_t readers_max, readers_given;
  struct snapshot_reader *readers;
};

/* The rule's tier in the catalogue. The cheapest may not be capped: something must be left
 * to go to. */
static bool find_share_cap(const struct config *config, const struct catalog *catalog,
                           struct share_cap *out, char *why, size_t why_size) {
  struct share_rule rule;
  *out = (struct share_cap){0};
  if (!share_rule_parse(span_of(config->tier_share_max), &rule, why, why_size))
    return false;
  if (rule.tier.len == 0)
    return true;
  const int tier = catalog_find_tier(catalog, rule.tier);
  if (tier <= 0) {
    snprintf(why, why_size, "--tier-share-max: %s \"%.*s\"; expected a tier above \"%s\"",
             tier < 0 ? "no tier in the catalogue is named" : "nothing is cheaper than",
             (int)rule.tier.len, rule.tier.ptr, catalog->tiers[0].name);
    return false;
  }
  *out = (struct share_cap){true, (uint32_t)tier, rule.share};
  return true;
}

/* Each part is checked by itself, then all of them together: a model may be good and
 * still not fit the catalogue's tiers. */
static bool load_parts(struct snapshot *snapshot, char *why, size_t why_size) {
  const struct config *config = &snapshot->config;
  struct catalog_error catalog_error;
  struct model_error model_error;
  if (!catalog_load(config->catalog, &snapshot->catalog, &catalog_error)) {
    snprintf(why, why_size, "%s", catalog_error.text);
    return false;
  }
  if (model_load(config->model, &snapshot->model, &model_error) != MODEL_OK) {
    snprintf(why, why_size, "%s", model_error.text);
    return false;
  }
  if (!promoted_choose(config->state_dir, &snapshot->model, &snapshot->choice, why, why_size))
    return false;
  snapshot->router = (struct router){.catalog = &snapshot->catalog,
                                     .model = snapshot->model,
                                     .quality = config->quality,
                                     .max_risk = config->max_risk,
                                     .stale_days = config->stale_days,
                                     .good_enough_min = config->good_enough_min,
                                     .explore = config->explore};
  return find_share_cap(config, &snapshot->catalog, &snapshot->router.share_cap, why, why_size) &&
         router_check(&snapshot->router, why, why_size);
}

/* On whichever thread: nothing here is seen by anybody before snapshots_replace(). */
bool snapshot_load(struct snapshot **out, const struct config *config, char *why, size_t why_size) {
  struct snapshot *snapshot = calloc(1, sizeof *snapshot);
  *out = NULL;
  if (!snapshot || !config_copy(&snapshot->config, config)) {
    snprintf(why, why_size, "out of memory");
    free(snapshot);
    return false;
  }
  if (!load_parts(snapshot, why, why_size)) {
    snapshot_destroy(snapshot);
    return false;
  }
  *out = snapshot;
  return true;
}

void snapshot_destroy(struct snapshot *snapshot) {
  if (!snapshot)
    return;
  /* Of one that did not load in full, the rest is zero. */
  if (snapshot->catalog.memory)
    catalog_unload(&snapshot->catalog);
  model_destroy(snapshot->model);
  config_deinit(&snapshot->config);
  free(snapshot);
}

/* Takes over the first one. Readers are all made now, since the replacer walks over them. */
struct snapshots *snapshots_create(struct snapshot *first, size_t readers_max) {
  struct snapshots *snapshots = calloc(1, sizeof *snapshots);
  if (!snapshots)
    return NULL;
  snapshots->readers = aligned_alloc(CACHE_LINE, readers_max * sizeof *snapshots->readers);
  if (!snapshots->readers || sem_init(&snapshots->let_go, 0, 0) != 0) {
    free(snapshots->readers);
    free(snapshots);
    return NULL;
  }
  snapshots->readers_max = readers_max;
  for (size_t i = 0; i < readers_max; i++) {
    atomic_init(&snapshots->readers[i].held, NULL);
    snapshots->readers[i].snapshots = snapshots;
  }
  first->number = 1;
  atomic_init(&snapshots->current, first);
  atomic_init(&snapshots->number, first->number);
  atomic_init(&snapshots->waiting, false);
  return snapshots;
}

void snapshots_destroy(struct snapshots *snapshots) {
  if (!snapshots)
    return;
  snapshot_destroy(atomic_load(&snapshots->current));
  sem_destroy(&snapshots->let_go);
  free(snapshots->readers);
  free(snapshots);
}

/* Before the threads start, so that counting needs no care. */
struct snapshot_reader *snapshots_reader(struct snapshots *snapshots) {
  if (snapshots->readers_given == snapshots->readers_max)
    return NULL;
  return &snapshots->readers[snapshots->readers_given++];
}

/* Once round, unless a reload falls between two of its steps. */
const struct snapshot *snapshot_take(struct snapshot_reader *reader) {
  struct snapshots *snapshots = reader->snapshots;
  struct snapshot *snapshot;
  do {
    snapshot = atomic_load(&snapshots->current);
    atomic_store(&reader->held, snapshot);
  } while (snapshot != atomic_load(&snapshots->current));
  return snapshot;
}

void snapshot_give_back(struct snapshot_reader *reader) {
  struct snapshots *snapshots = reader->snapshots;
  atomic_store(&reader->held, NULL);
  /* A post too many is harmless: the replacer looks again. */
  if (atomic_load(&snapshots->waiting))
    (void)sem_post(&snapshots->let_go);
}

/* For metrics, which hold no snapshot. */
uint64_t snapshots_number(const struct snapshots *snapshots) {
  return atomic_load_explicit(&snapshots->number, memory_order_acquire);
}

static bool is_held(const struct snapshots *snapshots, const struct snapshot *snapshot) {
  for (size_t i = 0; i < snapshots->readers_max; i++)
    if (atomic_load(&snapshots->readers[i].held) == snapshot)
      return true;
  return false;
}

/* One at a time: reload.c holds a lock. */
void snapshots_replace(struct snapshots *snapshots, struct snapshot *next) {
  struct snapshot *old = atomic_load(&snapshots->current);
  next->number = old->number + 1;
  atomic_store(&snapshots->current, next);
  /* After the snapshot itself: who sees the number finds a snapshot as new as that. */
  atomic_store(&snapshots->number, next->number);
  atomic_store(&snapshots->waiting, true);
  while (is_held(snapshots, old)) {
    /* Interrupted or not: what counts is what the readers hold. */
    while (sem_wait(&snapshots->let_go) != 0 && errno == EINTR)
      continue;
  }
  atomic_store(&snapshots->waiting, false);
  snapshot_destroy(old);
}
