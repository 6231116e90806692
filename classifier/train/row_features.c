/* row_features.c - extracts from text where a row has some, else takes the vector that
 * the decision log kept.
 *
 * The vector was checked when its line was read (labelled_vector.c), and so was what a
 * shard of feature rows keeps of the words (shard_row.c). */
#include "classifier/train/row_features.h"

#include <string.h>

void row_features(struct features *features, const struct labelled_row *row) {
  features_extract(features, &row->conversation);
  if (!row->vector)
    return;
  /* There were no turns, so n-grams and words are empty; what is left to say is that
   * there was something to score. */
  memcpy(features->x, row->vector, sizeof features->x);
  features->scan.tokens_seen = 1;
  if (!row->hashed)
    return;
  /* As many as the reader of shards lets through, which fit. */
  features->ngrams.count = row->hashed->ngrams_count;
  if (row->hashed->ngrams_count > 0)
    memcpy(features->ngrams.buckets, row->hashed->ngrams,
           row->hashed->ngrams_count * sizeof *features->ngrams.buckets);
}
