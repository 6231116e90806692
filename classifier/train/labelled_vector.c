/* labelled_vector.c - "features" of a line, which the decision log keeps instead of the
 * text: {"schema": 16 hexadecimal digits, "x": [a number a feature]}.
 *
 * The schema names the table of features; numbers under another one would mean something
 * else, so such a line is bad. Lines with text are not looked at here: the text says
 * more, and says it of today's features. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "classifier/features/features.h"
#include "classifier/train/labelled_log_internal.h"

static bool has(const cJSON *line, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);
  return item && !cJSON_IsNull(item);
}

bool labelled_vector_stands_alone(const cJSON *line) {
  return has(line, "features") && !has(line, "prompt") && !has(line, "messages");
}

static enum labelled_status check_schema(const cJSON *features,
                                         struct labelled_complaint *complaint) {
  const cJSON *schema = cJSON_GetObjectItemCaseSensitive(features, "schema");
  char expected[17];
  char wanted[96];
  (void)snprintf(expected, sizeof expected, "%016llx", (unsigned long long)features_schema_hash());
  (void)snprintf(wanted, sizeof wanted, "schema \"%s\", that of this program", expected);
  if (!cJSON_IsString(schema))
    return labelled_complain(complaint, wanted, "features has no schema");
  if (strlen(schema->valuestring) != 16 || strspn(schema->valuestring, "0123456789abcdef") != 16)
    return labelled_complain(complaint, wanted, "features.schema is not 16 hexadecimal digits");
  if (strcmp(schema->valuestring, expected) != 0)
    return labelled_complain(complaint, wanted,
                             "features are of schema \"%s\", extracted by another version",
                             schema->valuestring);
  return LABELLED_OK;
}

enum labelled_status labelled_vector(struct labelled_log_memory *memory, const cJSON *line,
                                     const float **out, struct labelled_complaint *complaint) {
  const cJSON *features = cJSON_GetObjectItemCaseSensitive(line, "features");
  if (!cJSON_IsObject(features))
    return labelled_complain(complaint, "an object with schema and x",
                             "features is of another type");
  enum labelled_status status = check_schema(features, complaint);
  if (status != LABELLED_OK)
    return status;
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(features, "x");
  size_t count = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
  char wanted[64];
  (void)snprintf(wanted, sizeof wanted, "%d finite numbers", FEATURES_COUNT);
  if (count != FEATURES_COUNT)
    return labelled_complain(complaint, wanted, "features.x has %zu", count);
  float *x = log_memory_take(memory, FEATURES_COUNT * sizeof *x);
  if (!x)
    return LABELLED_MEMORY;
  size_t at = 0;
  for (const cJSON *item = list->child; item; item = item->next, at++) {
    /* A number beyond float's range would become infinite. */
    if (!cJSON_IsNumber(item) || !isfinite((float)item->valuedouble))
      return labelled_complain(complaint, wanted, "features.x[%zu] is not a finite number", at);
    x[at] = (float)item->valuedouble;
  }
  *out = x;
  return LABELLED_OK;
}
