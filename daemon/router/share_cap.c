/* share_cap.c - reads the rule, sorts gains into bins, finds the bin where to cut.
 *
 *   "frontier=0.2" → rule;  gain → bin;  masses of the bins, share → cut
 *
 * Who counts, over all threads, is daemon/ops/tier_shares.c. */
#include "daemon/router/share_cap.h"

#include <stdio.h>
#include <stdlib.h>

/* Longer than any tier's name and any number that a person writes. */
enum { RULE_BYTES_MAX = 128 };

bool share_rule_parse(struct span text, struct share_rule *out, char *why, size_t why_size) {
  char number[RULE_BYTES_MAX];
  size_t at = 0;
  char *end;
  *out = (struct share_rule){.share = 1};
  if (text.len == 0)
    return true;
  while (at < text.len && text.ptr[at] != '=')
    at++;
  const size_t left = at < text.len ? text.len - at - 1 : 0;
  if (at == 0 || left == 0 || text.len >= sizeof number) {
    snprintf(why, why_size, "is not of the form TIER=SHARE, such as frontier=0.2");
    return false;
  }
  memcpy(number, text.ptr + at + 1, left);
  number[left] = '\0';
  const double share = strtod(number, &end);
  /* Written so that NaN fails as well. */
  if (*end != '\0' || !(number[0] >= '0' && number[0] <= '9') || !(share >= 0 && share <= 1)) {
    snprintf(why, why_size, "has no share from 0 to 1 after its '='");
    return false;
  }
  *out = (struct share_rule){span_make(text.ptr, at), share};
  return true;
}

unsigned share_bin(double gain) {
  if (!(gain > 0))
    return 0;
  const double bin = 1 + gain / SHARE_BIN_WIDTH;
  return bin < SHARE_BINS - 1 ? (unsigned)bin : SHARE_BINS - 1;
}

bool share_cut_allows(const struct share_cut *cut, unsigned bin) {
  if (!cut->on)
    return true;
  if (cut->bin == SHARE_BINS || bin == cut->bin)
    return cut->room;
  return bin > cut->bin;
}

unsigned share_cut_bin(const double mass[SHARE_BINS], double allowed) {
  double above = 0;
  /* A gain greater than any before must not slip through where nothing is allowed. */
  if (!(allowed > 0))
    return SHARE_BINS;
  for (unsigned bin = SHARE_BINS - 1; bin > 0; bin--) {
    above += mass[bin];
    if (above > allowed)
      return bin;
  }
  return 0;
}
