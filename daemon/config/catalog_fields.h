/* catalog_fields.h - typed, checked access to the catalogue's JSON.
 *
 * Each reader takes an object and a key, checks the value, and either stores it or
 * fills the error with the value's JSON pointer, what is wrong and how to mend it.
 *
 *   struct json_place here = {&models_place, "gpt-x"};
 *   return catalog_keys(reader, &here, object, keys, keys_count) &&
 *          catalog_price(reader, &here, object, "input", true, &model->price.input);
 */
#ifndef TIERD_CONFIG_CATALOG_FIELDS_H
#define TIERD_CONFIG_CATALOG_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/config/catalog_load.h"
#include "daemon/config/catalog_memory.h"

struct catalog_reader {
  const char *file;              /* its name, for errors */
  struct catalog_memory *memory; /* that strings are copied to */
  struct catalog_error *err;
};

/* Where a value stands: a chain towards the root, on the callers' stacks. A NULL
 * place is the root. */
struct json_place {
  const struct json_place *up;
  const char *key; /* not escaped; an array's index as text */
};

enum catalog_text {
  CATALOG_TEXT, /* anything a person may write */
  CATALOG_NAME  /* goes into HTTP headers and metrics: visible ASCII, no quotes */
};

/* Lengths of strings, in bytes. */
enum { CATALOG_NAME_BYTES_MAX = 128, CATALOG_TEXT_BYTES_MAX = 4096 };

/* Fills the error: "FILE: /json/pointer: message". Always false. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool catalog_fail(const struct catalog_reader *reader, const struct json_place *place,
                  const char *format, ...);

/* Fills the error for a failed allocation. Always false. */
bool catalog_fail_memory(const struct catalog_reader *reader);

/* That item is an object whose keys are all among keys, each at most once. item
 * may be NULL, which fails as missing. keys_count is at most 32. */
bool catalog_keys(const struct catalog_reader *reader, const struct json_place *place,
                  const cJSON *item, const char *const *keys, size_t keys_count);

/* The value of an object's key, or NULL when it is absent or null. */
const cJSON *catalog_value(const cJSON *object, const char *key);

/* That text is a good name: see CATALOG_NAME. */
bool catalog_name_check(const struct catalog_reader *reader, const struct json_place *place,
                        const char *text);

/* A string, copied. Absent or null it is "" unless required. */
bool catalog_string(const struct catalog_reader *reader, const struct json_place *place,
                    const cJSON *object, const char *key, bool required, enum catalog_text kind,
                    const char **out);

/* USD per million tokens to nano-USD. null, or the key absent when it is not
 * required, is MONEY_UNKNOWN. */
bool catalog_price(const struct catalog_reader *reader, const struct json_place *place,
                   const cJSON *object, const char *key, bool required, int64_t *out);

/* A whole number of tokens from 1. null, or the key absent when it is not
 * required, is 0. */
bool catalog_tokens(const struct catalog_reader *reader, const struct json_place *place,
                    const cJSON *object, const char *key, bool required, uint64_t *out);

#endif
