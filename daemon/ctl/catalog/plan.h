/* plan.h - what an import does to a catalogue, model by model, and the outcome.
 *
 *   struct plan plan;
 *   if (!plan_make(&plan, &input, &err)) ...
 *   // plan.text is the new catalogue, plan.entries say what became of each model
 *   plan_deinit(&plan);
 */
#ifndef TIERD_CTL_CATALOG_PLAN_H
#define TIERD_CTL_CATALOG_PLAN_H

#include "daemon/ctl/catalog/base.h"
#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/catalog/price_list.h"
#include "daemon/ctl/catalog/tier_rules.h"

enum plan_action {
  PLAN_ADDED,     /* a new model */
  PLAN_UPDATED,   /* figures of the base were changed */
  PLAN_CONFIRMED, /* the list says the same; only the date is new */
  PLAN_KEPT,      /* of the base, as it was; reason says why */
  PLAN_LEFT_OUT,  /* of the list, not taken; reason says why */
  PLAN_ACTIONS    /* how many there are */
};

/* Strings belong to the plan, the list or the base. */
struct plan_entry {
  enum plan_action action;
  const char *name;
  const char *provider;
  const char *tier;                  /* "" when it has none */
  const char *reason;                /* a warning for what was taken; "" when there is none */
  const struct catalog_model *model; /* as the list has it; of PLAN_KEPT, as the base has it */
  struct figure_changes changes;     /* PLAN_UPDATED */
};

struct plan_input {
  const struct price_list *list;
  const struct list_options *filter; /* that the list was read with */
  struct catalog_base *base;         /* NULL: a new catalogue; its tree is changed */
  const struct tier_rules *rules;
  const struct option_values *defaults; /* TIER=MODEL, without base */
  const char *as_of;                    /* "YYYY-MM-DD" */
  int64_t as_of_days;
  bool retired; /* take models that have ended */
};

struct plan {
  struct plan_entry *entries; /* by name */
  size_t count, capacity;
  size_t counts[PLAN_ACTIONS];
  char *text; /* the new catalogue, NUL-terminated; it loads */
  size_t text_len;
  struct catalog_memory *memory;
};

/* False with err filled. The caller deinits the plan. */
bool plan_make(struct plan *plan, const struct plan_input *input, struct catalog_error *err);

void plan_deinit(struct plan *plan);

/* "added", "updated" and so on. */
const char *plan_action_name(enum plan_action action);

#endif
