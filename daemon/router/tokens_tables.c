/* tokens_tables.c - the fitted figures, as bench/tokens/fit.mjs wrote them. How they
 * are read stands in tokens_tables.h, how they are made in bench/tokens/README.md. */
#include "daemon/router/tokens_tables.h"

#include "daemon/router/tokens_tables.inc"
