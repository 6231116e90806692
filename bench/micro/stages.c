/* stages.c - the daemon's own functions on generated prompts.
 *
 * Everything is set up as a worker of tierd has it: one scratch, one arena, buffers
 * that keep their memory. Prompts come from bench/load/prompts.h. */
#include "bench/micro/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/load/prompts.h"
#include "daemon/api/decision_json.h"
#include "daemon/api/json_in.h"
#include "daemon/api/request_parse.h"
#include "daemon/config/catalog_load.h"

const size_t stage_sizes[STAGE_SIZES] = {100, 1000, 10000, 50000};

/* Room for the largest size and what stands around it. */
enum { BODY_ROOM = 64 * 1024, ARENA_LIMIT = 64 * 1024 * 1024 };

/* 2026-10-24; within the age at which the shipped catalogue's prices are fresh. */
static const int64_t today = 20750;

/* In one piece of the heap: the bodies alone are too large for a stack. */
struct bench {
  struct config config;
  struct router router;
  struct catalog catalog;
  struct model *model;
  struct route_scratch *scratch;
  struct features *features;
  struct arena arena;
  struct buffer out;
  /* Of the prompt at hand. */
  struct turn turn;
  struct route_request request;
  struct route_decision decision;
  struct prediction prediction;
  size_t body_len;
  char body[BODY_ROOM];
  char scribbled[BODY_ROOM]; /* a copy of body, which parsing writes to */
};

/* The names are those of the table in SPEED.md. */
const char *stage_name(enum stage stage) {
  static const char *const names[STAGES] = {"parse", "features", "score", "decide", "encode"};
  return names[stage];
}

/* ---- the stages: each a call that can be repeated on the same bench. Failures are
 * passed over here, since set_prompt() makes only prompts that succeed. */

/* The copy is part of the time: parsing writes to its text, so each call needs a new one. */
static void call_parse(void *context) {
  struct bench *bench = context;
  struct parsed_request parsed;
  struct problem problem;
  memcpy(bench->scribbled, bench->body, bench->body_len);
  (void)request_parse(&bench->arena, &bench->config, bench->scribbled, bench->body_len, &parsed,
                      &problem);
  arena_reset(&bench->arena);
}

static void call_features(void *context) {
  struct bench *bench = context;
  features_extract(bench->features, &bench->request.conversation);
}

static void call_score(void *context) {
  struct bench *bench = context;
  model_predict(bench->model, bench->features, &bench->prediction);
}

static void call_decide(void *context) {
  struct bench *bench = context;
  struct route_error err;
  (void)route_decide(&bench->router, &bench->request, bench->scratch, &bench->decision, &err);
}

/* Body and headers, as both go out. */
static void call_encode(void *context) {
  struct bench *bench = context;
  struct api_response response = {.body = &bench->out};
  buffer_reset(&bench->out, BODY_ROOM);
  decision_write(&bench->out, &bench->router, &bench->decision, "d-0000000000000000-0",
                 today * 86400, span_make(NULL, 0));
  decision_headers(&response, &bench->router, &bench->decision, "d-0000000000000000-0");
}

/* In the order of enum stage. */
static void (*const calls[STAGES])(void *context) = {call_parse, call_features, call_score,
                                                     call_decide, call_encode};

/* ---- their input */

/* What tierd's main() does before it serves. */
static bool load(struct bench *bench, const char *model, const char *catalog, char *why,
                 size_t why_size) {
  struct catalog_error catalog_error;
  struct model_error model_error;
  json_in_setup(); /* else parsing would go by malloc() */
  config_init(&bench->config);
  if (!catalog_load(catalog, &bench->catalog, &catalog_error)) {
    (void)snprintf(why, why_size, "%s", catalog_error.text);
    return false;
  }
  if (model_load(model, &bench->model, &model_error) != MODEL_OK) {
    (void)snprintf(why, why_size, "%s", model_error.text);
    return false;
  }
  bench->router = (struct router){.catalog = &bench->catalog,
                                  .model = bench->model,
                                  .quality = bench->config.quality,
                                  .max_risk = bench->config.max_risk,
                                  .stale_days = bench->config.stale_days};
  bench->scratch = route_scratch_create();
  bench->features = malloc(sizeof *bench->features);
  if (!bench->scratch || !bench->features) {
    (void)snprintf(why, why_size, "out of memory");
    return false;
  }
  features_init(bench->features);
  arena_init(&bench->arena, ARENA_LIMIT);
  return router_check(&bench->router, why, why_size);
}

/* Also of one that was only begun: it was zeroed. */
static void unload(struct bench *bench) {
  catalog_unload(&bench->catalog);
  model_destroy(bench->model);
  route_scratch_destroy(bench->scratch);
  free(bench->features);
  arena_deinit(&bench->arena);
  buffer_deinit(&bench->out);
  config_deinit(&bench->config);
  free(bench);
}

/* Makes the prompt of so many bytes, and the request and vector that follow from it. */
static void set_prompt(struct bench *bench, uint64_t seed, size_t bytes) {
  static const char before[] = "{\"prompt\":\"", after[] = "\"}";
  const size_t before_len = sizeof before - 1;
  char *prompt = bench->body + before_len;
  memcpy(bench->body, before, before_len);
  prompts_write(seed, bytes, prompt, bytes);
  memcpy(prompt + bytes, after, sizeof after - 1);
  bench->body_len = before_len + bytes + sizeof after - 1;
  bench->turn =
      (struct turn){.role = TURN_USER, .starts_message = true, .text = span_make(prompt, bytes)};
  bench->request = (struct route_request){.conversation = {.turns = &bench->turn, .turns_count = 1},
                                          .quality = NAN,
                                          .max_risk = NAN,
                                          .max_cost = MONEY_UNKNOWN,
                                          .now_s = 86400 * today};
  /* The stages that follow need what those before them leave behind. */
  call_features(bench);
  call_decide(bench);
}

/* Size by size, so that each stage finds what the one before it left for that prompt. */
bool stages_measure(const struct measure *how, const char *model, const char *catalog,
                    uint64_t seed, struct stages_result *out, char *why, size_t why_size) {
  struct bench *bench = calloc(1, sizeof *bench);
  if (!bench) {
    (void)snprintf(why, why_size, "out of memory");
    return false;
  }
  bool ok = load(bench, model, catalog, why, why_size);
  for (size_t size = 0; ok && size < STAGE_SIZES; size++) {
    set_prompt(bench, seed, stage_sizes[size]);
    for (size_t stage = 0; stage < STAGES; stage++)
      out->ns[size][stage] = measure_ns(how, calls[stage], bench);
  }
  unload(bench);
  return ok;
}
