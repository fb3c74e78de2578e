/* An experiment: an array of runs, over threads. A run knows nothing of the others and results go by index, so that
 * what comes out does not depend on the number of threads. */
#ifndef PLIMSOLL_TRIALS_H
#define PLIMSOLL_TRIALS_H

#include "sim.h"

struct trial {
	struct sim_params params; /* what they point at is shared, and must not change */
	struct sim_result result; /* sim_result_free is the caller's, unless `keep` has done it */
};

struct trials {
	struct trial *trials;
	size_t n;
	unsigned threads; /* 0: one */
	/* Takes from a run what is wanted of it, in the thread that ran it; NULL: the result is left. */
	int (*keep)(void *self, size_t index, struct trial *, struct err *);
	/* So many of n are done; never from two threads at once. NULL: nobody asks. */
	void (*progress)(void *self, size_t done, size_t n);
	void *self;
};

/* Fails with the error of the first run, by index, that fails; runs after it may not have been made. */
int trials_run(const struct trials *, struct err *);

#endif
