/* What replicas.c, replicas_ask.c and replicas_fill.c share. Private to io/live. */
#ifndef PLIMSOLL_REPLICAS_INTERNAL_H
#define PLIMSOLL_REPLICAS_INTERNAL_H

#include "queries.h"
#include "replicas.h"

#include "../text/clock.h"
#include "../text/grown.h"

/* One metric of one autoscaler. */
struct metric_row {
	struct query *query; /* NULL: it cannot be asked; cannot says why */
	const char *cannot;
	const char *selector;     /* Pods: of the target, as it was asked for */
	const char *trouble;      /* of the last observation */
	size_t samples, requests; /* where they begin; requests only for a utilization */
};

struct live_replicas {
	struct live_replicas_config config; /* prometheus: a copy, with its names */
	struct arena arena;                 /* of the configuration */
	struct queries queries;
	struct arena followed; /* owns the specs: copies */
	const struct hpa_spec **specs;
	uint32_t n, n_rows;
	uint32_t *first_row; /* of each autoscaler; n + 1 of them */
	struct metric_row *rows;
	struct arena plan;  /* owns the rows and what they say */
	bool to_plan;       /* the specs are new */
	const char *blind;  /* why what is known of pods is too old; NULL: it is not */
	ms_t plan_again_at; /* monotonic: something was not known to the server; MS_NEVER */
	ms_t plan_until;    /* monotonic: so long the kinds of objects are waited for */
	uint32_t changed_selectors;
	const char **shared; /* by workload: which pod is another's, too, in `said`; NULL: none */
	uint32_t *owners;    /* by live_pod_index: the first workload that has it, + 1; 0: none */
	size_t owners_room;
	bool refreshing, refreshed; /* the targets */

	/* of the last observation; all but `said` keep their memory */
	struct arena said;
	struct workload_view *workloads;
	struct metric_input *inputs; /* by row */
	ms_t *sampled_at;
	size_t *first_pod; /* n + 1 of them */
	struct pod *pods;
	size_t *name_at; /* of each pod, in name_text */
	const char **names;
	char *name_text;
	struct sample *samples;
	int64_t *requests;
	size_t n_pods, pods_room, name_at_room, names_room, n_name_text, name_text_room;
	size_t n_samples, samples_room, n_requests, requests_room;
};

/* Which query answers which metric: all but those of Pods metrics, which need the target's selector. */
int replicas_plan(struct live_replicas *, struct err *);
/* The queries of Pods metrics, as the targets now stand. */
int replicas_plan_pods(struct live_replicas *, struct err *);

/* Fills `shared`: each pod is looked at once a workload that has it. -1: no memory. */
int replicas_share(struct live_replicas *);

/* Workloads, pods and samples from the answers. */
int replicas_fill(struct live_replicas *, ms_t ahead, struct err *);

/* The pod's request in milli-units for a resource metric; negative: missing, and *container is the one that lacks it
 * (NULL: the pod has no container of that name, or asks as a whole). */
int64_t replicas_request(const struct live_pod *, const struct metric_spec *, const char **container);

#endif
