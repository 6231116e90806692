/* list_entry.c - one model of a price list while it is read.
 *
 * JSON values come in, figures go to struct listed_model, and for each that cannot be
 * used a sentence to its notes. Which keys there are is known to litellm.c and
 * models_dev.c.
 */
#include "daemon/ctl/catalog/list_entry.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/config/calendar.h"
#include "daemon/config/quote.h"

/* What the catalogue's loader takes besides 0, in nano-USD per million tokens. */
/* A tenth of a cent for a million tokens to 100,000 USD: what is beyond has another unit. */
static const int64_t price_min = INT64_C(1000000);
static const int64_t price_max = INT64_C(100000) * NANO_PER_USD;
static const double tokens_max = 1e9;

/* Notes have a bound: a hostile list can complain about itself without end. */
void list_note(struct list_entry *entry, const char *format, ...) {
  char text[240];
  va_list args;
  va_start(args, format);
  /* Cut at the bound of one note; keys come from the program and are short. */
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char *join = entry->notes_len > 0 ? "; " : "";
  const size_t room = sizeof entry->notes - entry->notes_len;
  const int len = snprintf(entry->notes + entry->notes_len, room, "%s%s", join, text);
  if (len > 0 && (size_t)len < room)
    entry->notes_len += (size_t)len;
  else
    entry->notes[entry->notes_len] = '\0'; /* no half sentences */
}

/* Absent is no note here: note_missing() and note_absent() speak of it at the end. */
int64_t list_price(struct list_entry *entry, const cJSON *object, const char *key) {
  const cJSON *item = catalog_value(object, key);
  if (item == NULL)
    return MONEY_UNKNOWN;
  if (!cJSON_IsNumber(item)) {
    list_note(entry, "%s is no number in the list", key);
    return MONEY_UNKNOWN;
  }
  const int64_t nano = decimal_nano(item->valuedouble, entry->places);
  /* Lists write 0 for what they do not know as often as for what costs nothing. */
  if (nano == 0 && item->valuedouble <= 0) {
    if (!entry->options->zero_is_free)
      list_note(entry, "%s is 0 in the list, which there may mean unknown", key);
    return entry->options->zero_is_free ? 0 : MONEY_UNKNOWN;
  }
  if (!money_known(nano) || nano < price_min || nano > price_max) {
    list_note(entry, "%s is %g in the list, which is absurd", key, item->valuedouble);
    return MONEY_UNKNOWN;
  }
  return nano;
}

/* The same price twice is what most lists have, and nothing to speak of. */
void list_reasoning(struct list_entry *entry, const cJSON *object, const char *key) {
  const int64_t reasoning = list_price(entry, object, key);
  if (money_known(reasoning) && reasoning != entry->out->model.price.output)
    list_note(entry, "reasoning has a price of its own in the list, which is not used");
}

/* A count that is not whole is a slip of the list, not something to round. */
uint64_t list_tokens(struct list_entry *entry, const cJSON *object, const char *key) {
  const cJSON *item = catalog_value(object, key);
  /* Whatever is no number becomes one that is out of range. */
  const double tokens = cJSON_IsNumber(item) ? item->valuedouble : -1;
  if (tokens >= 1 && tokens <= tokens_max && floor(tokens) >= tokens)
    return (uint64_t)tokens;
  /* 0 is models.dev's way to say that there is none. */
  if (item != NULL && (tokens < 0 || tokens > 0))
    list_note(entry, "%s is no number of tokens in the list", key);
  return 0;
}

/* There is room: readers add one for each lifetime that they know. */
void list_add_write(struct list_entry *entry, struct price_set *set, uint32_t lifetime_s,
                    int64_t price) {
  if (!money_known(price))
    return;
  if (money_known(set->input) && price < set->input) {
    list_note(entry, "cache_write is below input in the list, which cannot be");
    return;
  }
  set->cache_writes[set->cache_writes_count++] =
      (struct cache_write_price){lifetime_s, price, MONEY_UNKNOWN};
}

/* Several keys may speak of one capability; a yes of any of them stands. */
void list_capability(struct list_entry *entry, enum catalog_capability bit, bool has) {
  struct catalog_model *model = &entry->out->model;
  model->capabilities_known |= (unsigned)bit;
  if (has)
    model->capabilities |= (unsigned)bit;
}

/* The loader wants rising thresholds; lists have them in any order. */
void list_add_context(struct list_entry *entry, struct context_tier *tiers, size_t *count,
                      const struct context_tier *tier) {
  size_t at = 0;
  while (at < *count && tiers[at].above_input_tokens < tier->above_input_tokens)
    at++;
  const bool there = at < *count && tiers[at].above_input_tokens == tier->above_input_tokens;
  if (!there && *count == CATALOG_CONTEXT_TIERS_MAX) {
    list_note(entry, "more than %d thresholds of length in the list; some are left out",
              CATALOG_CONTEXT_TIERS_MAX);
    return;
  }
  if (!there) {
    memmove(&tiers[at + 1], &tiers[at], (*count - at) * sizeof *tiers);
    ++*count;
  }
  /* The later of two for one threshold stays. */
  tiers[at] = *tier;
}

/* A bad date does not make a model unusable; that it has one is worth a note. */
bool list_ends(struct list_entry *entry, const cJSON *object, const char *key) {
  struct listed_model *out = entry->out;
  const cJSON *item = catalog_value(object, key);
  int64_t days;
  if (item == NULL)
    return true;
  if (!cJSON_IsString(item) || !calendar_parse(span_of(item->valuestring), &days)) {
    list_note(entry, "%s is no date in the list", key);
    return true;
  }
  out->ends = catalog_memory_string(entry->reader->memory, span_of(item->valuestring));
  out->ends_days = days;
  return out->ends != NULL;
}

/* "Unknown is null with a reason": these four must be known to be of use. */
static void note_missing(struct list_entry *entry) {
  const struct catalog_model *model = &entry->out->model;
  if (!money_known(model->price.input))
    list_note(entry, "input: no usable price in the list");
  if (!money_known(model->price.output))
    list_note(entry, "output: no usable price in the list");
  if (model->context_window == 0)
    list_note(entry, "context_window: not in the list");
  if (model->output_max == 0)
    list_note(entry, "max_output: not in the list");
}

/* In one sentence, what is often not there; a call can be priced without. */
static void note_absent(struct list_entry *entry) {
  const struct price_set *set = &entry->out->model.price;
  const bool read = money_known(set->cache_read), write = set->cache_writes_count > 0;
  const bool batch = money_known(set->batch_input) && money_known(set->batch_output);
  if (!read || !write || !batch)
    list_note(entry, "no usable price in the list for:%s%s%s", read ? "" : " cache_read",
              write ? "" : " cache_write", batch ? "" : " batch_input batch_output");
}

/* The notes come last, when all that is missing is known. */
bool list_entry_close(struct list_entry *entry, const struct context_tier *tiers, size_t count) {
  struct listed_model *out = entry->out;
  note_missing(entry);
  note_absent(entry);
  if (count > 0) {
    /* Into the list's memory, since the reader's own array is gone with it. */
    struct context_tier *copy = catalog_memory_alloc(entry->reader->memory, count * sizeof *copy);
    if (copy == NULL)
      return false;
    memcpy(copy, tiers, count * sizeof *copy);
    out->model.context_tiers = copy;
    out->model.context_tiers_count = count;
  }
  out->notes =
      catalog_memory_string(entry->reader->memory, span_make(entry->notes, entry->notes_len));
  return out->notes != NULL;
}
