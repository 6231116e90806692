/* second_choice.h - which tier another model would have chosen for the same request.
 *
 *   struct second_view view;
 *   second_view_init(&view, router, &request, &decision);   // small: may be kept and copied
 *   uint32_t tier = second_choice(&view, model, &prediction);
 *
 * Follows the steps of route.c that depend on the model: its price of quality, its
 * risks, its abstaining, or the request's threshold in place of quality, at the costs of
 * the decision that was made. What bends a choice for other reasons is left out: a
 * conversation's cache, exploration, and what is steered by live traffic (a share of good
 * answers, the cut that holds the dear tiers to a share). So the model that decided has to
 * be asked again for a fair comparison. Pure. */
#ifndef TIERD_ROUTER_SECOND_CHOICE_H
#define TIERD_ROUTER_SECOND_CHOICE_H

#include "daemon/router/route.h"

/* What the choice depends on beside the model. No pointers. */
struct second_view {
  double quality, max_risk; /* after defaults */
  bool by_threshold;        /* strong_from in place of quality, see route.h */
  double strong_from;
  uint32_t tiers;     /* of the catalogue */
  uint32_t low, high; /* the tiers that may be taken */
  uint32_t safe_tier;
  uint32_t fits;                    /* a bit a tier: it has a model for the request */
  double shares[CATALOG_TIERS_MAX]; /* of the top tier's cost */
  int64_t costs[CATALOG_TIERS_MAX]; /* nano-USD; MONEY_UNKNOWN where there is none */
  int64_t baseline;                 /* nano-USD, of always taking the top tier */
};

/* Of a decision that was made by router for request. */
void second_view_init(struct second_view *view, const struct router *router,
                      const struct route_request *request, const struct route_decision *decision);

/* The tier for the prediction of model, which has view->tiers tiers. */
uint32_t second_choice(const struct second_view *view, const struct model *model,
                       const struct prediction *prediction);

#endif
