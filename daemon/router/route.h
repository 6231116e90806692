/* route.h - the decision: which tier and model a request goes to, at what cost.
 *
 *   struct router router = {.catalog = c, .model = m, .quality = 0.95, .max_risk = 1};
 *   struct route_scratch *scratch = route_scratch_create();    // one per thread
 *   struct route_decision d;
 *   struct route_error err;
 *   if (route_decide(&router, &request, scratch, &d, &err) != ROUTE_OK) ...
 *
 * Pure: no I/O, no clock (the caller says what time it is), no allocation. */
#ifndef TIERD_ROUTER_ROUTE_H
#define TIERD_ROUTER_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/features/conversation.h"
#include "classifier/svm/model.h"
#include "daemon/router/budget.h"
#include "daemon/router/catalog.h"
#include "daemon/router/correction.h"
#include "daemon/router/cost.h"
#include "daemon/router/explore.h"
#include "daemon/router/share_cap.h"

enum {
  ROUTE_NAMES_MAX = 64, /* candidates, and excluded models */
  ROUTE_REASONS_MAX = 24,
  ROUTE_REASON_TEXT_MAX = 160,
  ROUTE_EXPLAINED_MAX = 12 /* features among the reasons */
};

struct session_state;

/* Which beginning of the request its cache_control says to cache. */
struct cache_marks {
  bool any;
  size_t turns;        /* up to the last mark; 0: the tools alone */
  uint32_t lifetime_s; /* the longest that is asked for; 0: none */
};

/* What requests are decided with; immutable while in use. */
struct router {
  const struct catalog *catalog;
  const struct model *model;  /* its tiers are the catalogue's, see router_check() */
  double quality;             /* kept when the request does not say, 0 to 1 */
  double max_risk;            /* likewise; 1 for no bound */
  uint32_t stale_days;        /* prices older than this are marked */
  struct share_cap share_cap; /* on the dear tiers; off for none */
  double good_enough_min;     /* mean probability to hold on live traffic; 0: quality decides */
  double explore;             /* share of decisions to explore with; 0 for none */
  char policy_version[17];    /* of settings and catalogue, by router_check() */
};

/* The request's options; a number that was not given is NaN. */
struct route_request {
  struct conversation conversation;
  double quality;
  double max_risk;
  /* RouteLLM's rule in place of quality: the cheapest tier whose chance of not being good
   * enough is below strong_from, the highest one where none's is. */
  bool late; /* past its deadline: answer by the safe tier, unscored */
  bool by_threshold;
  double strong_from;             /* 0 to 1; only with by_threshold */
  struct span min_tier, max_tier; /* empty when not given */
  struct span candidates[ROUTE_NAMES_MAX];
  size_t candidates_count; /* 0: all models */
  struct span exclude[ROUTE_NAMES_MAX];
  size_t exclude_count;
  int64_t max_cost; /* nano-USD; MONEY_UNKNOWN for none */
  uint64_t cached_prefix_tokens;
  uint64_t max_output_tokens; /* 0 when not given */
  struct span session;        /* the caller's name for the conversation; empty when not given */
  bool dry_run;               /* decide, but remember nothing of it */
  bool has_lambda;            /* lambda is given in place of the table's, where quality is not */
  double lambda;
  struct share_cut share_cut;  /* off where nothing limits the dear tiers' share */
  struct explore_draw explore; /* zero where nothing may be explored, as in a dry run */
  bool batch;
  bool explain;
  struct budget_limit budget;                 /* tiers that a budget takes from the top */
  const struct token_correction *corrections; /* one a model of the catalogue; NULL for none */
  bool needs_vision, needs_tools, needs_json_schema, needs_files;
  int64_t now_s; /* when the call is to be made, seconds since 1970, UTC */
  /* What its conversation leaves in caches is priced if sessions is set, but not where the
   * client says itself how much is cached. session.h says how the rest is come by. */
  bool sessions;
  bool cached_prefix_given;
  const struct session_state *last_call; /* NULL on a fresh session */
  struct cache_marks marks;
  uint64_t tools_hash; /* of the tool definitions */
};

