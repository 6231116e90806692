/* names.c - what the names of models and providers give away.
 *
 * Tables and nothing else: lists name one provider differently, and no list says how
 * a model counts its input. What is not in the tables is not guessed.
 */
#include "daemon/ctl/catalog/names.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { GLOB_BYTES_MAX = 128 };

/* A glob that is too long for any name matches nothing. */
bool names_match(const char *globs, const char *name) {
  if (globs == NULL)
    return true;
  for (const char *at = globs;;) {
    const size_t len = strcspn(at, ",");
    char glob[GLOB_BYTES_MAX + 1];
    if (len > 0 && len <= GLOB_BYTES_MAX) {
      memcpy(glob, at, len);
      glob[len] = '\0';
      /* Without flags, so that * also covers the "/" of "openai/gpt-x". */
      if (fnmatch(glob, name, 0) == 0)
        return true;
    }
    if (at[len] == '\0')
      return false;
    at += len + 1;
  }
}

/* Names of one provider, seen in LiteLLM's list, models.dev's and our catalogue. */
static const char *const same[][5] = {
    {"google", "gemini", "google-vertex", "vertex_ai", "vertex_ai-language-models"},
    {"alibaba", "dashscope", "alibaba-cn", "qwen"},
    {"meta", "llama", "meta_llama"},
    {"moonshot", "moonshotai"},
    {"together", "togetherai", "together_ai"},
    {"zhipu", "zhipuai", "zai"},
    {"mistral", "mistralai"},
    {"fireworks", "fireworks_ai", "fireworks-ai"},
};

/* The row of a name, or -1. */
static int row_of(const char *name) {
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    for (size_t j = 0; j < sizeof same[0] / sizeof same[0][0] && same[i][j] != NULL; j++)
      if (strcmp(same[i][j], name) == 0)
        return (int)i;
  return -1;
}

/* Names that stand in no row are only the same as themselves. */
bool names_same_provider(const char *a, const char *b) {
  return strcmp(a, b) == 0 || (row_of(a) >= 0 && row_of(a) == row_of(b));
}

/* Lists call these chat models, for they answer over the same interface. */
bool names_special(const char *model) {
  return names_match("*realtime*,*-audio*,*-tts*,*-image,*-image-*,*-live-*,*transcribe*,*whisper*,"
                     "*computer-use*,*robotics*,*embedding*",
                     model);
}

/* What holds for the models of these names. */
struct name_row {
  const char *globs;
  const char *value;
};

/* The first row that matches counts, so the special stands before the general. NULL when
 * there is none. */
static const char *first_match(const struct name_row *rows, size_t count, const char *model) {
  /* Gateways put the maker before a slash. */
  const char *slash = strrchr(model, '/');
  const char *name = slash != NULL ? slash + 1 : model;
  for (size_t i = 0; i < count; i++)
    if (names_match(rows[i].globs, name))
      return rows[i].value;
  return NULL;
}

const char *names_tokenizer(const char *model) {
  static const struct name_row rows[] = {
      {"gpt-4o*,gpt-4.1*,gpt-4.5*,gpt-[56]*,chatgpt-4o*,o1*,o3*,o4*", "o200k"},
      {"gpt-4,gpt-4-*,gpt-3.5*", "cl100k"},
      {"claude-3*,claude-4-*,claude-haiku-4-5*,claude-sonnet-4-*,claude-opus-4-2*", "claude"},
      {"claude-opus-4-[1-6],claude-opus-4-[1-6]-*", "claude"},
      {"claude-opus-4-[7-9]*,claude-opus-5*", "claude-4.7"},
      {"gemini-*", "gemini"},
      {"llama-3*,llama3*", "llama3"},
  };
  return first_match(rows, sizeof rows / sizeof rows[0], model);
}

const char *names_images(const char *model) {
  /* As OpenAI's guide lists them; those that count as their tokenizer says are left out. */
  static const struct name_row rows[] = {
      {"gpt-4o-mini*", "gpt-4o-mini"},
      {"gpt-4.1-mini*", "gpt-4.1-mini"},
      {"gpt-4.1-nano*", "gpt-4.1-nano"},
      {"o4-mini*", "o4-mini"},
      {"o1*,o3*", "o1"},
      {"gpt-5-nano*", "gpt-5-nano"},
      {"gpt-5-mini*,gpt-5.4-mini*,gpt-5.4-nano*", "gpt-5-mini"},
      {"gpt-5.[23]*,gpt-5-codex-mini*,gpt-5.1-codex-mini*", "gpt-5-mini"},
      {"gpt-5.4*", "gpt-5.4"},
      {"gpt-5.5*", "gpt-5.5"},
      {"gpt-5.[6-9]*,gpt-6*", "gpt-5.6"},
      {"gpt-5*", "gpt-5"},
      {"gemini-[12].*", "gemini-2"},
  };
  return first_match(rows, sizeof rows / sizeof rows[0], model);
}
