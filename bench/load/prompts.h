/* prompts.h - prompts made from a seed: mixed in kind, length and script.
 *
 * For load alone: they exercise the paths that real prompts do and mean nothing. */
#ifndef TIERD_BENCH_PROMPTS_H
#define TIERD_BENCH_PROMPTS_H

#include <stddef.h>
#include <stdint.h>

enum { PROMPT_BYTES_MEAN = 445, PROMPT_BYTES_LEAST = 24, PROMPT_BYTES_MOST = 2400 };

/* How long the index-th prompt of a seed is to be: long tailed, PROMPT_BYTES_MEAN on
 * average over many. */
size_t prompts_length(uint64_t seed, uint64_t index);

/* Writes exactly len bytes of UTF-8 that stand in a JSON string as they are. The same
 * seed, index and len give the same bytes. Not NUL-terminated. */
void prompts_write(uint64_t seed, uint64_t index, char *out, size_t len);

#endif
