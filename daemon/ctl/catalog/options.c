/* options.c - the command line of tierctl catalog.
 *
 * One table lists every option with the commands that take it; parsing, checking and
 * --help read it. The commands of the daemon's client have a table of their own in
 * ctl/args.c, which hands over here at the word "catalog". What the values mean, globs
 * and dates and tiers, is checked where they are used.
 */
#include "daemon/ctl/catalog/options.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/help_lines.h"

enum option_kind { KIND_FLAG, KIND_TEXT, KIND_REPEATED, KIND_DAYS, KIND_HELP, KIND_HELP_ALL };

/* One row an option. Everything that is said of it stands here. */
struct option {
  const char *name;
  enum option_kind kind;
  size_t offset;     /* of the field in struct catalog_options */
  unsigned commands; /* that take it, as bits; with RARE, shown by --help-all alone */
  const char *value; /* its name in --help; NULL: takes none */
  const char *help;
};

#define FIELD(member) offsetof(struct catalog_options, member)
#define ALL (CATALOG_IMPORT | CATALOG_CHECK | CATALOG_DIFF)

/* Beside the commands' bits: what would not fit a screen. */
enum { RARE = 16 };

/* In the order of --help: where it goes, what it is made from, then how models find a
 * tier. */
static const struct option options_table[] = {
    {"out", KIND_TEXT, FIELD(out), CATALOG_IMPORT, "FILE",
     "write the catalogue here; without it, to stdout"},
    {"force", KIND_FLAG, FIELD(force), CATALOG_IMPORT, NULL, "replace FILE if it is there"},
    {"base", KIND_TEXT, FIELD(base), CATALOG_IMPORT, "FILE",
     "bring this catalogue up to date: its tiers and\n"
     "defaults stay, prices of its models are updated"},
    {"tiers", KIND_TEXT, FIELD(tiers), CATALOG_IMPORT, "T=GLOB,...",
     "the tier of new models by name, first match wins;\n"
     "without --base also the tiers, cheapest first"},
    {"tier-of", KIND_REPEATED, FIELD(tier_of), CATALOG_IMPORT | RARE, "MODEL=T",
     "the tier of one new model; may be repeated"},
    {"tier-by-price", KIND_TEXT, FIELD(tier_by_price), CATALOG_IMPORT, "A,B",
     "the tier of other new models by price: up to A, up to\n"
     "B, above; USD per million tokens, 3 in for 1 out"},
    {"default", KIND_REPEATED, FIELD(defaults), CATALOG_IMPORT | RARE, "T=MODEL",
     "the model a tier stands for, without --base; may be\n"
     "repeated; else the cheapest of the tier"},
    {"provider", KIND_TEXT, FIELD(providers), CATALOG_IMPORT, "GLOB,...",
     "only models of these providers of the list"},
    {"models", KIND_TEXT, FIELD(models), CATALOG_IMPORT, "GLOB,...", "only models of these names"},
    {"as-of", KIND_TEXT, FIELD(as_of), CATALOG_IMPORT, "DATE",
     "the date of the list's prices, YYYY-MM-DD; else the day\n"
     "on which the list's file was last written"},
    {"zero-is-free", KIND_FLAG, FIELD(zero_is_free), CATALOG_IMPORT | RARE, NULL,
     "take prices of 0 for free, not for unknown"},
    {"retired", KIND_FLAG, FIELD(retired), CATALOG_IMPORT | RARE, NULL,
     "take models that their provider has ended, too"},
    {"today", KIND_TEXT, FIELD(today), CATALOG_CHECK, "DATE",
     "check as if it were this day, YYYY-MM-DD"},
    {"stale-days", KIND_DAYS, FIELD(stale_days), CATALOG_CHECK, "N",
     "prices older than this are stale; default 45"},
    {"against", KIND_TEXT, FIELD(against), CATALOG_CHECK, "FILE",
     "report prices that differ by more than 1 % from this\n"
     "list of LiteLLM or models.dev"},
    {"json", KIND_FLAG, FIELD(json), ALL, NULL, "print what was found as JSON"},
    {"help", KIND_HELP, 0, ALL, NULL, "print this help and exit"},
    {"help-all", KIND_HELP_ALL, 0, CATALOG_IMPORT, NULL, "print all options and exit"},
};

enum { OPTIONS_COUNT = sizeof options_table / sizeof options_table[0] };

/* What the functions below pass along; nothing of it outlives the parsing. */
struct parser {
  struct catalog_options *options;
  int argc, at;
  char **argv;
  bool seen[OPTIONS_COUNT];
  char *why;
};

#define FAIL(parser, ...) (snprintf((parser)->why, OPTIONS_WHY_MAX, __VA_ARGS__), false)

/* Five digits are 270 years; more would only wrap round. */
static bool parse_days(const char *text, uint32_t *days) {
  const size_t len = strlen(text);
  if (len < 1 || len > 5 || text[strspn(text, "0123456789")] != '\0')
    return false;
  *days = (uint32_t)strtoul(text, NULL, 10);
  return *days >= 1;
}

