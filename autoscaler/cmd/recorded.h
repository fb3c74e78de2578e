/* A journal as a simulation's source, and as its record. Private to cmd. */
#ifndef PLIMSOLL_RECORDED_H
#define PLIMSOLL_RECORDED_H

#include "../io/journal/journal.h"
#include "load.h"
#include "manifest.h"
#include "scenario.h"
#include "sim.h"

/* What the pods of each autoscaler used, tick by tick, as a load; manifests (NULL: not wanted) get its workloads and
 * autoscalers as they were last. only: names, none: all. scale: of cpu. Both are the caller's to free, whatever comes
 * back. */
int recorded_load(const char *path, const struct repeated *only, double scale, struct load *, struct manifests *,
		  struct err *);

/* A run's own journal. The file is the caller's to close. */
struct run_journal {
	struct journal_file *file;
	const struct sim_params *params;
};
int sim_journal_open(struct run_journal *, const char *path, struct sim_params *, struct err *);

#endif
