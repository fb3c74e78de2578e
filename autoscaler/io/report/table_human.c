/* A table for people: within 80 columns, as far as its words are short enough. What is too wide has its words folded
 * within their columns, which stand closer to each other where that does it; what is too wide even so has rows of
 * several lines, all but the first indented. */
#include "table_internal.h"
#include "visible.h"

#define PAGE_WIDTH  80
#define GAP         2 /* between columns */
#define GAP_LEAST   1
#define INDENT      2  /* of a row's further lines */
#define WORDS_LEAST 20 /* words are not folded narrower */

struct column_place {
	size_t natural, least, width; /* as it is; folded as far as may be; as it is printed */
	size_t line;                  /* of the row */
};

struct layout {
	struct column_place *places;
	size_t n_lines, gap;
};

/* ---- text ---- */

/* Characters, as far as a terminal counts them: bytes that do not continue one. */
static size_t width_of(const char *text, size_t length)
{
	size_t width = 0;
	for (size_t i = 0; i < length; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static size_t longest_word(const char *text)
{
	size_t most = 0;
	while (*text) {
		size_t length = strcspn(text, " "), width = width_of(text, length);
		most = width > most ? width : most;
		text += length;
		text += strspn(text, " ");
	}
	return most;
}

/* The bytes of as many words as there is room for: one at least, all when they fit. */
static size_t first_words(const char *text, size_t width)
{
	size_t whole = strlen(text), length = 0;
	if (width_of(text, whole) <= width)
		return whole;
	for (;;) {
		size_t blanks = strspn(text + length, " "), more = length + blanks;
		more += strcspn(text + more, " ");
		if (length && width_of(text, more) > width)
			return length;
		length = more;
		if (!text[length])
			return length;
	}
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

/* ---- places ---- */

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static struct column_place measure(const struct table *table, size_t c)
{
	const struct table_column *column = &table->columns[c];
	struct column_place place = {width_of(column->title, strlen(column->title)), longest_word(column->title), 0, 0};
	size_t word = 0;
	for (size_t i = c; i < table->n_cells; i += table->n_columns) {
		const char *text = human(&table->cells[i]);
		size_t width = width_of(text, strlen(text));
		place.natural = larger(place.natural, width);
		word = larger(word, column->right ? width : longest_word(text));
	}
	if (!column->right)
		word = larger(word, place.natural < WORDS_LEAST ? place.natural : WORDS_LEAST);
	place.least = larger(place.least, word);
	place.width = place.natural;
	return place;
}

static void make_lines(const struct table *table, struct layout *layout)
{
	size_t lead = table->lead ? table->lead : 1, used = 0, shown = 0;
	for (size_t c = 0; c < table->n_columns; c++) {
		struct column_place *place = &layout->places[c];
		if (!table->columns[c].title)
			continue;
		size_t wanted = used + (used ? layout->gap : 0) + place->natural;
		if (shown == lead || (shown > lead && wanted > PAGE_WIDTH)) {
			layout->n_lines++;
			wanted = INDENT + place->natural;
		}
		place->line = layout->n_lines - 1;
		used = wanted;
		shown++;
	}
}

/* The widest gives way, a column at a time. */
static void shrink(const struct table *table, const struct layout *layout, size_t line)
{
	for (;;) {
		size_t used = line ? INDENT : 0, shown = 0;
		struct column_place *widest = NULL;
		for (size_t c = 0; c < table->n_columns; c++) {
			struct column_place *place = &layout->places[c];
			if (!table->columns[c].title || place->line != line)
				continue;
			used += place->width + (shown++ ? layout->gap : 0);
			if (place->width > place->least && (!widest || place->width > widest->width))
				widest = place;
		}
		if (used <= PAGE_WIDTH || !widest)
			return;
		widest->width--;
	}
}

static void arrange(const struct table *table, struct layout *layout)
{
	size_t least = 0, shown = 0;
	layout->n_lines = 1;
	for (size_t c = 0; c < table->n_columns; c++) {
		if (!table->columns[c].title)
			continue;
		layout->places[c] = measure(table, c);
		least += layout->places[c].least;
		shown++;
	}
	size_t gaps = shown ? shown - 1 : 0;
	bool close = least + gaps * GAP > PAGE_WIDTH && least + gaps * GAP_LEAST <= PAGE_WIDTH;
	layout->gap = close ? GAP_LEAST : GAP;
	if (least + gaps * layout->gap > PAGE_WIDTH)
		make_lines(table, layout);
	for (size_t line = 0; line < layout->n_lines; line++)
		shrink(table, layout, line);
}

/* ---- rows ---- */

/* One line of what is left of the texts: whether anything is left after it. */
static bool put_line(const struct table *table, const struct layout *layout, size_t line, const char **texts, FILE *out)
{
	size_t owed = line ? INDENT : 0; /* blanks before what comes next */
	bool left = false;
	for (size_t c = 0; c < table->n_columns; c++) {
		const struct column_place *place = &layout->places[c];
		bool right = table->columns[c].right;
		if (!table->columns[c].title || place->line != line)
			continue;
		size_t length = first_words(texts[c], place->width), width = width_of(texts[c], length);
		size_t rest = place->width > width ? place->width - width : 0;
		if (length) {
			pad(out, owed + (right ? rest : 0));
			put_visible(out, texts[c], length);
			owed = layout->gap + (right ? 0 : rest);
		} else {
			owed += layout->gap + place->width;
		}
		texts[c] += length;
		texts[c] += strspn(texts[c], " ");
		left |= *texts[c] != 0;
	}
	putc('\n', out);
	return left;
}

static void put_row(const struct table *table, const struct layout *layout, const char **texts, FILE *out)
{
	for (size_t line = 0; line < layout->n_lines; line++)
		while (put_line(table, layout, line, texts, out))
			;
}

int table_print_human(const struct table *table, FILE *out, struct err *err)
{
	struct layout layout = {.places = calloc(table->n_columns, sizeof *layout.places)};
	const char **texts = calloc(table->n_columns, sizeof *texts);
	if (!layout.places || !texts) {
		free(layout.places);
		free(texts);
		return err_set(err, "out of memory");
	}
	arrange(table, &layout);
	for (size_t c = 0; c < table->n_columns; c++)
		texts[c] = table->columns[c].title;
	put_row(table, &layout, texts, out);
	for (size_t i = 0; i < table->n_cells; i += table->n_columns) {
		for (size_t c = 0; c < table->n_columns; c++)
			texts[c] = human(&table->cells[i + c]);
		put_row(table, &layout, texts, out);
	}
	free(layout.places);
	free(texts);
	return 0;
}
