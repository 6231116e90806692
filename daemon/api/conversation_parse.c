/* conversation_parse.c - messages of either vendor's form to turns.
 *
 * Each text part becomes a struct turn, each image a struct image_part with the size that
 * its header states, where the image stands in the request; files are counted; a tool
 * result inside a user message (Anthropic) becomes a turn of its own, since it is
 * not the user who speaks there. Where Anthropic's cache_control stands is noted: the
 * prefix up to the last one is what the provider will keep. */
#include <stdio.h>

#include "daemon/api/request_parse.h"
#include "daemon/router/image_size.h"
#include "daemon/router/session.h"

enum { MARK_LIFETIME_LONG_S = 3600 }; /* a "ttl" of "1h"; the other one is the shortest */
enum { PARTS_DEPTH_MAX = 2 };         /* a message's parts, and those of a tool's result */

struct builder {
  struct arena *arena;
  struct turn *turns;
  size_t count;
  size_t room;
  struct image_part *images; /* out counts them */
  size_t images_room;
  struct route_request *out;
  struct problem *problem;
  size_t message;                /* index for pointers, */
  size_t parts[PARTS_DEPTH_MAX]; /* and those of the parts that one is in, */
  size_t depth;                  /* of which there are so many */
  bool fresh;                    /* the next text part begins a message */
};

static bool out_of_memory(struct problem *problem) {
  return problem_set(problem, PROBLEM_BODY_TOO_LARGE, "",
                     "the body needs more memory than one request may use");
}

/* A copy of a full list with twice the room, or NULL. The old one stays with the arena. */
static void *grow(struct builder *builder, const void *list, size_t size, size_t *room) {
  const size_t larger = *room ? *room * 2 : 16;
  void *grown = arena_take(builder->arena, larger * size);
  if (!grown) {
    out_of_memory(builder->problem);
    return NULL;
  }
  if (*room)
    memcpy(grown, list, *room * size);
  *room = larger;
  return grown;
}

static bool add_turn(struct builder *builder, enum turn_role role, const char *text) {
  if (builder->count == builder->room) {
    struct turn *grown = grow(builder, builder->turns, sizeof *grown, &builder->room);
    if (!grown)
      return false;
    builder->turns = grown;
  }
  builder->turns[builder->count++] = (struct turn){role, builder->fresh, span_of(text)};
  builder->fresh = false;
  return true;
}

/* member is of the message, or of the part that is being read. */
static bool invalid(struct builder *builder, const char *member, const char *expected) {
  char pointer[160];
  int len = snprintf(pointer, sizeof pointer, "/messages/%zu", builder->message);
  for (size_t i = 0; i < builder->depth; i++)
    len += snprintf(pointer + len, sizeof pointer - (size_t)len, "/content/%zu", builder->parts[i]);
  snprintf(pointer + len, sizeof pointer - (size_t)len, "%s", member);
  return problem_set(builder->problem, PROBLEM_INVALID_FIELD, pointer, "%s", expected);
}

/* If the part, tool or body asks for it, the provider caches what came so far. */
static void note_mark(struct route_request *out, const cJSON *item, size_t turns) {
  const cJSON *control = json_member(item, "cache_control");
  if (!cJSON_IsObject(control))
    return;
  const char *ttl = cJSON_GetStringValue(json_member(control, "ttl"));
  out->marks.any = true;
  if (turns > out->marks.turns)
    out->marks.turns = turns;
  if (ttl && strcmp(ttl, "1h") == 0)
    out->marks.lifetime_s = MARK_LIFETIME_LONG_S;
}

static bool is_type(const char *type, const char *const *names) {
  for (; *names; names++)
    if (strcmp(type, *names) == 0)
      return true;
  return false;
}

static bool add_content(struct builder *builder, enum turn_role role, const cJSON *content,
                        bool nested);

/* OpenAI has "detail" within "image_url" in chat completions, beside it in responses. Any
 * value that is not known, of whatever type, is as if there were none. */
static enum image_detail image_detail_of(const cJSON *holder) {
  static const char *const names[] = {
      [IMAGE_LOW] = "low", [IMAGE_HIGH] = "high", [IMAGE_ORIGINAL] = "original"};
  const char *detail = cJSON_GetStringValue(json_member(holder, "detail"));
  for (int i = IMAGE_LOW; detail && i <= IMAGE_ORIGINAL; i++)
    if (strcmp(detail, names[i]) == 0)
      return (enum image_detail)i;
  return IMAGE_AUTO;
}

