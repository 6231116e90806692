/* audit_internal.h - how the parts of the audit report what they find. */
#ifndef TIERD_CTL_CATALOG_AUDIT_INTERNAL_H
#define TIERD_CTL_CATALOG_AUDIT_INTERNAL_H

#include "daemon/ctl/catalog/audit.h"

/* Adds a finding; kind and model are borrowed. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void audit_find(struct audit *audit, const char *kind, const char *model, const char *format, ...);

/* audit_prices.c: prices that contradict each other, in each set of a model. */
void audit_prices(struct audit *audit, const struct catalog_model *model);

/* audit_dates.c: from when and until when prices hold. */
void audit_dates(struct audit *audit, const struct catalog_model *model, int64_t now_s);

/* audit_against.c: prices that differ from another list's. */
void audit_against(struct audit *audit, const struct catalog_model *model,
                   const struct audit_options *options);

#endif
