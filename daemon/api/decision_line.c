/* decision_line.c - writes what is worth keeping of a decision.
 *
 * That is: what was decided and why, what it was expected to cost, and enough to
 * learn from when feedback comes: the feature vector. The hashed words and pairs
 * that the model also looks at (ngrams.h) are left out on purpose: their hash has no
 * key and 65,536 values, so that they would spell out the prompt to anybody with a
 * dictionary. A model retrained from vectors alone lacks them. */
#include "daemon/api/decision_line.h"

#include "classifier/features/features.h"
#include "daemon/api/decision_parts.h"
#include "daemon/api/json_compact.h"
#include "daemon/api/line_learning.h"
#include "daemon/api/line_parts.h"
#include "daemon/api/line_savings.h"

/* On whose behalf: the session by its keyed hash, so that decisions of one conversation can be
 * told to belong together, and the labels as they came. */
static void write_who(struct json_out *out, const struct hash_key *key,
                      const struct parsed_request *request) {
  char text[HASH_TEXT_MAX];
  json_key(out, "session");
  if (request->route.session.len > 0) {
    keyed_hash_print(keyed_hash(key, request->route.session), text);
    json_text(out, text);
  } else {
    json_null(out);
  }
  json_key(out, "labels");
  json_open(out, '{');
  for (size_t i = 0; i < request->labels.count; i++) {
    json_key_span(out, request->labels.list[i].key);
    json_string(out, request->labels.list[i].value);
  }
  json_close(out, '}');
  /* Labelled logs have a task; a caller who knows it says so in the metadata. */
  const struct span task = labels_find(&request->labels, "task");
  json_key(out, "task");
  if (task.len > 0)
    json_string(out, task);
  else
    json_null(out);
}

/* The decision itself. The texts of the reasons repeat numbers that stand in the line already,
 * so only their codes are kept. */
static void write_choice(struct json_out *out, const struct router *router,
                         const struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  json_key(out, "tier");
  json_text(out, catalog->tiers[decision->tier].name);
  json_key(out, "model");
  json_text(out, catalog->models[decision->model].name);
  json_key(out, "provider");
  json_text_or_null(out, catalog->models[decision->model].provider);
  parts_write_probabilities(out, router, decision);
  json_key(out, "score");
  json_fixed(out, (double)decision->prediction.score, 4);
  /* Probability asked for and quality wished, after defaults: a later replay must know them, and
   * settings change. */
  json_key(out, "threshold");
  json_fixed(out, decision->threshold, 4);
  json_key(out, "quality");
  json_fixed(out, decision->quality, 4);
  /* Quality had no say where the request went by a threshold. */
  if (decision->by_threshold) {
    json_key(out, "strong_from");
    json_fixed(out, decision->strong_from, 6);
  }
  json_key(out, "abstained");
  json_bool(out, decision->abstained);
  json_key(out, "reasons");
  json_open(out, '[');
  for (size_t i = 0; i < decision->reasons_count; i++)
    json_text(out, decision->reasons[i].code);
  json_close(out, ']');
}

/* What was expected, for comparing with the usage that feedback brings. An unknown price is null
 * here as in the answer. */
static void write_cost(struct json_out *out, const struct router *router,
                       const struct route_decision *decision) {
  const struct cost *cost = &decision->alternatives[decision->tier].cost;
  parts_write_tokens(out, decision);
  json_key(out, "cost");
  json_open(out, '{');
  parts_write_range(out, cost);
  json_close(out, '}');
  parts_write_baseline(out, router, decision);
}

/* The schema hash says which program made the vector: its numbers have no names here. */
static void write_features(struct json_out *out, const char *schema,
                           const struct features *features) {
  json_key(out, "features");
  json_open(out, '{');
  json_key(out, "schema");
  json_text(out, schema);
  json_key(out, "x");
  /* Most features of most prompts are 0, so four digits keep a vector below a kilobyte. */
  json_compact(out, features->x, FEATURES_COUNT);
  json_close(out, '}');
}

uint64_t conversation_hash(const struct hash_key *key, const struct conversation *conversation) {
  /* A chain: of the turns before, of what kind this one is, and of its text. */
  uint64_t chain[3] = {0};
  for (size_t i = 0; i < conversation->turns_count; i++) {
    const struct turn *turn = &conversation->turns[i];
    chain[1] = (uint64_t)turn->role << 1 | turn->starts_message;
    chain[2] = keyed_hash(key, turn->text);
    chain[0] = keyed_hash(key, span_make((const char *)chain, sizeof chain));
  }
  return chain[0];
}

