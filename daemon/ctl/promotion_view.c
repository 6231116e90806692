/* promotion_view.c - a table of what was compared, between lines of plain words.
 *
 * Everything is taken from the answer without trust; what is missing reads "unknown". */
#include "daemon/ctl/promotion_view.h"

#include <math.h>
#include <stdio.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"

/* Verdicts and intervals stand beside the figures, for a figure alone decides nothing. */
static const struct table_column columns[] = {
    {"", TABLE_LEFT, 30, TERM_BOLD},
    {"running", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"candidate", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"change", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"interval", TABLE_LEFT, 40, TERM_PLAIN},
    {"verdict", TABLE_LEFT, 10, TERM_PLAIN},
};

/* label is ours, text is not. */
static void put(const struct term *term, const char *label, const char *text) {
  fputs(label, term->out);
  term_put(term, TERM_PLAIN, span_of(text));
}

/* What decides now, and what a rollback would go back to. */
static void print_models(const cJSON *tree, const struct term *term) {
  put(term, "model ", ctl_member_string(tree, "model_version", "unknown"));
  fputs(ctl_member_true(tree, "promoted") ? " decides, which was promoted" : " decides", term->out);
  /* Only after a promotion is there one to go back to. */
  if (ctl_member_get(tree, "previous"))
    put(term, "; before it ", ctl_member_string(tree, "previous", ""));
  fputc('\n', term->out);
}

/* "candidate X is running: why", for whatever the status is. */
static void print_run(const cJSON *tree, const struct term *term) {
  const char *status = ctl_member_string(tree, "status", "unknown");
  put(term, "candidate ", ctl_member_string(tree, "candidate", "unknown"));
  if (strcmp(status, "running") == 0)
    /* The one status that is a state and no outcome. */
    put(term, " is in shadow", "");
  else
    put(term, ": ", status);
  if (ctl_member_get(tree, "why"))
    put(term, ", ", ctl_member_string(tree, "why", ""));
  fputc('\n', term->out);
}

/* A count and the words that follow it: what is ours goes out as it is. */
static void print_count(const cJSON *counts, const struct term *term, const char *name,
                        const char *what) {
  char text[AMOUNT_TEXT_MAX];
  fputs(amount_count(ctl_member_number(counts, name), text), term->out);
  fputs(what, term->out);
}

/* The sample that the figures rest on, with what is missing from it. */
static void print_counts(const cJSON *counts, const struct term *term) {
  print_count(counts, term, "decisions", " decisions; the candidate takes a dearer tier in ");
  print_count(counts, term, "dearer", ", a cheaper one in ");
  print_count(counts, term, "cheaper", "; ");
  print_count(counts, term, "dropped", " dropped\n");
  print_count(counts, term, "judged", " judged by feedback: too low a tier ");
  print_count(counts, term, "under_routed_running", " times running, ");
  print_count(counts, term, "under_routed_candidate", " times candidate; ");
  print_count(counts, term, "doubtful", " doubtful\n");
  print_count(counts, term, "tested", " of the choices that differ were tested by feedback\n");
}

/* A share's change in points, a cost's in per cent: both are shares of one here. */
static const char *change(double share, char out[AMOUNT_TEXT_MAX]) {
  if (isnan(share))
    return "unknown";
  snprintf(out, AMOUNT_TEXT_MAX, "%+.2f %%", 100 * share);
  return out;
}

/* One criterion. A failed one stands out, since it is why the candidate was rejected. */
static void add_row(struct ctl_table *table, const char *label, const cJSON *figure, bool money) {
  char cells[5][AMOUNT_TEXT_MAX], interval[3 * AMOUNT_TEXT_MAX];
  /* Unknown before the first look at the gate, and then said so. */
  const double base = ctl_member_number(figure, "running");
  const double candidate = ctl_member_number(figure, "candidate");
  /* In the words of the interface, which its documentation explains. */
  const char *verdict = ctl_member_string(figure, "verdict", "unknown");
  snprintf(interval, sizeof interval, "%s to %s",
           change(ctl_member_number(figure, "low"), cells[3]),
           change(ctl_member_number(figure, "high"), cells[4]));
  ctl_table_add(table, strcmp(verdict, "failed") == 0 ? TERM_BAD : TERM_PLAIN,
                (const char *const[]){
                    label, money ? amount_usd(base, cells[0]) : amount_percent(base, cells[0]),
                    money ? amount_usd(candidate, cells[1]) : amount_percent(candidate, cells[1]),
                    change(ctl_member_number(figure, "change"), cells[2]), interval, verdict});
}

/* The same for promote, promotion and rollback, whose answers have one form. */
bool promotion_view_print(const cJSON *tree, const struct term *term) {
  const cJSON *gate = ctl_member_get(tree, "gate");
  /* First what decides now: that is what the reader has to live with. */
  print_models(tree, term);
  /* There is a gate from the first candidate on. */
  if (gate == NULL) {
    fputs("no candidate has been in shadow\n", term->out);
    return true;
  }
  print_run(tree, term);
  print_counts(ctl_member_get(tree, "counts"), term);
  struct ctl_table *table = ctl_table_create(columns, sizeof columns / sizeof columns[0]);
  add_row(table, "under-routing", ctl_member_get(gate, "under_routing"), false);
  add_row(table, "unstable decisions", ctl_member_get(gate, "instability"), false);
  add_row(table, "cost a decision", ctl_member_get(gate, "cost"), true);
  const bool printed = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return printed;
}
