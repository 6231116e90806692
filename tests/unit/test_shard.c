/* test_shard.c - shards of feature rows: what goes in comes back to the bit, parts make the
 * whole, and what was cut, altered or made up is refused with a reason.
 *
 * Logs are written below a fresh directory and made into shards by the very function
 * behind `tier-train features`; what is read back is held against the log itself. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "classifier/train/commands.h"
#include "classifier/train/decisions.h"
#include "classifier/train/row_class.h"
#include "classifier/train/row_features.h"
#include "classifier/train/shard.h"

static const char tiers[] =
    "{\"tiers\": [\"low\", \"mid\", \"top\"], \"labels\": {\"HARD\": \"top\"},"
    " \"models\": {\"l\": \"low\", \"m\": \"mid\", \"t\": \"top\"}}";

/* Repeated words, a number, other scripts, an id to escape, a bad line, a blank one, and
 * no line end at the end. */
static const char made_up[] =
    "{\"id\":\"a\\\"\\\\\\u0001/\xC3\xA9\",\"task\":\"t\",\"prompt\":\"why is why 17 \xE7\x82\xBA"
    "\",\"outcomes\":{\"t\":{\"score\":0.1},\"l\":{\"score\":0.30000000000000004,"
    "\"output_tokens\":3.5,\"cost_usd\":1e-7}}}\n"
    "{\"prompt\":\"\",\"label\":\"HARD\"}\n"
    "not JSON\n"
    "\n"
    "{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\","
    "\"content\":\"Prove that 2^n > n for all n in three steps.\"}],\"task\":\"u\","
    "\"outcomes\":{\"m\":{\"score\":1,\"input_tokens\":12,\"output_chars\":77}}}\n"
    "{\"prompt\":\"last line\",\"label\":\"low\"}";

struct fixture {
  char dir[64];
  struct tier_map map;
  struct labelled_log log;
  char said[8192]; /* the diagnostics of the last reading */
};

static const char *path_of(const struct fixture *f, const char *name) {
  static char paths[8][128]; /* so that a call may have a few */
  static size_t next;
  char *path = paths[next++ % 8];
  (void)snprintf(path, 128, "%s/%s", f->dir, name);
  return path;
}

static void put(const struct fixture *f, const char *name, const char *bytes, size_t len) {
  FILE *file = fopen(path_of(f, name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, len, file), len);
  assert_int_equal(fclose(file), 0);
}

/* The caller's to free; NUL-terminated. */
static char *get(const struct fixture *f, const char *name, size_t *len) {
  FILE *file = fopen(path_of(f, name), "rb");
  char *bytes = calloc(1, 1 << 20);
  assert_non_null(file);
  assert_non_null(bytes);
  *len = fread(bytes, 1, (1 << 20) - 1, file);
  assert_int_equal(fclose(file), 0);
  return bytes;
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  char why[256];
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_shard_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  put(f, "tiers.json", tiers, strlen(tiers));
  put(f, "log.jsonl", made_up, strlen(made_up));
  labelled_log_init(&f->log);
  *state = f;
  return tier_map_read(&f->map, path_of(f, "tiers.json"), why, sizeof why) ? 0 : -1;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  char command[128];
  labelled_log_deinit(&f->log);
  tier_map_deinit(&f->map);
  (void)snprintf(command, sizeof command, "rm -r '%s'", f->dir);
  int status = system(command);
  free(f);
  return status;
}

/* `tier-train features`, quietly; its complaints on bad lines are not of interest. */
static int extract(const struct fixture *f, const char *log, const char *out, const char *part) {
  char part_option[32];
  (void)snprintf(part_option, sizeof part_option, "--part=%s", part);
  const char *arguments[] = {"features", "-q",
                             "--data",   path_of(f, log),
                             "--tiers",  path_of(f, "tiers.json"),
                             "--out",    path_of(f, out),
                             part_option};
  size_t count = sizeof arguments / sizeof arguments[0];
  char *argv[16] = {NULL};
  memcpy(argv, arguments, sizeof arguments);
  int told = dup(STDERR_FILENO);
  int nowhere = open("/dev/null", O_WRONLY);
  assert_true(told >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0);
  int code = command_features((int)count, argv);
  assert_true(dup2(told, STDERR_FILENO) >= 0);
  (void)close(told);
  (void)close(nowhere);
  return code;
}

