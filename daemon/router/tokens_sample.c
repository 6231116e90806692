/* tokens_sample.c - long texts are counted by a sample of their blocks.
 *
 * Of every few blocks in a row one is read, and the sum is raised by the bytes that were
 * not: stratified sampling with a ratio estimate (Cochran, Sampling Techniques, 3rd ed.,
 * chapters 5 and 6). The block is drawn by its place alone, so a text always counts the
 * same, and a text that repeats itself at a block's length (rows of a table, say) does not
 * show the same part of itself each time. tests/unit/test_tokens_sample.c holds the error. */
#include "classifier/text/cut.h"
#include "classifier/text/splitmix.h"
#include "daemon/router/tokens.h"

/* A multiple of three, for digits make tokens by threes: a text of digits alone, which has
 * no blank to cut at, is cut between tokens. */
enum { BLOCK_BYTES = 252, BLOCKS_PER_DRAW_MAX = 4 };

/* part * whole / read without a product beyond 64 bits, for texts below 4 GB. */
static uint64_t scale_up(uint64_t part, uint64_t whole, uint64_t read) {
  return part / read * whole + part % read * whole / read;
}

void tokens_count_text(struct span text, struct token_counts *counts) {
  if (text.len < TOKENS_WHOLE_BYTES) {
    tokens_scan_text(text, counts);
    return;
  }
  size_t blocks = text.len / (TOKENS_WHOLE_BYTES / 2);
  blocks = blocks < BLOCKS_PER_DRAW_MAX ? blocks : BLOCKS_PER_DRAW_MAX;
  struct token_counts sample = {0};
  uint64_t read = 0;
  for (size_t start = 0; start < text.len; start += blocks * BLOCK_BYTES) {
    size_t drawn = start + (size_t)(splitmix(start) % blocks) * BLOCK_BYTES;
    size_t from = text_cut(text, drawn), to = text_cut(text, drawn + BLOCK_BYTES);
    tokens_scan_text(span_make(text.ptr + from, to - from), &sample); /* may be empty */
    read += to - from;
  }
  for (size_t i = 0; i < TOKENS_PARTS; i++)
    counts->text[i] += scale_up(sample.text[i], text.len, read);
}
