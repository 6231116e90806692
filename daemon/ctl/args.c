/* args.c - argv to struct ctl_args.
 *
 * Parsing and checking read the table of options in args_table.c. Files are not opened
 * here and tiers are not looked up: only the daemon knows its catalogue. */
#include "daemon/ctl/args_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_TIMEOUT_MS_DEFAULT = 30000, ARGS_TIMEOUT_MS_MAX = 86400000 };

struct parser {
  struct ctl_args *args;
  int argc;
  char **argv;
  int at;                        /* the next argument to read */
  bool seen[ARGS_OPTIONS_COUNT]; /* a repeated option is a mistake worth naming */
  char *why;
};

#define FAIL(parser, ...) (snprintf((parser)->why, ARGS_WHY_MAX, __VA_ARGS__), ARGS_USAGE)

/* A plain decimal from 0 to 1. strtod() alone would take "nan" and "0x1". */
static bool parse_share(const char *text, double *share) {
  if (text[0] == '\0' || text[strspn(text, "0123456789.eE-+")] != '\0')
    return false;
  char *end;
  *share = strtod(text, &end);
  return *end == '\0' && *share >= 0 && *share <= 1;
}

static bool parse_ms(const char *text, uint32_t *ms) {
  if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
    return false;
  errno = 0;
  unsigned long value = strtoul(text, NULL, 10);
  *ms = (uint32_t)value;
  return errno == 0 && value >= 1 && value <= ARGS_TIMEOUT_MS_MAX;
}

/* Stores a value where the table says. */
static enum args_result store(struct parser *p, const struct args_option *option,
                              const char *value) {
  void *field = (char *)p->args + option->offset;
  if (option->kind == OPTION_FLAG)
    *(bool *)field = true;
  else if (option->kind == OPTION_HELP)
    p->args->help_of = p->args->command, p->args->command = ARGS_HELP;
  else if (option->kind == OPTION_VERSION)
    p->args->command = ARGS_VERSION;
  else if (value[0] == '\0')
    return FAIL(p, "--%s is empty; expected %s", option->name, option->value);
  else if (option->kind == OPTION_TEXT)
    *(const char **)field = value;
  else if (option->kind == OPTION_SHARE && !parse_share(value, field))
    return FAIL(p, "--%s is '%.40s'; expected a number from 0 to 1, such as 0.95", option->name,
                value);
  else if (option->kind == OPTION_MS && !parse_ms(value, field))
    return FAIL(p, "--%s is '%.40s'; expected whole milliseconds from 1 to %d", option->name, value,
                ARGS_TIMEOUT_MS_MAX);
  return ARGS_OK;
}

static bool takes_value(const struct args_option *option) {
  return option->value != NULL;
}

/* Handles an option that was found; attached is what followed '=', or NULL. */
static enum args_result found(struct parser *p, size_t index, const char *attached) {
  const struct args_option *option = &args_options[index];
  if (attached && !takes_value(option))
    return FAIL(p, "--%s takes no value", option->name);
  if (p->seen[index] && takes_value(option))
    return FAIL(p, "--%s is given twice", option->name);
  p->seen[index] = true;
  const char *value = attached;
  if (!value && takes_value(option)) {
    if (p->at >= p->argc)
      return FAIL(p, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    value = p->argv[p->at++];
  }
  return store(p, option, value);
}

/* No abbreviations: a script that relies on one breaks when a second option begins like
 * it. */
static enum args_result parse_long(struct parser *p, const char *text) {
  size_t len = strcspn(text, "=");
  for (size_t i = 0; i < ARGS_OPTIONS_COUNT; i++)
    if (strlen(args_options[i].name) == len && memcmp(args_options[i].name, text, len) == 0)
      return found(p, i, text[len] == '=' ? text + len + 1 : NULL);
  return FAIL(p, "there is no option --%.*s", (int)(len > 40 ? 40 : len), text);
}

/* Letters are not bundled: there are five, and none is used with another. */
static enum args_result parse_letter(struct parser *p, const char *text) {
  for (size_t i = 0; i < ARGS_OPTIONS_COUNT; i++)
    if (args_options[i].letter == text[0] && text[1] == '\0')
      return found(p, i, NULL);
  return FAIL(p, "there is no option -%.40s", text);
}

/* "help" and "version" are commands too, as in git, beside the options of that name. */
static enum args_result parse_command(struct parser *p, const char *word) {
  static const struct {
    const char *name;
    enum args_command command;
  } commands[] = {
      {"route", ARGS_ROUTE},       {"status", ARGS_STATUS},   {"models", ARGS_MODELS},
      {"log", ARGS_LOG},           {"report", ARGS_REPORT},   {"reload", ARGS_RELOAD},
      {"catalog", ARGS_CATALOG},   {"promote", ARGS_PROMOTE}, {"promotion", ARGS_PROMOTION},
      {"rollback", ARGS_ROLLBACK}, {"help", ARGS_HELP},       {"version", ARGS_VERSION}};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp(commands[i].name, word) == 0) {
      p->args->command = commands[i].command;
      return ARGS_OK;
    }
  return FAIL(p,
              "there is no command '%.40s'; expected route, status, models, reload, promote, "
              "promotion, rollback, log, report or catalog",
              word);
}

