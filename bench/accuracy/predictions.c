/* predictions.c - one tab-separated line for each row, in the data's order.
 *
 * Cross-validation pools these lines over models that were trained on different rows;
 * hence the probabilities, which are comparable from model to model, beside the margin,
 * which is not quite. Names come from the data: a control character in one would break
 * the line, and becomes a question mark.
 */
#include "bench/accuracy/predictions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put_clean(FILE *out, const char *text) {
  for (const char *c = text; *c; c++)
    (void)fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, out);
}

static void put_head(FILE *out, const struct bench_data *data) {
  (void)fputs("id\tdataset\ttask\tlang\tmargin", out);
  for (size_t t = 0; t + 1 < data->tiers_count; t++) {
    (void)fputs("\tgood:", out);
    put_clean(out, data->tiers[t]);
  }
  (void)fputs("\tnovelty\tabstained\toutput_p50\toutput_p90\n", out);
}

static void put_row(FILE *out, const struct bench_data *data, const struct bench_row *row) {
  put_clean(out, row->labelled->id);
  (void)fprintf(out, "\t%s\t%s\t%s\t%.9g", data->datasets.cleaned[row->dataset],
                data->tasks.cleaned[row->task], data->langs.cleaned[row->lang], -row->score);
  for (size_t t = 0; t + 1 < data->tiers_count; t++)
    (void)fprintf(out, "\t%.9g", row->good[t]);
  (void)fprintf(out, "\t%.9g\t%d\t%.9g\t%.9g\n", row->novelty, row->abstain, row->output_p50,
                row->output_p90);
}

bool predictions_write(const struct bench_data *data, const char *path) {
  FILE *out = fopen(path, "w");
  bool ok = out != NULL;
  if (out) {
    put_head(out, data);
    for (size_t i = 0; i < data->rows_count; i++)
      put_row(out, data, &data->rows[i]);
    /* Single writes are asked about once; a full disk may show only on closing. */
    ok = !ferror(out);
    ok = fclose(out) == 0 && ok;
  }
  if (!ok)
    (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", path, strerror(errno));
  return ok;
}
