/* reask.c - from a request to who asks, what, and whether it says "that's wrong".
 *
 *   session's name, else the label "user", else how the conversation begins → who
 *   the question's bytes, digits and longer words → hashes → the table (reasks.h)
 *   the newest turn, if it objects (objection.h) → the asker's last decision
 *
 * Without a name the very same question is also looked for among all that have the same
 * labels, or among all without any: single prompts show no conversation. A question that is
 * only near counts for one asker alone, since different people do ask alike. */
#include "daemon/api/reask.h"

#include "classifier/features/objection.h"
#include "daemon/router/session.h"

/* Shorter words join the others; they do not make the question. */
enum { WORD_LETTERS_MIN = 4, DIGITS_BYTES_MAX = 65536 };

/* Keep apart what is hashed for different ends. */
#define SALT_USER UINT64_C(0x7573657200000001)
#define SALT_LABELS UINT64_C(0x6c6162656c000001)
#define SALT_QUESTION UINT64_C(0x7175657374000001)

static uint64_t nonzero(uint64_t hash) {
  return hash != 0 ? hash : 1;
}

/* All labels together, in the order in which they came; callers write them alike. */
static uint64_t hash_labels(const struct labels *labels, uint64_t seed) {
  uint64_t hash = seed ^ SALT_LABELS;
  for (size_t i = 0; i < labels->count; i++)
    hash = session_hash(labels->list[i].value, session_hash(labels->list[i].key, hash));
  return hash;
}

static uint64_t who_asks(const struct parsed_request *request, uint64_t seed) {
  const struct span user = labels_find(&request->labels, "user");
  if (request->route.session.len == 0 && user.len > 0)
    return nonzero(session_hash(user, seed ^ SALT_USER));
  return nonzero(session_key(&request->route, seed));
}

/* The digits one after the other: a sum with other numbers is another question, and the
 * words' hashes tell numbers by their length alone. */
static uint64_t hash_digits(const struct question *question, uint64_t seed) {
  uint64_t hash = seed;
  size_t left = DIGITS_BYTES_MAX;
  for (size_t i = 0; i < question->spans_count; i++) {
    const struct span text = question->spans[i];
    const size_t len = text.len < left ? text.len : left;
    for (size_t k = 0; k < len; k++)
      if (text.ptr[k] >= '0' && text.ptr[k] <= '9')
        hash = (hash ^ (unsigned char)text.ptr[k]) * UINT64_C(0x9e3779b97f4a7c15);
    left -= len;
  }
  return hash;
}

static void sketch_words(const struct text_scan *scan, uint64_t seed, struct reask_sketch *out) {
  for (size_t i = 0; i < scan->tokens_count; i++) {
    const struct text_token *token = &scan->tokens[i];
    if (token->kind == TOKEN_UNSPACED || token->letters >= WORD_LETTERS_MIN)
      reask_sketch_add(out, seed ^ token->hash);
  }
}

/* "continue" and results of tools ask nothing themselves, but their decision may be the one
 * that is objected to. */
static void read_question(const struct features *features, uint64_t seed, struct asked *asked) {
  const struct question *question = &features->question;
  uint64_t hash = seed ^ SALT_QUESTION;
  if (question->inherited || question->spans_count == 0)
    return;
  for (size_t i = 0; i < question->spans_count; i++)
    hash = session_hash(question->spans[i], hash);
  asked->question = nonzero(hash);
  asked->digits = hash_digits(question, seed);
  sketch_words(&features->scan, seed, &asked->sketch);
}

/* Only the user can object, and only to what came before. */
static bool objects(const struct conversation *conversation) {
  const size_t count = conversation->turns_count;
  return count > 0 && conversation->turns[count - 1].role == TURN_USER &&
         objection_is(conversation->turns[count - 1].text);
}

/* The same question from anybody with these labels, each question being an asker of its own. */
static bool find_anywhere(struct api_worker *worker, const struct parsed_request *request,
                          const struct asked *asked, int64_t window_s, struct reask_match *out) {
  const struct api_state *state = worker->state;
  struct asked any = *asked;
  if (request->route.session.len > 0 || asked->question == 0)
    return false;
  any.who = nonzero(hash_labels(&request->labels, state->reask_seed) ^ asked->question);
  const bool found = reasks_find(state->reasks, &any, window_s, out);
  reasks_put(state->reasks, &any);
  return found;
}

bool reask_note(struct api_worker *worker, const struct parsed_request *request, uint64_t id_count,
                struct reask_match *out) {
  const struct api_state *state = worker->state;
  if (!state->reasks)
    return false;
  const int64_t window_s = (int64_t)state->config->reask_minutes * 60;
  struct asked asked = {.who = who_asks(request, state->reask_seed),
                        .id_prefix = worker->id_prefix,
                        .id_count = id_count,
                        .time_s = request->route.now_s};
  read_question(route_scratch_features(worker->scratch), state->reask_seed, &asked);
  bool found = objects(&request->route.conversation) &&
               reasks_find_last(state->reasks, &asked, window_s, out);
  found = found || reasks_find(state->reasks, &asked, window_s, out);
  struct reask_match elsewhere;
  /* Looked for in any case, since it is remembered there as well. */
  if (find_anywhere(worker, request, &asked, window_s, &elsewhere) && !found) {
    *out = elsewhere;
    found = true;
  }
  reasks_put(state->reasks, &asked);
  return found;
}
