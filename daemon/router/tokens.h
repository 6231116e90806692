/* tokens.h - how many tokens a request will cost, without a tokenizer.
 *
 *   struct token_counts counts;
 *   tokens_count_conversation(&conversation, &counts);        // once a request
 *   uint64_t input = tokens_of_counts(&counts, TOKENS_O200K, IMAGES_GPT_4O); // once a model
 *
 * The text is cut into pieces the way that o200k_base cuts it, and each piece gets
 * the tokens that its letters let expect (tokens_scan.c). Other vocabularies cut much
 * the same way, and their counts follow by a factor for each kind of text
 * (tokens_family.c). Linear in the input, no allocation, no state. */
#ifndef TIERD_ROUTER_TOKENS_H
#define TIERD_ROUTER_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/features/conversation.h"
#include "daemon/router/image_tokens.h"

/* Vocabularies. Names as in the catalogue's "tokenizer". */
enum token_family {
  TOKENS_UNKNOWN = 0, /* counted as o200k */
  TOKENS_O200K,       /* GPT-4o and later */
  TOKENS_CL100K,      /* GPT-4, GPT-3.5 */
  TOKENS_CLAUDE,      /* Claude up to 4.6, Haiku 4.5 */
  TOKENS_CLAUDE_47,   /* Claude from Opus 4.7 on */
  TOKENS_GEMINI,
  TOKENS_LLAMA3,
  TOKENS_FAMILIES
};

/* Kinds of text whose price differs from family to family. */
enum token_part {
  TOKENS_WORDS_ASCII, /* words of ASCII letters, with their space */
  TOKENS_WORDS_OTHER, /* words with any other letter, but for CJK */
  TOKENS_CJK,         /* Han, kana, Hangul */
  TOKENS_DIGITS,
  TOKENS_MARKS, /* punctuation, symbols, emoji, bytes that are not UTF-8 */
  TOKENS_SPACES,
  TOKENS_PARTS
};

/* All that the count of any family follows from. Zeroed, it is an empty request. */
struct token_counts {
  uint64_t text[TOKENS_PARTS]; /* 1/64 of an o200k token */
  uint64_t tools_bytes;
  uint64_t messages;
  uint64_t image_tokens[IMAGE_RULES];   /* of all images; [IMAGES_BY_FAMILY] is not used */
  uint32_t images_assumed[IMAGE_RULES]; /* how many of them that took for granted */
  uint32_t tools;
  uint32_t images;
  uint32_t files;
  bool framed; /* a whole request, with the tokens that open the reply */
};

/* Adds what one text costs, by reading all of it. Counts the same for the same bytes,
 * whatever came before. */
void tokens_scan_text(struct span text, struct token_counts *counts);

/* A text shorter than this is read whole; of a longer one blocks are drawn. */
enum { TOKENS_WHOLE_BYTES = 16384 };

/* The same, but by a sample of a long text: a quarter of it, or TOKENS_WHOLE_BYTES / 2 if
 * that is more. */
void tokens_count_text(struct span text, struct token_counts *counts);

/* Fills counts: every turn, the tool definitions, framing, images and files. */
void tokens_count_conversation(const struct conversation *conversation,
                               struct token_counts *counts);

/* Tokens in that family's vocabulary, rounded to the nearest, with images by the rule.
 * Never negative; cannot overflow for any input that fits into memory. */
uint64_t tokens_of_counts(const struct token_counts *counts, enum token_family family,
                          enum image_rule images);

/* The rule that images go by: the one given, unless it is IMAGES_BY_FAMILY. */
enum image_rule token_family_images(enum token_family family, enum image_rule images);

/* Both steps for one text and o200k; 0 for an empty one. */
uint64_t tokens_of_text(struct span text);

/* The same by the number of bytes alone, for who has no time to look at them. */
void tokens_guess_conversation(const struct conversation *conversation,
                               struct token_counts *counts);

/* Both steps for a request and o200k. */
uint64_t tokens_of_conversation(const struct conversation *conversation);

/* The name of a family as the catalogue has it; static. */
const char *token_family_name(enum token_family family);

/* The family of that name. False when there is none. */
bool token_family_find(struct span name, enum token_family *out);

#endif
