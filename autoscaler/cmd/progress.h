/* Progress on a terminal, of what takes longer than a second. Private to cmd. */
#ifndef PLIMSOLL_PROGRESS_H
#define PLIMSOLL_PROGRESS_H

#include "base.h"

struct progress {
	double started, shown; /* seconds_now; shown 0: not yet */
};

/* Seconds of a clock that never steps back. */
double seconds_now(void);
void progress_start(struct progress *);
/* Whether something is to be shown now: not in the first second, and five times a second at most. */
bool progress_due(struct progress *);
/* Wipes the line, when something was shown. */
void progress_end(const struct progress *);

#endif
