/* main.c - tierd: settings, state, service, exit code. */
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/json_in.h"
#include "daemon/config/catalog_load.h"
#include "daemon/config/config.h"
#include "daemon/net/server.h"
#include "daemon/ops/install_key.h"

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

/* What decisions are made with. */
struct loaded {
  struct catalog catalog;
  bool have_catalog;
  struct model *model;
  struct api_state state;
};

static void unload(struct loaded *loaded) {
  if (loaded->have_catalog)
    catalog_unload(&loaded->catalog);
  model_destroy(loaded->model);
}

/* Reads catalogue and model and checks that they belong together. */
static bool load(struct loaded *loaded, const struct config *config) {
  struct catalog_error catalog_error;
  struct model_error model_error;
  char why[512];
  loaded->have_catalog = catalog_load(config->catalog, &loaded->catalog, &catalog_error);
  if (!loaded->have_catalog) {
    fprintf(stderr, "tierd: %s\n", catalog_error.text);
    return false;
  }
  if (model_load(config->model, &loaded->model, &model_error) != MODEL_OK) {
    fprintf(stderr, "tierd: %s\n", model_error.text);
    return false;
  }
  loaded->state = (struct api_state){
      .config = config,
      .router = {.catalog = &loaded->catalog,
                 .model = loaded->model,
                 .quality = config->quality,
                 .max_risk = config->max_risk,
                 .stale_days = config->stale_days},
      .started_s = unix_time(),
      .threads = thread_count(config),
  };
  if (!router_check(&loaded->state.router, why, sizeof why)) {
    fprintf(stderr, "tierd: %s\n", why);
    return false;
  }
  return true;
}

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

/* Signals that would end the process for what a client, a limit on file sizes or a
 * log rotation that comes too early does. */
static void ignore_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
}

static bool serve(const struct config *config, struct loaded *loaded) {
  struct server *server;
  char why[512];
  ignore_signals();
  if (!open_log(&loaded->state, config, why, sizeof why) ||
      !server_create(&server, config, &loaded->state, why, sizeof why)) {
    fprintf(stderr, "tierd: %s\n", why);
    decision_log_close(loaded->state.log);
    return false;
  }
  fprintf(stderr, "tierd: ready on %s%s%s (model %s, %u threads)", config->socket,
          config->socket[0] && config->listen[0] ? " and " : "", config->listen,
          model_version(loaded->model), loaded->state.threads);
  if (config->listen[0])
    fprintf(stderr, ", TCP port %u", (unsigned)server_tcp_port(server));
  fprintf(stderr, "\n");
  server_run(server);
  server_destroy(server);
  decision_log_close(loaded->state.log);
  return true;
}

static int check_or_serve(const struct config *config, bool only_check) {
  struct loaded loaded = {0};
  bool ok = load(&loaded, config);
  if (ok && only_check)
    printf("settings, catalogue (%zu models) and model (%s) are good\n",
           loaded.catalog.models_count, model_version(loaded.model));
  else if (ok)
    ok = serve(config, &loaded);
  unload(&loaded);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What asks for output and gets none, as on a full disk, has not succeeded. */
static int close_stdout(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return code;
  perror("tierd: cannot write to standard output");
  return code == EXIT_SUCCESS ? EXIT_FAILURE : code;
}

int main(int argc, char **argv) {
  struct config config;
  struct config_error err;
  int code = EXIT_SUCCESS;
  json_in_setup();
  config_init(&config);
  switch (config_parse_args(&config, argc, argv, &err)) {
  case CONFIG_RUN:
    code = check_or_serve(&config, false);
    break;
  case CONFIG_CHECK:
    code = check_or_serve(&config, true);
    break;
  case CONFIG_DUMP:
    config_dump(&config, stdout);
    break;
  case CONFIG_HELP:
    config_print_help(stdout);
    break;
  case CONFIG_VERSION:
    printf("tierd %s\n", TIERD_VERSION);
    break;
  case CONFIG_ERROR:
    fprintf(stderr, "tierd: %s\nTry 'tierd --help'.\n", err.text);
    code = EXIT_USAGE;
    break;
  }
  config_deinit(&config);
  return close_stdout(code);
}
