/* novelty.c - `tier-bench novelty`: abstentions and novelty on rows of kinds that a model
 * was trained without, beside those on rows of kinds that it knows.
 *
 *   --known, --unseen -> two struct bench_data with the model's opinion of each row
 *                     -> for each language and task: share abstained, AUROC
 *
 * The AUROC of a group is the chance that one of its rows has a higher novelty score
 * than a row of all the known ones: 0.5 is blind. The known rows have to be held out
 * too, else memory is measured; leave_out.py splits files so.
 */
#include "bench/accuracy/novelty.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/data.h"

/* Enough for two digits of an interval. */
enum { NOVELTY_RESAMPLINGS = 1000 };

enum novelty_kind { BY_ALL, BY_LANGUAGE, BY_TASK, NOVELTY_KINDS };

static const char *const kind_names[NOVELTY_KINDS] = {"all", "language", "task"};

/* Both sides are loaded by the code of `accuracy`, whose options they are in. */
struct novelty_options {
  struct bench_options known, unseen;
  bool json, help;
};

/* One side or one group of it. */
struct novelty_result {
  size_t count;
  struct estimate abstained, auroc;
};

/* The scores of the known rows, sorted, and room for one group's values. */
struct novelty_scale {
  double *known;
  size_t known_count;
  double *values, *ranks, *replicates;
};

/* For qsort(). */
static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* How many known scores are below value, or at most value; the two together give its rank
 * with ties shared. */
