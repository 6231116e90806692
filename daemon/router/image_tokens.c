/* image_tokens.c - an image's size and detail to tokens.
 *
 * Each rule is a row of a table: one of five kinds of counting, and its figures. All of it
 * is integer arithmetic on 64 bits; sides have at most 32, so no product can wrap round.
 * Where a rule scales an image down, sides are cut to whole pixels, but for the two
 * that count exact shares of a patch. README.md has the sources. */
#include "daemon/router/image_tokens.h"

#include <math.h>

enum image_kind {
  KIND_FLAT,     /* the same for every image */
  KIND_TILES,    /* OpenAI until GPT-5: a base and so much for each tile of 512 pixels */
  KIND_PATCHES,  /* OpenAI since: patches of 32 pixels within a budget, times a factor */
  KIND_SQUARES,  /* Anthropic: patches of 28 pixels within a budget, scaled exactly */
  KIND_CROP_UNIT /* Google until Gemini 2.5: tiles whose side follows the shorter side */
};

/* Patches that an image may have at a detail, and its longer side; 0 for no limit. */
struct image_limit {
  uint32_t patches, side;
};

struct image_figures {
  const char *name;
  enum image_kind kind;
  uint32_t base, each;         /* KIND_FLAT: base. KIND_TILES: base, and each tile */
  uint32_t factor;             /* KIND_PATCHES: hundredths of a token a patch */
  struct image_limit high;     /* KIND_PATCHES at high detail; KIND_SQUARES */
  struct image_limit original; /* KIND_PATCHES at original detail */
  bool auto_is_original, has_no_rule;
};

static const struct image_figures rules[IMAGE_RULES] = {
    [IMAGES_BY_FAMILY] = {.name = ""},
    [IMAGES_GPT_4O] = {.name = "gpt-4o", .kind = KIND_TILES, .base = 85, .each = 170},
    [IMAGES_GPT_4O_MINI] = {.name = "gpt-4o-mini", .kind = KIND_TILES, .base = 2833, .each = 5667},
    [IMAGES_O1] = {.name = "o1", .kind = KIND_TILES, .base = 75, .each = 150},
    [IMAGES_GPT_5] = {.name = "gpt-5", .kind = KIND_TILES, .base = 70, .each = 140},
    [IMAGES_GPT_41_MINI] = {.name = "gpt-4.1-mini",
                            .kind = KIND_PATCHES,
                            .factor = 162,
                            .high = {1536, 2048},
                            .original = {1536, 2048}},
    [IMAGES_GPT_41_NANO] = {.name = "gpt-4.1-nano",
                            .kind = KIND_PATCHES,
                            .factor = 246,
                            .high = {1536, 2048},
                            .original = {1536, 2048}},
    [IMAGES_O4_MINI] = {.name = "o4-mini",
                        .kind = KIND_PATCHES,
                        .factor = 172,
                        .high = {1536, 2048},
                        .original = {1536, 2048}},
    [IMAGES_GPT_5_MINI] = {.name = "gpt-5-mini",
                           .kind = KIND_PATCHES,
                           .factor = 120,
                           .high = {1536, 2048},
                           .original = {1536, 2048}},
    [IMAGES_GPT_5_NANO] = {.name = "gpt-5-nano",
                           .kind = KIND_PATCHES,
                           .factor = 150,
                           .high = {1536, 2048},
                           .original = {1536, 2048}},
    [IMAGES_GPT_54] = {.name = "gpt-5.4",
                       .kind = KIND_PATCHES,
                       .factor = 120,
                       .high = {2500, 2048},
                       .original = {10000, 6000}},
    [IMAGES_GPT_55] = {.name = "gpt-5.5",
                       .kind = KIND_PATCHES,
                       .factor = 120,
                       .high = {2500, 2048},
                       .original = {10000, 6000},
                       .auto_is_original = true},
    /* Images as they are, unless high detail is asked for; then without a limit of the
     * side, going by counts of GPT-6. */
    [IMAGES_GPT_56] = {.name = "gpt-5.6",
                       .kind = KIND_PATCHES,
                       .factor = 120,
                       .high = {2500, 0},
                       .auto_is_original = true},
    [IMAGES_CLAUDE] = {.name = "claude", .kind = KIND_SQUARES, .high = {1568, 1568}},
    [IMAGES_CLAUDE_47] = {.name = "claude-4.7", .kind = KIND_SQUARES, .high = {4784, 2576}},
    [IMAGES_GEMINI_2] = {.name = "gemini-2", .kind = KIND_CROP_UNIT},
    /* The budget of the default resolution, whatever the size. */
    [IMAGES_GEMINI_3] = {.name = "gemini-3", .kind = KIND_FLAT, .base = 1120},
    [IMAGES_UNKNOWN] = {.name = "unknown", .kind = KIND_FLAT, .base = 765, .has_no_rule = true},
};

