/* table.c - gathers rows, measures them, prints them aligned.
 *
 * Cells are cleaned and cut when they are added; each column's width is then
 * known, and printing is padding. A column of figures keeps two widths, before
 * and from the decimal point. Which columns there are and what they mean is left
 * to the views.
 */
#include "daemon/ctl/table.h"

#include <assert.h>
#include <stdlib.h>

/* Two blanks: one would look like a blank within a cell. */
enum { TABLE_GAP = 2 };

struct cell {
  char *text;     /* cleaned, owned */
  size_t columns; /* width of text */
  size_t whole;   /* columns before the decimal point of a figure */
  bool figure;
};

struct row {
  struct cell *cells;
  enum term_style style;
};

/* Of what has been added so far, the titles included. */
struct width {
  size_t total; /* widest cell or title */
  size_t whole;
  size_t fraction; /* the decimal point included */
};

struct ctl_table {
  const struct table_column *columns;
  size_t count;
  struct width widths[TABLE_COLUMNS_MAX];
  struct row *rows;
  size_t rows_count;
  size_t rows_capacity;
  size_t indent;
  bool header_due;
  bool lost_row;
};

/* Functions rather than macros, which would evaluate twice. */
static size_t max_size(size_t a, size_t b) {
  return a > b ? a : b;
}

