/* main.c - tierd: settings, sockets, fewer rights, state, service, exit code. */
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/json_in.h"
#include "daemon/api/metrics.h"
#include "daemon/config/config.h"
#include "daemon/net/server.h"
#include "daemon/ops/account.h"
#include "daemon/ops/install_key.h"
#include "daemon/ops/ownership.h"
#include "daemon/ops/passed_sockets.h"
#include "daemon/ops/privileges.h"
#include "daemon/ops/sandbox.h"
#include "daemon/ops/state_saver.h"
#include "daemon/ops/systemd.h"

enum { EXIT_USAGE = 2 };

static int64_t unix_time(void) {
  return (int64_t)time(NULL);
}

static uint32_t thread_count(const struct config *config) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (config->threads > 0)
    return config->threads;
  return cores > 0 ? (uint32_t)cores : 1;
}

/* How the daemon was started, which is how a reload reads the settings again. */
struct start {
  struct config config;
  int argc;
  char **argv;
  struct systemd systemd; /* who is to be told how it goes */
  struct passed_sockets passed;
};

/* The decision log and the key of its hashes, where the settings ask for them. */
static bool open_log(struct api_state *state, const struct config *config, char *why,
                     size_t why_size) {
  const struct decision_log_options options = {.path = config->decision_log,
                                               .queues = state->threads,
                                               .queue_bytes = config->log_queue_bytes,
                                               .rotate_bytes = config->log_rotate_bytes,
                                               .rotate_keep = config->log_rotate_keep};
  if (config->decision_log[0] == '\0')
    return true;
  return install_key_load(config->state_dir, &state->log_key, why, why_size) &&
         decision_log_open(&state->log, &options, why, why_size);
}

/* What is counted and learned, where there is something to count or to learn from: budgets
 * when there are any, corrections when feedback can come, for which there must be a log. */
static bool open_state(struct api_state *state, const struct config *config,
                       struct state_saver **saver, char *why, size_t why_size) {
  struct state_part parts[STATE_PARTS_MAX];
  size_t count = 0;
  if (config->budget[0] != '\0') {
    if (!budgets_open(&state->budgets, config->budget, config->state_dir, why, why_size))
      return false;
    parts[count++] =
        (struct state_part){BUDGETS_FILE, state->budgets, budgets_take_change, budgets_print};
  }
  if (state->log) {
    if (!corrections_open(&state->corrections, config->state_dir, why, why_size))
      return false;
    parts[count++] = (struct state_part){CORRECTIONS_FILE, state->corrections,
                                         corrections_take_change, corrections_print};
  }
  if (count == 0)
    return true;
  state->recent = recent_create(state->threads);
  snprintf(why, why_size, "out of memory");
  return state->recent && state_saver_start(saver, config->state_dir, parts, count, why, why_size);
}

/* When nobody counts any more: the saver writes what is left before it goes. */
static void close_state(struct api_state *state, struct state_saver *saver) {
  state_saver_stop(saver);
  recent_destroy(state->recent);
  corrections_close(state->corrections);
  budgets_close(state->budgets);
}

/* The table of conversations, unless it is switched off. Its seed is drawn anew at each
 * start: nothing of the table outlives the process. */
static bool make_sessions(struct api_state *state, const struct config *config, char *why,
                          size_t why_size) {
  uint64_t seed;
  if (config->session_table_bytes == 0)
    return true;
  if (getrandom(&seed, sizeof seed, 0) == sizeof seed)
    state->sessions = sessions_create(config->session_table_bytes, seed);
  if (state->sessions)
    return true;
  snprintf(why, why_size, "no memory for %u bytes of sessions; lower --session-table-bytes",
           (unsigned)config->session_table_bytes);
  return false;
}

/* The late questions, likewise, where there is a log to mark those that come again in. */
static bool make_reasks(struct api_state *state, const struct config *config, char *why,
                        size_t why_size) {
  if (config->reask_minutes == 0 || config->decision_log[0] == '\0')
    return true;
  if (getrandom(&state->reask_seed, sizeof state->reask_seed, 0) == sizeof state->reask_seed)
    state->reasks = reasks_create();
  if (state->reasks)
    return true;
  snprintf(why, why_size, "no memory for late questions; try --reask-minutes 0");
  return false;
}

/* Signals that would end the process for what a client, a limit on file sizes, or an
 * order to rotate the log or to reload that comes too early does. */
static void ignore_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

