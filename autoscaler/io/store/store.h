/* Results kept in SQLite: one row a run, with its workloads, invoice lines, usage and yardsticks. Private to io and
 * cmd. Tables: see store.c. */
#ifndef PLIMSOLL_STORE_H
#define PLIMSOLL_STORE_H

#include "sim.h"
#include "usage.h"

/* Whether a run could be added to the file, as far as can be told without touching it. */
int store_check(const char *path, struct err *);
/* Adds one run to the file, made when it is not there. All of the run, or nothing. */
int store_run(const char *path, const struct sim_params *, const struct sim_result *, const struct invoice *,
	      const char *load, const char *region, struct err *);

#endif
