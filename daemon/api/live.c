/* live.c - GET /v1/live: what the router is doing now, for the page at /.
 *
 * daemon/ops/live.h has the figures; names of tiers and models come from the snapshot
 * that answers. Amounts are decimal USD, durations microseconds, times seconds since
 * 1970. Prompts are in none of it. */
#include "daemon/ops/live.h"

#include "daemon/api/api.h"
#include "daemon/api/decision_id.h"
#include "daemon/api/json_out.h"

/* May be negative, which json_money() takes for nothing. */
static void write_usd(struct json_out *out, int64_t nano) {
  json_fixed(out, (double)nano / (double)NANO_PER_USD, 9);
}

static void write_sums(struct json_out *out, const char *key, const struct live_sums *sums) {
  json_key(out, key);
  json_open(out, '{');
  json_key(out, "decisions");
  json_unsigned(out, sums->decisions);
  json_key(out, "abstained");
  json_unsigned(out, sums->abstained);
  json_key(out, "unpriced");
  json_unsigned(out, sums->unpriced);
  json_key(out, "cost");
  write_usd(out, sums->cost);
  json_key(out, "saving");
  write_usd(out, sums->saving);
  json_close(out, '}');
}

/* Distributions go out as counts of equal bins, from 0 to 1, so that the page finds
 * quantiles by itself. */
static void write_counts(struct json_out *out, const char *key, const uint64_t *counts,
                         size_t count) {
  json_key(out, key);
  json_open(out, '[');
  for (size_t i = 0; i < count; i++)
    json_unsigned(out, counts[i]);
  json_close(out, ']');
}

/* The top tier has no distributions: it is always good enough. */
static void write_tiers(struct json_out *out, const struct catalog *catalog,
                        const struct live_view *view) {
  json_key(out, "tiers");
  json_open(out, '[');
  for (size_t i = 0; i < catalog->tiers_count; i++) {
    json_open(out, '{');
    json_key(out, "tier");
    json_text(out, catalog->tiers[i].name);
    json_key(out, "model");
    json_text(out, catalog->models[catalog->tiers[i].default_model].name);
    json_key(out, "decisions");
    json_unsigned(out, view->tiers[i]);
    if (i + 1 < catalog->tiers_count) {
      write_counts(out, "probabilities", view->good[i], LIVE_BINS);
      write_counts(out, "thresholds", view->needed[i], LIVE_BINS);
    }
    json_close(out, '}');
  }
  json_close(out, ']');
}

/* Without durations the quantiles are null: none is not zero. */
static void write_latency(struct json_out *out, const char *key,
                          const struct live_latency *latency) {
  static const struct {
    const char *key;
    double share;
  } quantiles[] = {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}};
  json_key(out, key);
  json_open(out, '{');
  json_key(out, "count");
  json_unsigned(out, latency->count);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
    json_key(out, quantiles[i].key);
    if (latency->count > 0)
      json_fixed(out, live_quantile(latency, quantiles[i].share) / 1000, 1);
    else
      json_null(out);
  }
  json_close(out, '}');
}

/* Oldest first; the last second is the one that has just ended. */
static void write_seconds(struct json_out *out, const struct live_view *view) {
  json_key(out, "per_second");
  json_open(out, '[');
  for (size_t i = 0; i < LIVE_SECONDS; i++)
    json_unsigned(out, view->seconds[i]);
  json_close(out, ']');
}

/* An entry is by itself: after a reload its tier may be none of those told above. */
static void write_entry(struct json_out *out, const struct live_entry *entry) {
  char id[DECISION_ID_MAX];
  decision_id_print(entry->id_prefix, entry->id_count, id);
  json_open(out, '{');
  json_key(out, "id");
  json_text(out, id);
  json_key(out, "time_ms");
  json_integer(out, entry->time_ms);
  json_key(out, "tier");
  json_text(out, entry->tier);
  json_key(out, "model");
  json_text(out, entry->model);
  json_key(out, "probability");
  json_fixed(out, (double)entry->probability, 4);
  json_key(out, "abstained");
  json_bool(out, entry->abstained);
  json_key(out, "cost");
  json_money(out, entry->cost);
  json_key(out, "saving");
  if (money_known(entry->cost) && money_known(entry->baseline))
    write_usd(out, entry->baseline - entry->cost);
  else
    json_null(out);
  json_key(out, "reasons");
  json_open(out, '[');
  for (size_t i = 0; i < entry->reasons_count; i++)
    json_text(out, entry->reasons[i]);
  json_close(out, ']');
  json_close(out, '}');
}

static void write_last(struct json_out *out, struct live *live) {
  struct live_entry entries[LIVE_LAST_MAX];
  const size_t count = live_last(live, entries, LIVE_LAST_MAX);
  json_key(out, "last");
  json_open(out, '[');
  for (size_t i = 0; i < count; i++)
    write_entry(out, &entries[i]);
  json_close(out, ']');
}

/* Which daemon answers, and with what it decides. */
static void write_about(struct json_out *out, const struct api_worker *worker, int64_t now_s) {
  const struct snapshot *snapshot = worker->snapshot;
  json_key(out, "object");
  json_text(out, "live");
  json_key(out, "now");
  json_integer(out, now_s);
  json_key(out, "started");
  json_integer(out, worker->state->started_s);
  json_key(out, "version");
  json_text(out, TIERD_VERSION);
  json_key(out, "model_version");
  json_text(out, model_version(snapshot->model));
  json_key(out, "policy_version");
  json_text(out, snapshot->router.policy_version);
  json_key(out, "catalog_version");
  json_text(out, snapshot->catalog.version);
  json_key(out, "snapshot");
  json_unsigned(out, snapshot->number);
  json_key(out, "quality");
  json_fixed(out, snapshot->router.quality, 4);
}

void api_live(struct api_worker *worker, struct api_request *request,
              struct api_response *response) {
  struct json_out out = {.buffer = response->body};
  struct live_view view;
  live_read(worker->state->live, worker->snapshot->number, request->now_s, &view);
  response->status = 200;
  response->content_type = "application/json";
  api_add_header(response, "cache-control", span_of("no-store"));
  api_add_header(response, "x-content-type-options", span_of("nosniff"));
  json_open(&out, '{');
  write_about(&out, worker, request->now_s);
  write_sums(&out, "total", &view.total);
  write_sums(&out, "today", &view.today);
  write_seconds(&out, &view);
  json_key(&out, "latency");
  json_open(&out, '{');
  write_latency(&out, "minute", &view.minute);
  write_latency(&out, "ever", &view.ever);
  json_close(&out, '}');
  write_tiers(&out, &worker->snapshot->catalog, &view);
  write_last(&out, worker->state->live);
  json_close(&out, '}');
  buffer_add(response->body, "\n", 1);
}