static bool read_shards(struct fixture *f, size_t count, ...) {
  const char *paths[8];
  va_list names;
  va_start(names, count);
  for (size_t i = 0; i < count; i++)
    paths[i] = path_of(f, va_arg(names, const char *));
  va_end(names);
  FILE *said = tmpfile();
  assert_non_null(said);
  labelled_log_deinit(&f->log);
  bool ok = shards_read(&f->log, paths, count, said);
  rewind(said);
  f->said[fread(f->said, 1, sizeof f->said - 1, said)] = '\0';
  (void)fclose(said);
  return ok;
}

static void assert_said(const struct fixture *f, const char *text) {
  if (!strstr(f->said, text))
    fail_msg("\"%s\" is not in \"%s\"", text, f->said);
}

/* ---- a row */

static struct shard_row *parsed(const char *line) {
  struct shard_row *row = malloc(sizeof *row);
  struct labelled_complaint complaint;
  assert_non_null(row);
  assert_int_equal(shard_row_parse(row, line, strlen(line), &complaint), LABELLED_OK);
  return row;
}

/* Every float must come back to the bit: a scale that is off by one changes the model. */
static void floats_come_back(void **state) {
  (void)state;
  static const float values[] = {1,          -1,           0.1f,         1.0f / 3,     16777215,
                                 1e-45f,     -3.4e38f,     -0.0f,        999999999.0f, 1e9f,
                                 4294967296, 0.693147182f, 2147483648.0f};
  struct shard_row *row = calloc(1, sizeof *row);
  struct shard_text line = {0};
  assert_non_null(row);
  memcpy(row->x, values, sizeof values);
  uint32_t bits = 1;
  for (size_t d = sizeof values / sizeof values[0]; d < FEATURES_COUNT; d++) {
    do
      bits = bits * 1664525U + 1013904223U; /* any bits will do that are a number */
    while ((bits & 0x7F800000U) == 0x7F800000U);
    memcpy(&row->x[d], &bits, sizeof bits);
  }
  shard_row_print(&line, 2, row);
  shard_text_add(&line, "", 1);
  assert_false(line.failed);
  assert_memory_equal(line.bytes, "2 1:1 2:-1 3:0.100000001 ", 25);
  char *end = strchr(line.bytes, '\n');
  assert_non_null(end);
  *end = '\0';
  struct shard_row *back = parsed(line.bytes);
  assert_memory_equal(back->x, row->x, sizeof row->x);
  free(back);
  free(row);
  shard_text_deinit(&line);
}

static void doubles_come_back(void **state) {
  (void)state;
  static const double values[] = {0,
                                  -0.0,
                                  1,
                                  0.1,
                                  0.30000000000000004,
                                  2.0 / 3,
                                  1e-7,
                                  5e-324,
                                  1.7976931348623157e308,
                                  123456789012345680.0};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    struct shard_text text = {0};
    shard_text_double(&text, values[i]);
    shard_text_add(&text, "", 1);
    double back = strtod(text.bytes, NULL);
    assert_memory_equal(&back, &values[i], sizeof back);
    shard_text_deinit(&text);
  }
}

static void counts_come_back(void **state) {
  (void)state;
  char line[128];
  (void)snprintf(line, sizeof line, "-1 %d:2 %d:1 %d:3 %d:1", SHARD_NGRAMS_FIRST,
                 SHARD_WORDS_FIRST - 1, SHARD_WORDS_FIRST, SHARD_INDEX_MAX);
  struct shard_row *row = parsed(line);
  assert_int_equal(row->ngrams_count, 3);
  assert_int_equal(row->ngrams[1], 0);
  assert_int_equal(row->ngrams[2], 0xFFF0);
  assert_int_equal(row->words_count, 4);
  assert_int_equal(row->words[2], 0);
  assert_int_equal(row->words[3], (1 << DATASET_WORDS_BITS) - 1);
  struct shard_text text = {0};
  shard_row_print(&text, -1, row);
  assert_int_equal(text.len, strlen(line) + 1);
  assert_memory_equal(text.bytes, line, strlen(line));
  shard_text_deinit(&text);
  free(row);
}

