/* list_formats.h - the two forms of price lists that are read.
 *
 * Each _is() says whether a value of the list's top level looks like an entry of the
 * form, each _read() fills entry->out from one. _read() is false only when memory is
 * out; whatever else is wrong ends in the entry's notes. */
#ifndef TIERD_CTL_CATALOG_LIST_FORMATS_H
#define TIERD_CTL_CATALOG_LIST_FORMATS_H

#include "daemon/ctl/catalog/list_entry.h"

/* A model. */
bool litellm_is(const cJSON *value);
bool litellm_is_chat(const cJSON *model);
bool litellm_read(struct list_entry *entry, const cJSON *model);

/* A provider, and a model of one. */
bool models_dev_is(const cJSON *value);
bool models_dev_is_chat(const cJSON *model);
bool models_dev_read(struct list_entry *entry, const cJSON *model);

#endif
