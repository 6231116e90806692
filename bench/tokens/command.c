/* command.c - tier-bench tokens: exact counts against the estimate.
 *
 * Rows of JSONL come through classifier/train's line reader, each is checked and
 * parsed, its text estimated, and the error added to the groups of its file, its kind, its
 * script and both together. Exact counts are made by count.mjs. */
#include "bench/tokens/command.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tokens/errors.h"
#include "classifier/text/json_check.h"
#include "classifier/train/log_lines.h"
#include "daemon/router/tokens.h"

static const char default_data[] = "tests/data/token-counts.ndjson";

static void print_help(void) {
  (void)printf("Usage: tier-bench tokens [--data FILE...] [--json]\n"
               "\nCompares the token estimate with exact o200k counts, prompt by prompt.\n"
               "\nOptions:\n"
               "  --data FILE...  JSONL rows {\"text\" or \"prompt\", \"o200k\", \"kind\"?,\n"
               "                  \"script\"?}; %s if not given\n"
               "  --json          the table as JSON\n"
               "  --help          this text\n"
               "\nbench/tokens/count.mjs adds \"o200k\" to any file of prompts.\n"
               "\nExit status: 0, or 2 for errors.\n",
               default_data);
}

/* Always false. A bad row ends the run: an average over what happened to parse says
 * nothing. */
static bool row_error(const char *path, uint32_t line, const char *text) {
  (void)fprintf(stderr, "tier-bench tokens: %s:%u: %s\n", path, (unsigned)line, text);
  return false;
}

/* What is there but is no string counts as missing. */
static const char *string_of(const cJSON *row, const char *key, const char *otherwise) {
  const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));
  return value ? value : otherwise;
}

/* Of UTF-8, by the bytes that do not continue one: the divisor of the rule of thumb. */
static uint64_t characters_of(struct span text) {
  uint64_t count = 0;
  for (size_t i = 0; i < text.len; i++)
    count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
  return count;
}

/* A kind is mostly of several scripts, and the bars are set for one, such as English prose. */
static void add_both(struct error_table *table, const cJSON *row,
                     const struct error_sample *sample) {
  char name[ERROR_NAME_BYTES];
  const char *kind = string_of(row, "kind", NULL), *script = string_of(row, "script", NULL);
  if (!kind || !script)
    return;
  (void)snprintf(name, sizeof name, "%.20s, %.20s", kind, script);
  errors_add(table, BY_BOTH, name, sample);
}

/* A row counts in each of its groups. */
static bool add_row(struct error_table *table, const char *path, uint32_t line, const cJSON *row) {
  const char *text = string_of(row, "text", string_of(row, "prompt", NULL));
  const cJSON *exact = cJSON_GetObjectItemCaseSensitive(row, "o200k");
  if (!text)
    return row_error(path, line, "expected a string \"text\" or \"prompt\"");
  if (!cJSON_IsNumber(exact) || !(exact->valuedouble >= 0 && exact->valuedouble <= 1e12) ||
      floor(exact->valuedouble) < exact->valuedouble)
    return row_error(
        path, line, "expected \"o200k\", a whole number of tokens; bench/tokens/count.mjs adds it");
  struct span span = span_of(text);
  struct error_sample sample = {.exact = (uint64_t)exact->valuedouble,
                                .estimated = tokens_of_text(span),
                                .characters = characters_of(span)};
  /* An empty prompt has no relative error. */
  if (sample.exact == 0)
    return true;
  /* Data sets are known by the file's name. */
  const char *slash = strrchr(path, '/');
  errors_add(table, BY_FILE, slash ? slash + 1 : path, &sample);
  errors_add(table, BY_KIND, string_of(row, "kind", "(none)"), &sample);
  errors_add(table, BY_SCRIPT, string_of(row, "script", "(none)"), &sample);
  add_both(table, row, &sample);
  errors_add(table, OVER_ALL, "", &sample);
  return true;
}

/* Checked before it is parsed: cJSON takes more than JSON. */
static bool add_line(struct error_table *table, const char *path, struct log_lines *lines) {
  static const struct json_limits limits = {.depth_max = 16, .nodes_max = 10000};
  struct json_error err;
  enum json_status status = json_check(lines->text, lines->len, &limits, &err);
  if (status == JSON_EMPTY)
    return true;
  if (status != JSON_OK)
    return row_error(path, lines->number, json_status_text(status));
  cJSON *row = cJSON_ParseWithLength(lines->text, lines->len);
  bool ok = row ? add_row(table, path, lines->number, row)
                : row_error(path, lines->number, "out of memory");
  cJSON_Delete(row);
  return ok;
}

/* Line by line, so that files of any length take the memory of one line. */
static bool add_file(struct error_table *table, const char *path) {
  struct log_lines lines;
  bool ok = true;
  enum log_lines_status status = log_lines_open(&lines, path);
  if (status == LOG_LINES_OK)
    while (ok && (status = log_lines_next(&lines)) == LOG_LINES_OK)
      ok = add_line(table, path, &lines);
  if (ok && status != LOG_LINES_END) {
    const char *why = status == LOG_LINES_IO          ? strerror(errno)
                      : status == LOG_LINES_LONG      ? "a line is over 16 MiB"
                      : status == LOG_LINES_FILE_LONG ? "the file is over 4 GiB"
                                                      : "out of memory";
    (void)fprintf(stderr, "tier-bench tokens: %s: %s\n", path, why);
    ok = false;
  }
  log_lines_close(&lines);
  return ok;
}

/* Nothing is copied: argv outlives the run. */
struct arguments {
  char **files; /* within argv */
  int files_count;
  bool json, help;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out) {
  *out = (struct arguments){0};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--json") == 0) {
      out->json = true;
    } else if (strcmp(argv[i], "--help") == 0) {
      out->help = true;
    } else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc && !out->files) {
      out->files = &argv[i + 1];
      while (i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0) {
        out->files_count++;
        i++;
      }
    } else {
      (void)fprintf(stderr,
                    "tier-bench tokens: unexpected argument '%s'\n"
                    "Try 'tier-bench tokens --help'.\n",
                    argv[i]);
      return false;
    }
  }
  return true;
}

int tokens_main(int argc, char **argv) {
  struct arguments arguments;
  if (!parse_arguments(argc, argv, &arguments))
    return 2;
  if (arguments.help) {
    print_help();
    return 0;
  }
  struct error_table *table = calloc(1, sizeof *table);
  bool ok = table != NULL;
  if (!ok)
    (void)fprintf(stderr, "tier-bench tokens: out of memory\n");
  /* A small file of the tree, so that the command says something without any data at hand. */
  if (ok && arguments.files_count == 0)
    ok = add_file(table, default_data);
  for (int i = 0; ok && i < arguments.files_count; i++)
    ok = add_file(table, arguments.files[i]);
  if (ok) {
    errors_sort(table);
    /* Sorted first, so that both forms list groups alike. */
    (arguments.json ? errors_print_json : errors_print)(table);
  }
  free(table);
  return ok ? 0 : 2;
}
