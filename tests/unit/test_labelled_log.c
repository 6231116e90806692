/* test_labelled_log.c - labelled logs: what is taken, what is refused, what is said.
 *
 * Each case writes a small file below a fresh directory and reads it back. The
 * diagnostics go to a file of their own, so that the words are held too.
 */
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

#include "classifier/features/features.h"
#include "classifier/train/labelled_log.h"

struct fixture {
  char dir[64];
  char path[96];
  struct labelled_log log;
  char said[8192]; /* the diagnostics of the last reading */
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_labelled_log_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  (void)snprintf(f->path, sizeof f->path, "%s/a.jsonl", f->dir);
  labelled_log_init(&f->log);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  labelled_log_deinit(&f->log);
  (void)unlink(f->path);
  (void)rmdir(f->dir);
  free(f);
  return 0;
}

static bool read_as(struct fixture *f, const char *bytes, size_t len, bool strict, bool vectors) {
  FILE *file = fopen(f->path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, len, file), len);
  assert_int_equal(fclose(file), 0);
  FILE *said = tmpfile();
  assert_non_null(said);
  struct labelled_log_options options = {.strict = strict, .diagnostics = said, .vectors = vectors};
  bool ok = labelled_log_read(&f->log, f->path, &options);
  rewind(said);
  f->said[fread(f->said, 1, sizeof f->said - 1, said)] = '\0';
  (void)fclose(said);
  return ok;
}

static bool read_bytes(struct fixture *f, const char *bytes, size_t len, bool strict) {
  return read_as(f, bytes, len, strict, false);
}

static bool read_text(struct fixture *f, const char *text) {
  return read_bytes(f, text, strlen(text), false);
}

static void takes_every_field(void **state) {
  struct fixture *f = *state;
  assert_true(read_text(
      f, "{\"id\":\"x/1\",\"task\":\"t\",\"source\":\"s\",\"lang\":\"de\",\"original\":\"o\","
         "\"label\":\"SIMPLE\",\"prompt\":\"Hi \\u00fc\",\"extra\":[1],\"outcomes\":{"
         "\"a\":{\"score\":1,\"input_tokens\":3,\"output_tokens\":4,\"output_chars\":5,"
         "\"cost_usd\":0.5},\"b\":{\"score\":0.25,\"cost_usd\":null}}}\r\n"
         "\n"
         "{\"prompt\":\"\",\"label\":{\"difficulty\":1}}"));
  assert_string_equal(f->said, "");
  assert_int_equal(f->log.rows_count, 2);
  const struct labelled_row *row = &f->log.rows[0];
  assert_string_equal(row->id, "x/1");
  assert_string_equal(row->task, "t");
  assert_string_equal(row->source, "s");
  assert_string_equal(row->lang, "de");
  assert_string_equal(row->original, "o");
  assert_string_equal(row->label, "SIMPLE");
  assert_int_equal(row->conversation.turns_count, 1);
  assert_true(span_is(row->conversation.turns[0].text, "Hi \xc3\xbc"));
  assert_int_equal(row->conversation.turns[0].role, TURN_USER);
  assert_true(row->conversation.turns[0].starts_message);
  size_t b = labelled_log_model(&f->log, "b");
  assert_int_equal(b, 1);
  assert_int_equal(labelled_log_model(&f->log, "c"), SIZE_MAX);
  const struct outcome *outcome = labelled_row_outcome(row, 0);
  assert_true(outcome->score == 1 && outcome->input_tokens == 3 && outcome->output_tokens == 4 &&
              outcome->output_chars == 5 && outcome->cost_usd == 0.5);
  outcome = labelled_row_outcome(row, b);
  assert_true(outcome->score == 0.25 && outcome->cost_usd == -1 && outcome->output_tokens == -1);
  assert_null(labelled_row_outcome(row, 2));
  row = &f->log.rows[1];
  assert_int_equal(row->line, 3); /* the blank line counts */
  assert_null(row->label);        /* another scheme than tiers */
  assert_null(row->original);
  assert_string_equal(row->id, "");
  assert_int_equal(row->outcomes_count, 0);
}

