/* tokens_spellings.h - how many o200k tokens a run of letters is, for the alphabets whose
 * tokens are known one by one: Han, kana, Hangul, Cyrillic and Arabic. */
#ifndef TIERD_ROUTER_TOKENS_SPELLINGS_H
#define TIERD_ROUTER_TOKENS_SPELLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether runs of this letter are priced here. */
bool tokens_spells(uint32_t letter);

/* What count code points cost, in 1/64 token (TOKENS_UNIT): a token at least, or 0 for
 * none. The first may be the space or mark that the run hangs on; runs of marks alone are
 * priced as well. */
uint64_t tokens_spelling_cost(const uint32_t *points, size_t count);

#endif
