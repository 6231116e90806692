/* model_parse.c - reads a model file and refuses everything that is not one.
 *
 * The checksum is verified before anything is interpreted, so what is parsed
 * below was written by some trainer; it is bounds-checked all the same, since a
 * checksum is no signature. Fields come in the order that model_internal.h
 * describes, each read by one function. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classifier/svm/model_internal.h"
#include "classifier/svm/scan.h"
#include "classifier/text/file_read.h"

struct parser {
  struct scan scan;
  struct model *model;
  struct model_error *err;
};

__attribute__((format(printf, 4, 5))) static bool
fail(struct model_error *err, enum model_status status, size_t line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  err->status = status;
  err->line = line;
  int at = line ? snprintf(err->text, sizeof err->text, "line %zu: ", line) : 0;
  vsnprintf(err->text + at, sizeof err->text - (size_t)at, format, args);
  va_end(args);
  return false;
}

static bool bad(struct parser *parser, const char *expected) {
  return fail(parser->err, MODEL_FORMAT, parser->scan.line, "expected %s", expected);
}

static void copy_word(char *out, size_t size, struct span word) {
  size_t len = word.len < size - 1 ? word.len : size - 1;
  memcpy(out, word.ptr, len);
  out[len] = '\0';
}

/* Looks without taking: some sections may be left out. */
static struct span peek_word(const struct parser *parser) {
  struct scan copy = parser->scan;
  return scan_word(&copy);
}

/* A model of other features would score, and its scores would mean nothing. */
static bool read_schema(struct parser *parser) {
  uint64_t hash;
  uint64_t count;
  size_t line = parser->scan.line;
  if (!scan_expect(&parser->scan, "schema") || !scan_hex64(&parser->scan, &hash) ||
      !scan_integer(&parser->scan, 1000000, &count) || !scan_line_end(&parser->scan))
    return bad(parser, "\"schema HASH COUNT\"");
  if (hash != features_schema_hash() || count != FEATURES_COUNT)
    return fail(parser->err, MODEL_SCHEMA, line,
                "trained on feature schema %016llx, but this program extracts %016llx; train it "
                "again with this version's tier-train",
                (unsigned long long)hash, (unsigned long long)features_schema_hash());
  return true;
}

static bool read_tiers(struct parser *parser) {
  struct model *model = parser->model;
  while (span_is(peek_word(parser), "tier")) {
    scan_word(&parser->scan);
    struct span name = scan_word(&parser->scan);
    if (model->tiers_count == MODEL_TIERS_MAX)
      return bad(parser, "at most 8 tiers");
    if (name.len == 0 || name.len >= MODEL_TIER_NAME_MAX)
      return bad(parser, "a tier's name of 1 to 63 characters");
    size_t at = model->tiers_count++;
    copy_word(model->tier_names[at], MODEL_TIER_NAME_MAX, name);
    if (!scan_number(&parser->scan, &model->tier_costs[at]) || model->tier_costs[at] < 0 ||
        !scan_line_end(&parser->scan))
      return bad(parser, "a tier's relative cost, at least 0");
  }
  return model->tiers_count >= 2 || bad(parser, "at least two lines \"tier NAME COST\"");
}

/* data, option and metric lines are for people and tools; prediction skips them. */
static void skip_notes(struct parser *parser) {
  for (;;) {
    struct span key = peek_word(parser);
    if (!span_is(key, "data") && !span_is(key, "option") && !span_is(key, "metric"))
      return;
    scan_rest(&parser->scan);
  }
}

