/* promotion_record.c - the record as text and back, by one table of its fields.
 *
 * Written whole and renamed (state_file.c), so that the file is always of one moment.
 * Whoever can write to the state directory could promote a model by it, but not make the
 * daemon crash: every value is checked. What the fields mean is left to the header. */
#include "daemon/ops/promotion_record.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ops/state_file.h"

#define HEADER "tierd-promotion 1\n"

enum field_type { FIELD_HEX, FIELD_TEXT, FIELD_STATUS, FIELD_TIME, FIELD_COUNT, FIELD_NUMBER };

/* One row a value: printing, parsing and the check for doubles all walk the same table,
 * so that a field cannot be written and not read. */
struct field {
  const char *key;
  enum field_type type;
  size_t offset;
  size_t size; /* of a text, with its NUL */
};

/* Sizes come from the record itself, so that a longer path needs no change here. */
#define PLACE(member) offsetof(struct promotion_record, member)
#define TEXT(key, type, member)                                                                    \
  { key, type, PLACE(member), sizeof((struct promotion_record *)0)->member }
#define COUNT(key, member)                                                                         \
  { key, FIELD_COUNT, PLACE(counts.member), 0 }
#define NUMBER(key, member)                                                                        \
  { key, FIELD_NUMBER, PLACE(counts.member), 0 }
#define PAIR(key, member)                                                                          \
  COUNT(key "-count", member.count), NUMBER(key "-base", member.base),                             \
      NUMBER(key "-candidate", member.candidate), NUMBER(key "-squares", member.squares)

/* Keys are the file's format: one that is renamed makes files of older versions
 * unreadable. */
