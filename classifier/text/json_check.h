/* json_check.h - is this one well-formed, bounded JSON text (RFC 8259)?
 *
 * The JSON library that builds trees is lenient: it accepts trailing junk,
 * duplicate keys, invalid UTF-8 and "[01]", and its recursion follows the
 * input. Everything that tierd parses passes this check first; what passes is
 * safe to hand on. One pass, no allocation, no recursion.
 *
 *   struct json_error err;
 *   if (json_check(body, body_len, &limits, &err) != JSON_OK)
 *     // err.offset is the byte, json_status_text(err.status) the reason
 */
#ifndef TIERD_TEXT_JSON_CHECK_H
#define TIERD_TEXT_JSON_CHECK_H

#include <stddef.h>

enum { JSON_DEPTH_MAX = 256 };

enum json_status {
  JSON_OK = 0,
  JSON_EMPTY,          /* nothing but white space */
  JSON_SYNTAX,         /* not JSON */
  JSON_TRUNCATED,      /* ends within a value */
  JSON_TRAILING,       /* more after the value */
  JSON_TOO_DEEP,       /* nested deeper than limits.depth_max */
  JSON_TOO_MANY_NODES, /* more values than limits.nodes_max */
  JSON_BAD_UTF8,       /* a string holds bytes that are not UTF-8 */
  JSON_BAD_ESCAPE,     /* a backslash with something that JSON does not know */
  JSON_CONTROL_CHAR,   /* an unescaped control character in a string */
  JSON_BAD_NUMBER,     /* 01, 1., .5, 1e */
  JSON_NUMBER_RANGE    /* overflows a double, such as 1e999 */
};

struct json_limits {
  size_t depth_max; /* at most JSON_DEPTH_MAX */
  size_t nodes_max; /* values of any kind, keys not counted */
};

struct json_error {
  enum json_status status;
  size_t offset; /* bytes from the start */
  size_t line;   /* from 1 */
};

/* Checks text[0..len). text may be NULL when len is 0. Escapes that stand for
 * NUL or a lone surrogate are well-formed JSON but poison to C strings; they are
 * rewritten in place to \uFFFD (same length), and numbers of more digits than the
 * JSON library takes are rounded; hence text is writable.
 * On failure err says what and where; err may be NULL. */
enum json_status json_check(char *text, size_t len, const struct json_limits *limits,
                            struct json_error *err);

/* A clause for people: "nested too deeply". Never NULL, static storage. */
const char *json_status_text(enum json_status status);

/* Overwrites line and block comments that stand outside strings with spaces, so
 * that configuration may carry them. In place; offsets stay as they were. */
void json_blank_comments(char *text, size_t len);

#endif
