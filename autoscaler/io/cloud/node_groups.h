/* Node groups of a cloud, behind one table of functions: adding a cloud is adding one file and one line to
 * node_group_drivers. A driver may wait (a few calls, under a deadline); it never waits for a node. Private to io and
 * cmd. */
#ifndef PLIMSOLL_NODE_GROUPS_H
#define PLIMSOLL_NODE_GROUPS_H

#include "../kube/kube.h"
#include "../text/log.h"
#include "manifest.h"

struct node_taint {
	const char *key, *value, *effect;
};

/* A group, and what a fresh node of it is like: by the cloud's word, or like a node that it has. */
struct node_group {
	const char *id;   /* what the driver knows it by; unique within it */
	const char *name; /* for people: "md/default/workers", "asg/web" */
	int32_t min, max, size;
	bool has_template;                     /* the fields below are known */
	int64_t cpu_milli, memory_bytes, pods; /* capacity of a node */
	const struct label *labels;
	uint32_t n_labels;
	const struct node_taint *taints;
	uint32_t n_taints;
	const char *instance_type, *zone; /* for its price; NULL: not known */
	const char *trouble;              /* why it is held; NULL */
};

struct node_group_driver {
	const char *name, *help; /* "clusterapi", "aws-asg"; shown by `plimsoll run --help` */
	/* config: what follows the name on the command line: "aws-asg:region=us-east-1,endpoint=http://127.0.0.1:5000"
	 */
	void *(*open)(struct net *, struct kube *, const char *config, struct log *, struct err *);
	void (*close)(void *self);
	/* The groups as they are now; valid until the next call that succeeds. */
	int (*groups)(void *self, const struct node_group **, uint32_t *n, struct err *);
	/* The group that a node is of, by its providerID and name: index into groups, or -1. */
	int32_t (*group_of)(void *self, const char *provider_id, const char *node);
	/* Asks for a size; from is what it was: when it is another by now, nothing is done, and that is an error. */
	int (*resize)(void *self, const char *id, int32_t from, int32_t to, struct err *);
	/* Has this very node deleted (it is drained), its group one smaller. Twice is once. */
	int (*remove)(void *self, const char *id, const char *provider_id, const char *node, struct err *);
};

extern const struct node_group_driver cluster_api_driver, aws_asg_driver;
extern const struct node_group_driver *const node_group_drivers[]; /* ended by NULL */

#endif
