/* models_view.h - the catalogue of /v1/models as a table.
 *
 * quiet prints the names alone. False when memory ran out. */
#ifndef TIERD_CTL_MODELS_VIEW_H
#define TIERD_CTL_MODELS_VIEW_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/term.h"

bool models_view_print(const cJSON *tree, const struct term *term, bool quiet);

#endif
