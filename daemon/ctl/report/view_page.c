/* view_page.c - the report as one self-contained HTML page.
 *
 * First the answer in a sentence and the charts, then a table for each, then what was
 * read. Every estimate says that it is one and of how many calls. Drawings are in
 * charts.c, the common style sheet in daemon/page. */
#include <math.h>
#include <time.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/report/charts.h"
#include "daemon/ctl/report/views.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

/* Four colours that tell apart what was paid, saved, added and the rest; with 3:1 against
 * both backgrounds. */
static const char style_colours[] =
    ":root{--whole:#0b57d0;--less:#1a7f37;--more:#bc4c00;--second:#6e7781}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--whole:#6cb6ff;--less:#57d364;"
    "--more:#f0883e;--second:#8b949e}}\n";

/* Only what this page has beside the common style sheet. */
static const char style_classes[] =
    ".bar.whole{fill:var(--whole)}.bar.less{fill:var(--less)}.bar.more{fill:var(--more)}"
    ".bar.second{fill:var(--second)}"
    ".swatch{stroke-width:9}.swatch.whole{stroke:var(--whole)}.swatch.less{stroke:var(--less)}"
    ".swatch.more{stroke:var(--more)}.swatch.second{stroke:var(--second)}"
    ".told{stroke:var(--whole)}.diagonal{stroke:var(--second);stroke-dasharray:5 4}\n"
    ".lead{font-size:17px;color:var(--ink)}\n";

/* Cells. An unknown amount reads so. */
static void put_usd(FILE *out, int64_t nano) {
  char text[AMOUNT_TEXT_MAX];
  /* Amounts are ours and need no escaping; whatever is from the log goes through
   * page_text_cell() or chart_text(). */
  (void)fprintf(out, "<td>%s</td>", amount_bill(report_usd(nano), text));
}

static void put_count(FILE *out, uint64_t count) {
  char text[AMOUNT_TEXT_MAX];
  (void)fprintf(out, "<td>%s</td>", amount_count((double)count, text));
}

/* A dash where there is no whole to have a share of. */
static void put_share(FILE *out, double part, double of) {
  char text[AMOUNT_TEXT_MAX];
  (void)fprintf(out, "<td>%s</td>", of > 0 ? amount_percent(part / of, text) : "–");
}

/* heads: cells of the head, as HTML. */
/* In a box of its own, which scrolls sideways on a narrow screen instead of the page. */
static void open_table(FILE *out, const char *heads) {
  (void)fprintf(out, "<div class=\"wide\"><table><thead><tr>%s</tr></thead><tbody>\n", heads);
}

static void close_table(FILE *out) {
  (void)fputs("</tbody></table></div>\n", out);
}

/* The name is the row's head, which screen readers say with each cell. */
static void open_row(FILE *out, const char *name) {
  (void)fputs("<tr>", out);
  page_row_head(out, name);
}

/* Rows and tables are opened and closed by name, so that a lost end tag shows in the
 * source. */
static void close_row(FILE *out) {
  (void)fputs("</tr>\n", out);
}

#define HEAD(name) "<th scope=\"col\">" name "</th>"
#define TEXT_HEAD(name) "<th scope=\"col\" class=\"text\">" name "</th>"

/* To the minute, UTC. */
static void put_time(FILE *out, int64_t seconds) {
  const time_t time = (time_t)seconds;
  struct tm utc;
  char text[32];
  /* A year beyond what the library can print leaves an empty place. */
  if (gmtime_r(&time, &utc) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &utc) > 0)
    (void)fputs(text, out);
}

