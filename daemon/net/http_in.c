/* http_in.c - llhttp's callbacks record what they see; http_in_feed() judges.
 *
 * llhttp hands out spans in pieces and knows no limits, so names and values are
 * gathered in small fixed arrays (only a few headers matter). What llhttp forgives
 * even in strict mode is found by scan(), which looks through every line (head,
 * chunk sizes, trailers) before llhttp sees it and counts its bytes; llhttp then gets
 * the bytes line by line or, in a body, all at once. A bad byte is reported after
 * llhttp had those before it, so that what is refused does not depend on how the
 * bytes were cut. The parser is stopped after each message by returning HPE_PAUSED
 * from on_message_complete, never by pausing inside a callback. */
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

/* Known this early for refusals: an answer to HEAD has no body, whatever it says. */
static int on_method_complete(llhttp_t *parser) {
  self(parser)->method = method_of(parser);
  self(parser)->head_only = parser->method == HTTP_HEAD;
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
  return in->url.failed ? refuse(in) : 0; /* half a target is another target */
}

/* The sum is what is bounded, so that neither one long line nor many short ones take
 * more. Trailers go on counting where the head has stopped. */
static bool count_head(struct http_in *in, size_t bytes) {
  in->head_bytes += bytes;
  return in->head_bytes <= in->config->header_bytes_max ||
         problem_set(&in->problem, PROBLEM_HEADERS_TOO_LARGE, "",
                     "the headers are larger than %u bytes together", in->config->header_bytes_max);
}

static bool bad_line(struct http_in *in, const char *detail) {
  return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "%s", detail);
}

/* Lines of a chunked body: a chunk's size, the end of its bytes, or a trailer. */
static bool scan_body_line_byte(struct http_in *in, char c) {
  if (in->trailing)
    return count_head(in, 1);
  /* Extensions cost no memory, but nobody should have to read them without end. */
  if (in->line_bytes >= in->config->header_bytes_max)
    return bad_line(in, "a chunk's extension is longer than all headers may be together");
  /* llhttp skips any number of zeros; others stop after 16 digits or read on. */
  if (in->line_bytes == HTTP_CHUNK_DIGITS_MAX && !memchr(";\r\n", c, 3) && !in->extended)
    return bad_line(in, "a chunk's size has more than 16 digits");
  in->extended |= c == ';';
  return true;
}

/* Finds what one program reads so and another otherwise: line ends that are not CRLF
 * (RFC 9112, 2.2), folded headers (5.2), and a request line of more or fewer parts than
 * it seems to have (3). llhttp sees to the characters within names and values. */
static bool scan_byte(struct http_in *in, char c) {
  bool first = in->lines == 0;
  if (in->previous == '\r' && c != '\n')
    return bad_line(in, "a CR that no LF follows; expected CRLF");
  if (c == '\n' && in->previous != '\r')
    return bad_line(in, "a line ends in LF alone; expected CRLF");
  if (!first && in->line_bytes == 0 && (c == ' ' || c == '\t'))
    return bad_line(in, "a line begins with white space; folded headers are not accepted");
  if (first && c == ' ' && in->previous == ' ')
    return bad_line(in, "two blanks in the request line; expected one between its parts");
  in->previous = c;
  /* The request line has a limit of its own, the URL's; a method is short or unknown. */
  if (in->head_done)
    return scan_body_line_byte(in, c);
  return first || count_head(in, 1);
}

/* The number of bytes up to the next place where something has to be decided: the end
 * of the head, of a line or of a chunk. Ends sooner, with *bad set and the problem
 * filled, before a byte that is refused. Empty lines before the request line do not
 * count as the end of the head. */
