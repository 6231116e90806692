/* join_line.c - reads lines that tierd wrote, and trusts none of them.
 *
 * Logs are copied, cut and edited; a line that does not fit is reported by the
 * caller and left out. What the fields mean together is up to join.c. */
#include "daemon/ctl/join_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A bad line has no id, so that nobody joins it by mistake. */
static void bad(struct join_line *line, char why[MEMBER_WHY_MAX], const char *text) {
  line->kind = JOIN_BAD;
  line->id[0] = '\0';
  snprintf(why, MEMBER_WHY_MAX, "%s", text);
}

/* "2026-01-31T12:00:00.000Z" as 20260131120000000. Always 17 digits, so that numbers
 * compare as the times do. */
static uint64_t time_of(const char *text) {
  uint64_t number = 0;
  size_t digits = 0;
  for (; *text; text++)
    if (*text >= '0' && *text <= '9' && digits++ < 17)
      number = number * 10 + (uint64_t)(*text - '0');
  return digits == 17 ? number : 0;
}

/* A string of 1 to max bytes, or NULL. */
static const char *name_of(const cJSON *tree, const char *member, size_t max) {
  const char *text = ctl_member_string(tree, member, "");
  const size_t len = strlen(text);
  return len >= 1 && len <= max ? text : NULL;
}

/* An amount from 0 to most; anything else is as good as not given. */
static double amount_of(const cJSON *object, const char *member, double most) {
  const double value = ctl_member_number(object, member);
  return value >= 0 && value <= most ? value : (double)NAN;
}

/* As api_feedback() writes it: usage is in one form whatever the vendor. */
static void read_feedback(struct join_line *line) {
  const cJSON *usage = ctl_member_get(line->tree, "usage");
  const cJSON *escalated = ctl_member_get(line->tree, "escalated");
  line->label = name_of(line->tree, "label", JOIN_NAME_BYTES_MAX);
  line->score = amount_of(line->tree, "score", 1);
  line->cost_usd = amount_of(line->tree, "cost_usd", 1e9);
  line->input_tokens = amount_of(usage, "input_tokens", 1e12);
  line->output_tokens = amount_of(usage, "output_tokens", 1e12);
  line->cached_tokens = amount_of(usage, "cached_tokens", 1e12);
  line->cache_write_tokens = amount_of(usage, "cache_write_tokens", 1e12);
  line->has_escalated = cJSON_IsBool(escalated);
  line->escalated = cJSON_IsTrue(escalated);
}

/* As line_learning.c of daemon/api writes it. */
static void read_reasked(struct join_line *line) {
  const cJSON *reasked = ctl_member_get(line->tree, "reasked");
  line->reasked_of = name_of(reasked, "of", JOIN_ID_MAX - 1);
  line->reasked_how = name_of(reasked, "how", JOIN_NAME_BYTES_MAX);
}

/* With nothing said. */
static struct join_line empty_line(void) {
  const double unknown = (double)NAN;
  return (struct join_line){.score = unknown,
                            .input_tokens = unknown,
                            .output_tokens = unknown,
                            .cost_usd = unknown,
                            .cached_tokens = unknown,
                            .cache_write_tokens = unknown};
}

/* A decision that shows that an earlier one did not serve is feedback on that one, and
 * from here on is treated as such. */
struct join_line join_line_objection(const struct join_line *decision) {
  struct join_line line = empty_line();
  line.kind = JOIN_FEEDBACK;
  line.time = decision->time;
  line.reasked_how = decision->reasked_how;
  snprintf(line.id, sizeof line.id, "%s", decision->reasked_of);
  return line;
}

/* Lines of another type are a newer daemon's and passed over; one without a type is no
 * line of the log at all. */
void join_line_parse(struct span text, struct join_line *out, char why[MEMBER_WHY_MAX]) {
  *out = empty_line();
  /* kind is JOIN_BAD until something better is known. */
  out->tree = ctl_member_parse(text, why);
  if (!out->tree)
    return;
  const char *type = ctl_member_string(out->tree, "type", "");
  if (strcmp(type, "decision") != 0 && strcmp(type, "feedback") != 0) {
    out->kind = JOIN_OTHER;
    if (!*type)
      bad(out, why, "no \"type\"; expected a line of tierd's decision log");
    return;
  }
  const char *id = name_of(out->tree, "id", JOIN_ID_MAX - 1);
  out->model = name_of(out->tree, "model", JOIN_NAME_BYTES_MAX);
  out->time = time_of(ctl_member_string(out->tree, "time", ""));
  /* It is one of the two by now. */
  out->kind = type[0] == 'd' ? JOIN_DECISION : JOIN_FEEDBACK;
  if (!id) {
    bad(out, why, "no \"id\"; expected a string of 1 to 39 bytes");
    return;
  }
  snprintf(out->id, sizeof out->id, "%s", id);
  if (out->kind == JOIN_FEEDBACK)
    read_feedback(out);
  else if (!out->model)
    bad(out, why, "a decision without \"model\"; expected a string");
  else
    read_reasked(out);
}

/* Everything but the id is in the tree. */
void join_line_release(struct join_line *line) {
  cJSON_Delete(line->tree);
  line->tree = NULL;
}
