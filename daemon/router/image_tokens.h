/* image_tokens.h - how many tokens an image costs, by the provider's published rule.
 *
 *   struct image_part image = {.width = 1024, .height = 1024};
 *   image_tokens(IMAGES_GPT_4O, &image);      // 765
 *
 * README.md beside this file has the rules, their sources and which models go by them. */
#ifndef TIERD_ROUTER_IMAGE_TOKENS_H
#define TIERD_ROUTER_IMAGE_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/features/conversation.h"

/* Named after the first model that counts so. Names as in the catalogue's "images". */
enum image_rule {
  IMAGES_BY_FAMILY = 0, /* not stated: what the tokenizer's family does */
  IMAGES_GPT_4O,
  IMAGES_GPT_4O_MINI,
  IMAGES_O1,
  IMAGES_GPT_5,
  IMAGES_GPT_41_MINI,
  IMAGES_GPT_41_NANO,
  IMAGES_O4_MINI,
  IMAGES_GPT_5_MINI,
  IMAGES_GPT_5_NANO,
  IMAGES_GPT_54,
  IMAGES_GPT_55,
  IMAGES_GPT_56,
  IMAGES_CLAUDE,
  IMAGES_CLAUDE_47,
  IMAGES_GEMINI_2,
  IMAGES_GEMINI_3,
  IMAGES_UNKNOWN, /* no rule is known: every image costs what a typical one does elsewhere */
  IMAGE_RULES
};

/* The side of the square that an image of unknown size is counted as. */
enum { IMAGE_TYPICAL_PX = 1024 };

/* At most 2^56, for any size. rule is not IMAGES_BY_FAMILY. */
uint64_t image_tokens(enum image_rule rule, const struct image_part *image);

/* Does the count depend on something that is not known: on the size, where the image has
 * none, or on the rule? */
bool image_tokens_assumed(enum image_rule rule, const struct image_part *image);

/* The name of a rule as the catalogue has it; static. "" for IMAGES_BY_FAMILY. */
const char *image_rule_name(enum image_rule rule);

/* The rule of that name. False when there is none. */
bool image_rule_find(struct span name, enum image_rule *out);

#endif