/* The answer: spent, against what, and how sure. */
static void put_lead(FILE *out, const struct report_summary *s) {
  const int64_t saved = s->bars[BAR_TOP] - s->bars[BAR_SPENT];
  char a[AMOUNT_TEXT_MAX], b[AMOUNT_TEXT_MAX], c[AMOUNT_TEXT_MAX];
  (void)fprintf(out, "<p class=\"lead\">%s spent", amount_bill(report_usd(s->spent), a));
  /* Without a call that can be compared there is nothing to have saved against. */
  if (s->bars[BAR_TOP] > 0)
    (void)fprintf(out, "; always-top would have cost %s, so %s (%s) was saved",
                  amount_bill(report_usd(s->bars[BAR_TOP]), a), amount_bill(report_usd(saved), b),
                  amount_percent((double)saved / (double)s->bars[BAR_TOP], c));
  /* The two sums are of the same calls only where all can be compared. */
  (void)fputs(s->uncompared != 0 ? " on the calls that can be compared.</p>\n<p>" : ".</p>\n<p>",
              out);
  /* Of no decisions there is no first and no last. */
  if (s->totals->decisions > 0) {
    put_time(out, s->totals->first_s);
    (void)fputs(" to ", out);
    put_time(out, s->totals->last_s);
    (void)fputs(" UTC, ", out);
  }
  /* Without the count, no figure on the page can be weighed. */
  (void)fprintf(out, "%s decisions.", amount_count((double)s->totals->decisions, a));
  if (s->unknown > 0)
    (void)fprintf(out, " The cost of %s calls is unknown and in no sum.",
                  amount_count((double)s->unknown, a));
  /* An hour of traffic times 720 would be taken for a forecast. */
  if (!money_known(s->spent_month))
    (void)fputs(" The period is too short to tell a month from.", out);
  (void)fputs("</p>\n", out);
}

/* What is known, by how sure it is, then by name what is not, then the sum. */
static void put_spent(FILE *out, const struct report_summary *s) {
  static const char *const meanings[BILL_UNKNOWN] = {
      "feedback told the cost", "feedback told the usage, the catalogue priced it",
      "estimated when it was decided; nobody told more"};
  (void)fputs("<h2>Spent</h2>\n", out);
  /* Figures are set flush right; columns of text are not. */
  open_table(out, HEAD("source") HEAD("calls") HEAD("spent") TEXT_HEAD("what it rests on"));
  for (size_t i = 0; i < BILL_UNKNOWN; i++) {
    open_row(out, bill_source_names[i]);
    put_count(out, s->totals->spent[i].lines + s->totals->extra[i].lines);
    put_usd(out, money_add(s->totals->spent[i].nano, s->totals->extra[i].nano));
    page_text_cell(out, meanings[i]);
    close_row(out);
  }
  /* Each by name: this is the list of prices to look up. */
  for (size_t i = 0; i < s->totals->unpriced.count; i++) {
    open_row(out, "unknown");
    put_count(out, s->totals->unpriced.list[i].unknown);
    put_usd(out, MONEY_UNKNOWN);
    page_text_cell(out, s->totals->unpriced.list[i].name);
    close_row(out);
  }
  (void)fputs("<tr class=\"front\">", out);
  page_row_head(out, "total");
  (void)fputs("<td></td>", out);
  put_usd(out, s->spent);
  (void)fputs("<td class=\"text\">a month: ", out);
  char text[AMOUNT_TEXT_MAX];
  (void)fprintf(out, "%s, estimated by the period</td></tr>\n",
                amount_bill(report_usd(s->spent_month), text));
  close_table(out);
}

/* The bars in figures, with what each of them means. */
static void put_waterfall(FILE *out, const struct report_summary *s) {
  char text[AMOUNT_TEXT_MAX];
  (void)fprintf(out,
                "<h2>Savings</h2>\n<p>Estimates from %s calls. Where feedback told what a call "
                "cost, its steps are scaled to that.",
                amount_count((double)s->totals->compared.lines, text));
  (void)fprintf(out, " Asked again: %s calls%s.", amount_count((double)s->asked_again, text),
                s->sampled ? ", from a sample" : "");
  (void)fprintf(out, " On calls that cannot be compared %s was spent.</p>\n",
                amount_bill(report_usd(s->uncompared), text));
  open_table(out, HEAD("step") HEAD("amount") HEAD("of always-top") TEXT_HEAD("what it is"));
  for (size_t i = 0; i < BARS_COUNT; i++) {
    open_row(out, bar_texts[i].title);
    put_usd(out, s->bars[i]);
    put_share(out, report_usd(s->bars[i]), report_usd(s->bars[BAR_TOP]));
    page_text_cell(out, bar_texts[i].meaning);
    close_row(out);
  }
  close_table(out);
}

