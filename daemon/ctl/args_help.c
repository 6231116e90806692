/* args_help.c - tierctl --help: what a person reads first, around the table of options. */
#include "daemon/ctl/args_internal.h"
#include "daemon/ctl/help_lines.h"

/* Those of one command, or with ARGS_NONE those of all. */
static void print_options(FILE *out, enum args_command command) {
  for (size_t i = 0; i < ARGS_OPTIONS_COUNT; i++) {
    const struct args_option *option = &args_options[i];
    if (option->command != command)
      continue;
    char names[32];
    /* Put together first, so that all of it can be padded as one column. */
    snprintf(names, sizeof names, "--%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    /* Blanks where there is no letter, so that the long names stand below each other. */
    char letter[5] = "    ";
    if (option->letter)
      snprintf(letter, sizeof letter, "-%c, ", option->letter);
    fprintf(out, "  %s%-17s  ", letter, names);
    help_lines(out, option->help);
  }
}

/* A page of --help for each command; those without options of their own share one. */
static const struct page {
  enum args_command command;
  const char *usage;
  const char *after; /* the options, with what led up to them */
} pages[] = {
    /* Examples are whole commands, to be copied. */
    {ARGS_ROUTE,
     "Usage: tierctl route [OPTION]... PROMPT\n"
     "       tierctl route [OPTION]... --file FILE | --batch FILE\n"
     "Decide for a prompt, a file or each line of a batch.\n",
     "Examples:\n"
     "  tierctl route --profile eco \"Translate 'good morning' into Welsh\"\n"
     "  tierctl -q route --file - < prompt.txt\n"
     "  tierctl route --batch requests.ndjson\n"},
    {ARGS_LOG_JOIN,
     "Usage: tierctl log join [OPTION]... FILE...\n"
     "Bring the feedback in decision logs to its decisions: rows for tier-train.\n",
     "Example: tierctl log join decisions.jsonl* --out labelled.jsonl\n"},
    {ARGS_REPORT,
     "Usage: tierctl report [OPTION]... FILE...\n"
     "Sum up what was spent, saved and wasted, from decision logs and feedback.\n",
     "Example: tierctl report decisions.jsonl* --catalog catalog.json -o report.html\n"},
    {ARGS_STATUS,
     "Usage: tierctl status [OPTION]...\n"
     "Is the daemon ready, and which versions does it run?\n",
     ""},
    {ARGS_MODELS,
     "Usage: tierctl models [OPTION]...\n"
     "List the catalogue: models, tiers, prices in USD per million tokens.\n",
     ""},
    {ARGS_PROMOTE,
     "Usage: tierctl promote [OPTION]... FILE\n"
     "       tierctl promote --cancel\n"
     "Put a model in shadow of the running one, to take its place if it is no worse.\n",
     "Example: tierctl promote mine.tier --wait\n"},
    {ARGS_PROMOTION,
     "Usage: tierctl promotion [OPTION]...\n"
     "How does the candidate in shadow stand?\n",
     "Example: tierctl promotion --wait\n"},
    {ARGS_ROLLBACK,
     "Usage: tierctl rollback [OPTION]...\n"
     "Go back to the model that ran before.\n",
     ""},
    {ARGS_RELOAD,
     "Usage: tierctl reload [OPTION]...\n"
     "Have the daemon read config, catalogue and model anew. On any error nothing\n"
     "changes there.\n",
     ""},
};

/* The commands in the order in which a newcomer meets them: first those that ask, then
 * those that change the daemon, then those that read files and need none. */
static void print_overview(FILE *out) {
  /* At most 24 lines of 80 columns with the options below: one screen. */
  fputs("Usage: tierctl [OPTION]... COMMAND [ARGUMENT]..., or tierctl COMMAND --help\n"
        "Ask tierd which model a request should go to and what it will cost.\n"
        "\n"
        "  route      decide for a prompt, a file or each line of a batch\n"
        "  status     is the daemon ready, and which versions does it run?\n"
        "  models     the catalogue: models, tiers, prices in USD per million tokens\n"
        "  reload     have the daemon read config, catalogue and model anew\n"
        "  promote    put a model in shadow, to take over if it is no worse\n"
        "  promotion  how that stands\n"
        "  rollback   go back to the model before\n"
        "  log        join: decision logs and their feedback to rows for tier-train\n"
        "  catalog    import, check and diff price lists and catalogues\n"
        "  report     what was spent, saved and wasted, from decision logs\n"
        "\n"
        "Options of every command:\n",
        out);
  print_options(out, ARGS_NONE);
}

/* Those that the table gives to two commands, and then the command's own. */
static void print_options_of(FILE *out, enum args_command command) {
  /* A group's option is no command's own, so it is in none of their pages by itself. */
  if (command == ARGS_LOG_JOIN || command == ARGS_REPORT)
    print_options(out, ARGS_LOGS);
  if (command == ARGS_PROMOTE || command == ARGS_PROMOTION)
    print_options(out, ARGS_RUNS);
  print_options(out, command);
}

void ctl_args_print_help(FILE *out, enum args_command command) {
  /* "log" alone is no command, but whoever asks for its help wants to know of its only
   * one. */
  const struct page *page = NULL;
  /* By a search, for one page is printed a run. */
  for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
    if (pages[i].command == (command == ARGS_LOG ? ARGS_LOG_JOIN : command))
      page = &pages[i];
  /* catalog has pages of its own (catalog/options.c), all else that has none gets the
   * overview. */
  if (page == NULL) {
    print_overview(out);
    return;
  }
  /* An empty line before the options, as in the overview. */
  fprintf(out, "%s\n", page->usage);
  /* A page without an end has no options to show either: it is the usage alone. */
  if (page->after[0] != '\0') {
    print_options_of(out, page->command);
    fprintf(out, "\n%s", page->after);
  }
  /* Scripts go by the exit status, so every page has it. */
  fputs("Options of every command: tierctl --help. Exit status: 0 answered; 1 the\n"
        "daemon answered with a problem, is not ready, a line of the batch failed or a\n"
        "candidate was not promoted; 2 wrong usage or an unreadable file; 3 no answer.\n",
        out);
}
