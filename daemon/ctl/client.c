/* client.c - HTTP through libcurl.
 *
 * A request is turned into options of one easy handle, run, and its outcome into
 * a status with a sentence that says how to mend it. Bodies stream both ways
 * when the caller asks for it. What the bytes mean is left to the commands.
 */
#include "daemon/ctl/client.h"

#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <curl/curl.h>

#ifndef TIERD_VERSION
#define TIERD_VERSION "0"
#endif

enum { CLIENT_URL_MAX = 2048 };

/* What the callbacks need; lives as long as the exchange. */
struct exchange {
  CURL *curl;
  const struct ctl_client_request *request;
  struct ctl_client_answer *answer;
  struct span left; /* of request->body, still to be sent */
  bool stopped;
};

void ctl_client_answer_init(struct ctl_client_answer *answer) {
  *answer = (struct ctl_client_answer){0};
  ctl_buffer_init(&answer->body, CLIENT_BODY_BYTES_MAX);
}

void ctl_client_answer_deinit(struct ctl_client_answer *answer) {
  ctl_buffer_deinit(&answer->body);
}

/* Only a good answer goes to the receiver, which expects its form; a problem is gathered
 * whole. */
static size_t on_receive(char *bytes, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
  const struct ctl_client_request *request = exchange->request;
  struct span span = span_make(bytes, size * count);
  long status = 0;
  curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
  if (request->receive && status == 200)
    exchange->stopped = !request->receive(request->receive_context, span);
  else
    ctl_buffer_append(&exchange->answer->body, span);
  /* Any number but the bytes given makes libcurl stop. */
  bool good = !exchange->stopped && !ctl_buffer_failed(&exchange->answer->body);
  return good ? span.len : span.len + 1;
}

/* libcurl asks again and again with a buffer of its own size; 0 tells it that all is sent. */
static size_t send_span(struct exchange *exchange, char *out, size_t size) {
  size_t len = exchange->left.len < size ? exchange->left.len : size;
  if (len == 0)
    return 0;
  memcpy(out, exchange->left.ptr, len);
  exchange->left = span_make(exchange->left.ptr + len, exchange->left.len - len);
  return len;
}

/* One callback for both kinds of body, so that the rest need not tell them apart. */
static size_t on_send(char *out, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
  const struct ctl_client_request *request = exchange->request;
  if (!request->send)
    return send_span(exchange, out, size * count);
  size_t len = request->send(request->send_context, out, size * count);
  return len == CLIENT_SEND_FAILED ? CURL_READFUNC_ABORT : len;
}

/* The whole URL. Over a socket, the host is only what the Host header says. */
static bool build_url(const struct ctl_client_target *target, const char *path, char *url,
                      struct ctl_client_answer *answer) {
  /* A slash at the end of what the user gave would make two with the path's. */
  const char *base = target->url ? target->url : "http://localhost";
  const char *scheme = strstr(base, "://") ? "" : "http://";
  size_t len = strlen(base);
  while (len > 0 && base[len - 1] == '/')
    len--;
  int written =
      snprintf(url, CLIENT_URL_MAX, "%s%.*s%s", scheme, (int)(len < 4096 ? len : 4096), base, path);
  /* A query or fragment in the base would swallow the path that is put behind it. */
  if (written > 0 && written < CLIENT_URL_MAX && !strpbrk(base, "?# "))
    return true;
  snprintf(answer->why, sizeof answer->why,
           "the URL '%.80s' is not usable; expected http://HOST:PORT", base);
  return false;
}

/* A path that does not fit would be cut short by the system call. */
static bool check_socket(const struct ctl_client_target *target, struct ctl_client_answer *answer) {
  size_t room = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
  if (target->url || strlen(target->socket_path) <= room)
    return true;
  snprintf(answer->why, sizeof answer->why,
           "the socket's path has %zu bytes and the system allows %zu; use a shorter one",
           strlen(target->socket_path), room);
  return false;
}

/* A batch may take as long as it likes, as long as something moves; when its input is a
 * person or a pipe, even silence means nothing, and no limit holds but that of
 * connecting. */
static void set_time_limits(CURL *curl, const struct ctl_client_target *target,
                            const struct ctl_client_request *request) {
  long timeout_ms = (long)target->timeout_ms;
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  if (!request->send && !request->receive) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  } else if (!request->send_may_wait) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (timeout_ms + 999) / 1000);
  }
}

/* Only HTTP, no redirects (off unless asked for) and no proxy: the daemon is
 * local, and a prompt must not wander off because of an environment variable. */
static void set_target(CURL *curl, const struct ctl_client_target *target, const char *url) {
  curl_easy_setopt(curl, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  /* Timeouts without SIGALRM, which would interrupt whatever else waits. */
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tierctl/" TIERD_VERSION);
  if (!target->url)
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, target->socket_path);
}

