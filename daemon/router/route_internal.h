/* route_internal.h - the steps of a decision, seen by the route*.c files alone.
 *
 *   route.c          the flow: checks names, predicts, takes the steps in order
 *   route_models.c   per tier the model that fits, and what it would cost
 *   route_tiers.c    which tiers may be chosen, which one is worth its cost, the caps
 *   route_session.c  the same with what a conversation has left in caches
 *   route_explore.c  the other tier, now and then, where the choice is close
 *   route_explain.c  the reasons
 *
 * Each step fills its part of the decision and counts on those of the steps before it.
 * None keeps a pointer beyond the call. */
#ifndef TIERD_ROUTER_ROUTE_INTERNAL_H
#define TIERD_ROUTER_ROUTE_INTERNAL_H

#include "daemon/router/route.h"
#include "daemon/router/tokens.h"

/* The tiers that the request allows, both ends included. */
struct route_range {
  uint32_t low, high;
};

/* What a call is expected to use: the same for every model but for the input, which
 * each counts with a vocabulary of its own. */
struct route_expected {
  struct token_counts counts;
  struct usage_estimate usage; /* without the input */
  const struct catalog_model *models;
  const struct token_correction *corrections; /* of these models, or NULL */
};

/* Tiers that may be chosen, cheapest first: they have a model and lie at or above the
 * floor. Those below the highest must keep to the bound on the risk. */
struct route_choice {
  uint32_t tiers[CATALOG_TIERS_MAX];
  float good[CATALOG_TIERS_MAX];
  double shares[CATALOG_TIERS_MAX];
  size_t count;
};

/* route_models.c */

/* Of a call to the model, its learned correction applied. */
struct usage_estimate route_usage_of(const struct route_expected *expected,
                                     const struct catalog_model *model);

/* Fills expected, the alternatives, the baseline and the shares, from the prediction. */
void route_price_tiers(const struct router *router, const struct route_request *request,
                       struct route_expected *expected, struct route_decision *decision);

/* route_tiers.c */

/* The highest tier of the range that has a model, or -1. */
int route_highest_tier(const struct route_decision *decision, struct route_range range);

/* The range without what a budget has cut from its top. */
struct route_range route_apply_budget(const struct router *router,
                                      const struct route_request *request,
                                      struct route_decision *decision, struct route_range range);

void route_gather_choice(const struct router *router, const struct route_decision *decision,
                         struct route_range range, double risk, struct route_choice *choice);

/* The tier to take, or -1 when there is no choice. Sets the threshold and gain_bin. */
int route_choose_tier(const struct router *router, const struct route_request *request,
                      struct route_decision *decision, const struct route_choice *choice);

/* The tier, or the next one down to lowest that keeps to the request's cost cap. */
uint32_t route_apply_cost_cap(const struct router *router, const struct route_request *request,
                              struct route_decision *decision, uint32_t tier, uint32_t lowest);

/* route_session.c */

/* The tier for a request of a conversation, given the one that is wanted without regard
 * to caches. Reprices the alternatives and the baseline. */
uint32_t route_choose_in_session(const struct router *router, const struct route_request *request,
                                 const struct route_expected *expected,
                                 const struct route_choice *choice, struct route_decision *decision,
                                 uint32_t wanted);

/* route_explore.c */

/* The tier, or the one that exploration takes in its place; then or if it might have, sets
 * explored, other_tier and propensity. */
uint32_t route_explore(const struct router *router, const struct route_request *request,
                       const struct route_choice *choice, struct route_decision *decision,
                       uint32_t tier);

/* route_explain.c */

/* code is static storage. Beyond ROUTE_REASONS_MAX a reason is dropped. */
__attribute__((format(printf, 4, 5))) void route_add_reason(struct route_decision *decision,
                                                            const char *code, float weight,
                                                            const char *format, ...);

/* The one reason for the chosen tier. */
void route_explain_choice(const struct router *router, struct route_range range, double risk,
                          struct route_decision *decision);

/* A reason where the chosen model's tokens of images rest on something that is not known. */
void route_explain_images(const struct router *router, const struct route_expected *expected,
                          struct route_decision *decision);

/* One reason a feature that told, and one for the rest. */
void route_explain_features(const struct router *router, const struct route_scratch *scratch,
                            struct route_decision *decision);

#endif
