#include "history_internal.h"

#include "../text/grown.h"
#include "calendar.h"
#include "visible.h"

#define NAME_MOST 253
#define EDGES_MAX ((uint64_t)1 << 26)

static const struct {
	const char *name;
	int places;
	int64_t most;
	const char *unit;
} roles[] = {
    [HISTORY_CPU] = {"cpu", 9, LOAD_MAX_CORES *NANO, "1000000 cores"},
    [HISTORY_MEMORY] = {"memory", 0, LOAD_MAX_BYTES, "1000000000000000000 bytes"},
    [HISTORY_REQUESTS] = {"requests", 9, LOAD_MAX_REQUESTS *NANO, "1000000000 requests a second"},
    [HISTORY_METRIC] = {NULL, 3, INT64_C(1000000000000000000), "1000000000000000"},
};

int history_places(enum history_role role)
{
	return roles[role].places;
}

int64_t history_most(enum history_role role)
{
	return roles[role].most;
}

struct history *history_open(struct err *err)
{
	struct history *history = calloc(1, sizeof *history);
	if (!history) {
		err_set(err, "out of memory");
		return NULL;
	}
	history->first = MS_NEVER;
	history->last = MS_UNSET;
	return history;
}

void history_close(struct history *history)
{
	if (!history)
		return;
	for (size_t r = 0; r < history->n_rows; r++) {
		for (uint32_t c = 0; c < HISTORY_COLUMNS_MAX; c++) {
			free(history->rows[r]->cells[c]);
			free(history->rows[r]->edges[c].items);
		}
		free(history->rows[r]);
	}
	for (uint32_t c = 0; c < HISTORY_COLUMNS_MAX; c++)
		free(history->measured[c]);
	free(history->rows);
	table_free(&history->table);
	free(history);
}

/* ---- columns and workloads ---- */

/* Whether the reader of loads takes the column for what it is: a metric called "rps" would become the requests. */
static int check_metric(const char *name, struct err *err)
{
	char text[256];
	struct load load;
	struct err ignored;
	int length = snprintf(text, sizeof text, "time,cpu,%s\n0,1,1\n", name);
	bool fine = strcspn(name, ",\"\r\n") == strlen(name) &&
		    load_parse("", text, (size_t)length, 1, 0, &load, &ignored) == 0;
	if (fine) {
		fine = load.series[0].n_metrics == 1 && strcmp(load.series[0].metrics[0].name, name) == 0;
		load_free(&load);
	}
	return fine ? 0
		    : err_set(err, "a metric cannot be called '%s': in a load that is no name, or another column's",
			      visible(name, strlen(name), 60).text);
}

int history_column(struct history *history, const char *name, uint32_t *column, struct err *err)
{
	enum history_role role = HISTORY_METRIC;
	for (*column = 0; *column < history->n_columns; ++*column)
		if (strcmp(history->columns[*column].name, name) == 0)
			return 0;
	for (int i = 0; i < HISTORY_METRIC; i++)
		if (strcmp(roles[i].name, name) == 0)
			role = (enum history_role)i;
	if (strlen(name) >= sizeof history->columns->name || !*name)
		return err_set(err, "a metric's name has 1 to %zu characters", sizeof history->columns->name - 1);
	if (role == HISTORY_METRIC && check_metric(name, err) < 0)
		return -1;
	if (history->n_columns == HISTORY_COLUMNS_MAX)
		return err_set(err, "at most %d columns", HISTORY_COLUMNS_MAX);
	struct history_column *new = &history->columns[history->n_columns++];
	snprintf(new->name, sizeof new->name, "%s", name);
	new->role = role;
	return 0;
}

uint32_t history_columns(const struct history *history)
{
	return history->n_columns;
}

const struct history_column *history_column_at(const struct history *history, uint32_t column)
{
	return &history->columns[column];
}

static struct history_row *find_row(const struct history *history, uint64_t hash, const char *name, size_t length)
{
	for (struct table_link *link = table_first(&history->table, hash); link; link = table_next(link)) {
		struct history_row *row = TABLE_OF(link, struct history_row, link);
		if (strlen(row->name) == length && memcmp(row->name, name, length) == 0)
			return row;
	}
	return NULL;
}

static int add_row(struct history *history, uint64_t hash, const char *name, size_t length, struct err *err)
{
	if (history->n_rows == LOAD_MAX_WORKLOADS)
		return err_set(err, "more than %d workloads; take fewer with --only", LOAD_MAX_WORKLOADS);
	struct history_row **rows =
	    heap_grown(history->rows, history->n_rows, &history->room, sizeof(struct history_row *));
	history->rows = rows ? rows : history->rows;
	struct history_row *row =
	    rows && table_reserve(&history->table) == 0 ? calloc(1, sizeof *row + length + 1) : NULL;
	if (!row)
		return err_set(err, "out of memory");
	memcpy(row->name, name, length);
	row->index = (uint32_t)history->n_rows;
	history->rows[history->n_rows++] = row;
	table_add(&history->table, &row->link, hash);
	return 0;
}

