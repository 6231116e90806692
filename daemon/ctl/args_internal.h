/* args_internal.h - the table of options, seen by args.c, args_table.c and args_help.c. */
#ifndef TIERD_CTL_ARGS_INTERNAL_H
#define TIERD_CTL_ARGS_INTERNAL_H

#include <stddef.h>

#include "daemon/ctl/args.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_SHARE, OPTION_MS, OPTION_HELP, OPTION_VERSION };

/* One option. The offset says where its value goes, the kind what is written there. */
struct args_option {
  const char *name;
  char letter; /* 0 for none */
  enum option_kind kind;
  size_t offset;             /* of the field in struct ctl_args */
  enum args_command command; /* ARGS_NONE: any command */
  const char *value;         /* its name in --help */
  const char *help;
};

enum { ARGS_OPTIONS_COUNT = 28 };

/* In the order of --help. */
extern const struct args_option args_options[ARGS_OPTIONS_COUNT];

#endif
