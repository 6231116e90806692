/* totals.c - adds one decision, and what was said about it, to everything.
 *
 * Nothing depends on the order of the lines. Sums are integer nano-USD; an unknown
 * amount is counted beside its sum and never enters it. */
#include "daemon/ctl/report/totals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report/prompts.h"

struct report_totals *totals_create(const struct report_options *options,
                                    const struct catalog *catalog) {
  struct report_totals *totals = calloc(1, sizeof *totals);
  if (!totals)
    return NULL;
  totals->options = options;
  totals->catalog = catalog;
  /* Each of them is initialised, so that all can be deinitialised. */
  bool ok = groups_init(&totals->asked, STEPS_COUNT, options->keys_max);
  ok = groups_init(&totals->sent, 1, options->keys_max) && ok;
  ok = groups_init(&totals->prompts, PROMPT_VALUES, options->keys_max / 8) && ok;
  ok = groups_init(&totals->visits, 0, options->keys_max) && ok;
  if (ok)
    return totals;
  totals_destroy(totals);
  return NULL;
}

void totals_destroy(struct report_totals *totals) {
  if (!totals)
    return;
  groups_deinit(&totals->asked);
  groups_deinit(&totals->sent);
  groups_deinit(&totals->prompts);
  groups_deinit(&totals->visits);
  tallies_deinit(&totals->tiers);
  tallies_deinit(&totals->models);
  tallies_deinit(&totals->unpriced);
  tallies_deinit(&totals->reasked);
  for (size_t i = 0; i < totals->labels_count; i++)
    tallies_deinit(&totals->labels[i].values);
  free(totals);
}

/* What is known of the cost of a decision's one or two calls, and whether that is all. */
struct known_cost {
  /* What is known of it, even if another part is not. */
  int64_t nano;
  bool whole;
};

static struct known_cost known_cost(const struct report_bill *bill) {
  struct known_cost cost = {0, money_known(bill->spent) && money_known(bill->extra)};
  if (money_known(bill->spent))
    cost.nano = money_add(cost.nano, bill->spent);
  if (money_known(bill->extra))
    cost.nano = money_add(cost.nano, bill->extra);
  return cost;
}

/* Lines count even where their amount is not known. */
static void add_money(struct line_sum *sum, int64_t nano) {
  sum->lines++;
  if (money_known(nano))
    sum->nano = money_add(sum->nano, nano);
}

/* By source, and the steps of the waterfall where all of them are known. */
static void add_spent(struct report_totals *totals, const struct report_bill *bill) {
  add_money(&totals->spent[bill->source], bill->spent);
  if (bill->again)
    add_money(&totals->extra[bill->extra_source], bill->extra);
  /* One unknown step would leave a bar that does not end where the next begins. */
  if (!bill->compared)
    return;
  add_money(&totals->compared, bill->spent);
  for (size_t i = 0; i < STEPS_COUNT; i++)
    totals->steps[i] = money_add(totals->steps[i], bill->steps[i]);
}

/* The tallies of that label's key; NULL when it is not wanted or there are too many. */
static struct tallies *label_tallies(struct report_totals *totals, const char *key) {
  const struct report_options *options = totals->options;
  if ((options->label && strcmp(key, options->label) != 0) ||
      (options->time_label && strcmp(key, options->time_label) == 0))
    return NULL;
  for (size_t i = 0; i < totals->labels_count; i++)
    if (strcmp(totals->labels[i].key, key) == 0)
      return &totals->labels[i].values;
  /* Keys come from callers, who may send a new one with each request. */
  if (totals->labels_count == LABEL_KEYS_MAX || strlen(key) >= TALLY_NAME_MAX) {
    /* Counted by call and said in the page, so that nobody misses a key unknowing. */
    totals->labels_left_out++;
    return NULL;
  }
  struct label_tallies *label = &totals->labels[totals->labels_count++];
  /* Its length has been checked. */
  strcpy(label->key, key);
  return &label->values;
}

/* False when memory is out. */
static bool add_to(struct tallies *tallies, const char *name, struct known_cost cost) {
  struct tally *tally = tallies_find(tallies, name);
  if (tally)
    tally_call(tally, cost.nano, cost.whole);
  return tally != NULL;
}

