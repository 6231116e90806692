/* web.c - what bundle.cmake has made of index.html, style.css and the scripts. */
#include "daemon/web/web.h"

#include "web_page.inc"

struct span web_page(void) {
  return span_make((const char *)web_page_bytes, sizeof web_page_bytes);
}

const char *web_policy(void) {
  return web_page_policy;
}
