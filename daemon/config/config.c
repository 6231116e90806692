/* config.c - settings as a whole: defaults, printing, releasing.
 *
 * All three walk the option table (options.def). Values enter through
 * config_args.c and config_file.c; text and values meet in option_value.c.
 */
#include "daemon/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/config/options.h"

/* Where the texts of --help begin, and the last column that they may fill. */
enum { HELP_COLUMN = 30, HELP_WIDTH = 79 };

bool config_init(struct config *config) {
  *config = (struct config){0};
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    struct config_error err;
    /* A default that its own option refuses is a bug of options.def, which the tests
     * would find; what is left is memory. */
    if (option_is_setting(&table[i]) &&
        !option_set(config, &table[i], span_of(table[i].default_text), table[i].key, &err)) {
      config_deinit(config);
      return false;
    }
  }
  return true;
}

void config_deinit(struct config *config) {
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    /* Strings are all that a config owns. Freed ones become NULL, so that a second
     * deinit is harmless. */
    if (table[i].type != OPTION_STRING)
      continue;
    char **field = (char **)((char *)config + table[i].offset);
    free(*field);
    *field = NULL;
  }
}

/* Help, then what may stand there: "# one request body (bytes, 16 to 1G)". */
static void dump_comment(const struct option *option, FILE *out) {
  char min[OPTION_NUMBER_TEXT_MAX], max[OPTION_NUMBER_TEXT_MAX];
  fprintf(out, "\n# %s", option->help);
  /* Strings and switches have no range; the table gives them 0 to 0. */
  if (option->max > option->min) {
    option_number_text(option->type, option->min, min);
    option_number_text(option->type, option->max, max);
    fprintf(out, " (%s, %s to %s)", option->unit, min, max);
  }
  fputc('\n', out);
}

void config_dump(const struct config *config, FILE *out) {
  fputs("# Effective settings of tierd, as --dump-config prints them. This is a valid\n"
        "# config file: \"key = value\", '#' starts a comment.\n",
        out);
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    /* The title of a group without settings would stand above nothing. */
    if (table[i].type == OPTION_GROUP && i + 1 < count && option_is_setting(&table[i + 1]))
      fprintf(out, "\n# --- %s ---\n", table[i].key);
    if (!option_is_setting(&table[i]))
      continue;
    dump_comment(&table[i], out);
    fprintf(out, "%s = ", table[i].key);
    option_print_value(config, &table[i], out);
    fputc('\n', out);
  }
}

/* The words of text from column on, broken before HELP_WIDTH. */
static void help_wrap(const char *text, int column, FILE *out) {
  while (*text != '\0') {
    /* Words are never split: the longest is a path, and it is shorter than a line. */
    const int word = (int)strcspn(text, " ");
    if (column + 1 + word > HELP_WIDTH) {
      fprintf(out, "\n%*s", HELP_COLUMN, "");
      column = HELP_COLUMN;
    } else if (column > HELP_COLUMN) {
      fputc(' ', out);
      column++;
    }
    fprintf(out, "%.*s", word, text);
    column += word;
    text += word;
    text += strspn(text, " ");
  }
}

/* brief: the first clause alone, without the default. */
static void help_option(const struct option *option, bool brief, FILE *out) {
  char text[512];
  /* fprintf counts the columns; flags and metavars are plain ASCII. */
  int column =
      option->letter != 0 ? fprintf(out, "  -%c, ", option->letter) : fprintf(out, "      ");
  column += fprintf(out, "--%s", option->key);
  if (option->metavar[0] != '\0')
    column += fprintf(out, "=%s", option->metavar);
  /* A long flag has its line to itself, so that the texts line up. */
  if (column + 2 > HELP_COLUMN) {
    fputc('\n', out);
    column = 0;
  }
  fprintf(out, "%*s", HELP_COLUMN - column, "");

  /* An empty default says nothing that the text does not, so it is left out. */
  const bool has_default = !brief && option_is_setting(option) && option->default_text[0] != '\0';
  const int help_len = (int)(brief ? strcspn(option->help, ";") : strlen(option->help));
  snprintf(text, sizeof text, "%.*s%s%s%s", help_len, option->help, has_default ? " [" : "",
           has_default ? option->default_text : "", has_default ? "]" : "");
  help_wrap(text, HELP_COLUMN, out);
  fputc('\n', out);
}

/* The settings that an installation cannot do without, or is likely to want. */
static bool is_everyday(const struct option *option) {
  static const char *const keys[] = {"socket",  "listen",       "model",  "catalog",
                                     "threads", "decision-log", "quality"};
  if (option->type == OPTION_COMMAND)
    return true;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strcmp(option->key, keys[i]) == 0)
      return true;
  return false;
}

void config_print_help(FILE *out) {
  fputs("Usage: tierd [OPTION]...\n"
        "Tell services which language model to call, the cheapest that is good enough,\n"
        "and what the call will cost.\n\n",
        out);
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++)
    if (is_everyday(&table[i]))
      help_option(&table[i], true, out);
  fputs("\nAll options and their defaults: tierd --help-all, tierd.conf(5)\n", out);
}

void config_print_help_all(FILE *out) {
  fputs("Usage: tierd [OPTION]...\n"
        "Tell services which language model to call, the cheapest that is good enough,\n"
        "and what the call will cost. Values in brackets are the defaults.\n",
        out);
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    if (table[i].type == OPTION_GROUP)
      fprintf(out, "\n%s:\n", table[i].key);
    else
      help_option(&table[i], false, out);
  }
}
