/* route_explain.c - why a decision came out as it did: the reasons of the steps, one for
 * the chosen tier, and on demand the features that told.
 *
 * Reads a choice that is finished and changes nothing of it: it fills the reasons, and
 * the margins of the machine that is explained. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "classifier/features/features.h"
#include "daemon/router/route_internal.h"

void route_add_reason(struct route_decision *decision, const char *code, float weight,
                      const char *format, ...) {
  if (decision->reasons_count == ROUTE_REASONS_MAX)
    return;
  struct route_reason *reason = &decision->reasons[decision->reasons_count++];
  va_list args;
  va_start(args, format);
  vsnprintf(reason->text, sizeof reason->text, format, args);
  va_end(args);
  reason->code = code;
  reason->weight = weight;
}

enum { SHARE_TEXT_MAX = 24 };

/* A share with two decimals, written into the end of text; returns where it begins. Without
 * printf, which takes as long as all else that a reason says. */
static const char *share_text(double share, char text[SHARE_TEXT_MAX]) {
  unsigned left = (unsigned)lround(fmin(fmax(share, 0.0), 1e6) * 100);
  char *at = text + SHARE_TEXT_MAX;
  *--at = '\0';
  for (int digits = 1; digits <= 3 || left > 0; digits++, left /= 10) {
    *--at = (char)('0' + left % 10);
    if (digits == 2)
      *--at = '.';
  }
  return at;
}

/* The first tier below the chosen one that had a model: what was not good enough. */
static int passed_tier(const struct route_decision *decision, struct route_range range) {
  for (uint32_t tier = decision->tier; tier-- > range.low;)
    if (decision->alternatives[tier].model >= 0)
      return (int)tier;
  return -1;
}

/* For a request that named a threshold instead of a quality: tier is the one chosen, or
 * the one below it that was passed. Cost had no say, so none is spoken of. */
static void explain_threshold(const struct router *router, const char *code, uint32_t tier,
                              struct route_decision *decision) {
  route_add_reason(decision, code, 0,
                   "%s is not good enough with probability %.3g; the threshold is %.3g",
                   router->catalog->tiers[tier].name,
                   1 - (double)decision->alternatives[tier].probability, decision->strong_from);
}

void route_explain_choice(const struct router *router, struct route_range range, double risk,
                          struct route_decision *decision) {
  const struct catalog_tier *tiers = router->catalog->tiers;
  const char *name = tiers[decision->tier].name;
  double probability = (double)decision->alternatives[decision->tier].probability;
  int passed = passed_tier(decision, range);
  char first[SHARE_TEXT_MAX], second[SHARE_TEXT_MAX];
  if (decision->degraded)
    route_add_reason(decision, "degraded", 0,
                     "there was no time to score the prompt, so the safe tier is taken");
  else if (decision->abstained)
    route_add_reason(decision, "abstained", 0,
                     "the prompt is unlike anything learned, so the safe tier is taken");
  else if (decision->by_threshold && (int)decision->tier < route_highest_tier(decision, range))
    explain_threshold(router, "good_enough", decision->tier, decision);
  else if ((int)decision->tier < route_highest_tier(decision, range))
    route_add_reason(decision, "good_enough", 0,
                     "%s is good enough with probability %s; a dearer tier is not worth its cost "
                     "from %s on",
                     name, share_text(probability, first), share_text(decision->threshold, second));
  else if (passed < 0)
    route_add_reason(decision, "best_allowed", 0, "no cheaper tier is allowed than %s", name);
  else if (model_risk(router->model, (size_t)passed, decision->alternatives[passed].probability) >
           risk)
    route_add_reason(decision, "max_risk", 0, "%s would fail more often than max_risk %.3g allows",
                     tiers[passed].name, risk);
  else if (decision->by_threshold)
    explain_threshold(router, "worth_it", (uint32_t)passed, decision);
  else
    route_add_reason(decision, "worth_it", 0,
                     "%s is worth its cost: %s is good enough with probability %s only", name,
                     tiers[passed].name,
                     share_text((double)decision->alternatives[passed].probability, first));
}

void route_explain_images(const struct router *router, const struct route_expected *expected,
                          struct route_decision *decision) {
  const struct catalog_model *model = &router->catalog->models[decision->model];
  const struct token_counts *counts = &expected->counts;
  const enum image_rule rule = token_family_images(model->tokenizer, model->images);
  const uint32_t assumed = counts->images_assumed[rule];
  if (assumed == 0)
    return;
  if (rule == IMAGES_UNKNOWN)
    route_add_reason(decision, "images_assumed", 0,
                     "how %.64s counts images is not known: %u tokens each are assumed",
                     model->name, (unsigned)(counts->image_tokens[rule] / assumed));
  else
    route_add_reason(decision, "images_assumed", 0,
                     "the size of %u of %u images is not known: %d x %d pixels are assumed",
                     assumed, counts->images, IMAGE_TYPICAL_PX, IMAGE_TYPICAL_PX);
}

/* Where a value lies among those of training, in words. */
static const char *position_text(float position) {
  static const char *const words[] = {"far below", "below", "about", "above", "far above"};
  return words[position < -0.75f   ? 0
               : position < -0.25f ? 1
               : position <= 0.25f ? 2
               : position <= 0.75f ? 3
                                   : 4];
}

static void explain_part(const struct router *router, const struct features *features,
                         const struct contribution *part, struct route_decision *decision) {
  const char *name = model_feature_name(router->model, part->feature);
  const char *tier = router->catalog->tiers[decision->explained_tier].name;
  const char *side = part->weight >= 0 ? "for" : "against";
  if (part->feature < FEATURES_COUNT) {
    float position = model_feature_position(router->model, features, part->feature);
    route_add_reason(decision, name, part->weight, "%s, %s the middle: speaks %s %s",
                     model_feature_meaning(router->model, part->feature), position_text(position),
                     side, tier);
  } else {
    float share;
    const char *kind = model_kind(router->model, features, &share);
    route_add_reason(decision, name, part->weight,
                     "its words are like those of %s (%.2f): speaks %s %s", kind, (double)share,
                     side, tier);
  }
}

/* The features behind the machine that separates the chosen tier from the next, or from
 * the one below when the top was chosen. Their weights and the rest's sum to how far
 * its margin lies above what it needed. */
void route_explain_features(const struct router *router, const struct route_scratch *scratch,
                            struct route_decision *decision) {
  const struct features *features = route_scratch_features(scratch);
  struct contribution parts[ROUTE_EXPLAINED_MAX];
  size_t tiers = router->catalog->tiers_count;
  uint32_t head = decision->tier + 1 < tiers ? decision->tier : decision->tier - 1;
  float rest;
  double needed = route_needed(decision, decision->prediction.good, decision->shares, tiers, head);
  decision->explained = true;
  decision->explained_tier = head;
  decision->margin = decision->prediction.margin[head];
  decision->margin_needed = model_margin_at(router->model, head, needed);
  size_t count = model_explain(router->model, features, head, parts, ROUTE_EXPLAINED_MAX, &rest);
  for (size_t i = 0; i < count; i++)
    explain_part(router, features, &parts[i], decision);
  route_add_reason(decision, "rest", rest - decision->margin_needed,
                   "all other features, less what %s needs (probability %.2f)",
                   router->catalog->tiers[head].name, needed);
}
