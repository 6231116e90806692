/* config.h - the daemon's settings: one table drives file, flags and --help.
 *
 * options.def lists every option once: its flag and file key, type, range,
 * default, unit and help text. From it come the fields below, parsing, --help and
 * --dump-config. The order of precedence is flag, then file, then default.
 *
 *   struct config config;
 *   struct config_error err;
 *   config_init(&config);                              // defaults
 *   switch (config_parse_args(&config, argc, argv, &err)) ...
 *   config_deinit(&config);
 */
#ifndef TIERD_CONFIG_CONFIG_H
#define TIERD_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Strings are NUL-terminated, owned by the config, "" when unset. Sizes are
 * bytes and times milliseconds, as the names say. */
struct config {
  /* where */
  char *socket;         /* Unix socket's path; "" for none */
  uint32_t socket_mode; /* permission bits, 0660 */
  char *listen;         /* "HOST:PORT", "[v6]:PORT"; "" for none */
  bool allow_remote;    /* let listen be another address than loopback */
  char *model;          /* the classifier, *.tier */
  char *catalog;        /* models and prices, JSON with comments */
  uint32_t threads;     /* event loops; 0 for one a core */
  /* who may do what */
  char *user;         /* to become when started as root */
  bool allow_root;    /* stay root instead */
  char *allow_uid;    /* list of users who may use the Unix socket; "" for all */
  char *sandbox;      /* "auto", "require" or "off" */
  char *sandbox_read; /* list of further directories that a reload may read */
  bool core_dumps;
  /* what to keep */
  char *decision_log;        /* file of decisions and feedback, JSONL; "" for none */
  bool log_prompts;          /* with the text of prompts */
  uint32_t log_queue_bytes;  /* lines of each thread that may wait for the disk */
  uint32_t log_rotate_bytes; /* 0: never */
  uint32_t log_rotate_keep;  /* rotated files */
  char *state_dir;           /* holds the key of the log's hashes, amounts spent, corrections */
  uint32_t reask_minutes; /* in which a repeated question speaks against the first answer; 0: off */
  /* conversations: memory for them; 0: they are not kept */
  uint32_t session_table_bytes;
  /* policy */
  double quality;         /* share of the top tier's quality to keep, 0 to 1 */
  double max_risk;        /* bound on the chance of under-routing; 1 for none */
  uint32_t stale_days;    /* prices older than this are marked stale */
  double good_enough_min; /* share of live answers that should be good enough; 0: quality decides */
  char *tier_share_max;  /* TIER=SHARE, at most so much of that tier and dearer ones; "" for none */
  double drift_warn;     /* of a feature's distribution from training's; 0: never */
  double explore;        /* share of decisions to send to the other tier where it is close */
  uint32_t explore_seed; /* 0: drawn at the start */
  /* promoting a model */
  uint32_t promote_min_decisions;  /* in shadow before the first look */
  uint32_t promote_min_judged;     /* of them with feedback that says which tier would do */
  double promote_margin;           /* of under-routing and cost: what counts as no worse */
  double promote_unstable_margin;  /* likewise, of unstable decisions */
  uint32_t promote_deadline_hours; /* then a candidate is rejected */
  char *budget;                    /* list of LABEL=VALUE:AMOUNT/day or /month; "" for none */
  /* limits */
  uint32_t url_bytes_max;
  uint32_t header_bytes_max; /* all header lines together */
  uint32_t headers_max;      /* header lines */
  uint32_t body_bytes_max;   /* one request body, or one line of a batch */
  uint32_t batch_lines_max;
  uint32_t json_depth_max;
  uint32_t json_nodes_max;
  uint32_t connections_max;
  uint32_t requests_in_flight_max;
  uint32_t decision_deadline_us; /* then a decision is made unscored; 0 for never */
  uint32_t header_timeout_ms;    /* from the first byte of a request to its last header */
  uint32_t body_timeout_ms;      /* from the last header to the last body byte */
  uint32_t idle_timeout_ms;      /* between requests on a kept-alive connection */
  uint32_t write_timeout_ms;     /* for a client to take an answer */
  uint32_t drain_delay_ms;       /* from SIGTERM to closing the sockets */
  uint32_t drain_timeout_ms;     /* from then to giving up on open requests */
};

struct config_error {
  char text[512]; /* what, where (file:line or flag), what was expected */
};

enum config_result {
  CONFIG_RUN,      /* go on and serve */
  CONFIG_CHECK,    /* --check: validate everything and exit */
  CONFIG_DUMP,     /* --dump-config: print the effective settings and exit */
  CONFIG_HELP,     /* --help: config_print_help() */
  CONFIG_HELP_ALL, /* --help-all: config_print_help_all() */
  CONFIG_VERSION,  /* --version */
  CONFIG_ERROR     /* err says why; exit 2 */
};

/* Sets every field to its default. False when memory is out; config is then still fit
 * for config_deinit(). */
bool config_init(struct config *config);

/* Reads argv; a --config FILE is read first, whatever its place, so that flags
 * override it. File syntax: "key = value" lines, '#' comments, strings quoted or
 * bare; unknown keys and bad values are errors with file and line. */
enum config_result config_parse_args(struct config *config, int argc, char **argv,
                                     struct config_error *err);

/* The value of --config in argv, a part of it, or NULL: there is none, or argv is wrong. */
const char *config_file_path(int argc, char **argv);

/* The effective settings in the file's syntax, each with its help as a comment,
 * so that the output is a valid config file. */
void config_dump(const struct config *config, FILE *out);

/* The options of every day, on one screen of 80 by 24. */
void config_print_help(FILE *out);

/* All options, by groups, with what they take and their defaults. */
void config_print_help_all(FILE *out);

void config_deinit(struct config *config);

#endif