/* Figures, advice, and in small type the rule by which calls were counted. */
static void put_waste(FILE *out, const struct report_summary *s) {
  (void)fputs("<h2>Waste</h2>\n<p>Estimates; they overlap, so they do not add up.", out);
  /* The log does not say what the provider's cache would have taken. */
  if (!s->totals->catalog)
    (void)fputs(" What caching would save needs --catalog.", out);
  if (s->totals->unjudged > 0)
    (void)fprintf(out,
                  " Of %llu calls to models that cache by themselves nobody told whether they "
                  "did.",
                  (unsigned long long)s->totals->unjudged);
  (void)fputs("</p>\n", out);
  open_table(out, HEAD("waste") HEAD("calls") HEAD("in the period") HEAD("a month")
                      TEXT_HEAD("what counts, and what to do"));
  /* Those of nothing stay in the table: that one is clean is good to know. */
  for (size_t i = 0; i < WASTE_KINDS; i++) {
    const struct waste_sum *waste = &s->waste[i];
    /* Found, but at no known price: unknown, and not nothing. */
    const bool unpriced = waste->lines > 0 && waste->unpriced == waste->lines;
    open_row(out, waste_texts[i].title);
    put_count(out, waste->lines);
    put_usd(out, unpriced ? MONEY_UNKNOWN : waste->nano);
    put_usd(out, unpriced ? MONEY_UNKNOWN : s->waste_month[i]);
    (void)fputs("<td class=\"text\">", out);
    chart_text(out, waste_texts[i].advice);
    (void)fputs("<small>Counts: ", out);
    chart_text(out, waste_texts[i].rule);
    (void)fputs(".</small></td>", out);
    close_row(out);
  }
  close_table(out);
}

/* This traffic beside that of --users. */
static void put_projection(FILE *out, const struct report_summary *s) {
  /* Needs --users as well as sessions in the log, to know how much a user asks. */
  const bool users = money_known(s->users_projection.total);
  char a[AMOUNT_TEXT_MAX], b[AMOUNT_TEXT_MAX];
  (void)fputs("<h2>Full bill a month</h2>\n<p>A projection from what tokens cost, by the published "
              "split: tokens 30 to 40 %, infrastructure 20 to 25 %, evaluation 15 to 20 %, "
              "guardrails 10 to 15 %; --split changes it.",
              out);
  if (isnan(s->users))
    (void)fputs(" Without sessions in the log, users cannot be told.", out);
  else
    (void)fprintf(out, " Sessions tell of %s users a day.", amount_count(s->users, a));
  if (money_known(s->projection.total))
    (void)fprintf(out, " With tokens at 40 or 30 %% the bill of this traffic is %s to %s.",
                  amount_bill(report_usd(s->projection.low), a),
                  amount_bill(report_usd(s->projection.high), b));
  (void)fputs("</p>\n", out);
  /* Both columns always, so that the page has one form. */
  open_table(out, HEAD("part") HEAD("share") HEAD("this traffic") HEAD("with --users"));
  for (size_t i = 0; i < PROJECTION_PARTS; i++) {
    open_row(out, projection_names[i]);
    put_share(out, s->totals->options->split.share[i], 1);
    put_usd(out, s->projection.part[i]);
    put_usd(out, s->users_projection.part[i]);
    close_row(out);
  }
  (void)fputs("<tr class=\"front\">", out);
  page_row_head(out, "total");
  (void)fputs("<td></td>", out);
  put_usd(out, s->projection.total);
  put_usd(out, s->users_projection.total);
  close_row(out);
  close_table(out);
  if (users)
    (void)fprintf(out,
                  "<p>With --users: %s users a day, who ask as much as those of the log.</p>\n",
                  amount_count(s->totals->options->users, a));
}

