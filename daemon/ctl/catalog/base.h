/* base.h - a catalogue that is to be brought up to date: what it means, and its text. */
#ifndef TIERD_CTL_CATALOG_BASE_H
#define TIERD_CTL_CATALOG_BASE_H

#include <cjson/cJSON.h>

#include "daemon/config/catalog_load.h"

struct catalog_base {
  struct catalog catalog;
  cJSON *root;
  char *head; /* the comments before the first brace, NUL-terminated */
};

/* Reads the catalogue at path. False with err filled. The caller deinits it. */
bool catalog_base_load(struct catalog_base *base, const char *path, struct catalog_error *err);

/* The same from memory. text is modified. */
bool catalog_base_parse(struct catalog_base *base, const char *name, char *text, size_t len,
                        struct catalog_error *err);

void catalog_base_deinit(struct catalog_base *base);

#endif
