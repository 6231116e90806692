/* reasks.c - sets of a few places each, every place with a count that says "being written".
 *
 *   who → set of REASKS_WAYS places → those of the same asker within the window
 *
 * A writer makes a place's count odd, fills it, and makes it even again; it gives up where
 * another one is at it. A reader copies the place and looks whether the count was even and
 * stayed the same. All of it is atomic, so that a torn copy is noticed and never used. What
 * a repetition means is for the trainer to say. */
#include "daemon/ops/reasks.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Fewer words than this say too little: "and in France?" is like "and in Spain?". Words may
 * share a cell, so that now and then it takes one more. */
enum { SKETCH_CELLS_MIN = 3 };

/* Of the words of either, so many must be common. */
#define NEAR_SHARE 0.7

const char *const reask_names[REASK_HOWS] = {"same", "near", "said_wrong"};

enum { PLACE_WORDS = sizeof(struct asked) / sizeof(uint64_t) };

struct place {
  _Atomic uint64_t turn; /* odd while it is written */
  _Atomic uint64_t words[PLACE_WORDS];
};

struct reasks {
  struct place places[REASKS_SLOTS];
};

struct reasks *reasks_create(void) {
  /* Zeroed, no place is anybody's. */
  return calloc(1, sizeof(struct reasks));
}

/* Threads must have ended. */
void reasks_destroy(struct reasks *reasks) {
  free(reasks);
}

/* The first place of the asker's set. */
static size_t set_of(uint64_t who) {
  return (size_t)(who >> 20) % (REASKS_SLOTS / REASKS_WAYS) * REASKS_WAYS;
}

/* Which words of a place those are; only they are looked at of places that are not the
 * asker's, since the rest is mostly in another cache line. */
enum { WORD_WHO = 0, WORD_TIME = 1 };

/* A hint only: what follows from it is looked at again by read_place(). */
static uint64_t word_of(const struct place *place, size_t word) {
  return atomic_load_explicit(&place->words[word], memory_order_relaxed);
}

/* False when a writer was at it. */
static bool read_place(const struct place *place, struct asked *out) {
  uint64_t words[PLACE_WORDS];
  _Static_assert(sizeof words == sizeof *out, "a place holds a question, word by word");
  _Static_assert(offsetof(struct asked, who) == WORD_WHO * sizeof words[0] &&
                     offsetof(struct asked, time_s) == WORD_TIME * sizeof words[0],
                 "these words lead");
  const uint64_t turn = atomic_load_explicit(&place->turn, memory_order_acquire);
  if (turn % 2 != 0)
    return false;
  for (size_t i = 0; i < PLACE_WORDS; i++)
    words[i] = atomic_load_explicit(&place->words[i], memory_order_acquire);
  memcpy(out, words, sizeof words);
  return atomic_load_explicit(&place->turn, memory_order_relaxed) == turn;
}

/* Giving up costs one question that will not be recognised; waiting would cost an answer. */
static void write_place(struct place *place, const struct asked *asked) {
  uint64_t words[PLACE_WORDS];
  uint64_t turn = atomic_load_explicit(&place->turn, memory_order_relaxed);
  if (turn % 2 != 0 ||
      !atomic_compare_exchange_strong_explicit(&place->turn, &turn, turn + 1, memory_order_acquire,
                                               memory_order_relaxed))
    return;
  memcpy(words, asked, sizeof words);
  /* Release: who reads one of these sees the odd count, too. */
  for (size_t i = 0; i < PLACE_WORDS; i++)
    atomic_store_explicit(&place->words[i], words[i], memory_order_release);
  atomic_store_explicit(&place->turn, turn + 2, memory_order_release);
}

/* The clock may have been set back, so that a time ahead counts as none. */
static bool is_late(const struct asked *before, const struct asked *asked, int64_t window_s) {
  return before->who == asked->who && before->time_s <= asked->time_s &&
         asked->time_s - before->time_s <= window_s;
}

/* Copies the place if it holds a late question of the asker. */
static bool read_late(const struct place *place, const struct asked *asked, int64_t window_s,
                      struct asked *out) {
  return word_of(place, WORD_WHO) == asked->who && read_place(place, out) &&
         is_late(out, asked, window_s);
}