/* What the daemon is while it serves, beside its settings. */
struct service {
  const struct start *start;
  struct sockets sockets;
  struct account account;
  struct sandbox_report sandbox;
};

/* Says where and with what the service begins. The first line is what others wait for. */
static void say_ready(const struct service *service, const struct api_state *state,
                      const char *model) {
  const struct start *start = service->start;
  const struct config *config = &start->config;
  const struct sockets *sockets = &service->sockets;
  const char *path = sockets->unix_listener.fd >= 0 ? sockets->unix_listener.path : "";
  const char *listen = start->passed.tcp_fd >= 0 ? "a passed TCP socket" : config->listen;
  fprintf(stderr, "tierd: ready on %s%s%s%s (model %s, %u threads)",
          start->passed.unix_fd >= 0 ? "the passed " : "", path,
          path[0] && listen[0] ? " and " : "", listen, model, state->threads);
  if (listen[0])
    fprintf(stderr, ", TCP port %u", (unsigned)sockets->tcp_port);
  fprintf(stderr, "\ntierd: runs as %s (uid %lu, gid %lu); core dumps: %s; sandbox: %s\n",
          service->account.name, (unsigned long)service->account.uid,
          (unsigned long)service->account.gid, config->core_dumps ? "allowed" : "none",
          service->sandbox.text);
  systemd_ready(&start->systemd, "serving; model %s, %u threads", model, state->threads);
}

static bool open_promotion(struct api_state *state, const struct config *config, char *why,
                           size_t why_size) {
  const struct promotion_options options = {.state_dir = config->state_dir,
                                            .snapshots = state->snapshots,
                                            .reloader = state->reloader,
                                            .metrics = state->metrics,
                                            .ports = state->threads};
  return promotion_open(&state->promotion, &options, why, why_size);
}

/* With everything loaded: until a signal ends it. */
static bool serve_state(struct service *service, struct api_state *state, const char *model,
                        char *why, size_t why_size) {
  const struct config *config = &service->start->config;
  struct server *server;
  struct state_saver *saver = NULL;
  bool ok = make_sessions(state, config, why, why_size) &&
            make_reasks(state, config, why, why_size) && open_log(state, config, why, why_size) &&
            open_state(state, config, &saver, why, why_size) &&
            open_promotion(state, config, why, why_size) &&
            server_create(&server, config, state, &service->start->systemd, &service->sockets, why,
                          why_size);
  if (ok) {
    say_ready(service, state, model);
    server_run(server);
    server_destroy(server);
  }
  promotion_close(state->promotion);
  close_state(state, saver);
  decision_log_close(state->log);
  reasks_destroy(state->reasks);
  sessions_destroy(state->sessions);
  return ok;
}

/* Was there memory for what every daemon has? */
static bool has_all(const struct api_state *state) {
  return state->snapshots && state->reloader && state->metrics && state->live &&
         state->tier_shares && state->drift && state->good_wish;
}

/* Takes over the snapshot. */
static bool serve_snapshot(struct service *service, struct snapshot *snapshot, char *why,
                           size_t why_size) {
  const struct start *start = service->start;
  const struct config *config = &start->config;
  struct api_state state = {
      .config = config, .started_s = unix_time(), .threads = thread_count(config)};
  char model[RELOAD_VERSION_MAX];
  bool ok = false;
  /* Copied: a candidate that was in shadow may be promoted before anything is said, and
   * then this snapshot is gone. */
  snprintf(model, sizeof model, "%s", model_version(snapshot->model));
  state.snapshots = snapshots_create(snapshot, state.threads + 1); /* and promotion's thread */
  if (!state.snapshots) {
    snapshot_destroy(snapshot);
    goto out;
  }
  state.reloader = reloader_create(state.snapshots, config, start->argc, start->argv);
  state.metrics = api_metrics_create(state.threads + 1);
  state.live = live_create(state.threads);
  state.tier_shares = tier_shares_create();
  state.drift = drift_create(state.threads);
  state.good_wish = good_wish_create();
  if (!has_all(&state))
    goto out;
  reloader_tell(state.reloader, &start->systemd);
  ok = serve_state(service, &state, model, why, why_size);
out:
  if (!has_all(&state))
    snprintf(why, why_size, "out of memory");
  good_wish_destroy(state.good_wish);
  drift_destroy(state.drift);
  tier_shares_destroy(state.tier_shares);
  live_destroy(state.live);
  metrics_destroy(state.metrics);
  reloader_destroy(state.reloader);
  snapshots_destroy(state.snapshots);
  return ok;
}

