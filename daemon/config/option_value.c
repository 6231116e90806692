/* option_value.c - between the text that people write and the fields of config.
 *
 * option_set() parses by type, checks the range and stores; option_print_value()
 * goes the other way, such that what it prints reads back as the same value. All
 * integer types pass through one parser, which differs in base and suffixes only.
 * Where the text came from is told by the caller, who also handles NULs.
 */
#include "daemon/config/options.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "daemon/config/quote.h"

struct suffix {
  const char *text;
  uint64_t factor;
};

/* Largest first, for printing takes the first that divides the number. */
static const struct suffix size_suffixes[] = {
    {"G", 1024 * 1024 * 1024}, {"M", 1024 * 1024}, {"K", 1024}, {"", 1}, {NULL, 0}};
static const struct suffix time_suffixes[] = {
    {"m", 60000}, {"s", 1000}, {"", 1}, {"ms", 1}, {NULL, 0}};
static const struct suffix no_suffixes[] = {{"", 1}, {NULL, 0}};

/* The units of a type. Counts and modes have none, so that "threads = 2K" is an
 * error instead of a surprise. */
static const struct suffix *suffixes_of(enum option_type type) {
  if (type == OPTION_BYTES)
    return size_suffixes;
  return type == OPTION_TIME ? time_suffixes : no_suffixes;
}

/* What a value of the type looks like, for errors. */
static const char *type_text(enum option_type type) {
  switch (type) {
  case OPTION_BOOL:
    return "true or false";
  case OPTION_COUNT:
    return "a whole number";
  case OPTION_RATIO:
    return "a number such as 0.95";
  case OPTION_BYTES:
    return "a size such as 512, 64K or 4M";
  case OPTION_TIME:
    return "a time such as 500ms, 10s or 2m";
  case OPTION_MODE:
    return "an octal mode such as 0660";
  default:
    return "text";
  }
}

/* Capitals do not matter: 4k and 4K are both seen in the wild, and a size in
 * millibytes is not. */
static bool suffix_is(struct span text, const char *suffix) {
  return text.len == strlen(suffix) && strncasecmp(text.ptr, suffix, text.len) == 0;
}

/* Digits of the base, then one of the suffixes, nothing else. What overflows
 * becomes UINT64_MAX, which every range refuses. */
static bool parse_integer(struct span text, unsigned base, const struct suffix *suffix,
                          uint64_t *out) {
  uint64_t number = 0;
  size_t i = 0;
  for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] < (char)('0' + base); i++) {
    const uint64_t digit = (uint64_t)(text.ptr[i] - '0');
    number = number > (UINT64_MAX - digit) / base ? UINT64_MAX : number * base + digit;
  }
  if (i == 0)
    return false;
  const struct span rest = span_make(text.ptr + i, text.len - i);
  for (; suffix->text != NULL; suffix++) {
    if (suffix_is(rest, suffix->text)) {
      *out = number > UINT64_MAX / suffix->factor ? UINT64_MAX : number * suffix->factor;
      return true;
    }
  }
  return false;
}

/* A decimal, copied first, because a span has no NUL that strtod could stop at. */
static bool parse_ratio(struct span text, double *out) {
  char copy[OPTION_NUMBER_TEXT_MAX];
  if (text.len == 0 || text.len >= sizeof copy)
    return false;
  memcpy(copy, text.ptr, text.len);
  copy[text.len] = '\0';
  /* strtod would also take white space, hexadecimal, "inf" and "nan". */
  if (strspn(copy, "0123456789.eE+-") != text.len)
    return false;
  char *end;
  *out = strtod(copy, &end);
  return *end == '\0' && isfinite(*out);
}

/* The words stand in pairs, the true one first. */
static bool parse_bool(struct span text, bool *out) {
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (span_is(text, words[i])) {
      *out = i % 2 == 0;
      return true;
    }
  }
  return false;
}

/* One double holds every number that the table allows, fields of 32 bits and
 * ratios alike, so ranges are checked in one place. */
static bool parse_number(enum option_type type, struct span text, double *out) {
  if (type == OPTION_RATIO)
    return parse_ratio(text, out);
  uint64_t integer;
  if (!parse_integer(text, type == OPTION_MODE ? 8 : 10, suffixes_of(type), &integer))
    return false;
  *out = (double)integer;
  return true;
}

/* Where the table says that the option lives. options.c has checked at compile
 * time that the field is of the type that is written there. */
static void *field_of(struct config *config, const struct option *option) {
  return (char *)config + option->offset;
}

/* Any bytes are a string; only the length is bounded. The old value goes last, so
 * that a refusal leaves it. */
static bool set_string(char **field, struct span value, const char *where,
                       struct config_error *err) {
  if (value.len > OPTION_STRING_BYTES_MAX) {
    snprintf(err->text, sizeof err->text, "%s: longer than %d bytes", where,
             OPTION_STRING_BYTES_MAX);
    return false;
  }
  char *copy = malloc(value.len + 1);
  if (copy == NULL) {
    snprintf(err->text, sizeof err->text, "%s: out of memory", where);
    return false;
  }
  if (value.len > 0)
    memcpy(copy, value.ptr, value.len);
  copy[value.len] = '\0';
  free(*field);
  *field = copy;
  return true;
}

