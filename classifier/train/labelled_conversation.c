/* labelled_conversation.c - "messages" or "prompt" of a line as a struct conversation.
 *
 * A prompt is one user turn. Messages are OpenAI's: a role, and content that is a
 * string, null or a list of parts, of which the text ones become turns and the
 * others are counted. "tools" and "response_format" beside them are counted too,
 * as the daemon does with a request. Finding the question is left to features.
 */
#include <stdio.h>
#include <string.h>

#include "classifier/train/labelled_log_internal.h"

enum { MESSAGES_MAX = 100000 }; /* turns of one line; the nodes are bounded anyway */

struct builder {
  struct labelled_log_memory *memory;
  struct labelled_complaint *complaint;
  struct turn *turns;
  struct conversation *conversation;
};

static const cJSON *member(const cJSON *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* How many turns a message makes at most: a turn a part, and one at least. */
static size_t turns_of(const cJSON *message) {
  const cJSON *content = member(message, "content");
  size_t count = 0;
  if (cJSON_IsArray(content))
    for (const cJSON *part = content->child; part; part = part->next)
      count++;
  return count > 0 ? count : 1;
}

static enum labelled_status add_turn(struct builder *b, enum turn_role role, bool starts,
                                     const char *text) {
  size_t len = strlen(text);
  char *copy = log_memory_text(b->memory, text, len);
  if (!copy)
    return LABELLED_MEMORY;
  b->turns[b->conversation->turns_count++] =
      (struct turn){.role = role, .starts_message = starts, .text = span_make(copy, len)};
  return LABELLED_OK;
}

static bool find_role(const char *name, enum turn_role *role) {
  static const struct {
    const char *name;
    enum turn_role role;
  } roles[] = {{"system", TURN_SYSTEM},       {"developer", TURN_SYSTEM}, {"user", TURN_USER},
               {"assistant", TURN_ASSISTANT}, {"tool", TURN_TOOL},        {"function", TURN_TOOL}};
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
    if (strcmp(roles[i].name, name) == 0) {
      *role = roles[i].role;
      return true;
    }
  return false;
}

/* A part that is not text: an image, or something else that comes as a file. */
static void count_attachment(struct conversation *conversation, const char *type) {
  if (strstr(type, "image"))
    conversation->images_count++;
  else
    conversation->files_count++;
}

static enum labelled_status add_parts(struct builder *b, enum turn_role role, const cJSON *parts,
                                      size_t message_number) {
  bool starts = true;
  size_t number = 0;
  for (const cJSON *part = parts->child; part; part = part->next, number++) {
    const cJSON *type = member(part, "type");
    const cJSON *text = member(part, "text");
    if (!cJSON_IsString(type))
      return labelled_complain(b->complaint, "an object with a string \"type\"",
                               "messages[%zu].content[%zu] has no type", message_number, number);
    if (strcmp(type->valuestring, "text") != 0) {
      count_attachment(b->conversation, type->valuestring);
      continue;
    }
    if (!cJSON_IsString(text))
      return labelled_complain(b->complaint, "a string",
                               "messages[%zu].content[%zu].text is missing", message_number,
                               number);
    enum labelled_status status = add_turn(b, role, starts, text->valuestring);
    if (status != LABELLED_OK)
      return status;
    starts = false;
  }
  /* A message of attachments alone is still a message. */
  return starts ? add_turn(b, role, true, "") : LABELLED_OK;
}

static enum labelled_status add_message(struct builder *b, const cJSON *message, size_t number) {
  const cJSON *role_name = member(message, "role");
  const cJSON *content = member(message, "content");
  enum turn_role role;
  if (!cJSON_IsString(role_name) || !find_role(role_name->valuestring, &role))
    return labelled_complain(b->complaint, "system, developer, user, assistant, tool or function",
                             "messages[%zu].role is missing or unknown", number);
  if (cJSON_IsString(content))
    return add_turn(b, role, true, content->valuestring);
  if (cJSON_IsArray(content))
    return add_parts(b, role, content, number);
  if (!content || cJSON_IsNull(content))
    return add_turn(b, role, true, ""); /* an assistant that only called tools */
  return labelled_complain(b->complaint, "a string, null or a list of parts",
                           "messages[%zu].content is of another type", number);
}

static enum labelled_status add_messages(struct builder *b, const cJSON *messages) {
  size_t count = 0;
  for (const cJSON *message = messages->child; message; message = message->next)
    count += turns_of(message);
  if (count == 0 || count > MESSAGES_MAX)
    return labelled_complain(b->complaint, "at least one message and at most 100000 parts",
                             "messages has %zu parts", count);
  b->turns = log_memory_take(b->memory, count * sizeof *b->turns);
  if (!b->turns)
    return LABELLED_MEMORY;
  size_t number = 0;
  for (const cJSON *message = messages->child; message; message = message->next, number++) {
    enum labelled_status status = add_message(b, message, number);
    if (status != LABELLED_OK)
      return status;
  }
  return LABELLED_OK;
}

static enum labelled_status add_prompt(struct builder *b, const cJSON *prompt) {
  if (!cJSON_IsString(prompt))
    return labelled_complain(b->complaint, "a string \"prompt\" or a list \"messages\"",
                             prompt ? "prompt is not a string" : "the line has no prompt");
  b->turns = log_memory_take(b->memory, sizeof *b->turns);
  return b->turns ? add_turn(b, TURN_USER, true, prompt->valuestring) : LABELLED_MEMORY;
}

/* The size of the tool definitions is that of their compact JSON. */
static enum labelled_status count_tools(const cJSON *line, struct conversation *conversation) {
  const cJSON *tools = member(line, "tools");
  if (!cJSON_IsArray(tools))
    return LABELLED_OK;
  for (const cJSON *tool = tools->child; tool; tool = tool->next)
    conversation->tools_count++;
  char *json = cJSON_PrintUnformatted(tools);
  if (!json)
    return LABELLED_MEMORY;
  conversation->tools_bytes = strlen(json);
  cJSON_free(json);
  return LABELLED_OK;
}

static bool asks_for_json(const cJSON *line) {
  const cJSON *type = member(member(line, "response_format"), "type");
  return cJSON_IsString(type) && strncmp(type->valuestring, "json", 4) == 0;
}

enum labelled_status labelled_conversation(struct labelled_log_memory *memory, const cJSON *line,
                                           struct conversation *conversation,
                                           struct labelled_complaint *complaint) {
  struct builder b = {memory, complaint, NULL, conversation};
  const cJSON *messages = member(line, "messages");
  enum labelled_status status;
  *conversation = (struct conversation){0};
  if (cJSON_IsArray(messages))
    status = add_messages(&b, messages);
  else if (messages && !cJSON_IsNull(messages))
    status = labelled_complain(complaint, "a list of objects with role and content",
                               "messages is not a list");
  else
    status = add_prompt(&b, member(line, "prompt"));
  conversation->turns = b.turns;
  if (status == LABELLED_OK)
    status = count_tools(line, conversation);
  conversation->wants_json = asks_for_json(line);
  return status;
}
