/* The journal's file while it is written. Private to io/journal/journal_*.c. */
#ifndef PLIMSOLL_JOURNAL_INTERNAL_H
#define PLIMSOLL_JOURNAL_INTERNAL_H

#include "journal.h"
#include "record.h"

#include <sqlite3.h>

#define JOURNAL_VERSION     1
#define JOURNAL_APPLICATION 0x504c494a /* "PLIJ" */
#define JOURNAL_BUSY_MS     2000

enum journal_statement {
	ADD_SEGMENT,
	ADD_TICK,
	ADD_OUTCOME,
	DROP_OUTCOMES,
	DROP_TICKS,
	DROP_SEGMENT,
	OLDEST_SEGMENTS,
	BEGIN,
	COMMIT,
	ROLLBACK,
	JOURNAL_STATEMENTS
};

struct journal_file {
	sqlite3 *db;
	sqlite3_stmt *statements[JOURNAL_STATEMENTS];
	char *path;
	int lock; /* file descriptor that holds it, -1: none */
	struct journal_limits limits;
	struct journal_names names;
	struct log *log;
	ms_t wall_ahead;
	/* whose ticks they are */
	struct core *core;
	const struct core_config *config;
	struct record_codec *codec;
	struct record_bytes head, tick;
	unsigned char *state;
	size_t state_room;
	/* The next tick begins a segment, with `head`: what the core remembered before it. Not ready: memory ran out.
	 */
	bool head_due, head_ready;
	ms_t segment_start;
	int64_t segment, segment_bytes, last_tick;
	uint64_t n_ticks;
};

/* Whether an open file is a journal that can be read. */
int journal_check(sqlite3 *, const char *path, struct err *);
/* What SQLite has against it; returns -1. */
int journal_failed(const struct journal_file *, const char *what, struct err *);
/* One statement that gives no rows. The values have been bound. */
int journal_run(struct journal_file *, enum journal_statement);
/* A statement, prepared and without values; NULL: it cannot be had. */
sqlite3_stmt *journal_statement(struct journal_file *, enum journal_statement);

/* Drops what is too old or too much, oldest segments first; never the present one. */
int journal_bound(struct journal_file *, ms_t now, struct err *);
/* The oldest, whatever its age: 1 when there was one beside the present. */
int journal_drop_oldest(struct journal_file *, struct err *);
int64_t journal_bytes(const struct journal_file *, bool used);

#endif
