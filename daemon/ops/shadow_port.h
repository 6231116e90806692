/* shadow_port.h - decisions and feedback on their way from one event loop to the shadow.
 *
 *   shadow_port_decision(port, &decision, features);   // on the loop: copies, never waits
 *   shadow_port_drain(port, &takers, owner);           // on the shadow's thread
 *
 * What is copied is numbers: the feature vector, hashes of the question's words, costs.
 * No text goes in, and nothing of it goes to disk. When the queue is full, what comes
 * is dropped and counted. */
#ifndef TIERD_OPS_SHADOW_PORT_H
#define TIERD_OPS_SHADOW_PORT_H

#include "classifier/features/replay.h"
#include "daemon/router/second_choice.h"

struct shadow_port; /* one loop's; opaque */

/* The id's two halves name the decision. */
struct shadow_decision {
  uint64_t prefix, count;
  uint32_t tier; /* that was really taken */
  uint32_t tokens_count;
  uint64_t tokens_seen;
  struct second_view view;
};

/* What a caller reports of a decision. */
struct shadow_feedback {
  uint64_t prefix, count;
  float score;       /* 0 to 1; NaN when not given */
  int32_t label;     /* the tier that would have done; -1 when not given */
  int32_t answered;  /* the tier of the model that answered; -1 when not given */
  int32_t escalated; /* 0 or 1; -1 when not given */
};

/* What becomes of them. The features are as they were when the tier was chosen; source
 * is valid during the call. */
struct shadow_takers {
  void (*decision)(void *owner, const struct shadow_decision *decision,
                   const struct replay_source *source);
  void (*feedback)(void *owner, const struct shadow_feedback *feedback);
};

/* NULL when memory is out. */
struct shadow_port *shadow_port_create(void);
void shadow_port_destroy(struct shadow_port *port); /* may be NULL */

/* False when there was no room. Fills in the tokens' counts itself. */
bool shadow_port_decision(struct shadow_port *port, const struct shadow_decision *decision,
                          const struct features *features);
bool shadow_port_feedback(struct shadow_port *port, const struct shadow_feedback *feedback);

/* Hands over what was there when it was called, in order. Returns how many items. */
size_t shadow_port_drain(struct shadow_port *port, const struct shadow_takers *takers, void *owner);

/* Items for which there was no room, so far; from any thread. */
uint64_t shadow_port_dropped(const struct shadow_port *port);

#endif
