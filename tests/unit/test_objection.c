/* test_objection.c - what says that an answer was wrong, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "classifier/features/objection.h"

static void assert_all(const char *const *texts, size_t count, bool expected) {
  for (size_t i = 0; i < count; i++)
    if (objection_is(span_of(texts[i])) != expected)
      fail_msg("\"%s\"", texts[i]);
}

static void objections(void **state) {
  static const char *const texts[] = {
      "that's wrong",
      "That’s wrong!",
      "  THAT IS WRONG.  ",
      "No, that's not right. The answer should be 12.",
      "no that is not what I asked for",
      "That's not what I asked. I want the list sorted by date.",
      "Sorry, but that is incorrect: Canberra is the capital.",
      "Incorrect.",
      "wrong",
      "Wrong, try again",
      "Hmm, that doesn't work",
      "It still doesn't work!",
      "you misunderstood my question",
      "That's wrong because 17 is prime",
      "Nein, das stimmt nicht.",
      "Das ist falsch!",
      "Non, c’est faux.",
      "Ce n'est pas ce que j'ai demandé",
      "Eso está mal.",
      "No es correcto",
      "Não, isso está errado.",
      "Нет, это неправильно",
      "Неверно!",
      "不对",
      "不对，应该是三",
      "違います。",
      "틀렸어요",
      "هذا خطأ",
      "यह गलत है।",
  };
  (void)state;
  assert_all(texts, sizeof texts / sizeof texts[0], true);
}

static void questions_that_begin_alike(void **state) {
  static const char *const texts[] = {
      "",
      " \n",
      "What's wrong with my code?",
      "Is that wrong?",
      "Incorrect syntax near the keyword WHERE, how do I fix it?",
      "wrong number of arguments in call to f",
      "Wrong turn movies, list them",
      "That's right",
      "That's not right-handed people's fault, is it? Discuss.",
      "That's wrong?",
      "no",
      "No problem, thanks!",
      "not sure",
      "Why is it wrong to lie?",
      "Explain why that's wrong.",
      "Falsch verbunden: was sagt man am Telefon?",
      "Wrongly accused people: three famous cases",
      "Try again later is what my printer says, why?",
      "不对称加密是什么？",
      "违反了什么法律？",
      "これは間違っていますか？",
      "Неправильно ли ставить здесь запятую?",
      "errado ou certo: a Terra é plana?",
  };
  (void)state;
  assert_all(texts, sizeof texts / sizeof texts[0], false);
}

/* Whoever writes that much asks something new. */
static void long_turns_are_questions(void **state) {
  char text[512];
  (void)state;
  snprintf(text, sizeof text, "That's wrong. %0*d", 100, 0);
  assert_true(objection_is(span_of(text)));
  snprintf(text, sizeof text, "That's wrong. %0*d", 450, 0);
  assert_false(objection_is(span_of(text)));
}

/* No phrase may read beyond the end, nor broken bytes upset it: the sanitizers watch. */
static void any_bytes(void **state) {
  char text[64];
  (void)state;
  for (unsigned seed = 1; seed < 20000; seed++) {
    unsigned x = seed * 2654435761U;
    size_t len = seed % sizeof text;
    for (size_t i = 0; i < len; i++) {
      x = x * 1664525U + 1013904223U;
      text[i] = (char)(seed % 3 ? "th ats wrong.\xE4\xB8\x8D"[x >> 28] : (char)(x >> 24));
    }
    (void)objection_is(span_make(text, len));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objections),
      cmocka_unit_test(questions_that_begin_alike),
      cmocka_unit_test(long_turns_are_questions),
      cmocka_unit_test(any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
