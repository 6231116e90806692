/* options.c - parses `tier-bench accuracy`'s command line from one table.
 *
 * The table gives each option its name, its argument and its line of --help; one
 * switch stores what was given. Whether files exist is found out by those who open
 * them.
 */
#include "bench/accuracy/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What store() goes by. */
enum option_id {
  OPTION_MODEL,
  OPTION_SCORES,
  OPTION_DATA,
  OPTION_WEAK,
  OPTION_STRONG,
  OPTION_LADDER,
  OPTION_TIER,
  OPTION_TIERS,
  OPTION_PRICES,
  OPTION_CATALOG,
  OPTION_PRICE_RATIO,
  OPTION_QUALITY,
  OPTION_BOOTSTRAP,
  OPTION_SEED,
  OPTION_JSON,
  OPTION_CSV,
  OPTION_REPORT,
  OPTION_PREDICTIONS,
  OPTION_FORECAST_LENGTHS,
  OPTION_FAIL_IF,
  OPTION_STRICT,
  OPTION_HELP,
  OPTION_HELP_ALL
};

/* Everything that is said of an option stands in its row. */
struct option_row {
  const char *name, *argument, *meaning; /* argument NULL: a flag */
  enum option_id id;
  bool everyday; /* --help shows it; --help-all shows all */
};

/* In the order of --help: what is measured, against what, at which prices, and what comes
 * out. */
static const struct option_row rows[] = {
    {"model", "FILE", "trained model to measure", OPTION_MODEL, true},
    {"scores", "FILE",
     "another router's scores, id<TAB>score a line; higher:\n"
     "needs the stronger",
     OPTION_SCORES, false},
    {"data", "FILE...", "labelled logs; may be given again", OPTION_DATA, true},
    {"weak", "NAME", "the cheap model of two (RouteLLM's protocol)", OPTION_WEAK, true},
    {"strong", "NAME", "the dear model of two", OPTION_STRONG, true},
    {"ladder", "A,B,...", "two to eight models, cheapest first, instead of these", OPTION_LADDER,
     true},
    {"tier", "NAME",
     "rank by the head of this tier of the model (default:\n"
     "the cheapest)",
     OPTION_TIER, false},
    {"tiers", "FILE",
     "which models and labels stand for which tier, as for\n"
     "tier-train",
     OPTION_TIERS, false},
    {"prices", "FILE",
     "JSON {\"model\": {\"input\": n, \"output\": n}}, USD per\n"
     "million tokens",
     OPTION_PRICES, true},
    {"catalog", "FILE", "take the prices from a catalogue of tierd", OPTION_CATALOG, true},
    {"price-ratio", "A,B,...", "relative prices a token, one a model of the ladder",
     OPTION_PRICE_RATIO, false},
    {"forecast-lengths", NULL, "price answers without a length by the model's forecast",
     OPTION_FORECAST_LENGTHS, false},
    {"quality", "Q", "share of top quality to decide at (default 0.95)", OPTION_QUALITY, true},
    {"bootstrap", "N",
     "resamplings for the 95 % intervals, 0 for none\n"
     "(default 1000)",
     OPTION_BOOTSTRAP, false},
    {"seed", "N", "of the resampling (default 1)", OPTION_SEED, false},
    {"json", NULL, "print everything as JSON", OPTION_JSON, true},
    {"csv", NULL, "print every figure as a line of CSV", OPTION_CSV, false},
    {"report", "FILE", "write a self-contained HTML page", OPTION_REPORT, true},
    {"predictions", "FILE", "write what the model says of each row, tab-separated",
     OPTION_PREDICTIONS, false},
    {"fail-if", "EXPR",
     "exit with 1 when DATASET.MEASURE<NUMBER holds, for\n"
     "instance 'mmlu.apgr<0.60'",
     OPTION_FAIL_IF, true},
    {"strict", NULL, "stop at the first bad line of the data", OPTION_STRICT, false},
    {"help", NULL, "print this and leave", OPTION_HELP, true},
    {"help-all", NULL, "print all options and the measures of --fail-if", OPTION_HELP_ALL, true},
};

enum { ROWS_COUNT = sizeof rows / sizeof rows[0] };

/* What is gathered on the way and only checked at the end. */
struct parser {
  struct bench_options *out;
  struct labelled_log_memory *memory;
  const char *weak, *strong;
  size_t price_ratios;
};

/* In the table's order; a text of several lines stands below its beginning. */
static void print_rows(bool all) {
  enum { COLUMN = 25 };
  for (size_t i = 0; i < ROWS_COUNT; i++) {
    if (!rows[i].everyday && !all)
      continue;
    char left[40];
    (void)snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
                   rows[i].argument ? rows[i].argument : "");
    (void)printf("  %-22s ", left);
    for (const char *at = rows[i].meaning; *at; at++)
      (void)(*at == '\n' ? printf("\n%*s", COLUMN, "") : putchar(*at));
    (void)putchar('\n');
  }
}

