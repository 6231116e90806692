/* scores.c - reads a scores file and finds scores by id: sort once, bisect after.
 *
 * So rivals that are not written in C are measured by the same code as the model.
 */
#include "bench/accuracy/scores.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/log_lines.h"

/* By bytes: ids are no words of a language. */
static int by_id(const void *a, const void *b) {
  return strcmp(((const struct score_entry *)a)->id, ((const struct score_entry *)b)->id);
}

/* Always false, so that callers can return it. */
static bool complain(const char *path, unsigned long line, const char *what) {
  (void)fprintf(stderr, "tier-bench accuracy: %s:%lu: %s; expected id<TAB>score\n", path, line,
                what);
  return false;
}

/* Splits one line in place. False with *what saying why. */
static bool take_line(char *text, struct score_entry *out, const char **what) {
  char *tab = strrchr(text, '\t');
  char *end;
  *what = "no tab";
  if (!tab)
    return false;
  *tab = '\0';
  out->id = text;
  out->score = strtod(tab + 1, &end);
  *what = "the score is not a finite number";
  return end != tab + 1 && *end == '\0' && isfinite(out->score);
}

/* The same line twice is harmless; two scores for one id leave open which was meant. */
static bool refuse_doubles(const char *path, const struct scores *scores) {
  for (size_t i = 1; i < scores->count; i++) {
    const struct score_entry *a = &scores->entries[i - 1], *b = &scores->entries[i];
    if (strcmp(a->id, b->id) == 0 && a->score != b->score) {
      (void)fprintf(stderr, "tier-bench accuracy: %s: two scores for one id\n", path);
      return false;
    }
  }
  return true;
}

static bool read_entries(const char *path, struct log_lines *lines,
                         struct labelled_log_memory *memory, struct scores *out) {
  size_t capacity = 0;
  enum log_lines_status status;
  while ((status = log_lines_next(lines)) == LOG_LINES_OK) {
    const char *what;
    if (lines->len == 0)
      continue;
    out->entries = bench_grow(out->entries, out->count, &capacity, sizeof *out->entries);
    struct score_entry *entry = &out->entries[out->count];
    if (!take_line(lines->text, entry, &what))
      return complain(path, lines->number, what);
    entry->id = bench_copy(memory, entry->id);
    out->count++;
  }
  return status == LOG_LINES_END || complain(path, lines->number, "cannot be read");
}

bool scores_read(const char *path, struct labelled_log_memory *memory, struct scores *out) {
  struct log_lines lines;
  *out = (struct scores){0};
  bool ok = log_lines_open(&lines, path) == LOG_LINES_OK;
  if (!ok)
    (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", path, strerror(errno));
  else
    ok = read_entries(path, &lines, memory, out);
  log_lines_close(&lines);
  /* The list grew on the heap; its final form goes where everything else is. */
  struct score_entry *entries = bench_take(memory, out->count, sizeof *entries);
  if (out->count > 0)
    memcpy(entries, out->entries, out->count * sizeof *entries);
  free(out->entries);
  out->entries = entries;
  if (!ok)
    return false;
  qsort(entries, out->count, sizeof *entries, by_id);
  return refuse_doubles(path, out);
}

double scores_find(const struct scores *scores, const char *id) {
  struct score_entry key = {.id = id};
  const struct score_entry *found =
      bsearch(&key, scores->entries, scores->count, sizeof *scores->entries, by_id);
  return found ? found->score : NAN;
}
