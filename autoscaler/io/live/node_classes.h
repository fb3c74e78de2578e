/* Pods with the same constraints are a shape; nodes that are the same in what any shape looks at (labels that are asked
 * for, taints, the cordon) are a kind; whether shape and kind go together is found once for all of them. Private to the
 * files of live/nodes.h. */
#ifndef PLIMSOLL_NODE_CLASSES_H
#define PLIMSOLL_NODE_CLASSES_H

#include "node_store.h"

struct node_classes {
	struct arena *arena;
	const char **shapes; /* the pods' interned texts: equal pointers, equal constraints */
	struct pod_constraints *constraints;
	size_t n_shapes, shapes_room, constraints_room;
	uint32_t *shape_slots; /* open hash by pointer; 0: free, else 1 + shape */
	size_t n_shape_slots;
	const char **keys; /* of labels that constraints look at */
	size_t n_keys, keys_room;
	bool by_name;               /* some constraints ask for nodes by name */
	struct node_traits *traits; /* of a node of each kind */
	uint64_t *hashes;           /* of what is looked at */
	size_t n_kinds, traits_room, hashes_room;
};

/* All shapes and DaemonSets first, then kinds, then fits. Each returns the index, or -1 with a message. */
int64_t shape_of(struct node_classes *, const struct live_pod *, struct err *);
/* Where a DaemonSet's pods may be, by one of them: each is tied to its own node by name, which is taken off. */
int daemon_constraints(struct node_classes *, const struct live_pod *, struct pod_constraints *, struct err *);
int64_t kind_of(struct node_classes *, const struct live_node *, struct err *);
/* A fresh node like this one: not under its name. */
int64_t kind_like(struct node_classes *, const struct live_node *, struct err *);
int64_t kind_of_group(struct node_classes *, const struct node_group *, struct err *);
uint8_t *classes_fit(const struct node_classes *, struct err *);

#endif
