/* routing_parse.c - the "routing" object: one table of options, strictly read.
 *
 * Elsewhere in the body unknown fields are a provider's and ignored; these are tierd's own,
 * and a slip in one would silently spend money. Names of models and tiers are checked
 * against the catalogue later, in route.c. */
#include <math.h>
#include <stdio.h>

#include "daemon/api/request_parse.h"

struct reader {
  struct route_request *out;
  struct problem *problem;
  const char *key;
};

/* Points at the option and says what it should be. */
static bool expected(const struct reader *reader, const char *what) {
  char pointer[96];
  snprintf(pointer, sizeof pointer, "/routing/%s", reader->key);
  return problem_set(reader->problem, PROBLEM_INVALID_FIELD, pointer, "%s: expected %s",
                     reader->key, what);
}

/* Written so that NaN is refused, too. */
static bool read_share(const struct reader *reader, const cJSON *value, double *out) {
  if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= 1))
    return expected(reader, "a number from 0 to 1");
  *out = value->valuedouble;
  return true;
}

static bool read_quality(const struct reader *reader, const cJSON *value) {
  return read_share(reader, value, &reader->out->quality);
}

static bool read_max_risk(const struct reader *reader, const cJSON *value) {
  return read_share(reader, value, &reader->out->max_risk);
}

bool profile_quality(const char *name, double *quality) {
  static const struct {
    const char *name;
    double quality;
  } profiles[] = {{"eco", 0.90}, {"balanced", 0.95}, {"premium", 0.99}};
  for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
    if (strcmp(name, profiles[i].name) != 0)
      continue;
    *quality = profiles[i].quality;
    return true;
  }
  return false;
}

/* Names for common qualities. An explicit quality wins over a profile. */
static bool read_profile(const struct reader *reader, const cJSON *value) {
  const char *name = cJSON_GetStringValue(value);
  double quality;
  if (!name || !profile_quality(name, &quality))
    return expected(reader, "\"eco\", \"balanced\" or \"premium\"");
  if (isnan(reader->out->quality))
    reader->out->quality = quality;
  return true;
}

/* Names in a catalogue are shorter; a longer one is a body put in the wrong place. */
static bool read_text(const struct reader *reader, const cJSON *value, struct span *out) {
  const char *text = cJSON_GetStringValue(value);
  if (!text || !*text || strlen(text) > 256)
    return expected(reader, "a string of 1 to 256 bytes");
  *out = span_of(text);
  return true;
}

static bool read_min_tier(const struct reader *reader, const cJSON *value) {
  return read_text(reader, value, &reader->out->min_tier);
}

static bool read_max_tier(const struct reader *reader, const cJSON *value) {
  return read_text(reader, value, &reader->out->max_tier);
}

static bool read_session(const struct reader *reader, const cJSON *value) {
  return read_text(reader, value, &reader->out->session);
}

static bool read_names(const struct reader *reader, const cJSON *value, struct span *names,
                       size_t *count) {
  const cJSON *item;
  *count = 0;
  if (!cJSON_IsArray(value))
    return expected(reader, "a list of model names");
  cJSON_ArrayForEach(item, value) {
    const char *name = cJSON_GetStringValue(item);
    if (!name || !*name || *count == ROUTE_NAMES_MAX)
      return expected(reader, "at most 64 model names, each a string");
    names[(*count)++] = span_of(name);
  }
  return true;
}

/* An empty list would leave no model at all, which nobody means. */
static bool read_candidates(const struct reader *reader, const cJSON *value) {
  return read_names(reader, value, reader->out->candidates, &reader->out->candidates_count) &&
         (reader->out->candidates_count > 0 || expected(reader, "at least one model name"));
}

static bool read_exclude(const struct reader *reader, const cJSON *value) {
  return read_names(reader, value, reader->out->exclude, &reader->out->exclude_count);
}

static bool read_max_cost(const struct reader *reader, const cJSON *value) {
  if (cJSON_IsNumber(value))
    reader->out->max_cost = money_from_usd(value->valuedouble);
  return money_known(reader->out->max_cost) || expected(reader, "an amount in USD, at least 0");
}

