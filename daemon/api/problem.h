/* problem.h - errors as RFC 9457 problem details.
 *
 * The types are stable: clients may switch on them. Each is a path below
 * "/problems/", listed in problem.c with its status and title. */
#ifndef TIERD_API_PROBLEM_H
#define TIERD_API_PROBLEM_H

#include <stdbool.h>

#include "daemon/api/buffer.h"

enum problem_type {
  PROBLEM_NONE = 0,
  PROBLEM_BAD_REQUEST,       /* 400: not HTTP that tierd speaks */
  PROBLEM_BAD_JSON,          /* 400 */
  PROBLEM_LOCAL_ONLY,        /* 403: an order to the daemon, but over TCP */
  PROBLEM_ORIGIN,            /* 403: a web page of another site sent it */
  PROBLEM_PEER,              /* 403: a user who may not use the Unix socket */
  PROBLEM_NOT_FOUND,         /* 404 */
  PROBLEM_METHOD,            /* 405 */
  PROBLEM_TIMEOUT,           /* 408 */
  PROBLEM_LOG_OFF,           /* 409: feedback without a decision log */
  PROBLEM_RELOAD_FAILED,     /* 409: the files are not good; nothing has changed */
  PROBLEM_PROMOTION_REFUSED, /* 409: the candidate is no good; nothing has changed */
  PROBLEM_ROLLBACK_FAILED,   /* 409: there is nothing to go back to, or it fails */
  PROBLEM_LENGTH_REQUIRED,   /* 411 */
  PROBLEM_BODY_TOO_LARGE,    /* 413 */
  PROBLEM_URL_TOO_LONG,      /* 414 */
  PROBLEM_MEDIA_TYPE,        /* 415 */
  PROBLEM_EXPECTATION,       /* 417 */
  PROBLEM_INVALID_FIELD,     /* 422: well-formed, but a field is wrong */
  PROBLEM_NO_MODEL_FITS,     /* 422 */
  PROBLEM_HEADERS_TOO_LARGE, /* 431 */
  PROBLEM_INTERNAL,          /* 500 */
  PROBLEM_OVERLOADED,        /* 503 */
  PROBLEM_LOG_FULL,          /* 503: the decision log takes no more for now */
  PROBLEM_LEAVING,           /* 503: of /readyz alone: the daemon is about to end */
  PROBLEM_TYPES
};

struct problem {
  enum problem_type type;
  char detail[320];  /* what is wrong and how to mend it */
  char pointer[256]; /* JSON pointer into the request; "" when none applies */
};

/* Fills problem and returns false, so that a parser can `return problem_set(...)`. */
__attribute__((format(printf, 4, 5))) bool problem_set(struct problem *problem,
                                                       enum problem_type type, const char *pointer,
                                                       const char *format, ...);

/* The HTTP status of a type. */
int problem_status(enum problem_type type);

/* Its name, which is the type's path without "/problems/". */
const char *problem_name(enum problem_type type);

/* Appends the JSON object. request_id is JSON text and may be empty; a newline is not
 * added. */
void problem_write(struct buffer *buffer, const struct problem *problem, struct span request_id);

#endif