static size_t min_size(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Widths begin with the titles'. Without any title there is no header line. */
struct ctl_table *ctl_table_create(const struct table_column *columns, size_t count) {
  assert(count >= 1 && count <= TABLE_COLUMNS_MAX);
  struct ctl_table *table = calloc(1, sizeof *table);
  if (!table)
    return NULL;
  table->columns = columns;
  table->count = count;
  for (size_t i = 0; i < count; i++) {
    table->widths[i].total = term_width(span_of(columns[i].title));
    table->header_due |= columns[i].title != NULL;
  }
  return table;
}

/* Doubling keeps adding cheap, however many rows there will be. */
static bool rows_reserve(struct ctl_table *table) {
  if (table->rows_count < table->rows_capacity)
    return true;
  size_t capacity = table->rows_capacity ? table->rows_capacity * 2 : 16;
  struct row *grown = realloc(table->rows, capacity * sizeof *grown);
  if (!grown)
    return false;
  table->rows = grown;
  table->rows_capacity = capacity;
  return true;
}

/* A figure starts with a digit, a currency sign or an ordering sign; anything
 * else in a column of figures is a word such as "unknown". */
static bool starts_figure(const char *text) {
  return text[0] != '\0' && strchr("0123456789$-<>~", text[0]) != NULL;
}

/* Cleaning comes before measuring: a control character has no width that can be relied on. */
static bool cell_init(struct cell *cell, const struct table_column *column, const char *text) {
  cell->text = term_clean(span_of(text), column->columns_max);
  if (!cell->text)
    return false;
  cell->columns = term_width(span_of(cell->text));
  cell->figure = column->align == TABLE_DECIMAL && starts_figure(cell->text);
  cell->whole = cell->figure ? min_size(strcspn(cell->text, "."), cell->columns) : 0;
  return true;
}

/* NULL texts are those that a failed row_init() did not get to. */
static void row_deinit(struct row *row, size_t count) {
  if (!row->cells)
    return;
  for (size_t i = 0; i < count; i++)
    free(row->cells[i].text);
  free(row->cells);
}

static bool row_init(struct row *row, const struct ctl_table *table, const char *const *cells) {
  row->cells = calloc(table->count, sizeof *row->cells);
  if (!row->cells)
    return false;
  for (size_t i = 0; i < table->count; i++)
    if (!cell_init(&row->cells[i], &table->columns[i], cells[i])) {
      row_deinit(row, table->count);
      return false;
    }
  return true;
}

/* The widest whole part and the widest fraction may be of different cells, and the column
 * has to hold both. */
static void width_include(struct width *width, const struct cell *cell) {
  if (cell->figure) {
    width->whole = max_size(width->whole, cell->whole);
    width->fraction = max_size(width->fraction, cell->columns - cell->whole);
  }
  width->total = max_size(width->total, max_size(cell->columns, width->whole + width->fraction));
}

/* A lost row is remembered and told by the printing, so that adding needs no check. */
void ctl_table_add(struct ctl_table *table, enum term_style style, const char *const *cells) {
  if (!table)
    return;
  struct row row = {.style = style};
  /* The row is lost whole: half of one would shift what is said of whom. */
  if (!rows_reserve(table) || !row_init(&row, table, cells)) {
    table->lost_row = true;
    return;
  }
  for (size_t i = 0; i < table->count; i++)
    width_include(&table->widths[i], &row.cells[i]);
  table->rows[table->rows_count++] = row;
}

/* How many spaces go before a cell within its column. */
static size_t padding_before(const struct width *width, enum table_align align,
                             const struct cell *cell) {
  if (align == TABLE_LEFT)
    return 0;
  if (!cell->figure)
    return width->total - cell->columns;
  /* The fraction's room stays free on the right, so that the points line up. */
  return width->total - width->fraction - cell->whole;
}

/* Prints spaces that are owed only once something follows them: no line ends in
 * white space. */
static void put_cell(const struct term *term, const struct cell *cell, enum term_style style,
                     size_t *owed) {
  if (cell->columns == 0)
    return;
  fprintf(term->out, "%*s", (int)*owed, "");
  *owed = 0;
  term_style_on(term, style);
  fputs(cell->text, term->out);
  term_style_off(term, style);
}

/* A row's style wins over its columns'. */
static void print_row(const struct ctl_table *table, const struct term *term,
                      const struct row *row) {
  size_t owed = table->indent;
  for (size_t i = 0; i < table->count; i++) {
    const struct cell *cell = &row->cells[i];
    const struct width *width = &table->widths[i];
    size_t before = padding_before(width, table->columns[i].align, cell);
    owed += before;
    put_cell(term, cell, row->style ? row->style : table->columns[i].style, &owed);
    owed += width->total - before - cell->columns + TABLE_GAP;
  }
  /* Spaces that are still owed are never printed. */
  fputc('\n', term->out);
}

/* A title is a cell like any other; it is only never treated as a figure. */
static void print_header(const struct ctl_table *table, const struct term *term) {
  struct cell cells[TABLE_COLUMNS_MAX] = {0};
  for (size_t i = 0; i < table->count; i++) {
    cells[i].text = term_clean(span_of(table->columns[i].title), 0);
    cells[i].columns = cells[i].text ? term_width(span_of(cells[i].text)) : 0;
  }
  print_row(table, term, &(struct row){cells, TERM_BOLD});
  for (size_t i = 0; i < table->count; i++)
    free(cells[i].text);
}

/* Prints and forgets: widths stay, so that a next portion lines up with this one, and the
 * header comes once. */
bool ctl_table_print(struct ctl_table *table, const struct term *term) {
  if (!table)
    return false;
  if (table->header_due)
    print_header(table, term);
  table->header_due = false;
  for (size_t i = 0; i < table->rows_count; i++) {
    print_row(table, term, &table->rows[i]);
    row_deinit(&table->rows[i], table->count);
  }
  /* Their room is kept for the next portion. */
  table->rows_count = 0;
  return !table->lost_row;
}

size_t ctl_table_rows(const struct ctl_table *table) {
  return table ? table->rows_count : 0;
}

void ctl_table_indent(struct ctl_table *table, size_t columns) {
  if (table)
    table->indent = columns;
}

void ctl_table_destroy(struct ctl_table *table) {
  if (!table)
    return;
  for (size_t i = 0; i < table->rows_count; i++)
    row_deinit(&table->rows[i], table->count);
  free(table->rows);
  free(table);
}