static void bad_rows(void **state) {
  (void)state;
  static const struct {
    const char *line, *what;
  } cases[] = {{"", "no class"},
               {"x 1:2", "no class"},
               {"0x1 1:2", "no class"},
               {"1:2", "no pair"},
               {"1 ", "no pair"},
               {"1  1:2", "no pair"},
               {"1 0:2", "no pair"},
               {"1 -1:2", "no pair"},
               {"1 1", "no pair"},
               {"1 1:", "no pair"},
               {"1 1:inf", "no pair"},
               {"1 1:nan", "no pair"},
               {"1 1:1e99", "no pair"},
               {"1 1:1-1", "no pair"},
               {"1 1:0x1", "no pair"},
               {"1 1: 1", "no pair"},
               {"1 1:1 # no", "no pair"},
               {"1 99999999999:1", "no pair"},
               {"1 266410:1", "no pair"},
               {"1 2:1 2:1", "index 2 follows 2"},
               {"1 2:1 1:1", "index 1 follows 2"},
               {"1 170:0", "count at index 170"},
               {"1 170:-1", "count at index 170"},
               {"1 170:1.5", "count at index 170"},
               {"1 170:8193", "count at index 170"},
               {"1 170:8000 171:193", "count at index 171"},
               {"1 4266:4097", "count at index 4266"}};
  /* The indices above are of this layout. */
  assert_int_equal(SHARD_NGRAMS_FIRST, 170);
  assert_int_equal(SHARD_INDEX_MAX, 266409);
  struct shard_row *row = malloc(sizeof *row);
  assert_non_null(row);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct labelled_complaint complaint = {"", ""};
    const char *line = cases[i].line;
    if (shard_row_parse(row, line, strlen(line), &complaint) != LABELLED_BAD ||
        !strstr(complaint.what, cases[i].what) || !complaint.expected[0])
      fail_msg("\"%s\" gives \"%s\"", line, complaint.what);
  }
  free(row);
}

static void classes(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *line;
    int class;
  } cases[] = {
      {"{\"prompt\":\"a\",\"label\":\"HARD\"}\n", 2},
      {"{\"prompt\":\"a\",\"label\":\"no such\"}\n", -1},
      {"{\"prompt\":\"a\",\"outcomes\":{\"l\":{\"score\":1}}}\n", -1},
      {"{\"prompt\":\"a\",\"outcomes\":{\"x\":{\"score\":1},\"l\":{\"score\":1}}}\n", -1},
      {"{\"prompt\":\"a\",\"outcomes\":{\"l\":{\"score\":0.9},\"t\":{\"score\":1}}}\n", 0},
      {"{\"prompt\":\"a\",\"outcomes\":{\"l\":{\"score\":0.8},\"t\":{\"score\":1}}}\n", 2},
      {"{\"prompt\":\"a\",\"outcomes\":{\"l\":{\"score\":0},\"m\":{\"score\":0.5}}}\n", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct labelled_log_options options = {.strict = true, .diagnostics = stderr};
    labelled_log_deinit(&f->log);
    put(f, "one.jsonl", cases[i].line, strlen(cases[i].line));
    assert_true(labelled_log_read(&f->log, path_of(f, "one.jsonl"), &options));
    assert_int_equal(row_class(&f->log, &f->log.rows[0], &f->map), cases[i].class);
  }
}

/* ---- shards */

static void assert_outcome(const struct outcome *a, const struct outcome *b) {
  assert_int_equal(a->model, b->model);
  assert_memory_equal(&a->score, &b->score, sizeof a->score);
  assert_memory_equal(&a->input_tokens, &b->input_tokens, sizeof a->score);
  assert_memory_equal(&a->output_tokens, &b->output_tokens, sizeof a->score);
  assert_memory_equal(&a->output_chars, &b->output_chars, sizeof a->score);
  assert_memory_equal(&a->cost_usd, &b->cost_usd, sizeof a->score);
}

static void assert_row(const struct labelled_row *a, const struct labelled_row *b) {
  assert_string_equal(a->id, b->id);
  assert_string_equal(a->task, b->task);
  assert_string_equal(a->label ? a->label : "", b->label ? b->label : "");
  assert_int_equal(a->file, b->file);
  assert_float_equal(decisions_length(a), decisions_length(b), 0);
  assert_int_equal(a->outcomes_count, b->outcomes_count);
  for (size_t i = 0; i < a->outcomes_count; i++)
    assert_outcome(&a->outcomes[i], &b->outcomes[i]);
}

/* What training makes of both must be the same but for the order of words and n-grams and
 * the bits of these that it does not look at. */
