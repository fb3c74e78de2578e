/* What the files of the Cluster API driver share. Private to them. */
#ifndef PLIMSOLL_CLUSTER_API_H
#define PLIMSOLL_CLUSTER_API_H

#include "../text/json_value.h"
#include "node_groups.h"

/* On a Machine that is to be deleted: the size of its group when that was decided, so that going on after a crash does
 * not make the group smaller twice. */
#define CLUSTER_API_REMOVED_AT "plimsoll.dev/removed-at-size"

struct cluster_api_machine {
	int32_t group;
	const char *namespace_, *name, *node, *provider_id; /* "" when not known */
};

struct cluster_api {
	struct net *net;
	struct kube *kube;
	struct log *log;
	char version[96];   /* "cluster.x-k8s.io/v1beta1" */
	struct arena arena; /* owns the groups and machines */
	struct node_group *groups;
	struct cluster_api_machine *machines;
	size_t n_groups, n_machines;
};

/* A whole number in an annotation; false when it is not there. */
bool cluster_api_size(struct json_value annotations, const char *key, int32_t *out);
int cluster_api_groups(void *self, const struct node_group **, uint32_t *n, struct err *);
int32_t cluster_api_group_of(void *self, const char *provider_id, const char *node);
/* The machine of a node, or NULL. */
const struct cluster_api_machine *cluster_api_machine(const struct cluster_api *, const char *provider_id,
						      const char *node);

#endif
