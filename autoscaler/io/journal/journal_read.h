/* A journal read back, tick by tick, as it may be while another process writes to it. Private to io and cmd. */
#ifndef PLIMSOLL_JOURNAL_READ_H
#define PLIMSOLL_JOURNAL_READ_H

#include "record.h"

/* Borrowed from the reader until its next call. */
struct journal_tick {
	int64_t id, segment;
	ms_t time, wall; /* of the core; of the clock on the wall */
	const struct record_head *head;
	struct snapshot snapshot;
	struct plan plan;
	struct record_names names;
	const bool *accepted; /* by action; all false when the tick was cut short */
	bool settled;         /* it is known what became of the actions */
	bool first;           /* of its segment */
};

struct journal_reader;
struct journal_reader *journal_reader_open(const char *path, struct err *);
void journal_reader_close(struct journal_reader *);

/* Reads on from the segment that holds the last tick at or before a time on the wall which decided `due` (0: any), or
 * from the first when there is none before. */
int journal_reader_seek(struct journal_reader *, ms_t wall, unsigned due, struct err *);
/* 1: *tick is the next one. 0: there are no more. Negative: it cannot be read; says which tick. */
int journal_reader_next(struct journal_reader *, const struct journal_tick **, struct err *);

/* First and last instant on the wall; 0 when there is no tick. */
int journal_reader_span(struct journal_reader *, ms_t *from, ms_t *until, struct err *);

/* The file that is meant when none is named: $PLIMSOLL_JOURNAL, or plimsoll/journal.db in $XDG_STATE_HOME or
 * ~/.local/state. */
int journal_default(char *path, size_t size, struct err *);

#endif
