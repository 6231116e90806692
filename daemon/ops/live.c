/* live.c - each thread's own sums, and a ring of its last decisions.
 *
 * A thread writes to its own block alone, so that counting is a load and a store, as in
 * metrics.c. Whoever asks adds the blocks up. What holds for a while only (a second, ten
 * seconds of latencies, a day, a snapshot) bears its time beside it: the thread that
 * comes upon an old one begins it anew, and a reader leaves out what is not of its time.
 * It may read one that is just being begun anew and then miss a few counts, which a
 * figure that is looked at for a second can bear.
 *
 * Entries of the ring are larger than a machine writes at once, so each has a flag that
 * says "in use", as in recent.c. The thread that decides passes an entry by that somebody
 * is reading. How figures are written down is left to daemon/api. */
#include "daemon/ops/live.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/router/money.h"

enum {
  CACHE_LINE = 64,
  SECONDS_A_DAY = 86400,
  SECOND_SLOTS = 64, /* more than are told, so that the oldest is not overwritten meanwhile */
  WINDOW_S = 10,
  WINDOWS_A_MINUTE = 6,
  WINDOW_SLOTS = WINDOWS_A_MINUTE + 1,
  LATENCY_UNIT_BITS = 8, /* 256 ns */
  OCTAVE_BITS = 3,       /* eight cells */
  ERA_BINS = CATALOG_TIERS_MAX * LIVE_BINS
};

typedef _Atomic uint64_t cell;

/* The fields of struct live_sums; negative amounts wrap around and come out right. */
enum sum { SUM_DECISIONS, SUM_ABSTAINED, SUM_UNPRICED, SUM_COST, SUM_SAVING, SUMS };

struct window {
  cell at; /* Unix time in units of WINDOW_S; 0: never used */
  cell cells[LIVE_LATENCY_CELLS];
};

/* What belongs to one snapshot: its tiers have other indices in the next. LIVE_BINS of a
 * tier follow those of the tier before. */
struct era {
  cell number; /* of the snapshot; 0: none yet */
  cell tiers[CATALOG_TIERS_MAX];
  cell good[ERA_BINS];
  cell needed[ERA_BINS];
};

struct place {
  struct live_entry entry; /* an empty place has time_ms 0 */
  atomic_bool in_use;
};

struct live_worker {
  _Alignas(CACHE_LINE) uint64_t id_prefix;
  cell total[SUMS];
  cell day; /* since 1970; 0: none yet */
  cell today[SUMS];
  cell seconds[SECOND_SLOTS]; /* the second in the upper half, its count in the lower */
  struct era era;
  cell ever[LIVE_LATENCY_CELLS];
  struct window windows[WINDOW_SLOTS];
  size_t next; /* place of the ring */
  struct place ring[LIVE_LAST_MAX];
};

struct live {
  size_t workers_max, workers_given;
  struct live_worker *workers;
};

/* ---- life ---- */

/* All blocks in one piece, each aligned to lines of its own. */
struct live *live_create(size_t threads) {
  struct live *live = calloc(1, sizeof *live);
  if (live == NULL)
    return NULL;
  const size_t bytes = threads * sizeof *live->workers;
  live->workers_max = threads;
  live->workers = aligned_alloc(CACHE_LINE, bytes);
  if (live->workers == NULL) {
    live_destroy(live);
    return NULL;
  }
  /* Zero is how all of it begins; on the machines that tierd runs on, atomics too. */
  memset(live->workers, 0, bytes);
  return live;
}

void live_destroy(struct live *live) {
  if (live == NULL)
    return;
  free(live->workers);
  free(live);
}

struct live_worker *live_worker(struct live *live, uint64_t id_prefix) {
  if (live->workers_given == live->workers_max)
    return NULL;
  struct live_worker *worker = &live->workers[live->workers_given++];
  worker->id_prefix = id_prefix;
  return worker;
}

/* ---- noting ---- */

