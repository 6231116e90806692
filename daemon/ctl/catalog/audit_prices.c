/* audit_prices.c - prices of a catalogue that contradict each other.
 *
 * Providers differ in much, but nobody charges more for a token from the cache than
 * for a new one, or more in a batch. Where a catalogue says so, two figures have been
 * exchanged, or a decimal point has slipped. Each set of prices is looked at by itself
 * and beside the one for shorter requests. Unknown prices contradict nothing.
 */
#include "daemon/ctl/catalog/audit_internal.h"
#include "daemon/ctl/catalog/figures.h"

struct prices_audit {
  struct audit *audit;
  const struct catalog_model *model;
};

/* Reports when a is dearer than b, both being known. */
static void not_dearer(const struct prices_audit *at, const char *kind, const char *label,
                       const char *name_a, int64_t a, const char *name_b, int64_t b) {
  if (!money_known(a) || !money_known(b) || a <= b)
    return;
  char text_a[MONEY_TEXT_MAX], text_b[MONEY_TEXT_MAX];
  money_print(a, text_a);
  money_print(b, text_b);
  audit_find(at->audit, kind, at->model->name, "%s%s %s is above %s %s", label, name_a, text_a,
             name_b, text_b);
}

/* There are as many as the cache has lifetimes, the shortest first. */
static void check_writes(const struct prices_audit *at, const char *label,
                         const struct price_set *set) {
  for (size_t i = 0; i < set->cache_writes_count; i++) {
    const struct cache_write_price *write = &set->cache_writes[i];
    not_dearer(at, "batch-dearer", label, "batch_cache_write", write->batch_price, "cache_write",
               write->price);
    not_dearer(at, "contradiction", label, "input", set->input, "cache_write", write->price);
    /* What stays for longer costs as much at least. */
    if (i > 0)
      not_dearer(at, "contradiction", label, "cache_write for the shorter lifetime",
                 write[-1].price, "for the longer", write->price);
  }
}

/* The order is that of the keys in the catalogue, so that findings follow the file. */
static void check_set(void *data, const char *label, const struct price_set *set,
                      const struct price_set *below) {
  const struct prices_audit *at = data;
  not_dearer(at, "cache-dearer", label, "cache_read", set->cache_read, "input", set->input);
  not_dearer(at, "batch-dearer", label, "batch_input", set->batch_input, "input", set->input);
  not_dearer(at, "batch-dearer", label, "batch_output", set->batch_output, "output", set->output);
  not_dearer(at, "cache-dearer", label, "batch_cache_read", set->batch_cache_read, "batch_input",
             set->batch_input);
  not_dearer(at, "output-below-input", label, "input", set->input, "output", set->output);
  check_writes(at, label, set);
  if (below == NULL)
    return;
  not_dearer(at, "long-context-cheaper", label, "for shorter requests input", below->input, "input",
             set->input);
  not_dearer(at, "long-context-cheaper", label, "for shorter requests output", below->output,
             "output", set->output);
  not_dearer(at, "long-context-cheaper", label, "for shorter requests cache_read",
             below->cache_read, "cache_read", set->cache_read);
}

/* Long requests, windows and announced prices have slips as easily as the base. */
void audit_prices(struct audit *audit, const struct catalog_model *model) {
  struct prices_audit at = {audit, model};
  figures_each_set(model, check_set, &at);
}
