/* member.h - reads the daemon's JSON without trusting it.
 *
 * A member that is missing, null or of another type than expected gives the
 * neutral value named here, so that the views never test for one. NULL is an
 * acceptable object everywhere.
 */
#ifndef TIERD_CTL_MEMBER_H
#define TIERD_CTL_MEMBER_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/buffer.h"

/* Parses text, which json_check() may rewrite in place. The caller owns the tree
 * and frees it with cJSON_Delete(). NULL when it is not one well-formed, bounded
 * JSON text; why then says so for people, with the place. */
enum { MEMBER_WHY_MAX = 160 };
cJSON *ctl_member_parse(struct span text, char why[MEMBER_WHY_MAX]);

/* The member of that exact name, or NULL. null counts as missing. */
const cJSON *ctl_member_get(const cJSON *object, const char *name);

/* A string, valid as long as the tree; fallback when there is none. */
const char *ctl_member_string(const cJSON *object, const char *name, const char *fallback);

/* A number; NAN when there is none. */
double ctl_member_number(const cJSON *object, const char *name);

/* True only when the member is true. */
bool ctl_member_true(const cJSON *object, const char *name);

/* A problem object (RFC 9457) rather than an answer? */
bool ctl_member_is_problem(const cJSON *object);

#endif
