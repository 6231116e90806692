/* shard.h - shards of feature rows: what is left of a log when its text is gone.
 *
 * A shard PREFIX is three files:
 *
 *   PREFIX.svm    a row a line in libsvm's text form, "CLASS INDEX:VALUE ...", indices
 *                 from 1 and rising, values of 0 left out:
 *                   1 ..                    features_table(), unscaled, 9 digits, so that
 *                                           each float comes back as it was
 *                   SHARD_NGRAMS_FIRST ..   how many distinct n-grams of the question fall
 *                                           into a bucket of the kinds' table
 *                   SHARD_WORDS_FIRST ..    how many of its words fall on a bit of the set
 *                                           of known words
 *                 CLASS is that of row_class.h, for other people's programs; tier-train
 *                 does not read it back.
 *   PREFIX.meta   as many lines, each a JSON object with what is no number:
 *                   {"id"?, "task"?, "label"?, "chars": N, "bare"?: true, "outcomes"?}
 *                 as in a labelled log. bare: the row came as a vector without text.
 *   PREFIX.shard  a line for each log, or part of one, in order: struct shard_manifest.
 *
 * Concatenated file by file, shards are a shard. Nothing depends on time or machine.
 */
#ifndef TIERD_TRAIN_SHARD_H
#define TIERD_TRAIN_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/dataset.h"
#include "classifier/train/labelled_log_internal.h"
#include "classifier/train/shard_text.h"

enum {
  SHARD_VERSION = 1,
  SHARD_NGRAMS_FIRST = FEATURES_COUNT + 1,
  SHARD_WORDS_FIRST = SHARD_NGRAMS_FIRST + MODEL_KIND_BUCKETS,
  SHARD_INDEX_MAX = SHARD_WORDS_FIRST + (1 << DATASET_WORDS_BITS) - 1,
  SHARD_PARTS_MAX = 65536,
  SHARD_NAME_MAX = 256
};

/* ---- a row, shard_row.c */

/* The numbers of one row; some 40 KB, reused from row to row. */
struct shard_row {
  float x[FEATURES_COUNT];
  size_t ngrams_count, words_count;
  uint16_t ngrams[NGRAMS_MAX]; /* buckets with the bits cleared that the table ignores, sorted */
  uint32_t words[TEXT_TOKENS_MAX]; /* bits of the set of known words, sorted */
};

/* Takes what features_extract() found, or, of a bare row, the vector alone. */
void shard_row_take(struct shard_row *row, const struct features *features, bool bare);

/* Appends the line of PREFIX.svm with its end. */
void shard_row_print(struct shard_text *out, int class, const struct shard_row *row);

/* Parses such a line, without its end; text[len] must be NUL. */
enum labelled_status shard_row_parse(struct shard_row *row, const char *text, size_t len,
                                     struct labelled_complaint *complaint);

/* ---- what is no number, shard_meta.c */

/* Appends the line of PREFIX.meta with its end. log names the models. */
void shard_meta_print(struct shard_text *out, const struct labelled_log *log,
                      const struct labelled_row *row);

/* Parses such a line into *out, and puts the numbers of row there too, all in the log's
 * memory. text is modified. */
enum labelled_status shard_meta_parse(struct labelled_log *log, char *text, size_t len,
                                      const struct shard_row *row, struct labelled_row *out,
                                      struct labelled_complaint *complaint);

/* ---- the manifest, shard_manifest.c */

/* What a shard holds of one log. Lines before this one in PREFIX.shard say where its rows
 * begin in the other files. */
struct shard_manifest {
  char log[SHARD_NAME_MAX]; /* name without directories; it becomes the rows' source */
  uint32_t part, parts;     /* 1 of 1 when it is the whole log */
  uint64_t log_bytes;       /* of the whole log */
  char log_hash[33];        /* XXH128 of the whole log; "" in parts but the first */
  uint64_t rows, bad_lines;
  uint64_t svm_bytes, meta_bytes; /* of these rows */
  char svm_hash[33], meta_hash[33];
};

void shard_manifest_print(struct shard_text *out, const struct shard_manifest *manifest);

/* text is modified. Version and feature schema must be this program's. */
enum labelled_status shard_manifest_parse(struct shard_manifest *manifest, char *text, size_t len,
                                          struct labelled_complaint *complaint);

/* ---- whole shards, shard_read.c */

/* Appends the rows of the shards to log, as if the logs themselves had been read in the
 * order in which the shards first name them. Parts of a log are put in order, and all of
 * them must be there. A path is PREFIX or PREFIX.shard. False with the reason on
 * diagnostics; log may then hold some of the rows and is to be released. */
bool shards_read(struct labelled_log *log, const char *const *paths, size_t count,
                 FILE *diagnostics);

#endif
