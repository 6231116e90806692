/* account.c - names and numbers of users to their ids.
 *
 * The system's list is asked with a buffer of our own; what is then done with the ids is
 * the business of privileges.c and ownership.c, and of daemon/net for its clients. */
#include "daemon/ops/account.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config/quote.h"

enum { ENTRY_BYTES = 16 * 1024 };

/* By hand: strtoul() takes signs and blanks, and wraps round where long has 32 bits. */
static bool parse_number(const char *text, uid_t *out) {
  uint64_t number = 0;
  const size_t len = strlen(text);
  if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
    return false;
  for (size_t i = 0; i < len; i++)
    number = number * 10 + (uint64_t)(text[i] - '0');
  /* The last one means "leave it as it is" to the system. */
  *out = (uid_t)number;
  return number < UINT32_MAX;
}

/* A name that consists of digits is looked for as a name first, as chown(1) does it. */
bool account_find(struct account *out, struct span name, char *why, size_t why_size) {
  struct passwd entry, *found = NULL;
  /* A longer entry is an error of the system's, ERANGE, and told as such. */
  char bytes[ENTRY_BYTES];
  *out = (struct account){.gid = (gid_t)-1};
  if (name.len == 0 || name.len >= sizeof out->name) {
    snprintf(why, why_size, "is no user: expected a name of 1 to %d bytes, or a number",
             ACCOUNT_NAME_MAX - 1);
    return false;
  }
  memcpy(out->name, name.ptr, name.len);
  int error = getpwnam_r(out->name, &entry, bytes, sizeof bytes, &found);
  const bool number = !found && parse_number(out->name, &out->uid);
  if (number)
    error = getpwuid_r(out->uid, &entry, bytes, sizeof bytes, &found);
  /* The system's spelling of the name, which messages and logs then share. */
  if (found) {
    out->uid = entry.pw_uid;
    out->gid = entry.pw_gid;
    snprintf(out->name, sizeof out->name, "%.*s", ACCOUNT_NAME_MAX - 1, entry.pw_name);
  }
  if (found || number)
    return true;
  /* Some systems call an unknown user an error of one sort or another. */
  const bool absent =
      error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
  snprintf(why, why_size, "is no user of this system%s%s", absent ? "" : ": ",
           absent ? "" : strerror(error));
  return false;
}

/* The one that runs already; a process may have a number that has no name. */
static void keep(struct account *out, uid_t euid) {
  char number[ACCOUNT_NAME_MAX], ignored[128];
  snprintf(number, sizeof number, "%lu", (unsigned long)euid);
  if (!account_find(out, span_of(number), ignored, sizeof ignored))
    *out = (struct account){0};
  out->uid = euid;
  out->gid = getegid();
}

bool account_choose(struct account *out, const struct config *config, uid_t euid, char *why,
                    size_t why_size) {
  struct quoted shown;
  char detail[128];
  /* A plain user cannot become another one, so --user is not even looked at. */
  if (euid != 0 || config->allow_root) {
    keep(out, euid);
    return true;
  }
  quote(&shown, span_of(config->user));
  if (!account_find(out, span_of(config->user), detail, sizeof detail)) {
    snprintf(why, why_size,
             "started as root, but --user \"%s\" %s; make one (useradd --system tierd), name "
             "another (--user nobody), or stay root on purpose (--allow-root)",
             shown.text, detail);
    return false;
  }
  /* Each of these would leave rights of root behind, or none to take. */
  if (out->uid == 0 || out->gid == 0 || out->gid == (gid_t)-1) {
    snprintf(why, why_size,
             "started as root, and --user \"%s\" %s; name a user that is not, or stay root on "
             "purpose (--allow-root)",
             shown.text,
             out->uid == 0   ? "is root too"
             : out->gid == 0 ? "is of root's group"
                             : "has no group, being a number that the system does not list");
    return false;
  }
  out->become = true;
  return true;
}
