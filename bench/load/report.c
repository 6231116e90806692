/* report.c - prints what client_run() counted.
 *
 * Both forms say the same. The keys of the JSON are stable: ratios.py reads them. */
#include "bench/load/report.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The far tail too: it is where queues show. */
static const struct {
  const char *name;
  double q;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};

enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

/* Within the histogram's resolution. */
static double latency_us(const struct load_result *result, double q) {
  return (double)histogram_quantile(&result->latency_ns, q) / 1e3;
}

/* Negative stands for what could not be read. */
static void print_cpu(const char *whose, double ns) {
  if (ns < 0)
    (void)printf("%-12s not known\n", whose);
  else
    (void)printf("%-12s %.2f us an answer\n", whose, ns / 1e3);
}

/* What was asked for stands first, so that a line that is pasted elsewhere explains
 * itself. */
void report_text(const struct load_plan *plan, const struct load_result *result) {
  if (plan->rate > 0)
    (void)printf("open loop    %g requests a second over", plan->rate);
  else
    (void)printf("closed loop ");
  (void)printf(" %zu connections, %g s after %g s of warm-up\n", plan->connections,
               plan->duration_s, plan->warmup_s);
  (void)printf("requests     %" PRIu64 ", bodies of %.0f bytes on average\n", result->requests,
               plan->requests->body_bytes_mean);
  (void)printf("answers      %" PRIu64 ", %.0f a second\n", result->answered,
               result->answers_per_s);
  /* By status, since a mix of 200 and 503 tells another story than either. */
  for (size_t i = 0; i < LOAD_STATUS_MAX; i++)
    if (result->statuses[i] > 0)
      (void)printf("  status %zu %" PRIu64 "\n", i, result->statuses[i]);
  (void)printf("failed       %" PRIu64 "%s%s\nunfinished   %" PRIu64 "\n", result->failed,
               result->failure[0] ? ", the first: " : "", result->failure, result->unfinished);
  (void)printf("latency     ");
  for (size_t i = 0; i < QUANTILES; i++)
    (void)printf(" %s %.1f", quantiles[i].name, latency_us(result, quantiles[i].q));
  (void)printf(" us\nbytes        %" PRIu64 " out, %" PRIu64 " in\n", result->bytes_out,
               result->bytes_in);
  print_cpu("server CPU", result->server_cpu_ns);
  print_cpu("client CPU", result->client_cpu_ns);
}

/* null where it could not be read, or no --server-pid was given. */
static void add_cpu(cJSON *root, const char *key, double ns) {
  if (ns < 0)
    cJSON_AddNullToObject(root, key);
  else
    cJSON_AddNumberToObject(root, key, ns / 1e3);
}

/* Failed and unfinished ones beside the answered: latency is of the answered alone. */
static void add_counts(cJSON *root, const struct load_result *result) {
  cJSON_AddNumberToObject(root, "requests", (double)result->requests);
  cJSON_AddNumberToObject(root, "answered", (double)result->answered);
  cJSON_AddNumberToObject(root, "failed", (double)result->failed);
  cJSON_AddNumberToObject(root, "unfinished", (double)result->unfinished);
  cJSON_AddStringToObject(root, "failure", result->failure);
  cJSON_AddNumberToObject(root, "bytes_out", (double)result->bytes_out);
  cJSON_AddNumberToObject(root, "bytes_in", (double)result->bytes_in);
  cJSON *statuses = cJSON_AddObjectToObject(root, "statuses");
  for (size_t i = 0; i < LOAD_STATUS_MAX; i++) {
    char name[8];
    (void)snprintf(name, sizeof name, "%zu", i);
    if (result->statuses[i] > 0)
      cJSON_AddNumberToObject(statuses, name, (double)result->statuses[i]);
  }
}

/* A quantile of nothing is null, not 0. */
static void add_latency(cJSON *root, const struct load_result *result) {
  cJSON *latency = cJSON_AddObjectToObject(root, "latency_us");
  for (size_t i = 0; i < QUANTILES; i++)
    if (result->latency_ns.count > 0)
      cJSON_AddNumberToObject(latency, quantiles[i].name, latency_us(result, quantiles[i].q));
    else
      cJSON_AddNullToObject(latency, quantiles[i].name);
}

/* A tree that lacks members for want of memory prints as one that lacks them; only a
 * missing text is noticed. */
bool report_json(const struct load_plan *plan, const struct load_result *result) {
  cJSON *root = cJSON_CreateObject();
  cJSON_AddStringToObject(root, "mode", plan->rate > 0 ? "open" : "closed");
  cJSON_AddNumberToObject(root, "connections", (double)plan->connections);
  cJSON_AddNumberToObject(root, "rate", plan->rate);
  cJSON_AddNumberToObject(root, "duration_s", plan->duration_s);
  cJSON_AddNumberToObject(root, "body_bytes_mean", plan->requests->body_bytes_mean);
  add_counts(root, result);
  cJSON_AddNumberToObject(root, "answers_per_s", result->answers_per_s);
  add_latency(root, result);
  add_cpu(root, "server_cpu_us", result->server_cpu_ns);
  add_cpu(root, "client_cpu_us", result->client_cpu_ns);
  char *text = cJSON_PrintUnformatted(root);
  if (text)
    (void)puts(text);
  cJSON_free(text);
  cJSON_Delete(root);
  return text != NULL;
}