/* A label may have no text, but a row needs a head. */
static void put_tally(FILE *out, const struct report_summary *s, const struct tally *tally) {
  open_row(out, tally->name[0] ? tally->name : "(empty)");
  put_count(out, tally->lines);
  put_share(out, (double)tally->lines, (double)s->totals->decisions);
  put_usd(out, tally_spent(tally));
  put_share(out, (double)tally->spent, money_known(tally_spent(tally)) ? (double)s->spent : 0);
  put_count(out, tally->unknown);
  close_row(out);
}

/* At most --top rows; what is left out is said. */
static void put_tallies(FILE *out, const struct report_summary *s, const char *title,
                        const char *name, const struct tallies *tallies) {
  /* Tallies are sorted, the dearest first, so the first ones are those to keep. */
  const size_t top = s->totals->options->top;
  /* A log without labels has no such table at all. */
  if (tallies->count == 0)
    return;
  (void)fprintf(out, "<h2>%s", title);
  chart_text(out, name);
  (void)fputs("</h2>\n", out);
  open_table(out, HEAD("name") HEAD("calls") HEAD("of all") HEAD("spent") HEAD("of all")
                      HEAD("cost unknown"));
  for (size_t i = 0; i < tallies->count && i < top; i++)
    put_tally(out, s, &tallies->list[i]);
  close_table(out);
  if (tallies->count > top || tallies->rest.lines > 0)
    (void)fprintf(out, "<p>The dearest %zu of %zu%s; --top shows more.</p>\n", top, tallies->count,
                  tallies->rest.lines > 0 ? " and more" : "");
}

/* The chart in figures. */
static void put_hours(FILE *out, const struct report_summary *s) {
  /* The hours' names are ours and need no escaping. */
  char name[16];
  (void)fputs("<h2>Hours</h2>\n", out);
  open_table(out, HEAD("hour, UTC") HEAD("calls") HEAD("spent") HEAD("of all"));
  for (size_t i = 0; i < HOURS; i++) {
    const struct tally *hour = &s->totals->hours[i];
    /* The chart above shows the gaps. */
    if (hour->lines == 0)
      continue;
    snprintf(name, sizeof name, "%02zu:00", i);
    open_row(out, name);
    put_count(out, hour->lines);
    put_usd(out, hour->spent);
    put_share(out, (double)hour->spent, (double)s->spent);
    close_row(out);
  }
  close_table(out);
}

/* One line of estimate against report; above 1, calls cost more than was said. */
static void put_checked(FILE *out, const char *name, uint64_t lines, int64_t estimated,
                        int64_t told) {
  open_row(out, name);
  put_count(out, lines);
  put_usd(out, estimated);
  put_usd(out, told);
  if (estimated > 0)
    (void)fprintf(out, "<td>%.3f</td>", (double)told / (double)estimated);
  else
    (void)fputs("<td>–</td>", out);
  close_row(out);
}

