/* tier_rules.c - which tier a new model belongs to.
 *
 * The user's words come in, "economy=*mini*,frontier=*opus*" and "1,5", and are turned
 * into a table once, so that mistakes in them show before a list is read. A price list
 * says nothing about quality; no tier is ever guessed.
 */
#include "daemon/ctl/catalog/tier_rules.h"

#include <string.h>

#include "daemon/ctl/catalog/decimal.h"
#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/catalog/names.h"

#define FAIL(why, ...) (snprintf((why), OPTIONS_WHY_MAX, __VA_ARGS__), false)

/* Names are told apart to the letter, as the catalogue does. */
int tier_rules_tier(const struct tier_rules *rules, struct span name) {
  for (size_t i = 0; i < rules->names_count; i++)
    if (span_is(name, rules->names[i]))
      return (int)i;
  return -1;
}

/* The tier of that name, which is made unless the base has fixed them; -1 with why. */
static int tier_for(struct tier_rules *rules, struct span name, bool fixed, char *why) {
  const int tier = tier_rules_tier(rules, name);
  if (tier >= 0)
    return tier;
  if (fixed) {
    snprintf(why, OPTIONS_WHY_MAX, "--tiers names '%.*s', which is no tier of --base",
             (int)name.len, name.ptr);
    return -1;
  }
  if (name.len == 0 || name.len >= TIER_NAME_MAX || rules->names_count == CATALOG_TIERS_MAX) {
    snprintf(why, OPTIONS_WHY_MAX,
             "--tiers has more than %d tiers, or one whose name has not 1 to %d bytes",
             CATALOG_TIERS_MAX, TIER_NAME_MAX - 1);
    return -1;
  }
  memcpy(rules->names[rules->names_count], name.ptr, name.len);
  return (int)rules->names_count++;
}

/* "economy=*mini*", or "economy" alone. */
static bool add_tier(struct tier_rules *rules, struct span text, bool fixed, char *why) {
  const char *equals = memchr(text.ptr, '=', text.len);
  const struct span name = span_make(text.ptr, equals ? (size_t)(equals - text.ptr) : text.len);
  /* Before it is quoted in a message. */
  if (name.len > 100)
    return FAIL(why, "--tiers has a tier's name of %zu bytes", name.len);
  const int tier = tier_for(rules, name, fixed, why);
  if (tier < 0 || equals == NULL)
    return tier >= 0;
  const size_t len = text.len - name.len - 1;
  if (len == 0 || len >= TIER_GLOB_MAX)
    return FAIL(why, "--tiers has a glob of %zu bytes; expected 1 to %d, as in economy=*mini*", len,
                TIER_GLOB_MAX - 1);
  /* A bound, since each model of a list is held against all of them. */
  if (rules->globs_count == TIER_GLOBS_MAX)
    return FAIL(why, "--tiers has more than %d globs", TIER_GLOBS_MAX);
  rules->globs[rules->globs_count].tier = (size_t)tier;
  memcpy(rules->globs[rules->globs_count].glob, equals + 1, len);
  rules->globs[rules->globs_count++].glob[len] = '\0';
  return true;
}

/* Spaces are not trimmed: they cannot stand in a name, and the loader says so. */
static bool add_tiers(struct tier_rules *rules, const char *text, bool fixed, char *why) {
  for (;;) {
    const size_t len = strcspn(text, ",");
    if (!add_tier(rules, span_make(text, len), fixed, why))
      return false;
    if (text[len] == '\0')
      return true;
    text += len + 1;
  }
}

