/* audit_against.c - prices of a catalogue that differ from another list's.
 *
 * The other list may be wrong, older or newer; a difference is a reason to look, not a
 * verdict. Only figures that both know are compared, and prices by the hour are passed
 * over, for lists have one price a model. A provider's models are compared with its
 * own entries: gateways charge what they like.
 */
#include <math.h>
#include <stdio.h>

#include "daemon/ctl/catalog/audit_internal.h"
#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/catalog/merge.h"

/* Rounding in lists stays below this. */
static const double percent_max = 1;

/* One figure that differs, with ours first, as the reader has our file before them. */
static void report(struct audit *audit, const struct catalog_model *model,
                   const struct figure_change *change, const struct price_list *list) {
  const double percent = figures_percent(change);
  char ours[FIGURE_TEXT_MAX], theirs[FIGURE_TEXT_MAX];
  /* What one of the two does not know is no difference. From 0 there are no per cents. */
  if (change->unit != FIGURE_USD || !money_known(change->from) || !money_known(change->to) ||
      (!isnan(percent) && fabs(percent) <= percent_max))
    return;
  figures_print(change->unit, change->from, ours);
  figures_print(change->unit, change->to, theirs);
  char by[40] = "";
  if (!isnan(percent))
    snprintf(by, sizeof by, " (%+.1f %%)", percent);
  audit_find(audit, "price-differs", model->name, "%s is %s here and %s on %s list%s", change->name,
             ours, theirs, price_list_owner(list->format), by);
}

void audit_against(struct audit *audit, const struct catalog_model *model,
                   const struct audit_options *options) {
  const char *other;
  const struct listed_model *listed =
      price_list_find(options->against, model->name, model->provider, &other);
  struct figure_changes changes;
  if (listed == NULL || model->windows_count > 0)
    return;
  /* Our side as of today: the change in force counts, not what held before it. */
  struct catalog_model ours = *model, theirs = listed->model;
  for (size_t i = 0; i < model->changes_count; i++) {
    const struct price_change *change = &model->changes[i];
    if (change->from_s > options->today_days * 86400 ||
        change->until_s <= options->today_days * 86400)
      continue;
    ours.price = change->price;
    ours.context_tiers = change->context_tiers;
    ours.context_tiers_count = change->context_tiers_count;
  }
  ours.changes_count = 0;
  merge_align(&ours.price, &theirs.price);
  audit->compared++;
  if (!figures_compare(&ours, &theirs, &changes)) {
    audit->failed = true;
    return;
  }
  for (size_t i = 0; i < changes.count; i++)
    report(audit, model, &changes.items[i], options->against);
  figures_changes_deinit(&changes);
}
