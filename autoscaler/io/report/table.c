#include "table_internal.h"

#include "../text/csv.h"
#include "../text/decimal.h"
#include "../text/grown.h"
#include "nearest.h"
#include "visible.h"

#include <errno.h>
#include <math.h>

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
	if (format == TABLE_HUMAN && table_print_human(table, out, err) < 0)
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
