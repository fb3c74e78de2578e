/* Shadow mode: what would have been done differently from the cluster's own HPA controller, in pods and in money.
 * Two comparisons, told apart wherever they are shown:
 *
 *	per decision    at each tick, from the cluster's state: the state that the HPA controller finds, too;
 *	had it acted    a second core, that scales pods which are only thought of: as many as it asks for. What the
 *	                cluster's pods use in all is spread over them.
 *
 * Private to cmd. */
#ifndef PLIMSOLL_SHADOW_H
#define PLIMSOLL_SHADOW_H

#include "../io/report/table.h"
#include "arena.h"
#include "snapshot.h"

/* ---- shadow_row.c: one autoscaler summed over time. Times are monotonic. ---- */

#define SHADOW_OVER       1.1 /* usage beyond so much of the target is told of: the HPA's own tolerance */
#define SHADOW_CHANGES    8u
#define SHADOW_WAITING    8u
#define SHADOW_WHY_SIZE   512
#define SHADOW_MONTH_HOUR 730 /* hours of a month, as in price lists */

struct shadow_side {
	int32_t pods, most;
	wide_t pod_ms, nano_ms;  /* nano an hour, times ms */
	uint32_t measured, over; /* ticks with a metric; and of them, over target */
	double peak;             /* highest usage over target */
};

/* A decision from the cluster's state, until the HPA's of about that time are known. */
struct shadow_waiting {
	ms_t at;
	int32_t ours, low, high; /* what the HPA wanted meanwhile */
	char why[SHADOW_WHY_SIZE];
};

struct shadow_row {
	char *name;       /* namespace/name */
	ms_t since, last; /* MS_UNSET: not seen yet */
	struct shadow_side hpa, ours;
	bool per_decision;         /* what would have been, had it acted, is not known: `ours` is per decision */
	int64_t pod_nano_per_hour; /* -1: not known */
	bool by_nodes;             /* all of that by the nodes that its pods run on */
	ms_t priced_at;
	struct {
		ms_t at;
		int32_t pods;
	} changes[SHADOW_CHANGES]; /* of the HPA, the newest last */
	uint32_t n_changes;
	struct shadow_waiting waiting[SHADOW_WAITING];
	uint32_t n_waiting;
	uint32_t compared, differed, not_compared;
	ms_t differed_at;              /* wall clock */
	char why[SHADOW_WHY_SIZE];     /* of the last time that a decision differed */
	char trouble[SHADOW_WHY_SIZE]; /* why nothing could be decided at the last tick; "": something could */
};

/* What both have at a time; what they had before holds until then. */
void shadow_row_see(struct shadow_row *, ms_t now, int32_t hpa, int32_t ours);
/* Usage over target, at a tick with a metric. */
void shadow_side_measure(struct shadow_side *, double ratio);
/* A decision from the cluster's state. It is compared once the HPA had as long as it may take to look: window. */
void shadow_row_decide(struct shadow_row *, ms_t now, ms_t window, int32_t ours, const char *why);
/* Compares those that have waited for so long. wall_less: the wall clock less the monotonic one. */
void shadow_row_compare(struct shadow_row *, ms_t now, ms_t window, ms_t wall_less);

/* ---- shadow_pods.c: the pods there would have been, had it acted ---- */

#define SHADOW_PODS_MAX 65536

struct shadow_pods {
	ms_t *born; /* oldest first */
	uint32_t n, room;
	ms_t startup;  /* how long the quickest of the cluster's pods took to get ready */
	int64_t *used; /* by metric, at the last look; -1: not known */
	uint32_t n_used;
	bool joined; /* as many as the cluster's, whatever these were before */
};
void shadow_pods_free(struct shadow_pods *);
/* Whether usage says what another number of pods would have had: false with a metric of type Value. */
bool shadow_pods_can(const struct hpa_spec *);
/* As many as the cluster has when it is looked at next. */
void shadow_pods_join(struct shadow_pods *);
/* So many from now on. */
int shadow_pods_scale(struct shadow_pods *, ms_t now, int32_t to, struct err *);
/* The cluster's view, as it would have looked with these pods, in the arena; the cluster's own while they are as many.
 */
int shadow_pods_view(struct shadow_pods *, const struct hpa_spec *, const struct workload_view *cluster, ms_t now,
		     struct arena *, struct workload_view *, struct err *);

/* ---- shadow_report.c ---- */

struct shadow_head {
	ms_t watched, window;
	const char *currency, *prices; /* prices: name of the list, NULL: none */
	const char *nodes_trouble;     /* why nodes cannot be read, or "" */
};
int shadow_report_print(const struct shadow_row *, size_t n, const struct shadow_head *, enum table_format, FILE *,
			struct err *);

#endif
