/* Values as they were seen, at times of their own, of series that come and go: to spans of a history. Private to
 * io/history. */
#ifndef PLIMSOLL_TRACE_H
#define PLIMSOLL_TRACE_H

#include "history.h"
#include "mapping.h"

struct trace;
struct trace *trace_open(struct history *, const struct mapping *, struct err *);
void trace_close(struct trace *); /* NULL: nothing */

/* The series of that name, made when there is none; it belongs to this workload. */
int trace_series(struct trace *, const char *name, size_t length, const char *workload, uint32_t *series, struct err *);
/* What it was seen to be: a value for each of the history's columns; -1: none. line: for messages, 0: none. */
int trace_add(struct trace *, uint32_t series, ms_t at, const int64_t *values, uint64_t line, struct err *);
/* Everything was looked at then: what was not seen was not there. Once a time; rising or not. */
int trace_look(struct trace *, ms_t at, struct err *);

/* Each value holds until the next one of its series, or until the next look; at most for `hold` (0: three times the
 * usual spacing). The last one holds for the usual spacing. Refuses a series that has two values at one time. */
int trace_spans(struct trace *, ms_t hold, struct err *);
/* The usual (median) spacing of values; 0: there are no two. */
ms_t trace_spacing(struct trace *);

#endif
