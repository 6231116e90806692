/* data.h - the rows of the benchmark: qualities, costs and the router's opinion.
 *
 * One struct bench_row for each row of the labelled logs, with the ladder's
 * outcomes as plain arrays, so that measuring needs neither logs nor models.
 */
#ifndef TIERD_BENCH_DATA_H
#define TIERD_BENCH_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/accuracy/options.h"
#include "bench/accuracy/prices.h"
#include "classifier/svm/model.h"
#include "classifier/train/labelled_log.h"

enum { BENCH_ASSUMED_OUTPUT_TOKENS = 256 }; /* where no outcome says any length */

struct bench_row {
  const struct labelled_row *labelled;
  uint32_t dataset, task, lang;     /* indices into the names of struct bench_data */
  double chars;                     /* code points of all turns */
  struct token_counts counts;       /* of the request, for any vocabulary */
  double quality[BENCH_LADDER_MAX]; /* NaN when the model has no outcome */
  double cost[BENCH_LADDER_MAX];    /* in the data's unit; NaN when unknown */
  bool complete;                    /* every model of the ladder has an outcome */
  bool ranked;                      /* the router has a score for it */
  double score;                     /* higher: needs the strong model more */
  int label;                        /* the model's tier that the row's label stands for, or -1 */
  /* From the model; all 0 without one. */
  double good[MODEL_TIERS_MAX];
  double output_p50, output_p90, novelty;
  bool abstain;
  /* The same for the original of a paraphrase, else 0. */
  double original_good[MODEL_TIERS_MAX];
};

struct name_list {
  const char **names;   /* as the data has them */
  const char **cleaned; /* without control characters, for showing */
  size_t count, capacity;
};

struct bench_data {
  struct labelled_log log;
  struct bench_row *rows;
  size_t rows_count;
  struct name_list datasets, tasks, langs;
  size_t ladder_count;
  const char *ladder[BENCH_LADDER_MAX];
  size_t ladder_model[BENCH_LADDER_MAX]; /* indices into the log's models */
  struct bench_prices prices;
  /* What had to be assumed for the costs, as shares of the ladder's outcomes. */
  double imputed_output;        /* mean of the tokens taken where an outcome has no length */
  bool forecast_lengths;        /* they are the model's forecasts, else one mean for all */
  double imputed_output_share;  /* outcomes without a length */
  double chars_output_share;    /* whose length is known in characters alone */
  double estimated_input_share; /* whose input was counted by the estimate */
  bool costs_measured;          /* some cost is the log's cost_usd */
  /* The model's part; tiers_count is 0 without one. */
  size_t tiers_count;
  const char *tiers[MODEL_TIERS_MAX];
  const char *model_version;
  size_t rank_tier;
  double lambda;                    /* of the policy at the chosen quality, see policy.h */
  double shares[MODEL_TIERS_MAX];   /* a tier's cost as a share of the top one's */
  size_t tier_of[BENCH_LADDER_MAX]; /* the tier that a model of the ladder stands for */
  struct labelled_log_memory *memory;
};

/* Reads the logs, the prices, and the model or scores. False after a message on
 * standard error. bench_data_unload() in either case. */
bool bench_data_load(const struct bench_options *options, struct labelled_log_memory *memory,
                     struct bench_data *out);
void bench_data_unload(struct bench_data *data);

/* Fills quality, cost and complete of every row from its outcomes. */
void bench_data_outcomes(struct bench_data *data);

/* Runs the model over every row, with the lambda for options->quality. */
bool bench_data_predict(const struct bench_options *options, struct bench_data *data);

/* With a ladder only its models' answers count; one outside says little. */
bool data_counts_model(const struct bench_data *data, size_t model);

/* Tokens of a row's input as the router counts them for that model of the log. */
uint64_t data_input_estimate(const struct bench_data *data, const struct bench_row *row,
                             size_t model);
/* As one outcome measured them, else by that estimate. */
double data_input_tokens(const struct bench_data *data, const struct bench_row *row,
                         const struct outcome *outcome);
/* Tokens of the answer; -1 when neither tokens nor characters are known. */
double data_output_tokens(const struct outcome *outcome);
/* The mean of the model's forecast of them, as cost_estimate() takes it; 0 without. */
double data_output_forecast(const struct bench_row *row);

#endif
