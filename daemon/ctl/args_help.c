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
    snprintf(names, sizeof names, "--%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    char letter[5] = "    ";
    if (option->letter)
      snprintf(letter, sizeof letter, "-%c, ", option->letter);
    fprintf(out, "  %s%-17s  ", letter, names);
    help_lines(out, option->help);
  }
}

void ctl_args_print_help(FILE *out) {
  fputs("Usage: tierctl [OPTION]... route PROMPT\n"
        "       tierctl [OPTION]... route --file FILE\n"
        "       tierctl [OPTION]... route --batch FILE\n"
        "       tierctl [OPTION]... status\n"
        "       tierctl [OPTION]... models\n"
        "       tierctl [OPTION]... reload\n"
        "       tierctl [OPTION]... promote FILE|--cancel\n"
        "       tierctl [OPTION]... promotion\n"
        "       tierctl [OPTION]... rollback\n"
        "       tierctl [OPTION]... log join FILE...\n"
        "       tierctl catalog import|check|diff ...\n"
        "       tierctl [OPTION]... report FILE...\n"
        "Ask tierd which model a request should go to and what it will cost.\n"
        "\n"
        "  route   decide for a prompt, a file or each line of a batch\n"
        "  status  is the daemon ready, and which versions does it run?\n"
        "  models  the catalogue: models, tiers, prices in USD per million tokens\n"
        "  reload  have the daemon read config, catalogue and model anew\n"
        "  promote put a model in shadow of the running one, to take its place if it is no\n"
        "          worse; promotion tells how that stands, rollback goes back\n"
        "  log     join: decision logs and their feedback to rows that tier-train reads\n"
        "  catalog import price lists, check and compare catalogues; see\n"
        "          tierctl catalog --help\n"
        "  report  what was spent, saved and wasted, from decision logs and their feedback\n"
        "\n"
        "Options of route:\n",
        out);
  print_options(out, ARGS_ROUTE);
  fputs("\nOptions of promote and promotion:\n", out);
  print_options(out, ARGS_RUNS);
  print_options(out, ARGS_PROMOTE);
  fputs("\nOptions of log join and report:\n", out);
  print_options(out, ARGS_LOGS);
  fputs("\nOptions of report:\n", out);
  print_options(out, ARGS_REPORT);
  fputs("\nOptions of every command:\n", out);
  print_options(out, ARGS_NONE);
  fputs("\n"
        "Exit status: 0 answered; 1 the daemon answered with a problem, is not ready, a\n"
        "line of the batch failed or a candidate was not promoted; 2 wrong usage or an unreadable "
        "file; 3 no answer.\n"
        "\n"
        "Examples:\n"
        "  tierctl route \"Translate 'good morning' into Welsh\"\n"
        "  tierctl route --profile eco --file request.json\n"
        "  tierctl -q route --file - < prompt.txt\n"
        "  tierctl route --batch requests.ndjson\n"
        "  tierctl log join decisions.jsonl decisions.jsonl.1 --out labelled.jsonl\n"
        "  tierctl report decisions.jsonl* --catalog models/catalog.json --out report.html\n",
        out);
}
