/* shard_manifest.c - a line of PREFIX.shard, and back.
 *
 * It says what the rows are of, and has the checksums that tell a whole shard from one
 * that was cut or altered. Whether parts fit together is left to shard_read.c. */
#include "classifier/train/shard.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "classifier/text/json_check.h"

/* Above it, doubles leave numbers out. */
#define COUNT_MAX 9007199254740992.0

static void print_count(struct shard_text *out, const char *name, uint64_t value) {
  shard_text_string(out, name);
  shard_text_integer(out, value);
}

static void print_text(struct shard_text *out, const char *name, const char *value) {
  shard_text_string(out, name);
  shard_text_json(out, value);
}

static void schema_text(char out[17]) {
  (void)snprintf(out, 17, "%016llx", (unsigned long long)features_schema_hash());
}

void shard_manifest_print(struct shard_text *out, const struct shard_manifest *manifest) {
  char schema[17];
  schema_text(schema);
  print_count(out, "{\"shard\":", SHARD_VERSION);
  print_text(out, ",\"schema\":", schema);
  print_text(out, ",\"log\":", manifest->log);
  print_count(out, ",\"part\":", manifest->part);
  print_count(out, ",\"parts\":", manifest->parts);
  print_count(out, ",\"log_bytes\":", manifest->log_bytes);
  if (manifest->log_hash[0])
    print_text(out, ",\"log_hash\":", manifest->log_hash);
  print_count(out, ",\"rows\":", manifest->rows);
  print_count(out, ",\"bad_lines\":", manifest->bad_lines);
  print_count(out, ",\"svm_bytes\":", manifest->svm_bytes);
  print_text(out, ",\"svm_hash\":", manifest->svm_hash);
  print_count(out, ",\"meta_bytes\":", manifest->meta_bytes);
  print_text(out, ",\"meta_hash\":", manifest->meta_hash);
  shard_text_string(out, "}\n");
}

/* ---- and back */

/* A whole number within bounds; false with the complaint filled. */
static bool take_count(const cJSON *line, const char *name, uint64_t least, double most,
                       uint64_t *out, struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);
  double value = cJSON_IsNumber(item) ? item->valuedouble : -1;
  if (value >= (double)least && value <= most && value == floor(value)) {
    *out = (uint64_t)value;
    return true;
  }
  (void)labelled_complain(complaint, "a whole number within its bounds", "%s is missing or wrong",
                          name);
  return false;
}

/* 32 hexadecimal digits. */
static bool take_hash(const cJSON *line, const char *name, char out[33],
                      struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);
  const char *text = cJSON_IsString(item) ? item->valuestring : "";
  if (strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32) {
    memcpy(out, text, 33);
    return true;
  }
  (void)labelled_complain(complaint, "32 hexadecimal digits", "%s is missing or wrong", name);
  return false;
}

/* Rows of other features would train another model, or none. */
static bool check_versions(const cJSON *line, struct labelled_complaint *complaint) {
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(line, "shard");
  const cJSON *schema = cJSON_GetObjectItemCaseSensitive(line, "schema");
  char ours[17];
  char wanted[128];
  schema_text(ours);
  if (!cJSON_IsNumber(version) || version->valuedouble != SHARD_VERSION) {
    (void)labelled_complain(complaint, "\"shard\": 1 (make the shards with this program)",
                            "no shard, or of another version");
    return false;
  }
  if (cJSON_IsString(schema) && strcmp(schema->valuestring, ours) == 0)
    return true;
  (void)snprintf(wanted, sizeof wanted, "schema \"%s\" (make the shards anew with this program)",
                 ours);
  (void)labelled_complain(complaint, wanted, "the rows are of another feature schema");
  return false;
}

/* The name goes into messages and the model's header. */
static bool take_name(const cJSON *line, char out[SHARD_NAME_MAX],
                      struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, "log");
  const char *text = cJSON_IsString(item) ? item->valuestring : "";
  bool ok = *text && strlen(text) < SHARD_NAME_MAX && !strchr(text, '/');
  for (const char *c = text; ok && *c; c++)
    ok = (unsigned char)*c >= ' ' && *c != 127;
  if (ok)
    memcpy(out, text, strlen(text) + 1);
  else
    (void)labelled_complain(complaint, "the name of a file, without directories",
                            "log is missing or wrong");
  return ok;
}

static bool take_part(const cJSON *line, struct shard_manifest *manifest,
                      struct labelled_complaint *complaint) {
  uint64_t part = 0;
  uint64_t parts = 0;
  if (!take_count(line, "parts", 1, SHARD_PARTS_MAX, &parts, complaint) ||
      !take_count(line, "part", 1, (double)parts, &part, complaint))
    return false;
  manifest->part = (uint32_t)part;
  manifest->parts = (uint32_t)parts;
  return part > 1 || take_hash(line, "log_hash", manifest->log_hash, complaint);
}

static bool take_fields(const cJSON *line, struct shard_manifest *m,
                        struct labelled_complaint *complaint) {
  return check_versions(line, complaint) && take_name(line, m->log, complaint) &&
         take_part(line, m, complaint) &&
         take_count(line, "log_bytes", 0, COUNT_MAX, &m->log_bytes, complaint) &&
         take_count(line, "rows", 0, UINT32_MAX, &m->rows, complaint) &&
         take_count(line, "bad_lines", 0, UINT32_MAX, &m->bad_lines, complaint) &&
         take_count(line, "svm_bytes", 0, COUNT_MAX, &m->svm_bytes, complaint) &&
         take_count(line, "meta_bytes", 0, COUNT_MAX, &m->meta_bytes, complaint) &&
         take_hash(line, "svm_hash", m->svm_hash, complaint) &&
         take_hash(line, "meta_hash", m->meta_hash, complaint);
}

enum labelled_status shard_manifest_parse(struct shard_manifest *manifest, char *text, size_t len,
                                          struct labelled_complaint *complaint) {
  static const struct json_limits limits = {4, 64};
  struct json_error error;
  *manifest = (struct shard_manifest){0};
  if (json_check(text, len, &limits, &error) != JSON_OK)
    return labelled_complain(complaint, "one JSON object a line", "%s at byte %zu",
                             json_status_text(error.status), error.offset);
  cJSON *line = cJSON_ParseWithLength(text, len);
  if (!line)
    return LABELLED_MEMORY;
  bool ok = take_fields(line, manifest, complaint);
  cJSON_Delete(line);
  return ok ? LABELLED_OK : LABELLED_BAD;
}
