/* ability.c - alternating Newton steps for the Rasch model, with priors.
 *
 * A difficulty has a normal prior around the mean of its task, which itself is
 * shrunk to 0; an ability has a wide prior at 0. Both keep the estimates finite
 * where every answer is right or every one wrong. */
#include "classifier/train/ability.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 80 };

#define DIFFICULTY_VARIANCE 1.5 /* of a prompt around its task */
#define TASK_PRIOR_ROWS 2.0     /* so many rows at difficulty 0 */
#define ABILITY_PRECISION 0.05
#define STEP_MAX 1.0

/* How much easier than the cheapest tier's ability a prompt is that was labelled as
 * its own: whoever says that any small model does it means that it hardly ever fails,
 * and this makes that 98 %. */
#define LABEL_EASIER 4.0

struct answer {
  uint32_t example, model;
  double score;
};

struct rasch {
  struct answer *answers;
  size_t answers_count;
  double *difficulty; /* by example */
  double *ability;    /* by canonical model */
  double *task_mean;  /* by kind */
  double *gradient, *curvature;
  uint32_t *canonical; /* by model of the log */
  bool *answered;      /* by canonical model: has answers, hence an ability */
  size_t examples, models, kinds;
};

static double chance(double ability, double difficulty) {
  return 1.0 / (1.0 + exp(difficulty - ability));
}

static void rasch_deinit(struct rasch *rasch) {
  free(rasch->answers);
  free(rasch->difficulty);
  free(rasch->ability);
  free(rasch->task_mean);
  free(rasch->gradient);
  free(rasch->curvature);
  free(rasch->canonical);
  free(rasch->answered);
}

static bool rasch_init(struct rasch *rasch, const struct dataset *dataset,
                       const struct labelled_log *log) {
  size_t answers = 0;
  size_t most = dataset->count > log->models_count ? dataset->count : log->models_count;
  for (size_t i = 0; i < dataset->count; i++)
    answers += log->rows[dataset->examples[i].row].outcomes_count;
  *rasch = (struct rasch){
      .examples = dataset->count, .models = log->models_count, .kinds = dataset->kinds_count};
  rasch->answers = malloc((answers + 1) * sizeof *rasch->answers);
  rasch->difficulty = calloc(dataset->count + 1, sizeof(double));
  rasch->ability = calloc(log->models_count + 1, sizeof(double));
  rasch->task_mean = calloc(dataset->kinds_count + 1, sizeof(double));
  rasch->gradient = calloc(most + 1, sizeof(double));
  rasch->curvature = calloc(most + 1, sizeof(double));
  rasch->canonical = calloc(log->models_count + 1, sizeof *rasch->canonical);
  rasch->answered = calloc(log->models_count + 1, sizeof *rasch->answered);
  return rasch->answers && rasch->difficulty && rasch->ability && rasch->task_mean &&
         rasch->gradient && rasch->curvature && rasch->canonical && rasch->answered;
}

/* Each model's number is that of the first of the log with the same canonical name. */
static void name_models(struct rasch *rasch, const struct labelled_log *log,
                        const struct tier_map *map) {
  for (size_t i = 0; i < log->models_count; i++) {
    const char *name = tier_map_canonical(map, log->models[i]);
    rasch->canonical[i] = (uint32_t)i;
    for (size_t k = 0; k < i; k++)
      if (strcmp(tier_map_canonical(map, log->models[k]), name) == 0) {
        rasch->canonical[i] = (uint32_t)k;
        break;
      }
  }
}

static void gather(struct rasch *rasch, const struct dataset *dataset,
                   const struct labelled_log *log) {
  for (size_t i = 0; i < dataset->count; i++) {
    const struct labelled_row *row = &log->rows[dataset->examples[i].row];
    for (size_t k = 0; k < row->outcomes_count; k++) {
      uint32_t model = rasch->canonical[row->outcomes[k].model];
      rasch->answers[rasch->answers_count++] =
          (struct answer){(uint32_t)i, model, row->outcomes[k].score};
      rasch->answered[model] = true;
    }
  }
}

static void clear(struct rasch *rasch, size_t count, double curvature) {
  for (size_t i = 0; i < count; i++) {
    rasch->gradient[i] = 0;
    rasch->curvature[i] = curvature;
  }
}

static double bounded(double step) {
  return step > STEP_MAX ? STEP_MAX : step < -STEP_MAX ? -STEP_MAX : step;
}

static void step_abilities(struct rasch *rasch) {
  clear(rasch, rasch->models, ABILITY_PRECISION);
  for (size_t i = 0; i < rasch->answers_count; i++) {
    const struct answer *a = &rasch->answers[i];
    double p = chance(rasch->ability[a->model], rasch->difficulty[a->example]);
    rasch->gradient[a->model] += a->score - p;
    rasch->curvature[a->model] += p * (1 - p);
  }
  for (size_t m = 0; m < rasch->models; m++)
    rasch->ability[m] +=
        bounded((rasch->gradient[m] - ABILITY_PRECISION * rasch->ability[m]) / rasch->curvature[m]);
}

static void step_difficulties(struct rasch *rasch, const struct dataset *dataset) {
  clear(rasch, rasch->examples, 1 / DIFFICULTY_VARIANCE);
  for (size_t i = 0; i < rasch->answers_count; i++) {
    const struct answer *a = &rasch->answers[i];
    double p = chance(rasch->ability[a->model], rasch->difficulty[a->example]);
    rasch->gradient[a->example] += p - a->score;
    rasch->curvature[a->example] += p * (1 - p);
  }
  for (size_t i = 0; i < rasch->examples; i++) {
    double prior = rasch->difficulty[i] - rasch->task_mean[dataset->examples[i].kind];
    rasch->difficulty[i] +=
        bounded((rasch->gradient[i] - prior / DIFFICULTY_VARIANCE) / rasch->curvature[i]);
  }
}

