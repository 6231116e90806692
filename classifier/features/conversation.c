/* conversation.c - finds the question in what the harness sent.
 *
 * The question is the newest user message, less the elements that harnesses wrap
 * around it (envelope.c) and documents pasted without tags (documents.c). When that
 * message only carries on (continuation.c), is a harness's work as a whole, or tool
 * results came after it, the question is the last user message with substance.
 * Everything else is left to the context features. */
#include "classifier/features/conversation.h"

#include "classifier/features/continuation.h"
#include "classifier/features/documents.h"
#include "classifier/features/envelope.h"

static void add_span(struct question *question, struct span text) {
  text = span_trim(text);
  if (text.len == 0)
    return;
  if (question->spans_count == QUESTION_SPANS_MAX) {
    /* A turn in more pieces than that is a harness's work, not a person's. */
    question->envelope_bytes += text.len;
    return;
  }
  question->spans[question->spans_count++] = text;
}

/* The harness says what the user said: everything before was its own. */
static void start_over(struct question *question) {
  for (size_t i = 0; i < question->spans_count; i++)
    question->envelope_bytes += question->spans[i].len;
  question->spans_count = 0;
}

/* Adds the pieces of one text part that lie outside envelope elements. With *quoted
 * set, only an ENVELOPE_QUESTION holds the user's words. */
static void add_part(struct question *question, struct span text, bool *quoted) {
  struct envelope_cursor cursor = {.text = text};
  struct envelope_element element;
  size_t start = 0;
  for (bool found = true; found && text.len > 0;) { /* without text, perhaps no bytes either */
    found = envelope_next(&cursor, &element);
    size_t end = found ? (size_t)(element.whole.ptr - text.ptr) : text.len;
    struct span before = span_make(text.ptr + start, end - start);
    if (*quoted)
      question->envelope_bytes += span_trim(before).len;
    else
      add_span(question, before);
    if (!found)
      break;
    if (element.kind == ENVELOPE_QUESTION && !*quoted) {
      start_over(question);
      *quoted = true;
    }
    bool own = element.kind == ENVELOPE_QUESTION || (element.kind == ENVELOPE_TASK && !*quoted);
    question->envelope_bytes += element.whole.len - (own ? element.inner.len : 0);
    if (own)
      add_span(question, element.inner);
    start = cursor.at;
  }
}

/* Cuts pasted documents out of the pieces. Around documents in tags, their frame is
 * cut as well, unless nothing else is there. */
static void cut_documents(struct question *question) {
  struct question left = {.turn_index = question->turn_index};
  size_t before = question->envelope_bytes;
  for (size_t i = 0; i < question->spans_count; i++) {
    struct span piece = question->spans[i];
    struct span kept[DOCUMENTS_KEPT_MAX];
    size_t count = documents_cut(piece, kept);
    left.envelope_bytes += piece.len;
    for (size_t k = 0; k < count; k++) {
      struct span text = before > 0 ? documents_unframe(kept[k]) : kept[k];
      size_t room = left.spans_count < QUESTION_SPANS_MAX;
      left.envelope_bytes -= room ? text.len : 0;
      add_span(&left, room ? text : span_make(text.ptr, 0));
    }
  }
  if (left.spans_count == 0)
    return;
  left.envelope_bytes += before;
  *question = left;
}

/* Does the entry carry on the message of the one before it? Parts of another role
 * do not: tool results and the user's words may come in one message. */
static bool same_message(const struct conversation *conversation, size_t index) {
  const struct turn *turn = &conversation->turns[index];
  return !turn->starts_message && turn->role == turn[-1].role;
}

/* Where the message begins that the entry at index belongs to. */
static size_t message_start(const struct conversation *conversation, size_t index) {
  while (index > 0 && same_message(conversation, index))
    index--;
  return index;
}

/* Puts the message that begins at start into question. */
static void take_message(const struct conversation *conversation, size_t start,
                         struct question *question) {
  bool quoted = false;
  size_t end = start;
  *question = (struct question){.turn_index = start};
  do {
    add_part(question, conversation->turns[end].text, &quoted);
    end++;
  } while (end < conversation->turns_count && same_message(conversation, end));
  cut_documents(question);
}

/* Puts all of it there, with nothing cut. */
static void take_whole_message(const struct conversation *conversation, size_t start,
                               struct question *question) {
  *question = (struct question){.turn_index = start};
  do
    add_span(question, conversation->turns[start++].text);
  while (start < conversation->turns_count && same_message(conversation, start));
}

/* Is there nothing in it that a question would have? The first piece tells, where an
 * agent reports what a tool said in the user's name. */
static bool carries_on(const struct question *question) {
  return question->spans_count == 0 ||
         (continuation_is(question->spans[0]) &&
          (question->spans_count == 1 || question->spans[0].ptr[0] == '['));
}

void conversation_question(const struct conversation *conversation, struct question *question) {
  const size_t nowhere = conversation->turns_count;
  size_t newest = nowhere;   /* the newest user message */
  size_t envelope = nowhere; /* the newest one that is nothing but envelope */
  bool tools_after = false;
  *question = (struct question){0};
  for (size_t i = conversation->turns_count; i-- > 0;) {
    i = message_start(conversation, i);
    enum turn_role role = conversation->turns[i].role;
    tools_after |= role == TURN_TOOL && newest == nowhere;
    if (role != TURN_USER)
      continue;
    take_message(conversation, i, question);
    if (!carries_on(question)) {
      question->inherited = newest != nowhere || tools_after;
      return;
    }
    newest = newest == nowhere ? i : newest;
    if (envelope == nowhere && question->spans_count == 0 && question->envelope_bytes > 0)
      envelope = i;
  }
  /* Nobody said anything of substance. Then the envelope is what the user sent, and
   * without one the newest message is all there is. */
  if (newest == nowhere)
    return;
  if (envelope == nowhere)
    take_message(conversation, newest, question);
  else
    take_whole_message(conversation, envelope, question);
  question->inherited = envelope != nowhere && envelope != newest;
}
