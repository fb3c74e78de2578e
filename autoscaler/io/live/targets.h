/* What autoscalers scale: replicas, selector and resourceVersion of each target. Deployments, StatefulSets and
 * ReplicaSets are watched; any other scalable kind is asked for its /scale in each tick. Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_TARGETS_H
#define PLIMSOLL_LIVE_TARGETS_H

#include "pods.h"

struct live_target {
	char scale_path[512]; /* of its /scale */
	const char *namespace_, *kind, *name;
	int32_t spec_replicas, status_replicas;
	struct live_selector *selector; /* NULL: not found */
	char resource_version[32];      /* of the scale, as last seen */
	bool found;
	char trouble[256]; /* why not */
};

struct live_targets;
struct live_targets *live_targets_open(struct kube *, struct live_pods *, struct log *, struct err *);
/* Before the first follow: all of them are in this namespace, which must live as long. */
void live_targets_within(struct live_targets *, const char *namespace_);
/* The last trouble of a watch, or "". */
const char *live_targets_trouble(const struct live_targets *);
/* kube NULL: nothing is watched or asked; objects of a kind that would be watched are what its sink is given. */
struct watch_sink live_targets_sink(struct live_targets *, const char *kind);
void live_targets_close(struct live_targets *);
bool live_targets_synced(const struct live_targets *);
/* The targets of these specs, one each: what is watched follows from them. To be called when the specs have changed.
 * What is pointed to is copied. */
int live_targets_follow(struct live_targets *, const struct hpa_spec *const *specs, uint32_t n, struct err *);
/* Asks for those that are not watched; calls `done` once all are there (at once when none is to be asked). Where a kind
 * is not known it is waited for, for at most half the timeout. Of two calls that overlap, the first one's `done` is not
 * called. */
void live_targets_refresh(struct live_targets *, ms_t timeout, void (*done)(void *self), void *self);
/* As it is now; lives until the next follow. NULL: so many are not followed. */
struct live_target *live_target(struct live_targets *, uint32_t index);

#endif
