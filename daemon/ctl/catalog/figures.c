/* figures.c - all that a catalogue says of a model in numbers, by name.
 *
 * A model is flattened into a list of named figures; only known ones are in it, so
 * that "unknown" and "left out" are one thing. Two such lists are compared by name.
 * What a difference means is for the callers: an update, a finding, a line of a diff.
 */
#include "daemon/ctl/catalog/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct figure {
  char name[FIGURE_NAME_MAX];
  enum figure_unit unit;
  int64_t value;
};

struct figures {
  struct figure *items;
  size_t count, capacity;
  bool failed; /* memory ran out */
};

/* The largest unit that divides it, so that "1h" comes back as "1h" and not as "60m". */
void figures_duration(uint32_t seconds, char out[DURATION_TEXT_MAX]) {
  static const struct {
    uint32_t seconds;
    char unit;
  } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  out[0] = '\0';
  for (size_t i = 0; i < sizeof units / sizeof units[0] && seconds > 0; i++)
    if (seconds % units[i].seconds == 0) {
      snprintf(out, DURATION_TEXT_MAX, "%" PRIu32 "%c", seconds / units[i].seconds, units[i].unit);
      return;
    }
}

void figures_date(int64_t seconds, char out[DATE_TEXT_MAX]) {
  struct tm date;
  const time_t at = (time_t)seconds;
  if (gmtime_r(&at, &date) == NULL || strftime(out, DATE_TEXT_MAX, "%Y-%m-%d", &date) == 0)
    snprintf(out, DATE_TEXT_MAX, "an unknown date");
}

int64_t figures_blend(const struct price_set *set) {
  /* Prices are at most 1e14 nano-USD, so this cannot overflow. */
  if (!money_known(set->input) || !money_known(set->output))
    return MONEY_UNKNOWN;
  return (3 * set->input + set->output) / 4;
}

/* ---- the sets of a model */

/* The thresholds rise, so each set has the one before as what holds below it. */
static void each_length(const char *label, const struct price_set *base,
                        const struct context_tier *tiers, size_t count, figures_set_fn fn,
                        void *data) {
  fn(data, label, base, NULL);
  for (size_t i = 0; i < count; i++) {
    char text[FIGURE_NAME_MAX];
    snprintf(text, sizeof text, "%sabove %" PRIu64 ": ", label, tiers[i].above_input_tokens);
    fn(data, text, &tiers[i].price, i == 0 ? base : &tiers[i - 1].price);
  }
}

/* Windows have no names; their place in the list is one. */
static void each_window(const char *label, const struct price_window *windows, size_t count,
                        figures_set_fn fn, void *data) {
  for (size_t i = 0; i < count; i++) {
    char text[FIGURE_NAME_MAX];
    snprintf(text, sizeof text, "%swindow %zu: ", label, i + 1);
    if (windows[i].multiplier_ppm == 0)
      fn(data, text, &windows[i].price, NULL);
  }
}

/* The order is fixed and the same for every model, which find() below relies on. */
void figures_each_set(const struct catalog_model *model, figures_set_fn fn, void *data) {
  each_length("", &model->price, model->context_tiers, model->context_tiers_count, fn, data);
  each_window("", model->windows, model->windows_count, fn, data);
  for (size_t i = 0; i < model->changes_count; i++) {
    const struct price_change *change = &model->changes[i];
    char date[DATE_TEXT_MAX], label[DATE_TEXT_MAX + 16];
    figures_date(change->from_s, date);
    snprintf(label, sizeof label, "from %s: ", date);
    each_length(label, &change->price, change->context_tiers, change->context_tiers_count, fn,
                data);
    each_window(label, change->windows, change->windows_count, fn, data);
  }
}

/* ---- flattening */

/* Unknown values are dropped here and nowhere else. */
static void add(struct figures *figures, const char *label, const char *name, const char *detail,
                enum figure_unit unit, int64_t value) {
  if (!money_known(value) || figures->failed)
    return;
  if (figures->count == figures->capacity) {
    /* Most models have fewer than 32; doubling serves the others. */
    const size_t capacity = figures->capacity == 0 ? 32 : figures->capacity * 2;
    struct figure *larger = realloc(figures->items, capacity * sizeof *larger);
    /* Remembered, so that a lost figure is not taken for an unknown one. */
    figures->failed = larger == NULL;
    if (larger == NULL)
      return;
    figures->items = larger;
    figures->capacity = capacity;
  }
  /* The label says of which set it is, such as "above 200000: ". */
  struct figure *figure = &figures->items[figures->count++];
  *figure = (struct figure){.unit = unit, .value = value};
  snprintf(figure->name, sizeof figure->name, "%s%s%s%s", label, name, detail[0] ? " " : "",
           detail);
}

/* The names are the keys of the catalogue, so that a reader finds them in the file. */
static void add_set(void *data, const char *label, const struct price_set *set,
                    const struct price_set *below) {
  struct figures *figures = data;
  (void)below;
  add(figures, label, "input", "", FIGURE_USD, set->input);
  add(figures, label, "output", "", FIGURE_USD, set->output);
  add(figures, label, "cache_read", "", FIGURE_USD, set->cache_read);
  for (size_t i = 0; i < set->cache_writes_count; i++) {
    const struct cache_write_price *write = &set->cache_writes[i];
    char lifetime[DURATION_TEXT_MAX];
    figures_duration(write->lifetime_s, lifetime);
    /* "cache_write 5m"; without a lifetime just "cache_write". */
    add(figures, label, "cache_write", lifetime, FIGURE_USD, write->price);
    add(figures, label, "batch_cache_write", lifetime, FIGURE_USD, write->batch_price);
  }
  add(figures, label, "batch_input", "", FIGURE_USD, set->batch_input);
  add(figures, label, "batch_output", "", FIGURE_USD, set->batch_output);
  add(figures, label, "batch_cache_read", "", FIGURE_USD, set->batch_cache_read);
}

