/* What a cluster's workloads used, snapshot by snapshot, in SQLite (WAL). A snapshot is kept whole or not at all,
 * whatever happens; the oldest go when the file would become too large or they too old. Private to io and cmd. */
#ifndef PLIMSOLL_TAPE_H
#define PLIMSOLL_TAPE_H

#include "metrics_json.h"

struct tape_limits {
	ms_t max_age;
	int64_t max_bytes;
};
#define TAPE_LEAST_BYTES (1 << 20)

struct tape;
/* Made when it is not there (mode 0600). A second writer is refused. */
struct tape *tape_open(const char *path, const struct tape_limits *, struct err *);
void tape_close(struct tape *); /* NULL: nothing */
/* 1: kept. 0: not later than the last one, and left out. */
int tape_add(struct tape *, ms_t at, const struct usage_sum *, size_t n, struct err *);
uint64_t tape_count(const struct tape *); /* of snapshots */

/* Adds what is kept as looks of the trace. from, until: MS_UNSET, MS_NEVER: all. */
int tape_read(const char *path, const struct mapping *, uint32_t cpu, uint32_t memory, ms_t from, ms_t until,
	      struct trace *, struct err *);

#endif
