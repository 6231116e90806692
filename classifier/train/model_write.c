/* model_write.c - prints the sections of a model file into memory, closes them with
 * the checksum, proves that the result loads, and renames it into place. */
#include "classifier/train/model_write.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "classifier/svm/model_internal.h"

static void write_data(FILE *out, const struct labelled_log *log) {
  for (size_t i = 0; i < log->files_count; i++) {
    const char *name = strrchr(log->files[i].path, '/');
    fprintf(out, "data %s %zu %s\n", name ? name + 1 : log->files[i].path, log->files[i].rows_count,
            log->files[i].hash);
  }
}

static void write_options(FILE *out, const struct fit *fit, const struct fit_options *options) {
  fprintf(out, "option kernel %s\n", options->kernel == SVM_LINEAR ? "linear" : "rbf");
  fprintf(out, "option machine %s\n",
          options->kind == MACHINE_REGRESSION ? "epsilon-svr" : "c-svc");
  fprintf(out, "option seed %llu\n", (unsigned long long)options->seed);
  fprintf(out, "option folds %zu\n", options->folds);
  fprintf(out, "option length_weight %g\n", options->length_weight);
  fprintf(out, "option rows_max %zu\n", options->rows_max);
  if (fit->prior)
    fprintf(out, "option prior %s %s rescale %d levels %d C %g\n", fit->prior->version,
            fit->lean.winner == FIT_LEAN_BENT ? "bent" : "recalibrated", fit->lean.recipe.rescale,
            fit->lean.recipe.levels, fit->lean.recipe.c);
  for (size_t i = 0; i < fit->dataset->tiers_count; i++) {
    const struct head_report *report = &fit->reports[i];
    if (report->rows > 0)
      fprintf(out, "option head%zu C %g gamma %g rows %zu\n", i, report->c, report->gamma,
              report->rows);
  }
}

static void write_metrics(FILE *out, const struct fit *fit, const struct tier_map *map) {
  fprintf(out, "metric rows %zu\n", fit->dataset->count);
  for (size_t i = 0; i + 1 < map->tiers_count; i++) {
    fprintf(out, "metric %s.apgr %.4f\n", map->names[i], fit->reports[i].apgr);
    fprintf(out, "metric %s.ece %.4f\n", map->names[i], fit->reports[i].ece);
    for (size_t b = 0; b < FIT_RISK_BOUNDS; b++)
      if (!isnan(fit->reports[i].risks[b]))
        fprintf(out, "metric %s.failed_under_risk_%g %.4f\n", map->names[i], fit_risk_bounds[b],
                fit->reports[i].risks[b]);
  }
  if (!isnan(fit->reports[map->tiers_count - 1].coverage))
    fprintf(out, "metric output.p90_coverage %.4f\n", fit->reports[map->tiers_count - 1].coverage);
}

static void write_scales(FILE *out, const struct fit *fit) {
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    fprintf(out, "scale %s %g %zu", features_table()[d].name, (double)fit->spreads[d],
            fit->knots_count[d]);
    for (size_t k = 0; k < fit->knots_count[d]; k++)
      fprintf(out, " %.9g", (double)fit->knots[d][k]);
    fprintf(out, "\n");
  }
}

/* In hex, four words of 64 bits a line: a text file that a diff can be made of. */
static void write_words(FILE *out, const struct fit *fit) {
  size_t count = ((size_t)1 << FIT_WORDS_BITS) / 64;
  fprintf(out, "words %d\n", FIT_WORDS_BITS);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "%016llx%c", (unsigned long long)fit->words[i], i % 4 == 3 ? '\n' : ' ');
  fprintf(out, "novelty %.9g\n", (double)fit->novelty_limit);
}

/* A kind's name is a task's, which may hold anything; blanks would end it. */
static void write_name(FILE *out, const char *name) {
  size_t written = 0;
  for (; *name && written < MODEL_TIER_NAME_MAX - 1; name++, written++)
    fputc(*name > ' ' && *name < 127 ? *name : '_', out);
  if (written == 0)
    fputc('_', out);
}

static void write_kinds(FILE *out, const struct fit *fit) {
  const struct kinds *kinds = &fit->kinds;
  fprintf(out, "kinds %zu %.9g\n", kinds->count, (double)kinds->temper);
  for (size_t k = 0; k < kinds->count; k++) {
    fprintf(out, "kind ");
    write_name(out, fit->prior ? fit->prior->kinds.names[k] : fit->dataset->kinds[k]);
    for (size_t i = 0; i < fit->dataset->tiers_count; i++)
      fprintf(out, " %.6g", (double)fit->heads[i].levels[k]);
    for (size_t i = 0; i < fit->dataset->tiers_count; i++)
      fprintf(out, " %.6g", (double)fit->heads[i].slopes[k]);
    fprintf(out, "\n");
  }
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++) {
    for (size_t k = 0; k < kinds->count; k++)
      fprintf(out, "%02x", (unsigned)(kinds->weights[bucket * kinds->count + k] & 0xFF));
    fprintf(out, "\n");
  }
}

