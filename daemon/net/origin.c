/* origin.c - two ways in which a web page somewhere could use a browser to reach tierd.
 *
 * It can have the browser POST here, unseen by its user, without being able to read the
 * answer: that would fill logs and spend budgets. Browsers say where such a request comes
 * from, in Sec-Fetch-Site or at least in Origin. Reading is denied to other sites by the
 * browser itself, as tierd never grants it (no CORS headers).
 *
 * Or it gives its own name the address 127.0.0.1 once it is loaded (DNS rebinding), and is
 * then no other site to the browser. Only Host gives it away: a name with a dot that this
 * machine has no reason to be called by. "localhost", names below it, names without a dot
 * and addresses cannot be had by others. Behind --allow-remote any name may be right. */
#include "daemon/net/origin.h"

#include <stdio.h>
#include <strings.h>

/* What is too long for a name is left out, and then equals nothing that has one. */
static void keep(char *to, size_t size, struct span value) {
  const size_t len = value.len < size ? value.len : 0;
  memcpy(to, value.ptr, len);
  to[len] = '\0';
}

/* The scheme does not matter: a proxy may have put TLS before it. */
static struct span without_scheme(struct span value) {
  for (size_t i = 0; i + 2 < value.len; i++)
    if (memcmp(value.ptr + i, "://", 3) == 0)
      return span_make(value.ptr + i + 3, value.len - i - 3);
  return value;
}

void origin_note(struct origin *origin, struct span name, struct span value) {
  if (span_is(name, "host")) {
    keep(origin->host, sizeof origin->host, value);
  } else if (span_is(name, "origin")) {
    keep(origin->origin, sizeof origin->origin, without_scheme(value));
    origin->has_origin = true;
  } else if (span_is(name, "sec-fetch-site")) {
    keep(origin->site, sizeof origin->site, value);
    origin->has_site = true;
  }
}

static bool ends_in(const char *text, size_t len, const char *end) {
  const size_t end_len = strlen(end);
  return len >= end_len && strncasecmp(text + len - end_len, end, end_len) == 0;
}

/* Could somebody else have registered this name? Addresses, and what has no dot, could
 * not be; a final dot only says that the name is complete. */
static bool is_public_name(const char *host) {
  if (host[0] == '[')
    return false;
  size_t len = strcspn(host, ":");
  while (len > 0 && host[len - 1] == '.')
    len--;
  if (strspn(host, "0123456789.") >= len)
    return false;
  return memchr(host, '.', len) && !ends_in(host, len, ".localhost");
}

/* For reading as well: to the browser, a page whose name leads here is no other site. */
static bool judge_host(const struct origin *origin, const struct config *config,
                       struct problem *problem) {
  if (config->allow_remote || !is_public_name(origin->host))
    return true;
  return problem_set(problem, PROBLEM_ORIGIN, "",
                     "host: tierd listens on this machine alone and takes no public name for it, "
                     "lest a web page use one to get in; ask by address or as localhost, or "
                     "start tierd with --allow-remote");
}

/* What the browser says outright counts more than a comparison: before a proxy that has a
 * name of its own, Origin and Host differ. No page can set either header. */
static bool is_same_site(const struct origin *origin) {
  if (origin->has_site)
    return strcasecmp(origin->site, "same-origin") == 0 || strcasecmp(origin->site, "none") == 0;
  return !origin->has_origin ||
         (origin->origin[0] && strcasecmp(origin->origin, origin->host) == 0);
}

bool origin_judge(const struct origin *origin, const struct config *config, enum api_method method,
                  struct problem *problem) {
  if (!judge_host(origin, config, problem))
    return false;
  if (method != API_POST || is_same_site(origin))
    return true;
  return problem_set(problem, PROBLEM_ORIGIN, "",
                     "a page of another site sent this (Sec-Fetch-Site or Origin say so); only "
                     "tierd's own page may, and programs that are no browser");
}
