/* reload.h - config, catalogue and model read anew, checked as one, put to use.
 *
 *   struct reloader *reloader = reloader_create(snapshots, &config, argc, argv);
 *   struct reload_report report;
 *   if (!reload_run(reloader, &report))
 *     // nothing has changed; report.why says what is wrong
 */
#ifndef TIERD_OPS_RELOAD_H
#define TIERD_OPS_RELOAD_H

#include "daemon/config/config_change.h"
#include "daemon/ops/snapshot.h"

enum { RELOAD_VERSION_MAX = 32, RELOAD_WHY_MAX = 640 };

struct reload_report {
  uint64_t number; /* of the snapshot that is now current */
  char model_version[RELOAD_VERSION_MAX];
  char policy_version[RELOAD_VERSION_MAX];
  char catalog_version[RELOAD_VERSION_MAX];
  char set_aside[RELOAD_VERSION_MAX]; /* a promoted model that decides no more; else "" */
  struct config_kept kept;            /* settings that differ and need a restart */
  char why[RELOAD_WHY_MAX];           /* of a failure alone */
};

/* Since the start, for metrics. */
struct reload_counts {
  uint64_t good;
  uint64_t failed;
  bool last_good; /* the last one was, or there was none */
};

struct reloader; /* opaque */
struct systemd;

/* running are the settings that the daemon was started with, argv how it got them; both,
 * and snapshots, are borrowed and must outlive the reloader. NULL when memory is out. */
struct reloader *reloader_create(struct snapshots *snapshots, const struct config *running,
                                 int argc, char **argv);
void reloader_destroy(struct reloader *reloader);

/* The service manager that is to hear of each reload, and of nothing else; borrowed.
 * Before the first reload. */
void reloader_tell(struct reloader *reloader, const struct systemd *systemd);

/* Reads everything as at the start, the config file included. All of it is good and in
 * use when this returns true; else nothing has changed. Either is said on standard
 * error too. May be called from any thread that holds no snapshot; calls take turns,
 * and each takes as long as reading the files and the requests under way. */
bool reload_run(struct reloader *reloader, struct reload_report *report);

/* Something that has to change with a reload or not at all: done within its turn, before
 * anything is read, and undone where the reload fails. */
struct reload_step {
  bool (*make)(void *owner, char *why, size_t why_size); /* false with why: nothing was done */
  void (*undo)(void *owner);
  void *owner;
};

/* reload_run() with a step. */
bool reload_run_with(struct reloader *reloader, const struct reload_step *step,
                     struct reload_report *report);

/* From any thread; never waits for a reload. */
void reload_counts(const struct reloader *reloader, struct reload_counts *out);

#endif
