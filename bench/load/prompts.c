/* prompts.c - mixed prompts from word lists.
 *
 * A prompt is of one of four kinds (question, code, mathematics, another script)
 * and strings phrases of that kind together until its length is reached. Nothing in
 * the phrases needs escaping in JSON but the line break, which stands here as its
 * escape already. */
#include "bench/load/prompts.h"

#include <math.h>
#include <string.h>

#include "bench/load/random.h"

enum { KINDS = 4, PHRASES = 12 };

static const char *const phrases[KINDS][PHRASES] = {
    {"What is the ", "capital of ", "the oldest city ", "and why did ", "people move there? ",
     "Please explain ", "in two sentences ", "how the river ", "shaped its trade ",
     "during the 18th century. ", "Compare it with ", "Lisbon or Ulaanbaatar. "},
    {"def parse(line):\\n    ", "for (int i = 0; i < n; i++) {", "return items[i] + 1\\n",
     "raise ValueError(x)\\n", "```c\\n", "The test fails with IndexError: ", "struct node *next; ",
     "SELECT id, name FROM users ", "WHERE age > 42; ", "Why does this loop ", "never end? ",
     "Refactor the function above. "},
    {"Prove that ", "x^2 + y^2 = z^2 ", "has infinitely many ", "integer solutions. ",
     "Let f(x) = 3x^3 - 2x. ", "Find the derivative ", "at x = 1.5 ", "A train leaves at 7:45 ",
     "and covers 312.5 km ", "in 2.5 hours. ", "How far apart ", "are they after 90 minutes? "},
    {"¿Cuál es la diferencia ", "entre los dos métodos? ", "Übersetze den Satz ", "ins Englische. ",
     "请用一句话解释", "这个算法的复杂度。", "Почему небо голубое? ", "Ответь кратко. ",
     "この文章を要約してください。", "Donne trois exemples ", "de phrases à l'imparfait. ",
     "한국의 수도는 어디인가요? "},
};

size_t prompts_length(uint64_t seed, uint64_t index) {
  /* Exponential and cut at both ends. The scale is what brings the mean of the cut
   * distribution to 445: LEAST + s (1 - exp(-(MOST - LEAST) / s)) with s = 422.5. */
  double whole, step = 0.6180339887498949;
  /* Steps of the golden ratio spread over 0..1 more evenly than chance, so that even a
   * few hundred prompts have the mean that is promised. */
  double unit = modf(bench_random_unit(seed, 0) + (double)index * step, &whole);
  double len = PROMPT_BYTES_LEAST - 422.5 * log(1.0 - unit);
  return len > PROMPT_BYTES_MOST ? PROMPT_BYTES_MOST : (size_t)len;
}

void prompts_write(uint64_t seed, uint64_t index, char *out, size_t len) {
  uint64_t state = splitmix(seed ^ splitmix(index));
  const char *const *kind = phrases[state % KINDS];
  size_t at = 0;
  for (;;) {
    state = splitmix(state);
    const char *phrase = kind[state % PHRASES];
    size_t phrase_len = strlen(phrase);
    if (at + phrase_len > len)
      break;
    memcpy(out + at, phrase, phrase_len);
    at += phrase_len;
  }
  /* A phrase is not cut, since that could break a character or an escape. */
  memset(out + at, '.', len - at);
}
