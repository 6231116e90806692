/* listener.c - binding. libuv's uv_pipe_bind() is not used: it cuts long paths
 * silently and knows neither permissions nor stale sockets. */
#include "daemon/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/config/listen_address.h"

/* Holding a lock on PATH.lock means that nobody else serves at PATH. The file
 * stays: removing it would let two processes lock two files of one name. */
static int take_lock(const char *path, char *why, size_t why_size) {
  char lock[128];
  snprintf(lock, sizeof lock, "%s.lock", path);
  int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    snprintf(why, why_size,
             "cannot create %s: %s; does the directory exist, and may this user write there?", lock,
             strerror(errno));
    return -1;
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    snprintf(why, why_size, "another tierd serves at %s; stop it, or choose another --socket",
             path);
    close(fd);
    return -1;
  }
  return fd;
}

static struct sockaddr_un unix_address(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strlen(path) + 1);
  return address;
}

/* With the lock held, a socket at the path is either stale or another program's. */
static bool clear_path(const char *path, char *why, size_t why_size) {
  struct stat status;
  if (lstat(path, &status) != 0)
    return errno == ENOENT || (snprintf(why, why_size, "%s: %s", path, strerror(errno)), false);
  if (!S_ISSOCK(status.st_mode)) {
    snprintf(why, why_size, "%s exists and is no socket; remove it, or choose another --socket",
             path);
    return false;
  }
  struct sockaddr_un address = unix_address(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool alive = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (fd >= 0)
    close(fd);
  if (alive) {
    snprintf(why, why_size, "another program serves at %s", path);
    return false;
  }
  if (unlink(path) != 0 && errno != ENOENT) {
    snprintf(why, why_size, "cannot remove the stale socket %s: %s", path, strerror(errno));
    return false;
  }
  return true;
}

static int bind_unix(const char *path, uint32_t mode) {
  struct sockaddr_un address = unix_address(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  /* The mask keeps the socket closed to others from its first moment. */
  mode_t mask = umask((mode_t)(0777 & ~mode));
  int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
  umask(mask);
  if (bound != 0 || chmod(path, (mode_t)mode) != 0 || listen(fd, SOMAXCONN) != 0) {
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
  }
  return fd;
}

static void note_identity(struct unix_listener *listener) {
  struct stat status;
  if (lstat(listener->path, &status) == 0) {
    listener->device = (uint64_t)status.st_dev;
    listener->inode = (uint64_t)status.st_ino;
  }
}

bool unix_listener_present(const struct unix_listener *listener) {
  struct stat status;
  return lstat(listener->path, &status) == 0 && S_ISSOCK(status.st_mode) &&
         (uint64_t)status.st_dev == listener->device && (uint64_t)status.st_ino == listener->inode;
}

bool unix_listener_open(struct unix_listener *listener, const char *path, uint32_t mode, char *why,
                        size_t why_size) {
  *listener = (struct unix_listener){.fd = -1, .lock_fd = -1};
  if (strlen(path) >= sizeof listener->path) {
    snprintf(why, why_size, "the socket's path is %zu bytes long; the system takes at most %zu",
             strlen(path), sizeof listener->path - 1);
    return false;
  }
  memcpy(listener->path, path, strlen(path) + 1);
  listener->lock_fd = take_lock(path, why, why_size);
  if (listener->lock_fd < 0)
    return false;
  if (clear_path(path, why, why_size)) {
    listener->fd = bind_unix(path, mode);
    if (listener->fd >= 0) {
      note_identity(listener);
      return true;
    }
    snprintf(why, why_size, "cannot bind %s: %s", path, strerror(errno));
  }
  close(listener->lock_fd);
  listener->lock_fd = -1;
  return false;
}

/* lchown(), so that a link that somebody has put there meanwhile is not followed; and only
 * while it is the socket that was bound. */
bool unix_listener_give(const struct unix_listener *listener, uid_t uid, gid_t gid, char *why,
                        size_t why_size) {
  if (unix_listener_present(listener) && lchown(listener->path, uid, gid) == 0 &&
      fchown(listener->lock_fd, uid, gid) == 0)
    return true;
  snprintf(why, why_size, "cannot give the socket %s to its user: %s", listener->path,
           strerror(errno));
  return false;
}

void unix_listener_adopt(struct unix_listener *listener, int fd) {
  struct sockaddr_un address = {0};
  socklen_t len = sizeof address;
  *listener = (struct unix_listener){.fd = fd, .lock_fd = -1};
  /* For messages; one without a name has none to show. */
  if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 || len <= sizeof(sa_family_t))
    return;
  memcpy(listener->path, address.sun_path, sizeof listener->path - 1);
  if (listener->path[0] == '\0') /* an abstract name, as the kernel's tables show them */
    listener->path[0] = '@';
}

bool unix_listener_owns_path(const struct unix_listener *listener) {
  return listener->lock_fd >= 0;
}

void unix_listener_close(struct unix_listener *listener) {
  if (listener->fd < 0)
    return;
  /* The path goes first: who finds it can still connect. Where the directory has been
   * replaced, what stands there may be another daemon's. */
  if (unix_listener_owns_path(listener) && unix_listener_present(listener))
    unlink(listener->path);
  close(listener->fd);
  if (listener->lock_fd >= 0)
    close(listener->lock_fd);
  listener->fd = -1;
  listener->lock_fd = -1;
}

uint16_t tcp_listener_port(int fd) {
  struct sockaddr_storage address;
  socklen_t len = sizeof address;
  char port[8] = "0";
  if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
    getnameinfo((struct sockaddr *)&address, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
  unsigned value = 0;
  for (const char *p = port; *p >= '0' && *p <= '9'; p++)
    value = value * 10 + (unsigned)(*p - '0');
  return (uint16_t)value;
}

static int bind_tcp(const struct addrinfo *info) {
  int on = 1;
  int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
  }
  return fd;
}

int tcp_listener_open(const char *address, uint16_t *port, char *why, size_t why_size) {
  struct listen_address parsed;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  char service[8];
  if (!listen_address_parse(address, &parsed, why, why_size))
    return -1;
  snprintf(service, sizeof service, "%u", (unsigned)parsed.port);
  int error = getaddrinfo(parsed.host, service, &hints, &found);
  if (error != 0) {
    snprintf(why, why_size, "cannot resolve %s: %s", parsed.host, gai_strerror(error));
    return -1;
  }
  int fd = bind_tcp(found);
  if (fd < 0)
    snprintf(why, why_size, "cannot listen on %s: %s", address, strerror(errno));
  else
    *port = tcp_listener_port(fd);
  freeaddrinfo(found);
  return fd;
}
