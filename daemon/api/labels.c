/* labels.c - the string members of "metadata", bounded.
 *
 * The bounds are for the log, whose lines they would swell; the provider, who gets
 * the request from the caller and not from tierd, sees all of it. */
#include "daemon/api/labels.h"

/* The longest beginning of at most max bytes that does not split a character. The
 * text is valid UTF-8: json_check() has seen it. */
static struct span cut(const char *text, size_t max) {
  size_t len = strlen(text);
  if (len <= max)
    return span_make(text, len);
  len = max;
  while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
    len--;
  return span_make(text, len);
}

void labels_parse(const cJSON *metadata, struct labels *out) {
  const cJSON *item;
  out->count = 0;
  if (!cJSON_IsObject(metadata))
    return;
  cJSON_ArrayForEach(item, metadata) {
    if (out->count == LABELS_MAX)
      return;
    const size_t key_len = strlen(item->string);
    /* A key of the same name again would make the log's object ambiguous. */
    if (!cJSON_IsString(item) || key_len == 0 || key_len > LABEL_KEY_BYTES_MAX ||
        labels_find(out, item->string).ptr)
      continue;
    out->list[out->count++] = (struct label){span_make(item->string, key_len),
                                             cut(item->valuestring, LABEL_VALUE_BYTES_MAX)};
  }
}

struct span labels_find(const struct labels *labels, const char *key) {
  for (size_t i = 0; i < labels->count; i++)
    if (span_is(labels->list[i].key, key))
      return labels->list[i].value;
  return span_make(NULL, 0);
}