/* The URL stands in "image_url" or, in chat completions, in its "url"; Anthropic has the
 * base64 alone in "source". What is elsewhere, behind a URL or an id, is not fetched. */
static struct image_part image_of(const cJSON *part) {
  const cJSON *image = json_member(part, "image_url");
  const cJSON *holder = cJSON_IsObject(image) ? image : part;
  const char *url = cJSON_GetStringValue(cJSON_IsObject(image) ? json_member(image, "url") : image);
  const char *data = cJSON_GetStringValue(json_member(json_member(part, "source"), "data"));
  struct image_part out = {.detail = image_detail_of(holder)};
  struct image_size size;
  if (url ? image_size_of_url(span_of(url), &size) : image_size_of_base64(span_of(data), &size)) {
    out.width = size.width;
    out.height = size.height;
  }
  return out;
}

static bool add_image(struct builder *builder, const cJSON *part) {
  struct conversation *conversation = &builder->out->conversation;
  if (conversation->images_count == builder->images_room) {
    struct image_part *grown = grow(builder, builder->images, sizeof *grown, &builder->images_room);
    if (!grown)
      return false;
    builder->images = grown;
    conversation->images = grown;
  }
  builder->images[conversation->images_count++] = image_of(part);
  return true;
}

/* One element of a content list. Kinds that tierd does not know are left to the
 * provider: they carry nothing that it could score. */
static bool add_part(struct builder *builder, enum turn_role role, const cJSON *part, bool nested) {
  static const char *const texts[] = {"text", "input_text", "output_text", NULL};
  static const char *const images[] = {"image", "image_url", "input_image", NULL};
  static const char *const files[] = {"file",  "document",  "input_file", "input_audio",
                                      "audio", "video_url", NULL};
  const char *type = cJSON_GetStringValue(json_member(part, "type"));
  if (cJSON_IsString(part))
    return add_turn(builder, role, part->valuestring);
  if (!cJSON_IsObject(part) || !type)
    return invalid(builder, "", "content parts: expected objects with a \"type\"");
  if (is_type(type, texts)) {
    const char *text = cJSON_GetStringValue(json_member(part, "text"));
    return text ? add_turn(builder, role, text)
                : invalid(builder, "/text", "a text part: expected a string \"text\"");
  }
  if (is_type(type, images))
    return add_image(builder, part);
  if (is_type(type, files))
    builder->out->conversation.files_count++;
  else if (strcmp(type, "tool_result") == 0 && !nested) {
    builder->fresh = true;
    bool ok = add_content(builder, TURN_TOOL, json_member(part, "content"), true);
    builder->fresh = true;
    return ok;
  }
  return true;
}

/* A string, a list of parts, or nothing (an assistant turn of tool calls alone). */
static bool add_content(struct builder *builder, enum turn_role role, const cJSON *content,
                        bool nested) {
  if (!content || cJSON_IsNull(content))
    return role != TURN_USER ||
           invalid(builder, "/content", "expected a string or a list of parts");
  if (cJSON_IsString(content))
    return add_turn(builder, role, content->valuestring);
  if (!cJSON_IsArray(content))
    return invalid(builder, "/content", "expected a string or a list of parts");
  const cJSON *part;
  size_t *at = &builder->parts[builder->depth++];
  *at = 0;
  cJSON_ArrayForEach(part, content) {
    if (!add_part(builder, role, part, nested))
      return false; /* and with it the whole request */
    note_mark(builder->out, part, builder->count);
    (*at)++;
  }
  builder->depth--;
  return true;
}

static bool add_message(struct builder *builder, const cJSON *message) {
  static const struct {
    const char *name;
    enum turn_role role;
  } roles[] = {{"user", TURN_USER},        {"assistant", TURN_ASSISTANT}, {"system", TURN_SYSTEM},
               {"developer", TURN_SYSTEM}, {"tool", TURN_TOOL},           {"function", TURN_TOOL},
               {"model", TURN_ASSISTANT}};
  const char *name = cJSON_GetStringValue(json_member(message, "role"));
  if (!cJSON_IsObject(message))
    return invalid(builder, "", "expected an object with \"role\" and \"content\"");
  for (size_t i = 0; name && i < sizeof roles / sizeof roles[0]; i++) {
    if (strcmp(name, roles[i].name) != 0)
      continue;
    builder->fresh = true;
    return add_content(builder, roles[i].role, json_member(message, "content"), false);
  }
  return invalid(builder, "/role",
                 "expected one of user, assistant, system, developer, tool, function");
}