static void assert_examples(const struct dataset *a, const struct dataset *b) {
  assert_int_equal(a->count, b->count);
  for (size_t i = 0; i < a->count; i++) {
    const struct example *x = &a->examples[i];
    const struct example *y = &b->examples[i];
    uint32_t sums[4] = {0};
    assert_memory_equal(x->x, y->x, sizeof x->x);
    assert_int_equal(x->bare, y->bare);
    assert_int_equal(x->kind, y->kind);
    assert_int_equal(x->ngrams_count, y->ngrams_count);
    assert_int_equal(x->words_count, y->words_count);
    for (size_t n = 0; n < x->ngrams_count; n++) {
      sums[0] += (uint32_t)x->ngrams[n] >> (NGRAM_BITS - MODEL_KIND_BITS);
      sums[1] += (uint32_t)y->ngrams[n] >> (NGRAM_BITS - MODEL_KIND_BITS);
    }
    for (size_t n = 0; n < x->words_count; n++) {
      sums[2] += x->words[n];
      sums[3] += y->words[n];
    }
    assert_int_equal(sums[0], sums[1]);
    assert_int_equal(sums[2], sums[3]);
  }
}

/* The log of f, which came from shards, against what the log's file gives. */
static void assert_as_the_log(const struct fixture *f, const char *name) {
  struct labelled_log_options options = {.vectors = true};
  struct labelled_log log;
  struct dataset a, b;
  labelled_log_init(&log);
  assert_true(labelled_log_read(&log, path_of(f, name), &options));
  assert_int_equal(f->log.rows_count, log.rows_count);
  for (size_t i = 0; i < log.rows_count; i++)
    assert_row(&f->log.rows[i], &log.rows[i]);
  assert_int_equal(f->log.models_count, log.models_count);
  for (size_t i = 0; i < log.models_count; i++)
    assert_string_equal(f->log.models[i], log.models[i]);
  assert_int_equal(f->log.files_count, 1);
  assert_string_equal(f->log.files[0].path, name);
  assert_string_equal(f->log.files[0].hash, log.files[0].hash);
  assert_int_equal(f->log.files[0].rows_count, log.files[0].rows_count);
  assert_int_equal(f->log.files[0].bad_lines_count, log.files[0].bad_lines_count);
  assert_true(dataset_build(&a, &f->log, &f->map, NULL));
  assert_true(dataset_build(&b, &log, &f->map, NULL));
  assert_examples(&a, &b);
  dataset_deinit(&a);
  dataset_deinit(&b);
  labelled_log_deinit(&log);
}

static void a_shard_is_the_log(void **state) {
  struct fixture *f = *state;
  assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
  assert_true(read_shards(f, 1, "s"));
  assert_int_equal(f->log.rows_count, 4);
  assert_as_the_log(f, "log.jsonl");
  assert_true(read_shards(f, 1, "s.shard"));
  assert_as_the_log(f, "log.jsonl");
}

/* However small the parts, each line is in exactly one. */
static void parts_are_the_log(void **state) {
  struct fixture *f = *state;
  size_t whole_len, len;
  assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
  char *whole = get(f, "s.svm", &whole_len);
  for (unsigned parts = 2; parts < 100; parts += parts < 8 ? 1 : 51) {
    size_t at = 0;
    for (unsigned part = 1; part <= parts; part++) {
      char text[16];
      (void)snprintf(text, sizeof text, "%u/%u", part, parts);
      assert_int_equal(extract(f, "log.jsonl", "p", text), 0);
      char *bytes = get(f, "p.svm", &len);
      assert_true(at + len <= whole_len);
      assert_memory_equal(bytes, whole + at, len);
      at += len;
      free(bytes);
    }
    assert_int_equal(at, whole_len);
  }
  free(whole);
}

static void shards_in_any_order(void **state) {
  struct fixture *f = *state;
  assert_int_equal(extract(f, "log.jsonl", "1", "1/3"), 0);
  assert_int_equal(extract(f, "log.jsonl", "2", "2/3"), 0);
  assert_int_equal(extract(f, "log.jsonl", "3", "3/3"), 0);
  assert_true(read_shards(f, 3, "3", "1", "2"));
  assert_as_the_log(f, "log.jsonl");
  assert_false(read_shards(f, 2, "3", "1"));
  assert_said(f, "part 2 of 3 of log.jsonl is missing");
  assert_false(read_shards(f, 2, "2", "1"));
  assert_said(f, "part 3 of 3 of log.jsonl is missing");
  assert_false(read_shards(f, 2, "2", "3"));
  assert_said(f, "part 1 of 3 of log.jsonl is missing");
  assert_false(read_shards(f, 4, "2", "3", "2", "1"));
  assert_said(f, "part 2 of 3 of log.jsonl is there twice");
}

