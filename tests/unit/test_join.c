/* test_join.c - decisions and feedback to rows, in any order and in little memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ctl/join.h"

enum { FILES_MAX = 3, TEXT_MAX = 1 << 16 };

struct joined {
  char paths[FILES_MAX][40];
  const char *list[FILES_MAX];
  size_t count;
  struct join_counts counts;
  char why[JOIN_WHY_MAX];
  char *rows, *said; /* on the heap */
};

static void add_file(struct joined *j, const char *text) {
  char *path = j->paths[j->count];
  strcpy(path, "/tmp/tierd-join-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
  j->list[j->count++] = path;
}

static bool join(struct joined *j, size_t ids_max) {
  size_t rows_len, said_len;
  FILE *rows = open_memstream(&j->rows, &rows_len), *said = open_memstream(&j->said, &said_len);
  const struct join_files files = {j->list, j->count, ids_max};
  bool ok = join_run(&files, rows, said, &j->counts, j->why);
  fclose(rows);
  fclose(said);
  return ok;
}

static void release(struct joined *j) {
  for (size_t i = 0; i < j->count; i++)
    unlink(j->paths[i]);
  free(j->rows);
  free(j->said);
}

#define TIME(s) "\"time\":\"2026-01-31T12:00:0" s ".000Z\""
#define DECISION(id, rest)                                                                         \
  "{" TIME("0") ",\"type\":\"decision\",\"id\":\"" id "\",\"model\":\"m\"" rest "}\n"
#define FEEDBACK(s, id, rest) "{" TIME(s) ",\"type\":\"feedback\",\"id\":\"" id "\"," rest "}\n"

/* One decision "a" with this feedback; the row must hold the pieces, in order. */
static void assert_row(const char *feedback, const char *outcomes) {
  struct joined j = {0};
  char expected[512];
  add_file(&j, DECISION("a", ",\"task\":null"));
  add_file(&j, feedback);
  assert_true(join(&j, 100));
  snprintf(expected, sizeof expected, "{\"id\":\"a\"," TIME("0") ",\"source\":\"tierd\",%s}\n",
           outcomes);
  assert_string_equal(j.rows, expected);
  release(&j);
}

static void outcomes_stand_under_the_model_that_answered(void **state) {
  (void)state;
  assert_row(FEEDBACK("1", "a", "\"score\":0.5"), "\"outcomes\":{\"m\":{\"score\":0.5}}");
  assert_row(FEEDBACK("1", "a",
                      "\"score\":1,\"model\":\"other\",\"cost_usd\":0.25,\"usage\":"
                      "{\"input_tokens\":3,\"output_tokens\":4}"),
             "\"outcomes\":{\"other\":{\"score\":1,\"input_tokens\":3,\"output_tokens\":4,"
             "\"cost_usd\":0.25}}");
  assert_row(FEEDBACK("1", "a", "\"label\":\"frontier\""), "\"label\":\"frontier\"");
}

static void escalation_is_a_score_of_zero(void **state) {
  (void)state;
  assert_row(FEEDBACK("1", "a", "\"escalated\":true,\"usage\":{\"input_tokens\":3}"),
             "\"outcomes\":{\"m\":{\"score\":0,\"input_tokens\":3,\"escalated\":true,"
             "\"score_from\":\"escalated\"}}");
  /* The tokens are those of the model that took over, so they are not m's. */
  assert_row(FEEDBACK("1", "a", "\"escalated\":true,\"model\":\"big\",\"cost_usd\":1"),
             "\"outcomes\":{\"m\":{\"score\":0,\"escalated\":true,\"score_from\":\"escalated\"}}");
  assert_row(FEEDBACK("1", "a", "\"escalated\":true,\"score\":0.75"),
             "\"outcomes\":{\"m\":{\"score\":0.75,\"escalated\":true}}");
}

/* "a" is asked again by "b"; what feedback says of the answer goes before that. */
static void asking_again_is_a_weak_word(void **state) {
  static const struct {
    const char *feedback, *outcome; /* NULL: no row */
  } cases[] = {
      {"", "\"m\":{\"score\":0.3,\"score_from\":\"reasked\"}"},
      {FEEDBACK("1", "a", "\"usage\":{\"output_tokens\":4}"),
       "\"m\":{\"score\":0.3,\"output_tokens\":4,\"score_from\":\"reasked\"}"},
      {FEEDBACK("1", "a", "\"score\":1"), "\"m\":{\"score\":1}"},
      {FEEDBACK("1", "a", "\"escalated\":true"), "\"score_from\":\"escalated\""},
      {FEEDBACK("1", "a", "\"escalated\":false"), NULL},
      {FEEDBACK("1", "a", "\"label\":\"economy\""), "\"label\":\"economy\""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct joined j = {0};
    add_file(&j, DECISION("b", ",\"reasked\":{\"of\":\"a\",\"how\":\"near\"}")
                     DECISION("c", ",\"reasked\":{\"of\":\"gone\",\"how\":\"same\"}"));
    add_file(&j, DECISION("a", ",\"reasked\":null"));
    add_file(&j, cases[i].feedback);
    assert_true(join(&j, i % 2 ? 1 : 100)); /* in one part, or in several */
    assert_int_equal(j.counts.unmatched, 0);
    assert_int_equal(j.counts.rows, cases[i].outcome != NULL);
    if (cases[i].outcome && !strstr(j.rows, cases[i].outcome))
      fail_msg("case %zu: %s", i, j.rows);
    assert_true(!cases[i].outcome || (strstr(j.rows, "reasked") != NULL) == (i < 2));
    release(&j);
  }
}

/* Of another model's answer the router's chance says nothing. */
static void propensity_goes_with_the_choice(void **state) {
  static const struct {
    const char *feedback, *expected;
  } cases[] = {
      {FEEDBACK("1", "a", "\"score\":1"), "\"propensity\":0.125"},
      {FEEDBACK("1", "a", "\"score\":1,\"model\":\"m\""), "\"propensity\":0.125"},
      {FEEDBACK("1", "a", "\"escalated\":true,\"model\":\"big\""), "\"propensity\":0.125"},
      {FEEDBACK("1", "a", "\"score\":1,\"model\":\"big\""), NULL},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct joined j = {0};
    add_file(&j, DECISION("a", ",\"propensity\":0.125"));
    add_file(&j, cases[i].feedback);
    assert_true(join(&j, 100));
    assert_int_equal(j.counts.rows, 1);
    if ((cases[i].expected == NULL) != (strstr(j.rows, "propensity") == NULL) ||
        (cases[i].expected && !strstr(j.rows, cases[i].expected)))
      fail_msg("case %zu: %s", i, j.rows);
    release(&j);
  }
}

static void the_latest_wins_field_by_field(void **state) {
  (void)state;
  assert_row(FEEDBACK("3", "a", "\"score\":0.25") FEEDBACK("2", "a", "\"score\":1,\"cost_usd\":2")
                 FEEDBACK("3", "a", "\"score\":0.5"),
             "\"outcomes\":{\"m\":{\"score\":0.5,\"cost_usd\":2}}");
}

/* Feedback before its decision, in another file; text and features move over. */
static void order_and_files_do_not_matter(void **state) {
  (void)state;
  struct joined j = {0};
  add_file(&j, FEEDBACK("1", "b", "\"score\":1") FEEDBACK("1", "gone", "\"score\":1")
                   FEEDBACK("1", "c", "\"cost_usd\":1"));
  add_file(&j, DECISION("a", "") DECISION("b", ",\"task\":\"qa\",\"prompt\":\"Hi\\n\",\"features\":"
                                               "{\"schema\":\"f\",\"x\":[0.1234,2]}"));
  add_file(&j, DECISION("c", "") DECISION("b", "") FEEDBACK("1", "a", "\"score\":0"));
  assert_true(join(&j, 100));
  assert_string_equal(
      j.rows, "{\"id\":\"a\"," TIME(
                  "0") ",\"source\":\"tierd\",\"outcomes\":{\"m\":{\"score\":0}}}\n"
                       "{\"id\":\"b\"," TIME("0") ",\"task\":\"qa\",\"source\":\"tierd\","
                                                  "\"outcomes\":{\"m\":{\"score\":1}},\"features\":"
                                                  "{\"schema\":\"f\",\"x\":[0.1234,2]},"
                                                  "\"prompt\":\"Hi\\n\"}\n");
  assert_int_equal(j.counts.rows, 2);
  assert_int_equal(j.counts.decisions, 4);
  assert_int_equal(j.counts.feedback, 4);
  assert_int_equal(j.counts.unmatched, 1);
  assert_int_equal(j.counts.unlabelled, 1);
  assert_int_equal(j.counts.duplicates, 1);
  assert_int_equal(j.counts.bad_lines, 0);
  release(&j);
}

static int compare_lines(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The same rows, and the same counts, whatever the memory. */
static void little_memory_gives_the_same_rows(void **state) {
  (void)state;
  enum { IDS = 150 };
  struct joined j = {0};
  char *text = malloc(TEXT_MAX), *lines[IDS + 1];
  size_t at = 0;
  for (int i = 0; i < IDS; i++) {
    at += (size_t)snprintf(text + at, TEXT_MAX - at, FEEDBACK("1", "x%03d", "\"score\":0.5"), i);
    at += (size_t)snprintf(text + at, TEXT_MAX - at, DECISION("x%03d", ""), i);
  }
  snprintf(text + at, TEXT_MAX - at, "bad\n" FEEDBACK("1", "gone", "\"score\":1"));
  add_file(&j, text);
  assert_true(join(&j, 4));
  assert_int_equal(j.counts.rows, IDS);
  assert_int_equal(j.counts.decisions, IDS);
  assert_int_equal(j.counts.feedback, IDS + 1);
  assert_int_equal(j.counts.unmatched, 1);
  assert_int_equal(j.counts.bad_lines, 1);
  size_t count = 0;
  for (char *line = strtok(j.rows, "\n"); line && count <= IDS; line = strtok(NULL, "\n"))
    lines[count++] = line;
  assert_int_equal(count, IDS);
  qsort(lines, count, sizeof lines[0], compare_lines);
  for (int i = 0; i < IDS; i++) {
    char begin[32];
    snprintf(begin, sizeof begin, "{\"id\":\"x%03d\",", i);
    assert_memory_equal(lines[i], begin, strlen(begin));
  }
  free(text);
  release(&j);
}

static void bad_lines_are_told(void **state) {
  (void)state;
  struct joined j = {0};
  add_file(&j, "\n{\n" DECISION("a", "") "{\"type\":\"decision\",\"id\":\"\",\"model\":\"m\"}\n"
                                         "{\"id\":\"a\"}\n{\"type\":\"decision\",\"id\":\"b\"}\n{"
                                         "\"type\":\"metrics\"}\n" FEEDBACK("1", "a", "\"score\":7")
                                             FEEDBACK("1", "a", "\"score\":1") "{\"time\":\"2026");
  assert_true(join(&j, 100));
  assert_int_equal(j.counts.rows, 1);
  assert_int_equal(j.counts.bad_lines, 5);
  assert_non_null(strstr(j.said, ":2: "));
  assert_non_null(strstr(j.said, ":4: no \"id\""));
  assert_non_null(strstr(j.said, ":5: no \"type\""));
  assert_non_null(strstr(j.said, ":6: a decision without \"model\""));
  assert_non_null(strstr(j.said, ":10: "));
  release(&j);
}

static void unreadable_files_end_it(void **state) {
  (void)state;
  struct joined j = {.list = {"/nowhere/log"}, .count = 1};
  assert_false(join(&j, 10));
  assert_non_null(strstr(j.why, "/nowhere/log"));
  j.count = 0;
  release(&j);
  j = (struct joined){.list = {"/tmp"}, .count = 1};
  assert_false(join(&j, 10));
  assert_non_null(strstr(j.why, "no regular file"));
  j.count = 0;
  release(&j);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outcomes_stand_under_the_model_that_answered),
      cmocka_unit_test(escalation_is_a_score_of_zero),
      cmocka_unit_test(propensity_goes_with_the_choice),
      cmocka_unit_test(asking_again_is_a_weak_word),
      cmocka_unit_test(the_latest_wins_field_by_field),
      cmocka_unit_test(order_and_files_do_not_matter),
      cmocka_unit_test(little_memory_gives_the_same_rows),
      cmocka_unit_test(bad_lines_are_told),
      cmocka_unit_test(unreadable_files_end_it),
  };
  return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
