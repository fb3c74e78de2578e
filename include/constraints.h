/* Whether a pod may be on a node, by taints, selectors and required affinity; resources are not part of it.
 * Source: kubernetes/kubernetes staging/src/k8s.io/component-helpers scheduling/corev1 (nodeaffinity, helpers.go),
 * api/core/v1/toleration.go, apimachinery/pkg/labels, and the scheduler's plugin nodeunschedulable. */
#ifndef PLIMSOLL_CONSTRAINTS_H
#define PLIMSOLL_CONSTRAINTS_H

#include "manifest.h"

/* Texts may be NULL where the API's are empty or absent. */

enum taint_effect {
	EFFECT_ANY, /* of a toleration only: not given */
	EFFECT_NO_SCHEDULE,
	EFFECT_PREFER_NO_SCHEDULE, /* a wish: keeps no pod away */
	EFFECT_NO_EXECUTE,
};

struct taint {
	const char *key, *value;
	enum taint_effect effect;
};

enum toleration_operator {
	TOLERATE_EQUAL,
	TOLERATE_EXISTS,
	TOLERATE_UNKNOWN /* an operator not known: tolerates nothing */
};

struct toleration {
	const char *key; /* none: every key */
	enum toleration_operator operator_;
	const char *value;
	enum taint_effect effect;
};

enum match_operator { MATCH_IN, MATCH_NOT_IN, MATCH_EXISTS, MATCH_DOES_NOT_EXIST, MATCH_GREATER, MATCH_LESS };

struct match {
	const char *key;
	enum match_operator operator_;
	const char *const *values;
	uint32_t n_values;
};

/* All must hold; a term without any matches no node. */
struct affinity_term {
	const struct match *expressions; /* over labels */
	const struct match *fields;      /* over metadata.name */
	uint32_t n_expressions, n_fields;
};

struct node_traits {
	const char *name; /* NULL: of a node yet to come, which no one can ask for by name */
	const struct label *labels;
	const struct taint *taints;
	uint32_t n_labels, n_taints;
	bool unschedulable; /* cordoned: as tainted node.kubernetes.io/unschedulable:NoSchedule */
};

struct pod_constraints {
	const struct toleration *tolerations;
	const struct label *node_selector; /* each must be there, as it is */
	const struct affinity_term *terms; /* requiredDuringSchedulingIgnoredDuringExecution: one must match */
	uint32_t n_tolerations, n_node_selector, n_terms;
	bool has_affinity; /* false: terms do not count; true without terms: no node matches */
};

/* What upstream refuses to read (a wrong number of values, a value that no label can have, bounds that are no whole
 * numbers) makes its term match nothing. */
bool node_admits(const struct node_traits *, const struct pod_constraints *);

#endif
