/* merge.c - what a price list makes of a model that the catalogue has already.
 *
 * Known prices of the list win, unknown ones change nothing: a list that is silent on
 * batches does not make batches unknown. Sizes and capabilities are only filled in,
 * because lists give the longest input where the catalogue wants input and output
 * together. The outcome is a struct; model_json.c writes what differs.
 */
#include "daemon/ctl/catalog/merge.h"

void merge_align(const struct price_set *base, struct price_set *listed) {
  if (listed->cache_writes_count == 1 && listed->cache_writes[0].lifetime_s == 0 &&
      base->cache_writes_count > 0)
    listed->cache_writes[0].lifetime_s = base->cache_writes[0].lifetime_s;
}

/* The one rule: what the list does not know does not count. */
static void take(int64_t *price, int64_t listed) {
  if (money_known(listed))
    *price = listed;
}

/* Puts one price for writing into its place, by lifetime. */
static void take_write(struct price_set *out, const struct cache_write_price *write) {
  size_t at = 0;
  while (at < out->cache_writes_count && out->cache_writes[at].lifetime_s < write->lifetime_s)
    at++;
  if (at < out->cache_writes_count && out->cache_writes[at].lifetime_s == write->lifetime_s) {
    take(&out->cache_writes[at].price, write->price);
    take(&out->cache_writes[at].batch_price, write->batch_price);
    return;
  }
  if (out->cache_writes_count == CATALOG_LIFETIMES_MAX)
    return; /* four lifetimes are more than any provider has */
  memmove(&out->cache_writes[at + 1], &out->cache_writes[at],
          (out->cache_writes_count - at) * sizeof *out->cache_writes);
  out->cache_writes[at] = *write;
  out->cache_writes_count++;
}

/* Lifetimes are matched last, when it is clear for which lifetime a price is. */
static void merge_set(struct price_set *out, const struct price_set *listed) {
  struct price_set news = *listed;
  merge_align(out, &news);
  take(&out->input, news.input);
  take(&out->output, news.output);
  take(&out->cache_read, news.cache_read);
  take(&out->batch_input, news.batch_input);
  take(&out->batch_output, news.batch_output);
  take(&out->batch_cache_read, news.batch_cache_read);
  /* A price without a lifetime cannot stand beside prices with one. */
  if (news.cache_writes_count > 0 && news.cache_writes[0].lifetime_s != 0 &&
      out->cache_writes_count == 1 && out->cache_writes[0].lifetime_s == 0)
    out->cache_writes_count = 0;
  for (size_t i = 0; i < news.cache_writes_count; i++)
    take_write(out, &news.cache_writes[i]);
}

static bool same_thresholds(const struct catalog_model *a, const struct catalog_model *b) {
  bool same = a->context_tiers_count == b->context_tiers_count;
  for (size_t i = 0; same && i < a->context_tiers_count; i++)
    same = a->context_tiers[i].above_input_tokens == b->context_tiers[i].above_input_tokens;
  return same;
}

/* Where the thresholds differ, the list's replace the catalogue's: prices of two
 * cuts cannot be mixed. */
static bool merge_contexts(const struct catalog_model *base, const struct catalog_model *listed,
                           struct catalog_memory *memory, struct catalog_model *merged) {
  const size_t count = listed->context_tiers_count;
  if (count == 0)
    return true;
  struct context_tier *tiers = catalog_memory_alloc(memory, count * sizeof *tiers);
  if (tiers == NULL)
    return false;
  const bool same = same_thresholds(base, listed);
  for (size_t i = 0; i < count; i++) {
    tiers[i] = same ? base->context_tiers[i] : listed->context_tiers[i];
    if (same)
      merge_set(&tiers[i].price, &listed->context_tiers[i].price);
  }
  merged->context_tiers = tiers;
  merged->context_tiers_count = count;
  return true;
}

/* A struct of its own, so that old and new can still be compared. */
bool merge_models(const struct catalog_model *base, const struct catalog_model *listed,
                  struct catalog_memory *memory, struct catalog_model *merged) {
  *merged = *base;
  merge_set(&merged->price, &listed->price);
  if (merged->context_window == 0)
    merged->context_window = listed->context_window;
  if (merged->output_max == 0)
    merged->output_max = listed->output_max;
  const unsigned news = listed->capabilities_known & ~base->capabilities_known;
  merged->capabilities_known |= news;
  merged->capabilities |= listed->capabilities & news;
  return merge_contexts(base, listed, memory, merged);
}
