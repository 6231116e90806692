/* vocabulary_gen.c - build-time tool: vocabulary.txt to a C table.
 *
 *   vocabulary_gen vocabulary.txt vocabulary_table.inc
 *
 * Writes the enum of categories, their names and meanings, and an open-addressing
 * hash table from the hash of a word, or of a pair of neighbouring tokens, to the
 * categories it belongs to. The same entries follow as a perfect hash table, in which
 * each has a place that no other entry shares; lookups go there, while the schema
 * hash covers the first. Runs at every build, so it trusts its input no further than
 * to fail with a line number. */
#include <stdio.h>
#include <stdlib.h>

#include "classifier/features/perfect_hash.h"
#include "classifier/features/token_hash.h"
#include "classifier/text/text.h"

enum { SLOTS = 8192, CATEGORIES_MAX = 32, LINE_MAX_BYTES = 4096 };

struct table {
  uint32_t hashes[SLOTS];
  uint32_t masks[SLOTS];
  size_t used;
  char names[CATEGORIES_MAX][64];
  char meanings[CATEGORIES_MAX][128];
  size_t categories;
};

static void fail(size_t line, const char *what) {
  fprintf(stderr, "vocabulary_gen: line %zu: %s\n", line, what);
  exit(1);
}

static void insert(struct table *table, uint32_t hash, uint32_t mask) {
  size_t slot = hash % SLOTS;
  while (table->masks[slot] != 0 && table->hashes[slot] != hash)
    slot = (slot + 1) % SLOTS;
  table->used += table->masks[slot] == 0;
  table->hashes[slot] = hash;
  table->masks[slot] |= mask;
}

static void add_word(struct table *table, struct text_scan *scan, char *word, size_t line) {
  if (table->categories == 0)
    fail(line, "a word before the first [category]");
  for (char *p = word; *p; p++)
    if (*p == '_')
      *p = ' ';
  text_scan_begin(scan);
  text_scan_span(scan, span_of(word));
  uint32_t mask = UINT32_C(1) << (table->categories - 1);
  if (scan->tokens_count == 1)
    insert(table, scan->tokens[0].hash, mask);
  else if (scan->tokens_count == 2)
    insert(table, token_pair_hash(scan->tokens[0].hash, scan->tokens[1].hash), mask);
  else if (scan->tokens_count > 2) /* a longer CJK word is known by its first pair */
    insert(table, token_pair_hash(scan->tokens[0].hash, scan->tokens[1].hash), mask);
  if (table->used > SLOTS / 2)
    fail(line, "the table is more than half full; raise SLOTS");
}

static void add_category(struct table *table, const char *header, size_t line) {
  if (table->categories == CATEGORIES_MAX)
    fail(line, "more categories than bits");
  size_t at = table->categories++;
  if (sscanf(header, "[%63[a-z_]] %127[^\n]", table->names[at], table->meanings[at]) != 2)
    fail(line, "expected \"[name] meaning\"");
}

static void read_file(struct table *table, FILE *in) {
  static struct text_scan scan;
  char text[LINE_MAX_BYTES];
  for (size_t line = 1; fgets(text, sizeof text, in); line++) {
    if (text[0] == '#')
      continue;
    if (text[0] == '[') {
      add_category(table, text, line);
      continue;
    }
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
      add_word(table, &scan, word, line);
  }
}

/* Finds a shift for this group of entries that brings each to a place of its own. */
static bool place_group(const struct table *table, uint32_t group, uint32_t shift,
                        unsigned char *taken) {
  size_t places[SLOTS];
  size_t count = 0;
  bool free = true;
  for (size_t i = 0; i < SLOTS && free; i++) {
    if (!table->masks[i] || perfect_group(table->hashes[i]) != group)
      continue;
    size_t place = perfect_place(table->hashes[i], shift);
    free = !taken[place];
    if (free)
      taken[places[count++] = place] = 1;
  }
  for (size_t i = 0; i < count && !free; i++)
    taken[places[i]] = 0;
  return free;
}

/* Large groups are hard to place and so come first (F. Botelho, D. Belazzougui,
 * M. Dietzfelbinger: Compress, Hash and Displace, ESA 2009). */
static void write_perfect(const struct table *table, FILE *out) {
  static unsigned char taken[PERFECT_PLACES];
  static uint32_t shifts[PERFECT_GROUPS], sizes[PERFECT_GROUPS];
  for (size_t i = 0; i < SLOTS; i++)
    sizes[perfect_group(table->hashes[i])] += table->masks[i] != 0;
  for (uint32_t size = SLOTS; size > 0; size--)
    for (uint32_t group = 0; group < PERFECT_GROUPS; group++)
      while (sizes[group] == size && !place_group(table, group, shifts[group], taken))
        if (++shifts[group] > UINT16_MAX)
          fail(0, "no perfect hash; raise PERFECT_PLACES");
  fprintf(out, "static const uint16_t perfect_shifts[PERFECT_GROUPS] = {\n");
  for (size_t group = 0; group < PERFECT_GROUPS; group++)
    fprintf(out, "  %u,\n", shifts[group]);
  fprintf(out, "};\nstatic const struct { uint32_t hash, mask; } places[PERFECT_PLACES] = {\n");
  for (size_t i = 0; i < SLOTS; i++)
    if (table->masks[i])
      fprintf(out, "  [%zu] = {0x%08xu, 0x%08xu},\n",
              perfect_place(table->hashes[i], shifts[perfect_group(table->hashes[i])]),
              table->hashes[i], table->masks[i]);
  fprintf(out, "};\n");
}

static void write_table(const struct table *table, FILE *out) {
  fprintf(out, "/* Made by vocabulary_gen from vocabulary.txt. */\n");
  fprintf(out, "#ifdef VOCABULARY_WANT_ENUM\nenum vocabulary_category {\n");
  for (size_t i = 0; i < table->categories; i++)
    fprintf(out, "  VOCABULARY_%s,\n", table->names[i]);
  fprintf(out, "  VOCABULARY_COUNT\n};\n#endif\n#ifdef VOCABULARY_WANT_TABLE\n");
  fprintf(out, "enum { VOCABULARY_SLOTS = %d };\n", SLOTS);
  fprintf(out, "static const char *const category_names[] = {\n");
  for (size_t i = 0; i < table->categories; i++)
    fprintf(out, "  \"%s\",\n", table->names[i]);
  fprintf(out, "};\nstatic const struct { uint32_t hash, mask; } slots[VOCABULARY_SLOTS] = {\n");
  for (size_t i = 0; i < SLOTS; i++)
    if (table->masks[i])
      fprintf(out, "  [%zu] = {0x%08xu, 0x%08xu},\n", i, table->hashes[i], table->masks[i]);
  fprintf(out, "};\n");
  write_perfect(table, out);
  fprintf(out, "#endif\n");
}

int main(int argc, char **argv) {
  static struct table table;
  if (argc != 3) {
    fprintf(stderr, "usage: vocabulary_gen WORDS.txt TABLE.inc\n");
    return 2;
  }
  FILE *in = fopen(argv[1], "r");
  FILE *out = fopen(argv[2], "w");
  if (!in || !out) {
    perror("vocabulary_gen");
    return 1;
  }
  read_file(&table, in);
  write_table(&table, out);
  fclose(in);
  return fclose(out) == 0 ? 0 : 1;
}
