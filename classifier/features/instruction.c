/* instruction.c - tells by its words whether a line only introduces documents.
 *
 * Retrieval prompts word this in many ways from few words, so the words are listed
 * rather than the sentences. "Using these documents, compare the two theories" has
 * words of its own: that is a task, and stays. */
#include "classifier/features/instruction.h"

#include "classifier/features/wordlist.h"

enum { LINE_BYTES_MAX = 600, SHORT_BYTES = 64, WORDS_MIN = 4, WORDS_PER_FOREIGN = 8 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The words that such sentences are made of, in English and a few more languages. One
 * has to say where something is, and one that documents are what is there. */
enum { SAYS_WHERE = 1, SAYS_WHAT = 2 };

static const char *const where_words[] = {
    "following", "below",     "above",  "provided", "retrieved",  "given", "only", "solely",
    "these",     "folgenden", "obigen", "suivants", "siguientes", "以下",  "上述",
};

static const char *const what_words[] = {
    "context",    "contexts",  "document",   "documents", "passages",    "passage",
    "sources",    "source",    "excerpts",   "snippets",  "information", "results",
    "references", "dokumente", "dokumenten", "kontext",   "contexte",    "documentos",
    "contexto",   "文档",      "资料",       "上下文",    "資料",        "文書",
};

static const char *const other_words[] = {
    "use",
    "using",
    "based",
    "on",
    "the",
    "of",
    "to",
    "and",
    "or",
    "in",
    "at",
    "end",
    "by",
    "for",
    "from",
    "with",
    "it",
    "its",
    "is",
    "are",
    "be",
    "was",
    "were",
    "a",
    "an",
    "as",
    "that",
    "this",
    "which",
    "not",
    "no",
    "if",
    "you",
    "your",
    "my",
    "user",
    "user's",
    "me",
    "do",
    "don't",
    "know",
    "just",
    "say",
    "so",
    "try",
    "make",
    "up",
    "any",
    "prior",
    "knowledge",
    "own",
    "other",
    "please",
    "here",
    "some",
    "pieces",
    "relevant",
    "search",
    "web",
    "help",
    "answer",
    "answers",
    "answering",
    "respond",
    "reply",
    "question",
    "questions",
    "question-answering",
    "query",
    "according",
    "relying",
    "rely",
    "cite",
    "citing",
    "number",
    "numbers",
    "keep",
    "concise",
    "short",
    "three",
    "sentences",
    "sentence",
    "maximum",
    "cannot",
    "can't",
    "can",
    "found",
    "find",
    "contain",
    "contains",
    "does",
    "unknown",
    "tasks",
    "assistant",
    "helpful",
    "may",
    "useful",
    "will",
    "beantworte",
    "nutze",
    "verwende",
    "die",
    "frage",
    "den",
    "anhand",
    "der",
    "um",
    "zu",
    "beantworten",
    "mit",
    "hilfe",
    "utilise",
    "utilisez",
    "les",
    "pour",
    "répondre",
    "réponds",
    "répondez",
    "à",
    "la",
    "l'aide",
    "des",
    "usa",
    "utiliza",
    "los",
    "para",
    "responder",
    "responde",
    "pregunta",
    "el",
    "siguiente",
    "请",
    "根据",
    "回答",
    "问题",
    "使用",
    "参考",
    "の",
    "に",
    "基づいて",
    "を",
    "質問",
    "して",
    "してください",
    "答えてください",
};

static const struct wordlist phrase_lists[] = {
    {where_words, COUNT(where_words), SAYS_WHERE},
    {what_words, COUNT(what_words), SAYS_WHAT},
    {other_words, COUNT(other_words), 0},
};

bool instruction_is(struct span line) {
  const unsigned both = SAYS_WHERE | SAYS_WHAT;
  if (line.len > LINE_BYTES_MAX)
    return false;
  /* A word takes 5 bytes or more on average, so that beyond this many foreign ones there
   * is no need to read on. */
  size_t foreign_max = line.len / (5 * WORDS_PER_FOREIGN) + 1;
  struct wordlist_tally tally =
      wordlist_count(line, phrase_lists, COUNT(phrase_lists), foreign_max);
  /* Short lines of unspaced scripts are one word or two to the count. */
  return (tally.flags & both) == both && (line.len < SHORT_BYTES || tally.words >= WORDS_MIN) &&
         tally.foreign <= tally.words / WORDS_PER_FOREIGN;
}
