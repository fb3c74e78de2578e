/* Moments of a journal, as people name them. Private to cmd. */
#ifndef PLIMSOLL_MOMENT_H
#define PLIMSOLL_MOMENT_H

#include "base.h"

/* "10:15" or "10:15:30" (UTC; the last one that the journal reaches), "-5m" (before its end), or as time_parse reads
 * it. from, until: first and last tick. option stands in messages. */
int moment_parse(const char *option, const char *text, ms_t from, ms_t until, ms_t *, struct err *);

#endif
