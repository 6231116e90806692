/* test_vocabulary.c - every word of vocabulary.txt is found in its category, and little
 * else is found at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/features/token_hash.h"
#include "classifier/features/vocabulary.h"
#include "classifier/text/text.h"

/* The hash under which the tool files a word: of its one token, or its first two. */
static uint32_t entry_hash(char *word) {
  static struct text_scan scan;
  for (char *p = word; *p; p++)
    if (*p == '_')
      *p = ' ';
  text_scan_begin(&scan);
  text_scan_span(&scan, span_of(word));
  assert_true(scan.tokens_count > 0);
  uint32_t first = scan.tokens[0].hash;
  return scan.tokens_count == 1 ? first : token_pair_hash(first, scan.tokens[1].hash);
}

static void every_word_is_found(void **state) {
  (void)state;
  FILE *in = fopen(TIERD_SOURCE_DIR "/classifier/features/vocabulary.txt", "r");
  assert_non_null(in);
  char line[4096];
  int category = -1;
  size_t words = 0;
  while (fgets(line, sizeof line, in)) {
    if (line[0] == '#')
      continue;
    if (line[0] == '[') {
      category++;
      continue;
    }
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"), words++) {
      uint32_t mask = vocabulary_lookup(entry_hash(word));
      if (!(mask >> category & 1))
        fail_msg("\"%s\" is not found in category %d", word, category);
    }
  }
  fclose(in);
  assert_int_equal(category + 1, VOCABULARY_COUNT);
  assert_true(words > 1000);
}

/* Of hashes by chance, one in 2^32 / entries would be listed: of a million, one or two. */
static void other_hashes_are_not(void **state) {
  (void)state;
  uint32_t found = 0, hash = 1;
  for (int i = 0; i < 1000000; i++) {
    hash = hash * UINT32_C(1664525) + UINT32_C(1013904223);
    found += vocabulary_lookup(hash) != 0;
  }
  assert_true(found < 20);
  assert_int_equal(vocabulary_lookup(0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_word_is_found),
      cmocka_unit_test(other_hashes_are_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
