/* reload.c - one reload from the command line's words to the new snapshot.
 *
 * The settings are read as main.c reads them, those that cannot change are kept, and a
 * snapshot is loaded from the result. Only when all of that has succeeded is it put in
 * the place of the old one (snapshot.c), so there is nothing to undo. Who asks for a
 * reload, and on which thread, is left to daemon/net. */
#include "daemon/ops/reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ops/sandbox.h"
#include "daemon/ops/systemd.h"

/* What a reload needs of the start. All of it is borrowed and outlives the reloader. */
struct reloader {
  struct snapshots *snapshots;
  const struct config *running;
  int argc;
  char **argv;
  const struct systemd *systemd; /* NULL: nobody is told */
  pthread_mutex_t turn;          /* one reload at a time */
  _Atomic uint64_t good, failed;
  atomic_bool last_failed;
};

/* The command line is kept and not what it meant: the config file that it names is read
 * anew. */
struct reloader *reloader_create(struct snapshots *snapshots, const struct config *running,
                                 int argc, char **argv) {
  struct reloader *reloader = calloc(1, sizeof *reloader);
  if (!reloader)
    return NULL;
  reloader->snapshots = snapshots;
  reloader->running = running;
  reloader->argc = argc;
  reloader->argv = argv;
  if (pthread_mutex_init(&reloader->turn, NULL) == 0)
    return reloader;
  free(reloader);
  return NULL;
}

void reloader_destroy(struct reloader *reloader) {
  if (!reloader)
    return;
  pthread_mutex_destroy(&reloader->turn);
  free(reloader);
}

/* Later than the rest, since the manager is told only once everything stands. */
void reloader_tell(struct reloader *reloader, const struct systemd *systemd) {
  reloader->systemd = systemd;
}

/* Settings as a start would read them now, but for those that only a start can set. */
static bool read_settings(const struct reloader *reloader, struct config *config,
                          struct reload_report *report) {
  struct config_error err;
  if (!config_init(config)) {
    snprintf(report->why, sizeof report->why, "out of memory");
    return false;
  }
  /* The words are those of the start, so that they can only ask to run or be --config's. */
  if (config_parse_args(config, reloader->argc, reloader->argv, &err) == CONFIG_ERROR) {
    snprintf(report->why, sizeof report->why, "%s", err.text);
    return false;
  }
  if (!config_keep_fixed(config, reloader->running, &report->kept)) {
    snprintf(report->why, sizeof report->why, "out of memory");
    return false;
  }
  return true;
}

/* Copies, for the report outlives the snapshot: the next reload may free it. */
static void fill(struct reload_report *report, const struct snapshot *snapshot) {
  report->number = snapshot->number;
  snprintf(report->model_version, sizeof report->model_version, "%s",
           model_version(snapshot->model));
  snprintf(report->policy_version, sizeof report->policy_version, "%s",
           snapshot->router.policy_version);
  snprintf(report->catalog_version, sizeof report->catalog_version, "%s",
           snapshot->catalog.version);
  snprintf(report->set_aside, sizeof report->set_aside, "%s", snapshot->choice.set_aside);
}

/* On standard error as well as in the answer: after SIGHUP there is nobody to answer. */
static void say(const struct reload_report *report, bool ok) {
  if (!ok) {
    fprintf(stderr, "tierd: reload failed, nothing changed: %s\n", report->why);
    return;
  }
  for (size_t i = 0; i < report->kept.count; i++)
    fprintf(stderr, "tierd: warning: --%s has changed; restart tierd for it to take effect\n",
            report->kept.keys[i]);
  if (report->set_aside[0] != '\0')
    fprintf(stderr,
            "tierd: warning: --model is another than model %s was promoted over, and decides in "
            "its place\n",
            report->set_aside);
  fprintf(stderr, "tierd: reloaded (model %s, catalogue %s, policy %s)\n", report->model_version,
          report->catalog_version, report->policy_version);
}

/* A file that was named or moved elsewhere since the start. The mode of the file, which is
 * good, is where anybody would look first. */
static void explain_hidden(const char *path, struct reload_report *report) {
  if (!sandbox_hides(path))
    return;
  snprintf(report->why, sizeof report->why,
           "cannot read %s: it stands outside of the directories that the sandbox lets tierd read; "
           "restart tierd, with --sandbox-read=DIR if files are to come and go there",
           path);
}

/* A reload that failed leaves a daemon that serves as before, hence ready. */
static void tell_done(const struct reloader *reloader, const struct reload_report *report,
                      bool ok) {
  if (ok)
    systemd_ready(reloader->systemd, "serving; reloaded, model %s, catalogue %s",
                  report->model_version, report->catalog_version);
  else
    systemd_ready(reloader->systemd, "serving; reload failed, nothing changed: %s", report->why);
}

/* Nothing that serves is touched before the last step, which cannot fail. */
static bool run(struct reloader *reloader, struct reload_report *report) {
  struct config config;
  struct snapshot *next;
  bool ok = read_settings(reloader, &config, report);
  if (ok && !snapshot_load(&next, &config, report->why, sizeof report->why)) {
    ok = false;
    explain_hidden(config.model, report);
    explain_hidden(config.catalog, report);
  }
  /* The snapshot has its own copy of the settings. */
  config_deinit(&config);
  if (!ok)
    return false;
  snapshots_replace(reloader->snapshots, next);
  /* next stays current until the turn passes on. */
  fill(report, next);
  return true;
}

/* A promotion changes what a reload will find, and has to take that back when it fails. */
static bool run_step(struct reloader *reloader, const struct reload_step *step,
                     struct reload_report *report) {
  if (!step->make(step->owner, report->why, sizeof report->why))
    return false;
  const bool ok = run(reloader, report);
  if (!ok)
    step->undo(step->owner);
  return ok;
}

bool reload_run(struct reloader *reloader, struct reload_report *report) {
  return reload_run_with(reloader, NULL, report);
}

bool reload_run_with(struct reloader *reloader, const struct reload_step *step,
                     struct reload_report *report) {
  /* The lock is held to the end, so that reports come out in the order of the reloads. */
  memset(report, 0, sizeof *report);
  pthread_mutex_lock(&reloader->turn);
  systemd_reloading(reloader->systemd);
  bool ok = step ? run_step(reloader, step, report) : run(reloader, report);
  say(report, ok);
  tell_done(reloader, report, ok);
  atomic_fetch_add(ok ? &reloader->good : &reloader->failed, 1);
  atomic_store(&reloader->last_failed, !ok);
  pthread_mutex_unlock(&reloader->turn);
  return ok;
}

/* Without the lock: metrics must not wait for a reload that takes its time. */
void reload_counts(const struct reloader *reloader, struct reload_counts *out) {
  out->good = atomic_load(&reloader->good);
  out->failed = atomic_load(&reloader->failed);
  out->last_good = !atomic_load(&reloader->last_failed);
}
