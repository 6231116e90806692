/* documents.c - a survey of the lines, then one of three cuts.
 *
 * One pass notes where documents begin, which are numbered, where labels stand and
 * where the last paragraph starts. Then the question is
 *
 *   after the documents     behind the last "Question:",
 *   before them             behind the first one, when "Context:" comes later, or
 *   without a label         what precedes "Context:" and what follows the last
 *                           numbered document, or a last paragraph with a question mark.
 *
 * Whenever that is in doubt the text stays whole: a question that carries too much
 * is scored a little off, one that was cut is lost. Labels are known to
 * document_lines.c, set phrases to instruction.c; tags are envelope.c's. */
#include "classifier/features/documents.h"

#include <stdint.h>

#include "classifier/features/document_lines.h"
#include "classifier/features/instruction.h"

enum {
  /* The least that is worth cutting, so that a case or a list of clues that somebody
   * wrote out by hand stays: with a label for both sides, with one only, and for
   * entries such as "[1]" that nothing announces as documents. */
  LABELLED_BYTES_MIN = 400,
  HALF_LABELLED_BYTES_MIN = 1000,
  BARE_BYTES_MIN = 600,
  BARE_ENTRY_BYTES_MIN = 120,
  FRAME_LINES_MAX = 16 /* at either end; a frame is a few lines */
};

#define NOWHERE SIZE_MAX

/* Offsets into the text; NOWHERE for what there is not. */
struct survey {
  size_t docs;        /* the first header or numbered document */
  size_t headers;     /* Context: */
  size_t numbered;    /* documents whose numbers count up from 0 or 1 */
  unsigned number;    /* of the last one */
  size_t docs_end;    /* behind the paragraph of the last numbered one */
  bool named;         /* "Document 1", not just "[1]" */
  bool instructed;    /* "Use the following documents" before them */
  bool paragraphs;    /* a document before the last has more than one */
  size_t label_first; /* Question: */
  size_t label_last;
  size_t closing; /* the last paragraph */
};

/* Where the pass is, beyond what the survey keeps. */
struct reading {
  bool code;     /* within ``` */
  bool gap;      /* behind a blank line */
  bool in_doc;   /* in the paragraph of a numbered document */
  bool text_out; /* there was text after that paragraph */
};

static size_t offset(struct span text, struct span part) {
  return (size_t)(part.ptr - text.ptr);
}

static struct span between(struct span text, size_t from, size_t to) {
  return span_make(text.ptr + from, to - from);
}

static bool next_in_order(const struct survey *survey, const struct line *line) {
  return survey->numbered == 0 ? line->number <= 1 : line->number == survey->number + 1;
}

static void note_document(struct survey *survey, struct reading *reading, const struct line *line) {
  survey->number = line->number;
  survey->numbered++;
  survey->named |= line->named;
  survey->paragraphs |= reading->text_out;
  reading->text_out = false;
  reading->in_doc = true;
}

static void note_line(struct survey *survey, struct reading *reading, const struct line *line,
                      size_t at, size_t next) {
  enum line_kind kind = reading->code && line->kind != LINE_BLANK ? LINE_TEXT : line->kind;
  reading->code ^= line->kind == LINE_FENCE;
  if (kind == LINE_BLANK || kind == LINE_RULE || kind == LINE_ANSWER) {
    reading->gap = true;
    reading->in_doc = false;
    return;
  }
  if (reading->gap)
    survey->closing = at;
  reading->gap = false;
  if (kind == LINE_DOCUMENT && next_in_order(survey, line))
    note_document(survey, reading, line);
  else if (kind == LINE_HEADER)
    survey->headers++;
  if ((kind == LINE_HEADER || reading->in_doc) && survey->docs == NOWHERE)
    survey->docs = at;
  if (kind == LINE_QUESTION) {
    reading->in_doc = false;
    survey->label_last = at;
    if (survey->label_first == NOWHERE)
      survey->label_first = at;
  } else if (reading->in_doc) {
    survey->docs_end = next;
  } else if (kind != LINE_HEADER) {
    reading->text_out |= survey->numbered > 0;
  }
}

static struct survey survey_text(struct span text) {
  struct survey survey = {.docs = NOWHERE, .label_first = NOWHERE, .label_last = NOWHERE};
  struct reading reading = {.gap = true};
  for (size_t at = 0, next; at < text.len; at = next) {
    struct line line = line_read(text, at, &next);
    note_line(&survey, &reading, &line, at, next);
    /* "Context: [1] ..." is a header and a document. */
    if (line.kind == LINE_HEADER && line.body.len > 0 && !reading.code)
      next = offset(text, line.body);
  }
  return survey;
}

/* Looks for "Use the following documents" before the documents. Where nothing else
 * announces them, they begin behind it. */
static void find_instruction(struct span text, struct survey *survey) {
  size_t limit = survey->docs < survey->label_last ? survey->docs : survey->label_last;
  size_t at = 0, next;
  for (int lines = 0; lines < FRAME_LINES_MAX && at < text.len && at < limit; lines++, at = next) {
    struct line line = line_read(text, at, &next);
    if (line.kind != LINE_TEXT || !instruction_is(line.text))
      continue;
    survey->instructed = true;
    if (survey->docs == NOWHERE)
      survey->docs = next;
    return;
  }
}

/* ---- frames */

static bool is_frame(const struct line *line) {
  return line->kind == LINE_ANSWER || line->kind == LINE_RULE ||
         (line->kind == LINE_HEADER && line->body.len == 0) ||
         (line->kind == LINE_TEXT && instruction_is(line->text));
}

