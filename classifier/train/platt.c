/* platt.c - logistic regression of a soft outcome on one number, by damped Newton steps.
 *
 * After J. Platt, Probabilistic Outputs for Support Vector Machines (1999): the targets
 * are drawn in from 0 and 1 by one made-up row of either class, so that separable rows
 * have a finite optimum. Margins are standardised first; the parameters that come back
 * are those of the margins as they are. */
#include "classifier/train/platt.h"

#include <math.h>

enum { STEPS = 60 };

/* The logits at both ends of the polygon: probabilities of 0.0025 and 0.9975. */
#define LOGIT_END 6.0

struct moments {
  double rows, mean, deviation, good;
};

static double sigmoid(double z) {
  return 1.0 / (1.0 + exp(-z));
}

/* Weighted; rows is the sum of the weights. */
static struct moments measure(const float *margins, const float *outcomes, const float *weights,
                              size_t count) {
  struct moments m = {0};
  double squares = 0;
  for (size_t i = 0; i < count; i++) {
    m.rows += (double)weights[i];
    m.mean += (double)(weights[i] * margins[i]);
    m.good += (double)(weights[i] * outcomes[i]);
  }
  m.mean /= m.rows;
  for (size_t i = 0; i < count; i++)
    squares += (double)weights[i] * ((double)margins[i] - m.mean) * ((double)margins[i] - m.mean);
  m.deviation = sqrt(squares / m.rows);
  return m;
}

/* Slope and offset over standardised margins. scale turns weights into rows, so that the
 * made-up rows weigh as much as real ones. */
static void descend(struct platt *z, const struct moments *m, const float *margins,
                    const float *outcomes, const float *weights, size_t count, double scale) {
  double good = m->good * scale;
  double bad = (m->rows - m->good) * scale;
  double high = (good + 1) / (good + 2);
  double low = 1 / (bad + 2);
  for (int step = 0; step < STEPS; step++) {
    /* The ridge keeps the slope finite where the classes part. */
    double g0 = 0, g1 = -1e-3 * z->slope, h00 = 1e-9, h01 = 0, h11 = 1e-3;
    for (size_t i = 0; i < count; i++) {
      double x = ((double)margins[i] - m->mean) / m->deviation;
      double p = sigmoid(z->slope * x + z->offset);
      double y = low + (double)outcomes[i] * (high - low);
      double w = (double)weights[i] * scale;
      g0 += w * (y - p);
      g1 += w * (y - p) * x;
      h00 += w * p * (1 - p);
      h01 += w * p * (1 - p) * x;
      h11 += w * p * (1 - p) * x * x;
    }
    /* Newton's step by the inverse of the 2 by 2 curvature, shortened to 1 where the
     * likelihood is too flat to trust it. */
    double determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 1e-12))
      return;
    double d0 = (h11 * g0 - h01 * g1) / determinant;
    double d1 = (h00 * g1 - h01 * g0) / determinant;
    double longest = fmax(fabs(d0), fabs(d1));
    double damping = longest > 1 ? 1 / longest : 1;
    z->offset += damping * d0;
    z->slope += damping * d1;
    if (longest < 1e-9)
      return;
  }
}

/* The share of good rows, eased; its logit is the offset of a curve without slope. */
static double flat_offset(const struct moments *m, double scale) {
  double share = (m->good * scale + 1) / (m->rows * scale + 2);
  return log(share / (1 - share));
}

void platt_fit(struct platt *platt, const float *margins, const float *outcomes,
               const float *weights, size_t count) {
  *platt = (struct platt){0};
  if (count == 0)
    return;
  struct moments m = measure(margins, outcomes, weights, count);
  double scale = (double)count / m.rows;
  struct platt z = {.offset = flat_offset(&m, scale)};
  if (m.deviation > 1e-9)
    descend(&z, &m, margins, outcomes, weights, count, scale);
  if (!(z.slope > 0) || !isfinite(z.offset)) /* ranks them the wrong way: says nothing */
    z = (struct platt){.offset = flat_offset(&m, scale)};
  platt->slope = z.slope > 0 ? z.slope / m.deviation : 0;
  platt->offset = z.offset - platt->slope * m.mean;
}

double platt_probability(const struct platt *platt, double margin) {
  return sigmoid(platt->slope * margin + platt->offset);
}

void platt_table(const struct platt *platt, struct isotonic *table) {
  enum { POINTS = 33 };
  *table = (struct isotonic){.count = 1, .probability = {(float)sigmoid(platt->offset)}};
  if (platt->slope <= 0)
    return;
  table->count = 0;
  for (size_t i = 0; i < POINTS; i++) {
    double logit = LOGIT_END * (2.0 * (double)i / (POINTS - 1) - 1);
    float margin = (float)((logit - platt->offset) / platt->slope);
    /* Two points may fall together in single precision, where the slope is steep. */
    if (table->count > 0 && margin <= table->margin[table->count - 1])
      continue;
    table->margin[table->count] = margin;
    table->probability[table->count++] = (float)sigmoid(logit);
  }
}

double platt_loss(const float *margins, const float *outcomes, const float *weights, size_t count) {
  struct platt platt;
  double loss = 0;
  double rows = 0;
  platt_fit(&platt, margins, outcomes, weights, count);
  for (size_t i = 0; i < count; i++) {
    float p = (float)platt_probability(&platt, (double)margins[i]);
    loss += (double)weights[i] * log_loss(&p, &outcomes[i], &weights[i], 1);
    rows += (double)weights[i];
  }
  return rows > 0 ? loss / rows : NAN;
}