/* What is no price. */
static void add_facts(struct figures *figures, const struct catalog_model *model) {
  for (size_t i = 0; i < model->windows_count; i++) {
    char label[40];
    snprintf(label, sizeof label, "window %zu: ", i + 1);
    if (model->windows[i].multiplier_ppm != 0)
      add(figures, label, "multiplier", "", FIGURE_FACTOR, model->windows[i].multiplier_ppm);
  }
  /* 0 is how the struct says that a size is not known. */
  if (model->context_window != 0)
    add(figures, "", "context_window", "", FIGURE_TOKENS, (int64_t)model->context_window);
  if (model->output_max != 0)
    add(figures, "", "max_output", "", FIGURE_TOKENS, (int64_t)model->output_max);
  for (size_t i = 0; i < CAPABILITIES_COUNT; i++)
    if ((model->capabilities_known & catalog_capabilities[i].bit) != 0)
      add(figures, "", "capability", catalog_capabilities[i].key, FIGURE_FLAG,
          (model->capabilities & catalog_capabilities[i].bit) != 0);
}

/* Prices first, then sizes and capabilities, in the order in which they are shown. */
static void flatten(const struct catalog_model *model, struct figures *out) {
  *out = (struct figures){0};
  figures_each_set(model, add_set, out);
  add_facts(out, model);
}

/* ---- comparing */

/* The figure of that name, or NULL. Both lists are in one order, so it is nearly
 * always at *cursor, where the last one was found. */
static const struct figure *find(const struct figures *figures, const char *name, size_t *cursor) {
  for (size_t n = 0; n < figures->count; n++) {
    /* Round the list once, from where the last one was found. */
    const size_t at = (*cursor + n) % figures->count;
    if (strcmp(figures->items[at].name, name) != 0)
      continue;
    *cursor = at + 1;
    return &figures->items[at];
  }
  return NULL;
}

/* There is room: figures_compare() has made as much as can be needed. */
static void add_change(struct figure_changes *out, const struct figure *figure, int64_t from,
                       int64_t to) {
  struct figure_change *change = &out->items[out->count++];
  memcpy(change->name, figure->name, sizeof change->name);
  change->unit = figure->unit;
  change->from = from;
  change->to = to;
}

/* First what the old one had, changed or gone, then what only the new one has. */
bool figures_compare(const struct catalog_model *from, const struct catalog_model *to,
                     struct figure_changes *out) {
  /* Flat lists by name: whatever a price is nested in, it compares as one figure. */
  struct figures a, b;
  size_t cursor = 0;
  *out = (struct figure_changes){0};
  flatten(from, &a);
  flatten(to, &b);
  bool ok = !a.failed && !b.failed;
  /* Two models of which nothing is known do not differ. */
  if (!ok || a.count + b.count == 0)
    goto out;
  /* No more can differ than there are in both. */
  out->items = calloc(a.count + b.count, sizeof *out->items);
  ok = out->items != NULL;
  if (!ok)
    goto out;
  for (size_t i = 0; i < a.count; i++) {
    const struct figure *other = find(&b, a.items[i].name, &cursor);
    /* To the nano-USD: prices are exact on both sides. */
    if (other == NULL || other->value != a.items[i].value)
      add_change(out, &a.items[i], a.items[i].value, other != NULL ? other->value : MONEY_UNKNOWN);
  }
  /* From the start again, now over the other list. */
  cursor = 0;
  for (size_t i = 0; i < b.count; i++)
    if (find(&a, b.items[i].name, &cursor) == NULL)
      add_change(out, &b.items[i], MONEY_UNKNOWN, b.items[i].value);
out:
  free(a.items);
  free(b.items);
  return ok;
}

/* Safe on changes that were never filled, if zeroed. */
void figures_changes_deinit(struct figure_changes *changes) {
  free(changes->items);
  *changes = (struct figure_changes){0};
}

/* From nothing, and to or from the unknown, there is no percentage. */
double figures_percent(const struct figure_change *change) {
  if (!money_known(change->from) || !money_known(change->to) || change->from == 0 ||
      change->unit == FIGURE_FLAG)
    return (double)NAN;
  return ((double)change->to - (double)change->from) / (double)change->from * 100;
}

void figures_print(enum figure_unit unit, int64_t value, char out[FIGURE_TEXT_MAX]) {
  _Static_assert((int)FIGURE_TEXT_MAX >= (int)MONEY_TEXT_MAX, "an amount must fit");
  if (!money_known(value) || unit == FIGURE_USD)
    money_print(value, out);
  else if (unit == FIGURE_FACTOR) /* millionths as nano: both are decimals */
    money_print(value * 1000, out);
  else if (unit == FIGURE_FLAG)
    snprintf(out, FIGURE_TEXT_MAX, "%s", value != 0 ? "true" : "false");
  else
    snprintf(out, FIGURE_TEXT_MAX, "%" PRId64, value);
}