int history_workload(struct history *history, const char *name, size_t length, uint32_t *workload, struct err *err)
{
	if (length > NAME_MOST || memchr(name, '\n', length) || memchr(name, 0, length))
		return err_set(err, "'%s' is no workload's name: at most %d characters on one line",
			       visible(name, length, 60).text, NAME_MOST);
	uint64_t hash = table_hash(0, name, length);
	struct history_row *row = find_row(history, hash, name, length);
	*workload = row ? row->index : (uint32_t)history->n_rows;
	return row ? 0 : add_row(history, hash, name, length, err);
}

uint32_t history_workloads(const struct history *history)
{
	return (uint32_t)history->n_rows;
}

/* ---- points ---- */

int history_set_grid(struct history *history, const struct history_grid *grid, struct err *err)
{
	if (grid->step < SECOND_MS || grid->step % SECOND_MS || grid->step > 366 * DAY_MS)
		return err_set(err, "a step is whole seconds, from 1s to 366d");
	if (grid->from < 0 || grid->from % SECOND_MS || grid->until <= grid->from)
		return err_set(err, "the end must come after the start, and both after 1970");
	wide_t points = ((wide_t)grid->until - grid->from + grid->step - 1) / grid->step;
	if (points > (wide_t)LOAD_MAX_CELLS)
		return err_set(err, "too many steps: at most %llu", (unsigned long long)LOAD_MAX_CELLS);
	history->grid = *grid;
	history->points = (uint32_t)points;
	return 0;
}

const struct history_grid *history_grid(const struct history *history)
{
	return &history->grid;
}

uint32_t history_points(const struct history *history)
{
	return history->points;
}

int history_too_large(const struct history *history, const struct history_row *row, uint32_t column, ms_t at,
		      struct err *err)
{
	char when[CALENDAR_TEXT];
	const struct history_column *of = &history->columns[column];
	return err_set(err, "%s of '%s' at %s is more than %s", of->name,
		       visible(row->name, strlen(row->name), 80).text, calendar_format(at, when), roles[of->role].unit);
}

int64_t *history_cells(struct history *history, struct history_row *row, uint32_t column, struct err *err)
{
	if (row->cells[column])
		return row->cells[column];
	history->cells += history->points;
	int64_t *cells = history->cells <= LOAD_MAX_CELLS ? malloc(history->points * sizeof *cells) : NULL;
	if (!cells) {
		err_set(err,
			"more than %llu numbers, or out of memory: take fewer workloads (--only), a longer step, or a "
			"shorter time",
			(unsigned long long)LOAD_MAX_CELLS);
		return NULL;
	}
	for (uint32_t i = 0; i < history->points; i++)
		cells[i] = NO_VALUE;
	return row->cells[column] = cells;
}

int history_point(struct history *history, uint32_t workload, uint32_t column, uint32_t point, int64_t value,
		  struct err *err)
{
	struct history_row *row = history->rows[workload];
	int64_t most = history_most(history->columns[column].role);
	int64_t *cells = history_cells(history, row, column, err);
	if (!cells)
		return -1;
	int64_t before = max64(cells[point], 0);
	if (value > most - before)
		return history_too_large(history, row, column, history->grid.from + point * history->grid.step, err);
	cells[point] = before + value;
	return 0;
}

/* ---- spans ---- */

static int add_edge(struct history_edges *edges, ms_t at, int64_t value, int32_t count)
{
	struct history_edge *grown = heap_grown(edges->items, edges->n, &edges->room, sizeof *grown);
	if (!grown)
		return -1;
	edges->items = grown;
	edges->items[edges->n++] = (struct history_edge){at, value, count};
	return 0;
}

int history_span(struct history *history, uint32_t workload, uint32_t column, ms_t from, ms_t until, int64_t value,
		 struct err *err)
{
	struct history_edges *edges = &history->rows[workload]->edges[column];
	if (until <= from)
		return 0;
	history->n_edges += 2;
	if (history->n_edges > EDGES_MAX)
		return err_set(err, "more than %llu values: take a shorter time, or fewer workloads (--only)",
			       (unsigned long long)EDGES_MAX / 2);
	if (add_edge(edges, from, value, 1) < 0 || add_edge(edges, until, -value, -1) < 0)
		return err_set(err, "out of memory");
	history->first = min64(history->first, from);
	history->last = max64(history->last, until);
	return 0;
}

bool history_extent(const struct history *history, ms_t *from, ms_t *until)
{
	*from = history->first;
	*until = history->last;
	return history->n_edges > 0;
}
