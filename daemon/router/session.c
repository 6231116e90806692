/* session.c - compares a request with the one before it in its session.
 *
 *   request → a hash chained over tools and turns; marks of it are kept (session_remember)
 *   next request → the same chain, compared with the marks: how far the two are equal
 *   equal bytes → tokens, for each model by its way of caching and its lifetime → cost
 *
 * The chain makes a mark stand for all that comes before it: a changed system prompt
 * changes every one. Which tier is good enough is not looked at here: route.c asks
 * whether to stay once it knows where it would go. */
#include "daemon/router/session.h"

#include <xxhash.h>

/* Seeds of one key that must not yield the other kind's. */
#define NAMED_SESSION UINT64_C(0x9E3779B97F4A7C15)

/* The chain up to somewhere in a request. */
struct walk {
  uint64_t hash;
  uint64_t bytes;
};

uint64_t session_hash(struct span bytes, uint64_t seed) {
  return (uint64_t)XXH3_64bits_withSeed(bytes.len > 0 ? bytes.ptr : "", bytes.len, seed);
}

/* Providers put the tools before everything else, and so does the chain. */
static struct walk walk_begin(const struct route_request *request, uint64_t seed) {
  const uint64_t tools[2] = {request->tools_hash, request->conversation.tools_count};
  return (struct walk){session_hash(span_make((const char *)tools, sizeof tools), seed),
                       request->conversation.tools_bytes};
}

/* Who speaks, and whether a message begins, is part of what the model reads. */
static void walk_turn(struct walk *walk, const struct turn *turn) {
  const uint64_t kind = (uint64_t)turn->role << 1 | turn->starts_message;
  walk->hash = session_hash(turn->text, walk->hash + kind);
  walk->bytes += turn->text.len;
}

uint64_t session_key(const struct route_request *request, uint64_t seed) {
  const struct conversation *conversation = &request->conversation;
  if (request->session.len > 0)
    return session_hash(request->session, seed ^ NAMED_SESSION);
  struct walk walk = walk_begin(request, seed);
  bool asked = false;
  for (size_t i = 0; i < conversation->turns_count; i++) {
    const struct turn *turn = &conversation->turns[i];
    if (asked && turn->starts_message)
      break;
    asked = asked || turn->role == TURN_USER;
    /* What was said before the user spoke may be an opening that is drawn by lot. */
    if (turn->role == TURN_SYSTEM || turn->role == TURN_USER)
      walk_turn(&walk, turn);
  }
  return walk.hash;
}

/* The same opener twice is two conversations, or a test that is run again. */
bool session_continues(const struct session_state *last, const struct route_request *request) {
  return request->session.len > 0 || request->conversation.turns_count > last->turns;
}

/* The bytes from the beginning in which the request equals the last one, as far as its
 * marks tell; *marked becomes those up to the request's own last cache_control. */
static uint64_t compare(const struct session_state *last, const struct route_request *request,
                        uint64_t *bytes, uint64_t *marked) {
  const struct conversation *conversation = &request->conversation;
  struct walk walk = walk_begin(request, 0);
  uint64_t matched = 0;
  uint32_t mark = 0;
  bool equal = last != NULL;
  *marked = request->marks.any ? walk.bytes : 0;
  for (size_t i = 0; i < conversation->turns_count; i++) {
    if (equal) /* after the first difference only the lengths count */
      walk_turn(&walk, &conversation->turns[i]);
    else
      walk.bytes += conversation->turns[i].text.len;
    if (request->marks.any && i + 1 == request->marks.turns)
      *marked = walk.bytes;
    if (!equal || ((i + 1) % last->stride != 0 && i + 1 != last->turns))
      continue;
    equal = mark < last->marks_count && last->marks[mark].hash == walk.hash;
    if (equal)
      matched = last->marks[mark++].bytes;
    equal = equal && mark < last->marks_count;
  }
  *bytes = walk.bytes;
  return matched;
}

static uint64_t name_hash(const struct catalog_model *model) {
  return session_hash(span_of(model->name), 0);
}

/* By place where it is still there, else by name; -1 when a reload has removed it. */
static int find_model(const struct catalog *catalog, const struct session_state *last) {
  if (last->model < catalog->models_count &&
      name_hash(&catalog->models[last->model]) == last->model_hash)
    return (int)last->model;
  for (size_t i = 0; i < catalog->models_count; i++)
    if (name_hash(&catalog->models[i]) == last->model_hash)
      return (int)i;
  return -1;
}

void session_view_init(struct session_view *view, const struct catalog *catalog,
                       const struct route_request *request, const struct token_counts *counts) {
  *view = (struct session_view){.request = request, .last = request->last_call, .model = -1};
  view->matched_bytes = compare(view->last, request, &view->bytes, &view->marked_bytes);
  if (view->last != NULL)
    view->model = find_model(catalog, view->last);
  if (view->model < 0) {
    view->last = NULL; /* nobody could say what its tokens are worth */
    return;
  }
  const struct catalog_model *model = &catalog->models[view->model];
  view->last_input = tokens_of_counts(counts, model->tokenizer, model->images);
}

/* part / whole of tokens. As doubles: the product of two sizes may not fit. */
static uint64_t share(uint64_t tokens, uint64_t part, uint64_t whole) {
  if (whole == 0 || part >= whole)
    return whole == 0 ? 0 : tokens;
  return (uint64_t)((double)tokens * ((double)part / (double)whole));
}

