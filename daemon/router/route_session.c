/* route_session.c - a decision within a conversation.
 *
 *   what the last call left in caches (session.h) → each tier priced warm or cold →
 *   the dearer tier that served the last call, where leaving it would not pay
 *
 * The sums are session.c's; here is what they change in the decision. */
#include "daemon/router/fit.h"
#include "daemon/router/route_internal.h"
#include "daemon/router/session.h"

/* The model that served the last call takes its tier's place, if it fits, its cache is
 * warm, and telling another one everything anew would not pay. */
static void prefer_last_model(const struct session_view *view, const struct router *router,
                              const struct route_expected *expected,
                              struct route_decision *decision) {
  const struct catalog_model *model = &router->catalog->models[view->model];
  const struct usage_estimate usage = route_usage_of(expected, model);
  struct route_alternative *option = &decision->alternatives[model->tier];
  if (option->model == view->model || fit_model(model, view->request, usage.input) != FIT_OK ||
      session_cached(view, model, usage.input) == 0)
    return;
  const struct session_costs stay = session_costs_of(view, model, &usage, true);
  const struct catalog_model *other = &router->catalog->models[option->model];
  const struct usage_estimate other_usage = route_usage_of(expected, other);
  const struct session_costs move = session_costs_of(view, other, &other_usage, false);
  if (session_stays(&stay, &move, session_turns_ahead(view->last)))
    option->model = view->model;
}

/* Prices each tier by what the conversation has left in caches: warm for the model that
 * served the last call, cold for the others. The baseline is a conversation that has
 * been with the top tier from its beginning. */
static void price_caches(const struct session_view *view, const struct router *router,
                         const struct route_expected *expected, struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  struct usage_estimate usage;
  if (view->last != NULL)
    prefer_last_model(view, router, expected, decision);
  for (uint32_t tier = 0; tier < catalog->tiers_count; tier++) {
    struct route_alternative *option = &decision->alternatives[tier];
    if (option->model < 0)
      continue;
    usage = route_usage_of(expected, &catalog->models[option->model]);
    option->cost =
        session_cost(view, &catalog->models[option->model], &usage, option->model == view->model);
  }
  const struct catalog_model *baseline = &catalog->models[decision->baseline_model];
  usage = route_usage_of(expected, baseline);
  decision->baseline = session_cost(view, baseline, &usage, true);
}

/* What the warm cache of the option saves on this call; 0 when that is not known. */
static int64_t cache_worth(const struct session_view *view, const struct router *router,
                           const struct route_expected *expected,
                           const struct route_alternative *option) {
  const struct catalog_model *model = &router->catalog->models[option->model];
  const struct usage_estimate usage = route_usage_of(expected, model);
  const struct cost cold = session_cost(view, model, &usage, false);
  if (!money_known(cold.expected) || !money_known(option->cost.expected))
    return 0;
  return cold.expected - option->cost.expected;
}

/* Where the tier that the policy wants is below that of the last call, stays with the
 * latter while moving would not pay over the turns that are expected. Never up: the
 * policy has done that already if quality asks for it. */
static uint32_t keep_tier(const struct session_view *view, const struct router *router,
                          const struct route_expected *expected, const struct route_choice *choice,
                          struct route_decision *decision, uint32_t wanted) {
  const struct catalog_model *models = router->catalog->models;
  size_t at = 0;
  if (view->last == NULL || models[view->model].tier <= wanted)
    return wanted;
  const uint32_t tier = models[view->model].tier;
  while (at < choice->count && choice->tiers[at] != tier)
    at++;
  const struct route_alternative *stay = &decision->alternatives[tier];
  const struct route_alternative *move = &decision->alternatives[wanted];
  if (at == choice->count || stay->model != view->model)
    return wanted; /* it is not allowed any more, or does not fit */
  const int64_t worth = cache_worth(view, router, expected, stay);
  const struct usage_estimate usage = route_usage_of(expected, &models[move->model]);
  const struct session_costs staying = {stay->cost.expected, stay->cost.expected};
  const struct session_costs moving = session_costs_of(view, &models[move->model], &usage, false);
  if (worth <= 0 || !session_stays(&staying, &moving, session_turns_ahead(view->last)))
    return wanted;
  decision->threshold = route_needed(decision, choice->good, choice->shares, choice->count, at);
  char amount[MONEY_TEXT_MAX];
  money_print(session_round(worth), amount);
  route_add_reason(decision, "stays", 0, "stays: the cached prefix is worth $%s", amount);
  return tier;
}

/* In a conversation, costs and tier with regard to caches. A client who says how much
 * is cached knows better. */
uint32_t route_choose_in_session(const struct router *router, const struct route_request *request,
                                 const struct route_expected *expected,
                                 const struct route_choice *choice, struct route_decision *decision,
                                 uint32_t wanted) {
  struct session_view view;
  if (!request->sessions || request->cached_prefix_given)
    return wanted;
  session_view_init(&view, router->catalog, request, &expected->counts);
  if (view.last == NULL && !request->marks.any)
    return wanted; /* nothing was cached, and what will be costs what it did anyway */
  price_caches(&view, router, expected, decision);
  return keep_tier(&view, router, expected, choice, decision, wanted);
}