/* From the rights of the start to those that serving needs. What is read, parsed, opened
 * and answered comes after this, as the user that it is for, so that what will not work
 * fails now and not at the first reload. There are no threads yet. */
static bool settle_down(struct service *service, char *why, size_t why_size) {
  const struct config *config = &service->start->config;
  const struct account *account = &service->account;
  if (account->become &&
      !(sockets_give(&service->sockets, account->uid, account->gid, why, why_size) &&
        ownership_prepare(account, config, why, why_size)))
    return false;
  if (!privileges_drop(account, config->core_dumps, why, why_size))
    return false;
  if (account->become)
    ownership_warn(account, config);
  return sandbox_enter(config, config_file_path(service->start->argc, service->start->argv),
                       &service->sandbox, why, why_size);
}

static bool serve(const struct start *start, char *why, size_t why_size) {
  struct service service = {.start = start};
  struct snapshot *snapshot;
  if (!account_choose(&service.account, &start->config, geteuid(), why, why_size) ||
      !sockets_open(&service.sockets, &start->config, &start->passed, why, why_size))
    return false;
  server_reserve_descriptors(&start->config, thread_count(&start->config));
  bool ok = settle_down(&service, why, why_size) &&
            snapshot_load(&snapshot, &start->config, why, why_size) &&
            serve_snapshot(&service, snapshot, why, why_size);
  sockets_close(&service.sockets);
  return ok;
}

static bool check(const struct config *config, char *why, size_t why_size) {
  struct snapshot *snapshot;
  struct peer_list ignored;
  if (!peer_list_parse(&ignored, config->allow_uid, why, why_size) ||
      !snapshot_load(&snapshot, config, why, why_size))
    return false;
  printf("settings, catalogue (%zu models) and model (%s) are good\n",
         snapshot->catalog.models_count, model_version(snapshot->model));
  snapshot_destroy(snapshot);
  return true;
}

static int check_or_serve(const struct start *start, bool only_check) {
  char why[512];
  ignore_signals();
  bool ok = only_check ? check(&start->config, why, sizeof why) : serve(start, why, sizeof why);
  if (!ok)
    fprintf(stderr, "tierd: %s\n", why);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Before anything else is opened, since passed sockets are known by their numbers. */
static int serve_for_manager(struct start *start) {
  char why[512];
  int code = EXIT_FAILURE;
  systemd_open(&start->systemd);
  if (passed_sockets_take(&start->passed, start->config.allow_remote, why, sizeof why))
    code = check_or_serve(start, false);
  else
    fprintf(stderr, "tierd: %s\n", why);
  systemd_close(&start->systemd);
  return code;
}

/* What asks for output and gets none, as on a full disk, has not succeeded. */
static int close_stdout(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return code;
  perror("tierd: cannot write to standard output");
  return code == EXIT_SUCCESS ? EXIT_FAILURE : code;
}

/* Reads the settings and does what they ask for. */
static int run(struct start *start) {
  struct config_error err;
  switch (config_parse_args(&start->config, start->argc, start->argv, &err)) {
  case CONFIG_RUN:
    return serve_for_manager(start);
  case CONFIG_CHECK:
    return check_or_serve(start, true);
  case CONFIG_DUMP:
    config_dump(&start->config, stdout);
    return EXIT_SUCCESS;
  case CONFIG_HELP:
    config_print_help(stdout);
    return EXIT_SUCCESS;
  case CONFIG_HELP_ALL:
    config_print_help_all(stdout);
    return EXIT_SUCCESS;
  case CONFIG_VERSION:
    printf("tierd %s\n", TIERD_VERSION);
    return EXIT_SUCCESS;
  case CONFIG_ERROR:
    break;
  }
  fprintf(stderr, "tierd: %s\nTry 'tierd --help'.\n", err.text);
  return EXIT_USAGE;
}

int main(int argc, char **argv) {
  struct start start = {.argc = argc, .argv = argv};
  int code = EXIT_FAILURE;
  json_in_setup();
  /* libuv's pool does nothing but reloads here, one at a time. */
  (void)setenv("UV_THREADPOOL_SIZE", "1", 0);
  if (config_init(&start.config))
    code = run(&start);
  else
    fprintf(stderr, "tierd: out of memory\n");
  config_deinit(&start.config);
  return close_stdout(code);
}
