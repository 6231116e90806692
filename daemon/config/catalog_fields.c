/* catalog_fields.c - typed, checked access to the catalogue's JSON.
 *
 * The JSON library gives a tree of lists in which keys may repeat and numbers may
 * be anything. Each function here turns one value of it into what the catalogue
 * holds, or into an error that a person can act on. Which keys there are is known
 * to catalog_load.c and catalog_model.c.
 */
#include "daemon/config/catalog_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/config/nearest.h"
#include "daemon/config/quote.h"

/* Prices outside these are slips: per token or per thousand instead of per
 * million, cents instead of dollars. 0 is a price too, that of one's own machines. */
static const double price_usd_min = 0.001;
static const double price_usd_max = 100000;
static const double tokens_max = 1e9;

enum { FILE_BYTES_SHOWN = 120 }; /* of the file's name in an error */

/* Text that is cut off when the buffer is full; out always ends with a NUL. */
struct text_builder {
  char *out;
  size_t size;
  size_t len;
};

static void append(struct text_builder *text, const char *bytes, size_t len) {
  for (size_t i = 0; i < len && text->len + 1 < text->size; i++)
    text->out[text->len++] = bytes[i];
  text->out[text->len] = '\0';
}

/* The JSON pointer (RFC 6901): "/models/openai~1gpt-oss". The chain is as deep as
 * the format, eight steps, so recursion is bounded. */
static void append_pointer(struct text_builder *text, const struct json_place *place) {
  if (place == NULL)
    return;
  append_pointer(text, place->up);
  append(text, "/", 1);
  struct quoted shown;
  for (const char *c = quote(&shown, span_of(place->key)); *c != '\0'; c++) {
    if (*c == '~')
      append(text, "~0", 2);
    else if (*c == '/')
      append(text, "~1", 2);
    else
      append(text, c, 1);
  }
}

/* The end of a long path says more than its beginning, and the message behind it
 * must still have room. */
static void append_file(struct text_builder *text, const char *file) {
  const size_t len = strlen(file);
  const size_t shown = len > FILE_BYTES_SHOWN ? FILE_BYTES_SHOWN : len;
  append(text, "...", shown < len ? 3 : 0);
  append(text, file + len - shown, shown);
}

bool catalog_fail(const struct catalog_reader *reader, const struct json_place *place,
                  const char *format, ...) {
  /* The place comes first, but is known in pieces only, so the message waits. */
  char message[320];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);

  struct text_builder text = {reader->err->text, sizeof reader->err->text, 0};
  append_file(&text, reader->file);
  append(&text, ": ", 2);
  append_pointer(&text, place);
  append(&text, ": ", place != NULL ? 2 : 0);
  append(&text, message, strlen(message));
  return false;
}

bool catalog_fail_memory(const struct catalog_reader *reader) {
  return catalog_fail(reader, NULL, "out of memory");
}

/* A misspelt key would else be a price that is silently unknown. */
static bool fail_unknown_key(const struct catalog_reader *reader, const struct json_place *place,
                             const char *const *keys, size_t keys_count) {
  struct nearest nearest;
  nearest_init(&nearest, span_of(place->key));
  for (size_t i = 0; i < keys_count; i++)
    nearest_offer(&nearest, keys[i]);
  const char *name = nearest_name(&nearest);
  return catalog_fail(reader, place, "unknown key%s%s%s", name != NULL ? "; did you mean \"" : "",
                      name != NULL ? name : "", name != NULL ? "\"?" : "");
}

bool catalog_keys(const struct catalog_reader *reader, const struct json_place *place,
                  const cJSON *item, const char *const *keys, size_t keys_count) {
  if (item == NULL)
    return catalog_fail(reader, place, "missing; expected an object");
  if (!cJSON_IsObject(item))
    return catalog_fail(reader, place, "expected an object");
  /* The first unknown or repeated key ends the walk, so an object of a hundred
   * thousand keys costs no more than the known ones. */
  uint32_t seen = 0;
  const cJSON *child;
  cJSON_ArrayForEach(child, item) {
    const struct json_place here = {place, child->string};
    size_t i = 0;
    while (i < keys_count && strcmp(child->string, keys[i]) != 0)
      i++;
    if (i == keys_count)
      return fail_unknown_key(reader, &here, keys, keys_count);
    if ((seen & (UINT32_C(1) << i)) != 0)
      return catalog_fail(reader, &here, "appears twice; keep one");
    seen |= UINT32_C(1) << i;
  }
  return true;
}

const cJSON *catalog_value(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsNull(item) ? NULL : item;
}

