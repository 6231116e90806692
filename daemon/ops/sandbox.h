/* sandbox.h - confines the daemon to the files and system calls that it needs.
 *
 * What it is confined to is said in one text for people, as the kernel allows more or less
 * of it. */
#ifndef TIERD_OPS_SANDBOX_H
#define TIERD_OPS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config/config.h"

struct sandbox_report {
  char text[224]; /* what is in force, and what is not and why */
};

/* By config->sandbox. Model, catalogue, config_path (NULL for none) and sandbox_read may be
 * read, log, state and socket written, each in the directory that it stands in. For the time
 * before there are threads, with no new privileges set. False with why filled when something
 * was required and cannot be had. */
bool sandbox_enter(const struct config *config, const char *config_path,
                   struct sandbox_report *report, char *why, size_t why_size);

/* Is it the sandbox, and not the file's mode, that keeps the daemon from reading path? */
bool sandbox_hides(const char *path);

#endif
