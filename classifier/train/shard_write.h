/* shard_write.h - writes the three files of a shard, row by row.
 *
 *   struct shard_writer *writer = shard_writer_create(prefix);
 *   shard_writer_row(writer, &log, &row, &map, features);      // as often as there are rows
 *   shard_writer_log(writer, &manifest);                       // after each log
 *   if (!shard_writer_commit(writer, why, sizeof why)) ...
 *   shard_writer_destroy(writer);
 *
 * Failures are remembered until the commit. Until then the files have other names, and
 * PREFIX.shard comes last, so that a job that was killed leaves no shard that looks
 * whole, and two jobs that make the same shard at once do no harm. */
#ifndef TIERD_TRAIN_SHARD_WRITE_H
#define TIERD_TRAIN_SHARD_WRITE_H

#include "classifier/features/features.h"
#include "classifier/train/shard.h"
#include "classifier/train/tier_map.h"

struct shard_writer; /* opaque */

/* NULL when memory is out; the caller's. */
struct shard_writer *shard_writer_create(const char *prefix);

/* features are the row's, by row_features(); log names the outcomes' models. */
void shard_writer_row(struct shard_writer *writer, const struct labelled_log *log,
                      const struct labelled_row *row, const struct tier_map *map,
                      const struct features *features);

/* Ends the rows of a log. Fills the manifest's rows, sizes and checksums of the shard's
 * files; the rest is the caller's. */
void shard_writer_log(struct shard_writer *writer, struct shard_manifest *manifest);

/* Puts the files in their places. False with why filled. */
bool shard_writer_commit(struct shard_writer *writer, char *why, size_t why_size);

/* Removes what was not committed. writer may be NULL. */
void shard_writer_destroy(struct shard_writer *writer);

#endif