static void takes_messages(void **state) {
  struct fixture *f = *state;
  assert_true(read_text(
      f, "{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},{\"role\":\"user\","
         "\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"image_url\"},"
         "{\"type\":\"text\",\"text\":\"two\"}]},{\"role\":\"assistant\",\"content\":null},"
         "{\"role\":\"tool\",\"content\":\"42\"}],\"tools\":[{},{}],"
         "\"response_format\":{\"type\":\"json_object\"}}\n"));
  assert_int_equal(f->log.rows_count, 1);
  const struct conversation *c = &f->log.rows[0].conversation;
  assert_int_equal(c->turns_count, 5);
  assert_int_equal(c->turns[0].role, TURN_SYSTEM);
  assert_true(c->turns[1].starts_message && span_is(c->turns[1].text, "one"));
  assert_true(!c->turns[2].starts_message && span_is(c->turns[2].text, "two"));
  assert_int_equal(c->turns[3].role, TURN_ASSISTANT);
  assert_int_equal(c->turns[4].role, TURN_TOOL);
  assert_int_equal(c->images_count, 1);
  assert_int_equal(c->tools_count, 2);
  assert_int_equal(c->tools_bytes, strlen("[{},{}]"));
  assert_true(c->wants_json);
}

/* Each bad line: what its report has to say after the line number. */
static const struct {
  const char *line, *says;
} bad_lines[] = {
    {"{\"prompt\":\"x\"} junk", "expected one JSON object a line"},
    {"[1]", "the value is not an object; expected one JSON object a line"},
    {"{\"id\":\"x\"}", "the line has no prompt; expected a string \"prompt\""},
    {"{\"prompt\":5}", "prompt is not a string"},
    {"{\"prompt\":\"\xff\"}", "expected one JSON object a line"},
    {"{\"prompt\":\"x\",\"id\":7}", "id is of another type; expected a string"},
    {"{\"prompt\":\"x\",\"label\":7}", "label is of another type"},
    {"{\"messages\":[]}", "messages has 0 parts"},
    {"{\"messages\":\"x\"}", "messages is not a list"},
    {"{\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]}", "messages[0].role"},
    {"{\"messages\":[{\"role\":\"user\",\"content\":7}]}", "messages[0].content"},
    {"{\"prompt\":\"x\",\"outcomes\":[]}", "outcomes is of another type"},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\":{\"score\":1.1}}}",
     "score in the outcome of \"m\"; expected a number from 0 to 1"},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\":{\"score\":-0.1}}}", "score in the outcome of \"m\""},
    {"{\"prompt\":\"x\",\"propensity\":0}",
     "propensity is none of a choice that was made; expected a number above 0 and at most 1"},
    {"{\"prompt\":\"x\",\"propensity\":1.5}", "propensity is none"},
    {"{\"prompt\":\"x\",\"propensity\":\"1\"}", "propensity is none"},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\\u001b[1m\":{}}}", "score in the outcome of \"m?[1m\""},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\":{\"score\":1e999}}}", "expected"},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\":{\"score\":1,\"output_tokens\":-2}}}",
     "output_tokens in the outcome of \"m\"; expected a number of at least 0"},
    {"{\"prompt\":\"x\",\"outcomes\":{\"m\":{\"score\":1},\"m\":{\"score\":0}}}",
     "two outcomes of \"m\"; expected one outcome a model"},
};

