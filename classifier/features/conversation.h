/* conversation.h - what the request says, and which part of it is the question.
 *
 * A request arrives as a system prompt, earlier turns, tool results, retrieved
 * documents and a harness's reminders around one question. Only the question is
 * scored for difficulty; the rest becomes context features. This module finds it.
 *
 *   struct turn turns[] = {{TURN_SYSTEM, ...}, {TURN_USER, ...}};
 *   struct conversation c = {.turns = turns, .turns_count = 2};
 *   struct question q;
 *   conversation_question(&c, &q);       // q.spans point into the turns
 */
#ifndef TIERD_FEATURES_CONVERSATION_H
#define TIERD_FEATURES_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

enum turn_role { TURN_SYSTEM, TURN_USER, TURN_ASSISTANT, TURN_TOOL };

/* One text part. A message with several parts becomes several entries, of which
 * only the first has starts_message set. */
struct turn {
  enum turn_role role;
  bool starts_message;
  struct span text; /* UTF-8, perhaps broken; owned by the request */
};

/* OpenAI's "detail"; what is not given, or none of these, is automatic. */
enum image_detail { IMAGE_AUTO, IMAGE_LOW, IMAGE_HIGH, IMAGE_ORIGINAL };

struct image_part {
  uint32_t width, height; /* pixels; 0 when not known */
  enum image_detail detail;
};

struct conversation {
  const struct turn *turns; /* oldest first; owned by the caller */
  size_t turns_count;
  uint32_t tools_count;            /* tool definitions offered to the model */
  size_t tools_bytes;              /* their size as JSON */
  uint32_t images_count;           /* image parts in any turn */
  const struct image_part *images; /* as many, owned by the caller; NULL: nothing is known */
  uint32_t files_count;            /* file, audio and document parts in any turn */
  bool wants_json;                 /* response_format asks for JSON or a schema */
};

enum { QUESTION_SPANS_MAX = 64 };

struct question {
  struct span spans[QUESTION_SPANS_MAX]; /* in reading order, into the turns */
  size_t spans_count;
  size_t turn_index;     /* entry of turns where the question begins */
  size_t envelope_bytes; /* of the question's own turn that were cut as envelope */
  bool inherited;        /* the newest turn was "continue" or a tool result, so an
                            earlier user turn is the question */
};

/* Fills question; with no user text at all spans_count is 0. Never fails.
 * Linear in the bytes of the turns that it looks at. */
void conversation_question(const struct conversation *conversation, struct question *question);

#endif