/* Knots must rise: the scaling divides by the distance of two. */
static bool read_scales(struct parser *parser) {
  for (size_t i = 0; i < FEATURES_COUNT; i++) {
    struct model_scale *scale = &parser->model->scales[i];
    uint64_t count;
    double spread;
    if (!scan_expect(&parser->scan, "scale") ||
        !scan_expect(&parser->scan, features_table()[i].name) ||
        !scan_number(&parser->scan, &spread) || spread < 0 ||
        !scan_integer(&parser->scan, MODEL_KNOTS_MAX, &count))
      return bad(parser, "\"scale FEATURE SPREAD COUNT KNOT...\" for every feature in order");
    scale->spread = (float)spread;
    scale->count = (size_t)count;
    for (size_t k = 0; k < count; k++) {
      double knot;
      if (!scan_number(&parser->scan, &knot) || (k > 0 && (float)knot <= scale->knots[k - 1]))
        return bad(parser, "knots that rise");
      scale->knots[k] = (float)knot;
    }
    if (!scan_line_end(&parser->scan))
      return bad(parser, "the end of the line after the last knot");
  }
  return true;
}

static bool read_words(struct parser *parser) {
  struct model *model = parser->model;
  uint64_t bits;
  double limit;
  if (!scan_expect(&parser->scan, "words") ||
      !scan_integer(&parser->scan, MODEL_WORDS_BITS_MAX, &bits) || bits < 9 ||
      !scan_line_end(&parser->scan))
    return bad(parser, "\"words BITS\", from 9 to 24");
  model->words_bits = (unsigned)bits;
  size_t count = ((size_t)1 << bits) / 64;
  model->words = calloc(count, sizeof *model->words);
  if (!model->words)
    return fail(parser->err, MODEL_MEMORY, 0, "out of memory");
  for (size_t i = 0; i < count; i++) {
    if (!scan_hex64(&parser->scan, &model->words[i]))
      return bad(parser, "16 hexadecimal digits");
    if (i % 4 == 3 && !scan_line_end(&parser->scan))
      return bad(parser, "four groups of digits a line");
  }
  if (!scan_expect(&parser->scan, "novelty") || !scan_number(&parser->scan, &limit) || limit <= 0 ||
      limit > 1 || !scan_line_end(&parser->scan))
    return bad(parser, "\"novelty LIMIT\", above 0 and at most 1");
  model->novelty_limit = (float)limit;
  return true;
}

static bool read_machine_numbers(struct parser *parser, float *out) {
  for (size_t machine = 0; machine < parser->model->tiers_count; machine++) {
    double number;
    if (!scan_number(&parser->scan, &number) || fabs(number) > 1e6)
      return false;
    out[machine] = (float)number;
  }
  return true;
}

static bool read_kind_lines(struct parser *parser) {
  struct model *model = parser->model;
  for (size_t k = 0; k < model->kinds.count; k++) {
    if (!scan_expect(&parser->scan, "kind"))
      return bad(parser, "\"kind NAME LEVEL...\"");
    copy_word(model->kinds.names[k], sizeof model->kinds.names[k], scan_word(&parser->scan));
    if (!read_machine_numbers(parser, model->kinds.levels[k]) ||
        !read_machine_numbers(parser, model->kinds.slopes[k]))
      return bad(parser, "a level and then a slope for each machine");
    if (!scan_line_end(&parser->scan))
      return bad(parser, "the end of the line after the last slope");
  }
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line of signed bytes, two digits each. */
static bool read_bytes_line(struct parser *parser, int8_t *out, size_t count) {
  struct span digits = scan_word(&parser->scan);
  if (digits.len != 2 * count || !scan_line_end(&parser->scan))
    return bad(parser, "two hexadecimal digits for each kind");
  for (size_t k = 0; k < count; k++) {
    int high = hex_digit(digits.ptr[2 * k]);
    int low = hex_digit(digits.ptr[2 * k + 1]);
    if (high < 0 || low < 0)
      return bad(parser, "two hexadecimal digits for each kind");
    int value = high * 16 + low;
    out[k] = (int8_t)(value < 128 ? value : value - 256);
  }
  return true;
}

static bool read_kinds(struct parser *parser) {
  struct model_kinds *kinds = &parser->model->kinds;
  uint64_t count;
  double temper;
  if (!scan_expect(&parser->scan, "kinds") ||
      !scan_integer(&parser->scan, MODEL_KINDS_MAX, &count) || count == 0 ||
      !scan_number(&parser->scan, &temper) || temper < 0 || temper > 1000 ||
      !scan_line_end(&parser->scan))
    return bad(parser, "\"kinds COUNT TEMPER\", from 1 to 256 and from 0 to 1000");
  kinds->count = (size_t)count;
  kinds->temper = (float)temper;
  if (!read_kind_lines(parser))
    return false;
  kinds->weights = malloc(MODEL_KIND_BUCKETS * kinds->count);
  if (!kinds->weights)
    return fail(parser->err, MODEL_MEMORY, 0, "out of memory");
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++)
    if (!read_bytes_line(parser, kinds->weights + bucket * kinds->count, kinds->count))
      return false;
  return true;
}