/* Sentences for the whole, a table by model. */
static void put_calibration(FILE *out, const struct report_summary *s) {
  /* A bias of the sum and hits of the range are different faults, so both are told. */
  const struct calibration_sums *c = &s->totals->calibration;
  char a[AMOUNT_TEXT_MAX], b[AMOUNT_TEXT_MAX];
  (void)fputs("<h2>Calibration of the estimate</h2>\n<p>", out);
  if (c->lines == 0) {
    (void)fputs("No feedback tells a cost, or usage that --catalog prices.</p>\n", out);
    return;
  }
  (void)fprintf(out, "Of %s calls %s cost what the estimate's low and high allow.",
                amount_count((double)c->lines, a),
                amount_percent((double)c->within / (double)c->lines, b));
  /* Feedback may tell a cost and no usage. */
  if (c->output_lines > 0)
    (void)fprintf(out, " Answers no longer than p50: %s (50 %% are right); than p90: %s (90 %%).",
                  amount_percent((double)c->output_p50 / (double)c->output_lines, a),
                  amount_percent((double)c->output_p90 / (double)c->output_lines, b));
  /* The one figure that a wrong tokenizer shows in. */
  if (c->token_lines > 0 && c->input_estimated > 0)
    (void)fprintf(out, " Input tokens reported over estimated: %.3f.",
                  c->input_told / c->input_estimated);
  (void)fputs("</p>\n", out);
  open_table(out, HEAD("model") HEAD("calls") HEAD("estimated") HEAD("reported")
                      HEAD("reported / estimated"));
  for (size_t i = 0; i < s->totals->models.count && i < s->totals->options->top; i++) {
    const struct tally *model = &s->totals->models.list[i];
    /* Models of which nobody reported anything have no row. */
    if (model->checked > 0)
      put_checked(out, model->name, model->checked, model->estimated, model->told);
  }
  /* Last, as sums are. */
  put_checked(out, "all", c->lines, c->estimated, c->told);
  close_table(out);
}

/* What was read, and what of it was left out. */
static void put_foot(FILE *out, const struct report_summary *s) {
  const struct {
    const char *name;
    uint64_t count;
  } rows[] = {{"decisions", s->totals->decisions},
              {"decisions outside the period", s->totals->outside},
              {"decisions without a readable time", s->totals->untimed},
              {"lines of feedback", s->counts->feedback},
              {"ids with feedback and no decision", s->counts->unmatched},
              {"decisions read twice", s->counts->duplicates},
              {"labels beyond the first eight keys", s->totals->labels_left_out},
              {"bad lines", s->counts->bad_lines}};
  /* Rows of 0 stay: that nothing was left out is worth knowing. */
  (void)fputs("<h2>Data</h2>\n", out);
  open_table(out, HEAD("lines") HEAD("count"));
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    open_row(out, rows[i].name);
    put_count(out, rows[i].count);
    close_row(out);
  }
  close_table(out);
  if (s->sampled)
    (void)fputs("<p>Sessions or prompts were too many to hold; what is counted by them is from a "
                "sample.</p>\n",
                out);
  /* No date and no host: the same log gives the same page. */
  (void)fputs("<p>Written by tierctl report.</p>\n", out);
}

/* Two abreast where there is room: what was saved beside what could be. */
static void put_charts(FILE *out, const struct report_summary *s) {
  /* Each leaves itself out where it has nothing to draw. */
  (void)fputs("<h2>Charts</h2>\n<div class=\"charts\">\n", out);
  report_chart_waterfall(s, out);
  report_chart_waste(s, out);
  report_chart_tiers(s, out);
  report_chart_bill(s, out);
  report_chart_hours(s, out);
  report_chart_calibration(s, out);
  (void)fputs("</div>\n", out);
}

void report_print_page(const struct report_summary *summary, FILE *out) {
  const struct report_totals *totals = summary->totals;
  page_open(out, "What the calls cost", style_colours, style_classes);
  put_lead(out, summary);
  put_charts(out, summary);
  put_spent(out, summary);
  put_waterfall(out, summary);
  put_waste(out, summary);
  put_projection(out, summary);
  put_tallies(out, summary, "Tiers", "", &totals->tiers);
  put_tallies(out, summary, "Models", "", &totals->models);
  for (size_t i = 0; i < totals->labels_count; i++)
    put_tallies(out, summary, "By label: ", totals->labels[i].key, &totals->labels[i].values);
  put_hours(out, summary);
  put_calibration(out, summary);
  put_foot(out, summary);
  page_close(out);
}
