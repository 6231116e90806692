/* wordlist.h - how many words of a short text stand in a few lists.
 *
 * For phrases that are told by their words alone: "yes, go on", "use the following
 * documents to answer". Scripts without spaces are taken apart by the lists themselves. */
#ifndef TIERD_FEATURES_WORDLIST_H
#define TIERD_FEATURES_WORDLIST_H

#include "classifier/text/span.h"

enum { WORDLIST_WORD_BYTES_MAX = 32 };

/* Words that say the same, lower case and of WORDLIST_WORD_BYTES_MAX bytes at most. */
struct wordlist {
  const char *const *words;
  size_t count;
  unsigned flag; /* the caller's: what they say */
};

struct wordlist_tally {
  size_t words;   /* in the text */
  size_t foreign; /* of these, in no list */
  unsigned flags; /* of the lists that the others are in, or-ed */
};

/* Counts until the text's end or until more than foreign_max words are in no list;
 * linear in the text's bytes, and in the lists' length for each word. */
struct wordlist_tally wordlist_count(struct span text, const struct wordlist *lists,
                                     size_t lists_count, size_t foreign_max);

#endif
