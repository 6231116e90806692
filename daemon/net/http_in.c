/* http_in.c - llhttp's callbacks record what they see; http_in_feed() judges.
 *
 * llhttp hands out spans in pieces and knows no limits, so names and values are
 * gathered in small fixed arrays (only a few headers matter). What llhttp forgives
 * in a head even in strict mode is found by scan_head() before llhttp sees the
 * bytes, which also counts them. The parser is stopped after each message by returning
 * HPE_PAUSED from on_message_complete, never by pausing inside a callback. */
#include "daemon/net/http_in.h"

#include <strings.h>

enum { URL_KEEP = 4096, BODY_KEEP = 256 * 1024 };

/* Stops the parser with a problem. */
static int refuse(struct http_in *in) {
  in->endpoint = NULL;
  return HPE_USER;
}

static struct http_in *self(llhttp_t *parser) {
  return parser->data;
}

static int on_message_begin(llhttp_t *parser) {
  self(parser)->started = true;
  return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  if (in->url.len + length > in->config->url_bytes_max) {
    problem_set(&in->problem, PROBLEM_URL_TOO_LONG, "", "the URL is longer than %u bytes",
                in->config->url_bytes_max);
    return refuse(in);
  }
  buffer_add(&in->url, at, length);
  return 0;
}

static bool count_head(struct http_in *in, size_t bytes) {
  in->head_bytes += bytes;
  return in->head_bytes <= in->config->header_bytes_max ||
         problem_set(&in->problem, PROBLEM_HEADERS_TOO_LARGE, "",
                     "the headers are larger than %u bytes together", in->config->header_bytes_max);
}

/* Trailers are headers that come after the body, where scan_head() does not look. */
static int count_trailer(struct http_in *in, size_t bytes) {
  return in->head_done && !count_head(in, bytes) ? refuse(in) : 0;
}

static bool scan_byte(struct http_in *in, char c) {
  bool first = in->lines == 0;
  if (!first && in->line_bytes == 0 && (c == ' ' || c == '\t'))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "a header line begins with white space; folded headers are not accepted");
  if (c == '\n' && in->previous != '\r')
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "a line of the head ends in LF alone; expected CRLF");
  in->previous = c;
  return first || count_head(in, 1);
}

/* Looks through the head's lines for what one program reads so and another
 * otherwise: line ends without CR and folded headers. Stops at the empty line that
 * ends the head; empty lines before the request line do not count. */
static bool scan_head(struct http_in *in, const char *data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (!scan_byte(in, data[i]))
      return false;
    if (data[i] != '\n') {
      in->line_bytes += data[i] != '\r';
      continue;
    }
    if (in->line_bytes == 0 && in->lines > 0)
      return true;
    in->lines += in->line_bytes > 0;
    in->line_bytes = 0;
  }
  return true;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  for (size_t i = 0; i < length && in->name_len < HTTP_NAME_MAX; i++)
    in->name[in->name_len++] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + 32 : at[i]);
  return count_trailer(in, length);
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  for (size_t i = 0; i < length && in->value_len < HTTP_VALUE_MAX; i++)
    in->value[in->value_len++] = at[i];
  return count_trailer(in, length);
}

static bool value_begins(struct span value, const char *with) {
  size_t len = strlen(with);
  return value.len >= len && strncasecmp(value.ptr, with, len) == 0;
}

/* JSON under its several names; curl's default for -d; plain text. */
static bool media_supported(struct span value) {
  static const char *const types[] = {"application/json",
                                      "application/x-ndjson",
                                      "application/jsonl",
                                      "application/ndjson",
                                      "text/plain",
                                      "text/json",
                                      "application/x-www-form-urlencoded"};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (value_begins(value, types[i]))
      return true;
  return false;
}

static int on_header_value_complete(llhttp_t *parser) {
  struct http_in *in = self(parser);
  struct span name = span_make(in->name, in->name_len);
  struct span value = span_make(in->value, in->value_len);
  if (span_is(name, "host"))
    in->hosts++;
  else if (span_is(name, "content-type"))
    in->media_unsupported = !media_supported(value);
  else if (span_is(name, "content-encoding"))
    in->encoded = !value_begins(value, "identity");
  else if (span_is(name, "transfer-encoding"))
    in->coded |= value.len != strlen("chunked") || !value_begins(value, "chunked");
  else if (span_is(name, "expect"))
    in->expect_continue = value_begins(value, "100-continue");
  if (name.len == 0) {
    problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "a header without a name");
    return refuse(in);
  }
  in->name_len = 0;
  in->value_len = 0;
  if (++in->headers > in->config->headers_max) {
    problem_set(&in->problem, PROBLEM_HEADERS_TOO_LARGE, "", "more than %u header lines",
                in->config->headers_max);
    return refuse(in);
  }
  return count_trailer(in, 4);
}

static enum api_method method_of(const llhttp_t *parser) {
  switch (parser->method) {
  case HTTP_GET:
    return API_GET;
  case HTTP_HEAD:
    return API_HEAD;
  case HTTP_POST:
    return API_POST;
  default:
    return API_OTHER;
  }
}

/* The target without its query, and without "http://host" in the form that is sent
 * to proxies, which servers have to take as well (RFC 9112, 3.2.2). */