static void names_what_is_wrong(void **state) {
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
    char text[512], where[128];
    (void)snprintf(text, sizeof text, "{\"prompt\":\"good\"}\n%s\n{\"prompt\":\"good\"}\n",
                   bad_lines[i].line);
    (void)snprintf(where, sizeof where, "%s:2: ", f->path);
    size_t before = f->log.rows_count;
    assert_true(read_text(f, text));
    if (strncmp(f->said, where, strlen(where)) != 0 || !strstr(f->said, bad_lines[i].says))
      fail_msg("%s said %s", bad_lines[i].line, f->said);
    assert_int_equal(f->log.rows_count, before + 2);
    assert_int_equal(f->log.files[i].bad_lines_count, 1);
    assert_int_equal(f->log.files[i].rows_count, 2);
  }
  assert_int_equal(f->log.models_count, 0); /* bad lines name no models */
}

static void deep_nesting_is_a_bad_line(void **state) {
  struct fixture *f = *state;
  enum { DEPTH = 10000 };
  char *text = malloc(DEPTH + 1);
  assert_non_null(text);
  memset(text, '[', DEPTH);
  text[DEPTH] = '\0';
  assert_true(read_text(f, text));
  assert_int_equal(f->log.rows_count, 0);
  assert_int_equal(f->log.files[0].bad_lines_count, 1);
  free(text);
}

/* A line over the limit is skipped whole; the one after it is read. */
static void long_line_is_a_bad_line(void **state) {
  struct fixture *f = *state;
  static const char tail[] = "\n{\"prompt\":\"after\"}";
  const size_t len = (size_t)17 * 1024 * 1024;
  char *text = malloc(len + sizeof tail);
  assert_non_null(text);
  memset(text, 'x', len);
  memcpy(text + len, tail, sizeof tail);
  assert_true(read_bytes(f, text, len + sizeof tail - 1, false));
  assert_int_equal(f->log.rows_count, 1);
  assert_int_equal(f->log.rows[0].line, 2);
  assert_non_null(strstr(f->said, ":1: the line is too long; expected lines of at most 16 MiB"));
  free(text);
}

/* The log after a failure is the log from before, and can be read on. */
static void strict_stops_and_puts_back(void **state) {
  struct fixture *f = *state;
  static const char good[] = "{\"prompt\":\"x\",\"outcomes\":{\"a\":{\"score\":1}}}\n";
  static const char bad[] = "{\"prompt\":\"x\",\"outcomes\":{\"b\":{\"score\":1}}}\n{\n";
  assert_true(read_bytes(f, good, strlen(good), true));
  assert_false(read_bytes(f, bad, strlen(bad), true));
  assert_int_equal(f->log.rows_count, 1);
  assert_int_equal(f->log.models_count, 1);
  assert_int_equal(f->log.files_count, 1);
  assert_true(read_bytes(f, good, strlen(good), true));
  assert_int_equal(f->log.rows_count, 2);
  assert_int_equal(f->log.rows[1].file, 1);
}

static void missing_file_is_said(void **state) {
  struct fixture *f = *state;
  FILE *said = tmpfile();
  assert_non_null(said);
  struct labelled_log_options options = {.diagnostics = said};
  assert_false(labelled_log_read(&f->log, "/nonexistent/x.jsonl", &options));
  rewind(said);
  f->said[fread(f->said, 1, sizeof f->said - 1, said)] = '\0';
  (void)fclose(said);
  assert_string_equal(f->said, "/nonexistent/x.jsonl: No such file or directory\n");
}

/* The figure is from `xxhsum -H2` of the same bytes. */
static void hash_is_that_of_xxhsum(void **state) {
  struct fixture *f = *state;
  assert_true(read_text(f, "{\"prompt\":\"hello\"}\n"));
  assert_string_equal(f->log.files[0].hash, "b1ca84a30da06ce4c9ee1d6d044c99e1");
}

