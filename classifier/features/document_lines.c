/* document_lines.c - the labels of retrieval prompts, per line.
 *
 * Labels count only at the start of a line, capitalised, and with a colon or as a
 * heading, so that "context: .Production" in somebody's YAML is no label. Set
 * phrases are known to instruction.c; what the lines amount to is decided in documents.c. */
#include "classifier/features/document_lines.h"

enum { MARKUP_BYTES_MAX = 8, NUMBER_MAX = 999, LABEL_BYTES_MIN = 5, LABEL_BYTES_MAX = 30 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What opens a block of documents. Letters of ASCII may be in either case. */
static const char *const header_labels[] = {
    "context information is below",
    "context information",
    "retrieved context",
    "additional context",
    "relevant context",
    "provided context",
    "context",
    "documents",
    "document",
    "retrieved documents",
    "relevant documents",
    "reference documents",
    "references",
    "sources",
    "passages",
    "retrieved passages",
    "excerpts",
    "snippets",
    "search results",
    "web search results",
    "knowledge base",
    "relevant information",
    "kontext",
    "dokumente",
    "quellen",
    "contexte",
    "contexto",
    "documentos",
    "fuentes",
    "contesto",
    "documenti",
    "Контекст",
    "Документы",
    "Источники",
    "上下文",
    "背景资料",
    "参考资料",
    "资料",
    "文档",
    "コンテキスト",
    "参考資料",
    "資料",
    "문맥",
    "문서",
    "السياق",
    "المستندات",
};

static const char *const question_labels[] = {
    "question",     "user question", "user's question",
    "my question",  "query",         "user query",
    "user's query", "the question",  "final question",
    "frage",        "pregunta",      "pergunta",
    "domanda",      "vraag",         "pytanie",
    "Вопрос",       "问题",          "用户问题",
    "質問",         "問題",          "질문",
    "السؤال",       "سؤال",          "प्रश्न",
};

static const char *const answer_labels[] = {
    "answer",    "helpful answer", "your answer", "final answer", "the answer", "response",
    "assistant", "antwort",        "respuesta",   "réponse",      "resposta",   "risposta",
    "Ответ",     "答案",           "回答",        "답변",         "الجواب",     "الإجابة",
};

static const char *const document_names[] = {
    "document", "doc",           "source",  "passage",  "excerpt", "chunk",     "snippet",
    "result",   "search result", "article", "dokument", "quelle",  "documento", "fuente",
    "Документ", "Источник",      "文档",    "资料",     "資料",    "文書",      "문서",
};

static struct span skip(struct span text, size_t count) {
  return span_make(text.ptr + count, text.len - count);
}

static struct span trim_blanks(struct span text) {
  while (text.len > 0 && strchr(" \t\r", text.ptr[0]) && text.ptr[0])
    text = skip(text, 1);
  while (text.len > 0 && strchr(" \t\r", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
    text.len--;
  return text;
}

/* ### and ** and > before a label. */
static struct span skip_markup(struct span text) {
  for (int i = 0; i < MARKUP_BYTES_MAX && text.len > 0; i++) {
    if (text.ptr[0] == '\0' || !strchr("#*_>=- \t", text.ptr[0]))
      break;
    text = skip(text, 1);
  }
  return text;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The bytes of the label that the text begins with, ASCII letters in either case;
 * 0 when it begins with another. */
static size_t label_length(struct span text, const char *label) {
  size_t len = 0;
  while (label[len]) {
    if (len == text.len || lower(text.ptr[len]) != lower(label[len]))
      return 0;
    len++;
  }
  return len;
}

/* Does the rest of a line close a label: a colon, perhaps behind markup, or the end
 * of a heading? *body becomes what follows. */
static bool closes_label(struct span rest, bool heading, struct span *body) {
  static const char wide_colon[] = "\xEF\xBC\x9A";
  while (rest.len > 0 && (rest.ptr[0] == '*' || rest.ptr[0] == '_' || rest.ptr[0] == ' '))
    rest = skip(rest, 1);
  size_t colon = 0;
  if (rest.len > 0 && rest.ptr[0] == ':')
    colon = 1;
  else if (rest.len >= 3 && memcmp(rest.ptr, wide_colon, 3) == 0)
    colon = 3;
  bool stop = rest.len == 1 && rest.ptr[0] == '.';
  if (colon == 0 && !(heading && (rest.len == 0 || stop)))
    return false;
  rest = skip(rest, colon + stop);
  while (rest.len > 0 && rest.ptr[0] == '*')
    rest = skip(rest, 1);
  *body = trim_blanks(rest);
  return true;
}

static bool has_label(struct span text, bool heading, const char *const *labels, size_t count,
                      struct span *body) {
  for (size_t i = 0; i < count; i++) {
    size_t len = label_length(text, labels[i]);
    /* "Context information is below." needs no colon: it can mean nothing else. */
    bool phrase = len > 20;
    if (len > 0 && closes_label(skip(text, len), heading || phrase, body))
      return true;
  }
  return false;
}

/* 1 to 3 digits at the start of rest; the number of bytes, 0 when there are none. */
static size_t read_number(struct span rest, unsigned *number) {
  size_t len = 0;
  *number = 0;
  while (len < rest.len && len < 4 && rest.ptr[len] >= '0' && rest.ptr[len] <= '9')
    *number = *number * 10 + (unsigned)(rest.ptr[len++] - '0');
  return *number <= NUMBER_MAX ? len : 0;
}

/* "[1] text", "[Document 1]", "Document 1: title", "Document [1](title)". */
static bool is_document(struct span text, struct line *line) {
  bool bracket = text.len > 0 && text.ptr[0] == '[';
  size_t name = 0;
  if (bracket)
    text = skip(text, 1);
  for (size_t i = 0; i < COUNT(document_names) && name == 0; i++)
    name = label_length(text, document_names[i]);
  text = skip(text, name);
  while (name > 0 && text.len > 0 && strchr(" [#", text.ptr[0]) && text.ptr[0]) {
    bracket |= text.ptr[0] == '[';
    text = skip(text, 1);
  }
  size_t digits = read_number(text, &line->number);
  text = skip(text, digits);
  if (digits == 0 || (name == 0 && !bracket))
    return false;
  line->named = name > 0;
  if (bracket)
    return text.len > 0 && text.ptr[0] == ']';
  return text.len == 0 || (text.ptr[0] && strchr(":.)(-*", text.ptr[0])) ||
         (text.len > 1 && text.ptr[0] == ' ' && text.ptr[1] && strchr("(-*", text.ptr[1]));
}

static bool is_rule(struct span text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] != text.ptr[0] || !strchr("-=*_#", text.ptr[i]))
      return false;
  return text.len >= 3 && text.ptr[0] != '\0';
}

/* What the first bytes of a line hold. Most lines can be neither a label nor a
 * document's number for want of them, and then cost no search. */
struct signs {
  bool colon; /* or the lead byte of a wide one */
  bool digit;
};

static struct signs signs_of(struct span text) {
  struct signs signs = {false, false};
  size_t limit = text.len < LABEL_BYTES_MAX ? text.len : LABEL_BYTES_MAX;
  for (size_t i = 0; i < limit; i++) {
    signs.colon |= text.ptr[i] == ':' || text.ptr[i] == '\xEF';
    signs.digit |= text.ptr[i] >= '0' && text.ptr[i] <= '9';
  }
  return signs;
}

static enum line_kind kind_of(struct line *line) {
  struct span text = trim_blanks(line->text);
  if (text.len == 0)
    return LINE_BLANK;
  if (text.len >= 3 && memcmp(text.ptr, "```", 3) == 0)
    return LINE_FENCE;
  if (is_rule(text))
    return LINE_RULE;
  struct span bare = skip_markup(text);
  bool heading = bare.len < text.len && (text.ptr[0] == '#' || text.ptr[0] == '*');
  if (bare.len == 0 || (bare.ptr[0] >= 'a' && bare.ptr[0] <= 'z'))
    return LINE_TEXT;
  struct signs signs = signs_of(bare);
  if (signs.digit && is_document(bare, line))
    return LINE_DOCUMENT;
  /* The one label without a colon ends in a full stop, and is short. */
  if (bare.len < LABEL_BYTES_MIN ||
      !(signs.colon || heading || (bare.len < LABEL_BYTES_MAX && bare.ptr[bare.len - 1] == '.')))
    return LINE_TEXT;
  if (has_label(bare, heading, header_labels, COUNT(header_labels), &line->body))
    return LINE_HEADER;
  if (has_label(bare, heading, question_labels, COUNT(question_labels), &line->body))
    return LINE_QUESTION;
  if (has_label(bare, heading, answer_labels, COUNT(answer_labels), &line->body) &&
      line->body.len == 0)
    return LINE_ANSWER;
  return LINE_TEXT;
}

struct line line_read(struct span text, size_t at, size_t *next) {
  const char *start = text.ptr + at;
  const char *end = memchr(start, '\n', text.len - at);
  size_t len = end ? (size_t)(end - start) : text.len - at;
  struct line line = {.text = span_make(start, len), .body = span_make(start + len, 0)};
  *next = at + len + (end != NULL);
  line.kind = kind_of(&line);
  return line;
}
