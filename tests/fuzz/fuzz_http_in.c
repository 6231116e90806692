/* fuzz_http_in.c - how bytes are cut changes nothing, and no limit is exceeded.
 *
 * The first bytes of the input say how long the pieces are; the rest is what a client
 * sends. It is read whole, byte by byte, and in those pieces: each reading must give
 * the same messages in the same order, and refuse at the same message or not at all.
 * A body must have the length that its message declares. Two things may depend on the
 * cut and are not compared: which of two reasons a refusal names, and how much of a
 * message that is not complete has been kept. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/net/http_in.h"

#include "require.h"

enum { CUTS = 4, LOG_BYTES = 1 << 16 };

/* What a reading gave. */
struct reading {
  struct http_in in;
  char log[LOG_BYTES]; /* of each message what matters, one after the other */
  size_t len;
  bool full; /* the log; both readings stop there */
  bool refused;
};

static void note(struct reading *reading, const void *bytes, size_t len) {
  if (len > LOG_BYTES - reading->len) {
    reading->full = true;
    return;
  }
  if (len > 0)
    memcpy(reading->log + reading->len, bytes, len);
  reading->len += len;
}

/* A batch as a whole has no limit; whether it was one is forgotten when it is refused. */
static void require_limits(const struct http_in *in, bool refused) {
  const struct config *config = in->config;
  bool lines = in->endpoint && in->endpoint->body == API_BODY_LINES;
  require(in->url.len <= config->url_bytes_max);
  require(in->head_bytes <= (size_t)config->header_bytes_max + 1);
  require(in->headers <= config->headers_max + 1);
  require(in->name_len <= HTTP_NAME_MAX && in->value_len <= HTTP_VALUE_MAX);
  require(lines || refused || in->body_bytes <= config->body_bytes_max);
  require(in->body.len <= in->body_bytes);
}

static void require_message(const struct http_in *in) {
  bool kept =
      in->endpoint && in->endpoint->body != API_BODY_NONE && in->endpoint->body != API_COMMAND;
  require(in->head_done && (in->endpoint != NULL) == (in->problem.type == PROBLEM_NONE));
  require(in->endpoint == NULL || in->hosts == 1 || in->http_1_0);
  if (kept)
    require(in->body.len == in->body_bytes);
  /* llhttp counts the length down to 0 as the body comes. */
  require((in->parser.flags & F_CHUNKED) || in->parser.content_length == 0);
}

static void note_message(struct reading *reading) {
  const struct http_in *in = &reading->in;
  const unsigned char facts[] = {(unsigned char)in->problem.type,
                                 in->keep_alive,
                                 in->http_1_0,
                                 in->head_only,
                                 in->expect_continue,
                                 in->trailing};
  require_message(in);
  note(reading, &in->endpoint, sizeof in->endpoint);
  note(reading, facts, sizeof facts);
  note(reading, &in->body_bytes, sizeof in->body_bytes);
  note(reading, in->url.data, in->url.len);
  note(reading, in->body.data, in->body.len);
}

/* A block of its own, so that the sanitizer sees any read past it. */
static void feed(struct reading *reading, const uint8_t *data, size_t len) {
  char *piece = malloc(len);
  size_t at = 0;
  require(piece != NULL);
  memcpy(piece, data, len);
  while (at < len && !reading->refused && !reading->full) {
    size_t taken = 0;
    enum http_event event = http_in_feed(&reading->in, piece + at, len - at, &taken);
    require(taken <= len - at);
    require_limits(&reading->in, event == HTTP_REFUSED);
    at += taken;
    if (event == HTTP_MESSAGE) {
      note_message(reading);
      http_in_next(&reading->in);
    } else if (event == HTTP_REFUSED) {
      require(reading->in.problem.type != PROBLEM_NONE && reading->in.endpoint == NULL);
      reading->refused = true;
    } else {
      require(at == len);
    }
  }
  free(piece);
}

/* Pieces of the given lengths in turn; a 0 stands for all that is left. */
static struct reading *read_cut(const struct config *config, const uint8_t *data, size_t len,
                                const uint8_t *cuts, size_t count) {
  struct reading *reading = malloc(sizeof *reading);
  require(reading != NULL);
  reading->len = 0;
  reading->full = false;
  reading->refused = false;
  http_in_init(&reading->in, config);
  for (size_t i = 0; len > 0; i++) {
    size_t piece = cuts[i % count];
    if (piece == 0 || piece > len)
      piece = len;
    feed(reading, data, piece);
    data += piece;
    len -= piece;
  }
  return reading;
}

static void end(struct reading *reading) {
  http_in_deinit(&reading->in);
  free(reading);
}

static void require_same(const struct reading *a, const struct reading *b) {
  require(a->len == b->len && memcmp(a->log, b->log, a->len) == 0);
  require(a->refused == b->refused && a->full == b->full);
  if (!a->refused && !a->full) /* then what is unfinished has come equally far */
    require(a->in.head_done == b->in.head_done && a->in.head_bytes == b->in.head_bytes &&
            a->in.body_bytes == b->in.body_bytes && a->in.chunk_left == b->in.chunk_left &&
            a->in.trailing == b->in.trailing && a->in.headers == b->in.headers);
}

/* Small limits, so that short inputs reach them. */
static void set_limits(struct config *config) {
  config_init(config);
  config->url_bytes_max = 40;
  config->header_bytes_max = 200;
  config->headers_max = 8;
  config->body_bytes_max = 60;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const uint8_t whole = 0, one = 1;
  struct config config;
  if (len < CUTS)
    return 0;
  set_limits(&config);
  struct reading *a = read_cut(&config, data + CUTS, len - CUTS, &whole, 1);
  struct reading *b = read_cut(&config, data + CUTS, len - CUTS, &one, 1);
  struct reading *c = read_cut(&config, data + CUTS, len - CUTS, data, CUTS);
  require_same(a, b);
  require_same(a, c);
  end(a);
  end(b);
  end(c);
  config_deinit(&config);
  return 0;
}
