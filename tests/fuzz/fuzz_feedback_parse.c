/* fuzz_feedback_parse.c - hostile feedback is refused with a reason, never a crash.
 *
 * What is accepted keeps the promises of the header, because the log's line is
 * written from it without looking twice.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/feedback_parse.h"

#include "require.h"

static const struct catalog catalog = {.tiers = {{"economy", 0}, {"frontier", 0}},
                                       .tiers_count = 2};

static void require_sound(const struct feedback *feedback) {
  require(decision_id_valid(span_of(feedback->id)));
  require(isnan(feedback->score) || (feedback->score >= 0 && feedback->score <= 1));
  require(feedback->tier_label.len == 0 || catalog_find_tier(&catalog, feedback->tier_label) >= 0);
  require(feedback->model.len <= 256);
  require(!money_known(feedback->cost) || feedback->cost >= 0);
  if (!feedback->has_usage)
    return;
  const struct feedback_usage *usage = &feedback->usage;
  require(usage->input >= 0 || usage->output >= 0);
  require(usage->cached <= usage->input || usage->cached <= 0);
  require(usage->cache_write <= usage->input || usage->cache_write <= 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  json_in_setup();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const struct json_limits limits = {.depth_max = 32, .nodes_max = 1000};
  struct arena arena;
  struct feedback feedback;
  struct problem problem = {.type = PROBLEM_NONE};
  char *text = malloc(len); /* parsing writes to it; its exact size shows overreads */
  require(text != NULL || len == 0);
  if (len > 0)
    memcpy(text, data, len);
  arena_init(&arena, 1 << 20);
  if (feedback_parse(&arena, &limits, &catalog, text, len, &feedback, &problem))
    require_sound(&feedback);
  else
    require(problem.type != PROBLEM_NONE && problem.detail[0] != '\0');
  arena_deinit(&arena);
  free(text);
  return 0;
}