/* 0 is an answer too: the client knows that nothing is cached. */
static bool read_cached_prefix(const struct reader *reader, const cJSON *value) {
  double tokens = cJSON_IsNumber(value) ? value->valuedouble : -1;
  if (!(tokens >= 0 && tokens <= 1e9) || tokens != floor(tokens))
    return expected(reader, "a whole number of tokens, at least 0");
  reader->out->cached_prefix_tokens = (uint64_t)tokens;
  reader->out->cached_prefix_given = true;
  return true;
}

static bool read_flag(const struct reader *reader, const cJSON *value, bool *out) {
  if (!cJSON_IsBool(value))
    return expected(reader, "true or false");
  *out = cJSON_IsTrue(value);
  return true;
}

static bool read_batch(const struct reader *reader, const cJSON *value) {
  return read_flag(reader, value, &reader->out->batch);
}

static bool read_explain(const struct reader *reader, const cJSON *value) {
  return read_flag(reader, value, &reader->out->explain);
}

static bool read_dry_run(const struct reader *reader, const cJSON *value) {
  return read_flag(reader, value, &reader->out->dry_run);
}

/* quality stands before profile, so that it wins whatever the order in the body. */
static const struct {
  const char *key;
  bool (*read)(const struct reader *reader, const cJSON *value);
} options[] = {
    {"quality", read_quality},   {"profile", read_profile},
    {"max_risk", read_max_risk}, {"min_tier", read_min_tier},
    {"max_tier", read_max_tier}, {"candidates", read_candidates},
    {"exclude", read_exclude},   {"max_cost_usd", read_max_cost},
    {"session", read_session},   {"cached_prefix_tokens", read_cached_prefix},
    {"batch", read_batch},       {"explain", read_explain},
    {"dry_run", read_dry_run},
};

enum { OPTIONS_COUNT = sizeof options / sizeof options[0] };

/* "/routing/KEY" as a JSON pointer (RFC 6901), a long key cut. */
static void point_at(char *out, size_t size, const char *key) {
  size_t at = (size_t)snprintf(out, size, "/routing/");
  for (; *key && at + 3 <= size; key++) {
    bool escape = *key == '~' || *key == '/';
    out[at++] = escape ? '~' : *key;
    if (escape)
      out[at++] = *key == '~' ? '0' : '1';
  }
  out[at] = '\0';
}

/* Every key must be known and occur once. */
static bool check_keys(const cJSON *routing, struct problem *problem) {
  bool seen[OPTIONS_COUNT] = {false};
  const cJSON *item;
  cJSON_ArrayForEach(item, routing) {
    size_t at = 0;
    while (at < OPTIONS_COUNT && strcmp(item->string, options[at].key) != 0)
      at++;
    char pointer[160];
    point_at(pointer, sizeof pointer, item->string);
    if (at == OPTIONS_COUNT)
      return problem_set(problem, PROBLEM_INVALID_FIELD, pointer,
                         "unknown option \"%.64s\"; known are quality, profile, max_risk, "
                         "min_tier, max_tier, candidates, exclude, max_cost_usd, session, "
                         "cached_prefix_tokens, batch, explain, dry_run",
                         item->string);
    if (seen[at])
      return problem_set(problem, PROBLEM_INVALID_FIELD, pointer, "\"%s\" occurs twice",
                         options[at].key);
    seen[at] = true;
  }
  return true;
}

bool routing_parse(const cJSON *routing, struct route_request *out, struct problem *problem) {
  if (!routing)
    return true;
  if (!cJSON_IsObject(routing))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/routing", "routing: expected an object");
  if (!check_keys(routing, problem))
    return false;
  for (size_t i = 0; i < OPTIONS_COUNT; i++) {
    const cJSON *value = json_member(routing, options[i].key);
    struct reader reader = {out, problem, options[i].key};
    if (value && !options[i].read(&reader, value))
      return false;
  }
  return true;
}
