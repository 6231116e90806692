/* models_view.c - one row a model: tier, prices, window, and what to know of it.
 *
 * The order is the daemon's. Prices are USD per million tokens; an unpublished
 * one reads "unknown".
 */
#include "daemon/ctl/models_view.h"

#include <math.h>
#include <stdio.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"

/* Input and output prices; the others are in --json. */
static const struct table_column models_columns[] = {
    {"model", TABLE_LEFT, 60, TERM_PLAIN},       {"provider", TABLE_LEFT, 30, TERM_PLAIN},
    {"tier", TABLE_LEFT, 24, TERM_PLAIN},        {"input/1M", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"output/1M", TABLE_DECIMAL, 0, TERM_PLAIN}, {"window", TABLE_RIGHT, 0, TERM_PLAIN},
    {"note", TABLE_LEFT, 80, TERM_PLAIN},
};

/* "default", "stale price of 2024-05-01", both or nothing. */
static void describe(const cJSON *model, char *note, size_t size) {
  bool is_default = ctl_member_true(model, "default");
  bool stale = ctl_member_true(model, "price_stale");
  const char *as_of = ctl_member_string(model, "price_as_of", "");
  snprintf(note, size, "%s%s%s%s%.20s", is_default ? "default" : "",
           is_default && stale ? ", " : "", stale ? "stale price" : "",
           stale && as_of[0] ? " of " : "", stale ? as_of : "");
}

/* A stale price outweighs being the default: it is what somebody should act on. */
static void add_model(struct ctl_table *table, const cJSON *model) {
  char input[AMOUNT_TEXT_MAX], output[AMOUNT_TEXT_MAX], window[AMOUNT_TEXT_MAX], note[80];
  const cJSON *price = ctl_member_get(model, "price");
  enum term_style style = ctl_member_true(model, "price_stale") ? TERM_WARN
                          : ctl_member_true(model, "default")   ? TERM_BOLD
                                                                : TERM_PLAIN;
  amount_usd(ctl_member_number(price, "input"), input);
  amount_usd(ctl_member_number(price, "output"), output);
  /* The catalogue says 0 where nothing is known of the window. */
  double tokens = ctl_member_number(model, "context_window");
  amount_count(tokens > 0 ? tokens : (double)NAN, window);
  describe(model, note, sizeof note);
  ctl_table_add(table, style,
                (const char *const[]){ctl_member_string(model, "id", "unknown"),
                                      ctl_member_string(model, "owned_by", "unknown"),
                                      ctl_member_string(model, "tier", "unknown"), input, output,
                                      window, note});
}

/* The order is the daemon's, which is the catalogue's. */
bool models_view_print(const cJSON *tree, const struct term *term, bool quiet) {
  const cJSON *list = ctl_member_get(tree, "data");
  const cJSON *first = cJSON_IsArray(list) ? list->child : NULL;
  /* One name a line, for loops in a shell. */
  if (quiet) {
    for (const cJSON *model = first; model; model = model->next) {
      term_put(term, TERM_PLAIN, span_of(ctl_member_string(model, "id", "unknown")));
      fputc('\n', term->out);
    }
    return true;
  }
  struct ctl_table *table =
      ctl_table_create(models_columns, sizeof models_columns / sizeof models_columns[0]);
  for (const cJSON *model = first; model; model = model->next)
    add_model(table, model);
  bool printed = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return printed;
}
