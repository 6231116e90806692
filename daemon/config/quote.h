/* quote.h - hostile text made fit for an error message.
 *
 *   struct quoted q;
 *   snprintf(err, size, "%s: unknown key", quote(&q, key));
 */
#ifndef TIERD_CONFIG_QUOTE_H
#define TIERD_CONFIG_QUOTE_H

#include "classifier/text/span.h"

enum { QUOTE_BYTES_MAX = 80 }; /* of the original that are shown */

struct quoted {
  char text[QUOTE_BYTES_MAX + sizeof "..."];
};

/* Copies text into out with control bytes as '?' and the end cut off, "..." in its
 * place, when it is long; never within a UTF-8 character. Returns out->text. */
const char *quote(struct quoted *out, struct span text);

#endif
