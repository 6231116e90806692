/* load.c - `tier-bench load`: options to plan, plan to result, result to report.
 *
 * The requests are made and the address is resolved before client_run() connects, so
 * that nothing but the load happens while it measures. */
#include "bench/load/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/flags/flags.h"
#include "bench/load/report.h"

enum { EXIT_USAGE = 2, BODY_BYTES_MAX = 64 * 1024 * 1024, EVERYDAY = 10 };

/* As given on the command line; load_plan below is what is made of it. */
struct load_options {
  const char *socket, *connect, *path, *bodies;
  uint64_t generate, body_bytes, seed, connections, spin_us, server_pid;
  double rate, duration_s, warmup_s, grace_s;
  bool json, poll;
};

/* The first EVERYDAY rows are those of --help. */
static enum flags_result parse(struct load_options *o, int argc, char **argv) {
  const struct flag table[] = {
      {"socket", "PATH", "the server's Unix socket", FLAG_TEXT, &o->socket, 0, 0},
      {"connect", "HOST:PORT", "the server's TCP address, instead", FLAG_TEXT, &o->connect, 0, 0},
      {"rate", "N", "open loop: N requests a second, due at fixed times", FLAG_NUMBER, &o->rate,
       0.001, 1e7},
      {"connections", "N", "connections, kept alive (default 64)", FLAG_COUNT, &o->connections, 1,
       LOAD_CONNECTIONS_MAX},
      {"duration", "S", "seconds to measure (default 5)", FLAG_NUMBER, &o->duration_s, 0.01, 86400},
      {"warmup", "S", "seconds before that (default 1)", FLAG_NUMBER, &o->warmup_s, 0, 3600},
      {"bodies", "FILE", "a body a line (default tests/data/samples.ndjson)", FLAG_TEXT, &o->bodies,
       0, 0},
      {"generate", "N", "N mixed prompts of 445 bytes on average instead", FLAG_COUNT, &o->generate,
       1, REQUESTS_MAX},
      {"body-bytes", "N", "one prompt of N bytes instead", FLAG_COUNT, &o->body_bytes, 1,
       BODY_BYTES_MAX},
      {"json", NULL, "print one JSON object", FLAG_SET, &o->json, 0, 0},
      /* Those that --help-all shows. */
      {"path", "TARGET", "where to post to (default /v1/route)", FLAG_TEXT, &o->path, 0, 0},
      {"grace", "S", "seconds to wait for the last answers (default 5)", FLAG_NUMBER, &o->grace_s,
       0, 3600},
      {"seed", "N", "of the generated prompts (default 1)", FLAG_COUNT, &o->seed, 0, 1e15},
      {"server-pid", "PID", "report the CPU time of this process an answer", FLAG_COUNT,
       &o->server_pid, 1, 4194304},
      {"spin-us", "N", "poll for so long before a request is due (default 100)", FLAG_COUNT,
       &o->spin_us, 0, 1000000},
      {"poll", NULL, "never sleep to be woken by an answer; takes a CPU", FLAG_SET, &o->poll, 0, 0},
  };
  const struct flags flags = {
      "tier-bench load",
      "(--socket PATH | --connect HOST:PORT) [OPTION]...",
      "Sends requests to a running server and measures the answers. Without --rate\n"
      "each connection sends its next request as soon as it has an answer; with\n"
      "--rate latency counts from the time that a request was due, sent late or not.",
      "\nExit status: 0 when all requests were answered with 200, 1 when some were not,\n"
      "2 for wrong usage or when there is no server.\n",
      table,
      sizeof table / sizeof table[0],
      EVERYDAY};
  return flags_parse(&flags, argc, argv, NULL);
}

/* What no single option can be blamed for. */
static bool check(const struct load_options *o) {
  const char *why = NULL;
  if (!o->socket == !o->connect)
    why = "give either --socket PATH or --connect HOST:PORT";
  else if ((o->bodies != NULL) + (o->generate > 0) + (o->body_bytes > 0) > 1)
    why = "give only one of --bodies, --generate and --body-bytes";
  else if (o->path[0] != '/')
    why = "--path must begin with a slash, as in /v1/route";
  if (why)
    (void)fprintf(stderr, "tier-bench load: %s\nTry 'tier-bench load --help'.\n", why);
  return !why;
}

/* Bodies from one of three sources; the file is the default. */
static bool make_requests(const struct load_options *o, struct requests *requests, char *why,
                          size_t why_size) {
  if (o->generate > 0)
    return requests_generated(requests, o->path, o->seed, (size_t)o->generate, why, why_size);
  if (o->body_bytes > 0)
    return requests_long(requests, o->path, o->seed, (size_t)o->body_bytes, why, why_size);
  return requests_from_file(requests, o->path, o->bodies ? o->bodies : "tests/data/samples.ndjson",
                            why, why_size);
}

/* One load and its report; the exit code tells scripts whether all went well. */
static int run(const struct load_options *o, const struct load_plan *plan) {
  char why[256] = "out of memory";
  int code = EXIT_USAGE;
  struct load_result *result = calloc(1, sizeof *result);
  if (!result || !client_run(plan, result, why, sizeof why)) {
    (void)fprintf(stderr, "tier-bench load: %s\n", why);
  } else {
    /* Both forms have the same figures. */
    if (o->json)
      report_json(plan, result);
    else
      report_text(plan, result);
    /* A load that was not answered in full measured something else than it seems to. */
    code = result->statuses[200] == result->requests && result->requests > 0 ? 0 : 1;
  }
  free(result);
  return code;
}

int load_main(int argc, char **argv) {
  struct load_options o = {.path = "/v1/route",
                           .seed = 1,
                           .connections = 64,
                           .spin_us = 100,
                           .duration_s = 5,
                           .warmup_s = 1,
                           .grace_s = 5};
  struct target target;
  struct requests requests;
  char why[512];
  enum flags_result parsed = parse(&o, argc, argv);
  if (parsed != FLAGS_OK)
    return parsed == FLAGS_HELP ? 0 : EXIT_USAGE;
  if (!check(&o))
    return EXIT_USAGE;
  /* Resolving a name can take seconds, which must not fall into the measured time. */
  if (!target_parse(&target, o.socket, o.connect, why, sizeof why) ||
      !make_requests(&o, &requests, why, sizeof why)) {
    (void)fprintf(stderr, "tier-bench load: %s\n", why);
    return EXIT_USAGE;
  }
  /* Times in the units in which people give them; client.c turns them into nanoseconds. */
  const struct load_plan plan = {.target = &target,
                                 .requests = &requests,
                                 .connections = (size_t)o.connections,
                                 .rate = o.rate,
                                 .warmup_s = o.warmup_s,
                                 .duration_s = o.duration_s,
                                 .grace_s = o.grace_s,
                                 .poll = o.poll,
                                 .spin_ns = o.spin_us * 1000,
                                 .server = (pid_t)o.server_pid};
  int code = run(&o, &plan);
  requests_deinit(&requests);
  return code;
}
