/* What the core answers: actions, and the decisions with the numbers behind them. */
#ifndef PLIMSOLL_PLAN_H
#define PLIMSOLL_PLAN_H

#include "base.h"
#include "hpa.h"

enum action_kind { ACTION_SCALE, ACTION_ADD_NODES, ACTION_REMOVE_NODE };

struct action {
	enum action_kind kind;
	uint32_t target;  /* SCALE: workload; ADD_NODES: group; REMOVE_NODE: slot of the node */
	int32_t from, to; /* SCALE: replicas; ADD_NODES: size of the group; REMOVE_NODE: unused */
	uint32_t source;  /* SCALE: autoscaler */
};

enum node_reason {
	NODES_NOT_DUE,
	NODES_NOTHING_TO_DO,
	NODES_PODS_VERY_NEW,  /* all unschedulable pods are younger than ca.new_pod_age */
	NODES_NO_GROUP_HELPS, /* pods are pending and no group may grow, or none is large enough */
	NODES_SCALED_UP,
	NODES_COOLING_DOWN, /* something is unneeded, and a delay holds it */
	NODES_WAITING,      /* something is unneeded, not long enough yet */
	NODES_SCALED_DOWN,
	NODES_UNHEALTHY, /* too many nodes are not Ready: nothing is done */
};

struct node_decision {
	enum node_reason reason;
	uint32_t pending, upcoming, unneeded, removed, added, group;
	uint32_t unmodelled; /* of the pending: no node is bought for them, since what they ask for is not followed */
	uint32_t unready;
};

/* Owned by the core, valid until its next step. */
struct plan {
	ms_t time;
	const struct hpa_decision *decisions; /* by autoscaler; n_decisions 0 when replicas were not due */
	uint32_t n_decisions;
	const struct action *actions;
	uint32_t n_actions;
	struct node_decision nodes;
};

#endif
