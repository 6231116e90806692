/* config_args.c - settings from the command line.
 *
 * argv is walked twice by the same reader: once for the commands (--help, --check,
 * --config FILE), then, with the config file read, once for the settings, which so
 * override the file wherever --config stands. Flags come from options.def.
 */
#include "daemon/config/config.h"

#include "daemon/config/config_file.h"
#include "daemon/config/config_validate.h"
#include "daemon/config/options.h"
#include "daemon/config/quote.h"

/* Passed by value where the walk must start over: the copy is the state. */
struct arg_reader {
  int argc;
  char **argv;
  int next;
  struct config_error *err;
};

struct arg {
  const struct option *option;
  const char *value; /* NULL for a flag without one */
};

enum arg_status { ARG_OK, ARG_END, ARG_BAD };

/* What is wrong with an argument that names no option. */
static enum arg_status unknown_arg(const struct arg_reader *reader, struct span name) {
  struct quoted shown;
  quote(&shown, name);
  if (name.len == 0 || name.ptr[0] != '-') {
    snprintf(reader->err->text, sizeof reader->err->text,
             "\"%s\": unexpected argument; settings are given as --flag=value, see --help",
             shown.text);
    return ARG_BAD;
  }
  /* One dash where two belong is a slip too: "-model" should suggest --model. */
  struct span key = name;
  while (key.len > 0 && key.ptr[0] == '-')
    key = span_make(key.ptr + 1, key.len - 1);
  const char *nearest = options_nearest(key, true);
  snprintf(reader->err->text, sizeof reader->err->text, "%s: unknown flag; %s%s%s", shown.text,
           nearest != NULL ? "did you mean --" : "see --help", nearest != NULL ? nearest : "",
           nearest != NULL ? "?" : "");
  return ARG_BAD;
}

/* The option that "--key" or "-h" names, or NULL. */
static const struct option *find_flag(struct span name) {
  if (name.len > 2 && name.ptr[0] == '-' && name.ptr[1] == '-')
    return options_find(span_make(name.ptr + 2, name.len - 2));
  /* Letters cannot be bundled: there are two, and each ends the run. */
  if (name.len != 2 || name.ptr[0] != '-')
    return NULL;
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    if (table[i].letter != 0 && table[i].letter == name.ptr[1])
      return &table[i];
  }
  return NULL;
}

/* Gives arg the value after '=' or from the next argument, as its option needs. */
static enum arg_status take_value(struct arg_reader *reader, const char *inline_value,
                                  struct arg *arg) {
  const struct option *option = arg->option;
  const bool wants_value = option->metavar[0] != '\0';
  arg->value = inline_value;
  if (inline_value != NULL && !wants_value && option->type != OPTION_BOOL) {
    snprintf(reader->err->text, sizeof reader->err->text, "--%s: takes no value", option->key);
    return ARG_BAD;
  }
  if (inline_value != NULL || !wants_value)
    return ARG_OK;
  /* A flag here means that the value was forgotten. One that does begin with two
   * dashes can be given with '='. */
  const char *next = reader->next < reader->argc ? reader->argv[reader->next] : NULL;
  if (next == NULL || strncmp(next, "--", 2) == 0) {
    snprintf(reader->err->text, sizeof reader->err->text, "--%s: needs a value; write --%s=%s",
             option->key, option->key, option->metavar);
    return ARG_BAD;
  }
  arg->value = next;
  reader->next++;
  return ARG_OK;
}

static enum arg_status next_arg(struct arg_reader *reader, struct arg *arg) {
  if (reader->next >= reader->argc)
    return ARG_END;
  const char *text = reader->argv[reader->next++];
  /* The first '=' ends the name; a path may hold more of them. */
  const char *equals = strchr(text, '=');
  const struct span name = span_make(text, equals != NULL ? (size_t)(equals - text) : strlen(text));
  arg->option = find_flag(name);
  if (arg->option == NULL)
    return unknown_arg(reader, name);
  return take_value(reader, equals != NULL ? equals + 1 : NULL, arg);
}

static bool needs_no_settings(enum config_result result) {
  return result == CONFIG_HELP || result == CONFIG_HELP_ALL || result == CONFIG_VERSION;
}

/* The first walk: what to do, and the config file's path if one is given. Finds
 * every malformed argument, so that the second walk meets none. */
static enum config_result read_commands(struct arg_reader reader, const char **config_path) {
  enum config_result result = CONFIG_RUN;
  struct arg arg;
  enum arg_status status;
  while ((status = next_arg(&reader, &arg)) == ARG_OK) {
    if (option_is_setting(arg.option))
      continue;
    if (needs_no_settings(arg.option->result))
      return arg.option->result; /* whatever else is asked for, or wrong further on */
    /* --config is the one command that takes a value. */
    if (arg.value == NULL) {
      result = arg.option->result;
    } else if (*config_path == NULL) {
      *config_path = arg.value;
    } else {
      snprintf(reader.err->text, sizeof reader.err->text, "--%s: given twice; keep one",
               arg.option->key);
      return CONFIG_ERROR;
    }
  }
  return status == ARG_END ? result : CONFIG_ERROR;
}

/* Was the option given before the reader came to where it stands? */
static bool given_before(const struct arg_reader *reader, const struct option *option) {
  struct arg_reader again = *reader;
  struct arg arg;
  size_t times = 0;
  again.argc = reader->next;
  again.next = 1;
  while (next_arg(&again, &arg) == ARG_OK)
    times += arg.option == option;
  return times > 1;
}

/* The second walk: flags over what the file said. The last of a flag wins, but for lists:
 * their first flag replaces the file's, and each further one adds to it. */
static bool apply_settings(struct config *config, struct arg_reader reader) {
  struct arg arg;
  while (next_arg(&reader, &arg) == ARG_OK) {
    if (!option_is_setting(arg.option))
      continue;
    /* Errors name the flag as it was to be typed, not the field. */
    char where[64];
    snprintf(where, sizeof where, "--%s", arg.option->key);
    const char *value = arg.value != NULL ? arg.value : "true";
    const bool add = option_is_list(arg.option) && given_before(&reader, arg.option);
    if (!(add ? option_append : option_set)(config, arg.option, span_of(value), where, reader.err))
      return false;
  }
  return true;
}

const char *config_file_path(int argc, char **argv) {
  struct config_error ignored;
  const struct arg_reader reader = {.argc = argc, .argv = argv, .next = 1, .err = &ignored};
  const char *path = NULL;
  return read_commands(reader, &path) == CONFIG_ERROR ? NULL : path;
}

enum config_result config_parse_args(struct config *config, int argc, char **argv,
                                     struct config_error *err) {
  const struct arg_reader reader = {.argc = argc, .argv = argv, .next = 1, .err = err};
  const char *path = NULL;
  /* Commands that need no settings are answered before a file is opened, so that
   * --help works even when the config file is broken. */
  const enum config_result result = read_commands(reader, &path);
  if (needs_no_settings(result) || result == CONFIG_ERROR)
    return result;
  if (path != NULL && !config_file_read(config, path, err))
    return CONFIG_ERROR;
  /* Settings that depend on one another are judged when all of them are known. */
  if (!apply_settings(config, reader) || !config_validate(config, err))
    return CONFIG_ERROR;
  return result;
}
