/* line_redundancy.c - how much of a conversation says again what stood there before.
 *
 * Every window of eight words is hashed, and looked up in a small table of those
 * seen. In long texts only windows whose hash falls into a sample are looked at:
 * equal windows have equal hashes, so they are in the sample together or not at all,
 * and the share stays right. Words are runs of bytes between blanks; of scripts
 * without blanks, whole sentences. Nothing of this leaves but one number. */
#include "daemon/api/line_parts.h"

enum { WINDOW_WORDS = 8, TABLE_SLOTS = 1024, WINDOWS_MIN = 32 };

/* Where a word takes this many bytes, the sample fills a quarter of the table. */
enum { BYTES_PER_WORD = 6 };

struct walk {
  uint64_t words[WINDOW_WORDS]; /* hashes of the latest, a ring */
  uint64_t count;               /* of words so far in this turn */
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

static void add_word(struct walk *walk, uint64_t word) {
  walk->words[walk->count++ % WINDOW_WORDS] = word;
  if (walk->count < WINDOW_WORDS)
    return;
  uint64_t hash = 0;
  for (uint64_t i = walk->count - WINDOW_WORDS; i < walk->count; i++)
    hash = mix(hash ^ walk->words[i % WINDOW_WORDS]);
  if ((hash & walk->mask) == 0)
    look_up(walk, hash);
}

/* FNV-1a by the byte; what is not a blank belongs to a word. */
static void add_turn(struct walk *walk, struct span text) {
  const uint64_t none = UINT64_C(14695981039346656037);
  uint64_t word = none;
  walk->count = 0; /* windows do not reach over turns */
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c > ' ') {
      word = (word ^ c) * UINT64_C(1099511628211);
    } else if (word != none) {
      add_word(walk, word);
      word = none;
    }
  }
  if (word != none)
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
