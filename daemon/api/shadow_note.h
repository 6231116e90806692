/* shadow_note.h - what a request and a feedback mean to a candidate in shadow. */
#ifndef TIERD_API_SHADOW_NOTE_H
#define TIERD_API_SHADOW_NOTE_H

#include "daemon/api/api.h"
#include "daemon/api/feedback_parse.h"

/* Hands over a decision that has just been made with the worker's scratch; nothing for a
 * dry run, or while no candidate is in shadow. id_count is the count in its id. */
void shadow_note_decision(struct api_worker *worker, const struct route_request *request,
                          const struct route_decision *decision, uint64_t id_count);

/* Hands over what says whether a tier was good enough. */
void shadow_note_feedback(struct api_worker *worker, const struct feedback *feedback);

#endif