static const struct field fields[] = {
    TEXT("promoted", FIELD_HEX, promoted.version),
    TEXT("promoted-hash", FIELD_HEX, promoted.hash),
    TEXT("previous", FIELD_HEX, previous.version),
    TEXT("previous-hash", FIELD_HEX, previous.hash),
    TEXT("over", FIELD_HEX, over),
    {"status", FIELD_STATUS, PLACE(status), 0},
    TEXT("candidate", FIELD_HEX, candidate.version),
    TEXT("candidate-hash", FIELD_HEX, candidate.hash),
    TEXT("base", FIELD_HEX, base),
    TEXT("path", FIELD_TEXT, path),
    TEXT("why", FIELD_TEXT, why),
    {"started", FIELD_TIME, PLACE(started_s), 0},
    {"ended", FIELD_TIME, PLACE(ended_s), 0},
    {"looks", FIELD_COUNT, PLACE(looks), 0},
    COUNT("decisions", decisions),
    COUNT("dearer", dearer),
    COUNT("cheaper", cheaper),
    COUNT("dropped", dropped),
    COUNT("judged", judged),
    COUNT("doubtful", doubtful),
    COUNT("failed-base", failed_base),
    COUNT("failed-candidate", failed_candidate),
    PAIR("under", under),
    PAIR("tested-cheaper", tested[GATE_CHEAPER]),
    PAIR("tested-dearer", tested[GATE_DEARER]),
    PAIR("believed", believed),
    PAIR("unstable", unstable),
    COUNT("cost-count", cost.count),
    COUNT("cost-unpriced", cost.unpriced),
    NUMBER("cost-base", cost.base),
    NUMBER("cost-candidate", cost.candidate),
    NUMBER("cost-d-squares", cost.d_squares),
    NUMBER("cost-d-base", cost.d_base),
    NUMBER("cost-base-squares", cost.base_squares),
    NUMBER("cost-baseline", cost.baseline),
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

/* In the order of enum promotion_status; the interface and the metrics use them too. */
static const char *const status_names[PROMOTION_STATUSES] = {
    "none", "running", "promoted", "rejected", "refused", "cancelled", "rolled_back"};

const char *promotion_status_name(enum promotion_status status) {
  return status_names[status];
}

/* Texts are ours but for a path, which may hold anything but NUL: what would end the
 * line becomes a question mark, and the path is then only good for people. */
static void print_text(const char *text, FILE *out) {
  for (; *text != '\0'; text++)
    fputc((unsigned char)*text < ' ' ? '?' : *text, out);
}

/* at is the field in the record; its type says what stands there. */
static void print_field(const struct field *field, const void *at, FILE *out) {
  fprintf(out, "%s ", field->key);
  switch (field->type) {
  case FIELD_HEX:
  case FIELD_TEXT:
    print_text(at, out);
    break;
  case FIELD_STATUS:
    fputs(status_names[*(const uint32_t *)at], out);
    break;
  case FIELD_TIME:
    fprintf(out, "%" PRId64, *(const int64_t *)at);
    break;
  case FIELD_COUNT:
    fprintf(out, "%" PRIu64, *(const uint64_t *)at);
    break;
  case FIELD_NUMBER: /* so that the same double comes back */
    fprintf(out, "%.17g", *(const double *)at);
    break;
  }
  fputc('\n', out);
}

/* The last line tells a whole file from one that was cut at the end of a line. */
void promotion_record_print(const struct promotion_record *record, FILE *out) {
  fputs(HEADER, out);
  for (size_t i = 0; i < FIELDS; i++)
    print_field(&fields[i], (const char *)record + fields[i].offset, out);
  fputs("end\n", out);
}

/* What does not fit is no text of ours, and is not cut to fit. */
static bool parse_text(const struct field *field, const char *value, char *at) {
  const size_t len = strlen(value);
  if (len >= field->size)
    return false;
  /* A version or a hash is compared with, and never shown unchecked. */
  if (field->type == FIELD_HEX && strspn(value, "0123456789abcdef") != len)
    return false;
  memcpy(at, value, len + 1);
  return true;
}

/* By name, so that a file of another version cannot mean another status. */
static bool parse_status(const char *value, uint32_t *at) {
  for (uint32_t i = 0; i < PROMOTION_STATUSES; i++)
    if (strcmp(value, status_names[i]) == 0) {
      *at = i;
      return true;
    }
  return false;
}

/* What a sum of squares or of amounts cannot be, is refused with everything. */
static bool parse_number(const struct field *field, const char *value, void *at) {
  char *end;
  errno = 0;
  /* strtod() alone would take blanks, hexadecimal and "nan". */
  if (*value == '\0' || value[strspn(value, "0123456789.e+-")] != '\0')
    return false;
  if (field->type == FIELD_NUMBER) {
    const double number = strtod(value, &end);
    memcpy(at, &number, sizeof number);
    return *end == '\0' && isfinite(number);
  }
  const unsigned long long number = strtoull(value, &end, 10);
  const uint64_t count = number;
  memcpy(at, &count, sizeof count);
  /* Times are signed in the record and counts are not, so both keep to what either can
   * hold. */
  return *end == '\0' && errno == 0 && *value != '-' && number <= INT64_MAX;
}

/* "KEY VALUE". An unknown key may be of a newer version, whose rules are not known. */
static bool parse_line(char *line, bool *seen, struct promotion_record *out) {
  char *value = strchr(line, ' ');
  if (value == NULL)
    return false;
  *value++ = '\0';
  for (size_t i = 0; i < FIELDS; i++) {
    char *at = (char *)out + fields[i].offset;
    if (strcmp(fields[i].key, line) != 0)
      continue;
    /* Of two values one would have to lose, and nobody can say which. */
    if (seen[i])
      return false;
    seen[i] = true;
    if (fields[i].type == FIELD_HEX || fields[i].type == FIELD_TEXT)
      return parse_text(&fields[i], value, at);
    return fields[i].type == FIELD_STATUS ? parse_status(value, (uint32_t *)(void *)at)
                                          : parse_number(&fields[i], value, at);
  }
  return false;
}

/* Models come in pairs of version and hash, and a run has a candidate and a base. */
static bool is_whole(const struct promotion_record *record) {
  const struct promotion_model *models[] = {&record->promoted, &record->previous,
                                            &record->candidate};
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if ((models[i]->version[0] == '\0') != (models[i]->hash[0] == '\0'))
      return false;
  if (record->promoted.version[0] != '\0' && record->over[0] == '\0')
    return false;
  return record->status != PROMOTION_RUNNING ||
         (record->candidate.version[0] != '\0' && record->base[0] != '\0');
}

/* All or nothing: half a record could promote a model over the wrong one. */
bool promotion_record_parse(char *text, struct promotion_record *out) {
  const size_t header = strlen(HEADER);
  bool seen[FIELDS] = {false};
  *out = (struct promotion_record){0};
  if (strncmp(text, HEADER, header) != 0)
    return false;
  /* Each line is cut out in place: the caller's text is not needed afterwards. */
  for (text += header; strcmp(text, "end\n") != 0;) {
    char *end = strchr(text, '\n');
    if (end == NULL)
      return false;
    *end = '\0';
    if (!parse_line(text, seen, out))
      return false;
    text = end + 1;
  }
  return is_whole(out);
}

/* No file is no error: nothing was promoted yet. */
bool promotion_record_load(const char *directory, struct promotion_record *out, char *why,
                           size_t why_size) {
  char *text;
  *out = (struct promotion_record){0};
  /* The default directory may be another user's, and nothing was promoted there for us. */
  if (access(directory, X_OK) != 0)
    return true;
  if (!state_file_read(directory, PROMOTION_FILE, &text, why, why_size))
    return false;
  const bool ok = text == NULL || promotion_record_parse(text, out);
  free(text);
  if (!ok)
    snprintf(why, why_size,
             "%s/" PROMOTION_FILE ": not a record of promotions, or damaged; remove it to decide "
             "with --model again",
             directory);
  return ok;
}

bool promotion_record_save(const char *directory, const struct promotion_record *record, char *why,
                           size_t why_size) {
  char *text = NULL;
  size_t len = 0;
  /* In memory first: the file is replaced in one go or not at all. */
  FILE *out = open_memstream(&text, &len);
  bool ok = out != NULL;
  if (ok) {
    promotion_record_print(record, out);
    ok = fclose(out) == 0;
  }
  if (!ok)
    snprintf(why, why_size, "cannot write " PROMOTION_FILE ": out of memory");
  ok = ok && state_directory_make(directory, why, why_size) &&
       state_file_write(directory, PROMOTION_FILE, text, len, why, why_size);
  free(text);
  return ok;
}
