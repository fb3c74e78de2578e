/* What a journal recorded of each autoscaler, collected tick by tick. Private to cmd/recorded*.c. */
#ifndef PLIMSOLL_RECORDED_INTERNAL_H
#define PLIMSOLL_RECORDED_INTERNAL_H

#include "../io/journal/journal_read.h"
#include "recorded.h"

enum { CELL_TIME, CELL_CPU, CELL_MEMORY, CELL_METRICS };

/* One autoscaler, from its first tick to its last. */
struct track {
	char *label; /* "shop/web" */
	struct hpa_spec spec;
	int64_t cpu_request_milli, memory_request_bytes; /* 0: not known */
	int32_t replicas;                                /* at first */
	uint32_t n;
	size_t room;
	int64_t *cells; /* n rows of: time, cpu, memory, then each metric that is no resource */
	uint32_t columns;
	bool has_memory;
};

#define NO_TRACK UINT32_MAX
struct recording {
	const char *path;
	const struct repeated *only;
	double scale;
	struct arena *arena;
	struct track *tracks;
	uint32_t n_tracks;
	size_t tracks_room;
	uint64_t cells;
	/* of the present segment */
	struct arena segment;
	uint32_t *tracks_of; /* by autoscaler, or NO_TRACK */
	uint32_t *owners;    /* by workload, the same */
	uint32_t n_owners;
};

int recording_read(struct recording *, struct journal_reader *, struct err *);
int recording_no_memory(struct err *);
bool recorded_is_resource(const struct metric_spec *);

#endif
