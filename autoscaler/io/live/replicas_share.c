/* Pods that the selectors of several targets match: what they use says nothing of the one or the other. As upstream,
 * all of these autoscalers are held (AmbiguousSelector), but for the replicas that minReplicas and maxReplicas ask for.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go, hpasControllingPodsUnderSelector. */
#include "replicas_internal.h"

static const char *say(struct live_replicas *replicas, uint32_t workload, uint32_t other, const struct live_pod *pod)
{
	char selector[256];
	const struct live_target *target = live_target(replicas->config.targets, workload);
	if (live_selector_text(target->selector, selector, sizeof selector) < 0)
		selector[0] = 0;
	return metric_text(
	    &replicas->said,
	    "pods by selector %s are controlled by multiple autoscalers: %s and %s, both of which have pod %s",
	    selector, replicas->specs[workload]->name, replicas->specs[other]->name, pod->name);
}

/* Of a pod that was found to be another's. */
static int tell_both(struct live_replicas *replicas, uint32_t workload, uint32_t other, const struct live_pod *pod)
{
	if (!replicas->shared[workload])
		replicas->shared[workload] = say(replicas, workload, other, pod);
	if (!replicas->shared[other])
		replicas->shared[other] = say(replicas, other, workload, pod);
	return replicas->shared[workload] && replicas->shared[other] ? 0 : -1;
}

static int share_workload(struct live_replicas *replicas, uint32_t workload)
{
	const struct live_target *target = live_target(replicas->config.targets, workload);
	const struct live_pod **pods = NULL;
	uint32_t n = target && target->found && target->selector
			 ? live_pods_select(replicas->config.pods, replicas->specs[workload]->namespace_,
					    target->selector, &pods)
			 : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *owner = &replicas->owners[live_pod_index(pods[i])];
		if (*owner == 0)
			*owner = workload + 1;
		else if (tell_both(replicas, workload, *owner - 1, pods[i]) < 0)
			return -1;
	}
	return 0;
}

int replicas_share(struct live_replicas *replicas)
{
	size_t n_pods = live_pods_count(replicas->config.pods);
	uint32_t *owners = heap_room(replicas->owners, 0, n_pods, &replicas->owners_room, sizeof *owners);
	if (!owners)
		return -1;
	replicas->owners = owners;
	memset(owners, 0, n_pods * sizeof *owners);
	memset(replicas->shared, 0, replicas->n * sizeof *replicas->shared);
	for (uint32_t i = 0; i < replicas->n; i++)
		if (share_workload(replicas, i) < 0)
			return -1;
	return 0;
}

const char *live_replicas_shared(const struct live_replicas *replicas, uint32_t workload)
{
	return workload < replicas->n ? replicas->shared[workload] : NULL;
}