/* Those that take any number of files, and share --out. */
static bool reads_logs(enum args_command command) {
  return command == ARGS_LOG_JOIN || command == ARGS_REPORT;
}

/* What follows "log": join, then files; and what follows "report". */
static enum args_result parse_log_word(struct parser *p, const char *word) {
  struct ctl_args *args = p->args;
  if (args->command == ARGS_LOG) {
    if (strcmp(word, "join") != 0)
      return FAIL(p, "there is no command 'log %.40s'; expected log join", word);
    args->command = ARGS_LOG_JOIN;
    return ARGS_OK;
  }
  /* A pattern of the shell may name more files than anybody meant. */
  if (args->files_count == ARGS_FILES_MAX)
    return FAIL(p, "more than %d files; read them in several runs", ARGS_FILES_MAX);
  args->files[args->files_count++] = word;
  return ARGS_OK;
}

/* One candidate at a time is in shadow, so a second name is a slip. */
static enum args_result parse_candidate(struct parser *p, const char *word) {
  if (p->args->candidate)
    return FAIL(p, "'%.40s' is a second model; name one", word);
  p->args->candidate = word;
  return ARGS_OK;
}

/* The first word is the command, the second, for route, the prompt. */
static enum args_result parse_word(struct parser *p, const char *word) {
  if (p->args->command == ARGS_NONE)
    return parse_command(p, word);
  if (p->args->command == ARGS_LOG || reads_logs(p->args->command))
    return parse_log_word(p, word);
  if (p->args->command == ARGS_PROMOTE)
    return parse_candidate(p, word);
  /* Commands without operands refuse one, lest a forgotten "--" pass unseen. */
  if (p->args->command != ARGS_ROUTE)
    return FAIL(p, "'%.40s' is one argument too many", word);
  /* The commonest slip: a prompt without quotes is many words. */
  if (p->args->prompt)
    return FAIL(p, "'%.40s' is a second prompt; put the prompt in quotes", word);
  p->args->prompt = word;
  return ARGS_OK;
}

/* Options and words may be mixed in any order; "--" ends the options, "-" alone is a word. */
static enum args_result parse_all(struct parser *p) {
  bool words_only = false;
  enum args_result result = ARGS_OK;
  while (result == ARGS_OK && p->at < p->argc) {
    /* Whatever takes a value moves on by itself. */
    const char *text = p->argv[p->at++];
    if (p->args->command == ARGS_HELP || p->args->command == ARGS_VERSION)
      return ARGS_OK; /* GNU habit: whatever follows --help does not matter */
    if (words_only || text[0] != '-' || text[1] == '\0')
      result = parse_word(p, text);
    else if (strcmp(text, "--") == 0)
      words_only = true;
    else if (text[1] == '-')
      result = parse_long(p, text + 2);
    else
      result = parse_letter(p, text + 1);
    if (p->args->command == ARGS_CATALOG)
      break; /* it has options of its own */
  }
  /* For catalog, which parses what is left by its own table. */
  p->args->rest = p->at;
  return result;
}

/* What a route is of: exactly one of the three sources. */
static enum args_result check_source(struct parser *p) {
  const struct ctl_args *args = p->args;
  /* Counted and not tested in turn, so that any two of them are caught. */
  int sources = (args->prompt != NULL) + (args->file != NULL) + (args->batch != NULL);
  if (sources > 1)
    return FAIL(p, "give one of a prompt, --file and --batch, not several");
  if (sources == 0)
    return FAIL(p, "route needs a prompt in quotes, --file FILE or --batch FILE (- is stdin)");
  if (args->prompt && strcmp(args->prompt, "-") == 0)
    return FAIL(p, "'-' is no prompt; to read one from stdin, use --file -");
  if (args->prompt && args->prompt[strspn(args->prompt, " \t\r\n")] == '\0')
    return FAIL(p, "the prompt is empty; expected a text");
  return ARGS_OK;
}

