/* What the reader and journal_restore share. Private to io/journal. */
#ifndef PLIMSOLL_JOURNAL_READER_H
#define PLIMSOLL_JOURNAL_READER_H

#include "journal_internal.h"
#include "journal_read.h"

/* On a file that is open already. */
struct journal_reader *journal_reader_on(sqlite3 *, const char *path, struct err *);
/* Goes on with the last segment: 1, or 0 when there is none. */
int journal_reader_last(struct journal_reader *, struct err *);

#endif
