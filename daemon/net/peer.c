/* peer.c - the list of --allow-uid, and the kernel's word on who has connected.
 *
 * The users are those of the processes that called connect(), by the kernel, so that no
 * client can say otherwise. One that hands its socket on to another has made that choice
 * itself. What becomes of who may not is the business of conn.c. */
#include "daemon/net/peer.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/config/quote.h"
#include "daemon/ops/account.h"

static bool add(struct peer_list *out, struct span name, char *why, size_t why_size) {
  struct account account;
  struct quoted shown;
  char detail[160];
  quote(&shown, name);
  if (!account_find(&account, name, detail, sizeof detail)) {
    snprintf(why, why_size, "--allow-uid: \"%s\" %s", shown.text, detail);
    return false;
  }
  if (out->count == PEER_USERS_MAX) {
    snprintf(why, why_size,
             "--allow-uid: more than %d users; use --socket-mode and a group instead",
             PEER_USERS_MAX);
    return false;
  }
  out->users[out->count++] = account.uid;
  return true;
}

bool peer_list_parse(struct peer_list *out, const char *list, char *why, size_t why_size) {
  *out = (struct peer_list){0};
  if (*list == '\0')
    return true;
  for (;;) {
    const size_t len = strcspn(list, ",");
    /* An empty entry is an error too: a list must not get wider than was written. */
    if (!add(out, span_make(list, len), why, why_size))
      return false;
    if (list[len] == '\0')
      return true;
    list += len + 1;
  }
}

bool peer_may(const struct peer_list *list, int fd) {
  struct ucred peer;
  socklen_t len = sizeof peer;
  if (list->count == 0)
    return true;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof peer)
    return false;
  for (size_t i = 0; i < list->count; i++)
    if (list->users[i] == peer.uid)
      return true;
  return false;
}
