/* A load history: for each workload, a step function of time, held until the next point. */
#ifndef PLIMSOLL_LOAD_H
#define PLIMSOLL_LOAD_H

#include "arena.h"
#include "base.h"

/* Largest figures a load may state: beyond them a figure is a mistake. */
#define LOAD_MAX_CORES    1000000
#define LOAD_MAX_BYTES    1000000000000000000 /* of memory */
#define LOAD_MAX_REQUESTS 1000000000          /* per second */

/* Bounds on memory: a file beyond them is refused. A cell is one number of one row. */
#define LOAD_MAX_CELLS     ((uint64_t)1 << 26)
#define LOAD_MAX_WORKLOADS 10000
#define LOAD_MAX_METRICS   64

/* A column beyond the known ones, named as in the file: a custom or external metric, milli-units. */
struct load_metric {
	const char *name;
	const int64_t *milli; /* negative: no value at that time */
};

struct load_series {
	const char *workload; /* NULL: the file has no workload column */
	uint32_t n;
	const ms_t *time;              /* strictly increasing; ms since 1970 (offsets count from 1970) */
	const int64_t *cpu_nano;       /* total demand, billionths of a core */
	const int64_t *memory_bytes;   /* total; NULL: no such column */
	const int64_t *requests_milli; /* per second; NULL: no such column; negative: no value at that time */
	const struct load_metric *metrics;
	uint32_t n_metrics;
};

struct load {
	struct arena arena;         /* owns everything below */
	struct load_series *series; /* in order of first appearance */
	uint32_t n_series;
	ms_t from, until; /* first point; last point plus the usual spacing */
	ms_t step;        /* the usual (median) spacing */
};

/* Reads CSV, plain or gzip; "-" is standard input. Columns, in any order and case, common synonyms accepted:
 *   time      as time_parse reads it (offsets from 0), strictly increasing for each workload
 *   cpu       cores in total, decimal or a quantity such as 250m, rounded half up to billionths
 *   requests  per second; cpu_per_request (cores per request a second; 0: not given) makes cores of them when there is
 *             no cpu column
 *   memory    bytes in total, or a quantity such as 2Gi
 *   workload  rows of several workloads may alternate
 * and any further numeric column as a metric of that name. A column whose first cell is text is left out. scale
 * multiplies cpu and requests. Two columns need no known header, nor any: time, then cpu. Refuses with file:line,
 * column, what was found, what is allowed; then nothing is left allocated. */
int load_read(const char *path, double scale, double cpu_per_request, struct load *, struct err *);
int load_parse(const char *name, const char *text, size_t length, double scale, double cpu_per_request, struct load *,
	       struct err *);
void load_free(struct load *);

/* "2011-11-01", RFC 3339 (T or a space; seconds, fraction and zone may be left out, no zone is UTC), epoch seconds
 * (1e8 and more) or milliseconds (1e11 and more), or an offset from `origin`: 90s, 1h30m, 2d, or plain seconds below
 * 1e8. For --from, --until, and the time column. To the nearest ms; 1970 to 9999. */
int time_parse(const char *text, ms_t origin, ms_t *out, struct err *err);

#endif
