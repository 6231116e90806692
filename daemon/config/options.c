/* options.c - options.def as an array, and looking keys up in it.
 *
 * Nothing is parsed or printed here: values are the business of option_value.c,
 * where they come from that of config_args.c and config_file.c.
 */
#include "daemon/config/options.h"

#include "classifier/text/json_check.h"
#include "daemon/config/nearest.h"

#ifdef TIERD_DATA_DIR
#define OPTIONS_DATA_DIR TIERD_DATA_DIR
#else
#define OPTIONS_DATA_DIR "models"
#endif

#define GROUP(title) {.type = OPTION_GROUP, .key = title},
#define COMMAND(what, name, char_or_0, meta, text)                                                 \
  {.type = OPTION_COMMAND,                                                                         \
   .key = name,                                                                                    \
   .letter = char_or_0,                                                                            \
   .metavar = meta,                                                                                \
   .help = text,                                                                                   \
   .result = what},
#define OPTION(field, name, kind, standard, least, most, of, meta, text)                           \
  {.type = kind,                                                                                   \
   .key = name,                                                                                    \
   .offset = offsetof(struct config, field),                                                       \
   .default_text = standard,                                                                       \
   .min = least,                                                                                   \
   .max = most,                                                                                    \
   .unit = of,                                                                                     \
   .metavar = meta,                                                                                \
   .help = text},

static const struct option table[] = {
#include "daemon/config/options.def"
};

#undef GROUP
#undef COMMAND
#undef OPTION

/* The type of each field must be the one that its option writes. A mismatch is a
 * bug of options.def, so it is found at compile time. */
#define GROUP(title)
#define COMMAND(what, name, char_or_0, meta, text)
#define OPTION(field, name, kind, standard, least, most, of, meta, text)                           \
  _Static_assert(_Generic(((struct config *)0)->field, char *: OPTION_STRING, bool: OPTION_BOOL, \
                          double: OPTION_RATIO, uint32_t: OPTION_COUNT) == \
                   ((kind) == OPTION_BYTES || (kind) == OPTION_TIME || (kind) == OPTION_MODE \
                      ? OPTION_COUNT : (kind)), \
                 "options.def: the type of " name " does not fit its field");
#include "daemon/config/options.def"

const struct option *options_table(size_t *count) {
  *count = sizeof table / sizeof table[0];
  return table;
}

const struct option *options_find(struct span key) {
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].type != OPTION_GROUP && span_is(key, table[i].key))
      return &table[i];
  }
  return NULL;
}

bool option_is_list(const struct option *option) {
  return option->type == OPTION_STRING && strcmp(option->unit, OPTION_LIST) == 0;
}

const char *options_nearest(struct span key, bool commands) {
  struct nearest nearest;
  nearest_init(&nearest, key);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (option_is_setting(&table[i]) || (commands && table[i].type == OPTION_COMMAND))
      nearest_offer(&nearest, table[i].key);
  }
  return nearest_name(&nearest);
}