/* File by file, as cat would; part 3 before the others. */
static void concatenated_shards_are_a_shard(void **state) {
  struct fixture *f = *state;
  static const char *const suffixes[] = {".svm", ".meta", ".shard"};
  assert_int_equal(extract(f, "log.jsonl", "1", "1/3"), 0);
  assert_int_equal(extract(f, "log.jsonl", "2", "2/3"), 0);
  assert_int_equal(extract(f, "log.jsonl", "3", "3/3"), 0);
  for (size_t i = 0; i < 3; i++) {
    char all[65536] = "";
    size_t used = 0;
    for (const char *part = "312"; *part; part++) {
      char name[16];
      size_t len;
      (void)snprintf(name, sizeof name, "%c%s", *part, suffixes[i]);
      char *bytes = get(f, name, &len);
      memcpy(all + used, bytes, len);
      used += len;
      free(bytes);
    }
    char name[16];
    (void)snprintf(name, sizeof name, "all%s", suffixes[i]);
    put(f, name, all, used);
  }
  assert_true(read_shards(f, 1, "all"));
  assert_as_the_log(f, "log.jsonl");
}

static void vectors_stay_bare(void **state) {
  struct fixture *f = *state;
  char line[4096];
  size_t used = (size_t)snprintf(line, sizeof line,
                                 "{\"label\":\"mid\",\"features\":{\"schema\":\"%016llx\",\"x\":[1",
                                 (unsigned long long)features_schema_hash());
  for (size_t d = 1; d < FEATURES_COUNT; d++)
    used += (size_t)snprintf(line + used, sizeof line - used, ",0.1234");
  used += (size_t)snprintf(line + used, sizeof line - used, "]}}\n");
  put(f, "vector.jsonl", line, used);
  assert_int_equal(extract(f, "vector.jsonl", "v", "1/1"), 0);
  assert_true(read_shards(f, 1, "v"));
  assert_null(f->log.rows[0].hashed);
  assert_as_the_log(f, "vector.jsonl");
}

/* ---- what is refused */

/* Puts with in place of the first occurrence of what in a file of the shard. */
static void alter(const struct fixture *f, const char *name, const char *what, const char *with) {
  size_t len;
  char *bytes = get(f, name, &len);
  char *at = strstr(bytes, what);
  assert_non_null(at);
  size_t before = (size_t)(at - bytes);
  char *altered = calloc(1, len + strlen(with) + 1);
  assert_non_null(altered);
  memcpy(altered, bytes, before);
  strcpy(altered + before, with);
  strcat(altered, at + strlen(what));
  put(f, name, altered, strlen(altered));
  free(altered);
  free(bytes);
}

static void refused_after(struct fixture *f, const char *name, const char *what, const char *with,
                          const char *said) {
  assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
  alter(f, name, what, with);
  assert_false(read_shards(f, 1, "s"));
  assert_said(f, said);
  assert_said(f, "expected");
}

static void altered_shards(void **state) {
  struct fixture *f = *state;
  /* One digit for another, which still is a row; then things that are none. */
  refused_after(f, "s.svm", " 1:", " 2:", "s.svm:1: index 2 follows 2");
  refused_after(f, "s.svm", "\n2 ", "\n1 ", "s.svm: lines 1 to 4 have checksum ");
  refused_after(f, "s.svm", "\n2 ", "\nx ", "s.svm:2: the row has no class");
  refused_after(f, "s.svm", "\n2 ", " 2 ", "s.svm:1: byte ");
  refused_after(f, "s.meta", "\"low\"", "\"mid\"", "s.meta: lines 1 to 4 have checksum ");
  refused_after(f, "s.meta", "\"chars\":0", "\"chars\":-", "s.meta:2: ");
  refused_after(f, "s.meta", "0.1", "9.1", "s.meta:1: score in the outcome of \"t\"");
  refused_after(f, "s.meta", "HARD", "HARDER", "s.meta: has ");
}

