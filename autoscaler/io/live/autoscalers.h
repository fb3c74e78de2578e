/* The autoscalers of the cluster, as specs for the core: objects of kind Autoscaler (plimsoll.dev/v1alpha1), or with
 * from_hpa, the cluster's own HorizontalPodAutoscalers. Kept up to date by a watch. Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_AUTOSCALERS_H
#define PLIMSOLL_LIVE_AUTOSCALERS_H

#include "../kube/watch.h"
#include "hpa.h"

struct live_autoscaler {
	struct hpa_spec spec; /* lives until the object changes and live_autoscalers_take was called again */
	const char *uid, *resource_version;
	int64_t generation;
	const char *invalid; /* what is wrong with it: it decides nothing then; NULL: nothing */
	/* What the cluster's own controller has decided (from_hpa): status.desiredReplicas, currentReplicas; -1:
	 * nothing. */
	int32_t hpa_desired, hpa_current;
	struct json_value status; /* its status as it stands, in text that lives as spec does */
};

struct live_autoscalers;
struct live_autoscalers *live_autoscalers_open(struct kube *, const char *namespace_ /* NULL: all */, bool from_hpa,
					       struct log *, struct err *);
void live_autoscalers_close(struct live_autoscalers *);
bool live_autoscalers_synced(const struct live_autoscalers *);
const struct watch *live_autoscalers_watch(const struct live_autoscalers *);

/* Changes when the set of valid specs does: the core is then to be made anew. Status changes do not count. */
uint64_t live_autoscalers_generation(const struct live_autoscalers *);
/* All of them now, valid ones first, each part in order of namespace and name; n_valid of them are for the core. Valid
 * until the next call. */
const struct live_autoscaler *live_autoscalers_take(struct live_autoscalers *, uint32_t *n_valid, uint32_t *n_all);

#endif