static uint64_t minimum(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

static uint64_t maximum(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

static uint64_t divide_up(uint64_t a, uint64_t b) {
  return a / b + (a % b != 0);
}

struct sides {
  uint64_t width, height;
};

/* How many squares of that side cover the image. */
static uint64_t squares(struct sides sides, uint64_t side) {
  return divide_up(sides.width, side) * divide_up(sides.height, side);
}

/* Both sides times a / b, in whole pixels and at least one. */
static struct sides scaled(struct sides sides, uint64_t a, uint64_t b) {
  return (struct sides){maximum(sides.width * a / b, 1), maximum(sides.height * a / b, 1)};
}

static struct sides fit_longer(struct sides sides, uint64_t limit) {
  const uint64_t longer = maximum(sides.width, sides.height);
  return limit != 0 && longer > limit ? scaled(sides, limit, longer) : sides;
}

/* First into a square of 2048, then until the shorter side has 768. Never enlarged. */
static uint64_t tile_tokens(const struct image_figures *rule, const struct image_part *image) {
  enum { SQUARE = 2048, SHORTER = 768, TILE = 512 };
  if (image->detail == IMAGE_LOW)
    return rule->base;
  struct sides sides = fit_longer((struct sides){image->width, image->height}, SQUARE);
  const uint64_t shorter = minimum(sides.width, sides.height);
  if (shorter > SHORTER)
    sides = scaled(sides, SHORTER, shorter);
  return rule->base + rule->each * squares(sides, TILE);
}

/* OpenAI's own steps: shrunk to the area of the budget, then a bit more, so that the side
 * that loses most has whole patches. */
static uint64_t within_budget(struct sides sides, uint32_t budget) {
  enum { PATCH = 32 };
  const uint64_t patches = squares(sides, PATCH);
  if (budget == 0 || patches <= budget)
    return patches;
  const double columns = (double)sides.width / PATCH, rows = (double)sides.height / PATCH;
  const double shrink = sqrt(budget / (columns * rows));
  const double share =
      fmin(floor(columns * shrink) / (columns * shrink), floor(rows * shrink) / (rows * shrink));
  /* A side of less than a patch would be cut to nothing; then the budget is the answer. */
  if (!(share > 0))
    return budget;
  const double factor = shrink * share;
  /* A millionth keeps what comes to whole pixels from being cut to one less. */
  const struct sides resized = {(uint64_t)fmax((double)sides.width * factor + 1e-6, 1),
                                (uint64_t)fmax((double)sides.height * factor + 1e-6, 1)};
  return minimum(squares(resized, PATCH), budget);
}

/* At low detail the model gets a square of 512 pixels, which is 16 by 16 patches. */
static uint64_t patch_tokens(const struct image_figures *rule, const struct image_part *image) {
  enum { LOW_PATCHES = 16 * 16 };
  const bool original =
      image->detail == IMAGE_ORIGINAL || (image->detail == IMAGE_AUTO && rule->auto_is_original);
  const struct image_limit *limit = original ? &rule->original : &rule->high;
  const struct sides whole = {image->width, image->height};
  const uint64_t patches = image->detail == IMAGE_LOW
                               ? LOW_PATCHES
                               : within_budget(fit_longer(whole, limit->side), limit->patches);
  return divide_up(patches * rule->factor, 100);
}

/* The patches at that many pixels of the longer side, the shorter one not rounded: both
 * are below 2^32, so their product fits. */
static uint64_t square_count(uint64_t longer, uint64_t shorter, uint64_t pixels) {
  enum { SQUARE = 28 };
  return divide_up(pixels, SQUARE) * divide_up(shorter * pixels, longer * SQUARE);
}

/* The largest size of this shape that keeps both limits, found by halving: a longer side
 * never has fewer patches. */
static uint64_t square_tokens(const struct image_figures *rule, const struct image_part *image) {
  const uint64_t longer = maximum(image->width, image->height);
  const uint64_t shorter = minimum(image->width, image->height);
  uint64_t good = 1, high = minimum(longer, rule->high.side);
  while (good < high) {
    const uint64_t middle = high - (high - good) / 2;
    if (square_count(longer, shorter, middle) <= rule->high.patches)
      good = middle;
    else
      high = middle - 1;
  }
  return square_count(longer, shorter, good);
}

/* One tile up to 384 pixels; else the tile's side is two thirds of the shorter one. The
 * least side, of the 1.5 series, is not restated for later ones, but keeps a strip's
 * count from running away. */
static uint64_t crop_unit_tokens(const struct image_part *image) {
  enum { TOKENS = 258, SMALL = 384, UNIT_MIN = 256 };
  if (image->width <= SMALL && image->height <= SMALL)
    return TOKENS;
  const uint64_t unit = (uint64_t)minimum(image->width, image->height) * 2 / 3;
  return TOKENS * squares((struct sides){image->width, image->height}, maximum(unit, UNIT_MIN));
}

uint64_t image_tokens(enum image_rule which, const struct image_part *image) {
  const struct image_figures *rule = &rules[which];
  struct image_part part = *image;
  if (part.width == 0 || part.height == 0)
    part.width = part.height = IMAGE_TYPICAL_PX;
  switch (rule->kind) {
  case KIND_TILES:
    return tile_tokens(rule, &part);
  case KIND_PATCHES:
    return patch_tokens(rule, &part);
  case KIND_SQUARES:
    return square_tokens(rule, &part);
  case KIND_CROP_UNIT:
    return crop_unit_tokens(&part);
  case KIND_FLAT:
    break;
  }
  return rule->base;
}

bool image_tokens_assumed(enum image_rule which, const struct image_part *image) {
  const struct image_figures *rule = &rules[which];
  if (rule->kind == KIND_FLAT)
    return rule->has_no_rule;
  const bool has_low = rule->kind == KIND_TILES || rule->kind == KIND_PATCHES;
  return (image->width == 0 || image->height == 0) && !(has_low && image->detail == IMAGE_LOW);
}

const char *image_rule_name(enum image_rule rule) {
  return rules[rule].name;
}

bool image_rule_find(struct span name, enum image_rule *out) {
  for (int i = IMAGES_BY_FAMILY + 1; i < IMAGE_RULES; i++) {
    if (!span_is(name, rules[i].name))
      continue;
    *out = (enum image_rule)i;
    return true;
  }
  return false;
}
