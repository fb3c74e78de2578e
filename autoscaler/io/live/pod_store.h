/* How pods are kept: each in one block, in tables by uid and by name, and in groups by label, namespace and node.
 * Private to the files of live/pods.h. */
#ifndef PLIMSOLL_POD_STORE_H
#define PLIMSOLL_POD_STORE_H

#include "canonical.h"
#include "intern.h"
#include "pods.h"

/* Pods that have something in common: (namespace, key, value) of a label, (namespace, NULL, NULL), or (NULL, NULL,
 * node). All interned, and held by its pods. */
struct pod_group {
	struct table_link link;
	const char *namespace_, *key, *value;
	struct stored_pod **pods;
	uint32_t n, room;
	bool sorted; /* by name */
};

struct stored_pod {
	struct live_pod pod; /* first: a live_pod is its stored_pod */
	struct table_link by_uid, by_name;
	uint32_t index;  /* in live_pods.pods */
	uint32_t epoch;  /* of the list it was last seen in */
	uint32_t *slots; /* where it stands in its groups: of its labels, then namespace, then node */
};

/* What a pod is gathered in before its block is made; kept to be used again. All texts are held. */
struct pod_draft {
	struct live_pod pod;
	struct json_value name; /* uid comes from the watch */
	struct label *labels;
	size_t n_labels, labels_room;
	struct live_container *containers;
	size_t n_containers, containers_room;
	struct canonical text; /* scratch */
	bool failed;           /* memory ran out */
};

struct live_pods {
	struct interner texts;
	struct table uids, names, groups;
	struct stored_pod **pods;
	size_t n_pods, pods_room;
	struct pod_draft draft;
	uint64_t changes, node_changes; /* of anything; of what the view of nodes looks at */
	uint32_t epoch;
	bool listing;
	struct log *log;
	struct watch *watch; /* NULL: fed by hand */
};

/* The object as a block of its own; NULL with a message. uid is copied. */
struct stored_pod *pod_decode(struct live_pods *, const char *uid, struct json_value object, struct err *);
/* Its texts are released. */
void pod_free(struct live_pods *, struct stored_pod *);
void pod_draft_free(struct pod_draft *);

/* ---- pod_rules.c ---- */

/* Fills keep, unmodelled, scheduling. */
struct pod_parts {
	struct json_value annotations, node_selector, affinity, tolerations, spread, volumes, claims, gates;
	struct json_value containers, init_containers, overhead, resources;
};
int pod_rules(struct live_pods *, struct pod_draft *, const struct pod_parts *);
const char *pod_text(struct live_pods *, struct pod_draft *, struct json_value); /* interned; NULL: no string */

/* ---- pod_requests.c ---- */

/* Fills the containers, and the pod's own request. */
void pod_requests(struct live_pods *, struct pod_draft *, const struct pod_parts *);

/* ---- pod_groups.c ---- */

/* Into all its groups: -1, and into none of them, when there is no memory. */
int pod_groups_add(struct live_pods *, struct stored_pod *);
void pod_groups_remove(struct live_pods *, struct stored_pod *);
struct pod_group *pod_group_find(const struct live_pods *, const char *namespace_, const char *key, const char *value);
/* In order of the pods' names. */
void pod_group_sort(struct pod_group *);
void pod_groups_free(struct live_pods *);

#endif
