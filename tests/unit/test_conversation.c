/* test_conversation.c - which part of a conversation is taken for the question.
 *
 * A conversation is written as a list of "role text" entries: S, U, A and T begin a
 * message, and a + behind the letter makes the entry a further part of the message
 * before it. What comes out is the question's pieces, joined by "|".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/features/conversation.h"

enum { TURNS_MAX = 16 };

struct asked {
  struct turn turns[TURNS_MAX];
  struct conversation conversation;
  struct question question;
  char text[4096]; /* the pieces of the question */
};

static void join(struct asked *asked) {
  size_t at = 0;
  asked->text[0] = '\0';
  for (size_t i = 0; i < asked->question.spans_count; i++) {
    struct span span = asked->question.spans[i];
    int wrote = snprintf(asked->text + at, sizeof asked->text - at, "%s%.*s", i ? "|" : "",
                         (int)span.len, span.ptr);
    assert_true(wrote >= 0 && (size_t)wrote < sizeof asked->text - at);
    at += (size_t)wrote;
  }
}

static void ask(struct asked *asked, const char *const *entries) {
  static const char roles[] = {
      [TURN_SYSTEM] = 'S', [TURN_USER] = 'U', [TURN_ASSISTANT] = 'A', [TURN_TOOL] = 'T'};
  size_t count = 0;
  for (; entries[count]; count++) {
    const char *entry = entries[count];
    const char *role = memchr(roles, entry[0], sizeof roles);
    bool part = entry[1] == '+';
    assert_true(count < TURNS_MAX && role != NULL);
    asked->turns[count] = (struct turn){.role = (enum turn_role)(role - roles),
                                        .starts_message = !part,
                                        .text = span_of(entry + (part ? 3 : 2))};
  }
  asked->conversation = (struct conversation){.turns = asked->turns, .turns_count = count};
  conversation_question(&asked->conversation, &asked->question);
  join(asked);
}

#define ASK(asked, ...) ask(asked, (const char *const[]){__VA_ARGS__, NULL})

static void ask_text(struct asked *asked, const char *text, size_t len) {
  asked->turns[0] = (struct turn){TURN_USER, true, span_make(text, len)};
  asked->conversation = (struct conversation){.turns = asked->turns, .turns_count = 1};
  conversation_question(&asked->conversation, &asked->question);
}

/* ---- the newest user turn */

static void newest_user_turn(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "S be brief", "U first?", "A answer", "U  second?\n");
  assert_string_equal(asked.text, "second?");
  assert_int_equal(asked.question.turn_index, 3);
  assert_false(asked.question.inherited);
  assert_int_equal(asked.question.envelope_bytes, 0);
}

static void parts_of_one_message(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U old", "A x", "U one", "U+ two", "U+ three");
  assert_string_equal(asked.text, "one|two|three");
  assert_int_equal(asked.question.turn_index, 2);
}

/* Answers that were begun for the model, and reminders, come after the question. */
static void later_turns_of_others(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U ask me", "A Sure, I'll begin");
  assert_string_equal(asked.text, "ask me");
  assert_false(asked.question.inherited);
  ASK(&asked, "U ask me", "S do not tell");
  assert_string_equal(asked.text, "ask me");
}

static void system_is_never_the_question(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "S You are a mathematician. Prove everything.");
  assert_int_equal(asked.question.spans_count, 0);
  ASK(&asked, "S You are a mathematician.", "A Hello", "T 42");
  assert_int_equal(asked.question.spans_count, 0);
  asked.conversation.turns_count = 0;
  conversation_question(&asked.conversation, &asked.question);
  assert_int_equal(asked.question.spans_count, 0);
  assert_false(asked.question.inherited);
}

/* ---- envelopes */