static bool in_unit_range(double value) {
  return value >= 0 && value <= 1;
}

static bool read_svm(struct parser *parser, struct svm **out) {
  uint64_t lines;
  if (!scan_expect(&parser->scan, "svm") ||
      !scan_integer(&parser->scan, SVM_VECTORS_MAX + 32, &lines) || !scan_line_end(&parser->scan))
    return bad(parser, "\"svm LINES\"");
  const char *start = parser->scan.at;
  size_t first_line = parser->scan.line;
  for (uint64_t i = 0; i < lines; i++) {
    if (parser->scan.at == parser->scan.end)
      return bad(parser, "as many lines of the machine as \"svm\" says");
    scan_rest(&parser->scan);
  }
  size_t line = 1;
  char why[128];
  size_t dimensions = FEATURES_COUNT + parser->model->tiers_count;
  if (!svm_parse(start, (size_t)(parser->scan.at - start), dimensions, out, &line, why, sizeof why))
    return fail(parser->err, MODEL_FORMAT, first_line + line - 1, "in a machine: %s", why);
  return true;
}

static bool read_calibration(struct parser *parser, struct model_calibration *calibration) {
  uint64_t count;
  if (!scan_expect(&parser->scan, "calibration") ||
      !scan_integer(&parser->scan, MODEL_CALIBRATION_MAX, &count) || count == 0 ||
      !scan_line_end(&parser->scan))
    return bad(parser, "\"calibration COUNT\", from 1 to 256");
  calibration->count = (size_t)count;
  for (size_t i = 0; i < count; i++) {
    double margin;
    double probability;
    if (!scan_number(&parser->scan, &margin) || !scan_number(&parser->scan, &probability) ||
        probability < 0 || probability > 1 || !scan_line_end(&parser->scan))
      return bad(parser, "\"MARGIN PROBABILITY\"");
    calibration->margin[i] = (float)margin;
    calibration->probability[i] = (float)probability;
    if (i > 0 && (calibration->margin[i] <= calibration->margin[i - 1] ||
                  calibration->probability[i] < calibration->probability[i - 1]))
      return bad(parser, "margins that rise and probabilities that do not fall");
  }
  return true;
}

static bool read_risks(struct parser *parser, struct model_risks *risks) {
  uint64_t count;
  if (!scan_expect(&parser->scan, "risk") ||
      !scan_integer(&parser->scan, MODEL_RISKS_MAX, &count) || !scan_line_end(&parser->scan))
    return bad(parser, "\"risk COUNT\", at most 64");
  risks->count = (size_t)count;
  for (size_t i = 0; i < count; i++) {
    double probability;
    double risk;
    if (!scan_number(&parser->scan, &probability) || !in_unit_range(probability) ||
        !scan_number(&parser->scan, &risk) || !in_unit_range(risk) || !scan_line_end(&parser->scan))
      return bad(parser, "\"PROBABILITY RISK\", each from 0 to 1");
    risks->probability[i] = (float)probability;
    risks->risk[i] = (float)risk;
    if (i > 0 &&
        (risks->probability[i] <= risks->probability[i - 1] || risks->risk[i] > risks->risk[i - 1]))
      return bad(parser, "probabilities that rise and risks that do not");
  }
  return true;
}

