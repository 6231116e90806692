/* accuracy.c - `tier-bench accuracy` from the command line to the exit code.
 *
 *   options -> data (logs, prices, model or scores) -> findings -> table, JSON,
 *   CSV, report, gates
 */
#include "bench/accuracy/accuracy.h"

#include <stdio.h>

#include "bench/accuracy/findings.h"
#include "bench/accuracy/predictions.h"

/* Gates come last: a figure that fails one should be there to be looked at. */
static int print_findings(const struct findings *findings) {
  const struct bench_options *options = findings->options;
  if (options->json)
    json_print(findings);
  else if (options->csv)
    csv_print(findings);
  else
    table_print(findings);
  if (options->predictions && !predictions_write(findings->data, options->predictions))
    return 2;
  if (options->report && !report_write(findings, options->report))
    return 2;
  if (fflush(stdout) != 0) {
    (void)fputs("tier-bench accuracy: cannot write to standard output\n", stderr);
    return 2;
  }
  return gates_check(findings);
}

/* Unloading is safe whatever came of loading. */
static int run(const struct bench_options *options, struct labelled_log_memory *memory) {
  struct bench_data data;
  struct findings findings;
  int code = 2;
  if (bench_data_load(options, memory, &data)) {
    findings_measure(&data, options, &findings);
    code = print_findings(&findings);
  }
  bench_data_unload(&data);
  return code;
}

/* 2 for whatever keeps it from measuring; 1 is left for gates. */
int accuracy_main(int argc, char **argv) {
  struct bench_options options;
  int code = 2;
  struct labelled_log_memory *memory = log_memory_create();
  if (!memory)
    return 2;
  if (bench_options_parse(argc, argv, memory, &options)) {
    if (options.help || options.help_all) {
      bench_options_help(options.help_all);
      code = 0;
    } else if (gates_valid(&options)) {
      code = run(&options, memory);
    }
  }
  log_memory_destroy(memory);
  return code;
}
