/* answer.h - the one answer that tierd-null ever gives. */
#ifndef TIERD_BENCH_NULL_ANSWER_H
#define TIERD_BENCH_NULL_ANSWER_H

#include <stddef.h>

enum { NULL_ANSWER_ROOM = 4096 };

/* Writes head and body of a decision into out, NULL_ANSWER_ROOM bytes; returns the
 * length. */
size_t null_answer_write(char *out);

#endif