/* A call stands under each of its labels, so labels of different keys do not add up. */
static bool add_labels(struct report_totals *totals, const cJSON *labels, struct known_cost cost) {
  const cJSON *label;
  cJSON_ArrayForEach(label, labels) {
    if (!cJSON_IsString(label) || !label->string)
      continue;
    struct tallies *values = label_tallies(totals, label->string);
    if (values && !add_to(values, label->valuestring, cost))
      return false;
  }
  return true;
}

/* Each call without a cost stands under the model that answered it. */
static bool add_unpriced(struct tallies *unpriced, const struct report_line *line,
                         const struct report_bill *bill, const struct join_feedback *feedback) {
  const struct known_cost none = {0, false};
  if (!money_known(bill->spent) && !add_to(unpriced, line->model, none))
    return false;
  return money_known(bill->extra) || add_to(unpriced, feedback->model, none);
}

/* Every list gets the same amount, so that all of them have one sum. */
static bool add_tallies(struct report_totals *totals, const struct report_line *line,
                        const struct report_bill *bill) {
  const struct known_cost cost = known_cost(bill);
  struct tally *model = tallies_find(&totals->models, line->model);
  if (!model || !add_to(&totals->tiers, line->tier, cost))
    return false;
  tally_call(model, cost.nano, cost.whole);
  /* Estimates are held against what was told, not against other estimates. */
  if (bill->source <= BILL_PRICED && money_known(line->steps[STEP_LIMITED])) {
    model->checked++;
    model->estimated = money_add(model->estimated, line->steps[STEP_LIMITED]);
    model->told = money_add(model->told, bill->spent);
  }
  /* Seconds before 1970 are no time of a call; report_time_parse() gives none. */
  tally_call(&totals->hours[(line->time_s / 3600) % HOURS], cost.nano, cost.whole);
  return !cJSON_IsObject(line->labels) || add_labels(totals, line->labels, cost);
}

/* The bin of an estimate: 1 nano-USD to 1 micro-USD is the first. */
static size_t size_bin(int64_t nano) {
  size_t bin = 0;
  for (nano /= 1000; nano > 1 && bin < SIZE_BINS - 1; nano /= 2)
    bin++;
  return bin;
}

/* Only what was told about the chosen model can be held against its estimate. */
static void add_calibration(struct calibration_sums *sums, const struct report_line *line,
                            const struct report_bill *bill, const struct join_feedback *feedback) {
  const int64_t expected = line->steps[STEP_LIMITED];
  if (!feedback || bill->again)
    return;
  if (bill->source <= BILL_PRICED && money_known(expected)) {
    const size_t bin = size_bin(expected);
    sums->lines++;
    /* An estimate without a range holds nothing, and so is never right. */
    sums->within += money_known(line->low) && money_known(line->high) && bill->spent >= line->low &&
                    bill->spent <= line->high;
    sums->estimated = money_add(sums->estimated, expected);
    sums->told = money_add(sums->told, bill->spent);
    sums->bins[bin].lines++;
    sums->bins[bin].estimated = money_add(sums->bins[bin].estimated, expected);
    sums->bins[bin].told = money_add(sums->bins[bin].told, bill->spent);
  }
  /* Tokens are compared even where no price is known; NaN fails both tests. */
  if (feedback->input_tokens >= 0 && line->input_tokens >= 0) {
    sums->token_lines++;
    sums->input_estimated += line->input_tokens;
    sums->input_told += feedback->input_tokens;
  }
  /* Each quantile by itself: how often it holds is all that it promises. */
  if (feedback->output_tokens >= 0 && line->output_p50 >= 0 && line->output_p90 >= 0) {
    sums->output_lines++;
    sums->output_p50 += feedback->output_tokens <= line->output_p50;
    sums->output_p90 += feedback->output_tokens <= line->output_p90;
  }
}

/* Most calls show none of it. */
static void add_waste(struct waste_sum *sum, int64_t nano) {
  if (nano == 0)
    return;
  sum->lines++;
  if (money_known(nano))
    sum->nano = money_add(sum->nano, nano);
  else
    sum->unpriced++;
}

