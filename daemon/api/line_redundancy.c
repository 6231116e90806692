/* line_redundancy.c - how much of a conversation says again what stood there before.
 *
 * Every window of eight words is hashed, and looked up in a small table of those
 * seen. In long texts only windows whose hash falls into a sample are looked at:
 * equal windows have equal hashes, so they are in the sample together or not at all,
 * and the share stays right. Words are runs of bytes between blanks; of scripts
 * without blanks, whole sentences. Nothing of this leaves but one number. */
#include "daemon/api/line_parts.h"

#include <string.h>

enum { WINDOW_WORDS = 8, TABLE_SLOTS = 1024, WINDOWS_MIN = 32 };

/* Where a word takes this many bytes, the sample fills a quarter of the table. */
enum { BYTES_PER_WORD = 6 };

/* Of the polynomial that is a window's hash, and its eighth power. */
#define BASE UINT64_C(0x9e3779b97f4a7c15)
#define BASE_2 (BASE * BASE)
#define BASE_4 (BASE_2 * BASE_2)
#define BASE_8 (BASE_4 * BASE_4)

struct walk {
  uint64_t words[WINDOW_WORDS]; /* hashes of the latest, a ring */
  uint64_t count;               /* of words so far in this turn */
  uint64_t window;              /* hash of the latest, not yet mixed */
  uint64_t mask;                /* a window is looked at when its hash has none of these bits */
  uint32_t seen[TABLE_SLOTS];   /* hashes of windows; 0: free */
  uint32_t windows, again;
};

/* A finaliser: every bit of the input changes half of the output's. */
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

/* Looks the window up and keeps it, if there is room. A full stretch of the table
 * counts it as new: rather too little redundancy than too much. */
static void look_up(struct walk *walk, uint64_t hash) {
  const uint32_t tag = (uint32_t)(hash >> 32) | 1;
  walk->windows++;
  for (size_t i = 0; i < 8; i++) {
    uint32_t *slot = &walk->seen[((hash >> 16) + i) % TABLE_SLOTS];
    if (*slot == tag) {
      walk->again++;
      return;
    }
    if (*slot == 0) {
      *slot = tag;
      return;
    }
  }
}

/* The hash rolls: a word comes in, and the one eight words before goes out. */
static void add_word(struct walk *walk, uint64_t word) {
  uint64_t *oldest = &walk->words[walk->count++ % WINDOW_WORDS];
  word = mix(word);
  walk->window = walk->window * BASE + word - *oldest * BASE_8;
  *oldest = word;
  if (walk->count < WINDOW_WORDS)
    return;
  const uint64_t hash = mix(walk->window);
  if ((hash & walk->mask) == 0)
    look_up(walk, hash);
}

/* What is not a blank belongs to a word. Its bytes are only rotated in, which is quick
 * and tells words of up to 12 bytes apart for certain; mixing follows once a word. */
static void add_turn(struct walk *walk, struct span text) {
  uint64_t word = 0;
  walk->count = 0; /* windows do not reach over turns */
  walk->window = 0;
  memset(walk->words, 0, sizeof walk->words);
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c > ' ') {
      word = (word << 5 | word >> 59) ^ c;
    } else if (word != 0) {
      add_word(walk, word);
      word = 0;
    }
  }
  if (word != 0)
    add_word(walk, word);
}

double line_redundancy(const struct conversation *conversation) {
  struct walk walk = {0};
  uint64_t bytes = 0;
  for (size_t i = 0; i < conversation->turns_count; i++)
    bytes += conversation->turns[i].text.len;
  while (bytes / BYTES_PER_WORD / (walk.mask + 1) > TABLE_SLOTS / 4)
    walk.mask = walk.mask << 1 | 1;
  for (size_t i = 0; i < conversation->turns_count; i++)
    add_turn(&walk, conversation->turns[i].text);
  /* A few windows tell nothing. */
  return walk.windows < WINDOWS_MIN ? 0 : (double)walk.again / (double)walk.windows;
}