static const struct {
  const char *text, *question;
  size_t envelope;
} envelopes[] = {
    {"<system-reminder>x</system-reminder>why?", "why?", 36},
    {"why?\n\n<context>\nlong\n</context>", "why?", 25},
    {"before <file name=\"a\">y</file> after", "before|after", 23},
    {"<documents>a</documents><rules>b</rules>why?", "why?", 40},
    {"<source>a</source>why <sources>b</sources>", "why", 38},
    {"<system_reminder\nk=1>a</system_reminder>why?", "why?", 40},
    /* Never closed, so the rest may be the question. */
    {"<context> why?", "<context> why?", 0},
    {"<context>a</contex> why?", "<context>a</contex> why?", 0},
    {"<context", "<context", 0},
    {"<", "<", 0},
    /* Closed by another's tag, and others that only look alike. */
    {"<context>a</documents> why?", "<context>a</documents> why?", 0},
    {"<contexts>a</contexts>", "<contexts>a</contexts>", 0},
    {"<b>bold</b> why?", "<b>bold</b> why?", 0},
    {"<Context>a</Context>", "<Context>a</Context>", 0},
    {"</context> why <context>a</context>", "</context> why", 20},
    /* Nothing else in the turn: then that is what the user sent. */
    {"<context>all there is</context>", "<context>all there is</context>", 0},
    {" <file>a</file>\n<file>b</file> ", "<file>a</file>\n<file>b</file>", 0},
};

static void envelopes_are_cut(void **state) {
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0]; i++) {
    size_t len = strlen(envelopes[i].text);
    char *copy = malloc(len); /* to the byte, for the sanitizer */
    assert_non_null(copy);
    memcpy(copy, envelopes[i].text, len);
    ask_text(&asked, copy, len);
    join(&asked);
    if (strcmp(asked.text, envelopes[i].question) != 0 ||
        asked.question.envelope_bytes != envelopes[i].envelope)
      fail_msg("\"%s\" asks \"%s\" in %zu bytes of envelope", envelopes[i].text, asked.text,
               asked.question.envelope_bytes);
    free(copy);
  }
}

static void envelope_in_a_part_of_its_own(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U <system-reminder>x</system-reminder>", "U+ why?", "U+ <files>y</files>");
  assert_string_equal(asked.text, "why?");
  assert_int_equal(asked.question.envelope_bytes, 36 + 16);
}

/* A program's comparisons must not use up the patience for openings without end. */
static void envelope_behind_code(void **state) {
  enum { CODE = 6000 };
  static const char tail[] = "\nwhy?<context>x</context>";
  struct asked asked;
  char *text = malloc(CODE + sizeof tail);
  (void)state;
  assert_non_null(text);
  for (size_t i = 0; i < CODE; i++)
    text[i] = "if (a < b) {\n"[i % 13];
  memcpy(text + CODE, tail, sizeof tail);
  ask_text(&asked, text, strlen(text));
  assert_int_equal(asked.question.envelope_bytes, strlen("<context>x</context>"));
  assert_int_equal(asked.question.spans_count, 1);
  assert_int_equal(asked.question.spans[0].len, CODE + strlen("\nwhy?"));
  free(text);
}

/* What agents and editors put around all that the user said. */
static void wrapped_questions(void **state) {
  static const struct {
    const char *text, *question;
  } cases[] = {
      {"<task>\nmend it\n</task>\n<environment_details>x</environment_details>", "mend it"},
      {"Hi <task>mend it</task> thanks", "Hi|mend it|thanks"},
      {"The user asked: <user_query>why?</user_query> Be brief.", "why?"},
      {"<context>x</context> y <userRequest>why?</userRequest>", "why?"},
      {"<user_query>why?", "<user_query>why?"},
      {"<user_query </user_query>", "<user_query </user_query>"},
  };
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ask_text(&asked, cases[i].text, strlen(cases[i].text));
    join(&asked);
    if (strcmp(asked.text, cases[i].question) != 0)
      fail_msg("\"%s\" asks \"%s\"", cases[i].text, asked.text);
  }
}

/* ---- documents without tags */

#define PAGE                                                                                       \
  "Invoices are issued on the first working day of the month and are due within thirty days. "     \
  "Customers who pay by card are charged on the day of issue, in proportion to the days."
