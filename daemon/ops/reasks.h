/* reasks.h - which question was asked lately, by whom, and which decision it got.
 *
 *   struct reasks *reasks = reasks_create();
 *   struct asked asked = {.who = scope, .question = hash, ...};
 *   struct reask_match match;
 *   if (reasks_find(reasks, &asked, minutes * 60, &match)) ...    // asked before
 *   reasks_put(reasks, &asked);                                    // for the next
 *
 * A fixed table of atomics shared by all threads: nobody waits for anybody. Who finds a
 * place being written passes it by, so that now and then a repetition is missed. No text is
 * kept, only hashes under a seed of the caller's. When it is full the oldest of
 * a few go. */
#ifndef TIERD_OPS_REASKS_H
#define TIERD_OPS_REASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  REASKS_SLOTS = 65536, /* some 6 MB */
  REASKS_WAYS = 4,      /* places for one key: so many late questions of one asker are known */
  REASK_SKETCH_WORDS = 4,
  REASK_SKETCH_CELLS = 16 /* of 16 bits, in the words */
};

/* What is alike of two questions that are nearly the same: of each of 16 groups of words,
 * by their hash, the least hash. Empty cells are 0. Two sketches agree in as large a part
 * of their cells as the sets of words overlap, about (one permutation hashing: P. Li,
 * A. Owen, C. Zhang, NIPS 2012). */
struct reask_sketch {
  uint64_t words[REASK_SKETCH_WORDS];
};

struct asked {
  uint64_t who; /* hash of the asker, as well as that is known; never 0 */
  int64_t time_s;
  uint64_t question; /* hash of the question's bytes; 0: none, as when it is "continue" */
  uint64_t digits;   /* hash of its digits: other numbers make another question */
  struct reask_sketch sketch;
  uint64_t id_prefix, id_count; /* of the decision */
};

enum reask_how { REASK_SAME, REASK_NEAR, REASK_SAID_WRONG, REASK_HOWS };

/* "same", "near", "said_wrong": for the log and the metrics. */
extern const char *const reask_names[REASK_HOWS];

struct reask_match {
  enum reask_how how;
  uint64_t id_prefix, id_count; /* of the decision whose answer did not do */
};

struct reasks; /* opaque */

/* NULL when memory is out. */
struct reasks *reasks_create(void);
void reasks_destroy(struct reasks *reasks); /* when no thread uses it; may be NULL */

/* The latest decision of the same asker, at most window_s ago, that the same question got,
 * else a nearly equal one. False when there is none. */
bool reasks_find(const struct reasks *reasks, const struct asked *asked, int64_t window_s,
                 struct reask_match *out);

/* The asker's latest decision of all, for one that says it was wrong. */
bool reasks_find_last(const struct reasks *reasks, const struct asked *asked, int64_t window_s,
                      struct reask_match *out);

/* Remembers the question. */
void reasks_put(struct reasks *reasks, const struct asked *asked);

/* Adds a word by its hash. Order and repetition make no difference. */
void reask_sketch_add(struct reask_sketch *sketch, uint64_t hash);

/* Do the sketches have enough words to tell, and nearly the same ones? */
bool reask_sketch_near(const struct reask_sketch *a, const struct reask_sketch *b);

#endif
