/* view_tables.c - the report for a terminal: a heading, then rows, for each subject.
 *
 * Names come from the log; table.h cleans them. */
#include <math.h>
#include <string.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/report/views.h"
#include "daemon/ctl/table.h"

enum { NAME_COLUMNS = 44 };

/* What is shown, and where to. Each print_ function below is a subject; false means that
 * memory was out. */
struct view {
  const struct report_summary *summary;
  const struct term *term;
};

/* A blank line sets subjects apart, in a file as on a terminal. */
static void heading(const struct view *view, const char *text) {
  fputc('\n', view->term->out);
  term_put(view->term, TERM_BOLD, span_of(text));
  fputc('\n', view->term->out);
}

/* Prints the rows that were gathered, and frees them. */
static bool finish(const struct view *view, struct ctl_table *table) {
  const bool ok = table && ctl_table_print(table, view->term);
  ctl_table_destroy(table);
  return ok;
}

/* A table of pairs, the second a figure. */
static const struct table_column pair_columns[] = {{NULL, TABLE_LEFT, NAME_COLUMNS, TERM_PLAIN},
                                                   {NULL, TABLE_DECIMAL, 0, TERM_PLAIN},
                                                   {NULL, TABLE_LEFT, 0, TERM_DIM}};

/* The note may be NULL. */
static void add_pair(struct ctl_table *table, const char *name, int64_t nano, const char *note) {
  char text[AMOUNT_TEXT_MAX];
  ctl_table_add(table, TERM_PLAIN,
                (const char *const[]){name, amount_bill(report_usd(nano), text), note});
}

/* By how sure it is: told, priced from told usage, estimated; then all of it. */
/* The answer before anything else. Second calls to another model count with the first
 * ones. */
static bool print_spent(const struct view *view) {
  const struct report_summary *s = view->summary;
  struct ctl_table *table = ctl_table_create(pair_columns, 3);
  /* A buffer a figure: rows are copied when they are added, so the next one may use it
   * again. */
  char note[128], text[AMOUNT_TEXT_MAX];
  fprintf(view->term->out, "%llu decisions over %.2f days\n",
          (unsigned long long)s->totals->decisions, s->days);
  heading(view, "Spent");
  for (size_t i = 0; i < BILL_UNKNOWN; i++) {
    snprintf(note, sizeof note, "%s calls",
             amount_count((double)(s->totals->spent[i].lines + s->totals->extra[i].lines), text));
    add_pair(table, bill_source_names[i],
             money_add(s->totals->spent[i].nano, s->totals->extra[i].nano), note);
  }
  snprintf(note, sizeof note, "and %s calls whose cost is unknown",
           amount_count((double)s->unknown, text));
  add_pair(table, "total", s->spent, s->unknown > 0 ? note : NULL);
  add_pair(table, "a month", s->spent_month,
           money_known(s->spent_month) ? "estimate, by the period" : "the period is too short");
  return finish(view, table);
}

/* Whose price is missing, so that somebody can put it into the catalogue. */
static bool print_unpriced(const struct view *view) {
  /* On one line below the sums: mostly it is one model or two. */
  const struct tallies *models = &view->summary->totals->unpriced;
  for (size_t i = 0; i < models->count; i++) {
    fprintf(view->term->out, "%s%llu of ", i == 0 ? "unknown: " : ", ",
            (unsigned long long)models->list[i].lines);
    term_put(view->term, TERM_PLAIN, span_of(models->list[i].name));
  }
  if (models->count > 0)
    fputc('\n', view->term->out);
  return true;
}

/* The bars as a column that can be added up. */
static bool print_waterfall(const struct view *view) {
  struct ctl_table *table = ctl_table_create(pair_columns, 3);
  char text[AMOUNT_TEXT_MAX];
  heading(view, "From always-top to spent (estimate)");
  for (size_t i = 0; i < BARS_COUNT; i++)
    add_pair(table, bar_texts[i].title, view->summary->bars[i], bar_texts[i].meaning);
  /* What follows speaks of the table, and is nothing without it. */
  if (!finish(view, table))
    return false;
  /* How much of the spending the bars are about stands below them: the rest has no such
   * steps. */
  fprintf(view->term->out, "from %s of the calls",
          amount_count((double)view->summary->totals->compared.lines, text));
  fprintf(view->term->out, "; on the others %s was spent\n",
          amount_bill(report_usd(view->summary->uncompared), text));
  return true;
}