#define ENTRIES "[1] " PAGE "\n[2] " PAGE "\n[3] " PAGE "\n[4] " PAGE "\n"
#define PAGES PAGE "\n\n" PAGE "\n\n" PAGE "\n"
#define USE "Use the following documents to answer the question.\n\n"

static void pasted_documents_are_cut(void **state) {
  static const struct {
    const char *text, *question;
  } cases[] = {
      {"Context:\n" ENTRIES "\nQuestion: why?", "why?"},
      {"Context:\n" PAGES "\nQuestion: why?\nAnswer:", "why?"},
      {"context:\n" PAGES "\nQuestion: why?", "context:\n" PAGES "\nQuestion: why?"},
      {USE PAGES "\nQuestion: why?\n\nHow so?\nHelpful Answer:", "why?\n\nHow so?"},
      {USE "Question: why?\nContext: " PAGES "\nAnswer:", "why?"},
      {USE "Question: why?\nContext: " PAGES "\nQuestion: a document's own", "why?"},
      {"I am new here.\n" USE PAGES "\n**Question:** why?", "I am new here.|why?"},
      {"### Documents\n" ENTRIES "### Question\nwhy?", "why?"},
      {"Document 1: a\n\n" PAGES "Document 2: b\n\n" PAGES "\nQuestion: why?", "why?"},
      {ENTRIES "\nQuestion: why?", "why?"},
      {"Context:\n" ENTRIES "\nProve it.\n\nThen disprove it.", "Prove it.\n\nThen disprove it."},
      {"Prove it.\n\nContext:\n" ENTRIES, "Prove it."},
      {"Prove it.\n\nContext:\n" ENTRIES "\nIn French, please.", "Prove it.|In French, please."},
      {"Context:\n" PAGES PAGES "\nwhy is that?", "why is that?"},
      {"Using these documents, compare A and B:\n\nContext:\n" ENTRIES,
       "Using these documents, compare A and B:"},
      {"资料：\n" ENTRIES "\n问题：为什么？", "为什么？"},
      /* Worked examples: the last one asks. */
      {"Question: one?\nContext: " PAGES "Answer: x\n\nQuestion: two?\nContext: " PAGES
       "\nQuestion: three?",
       "one?|three?"},
  };
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ask_text(&asked, cases[i].text, strlen(cases[i].text));
    join(&asked);
    if (strcmp(asked.text, cases[i].question) != 0)
      fail_msg("%zu: \"%s\" asks \"%s\"", i, cases[i].text, asked.text);
  }
}

/* Nothing marks the question, or what looks like documents is the user's own. */
static void own_text_stays(void **state) {
  static const char *const texts[] = {
      "Context: five friends share a flat.\n\nQuestion: who cooks?", /* short */
      "Context:\n" PAGES "\nMake a table of it.",                    /* no question mark */
      "Context:\n" PAGES "\nwhy?",                                   /* no label, a page or less */
      "Context:\n" ENTRIES "[5] " PAGE,                              /* no question */
      "Solve it.\n[1] A is left of B.\n[2] B is red.\n[3] C is not.\n\nQuestion: who is D?",
      "[3] " PAGE "\n[7] " PAGE "\n[8] " PAGE "\n[9] " PAGE "\n\nwhy?", /* citations */
      "Summarise this.\n\n" PAGES PAGE,
      "Why is it slow?\n\nContext:\n```\n" PAGES "\n```",
      "```yaml\nContext:\n" ENTRIES "\nQuestion: x\n```\nIs this right?",
      "Question: which one?\n[1] " PAGE "\n[2] " PAGE "\n[3] " PAGE "\n[4] " PAGE, /* options */
  };
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    ask_text(&asked, texts[i], strlen(texts[i]));
    join(&asked);
    if (strcmp(asked.text, texts[i]) != 0)
      fail_msg("%zu: \"%s\" asks \"%s\"", i, texts[i], asked.text);
  }
}