static size_t scan(struct http_in *in, const char *data, size_t len, bool *bad) {
  /* A body of known length has no lines; llhttp stops where it ends. */
  if (in->head_done && !(in->parser.flags & F_CHUNKED))
    return len;
  if (in->chunk_left > 0)
    return in->chunk_left < len ? (size_t)in->chunk_left : len;
  for (size_t i = 0; i < len; i++) {
    if (!scan_byte(in, data[i])) {
      *bad = true;
      return i;
    }
    if (data[i] != '\n') {
      in->line_bytes += data[i] != '\r';
      continue;
    }
    /* A line has ended. In a chunked body llhttp has to see it first: only then is it
     * known whether bytes follow, and how many. */
    bool empty = in->line_bytes == 0;
    in->line_bytes = 0;
    in->extended = false;
    if (in->head_done || (empty && in->lines > 0))
      return i + 1;
    in->lines += !empty;
  }
  return len;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  for (size_t i = 0; i < length && in->name_len < HTTP_NAME_MAX; i++)
    in->name[in->name_len++] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + 32 : at[i]);
  return 0;
}

/* Of a long value only the beginning is kept, and that it was long: the headers that
 * matter here are short. */
static int on_header_value(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  size_t room = HTTP_VALUE_MAX - in->value_len;
  size_t kept = length < room ? length : room;
  memcpy(in->value + in->value_len, at, kept);
  in->value_len += kept;
  in->value_cut |= kept < length;
  return 0;
}

static bool value_begins(struct span value, const char *with) {
  size_t len = strlen(with);
  return value.len >= len && strncasecmp(value.ptr, with, len) == 0;
}

static bool value_is(struct span value, const char *text) {
  return value.len == strlen(text) && value_begins(value, text);
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
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    size_t len = strlen(types[i]);
    if (value_begins(value, types[i]) && (value.len == len || memchr("; \t", value.ptr[len], 3)))
      return true;
  }
  return false;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Bytes of a host's name or, between brackets, of an IPv6 address. A comma would be
 * allowed, but is what two Host headers look like that somebody has joined. */
static bool is_host_byte(char c, bool bracketed) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || is_digit(c) || (c && strchr(bracketed ? ":.%-_~" : "-._~%!$&'()*+;=", c));
}

/* HOST, HOST:PORT or nothing (RFC 9112, 3.2: an invalid one is to be refused). */
static bool host_valid(struct span value) {
  size_t at = 0;
  bool bracketed = value.len > 0 && value.ptr[0] == '[';
  at += bracketed;
  while (at < value.len && is_host_byte(value.ptr[at], bracketed))
    at++;
  if (bracketed && (at == value.len || value.ptr[at++] != ']'))
    return false;
  if (at < value.len && value.ptr[at] == ':')
    for (at++; at < value.len && is_digit(value.ptr[at]); at++) {
    }
  return at == value.len;
}

/* llhttp leaves blanks at the end of a value to us. */
static struct span trimmed_value(const struct http_in *in) {
  struct span value = span_make(in->value, in->value_len);
  while (value.len > 0 && memchr(" \t", value.ptr[value.len - 1], 2))
    value.len--;
  return value;
}

/* What the head says of itself; judge_head() decides when all of it is known. Where a
 * header may come twice, the doubt is kept, not the last value. */
static void note_header(struct http_in *in, struct span name, struct span value) {
  if (in->tcp)
    origin_note(&in->origin, name, value);
  if (span_is(name, "host")) {
    in->hosts++;
    in->host_bad |= in->value_cut || !host_valid(value);
  } else if (span_is(name, "content-type")) {
    in->media_unsupported = !media_supported(value);
  } else if (span_is(name, "content-encoding")) {
    in->encoded |= !value_is(value, "identity");
  } else if (span_is(name, "content-length")) {
    in->length_odd |= value.len > 1 && value.ptr[0] == '0';
  } else if (span_is(name, "transfer-encoding")) {
    in->coded |= in->transfer || in->value_cut || !value_is(value, "chunked");
    in->transfer = true;
  } else if (span_is(name, "expect")) {
    in->expect_continue = value_is(value, "100-continue");
    in->expect_unknown |= !in->expect_continue;
  }
}

