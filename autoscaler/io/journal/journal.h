/* Every tick's snapshot and plan in SQLite (WAL), in segments: a segment begins with the specs, the settings and all
 * that the core remembered, and holds the ticks that followed. So a decision can be explained, a run replayed bit for
 * bit, and a core brought back to where it stopped. Bounded by age and size: whole segments go, oldest first. Private
 * to io and cmd. */
#ifndef PLIMSOLL_JOURNAL_H
#define PLIMSOLL_JOURNAL_H

#include "../text/log.h"
#include "loop.h"
#include "record.h"

struct journal_limits {
	ms_t max_age;      /* of a tick */
	int64_t max_bytes; /* of the file */
	ms_t segment;      /* a new one after so long (or an eighth of max_bytes): what is run again after a restart */
};
extern const struct journal_limits journal_limits_usual; /* 7 days, 1 GiB, 10 minutes */

/* What the core does not need, and people do; names are borrowed during the call. NULL: none. */
struct journal_names {
	const char *const *(*pods)(void *self, uint32_t workload, uint32_t *n);
	const char *(*node)(void *self, uint32_t slot);
	const char *(*group)(void *self, uint32_t group);
	enum withheld (*withheld)(void *self); /* the present tick's actions */
	void *self;
};

struct journal_file;
/* Made when it is not there (mode 0600), with the folders on the way. Locked, by FILE-lock beside it: a second writer
 * is refused. */
struct journal_file *journal_open(const char *path, const struct journal_limits *, const struct journal_names *,
				  struct log *, struct err *);
void journal_close(struct journal_file *);

/* What the core had come to know by the last tick that is kept is given to a core just made: the state of the last
 * segment, then its ticks once more. The specs may have changed since. 0: nothing was kept. 1: restored. Negative: what
 * is there cannot be used; the core is as it was. */
int journal_restore(struct journal_file *, struct core *, ms_t now, struct err *);
/* From now on ticks are of this core: a segment begins, with the first of them. config is borrowed until the next call;
 * names are asked for within append. */
int journal_begin(struct journal_file *, struct core *, const struct core_config *, ms_t now, struct err *);
/* For loop.journal. When a tick or its outcome cannot be kept (a full disk), the call fails, and the next tick that can
 * begins a segment of its own: nothing is to be done about it. wall: the wall clock less the core's time, kept with
 * each tick. */
struct journal journal_port(struct journal_file *);
void journal_wall(struct journal_file *, ms_t wall_ahead);
/* Lost rows are impossible; how many ticks and bytes are kept, for /metrics. */
void journal_size(const struct journal_file *, uint64_t *ticks, int64_t *bytes);

#endif
