/* envelope.c - the names of harnesses' elements, and where such an element ends.
 *
 * Names are compared to the letter: <Context> in a user's own XML is left alone.
 * What is done with the elements is decided in conversation.c. */
#include "classifier/features/envelope.h"

enum { NAME_BYTES_MAX = 32, UNCLOSED_MAX = 16, UNCLOSED_BYTES = 4096 };

/* Reminders and the state of the harness. */
static const char *const state_names[] = {
    "system-reminder",
    "system_reminder",
    "system",
    "reminder",
    "reminderInstructions",
    "environment_details",
    "environment_context",
    "environment_info",
    "context",
    "user_info",
    "rules",
    "instructions",
    "INSTRUCTIONS",
    "user_instructions",
    "custom_instructions",
    "additional_data",
    "memory",
    "memories",
    "todo_list",
    "budget",
};

/* Commands, hooks and tools. */
static const char *const command_names[] = {
    "command-name",
    "command-message",
    "command-args",
    "command-contents",
    "local-command-stdout",
    "local-command-stderr",
    "local-command-caveat",
    "bash-stdout",
    "bash-stderr",
    "user-prompt-submit-hook",
    "session-start-hook",
    "pre-tool-use-hook",
    "post-tool-use-hook",
    "hook",
    "tools",
    "tool_results",
    "tool_result",
    "function_results",
    "task-notification",
};

/* What the editor shows. */
static const char *const editor_names[] = {
    "ide_selection",       "ide_opened_file",
    "ide_diagnostics",     "new-diagnostics",
    "editorContext",       "repoContext",
    "workspace_info",      "project_layout",
    "open_files",          "open_and_recently_viewed_files",
    "current_file",        "cursor_position",
    "git_status",          "linter_errors",
    "directory_structure",
};

/* Retrieved or attached documents. */
static const char *const document_names[] = {
    "documents",
    "document",
    "document_content",
    "retrieved_documents",
    "retrieved_context",
    "search_results",
    "search_result",
    "sources",
    "source",
    "passages",
    "passage",
    "snippets",
    "snippet",
    "chunks",
    "chunk",
    "attachments",
    "attached_files",
    "attachment",
    "file",
    "files",
    "file_content",
    "file_contents",
    "knowledge",
    "knowledge_base",
};

static const char *const task_names[] = {"task", "question", "query", "feedback", "user_feedback"};

static const char *const question_names[] = {"user_query",   "user-query",   "user_question",
                                             "user_request", "user_message", "userRequest"};

static bool is_one_of(struct span name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (names[i][0] == name.ptr[0] && span_is(name, names[i]))
      return true;
  return false;
}

#define IS_ONE_OF(name, names) is_one_of(name, names, sizeof(names) / sizeof((names)[0]))

static bool is_name_byte(char c) {
  return c == '-' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The name of the element that opens at the text's first byte, a '<'; empty when it
 * is not the opening of an envelope. */
static struct span opening_name(struct span text, enum envelope_kind *kind) {
  size_t len = 0;
  while (len < NAME_BYTES_MAX && len + 1 < text.len && is_name_byte(text.ptr[len + 1]))
    len++;
  char after = len + 1 < text.len ? text.ptr[len + 1] : '\0';
  struct span name = span_make(text.ptr + 1, len);
  if (len == 0 || (after != '>' && after != ' ' && after != '\n'))
    return span_make(text.ptr, 0);
  *kind = ENVELOPE_CONTEXT;
  if (IS_ONE_OF(name, state_names) || IS_ONE_OF(name, command_names) ||
      IS_ONE_OF(name, editor_names) || IS_ONE_OF(name, document_names))
    return name;
  *kind = ENVELOPE_TASK;
  if (IS_ONE_OF(name, task_names))
    return name;
  *kind = ENVELOPE_QUESTION;
  return IS_ONE_OF(name, question_names) ? name : span_make(text.ptr, 0);
}

/* Where the closing tag of this name begins; 0 when it is never closed: then it is
 * no envelope, since the text after it may be the question. */
static size_t closing_at(struct span text, struct span name) {
  const char *p = text.ptr + name.len + 2;
  const char *end = text.ptr + text.len;
  while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
    size_t left = (size_t)(end - p);
    if (left >= name.len + 3 && p[1] == '/' && memcmp(p + 2, name.ptr, name.len) == 0 &&
        p[2 + name.len] == '>')
      return (size_t)(p - text.ptr);
    p++;
  }
  return 0;
}

/* An opening tag may have attributes; one without its '>' has no inside. */
static struct span inside(struct span text, size_t name_len, size_t closing) {
  const char *from = text.ptr + name_len + 1;
  const char *bracket = memchr(from, '>', (size_t)(text.ptr + closing - from));
  const char *start = bracket ? bracket + 1 : text.ptr + closing;
  return span_make(start, (size_t)(text.ptr + closing - start));
}

bool envelope_next(struct envelope_cursor *cursor, struct envelope_element *element) {
  /* Looking for an end that is not there costs a pass over the rest; a text full of
   * such openings must not make that quadratic, hence the limit on long ones. */
  while (cursor->at < cursor->text.len && cursor->unclosed <= UNCLOSED_MAX) {
    const char *open = memchr(cursor->text.ptr + cursor->at, '<', cursor->text.len - cursor->at);
    if (!open)
      break;
    size_t at = (size_t)(open - cursor->text.ptr);
    struct span rest = span_make(open, cursor->text.len - at);
    struct span name = opening_name(rest, &element->kind);
    cursor->at = at + 1;
    if (name.len == 0)
      continue; /* a comparison, or an element of the user's own */
    size_t closing = closing_at(rest, name);
    if (closing == 0) {
      cursor->unclosed += rest.len > UNCLOSED_BYTES;
      continue;
    }
    element->whole = span_make(open, closing + name.len + 3);
    element->inner = inside(rest, name.len, closing);
    cursor->at = at + element->whole.len;
    return true;
  }
  return false;
}
