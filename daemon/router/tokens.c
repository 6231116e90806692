/* tokens.c - a request as counts, and counts as tokens of o200k.
 *
 * Turns go through tokens_scan.c one by one; tools, messages, images and files are only
 * counted here. What each of them costs depends on who reads it: tokens_family.c. */
#include "daemon/router/tokens.h"

#include "daemon/router/tokens_tables.h"

/* Of English; other languages have more bytes and fewer characters to a token. */
enum { GUESS_BYTES = 4 };

/* All but the texts. */
static struct token_counts counts_without_text(const struct conversation *conversation) {
  return (struct token_counts){
      .tools_bytes = conversation->tools_bytes,
      .tools = conversation->tools_count,
      .images = conversation->images_count,
      .images_low = conversation->images_low,
      .files = conversation->files_count,
      .framed = true,
  };
}

void tokens_guess_conversation(const struct conversation *conversation,
                               struct token_counts *counts) {
  *counts = counts_without_text(conversation);
  for (size_t i = 0; i < conversation->turns_count; i++) {
    counts->text[TOKENS_WORDS_ASCII] +=
        (uint64_t)conversation->turns[i].text.len * TOKENS_UNIT / GUESS_BYTES;
    counts->messages += conversation->turns[i].starts_message;
  }
}

void tokens_count_conversation(const struct conversation *conversation,
                               struct token_counts *counts) {
  *counts = counts_without_text(conversation);
  for (size_t i = 0; i < conversation->turns_count; i++) {
    tokens_count_text(conversation->turns[i].text, counts);
    counts->messages += conversation->turns[i].starts_message;
  }
}

uint64_t tokens_of_text(struct span text) {
  struct token_counts counts = {0};
  tokens_count_text(text, &counts);
  uint64_t tokens = tokens_of_counts(&counts, TOKENS_O200K);
  /* Few characters of CJK can round to nothing, which no text costs. */
  return text.len > 0 && tokens == 0 ? 1 : tokens;
}

uint64_t tokens_of_conversation(const struct conversation *conversation) {
  struct token_counts counts;
  tokens_count_conversation(conversation, &counts);
  return tokens_of_counts(&counts, TOKENS_O200K);
}
