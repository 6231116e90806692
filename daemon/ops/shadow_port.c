/* shadow_port.c - items as runs of bytes in the queue that the decision log uses, too.
 *
 *   struct head | struct shadow_decision | vector | tokens      or
 *   struct head | struct shadow_feedback
 *
 * The queue ends each item with a line feed, which means nothing here: the head says how
 * long an item is. Both ends are one program, so structs are copied as they are, and by
 * memcpy() since nothing is aligned in there. What items are for is shadow.c's business. */
#include "daemon/ops/shadow_port.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/ops/log_queue.h"

/* A decision on a short prompt takes some 2 KB, on the longest 50 KB. */
enum { QUEUE_BYTES = 1024 * 1024 };

enum kind { KIND_DECISION, KIND_FEEDBACK };

/* Two words before each item. */
struct head {
  uint32_t bytes; /* with the head */
  uint32_t kind;
};

enum {
  VECTOR_BYTES = FEATURES_COUNT * (int)sizeof(float),
  TOKEN_BYTES = (int)sizeof(struct text_token),
  DECISION_BYTES = (int)(sizeof(struct head) + sizeof(struct shadow_decision)) + VECTOR_BYTES,
  ITEM_BYTES_MAX = DECISION_BYTES + TEXT_TOKENS_MAX * TOKEN_BYTES
};

struct shadow_port {
  struct log_queue *queue;
  char item[ITEM_BYTES_MAX]; /* being made */
};

struct shadow_port *shadow_port_create(void) {
  _Static_assert(ITEM_BYTES_MAX < QUEUE_BYTES / 2, "the queue refuses longer items");
  struct shadow_port *port = malloc(sizeof *port);
  if (port == NULL)
    return NULL;
  /* Memory that no item has touched yet costs nothing but addresses. */
  port->queue = log_queue_create(QUEUE_BYTES);
  if (port->queue != NULL)
    return port;
  free(port);
  return NULL;
}

void shadow_port_destroy(struct shadow_port *port) {
  if (port == NULL)
    return;
  log_queue_destroy(port->queue);
  free(port);
}

/* There is room for the longest item: ITEM_BYTES_MAX is made of the same sizes. */
static char *append(char *at, const void *bytes, size_t len) {
  memcpy(at, bytes, len);
  return at + len;
}

/* False where the queue is full: the decision is dropped and counted, and nobody waits. */
static bool push(struct shadow_port *port, enum kind kind, const char *end) {
  const struct head head = {(uint32_t)(end - port->item), kind};
  memcpy(port->item, &head, sizeof head);
  return log_queue_push(port->queue, span_make(port->item, head.bytes));
}

/* On the event loop: copying is all that it does. */
bool shadow_port_decision(struct shadow_port *port, const struct shadow_decision *decision,
                          const struct features *features) {
  struct shadow_decision whole = *decision;
  whole.tokens_count = (uint32_t)features->scan.tokens_count;
  whole.tokens_seen = features->scan.tokens_seen;
  char *at = port->item + sizeof(struct head);
  at = append(at, &whole, sizeof whole);
  at = append(at, features->x, VECTOR_BYTES);
  at = append(at, features->scan.tokens, whole.tokens_count * (size_t)TOKEN_BYTES);
  return push(port, KIND_DECISION, at);
}

bool shadow_port_feedback(struct shadow_port *port, const struct shadow_feedback *feedback) {
  return push(port, KIND_FEEDBACK,
              append(port->item + sizeof(struct head), feedback, sizeof *feedback));
}

/* On the shadow's thread. The item is copied where it must be aligned, and lent where not. */
static void hand_over(const char *body, enum kind kind, const struct shadow_takers *takers,
                      void *owner) {
  struct shadow_decision decision;
  struct shadow_feedback feedback;
  if (kind == KIND_FEEDBACK) {
    memcpy(&feedback, body, sizeof feedback);
    takers->feedback(owner, &feedback);
    return;
  }
  memcpy(&decision, body, sizeof decision);
  const char *vector = body + sizeof decision;
  const struct replay_source source = {.x = vector,
                                       .tokens = vector + VECTOR_BYTES,
                                       .tokens_count = decision.tokens_count,
                                       .tokens_seen = decision.tokens_seen};
  takers->decision(owner, &decision, &source);
}

/* A bound on the bytes, since a busy loop may push as fast as they are taken. */
size_t shadow_port_drain(struct shadow_port *port, const struct shadow_takers *takers,
                         void *owner) {
  const size_t waiting = log_queue_depth(port->queue);
  size_t items = 0;
  for (size_t taken = 0; taken < waiting; items++) {
    const struct span some = log_queue_peek(port->queue);
    struct head head;
    if (some.len == 0)
      break; /* what was counted was the gap at the ring's end */
    memcpy(&head, some.ptr, sizeof head);
    hand_over(some.ptr + sizeof head, (enum kind)head.kind, takers, owner);
    log_queue_consume(port->queue, (size_t)head.bytes + 1);
    taken += (size_t)head.bytes + 1;
  }
  return items;
}

/* Since the port was made; who wants a run's share takes the difference. */
uint64_t shadow_port_dropped(const struct shadow_port *port) {
  return log_queue_dropped(port->queue);
}
