/* listen_address.c - "HOST:PORT" taken apart.
 *
 * Text in, host and port out, and whether other machines can reach it. Loopback
 * is decided on the literal alone: a name may resolve to anything, and to another
 * thing tomorrow, so every name but "localhost" counts as remote.
 */
#include "daemon/config/listen_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One to five digits up to 65535. */
static bool parse_port(const char *text, uint16_t *port) {
  const size_t len = strlen(text);
  if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
    return false;
  unsigned number = 0;
  for (size_t i = 0; i < len; i++)
    number = number * 10 + (unsigned)(text[i] - '0');
  *port = (uint16_t)number;
  return number <= UINT16_MAX;
}

static bool is_loopback(const char *host) {
  unsigned char v4[4], v6[16];
  if (inet_pton(AF_INET, host, v4) == 1)
    return v4[0] == 127;
  if (inet_pton(AF_INET6, host, v6) == 1) {
    /* ::ffff:127.0.0.1 is not it, on purpose: what such a socket accepts depends
     * on the system. */
    static const unsigned char one[16] = {[15] = 1};
    return memcmp(v6, one, sizeof one) == 0;
  }
  return strcasecmp(host, "localhost") == 0;
}

/* Finds the host between text and the colon before the port. Returns what is
 * wrong with it, or NULL. */
static const char *split(const char *text, const char **host, size_t *host_len, const char **port) {
  /* The last colon: those of an IPv6 address come before it. */
  const char *colon = strrchr(text, ':');
  if (colon == NULL)
    return "has no port; write HOST:PORT, such as 127.0.0.1:8080";
  *port = colon + 1;
  *host = text;
  *host_len = (size_t)(colon - text);
  const bool bracketed = *host_len >= 2 && text[0] == '[' && colon[-1] == ']';
  if (bracketed) {
    *host += 1;
    *host_len -= 2;
  } else if (memchr(text, ':', *host_len) != NULL || text[0] == '[') {
    return "is ambiguous; write an IPv6 address as [ADDRESS]:PORT, such as [::1]:8080";
  }
  if (*host_len == 0)
    return "has no host; write HOST:PORT, such as 127.0.0.1:8080";
  return *host_len > LISTEN_HOST_BYTES_MAX ? "has too long a host name" : NULL;
}

bool listen_address_parse(const char *text, struct listen_address *out, char *why,
                          size_t why_size) {
  const char *host, *port;
  size_t host_len;
  const char *problem = split(text, &host, &host_len, &port);
  if (problem == NULL) {
    unsigned char v6[16];
    memcpy(out->host, host, host_len);
    out->host[host_len] = '\0';
    out->loopback = is_loopback(out->host);
    if (!parse_port(port, &out->port))
      problem = "has no port from 0 to 65535 after its last colon";
    else if (host != text && inet_pton(AF_INET6, out->host, v6) != 1)
      problem = "has something other than an IPv6 address in its brackets";
    /* Not what a name may hold, only what betrays a URL or a stray quote. */
    else if (strpbrk(out->host, " \t/@[]\"'#") != NULL)
      problem = "has a character that no host name has; write HOST:PORT";
  }
  if (problem != NULL)
    snprintf(why, why_size, "%s", problem);
  return problem == NULL;
}