/* A waste without a price is unknown, not free. */
static bool print_waste(const struct view *view) {
  static const struct table_column columns[] = {{"waste", TABLE_LEFT, NAME_COLUMNS, TERM_PLAIN},
                                                {"calls", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"a month", TABLE_DECIMAL, 0, TERM_PLAIN},
                                                {"what to do", TABLE_LEFT, 0, TERM_DIM}};
  struct ctl_table *table = ctl_table_create(columns, 4);
  char lines[AMOUNT_TEXT_MAX], text[AMOUNT_TEXT_MAX];
  heading(view, "Waste (estimates; they overlap, so do not add them up)");
  for (size_t i = 0; i < WASTE_KINDS; i++) {
    const struct waste_sum *waste = &view->summary->waste[i];
    /* Calls without a price, and no others: then there is no amount at all. */
    const bool unpriced = waste->unpriced == waste->lines && waste->lines > 0;
    ctl_table_add(
        table, TERM_PLAIN,
        (const char *const[]){
            waste_texts[i].title, amount_count((double)waste->lines, lines),
            amount_bill(unpriced ? (double)NAN : report_usd(view->summary->waste_month[i]), text),
            waste_texts[i].advice});
  }
  return finish(view, table);
}

/* Any list of names; the dearest come first, and --top says how many. */
static bool print_tallies(const struct view *view, const char *title,
                          const struct tallies *tallies) {
  static const struct table_column columns[] = {{"name", TABLE_LEFT, NAME_COLUMNS, TERM_PLAIN},
                                                {"calls", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"share", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"spent", TABLE_DECIMAL, 0, TERM_PLAIN},
                                                {"unknown", TABLE_RIGHT, 0, TERM_PLAIN}};
  struct ctl_table *table = ctl_table_create(columns, 5);
  /* At least 1, so that a report on nothing divides by something. */
  const double all = fmax((double)view->summary->totals->decisions, 1);
  char lines[AMOUNT_TEXT_MAX], share[AMOUNT_TEXT_MAX], spent[AMOUNT_TEXT_MAX],
      unknown[AMOUNT_TEXT_MAX];
  heading(view, title);
  for (size_t i = 0; i < tallies->count && i < view->summary->totals->options->top; i++) {
    const struct tally *tally = &tallies->list[i];
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){tally->name, amount_count((double)tally->lines, lines),
                                        amount_percent((double)tally->lines / all, share),
                                        amount_bill(report_usd(tally_spent(tally)), spent),
                                        amount_count((double)tally->unknown, unknown)});
  }
  return finish(view, table);
}

/* Tiers and models always; how questions were asked again, and labels, only where the log
 * has any. */
static bool print_mix(const struct view *view) {
  const struct report_totals *totals = view->summary->totals;
  bool ok = print_tallies(view, "Tiers", &totals->tiers) &&
            print_tallies(view, "Models", &totals->models) &&
            (totals->reasked.count == 0 ||
             print_tallies(view, "Asked again, by how it shows", &totals->reasked));
  for (size_t i = 0; ok && i < totals->labels_count; i++) {
    /* The key is the log's; heading() cleans it. */
    char title[TALLY_NAME_MAX + 16];
    snprintf(title, sizeof title, "By label: %s", totals->labels[i].key);
    ok = print_tallies(view, title, &totals->labels[i].values);
  }
  return ok;
}

/* Hours without calls are left out, for the column is long enough. */
static bool print_hours(const struct view *view) {
  static const struct table_column columns[] = {{"hour, UTC", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"calls", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"spent", TABLE_DECIMAL, 0, TERM_PLAIN}};
  struct ctl_table *table = ctl_table_create(columns, 3);
  char hour[16], lines[AMOUNT_TEXT_MAX], spent[AMOUNT_TEXT_MAX];
  heading(view, "Hours");
  for (size_t i = 0; i < HOURS; i++) {
    const struct tally *tally = &view->summary->totals->hours[i];
    snprintf(hour, sizeof hour, "%02zu", i);
    /* Hours are of the day and not of the calendar: a week of them is added up. */
    if (tally->lines > 0)
      ctl_table_add(table, TERM_PLAIN,
                    (const char *const[]){hour, amount_count((double)tally->lines, lines),
                                          amount_bill(report_usd(tally->spent), spent)});
  }
  return finish(view, table);
}

