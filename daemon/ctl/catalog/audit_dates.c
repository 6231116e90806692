/* audit_dates.c - from when and until when the prices of a model hold.
 *
 * The model's own prices and its dated changes are ranges in time, in order. A change
 * may follow a price without an end: it takes over. A price with an end that lies
 * within the next range says two things of one day; one that ends before the next
 * begins leaves days on which the cost of a call is unknown.
 */
#include "daemon/ctl/catalog/audit_internal.h"
#include "daemon/ctl/catalog/figures.h"

/* Shows the last moment of a range by its date: ends are excluded. */
static void last_day(int64_t until_s, char out[DATE_TEXT_MAX]) {
  figures_date(until_s - 1, out);
}

/* How a range begins after the one before it, which ends at before_s, and after all
 * that is covered, up to covered_s. */
static void check_start(struct audit *audit, const struct catalog_model *model, int64_t before_s,
                        int64_t covered_s, const struct price_change *change) {
  char until[DATE_TEXT_MAX], from[DATE_TEXT_MAX];
  figures_date(change->from_s, from);
  if (before_s != INT64_MAX && change->from_s < before_s) {
    last_day(before_s, until);
    audit_find(audit, "ranges-overlap", model->name,
               "prices until %s overlap those from %s, which win", until, from);
  }
  if (covered_s != INT64_MAX && change->from_s > covered_s) {
    last_day(covered_s, until);
    audit_find(audit, "ranges-hole", model->name, "no prices after %s and before those from %s",
               until, from);
  }
}

/* One walk along the time line, with the end of the range before and the end of all
 * that is covered so far. */
void audit_dates(struct audit *audit, const struct catalog_model *model, int64_t now_s) {
  int64_t before_s = model->price_until_s != 0 ? model->price_until_s : INT64_MAX;
  int64_t covered_s = before_s;
  if (model->changes_count > 0 && model->changes[0].from_s <= model->price_from_s)
    audit_find(audit, "ranges-overlap", model->name,
               "effective_from of the model is not before its first price_changes");
  for (size_t i = 0; i < model->changes_count; i++) {
    const struct price_change *change = &model->changes[i];
    check_start(audit, model, before_s, covered_s, change);
    before_s = change->until_s;
    /* A price without an end is there again after a change that has one. */
    if (change->until_s > covered_s)
      covered_s = change->until_s;
  }
  if (covered_s != INT64_MAX && covered_s > now_s) {
    char until[DATE_TEXT_MAX];
    last_day(covered_s, until);
    audit_find(audit, "ranges-end", model->name, "no prices after %s", until);
  }
}
