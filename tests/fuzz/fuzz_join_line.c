/* fuzz_join_line.c - lines of a log that somebody has edited, through the join.
 *
 * Each line of the input is read; feedback goes into a small table, and every
 * decision is joined with what the table has. A row must be one line of JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "daemon/ctl/join_row.h"

#include "require.h"

static void require_row(char *row) {
  static const struct json_limits limits = {.depth_max = 128, .nodes_max = 1000000};
  require(strchr(row, '\n') == NULL);
  require(json_check(row, strlen(row), &limits, NULL) == JSON_OK);
}

static void join(struct join_table *table, struct join_line *line) {
  char *row = NULL;
  if (line->kind == JOIN_FEEDBACK)
    (void)join_table_add(table, line);
  struct join_feedback *feedback = line->id[0] ? join_table_find(table, line->id) : NULL;
  if (line->kind != JOIN_DECISION || !feedback)
    return;
  if (join_row_make(line, feedback, &row) == JOIN_ROW_MADE)
    require_row(row);
  cJSON_free(row);
}

static void read_line(struct join_table *table, const uint8_t *data, size_t len) {
  struct join_line line;
  char why[MEMBER_WHY_MAX] = "";
  char *text = malloc(len); /* parsing writes to it; its exact size shows overreads */
  require(text != NULL || len == 0);
  if (len > 0)
    memcpy(text, data, len);
  join_line_parse(span_make(text, len), &line, why);
  if (line.kind == JOIN_BAD)
    require(why[0] != '\0');
  else
    join(table, &line);
  join_line_release(&line);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct join_table table;
  require(join_table_init(&table, 8));
  while (len > 0) {
    const uint8_t *feed = memchr(data, '\n', len);
    const size_t line = feed ? (size_t)(feed - data) : len;
    read_line(&table, data, line);
    data += line + (feed ? 1 : 0);
    len -= line + (feed ? 1 : 0);
  }
  join_table_deinit(&table);
  return 0;
}
