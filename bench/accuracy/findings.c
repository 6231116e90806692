/* findings.c - runs the measurements: groups, ladder, calibration, confusion. */
#include "bench/accuracy/findings.h"

#include "bench/accuracy/decide.h"

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

static void confuse(const struct bench_data *data, struct confusion *out) {
  *out = (struct confusion){0};
  for (size_t i = 0; i < data->rows_count; i++) {
    size_t label = decide_label(data, &data->rows[i]);
    if (label == SIZE_MAX)
      continue;
    out->counts[label][decide_class(data, &data->rows[i])]++;
    out->rows_count++;
  }
}

void findings_measure(const struct bench_data *data, const struct bench_options *options,
                      struct findings *out) {
  *out = (struct findings){.options = options, .data = data};
  groups_measure(data, options, &out->groups);
  ladder_measure(data, options, &out->ladder);
  for (size_t m = 0; data->tiers_count > 0 && m + 1 < data->ladder_count; m++)
    calibrate(data, m, &out->calibrations[out->calibrations_count++]);
  confuse(data, &out->confusion);
}

const char *findings_cost_unit(const struct findings *findings) {
  return findings->data->prices.relative ? "relative" : "USD";
}
