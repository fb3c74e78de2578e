/* A snapshot of what a cluster's pods use, workload by workload. Private to io and cmd. */
#ifndef PLIMSOLL_RECORDER_H
#define PLIMSOLL_RECORDER_H

#include "../live/metrics.h"
#include "../live/pods.h"
#include "metrics_json.h"

/* The workload of a pod: its controller, or what that belongs to (a ReplicaSet's Deployment, a Job's CronJob); its own
 * name when it has none. "NAMESPACE/NAME", cut at size. */
void pod_workload(const struct live_pod *, char *name, size_t size);

struct recorded {
	struct arena arena; /* owns the sums */
	struct usage_sum *sums;
	size_t n;
	ms_t at; /* the newest timestamp of the metrics; MS_UNSET: nothing was measured */
};
/* Of the pods of a namespace (NULL: all) that run, or are about to. What is dated after `latest` is of a node whose
 * clock is wrong: it does not tell when all of it was. A pod that used more than a load may hold was not measured. */
int recorder_take(struct live_pods *, const struct pod_table *, const char *namespace_, ms_t latest, struct recorded *,
		  struct err *);

#endif