/* -1 for a body of unknown size, which libcurl then reads until the callback gives
 * nothing. */
static void set_body(CURL *curl, struct exchange *exchange) {
  const struct ctl_client_request *request = exchange->request;
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
  if (!request->post)
    return;
  long long bytes = request->send ? request->send_bytes : (long long)request->body.len;
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
  curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
}

/* NULL when memory is out. */
static struct curl_slist *build_headers(const struct ctl_client_request *request) {
  char type[80];
  snprintf(type, sizeof type, "Content-Type: %s",
           request->content_type ? request->content_type : "application/json");
  /* An empty Expect keeps libcurl from waiting a second for a 100. Without a
   * known length it would also have to be asked to send chunks; it does so. */
  const char *const lines[] = {"Expect:", request->post ? type : NULL,
                               request->post && request->send && request->send_bytes < 0
                                   ? "Transfer-Encoding: chunked"
                                   : NULL};
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    struct curl_slist *longer = lines[i] ? curl_slist_append(list, lines[i]) : list;
    if (!longer) {
      curl_slist_free_all(list);
      return NULL;
    }
    list = longer;
  }
  return list;
}

/* By far the commonest failure, and the one that a newcomer meets first: it says what to
 * do. */
static enum client_status unreachable(const struct ctl_client_target *target, CURLcode code,
                                      CURL *curl, struct ctl_client_answer *answer) {
  long system = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system);
  const char *cause = system ? strerror((int)system) : curl_easy_strerror(code);
  /* Where it was tried, since defaults and variables may have had a hand in it. */
  const char *place = target->url ? target->url : target->socket_path;
  snprintf(answer->why, sizeof answer->why,
           "cannot connect to %s: %s\n"
           "Is tierd running, and does it listen there? Start it with `./dev run`, or name\n"
           "another place with --socket PATH, TIERD_SOCKET or --url URL.",
           place, cause);
  return CLIENT_UNREACHABLE;
}

/* A timeout is of either kind; it was the connection's if none was ever made. */
static bool never_connected(CURLcode code, CURL *curl) {
  curl_off_t connect_us = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connect_us);
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
         (code == CURLE_OPERATION_TIMEDOUT && connect_us == 0);
}

/* Turns libcurl's outcome into ours. */
static enum client_status conclude(const struct ctl_client_target *target, CURLcode code,
                                   const struct exchange *exchange) {
  struct ctl_client_answer *answer = exchange->answer;
  if (code == CURLE_OK)
    return CLIENT_OK;
  if (exchange->stopped || code == CURLE_ABORTED_BY_CALLBACK)
    return CLIENT_STOPPED;
  if (ctl_buffer_failed(&answer->body)) {
    snprintf(answer->why, sizeof answer->why, "the daemon's answer is larger than %d MiB",
             CLIENT_BODY_BYTES_MAX >> 20);
    return CLIENT_TOO_LARGE;
  }
  if (never_connected(code, exchange->curl))
    return unreachable(target, code, exchange->curl, answer);
  if (code == CURLE_OPERATION_TIMEDOUT)
    snprintf(answer->why, sizeof answer->why,
             "no answer within %u ms; is the daemon overloaded? Allow more with --timeout-ms",
             (unsigned)target->timeout_ms);
  else
    snprintf(answer->why, sizeof answer->why,
             "the connection broke before the answer was whole: %s", curl_easy_strerror(code));
  return CLIENT_BROKEN;
}

/* Both are 0 where there was no answer. */
static void take_facts(CURL *curl, struct ctl_client_answer *answer) {
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->http_status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
  answer->retry_after_s = (long long)retry_after_s;
}

enum client_status ctl_client_exchange(const struct ctl_client_target *target,
                                       const struct ctl_client_request *request,
                                       struct ctl_client_answer *answer) {
  char url[CLIENT_URL_MAX];
  if (!build_url(target, request->path, url, answer) || !check_socket(target, answer))
    return CLIENT_UNREACHABLE;
  /* From here on there is something to clean up on every way out. */
  enum client_status status = CLIENT_BROKEN;
  struct curl_slist *headers = build_headers(request);
  /* One handle an exchange: a command makes one or two. */
  CURL *curl = curl_easy_init();
  if (!headers || !curl) {
    snprintf(answer->why, sizeof answer->why, "out of memory");
    goto out;
  }
  struct exchange exchange = {curl, request, answer, request->body, false};
  set_target(curl, target, url);
  set_time_limits(curl, target, request);
  set_body(curl, &exchange);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  CURLcode code = curl_easy_perform(curl);
  take_facts(curl, answer);
  status = conclude(target, code, &exchange);
out:
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
  return status;
}