/* Trailers are read and dropped; one that speaks of framing is an attack. */
static bool judge_trailer(struct http_in *in, struct span name) {
  if (span_is(name, "content-length") || span_is(name, "transfer-encoding"))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "%.*s stands in a trailer",
                       (int)name.len, name.ptr);
  return true;
}

static int on_header_value_complete(llhttp_t *parser) {
  struct http_in *in = self(parser);
  struct span name = span_make(in->name, in->name_len);
  if (name.len == 0) {
    problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "a header without a name");
    return refuse(in);
  }
  if (!in->head_done)
    note_header(in, name, trimmed_value(in));
  else if (!judge_trailer(in, name))
    return refuse(in);
  in->name_len = 0;
  in->value_len = 0;
  in->value_cut = false;
  if (++in->headers > in->config->headers_max) {
    problem_set(&in->problem, PROBLEM_HEADERS_TOO_LARGE, "", "more than %u header lines",
                in->config->headers_max);
    return refuse(in);
  }
  return 0;
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

/* Doubts about where the message ends, or whom it is for. */
static bool judge_framing(struct http_in *in, const llhttp_t *parser) {
  bool http_1_1 = parser->http_major == 1 && parser->http_minor == 1;
  if (parser->http_major != 1)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "only HTTP/1.1 and 1.0 are spoken");
  if (in->hosts > 1 || (http_1_1 && in->hosts == 0))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "expected exactly one Host header");
  if (in->host_bad)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "host: expected HOST or HOST:PORT");
  if (in->coded || (in->transfer && !(parser->flags & F_CHUNKED)))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "transfer-encoding: the only one that is understood is chunked");
  if (in->transfer && !http_1_1)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "transfer-encoding: HTTP/1.0 has none; send Content-Length");
  if (in->length_odd)
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "",
                       "content-length: expected a decimal number without leading zeros");
  if (in->url.len > 0 && memchr(in->url.data, '#', in->url.len))
    return problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "the target holds a fragment (#)");
  return true;
}

/* Takes the body's length as announced, or the next chunk's, into account. Lines of a
 * batch are bounded one by one. */
static bool judge_length(struct http_in *in, uint64_t more) {
  uint64_t most = in->config->body_bytes_max;
  if ((in->endpoint && in->endpoint->body == API_BODY_LINES) ||
      (in->body_bytes <= most && more <= most - in->body_bytes))
    return true;
  return problem_set(&in->problem, PROBLEM_BODY_TOO_LARGE, "", "the body is larger than %u bytes",
                     in->config->body_bytes_max);
}

/* What has to be right for a body to be read. */
static bool judge_body(struct http_in *in, const llhttp_t *parser) {
  if (!body_announced(parser))
    return problem_set(&in->problem, PROBLEM_LENGTH_REQUIRED, "",
                       "send a JSON body with Content-Length or chunked");
  if (in->encoded)
    return problem_set(&in->problem, PROBLEM_MEDIA_TYPE, "",
                       "content-encoding is not supported; send the body as it is");
  if (in->media_unsupported)
    return problem_set(&in->problem, PROBLEM_MEDIA_TYPE, "",
                       "content-type: expected application/json");
  return true;
}

/* The rest have their bodies read and ignored. */
static bool keeps_body(const struct api_endpoint *endpoint) {
  return endpoint->body == API_BODY_WHOLE || endpoint->body == API_BODY_LINES ||
         endpoint->body == API_COMMAND_BODY;
}

/* Everything that can be judged by the head alone, before a body is read. */
static bool judge_head(struct http_in *in, const llhttp_t *parser) {
  if (!judge_framing(in, parser))
    return false;
  if (in->tcp && !origin_judge(&in->origin, in->config, method_of(parser), &in->problem))
    return false;
  in->endpoint = api_find(method_of(parser), path_of(in), &in->problem);
  if (!in->endpoint)
    return false;
  if (in->expect_unknown && !in->http_1_0)
    return problem_set(&in->problem, PROBLEM_EXPECTATION, "",
                       "expect: the only one that can be met is 100-continue");
  if (keeps_body(in->endpoint) && !judge_body(in, parser))
    return false;
  return !(parser->flags & F_CONTENT_LENGTH) || judge_length(in, parser->content_length);
}

