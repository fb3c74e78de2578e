/* What there is to tell of a running Plimsoll, gathered after each tick: one struct that the status page, /metrics,
 * /status.json and the readiness of the process are made from. Borrowed during a call. Private to io and cmd. */
#ifndef PLIMSOLL_STATUS_H
#define PLIMSOLL_STATUS_H

#include "../net/net.h"
#include "base.h"
#include "plan.h"

/* Buckets of a histogram of milliseconds: up to 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, more.
 */
#define STATUS_BUCKETS 13
struct status_histogram {
	uint64_t buckets[STATUS_BUCKETS], count;
	int64_t sum_ms;
};
/* A negative span counts as none. */
void status_observe(struct status_histogram *, ms_t);
/* The bound up to which that bucket counts, MS_NEVER for the last. */
ms_t status_bound(unsigned bucket);

struct status_autoscaler {
	const char *namespace_, *name, *target_kind, *target_name;
	int32_t min, max, current, desired;
	const char *demand;    /* "cpu 81% of 60%", or "" */
	const char *reason;    /* the condition that tells most: "ReadyForNewScale", "FailedGetResourceMetric" ... */
	const char *explained; /* hpa_explain's sentence, or the trouble */
	bool in_trouble;
	ms_t sampled_at, scaled_at; /* newest sample; last accepted rescale; MS_UNSET; wall clock */
	int64_t cost_nano_per_hour; /* of its pods, by their requests; -1: no price */
	int32_t hpa_desired;        /* shadow: what the cluster's HPA wants; -1 */
};

/* A pod that keeps its node, which would go but for that. */
struct status_kept {
	const char *node, *namespace_, *pod, *why; /* why: "has local storage" */
};

#define STATUS_KEPT 8 /* rows of a group */
struct status_group {
	const char *name;
	int32_t min, max, size; /* nodes asked for: ready, upcoming, and leaving ones not yet given up */
	int32_t ready, upcoming, leaving;
	int64_t price_nano_per_hour;          /* of a node; -1: not known */
	struct status_kept kept[STATUS_KEPT]; /* one a node: the first of them */
	uint32_t n_kept, nodes_kept;          /* listed; all there are */
};

struct status {
	const char *version, *mode; /* "live", "shadow", "dry-run" */
	ms_t now, started_at;       /* wall clock */
	bool synced, leader, stuck; /* stuck: no tick for three periods */
	ms_t stuck_after;    /* nothing published for so long: /healthz calls the process stuck by itself; 0: never */
	const char *holder;  /* of the lease; "" */
	const char *trouble; /* of the last tick; "" */
	const struct status_autoscaler *autoscalers;
	uint32_t n_autoscalers;
	const struct status_group *groups;
	uint32_t n_groups;
	struct node_decision nodes;
	uint32_t n_nodes, n_nodes_ready, n_pods, n_pending;
	int64_t cost_nano_per_hour; /* of all nodes whose price is known; -1: no price list */
	uint32_t n_unpriced;        /* nodes without a known price */
	const char *currency;       /* "USD" */
	/* counters since the start */
	uint64_t ticks, failed_ticks, decisions, scaled_up, scaled_down, nodes_added, nodes_removed;
	/* withheld: by a replica that does not lead, a dry run, shadow mode; neither among actions nor failed_actions
	 */
	uint64_t actions, failed_actions, withheld_actions;
	uint64_t watch_lists, leader_transitions, log_errors, log_warnings, clock_steps;
	uint64_t journal_ticks;
	int64_t journal_bytes;
	struct status_histogram tick, lag; /* how long a tick took; age of the metrics when decided upon */
	const struct call_count *calls;
	uint32_t n_calls;
};

#endif