/* Relaxed, since a figure of the page may be a decision late. */
static uint64_t get(const cell *from) {
  return atomic_load_explicit(from, memory_order_relaxed);
}

static void set(cell *to, uint64_t value) {
  atomic_store_explicit(to, value, memory_order_relaxed);
}

static void add(cell *to, uint64_t amount) {
  set(to, get(to) + amount);
}

/* Empties count cells that belonged to an older time and gives them to this one. Nobody
 * takes them for the new time's before they are empty. */
static void begin_anew(cell *at, uint64_t time, cell *cells, size_t count) {
  set(at, 0);
  for (size_t i = 0; i < count; i++)
    set(&cells[i], 0);
  atomic_store_explicit(at, time, memory_order_release);
}

/* Cost and saving are of the same decisions, so that their sum is what the top tier would
 * have cost. */
static void note_sums(cell *sums, const struct live_decision *decision) {
  add(&sums[SUM_DECISIONS], 1);
  add(&sums[SUM_ABSTAINED], decision->abstained);
  if (!money_known(decision->cost) || !money_known(decision->baseline)) {
    add(&sums[SUM_UNPRICED], 1);
    return;
  }
  add(&sums[SUM_COST], (uint64_t)decision->cost);
  add(&sums[SUM_SAVING], (uint64_t)(decision->baseline - decision->cost));
}

/* Both halves change in one store, so that no reader takes an old count for a new second's. */
static void note_second(struct live_worker *worker, uint64_t now_s) {
  cell *slot = &worker->seconds[now_s % SECOND_SLOTS];
  const uint64_t value = get(slot);
  set(slot, value >> 32 == (uint32_t)now_s ? value + 1 : now_s << 32 | 1);
}

/* 1 belongs to the last bin; what a policy asks for may lie beyond either end. */
static size_t bin_of(double probability) {
  const int bin = (int)(probability * LIVE_BINS);
  return bin < 0 ? 0 : bin < LIVE_BINS ? (size_t)bin : LIVE_BINS - 1;
}

/* The top tier is always good enough, so there is nothing to see of it. */
static void note_era(struct era *era, const struct live_decision *decision) {
  if (get(&era->number) != decision->number) {
    begin_anew(&era->number, 0, era->tiers, CATALOG_TIERS_MAX);
    begin_anew(&era->number, 0, era->good, ERA_BINS);
    begin_anew(&era->number, decision->number, era->needed, ERA_BINS);
  }
  add(&era->tiers[decision->tier], 1);
  for (size_t tier = 0; !decision->unscored && tier + 1 < decision->tiers_count; tier++) {
    add(&era->good[tier * LIVE_BINS + bin_of((double)decision->good[tier])], 1);
    add(&era->needed[tier * LIVE_BINS + bin_of(decision->needed[tier])], 1);
  }
}

/* A copy, since the catalogue may be gone when somebody looks. */
static void copy_name(char *to, const char *name, size_t size) {
  const size_t len = strnlen(name, size - 1);
  memcpy(to, name, len);
  to[len] = '\0';
}

/* Whatever the page shows of a decision, and no text of the request. */
static void fill_entry(struct live_entry *entry, const struct live_decision *decision) {
  entry->time_ms = decision->now_ms;
  entry->id_count = decision->id_count;
  copy_name(entry->tier, decision->tier_name, sizeof entry->tier);
  copy_name(entry->model, decision->model_name, sizeof entry->model);
  entry->probability = decision->good[decision->tier];
  entry->abstained = decision->abstained;
  entry->cost = decision->cost;
  entry->baseline = decision->baseline;
  entry->reasons_count = decision->reasons_count;
  memcpy(entry->reasons, decision->reasons, sizeof entry->reasons);
}

/* A place that is being read is passed over: the page may miss a decision, a loop never
 * waits. */