static int on_headers_complete(llhttp_t *parser) {
  struct http_in *in = self(parser);
  in->head_done = true;
  in->http_1_0 = parser->http_minor == 0;
  /* Nothing here can be upgraded to; the request is read as it stands. */
  parser->upgrade = 0;
  if (judge_head(in, parser))
    return 0;
  in->endpoint = NULL;
  /* Without a body the framing is intact, so the connection may live on. */
  bool has_body = (parser->flags & F_CHUNKED) || parser->content_length > 0;
  return has_body || in->problem.type == PROBLEM_BAD_REQUEST ? HPE_USER : 0;
}

/* The chunk's length is known before its bytes have come. */
static int on_chunk_header(llhttp_t *parser) {
  struct http_in *in = self(parser);
  in->chunk_left = parser->content_length;
  in->trailing = in->chunk_left == 0;
  return judge_length(in, in->chunk_left) ? 0 : refuse(in);
}

static int on_body(llhttp_t *parser, const char *at, size_t length) {
  struct http_in *in = self(parser);
  in->body_bytes += length;
  if (!in->endpoint || !keeps_body(in->endpoint))
    return 0;
  buffer_add(&in->body, at, length);
  return in->body.failed ? refuse(in) : 0;
}

static int on_message_complete(llhttp_t *parser) {
  self(parser)->keep_alive = llhttp_should_keep_alive(parser) == 1;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_message_begin,
    .on_method_complete = on_method_complete,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
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
  in->http_1_0 = false;
  in->method = API_OTHER;
  in->head_only = false;
  in->endpoint = NULL;
  in->problem.type = PROBLEM_NONE;
  in->head_bytes = 0;
  in->lines = 0;
  in->line_bytes = 0;
  in->previous = 0;
  in->extended = false;
  in->trailing = false;
  in->chunk_left = 0;
  in->body_bytes = 0;
  in->headers = 0;
  in->hosts = 0;
  if (in->tcp)
    in->origin = (struct origin){0};
  in->host_bad = false;
  in->transfer = false;
  in->coded = false;
  in->length_odd = false;
  in->expect_unknown = false;
  in->encoded = false;
  in->media_unsupported = false;
  in->name_len = 0;
  in->value_len = 0;
  in->value_cut = false;
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

/* llhttp has stopped for another reason than the message's end. */
static enum http_event refused(struct http_in *in) {
  if (in->problem.type == PROBLEM_NONE && (in->body.failed || in->url.failed))
    problem_set(&in->problem, PROBLEM_OVERLOADED, "", "out of memory");
  else if (in->problem.type == PROBLEM_NONE)
    problem_set(&in->problem, PROBLEM_BAD_REQUEST, "", "%s", llhttp_get_error_reason(&in->parser));
  in->endpoint = NULL;
  return HTTP_REFUSED;
}

enum http_event http_in_feed(struct http_in *in, const char *data, size_t len, size_t *taken) {
  *taken = 0;
  while (*taken < len) {
    const char *at = data + *taken;
    bool bad = false;
    bool in_chunk = in->chunk_left > 0;
    size_t piece = scan(in, at, len - *taken, &bad);
    enum problem_type found = in->problem.type; /* of the byte after the piece */
    if (bad)
      in->problem.type = PROBLEM_NONE; /* llhttp's own, if it has one, comes first */
    llhttp_errno_t error = llhttp_execute(&in->parser, at, piece);
    if (error == HPE_PAUSED) {
      *taken += (size_t)(llhttp_get_error_pos(&in->parser) - at);
      llhttp_resume(&in->parser);
      return HTTP_MESSAGE;
    }
    if (error == HPE_OK && bad)
      in->problem.type = found;
    if (error != HPE_OK || bad)
      return refused(in);
    if (in_chunk)
      in->chunk_left -= piece;
    *taken += piece;
  }
  return HTTP_MORE;
}
