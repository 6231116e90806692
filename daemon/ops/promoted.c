/* promoted.c - finds model files by hash, loads the one that decides, names them anew.
 *
 * Read at the start and by each reload, on whichever thread does that; written to by
 * promotion.c alone, within a reload's turn. */
#include "daemon/ops/promoted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The likeliest first. */
static const char *const names[] = {PROMOTED_CURRENT, PROMOTED_CANDIDATE, PROMOTED_PREVIOUS};

enum { NAMES = sizeof names / sizeof names[0] };

/* The name under which the file with this hash is, or NULL. */
static const char *find(const char *directory, const char *hash, struct model_file *out) {
  char why[PROMOTION_WHY_MAX];
  /* One that cannot be read is passed over: another name may have the right file. */
  for (size_t i = 0; i < NAMES; i++) {
    if (!model_file_read_state(directory, names[i], out, why, sizeof why))
      continue;
    if (strcmp(out->hash, hash) == 0)
      return names[i];
    model_file_deinit(out);
  }
  return NULL;
}

/* Checked by hash and then by the checksum inside: both have to be right. */
static struct model *load(const char *directory, const struct promotion_model *wanted, char *why,
                          size_t why_size) {
  struct model_file file;
  if (find(directory, wanted->hash, &file) == NULL) {
    snprintf(why, why_size,
             "%s/" PROMOTED_CURRENT ": model %s was promoted, and its file is gone or altered; "
             "remove %s/" PROMOTION_FILE " to decide with --model again",
             directory, wanted->version, directory);
    return NULL;
  }
  struct model *model = model_file_parse(&file, PROMOTED_CURRENT, why, why_size);
  model_file_deinit(&file);
  return model;
}

bool promoted_choose(const char *directory, struct model **model, struct promoted_choice *out,
                     char *why, size_t why_size) {
  struct promotion_record record;
  *out = (struct promoted_choice){0};
  snprintf(out->file_version, sizeof out->file_version, "%s", model_version(*model));
  if (!promotion_record_load(directory, &record, why, why_size))
    return false;
  /* Nothing was ever promoted, or it was rolled back. */
  if (record.promoted.version[0] == '\0')
    return true;
  /* Somebody has put another model there since, and means it. */
  if (strcmp(record.over, out->file_version) != 0) {
    memcpy(out->set_aside, record.promoted.version, sizeof out->set_aside);
    return true;
  }
  struct model *promoted = load(directory, &record.promoted, why, why_size);
  if (promoted == NULL)
    return false;
  model_destroy(*model);
  /* --model's is freed only now that there is another. */
  *model = promoted;
  out->promoted = true;
  return true;
}

/* out has PATH_MAX bytes. A path that is too long names no file of ours. */
static bool make_path(char *out, const char *directory, const char *name) {
  return snprintf(out, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

/* Names are only for people; that one could not be changed is no reason to stop. */
static void say(const char *directory, const char *name) {
  fprintf(stderr, "tierd: %s/%s: %s\n", directory, name, strerror(errno));
}

/* Has the model named name, wherever it is. */
static void settle(const char *directory, const struct promotion_model *model, const char *name) {
  char from[PATH_MAX], to[PATH_MAX];
  struct model_file file;
  const char *found;
  if (model->version[0] == '\0')
    return;
  found = find(directory, model->hash, &file);
  if (found == NULL)
    return;
  model_file_deinit(&file);
  if (strcmp(found, name) != 0 && make_path(from, directory, found) &&
      make_path(to, directory, name) && rename(from, to) != 0)
    say(directory, name);
}

/* That it is not there is what is wanted. */
static void drop(const char *directory, const char *name) {
  char path[PATH_MAX];
  if (make_path(path, directory, name) && unlink(path) != 0 && errno != ENOENT)
    say(directory, name);
}

/* The previous one first: it may still have the promoted one's name. What a rollback
 * promotes may have the previous one's name, and then nothing is previous. */
void promoted_tidy(const char *directory, const struct promotion_record *record) {
  settle(directory, &record->previous, PROMOTED_PREVIOUS);
  settle(directory, &record->promoted, PROMOTED_CURRENT);
  if (record->promoted.version[0] == '\0')
    drop(directory, PROMOTED_CURRENT);
  if (record->previous.version[0] == '\0')
    drop(directory, PROMOTED_PREVIOUS);
  if (record->status != PROMOTION_RUNNING)
    drop(directory, PROMOTED_CANDIDATE);
}
