/* feedback_parse.c - one table of fields, strictly read.
 *
 * Feedback becomes training data, so what is not understood is refused instead of
 * passed over: an unknown field, a field twice, a tier that is not there. */
#include "daemon/api/feedback_parse.h"

#include <math.h>
#include <stdio.h>

#include "daemon/router/money.h"

enum { MODEL_BYTES_MAX = 256 };

struct reader {
  struct feedback *out;
  struct problem *problem;
  const struct catalog *catalog;
  const char *key;
};

/* The common refusal: points at the field that is being read. */
static bool expected(const struct reader *reader, const char *what) {
  char pointer[64];
  snprintf(pointer, sizeof pointer, "/%s", reader->key);
  return problem_set(reader->problem, PROBLEM_INVALID_FIELD, pointer, "%s: expected %s",
                     reader->key, what);
}

/* Only the form can be checked: a decision may be weeks old, or another daemon's. */
static bool read_id(const struct reader *reader, const cJSON *value) {
  const char *id = cJSON_GetStringValue(value);
  if (!id || !decision_id_valid(span_of(id)))
    return expected(reader, "the id of a decision, such as d-0123456789abcdef-1f; it stands in "
                            "the answer and in the header x-tierd-id");
  snprintf(reader->out->id, sizeof reader->out->id, "%s", id);
  return true;
}

/* Negated, so that NaN would be refused too. */
static bool read_score(const struct reader *reader, const cJSON *value) {
  if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= 1))
    return expected(reader, "a number from 0 (useless) to 1 (as good as can be)");
  reader->out->score = value->valuedouble;
  return true;
}

/* The trainer knows the catalogue's tiers only, so another name would be lost there. */
static bool read_tier(const struct reader *reader, const cJSON *value) {
  char names[200] = "";
  const char *name = cJSON_GetStringValue(value);
  if (name && catalog_find_tier(reader->catalog, span_of(name)) >= 0) {
    reader->out->tier_label = span_of(name);
    return true;
  }
  for (size_t i = 0, at = 0; i < reader->catalog->tiers_count && at < sizeof names; i++)
    at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "one of ",
                           reader->catalog->tiers[i].name);
  return expected(reader, names);
}

/* That it was said matters as well as what: false takes back an earlier true. */
static bool read_escalated(const struct reader *reader, const cJSON *value) {
  if (!cJSON_IsBool(value))
    return expected(reader, "true or false");
  reader->out->has_escalated = true;
  reader->out->escalated = cJSON_IsTrue(value);
  return true;
}

/* Any name will do: after an escalation the answer may have come from elsewhere. */
static bool read_model(const struct reader *reader, const cJSON *value) {
  const char *name = cJSON_GetStringValue(value);
  if (!name || !*name || strlen(name) > MODEL_BYTES_MAX)
    return expected(reader, "the name of the model that answered, 1 to 256 bytes");
  reader->out->model = span_of(name);
  return true;
}

static bool read_usage(const struct reader *reader, const cJSON *value) {
  reader->out->has_usage = true;
  return usage_parse(value, &reader->out->usage, reader->problem);
}

/* Through nano-USD, so that the log has the same amounts as the answers. */
static bool read_cost(const struct reader *reader, const cJSON *value) {
  if (cJSON_IsNumber(value))
    reader->out->cost = money_from_usd(value->valuedouble);
  return money_known(reader->out->cost) || expected(reader, "an amount in USD, at least 0");
}

static const struct {
  const char *key;
  /* Reads the value into the feedback, or says what it expected. */
  bool (*read)(const struct reader *reader, const cJSON *value);
} fields[] = {
    {"id", read_id},       {"score", read_score},         {"tier_label", read_tier},
    {"label", read_tier},  {"escalated", read_escalated}, {"model", read_model},
    {"usage", read_usage}, {"cost_usd", read_cost},
};

enum { FIELDS_COUNT = sizeof fields / sizeof fields[0] };

static bool unknown_field(struct problem *problem, const char *key) {
  char pointer[160] = "/";
  size_t at = 1;
  /* As a JSON pointer (RFC 6901), a long name cut. */
  for (const char *c = key; *c && at + 3 <= sizeof pointer; c++) {
    const bool escape = *c == '~' || *c == '/';
    pointer[at++] = escape ? '~' : *c;
    if (escape)
      pointer[at++] = *c == '~' ? '0' : '1';
  }
  pointer[at] = '\0';
  return problem_set(problem, PROBLEM_INVALID_FIELD, pointer,
                     "unknown field \"%.64s\"; known are id, score, tier_label or label, "
                     "escalated, model, usage, cost_usd",
                     key);
}

/* Every field must be known and occur once, in whatever order. */
static bool read_fields(struct reader *reader, const cJSON *root) {
  bool seen[FIELDS_COUNT] = {false};
  const cJSON *item;
  cJSON_ArrayForEach(item, root) {
    size_t at = 0;
    while (at < FIELDS_COUNT && strcmp(item->string, fields[at].key) != 0)
      at++;
    if (at == FIELDS_COUNT)
      return unknown_field(reader->problem, item->string);
    reader->key = fields[at].key;
    if (seen[at])
      return expected(reader, "it once");
    /* Two names of one thing; with both, one would have to lose. */
    if (fields[at].read == read_tier && reader->out->tier_label.len > 0)
      return expected(reader, "either tier_label or label, not both");
    seen[at] = true;
    if (!fields[at].read(reader, item))
      return false;
  }
  reader->key = "id";
  return seen[0] || expected(reader, "it, the id of the decision that this is about");
}

/* An id alone would be a line that no reader has any use for. */
static bool says_something(const struct feedback *feedback) {
  return !isnan(feedback->score) || feedback->tier_label.len > 0 || feedback->has_escalated ||
         feedback->model.len > 0 || feedback->has_usage || money_known(feedback->cost);
}

static bool bad_json(struct problem *problem, const struct json_error *err) {
  /* The text was JSON, so it was its tree that did not fit. */
  if (err->status == JSON_OK)
    return problem_set(problem, PROBLEM_BODY_TOO_LARGE, "",
                       "the body needs more memory than one request may use");
  return problem_set(problem, PROBLEM_BAD_JSON, "", "at byte %zu, line %zu: %s", err->offset,
                     err->line, json_status_text(err->status));
}

bool feedback_parse(struct arena *arena, const struct json_limits *limits,
                    const struct catalog *catalog, char *text, size_t len, struct feedback *out,
                    struct problem *problem) {
  struct json_error err = {.status = JSON_OK};
  struct reader reader = {.out = out, .problem = problem, .catalog = catalog};
  /* Everything unknown, which differs from 0 in each case. */
  *out = (struct feedback){.score = NAN, .cost = MONEY_UNKNOWN, .usage = {.input = -1, -1, -1, -1}};
  const cJSON *root = json_in_parse(arena, text, len, limits, &err);
  if (!root)
    return bad_json(problem, &err);
  if (!cJSON_IsObject(root))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "", "expected an object with \"id\"");
  if (!read_fields(&reader, root))
    return false;
  return says_something(out) ||
         problem_set(problem, PROBLEM_INVALID_FIELD, "",
                     "expected more than the id: score, tier_label, escalated, model, usage or "
                     "cost_usd");
}
