/* request_body.h - the JSON that /v1/route is sent.
 *
 *   struct ctl_buffer body;
 *   ctl_buffer_init(&body, REQUEST_BODY_BYTES_MAX);
 *   if (!request_body_of_prompt(&body, span_of("hello"), &args->routing, why)) ...
 *
 * Each function appends to body and returns false with why filled for people.
 */
#ifndef TIERD_CTL_REQUEST_BODY_H
#define TIERD_CTL_REQUEST_BODY_H

#include <stdbool.h>

#include "daemon/ctl/args.h"
#include "daemon/ctl/buffer.h"

enum { REQUEST_BODY_BYTES_MAX = 64 << 20, REQUEST_BODY_WHY_MAX = 240 };

/* {"prompt": ..., "routing": {...}}. The prompt must be UTF-8 without NUL. */
bool request_body_of_prompt(struct ctl_buffer *body, struct span prompt,
                            const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]);

/* A file's content: one JSON object is a body, to which the options are added and
 * which stays byte for byte when there are none; anything else is a prompt. */
bool request_body_of_file(struct ctl_buffer *body, struct span content,
                          const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]);

/* A line of a batch, without its line feed: the options are added to an object;
 * what is none goes out as it is, for the daemon to answer with a problem. */
bool request_body_of_line(struct ctl_buffer *body, struct span line,
                          const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]);

#endif
