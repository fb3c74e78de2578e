/* The view of replicas: for each autoscaler its target's pods and metrics, as a snapshot for the core. One workload an
 * autoscaler, by the same index. Metrics come from metrics.k8s.io, custom.metrics.k8s.io, external.metrics.k8s.io and
 * Prometheus, all asked at the same time under one deadline; what does not come in time is unavailable, never old.
 * Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_REPLICAS_H
#define PLIMSOLL_LIVE_REPLICAS_H

#include "autoscalers.h"
#include "snapshot.h"
#include "targets.h"

struct live_prometheus {
	const char *name; /* as metrics name it; the first is the default */
	struct server *server;
};

struct live_replicas;
struct live_replicas_config {
	struct net *net;
	struct kube *kube;
	struct live_pods *pods;
	struct live_targets *targets;
	const struct live_prometheus *prometheus;
	uint32_t n_prometheus;
	ms_t deadline; /* for all the metrics of a tick */
	struct log *log;
};
/* Copies the configuration. */
struct live_replicas *live_replicas_open(const struct live_replicas_config *, struct err *);
void live_replicas_close(struct live_replicas *);
/* The autoscalers from now on, after live_targets_follow was given the same; copied. In order of namespace it is known
 * best how to ask. */
int live_replicas_follow(struct live_replicas *, const struct hpa_spec *const *specs, uint32_t n, struct err *);

/* Fills workloads of the snapshot (valid until the next call), net_run going on meanwhile, for at most the deadline.
 * ahead: what is to be added to the wall clock to get the core's time (see live.h); instants of the API are shifted by
 * it. A target that was not found is shown with no replicas and no metrics, on which nothing is decided.
 *
 * A negative value, one that is no quantity and a sample of a pod without a timestamp are not used: the sample is
 * missing, or an Object, External or Prometheus metric is unavailable. */
int live_replicas_observe(struct live_replicas *, ms_t now, ms_t ahead, struct snapshot *, struct err *);

/* The same for people, after an observation: names of the pods in the snapshot's order, and for a metric the trouble
 * (""; it may have some and yet be available, when single samples were refused). */
const char *const *live_replicas_pods(const struct live_replicas *, uint32_t workload, uint32_t *n);
const char *live_replicas_trouble(const struct live_replicas *, uint32_t workload, uint32_t metric);
/* Why all its metrics are unavailable: a pod that another autoscaler's target selects, too; NULL: there is none. */
const char *live_replicas_shared(const struct live_replicas *, uint32_t workload);
/* When the newest sample used was taken (core's time), MS_UNSET: none. */
ms_t live_replicas_sampled_at(const struct live_replicas *, uint32_t workload);
/* The pod, and its container without a request, for hpa_error_text's CALC_MISSING_REQUEST. */
const char *live_replicas_container_without_request(const struct live_replicas *, uint32_t workload, uint32_t pod,
						    const struct metric_spec *);

#endif