/* Names of tiers are left to the daemon, which knows its catalogue. */
static enum args_result check_routing(struct parser *p) {
  const struct args_routing *routing = &p->args->routing;
  const char *profile = routing->profile;
  if (profile && strcmp(profile, "eco") != 0 && strcmp(profile, "balanced") != 0 &&
      strcmp(profile, "premium") != 0)
    return FAIL(p, "--profile is '%.40s'; expected eco, balanced or premium", profile);
  /* The daemon would take the number; here it is known that both were typed just now. */
  if (profile && !isnan(routing->quality))
    return FAIL(p, "--quality and --profile say the same thing twice; give one of them");
  return ARGS_OK;
}

/* An option of another command is refused and not passed over: it would change nothing,
 * and whoever gave it would think that it did. */
static bool belongs(const struct args_option *option, enum args_command command) {
  return option->command == ARGS_NONE || option->command == command ||
         (option->command == ARGS_LOGS && reads_logs(command)) ||
         (option->command == ARGS_RUNS && (command == ARGS_PROMOTE || command == ARGS_PROMOTION));
}

/* The command that an option is of, for messages. */
static const char *owner(const struct args_option *option) {
  switch (option->command) {
  case ARGS_ROUTE:
    return "route";
  case ARGS_REPORT:
    return "report";
  case ARGS_LOGS:
    return "log join and report";
  case ARGS_PROMOTE:
    return "promote";
  case ARGS_RUNS:
    return "promote and promotion";
  default:
    return "log join";
  }
}

/* After all of the line is read, since options may come before the command that they
 * belong to. */
static enum args_result check(struct parser *p) {
  struct ctl_args *args = p->args;
  if (args->command == ARGS_HELP || args->command == ARGS_VERSION)
    return ARGS_OK;
  if (args->command == ARGS_NONE)
    return FAIL(p,
                "no command; expected route, status, models, reload, promote, promotion, rollback, "
                "log, report or catalog");
  for (size_t i = 0; i < ARGS_OPTIONS_COUNT; i++)
    if (p->seen[i] && !belongs(&args_options[i], args->command))
      return FAIL(p, "--%s belongs to tierctl %s", args_options[i].name, owner(&args_options[i]));
  if (args->command == ARGS_LOG)
    return FAIL(p, "log needs a second word; expected log join FILE...");
  if (reads_logs(args->command) && args->files_count == 0)
    return FAIL(p, "%s needs at least one file, as --decision-log of tierd names it",
                args->command == ARGS_REPORT ? "report" : "log join");
  /* Neither, or both. */
  if (args->command == ARGS_PROMOTE && (args->candidate != NULL) == args->cancel)
    return FAIL(p, "promote needs either a model's file or --cancel");
  /* A socket from the environment is no second place: the flag is meant to win. */
  if (args->url && args->socket_given)
    return FAIL(p, "--url and --socket name two places; give one of them");
  if (args->command != ARGS_ROUTE)
    return ARGS_OK;
  enum args_result result = check_source(p);
  return result == ARGS_OK ? check_routing(p) : result;
}

/* A share that is not given is NaN, which no number on the command line can be. */
enum args_result ctl_args_parse(struct ctl_args *args, int argc, char **argv,
                                const char *socket_env, char why[ARGS_WHY_MAX]) {
  *args = (struct ctl_args){.timeout_ms = ARGS_TIMEOUT_MS_DEFAULT,
                            .routing = {.quality = (double)NAN, .max_risk = (double)NAN}};
  struct parser parser = {.args = args, .argc = argc, .argv = argv, .at = 1, .why = why};
  /* Where there is no option, there is the variable, and then the packaged place. */
  enum args_result result = parse_all(&parser);
  /* Noted before the default takes its place: --url may stand beside $TIERD_SOCKET. */
  args->socket_given = args->socket_path != NULL;
  if (!args->socket_path)
    args->socket_path = socket_env && socket_env[0] ? socket_env : ARGS_SOCKET_DEFAULT;
  return result == ARGS_OK ? check(&parser) : result;
}

/* Tells whether a batch has to be rewritten line by line or can be passed on as it is. */
bool ctl_args_routing_any(const struct args_routing *routing) {
  return !isnan(routing->quality) || !isnan(routing->max_risk) || routing->profile ||
         routing->min_tier || routing->max_tier || routing->session || routing->explain;
}
