/* install_key.h - the random key of this installation, kept in a file.
 *
 * The key must outlive the process, or the hashes in the log would change with
 * every start; and it must not lie where the log goes when the log is shared. */
#ifndef TIERD_OPS_INSTALL_KEY_H
#define TIERD_OPS_INSTALL_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ops/keyed_hash.h"

#define INSTALL_KEY_FILE "log.key"

/* Reads DIRECTORY/log.key, or makes it (mode 0600), and the directory (0700) if only
 * its last part is missing. A file that others may read is refused. False with why
 * filled. */
bool install_key_load(const char *directory, struct hash_key *key, char *why, size_t why_size);

#endif
