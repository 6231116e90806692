/* findings.c - runs the measurements: groups, ladder, calibration, each model's estimates. */
#include "bench/accuracy/findings.h"

#include "bench/accuracy/decide.h"

/* On rows with all answers of the ladder: what was good enough is told against the best
 * of it. */
static void calibrate(const struct bench_data *data, size_t m, struct tier_calibration *out) {
  struct forecast *forecasts = bench_take(data->memory, data->rows_count, sizeof *forecasts);
  size_t count = 0;
  out->model = m;
  out->tier = data->tier_of[m];
  for (size_t i = 0; i < data->rows_count; i++) {
    const struct bench_row *row = &data->rows[i];
    if (row->complete)
      forecasts[count++] =
          (struct forecast){row->good[out->tier], decide_good(data, row, m) ? 1.0 : 0.0};
  }
  calibration_measure(forecasts, count, &out->calibration);
}

/* Models whose answers have figures, in the order of the logs. With a ladder there are
 * those alone. */
static void estimate_models(const struct bench_data *data, const struct bench_options *options,
                            struct findings *out) {
  const struct labelled_log *log = &data->log;
  uint32_t *indices = bench_take(data->memory, data->rows_count + 1, sizeof *indices);
  for (size_t i = 0; i < data->rows_count; i++)
    indices[i] = (uint32_t)i;
  out->by_model = bench_take(data->memory, log->models_count + 1, sizeof *out->by_model);
  for (size_t m = 0; m < log->models_count; m++) {
    struct model_estimates *model = &out->by_model[out->by_model_count];
    if (!data_counts_model(data, m))
      continue;
    estimates_measure(data, indices, data->rows_count, m, options, &model->estimates);
    if (!estimates_present(&model->estimates))
      continue;
    model->name = bench_clean_copy(data->memory, log->models[m]);
    out->by_model_count++;
  }
}

/* Everything is measured, whatever form is printed: the forms then cannot disagree. */
void findings_measure(const struct bench_data *data, const struct bench_options *options,
                      struct findings *out) {
  *out = (struct findings){.options = options, .data = data};
  groups_measure(data, options, &out->groups);
  ladder_measure(data, options, &out->ladder);
  /* Not the dearest, whose probability is 1 by definition. */
  for (size_t m = 0; data->tiers_count > 0 && m + 1 < data->ladder_count; m++)
    calibrate(data, m, &out->calibrations[out->calibrations_count++]);
  /* The first group is that of all rows. */
  out->confusion = out->groups.groups[0].labels.confusion;
  estimate_models(data, options, out);
}

const char *findings_cost_unit(const struct findings *findings) {
  return findings->data->prices.relative ? "relative" : "USD";
}

/* For the note below the tables. */
const char *findings_length_source(const struct findings *findings) {
  return findings->data->forecast_lengths ? "the model's forecast" : "the mean of the others";
}