static bool read_heads(struct parser *parser) {
  struct model *model = parser->model;
  for (size_t tier = 0; tier + 1 < model->tiers_count; tier++) {
    if (!scan_expect(&parser->scan, "head") ||
        !scan_expect(&parser->scan, model->tier_names[tier]) || !scan_line_end(&parser->scan))
      return bad(parser, "\"head TIER\" for every tier below the top, in order");
    if (!read_svm(parser, &model->heads[tier].svm) ||
        !read_calibration(parser, &model->heads[tier].calibration) ||
        !read_risks(parser, &model->heads[tier].risks))
      return false;
  }
  return true;
}

static bool read_residuals(struct parser *parser) {
  struct model *model = parser->model;
  uint64_t count;
  if (!scan_expect(&parser->scan, "residuals") ||
      !scan_integer(&parser->scan, MODEL_KINDS_MAX, &count) || count != model->kinds.count ||
      !scan_line_end(&parser->scan))
    return bad(parser, "\"residuals COUNT\", of as many as there are kinds");
  for (size_t k = 0; k < model->kinds.count; k++) {
    double p50;
    double p90;
    if (!scan_number(&parser->scan, &p50) || !scan_number(&parser->scan, &p90) || p90 < p50 ||
        !scan_line_end(&parser->scan))
      return bad(parser, "\"P50 P90\", the second no smaller");
    model->output_p50[k] = (float)p50;
    model->output_p90[k] = (float)p90;
  }
  return true;
}

static bool read_output(struct parser *parser) {
  struct model *model = parser->model;
  if (!scan_expect(&parser->scan, "output") || !scan_line_end(&parser->scan))
    return bad(parser, "\"output\"");
  if (!read_svm(parser, &model->output))
    return false;
  return read_residuals(parser);
}

static bool read_curve(struct parser *parser) {
  struct model *model = parser->model;
  uint64_t count;
  if (!scan_expect(&parser->scan, "curve") ||
      !scan_integer(&parser->scan, MODEL_CURVE_MAX, &count) || count == 0 ||
      !scan_line_end(&parser->scan))
    return bad(parser, "\"curve COUNT\", from 1 to 64");
  model->curve_count = (size_t)count;
  for (size_t i = 0; i < count; i++) {
    struct model_curve_point *point = &model->curve[i];
    if (!scan_number(&parser->scan, &point->quality) || !in_unit_range(point->quality) ||
        !scan_number(&parser->scan, &point->lambda) || point->lambda < 0 || point->lambda > 2 ||
        !scan_number(&parser->scan, &point->saving) || point->saving > 1 ||
        !scan_line_end(&parser->scan))
      return bad(parser, "\"QUALITY LAMBDA SAVING\", from 0 to 1, 0 to 2 and up to 1");
    if (i > 0 && (point->quality < model->curve[i - 1].quality ||
                  point->lambda > model->curve[i - 1].lambda))
      return bad(parser, "qualities that do not fall and lambdas that do not rise");
  }
  if (!scan_expect(&parser->scan, "end") || !scan_line_end(&parser->scan))
    return bad(parser, "\"end\"");
  return parser->scan.at == parser->scan.end ||
         bad(parser, "nothing between \"end\" and \"checksum\"");
}

static bool read_all(struct parser *parser) {
  if (!scan_expect(&parser->scan, "created"))
    return bad(parser, "\"created TIME\"");
  copy_word(parser->model->created, sizeof parser->model->created, scan_rest(&parser->scan));
  if (!read_schema(parser) || !read_tiers(parser))
    return false;
  skip_notes(parser);
  return read_scales(parser) && read_words(parser) && read_kinds(parser) && read_heads(parser) &&
         read_output(parser) && read_curve(parser);
}

/* The first line tells whether this is a model at all, before the checksum is
 * looked for, so that a wrong file is called a wrong file. */
static bool check_version(struct scan *scan, struct model_error *err) {
  uint64_t version;
  if (!scan_expect(scan, "tierd-model"))
    return fail(err, MODEL_FORMAT, 1, "not a tierd model: expected \"tierd-model 3\"");
  if (!scan_integer(scan, 1000000, &version) || !scan_line_end(scan))
    return fail(err, MODEL_FORMAT, 1, "expected a format version after \"tierd-model\"");
  if (version != MODEL_FORMAT_VERSION)
    return fail(err, MODEL_VERSION, 1,
                "format version %llu; this program reads version %d: train it anew",
                (unsigned long long)version, MODEL_FORMAT_VERSION);
  return true;
}

