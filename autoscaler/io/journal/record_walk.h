/* The parts of a tick that have files of their own. Private to io/journal/record_*.c. */
#ifndef PLIMSOLL_JOURNAL_RECORD_WALK_H
#define PLIMSOLL_JOURNAL_RECORD_WALK_H

#include "record_columns.h"

/* Workloads that are written (views), or read (made). */
struct record_walk {
	const struct workload_view *views;
	struct workload_view *made;
	const struct stored_workload *stored;
	const struct hpa_spec *const *owners; /* whose metrics they are; NULL: none */
	uint32_t n;
};
/* Metrics, samples, requests, values. */
int record_walk_metrics(struct record_codec *, const struct record_walk *);

/* Whether the core can be given this: what points to something points to what is there. */
int record_check(const struct core_config *, const struct snapshot *, const struct plan *, struct err *);

#endif
