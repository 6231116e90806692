/* faults.c - faults of the system, to be had at will in a running daemon.
 *
 * Built as a library for LD_PRELOAD, it stands between the daemon (with libuv) and the C
 * library. The file that $TIERD_FAULTS names is mapped by the daemon and by the test;
 * the test writes what is to fail, and reads what has failed. All is off at first, so
 * the daemon starts undisturbed. Only sockets suffer, and the disk of files that are
 * appended to, which is the decision log: other files and wake-ups are left alone.
 *
 * With FAULTS_WRAP it holds the allocator alone, for a daemon that is linked with
 * --wrap: a sanitizer has an allocator of its own, which no library can stand before.
 * What the faults do to answers is judged by run.py. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* As run.py packs it: 64 bits each, in this order. 0 means off. */
struct faults {
  _Atomic int64_t alloc_at;      /* this allocation fails, counted from 1 */
  _Atomic int64_t alloc_onwards; /* and all after it */
  _Atomic int64_t allocs;        /* counted while alloc_at is set */
  _Atomic int64_t allocs_failed;
  _Atomic int64_t io_bytes_max; /* reads and writes stop after so many bytes */
  _Atomic int64_t io_every;     /* each so many-th of them fails */
  _Atomic int64_t io_error;     /* with this errno */
  _Atomic int64_t io_calls;
  _Atomic int64_t io_hit;       /* that were cut or failed */
  _Atomic int64_t accepts;      /* calls of accept4() */
  _Atomic int64_t wall_shift_s; /* the wall clock is wrong by so much */
  _Atomic int64_t backwards;    /* what is ready at once is reported in reverse order */
  _Atomic int64_t disk_bytes;   /* a write moves so many bytes, once the page is unlocked */
  _Atomic int64_t disk_writes;  /* that have begun to wait for that */
};

static struct faults *faults; /* NULL before start-up and where no test is around */
static int faults_fd = -1;    /* the file with the page, open for its lock */

__attribute__((constructor)) static void attach(void) {
  const char *path = getenv("TIERD_FAULTS");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  void *memory = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    close(fd);
    return;
  }
  faults = memory;
  faults_fd = fd; /* opened now: later the sandbox would not have it */
}

static int alloc_fails(void) {
  if (!faults || faults->alloc_at == 0)
    return 0;
  int64_t number = ++faults->allocs;
  if (number != faults->alloc_at && !(faults->alloc_onwards && number > faults->alloc_at))
    return 0;
  faults->allocs_failed++;
  errno = ENOMEM;
  return 1;
}

#ifdef FAULTS_WRAP
#define ALLOC(name) __wrap_##name
#define REAL_ALLOC(name) __real_##name
#else
#define ALLOC(name) name
#define REAL_ALLOC(name) __libc_##name
#endif

void *REAL_ALLOC(malloc)(size_t size);
void *REAL_ALLOC(calloc)(size_t count, size_t size);
void *REAL_ALLOC(realloc)(void *memory, size_t size);
void *ALLOC(malloc)(size_t size);
void *ALLOC(calloc)(size_t count, size_t size);
void *ALLOC(realloc)(void *memory, size_t size);

void *ALLOC(malloc)(size_t size) {
  return alloc_fails() ? NULL : REAL_ALLOC(malloc)(size);
}

void *ALLOC(calloc)(size_t count, size_t size) {
  return alloc_fails() ? NULL : REAL_ALLOC(calloc)(count, size);
}

void *ALLOC(realloc)(void *memory, size_t size) {
  return alloc_fails() ? NULL : REAL_ALLOC(realloc)(memory, size);
}

#ifndef FAULTS_WRAP

