/* batch_view.c - NDJSON in pieces to rows.
 *
 * Bytes are cut into lines; each line is a decision or a problem object and makes
 * one row. Rows are printed in portions, so that a batch of any length takes
 * bounded memory: columns fit their content exactly for the first portion and
 * only ever grow after it.
 */
#include "daemon/ctl/batch_view.h"

#include <math.h>
#include <stdio.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/decision_view.h"
#include "daemon/ctl/member.h"

/* A thousand rows fill a screen many times over and are still next to nothing to hold. */
enum { BATCH_VIEW_PORTION_ROWS = 1000, BATCH_VIEW_NOTE_MAX = 400 };

/* Widths are bounded, since names and notes come from others. */
static const struct table_column batch_columns[] = {
    {"name", TABLE_LEFT, 32, TERM_PLAIN},
    {"tier", TABLE_LEFT, 24, TERM_PLAIN},
    {"model", TABLE_LEFT, 40, TERM_PLAIN},
    {"probability", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"expected cost", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"saving", TABLE_RIGHT, 0, TERM_GOOD},
    {"note", TABLE_LEFT, 100, TERM_PLAIN},
};

/* The table is made in every form, so that the end is the same for all of them. */
bool batch_view_init(struct batch_view *view, const struct term *term, enum batch_view_form form) {
  *view = (struct batch_view){.term = term, .form = form};
  ctl_buffer_init(&view->line, BATCH_VIEW_LINE_BYTES_MAX);
  view->table = ctl_table_create(batch_columns, sizeof batch_columns / sizeof batch_columns[0]);
  return view->table != NULL;
}

/* The caller's own id for the request, else its place in the batch. */
static const char *name_of(const cJSON *tree, size_t number, char *room) {
  const cJSON *id = ctl_member_get(tree, "request_id");
  if (cJSON_IsString(id) && id->valuestring && id->valuestring[0])
    return id->valuestring;
  if (cJSON_IsNumber(id))
    snprintf(room, AMOUNT_TEXT_MAX, "%.15g", id->valuedouble);
  else
    snprintf(room, AMOUNT_TEXT_MAX, "%zu", number);
  return room;
}

/* One row has the colour of a warning where the safe tier was taken for want of knowledge. */
static void add_decision(struct batch_view *view, const cJSON *tree, const char *name) {
  char p[AMOUNT_TEXT_MAX], usd[AMOUNT_TEXT_MAX], share[AMOUNT_TEXT_MAX];
  const cJSON *cost = ctl_member_get(tree, "cost");
  bool abstained = ctl_member_true(tree, "abstained");
  amount_probability(decision_view_probability(tree), p);
  amount_usd(ctl_member_number(cost, "expected"), usd);
  amount_percent(decision_view_saving_ratio(cost), share);
  ctl_table_add(view->table, abstained ? TERM_WARN : TERM_PLAIN,
                (const char *const[]){name, ctl_member_string(tree, "tier", "unknown"),
                                      ctl_member_string(tree, "model", "unknown"), p, usd, share,
                                      abstained ? "abstained" : NULL});
}

/* A dash says that there is no model; a blank could be a name that got lost. */
static void add_failure(struct batch_view *view, const char *name, const char *note) {
  ctl_table_add(view->table, TERM_BAD,
                (const char *const[]){name, "-", "-", NULL, NULL, NULL, note});
}

/* "error 400: the title: the detail (at /pointer)", of what is there. */
static void describe_problem(const cJSON *tree, char note[BATCH_VIEW_NOTE_MAX]) {
  const char *detail = ctl_member_string(tree, "detail", "");
  const char *pointer = ctl_member_string(tree, "pointer", "");
  double status = ctl_member_number(tree, "status");
  snprintf(note, BATCH_VIEW_NOTE_MAX, "error %.0f: %.120s%s%.160s%s%.60s%s",
           status >= 0 && status < 1000 ? status : 0, ctl_member_string(tree, "title", "unknown"),
           detail[0] ? ": " : "", detail, pointer[0] ? " (at " : "", pointer,
           pointer[0] ? ")" : "");
}

/* In each form one line of output for one line of input, failures included: whoever
 * pastes both together must not get out of step. */