struct route_reason {
  const char *code; /* stable, static storage */
  char text[ROUTE_REASON_TEXT_MAX];
  float weight; /* of a feature: positive speaks for the cheaper tier; else 0 */
};

/* What one tier would mean. */
struct route_alternative {
  int model;         /* index into catalog.models; -1 when no model of the tier fits */
  float probability; /* that the tier is good enough */
  struct cost cost;  /* of that model */
};

struct route_decision {
  uint32_t tier;
  uint32_t model;
  struct prediction prediction;
  bool abstained;
  bool degraded;                  /* late: nothing was scored and no cost estimated; abstained
                                     as well */
  double quality;                 /* asked for, after defaults */
  double lambda;                  /* what the top tier's whole cost must add to a probability */
  bool live_lambda;               /* lambda is the request's, not the table's for quality */
  bool by_threshold;              /* quality and lambda had no say, but strong_from */
  double strong_from;             /* as asked for */
  double threshold;               /* the least probability at which the tier chosen wins over every
                                     dearer one, or that max_risk asks for */
  bool capped;                    /* a dear tier was worth its cost, but the share cut left no
                                     room */
  int gain_bin;                   /* of what the dear tiers of the share cut would add, see
                                     share_cap.h; -1 where the cut had no say */
  bool explored;                  /* not what the policy chose: see explore.h */
  int other_tier;                 /* that exploration would have chosen, or, if explored, the
                                     policy; -1 when the decision could not explore */
  double propensity;              /* the chance that the decision had of being this one */
  uint64_t input_tokens;          /* as the chosen model counts them */
  uint64_t input_tokens_plain;    /* the same without its correction */
  uint64_t stop_after_tokens;     /* of output: longer is out of all measure; 0: unknown */
  uint64_t baseline_input_tokens; /* as the baseline's does */
  struct route_alternative alternatives[CATALOG_TIERS_MAX]; /* one a tier */
  uint32_t baseline_model;
  struct cost baseline;
  bool price_stale;
  /* What each tier would cost of the top one's cost with nothing cached, which is what they
   * are weighed with. In a conversation the costs above are by what is cached; the baseline's
   * as if its model had served the last call. */
  double shares[CATALOG_TIERS_MAX];
  /* With explain: the tier whose machine the features' weights are of, its margin, and
   * the margin that it needed. The weights among the reasons sum to their difference. */
  bool explained;
  uint32_t explained_tier;
  float margin, margin_needed;
  size_t reasons_count;
  struct route_reason reasons[ROUTE_REASONS_MAX];
};

enum route_status {
  ROUTE_OK = 0,
  ROUTE_UNKNOWN_TIER,  /* min_tier or max_tier is not in the catalogue */
  ROUTE_UNKNOWN_MODEL, /* a candidate or excluded model is not */
  ROUTE_EMPTY_RANGE,   /* min_tier is above max_tier */
  ROUTE_NO_MODEL_FITS  /* window, capabilities and candidates leave none */
};

struct route_error {
  const char *field; /* the option to blame, as in "routing/min_tier"; static storage */
  char text[256];
};

struct route_scratch; /* opaque: the feature vector and its buffers */

/* NULL when memory is out. */
struct route_scratch *route_scratch_create(void);
void route_scratch_destroy(struct route_scratch *scratch);

/* Checks that model and catalogue name the same tiers in the same order and sets
 * policy_version. False with why filled otherwise. */
bool router_check(struct router *router, char *why, size_t why_size);

/* Is the price older than stale_days, or of unknown age? today is in days since
 * 1970-01-01. */
bool router_price_stale(const struct router *router, const struct catalog_model *model,
                        int64_t today);

enum route_status route_decide(const struct router *router, const struct route_request *request,
                               struct route_scratch *scratch, struct route_decision *out,
                               struct route_error *err);

/* The features of the last decision made with this scratch, for the log. */
const struct features *route_scratch_features(const struct route_scratch *scratch);

/* The least probability at which the tier at this place is taken before those above it;
 * 0 for the last one. good and shares have count entries, cheapest first. */
double route_needed(const struct route_decision *decision, const float *good, const double *shares,
                    size_t count, size_t at);

#endif
