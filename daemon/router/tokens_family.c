/* tokens_family.c - counts to tokens of one vocabulary.
 *
 * Text was counted in tokens of o200k, by kinds. A family's factor for a kind is the
 * ratio of the two vocabularies on texts of that kind, in hundredths. Where nobody has
 * published one, it is 100, and what the caller gets is o200k's count.
 *
 * Sources of the factors:
 *   cl100k    measured with gpt-tokenizer's cl100k_base on the texts that the o200k
 *             tables were fitted to (bench/tokens/README.md)
 *   claude    one page of prose is 503 tokens to Haiku 4.5 and 461 to GPT, a table as CSV
 *             720 and 629 (Hugging Face, JOHNISKING/pdf-token-cost, 2026-10)
 *   claude-4.7 Anthropic: 1.0 to 1.35 times its predecessor's tokens; measured through
 *             count_tokens 1.45 on English prose, 1.13 to 1.33 on code, 1.00 on CJK and
 *             Cyrillic, 1.06 on digits (sol.ava.dev, 2026-04-17); 728 and 913 on the page
 *             and table above
 *   gemini    455 and 777 there; ai.google.dev says four characters a token, as
 *             OpenAI does. Digits stand alone, hence the table
 *   llama3    tiktoken's cl100k with 28,000 further tokens (Llama 3 model card): cl100k's
 *             factors for Latin script, nothing published for the others
 *
 * Images were counted by every rule there is (image_tokens.c); here the model's is taken,
 * or what is usual in the family. Files go by the providers' rules for one page. */
#include "daemon/router/tokens.h"

#include "daemon/router/tokens_tables.h"

/* Tokens, but for factor, which is hundredths of o200k's by token_part. */
struct family {
  const char *name;
  unsigned char factor[TOKENS_PARTS];
  unsigned short file;
  enum image_rule images; /* unless the catalogue says otherwise */
};

/* A file is taken as one page, since nothing is known of its pages: Anthropic counts
 * 1500 to 3000 a page of PDF by its text, Google 258 or, from Gemini 3 on, 560. */
enum { OPENAI_FILE = 1500, CLAUDE_FILE = 2250, GEMINI_FILE = 560 };

static const struct family families[TOKENS_FAMILIES] = {
    [TOKENS_UNKNOWN] = {"unknown", {100, 100, 100, 100, 100, 100}, OPENAI_FILE, IMAGES_UNKNOWN},
    [TOKENS_O200K] = {"o200k", {100, 100, 100, 100, 100, 100}, OPENAI_FILE, IMAGES_GPT_4O},
    [TOKENS_CL100K] = {"cl100k", {100, 155, 130, 100, 100, 100}, OPENAI_FILE, IMAGES_GPT_4O},
    [TOKENS_CLAUDE] = {"claude", {109, 100, 100, 120, 109, 100}, CLAUDE_FILE, IMAGES_CLAUDE},
    [TOKENS_CLAUDE_47] = {"claude-4.7",
                          {158, 120, 100, 127, 125, 100},
                          CLAUDE_FILE,
                          IMAGES_CLAUDE_47},
    [TOKENS_GEMINI] = {"gemini", {100, 100, 100, 200, 100, 100}, GEMINI_FILE, IMAGES_GEMINI_3},
    [TOKENS_LLAMA3] = {"llama3", {100, 100, 100, 100, 100, 100}, OPENAI_FILE, IMAGES_UNKNOWN},
};

/* OpenAI cookbook, "How to count tokens with tiktoken": three a message and one for its
 * role, three that open the reply; the names and brackets of a tool definition are some
 * nine beside its own text. */
enum { PER_MESSAGE = 4, PER_REPLY = 3, PER_TOOL = 9, TOOL_BYTES_PER_TOKEN = 4 };

/* No input is long enough to overflow: 2^58 tokens would need as many bytes, and a
 * factor below 256 leaves the hundredths below 2^64 up to 2^50 tokens. */
static uint64_t text_tokens(const struct token_counts *counts, const struct family *family) {
  const uint64_t whole = (uint64_t)TOKENS_UNIT * 100;
  uint64_t tokens = 0, rest = 0;
  for (int part = 0; part < TOKENS_PARTS; part++) {
    uint64_t count = counts->text[part];
    tokens += count / whole * family->factor[part];
    rest += count % whole * family->factor[part];
  }
  return tokens + (rest + whole / 2) / whole;
}

enum image_rule token_family_images(enum token_family family, enum image_rule images) {
  return images != IMAGES_BY_FAMILY ? images : families[family].images;
}

uint64_t tokens_of_counts(const struct token_counts *counts, enum token_family which,
                          enum image_rule images) {
  const struct family *family = &families[which];
  uint64_t tokens = text_tokens(counts, family);
  tokens += counts->tools_bytes / TOOL_BYTES_PER_TOKEN + (uint64_t)counts->tools * PER_TOOL;
  tokens += counts->image_tokens[token_family_images(which, images)];
  tokens += (uint64_t)counts->files * family->file;
  return tokens + counts->messages * PER_MESSAGE + (counts->framed ? PER_REPLY : 0);
}

const char *token_family_name(enum token_family family) {
  return families[family].name;
}

bool token_family_find(struct span name, enum token_family *out) {
  for (int i = 0; i < TOKENS_FAMILIES; i++) {
    if (!span_is(name, families[i].name))
      continue;
    *out = (enum token_family)i;
    return true;
  }
  return false;
}
