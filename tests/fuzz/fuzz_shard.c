/* fuzz_shard.c - hostile lines of a shard's three files are refused with a complaint, or
 * give rows and manifests that are whole.
 *
 * The input is lines; the first byte of each says which file it is of: s a row of
 * PREFIX.svm, p a line of PREFIX.shard, anything else one of PREFIX.meta, which is taken
 * with the row before it. Training indexes by what comes out without looking twice. A row
 * that was taken must come back from its own printing. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/shard.h"

/* assert() would vanish from an optimised build. */
static void require(bool condition) {
  if (!condition)
    abort();
}

static void require_outcome_of(enum labelled_status status,
                               const struct labelled_complaint *complaint) {
  require(status != LABELLED_BAD || (complaint->what[0] && complaint->expected[0]));
}

static void require_row(const struct shard_row *row) {
  require(row->ngrams_count <= NGRAMS_MAX && row->words_count <= TEXT_TOKENS_MAX);
  for (size_t d = 0; d < FEATURES_COUNT; d++)
    require(isfinite(row->x[d]));
  for (size_t i = 0; i < row->words_count; i++)
    require(row->words[i] < 1U << DATASET_WORDS_BITS);
}

static void require_comes_back(const struct shard_row *row, struct shard_row *back) {
  struct shard_text line = {0};
  struct labelled_complaint complaint;
  shard_row_print(&line, 0, row);
  shard_text_add(&line, "", 1);
  require(!line.failed);
  line.bytes[line.len - 2] = '\0'; /* where the line ends */
  require(shard_row_parse(back, line.bytes, line.len - 2, &complaint) == LABELLED_OK);
  require(memcmp(row->x, back->x, sizeof row->x) == 0);
  require(row->ngrams_count == back->ngrams_count && row->words_count == back->words_count);
  require(memcmp(row->ngrams, back->ngrams, row->ngrams_count * sizeof *row->ngrams) == 0);
  require(memcmp(row->words, back->words, row->words_count * sizeof *row->words) == 0);
  shard_text_deinit(&line);
}

static void require_manifest(const struct shard_manifest *m) {
  require(m->part >= 1 && m->part <= m->parts && m->parts <= SHARD_PARTS_MAX);
  require(m->log[0] && memchr(m->log, '\0', sizeof m->log) && !strchr(m->log, '/'));
  require(strlen(m->svm_hash) == 32 && strlen(m->meta_hash) == 32);
  require(strlen(m->log_hash) == (m->part == 1 ? 32 : 0));
}

static void parse_line(struct labelled_log *log, struct shard_row *rows, char kind, char *text,
                       size_t len) {
  struct labelled_complaint complaint = {"", ""};
  struct labelled_row row = {0};
  struct shard_manifest manifest;
  enum labelled_status status;
  if (kind == 's') {
    status = shard_row_parse(&rows[0], text, len, &complaint);
    if (status == LABELLED_OK) {
      require_row(&rows[0]);
      require_comes_back(&rows[0], &rows[1]);
    } else {
      rows[0].ngrams_count = rows[0].words_count = 0;
    }
  } else if (kind == 'p') {
    status = shard_manifest_parse(&manifest, text, len, &complaint);
    if (status == LABELLED_OK)
      require_manifest(&manifest);
  } else {
    status = shard_meta_parse(log, text, len, &rows[0], &row, &complaint);
    if (status == LABELLED_OK) {
      require(row.vector && (!row.hashed || row.hashed->chars >= 0));
      for (size_t i = 0; i < row.outcomes_count; i++)
        require(row.outcomes[i].model < log->models_count);
    }
  }
  require_outcome_of(status, &complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct labelled_log log;
  struct shard_row *rows = calloc(2, sizeof *rows);
  labelled_log_init(&log);
  log.memory = log_memory_create();
  require(rows && log.memory);
  while (len > 0) {
    const uint8_t *newline = memchr(data, '\n', len);
    size_t line = newline ? (size_t)(newline - data) : len;
    char *text = malloc(line + 1); /* parsing writes to it, and wants a NUL behind */
    require(text != NULL);
    memcpy(text, data, line);
    text[line] = '\0';
    if (line > 0)
      parse_line(&log, rows, text[0], text + (text[0] != '{'), line - (text[0] != '{'));
    free(text);
    size_t used = newline ? line + 1 : line;
    data += used;
    len -= used;
  }
  labelled_log_deinit(&log);
  free(rows);
  return 0;
}