/* Lists grow over many powers of two and across files. */
static void many_rows(void **state) {
  struct fixture *f = *state;
  enum { ROWS = 5000 };
  char *text = calloc(ROWS, 80);
  assert_non_null(text);
  size_t at = 0;
  for (int i = 0; i < ROWS; i++)
    at += (size_t)sprintf(text + at, "{\"prompt\":\"%d\",\"outcomes\":{\"m%d\":{\"score\":0}}}\n",
                          i, i % 100);
  assert_true(read_bytes(f, text, at, true));
  assert_int_equal(f->log.rows_count, ROWS);
  assert_int_equal(f->log.models_count, 100);
  assert_true(span_is(f->log.rows[4321].conversation.turns[0].text, "4321"));
  assert_string_equal(f->log.models[f->log.rows[4321].outcomes[0].model], "m21");
  free(text);
}

/* A line of "features" alone: FEATURES_COUNT numbers, of which the last is as given. */
static size_t print_vector(char *out, size_t size, const char *schema, const char *rest,
                           const char *last) {
  size_t used =
      (size_t)snprintf(out, size, "{%s\"features\":{\"schema\":\"%s\",\"x\":[", rest, schema);
  for (int i = 0; i + 1 < FEATURES_COUNT; i++)
    used += (size_t)snprintf(out + used, size - used, "%d.5,", i);
  return used + (size_t)snprintf(out + used, size - used, "%s]}}\n", last);
}

/* Vectors are read where they are asked for; text beside them makes them moot. */
static void takes_vectors_without_text(void **state) {
  struct fixture *f = *state;
  char line[8192], schema[17];
  (void)snprintf(schema, sizeof schema, "%016llx", (unsigned long long)features_schema_hash());
  size_t len = print_vector(line, sizeof line, schema, "", "-7e-2");
  assert_true(read_as(f, line, len, true, true));
  assert_int_equal(f->log.rows_count, 1);
  const struct labelled_row *row = &f->log.rows[0];
  assert_non_null(row->vector);
  assert_float_equal(row->vector[0], 0.5, 0);
  assert_float_equal(row->vector[FEATURES_COUNT - 1], -0.07, 1e-6);
  assert_int_equal(row->conversation.turns_count, 0);
  len = print_vector(line, sizeof line, "of old", "\"prompt\":\"Hi\",", "null");
  assert_true(read_as(f, line, len, true, true));
  assert_null(f->log.rows[1].vector);
  assert_int_equal(f->log.rows[1].conversation.turns_count, 1);
  len = print_vector(line, sizeof line, schema, "", "1");
  assert_false(read_as(f, line, len, true, false)); /* who cannot use them is spared */
  assert_non_null(strstr(f->said, "the line has no prompt"));
}

static void refuses_foreign_vectors(void **state) {
  struct fixture *f = *state;
  char line[8192], schema[17];
  (void)snprintf(schema, sizeof schema, "%016llx", (unsigned long long)features_schema_hash());
  const struct {
    const char *schema, *last, *says;
  } cases[] = {{"0123456789abcdef", "1", "extracted by another version; expected schema"},
               {"short", "1", "is not 16 hexadecimal digits"},
               {schema, "null", "] is not a finite number; expected"},
               {schema, "1e39", "] is not a finite number"},
               {schema, "\"1\"", "] is not a finite number"},
               {schema, "1,2", "finite numbers"},
               {schema, "[]", "] is not a finite number"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    size_t len = print_vector(line, sizeof line, cases[i].schema, "", cases[i].last);
    assert_false(read_as(f, line, len, true, true));
    if (!strstr(f->said, cases[i].says))
      fail_msg("case %zu: %s", i, f->said);
  }
  assert_int_equal(f->log.rows_count, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(takes_every_field),
      TEST(takes_messages),
      TEST(names_what_is_wrong),
      TEST(deep_nesting_is_a_bad_line),
      TEST(long_line_is_a_bad_line),
      TEST(strict_stops_and_puts_back),
      TEST(missing_file_is_said),
      TEST(hash_is_that_of_xxhsum),
      TEST(many_rows),
      TEST(takes_vectors_without_text),
      TEST(refuses_foreign_vectors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