/* Digits must agree: "the 3rd of May" and "the 4th of May" are different questions. */
static bool is_near(const struct asked *before, const struct asked *asked) {
  return before->question != 0 && before->digits == asked->digits &&
         reask_sketch_near(&before->sketch, &asked->sketch);
}

static void match(struct reask_match *out, enum reask_how how, const struct asked *before) {
  *out = (struct reask_match){how, before->id_prefix, before->id_count};
}

bool reasks_find(const struct reasks *reasks, const struct asked *asked, int64_t window_s,
                 struct reask_match *out) {
  const struct place *set = &reasks->places[set_of(asked->who)];
  int64_t latest = INT64_MIN;
  bool same = false;
  if (asked->question == 0)
    return false;
  for (size_t i = 0; i < REASKS_WAYS; i++) {
    struct asked before;
    if (!read_late(&set[i], asked, window_s, &before))
      continue;
    /* The same one goes before any that is only near; then the later of two. */
    const bool this_same = before.question == asked->question;
    if ((same && !this_same) || (same == this_same && before.time_s < latest) ||
        !(this_same || is_near(&before, asked)))
      continue;
    match(out, this_same ? REASK_SAME : REASK_NEAR, &before);
    latest = before.time_s;
    same = this_same;
  }
  return latest != INT64_MIN;
}

bool reasks_find_last(const struct reasks *reasks, const struct asked *asked, int64_t window_s,
                      struct reask_match *out) {
  const struct place *set = &reasks->places[set_of(asked->who)];
  struct asked last = {.time_s = INT64_MIN};
  for (size_t i = 0; i < REASKS_WAYS; i++) {
    struct asked before;
    if (!read_late(&set[i], asked, window_s, &before))
      continue;
    /* Within a second the count in the id tells which was later, if one thread made both. */
    if (before.time_s > last.time_s ||
        (before.time_s == last.time_s && before.id_count > last.id_count))
      last = before;
  }
  if (last.time_s == INT64_MIN)
    return false;
  match(out, REASK_SAID_WRONG, &last);
  return true;
}

/* Its own question's former place, else the one that was written longest ago. */
void reasks_put(struct reasks *reasks, const struct asked *asked) {
  struct place *set = &reasks->places[set_of(asked->who)];
  struct place *oldest = &set[0];
  int64_t oldest_s = INT64_MAX;
  for (size_t i = 0; i < REASKS_WAYS; i++) {
    const int64_t time_s = (int64_t)word_of(&set[i], WORD_TIME);
    struct asked before;
    if (word_of(&set[i], WORD_WHO) == asked->who && read_place(&set[i], &before) &&
        before.question == asked->question) {
      oldest = &set[i];
      break;
    }
    if (time_s < oldest_s) {
      oldest = &set[i];
      oldest_s = time_s;
    }
  }
  write_place(oldest, asked);
}

/* Every bit of the input changes half of the output's. */
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

static unsigned cell_of(const struct reask_sketch *sketch, unsigned at) {
  return (unsigned)(sketch->words[at / 4] >> (at % 4 * 16) & 0xFFFF);
}

/* Each cell keeps the least of what falls into it, so that the order of the words does
 * not matter. */
void reask_sketch_add(struct reask_sketch *sketch, uint64_t hash) {
  const uint64_t mixed = mix(hash);
  const unsigned at = (unsigned)(mixed % REASK_SKETCH_CELLS);
  const unsigned held = cell_of(sketch, at);
  const uint64_t value = (mixed >> 48) | 1; /* never 0 */
  if (held != 0 && held <= value)
    return;
  sketch->words[at / 4] &= ~(UINT64_C(0xFFFF) << (at % 4 * 16));
  sketch->words[at / 4] |= value << (at % 4 * 16);
}

/* Cells stand for words: those equal in both, of those used in either. */
bool reask_sketch_near(const struct reask_sketch *a, const struct reask_sketch *b) {
  unsigned either = 0, both = 0;
  for (unsigned at = 0; at < REASK_SKETCH_CELLS; at++) {
    const unsigned x = cell_of(a, at), y = cell_of(b, at);
    either += x != 0 || y != 0;
    both += x != 0 && x == y;
  }
  return both >= SKETCH_CELLS_MIN && (double)both >= NEAR_SHARE * (double)either;
}
