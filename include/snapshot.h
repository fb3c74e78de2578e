/* What the core is shown: the cluster at one moment. Everything is borrowed from the world for one step. */
#ifndef PLIMSOLL_SNAPSHOT_H
#define PLIMSOLL_SNAPSHOT_H

#include "base.h"
#include "hpa.h"

/* Which controllers are to decide in this step. */
enum due { DUE_REPLICAS = 1, DUE_NODES = 2 };

struct workload_view {
	int32_t spec_replicas, status_replicas;
	const struct pod *pods;
	uint32_t n_pods;
	bool lost;                          /* live: its scale could not be read; the rest is 0 */
	const struct metric_input *metrics; /* in the order of its autoscaler's spec; NULL without an autoscaler */
};

enum node_state {
	NODE_GONE,     /* an empty slot */
	NODE_UPCOMING, /* asked for, not Ready yet */
	NODE_READY,
	NODE_LEAVING, /* tainted, drained or being deleted */
	NODE_UNREADY, /* was Ready and is not: nothing is moved to it or from it */
};

/* A pod that holds room on a node. */
struct placed {
	int64_t cpu_milli, memory_bytes; /* requests */
	uint32_t workload;
	uint32_t pod;
	bool daemon;  /* a DaemonSet's: need not move when the node goes */
	bool leaving; /* being deleted */
	bool pinned;  /* must not be evicted */
	/* Live: constraints (index of snapshot.fits' rows) and disruption budget (index, or NO_BUDGET). */
	uint32_t shape, budget;
};
#define NO_BUDGET UINT32_MAX

#define NO_GROUP UINT32_MAX
struct node_view {
	uint32_t uid;   /* never reused, while the slot is */
	uint32_t group; /* or NO_GROUP: holds pods, and is never removed */
	enum node_state state;
	ms_t created_at;
	int64_t cpu_milli, memory_bytes;           /* allocatable */
	int64_t used_cpu_milli, used_memory_bytes; /* requested by pods, DaemonSets included */
	int32_t pods, used_pods;
	uint32_t n_placed;
	const struct placed *placed;
	uint32_t kind; /* index of snapshot.fits' columns */
};

/* Pods of one workload that no node has room for. */
struct pending_view {
	uint32_t workload;
	uint32_t count;
	ms_t since;                      /* their creation */
	int64_t cpu_milli, memory_bytes; /* request of one */
	uint32_t shape;
	bool unmodelled; /* asks for what is not followed: no node is bought for it on a guess */
};

/* A node group, and what a fresh node of it has for pods (allocatable less DaemonSets). */
struct group_view {
	int32_t min, max;
	int32_t size; /* nodes asked for: upcoming, ready, and leaving ones not yet given up */
	int64_t cpu_milli, memory_bytes;
	int32_t pods;
	int64_t price_nano_per_hour;
	uint32_t kind; /* of a fresh node */
	bool held; /* not to be grown or shrunk now: its nodes do not come up, or the cloud does not answer for it */
};

struct snapshot {
	ms_t time;
	unsigned due; /* enum due; what is not due need not be observed */
	const struct workload_view *workloads;
	uint32_t n_workloads;
	const struct node_view *nodes; /* by slot */
	uint32_t n_nodes;
	const struct pending_view *pending; /* oldest first */
	uint32_t n_pending;
	const struct group_view *groups;
	uint32_t n_groups;
	/* Whether a pod of a shape may be on a node of a kind, by taints, selectors and affinity: fits[shape * n_kinds
	 * + kind]. NULL: any may be on any. Resources are not part of it. */
	const uint8_t *fits;
	uint32_t n_shapes, n_kinds;
	const int32_t *budgets; /* disruptions that each PodDisruptionBudget still allows */
	uint32_t n_budgets;
	uint32_t n_unready;  /* nodes that were Ready and are not: when too many are, the cluster is left alone */
	uint64_t generation; /* changes whenever nodes, pending, groups, fits or budgets do */
};

#endif
