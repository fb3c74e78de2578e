/* Spans to points: along the edges of all series of a workload, what they sum to, and how much of each step is known.
 */
#include "history_internal.h"

static int by_time(const void *a, const void *b)
{
	const struct history_edge *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

struct sweep {
	struct history *history;
	struct history_row *row;
	uint32_t column;
	int64_t *cells;
	ms_t at;    /* how far it has come */
	wide_t sum; /* of the series that have a value there */
	int64_t count;
	/* of the step that `at` is in */
	wide_t weighed;
	ms_t known;
};

/* The step that ends has its mean. */
static int end_step(struct sweep *sweep, uint32_t point, struct err *err)
{
	const struct history *history = sweep->history;
	if (sweep->known > 0) {
		wide_t mean = (sweep->weighed + sweep->known / 2) / sweep->known;
		if (mean > history_most(history->columns[sweep->column].role))
			return history_too_large(history, sweep->row, sweep->column,
						 history->grid.from + point * history->grid.step, err);
		sweep->cells[point] = (int64_t)mean;
	}
	sweep->weighed = 0;
	sweep->known = 0;
	return 0;
}

/* Up to `until`, the sum is what it is now. */
static int advance(struct sweep *sweep, ms_t until, struct err *err)
{
	const struct history_grid *grid = &sweep->history->grid;
	until = min64(until, grid->until);
	while (sweep->at < until) {
		uint32_t point = (uint32_t)((sweep->at - grid->from) / grid->step);
		ms_t end = min64(grid->from + (point + 1) * grid->step, grid->until), to = min64(until, end);
		if (sweep->count > 0) {
			sweep->weighed += sweep->sum * (to - sweep->at);
			sweep->known += to - sweep->at;
		} else if (sweep->known == 0) { /* nothing until there: not step by step */
			to = until;
		}
		sweep->at = to;
		if (to >= end && end_step(sweep, point, err) < 0)
			return -1;
	}
	return 0;
}

static int settle(struct history *history, struct history_row *row, uint32_t column, struct err *err)
{
	struct history_edges *edges = &row->edges[column];
	struct sweep sweep = {history, row, column, history_cells(history, row, column, err), history->grid.from, 0,
			      0,       0,   0};
	if (!sweep.cells)
		return -1;
	qsort(edges->items, edges->n, sizeof *edges->items, by_time);
	for (size_t i = 0; i < edges->n; i++) {
		if (advance(&sweep, edges->items[i].at, err) < 0)
			return -1;
		sweep.sum += edges->items[i].value;
		sweep.count += edges->items[i].count;
	}
	if (sweep.known > 0 &&
	    end_step(&sweep, (uint32_t)((sweep.at - history->grid.from) / history->grid.step), err) < 0)
		return -1;
	free(edges->items);
	*edges = (struct history_edges){0};
	return 0;
}

int history_settle(struct history *history, struct err *err)
{
	for (size_t r = 0; r < history->n_rows; r++)
		for (uint32_t c = 0; c < history->n_columns; c++)
			if (history->rows[r]->edges[c].n && settle(history, history->rows[r], c, err) < 0)
				return -1;
	return 0;
}
