#include "table.h"

#include "../text/csv.h"
#include "../text/decimal.h"
#include "../text/grown.h"
#include "nearest.h"
#include "visible.h"

#include <errno.h>
#include <math.h>

#define PAGE_WIDTH 80
#define FOLD_LEAST 24 /* columns that a folded text has, however wide the others are */

struct table_cell {
	const char *text;  /* NULL: nothing */
	const char *human; /* for people, when that differs */
	bool bare;         /* a number or a boolean: no quotes in JSON */
};

void table_init(struct table *table, const struct table_column *columns, size_t n_columns)
{
	*table = (struct table){.columns = columns, .n_columns = n_columns};
}

void table_free(struct table *table)
{
	free(table->cells);
	arena_free(&table->arena);
	*table = (struct table){0};
}

static bool make_room(struct table *table)
{
	struct table_cell *cells = heap_grown(table->cells, table->n_cells, &table->room, sizeof *cells);
	if (!cells)
		return false;
	table->cells = cells;
	return true;
}

static void add_cell(struct table *table, const char *text, const char *human, bool bare)
{
	struct table_cell cell = {text ? arena_strdup(&table->arena, text) : NULL,
				  human ? arena_strdup(&table->arena, human) : NULL, bare};
	if ((text && !cell.text) || (human && !cell.human) || !make_room(table)) {
		table->failed = true;
		return;
	}
	table->cells[table->n_cells++] = cell;
}

void table_text(struct table *table, const char *text)
{
	add_cell(table, text, NULL, false);
}

void table_text_brief(struct table *table, const char *text, const char *brief)
{
	add_cell(table, text, brief, false);
}

void table_none(struct table *table)
{
	add_cell(table, NULL, NULL, false);
}

void table_bool(struct table *table, bool value)
{
	add_cell(table, value ? "true" : "false", NULL, true);
}

void table_integer(struct table *table, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)value);
	add_cell(table, text, NULL, true);
}

void table_number(struct table *table, double value, int decimals)
{
	char text[400];
	if (!isfinite(value)) {
		table_none(table);
		return;
	}
	snprintf(text, sizeof text, "%.*f", decimals < 0 ? 0 : decimals > 15 ? 15 : decimals, value);
	add_cell(table, text, NULL, true);
}

void table_nano(struct table *table, int64_t nano, int decimals)
{
	char exact[DECIMAL_TEXT], rounded[DECIMAL_TEXT];
	int places = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
	decimal_text(nano, 9, 0, exact);
	decimal_text(nano, places, places, rounded);
	add_cell(table, exact, rounded, true);
}

