/* decision_view.h - a routing decision as lines for people.
 *
 * tree is the daemon's answer; members that are missing or of a wrong type read
 * "unknown". False when memory ran out and lines are missing. */
#ifndef TIERD_CTL_DECISION_VIEW_H
#define TIERD_CTL_DECISION_VIEW_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/term.h"

bool decision_view_print(const cJSON *tree, const struct term *term);

/* The chosen model's name alone. */
void decision_view_print_model(const cJSON *tree, const struct term *term);

/* The share saved against the top tier, NAN when unknown. */
double decision_view_saving_ratio(const cJSON *cost);

/* The probability that the chosen tier is good enough, NAN when unknown. */
double decision_view_probability(const cJSON *tree);

#endif
