/* prior.c - finds, loads and checks a model to lean on.
 *
 * The new model is the old one's weights plus what the log adds, under the old one's
 * scales, kinds and words. So the old one has to be linear, for the same features, which
 * model_load() checks, and for as many tiers. The sums are left to lean.c. */
#include "classifier/train/prior.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/fit.h"

/* From the program's folder to the model: build/, build/PRESET/, and PREFIX/bin. */
static const char *const places[] = {"../models/default.tier", "../../models/default.tier",
                                     "../share/tierd/default.tier"};

bool prior_find(char path[PRIOR_PATH_MAX]) {
  char program[PRIOR_PATH_MAX / 2];
  ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
  if (len <= 0)
    return false;
  program[len] = '\0';
  char *slash = strrchr(program, '/');
  if (!slash)
    return false;
  *slash = '\0';
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    char place[PRIOR_PATH_MAX];
    (void)snprintf(place, sizeof place, "%s/%s", program, places[i]);
    char *found = realpath(place, NULL); /* people read this path: without the dots */
    bool good = found && strlen(found) < PRIOR_PATH_MAX && access(found, R_OK) == 0;
    if (good)
      memcpy(path, found, strlen(found) + 1);
    free(found);
    if (good)
      return true;
  }
  return false;
}

static bool is_linear(const struct model *model) {
  bool linear = svm_kernel_of(model->output) == SVM_LINEAR;
  for (size_t t = 0; t + 1 < model->tiers_count; t++)
    linear = linear && svm_kernel_of(model->heads[t].svm) == SVM_LINEAR;
  return linear;
}

static bool fits(const struct model *model, const struct tier_map *map, char *why,
                 size_t why_size) {
  if (model->tiers_count != map->tiers_count)
    snprintf(why, why_size, "it has %zu tiers, but --tiers names %zu", model->tiers_count,
             map->tiers_count);
  else if (!is_linear(model))
    snprintf(why, why_size, "its kernel is not linear, so that weights cannot be added to it");
  else if (model->words_bits != FIT_WORDS_BITS)
    snprintf(why, why_size, "its set of words has %u bits instead of %d", model->words_bits,
             FIT_WORDS_BITS);
  else
    return true;
  return false;
}

bool prior_load(struct prior *prior, const char *path, const struct tier_map *map, char *why,
                size_t why_size) {
  struct model_error err;
  *prior = (struct prior){0};
  snprintf(prior->path, sizeof prior->path, "%s", path);
  if (model_load(path, &prior->model, &err) != MODEL_OK) {
    snprintf(why, why_size, "%s", err.text);
    return false;
  }
  size_t used = (size_t)snprintf(why, why_size, "%s: ", path);
  if (used >= why_size)
    used = 0;
  if (!fits(prior->model, map, why + used, why_size - used)) {
    prior_deinit(prior);
    return false;
  }
  for (size_t t = 0; t < map->tiers_count; t++)
    prior->renamed |= strcmp(prior->model->tier_names[t], map->names[t]) != 0;
  return true;
}

void prior_deinit(struct prior *prior) {
  model_destroy(prior->model);
  prior->model = NULL;
}
