/* History out of a CSV file whose columns have any names and units. Private to io and cmd. */
#ifndef PLIMSOLL_CSV_HISTORY_H
#define PLIMSOLL_CSV_HISTORY_H

#include "trace.h"

/* A column of the history, and of the file: "NAME[:UNIT]". */
struct csv_value {
	uint32_t column;
	const char *from;
};

struct csv_history {
	const char *path;                               /* plain or gzip; "-": standard input */
	const char *time, *workload, *namespace_, *pod; /* columns of the file; all but time may be NULL */
	const char *time_format;                        /* NULL: as load.h reads times */
	ms_t zone;                                      /* of times that say none: east of UTC */
	char delimiter;
	const struct csv_value *values;
	size_t n_values;
};

/* Adds a value for each row: of its pod, where there is such a column, else of its workload. An empty cell, NaN, null
 * and "-" are no value. */
int csv_history_read(const struct csv_history *, const struct mapping *, struct trace *, struct history *,
		     struct err *);

/* "%Y-%m-%d %H:%M:%S": Y y m b d H I M S f p s z and %%. zone: of a time without %z. Not beyond 1970 to 9999. */
int time_pattern_read(const char *pattern, const char *text, size_t length, ms_t zone, ms_t *out);
/* "UTC", "Z", "+02:00", "-0330": east of UTC. */
int zone_parse(const char *text, ms_t *zone, struct err *err);

#endif
