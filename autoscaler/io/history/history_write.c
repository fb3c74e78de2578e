#include "history_internal.h"

#include "../text/csv.h"
#include "calendar.h"
#include "load_file.h"

struct writing {
	const struct history *history;
	enum history_gaps gaps;
	struct load_file file;
	uint32_t primary; /* the column without which there is no row */
	bool named;
	struct history_summary *summary;
};

/* Integer of 10^-places as a decimal, without zeros at its end. */
static void put_value(struct load_file *file, int64_t value, int places)
{
	char text[32];
	int64_t unit = 1;
	for (int i = 0; i < places; i++)
		unit *= 10;
	int length = snprintf(text, sizeof text, ",%lld", (long long)(value / unit));
	if (value % unit) {
		length +=
		    snprintf(text + length, sizeof text - (size_t)length, ".%0*lld", places, (long long)(value % unit));
		while (text[length - 1] == '0')
			length--;
	}
	load_file_put(file, text, (size_t)length);
}

static int64_t value_at(const struct history_row *row, uint32_t column, uint32_t point)
{
	return row->cells[column] ? row->cells[column][point] : NO_VALUE;
}

/* Whether the reader of loads wants a number there, come what may. */
static bool must_have(const struct writing *w, uint32_t column)
{
	return column == w->primary || w->history->columns[column].role == HISTORY_MEMORY;
}

/* A row; last: what is held where there is no value, or NULL. */
static void put_row(struct writing *w, const struct history_row *row, uint32_t point, const int64_t *last)
{
	char when[CALENDAR_TEXT];
	const struct history *history = w->history;
	calendar_format(history->grid.from + point * history->grid.step, when);
	load_file_put(&w->file, when, strlen(when));
	if (w->named) {
		load_file_put(&w->file, ",", 1);
		load_file_field(&w->file, row->name);
	}
	for (uint32_t c = 0; c < history->n_columns; c++) {
		int64_t value = value_at(row, c, point);
		value = value == NO_VALUE && last ? last[c] : value;
		if (value != NO_VALUE || must_have(w, c))
			put_value(&w->file, max64(value, 0), history_places(history->columns[c].role));
		else
			load_file_put(&w->file, ",", 1);
	}
	load_file_put(&w->file, "\n", 1);
	w->summary->rows++;
}

static void note_gap(struct writing *w, const struct history_row *row, uint32_t from, uint32_t until)
{
	struct history_summary *summary = w->summary;
	ms_t span = (until - from) * w->history->grid.step;
	summary->gaps++;
	if (span <= summary->longest)
		return;
	summary->longest = span;
	summary->longest_at = w->history->grid.from + from * w->history->grid.step;
	snprintf(summary->longest_of, sizeof summary->longest_of, "%s", row->name);
}

/* Stretches of the primary column without a value, between values. */
static void note_gaps(struct writing *w, const struct history_row *row)
{
	uint32_t last = UINT32_MAX;
	for (uint32_t i = 0; i < w->history->points; i++) {
		if (value_at(row, w->primary, i) == NO_VALUE)
			continue;
		if (last != UINT32_MAX && i > last + 1)
			note_gap(w, row, last + 1, i);
		last = i;
	}
}

static bool has_value(const struct writing *w, const struct history_row *row, uint32_t point, int64_t *held)
{
	bool found = false;
	for (uint32_t c = 0; c < w->history->n_columns; c++) {
		int64_t value = value_at(row, c, point);
		found |= value != NO_VALUE;
		held[c] = value != NO_VALUE ? value : held[c];
	}
	return found;
}

/* A row at each point that has a value, and at the first of a stretch that has none: demand has ended there. Where
 * values are held, such a stretch has no row, unless it is the last. */
static void put_workload(struct writing *w, const struct history_row *row)
{
	int64_t held[HISTORY_COLUMNS_MAX];
	uint32_t points = w->history->points, next = 0; /* the point after the last row; 0: none yet */
	uint64_t before = w->summary->rows;
	bool hold = w->gaps == GAPS_HOLD;
	memset(held, -1, sizeof held);
	for (uint32_t i = 0; i < points; i++) {
		if (!has_value(w, row, i, held))
			continue;
		if (!hold && next && i > next)
			put_row(w, row, next, NULL);
		put_row(w, row, i, hold ? held : NULL);
		next = i + 1;
	}
	if (next && next < points)
		put_row(w, row, next, NULL);
	if (next && next + 1 < points)
		put_row(w, row, points - 1, NULL);
	w->summary->workloads += w->summary->rows > before;
	note_gaps(w, row);
}

static int by_name(const void *a, const void *b)
{
	const struct history_row *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static int put_all(struct writing *w, struct err *err)
{
	const struct history *history = w->history;
	struct history_row **rows = malloc((history->n_rows + 1) * sizeof(struct history_row *));
	if (!rows)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < history->n_rows; i++)
		rows[i] = history->rows[i];
	qsort(rows, history->n_rows, sizeof(struct history_row *), by_name);
	load_file_put(&w->file, w->named ? "time,workload" : "time", w->named ? 13 : 4);
	for (uint32_t c = 0; c < history->n_columns; c++) {
		load_file_put(&w->file, ",", 1);
		load_file_field(&w->file, history->columns[c].name);
	}
	load_file_put(&w->file, "\n", 1);
	for (size_t i = 0; i < history->n_rows; i++)
		put_workload(w, rows[i]);
	free(rows);
	return w->summary->rows ? 0 : err_set(err, "there is no value in that time: nothing to write");
}

/* Of cpu and requests, the one that makes the load. */
static int find_primary(const struct history *history, uint32_t *primary, struct err *err)
{
	static const enum history_role order[] = {HISTORY_CPU, HISTORY_REQUESTS};
	for (size_t i = 0; i < COUNT(order); i++)
		for (*primary = 0; *primary < history->n_columns; ++*primary)
			if (history->columns[*primary].role == order[i])
				return 0;
	return err_set(err, "a load has cpu or requests: ask for one of them");
}

static int check_names(const struct history *history, bool *named, struct err *err)
{
	bool nameless = false;
	*named = false;
	for (size_t i = 0; i < history->n_rows; i++) {
		*named |= history->rows[i]->name[0] != 0;
		nameless |= history->rows[i]->name[0] == 0;
	}
	return *named && nameless ? err_set(err, "a part of the load has no workload's name, and another has") : 0;
}

int history_write(const struct history *history, const char *path, enum history_gaps gaps,
		  struct history_summary *summary, struct err *err)
{
	struct writing w = {.history = history, .gaps = gaps, .summary = summary};
	*summary = (struct history_summary){0};
	if (find_primary(history, &w.primary, err) < 0 || check_names(history, &w.named, err) < 0)
		return -1;
	if (load_file_open(&w.file, path, err) < 0)
		return -1;
	if (put_all(&w, err) == 0 && load_file_commit(&w.file, err) == 0)
		return 0;
	load_file_discard(&w.file);
	return -1;
}
