/* join_row.c - what the decision log and feedback together say, as tier-train reads
 * it: see "Labelled logs" in the README.
 *
 * An outcome stands under the model that answered: the one that feedback names, else
 * the one that was chosen. An escalation without a score says that the chosen model
 * was not good enough, so its score is 0, marked by "score_from"; if feedback names
 * another model, tokens and cost are that one's, and are left out. "propensity" is the
 * chance that the router had of its choice, so it goes with the chosen model alone.
 *
 * A question that was asked again, or an answer that was called wrong, is a weak word
 * against the chosen model: score REASKED_SCORE, marked as well. Anything that feedback
 * says of the answer's quality goes before it. */
#include "daemon/ctl/join_row.h"

#include <math.h>
#include <string.h>

/* Not good enough, but nobody has said how bad; people also ask again out of curiosity. */
#define REASKED_SCORE 0.3

/* Where a score comes from, and what it then is. */
struct judgement {
  const char *from; /* for "score_from"; NULL where feedback gave it */
  double score;     /* NaN: there is none */
};

static struct judgement judge(const struct join_feedback *feedback) {
  if (!isnan(feedback->score))
    return (struct judgement){NULL, feedback->score};
  if (feedback->escalated)
    return (struct judgement){"escalated", 0};
  /* "escalated": false says that the answer did, a label that somebody has judged. */
  if (feedback->reasked && !feedback->label && !(feedback->has & 1U << JOIN_ESCALATED))
    return (struct judgement){"reasked", REASKED_SCORE};
  return (struct judgement){NULL, (double)NAN};
}

static bool add_number(cJSON *object, const char *name, double value) {
  return isnan(value) || cJSON_AddNumberToObject(object, name, value) != NULL;
}

static bool add_text(cJSON *object, const char *name, const char *text) {
  return !text || cJSON_AddStringToObject(object, name, text) != NULL;
}

/* Moves a member from one object to the other, if it is there and not null. */
static bool move(cJSON *from, cJSON *to, const char *name) {
  if (!ctl_member_get(from, name))
    return true;
  cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, name);
  if (cJSON_AddItemToObject(to, name, item))
    return true;
  cJSON_Delete(item);
  return false;
}

static bool fill_outcome(cJSON *outcome, const struct join_feedback *feedback,
                         const struct judgement *judged, bool own_usage) {
  /* own_usage: tokens and cost are of the model that the outcome stands under. */
  bool ok = add_number(outcome, "score", judged->score);
  if (own_usage)
    ok = ok && add_number(outcome, "input_tokens", feedback->input_tokens) &&
         add_number(outcome, "output_tokens", feedback->output_tokens) &&
         add_number(outcome, "cost_usd", feedback->cost_usd);
  if (feedback->has & 1U << JOIN_ESCALATED)
    ok = ok && cJSON_AddBoolToObject(outcome, "escalated", feedback->escalated);
  return ok && add_text(outcome, "score_from", judged->from);
}

/* The trainer takes no outcome without a score. */
static bool add_outcomes(cJSON *row, struct join_line *decision,
                         const struct join_feedback *feedback) {
  const struct judgement judged = judge(feedback);
  const bool inferred = judged.from != NULL;
  if (isnan(judged.score))
    return true;
  /* Without a name it is the chosen model that answered. */
  const bool own_usage = !feedback->model || strcmp(feedback->model, decision->model) == 0;
  const char *model = inferred || !feedback->model ? decision->model : feedback->model;
  cJSON *outcomes = cJSON_AddObjectToObject(row, "outcomes");
  cJSON *outcome = outcomes ? cJSON_AddObjectToObject(outcomes, model) : NULL;
  if (!outcome || !fill_outcome(outcome, feedback, &judged, own_usage || !inferred))
    return false;
  return strcmp(model, decision->model) != 0 || move(decision->tree, row, "propensity");
}

static bool fill(cJSON *row, struct join_line *decision, const struct join_feedback *feedback) {
  return add_text(row, "id", decision->id) && move(decision->tree, row, "time") &&
         move(decision->tree, row, "task") && add_text(row, "source", "tierd") &&
         add_text(row, "label", feedback->label) && add_outcomes(row, decision, feedback) &&
         move(decision->tree, row, "features") && move(decision->tree, row, "prompt") &&
         move(decision->tree, row, "messages");
}

enum join_row_status join_row_make(struct join_line *decision, const struct join_feedback *feedback,
                                   char **out) {
  /* cJSON reports no memory by NULL all along, so one check at the end would not do; fill()
   * checks each step. */
  *out = NULL;
  if (isnan(judge(feedback).score) && !feedback->label)
    return JOIN_ROW_UNLABELLED;
  cJSON *row = cJSON_CreateObject();
  if (row && fill(row, decision, feedback))
    *out = cJSON_PrintUnformatted(row);
  cJSON_Delete(row);
  return *out ? JOIN_ROW_MADE : JOIN_ROW_NO_MEMORY;
}