static void note_entry(struct live_worker *worker, const struct live_decision *decision) {
  struct place *place = &worker->ring[worker->next++ % LIVE_LAST_MAX];
  if (atomic_exchange_explicit(&place->in_use, true, memory_order_acquire))
    return;
  fill_entry(&place->entry, decision);
  place->entry.id_prefix = worker->id_prefix;
  atomic_store_explicit(&place->in_use, false, memory_order_release);
}

/* A few dozen stores to memory of the thread's own. */
void live_note(struct live_worker *worker, const struct live_decision *decision) {
  if (worker == NULL)
    return;
  const uint64_t now_s = (uint64_t)decision->now_ms / 1000;
  const uint64_t day = now_s / SECONDS_A_DAY;
  if (get(&worker->day) != day)
    begin_anew(&worker->day, day, worker->today, SUMS);
  note_sums(worker->total, decision);
  note_sums(worker->today, decision);
  note_second(worker, now_s);
  note_era(&worker->era, decision);
  note_entry(worker, decision);
}

/* ---- latencies ---- */

/* Cells grow with what they hold: below eight units one unit each, then eight an octave. */
static size_t cell_of(uint64_t ns) {
  const uint64_t units = ns >> LATENCY_UNIT_BITS;
  if (units < 1U << OCTAVE_BITS)
    return (size_t)units;
  const unsigned octave = 63U - (unsigned)__builtin_clzll(units) - OCTAVE_BITS;
  const size_t at = ((size_t)octave << OCTAVE_BITS) + (size_t)(units >> octave);
  return at < LIVE_LATENCY_CELLS ? at : LIVE_LATENCY_CELLS - 1;
}

/* The middle of a cell, in nanoseconds. */
static double middle_of(size_t at) {
  const unsigned octave = at < 1U << OCTAVE_BITS ? 0 : (unsigned)(at >> OCTAVE_BITS) - 1;
  const uint64_t units = (uint64_t)at - ((uint64_t)octave << OCTAVE_BITS);
  return ((double)units + 0.5) * (double)(UINT64_C(1) << (octave + LATENCY_UNIT_BITS));
}

/* Counted twice: since the start, and in windows of which six make the page's minute. */
void live_observe(struct live_worker *worker, uint64_t ns, int64_t now_s) {
  if (worker == NULL)
    return;
  const uint64_t time = (uint64_t)now_s / WINDOW_S;
  struct window *window = &worker->windows[time % WINDOW_SLOTS];
  if (get(&window->at) != time)
    begin_anew(&window->at, time, window->cells, LIVE_LATENCY_CELLS);
  add(&window->cells[cell_of(ns)], 1);
  add(&worker->ever[cell_of(ns)], 1);
}

/* 0 where there is nothing yet. */
double live_quantile(const struct live_latency *latency, double share) {
  const double wanted = share * (double)latency->count;
  uint64_t seen = 0;
  for (size_t at = 0; at < LIVE_LATENCY_CELLS; at++) {
    seen += latency->cells[at];
    if (seen > 0 && (double)seen >= wanted)
      return middle_of(at);
  }
  return 0;
}

/* ---- reading ---- */

/* Added to what other threads have. */
static void read_sums(const cell *sums, struct live_sums *out) {
  out->decisions += get(&sums[SUM_DECISIONS]);
  out->abstained += get(&sums[SUM_ABSTAINED]);
  out->unpriced += get(&sums[SUM_UNPRICED]);
  out->cost += (int64_t)get(&sums[SUM_COST]);
  out->saving += (int64_t)get(&sums[SUM_SAVING]);
}

/* The current second is left out: it is not over, and would always look too low. */
static void read_seconds(const struct live_worker *worker, uint64_t now_s, uint32_t *out) {
  for (uint64_t ago = 1; ago <= LIVE_SECONDS && ago <= now_s; ago++) {
    const uint64_t second = now_s - ago;
    const uint64_t value = get(&worker->seconds[second % SECOND_SLOTS]);
    if (value >> 32 == (uint32_t)second)
      out[LIVE_SECONDS - ago] += (uint32_t)value;
  }
}

