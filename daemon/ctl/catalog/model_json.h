/* model_json.h - a model of a price list as an entry of the catalogue's JSON. */
#ifndef TIERD_CTL_CATALOG_MODEL_JSON_H
#define TIERD_CTL_CATALOG_MODEL_JSON_H

#include <cjson/cJSON.h>

#include "daemon/ctl/catalog/price_list.h"

/* What every entry of one import has in common. */
struct model_origin {
  enum list_format format;
  const char *as_of; /* "YYYY-MM-DD" */
};

/* A new entry, for the caller to add or delete; NULL when memory is out. */
cJSON *model_json_create(const struct listed_model *listed, const char *tier,
                         const struct model_origin *origin);

/* Brings an entry up to date: writes the keys in which merged differs from base, and
 * nothing else. False when memory is out. */
bool model_json_update(cJSON *entry, const struct catalog_model *base,
                       const struct catalog_model *merged);

/* Writes date and source of an entry whose prices the list has confirmed or changed. */
bool model_json_stamp(cJSON *entry, const struct listed_model *listed,
                      const struct model_origin *origin, bool changed);

#endif
