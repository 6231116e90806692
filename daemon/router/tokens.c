/* tokens.c - a request as counts, and counts as tokens of o200k.
 *
 * Turns go through tokens_scan.c one by one, images through image_tokens.c; tools, messages
 * and files are only counted here. What each of them costs depends on who reads it:
 * tokens_family.c. */
#include "daemon/router/tokens.h"

#include "daemon/router/tokens_tables.h"

/* Of English; other languages have more bytes and fewer characters to a token. */
enum { GUESS_BYTES = 4 };

/* As any model might count them: which ones are asked is not known here, and each of
 * the rules is little work beside reading the image's part of the request. */
static void count_image(const struct image_part *image, uint64_t times,
                        struct token_counts *counts) {
  for (int i = IMAGES_BY_FAMILY + 1; i < IMAGE_RULES; i++) {
    const enum image_rule rule = (enum image_rule)i;
    counts->image_tokens[rule] += times * image_tokens(rule, image);
    if (image_tokens_assumed(rule, image))
      counts->images_assumed[rule] += (uint32_t)times;
  }
}

static void count_images(const struct conversation *conversation, struct token_counts *counts) {
  uint32_t plain = 0;
  for (uint32_t i = 0; i < conversation->images_count; i++) {
    const struct image_part *image = conversation->images ? &conversation->images[i] : NULL;
    if (image != NULL && (image->width != 0 || image->detail != IMAGE_AUTO))
      count_image(image, 1, counts);
    else
      plain++;
  }
  /* Of those nothing is known, so all are alike, however many. */
  if (plain > 0)
    count_image(&(struct image_part){0}, plain, counts);
}

/* All but the texts. */
static void count_without_text(const struct conversation *conversation,
                               struct token_counts *counts) {
  *counts = (struct token_counts){
      .tools_bytes = conversation->tools_bytes,
      .tools = conversation->tools_count,
      .images = conversation->images_count,
      .files = conversation->files_count,
      .framed = true,
  };
  if (conversation->images_count > 0)
    count_images(conversation, counts);
}

void tokens_guess_conversation(const struct conversation *conversation,
                               struct token_counts *counts) {
  count_without_text(conversation, counts);
  for (size_t i = 0; i < conversation->turns_count; i++) {
    counts->text[TOKENS_WORDS_ASCII] +=
        (uint64_t)conversation->turns[i].text.len * TOKENS_UNIT / GUESS_BYTES;
    counts->messages += conversation->turns[i].starts_message;
  }
}

void tokens_count_conversation(const struct conversation *conversation,
                               struct token_counts *counts) {
  count_without_text(conversation, counts);
  for (size_t i = 0; i < conversation->turns_count; i++) {
    tokens_count_text(conversation->turns[i].text, counts);
    counts->messages += conversation->turns[i].starts_message;
  }
}

uint64_t tokens_of_text(struct span text) {
  struct token_counts counts = {0};
  tokens_count_text(text, &counts);
  uint64_t tokens = tokens_of_counts(&counts, TOKENS_O200K, IMAGES_BY_FAMILY);
  /* Few characters of CJK can round to nothing, which no text costs. */
  return text.len > 0 && tokens == 0 ? 1 : tokens;
}

uint64_t tokens_of_conversation(const struct conversation *conversation) {
  struct token_counts counts;
  tokens_count_conversation(conversation, &counts);
  return tokens_of_counts(&counts, TOKENS_O200K, IMAGES_BY_FAMILY);
}
