/* listener.h - the sockets that tierd listens on, bound once and shared by all
 * workers. */
#ifndef TIERD_NET_LISTENER_H
#define TIERD_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unix_listener {
  int fd;      /* -1 when not open */
  int lock_fd; /* of PATH.lock, held as long as the socket is ours; -1 when it is not */
  char path[108];
  uint64_t device, inode; /* of the socket that was made at path */
};

/* Binds a Unix socket with the given permission bits. A second tierd on the same
 * path is refused; a socket that a dead one left behind is replaced; anything else
 * at the path is left alone and refused. False with why filled on failure. */
bool unix_listener_open(struct unix_listener *listener, const char *path, uint32_t mode, char *why,
                        size_t why_size);

/* Makes the socket and its lock belong to a user and a group; as root. False with why
 * filled. */
bool unix_listener_give(const struct unix_listener *listener, uid_t uid, gid_t gid, char *why,
                        size_t why_size);

/* Takes over a listening socket that somebody else has bound, and whose path is that
 * one's to remove. */
void unix_listener_adopt(struct unix_listener *listener, int fd);

/* Is the path this process's own to watch and to remove? */
bool unix_listener_owns_path(const struct unix_listener *listener);

/* Is the socket that was bound still to be found at its path? */
bool unix_listener_present(const struct unix_listener *listener);

/* Closes the socket and removes it from the file system, if it is still there. */
void unix_listener_close(struct unix_listener *listener);

/* Binds TCP; address is "HOST:PORT". *port is the port that was bound, which the
 * kernel chose when PORT is 0. -1 with why filled on failure. */
int tcp_listener_open(const char *address, uint16_t *port, char *why, size_t why_size);

/* The port of a bound TCP socket. */
uint16_t tcp_listener_port(int fd);

#endif
