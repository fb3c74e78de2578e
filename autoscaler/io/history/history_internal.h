#ifndef PLIMSOLL_HISTORY_INTERNAL_H
#define PLIMSOLL_HISTORY_INTERNAL_H

#include "history.h"

#include "../live/table.h"

#define NO_VALUE ((int64_t)-1)

/* A series begins or ends to have a value. */
struct history_edge {
	ms_t at;
	int64_t value; /* of the sum, more or less */
	int32_t count; /* of series that have one, 1 or -1 */
};

struct history_edges {
	struct history_edge *items;
	size_t n, room;
};

struct history_row {
	struct table_link link;
	uint32_t index;
	int64_t *cells[HISTORY_COLUMNS_MAX]; /* one a point of the grid; NULL: none has a value */
	struct history_edges edges[HISTORY_COLUMNS_MAX];
	char name[];
};

struct history {
	struct table table;
	struct history_row **rows;
	size_t n_rows, room;
	struct history_column columns[HISTORY_COLUMNS_MAX];
	uint32_t n_columns, points;
	struct history_grid grid;
	uint8_t *measured[HISTORY_COLUMNS_MAX]; /* a byte a point; NULL: nothing but the cells tells */
	uint64_t cells, n_edges;
	ms_t first, last; /* of the spans */
};

/* "at T: MESSAGE" about a workload's column. */
int history_too_large(const struct history *, const struct history_row *, uint32_t column, ms_t at, struct err *);
int64_t *history_cells(struct history *, struct history_row *, uint32_t column, struct err *);
int64_t history_most(enum history_role);

#endif
