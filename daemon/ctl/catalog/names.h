/* names.h - what the names of models and providers give away. */
#ifndef TIERD_CTL_CATALOG_NAMES_H
#define TIERD_CTL_CATALOG_NAMES_H

#include <stdbool.h>

/* Does name match one of the globs, which are parted by commas? NULL matches all. */
bool names_match(const char *globs, const char *name);

/* Do two lists mean the same provider? "vertex_ai-language-models" is Google. */
bool names_same_provider(const char *a, const char *b);

/* Does the name say that the model is for speech, images or live sessions, whatever
 * the list calls it? */
bool names_special(const char *model);

/* The catalogue's word for how a model counts its input, or NULL when its name does
 * not tell. Static storage. */
const char *names_tokenizer(const char *model);

/* The rule by which a model counts images, as the catalogue calls it, where that is not the
 * one that its tokenizer stands for; else NULL. Static. */
const char *names_images(const char *model);

#endif
