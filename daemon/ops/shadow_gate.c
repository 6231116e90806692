/* shadow_gate.c - sums to intervals, intervals to verdicts.
 *
 * A criterion passes when all of its interval lies at or below the margin, and fails when
 * all of it lies above. Shares get the interval of Agresti and Min (2005, Simple improved
 * confidence intervals for comparing matched proportions: half an observation more in
 * each cell of the table), which does not collapse to nothing when no pair differs;
 * costs that of a ratio of two means. Under-routing can only differ where the choices do:
 * how often that is, all decisions say, and what it leads to, those that were tested.
 * Who counts, and what follows, is promotion.c's. */
#include "daemon/ops/shadow_gate.h"

#include <math.h>

/* Sums are enough for means and variances, so that a run of any length takes the same
 * memory. */
void gate_pair_add(struct gate_pair *pair, double base, double candidate) {
  pair->count++;
  pair->base += base;
  pair->candidate += candidate;
  pair->squares += (candidate - base) * (candidate - base);
}

/* For later feedback on the same decision, which takes the place of the earlier. */
void gate_pair_remove(struct gate_pair *pair, double base, double candidate) {
  pair->count--;
  pair->base -= base;
  pair->candidate -= candidate;
  pair->squares -= (candidate - base) * (candidate - base);
}

/* All three must be known: otherwise the sums would be of different decisions. */
void gate_cost_add(struct gate_cost *cost, int64_t base, int64_t candidate, int64_t baseline) {
  if (!money_known(base) || !money_known(candidate) || !money_known(baseline)) {
    cost->unpriced++;
    return;
  }
  const double b = (double)base, d = (double)candidate - b;
  cost->count++;
  cost->base += b;
  cost->candidate += (double)candidate;
  cost->d_squares += d * d;
  cost->d_base += d * b;
  cost->base_squares += b * b;
  cost->baseline += (double)baseline;
}

/* Both ways: for people, since a verdict needs enough of each. */
uint64_t gate_tested(const struct gate_counts *counts) {
  return counts->tested[GATE_CHEAPER].count + counts->tested[GATE_DEARER].count;
}

/* The number that look needs of what the first needs least; saturates. */
static uint64_t needed(uint64_t least, unsigned looks) {
  return looks < 32 ? least << looks : UINT64_MAX;
}

/* Both: a great deal of traffic without feedback is no evidence of quality. */
bool gate_due(const struct gate_counts *counts, const struct gate_limits *limits, unsigned looks) {
  return counts->decisions >= needed(limits->min_decisions, looks) &&
         counts->judged >= needed(limits->min_judged, looks);
}

/* By halving: some fifty steps, and it is asked for a few times an hour. */
double gate_quantile(double probability) {
  double low = 0, high = 40;
  for (int i = 0; i < 80; i++) {
    const double middle = (low + high) / 2;
    if (0.5 * erfc(middle / sqrt(2)) > probability)
      low = middle;
    else
      high = middle;
  }
  return (low + high) / 2;
}

static enum gate_verdict verdict_of(const struct gate_figure *figure, double margin) {
  /* NaN compares false: what is not known is open. */
  if (figure->high <= margin)
    return GATE_PASSED;
  return figure->low > margin ? GATE_FAILED : GATE_OPEN;
}

static struct gate_figure share_figure(const struct gate_pair *pair, double z, double margin) {
  struct gate_figure figure = {NAN, NAN, NAN, NAN, NAN, GATE_OPEN};
  if (pair->count == 0)
    return figure;
  const double count = (double)pair->count, more = count + 2;
  figure.base = pair->base / count;
  figure.candidate = pair->candidate / count;
  figure.change = figure.candidate - figure.base;
  /* With half an observation more in each cell, one more pair differs either way. */
  const double mean = (pair->candidate - pair->base) / more;
  const double variance = fmax((pair->squares + 1) / more - mean * mean, 0);
  const double half = z * sqrt(variance / more);
  figure.low = mean - half;
  figure.high = mean + half;
  figure.verdict = verdict_of(&figure, margin);
  return figure;
}

/* What the choices that differ one way add to under-routing, at the worst and at the best,
 * each with the variance of its estimate. */
struct part {
  double worst, worst_variance;
  double best, best_variance;
};

/* A share of all decisions times a mean over the tested ones, which stand for the others:
 * the variance is that of a product. One more differs either way, as above. */
static struct part tested_part(const struct gate_pair *tested, double share, double decisions) {
  const double more = (double)tested->count + 2;
  const double mean = (tested->candidate - tested->base) / more;
  const double variance = fmax((tested->squares + 1) / more - mean * mean, 0);
  const double total =
      share * share * variance / more + mean * mean * share * (1 - share) / decisions;
  return (struct part){share * mean, total, share * mean, total};
}

/* A cheaper choice may always be too low where the running model's was not, but never the
 * other way round; of a dearer one it is the opposite. So the bounds are all and none. */
