/* log_join.c - tierctl log join: where the rows go, and what is said about them.
 *
 * With --out the rows are gathered under a temporary name beside the file, so that
 * nobody ever finds half of them there. They may hold prompts, hence mode 0600. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/join.h"

/* A log that is read must not be what is written. */
static bool is_input(const struct ctl_args *args) {
  struct stat out, in;
  if (stat(args->out, &out) != 0)
    return false;
  for (size_t i = 0; i < args->files_count; i++)
    if (stat(args->files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      return true;
  return false;
}

/* In the same directory, for a rename does not cross file systems. */
static FILE *open_temporary(const char *out, char temporary[PATH_MAX]) {
  if (snprintf(temporary, PATH_MAX, "%s.%ld", out, (long)getpid()) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return NULL;
  }
  /* O_NOFOLLOW, for the name could be guessed. */
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  return fd >= 0 ? fdopen(fd, "wb") : NULL;
}

/* On standard error, since rows may go to standard output. */
static void summarise(const struct join_counts *counts) {
  fprintf(stderr,
          "tierctl: %zu rows from %zu decisions and %zu feedback lines; unmatched: %zu ids with "
          "feedback; no score or label: %zu; repeated decisions: %zu; bad lines: %zu\n",
          counts->rows, counts->decisions, counts->feedback, counts->unmatched, counts->unlabelled,
          counts->duplicates, counts->bad_lines);
}

/* Closes the rows' file and gives it its name, or removes it. */
static bool finish(FILE *rows, const char *temporary, const char *out, bool ok,
                   char why[JOIN_WHY_MAX]) {
  /* Closing writes the last bytes, so it can fail as any write. */
  const bool closed = fclose(rows) == 0;
  if (ok && closed && rename(temporary, out) == 0)
    return true;
  if (ok)
    snprintf(why, JOIN_WHY_MAX, "cannot write '%.200s': %s", out, strerror(errno));
  unlink(temporary);
  return false;
}

enum exit_code command_log_join(const struct ctl_args *args, const struct console *console) {
  char temporary[PATH_MAX], why[JOIN_WHY_MAX] = "";
  struct join_counts counts;
  /* Standard output is flushed and checked at the very end, in main.c. */
  FILE *rows = stdout;
  /* Found out before anything is read, which can take minutes. */
  if (args->out && is_input(args)) {
    ask_complain(console, args->out, "is one of the logs to read; name another for --out");
    return EXIT_USAGE;
  }
  if (args->out)
    rows = open_temporary(args->out, temporary);
  if (!rows) {
    ask_complain(console, args->out, strerror(errno));
    return EXIT_USAGE;
  }
  /* Bounds the memory: with more ids the files are read once for each part of them. */
  const struct join_files files = {args->files, args->files_count, JOIN_IDS_MAX};
  bool ok = join_run(&files, rows, stderr, &counts, why);
  if (args->out)
    ok = finish(rows, temporary, args->out, ok, why);
  if (!ok) {
    ask_complain(console, NULL, why);
    return EXIT_USAGE;
  }
  /* Counts of what was left out are how a wrong set of files shows. */
  if (!args->quiet)
    summarise(&counts);
  return EXIT_ANSWERED;
}
