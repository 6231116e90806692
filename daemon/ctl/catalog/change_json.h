/* change_json.h - changed figures as JSON and as rows of a table. */
#ifndef TIERD_CTL_CATALOG_CHANGE_JSON_H
#define TIERD_CTL_CATALOG_CHANGE_JSON_H

#include <cjson/cJSON.h>

#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/table.h"

/* [{"figure", "from", "to", "percent"}], null for what is not known. NULL when memory
 * is out. */
cJSON *change_json(const struct figure_changes *changes);

/* The columns of a table of changes, and a row of it for each. */
enum { CHANGE_COLUMNS = 5 };
extern const struct table_column change_columns[CHANGE_COLUMNS];
void change_rows(struct ctl_table *table, const char *model, const struct figure_changes *changes);

#endif