/* The measures are listed with --help-all alone; --help has to fit a screen. */
void bench_options_help(bool all) {
  (void)fputs("Usage: tier-bench accuracy [--model FILE | --scores FILE] --data FILE...\n"
              "                           [OPTION]...\n"
              "Measures a router on labelled logs: quality against cost, with baselines and\n"
              "95 % bootstrap intervals.\n\n",
              stdout);
  print_rows(all);
  if (all)
    (void)fputs("\nMeasures for --fail-if: apgr cpt50 cpt80 saving95 saving98 saving99 aiq ece\n"
                "brier under_routing over_routing label_accuracy label_error_cost\n"
                "paraphrases_kept label_under label_over p50_coverage p90_coverage; of measured\n"
                "tokens and costs input_tokens_error input_tokens_bias output_tokens_error\n"
                "output_tokens_bias output_p50_coverage output_p90_coverage\n"
                "output_p10_p90_coverage cost_error cost_bias cost_p10_p90_coverage price_error.\n"
                "DATASET is a file's name without .jsonl, what follows its first underscore, or\n"
                "`all`; operators are < <= > >=.\n",
                stdout);
  (void)fputs("\nExit status: 0, 1 when a --fail-if holds or cannot be known, 2 for errors.\n",
              stdout);
}

/* Always false, so that callers can return it. */
static bool complain(const char *text, const char *about) {
  (void)fprintf(stderr, "tier-bench accuracy: %s%s\nTry 'tier-bench accuracy --help'.\n", text,
                about);
  return false;
}

/* Negated ranges refuse NaN, which strtod() takes. */
static bool take_number(const char *text, double low, double high, const char *expected,
                        double *out) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (end == text || *end || errno || !(value >= low && value <= high)) {
    (void)fprintf(stderr, "tier-bench accuracy: '%s' is not %s\n", text, expected);
    return false;
  }
  *out = value;
  return true;
}

/* Splits text at commas into at most BENCH_LADDER_MAX parts; 0 when there are more
 * or one is empty. */
static size_t split(struct labelled_log_memory *memory, const char *text, const char **parts) {
  size_t count = 0;
  char *rest = bench_copy(memory, text);
  while (rest) {
    char *part = strsep(&rest, ",");
    if (count == BENCH_LADDER_MAX || !*part)
      return 0;
    parts[count++] = part;
  }
  return count;
}

/* One model leaves nothing to route. */
static bool take_ladder(struct parser *p, const char *value) {
  p->out->ladder_count = split(p->memory, value, p->out->ladder);
  if (p->out->ladder_count < 2)
    return complain("--ladder takes two to eight models with commas between, not ", value);
  return true;
}

/* How many there have to be shows only when the ladder is known: see settle(). */
static bool take_ratios(struct parser *p, const char *value) {
  const char *parts[BENCH_LADDER_MAX];
  p->price_ratios = split(p->memory, value, parts);
  if (p->price_ratios == 0)
    return complain("--price-ratio takes one to eight numbers with commas between, not ", value);
  for (size_t i = 0; i < p->price_ratios; i++)
    if (!take_number(parts[i], 1e-9, 1e9, "a price ratio above 0", &p->out->price_ratio[i]))
      return false;
  return true;
}

/* Kept as text: which data sets and measures there are is not known yet. */
static bool take_gate(struct parser *p, const char *value) {
  if (p->out->gates_count == BENCH_GATES_MAX)
    return complain("more than 64 --fail-if; the next was ", value);
  p->out->gates[p->out->gates_count++] = value;
  return true;
}

/* By way of a double, which holds every count that is let through exactly. */
static bool take_count(const char *value, double high, double *number) {
  return take_number(value, 0, high, "a whole number in range", number) &&
         (floor(*number) == *number || complain("not a whole number: ", value));
}

/* 2^53 for the seed: beyond it two numbers would be one. */
static bool store_number(struct parser *p, enum option_id id, const char *value) {
  double number = 0;
  switch (id) {
  case OPTION_QUALITY:
    return take_number(value, 0, 1, "a number from 0 to 1", &p->out->quality);
  case OPTION_BOOTSTRAP:
    if (!take_count(value, BENCH_BOOTSTRAP_MAX, &number))
      return false;
    p->out->bootstrap = (size_t)number;
    return true;
  default:
    if (!take_count(value, 9007199254740992.0, &number))
      return false;
    p->out->seed = (uint64_t)number;
    return true;
  }
}

/* Texts and flags by where they go; of an option that is given twice the last one holds,
 * as scripts expect that append their own. */
