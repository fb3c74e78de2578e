/* The run over time: as CSV, and thinned out for a picture. Private to io and cmd. */
#ifndef PLIMSOLL_TIMELINE_H
#define PLIMSOLL_TIMELINE_H

#include "../text/outfile.h"
#include "sim.h"

#define PICTURE_POINTS 800

/* A stretch of time in the picture, all workloads together. */
struct bucket {
	double demand, capacity, desired, ready, nodes; /* summed over n rows */
	double shortage;                                /* too: demand above capacity, never netted between workloads */
	double demand_most, desired_most, nodes_most, shortage_most;
	double cost; /* at the start */
	uint32_t n;
};

struct timeline_sink {
	struct outfile csv;     /* file NULL: not asked for */
	struct bucket *buckets; /* PICTURE_POINTS + 1; NULL: no picture asked for */
	ms_t from, until, report_step;
	ms_t bucket_ms; /* buckets start at multiples of it */
	double cost;
	uint32_t n_workloads, at_workload;
	struct bucket now; /* summed over workloads at one moment */
	void (*progress)(void *self, ms_t now);
	void *progress_self;
};

/* csv_path and want_picture may be NULL and false. */
int timeline_open(struct timeline_sink *, const char *csv_path, bool want_picture, ms_t from, ms_t until,
		  ms_t report_step, uint32_t n_workloads, struct err *);
/* For struct timeline. */
int timeline_take(void *self, const struct timeline_row *, struct err *);
int timeline_commit(struct timeline_sink *, struct err *);
void timeline_discard(struct timeline_sink *);

/* Of the picture: when bucket `index` starts; the first one may start before the run. */
ms_t timeline_bucket_start(const struct timeline_sink *, size_t index);

/* Draws the picture: .svg or .png by the path's ending, through gnuplot and plots/replay.gp. */
/* On success the picture is drawn beside its place: outfile_commit puts it there. */
int picture_draw(const struct timeline_sink *, const char *path, const char *title, struct outfile *picture,
		 struct err *);

#endif
