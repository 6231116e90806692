/* import_report.h - what an import did, for people and for programs. */
#ifndef TIERD_CTL_CATALOG_IMPORT_REPORT_H
#define TIERD_CTL_CATALOG_IMPORT_REPORT_H

#include <cjson/cJSON.h>

#include "daemon/ctl/catalog/plan.h"
#include "daemon/ctl/term.h"

/* Tables of what was updated, added and so on, and a sum. False when memory is out. */
bool import_report_print(const struct plan *plan, const struct plan_input *input,
                         const struct term *term);

/* {"format", "as_of", "counts", "models": [{"model", "action", ...}]}; NULL when memory
 * is out. */
cJSON *import_report_json(const struct plan *plan, const struct plan_input *input);

#endif
