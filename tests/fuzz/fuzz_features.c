/* fuzz_features.c - any bytes, in any shape of conversation, give finite features.
 *
 * The input is a conversation: turns are separated by byte 0x1e, and the first
 * byte of each says who speaks and whether a message starts there. What comes out
 * must be finite, the question must lie within the turns, and extracting twice must
 * give the same: nothing of one request may leak into the next.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/features/features.h"

#include "require.h"

enum { TURNS_MAX = 64, SEPARATOR = 0x1e };

/* Every turn is a block of its own, so that the sanitizer sees any read past it. */
static struct turn make_turn(const uint8_t *data, size_t len) {
  unsigned how = len > 0 ? data[0] : 0;
  size_t text_len = len > 0 ? len - 1 : 0;
  char *text = malloc(text_len);
  require(text != NULL || text_len == 0);
  if (text_len > 0)
    memcpy(text, data + 1, text_len);
  return (struct turn){.role = (enum turn_role)(how % 4),
                       .starts_message = (how & 4) == 0,
                       .text = span_make(text, text_len)};
}

static size_t make_turns(const uint8_t *data, size_t len, struct turn *turns) {
  size_t count = 0;
  while (len > 0 && count < TURNS_MAX) {
    const uint8_t *end = memchr(data, SEPARATOR, len);
    size_t turn_len = end != NULL ? (size_t)(end - data) : len;
    turns[count++] = make_turn(data, turn_len);
    size_t used = end != NULL ? turn_len + 1 : turn_len;
    data += used;
    len -= used;
  }
  return count;
}

static bool within(struct span part, struct span whole) {
  return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void require_question(const struct question *question, const struct conversation *c) {
  require(question->spans_count <= QUESTION_SPANS_MAX);
  require(question->spans_count == 0 || question->turn_index < c->turns_count);
  for (size_t i = 0; i < question->spans_count; i++) {
    bool found = question->spans[i].len == 0;
    for (size_t t = 0; t < c->turns_count && !found; t++)
      found = within(question->spans[i], c->turns[t].text);
    require(found);
  }
}

static struct features *new_features(void) {
  struct features *features = malloc(sizeof *features);
  require(features != NULL);
  features_init(features);
  return features;
}

/* One set sees another conversation first; both must then agree. */
static void extract_and_require(const struct conversation *conversation) {
  struct turn other_turn = {TURN_USER, true, span_of("Why is 2 + 2 = 4? Prove it in C:\n- a")};
  struct conversation other = {.turns = &other_turn, .turns_count = 1, .tools_count = 3};
  struct features *fresh = new_features();
  struct features *used = new_features();
  features_extract(used, &other);
  features_extract(used, conversation);
  features_extract(fresh, conversation);
  for (size_t i = 0; i < FEATURES_COUNT; i++)
    require(isfinite(fresh->x[i]) && fresh->x[i] == used->x[i]);
  require_question(&fresh->question, conversation);
  require(fresh->scan.tokens_count <= TEXT_TOKENS_MAX);
  free(used);
  free(fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct turn turns[TURNS_MAX];
  struct conversation conversation = {.turns = turns};
  conversation.turns_count = make_turns(data, len, turns);
  extract_and_require(&conversation);
  for (size_t i = 0; i < conversation.turns_count; i++)
    free((void *)(uintptr_t)turns[i].text.ptr);
  return 0;
}