/* "1,5" for three tiers. */
static bool add_bands(struct tier_rules *rules, const char *text, char *why) {
  for (const char *at = text;;) {
    const size_t len = strcspn(at, ",");
    char number[32] = "";
    if (len < sizeof number)
      memcpy(number, at, len);
    /* Exact, as prices are: a model at a bound must fall on the same side each time. */
    const int64_t bound = decimal_parse_usd(number);
    if (!money_known(bound))
      return FAIL(why, "--tier-by-price is '%.60s'; expected prices in USD like 1,5", text);
    if (rules->bands_count > 0 && bound <= rules->bands[rules->bands_count - 1])
      return FAIL(why, "--tier-by-price is '%.60s'; expected rising prices", text);
    /* The last tier has no bound above. */
    if (rules->bands_count + 1 >= rules->names_count)
      return FAIL(why,
                  "--tier-by-price has more than %zu prices; expected one less than there "
                  "are tiers",
                  rules->names_count - 1);
    rules->bands[rules->bands_count++] = bound;
    if (at[len] == '\0')
      break;
    at += len + 1;
  }
  return rules->bands_count + 1 == rules->names_count ||
         FAIL(why,
              "--tier-by-price has %zu prices for %zu tiers; expected one less than there are "
              "tiers",
              rules->bands_count, rules->names_count);
}

/* A tier that does not exist is found before the list is read. */
static bool check_tier_of(const struct tier_rules *rules, char *why) {
  for (size_t i = 0; i < rules->tier_of->count; i++) {
    const char *text = rules->tier_of->items[i];
    const char *tier = strrchr(text, '=') + 1; /* options.c has seen to the "=" */
    if (tier_rules_tier(rules, span_of(tier)) < 0)
      return FAIL(why, "--tier-of %.60s names '%.60s', which is no tier", text, tier);
  }
  return true;
}

/* With a base, its tiers are what there is; --tiers can only assign to them. */
bool tier_rules_init(struct tier_rules *rules, const struct catalog_options *options,
                     const struct catalog *base, char why[OPTIONS_WHY_MAX]) {
  /* NULs also end the names that are copied in below. */
  memset(rules, 0, sizeof *rules);
  rules->tier_of = &options->tier_of;
  for (size_t i = 0; base != NULL && i < base->tiers_count; i++)
    snprintf(rules->names[rules->names_count++], TIER_NAME_MAX, "%s", base->tiers[i].name);
  /* Tiers are the user's notion of quality; none is made up. */
  if (base == NULL && options->tiers == NULL)
    return FAIL(why, "nothing says which tiers there are; give --base CATALOG, or --tiers "
                     "economy=GLOB,standard=GLOB,frontier=GLOB");
  /* Before the bands, whose number depends on the tiers. */
  if (options->tiers != NULL && !add_tiers(rules, options->tiers, base != NULL, why))
    return false;
  if (rules->names_count < CATALOG_TIERS_MIN)
    return FAIL(why, "--tiers names one tier; expected at least %d, cheapest first",
                CATALOG_TIERS_MIN);
  if (options->tier_by_price != NULL && !add_bands(rules, options->tier_by_price, why))
    return false;
  return check_tier_of(rules, why);
}

/* Split at the last "=", since a model's name may hold one and a tier's does not. */
int tier_rules_named(const struct tier_rules *rules, const char *model) {
  for (size_t i = 0; i < rules->tier_of->count; i++) {
    const char *text = rules->tier_of->items[i];
    const char *equals = strrchr(text, '=');
    if (span_is(span_make(text, (size_t)(equals - text)), model))
      return tier_rules_tier(rules, span_of(equals + 1));
  }
  return -1;
}

/* The most particular rule first. */
int tier_rules_find(const struct tier_rules *rules, const char *model,
                    const struct price_set *price) {
  /* A name is meant, a glob may match by chance, and a price says least about quality. */
  const int named = tier_rules_named(rules, model);
  if (named >= 0)
    return named;
  for (size_t i = 0; i < rules->globs_count; i++)
    if (names_match(rules->globs[i].glob, model))
      return (int)rules->globs[i].tier;
  const int64_t blend = figures_blend(price);
  /* A model without a price is in no band. */
  /* Up to and with a bound is its band. */
  if (rules->bands_count == 0 || !money_known(blend))
    return -1;
  size_t band = 0;
  while (band < rules->bands_count && blend > rules->bands[band])
    band++;
  return (int)band;
}