/* Outside sessions the same question may be two people's. */
static void add_again(struct report_totals *totals, const struct report_line *line,
                      const struct report_bill *bill) {
  if (!line->reasked || !bill->compared)
    return;
  totals->again++;
  for (size_t i = 0; i < STEPS_COUNT; i++)
    totals->again_steps[i] = money_add(totals->again_steps[i], bill->steps[i]);
}

/* Calls that are only seen to be waste beside others like them. */
static bool add_groups(struct report_totals *totals, const struct report_line *line,
                       const struct report_bill *bill) {
  /* Two keys: a whole conversation sent again is a retry, the same question in one
   * session is asking again, whatever stands around it. */
  const uint64_t retry = waste_retry_key(line);
  struct group_view at;
  enum groups_status status = GROUPS_LEFT_OUT;
  if (retry != 0 && money_known(bill->spent))
    status = groups_add(&totals->sent, retry, &at);
  if (status == GROUPS_ADDED)
    at.values[0] = money_add(at.values[0], bill->spent);
  if (status == GROUPS_NO_MEMORY)
    return false;
  /* What follows tells users apart, which only a session can. */
  if (line->session == 0)
    return true;
  /* A session on a day is a visit, of which there are as many as daily users. */
  if (groups_add(&totals->visits, groups_key(line->session, (uint64_t)(line->time_s / 86400)),
                 &at) == GROUPS_NO_MEMORY)
    return false;
  /* The daemon has looked itself, and better: it saw the words. */
  if (line->tells_reasked) {
    add_again(totals, line, bill);
    return true;
  }
  /* "continue" and results of tools carry a question on; that is not asking it again. */
  if (line->question == 0 || line->inherited || !bill->compared)
    return true;
  /* Within a session: the same question of two people is no sign of anything. */
  status = groups_add(&totals->asked, groups_key(line->session, line->question), &at);
  for (size_t i = 0; status == GROUPS_ADDED && i < STEPS_COUNT; i++)
    at.values[i] = money_add(at.values[i], bill->steps[i]);
  return status != GROUPS_NO_MEMORY;
}

/* Notes when the period begins and ends. */
static bool in_period(struct report_totals *totals, const struct report_line *line) {
  if (line->time_s < totals->options->since_s || line->time_s >= totals->options->until_s) {
    totals->outside++;
    return false;
  }
  if (totals->decisions == 0 || line->time_s < totals->first_s)
    totals->first_s = line->time_s;
  if (totals->decisions == 0 || line->time_s > totals->last_s)
    totals->last_s = line->time_s;
  return true;
}

/* One pass over everything that is counted. Only a lack of memory ends it: a line that
 * cannot be read is counted, and the rest goes on. */
bool totals_add(struct report_totals *totals, const struct join_line *decision,
                const struct join_feedback *feedback) {
  struct report_line line;
  if (!report_line_read(decision, totals->options->time_label, &line)) {
    totals->untimed++;
    return true;
  }
  /* After the line is read, since the time may be a label's. */
  if (!in_period(totals, &line))
    return true;
  /* Made once and handed on, so that no two sums can see another cost. */
  const struct report_bill bill = report_bill_of(&line, feedback, totals->catalog);
  totals->decisions++;
  add_spent(totals, &bill);
  add_calibration(&totals->calibration, &line, &bill, feedback);
  quality_add(&totals->quality, decision, feedback);
  add_waste(&totals->waste[WASTE_CONTEXT], waste_context(&line));
  add_waste(&totals->waste[WASTE_VERBOSE], waste_verbose(&line));
  /* A second model's answer says nothing about the first one's length. */
  add_waste(&totals->waste[WASTE_OUTPUT], waste_output(&line, bill.again ? NULL : feedback));
  add_waste(&totals->waste[WASTE_BATCH], waste_batch(&line));
  const struct known_cost cost = known_cost(&bill);
  return (!line.reasked || add_to(&totals->reasked, line.reasked, cost)) &&
         add_tallies(totals, &line, &bill) &&
         add_unpriced(&totals->unpriced, &line, &bill, feedback) &&
         add_groups(totals, &line, &bill) && prompts_add(totals, &line, feedback);
}
