/* line_parts.c - measures the parts of a conversation in one walk over its turns.
 *
 * Roles and the question, which the features have found already, say what is what.
 * The tokens are the router's count, shared out by bytes: a second count of each part
 * would cost more than it tells. The hashes are keyed (keyed_hash.h). How repetitive
 * the text is is line_redundancy.c's business. */
#include "daemon/api/line_parts.h"

/* Bytes of a role in all turns. */
static uint64_t role_bytes(const struct conversation *conversation, enum turn_role role) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < conversation->turns_count; i++)
    if (conversation->turns[i].role == role)
      bytes += conversation->turns[i].text.len;
  return bytes;
}

/* One hash for however many pieces; 0 stands for no piece at all. */
static uint64_t add_to_hash(const struct hash_key *key, uint64_t hash, struct span text) {
  const uint64_t chain[2] = {hash, keyed_hash(key, text)};
  return keyed_hash(key, span_make((const char *)chain, sizeof chain));
}

static uint64_t system_hash(const struct hash_key *key, const struct conversation *conversation) {
  uint64_t hash = 0;
  for (size_t i = 0; i < conversation->turns_count; i++)
    if (conversation->turns[i].role == TURN_SYSTEM && conversation->turns[i].text.len > 0)
      hash = add_to_hash(key, hash, conversation->turns[i].text);
  return hash;
}

static uint64_t question_hash(const struct hash_key *key, const struct question *question,
                              uint64_t *bytes) {
  uint64_t hash = 0;
  *bytes = 0;
  for (size_t i = 0; i < question->spans_count; i++) {
    *bytes += question->spans[i].len;
    hash = add_to_hash(key, hash, question->spans[i]);
  }
  return hash;
}

/* The bytes' share of all tokens. As doubles: the product of two sizes may not fit. */
static uint64_t share(uint64_t tokens, uint64_t bytes, uint64_t all_bytes) {
  return all_bytes > 0 ? (uint64_t)((double)tokens * ((double)bytes / (double)all_bytes)) : 0;
}

struct line_parts line_parts_of(const struct hash_key *key, const struct conversation *conversation,
                                const struct question *question, uint64_t input_tokens) {
  uint64_t all = conversation->tools_bytes, question_bytes;
  struct line_parts parts = {.inherited = question->inherited};
  for (size_t i = 0; i < conversation->turns_count; i++) {
    all += conversation->turns[i].text.len;
    parts.messages += conversation->turns[i].starts_message;
  }
  parts.system_hash = system_hash(key, conversation);
  parts.question_hash = question_hash(key, question, &question_bytes);
  parts.system = share(input_tokens, role_bytes(conversation, TURN_SYSTEM), all);
  parts.context = share(input_tokens, question->envelope_bytes, all);
  parts.question = share(input_tokens, question_bytes, all);
  parts.tool = share(input_tokens, role_bytes(conversation, TURN_TOOL), all);
  parts.definitions = share(input_tokens, conversation->tools_bytes, all);
  parts.redundancy = line_redundancy(conversation);
  return parts;
}

static void write_hash(struct json_out *out, const char *name, uint64_t hash) {
  char text[HASH_TEXT_MAX];
  json_key(out, name);
  if (hash == 0) {
    json_null(out);
    return;
  }
  keyed_hash_print(hash, text);
  json_text(out, text);
}

static void write_count(struct json_out *out, const char *name, uint64_t count) {
  json_key(out, name);
  json_unsigned(out, count);
}

void line_parts_write(struct json_out *out, const struct line_parts *parts) {
  json_key(out, "parts");
  json_open(out, '{');
  write_count(out, "messages", parts->messages);
  write_count(out, "system_tokens", parts->system);
  write_hash(out, "system_hash", parts->system_hash);
  write_count(out, "context_tokens", parts->context);
  write_count(out, "question_tokens", parts->question);
  write_hash(out, "question_hash", parts->question_hash);
  json_key(out, "inherited");
  json_bool(out, parts->inherited);
  write_count(out, "tool_tokens", parts->tool);
  write_count(out, "definition_tokens", parts->definitions);
  json_key(out, "redundancy");
  json_fixed(out, parts->redundancy, 3);
  json_close(out, '}');
}
