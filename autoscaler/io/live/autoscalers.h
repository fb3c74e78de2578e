/* The autoscalers of the cluster, as specs for the core: objects of kind Autoscaler (plimsoll.dev/v1alpha1), or with
 * from_hpa, the cluster's own HorizontalPodAutoscalers. Kept up to date by a watch. Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_AUTOSCALERS_H
#define PLIMSOLL_LIVE_AUTOSCALERS_H

#include "rivals.h"

struct live_autoscaler {
	/* What it points to, and the array it is in, live until the object has changed and live_autoscalers_take was
	 * called twice since: a core that was made of it can be asked while its successor is made. */
	struct hpa_spec spec;
	const char *uid, *resource_version; /* the latter until the next take */
	int64_t generation;
	const char *invalid; /* what is wrong with it: it decides nothing then; NULL: nothing */
	bool held;           /* what is wrong is that an older one, or an HPA, has the same target */
	/* What the cluster's own controller has decided (from_hpa): status.desiredReplicas, currentReplicas; -1:
	 * nothing. */
	int32_t hpa_desired, hpa_current;
	struct json_value status; /* its status as it stands, in text that lives until the next take */
};

struct live_autoscalers;
struct live_autoscalers *live_autoscalers_open(struct kube *, const char *namespace_ /* NULL: all */, bool from_hpa,
					       struct log *, struct err *);
/* kube NULL: nothing is watched; the objects are what its sink is given. */
struct watch_sink live_autoscalers_sink(struct live_autoscalers *);
void live_autoscalers_close(struct live_autoscalers *);
bool live_autoscalers_synced(const struct live_autoscalers *);
const struct watch *live_autoscalers_watch(const struct live_autoscalers *);

/* Those whose target an HPA has are held from now on. To be closed after. */
void live_autoscalers_beside(struct live_autoscalers *, const struct live_rivals *);

/* Changes when the set of valid specs does, or that of the held ones: the core is then to be made anew. What counts is
 * the spec as it is written, the annotations of plimsoll.dev, and the uid; not the status, nor other metadata. */
uint64_t live_autoscalers_generation(struct live_autoscalers *);
/* All of them now, valid ones first, each part in order of namespace and name; n_valid of them are for the core. The
 * same array as before, brought up to date, as long as none came, went, or changed its spec. NULL and none of them when
 * memory ran out. */
const struct live_autoscaler *live_autoscalers_take(struct live_autoscalers *, uint32_t *n_valid, uint32_t *n_all);

#endif
