/* client.c - connections, the schedule, and the loop that serves both.
 *
 *   send_due() → connection busy → on_readable() → response_read() → finish() → idle → ...
 *
 * One thread and one epoll. A connection has one request under way at most. The loop
 * runs through warm-up and duration and then waits for the answers still to come.
 * Samples of CPU time are taken when the clock passes the two ends of the duration. */
#include "bench/load/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/process.h"
#include "bench/load/response.h"

enum { READ_BYTES = 256 * 1024, EVENTS = 64, FAILURES_MAX = 1000 };

static const uint64_t second_ns = 1000000000, nap_ns = 100000000;

struct client_conn {
  int fd; /* -1 while not connected */
  bool busy;
  bool counted;         /* its request is due within the duration */
  bool wants_write;     /* epoll tells when it can be written to */
  uint64_t intended_ns; /* when its request was due */
  struct span unsent;
  struct response response;
};

/* Where things stood at one end of the duration. */
struct sample {
  uint64_t at_ns, answered, server_ns, client_ns;
  bool server_known;
};

struct client {
  const struct load_plan *plan;
  struct load_result *result;
  struct client_conn *conns;
  size_t *idle; /* a stack of indices */
  size_t idle_count;
  int epoll;
  uint64_t start_ns, from_ns, until_ns; /* begin, end of warm-up, end of duration */
  uint64_t give_up_ns;                  /* end of the wait for the last answers */
  uint64_t due;                         /* requests that the schedule has begun */
  uint64_t answered_ever, failed_ever;
  size_t counted_busy; /* counted requests that are under way */
  size_t next_request;
  struct sample first, last;
  bool broken; /* give up; result->failure says why */
  char *bytes; /* READ_BYTES */
};

static uint64_t now_ns(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * second_ns + (uint64_t)t.tv_nsec;
}

static void note_failure(struct client *client, const char *what) {
  struct load_result *result = client->result;
  client->failed_ever++;
  if (result->failure[0] == '\0')
    (void)snprintf(result->failure, sizeof result->failure, "%s", what);
  /* A server that is gone would else be knocked at until the end. */
  client->broken |= client->failed_ever >= FAILURES_MAX;
}

/* ---- connections */

/* Level-triggered: what one read leaves behind is told of again, so a read an event
 * is enough and none is spent on finding out that there is no more. */
static bool watch(struct client *client, size_t index, bool write, int operation) {
  struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0u), .data.u64 = index};
  client->conns[index].wants_write = write;
  return epoll_ctl(client->epoll, operation, client->conns[index].fd, &event) == 0;
}

/* A server that refuses a connection ends the run: figures with fewer connections
 * than asked for would mislead. */
static bool open_conn(struct client *client, size_t index) {
  struct client_conn *conn = &client->conns[index];
  conn->fd = target_connect(client->plan->target);
  conn->busy = false;
  if (conn->fd < 0 || !watch(client, index, false, EPOLL_CTL_ADD)) {
    note_failure(client, strerror(errno));
    client->broken = true;
    return false;
  }
  client->idle[client->idle_count++] = index;
  return true;
}

/* Closes it and connects anew, for the next request. */
static void reopen(struct client *client, size_t index) {
  close(client->conns[index].fd);
  client->conns[index].fd = -1;
  open_conn(client, index);
}

static void leave_idle(struct client *client, size_t index) {
  size_t at = 0;
  while (at < client->idle_count && client->idle[at] != index)
    at++;
  if (at < client->idle_count)
    client->idle[at] = client->idle[--client->idle_count];
}

static void fail_request(struct client *client, size_t index, const char *what) {
  struct client_conn *conn = &client->conns[index];
  client->result->failed += conn->busy && conn->counted;
  client->counted_busy -= conn->busy && conn->counted;
  note_failure(client, what);
  if (!conn->busy)
    leave_idle(client, index); /* where reopen() puts it again */
  reopen(client, index);
}

/* ---- requests */

/* Sends as much as the socket takes; epoll says when it takes more. */
static void push(struct client *client, size_t index) {
  struct client_conn *conn = &client->conns[index];
  ssize_t sent = send(conn->fd, conn->unsent.ptr, conn->unsent.len, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    fail_request(client, index, strerror(errno));
    return;
  }
  if (sent > 0) {
    conn->unsent.ptr += sent;
    conn->unsent.len -= (size_t)sent;
    client->result->bytes_out += conn->counted ? (uint64_t)sent : 0;
  }
  bool rest = conn->unsent.len > 0;
  if (rest != conn->wants_write)
    watch(client, index, rest, EPOLL_CTL_MOD);
}