/* The reader is told how many lines to expect, since the form is libsvm's and not ours. */
static void write_svm(FILE *out, const char *text) {
  size_t lines = 0;
  for (const char *p = text; *p; p++)
    lines += *p == '\n';
  fprintf(out, "svm %zu\n%s", lines, text);
}

static void write_heads(FILE *out, const struct fit *fit, const struct tier_map *map) {
  for (size_t tier = 0; tier + 1 < map->tiers_count; tier++) {
    const struct isotonic *table = &fit->calibration[tier];
    fprintf(out, "head %s\n", map->names[tier]);
    write_svm(out, fit->heads[tier].text);
    fprintf(out, "calibration %zu\n", table->count);
    for (size_t i = 0; i < table->count; i++)
      fprintf(out, "%.9g %.9g\n", (double)table->margin[i], (double)table->probability[i]);
    const struct model_risks *risks = &fit->risks[tier];
    fprintf(out, "risk %zu\n", risks->count);
    for (size_t i = 0; i < risks->count; i++)
      fprintf(out, "%.9g %.9g\n", (double)risks->probability[i], (double)risks->risk[i]);
  }
  fprintf(out, "output\n");
  write_svm(out, fit->heads[map->tiers_count - 1].text);
  fprintf(out, "residuals %zu\n", fit->kinds.count);
  for (size_t k = 0; k < fit->kinds.count; k++)
    fprintf(out, "%.6g %.6g\n", (double)fit->lengths.p50[k], (double)fit->lengths.p90[k]);
}

static void write_curve(FILE *out, const struct fit *fit) {
  fprintf(out, "curve %zu\n", fit->curve_count);
  for (size_t i = 0; i < fit->curve_count; i++)
    fprintf(out, "%.6f %.6f %.6f\n", fit->curve[i].quality, fit->curve[i].lambda,
            fit->curve[i].saving);
  fprintf(out, "end\n");
}

/* In the order that model_internal.h gives and model_parse.c insists on. */
static void write_sections(FILE *out, const struct fit *fit, const struct labelled_log *log,
                           const struct tier_map *map, const struct fit_options *options,
                           const char *created) {
  fprintf(out, "tierd-model %d\ncreated %s\n", MODEL_FORMAT_VERSION, created);
  fprintf(out, "schema %016llx %d\n", (unsigned long long)features_schema_hash(), FEATURES_COUNT);
  for (size_t i = 0; i < map->tiers_count; i++)
    fprintf(out, "tier %s %g\n", map->names[i], map->costs[i]);
  write_data(out, log);
  write_options(out, fit, options);
  write_metrics(out, fit, map);
  write_scales(out, fit);
  write_words(out, fit);
  write_kinds(out, fit);
  write_heads(out, fit, map);
  write_curve(out, fit);
}

/* The temporary file lies beside path, since rename works within one file system. */
static bool replace_file(const char *path, const char *bytes, size_t len, char *why,
                         size_t why_size) {
  size_t size = strlen(path) + 16;
  char *temporary = malloc(size);
  if (!temporary) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  snprintf(temporary, size, "%s.XXXXXX", path);
  int fd = mkstemp(temporary);
  FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
  bool ok = file && fwrite(bytes, 1, len, file) == len && fflush(file) == 0 && fsync(fd) == 0 &&
            fchmod(fd, 0644) == 0;
  if (file)
    ok = fclose(file) == 0 && ok;
  ok = ok && rename(temporary, path) == 0;
  if (!ok) {
    snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
      unlink(temporary);
  }
  free(temporary);
  return ok;
}

bool model_write(const struct fit *fit, const struct labelled_log *log, const struct tier_map *map,
                 const struct fit_options *options, const char *created, const char *path,
                 char *why, size_t why_size) {
  char *bytes = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&bytes, &len);
  if (!out) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  write_sections(out, fit, log, map, options, created);
  fflush(out);
  XXH128_hash_t hash = XXH3_128bits(bytes, len);
  fprintf(out, "checksum %016llx%016llx\n", (unsigned long long)hash.high64,
          (unsigned long long)hash.low64);
  bool ok = fclose(out) == 0;
  struct model *model = NULL;
  struct model_error err = {.text = "out of memory"};
  if (!ok || model_parse(bytes, len, &model, &err) != MODEL_OK) {
    snprintf(why, why_size, "the model that was trained does not load: %s", err.text);
    ok = false;
  }
  model_destroy(model);
  ok = ok && replace_file(path, bytes, len, why, why_size);
  free(bytes);
  return ok;
}
