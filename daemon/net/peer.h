/* peer.h - which users may use the Unix socket. */
#ifndef TIERD_NET_PEER_H
#define TIERD_NET_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PEER_USERS_MAX = 64 };

struct peer_list {
  uid_t users[PEER_USERS_MAX];
  size_t count; /* 0: everybody may */
};

/* Reads "name,name,number". False with why filled: an entry is no user, or there are too
 * many. Looks users up, see account_find(). */
bool peer_list_parse(struct peer_list *out, const char *list, char *why, size_t why_size);

/* May the process at the other end of a connected Unix socket, whose user is the one that
 * it had when it connected? One of whom the kernel tells nothing may not. */
bool peer_may(const struct peer_list *list, int fd);

#endif
