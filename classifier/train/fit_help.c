/* fit_help.c - what `tier-train fit --help` and --help-all print.
 *
 * One list of options in the order of reading; --help leaves out those that few will ever
 * turn, so that it fits a screen. Manual and completion are made from --help-all. */
#include <stdio.h>
#include <string.h>

#include "classifier/train/fit_arguments.h"

static const char usage[] =
    "usage: tier-train fit --data FILE... --tiers FILE --out FILE [option...]\n"
    "       tier-train fit --features SHARD... --tiers FILE --out FILE [option...]\n"
    "Trains a model from labelled logs (JSONL) and writes it to --out.\n"
    "\n";

static const struct help_entry {
  bool everyday;
  const char *text; /* whole lines, as printed */
} entries[] = {
    {true, "  --data FILE...     labelled logs; may be repeated\n"},
    {true, "  --features SHARD...\n"
           "                     what 'tier-train features' made of logs, instead of them\n"
           "                     or beside them; all parts of a log, in any order\n"},
    {true, "  --tiers FILE       JSON: the tiers in order and which model belongs to which;\n"
           "                     a catalogue will do\n"},
    {true, "  --out FILE         where the model goes (*.tier); replaced in one step\n"},
    {true, "  --kernel KIND      linear (default: carries over to new kinds of prompts) or\n"
           "                     rbf (for a log of the very traffic that it will serve)\n"},
    {false, "  --scale KIND       irt (default: scores of different model pools on one scale\n"
            "                     of difficulty) or none (scores as they are)\n"},
    {false, "  --length-weight X   added to what the data says of the length of a prompt\n"
            "                     among its kind; default 0.5\n"},
    {false, "  --machine KIND     svr (default) or svc, with balanced classes\n"},
    {true, "  --seed N           1 unless given; the same data and seed give the same file\n"},
    {false, "  --folds N          of the cross-validation, 2 to 20; default 5\n"},
    {false, "  --rows-max N       most rows that one machine trains on; default 6000\n"},
    {true, "  --threads N        default: one a core\n"},
    {false, "  --created TIME     stands in the file; default: SOURCE_DATE_EPOCH, then now\n"},
    {true, "  --prior MODEL      lean on this model where the log does not outweigh it; none\n"
           "                     leans on nothing; default: the shipped one, if it is found\n"
           "                     beside the program and has as many tiers\n"},
    {false, "  --baseline MODEL   refuse to write a model that ranks these rows worse than\n"
            "                     this one, by more than the standard error; default: the\n"
            "                     prior. A baseline that was trained on the same rows has\n"
            "                     an easy game\n"},
    {true, "  --force            write a model worse than the prior, or of under 200 rows\n"},
    {false, "  --strict           stop at the first bad line of the data\n"},
    {true, "  -q, --quiet        no progress\n"},
    {true, "  -h, --help         this text\n"},
    {true, "  --help-all         all options\n"},
};

static void print_help(bool all) {
  fputs(usage, stdout);
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
    if (all || entries[i].everyday)
      fputs(entries[i].text, stdout);
}

bool fit_help(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    const bool all = strcmp(argv[i], "--help-all") == 0;
    if (all || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      print_help(all);
      return true;
    }
  }
  return false;
}