bool catalog_name_check(const struct catalog_reader *reader, const struct json_place *place,
                        const char *text) {
  const size_t len = strlen(text);
  if (len == 0)
    return catalog_fail(reader, place, "an empty name");
  if (len > CATALOG_NAME_BYTES_MAX)
    return catalog_fail(reader, place, "a name of %zu bytes; expected at most %d", len,
                        CATALOG_NAME_BYTES_MAX);
  /* Model and tier names are echoed in response headers and metric labels. A line
   * end in one would let a catalogue write headers of its own. */
  for (size_t i = 0; i < len; i++) {
    if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
      return catalog_fail(reader, place,
                          "a name that cannot stand in an HTTP header; expected visible ASCII "
                          "characters without spaces, quotes and backslashes");
  }
  return true;
}

/* Finds key. True with *item NULL when the value is absent or null and may be. */
static bool find(const struct catalog_reader *reader, const struct json_place *here,
                 const cJSON *object, bool required, const char *expected, const cJSON **item) {
  *item = cJSON_GetObjectItemCaseSensitive(object, here->key);
  if (*item == NULL && required)
    return catalog_fail(reader, here, "missing; expected %s", expected);
  if (cJSON_IsNull(*item))
    *item = NULL;
  return true;
}

bool catalog_string(const struct catalog_reader *reader, const struct json_place *place,
                    const cJSON *object, const char *key, bool required, enum catalog_text kind,
                    const char **out) {
  const struct json_place here = {place, key};
  const cJSON *item;
  *out = "";
  if (!find(reader, &here, object, required, "a string", &item))
    return false;
  if (item == NULL)
    return required ? catalog_fail(reader, &here, "null; expected a string") : true;
  if (!cJSON_IsString(item))
    return catalog_fail(reader, &here, "expected a string");
  if (kind == CATALOG_NAME && !catalog_name_check(reader, &here, item->valuestring))
    return false;
  const struct span text = span_of(item->valuestring);
  if (text.len > CATALOG_TEXT_BYTES_MAX)
    return catalog_fail(reader, &here, "a text of %zu bytes; expected at most %d", text.len,
                        CATALOG_TEXT_BYTES_MAX);
  const char *copy = catalog_memory_string(reader->memory, text);
  if (copy == NULL)
    return catalog_fail_memory(reader);
  *out = copy;
  return true;
}

bool catalog_price(const struct catalog_reader *reader, const struct json_place *place,
                   const cJSON *object, const char *key, bool required, int64_t *out) {
  const struct json_place here = {place, key};
  const cJSON *item;
  *out = MONEY_UNKNOWN;
  if (!find(reader, &here, object, required,
            "USD per million tokens; write null if it is not published", &item))
    return false;
  if (item == NULL)
    return true;
  if (!cJSON_IsNumber(item))
    return catalog_fail(reader, &here,
                        "expected a number, USD per million tokens, or null if it is not "
                        "published");
  const double usd = item->valuedouble;
  if (!isfinite(usd) || usd < 0)
    return catalog_fail(reader, &here, "%g is no price; expected 0 or more, or null", usd);
  if (usd > price_usd_max)
    return catalog_fail(reader, &here, "%g is absurd; expected USD per million tokens, at most %g",
                        usd, price_usd_max);
  /* Other price lists count per token; the cheapest model there is costs more
   * than this per million. */
  if (usd > 0 && usd < price_usd_min)
    return catalog_fail(reader, &here,
                        "%g is absurdly little; expected USD per million tokens: multiply a price "
                        "per token by 1000000",
                        usd);
  *out = money_from_usd(usd);
  return true;
}

bool catalog_tokens(const struct catalog_reader *reader, const struct json_place *place,
                    const cJSON *object, const char *key, bool required, uint64_t *out) {
  const struct json_place here = {place, key};
  const cJSON *item;
  *out = 0;
  if (!find(reader, &here, object, required, "a number of tokens", &item))
    return false;
  if (item == NULL)
    return required ? catalog_fail(reader, &here, "null; expected a number of tokens") : true;
  /* Whatever is no number becomes one that is out of range. */
  const double tokens = cJSON_IsNumber(item) ? item->valuedouble : -1;
  /* Written so that NaN fails too. */
  if (!(tokens >= 1 && tokens <= tokens_max && floor(tokens) >= tokens))
    return catalog_fail(reader, &here, "expected a whole number of tokens from 1 to %.0f%s",
                        tokens_max, required ? "" : ", or null if it is not known");
  *out = (uint64_t)tokens;
  return true;
}