/* Both sides of the "=" must be there; what they mean is seen to later. */
static bool add_value(struct parser *p, const struct option *option, struct option_values *values,
                      const char *value) {
  const char *equals = strchr(value, '=');
  if (equals == NULL || equals == value || equals[1] == '\0')
    return FAIL(p, "--%s is '%.60s'; expected %s", option->name, value, option->value);
  /* A script that names more models than that wants --tiers. */
  if (values->count == OPTIONS_REPEATS_MAX)
    return FAIL(p, "--%s is given more than %d times", option->name, OPTIONS_REPEATS_MAX);
  values->items[values->count++] = value;
  return true;
}

/* The offset says where, the kind what is written there. */
static bool store(struct parser *p, const struct option *option, const char *value) {
  void *field = (char *)p->options + option->offset;
  if (option->kind == KIND_FLAG)
    *(bool *)field = true;
  else if (option->kind == KIND_HELP || option->kind == KIND_HELP_ALL)
    p->options->help_all = option->kind == KIND_HELP_ALL, p->options->help_of = p->options->command,
    p->options->command = CATALOG_HELP;
  /* An empty value is a variable of the shell that was not set. */
  else if (value[0] == '\0')
    return FAIL(p, "--%s is empty; expected %s", option->name, option->value);
  else if (option->kind == KIND_TEXT)
    *(const char **)field = value;
  else if (option->kind == KIND_REPEATED)
    return add_value(p, option, field, value);
  else if (!parse_days(value, field))
    return FAIL(p, "--%s is '%.40s'; expected a number of days from 1 to 99999", option->name,
                value);
  return true;
}

/* Handles an option that was found; attached is what followed '=', or NULL. */
static bool found(struct parser *p, size_t index, const char *attached) {
  const struct option *option = &options_table[index];
  if (attached != NULL && option->value == NULL)
    return FAIL(p, "--%s takes no value", option->name);
  /* Which of two values was meant cannot be known; a flag says the same twice. */
  if (p->seen[index] && option->value != NULL && option->kind != KIND_REPEATED)
    return FAIL(p, "--%s is given twice", option->name);
  p->seen[index] = true;
  /* Either --out=FILE or --out FILE. */
  const char *value = attached;
  if (value == NULL && option->value != NULL) {
    if (p->at >= p->argc)
      return FAIL(p, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    value = p->argv[p->at++];
  }
  return store(p, option, value);
}

/* The two letters that the other commands have too; they are not bundled. */
static bool parse_option(struct parser *p, const char *text) {
  if (strcmp(text, "-h") == 0)
    /* Translated, so that there is one way through the table. */
    text = "--help";
  if (strcmp(text, "-o") == 0)
    text = "--out";
  /* No abbreviations, as in ctl/args.c. */
  const size_t len = strcspn(text, "=");
  for (size_t i = 0; i < OPTIONS_COUNT; i++)
    if (len == strlen(options_table[i].name) + 2 && strncmp(text, "--", 2) == 0 &&
        memcmp(options_table[i].name, text + 2, len - 2) == 0)
      return found(p, i, text[len] == '=' ? text + len + 1 : NULL);
  return FAIL(p, "catalog has no option %.*s", (int)(len > 40 ? 40 : len), text);
}

/* The first word is the command, the others are files. */
static bool parse_word(struct parser *p, const char *word) {
  static const struct {
    const char *name;
    enum catalog_command command;
  } commands[] = {{"import", CATALOG_IMPORT},
                  {"check", CATALOG_CHECK},
                  {"diff", CATALOG_DIFF},
                  {"help", CATALOG_HELP}};
  struct catalog_options *options = p->options;
  /* Options may stand before the command, too. */
  if (options->command == 0) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
      if (strcmp(commands[i].name, word) == 0)
        options->command = commands[i].command;
    if (options->command == 0)
      return FAIL(p, "there is no command 'catalog %.40s'; expected import, check or diff", word);
    return true;
  }
  /* diff takes two, the others one, which check() sees to. */
  if (options->files_count == 2)
    return FAIL(p, "'%.60s' is one argument too many", word);
  /* Whether they can be read shows when they are. */
  options->files[options->files_count++] = word;
  return true;
}

