/* Pods with the same constraints are a shape, nodes with the same traits a kind; whether shape and kind go together is
 * found once for all of them. Private to the files of live/nodes.h. */
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
	const struct live_node **kinds; /* one node of each; NULL: of a group without nodes */
	struct node_traits *traits;
	uint64_t *hashes; /* of the kinds' texts */
	size_t n_kinds, kinds_room, traits_room, hashes_room;
	bool by_name; /* some shape asks for nodes by name: each node is a kind of its own */
};

/* All shapes first, then kinds, then fits. Each returns the index, or -1 with a message. */
int64_t shape_of(struct node_classes *, const struct live_pod *, struct err *);
int64_t kind_of(struct node_classes *, const struct live_node *, struct err *);
/* A fresh node like this one: not under its name. */
int64_t kind_like(struct node_classes *, const struct live_node *, struct err *);
int64_t kind_of_group(struct node_classes *, const struct node_group *, struct err *);
uint8_t *classes_fit(const struct node_classes *, struct err *);

/* Whether a DaemonSet's pod of another node would be on a node of this kind, too. */
int daemon_fits(const struct node_classes *, const struct live_pod *, uint32_t kind, bool *, struct err *);

#endif
