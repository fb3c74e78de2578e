/* The nodes of the cluster and their disruption budgets, kept up to date by watches, and what the view of nodes makes
 * of them. Private to the files of live/nodes.h. */
#ifndef PLIMSOLL_NODE_STORE_H
#define PLIMSOLL_NODE_STORE_H

#include "canonical.h"
#include "constraints.h"
#include "nodes.h"

/* Texts are its own. */
struct live_node {
	char *uid, *name, *provider_id, *instance_type, *zone; /* the last three may be "" */
	char *traits; /* canonical JSON of what constraints look at, less what is of this node alone: equal, one kind */
	char *hostname; /* of the label */
	char *taints;   /* JSON list, as it is */
	char resource_version[32];
	uint32_t id;   /* of its uid */
	uint32_t slot; /* in the snapshot */
	uint32_t group, kind;
	int64_t cpu_milli, memory_bytes, pods; /* allocatable */
	ms_t created_at, leaving_at;           /* leaving_at: of our taint; MS_UNSET: stays */
	bool ready, was_ready, unschedulable, listed;
};

/* Of a PodDisruptionBudget. */
struct live_budget {
	char *uid, *namespace_;
	struct live_selector *selector;
	int32_t allowed;
	bool listed;
};

/* What the last observation made, valid until the next: all in `arena`. */
struct node_picture {
	struct arena arena;
	struct node_view *views;
	const struct live_node **by_slot; /* NULL: none, or one that is yet to come */
	uint32_t n_slots;
	struct pending_view *pending;
	uint32_t n_pending;
	struct group_view *groups;
	uint32_t n_groups;
	uint8_t *fits;
	uint32_t n_shapes, n_kinds;
	int32_t *budgets;
	struct live_kept *kept;
	uint32_t n_kept, kept_room;
	uint32_t n_unready, n_pending_pods;
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
	int32_t size;  /* as last seen */
	ms_t asked_at; /* when it last grew */
};

struct live_nodes {
	struct live_nodes_config config;
	struct watch *node_watch, *budget_watch; /* budget_watch NULL: no groups */
	struct live_node **nodes;
	size_t n_nodes, nodes_room;
	struct live_budget **budgets;
	size_t n_budgets, budgets_room;
	struct group_source *sources;
	uint32_t n_sources, n_groups;
	struct group_memory *memories;
	ms_t groups_asked_at; /* core's time */
	uint32_t *slots;      /* by slot: whether it is taken */
	uint32_t n_slots, slots_room;
	struct node_picture picture;
	ms_t wall;        /* of the last observation */
	uint64_t changes; /* of nodes, budgets, groups */
	uint64_t seen_changes, seen_pods, generation;
	uint64_t woken_at; /* generation of the pods when it was last asked */
	uint32_t seen_unschedulable;
	struct canonical text; /* scratch */
};

/* node_watch.c */
int node_watches_open(struct live_nodes *, struct err *);
void node_watches_close(struct live_nodes *);
struct live_node *live_node_find(const struct live_nodes *, const char *name);
/* From an answer of the API, on the spot. */
void node_put(struct live_nodes *, const char *uid, struct json_value object);

/* node_constraints.c: the texts that stand for constraints, read back into what node_admits takes. In the arena. */
int traits_read(const char *canonical, const char *name, const char *hostname, struct arena *, struct node_traits *,
		struct err *);
int constraints_read(const char *canonical /* NULL: none */, struct arena *, struct pod_constraints *, struct err *);
int group_traits(const struct node_group *, struct arena *, struct node_traits *, struct err *);

/* node_groups_view.c: asks the drivers when it is time, and fills picture.groups. */
int groups_open(struct live_nodes *, struct err *);
void groups_close(struct live_nodes *);
void groups_refresh(struct live_nodes *, ms_t now);
const struct node_group *group_at(const struct live_nodes *, uint32_t group, struct group_source **);
int64_t node_price(const struct live_nodes *, const char *instance_type); /* nano an hour; -1: not known */

/* node_picture.c */
int node_picture_draw(struct live_nodes *, ms_t now, ms_t ahead, struct err *);

#endif
