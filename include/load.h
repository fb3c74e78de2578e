/* A load history: for each workload, a step function of time, held until the next point. */
#ifndef PLIMSOLL_LOAD_H
#define PLIMSOLL_LOAD_H

#include "arena.h"
#include "base.h"

/* Largest demand a load may state, in cores and in bytes: beyond it a figure is a mistake. */
#define LOAD_MAX_CORES 1000000

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
	const int64_t *requests_milli; /* per second; NULL: no such column */
	const struct load_metric *metrics;
	uint32_t n_metrics;
};

struct load {
	struct arena arena; /* owns everything below */
	struct load_series *series;
	uint32_t n_series;
	ms_t from, until; /* first point; last point plus the usual spacing */
	ms_t step;        /* the usual (median) spacing */
};

/* Reads CSV, plain or gzip; "-" is standard input. Columns: time (RFC 3339, epoch seconds, or an offset such as 5m
 * or plain seconds from 0), cpu (cores in total) and/or requests (per second; cpu_per_request turns them into
 * cores when there is no cpu column), memory (bytes, or a quantity), workload, and any further numeric column as a
 * metric of that name. A file of two columns, the first of which is a time, needs no known header. Refuses with
 * file:line, column, what was found, what is allowed. */
int load_read(const char *path, double scale, double cpu_per_request, struct load *, struct err *);
int load_parse(const char *name, const char *text, size_t length, double scale, double cpu_per_request, struct load *,
	       struct err *);
void load_free(struct load *);

/* "2011-11-01", RFC 3339, epoch seconds, or an offset from `origin`: for --from, --until, and the time column. */
int time_parse(const char *text, ms_t origin, ms_t *out, struct err *);

#endif