/* Characters, as far as a terminal counts them: bytes that do not continue one. */
static size_t width_of_first(const char *text, size_t length)
{
	size_t width = 0;
	for (size_t i = 0; i < length; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static size_t width_of(const char *text)
{
	return width_of_first(text, strlen(text));
}

static void pad(FILE *out, size_t n)
{
	while (n--)
		putc(' ', out);
}

/* Control characters would break the lines. */
static void put_visible(FILE *out, const char *text, size_t length)
{
	for (size_t left = length, step; left; text += step, left -= step) {
		step = visible_char(text, left);
		if (step)
			fwrite(text, 1, step, out);
		else
			putc('?', out);
		step += step == 0;
	}
}

static const char *human(const struct table_cell *cell)
{
	return !cell->text ? "-" : cell->human ? cell->human : cell->text;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = width_of(table->columns[column].title);
	for (size_t i = column; i < table->n_cells; i += table->n_columns) {
		size_t w = width_of(human(&table->cells[i]));
		width = w > width ? w : width;
	}
	return width;
}

/* A cell after `gap` blanks; what pads a left-aligned one is owed to the next. */
static size_t put_human(FILE *out, const char *text, bool right, size_t width, size_t gap)
{
	size_t rest = width - width_of(text);
	pad(out, gap + (right ? rest : 0));
	put_visible(out, text, strlen(text));
	return right ? 2 : rest + 2;
}

/* Words, from a column on that further lines begin at, too. */
static void put_folded(FILE *out, const char *text, size_t start)
{
	size_t column = start, most = start + FOLD_LEAST > PAGE_WIDTH ? start + FOLD_LEAST : PAGE_WIDTH;
	while (*text) {
		size_t length = strcspn(text, " "), width = width_of_first(text, length);
		if (column > start && column + 1 + width > most) {
			putc('\n', out);
			pad(out, start);
			column = start;
		} else if (column > start) {
			putc(' ', out);
			column++;
		}
		put_visible(out, text, length);
		column += width;
		text += length;
		text += strspn(text, " ");
	}
}

static void put_human_row(const struct table *table, const struct table_cell *cells, const size_t *widths, FILE *out)
{
	size_t gap = 0, start = 0;
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct table_column *column = &table->columns[i];
		if (!column->title)
			continue;
		const char *text = cells ? human(&cells[i]) : column->title;
		if (table->folds && i + 1 == table->n_columns) {
			pad(out, gap);
			put_folded(out, text, start);
			continue;
		}
		gap = put_human(out, text, column->right, widths[i], gap);
		start += widths[i] + 2;
	}
	putc('\n', out);
}

static int print_human(const struct table *table, FILE *out, struct err *err)
{
	size_t *widths = calloc(table->n_columns, sizeof *widths);
	if (!widths)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = table->columns[i].title ? column_width(table, i) : 0;
	put_human_row(table, NULL, widths, out);
	for (size_t i = 0; i < table->n_cells; i += table->n_columns)
		put_human_row(table, &table->cells[i], widths, out);
	free(widths);
	return 0;
}

static void print_csv(const struct table *table, FILE *out)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		fputs(i ? "," : "", out);
		csv_write_field(out, table->columns[i].key);
	}
	putc('\n', out);
	for (size_t i = 0; i < table->n_cells; i++) {
		csv_write_field(out, table->cells[i].text ? table->cells[i].text : "");
		putc((i + 1) % table->n_columns ? ',' : '\n', out);
	}
}

void table_json_string(FILE *out, const char *text)
{
	putc('"', out);
	for (size_t left = strlen(text), step; left; text += step, left -= step) {
		step = visible_char(text, left);
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (step)
			fwrite(text, 1, step, out);
		else if ((unsigned char)*text < 0x80)
			fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
		else
			fputs("\\ufffd", out);
		step += step == 0;
	}
	putc('"', out);
}

static void put_json(FILE *out, const struct table_column *column, const struct table_cell *cell)
{
	table_json_string(out, column->key);
	fputs(": ", out);
	if (!cell->text)
		fputs("null", out);
	else if (cell->bare)
		fputs(cell->text, out);
	else
		table_json_string(out, cell->text);
}

static void print_json(const struct table *table, FILE *out)
{
	putc('[', out);
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t column = i % table->n_columns;
		fputs(column ? ", " : i ? ",\n {" : "\n {", out);
		put_json(out, &table->columns[column], &table->cells[i]);
		if (column + 1 == table->n_columns)
			putc('}', out);
	}
	fputs("\n]\n", out);
}

int table_print(const struct table *table, enum table_format format, FILE *out, struct err *err)
{
	if (table->failed)
		return err_set(err, "out of memory");
	if (table->n_columns == 0 || table->n_cells % table->n_columns != 0)
		return err_set(err, "a table with an unfinished row");
	if (format == TABLE_HUMAN && print_human(table, out, err) < 0)
		return -1;
	if (format == TABLE_CSV)
		print_csv(table, out);
	if (format == TABLE_JSON)
		print_json(table, out);
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, "cannot write the output: %s", errno ? strerror(errno) : "write error");
	return 0;
}

int table_format_parse(const char *word, enum table_format *format, struct err *err)
{
	static const char *const names[] = {[TABLE_HUMAN] = "table", [TABLE_CSV] = "csv", [TABLE_JSON] = "json"};
	int64_t which = name_index(word, names, COUNT(names));
	if (which < 0)
		return err_set(err, "unknown output format '%s'; allowed: table, csv, json",
			       visible(word, strlen(word), 40).text);
	*format = (enum table_format)which;
	return 0;
}