static bool alive(const struct session_view *view, const struct catalog_model *model) {
  uint32_t lifetime_s =
      model->cache_lifetime_s > 0 ? model->cache_lifetime_s : (uint32_t)SESSION_LIFETIME_UNKNOWN;
  if (model->cache_mode == CACHE_EXPLICIT && view->last->lifetime_s > lifetime_s)
    lifetime_s = view->last->lifetime_s;
  /* Threads may stamp calls a little out of order; a call in the future has just been. */
  return view->request->now_s - view->last->time_s <= (int64_t)lifetime_s;
}

/* How far the last call's prefix can be in the model's cache. */
static uint64_t cached_bytes(const struct session_view *view, const struct catalog_model *model) {
  const uint64_t written = view->last->marked_bytes;
  if (model->cache_mode == CACHE_AUTOMATIC)
    return view->matched_bytes;
  /* What was marked is there as a whole or not at all, and is only looked for by a request
   * that marks as much. */
  if (model->cache_mode == CACHE_EXPLICIT && view->matched_bytes >= written &&
      view->marked_bytes >= written)
    return written;
  return 0; /* no cache, or none that the catalogue knows of */
}

uint64_t session_cached(const struct session_view *view, const struct catalog_model *model,
                        uint64_t input) {
  struct price_set price;
  if (view->last == NULL || !alive(view, model) ||
      !catalog_prices(model, view->request->now_s, input, &price) ||
      !money_known(price.cache_read)) /* a guess must not make a known cost unknown */
    return 0;
  /* In the last call's tokens, which were counted and not shared out; then in these. The
   * count of another vocabulary differs by about as much as that of the whole request. */
  const uint64_t tokens = share(view->last->tokens, cached_bytes(view, model), view->last->bytes);
  return share(input, tokens, view->last_input);
}

struct cost session_cost(const struct session_view *view, const struct catalog_model *model,
                         const struct usage_estimate *usage, bool warm) {
  struct usage_estimate with_cache = *usage;
  with_cache.cached = warm ? session_cached(view, model, usage->input) : 0;
  if (model->cache_mode == CACHE_EXPLICIT) {
    /* Shared out over what is not read, so that bytes that are no longer new are no tokens. */
    const uint64_t read = with_cache.cached > 0 ? cached_bytes(view, model) : 0;
    with_cache.cache_write =
        share(usage->input - with_cache.cached, view->marked_bytes - read, view->bytes - read);
    with_cache.cache_lifetime_s = view->request->marks.lifetime_s;
  }
  return cost_estimate(model, &with_cache);
}

/* A later turn is taken to be like this one, with as much that is new. */
struct session_costs session_costs_of(const struct session_view *view,
                                      const struct catalog_model *model,
                                      const struct usage_estimate *usage, bool warm) {
  return (struct session_costs){.now = session_cost(view, model, usage, warm).expected,
                                .later = session_cost(view, model, usage, true).expected};
}

uint32_t session_turns_ahead(const struct session_state *last) {
  return last->calls >= 4 ? last->calls / 2 : 1;
}

int64_t session_total(const struct session_costs *costs, uint32_t turns_ahead) {
  int64_t total = costs->now;
  /* By doubling, so that only sums are needed and those saturate. */
  for (int64_t part = costs->later; turns_ahead > 0; turns_ahead >>= 1) {
    if (turns_ahead & 1)
      total = money_add(total, part);
    part = money_add(part, part);
  }
  return total;
}

bool session_stays(const struct session_costs *stay, const struct session_costs *move,
                   uint32_t turns_ahead) {
  const int64_t staying = session_total(stay, turns_ahead);
  const int64_t moving = session_total(move, turns_ahead);
  return money_known(staying) && money_known(moving) && staying <= moving;
}

int64_t session_round(int64_t nano) {
  int64_t step = 1;
  if (!money_known(nano) || nano < 0)
    return nano;
  while (nano / step >= 100)
    step *= 10;
  return (nano + step / 2) / step * step;
}

/* Marks after each stride turns and after the last one, as many as there is room for. */
static void set_marks(struct session_state *state, const struct route_request *request) {
  const struct conversation *conversation = &request->conversation;
  struct walk walk = walk_begin(request, 0);
  state->turns = (uint32_t)conversation->turns_count;
  state->stride = 1;
  while (state->turns / state->stride >= SESSION_MARKS_MAX)
    state->stride *= 2;
  state->marked_bytes = request->marks.any ? walk.bytes : 0;
  state->marks_count = 0;
  for (size_t i = 0; i < state->turns; i++) {
    walk_turn(&walk, &conversation->turns[i]);
    if (request->marks.any && i + 1 == request->marks.turns)
      state->marked_bytes = walk.bytes;
    if ((i + 1) % state->stride == 0 || i + 1 == state->turns)
      state->marks[state->marks_count++] = (struct session_mark){walk.hash, walk.bytes};
  }
  state->bytes = walk.bytes;
}

void session_remember(struct session_state *state, const struct route_request *request,
                      const struct catalog *catalog, const struct route_decision *decision) {
  const uint32_t calls = request->last_call != NULL ? request->last_call->calls : 0;
  state->model = decision->model;
  state->model_hash = name_hash(&catalog->models[decision->model]);
  state->tier = decision->tier;
  state->calls = calls < UINT32_MAX ? calls + 1 : calls;
  state->lifetime_s = request->marks.any ? request->marks.lifetime_s : 0;
  state->time_s = request->now_s;
  state->tokens = decision->input_tokens;
  set_marks(state, request);
}