static void read_cells(const cell *cells, size_t count, uint64_t *out) {
  for (size_t i = 0; i < count; i++)
    out[i] += get(&cells[i]);
}

static void read_era(const struct era *era, struct live_view *out) {
  read_cells(era->tiers, CATALOG_TIERS_MAX, out->tiers);
  for (size_t tier = 0; tier < CATALOG_TIERS_MAX; tier++) {
    read_cells(&era->good[tier * LIVE_BINS], LIVE_BINS, out->good[tier]);
    read_cells(&era->needed[tier * LIVE_BINS], LIVE_BINS, out->needed[tier]);
  }
}

/* Of the last six windows the newest is not over yet, so this is 50 to 60 seconds. */
static void read_minute(const struct live_worker *worker, uint64_t now_s, uint64_t *out) {
  const uint64_t time = now_s / WINDOW_S;
  for (size_t i = 0; i < WINDOW_SLOTS; i++) {
    const uint64_t at = atomic_load_explicit(&worker->windows[i].at, memory_order_acquire);
    if (at <= time && at + WINDOWS_A_MINUTE > time)
      read_cells(worker->windows[i].cells, LIVE_LATENCY_CELLS, out);
  }
}

/* From the cells that were read, so that the count fits them whatever has come since. */
static void count_latencies(struct live_latency *latency) {
  for (size_t i = 0; i < LIVE_LATENCY_CELLS; i++)
    latency->count += latency->cells[i];
}

void live_read(struct live *live, uint64_t number, int64_t now_s, struct live_view *out) {
  const uint64_t now = (uint64_t)now_s;
  *out = (struct live_view){0};
  for (size_t i = 0; i < live->workers_max; i++) {
    const struct live_worker *worker = &live->workers[i];
    read_sums(worker->total, &out->total);
    if (atomic_load_explicit(&worker->day, memory_order_acquire) == now / SECONDS_A_DAY)
      read_sums(worker->today, &out->today);
    read_seconds(worker, now, out->seconds);
    if (atomic_load_explicit(&worker->era.number, memory_order_acquire) == number)
      read_era(&worker->era, out);
    read_cells(worker->ever, LIVE_LATENCY_CELLS, out->ever.cells);
    read_minute(worker, now, out->minute.cells);
  }
  count_latencies(&out->ever);
  count_latencies(&out->minute);
}

/* Newer ones come first; of one millisecond and thread, the one of the higher count. */
static bool is_newer(const struct live_entry *a, const struct live_entry *b) {
  if (a->time_ms != b->time_ms)
    return a->time_ms > b->time_ms;
  return a->id_prefix == b->id_prefix && a->id_count > b->id_count;
}

/* Puts an entry where it belongs among the newest; the oldest goes if there is no room. */
static size_t insert(struct live_entry *list, size_t count, size_t max,
                     const struct live_entry *entry) {
  size_t at = count;
  while (at > 0 && is_newer(entry, &list[at - 1]))
    at--;
  if (at == max)
    return count;
  count = count < max ? count + 1 : max;
  memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof *list);
  list[at] = *entry;
  return count;
}

size_t live_last(struct live *live, struct live_entry *out, size_t max) {
  size_t count = 0;
  max = max < LIVE_LAST_MAX ? max : LIVE_LAST_MAX;
  for (size_t i = 0; i < live->workers_max; i++) {
    for (size_t k = 0; k < LIVE_LAST_MAX; k++) {
      struct place *place = &live->workers[i].ring[k];
      /* Whoever uses it is done after some instructions. */
      while (atomic_exchange_explicit(&place->in_use, true, memory_order_acquire))
        sched_yield();
      if (place->entry.time_ms > 0)
        count = insert(out, count, max, &place->entry);
      atomic_store_explicit(&place->in_use, false, memory_order_release);
    }
  }
  return count;
}
