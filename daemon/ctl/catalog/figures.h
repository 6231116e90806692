/* figures.h - all that a catalogue says of a model in numbers, by name.
 *
 *   struct figure_changes changes;
 *   figures_compare(&old, &new, &changes);     // "cache_write 5m": 3.75 to 4
 *   figures_changes_deinit(&changes);
 */
#ifndef TIERD_CTL_CATALOG_FIGURES_H
#define TIERD_CTL_CATALOG_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

enum { FIGURE_NAME_MAX = 96, FIGURE_TEXT_MAX = 40 };

enum figure_unit {
  FIGURE_USD,    /* nano-USD per million tokens */
  FIGURE_TOKENS, /* a number of tokens */
  FIGURE_FACTOR, /* millionths: what a window of hours multiplies prices by */
  FIGURE_FLAG    /* 1 or 0 */
};

/* One figure that differs. A value is MONEY_UNKNOWN where it is not known. */
struct figure_change {
  char name[FIGURE_NAME_MAX]; /* as "above 200000: input" */
  enum figure_unit unit;
  int64_t from;
  int64_t to;
};

struct figure_changes {
  struct figure_change *items; /* owned; NULL when count is 0 */
  size_t count;
};

/* What differs between two models, in the order of the catalogue's keys. False when
 * memory is out; *out is then empty. The caller deinits it. */
bool figures_compare(const struct catalog_model *from, const struct catalog_model *to,
                     struct figure_changes *out);

void figures_changes_deinit(struct figure_changes *changes);

/* By how many per cent a known figure changed; NAN when that makes no sense. */
double figures_percent(const struct figure_change *change);

/* A value for people and for JSON: "0.15", "200000", "true", "null". */
void figures_print(enum figure_unit unit, int64_t value, char out[FIGURE_TEXT_MAX]);

/* Calls fn for each set of prices of a model, with what its figures' names begin with
 * ("" for the model's own). below is the set that holds for shorter requests, or NULL. */
typedef void (*figures_set_fn)(void *data, const char *label, const struct price_set *set,
                               const struct price_set *below);
void figures_each_set(const struct catalog_model *model, figures_set_fn fn, void *data);

/* A lifetime of a cache as the catalogue writes it, "5m"; "" for 0. */
enum { DURATION_TEXT_MAX = 24 };
void figures_duration(uint32_t seconds, char out[DURATION_TEXT_MAX]);

/* The UTC date of an instant, "2026-11-23". */
enum { DATE_TEXT_MAX = 32 };
void figures_date(int64_t seconds, char out[DATE_TEXT_MAX]);

/* What three tokens in and one out cost on average: one number to order models by, in
 * nano-USD per million. MONEY_UNKNOWN when either price is. */
int64_t figures_blend(const struct price_set *set);

#endif
