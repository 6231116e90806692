/* fuzz_report.c - lines of a log that somebody has edited, through the report.
 *
 * Each line of the input is a decision or feedback on all that follow. Whatever they
 * say, the sums stay in their bounds, the waterfall adds up, and every form of the
 * report can be written. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report/views.h"

#include "require.h"

static void read_line(struct report_totals *totals, struct join_table *table, const uint8_t *data,
                      size_t len) {
  struct join_line line;
  char why[MEMBER_WHY_MAX] = "";
  char *text = malloc(len + 1);
  require(text != NULL);
  memcpy(text, data, len);
  join_line_parse(span_make(text, len), &line, why);
  if (line.kind == JOIN_FEEDBACK)
    (void)join_table_add(table, &line);
  if (line.kind == JOIN_DECISION)
    require(totals_add(totals, &line, join_table_find(table, line.id)));
  join_line_release(&line);
  free(text);
}

static void show(struct report_totals *totals) {
  const struct join_counts counts = {0};
  struct report_summary summary;
  char *text = NULL;
  size_t len;
  FILE *out = open_memstream(&text, &len);
  require(out != NULL);
  report_summary_of(totals, &counts, &summary);
  int64_t sum = 0;
  for (size_t i = 0; i < BAR_SPENT; i++)
    sum += summary.bars[i];
  require(sum == summary.bars[BAR_SPENT]);
  report_print_page(&summary, out);
  require(report_print_json(&summary, out));
  require(report_print_tables(&summary, &(struct term){out, false, true}));
  require(fclose(out) == 0);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct join_table table;
  struct report_options options;
  char why[REPORT_WHY_MAX];
  require(report_options_read(&(struct args_report){.users = "100"}, &options, why));
  options.keys_max = 8; /* soon full, so that sampling is tried as well */
  struct report_totals *totals = totals_create(&options, NULL);
  require(totals && join_table_init(&table, 8));
  while (len > 0) {
    const uint8_t *feed = memchr(data, '\n', len);
    const size_t line = feed ? (size_t)(feed - data) : len;
    read_line(totals, &table, data, line);
    data += line + (feed ? 1 : 0);
    len -= line + (feed ? 1 : 0);
  }
  show(totals);
  join_table_deinit(&table);
  totals_destroy(totals);
  return 0;
}
