/* The view of nodes, and acting on them. Which nodes are going is written on the nodes themselves, as the taint
 * ToBeDeletedByPlimsoll with the time it began: another process can go on where one was killed. Private to io and cmd.
 */
#ifndef PLIMSOLL_LIVE_NODES_H
#define PLIMSOLL_LIVE_NODES_H

#include "../cloud/node_groups.h"
#include "actuate.h"
#include "pods.h"
#include "price.h"
#include "settings.h"
#include "snapshot.h"

#define LIVE_LEAVING_TAINT "ToBeDeletedByPlimsoll"

struct live_nodes_config {
	struct net *net;
	struct kube *kube;
	struct live_pods *pods;
	const struct settings *settings;
	const char *const *groups; /* "clusterapi", "aws-asg:region=..."; none: nodes are only watched */
	uint32_t n_groups;
	const struct price_book *prices; /* NULL: no price is known */
	struct live_actuate *actuate;    /* for Events; and whether one may act */
	enum live_dry dry;
	bool (*may_act)(void *self);
	void *self;
	struct log *log;
};
struct live_nodes;
struct live_nodes *live_nodes_open(const struct live_nodes_config *, struct err *);
void live_nodes_close(struct live_nodes *);
bool live_nodes_synced(const struct live_nodes *);
uint32_t live_nodes_max(const struct live_nodes *); /* slots to make a core for */
uint32_t live_nodes_max_groups(const struct live_nodes *);
/* An unschedulable pod has come since it was last asked. */
bool live_nodes_woken(struct live_nodes *);

/* Fills nodes, pending, groups, fits, budgets, generation. A node keeps its slot as long as it is there. */
int live_nodes_observe(struct live_nodes *, ms_t now, ms_t ahead, struct snapshot *, struct err *);
/* ADD_NODES and REMOVE_NODE of a plan: resizes groups, and puts the taint on nodes that are to go. */
int live_nodes_act(struct live_nodes *, const struct action *, uint32_t n, bool *accepted, struct err *);
/* One step on for each node that is going: pods are evicted (PodDisruptionBudgets are the API's to enforce: 429 is
 * tried again), an empty node is removed, one that could not be emptied within ca.max_graceful_termination, or is of no
 * group by then, is given back: the taint is taken off, and the core leaves it alone for a while. */
void live_nodes_drain(struct live_nodes *, ms_t wall);

const char *live_node_name(const struct live_nodes *, uint32_t slot); /* NULL: empty slot */
const char *live_group_name(const struct live_nodes *, uint32_t group);
/* What keeps nodes that nothing else would: "node-3: default/db-0 has local storage"; one a line of a table. */
struct live_kept {
	const char *node, *namespace_, *pod, *why; /* node NULL: the pod waits, and no node is bought for it */
	uint32_t group;                            /* of the node */
};
uint32_t live_nodes_kept(const struct live_nodes *, const struct live_kept **);

/* The instance type that a node's label tells; "" when it tells none or there is no such node. */
const char *live_node_type(const struct live_nodes *, const char *name);
/* Why nodes cannot be watched, or "". */
const char *live_nodes_trouble(const struct live_nodes *);

/* For the status: nodes, those Ready, what they cost in an hour, those without a known price. */
struct live_nodes_sum {
	uint32_t nodes, ready, pending, unpriced;
	int64_t cost_nano_per_hour; /* -1: no price list */
};
struct live_nodes_sum live_nodes_sum(const struct live_nodes *);

#endif
