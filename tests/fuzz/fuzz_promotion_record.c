/* fuzz_promotion_record.c - a record that somebody has edited, read at the start.
 *
 * What is taken must be whole: printed, read again and printed once more it is the same,
 * and the gate can judge by whatever counts it has. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ops/promotion_record.h"

/* assert() would vanish from an optimised build. */
static void require(bool condition) {
  if (!condition)
    abort();
}

static char *print(const struct promotion_record *record) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  require(out != NULL);
  promotion_record_print(record, out);
  require(fclose(out) == 0);
  return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const struct gate_limits limits = {.min_decisions = 1, .margin = 0.02};
  struct promotion_record record;
  struct gate_result result;
  char *text = strndup((const char *)data, len);
  require(text != NULL);
  if (promotion_record_parse(text, &record)) {
    char *once = print(&record), *copy = strdup(once);
    require(copy != NULL && promotion_record_parse(copy, &record));
    char *twice = print(&record);
    require(strcmp(once, twice) == 0);
    gate_judge(&record.counts, &limits, (unsigned)record.looks, &result);
    free(once);
    free(copy);
    free(twice);
  }
  free(text);
  return 0;
}
