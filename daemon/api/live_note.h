/* live_note.h - decisions and their durations, as daemon/ops/live.h wants them told. */
#ifndef TIERD_API_LIVE_NOTE_H
#define TIERD_API_LIVE_NOTE_H

#include "daemon/api/route.h"

/* Notes a decision that counts, which a dry run does not. */
void live_note_decision(struct api_worker *worker, const struct api_request *request,
                        const struct routed *routed, uint64_t id_count);

/* How long the call that has just ended took; noted where it noted a decision. */
void live_note_duration(struct api_worker *worker, const struct api_request *request, uint64_t ns);

#endif
