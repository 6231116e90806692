/* command.c - tierctl report: from files to figures to the form that was asked for.
 *
 * The page is gathered under a temporary name beside its file, so that nobody ever
 * finds half of it there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/catalog_load.h"
#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/report/views.h"

/* What join_walk() calls for each decision. */
static bool visit(void *state, struct join_line *decision, const struct join_feedback *feedback,
                  char why[JOIN_WHY_MAX]) {
  if (totals_add(state, decision, feedback))
    return true;
  snprintf(why, JOIN_WHY_MAX, "out of memory");
  return false;
}

/* The files without those that are named twice, which shells do with patterns that
 * overlap: a decision must not be paid for twice. A file that is not there is kept, for
 * the reader to complain. */
static size_t distinct_files(const struct ctl_args *args, const char **out) {
  struct stat *seen = calloc(args->files_count, sizeof *seen);
  size_t count = 0;
  for (size_t i = 0; i < args->files_count; i++) {
    struct stat info = {0};
    size_t at = 0;
    const bool known = seen && stat(args->files[i], &info) == 0;
    while (at < count &&
           !(known && seen[at].st_dev == info.st_dev && seen[at].st_ino == info.st_ino))
      at++;
    if (at < count)
      continue;
    if (seen)
      seen[count] = info;
    out[count++] = args->files[i];
  }
  free(seen);
  return count;
}

/* The process's number tells runs apart that write the same file at the same time;
 * O_NOFOLLOW, for the name could be guessed. */
static bool write_page(const struct report_summary *summary, const char *path,
                       char why[JOIN_WHY_MAX]) {
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >= PATH_MAX) {
    snprintf(why, JOIN_WHY_MAX, "the name of --out is too long");
    return false;
  }
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
  bool ok = out != NULL;
  if (out) {
    /* Writing is not checked line by line: an error sticks to the stream. */
    report_print_page(summary, out);
    ok = !ferror(out);
    /* Closing writes the last bytes, so it can fail as any write. */
    ok = fclose(out) == 0 && ok;
    ok = ok && rename(temporary, path) == 0;
  }
  if (!ok) {
    snprintf(why, JOIN_WHY_MAX, "cannot write '%.200s': %s", path, strerror(errno));
    unlink(temporary);
  }
  return ok;
}

/* What is wrong with the files goes to standard error, the report to standard output. */
static bool show(const struct report_summary *summary, const struct ctl_args *args,
                 const struct console *console, char why[JOIN_WHY_MAX]) {
  bool ok = true;
  /* The page before the tables: if it cannot be written, nothing else should look like
   * success. */
  if (args->out && !write_page(summary, args->out, why))
    return false;
  if (args->json)
    ok = report_print_json(summary, stdout);
  else if (!args->quiet)
    ok = report_print_tables(summary, &console->out);
  if (!ok)
    snprintf(why, JOIN_WHY_MAX, "out of memory");
  return ok;
}

/* Reads everything, then shows it; nothing is shown of files that cannot be read. */
static bool run(const struct ctl_args *args, const struct report_options *options,
                const struct catalog *catalog, const struct console *console,
                char why[JOIN_WHY_MAX]) {
  /* As many as the command line may name. */
  const char *paths[ARGS_FILES_MAX];
  struct join_counts counts;
  struct report_summary summary;
  struct report_totals *totals = totals_create(options, catalog);
  const struct join_files files = {paths, distinct_files(args, paths), JOIN_IDS_MAX};
  bool ok = totals != NULL;
  if (!ok)
    snprintf(why, JOIN_WHY_MAX, "out of memory");
  ok = ok && join_walk(&files, visit, totals, stderr, &counts, why);
  if (ok) {
    /* Everything that is shown comes from the summary, so that all three forms agree. */
    report_summary_of(totals, &counts, &summary);
    ok = show(&summary, args, console, why);
  }
  /* Said even with --quiet: a report of half a log looks like one of a whole. */
  if (ok && counts.bad_lines + totals->untimed > 0)
    fprintf(stderr, "tierctl: left out: %zu bad lines, %llu decisions without a readable time\n",
            counts.bad_lines, (unsigned long long)totals->untimed);
  totals_destroy(totals);
  return ok;
}

/* Options and catalogue are checked before any log is read, which can take a minute. */
enum exit_code command_report(const struct ctl_args *args, const struct console *console) {
  struct report_options options;
  struct catalog catalog;
  struct catalog_error err;
  char why[JOIN_WHY_MAX] = "", wrong[REPORT_WHY_MAX];
  if (!report_options_read(&args->report, &options, wrong)) {
    ask_complain(console, NULL, wrong);
    return EXIT_USAGE;
  }
  if (args->report.catalog && !catalog_load(args->report.catalog, &catalog, &err)) {
    ask_complain(console, NULL, err.text);
    return EXIT_USAGE;
  }
  const bool ok = run(args, &options, args->report.catalog ? &catalog : NULL, console, why);
  if (args->report.catalog)
    catalog_unload(&catalog);
  if (ok)
    return EXIT_ANSWERED;
  ask_complain(console, NULL, why);
  return EXIT_USAGE;
}
