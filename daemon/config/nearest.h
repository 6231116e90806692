/* nearest.h - which of the known names was a misspelt one meant to be?
 *
 *   struct nearest nearest;
 *   nearest_init(&nearest, span_of("inptu"));
 *   for (...) nearest_offer(&nearest, known[i]);
 *   const char *name = nearest_name(&nearest);   // "input", or NULL
 */
#ifndef TIERD_CONFIG_NEAREST_H
#define TIERD_CONFIG_NEAREST_H

#include <stddef.h>

#include "classifier/text/span.h"

enum { NEAREST_BYTES_MAX = 64 }; /* longer words resemble nothing */

struct nearest {
  struct span word; /* owned by the caller */
  const char *name; /* the best so far, one of those offered */
  size_t distance;
};

void nearest_init(struct nearest *nearest, struct span word);

/* name must outlive nearest; it is kept, not copied. */
void nearest_offer(struct nearest *nearest, const char *name);

/* The name offered that is closest, or NULL when none is close enough to be
 * worth a suggestion. The first offered wins a tie. */
const char *nearest_name(const struct nearest *nearest);

#endif