/* For --users where it was given and sessions tell how many there are now. */
static bool print_projection(const struct view *view) {
  const struct report_summary *s = view->summary;
  const bool users = money_known(s->users_projection.total);
  /* One of the two, for both beside each other are in the page and in --json. */
  const struct projection *projection = users ? &s->users_projection : &s->projection;
  struct ctl_table *table = ctl_table_create(pair_columns, 3);
  char note[64], title[128], count[AMOUNT_TEXT_MAX];
  snprintf(title, sizeof title, "Full bill a month%s%s%s (projection)", users ? ", for " : "",
           users ? amount_count(s->totals->options->users, count) : "",
           users ? " daily users" : ", of this traffic");
  heading(view, title);
  for (size_t i = 0; i < PROJECTION_PARTS; i++) {
    /* The share stands in every row, so that nobody takes a projection for a measurement. */
    snprintf(note, sizeof note, "%.1f %%", s->totals->options->split.share[i] * 100);
    add_pair(table, projection_names[i], projection->part[i], note);
  }
  add_pair(table, "total", projection->total, NULL);
  return finish(view, table);
}

/* Two sentences: is the money right, and are the answers as long as expected? */
static bool print_calibration(const struct view *view) {
  const struct calibration_sums *c = &view->summary->totals->calibration;
  char a[AMOUNT_TEXT_MAX], b[AMOUNT_TEXT_MAX], count[AMOUNT_TEXT_MAX];
  heading(view, "Estimate against reported cost");
  /* Said, for without it nobody knows that feedback would give these figures. */
  if (c->lines == 0) {
    fputs("no feedback tells a cost, or usage that --catalog prices\n", view->term->out);
    return true;
  }
  /* Two calls, since an amount's text is gone when its buffer is used again. */
  fprintf(view->term->out, "%s calls: estimated %s, ", amount_count((double)c->lines, count),
          amount_bill(report_usd(c->estimated), a));
  fprintf(view->term->out, "reported %s; %s within low and high\n",
          amount_bill(report_usd(c->told), a),
          amount_percent((double)c->within / (double)c->lines, b));
  /* Lengths are judged by how often they keep below the quantiles, which is what those
   * promise. */
  if (c->output_lines > 0)
    fprintf(view->term->out,
            "output no longer than p50: %s (50 %% are right), than p90: %s (90 %%)\n",
            amount_percent((double)c->output_p50 / (double)c->output_lines, a),
            amount_percent((double)c->output_p90 / (double)c->output_lines, b));
  return true;
}

/* Only where somebody judges answers. Without exploration there is one row, the mean. */
static bool print_quality(const struct view *view) {
  static const struct table_column columns[] = {{"decisions", TABLE_LEFT, 0, TERM_PLAIN},
                                                {"scored", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"worth", TABLE_RIGHT, 0, TERM_PLAIN},
                                                {"mean score", TABLE_DECIMAL, 0, TERM_PLAIN}};
  const struct quality *quality = &view->summary->totals->quality;
  /* A heading above nothing would look like a fault. */
  if (quality->of[QUALITY_POLICY].rows == 0)
    return true;
  struct ctl_table *table = ctl_table_create(columns, 4);
  char rows[AMOUNT_TEXT_MAX], worth[AMOUNT_TEXT_MAX], value[16];
  heading(view, "Quality by feedback's scores, weighed by inverse propensity (estimate)");
  for (size_t i = 0; i < QUALITY_POLICIES; i++) {
    const struct quality_sum *sum = &quality->of[i];
    if (sum->rows == 0)
      continue;
    /* Three digits: few logs tell more. */
    snprintf(value, sizeof value, "%.3f", quality_value(sum));
    ctl_table_add(
        table, TERM_PLAIN,
        (const char *const[]){quality_texts[i].title, amount_count((double)sum->rows, rows),
                              amount_count(round(quality_effective_rows(sum)), worth), value});
  }
  return finish(view, table);
}

/* What was left out and what is from a sample: nobody should have to look for it. */
static bool print_gaps(const struct view *view) {
  const struct report_summary *s = view->summary;
  FILE *out = view->term->out;
  if (s->sampled)
    fputs(
        "\nSessions or prompts were too many to hold; what is counted by them is from a sample.\n",
        out);
  /* Mostly a file of the log that was not named. */
  if (s->counts->unmatched > 0)
    fprintf(out, "\n%zu ids have feedback but no decision in these files.\n", s->counts->unmatched);
  if (!s->totals->catalog)
    fputs("\nGive --catalog FILE to price reported usage and what caching would save.\n", out);
  return true;
}

/* From what it cost, over what to do about it, to how far the figures can be trusted. */
bool report_print_tables(const struct report_summary *summary, const struct term *term) {
  const struct view view = {summary, term};
  return print_spent(&view) && print_unpriced(&view) && print_waterfall(&view) &&
         print_waste(&view) && print_projection(&view) && print_mix(&view) && print_hours(&view) &&
         print_calibration(&view) && print_quality(&view) && print_gaps(&view);
}