static struct part untested_part(enum gate_way way, double share, double decisions) {
  const double variance = share * (1 - share) / decisions;
  if (way == GATE_CHEAPER)
    return (struct part){.worst = share, .worst_variance = variance};
  return (struct part){.best = -share, .best_variance = variance};
}

/* The point between the bounds, for people: what was tested where all of it is, else with
 * belief for what is doubtful, which the bounds do not go by. */
static double under_change(const struct gate_counts *counts) {
  const uint64_t differ[GATE_WAYS] = {counts->cheaper, counts->dearer};
  double change = 0;
  for (int way = 0; way < GATE_WAYS; way++) {
    const struct gate_pair *tested = &counts->tested[way];
    if (differ[way] > 0 && tested->count == 0)
      return (counts->under.candidate - counts->under.base) / (double)counts->under.count;
    if (differ[way] > 0)
      change += (double)differ[way] / (double)counts->decisions *
                (tested->candidate - tested->base) / (double)tested->count;
  }
  return change;
}

/* No worse is to be shown by evidence: what nobody tried counts against the candidate when
 * it is to pass, and for it when it is to fail. */
static struct gate_figure under_figure(const struct gate_counts *counts, double z, double margin) {
  const uint64_t differ[GATE_WAYS] = {counts->cheaper, counts->dearer};
  const double decisions = (double)counts->decisions + 2;
  struct gate_figure figure = {NAN, NAN, NAN, NAN, NAN, GATE_OPEN};
  struct part all = {0};
  if (counts->under.count == 0 || counts->decisions == 0)
    return figure;
  for (int way = 0; way < GATE_WAYS; way++) {
    const double share = ((double)differ[way] + 1) / decisions;
    const struct part part = counts->tested[way].count >= GATE_TESTED_MIN
                                 ? tested_part(&counts->tested[way], share, decisions)
                                 : untested_part((enum gate_way)way, share, decisions);
    all.worst += part.worst;
    all.worst_variance += part.worst_variance;
    all.best += part.best;
    all.best_variance += part.best_variance;
  }
  figure.low = all.best - z * sqrt(all.best_variance);
  figure.high = all.worst + z * sqrt(all.worst_variance);
  figure.base = counts->under.base / (double)counts->under.count;
  figure.change = fmin(fmax(under_change(counts), figure.low), figure.high);
  figure.candidate = fmin(fmax(figure.base + figure.change, 0), 1);
  figure.verdict = verdict_of(&figure, margin);
  return figure;
}

/* The change is a ratio of two means over the same decisions, whose error follows from
 * what is left of each difference when the ratio is taken off. */
static struct gate_figure cost_figure(const struct gate_cost *cost, double z, double margin) {
  struct gate_figure figure = {NAN, NAN, NAN, NAN, NAN, GATE_OPEN};
  if (cost->count == 0 || cost->base <= 0)
    return figure;
  const double count = (double)cost->count, usd = (double)NANO_PER_USD;
  figure.base = cost->base / count / usd;
  figure.candidate = cost->candidate / count / usd;
  const double ratio = (cost->candidate - cost->base) / cost->base;
  const double rest =
      cost->d_squares - 2 * ratio * cost->d_base + ratio * ratio * cost->base_squares;
  const double half = z * sqrt(fmax(rest, 0)) / cost->base;
  figure.change = ratio;
  figure.low = ratio - half;
  figure.high = ratio + half;
  figure.verdict = verdict_of(&figure, margin);
  return figure;
}

/* All three have to pass, which needs no further correction; that one fails is enough. */
void gate_judge(const struct gate_counts *counts, const struct gate_limits *limits, unsigned looks,
                struct gate_result *out) {
  const double z = gate_quantile(GATE_ERROR * pow(0.5, (double)(looks < 60 ? looks : 60) + 1));
  out->figures[GATE_UNDER_ROUTING] = limits->min_judged > 0
                                         ? under_figure(counts, z, limits->margin)
                                         : share_figure(&counts->believed, z, limits->margin);
  out->figures[GATE_STABILITY] = share_figure(&counts->unstable, z, limits->unstable_margin);
  out->figures[GATE_COST] = cost_figure(&counts->cost, z, limits->margin);
  out->verdict = GATE_PASSED;
  for (int i = 0; i < GATE_CRITERIA; i++) {
    const enum gate_verdict verdict = out->figures[i].verdict;
    if (verdict == GATE_FAILED)
      out->verdict = GATE_FAILED;
    else if (verdict == GATE_OPEN && out->verdict == GATE_PASSED)
      out->verdict = GATE_OPEN;
  }
}

/* Keys of the interface: they stay. */
const char *gate_criterion_name(enum gate_criterion criterion) {
  static const char *const names[GATE_CRITERIA] = {"under_routing", "instability", "cost"};
  return names[criterion];
}

/* In the order of enum gate_verdict. */
const char *gate_verdict_name(enum gate_verdict verdict) {
  static const char *const names[] = {"open", "passed", "failed"};
  return names[verdict];
}