/* On the connection that was idle for the shortest time, whose memory is warmest. */
static void start_request(struct client *client, uint64_t intended_ns) {
  const struct requests *requests = client->plan->requests;
  size_t index = client->idle[--client->idle_count];
  struct client_conn *conn = &client->conns[index];
  conn->busy = true;
  conn->intended_ns = intended_ns;
  conn->counted = intended_ns >= client->from_ns && intended_ns < client->until_ns;
  conn->unsent = requests->items[client->next_request];
  client->next_request = (client->next_request + 1) % requests->count;
  client->result->requests += conn->counted;
  client->counted_busy += conn->counted;
  response_begin(&conn->response);
  push(client, index);
}

/* When the schedule's next request is due: from the start each time, so that no
 * rounding adds up. */
static uint64_t due_ns(const struct client *client) {
  return client->start_ns +
         (uint64_t)((double)client->due * ((double)second_ns / client->plan->rate));
}

/* Sends what is due and has a connection; in a closed loop, on all that are idle. */
static void send_due(struct client *client) {
  uint64_t now = now_ns(CLOCK_MONOTONIC);
  while (client->idle_count > 0 && !client->broken) {
    uint64_t at = client->plan->rate > 0 ? due_ns(client) : now;
    if (at > now || at >= client->until_ns)
      return;
    client->due++;
    start_request(client, at);
  }
}

/* The answer is whole: count it, and let the connection be used again at once. */
static void finish(struct client *client, size_t index) {
  struct client_conn *conn = &client->conns[index];
  uint64_t now = now_ns(CLOCK_MONOTONIC);
  int status = conn->response.status;
  client->answered_ever++;
  if (conn->counted) {
    client->counted_busy--;
    client->result->answered++;
    client->result->statuses[status]++;
    if (status == 200)
      histogram_record(&client->result->latency_ns, now - conn->intended_ns);
  }
  conn->busy = false;
  if (conn->response.close)
    reopen(client, index);
  else
    client->idle[client->idle_count++] = index;
  send_due(client);
}

/* ---- events */

static void on_readable(struct client *client, size_t index) {
  struct client_conn *conn = &client->conns[index];
  ssize_t count = recv(conn->fd, client->bytes, READ_BYTES, 0);
  if (count < 0 && errno == EAGAIN)
    return;
  if (count <= 0 || !conn->busy) {
    fail_request(client, index,
                 count < 0    ? strerror(errno)
                 : count == 0 ? "the server closed the connection"
                              : "the server sent bytes that nobody asked for");
    return;
  }
  client->result->bytes_in += conn->counted ? (uint64_t)count : 0;
  switch (response_read(&conn->response, client->bytes, (size_t)count)) {
  case RESPONSE_MORE:
    return;
  case RESPONSE_DONE:
    finish(client, index);
    return;
  case RESPONSE_BAD:
    fail_request(client, index, conn->response.why);
    return;
  }
}

/* How long to sleep: until the next request is due, less the time to spin; or, when
 * only answers are awaited, until something has to be looked at again. */
static uint64_t sleep_ns(const struct client *client, uint64_t now) {
  uint64_t until = now + nap_ns;
  if (client->plan->poll)
    return 0;
  if (client->first.at_ns == 0 && client->from_ns < until)
    until = client->from_ns;
  if (client->last.at_ns == 0 && client->until_ns < until)
    until = client->until_ns;
  if (client->last.at_ns != 0 && client->give_up_ns < until)
    until = client->give_up_ns;
  if (client->plan->rate > 0 && client->idle_count > 0) {
    uint64_t due = due_ns(client) - client->plan->spin_ns;
    if (due < until && due < client->until_ns)
      until = due;
  }
  return until > now ? until - now : 0;
}

static void wait_events(struct client *client) {
  struct epoll_event events[EVENTS];
  uint64_t ns = sleep_ns(client, now_ns(CLOCK_MONOTONIC));
  struct timespec timeout = {.tv_sec = (time_t)(ns / second_ns), .tv_nsec = (long)(ns % second_ns)};
  int count = epoll_pwait2(client->epoll, events, EVENTS, &timeout, NULL);
  for (int i = 0; i < count && !client->broken; i++) {
    size_t index = (size_t)events[i].data.u64;
    if ((events[i].events & EPOLLOUT) && client->conns[index].wants_write)
      push(client, index);
    if (events[i].events & ~(uint32_t)EPOLLOUT)
      on_readable(client, index);
  }
}

