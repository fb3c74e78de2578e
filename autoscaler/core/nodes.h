/* The node controller, private to the core: cluster-autoscaler's rules. Source: kubernetes/autoscaler
 * cluster-autoscaler (core/static_autoscaler.go, core/scaledown, estimator, expander), FAQ.md. */
#ifndef PLIMSOLL_CORE_NODES_H
#define PLIMSOLL_CORE_NODES_H

#include "core.h"

/* What is left on each node while pods are placed in thought. */
struct room {
	int64_t cpu_milli, memory_bytes;
	int32_t pods;
};

struct demand {
	uint32_t count;
	int64_t cpu_milli, memory_bytes; /* of one pod */
	ms_t since;
	double size; /* share of a node it takes, for first-fit-decreasing */
	uint32_t shape;
	bool barred; /* from the group that is being estimated, by its constraints */
};

/* Whether a pod of a shape may be on a node of a kind. */
static inline bool may_be_on(const struct snapshot *snapshot, uint32_t shape, uint32_t kind)
{
	return !snapshot->fits || snapshot->fits[(size_t)shape * snapshot->n_kinds + kind];
}

/* How many of `demand` fit into the room, at most count; takes them out of it. */
uint32_t room_take(struct room *, const struct demand *, uint32_t count);

/* One way to grow: a group, the nodes it would add, and what they would be used for. */
struct option {
	uint32_t group;
	int32_t nodes;
	uint32_t pods;          /* pending pods that would find room */
	double waste;           /* unused share of CPU plus unused share of memory on the new nodes */
	int64_t price_per_hour; /* of all the new nodes, nano-USD */
};

/* Whether a group is not to be touched; what is in no group never is. */
static inline bool is_held(const struct snapshot *snapshot, uint32_t group)
{
	return group >= snapshot->n_groups || snapshot->groups[group].held;
}

/* First-fit-decreasing of the demands (left as they were; those barred have no part in it) onto fresh nodes of a
 * group. rooms: scratch for max_nodes. */
void estimate(const struct group_view *, const struct demand *, uint32_t n_demands, struct room *rooms,
	      int32_t max_nodes, struct option *);

/* Index of the option to take. random: any number, for the expander that draws. */
uint32_t expander_choose(enum expander, const struct option *, uint32_t n, uint64_t random);

/* What the controller remembers of a node between two scans. */
struct node_memory {
	uint32_t uid;
	bool known;
	ms_t unneeded_since;    /* MS_UNSET: needed */
	ms_t unremovable_until; /* MS_UNSET: not found unremovable; MS_NEVER: it is leaving */
};

/* A pod that was moved to a node in thought, and must move on should that node go, too. */
#define NO_GUEST UINT32_MAX
struct guest {
	int64_t cpu_milli, memory_bytes;
	uint32_t host, before;  /* before: the guest that came to the host before it */
	uint32_t shape, budget; /* budget: what its move has taken from, or NO_BUDGET */
};

struct nodes {
	const struct ca_settings *settings;
	uint64_t seed;
	ms_t next_scan, last_scale_up, last_delete;
	uint64_t seen_generation;   /* of the last scan that looked */
	ms_t quiet_until;           /* until then an unchanged cluster gives the same answer: */
	struct node_decision quiet; /* this one */
	struct node_memory *memory; /* by slot */
	struct room *rooms;         /* by slot: scratch */
	struct room *fresh;         /* scratch for estimates */
	uint32_t *candidates;       /* scratch: slots */
	uint32_t *hosts;            /* by slot: last guest that came in thought, or NO_GUEST */
	struct guest *guests;
	struct demand *demands;
	struct option *options;
	int32_t *budgets; /* scratch: what is left of each while nodes are emptied in thought */
	uint32_t max_nodes, max_groups, max_demands, n_guests, max_guests, max_budgets;
	struct arena *arena;
};

int nodes_init(struct nodes *, const struct core_config *, struct arena *, struct err *);
/* One scan. Appends to actions (room for max_nodes + 1). */
int nodes_step(struct nodes *, const struct snapshot *, struct action *actions, uint32_t *n_actions,
	       struct node_decision *, struct err *);

/* How far a group may still shrink: leaving nodes, and those of the actions, are as good as gone; a group that is held
 * may not. */
int32_t group_spare(const struct snapshot *, uint32_t group, const struct action *actions, uint32_t n_actions);

/* Whether it has to be somewhere else when its node goes. */
static inline bool must_move(const struct placed *pod)
{
	return !pod->daemon && !pod->leaving;
}

/* emptying.c: nodes emptied in thought, one after the other. Rooms are those of nodes that pods may move to. */
int emptying_begin(struct nodes *, const struct snapshot *, struct err *);
/* Whether every pod of the node, and those that others would move to it, find room elsewhere. 1: they are put there in
 * thought, and the node is no longer a place to move to; 0: nothing has changed; negative: no memory. */
int can_empty(struct nodes *, const struct snapshot *, uint32_t slot, struct err *);

/* The scale-down half: updates what is unneeded and emits removals. Uses rooms as the scale-up half left them. */
int scale_down(struct nodes *, const struct snapshot *, struct action *actions, uint32_t *n_actions,
	       struct node_decision *, struct err *);

#endif
