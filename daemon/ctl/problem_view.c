/* problem_view.c - title, detail, pointer, in the manner of GNU messages.
 *
 *   tierctl: Unknown option (HTTP 400): "qualty" is not an option of "routing"
 *     at /routing/qualty
 */
#include "daemon/ctl/problem_view.h"

#include <stdio.h>

#include "daemon/ctl/member.h"

static void put_line(const struct term *term, const char *before, const char *text) {
  if (!text[0])
    return;
  fputs(before, term->out);
  term_put(term, TERM_PLAIN, span_of(text));
  fputc('\n', term->out);
}

void problem_view_print(const cJSON *tree, long http_status, long long retry_after_s,
                        const struct term *term) {
  const char *title = ctl_member_string(tree, "title", "the daemon refused without saying why");
  const char *detail = ctl_member_string(tree, "detail", "");
  fputs("tierctl: ", term->out);
  term_put(term, TERM_BAD, span_of(title));
  fprintf(term->out, " (HTTP %ld)", http_status);
  if (detail[0])
    put_line(term, ": ", detail);
  else
    fputc('\n', term->out);
  put_line(term, "  at ", ctl_member_string(tree, "pointer", ""));
  if (retry_after_s > 0)
    fprintf(term->out, "  try again in %lld s\n", retry_after_s);
}