/* Around documents in tags, what frames them goes too; never all there is. */
static void frames_of_documents_are_cut(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U " USE "<documents>x</documents>\n\nQuestion: why?\nAnswer:");
  assert_string_equal(asked.text, "why?");
  ASK(&asked, "U Context:\n<document>x</document>\n<document>y</document>\nwhy?");
  assert_string_equal(asked.text, "why?");
  ASK(&asked, "U <documents>x</documents>\nAnswer from the documents above.");
  assert_string_equal(asked.text, "Answer from the documents above.");
  ASK(&asked, "U Question: why?"); /* the user's own way of asking */
  assert_string_equal(asked.text, "Question: why?");
}

/* Every byte of the turn is either question or envelope, blanks between aside. */
static void cut_bytes_are_counted(void **state) {
  static const char text[] = "Context:\n" ENTRIES "Question: why?";
  struct asked asked;
  (void)state;
  ask_text(&asked, text, sizeof text - 1);
  assert_int_equal(asked.question.envelope_bytes, sizeof text - 1 - strlen("why?"));
}

/* Labels, entries and set phrases without end; must not be quadratic. */
static void labels_without_end(void **state) {
  static const char *const lines[] = {
      "Context:\n", "Question:\n", "[1] x\n", "Answer:\n\n", "```\n", "Context: [1", "A:\n",
      USE,          "\n",          "[0] ",    "x?\n\n",      "***",   "Question: "};
  const size_t len = 1024 * 1024;
  struct asked asked;
  char *text = malloc(len);
  (void)state;
  assert_non_null(text);
  for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
    for (size_t i = 0; i < len; i++)
      text[i] = lines[k][i % strlen(lines[k])];
    ask_text(&asked, text, len);
    for (size_t i = 0; i < asked.question.spans_count; i++)
      assert_true(asked.question.spans[i].ptr >= text &&
                  asked.question.spans[i].ptr + asked.question.spans[i].len <= text + len);
  }
  free(text);
}

/* More pieces than a person writes: the first ones stay, the rest is envelope. */
static void too_many_pieces(void **state) {
  struct asked asked;
  char text[100 * 32 + 1] = "";
  (void)state;
  for (int i = 0; i < 100; i++)
    strcat(text, "q<file>x</file>");
  ask_text(&asked, text, strlen(text));
  assert_int_equal(asked.question.spans_count, QUESTION_SPANS_MAX);
  assert_int_equal(asked.question.envelope_bytes, 100 * 14 + (100 - QUESTION_SPANS_MAX));
}

/* Would be quadratic if every opening were followed to the end of the text. */
static void openings_without_end(void **state) {
  static const char *const openings[] = {"<context>", "<", "<s<", "<system-reminder ",
                                         "</context>"};
  const size_t len = 1024 * 1024;
  struct asked asked;
  char *text = malloc(len);
  (void)state;
  assert_non_null(text);
  for (size_t k = 0; k < sizeof openings / sizeof openings[0]; k++) {
    size_t unit = strlen(openings[k]);
    for (size_t i = 0; i < len; i++)
      text[i] = openings[k][i % unit];
    ask_text(&asked, text, len);
    assert_int_equal(asked.question.spans_count, 1);
    assert_in_range(asked.question.spans[0].len, len - 1, len); /* a blank at the end goes */
  }
  free(text);
}

/* ---- carrying on */

static void continuations_inherit(void **state) {
  static const char *const words[] = {
      "continue",
      "Continue.",
      "yes, do it",
      "Yes!",
      "OK",
      "继续",
      "继续。",
      "Sí, continúa",
      "SÍ, CONTINÚA",
      "да, продолжай",
      "続けて",
      "\xF0\x9F\x91\x8D",
      "...",
      "",
      "  \n",
      "LGTM, ship it",
      "d'accord",
      "vas-y",
      "please go on",
      "<context>x</context> go on",
      "2",
      "Option 2",
      "no thanks",
      "好的继续",
      "نعم، تابع",
      "Yes. Continue from where you left off.",
      "<system-reminder>x</system-reminder>",
      "<user_query>go on</user_query>",
      "[run for 'x'] Result:\n7",
  };
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    char entry[128];
    (void)snprintf(entry, sizeof entry, "U %s", words[i]);
    ASK(&asked, "U Prove that e is irrational.", "A Shall I?", entry);
    if (strcmp(asked.text, "Prove that e is irrational.") != 0 || !asked.question.inherited ||
        asked.question.turn_index != 0)
      fail_msg("\"%s\" asks \"%s\"", words[i], asked.text);
  }
}