static void cut_shards(void **state) {
  struct fixture *f = *state;
  size_t len;
  static const char *const names[] = {"s.svm", "s.meta"};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
    assert_int_equal(truncate(path_of(f, names[i]), 100), 0);
    assert_false(read_shards(f, 1, "s"));
    assert_said(f, names[i]);
    assert_said(f, "has 100 bytes; expected ");
    assert_int_equal(unlink(path_of(f, names[i])), 0);
    assert_false(read_shards(f, 1, "s"));
    assert_said(f, "No such file");
  }
  assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
  char *manifest = get(f, "s.shard", &len);
  put(f, "s.shard", manifest, len - 20);
  assert_false(read_shards(f, 1, "s"));
  assert_said(f, "s.shard:1: ");
  put(f, "s.shard", "", 0);
  assert_false(read_shards(f, 1, "s"));
  assert_said(f, "s.shard: is empty");
  free(manifest);
}

static void bad_manifests(void **state) {
  struct fixture *f = *state;
  refused_after(f, "s.shard", "\"shard\":1", "\"shard\":2", "s.shard:1: no shard, or of another");
  refused_after(f, "s.shard", "\"schema\":\"", "\"schema\":\"f", "another feature schema");
  refused_after(f, "s.shard", "log.jsonl", "../log.jsonl", "log is missing");
  refused_after(f, "s.shard", "log.jsonl", "log\\njsonl", "log is missing");
  refused_after(f, "s.shard", "\"part\":1", "\"part\":2", "part is missing");
  refused_after(f, "s.shard", "\"part\":1", "\"part\":0", "part is missing");
  refused_after(f, "s.shard", "\"parts\":1", "\"parts\":65537", "parts is missing");
  refused_after(f, "s.shard", "\"parts\":1", "\"parts\":2", "part 2 of 2 of log.jsonl is missing");
  refused_after(f, "s.shard", "\"log_hash\"", "\"hash\"", "log_hash is missing");
  refused_after(f, "s.shard", "\"rows\":4", "\"rows\":-4", "rows is missing");
  refused_after(f, "s.shard", "\"rows\":4", "\"rows\":3",
                "more rows of log.jsonl follow; expected 3");
  refused_after(f, "s.shard", "\"rows\":4", "\"rows\":4.5", "rows is missing");
  refused_after(f, "s.shard", "\"rows\":4", "\"rows\":5", "ends after 4 rows; expected 5");
  refused_after(f, "s.shard", "\"svm_bytes\":", "\"svm_bytes\":1", "s.svm: has ");
}

/* A job that fails leaves what there was, and nothing half done. */
static void failures_leave_nothing(void **state) {
  struct fixture *f = *state;
  size_t len, again;
  assert_int_equal(extract(f, "log.jsonl", "s", "1/1"), 0);
  char *before = get(f, "s.shard", &len);
  assert_int_equal(extract(f, "none.jsonl", "s", "1/1"), 1);
  char *after = get(f, "s.shard", &again);
  assert_int_equal(len, again);
  assert_memory_equal(before, after, len);
  assert_int_equal(extract(f, "none.jsonl", "t", "1/1"), 1);
  assert_int_equal(access(path_of(f, "t.svm"), F_OK), -1);
  assert_int_equal(extract(f, "log.jsonl", "no/where", "1/1"), 1);
  assert_int_equal(extract(f, "log.jsonl", "s", "2/1"), 2);
  assert_int_equal(extract(f, "log.jsonl", "s", "0/1"), 2);
  assert_int_equal(extract(f, "log.jsonl", "s", "1/65537"), 2);
  free(before);
  free(after);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats_come_back),
      cmocka_unit_test(doubles_come_back),
      cmocka_unit_test(counts_come_back),
      cmocka_unit_test(bad_rows),
      cmocka_unit_test_setup_teardown(classes, setup, teardown),
      cmocka_unit_test_setup_teardown(a_shard_is_the_log, setup, teardown),
      cmocka_unit_test_setup_teardown(parts_are_the_log, setup, teardown),
      cmocka_unit_test_setup_teardown(shards_in_any_order, setup, teardown),
      cmocka_unit_test_setup_teardown(concatenated_shards_are_a_shard, setup, teardown),
      cmocka_unit_test_setup_teardown(vectors_stay_bare, setup, teardown),
      cmocka_unit_test_setup_teardown(altered_shards, setup, teardown),
      cmocka_unit_test_setup_teardown(cut_shards, setup, teardown),
      cmocka_unit_test_setup_teardown(bad_manifests, setup, teardown),
      cmocka_unit_test_setup_teardown(failures_leave_nothing, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
