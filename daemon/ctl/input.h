/* input.h - the files that the user names: whole ones, and batches by the line. */
#ifndef TIERD_CTL_INPUT_H
#define TIERD_CTL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daemon/ctl/args.h"
#include "daemon/ctl/buffer.h"

enum { INPUT_WHY_MAX = 400, INPUT_LINE_BYTES_MAX = 8 << 20 };

/* Appends the file's content to content; "-" is stdin. False with why filled. */
bool ctl_input_read(const char *path, struct ctl_buffer *content, char why[INPUT_WHY_MAX]);

/* A batch on its way out, read as the connection takes it. */
struct ctl_input_batch {
  FILE *file;
  bool owned; /* not stdin: close it */
  const struct args_routing *routing;
  bool rewrite;            /* options are to be added to each line */
  struct ctl_buffer line;  /* one line of the file */
  struct ctl_buffer out;   /* what is to be sent for it */
  size_t sent;             /* bytes of out that have gone */
  size_t line_number;      /* of line, from 1 */
  char why[INPUT_WHY_MAX]; /* "" while nothing has failed */
};

/* Opens the file. routing is borrowed until close. False with batch->why filled;
 * close it all the same. */
bool ctl_input_batch_open(struct ctl_input_batch *batch, const char *path,
                          const struct args_routing *routing);

/* Bytes that will be sent in all, or -1 when that is not known beforehand. */
long long ctl_input_batch_bytes(const struct ctl_input_batch *batch);

/* Is it a file, which never keeps the reader waiting? */
bool ctl_input_batch_is_file(const struct ctl_input_batch *batch);

/* The next bytes, up to size; 0 at the end or after a failure, which leaves
 * batch->why filled. */
size_t ctl_input_batch_read(struct ctl_input_batch *batch, char *out, size_t size);

void ctl_input_batch_close(struct ctl_input_batch *batch);

#endif