static struct span path_of(const struct http_in *in) {
  static const char scheme[] = "http://";
  struct span path = span_make(in->url.data, in->url.len);
  if (value_begins(path, scheme)) {
    const char *host = path.ptr + strlen(scheme);
    size_t rest = path.len - strlen(scheme);
    const char *slash = rest ? memchr(host, '/', rest) : NULL;
    path = slash ? span_make(slash, rest - (size_t)(slash - host)) : span_of("/");
  }
  const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;
  return query ? span_make(path.ptr, (size_t)(query - path.ptr)) : path;
}

static bool body_announced(const llhttp_t *parser) {
  return (parser->flags & F_CHUNKED) || (parser->flags & F_CONTENT_LENGTH);
}

/* Everything that can be judged by the head alone, before a body is read. */
static bool judge_head(struct http_in *in, const llhttp_t *parser) {
  bool http_1_1 = parser->http_major == 1 && parser->http_minor == 1;
  if (parser->http_major != 1)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "only HTTP/1.1 and 1.0 are spoken");
  if (in->hosts > 1 || (http_1_1 && in->hosts == 0))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "expected exactly one Host header");
  if (in->coded)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "transfer-encoding: the only one that is understood is chunked");
  in->endpoint = api_find(method_of(parser), path_of(in), &in->problem);
  if (!in->endpoint)
    return false;
  if (in->endpoint->body == API_BODY_NONE)
    return true;
  if (!body_announced(parser))
    return problem_set(&in->problem, PROBLEM_LENGTH_REQUIRED, "",
                       "send a JSON body with Content-Length or chunked");
  if (in->encoded)
    return problem_set(&in->problem, PROBLEM_MEDIA_TYPE, "",
                       "content-encoding is not supported; send the body as it is");
  if (in->media_unsupported)
    return problem_set(&in->problem, PROBLEM_MEDIA_TYPE, "",
                       "content-type: expected application/json");
  if (in->endpoint->body == API_BODY_WHOLE && (parser->flags & F_CONTENT_LENGTH) &&
      parser->content_length > in->config->body_bytes_max)
    return problem_set(&in->problem, PROBLEM_BODY_TOO_LARGE, "", "the body is larger than %u bytes",
                       in->config->body_bytes_max);
  return true;
}

static int on_headers_complete(llhttp_t *parser) {
  struct http_in *in = self(parser);
  in->head_done = true;
  in->http_1_0 = parser->http_minor == 0;
  in->head_only = parser->method == HTTP_HEAD;
  /* Nothing here can be upgraded to; the request is read as it stands. */
  parser->upgrade = 0;
  if (judge_head(in, parser))
    return 0;
  in->endpoint = NULL;
  /* Without a body the framing is intact, so the connection may live on. */
  bool has_body = (parser->flags & F_CHUNKED) || parser->content_length > 0;
  return has_body || in->problem.type == PROBLEM_BAD_REQUEST ? HPE_USER : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  if (!in->endpoint || in->endpoint->body == API_BODY_NONE)
    return 0;
  if (in->endpoint->body == API_BODY_WHOLE && in->body.len + length > in->config->body_bytes_max) {
    problem_set(&in->problem, PROBLEM_BODY_TOO_LARGE, "", "the body is larger than %u bytes",
                in->config->body_bytes_max);
    return refuse(in);
  }
  buffer_add(&in->body, at, length);
  return in->body.failed ? refuse(in) : 0;
}

static int on_message_complete(llhttp_t *parser) {
  self(parser)->keep_alive = llhttp_should_keep_alive(parser) == 1;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_in_init(struct http_in *in, const struct config *config) {
  memset(in, 0, sizeof *in);
  in->config = config;
  llhttp_init(&in->parser, HTTP_REQUEST, &settings);
  in->parser.data = in;
}

void http_in_next(struct http_in *in) {
  in->started = false;
  in->head_done = false;
  in->expect_continue = false;
  in->endpoint = NULL;
  in->problem.type = PROBLEM_NONE;
  in->head_bytes = 0;
  in->lines = 0;
  in->line_bytes = 0;
  in->previous = 0;
  in->headers = 0;
  in->hosts = 0;
  in->coded = false;
  in->encoded = false;
  in->media_unsupported = false;
  in->name_len = 0;
  in->value_len = 0;
  buffer_reset(&in->url, URL_KEEP);
  buffer_reset(&in->body, BODY_KEEP);
}

void http_in_reset(struct http_in *in) {
  http_in_next(in);
  llhttp_init(&in->parser, HTTP_REQUEST, &settings);
  in->parser.data = in;
}

void http_in_deinit(struct http_in *in) {
  buffer_deinit(&in->url);
  buffer_deinit(&in->body);
}

enum http_event http_in_feed(struct http_in *in, const char *data, size_t len, size_t *taken) {
  *taken = len;
  if (!in->head_done && !scan_head(in, data, len)) {
    in->endpoint = NULL;
    return HTTP_REFUSED;
  }
  llhttp_errno_t error = llhttp_execute(&in->parser, data, len);
  if (error == HPE_OK)
    return HTTP_MORE;
  *taken = (size_t)(llhttp_get_error_pos(&in->parser) - data);
  if (error == HPE_PAUSED) {
    llhttp_resume(&in->parser);
    return HTTP_MESSAGE;
  }
  if (in->problem.type == PROBLEM_NONE) {
    if (in->body.failed || in->url.failed)
      problem_set(&in->problem, PROBLEM_OVERLOADED, "", "out of memory");
    else
      problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "%s",
                  llhttp_get_error_reason(&in->parser));
  }
  in->endpoint = NULL;
  return HTTP_REFUSED;
}
