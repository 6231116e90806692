/* row_features.c - extracts from text where a row has some, else takes the vector that
 * the decision log kept.
 *
 * The vector was checked when its line was read (labelled_vector.c). */
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
}
