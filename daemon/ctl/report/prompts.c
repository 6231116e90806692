/* prompts.c - gathers calls by system prompt and model, and prices what caching them
 * would have saved (waste.h) by the catalogue: the log knows what was paid, but not
 * what the cache would have taken. */
#include "daemon/ctl/report/prompts.h"

#include <math.h>

/* Fewer calls than this are no habit. */
enum { REQUESTS_MIN = 10 };

/* The smallest prompt that is cached, where the catalogue does not say. */
#define CACHED_TOKENS_MIN 1024.0

/* Whether a cache that works by itself did so is only known from the usage. */
static bool judged(const struct catalog_model *model, const struct join_feedback *feedback) {
  if (model && model->cache_mode == CACHE_NONE)
    return false;
  return !model || model->cache_mode != CACHE_AUTOMATIC ||
         (feedback && !isnan(feedback->cached_tokens));
}

/* A catalogue that does not know the model still leaves the group, to be counted. */
bool prompts_add(struct report_totals *totals, const struct report_line *line,
                 const struct join_feedback *feedback) {
  const bool told = feedback && !isnan(feedback->cached_tokens);
  const int index =
      totals->catalog ? catalog_find_model(totals->catalog, span_of(line->model)) : -1;
  /* Reported tokens win over those that the router expected to be cached. */
  const struct catalog_model *model = index >= 0 ? &totals->catalog->models[index] : NULL;
  const double least =
      model && model->cache_tokens_min ? (double)model->cache_tokens_min : CACHED_TOKENS_MIN;
  struct group_view at;
  if (!waste_uncached(line, told ? feedback->cached_tokens : line->cached_tokens, least))
    return true;
  if (!judged(model, feedback)) {
    totals->unjudged++;
    return true;
  }
  /* Names stay the same all through, so a hash of them tells models apart. */
  uint64_t name = UINT64_C(14695981039346656037);
  for (const char *c = line->model; *c; c++)
    name = (name ^ (unsigned char)*c) * UINT64_C(1099511628211);
  switch (groups_add(&totals->prompts, groups_key(line->system, name), &at)) {
  case GROUPS_NO_MEMORY:
    return false;
  case GROUPS_LEFT_OUT:
    return true;
  case GROUPS_ADDED:
    break;
  }
  /* First and last by time and not by place, for files come in any order. */
  at.values[PROMPT_TOKENS] += (int64_t)line->system_tokens;
  if (at.count == 1 || line->time_s < at.values[PROMPT_FIRST])
    at.values[PROMPT_FIRST] = line->time_s;
  if (at.count == 1 || line->time_s > at.values[PROMPT_LAST])
    at.values[PROMPT_LAST] = line->time_s;
  at.values[PROMPT_MODEL] = index + 1;
  return true;
}

/* One group at the prices of its last call. */
static int64_t saved(const struct report_totals *totals, const struct group_view *group) {
  struct price_set price;
  /* A model that the catalogue lacks, or no catalogue: there are calls, but no price. */
  if (group->values[PROMPT_MODEL] == 0)
    return MONEY_UNKNOWN;
  const struct catalog_model *model = &totals->catalog->models[group->values[PROMPT_MODEL] - 1];
  const uint64_t tokens = (uint64_t)group->values[PROMPT_TOKENS];
  if (!catalog_prices(model, group->values[PROMPT_LAST], tokens / (uint64_t)group->count, &price))
    return MONEY_UNKNOWN;
  const struct waste_prompt prompt = {
      .requests = (uint64_t)group->count,
      .tokens = tokens,
      .seconds = (double)(group->values[PROMPT_LAST] - group->values[PROMPT_FIRST]),
      .input = price.input,
      .read = price.cache_read,
      .write = price.cache_writes_count > 0 ? price.cache_writes[0].price : MONEY_UNKNOWN,
      .lifetime_s = model->cache_lifetime_s};
  return waste_caching_of(&prompt).saved;
}

/* Over the groups that are held; summary.c scales a sample up. */
struct waste_sum prompts_waste(const struct report_totals *totals) {
  struct waste_sum sum = {0, 0, 0};
  for (size_t i = 0; i < totals->prompts.count; i++) {
    const struct group_view group = groups_at(&totals->prompts, i);
    const int64_t nano = group.count >= REQUESTS_MIN ? saved(totals, &group) : 0;
    /* Rare prompts would cost more to keep than they save. */
    if (group.count < REQUESTS_MIN || (money_known(nano) && nano <= 0))
      continue;
    sum.lines += (uint64_t)group.count;
    if (money_known(nano))
      sum.nano = money_add(sum.nano, nano);
    else
      sum.unpriced += (uint64_t)group.count;
  }
  return sum;
}
