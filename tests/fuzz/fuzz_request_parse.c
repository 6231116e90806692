/* fuzz_request_parse.c - any request body is parsed within its bounds, or refused with a
 * problem that can be answered.
 *
 * What is accepted must be fit for the router, which trusts it: numbers in range, every
 * turn's text in readable memory. Parsing the same body twice must end alike: nothing of
 * one request may leak into the next through the arena. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/request_parse.h"

#include "require.h"

enum { ARENA_LIMIT = 4 << 20 };

static void require_fit(const struct parsed_request *request) {
  const struct route_request *route = &request->route;
  require(isnan(route->quality) || (route->quality >= 0 && route->quality <= 1));
  require(!route->by_threshold ||
          (isnan(route->quality) && route->strong_from >= 0 && route->strong_from <= 1));
  require(isnan(route->max_risk) || (route->max_risk >= 0 && route->max_risk <= 1));
  require(route->max_cost == MONEY_UNKNOWN || route->max_cost >= 0);
  for (size_t i = 0; i < route->conversation.turns_count; i++)
    require_readable(route->conversation.turns[i].text);
  require_readable(request->id);
}

static void require_problem(const struct problem *problem) {
  require(problem->type > PROBLEM_NONE && problem->type < PROBLEM_TYPES);
  require(problem->detail[0] != '\0' && memchr(problem->detail, '\0', sizeof problem->detail));
  require(memchr(problem->pointer, '\0', sizeof problem->pointer) != NULL);
  struct buffer json = {0};
  problem_write(&json, problem, span_make(NULL, 0));
  require(json_check(json.data, json.len, &(struct json_limits){8, 64}, NULL) == JSON_OK);
  buffer_deinit(&json);
}

/* The type of the problem, or PROBLEM_NONE. */
static enum problem_type parse(struct arena *arena, const struct config *config,
                               const uint8_t *data, size_t len) {
  struct parsed_request request;
  struct problem problem = {.type = PROBLEM_NONE};
  char *text = malloc(len ? len : 1); /* parsing writes to it */
  require(text != NULL);
  memcpy(text, data, len);
  if (request_parse(arena, config, text, len, &request, &problem)) {
    require_fit(&request);
    problem.type = PROBLEM_NONE;
  } else {
    require_problem(&problem);
  }
  arena_reset(arena);
  free(text);
  return problem.type;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct config config;
  struct arena arena;
  json_in_setup();
  config_init(&config);
  config.json_nodes_max = 5000;
  arena_init(&arena, ARENA_LIMIT);
  require(parse(&arena, &config, data, len) == parse(&arena, &config, data, len));
  arena_deinit(&arena);
  config_deinit(&config);
  return 0;
}
