/* Work of n independent parts over threads. What comes out does not depend on the number of threads, as long as part i
 * writes to nothing but what is its own. */
#ifndef PLIMSOLL_CREW_H
#define PLIMSOLL_CREW_H

#include "base.h"

#define CREW_MAX 256 /* threads */

struct crew {
	size_t n;
	unsigned threads; /* 0: one */
	int (*part)(void *self, size_t index, struct err *);
	/* So many of n are done; never from two threads at once. NULL: nobody asks. */
	void (*progress)(void *self, size_t done, size_t n);
	void *self;
};

/* Fails with the error of the first part, by index, that fails; parts after it may not have been tried. */
int crew_run(const struct crew *, struct err *);

#endif
