/* fuzz_model_parse.c - a hostile model file is refused with a reason, never a crash.
 *
 * Each input is tried as it is, and then as a template, for a random file would
 * never get past the checksum: the lines "@schema", "@scales", "@words" and "@kinds
 * COUNT" are replaced by what this program's features ask for, and the right checksum
 * is put at the end. A model that is accepted must then predict within its promises.
 *
 * The corpus holds templates that have to be accepted, and before anything else is
 * tried it is made sure that they are: else a change of the grammar would leave a
 * fuzzer that never gets past the field that changed.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classifier/svm/model_internal.h"

#include "require.h"

enum { TEMPLATE_BYTES_MAX = 256 * 1024, KINDS_MAX = 9 };

/* ---- what a model promises */

static void require_prediction(const struct model *model, const struct features *features) {
  struct prediction p;
  struct contribution parts[8];
  float rest;
  model_predict(model, features, &p);
  require(p.tiers_count == model_tiers_count(model) && p.good[p.tiers_count - 1] == 1);
  for (size_t t = 0; t < p.tiers_count; t++) {
    require(p.good[t] >= 0 && p.good[t] <= 1);
    require(t == 0 || p.good[t] >= p.good[t - 1]);
  }
  require(p.score >= 0 && p.score <= 1 && isfinite(p.novelty));
  require(p.output_tokens_p50 >= 0 && p.output_tokens_p90 >= p.output_tokens_p50);
  size_t count = model_explain(model, features, 0, parts, 8, &rest);
  require(count <= 8);
  for (size_t i = 0; i < count; i++)
    require(model_feature_name(model, parts[i].feature) != NULL &&
            model_feature_meaning(model, parts[i].feature) != NULL);
}

static void require_usable(const struct model *model) {
  struct turn turn = {TURN_USER, true, span_of("Prove that 2 is prime, then write it in C.")};
  struct conversation conversation = {.turns = &turn, .turns_count = 1};
  const struct model_curve_point *points;
  struct features *features = malloc(sizeof *features);
  require(features != NULL);
  require(model_tiers_count(model) >= 2 && model_tiers_count(model) <= MODEL_TIERS_MAX);
  require(model_curve(model, &points) <= MODEL_CURVE_MAX);
  features_init(features);
  features_extract(features, &conversation);
  require_prediction(model, features);
  conversation.turns_count = 0; /* nothing to score */
  features_extract(features, &conversation);
  require_prediction(model, features);
  free(features);
}

/* Parses a copy of exactly len bytes, so that the sanitizer sees any overread. True
 * when it is a model. */
static bool parse(const void *bytes, size_t len) {
  struct model *model = NULL;
  struct model_error err;
  char *copy = malloc(len);
  require(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, bytes, len);
  enum model_status status = model_parse(copy, len, &model, &err);
  free(copy); /* the model must not lean on it */
  require((status == MODEL_OK) == (model != NULL) && err.status == status);
  if (status == MODEL_OK)
    require_usable(model);
  else
    require(err.text[0] != '\0' && memchr(err.text, '\0', sizeof err.text) != NULL);
  model_destroy(model);
  return status == MODEL_OK;
}

/* ---- templates */

struct text {
  char bytes[TEMPLATE_BYTES_MAX];
  size_t len;
};

/* Appends what fits; a text that is cut is a hostile text like any other. */
__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format,
                                                         ...) {
  va_list args;
  size_t room = sizeof text->bytes - text->len;
  va_start(args, format);
  int wanted = vsnprintf(text->bytes + text->len, room, format, args);
  va_end(args);
  require(wanted >= 0);
  text->len += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static void append_bytes(struct text *text, const void *bytes, size_t len) {
  size_t room = sizeof text->bytes - text->len;
  if (len > room)
    len = room;
  memcpy(text->bytes + text->len, bytes, len);
  text->len += len;
}

/* The table of kinds, after the lines that name them: COUNT bytes a bucket, of all
 * values. COUNT is one digit. Printing it with append() would take most of the time. */
static void append_kinds(struct text *text, char digit) {
  static const char digits[] = "0123456789abcdef";
  size_t count = digit >= '1' && digit <= '9' ? (size_t)(digit - '0') : KINDS_MAX;
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++) {
    char line[2 * KINDS_MAX + 1];
    for (size_t k = 0; k < count; k++) {
      size_t value = (bucket * 7 + k * 101) & 0xFF;
      line[2 * k] = digits[value >> 4];
      line[2 * k + 1] = digits[value & 15];
    }
    line[2 * count] = '\n';
    append_bytes(text, line, 2 * count + 1);
  }
}

static void append_line(struct text *text, struct span line) {
  if (span_is(line, "@schema\n")) {
    append(text, "schema %016" PRIx64 " %d\n", features_schema_hash(), (int)FEATURES_COUNT);
  } else if (span_is(line, "@scales\n")) {
    for (size_t i = 0; i < FEATURES_COUNT; i++)
      append(text, "scale %s 0.25 3 0 0.5 8\n", features_table()[i].name);
  } else if (span_is(line, "@words\n")) {
    append(text, "words 9\n");
    for (size_t i = 0; i < 8; i++)
      append(text, "%016x%s", 0x5a5au, i % 4 == 3 ? "\n" : " ");
  } else if (line.len == 9 && memcmp(line.ptr, "@kinds ", 7) == 0) {
    append_kinds(text, line.ptr[7]);
  } else {
    append_bytes(text, line.ptr, line.len);
  }
}

static void expand(struct text *text, const char *at, size_t len) {
  const char *end = at + len;
  text->len = 0;
  while (at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *next = newline != NULL ? newline + 1 : end;
    append_line(text, span_make(at, (size_t)(next - at)));
    at = next;
  }
  XXH128_hash_t hash = XXH3_128bits(text->bytes, text->len);
  append(text, "checksum %016" PRIx64 "%016" PRIx64 "\n", hash.high64, hash.low64);
}

/* ---- what the fuzzer calls */

static bool parse_template(const void *bytes, size_t len) {
  struct text *text = malloc(sizeof *text);
  require(text != NULL);
  expand(text, bytes, len);
  bool ok = parse(text->bytes, text->len);
  free(text);
  return ok;
}

/* A missing file is let pass, so that the fuzzer also runs away from its sources. */
static void require_accepted(const char *path) {
  char bytes[4096];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return;
  size_t len = fread(bytes, 1, sizeof bytes, file);
  (void)fclose(file);
  if (!parse_template(bytes, len)) {
    (void)fprintf(stderr, "%s: a template that has to be accepted was refused\n", path);
    abort();
  }
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  require_accepted(TIERD_SOURCE_DIR "/tests/fuzz/corpus/model_parse/linear.tier");
  require_accepted(TIERD_SOURCE_DIR "/tests/fuzz/corpus/model_parse/three_tiers.tier");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  (void)parse(data, len);
  (void)parse_template(data, len);
  return 0;
}
