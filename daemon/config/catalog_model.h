/* catalog_model.h - one entry of the catalogue's "models". */
#ifndef TIERD_CONFIG_CATALOG_MODEL_H
#define TIERD_CONFIG_CATALOG_MODEL_H

#include "daemon/config/catalog_fields.h"

/* Reads item, an object whose key is the model's name, into *model. The catalogue's
 * tiers must be there already. False with the reader's error filled. */
bool catalog_model_read(const struct catalog_reader *reader, const struct json_place *models,
                        const cJSON *item, const struct catalog *catalog,
                        struct catalog_model *model);

#endif