static void others_do_not_inherit(void **state) {
  static const char *const words[] = {
      "continue with the proof of the lemma", /* a word of its own */
      "yes, but why?",
      "yes yes yes yes yes yes yes yes yes",                                   /* nine words */
      "please please please please please please please please please please", /* 69 bytes */
      "continue 2",
      "[1] Result of it",
      "go on, but prove it",
      "好的，证明它",
      "\xFF\xFE why",
  };
  struct asked asked;
  (void)state;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    char entry[128];
    (void)snprintf(entry, sizeof entry, "U %s", words[i]);
    ASK(&asked, "U Prove that e is irrational.", "A Shall I?", entry);
    if (strcmp(asked.text, words[i]) != 0 || asked.question.inherited)
      fail_msg("\"%s\" asks \"%s\"", words[i], asked.text);
  }
}

static void chains_of_continuations(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U hard one", "A x", "U yes", "A y", "U go on", "T 42", "A z", "U continue");
  assert_string_equal(asked.text, "hard one");
  assert_true(asked.question.inherited);
  ASK(&asked, "U <file>all there is</file>", "A x", "U go on");
  assert_string_equal(asked.text, "<file>all there is</file>");
  assert_true(asked.question.inherited);
  ASK(&asked, "S hard one", "U yes", "A y", "U go on");
  assert_string_equal(asked.text, "go on"); /* the newest is all there is */
  assert_int_equal(asked.question.turn_index, 3);
  assert_false(asked.question.inherited);
}

static void tool_results_inherit(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U refactor it", "A calling", "T 10,000 lines of output");
  assert_string_equal(asked.text, "refactor it");
  assert_true(asked.question.inherited);
  ASK(&asked, "U refactor it", "A calling", "T out", "A done", "U thanks");
  assert_true(asked.question.inherited);
  ASK(&asked, "U refactor it", "A calling", "T out", "A done", "U now test it thoroughly");
  assert_string_equal(asked.text, "now test it thoroughly");
  assert_false(asked.question.inherited);
}

/* Tool results and the user's words may share a message. */
static void tool_result_and_words_in_one_message(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U refactor it", "A calling", "T out", "U+ no, rewrite the parser");
  assert_string_equal(asked.text, "no, rewrite the parser");
  assert_int_equal(asked.question.turn_index, 3);
  assert_false(asked.question.inherited);
  ASK(&asked, "U why?", "T+ out");
  assert_string_equal(asked.text, "why?");
  assert_true(asked.question.inherited);
}

/* A picture without words: the words before it are the question. */
static void message_without_text(void **state) {
  struct asked asked;
  (void)state;
  ASK(&asked, "U describe the next picture", "A send it", "U ");
  assert_string_equal(asked.text, "describe the next picture");
  assert_true(asked.question.inherited);
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(newest_user_turn),      TEST(parts_of_one_message),
      TEST(later_turns_of_others), TEST(system_is_never_the_question),
      TEST(envelopes_are_cut),     TEST(envelope_in_a_part_of_its_own),
      TEST(envelope_behind_code),  TEST(too_many_pieces),
      TEST(wrapped_questions),     TEST(pasted_documents_are_cut),
      TEST(own_text_stays),        TEST(frames_of_documents_are_cut),
      TEST(cut_bytes_are_counted), TEST(labels_without_end),
      TEST(openings_without_end),  TEST(continuations_inherit),
      TEST(others_do_not_inherit), TEST(chains_of_continuations),
      TEST(tool_results_inherit),  TEST(tool_result_and_words_in_one_message),
      TEST(message_without_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
