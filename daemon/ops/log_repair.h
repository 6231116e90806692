/* log_repair.h - a log that a killed process left with half a line. */
#ifndef TIERD_OPS_LOG_REPAIR_H
#define TIERD_OPS_LOG_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How every line of the log begins. */
#define LOG_LINE_PREFIX "{\"time\":"

/* If the regular file at fd, open for reading and writing, does not end in a line
 * feed, cuts what follows the last one. *size becomes the size in bytes, *cut the
 * bytes removed, 0 when all was well. Refuses to cut what tierd cannot have written.
 * False with why filled, without the file's name. */
bool log_repair(int fd, uint64_t *size, uint64_t *cut, char *why, size_t why_size);

#endif
