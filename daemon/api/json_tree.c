/* json_tree.c - from checked JSON to nodes, in one walk and without recursion.
 *
 * How data flows: json_tree() goes from token to token. What is open is a stack of the
 * nodes that hold what follows. A string ends in place of its closing quote or before,
 * since no escape is shorter than what it stands for. Nothing is checked here that
 * json_check() has checked: the grammar, the depth, the escapes and how long a number is.
 * What the members mean is left to the callers. */
#include "daemon/api/json_tree.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "classifier/text/json_plain.h"

enum { NUMBER_BYTES_MAX = 63, EXACT_DIGITS = 15 };

struct builder {
  struct arena *arena;
  unsigned char *at, *end;
  cJSON *open[JSON_DEPTH_MAX]; /* arrays and objects, the innermost last */
  size_t depth;
};

/* ---- strings */

static unsigned hex4(const unsigned char *p) {
  unsigned unit = 0;
  for (int i = 0; i < 4; i++) {
    unsigned c = p[i];
    unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

/* Writes a code point, returns the place behind. */
static unsigned char *put_utf8(unsigned char *to, uint32_t codepoint) {
  if (codepoint < 0x80) {
    *to++ = (unsigned char)codepoint;
    return to;
  }
  int tail = codepoint < 0x800 ? 1 : codepoint < 0x10000 ? 2 : 3;
  *to++ = (unsigned char)((0xFF00u >> (tail + 1)) | codepoint >> (6 * tail));
  while (tail-- > 0)
    *to++ = (unsigned char)(0x80 | (codepoint >> (6 * tail) & 0x3F));
  return to;
}

/* \uXXXX, or two of them for one character, at from. The checker has seen to it that a
 * high surrogate has its low one behind it. */
static unsigned char *put_unicode(unsigned char *to, unsigned char **from) {
  uint32_t unit = hex4(*from + 2);
  *from += 6;
  if (unit >= 0xD800 && unit < 0xDC00) {
    unit = 0x10000 + ((unit & 0x3FF) << 10) + (hex4(*from + 2) & 0x3FF);
    *from += 6;
  }
  return put_utf8(to, unit);
}

/* One escape from *from to to. */
static unsigned char *put_escape(unsigned char *to, unsigned char **from) {
  unsigned char c = (*from)[1];
  switch (c) {
  case 'u':
    return put_unicode(to, from);
  case 'b':
    c = '\b';
    break;
  case 'f':
    c = '\f';
    break;
  case 'n':
    c = '\n';
    break;
  case 'r':
    c = '\r';
    break;
  case 't':
    c = '\t';
    break;
  default: /* quote, backslash and slash stand for themselves */
    break;
  }
  *from += 2;
  *to++ = c;
  return to;
}

/* The string whose quote is at b->at, ended by a zero byte; b->at is behind it then. */
static char *take_string(struct builder *b) {
  unsigned char *start = b->at + 1;
  unsigned char *to = json_skip_to_mark(start, b->end);
  unsigned char *from = to;
  while (*from != '"') {
    to = put_escape(to, &from);
    unsigned char *next = json_skip_to_mark(from, b->end);
    memmove(to, from, (size_t)(next - from));
    to += next - from;
    from = next;
  }
  b->at += 1 + (from - start) + 1;
  *to = '\0';
  return (char *)start;
}

/* ---- numbers */

/* As cJSON has it: a double, and the nearest int. */
static void set_number(cJSON *node, double value) {
  node->type = cJSON_Number;
  node->valuedouble = value;
  if (value >= INT_MAX)
    node->valueint = INT_MAX;
  else if (value <= (double)INT_MIN)
    node->valueint = INT_MIN;
  else
    node->valueint = (int)value;
}

static bool in_number(unsigned char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/* Most numbers are small and whole. The others go to strtod(), as a copy, for nothing
 * need end the text behind the number. */
static void take_number(struct builder *b, cJSON *node) {
  unsigned char *p = b->at;
  uint64_t whole = 0;
  while (p < b->end && p - b->at < EXACT_DIGITS && *p >= '0' && *p <= '9')
    whole = whole * 10 + (uint64_t)(*p++ - '0');
  if (p > b->at && (p == b->end || !in_number(*p))) {
    set_number(node, (double)whole);
    b->at = p;
    return;
  }
  char copy[NUMBER_BYTES_MAX + 1];
  size_t len = 0;
  for (p = b->at; p < b->end && len < NUMBER_BYTES_MAX && in_number(*p); p++)
    copy[len++] = (char)*p;
  copy[len] = '\0';
  set_number(node, strtod(copy, NULL));
  b->at = p;
}

/* ---- the tree */

/* The first child's prev is the last one, as in cJSON's own lists. */
static void append(cJSON *parent, cJSON *node) {
  cJSON *first = parent->child;
  if (!first) {
    parent->child = node;
    node->prev = node;
    return;
  }
  node->prev = first->prev;
  first->prev->next = node;
  first->prev = node;
}

static void skip_space(struct builder *b) {
  while (b->at < b->end && (*b->at == ' ' || *b->at == '\n' || *b->at == '\r' || *b->at == '\t'))
    b->at++;
}

/* A node for the value at b->at, with its key if it is a member. */
static cJSON *new_node(struct builder *b) {
  cJSON *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;
  cJSON *node = arena_take(b->arena, sizeof *node);
  if (!node)
    return NULL;
  memset(node, 0, sizeof *node);
  if (parent && parent->type == cJSON_Object) {
    node->string = take_string(b);
    skip_space(b);
    b->at++; /* the colon */
    skip_space(b);
  }
  if (parent)
    append(parent, node);
  return node;
}

static void take_literal(struct builder *b, cJSON *node) {
  node->type = *b->at == 't' ? cJSON_True : *b->at == 'f' ? cJSON_False : cJSON_NULL;
  node->valueint = *b->at == 't';
  b->at += *b->at == 'f' ? 5 : 4;
}

/* The value at b->at; one that holds others is opened and left so. */
static void take_value(struct builder *b, cJSON *node) {
  switch (*b->at) {
  case '{':
  case '[':
    node->type = *b->at++ == '{' ? cJSON_Object : cJSON_Array;
    b->open[b->depth++] = node;
    break;
  case '"':
    node->type = cJSON_String;
    node->valuestring = take_string(b);
    break;
  case 't':
  case 'f':
  case 'n':
    take_literal(b, node);
    break;
  default:
    take_number(b, node);
  }
}

/* Moves to the next value or key within what is open, closing what ends before it. */
static void find_next(struct builder *b) {
  for (skip_space(b); b->depth > 0; skip_space(b)) {
    if (*b->at == '}' || *b->at == ']')
      b->depth--;
    else if (*b->at != ',')
      return;
    b->at++;
  }
}

cJSON *json_tree(struct arena *arena, char *text, size_t len) {
  struct builder b;
  b.arena = arena;
  b.at = (unsigned char *)text;
  b.end = b.at + len;
  b.depth = 0; /* open[] is written before it is read */
  cJSON *root = NULL;
  skip_space(&b);
  do {
    cJSON *node = new_node(&b);
    if (!node)
      return NULL;
    root = root ? root : node;
    take_value(&b, node);
    find_next(&b);
  } while (b.depth > 0);
  return root;
}