/* Bytes are those of all turns, as hashed; tools and images are in neither. */
static void write_prompt_hash(struct json_out *out, const struct hash_key *key,
                              const struct conversation *conversation) {
  char hash[HASH_TEXT_MAX];
  uint64_t bytes = 0;
  for (size_t i = 0; i < conversation->turns_count; i++)
    bytes += conversation->turns[i].text.len;
  keyed_hash_print(conversation_hash(key, conversation), hash);
  json_key(out, "prompt_hash");
  json_text(out, hash);
  json_key(out, "prompt_bytes");
  json_unsigned(out, bytes);
}

/* One message, of one turn or of several parts. Returns the index after it. */
static size_t write_message(struct json_out *out, const struct conversation *conversation,
                            size_t at) {
  static const char *const roles[] = {[TURN_SYSTEM] = "system",
                                      [TURN_USER] = "user",
                                      [TURN_ASSISTANT] = "assistant",
                                      [TURN_TOOL] = "tool"};
  size_t end = at + 1;
  /* Further text parts of a message are turns that do not start one. */
  while (end < conversation->turns_count && !conversation->turns[end].starts_message)
    end++;
  json_open(out, '{');
  json_key(out, "role");
  json_text(out, roles[conversation->turns[at].role]);
  json_key(out, "content");
  /* A single part is written as a plain string, whatever form it came in: to the features they
   * are the same. */
  if (end == at + 1) {
    json_string(out, conversation->turns[at].text);
  } else {
    json_open(out, '[');
    for (size_t i = at; i < end; i++) {
      json_open(out, '{');
      json_key(out, "type");
      json_text(out, "text");
      json_key(out, "text");
      json_string(out, conversation->turns[i].text);
      json_close(out, '}');
    }
    json_close(out, ']');
  }
  json_close(out, '}');
  return end;
}

/* As labelled logs have it: "prompt", or "messages" where there is more. */
static void write_text(struct json_out *out, const struct conversation *conversation) {
  if (conversation->turns_count == 1 && conversation->turns[0].role == TURN_USER) {
    json_key(out, "prompt");
    json_string(out, conversation->turns[0].text);
    return;
  }
  json_key(out, "messages");
  json_open(out, '[');
  for (size_t at = 0; at < conversation->turns_count;)
    at = write_message(out, conversation, at);
  json_close(out, ']');
}

/* The features are still those of this request, unless it was too late to look at it. */
static void write_what_was_scored(struct json_out *out, const struct api_worker *worker,
                                  const struct routed *routed) {
  const struct features *features = route_scratch_features(worker->scratch);
  const struct line_parts parts =
      line_parts_of(&worker->state->log_key, &routed->request.route.conversation,
                    &features->question, routed->decision.input_tokens);
  line_parts_write(out, &parts);
  write_features(out, worker->schema, features);
}

void decision_line_log(struct api_worker *worker, const struct api_request *request,
                       const struct routed *routed) {
  const struct api_state *state = worker->state;
  const struct snapshot *snapshot = worker->snapshot;
  /* Spans of the request still point into the arena, which the caller resets afterwards. */
  const struct conversation *conversation = &routed->request.route.conversation;
  struct json_out out = log_line_open(worker, request->now_ms, "decision", routed->id);
  write_who(&out, &state->log_key, &routed->request);
  write_choice(&out, &snapshot->router, &routed->decision);
  line_learning_write(&out, worker, routed);
  write_cost(&out, &snapshot->router, &routed->decision);
  line_savings_write(&out, &snapshot->router, &routed->request.route, &routed->decision);
  json_key(&out, "model_version");
  json_text(&out, model_version(snapshot->router.model));
  json_key(&out, "policy_version");
  json_text(&out, snapshot->router.policy_version);
  write_prompt_hash(&out, &state->log_key, conversation);
  if (!routed->decision.degraded)
    write_what_was_scored(&out, worker, routed);
  /* Last, so that the fields before it stay within the first bytes for whoever looks. */
  if (snapshot->config.log_prompts)
    write_text(&out, conversation);
  log_line_push(worker, &out);
}