/* ---- the run */

static void take_sample(struct client *client, struct sample *sample, uint64_t now) {
  pid_t server = client->plan->server;
  sample->at_ns = now;
  sample->answered = client->answered_ever;
  sample->client_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  sample->server_known = server > 0 && process_cpu_ns(server, &sample->server_ns);
}

/* True when all is sent and answered, or nobody believes in an answer any more. */
static bool done(struct client *client) {
  uint64_t now = now_ns(CLOCK_MONOTONIC);
  if (client->first.at_ns == 0 && now >= client->from_ns)
    take_sample(client, &client->first, now);
  if (client->last.at_ns == 0 && now >= client->until_ns)
    take_sample(client, &client->last, now);
  if (client->broken)
    return true;
  if (now < client->until_ns)
    return false;
  bool all_begun = client->plan->rate <= 0 || due_ns(client) >= client->until_ns;
  return (all_begun && client->counted_busy == 0) || now >= client->give_up_ns;
}

/* Requests that never found a connection are as unfinished as those under way. */
static void count_unfinished(struct client *client) {
  client->result->unfinished = client->counted_busy;
  if (client->plan->rate <= 0)
    return;
  for (; due_ns(client) < client->until_ns; client->due++) {
    if (due_ns(client) < client->from_ns)
      continue;
    client->result->requests++;
    client->result->unfinished++;
  }
}

/* Rates and CPU times count every answer between the two samples, whenever its request
 * was due, since the CPU time cannot be told apart by request. */
static void sum_up(struct client *client) {
  struct load_result *result = client->result;
  const struct sample *a = &client->first, *b = &client->last;
  double answers = (double)(b->answered - a->answered);
  double span_s = (double)(b->at_ns - a->at_ns) / (double)second_ns;
  result->answers_per_s = span_s > 0 ? answers / span_s : 0;
  result->client_cpu_ns = answers > 0 ? (double)(b->client_ns - a->client_ns) / answers : -1;
  bool known = a->server_known && b->server_known && answers > 0;
  result->server_cpu_ns = known ? (double)(b->server_ns - a->server_ns) / answers : -1;
  count_unfinished(client);
}

/* All connections stand before the clock starts. */
static bool prepare(struct client *client) {
  size_t count = client->plan->connections;
  client->epoll = epoll_create1(EPOLL_CLOEXEC);
  client->conns = calloc(count, sizeof *client->conns);
  client->idle = calloc(count, sizeof *client->idle);
  client->bytes = malloc(READ_BYTES);
  if (client->epoll < 0 || !client->conns || !client->idle || !client->bytes) {
    note_failure(client, "out of memory or file descriptors");
    return false;
  }
  for (size_t i = 0; i < count; i++)
    client->conns[i].fd = -1;
  for (size_t i = 0; i < count; i++)
    if (!open_conn(client, i))
      return false;
  return true;
}

static void tear_down(struct client *client) {
  for (size_t i = 0; client->conns && i < client->plan->connections; i++)
    if (client->conns[i].fd >= 0)
      close(client->conns[i].fd);
  if (client->epoll >= 0)
    close(client->epoll);
  free(client->conns);
  free(client->idle);
  free(client->bytes);
}

bool client_run(const struct load_plan *plan, struct load_result *result, char *why,
                size_t why_size) {
  struct client client = {.plan = plan, .result = result, .epoll = -1};
  /* The kernel otherwise wakes a sleeper up to 50 µs late to spare itself timers. */
  (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  bool ok = prepare(&client);
  if (ok) {
    client.start_ns = now_ns(CLOCK_MONOTONIC);
    client.from_ns = client.start_ns + (uint64_t)(plan->warmup_s * (double)second_ns);
    client.until_ns = client.from_ns + (uint64_t)(plan->duration_s * (double)second_ns);
    client.give_up_ns = client.until_ns + (uint64_t)(plan->grace_s * (double)second_ns);
    while (!done(&client)) {
      send_due(&client);
      wait_events(&client);
    }
    sum_up(&client);
    ok = !client.broken;
  }
  if (!ok)
    (void)snprintf(why, why_size, "the server cannot be reached, or not any more: %s",
                   result->failure);
  tear_down(&client);
  return ok;
}
