/* args.h - the command line of tierctl.
 *
 *   struct ctl_args args;
 *   char why[ARGS_WHY_MAX];
 *   if (ctl_args_parse(&args, argc, argv, getenv("TIERD_SOCKET"), why) != ARGS_OK)
 *     // say why on stderr, exit 2
 */
#ifndef TIERD_CTL_ARGS_H
#define TIERD_CTL_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { ARGS_WHY_MAX = 320, ARGS_FILES_MAX = 1024 };

#define ARGS_SOCKET_DEFAULT "/run/tierd/tierd.sock"

enum args_result { ARGS_OK = 0, ARGS_USAGE };

enum args_command {
  ARGS_NONE = 0,
  ARGS_HELP,
  ARGS_VERSION,
  ARGS_ROUTE,
  ARGS_STATUS,
  ARGS_MODELS,
  ARGS_RELOAD,
  ARGS_PROMOTE,
  ARGS_PROMOTION,
  ARGS_ROLLBACK,
  ARGS_LOG,      /* while its second word is missing */
  ARGS_LOG_JOIN, /* log join */
  ARGS_REPORT,
  ARGS_CATALOG, /* catalog; the words after it are read in catalog/options.h */
  ARGS_LOGS,    /* no command: whichever reads logs, of an option */
  ARGS_RUNS     /* no command: promote and promotion, of an option */
};

/* What goes into "routing". A NULL string or NAN was not given. */
struct args_routing {
  double quality;      /* 0 to 1 */
  const char *profile; /* eco, balanced, premium */
  double max_risk;     /* 0 to 1 */
  const char *min_tier;
  const char *max_tier;
  const char *session;
  bool explain;
};

/* Of report, as given: NULL when not. report/options.h reads them. */
struct args_report {
  const char *catalog;
  const char *since, *until;
  const char *label;
  const char *time_label;
  const char *top;
  const char *users;
  const char *split;
  const char *month_days;
};

/* Strings point into argv or the environment, NULL when not given. */
struct ctl_args {
  enum args_command command;
  enum args_command help_of; /* of ARGS_HELP: the command before it, or ARGS_NONE */
  const char *socket_path;   /* never NULL: option, environment or default */
  bool socket_given;         /* by option */
  const char *url;           /* wins over socket_path */
  bool json;
  bool quiet;
  uint32_t timeout_ms;
  const char *prompt; /* route takes exactly one of prompt, file, batch */
  const char *file;
  const char *batch;
  struct args_routing routing;
  const char *candidate; /* promote takes exactly one of candidate and cancel */
  bool cancel;
  bool wait;                         /* promote, promotion: until the run is over */
  const char *files[ARGS_FILES_MAX]; /* log join and report take at least one */
  size_t files_count;
  const char *out; /* log join: NULL for stdout; report: NULL for no page */
  struct args_report report;
  int rest; /* catalog: index into argv of the first word after it */
};

/* Reads argv[1..]. socket_env is the value of TIERD_SOCKET or NULL. Options may
 * stand anywhere, "--" ends them. On ARGS_USAGE, why says which argument, what
 * was expected and how to mend it. */
enum args_result ctl_args_parse(struct ctl_args *args, int argc, char **argv,
                                const char *socket_env, char why[ARGS_WHY_MAX]);

/* Anything set that belongs into "routing"? */
bool ctl_args_routing_any(const struct args_routing *routing);

/* What a command takes, on a screen; of ARGS_NONE and others, which commands there are. */
void ctl_args_print_help(FILE *out, enum args_command command);

#endif
