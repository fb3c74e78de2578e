/* Stretches without a value in which demand was most likely what it was before: the measuring was away, not the load.
 */
#include "history_internal.h"

#include <stdlib.h>

void history_measured(struct history *history, uint32_t column, uint32_t point)
{
	uint8_t **measured = &history->measured[column];
	if (!*measured)
		*measured = calloc(history->points, 1);
	if (*measured)
		(*measured)[point] = 1;
}

/* A byte a point: whether any workload has a value of the column, or something else was seen to be measured. */
static uint8_t *measured_of(const struct history *history, uint32_t column)
{
	uint8_t *measured = calloc((size_t)history->points + 1, 1);
	if (measured && history->measured[column])
		memcpy(measured, history->measured[column], history->points);
	for (size_t r = 0; measured && r < history->n_rows; r++) {
		const int64_t *cells = history->rows[r]->cells[column];
		for (uint32_t i = 0; cells && i < history->points; i++)
			measured[i] |= cells[i] != NO_VALUE;
	}
	return measured;
}

/* Up to where the value before a stretch is kept: all of it, or until something else was measured. */
static uint32_t kept_until(const struct history *history, const uint8_t *measured, uint32_t from, uint32_t until)
{
	uint32_t missed = 0, first = until;
	for (uint32_t i = until; i-- > from;)
		if (measured[i]) {
			missed++;
			first = i;
		}
	return missed * history->grid.step <= BRIDGE_MOST ? until : first;
}

static uint64_t bridge_cells(const struct history *history, int64_t *cells, const uint8_t *measured)
{
	uint64_t bridged = 0;
	uint32_t at = 0, end;
	while (at < history->points && cells[at] == NO_VALUE)
		at++;
	for (; at < history->points; at = end) {
		end = at + 1;
		if (cells[at] != NO_VALUE)
			continue;
		while (end < history->points && cells[end] == NO_VALUE)
			end++;
		uint32_t kept = kept_until(history, measured, at, end);
		bridged += kept > at;
		for (uint32_t i = at; i < kept; i++)
			cells[i] = cells[at - 1];
	}
	return bridged;
}

int history_bridge(struct history *history, uint64_t *bridged, struct err *err)
{
	*bridged = 0;
	for (uint32_t c = 0; c < history->n_columns; c++) {
		uint8_t *measured = measured_of(history, c);
		if (!measured)
			return err_set(err, "out of memory");
		for (size_t r = 0; r < history->n_rows; r++)
			if (history->rows[r]->cells[c])
				*bridged += bridge_cells(history, history->rows[r]->cells[c], measured);
		free(measured);
	}
	return 0;
}
