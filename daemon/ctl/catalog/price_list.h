/* price_list.h - other people's price lists, read as they are.
 *
 *   struct list_options options = {.providers = "openai"};
 *   struct price_list list;
 *   struct catalog_error err;
 *   if (!price_list_load(path, &options, &list, &err)) ...   // err.text says why
 *   price_list_unload(&list);
 *
 * Two forms are told apart by what is in them: LiteLLM's
 * model_prices_and_context_window.json and models.dev's api.json.
 */
#ifndef TIERD_CTL_CATALOG_PRICE_LIST_H
#define TIERD_CTL_CATALOG_PRICE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config/catalog_load.h"
#include "daemon/config/catalog_memory.h"
#include "daemon/router/catalog.h"

enum { PRICE_LIST_BYTES_MAX = 32 * 1024 * 1024, PRICE_LIST_MODELS_MAX = 50000 };

enum list_format { LIST_LITELLM, LIST_MODELS_DEV };

/* Which models of a list are wanted. Globs are several with commas between. */
struct list_options {
  const char *providers; /* globs of the list's provider names; NULL for all */
  const char *models;    /* globs of model names; NULL for all */
  bool zero_is_free;     /* believe prices of 0; else they are unknown */
};

/* One model of a list. Strings and lists belong to the price list. */
struct listed_model {
  struct catalog_model model; /* as a catalogue has it; its tier means nothing */
  const char *notes;          /* why figures are unknown, sentences with ";" between */
  const char *refused;        /* why it cannot be in a catalogue; NULL: it can */
  const char *ends;           /* when the provider ends it, "YYYY-MM-DD"; "" unknown */
  int64_t ends_days;          /* the same in days since 1970-01-01; -1 unknown */
  bool retired;               /* the list says outright that it is deprecated */
};

struct price_list {
  enum list_format format;
  struct listed_model *models; /* by name, then by provider */
  size_t count;
  size_t not_chat; /* entries passed over, for they are no chat models */
  size_t filtered; /* chat models that the options passed over */
  struct catalog_memory *memory;
};

/* Reads the list at path. False with err filled otherwise, *out then untouched. */
bool price_list_load(const char *path, const struct list_options *options, struct price_list *out,
                     struct catalog_error *err);

/* The same from memory; name stands for the file in errors. text is modified. */
bool price_list_parse(const char *name, char *text, size_t len, const struct list_options *options,
                      struct price_list *out, struct catalog_error *err);

void price_list_unload(struct price_list *list);

/* The entry for a catalogue's model: that name, of the same provider if several have
 * it. NULL when there is none. *others is then the provider of one that has the name
 * but bills for itself, or NULL. */
const struct listed_model *price_list_find(const struct price_list *list, const char *name,
                                           const char *provider, const char **other);

/* "LiteLLM's" or "models.dev's". */
const char *price_list_owner(enum list_format format);

#endif