/* Two refusals, for two mistakes: text that is no such number, and a number that
 * is too small or large. Both say what would be taken. */
static bool set_number(struct config *config, const struct option *option, struct span value,
                       const char *where, struct config_error *err) {
  struct quoted shown;
  char min[OPTION_NUMBER_TEXT_MAX], max[OPTION_NUMBER_TEXT_MAX];
  option_number_text(option->type, option->min, min);
  option_number_text(option->type, option->max, max);
  double number;
  if (!parse_number(option->type, value, &number)) {
    snprintf(err->text, sizeof err->text,
             "%s: \"%s\" is not understood; expected %s, from %s to %s", where,
             quote(&shown, value), type_text(option->type), min, max);
    return false;
  }
  /* Negated, so that NaN would be out of range as well. */
  if (!(number >= option->min && number <= option->max)) {
    snprintf(err->text, sizeof err->text, "%s: %s is out of range; expected %s to %s", where,
             quote(&shown, value), min, max);
    return false;
  }
  if (option->type == OPTION_RATIO)
    *(double *)field_of(config, option) = number;
  else
    *(uint32_t *)field_of(config, option) = (uint32_t)number;
  return true;
}

bool option_set(struct config *config, const struct option *option, struct span value,
                const char *where, struct config_error *err) {
  assert(option_is_setting(option));
  if (option->type == OPTION_STRING)
    return set_string(field_of(config, option), value, where, err);
  if (option->type != OPTION_BOOL)
    return set_number(config, option, value, where, err);
  if (parse_bool(value, field_of(config, option)))
    return true;
  struct quoted shown;
  snprintf(err->text, sizeof err->text, "%s: \"%s\" is not understood; expected %s", where,
           quote(&shown, value), type_text(option->type));
  return false;
}

bool option_append(struct config *config, const struct option *option, struct span value,
                   const char *where, struct config_error *err) {
  const struct span old = span_of(*(char **)field_of(config, option));
  assert(option_is_list(option));
  /* One more than the limit, so that option_set() says when it is exceeded. */
  char joined[2 * OPTION_STRING_BYTES_MAX + 2];
  if (old.len == 0 || value.len > OPTION_STRING_BYTES_MAX)
    return option_set(config, option, value, where, err);
  memcpy(joined, old.ptr, old.len);
  joined[old.len] = ',';
  if (value.len > 0)
    memcpy(joined + old.len + 1, value.ptr, value.len);
  return option_set(config, option, span_make(joined, old.len + 1 + value.len), where, err);
}

/* The shortest decimal that reads back as the same double. */
static void ratio_text(double number, char *out) {
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(out, OPTION_NUMBER_TEXT_MAX, "%.*g", digits, number);
    if (!(strtod(out, NULL) < number) && !(strtod(out, NULL) > number))
      return;
  }
}

void option_number_text(enum option_type type, double number, char *out) {
  if (type == OPTION_RATIO) {
    ratio_text(number, out);
    return;
  }
  const uint64_t integer = (uint64_t)number;
  if (type == OPTION_MODE) {
    snprintf(out, OPTION_NUMBER_TEXT_MAX, "%04" PRIo64, integer);
    return;
  }
  const struct suffix *suffix = suffixes_of(type);
  while (integer % suffix->factor != 0 || (integer == 0 && suffix->factor != 1))
    suffix++;
  /* A bare number of milliseconds is legal, but says less than one with a unit. */
  const char *unit = type == OPTION_TIME && suffix->factor == 1 ? "ms" : suffix->text;
  snprintf(out, OPTION_NUMBER_TEXT_MAX, "%" PRIu64 "%s", integer / suffix->factor, unit);
}

/* In quotes, with everything escaped that config_file.c would not take as it is. */
static void print_string(const char *text, FILE *out) {
  fputc('"', out);
  for (const char *c = text; *c != '\0'; c++) {
    const unsigned char byte = (unsigned char)*c;
    if (byte == '"' || byte == '\\')
      fprintf(out, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7F)
      fprintf(out, "\\x%02x", byte);
    else
      fputc(byte, out);
  }
  fputc('"', out);
}

void option_print_value(const struct config *config, const struct option *option, FILE *out) {
  const void *field = (const char *)config + option->offset;
  char text[OPTION_NUMBER_TEXT_MAX];
  if (option->type == OPTION_STRING) {
    print_string(*(char *const *)field, out);
    return;
  }
  if (option->type == OPTION_BOOL) {
    fputs(*(const bool *)field ? "true" : "false", out);
    return;
  }
  /* A double holds every uint32_t exactly, so one way out serves both. */
  const bool ratio = option->type == OPTION_RATIO;
  option_number_text(option->type, ratio ? *(const double *)field : *(const uint32_t *)field, text);
  fputs(text, out);
}
