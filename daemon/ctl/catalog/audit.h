/* audit.h - what is stale, missing or contradictory in a catalogue.
 *
 *   struct audit_options options = {.today_days = days, .stale_days = 45};
 *   struct audit audit;
 *   if (!audit_run(&audit, &catalog, &options)) // out of memory
 *   audit_deinit(&audit);
 */
#ifndef TIERD_CTL_CATALOG_AUDIT_H
#define TIERD_CTL_CATALOG_AUDIT_H

#include "daemon/ctl/catalog/price_list.h"

enum { FINDING_TEXT_MAX = 240 };

struct audit_options {
  int64_t today_days;               /* since 1970-01-01 */
  uint32_t stale_days;              /* older prices are stale */
  const struct price_list *against; /* NULL: none */
};

struct finding {
  const char *kind;  /* a stable word, as "stale"; static storage */
  const char *model; /* of the catalogue; a tier where it is about tiers */
  char text[FINDING_TEXT_MAX];
};

struct audit {
  struct finding *items; /* owned; in the order of the catalogue */
  size_t count, capacity;
  size_t compared; /* models that the other list has, too */
  bool failed;     /* memory ran out */
};

/* False when memory is out. The strings of findings belong to the catalogue. */
bool audit_run(struct audit *audit, const struct catalog *catalog,
               const struct audit_options *options);

void audit_deinit(struct audit *audit);

#endif