static int is_socket(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* True with errno set when this call is to fail. */
static int io_fails(int fd) {
  if (!faults || (faults->io_every == 0 && faults->io_bytes_max == 0) || !is_socket(fd))
    return 0;
  int64_t number = ++faults->io_calls;
  if (faults->io_every == 0 || number % faults->io_every != 0)
    return 0;
  faults->io_hit++;
  errno = (int)faults->io_error;
  return 1;
}

static size_t io_cut(int fd, size_t size) {
  size_t most = faults ? (size_t)faults->io_bytes_max : 0;
  if (most == 0 || size <= most || !is_socket(fd))
    return size;
  faults->io_hit++;
  return most;
}

/* The C library's own functions, looked up before there are threads: dlsym() takes a lock,
 * and a signal's handler that writes must not find it held by what it interrupted. */
/* clang-format off */
#define FUNCTIONS(X) \
  X(read) \
  X(write) \
  X(readv) \
  X(writev) \
  X(recvmsg) \
  X(sendmsg) \
  X(accept4) \
  X(epoll_wait) \
  X(epoll_pwait) \
  X(clock_gettime) \
  X(gettimeofday)
/* clang-format on */
#define NUMBER(name) AT_##name,
enum { FUNCTIONS(NUMBER) FUNCTIONS_COUNT };

static void *functions[FUNCTIONS_COUNT];

/* Other libraries' constructors may come first, and call something. */
static void *look_up(int at, const char *name) {
  if (!functions[at])
    functions[at] = dlsym(RTLD_NEXT, name);
  return functions[at];
}

__attribute__((constructor)) static void look_up_all(void) {
#define LOOK_UP(name) (void)look_up(AT_##name, #name);
  FUNCTIONS(LOOK_UP)
}

#define NEXT(name) ((__typeof__(&name))look_up(AT_##name, #name))

ssize_t read(int fd, void *bytes, size_t size) {
  return io_fails(fd) ? -1 : NEXT(read)(fd, bytes, io_cut(fd, size));
}

static int is_appended(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (fcntl(fd, F_GETFL) & O_APPEND);
}

/* A slow disk: the write is stuck in the kernel for as long as the test holds the page's lock,
 * and then ends short, in the midst of a line. */
static size_t disk_cut(int fd, size_t size) {
  const size_t most = faults ? (size_t)faults->disk_bytes : 0;
  if (most == 0 || !is_appended(fd))
    return size;
  faults->disk_writes++;
  while (flock(faults_fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  flock(faults_fd, LOCK_UN);
  return size < most ? size : most;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  return io_fails(fd) ? -1 : NEXT(write)(fd, bytes, disk_cut(fd, io_cut(fd, size)));
}

/* Of several pieces, a cut call takes part of the first. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  if (io_fails(fd))
    return -1;
  if (count > 0 && io_cut(fd, pieces[0].iov_len) < pieces[0].iov_len)
    return NEXT(write)(fd, pieces[0].iov_base, io_cut(fd, pieces[0].iov_len));
  return NEXT(writev)(fd, pieces, count);
}

ssize_t readv(int fd, const struct iovec *pieces, int count) {
  if (io_fails(fd))
    return -1;
  if (count > 0 && io_cut(fd, pieces[0].iov_len) < pieces[0].iov_len)
    return NEXT(read)(fd, pieces[0].iov_base, io_cut(fd, pieces[0].iov_len));
  return NEXT(readv)(fd, pieces, count);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  return io_fails(fd) ? -1 : NEXT(recvmsg)(fd, message, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  return io_fails(fd) ? -1 : NEXT(sendmsg)(fd, message, flags);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  if (faults)
    faults->accepts++;
  return io_fails(fd) ? -1 : NEXT(accept4)(fd, address, length, flags);
}

/* The order in which the kernel reports is no promise, so nothing may depend on it. */
static int reorder(struct epoll_event *events, int count) {
  for (int i = 0; faults && faults->backwards && i < count / 2; i++) {
    struct epoll_event event = events[i];
    events[i] = events[count - 1 - i];
    events[count - 1 - i] = event;
  }
  return count;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms) {
  return reorder(events, NEXT(epoll_wait)(fd, events, max, timeout_ms));
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout_ms,
                const sigset_t *signals) {
  return reorder(events, NEXT(epoll_pwait)(fd, events, max, timeout_ms, signals));
}

static time_t shift(void) {
  return faults ? (time_t)faults->wall_shift_s : 0;
}

time_t time(time_t *out) {
  struct timespec now;
  NEXT(clock_gettime)(CLOCK_REALTIME, &now);
  now.tv_sec += shift();
  if (out)
    *out = now.tv_sec;
  return now.tv_sec;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = NEXT(clock_gettime)(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = NEXT(gettimeofday)(now, zone);
  if (result == 0)
    now->tv_sec += shift();
  return result;
}

#endif