static bool store(struct parser *p, enum option_id id, const char *value) {
  struct bench_options *out = p->out;
  const struct {
    enum option_id id;
    const char **out;
  } texts[] = {{OPTION_MODEL, &out->model},     {OPTION_SCORES, &out->scores},
               {OPTION_WEAK, &p->weak},         {OPTION_STRONG, &p->strong},
               {OPTION_TIER, &out->tier},       {OPTION_PRICES, &out->prices},
               {OPTION_CATALOG, &out->catalog}, {OPTION_TIERS, &out->tiers},
               {OPTION_REPORT, &out->report},   {OPTION_PREDICTIONS, &out->predictions}};
  const struct {
    enum option_id id;
    bool *out;
  } flags[] = {{OPTION_JSON, &out->json},     {OPTION_CSV, &out->csv},
               {OPTION_STRICT, &out->strict}, {OPTION_FORECAST_LENGTHS, &out->forecast_lengths},
               {OPTION_HELP, &out->help},     {OPTION_HELP_ALL, &out->help_all}};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (texts[i].id == id) {
      *texts[i].out = value;
      return true;
    }
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
    if (flags[i].id == id) {
      *flags[i].out = true;
      return true;
    }
  if (id == OPTION_DATA)
    out->data[out->data_count++] = value;
  return id == OPTION_DATA || (id == OPTION_LADDER        ? take_ladder(p, value)
                               : id == OPTION_PRICE_RATIO ? take_ratios(p, value)
                               : id == OPTION_FAIL_IF     ? take_gate(p, value)
                                                          : store_number(p, id, value));
}

/* The row of "--name" or "--name=value"; *value is what follows the sign, or NULL. */
static const struct option_row *find_row(const char *argument, const char **value) {
  if (strncmp(argument, "--", 2) != 0)
    return NULL;
  const char *name = argument + 2;
  size_t len = strcspn(name, "=");
  *value = name[len] ? name + len + 1 : NULL;
  for (size_t i = 0; i < ROWS_COUNT; i++)
    if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
      return &rows[i];
  return NULL;
}

/* "--name value" and "--name=value" alike. */
static bool parse_arguments(struct parser *p, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    const char *value = NULL;
    const struct option_row *row = find_row(argv[i], &value);
    if (!row)
      return complain("unrecognized argument ", argv[i]);
    if (!row->argument && value)
      return complain("this option takes no value: ", argv[i]);
    if (row->argument && !value) {
      if (i + 1 >= argc)
        return complain("a value is missing after ", argv[i]);
      value = argv[++i];
    }
    if (!store(p, row->id, value))
      return false;
    /* --data takes all that follows up to the next option. */
    while (row->id == OPTION_DATA && i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0)
      p->out->data[p->out->data_count++] = argv[++i];
  }
  return true;
}

/* --weak and --strong are a ladder of two; a single ratio N means 1:N. */
static bool settle(struct parser *p) {
  struct bench_options *out = p->out;
  if (!p->weak != !p->strong)
    return complain("--weak and --strong go together", "");
  if (p->weak && out->ladder_count > 0)
    return complain("give --ladder or --weak and --strong, not both", "");
  if (p->weak) {
    out->ladder[0] = p->weak;
    out->ladder[1] = p->strong;
    out->ladder_count = 2;
  }
  if (p->price_ratios == 1) {
    out->price_ratio[1] = out->price_ratio[0];
    out->price_ratio[0] = 1;
    p->price_ratios = 2;
  }
  if (p->price_ratios > 0 && p->price_ratios != out->ladder_count)
    return complain("--price-ratio needs one number a model of the ladder", "");
  if (out->prices && out->catalog)
    return complain("give --prices or --catalog, not both", "");
  if (out->json && out->csv)
    return complain("give --json or --csv, not both", "");
  /* Scores of another router have no probabilities to write. */
  if (out->predictions && (!out->model || out->scores))
    return complain("--predictions are a model's: give --model, and no --scores", "");
  if (out->forecast_lengths && !out->model)
    return complain("--forecast-lengths needs a --model that forecasts", "");
  if (out->data_count == 0)
    return complain("no data: give --data FILE", "");
  if (!out->model && out->ladder_count == 0)
    return complain("without --model a ladder is needed: --weak and --strong, or --ladder", "");
  /* Its two places would be compared with each other. */
  for (size_t i = 0; i < out->ladder_count; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(out->ladder[i], out->ladder[k]) == 0)
        return complain("this model is in the ladder twice: ", out->ladder[i]);
  return true;
}

bool bench_options_parse(int argc, char **argv, struct labelled_log_memory *memory,
                         struct bench_options *out) {
  struct parser p = {.out = out, .memory = memory};
  *out = (struct bench_options){.quality = 0.95, .bootstrap = 1000, .seed = 1};
  /* There cannot be more files than words. */
  out->data = bench_take(memory, (size_t)argc + 1, sizeof *out->data);
  return parse_arguments(&p, argc, argv) && (out->help || out->help_all || settle(&p));
}