/* What the table knows of the commands: whose option it is, how many files. */
static bool check(struct parser *p) {
  const struct catalog_options *options = p->options;
  if (options->command == CATALOG_HELP)
    return true;
  if (options->command == 0)
    return FAIL(p, "catalog needs a second word; expected catalog import, check or diff");
  for (size_t i = 0; i < OPTIONS_COUNT; i++)
    /* An option that does nothing is refused: whoever gave it thinks that it does. */
    if (p->seen[i] && (options_table[i].commands & (unsigned)options->command) == 0)
      return FAIL(p, "--%s belongs to tierctl catalog %s", options_table[i].name,
                  options_table[i].commands & CATALOG_IMPORT ? "import" : "check");
  /* Too few and too many get the same answer: how it should look. */
  const size_t wanted = options->command == CATALOG_DIFF ? 2 : 1;
  if (options->files_count != wanted)
    return FAIL(p, "%zu files; expected %s", options->files_count,
                options->command == CATALOG_IMPORT  ? "catalog import LIST"
                : options->command == CATALOG_CHECK ? "catalog check CATALOG"
                                                    : "catalog diff OLD NEW");
  return true;
}

bool catalog_options_parse(struct catalog_options *options, int argc, char **argv,
                           char why[OPTIONS_WHY_MAX]) {
  *options = (struct catalog_options){.stale_days = STALE_DAYS_DEFAULT};
  /* argv begins behind the word "catalog". */
  struct parser p = {.options = options, .argc = argc, .argv = argv, .why = why};
  bool words_only = false;
  while (p.at < argc) {
    const char *text = argv[p.at++];
    /* Help is never refused. */
    if (options->command == CATALOG_HELP)
      return true; /* GNU habit: whatever follows --help does not matter */
    if (!words_only && strcmp(text, "--") == 0)
      /* File names may begin with a dash behind it. */
      words_only = true;
    else if (!(words_only || text[0] != '-' || text[1] == '\0' ? parse_word(&p, text)
                                                               : parse_option(&p, text)))
      return false;
  }
  return check(&p);
}

/* An option is printed for exactly the commands that it is of, so that the common ones
 * come last. */
static void print_options(FILE *out, unsigned commands, bool all) {
  for (size_t i = 0; i < OPTIONS_COUNT; i++) {
    const struct option *option = &options_table[i];
    if ((option->commands & ~(unsigned)RARE) != commands || (option->commands & RARE && !all))
      continue;
    char names[40];
    snprintf(names, sizeof names, "--%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    /* Room for the longest name with its value, so that the texts stand in one column. */
    fprintf(out, "  %-22s ", names);
    help_lines(out, option->help);
  }
}

/* What stands around the options of each command. */
static const struct page {
  enum catalog_command command;
  const char *usage, *after; /* the options */
  const char *notes;         /* with --help-all */
} pages[] = {
    {CATALOG_IMPORT,
     "Usage: tierctl catalog import LIST [OPTION]...\n"
     "Make or update a catalogue from a price list: LiteLLM's\n"
     "model_prices_and_context_window.json or models.dev's api.json.\n",
     "Examples:\n"
     "  tierctl catalog import prices.json --base models/catalog.json --out new.json\n"
     "  tierctl catalog import api.json --provider openai,anthropic \\\n"
     "    --tiers economy,standard,frontier --tier-by-price 1,5 --out mine.json\n",
     "\n"
     "A price that a list does not have is null in the catalogue, its notes say why,\n"
     "and a model without a price is never chosen as the cheaper one.\n"},
    {CATALOG_CHECK,
     "Usage: tierctl catalog check CATALOG [OPTION]...\n"
     "Find stale, missing and contradictory entries; exit with 1 when there are any.\n",
     "Example: tierctl catalog check models/catalog.json --against prices.json\n", ""},
    {CATALOG_DIFF,
     "Usage: tierctl catalog diff OLD NEW [--json]\n"
     "List models added, removed and moved to another tier, and figures changed; exit\n"
     "with 1 when there are any.\n",
     "Example: tierctl catalog diff models/catalog.json new.json\n", ""},
};

/* For "catalog" alone. Exit statuses are those of diff(1) and are told here for all three. */
static void print_overview(FILE *out) {
  fputs("Usage: tierctl catalog COMMAND FILE... [OPTION]...\n"
        "Make, check and compare catalogues, the files of models and prices that tierd\n"
        "routes by.\n"
        "\n"
        "  import   make or update a catalogue from somebody's price list\n"
        "  check    find stale, missing and contradictory entries\n"
        "  diff     list what differs between two catalogues\n"
        "\n"
        "Options of all three:\n",
        out);
  print_options(out, ALL, false);
  fputs("\n"
        "Exit status: 0 done, nothing found, or no difference; 1 check found something,\n"
        "or diff a difference; 2 wrong usage, or a file that cannot be read or written.\n"
        "'tierctl catalog COMMAND --help' says more.\n",
        out);
}

/* A command that has no page gets the overview. */
void catalog_options_help(FILE *out, enum catalog_command command, bool all) {
  for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
    if (pages[i].command != command)
      continue;
    fprintf(out, "%s\n", pages[i].usage);
    print_options(out, command, all);
    print_options(out, ALL, all);
    /* Notes are for whoever asked for everything. */
    fprintf(out, "\n%s%s", pages[i].after, all ? pages[i].notes : "");
    return;
  }
  print_overview(out);
}
