/* list_entry.h - one model of a price list while it is read.
 *
 * A figure that is absent, ill-typed or absurd does not spoil the rest of a list of
 * thousands: it is unknown, and the reason goes into the model's notes.
 */
#ifndef TIERD_CTL_CATALOG_LIST_ENTRY_H
#define TIERD_CTL_CATALOG_LIST_ENTRY_H

#include <cjson/cJSON.h>

#include "daemon/config/catalog_fields.h"
#include "daemon/ctl/catalog/decimal.h"
#include "daemon/ctl/catalog/price_list.h"

enum { LIST_NOTES_BYTES_MAX = 1000 };

struct list_entry {
  const struct catalog_reader *reader; /* its memory takes strings and lists */
  const struct list_options *options;
  enum decimal_places places; /* of the list's prices */
  struct listed_model *out;
  char notes[LIST_NOTES_BYTES_MAX];
  size_t notes_len;
};

/* Adds a sentence to the notes. What does not fit is left out. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void list_note(struct list_entry *entry, const char *format, ...);

/* The price under key, MONEY_UNKNOWN when there is none; where there is a value that
 * is no price, a note says so. */
int64_t list_price(struct list_entry *entry, const cJSON *object, const char *key);

/* Notes a price of reasoning under key that is not that of the output: a catalogue has one
 * price for both. The output's price must have been read. */
void list_reasoning(struct list_entry *entry, const cJSON *object, const char *key);

/* The number of tokens under key, 0 when there is none; noted likewise. */
uint64_t list_tokens(struct list_entry *entry, const cJSON *object, const char *key);

/* A price for writing to the cache, unless it is unknown or below input: writing costs
 * what input does at least, and lists have other things under these keys, such as
 * what keeping costs. */
void list_add_write(struct list_entry *entry, struct price_set *set, uint32_t lifetime_s,
                    int64_t price);

/* true or false for a capability, by its bit. */
void list_capability(struct list_entry *entry, enum catalog_capability bit, bool has);

/* Puts a longer context's prices in its place among tiers, which has room for
 * CATALOG_CONTEXT_TIERS_MAX. One with a threshold that is there replaces it. */
void list_add_context(struct list_entry *entry, struct context_tier *tiers, size_t *count,
                      const struct context_tier *tier);

/* Copies what was gathered to out: the tiers, the notes, a note for each of input,
 * output and the window that is unknown. False when memory is out. */
bool list_entry_close(struct list_entry *entry, const struct context_tier *tiers, size_t count);

/* A date of the list, "YYYY-MM-DD", as the model's end. */
bool list_ends(struct list_entry *entry, const cJSON *object, const char *key);

#endif