static void take_tree(struct batch_view *view, const cJSON *tree) {
  char room[AMOUNT_TEXT_MAX], note[BATCH_VIEW_NOTE_MAX];
  /* Names are taken before anything is judged, since a problem has one as well. */
  const char *name = name_of(tree, view->lines, room);
  bool problem = ctl_member_is_problem(tree) || !cJSON_IsObject(tree);
  view->failed += problem;
  if (view->form == BATCH_VIEW_MODELS && problem) {
    fputs("-\n", view->term->out);
  } else if (view->form == BATCH_VIEW_MODELS) {
    decision_view_print_model(tree, view->term);
  } else if (view->form == BATCH_VIEW_TABLE && problem) {
    describe_problem(tree, note);
    add_failure(view, name, note);
  } else if (view->form == BATCH_VIEW_TABLE) {
    add_decision(view, tree, name);
  }
}

/* A line that is no JSON is the daemon's fault; it takes a row like any other. */
static void take_broken(struct batch_view *view, const char *why) {
  char number[AMOUNT_TEXT_MAX], note[BATCH_VIEW_NOTE_MAX];
  view->failed++;
  snprintf(number, sizeof number, "%zu", view->lines);
  snprintf(note, sizeof note, "not JSON: %s", why);
  if (view->form == BATCH_VIEW_MODELS)
    fputs("-\n", view->term->out);
  else if (view->form == BATCH_VIEW_TABLE)
    add_failure(view, number, note);
}

/* A table that lacks rows without a word would be taken for complete. */
static bool lost_rows(struct batch_view *view) {
  snprintf(view->why, sizeof view->why, "out of memory");
  return false;
}

/* Takes the line that is gathered, without its line feed, and forgets it. */
static bool take_line(struct batch_view *view) {
  char why[MEMBER_WHY_MAX];
  struct span line = ctl_buffer_span(&view->line);
  /* The daemon writes none; a proxy between might. */
  if (line.len == 0 || (line.len == 1 && line.ptr[0] == '\r')) {
    ctl_buffer_clear(&view->line);
    return true;
  }
  /* Empty lines have no number: the daemon answers none. */
  view->lines++;
  /* Printed before it is parsed, for parsing may rewrite it. */
  if (view->form == BATCH_VIEW_JSON) {
    term_put_raw(view->term, line);
    fputc('\n', view->term->out);
  }
  cJSON *tree = ctl_member_parse(line, why);
  if (tree)
    take_tree(view, tree);
  else
    take_broken(view, why);
  cJSON_Delete(tree);
  ctl_buffer_clear(&view->line);
  if (ctl_table_rows(view->table) >= BATCH_VIEW_PORTION_ROWS &&
      !ctl_table_print(view->table, view->term))
    return lost_rows(view);
  return true;
}

/* Pieces end anywhere. A line is bounded, for the other end might never send its end. */
bool batch_view_bytes(struct batch_view *view, struct span bytes) {
  while (bytes.len > 0) {
    const char *feed = memchr(bytes.ptr, '\n', bytes.len);
    size_t len = feed ? (size_t)(feed - bytes.ptr) : bytes.len;
    /* Nothing can be told of a line whose end is unknown, so the batch ends here. */
    if (!ctl_buffer_append(&view->line, span_make(bytes.ptr, len))) {
      snprintf(view->why, sizeof view->why, "answer %zu of the batch is longer than %d MiB",
               view->lines + 1, BATCH_VIEW_LINE_BYTES_MAX >> 20);
      return false;
    }
    if (!feed)
      return true;
    if (!take_line(view))
      return false;
    bytes = span_make(feed + 1, bytes.len - len - 1);
  }
  return true;
}

bool batch_view_end(struct batch_view *view, bool whole) {
  /* The last line counts only if the exchange ended well, else it may be half of one. */
  if (whole && !take_line(view))
    return false;
  /* After a failure, a header above no rows would be noise. */
  if (view->form != BATCH_VIEW_TABLE || (!whole && ctl_table_rows(view->table) == 0))
    return true;
  return ctl_table_print(view->table, view->term) || lost_rows(view);
}

void batch_view_deinit(struct batch_view *view) {
  ctl_table_destroy(view->table);
  ctl_buffer_deinit(&view->line);
}
