/* promotion_swap.c - one model in the place of another, on disk and in memory.
 *
 * A swap is a reload whose first step is to write the record: the reload then finds the
 * model that the record names (promoted.c). Where anything of it fails, the old record is
 * written back and nothing has changed. The files get their new names when it is done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/ops/promotion_internal.h"
#include "daemon/ops/sandbox.h"
#include "daemon/ops/state_file.h"

/* ---- is everything as it was? ---- */

/* False when there is nothing at path. */
/* A look at the inode is cheap enough for once a second; reading and hashing megabytes is
 * not. */
static bool mark_of(const char *path, struct file_mark *out) {
  struct stat info;
  *out = (struct file_mark){0};
  if (stat(path, &info) != 0)
    return errno != ENOENT;
  *out = (struct file_mark){info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
  return true;
}

static bool same_time(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Time of change as well: who writes to a file can set its time of modification back. */
static bool same_mark(const struct file_mark *a, const struct file_mark *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

/* The copy in the state directory, which is what will decide. */
static bool copy_holds(struct promotion *promotion, char *why, size_t why_size) {
  const char *directory = promotion->options.state_dir;
  const struct promotion_model *candidate = &promotion->record.candidate;
  struct file_mark mark;
  struct model_file file;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/" PROMOTED_CANDIDATE, directory);
  if (mark_of(path, &mark) && mark.inode != 0 && same_mark(&mark, &promotion->candidate_mark))
    return true;
  if (!model_file_read_state(directory, PROMOTED_CANDIDATE, &file, why, why_size))
    return false;
  const bool same = strcmp(file.hash, candidate->hash) == 0;
  model_file_deinit(&file);
  promotion->candidate_mark = mark;
  if (!same)
    snprintf(why, why_size, "%s is not candidate %s any more: it was replaced or cut short", path,
             candidate->version);
  return same;
}

/* The file that was named. That it is gone says nothing; that it is another one, or
 * cannot be read any more, says that somebody means another model. */
static bool source_holds(struct promotion *promotion, char *why, size_t why_size) {
  const struct promotion_record *record = &promotion->record;
  struct file_mark mark;
  struct model_file file;
  if (!mark_of(record->path, &mark) || same_mark(&mark, &promotion->path_mark))
    return true;
  /* After a restart the sandbox may no longer let tierd read it: as good as gone. */
  if (!model_file_read(record->path, &file, why, why_size))
    return sandbox_hides(record->path);
  const bool same = strcmp(file.hash, record->candidate.hash) == 0;
  model_file_deinit(&file);
  promotion->path_mark = mark;
  if (!same)
    snprintf(why, why_size,
             "%s was replaced during the run and is not candidate %s any more; promote it anew",
             record->path, record->candidate.version);
  return same;
}

/* The copy is what would decide, and the named file is what somebody thinks would. */
bool promotion_files_hold(struct promotion *promotion, char *why, size_t why_size) {
  return copy_holds(promotion, why, why_size) && source_holds(promotion, why, why_size);
}

/* ---- the swap ---- */

/* Both records, for the way there and for the way back. */
struct swap {
  struct promotion *promotion;
  struct promotion_record next, old;
  enum promotion_status outcome; /* to be counted */
};

/* Within the reload's turn, so that no other reload reads the record in between. */
static bool make_record(void *owner, char *why, size_t why_size) {
  struct swap *swap = owner;
  return promotion_record_save(swap->promotion->options.state_dir, &swap->next, why, why_size);
}

/* Should the disk refuse even this, the next reload tries the new model again. */
static void undo_record(void *owner) {
  struct swap *swap = owner;
  char why[PROMOTION_WHY_MAX];
  if (!promotion_record_save(swap->promotion->options.state_dir, &swap->old, why, sizeof why))
    fprintf(stderr, "tierd: %s\n", why);
}

/* wanted is the version that has to decide afterwards. */
static bool run_swap(struct swap *swap, const char *wanted, char *why, size_t why_size) {
  const struct reload_step step = {make_record, undo_record, swap};
  struct promotion *promotion = swap->promotion;
  struct reload_report report;
  if (!reload_run_with(promotion->options.reloader, &step, &report)) {
    snprintf(why, why_size, "%s", report.why);
    return false;
  }
  /* The reload went well and yet another model decides: somebody has put a file there
   * meanwhile. */
  if (strcmp(report.model_version, wanted) != 0) {
    undo_record(swap);
    snprintf(why, why_size, "--model is another file than the one that was loaded");
    return false;
  }
  /* Names of files are changed only now that nothing can fail any more. */
  promoted_tidy(promotion->options.state_dir, &swap->next);
  promotion_note_snapshot(promotion);
  promotion_count_outcome(promotion, swap->outcome);
  if (swap->outcome == PROMOTION_PROMOTED)
    promotion_forget(promotion);
  /* The last step, as in promotion_end(). */
  promotion_publish(promotion, &swap->next);
  return true;
}

/* Which model decides, and of which file's model it takes the place. */
struct deciding {
  struct promoted_choice choice;
  char version[PROMOTION_VERSION_MAX];
  char path[PATH_MAX]; /* of --model */
};

/* Copied, since the snapshot is gone once it has been given back. */
static void note_deciding(struct promotion *promotion, struct deciding *out) {
  const struct snapshot *snapshot = snapshot_take(promotion->reader);
  out->choice = snapshot->choice;
  snprintf(out->version, sizeof out->version, "%s", model_version(snapshot->model));
  snprintf(out->path, sizeof out->path, "%s", snapshot->config.model);
  snapshot_give_back(promotion->reader);
}

/* A copy of --model's file, so that there is something to go back to whatever becomes of
 * it. It has to be the model that was loaded. */
static bool keep_file(const struct promotion *promotion, const struct deciding *deciding,
                      struct promotion_model *out, char *why, size_t why_size) {
  const char *directory = promotion->options.state_dir;
  struct model_file file;
  if (!model_file_read_any(deciding->path, &file, why, why_size))
    return false;
  struct model *model = model_file_parse(&file, deciding->path, why, why_size);
  bool ok = model != NULL;
  if (ok && strcmp(model_version(model), deciding->version) != 0) {
    snprintf(why, why_size, "%.256s is not the model that was loaded from it; reload first",
             deciding->path);
    ok = false;
  }
  model_destroy(model);
  ok = ok && state_file_write(directory, PROMOTED_PREVIOUS, file.bytes, file.len, why, why_size);
  if (ok) {
    snprintf(out->version, sizeof out->version, "%s", deciding->version);
    memcpy(out->hash, file.hash, sizeof out->hash);
  }
  model_file_deinit(&file);
  return ok;
}

/* The record as it will be. */
static bool prepare(struct swap *swap, char *why, size_t why_size) {
  const struct promotion *promotion = swap->promotion;
  struct promotion_record *next = &swap->next;
  struct deciding deciding;
  note_deciding(swap->promotion, &deciding);
  *next = swap->old = promotion->record;
  if (deciding.choice.promoted)
    next->previous = next->promoted;
  else if (!keep_file(promotion, &deciding, &next->previous, why, why_size))
    return false;
  next->promoted = next->candidate;
  memcpy(next->over, deciding.choice.file_version, sizeof next->over);
  next->status = PROMOTION_PROMOTED;
  next->ended_s = (int64_t)time(NULL);
  memcpy(next->why, promotion->passed_why, sizeof next->why);
  return true;
}

/* Looked at once more, right before: between two looks a second may pass. */
bool promotion_swap(struct promotion *promotion) {
  char why[PROMOTION_WHY_MAX];
  struct swap *swap = malloc(sizeof *swap);
  /* Said once and not at each try. */
  const bool again = promotion->retry_s > 0;
  bool ok = false;
  if (!promotion_files_hold(promotion, why, sizeof why)) {
    promotion_end(promotion, PROMOTION_REFUSED, why);
    goto out;
  }
  snprintf(why, sizeof why, "out of memory");
  if (swap != NULL) {
    swap->promotion = promotion;
    swap->outcome = PROMOTION_PROMOTED;
    ok = prepare(swap, why, sizeof why) &&
         run_swap(swap, promotion->record.candidate.version, why, sizeof why);
  }
  if (ok) {
    fprintf(stderr, "tierd: candidate %s has passed and decides now: %s\n",
            promotion->record.promoted.version, promotion->record.why);
  } else if (!again) {
    fprintf(stderr, "tierd: candidate %s has passed and cannot be promoted: %s; trying again\n",
            promotion->record.candidate.version, why);
  }
out:
  free(swap);
  return ok;
}

/* The record without the promoted model; returns the version that decides then. Where the
 * previous model is --model's own, or none is known, its file decides again. */
static const char *prepare_back(struct swap *swap, const struct deciding *deciding) {
  struct promotion_record *next = &swap->next;
  const struct promotion_model *previous = &swap->old.previous;
  const bool to_file =
      previous->version[0] == '\0' || strcmp(previous->version, deciding->choice.file_version) == 0;
  const char *version = to_file ? deciding->choice.file_version : previous->version;
  next->promoted = to_file ? (struct promotion_model){0} : *previous;
  next->previous = (struct promotion_model){0};
  if (to_file)
    next->over[0] = '\0';
  /* The candidate in shadow goes on, compared with another model. */
  if (next->status != PROMOTION_RUNNING) {
    next->status = PROMOTION_ROLLED_BACK;
    next->ended_s = (int64_t)time(NULL);
    snprintf(next->why, sizeof next->why, "back to model %s", version);
  }
  return version;
}

/* The way a promotion goes, with the record of before; a model's file is not asked for. */
bool promotion_swap_back(struct promotion *promotion, char *why, size_t why_size) {
  struct deciding deciding;
  struct swap *swap = malloc(sizeof *swap);
  bool ok = false;
  note_deciding(promotion, &deciding);
  if (swap == NULL) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  *swap = (struct swap){promotion, promotion->record, promotion->record, PROMOTION_ROLLED_BACK};
  if (deciding.choice.promoted)
    ok = run_swap(swap, prepare_back(swap, &deciding), why, why_size);
  else
    snprintf(why, why_size, "no promoted model decides, so there is nothing to go back to");
  free(swap);
  return ok;
}
