/* tokens.h - how many tokens a text will cost, without a tokenizer.
 *
 * Byte-pair encoders give a common English word one token, split long words and
 * rare scripts, and pack digits by threes. The estimate walks the text once and
 * counts words, digits, marks and characters by script with a rate each; the rates
 * and their source stand in tokens.c. Linear in the input, no allocation. */
#ifndef TIERD_ROUTER_TOKENS_H
#define TIERD_ROUTER_TOKENS_H

#include <stdint.h>

#include "classifier/features/conversation.h"

/* Tokens of one piece of text; 0 for an empty one. Never negative, saturates far
 * above any context window. */
uint64_t tokens_of_text(struct span text);

/* Tokens of a whole request: every turn, the tool definitions, the framing of
 * messages, and a flat rate for images and files, whose size in tokens depends on
 * what they show. */
uint64_t tokens_of_conversation(const struct conversation *conversation);

#endif
