/* join.c - brings feedback to its decision, whichever comes first in which file.
 *
 * Two passes over the files: the first gathers feedback into a table, the second
 * visits each decision with what the table knows of it. The table is bounded: when
 * there are more ids than it takes, they are divided in two by a bit of their hash
 * and each half gets its own two passes, and so on. Memory thus does not depend on
 * the size of the logs, only the number of passes does. */
#include "daemon/ctl/join.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "daemon/ctl/log_reader.h"

enum { REPORTS_MAX = 20, DIVISIONS_MAX = 24 };

struct join {
  const struct join_files *files;
  join_visit *visit; /* the caller's, and what it works on */
  void *state;
  FILE *diagnostics;
  struct join_counts *counts;
  char *why;
  struct join_table table;
};

/* The ids whose hash ends in these bits. */
struct part {
  uint64_t mask, bits;
};

static bool failed(struct join *join, const char *what) {
  snprintf(join->why, JOIN_WHY_MAX, "%s", what);
  return false;
}

/* With no bits in the mask, the part is everything. */
static bool in_part(const struct join *join, const struct part *part, const char *id) {
  return (join_table_hash(&join->table, id) & part->mask) == part->bits;
}

/* The first few one by one; the summary has their number. */
static void report(struct join *join, const char *path, size_t number, const char *what) {
  if (++join->counts->bad_lines <= REPORTS_MAX && join->diagnostics)
    fprintf(join->diagnostics, "%s:%zu: %s\n", path, number, what);
}

/* What a pass does with a line; false ends it. */
typedef bool visit(struct join *join, const struct part *part, struct join_line *line, void *state);

struct pass {
  visit *visit;
  void *state;
  bool needles; /* lines with none of the needles are not even parsed */
  bool reports; /* bad lines are counted and reported */
};

/* Could it say something of a decision? A new question has "reasked":null. */
static bool has_needle(struct span text) {
  static const char *const needles[] = {"feedback", "\"reasked\":{"};
  for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++)
    if (memmem(text.ptr, text.len, needles[i], strlen(needles[i])))
      return true;
  return false;
}

static bool visit_line(struct join *join, const struct part *part, const struct pass *pass,
                       const char *path, struct log_reader *reader) {
  char why[MEMBER_WHY_MAX] = "";
  struct join_line line;
  /* A blank line is what editors leave; it is not worth a word. */
  const struct span text = ctl_buffer_span(&reader->line);
  if (text.len == 0)
    return true;
  if (reader->too_long) {
    if (pass->reports)
      report(join, path, reader->number, "longer than 16 MiB");
    return true;
  }
  /* Most lines of a log are decisions, and looking for a word is much quicker than
   * parsing them. A prompt that has the word is parsed in vain. */
  if (pass->needles && !has_needle(text))
    return true;
  join_line_parse(text, &line, why);
  if (line.kind == JOIN_BAD && pass->reports)
    report(join, path, reader->number, why);
  const bool wanted = line.kind == JOIN_DECISION || line.kind == JOIN_FEEDBACK;
  const bool ok = !wanted || pass->visit(join, part, &line, pass->state);
  join_line_release(&line);
  return ok;
}

/* All lines of all files. */
static bool run_pass(struct join *join, const struct part *part, const struct pass *pass) {
  /* A file is opened anew in each pass, so that at most one is open. */
  bool ok = true;
  for (size_t i = 0; ok && i < join->files->count; i++) {
    struct log_reader reader;
    char why[LOG_READER_WHY_MAX];
    ok = log_reader_open(&reader, join->files->paths[i], why) || failed(join, why);
    while (ok && log_reader_next(&reader))
      ok = visit_line(join, part, pass, join->files->paths[i], &reader);
    if (ok && reader.failed) {
      snprintf(join->why, JOIN_WHY_MAX, "cannot read '%.200s': %s", join->files->paths[i],
               strerror(errno));
      ok = false;
    }
    log_reader_close(&reader);
  }
  return ok;
}

/* Feedback, or a decision that asks an earlier one's question again. Other decisions only
 * happen to hold a needle. */
static bool gather(struct join *join, const struct part *part, struct join_line *line,
                   void *state) {
  bool *full = state;
  struct join_line said = *line;
  if (line->kind == JOIN_DECISION && line->reasked_of)
    said = join_line_objection(line);
  if (said.kind != JOIN_FEEDBACK || !in_part(join, part, said.id))
    return true;
  switch (join_table_add(&join->table, &said)) {
  case JOIN_ADDED:
    return true;
  case JOIN_FULL:
    *full = true;
    return false;
  case JOIN_TOO_MANY_NAMES:
    return failed(join, "more than 4096 different models and labels in the feedback; are these "
                        "logs of tierd?");
  case JOIN_NO_MEMORY:
    break;
  }
  return failed(join, "out of memory");
}

static bool emit(struct join *join, const struct part *part, struct join_line *line, void *state) {
  (void)state;
  if (!in_part(join, part, line->id))
    return true;
  if (line->kind == JOIN_FEEDBACK) {
    join->counts->feedback++;
    return true;
  }
  join->counts->decisions++;
  struct join_feedback *feedback = join_table_find(&join->table, line->id);
  if (feedback && feedback->matched) { /* the same file twice, under two names */
    join->counts->duplicates++;
    return true;
  }
  if (feedback)
    feedback->matched = true;
  return join->visit(join->state, line, feedback, join->why);
}

static bool emit_part(struct join *join, const struct part *part) {
  /* Every line is seen once for each part; the first part tells of the bad ones. */
  const struct pass pass = {.visit = emit, .reports = part->bits == 0};
  if (!run_pass(join, part, &pass))
    return false;
  /* A question that was first asked in a file that is not here is nobody's mistake. */
  for (size_t i = 0; i < join->table.count; i++) {
    const struct join_feedback *entry = &join->table.entries[i];
    join->counts->unmatched += !entry->matched && entry->has != 1U << JOIN_REASKED;
  }
  return true;
}

/* Both passes for the ids of a part; its halves, when it has too many. The parts
 * wait on a stack instead of in recursion. */
static bool join_all(struct join *join) {
  struct part waiting[DIVISIONS_MAX + 1] = {{0, 0}};
  size_t count = 1;
  while (count > 0) {
    const struct part part = waiting[--count];
    bool full = false;
    const struct pass pass = {.visit = gather, .state = &full, .needles = true};
    /* What an overfull table had gathered is of no use to its halves. */
    join_table_clear(&join->table);
    if (run_pass(join, &part, &pass)) {
      if (!emit_part(join, &part))
        return false;
      continue;
    }
    if (!full)
      return false;
    if (count + 2 > DIVISIONS_MAX)
      return failed(join, "too many ids with feedback; join fewer files at a time");
    /* The next higher bit tells the halves apart. */
    const uint64_t bit = part.mask + 1;
    waiting[count++] = (struct part){part.mask | bit, part.bits | bit};
    waiting[count++] = (struct part){part.mask | bit, part.bits};
  }
  return true;
}

bool join_walk(const struct join_files *files, join_visit *visit_decision, void *state,
               FILE *diagnostics, struct join_counts *counts, char why[JOIN_WHY_MAX]) {
  struct join join = {.files = files,
                      .visit = visit_decision,
                      .state = state,
                      .diagnostics = diagnostics,
                      .counts = counts,
                      .why = why};
  /* Counts are summed over the parts, each line being in exactly one. */
  *counts = (struct join_counts){0};
  const bool ok = join_table_init(&join.table, files->ids_max) ? join_all(&join)
                                                               : failed(&join, "out of memory");
  join_table_deinit(&join.table);
  return ok;
}
