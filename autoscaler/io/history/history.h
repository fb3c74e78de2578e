/* A load in the making: what a source of history says of workloads, summed on a grid of time, and written as the file
 * that load_read (load.h) reads. Where nothing was said there is no value. Private to io and cmd. */
#ifndef PLIMSOLL_HISTORY_H
#define PLIMSOLL_HISTORY_H

#include "load.h"

/* Columns: these three, and behind them metrics by name. Values are integers of 10^-places. */
enum history_role { HISTORY_CPU, HISTORY_MEMORY, HISTORY_REQUESTS, HISTORY_METRIC };
#define HISTORY_COLUMNS_MAX 16
struct history_column {
	char name[64];
	enum history_role role;
};
int history_places(enum history_role); /* cpu 9 (cores), memory 0 (bytes), requests 9 (per second), metrics 3 */

/* Points at from, from + step, ... below until; whole seconds. */
struct history_grid {
	ms_t from, until, step;
};

enum history_gaps {
	GAPS_ZERO, /* a stretch without a value has no demand */
	GAPS_HOLD, /* keeps the value before, up to the next one */
};

struct history;
struct history *history_open(struct err *);
void history_close(struct history *); /* NULL: nothing */

/* The column of that name, made when there is none. */
int history_column(struct history *, const char *name, uint32_t *column, struct err *);
uint32_t history_columns(const struct history *);
const struct history_column *history_column_at(const struct history *, uint32_t column);
/* "" is the load of one workload that has no name. */
int history_workload(struct history *, const char *name, size_t length, uint32_t *workload, struct err *);
uint32_t history_workloads(const struct history *);

/* Before the first point; refuses one that has too many points, or is no grid. */
int history_set_grid(struct history *, const struct history_grid *, struct err *);
const struct history_grid *history_grid(const struct history *);
uint32_t history_points(const struct history *); /* of the grid */

/* Adds to what is there at the grid's point: a value of one of the series that make up the workload. */
int history_point(struct history *, uint32_t workload, uint32_t column, uint32_t point, int64_t value, struct err *);

/* Something has a value of the column there that is not taken: the measuring worked. */
void history_measured(struct history *, uint32_t column, uint32_t point);
/* A missing value is not the end of demand: a stretch without one keeps the value before while the column was measured
 * of nothing, and to its end when it was so of others for at most BRIDGE_MOST. Once all points are there. How often. */
#define BRIDGE_MOST (5 * MINUTE_MS) /* Prometheus' own staleness: query.lookback-delta */
int history_bridge(struct history *, uint64_t *bridged, struct err *);

/* One series of the workload had this value from `from` to `until`. With history_settle, once the grid is set, all of
 * them become points: sums over the series, time-weighted means over what is known of each step, rounded half up. */
int history_span(struct history *, uint32_t workload, uint32_t column, ms_t from, ms_t until, int64_t value,
		 struct err *);
/* From the first span to the last. false: there are none. */
bool history_extent(const struct history *, ms_t *from, ms_t *until);
int history_settle(struct history *, struct err *);

struct history_summary {
	uint32_t workloads;
	uint64_t rows;
	/* stretches without a value between values */
	uint64_t gaps;
	ms_t longest, longest_at;
	char longest_of[256];
};
/* Writes it to path (".gz": compressed; "-": standard output), workload by workload in order of name; whole, or not at
 * all. Refuses a load without a row. */
int history_write(const struct history *, const char *path, enum history_gaps, struct history_summary *, struct err *);

#endif