static size_t count_below(const struct novelty_scale *scale, double value, bool equal_too) {
  size_t low = 0, high = scale->known_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    double at = scale->known[middle];
    if (at < value || (equal_too && at == value))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Rows without a language or task form a group of their own. */
static bool belongs(const struct bench_row *row, enum novelty_kind kind, size_t index) {
  return kind == BY_ALL || (kind == BY_LANGUAGE ? row->lang : row->task) == index;
}

/* Ties count half, as everywhere in this benchmark. */
static void measure(const struct bench_data *data, enum novelty_kind kind, size_t index,
                    const struct novelty_scale *scale, struct novelty_result *out) {
  out->count = 0;
  for (size_t i = 0; i < data->rows_count; i++) {
    const struct bench_row *row = &data->rows[i];
    if (!belongs(row, kind, index))
      continue;
    double below = (double)count_below(scale, row->novelty, false);
    double within = (double)count_below(scale, row->novelty, true);
    scale->values[out->count] = row->abstain;
    scale->ranks[out->count++] = (below + within) / 2 / (double)scale->known_count;
  }
  out->abstained =
      bootstrap_mean(scale->values, out->count, 1, scale->replicates, NOVELTY_RESAMPLINGS);
  out->auroc = bootstrap_mean(scale->ranks, out->count, 1, scale->replicates, NOVELTY_RESAMPLINGS);
}

/* A group of one row has an interval of one point, which is shown for what it is. */
static void print_interval(const struct estimate *e, double scale, int digits) {
  char text[64] = "-";
  if (isfinite(e->value))
    (void)snprintf(text, sizeof text, "%.*f [%.*f, %.*f]", digits, e->value * scale, digits,
                   e->low * scale, digits, e->high * scale);
  (void)printf("  %-22s", text);
}

static void print_line(const char *side, const char *name, const struct novelty_result *result) {
  (void)printf("  %-7s %-34.34s %6zu", side, name, result->count);
  print_interval(&result->abstained, 100, 1);
  print_interval(&result->auroc, 1, 3);
  (void)putchar('\n');
}

/* Names were cleaned of control characters when they were read. */
static void put_text(const char *text) {
  (void)putchar('"');
  for (const char *c = text; *c; c++)
    (void)printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  (void)putchar('"');
}

/* [value, low, high]. */
static void put_estimate(const char *key, const struct estimate *e) {
  const double values[] = {e->value, e->low, e->high};
  (void)printf(",\"%s\":[", key);
  for (size_t i = 0; i < 3; i++) {
    (void)fputs(i > 0 ? "," : "", stdout);
    if (isfinite(values[i]))
      (void)printf("%.6g", values[i]);
    else
      (void)fputs("null", stdout);
  }
  (void)putchar(']');
}

/* A line a group; nothing is nested, so that a table can be made of it at once. */
static void put_json_line(const char *side, enum novelty_kind kind, const char *name,
                          const struct novelty_result *result, bool first) {
  (void)printf("%s{\"side\":\"%s\",\"kind\":\"%s\",\"name\":", first ? "" : ",\n", side,
               kind_names[kind]);
  put_text(name);
  (void)printf(",\"rows\":%zu", result->count);
  put_estimate("abstained", &result->abstained);
  put_estimate("auroc", &result->auroc);
  (void)putchar('}');
}

/* All rows, then each language and each task, of one side. */
static void print_side(const char *side, const struct bench_data *data, bool json, bool first,
                       const struct novelty_scale *scale) {
  for (size_t k = 0; k < NOVELTY_KINDS; k++) {
    const struct name_list *names = k == BY_LANGUAGE ? &data->langs : &data->tasks;
    size_t count = k == BY_ALL ? 1 : names->count;
    for (size_t i = 0; i < count; i++) {
      struct novelty_result result;
      const char *name = k == BY_ALL ? "all" : names->cleaned[i];
      measure(data, (enum novelty_kind)k, i, scale, &result);
      if (json)
        put_json_line(side, (enum novelty_kind)k, name, &result, first && k == BY_ALL);
      else
        print_line(side, name, &result);
    }
  }
}

/* The known side comes first: its abstentions are the price of those on the other. */
static void print_all(const struct bench_data *known, const struct bench_data *unseen, bool json,
                      const struct novelty_scale *scale) {
  if (json)
    (void)printf("{\"tool\":\"tier-bench novelty\",\"format\":1,\"model_version\":\"%s\","
                 "\"groups\":[\n",
                 known->model_version);
  else
    (void)printf("model %s\n  %-7s %-34s %6s  %-22s  %-22s\n", known->model_version, "", "", "rows",
                 "abstained, %", "AUROC against known");
  print_side("known", known, json, true, scale);
  print_side("unseen", unseen, json, false, scale);
  if (json)
    (void)fputs("]}\n", stdout);
}

/* Room is taken once, for the larger side, and serves every group. */
static void compare(const struct bench_data *known, const struct bench_data *unseen, bool json) {
  struct labelled_log_memory *memory = known->memory;
  size_t most = known->rows_count > unseen->rows_count ? known->rows_count : unseen->rows_count;
  struct novelty_scale scale = {.known = bench_take(memory, known->rows_count, sizeof(double)),
                                .known_count = known->rows_count,
                                .values = bench_take(memory, most, sizeof(double)),
                                .ranks = bench_take(memory, most, sizeof(double)),
                                .replicates =
                                    bench_take(memory, NOVELTY_RESAMPLINGS, sizeof(double))};
  for (size_t i = 0; i < known->rows_count; i++)
    scale.known[i] = known->rows[i].novelty;
  /* Sorted once; each row of either side is then found by halving. */
  qsort(scale.known, scale.known_count, sizeof(double), by_value);
  print_all(known, unseen, json, &scale);
}

/* Short enough to need no table of options. */
static void print_help(void) {
  (void)fputs("Usage: tier-bench novelty --model FILE --known FILE... --unseen FILE... [--json]\n"
              "\nShows whether a model notices what it was not trained on: the share of rows on\n"
              "which it abstains and the AUROC of its novelty score, by language and by task.\n"
              "\nOptions:\n"
              "  --model FILE      trained model\n"
              "  --known FILE...   labelled logs of kinds that it was trained on, held out\n"
              "  --unseen FILE...  labelled logs of kinds that it was trained without\n"
              "  --json            print JSON\n"
              "  --help            print this and leave\n"
              "\nbench/accuracy/leave_out.py splits logs so. Exit status: 0, or 2 for errors.\n",
              stdout);
}

/* Always false, so that callers can return it. */
static bool complain(const char *text, const char *about) {
  (void)fprintf(stderr, "tier-bench novelty: %s%s\nTry 'tier-bench novelty --help'.\n", text,
                about);
  return false;
}

/* All that follows up to the next option; returns the index of the last. */
static int take_files(struct bench_options *options, int argc, char **argv, int at) {
  while (at + 1 < argc && strncmp(argv[at + 1], "--", 2) != 0)
    options->data[options->data_count++] = argv[++at];
  return at;
}

/* Options may come in any order, and lists of files may be given in parts. */
static bool parse(int argc, char **argv, struct labelled_log_memory *memory,
                  struct novelty_options *out) {
  *out = (struct novelty_options){0};
  out->known.data = bench_take(memory, (size_t)argc + 1, sizeof *out->known.data);
  out->unseen.data = bench_take(memory, (size_t)argc + 1, sizeof *out->unseen.data);
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0)
      out->help = true;
    else if (strcmp(argv[i], "--json") == 0)
      out->json = true;
    else if (strcmp(argv[i], "--model") == 0 && i + 1 < argc)
      out->known.model = out->unseen.model = argv[++i];
    else if (strcmp(argv[i], "--known") == 0)
      i = take_files(&out->known, argc, argv, i);
    else if (strcmp(argv[i], "--unseen") == 0)
      i = take_files(&out->unseen, argc, argv, i);
    else
      return complain("unexpected argument ", argv[i]);
  }
  return out->help || (out->known.model && out->known.data_count && out->unseen.data_count) ||
         complain("--model, --known and --unseen are needed, each with a file", "");
}

/* Both sides are loaded as for `accuracy`, each with the model's opinion of its rows. */
static int run(const struct novelty_options *options, struct labelled_log_memory *memory) {
  struct bench_data known, unseen = {0};
  /* Messages of loading begin with "accuracy", whose code it is. */
  bool ok = bench_data_load(&options->known, memory, &known);
  labelled_log_init(&unseen.log); /* to be released whether it was read or not */
  ok = ok && bench_data_load(&options->unseen, memory, &unseen);
  if (ok)
    compare(&known, &unseen, options->json);
  bench_data_unload(&known);
  bench_data_unload(&unseen);
  if (ok && fflush(stdout) != 0)
    ok = complain("cannot write to standard output", "");
  return ok ? 0 : 2;
}

/* One memory for both sides, given back as a whole. */
int novelty_main(int argc, char **argv) {
  struct novelty_options options;
  struct labelled_log_memory *memory = log_memory_create();
  int code = 2;
  if (!memory)
    return code;
  if (parse(argc, argv, memory, &options)) {
    code = 0;
    if (options.help)
      print_help();
    else
      code = run(&options, memory);
  }
  log_memory_destroy(memory);
  return code;
}