static bool add_messages(struct builder *builder, const cJSON *messages) {
  const cJSON *message;
  if (!cJSON_IsArray(messages) || !messages->child)
    return problem_set(builder->problem, PROBLEM_INVALID_FIELD, "/messages",
                       "messages: expected a list of at least one message");
  cJSON_ArrayForEach(message, messages) {
    if (!add_message(builder, message))
      return false;
    builder->message++;
  }
  return true;
}

/* Anthropic's system prompt: a string, or text blocks. */
static bool add_system(struct builder *builder, const cJSON *system) {
  const cJSON *block;
  builder->fresh = true;
  if (!system || cJSON_IsNull(system))
    return true;
  if (cJSON_IsString(system))
    return add_turn(builder, TURN_SYSTEM, system->valuestring);
  if (!cJSON_IsArray(system))
    return problem_set(builder->problem, PROBLEM_INVALID_FIELD, "/system",
                       "system: expected a string or a list of text blocks");
  cJSON_ArrayForEach(block, system) {
    const char *text = cJSON_GetStringValue(json_member(block, "text"));
    if (text && !add_turn(builder, TURN_SYSTEM, text))
      return false;
    note_mark(builder->out, block, builder->count);
  }
  return true;
}

/* About what a tree takes as text: what a tool definition costs follows from that. */
static size_t text_size(const cJSON *item) {
  size_t size = 2;
  const cJSON *child;
  if (item->string)
    size += strlen(item->string) + 3;
  if (cJSON_IsString(item))
    size += strlen(item->valuestring);
  else if (!item->child)
    size += 4;
  cJSON_ArrayForEach(child, item) {
    size += text_size(child);
  }
  return size;
}

/* Names and values, so that another tool of the same length is another prefix. */
static uint64_t tree_hash(const cJSON *item, uint64_t hash) {
  const cJSON *child;
  hash = session_hash(span_of(item->string ? item->string : ""), hash + (unsigned)item->type);
  if (cJSON_IsString(item))
    hash = session_hash(span_of(item->valuestring), hash);
  else if (cJSON_IsNumber(item))
    hash = session_hash(span_make((const char *)&item->valuedouble, sizeof(double)), hash);
  cJSON_ArrayForEach(child, item) {
    hash = tree_hash(child, hash);
  }
  /* Where a list ends tells {"a": [1], "b": 2} from {"a": [1, "b": 2]}. */
  return hash + 1;
}

static bool parse_tools(const cJSON *tools, struct route_request *out, struct problem *problem) {
  const cJSON *tool;
  if (!tools || cJSON_IsNull(tools))
    return true;
  if (!cJSON_IsArray(tools))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/tools", "tools: expected a list");
  cJSON_ArrayForEach(tool, tools) {
    out->conversation.tools_count++;
    out->conversation.tools_bytes += text_size(tool);
    out->tools_hash = tree_hash(tool, out->tools_hash);
    note_mark(out, tool, 0);
  }
  out->needs_tools = out->conversation.tools_count > 0;
  return true;
}

/* OpenAI's response_format; other values are for the provider to judge. */
static void parse_format(const cJSON *format, struct route_request *out) {
  const char *type = cJSON_GetStringValue(json_member(format, "type"));
  out->needs_json_schema = type && strcmp(type, "json_schema") == 0;
  out->conversation.wants_json =
      out->needs_json_schema || (type && strcmp(type, "json_object") == 0);
}

bool conversation_parse(struct arena *arena, const cJSON *root, struct route_request *out,
                        struct problem *problem) {
  struct builder builder = {.arena = arena, .out = out, .problem = problem, .fresh = true};
  const cJSON *prompt = json_member(root, "prompt");
  const cJSON *messages = json_member(root, "messages");
  if (prompt && messages)
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/prompt",
                       "expected either \"prompt\" or \"messages\", not both");
  if (!prompt && !messages)
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/messages",
                       "expected \"messages\" (a list) or \"prompt\" (a string)");
  if (prompt && !cJSON_IsString(prompt))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/prompt", "prompt: expected a string");
  if (!add_system(&builder, json_member(root, "system")))
    return false;
  builder.fresh = true;
  if (prompt ? !add_turn(&builder, TURN_USER, prompt->valuestring)
             : !add_messages(&builder, messages))
    return false;
  if (!parse_tools(json_member(root, "tools"), out, problem))
    return false;
  note_mark(out, root, builder.count);
  parse_format(json_member(root, "response_format"), out);
  out->conversation.turns = builder.turns;
  out->conversation.turns_count = builder.count;
  out->needs_vision = out->conversation.images_count > 0;
  out->needs_files = out->conversation.files_count > 0;
  return true;
}