static void step_tasks(struct rasch *rasch, const struct dataset *dataset) {
  clear(rasch, rasch->kinds, TASK_PRIOR_ROWS);
  for (size_t i = 0; i < rasch->examples; i++) {
    if (dataset->examples[i].labelled)
      continue;
    rasch->gradient[dataset->examples[i].kind] += rasch->difficulty[i];
    rasch->curvature[dataset->examples[i].kind] += 1;
  }
  for (size_t k = 0; k < rasch->kinds; k++)
    rasch->task_mean[k] = rasch->gradient[k] / rasch->curvature[k];
}

/* The ability of a tier's reference, or the mean over its models. */
static bool tier_ability(const struct rasch *rasch, const struct labelled_log *log,
                         const struct tier_map *map, size_t tier, double *out) {
  double sum = 0;
  size_t count = 0;
  const char *reference = map->references[tier];
  for (size_t m = 0; m < log->models_count; m++) {
    if (!rasch->answered[rasch->canonical[m]])
      continue; /* occurs only in rows that are no examples */
    if (reference &&
        strcmp(tier_map_canonical(map, log->models[m]), tier_map_canonical(map, reference)) == 0) {
      *out = rasch->ability[rasch->canonical[m]];
      return true;
    }
    if (tier_map_model(map, log->models[m]) != (int)tier)
      continue;
    sum += rasch->ability[rasch->canonical[m]];
    count++;
  }
  *out = count ? sum / (double)count : 0;
  return count > 0;
}

/* A label names the cheapest tier that is good enough: the difficulty lies half way
 * between that tier's ability and the one's below. */
static double label_difficulty(const struct example *example, size_t tiers_count,
                               const double *ability) {
  size_t label = 0;
  while (label + 1 < tiers_count && example->quality[label] < 0.5f)
    label++;
  return label > 0 ? (ability[label - 1] + ability[label]) / 2 : ability[0] - LABEL_EASIER;
}

/* The mean difficulty of a source's prompts whose outcomes are known; NaN without any. */
static double source_difficulty(const struct rasch *rasch, const struct dataset *dataset,
                                const char *source) {
  double sum = 0;
  double count = 0;
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    if (example->labelled || strcmp(dataset->sources[example->source], source) != 0)
      continue;
    sum += rasch->difficulty[i];
    count++;
  }
  return count > 0 ? sum / count : NAN;
}

/* Gives labelled prompts a difficulty: that of the source whose prompts theirs are said to
 * be like, since what people call hard and what models fail at are different scales; else
 * by the label's tier. */
static void place_labels(struct rasch *rasch, const struct dataset *dataset,
                         const struct labelled_log *log, const struct tier_map *map,
                         const double *ability) {
  for (size_t i = 0; i < dataset->count; i++)
    if (dataset->examples[i].labelled)
      rasch->difficulty[i] = label_difficulty(&dataset->examples[i], dataset->tiers_count, ability);
  for (size_t k = 0; k < map->likes_count; k++) {
    double known = source_difficulty(rasch, dataset, map->likes[k].canonical);
    for (size_t i = 0; !isnan(known) && i < dataset->count; i++)
      if (dataset->examples[i].labelled &&
          strcmp(log->rows[dataset->examples[i].row].label, map->likes[k].name) == 0)
        rasch->difficulty[i] = known;
  }
}

static void rescale(struct dataset *dataset, const struct rasch *rasch, const double *ability) {
  size_t top = dataset->tiers_count - 1;
  for (size_t i = 0; i < dataset->count; i++) {
    struct example *example = &dataset->examples[i];
    double difficulty = rasch->difficulty[i];
    double best = chance(ability[top], difficulty);
    for (size_t t = 0; t < dataset->tiers_count; t++) {
      double right = chance(ability[t], difficulty);
      example->quality[t] = (float)right;
      example->good[t] = t < top ? (float)(1 - (1 - right) * best) : NAN;
    }
  }
}

bool ability_scale(struct dataset *dataset, const struct labelled_log *log,
                   const struct tier_map *map, double ability[MODEL_TIERS_MAX], char *why,
                   size_t why_size) {
  struct rasch rasch;
  bool ok = rasch_init(&rasch, dataset, log);
  if (!ok)
    snprintf(why, why_size, "out of memory");
  if (ok) {
    name_models(&rasch, log, map);
    gather(&rasch, dataset, log);
  }
  for (int round = 0; ok && round < ROUNDS; round++) {
    step_abilities(&rasch);
    step_difficulties(&rasch, dataset);
    step_tasks(&rasch, dataset);
  }
  for (size_t t = 0; ok && t < dataset->tiers_count; t++) {
    ok = tier_ability(&rasch, log, map, t, &ability[t]);
    if (!ok)
      snprintf(why, why_size,
               "no model of tier \"%s\" has outcomes in the data; give the tier a \"reference\" in "
               "--tiers that has, or use --scale none",
               map->names[t]);
    /* A dearer tier that did worse in the data is taken as no worse. */
    if (ok && t > 0 && ability[t] < ability[t - 1])
      ability[t] = ability[t - 1];
  }
  if (ok)
    place_labels(&rasch, dataset, log, map, ability);
  if (ok)
    rescale(dataset, &rasch, ability);
  rasch_deinit(&rasch);
  return ok;
}