/* The last line is "checksum " and 32 digits. On success *len becomes the length
 * of what it covers and version its first 16 digits. */
static bool check_sum(const char *bytes, size_t *len, char version[17], struct model_error *err) {
  enum { TAIL = 9 + 32 + 1 };
  char digits[33];
  if (*len < TAIL || memcmp(bytes + *len - TAIL, "checksum ", 9) != 0 || bytes[*len - 1] != '\n')
    return fail(err, MODEL_TRUNCATED, 0,
                "the file ends before its checksum: it was cut short while copying or writing");
  XXH128_hash_t hash = XXH3_128bits(bytes, *len - TAIL);
  snprintf(digits, sizeof digits, "%016llx%016llx", (unsigned long long)hash.high64,
           (unsigned long long)hash.low64);
  if (memcmp(digits, bytes + *len - 33, 32) != 0)
    return fail(err, MODEL_CHECKSUM, 0,
                "the checksum does not match: the file was altered since it was written");
  memcpy(version, digits, 16);
  version[16] = '\0';
  *len -= TAIL;
  return true;
}

enum model_status model_parse(const char *bytes, size_t len, struct model **out,
                              struct model_error *err) {
  struct parser parser = {.scan = scan_of(bytes, len), .err = err};
  char version[17];
  *out = NULL;
  *err = (struct model_error){.status = MODEL_OK};
  if (!check_version(&parser.scan, err) || !check_sum(bytes, &len, version, err))
    return err->status;
  parser.scan.end = bytes + len;
  parser.model = calloc(1, sizeof *parser.model);
  if (!parser.model) {
    fail(err, MODEL_MEMORY, 0, "out of memory");
    return err->status;
  }
  if (!read_all(&parser)) {
    model_destroy(parser.model);
    return err->status;
  }
  memcpy(parser.model->version, version, sizeof version);
  *out = parser.model;
  return MODEL_OK;
}

/* The whole file, bounded; NULL with err set when that fails. */
static char *read_bytes(const char *path, size_t *len, struct model_error *err) {
  static const enum model_status statuses[] = {[FILE_READ_OK] = MODEL_OK,
                                               [FILE_READ_OPEN] = MODEL_IO,
                                               [FILE_READ_IO] = MODEL_IO,
                                               [FILE_READ_TOO_LARGE] = MODEL_TOO_LARGE,
                                               [FILE_READ_MEMORY] = MODEL_MEMORY};
  char *bytes;
  err->status =
      statuses[file_read(path, MODEL_FILE_BYTES_MAX, &bytes, len, err->text, sizeof err->text)];
  return bytes;
}

enum model_status model_load(const char *path, struct model **out, struct model_error *err) {
  size_t len;
  *out = NULL;
  *err = (struct model_error){.status = MODEL_OK};
  char *bytes = read_bytes(path, &len, err);
  if (bytes) {
    model_parse(bytes, len, out, err);
    free(bytes);
  }
  if (err->status != MODEL_OK) {
    /* The path goes in front, so that the message stands alone in a log. */
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    int at = snprintf(err->text, sizeof err->text, "%.120s: ", path);
    snprintf(err->text + at, sizeof err->text - (size_t)at, "%.*s",
             (int)(sizeof err->text - (size_t)at - 1), text);
  }
  return err->status;
}

const char *model_status_text(enum model_status status) {
  switch (status) {
  case MODEL_OK:
    return "ok";
  case MODEL_IO:
    return "cannot be read";
  case MODEL_TOO_LARGE:
    return "too large";
  case MODEL_TRUNCATED:
    return "cut short";
  case MODEL_CHECKSUM:
    return "altered";
  case MODEL_VERSION:
    return "of another format version";
  case MODEL_SCHEMA:
    return "of another feature schema";
  case MODEL_FORMAT:
    return "malformed";
  case MODEL_MEMORY:
    return "out of memory";
  }
  return "unknown";
}