struct span documents_unframe(struct span text) {
  size_t next;
  text = span_trim(text);
  for (int lines = 0; lines < FRAME_LINES_MAX && text.len > 0; lines++) {
    struct line line = line_read(text, 0, &next);
    if (line.kind == LINE_QUESTION)
      next = offset(text, line.body);
    else if (!is_frame(&line))
      break;
    text = span_trim(between(text, next, text.len));
    if (line.kind == LINE_QUESTION)
      break;
  }
  for (int lines = 0; lines < FRAME_LINES_MAX && text.len > 0; lines++) {
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '\n')
      start--;
    struct line line = line_read(text, start, &next);
    if (!is_frame(&line))
      break;
    text = span_trim(between(text, 0, start));
  }
  return text;
}

/* ---- the cuts */

static bool keep(struct span kept[DOCUMENTS_KEPT_MAX], size_t *count, struct span text) {
  text = documents_unframe(text);
  if (text.len > 0)
    kept[(*count)++] = text;
  return text.len > 0;
}

static bool is_question(struct span text) {
  static const char *const marks[] = {"?", "\xEF\xBC\x9F", "\xD8\x9F"};
  text = documents_unframe(text);
  while (text.len > 0 && strchr("\"')*", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
    text.len--;
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
    size_t len = strlen(marks[i]);
    if (text.len >= len && memcmp(text.ptr + text.len - len, marks[i], len) == 0)
      return true;
  }
  return false;
}

static bool announced(const struct survey *survey) {
  return survey->headers > 0 || survey->named || survey->instructed;
}

/* Is what would be cut like retrieved documents in number or size? */
static bool worth_cutting(const struct survey *survey, size_t bytes) {
  if (announced(survey))
    return survey->numbered >= 2 || bytes >= LABELLED_BYTES_MIN;
  return survey->numbered >= 2 && bytes >= BARE_BYTES_MIN &&
         bytes / survey->numbered >= BARE_ENTRY_BYTES_MIN;
}

static size_t cut_before_label(struct span text, const struct survey *survey,
                               struct span kept[DOCUMENTS_KEPT_MAX]) {
  size_t count = 0;
  if (!worth_cutting(survey, survey->label_last - survey->docs))
    return 0;
  keep(kept, &count, between(text, 0, survey->docs));
  return keep(kept, &count, between(text, survey->label_last, text.len)) ? count : 0;
}

/* What follows the numbered documents; when they have paragraphs, the last one of
 * the text may still be theirs, and only a question mark says otherwise. */
static struct span tail(struct span text, const struct survey *survey) {
  const struct span none = between(text, text.len, text.len);
  bool certain = survey->numbered >= 2 && !survey->paragraphs;
  if (certain)
    return between(text, survey->docs_end, text.len);
  struct span closing = between(text, survey->closing, text.len);
  return survey->closing > survey->docs && is_question(closing) ? closing : none;
}

static size_t cut_after_label(struct span text, const struct survey *survey,
                              struct span kept[DOCUMENTS_KEPT_MAX]) {
  size_t count = 0;
  if (!worth_cutting(survey, text.len - survey->docs))
    return 0;
  keep(kept, &count, between(text, 0, survey->label_first));
  if (!keep(kept, &count, between(text, survey->label_first, survey->docs)))
    return 0;
  if (survey->numbered >= 2)
    keep(kept, &count, tail(text, survey));
  return count;
}

static size_t cut_without_label(struct span text, const struct survey *survey,
                                struct span kept[DOCUMENTS_KEPT_MAX]) {
  size_t count = 0;
  struct span before = between(text, 0, survey->docs);
  bool own_words = keep(kept, &count, before);
  struct span after = tail(text, survey);
  size_t cut = (after.len ? offset(text, after) : text.len) - survey->docs;
  if (!worth_cutting(survey, cut) || (own_words && !announced(survey)) ||
      (survey->numbered < 2 && (survey->headers == 0 || cut < HALF_LABELLED_BYTES_MIN)))
    return 0;
  if (keep(kept, &count, after))
    return count;
  /* Nothing behind the documents: the question came first, perhaps in words that
   * would else be a frame. */
  if (survey->numbered < 2 || (survey->headers == 0 && !survey->instructed))
    return 0;
  if (!own_words && span_trim(before).len > 0)
    kept[count++] = span_trim(before);
  return count;
}

static size_t cut(struct span text, struct span kept[DOCUMENTS_KEPT_MAX]) {
  struct survey survey = survey_text(text);
  if (survey.label_last != NOWHERE || survey.numbered >= 2)
    find_instruction(text, &survey);
  if (survey.docs == NOWHERE)
    return 0;
  if (survey.label_last == NOWHERE)
    return cut_without_label(text, &survey, kept);
  /* Several headers are worked examples, of which the last one asks. */
  if (survey.label_first < survey.docs && survey.headers <= 1)
    return survey.headers > 0 || survey.named ? cut_after_label(text, &survey, kept) : 0;
  return survey.label_last > survey.docs ? cut_before_label(text, &survey, kept) : 0;
}

size_t documents_cut(struct span text, struct span kept[DOCUMENTS_KEPT_MAX]) {
  size_t count = text.len >= LABELLED_BYTES_MIN ? cut(text, kept) : 0;
  if (count == 0)
    kept[0] = text;
  return count ? count : 1;
}
