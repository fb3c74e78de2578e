/* The nodes of the cluster and their disruption budgets, kept up to date by watches, and what the view of nodes makes
 * of them. Private to the files of live/nodes.h. */
#ifndef PLIMSOLL_NODE_STORE_H
#define PLIMSOLL_NODE_STORE_H

#include "canonical.h"
#include "constraints.h"
#include "nodes.h"
#include "table.h"

/* Texts are its own. An event replaces it: who waits for the API must not hold on to one. */
struct live_node {
	struct table_link by_uid, by_name;
	char *uid, *name, *provider_id, *instance_type; /* the last two may be "" */
	char *traits; /* {"labels":{...},"taints":[...],"unschedulable":true}, in one way of writing it */
	char *taints; /* JSON list, as it is */
	char resource_version[32];
	uint32_t index;                        /* in live_nodes.nodes */
	uint32_t id;                           /* of its uid */
	uint32_t slot;                         /* in the snapshot */
	uint32_t group;                        /* NO_GROUP; as of the refresh */
	uint64_t refresh;                      /* 0: its group was not asked for yet */
	int64_t cpu_milli, memory_bytes, pods; /* allocatable */
	ms_t created_at, leaving_at;           /* leaving_at: of our taint; MS_UNSET: stays */
	bool ready, was_ready, unschedulable, listed;
	bool given_up;    /* its group was made smaller by it */
	ms_t let_go_at;   /* when its group was last asked to let it go; wall clock */
	uint32_t n_asked; /* evictions asked for so far: where the next step goes on */
};

/* Of a PodDisruptionBudget. */
struct live_budget {
	char *uid, *namespace_;
	struct live_selector *selector;
	int32_t allowed;
	bool listed;
};

/* What was last drawn: all in `arena`, so that it can be looked at whatever events come. */
struct node_picture {
	struct arena arena;
	struct node_view *views;
	const char **names; /* of nodes, by slot; NULL: none, or one that is yet to come */
	uint32_t n_slots;
	struct pending_view *pending;
	uint32_t n_pending;
	struct group_view *groups;
	uint32_t n_groups;
	uint8_t *fits;
	uint32_t n_shapes, n_kinds;
	int32_t *budgets;
	uint32_t n_budgets;
	struct live_kept *kept;
	size_t n_kept, kept_room;
	uint32_t n_unready, n_pending_pods;
	/* what it was drawn from */
	bool drawn;
	uint64_t changes, pods;
	ms_t ahead, good_until; /* good_until: core's time at which a node or group is late */
};

/* A driver that was asked for, and its groups when it was last asked. */
struct group_source {
	const struct node_group_driver *driver;
	void *self;
	const struct node_group *groups;
	uint32_t n, first; /* index of its first group among all */
	char trouble[256];
};

/* What is remembered of a group between observations, by its place. */
struct group_memory {
	char *name;
	int32_t size;       /* as last seen */
	int32_t registered; /* nodes of its size; without those that it is smaller by already */
	uint64_t traits;    /* hash of all else that is looked at */
	ms_t asked_at;      /* when it last grew, was whole, or was first seen; core's time */
};

struct live_nodes {
	struct live_nodes_config config;
	struct watch *node_watch, *budget_watch; /* budget_watch NULL: no groups; both: fed by hand */
	struct table uids, names;
	struct live_node **nodes;
	size_t n_nodes, nodes_room;
	bool *slots; /* by slot: whether it is taken */
	uint32_t n_slots, slots_room;
	struct live_budget **budgets;
	size_t n_budgets, budgets_room;
	struct group_source *sources;
	uint32_t n_sources, n_groups;
	struct group_memory *memories;
	ms_t groups_asked_at; /* core's time */
	uint64_t refreshes;   /* of the groups, from 1 */
	struct node_picture picture;
	ms_t wall;        /* of the last observation */
	uint64_t changes; /* of nodes, budgets, groups */
	uint64_t generation;
	uint64_t woken_at; /* generation of the pods when it was last asked */
	uint32_t seen_unschedulable;
	uint32_t drain_from; /* the slot at which the last drain ran out of time; 0: it did not */
	uint64_t *told;      /* hashes of the kept that were told of, in order */
	size_t n_told;
	struct canonical text; /* scratch */
};

/* node_read.c: from an object of the API; NULL when there is no memory. */
struct live_node *node_read(struct canonical *scratch, const char *uid, struct json_value object);
void node_free(struct live_node *);
char *own_text(struct json_value, bool *failed); /* "" when there is none */
char *own_bytes(const char *bytes, size_t length, bool *failed);

/* node_watch.c */
int node_watch_open(struct live_nodes *, struct err *);
void node_watch_close(struct live_nodes *);
struct watch_sink node_sink(struct live_nodes *);
struct live_node *live_node_find(const struct live_nodes *, const char *name);
/* From an answer of the API, on the spot. */
void node_put(struct live_nodes *, const char *uid, struct json_value object);

/* budget_watch.c */
int budget_watch_open(struct live_nodes *, struct err *);
void budget_watch_close(struct live_nodes *);
struct watch_sink budget_sink(struct live_nodes *);

/* node_constraints.c: the texts that stand for constraints, read back into what node_admits takes. In the arena. */
int traits_read(const char *canonical, struct arena *, struct node_traits *, struct err *);
int constraints_read(const char *canonical /* NULL: none */, struct arena *, struct pod_constraints *, struct err *);
int group_traits(const struct node_group *, struct arena *, struct node_traits *, struct err *);

/* node_groups.c: asks the drivers when it is time. */
int groups_open(struct live_nodes *, struct err *);
void groups_close(struct live_nodes *);
void groups_refresh(struct live_nodes *, ms_t now);
const struct node_group *group_at(const struct live_nodes *, uint32_t group, struct group_source **);
/* Each node's group, by what the drivers last said. Of one that is whole, what is missing later is asked for then: by
 * the cloud itself, which puts another in the place of one that was lost. */
void groups_of_nodes(struct live_nodes *, ms_t now);
int64_t node_price(const struct live_nodes *, const char *instance_type); /* nano an hour; -1: not known */

/* node_picture.c: drawn anew when something has changed, which is a new generation. */
int nodes_draw(struct live_nodes *, ms_t now, ms_t ahead, struct err *);

/* node_kept.c: tells, once, of what newly keeps nodes. */
void kept_tell(struct live_nodes *);

#endif
