/* The pods of the cluster, kept up to date by a watch, found by label and by node. Shared by the views of replicas and
 * of nodes. A pod takes a few hundred bytes: labels and namespaces are interned. Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_PODS_H
#define PLIMSOLL_LIVE_PODS_H

#include "../kube/watch.h"
#include "hpa.h"
#include "manifest.h"

/* Why a pod keeps its node (cluster-autoscaler's drain rules); the words are in live_keep_texts. A mirror pod, a
 * DaemonSet's and one that has ended keep none. */
enum live_keep {
	KEEP_NOT,
	KEEP_UNSAFE,        /* safe-to-evict: "false" */
	KEEP_LOCAL_STORAGE, /* emptyDir or hostPath, and no annotation that says it is safe */
	KEEP_BARE,          /* no controller of Kubernetes' own would make it again */
	KEEP_UNMODELLED,    /* asks for something that is not followed: live_pod.unmodelled says what */
	KEEP_SYSTEM,        /* kube-system, without a disruption budget */
};
extern const char *const live_keep_texts[KEEP_SYSTEM + 1];

/* What asks for, or has, more is taken as this: no node has so much, and the sums of a node can be kept. */
#define LIVE_AMOUNT_MAX (INT64_C(1) << 50)

struct live_container {
	const char *name;                /* interned */
	int64_t cpu_milli, memory_bytes; /* requests; -1: none */
	bool sidecar;                    /* init container with restartPolicy Always */
};

struct live_pod {
	const char *uid, *namespace_, *name; /* namespace interned */
	struct pod view;                     /* what the core is shown */
	const struct label *labels;          /* interned keys and values */
	uint32_t n_labels;
	const struct live_container *containers; /* those whose usage is measured: sidecars and main ones */
	uint32_t n_containers;
	int64_t cpu_milli, memory_bytes;     /* the pod's own request for scheduling, overhead included */
	bool pod_level;                      /* spec.resources asks for the pod as a whole (KEP-2837) */
	const char *node;                    /* interned; NULL: not scheduled */
	const char *owner_kind, *owner_name; /* its controller, interned; NULL: none */
	ms_t created_at, unschedulable_at;   /* of condition PodScheduled=False, reason Unschedulable; MS_UNSET */
	int32_t priority;
	enum live_keep keep;    /* KEEP_SYSTEM is decided with the budgets, by the view of nodes */
	const char *unmodelled; /* interned: "podAffinity, topologySpreadConstraints"; NULL: all of it is followed */
	/* Interned, one canonical JSON text of {"nodeAffinity":[...],"nodeSelector":{...},"tolerations":[...]}, what is
	 * empty left out: the nodeSelectorTerms that are required, and spec's others. Equal pointers, equal
	 * constraints. */
	const char *scheduling;
	bool mirror, daemon; /* a static pod's; a DaemonSet's */
};

struct live_pods;
/* kube NULL: nothing is watched; the pods are what its sink is given. */
struct live_pods *live_pods_open(struct kube *, struct log *, struct err *);
/* Those of one namespace (NULL: all): a view of nodes needs all. */
struct live_pods *live_pods_open_in(struct kube *, const char *namespace_, struct log *, struct err *);
struct watch_sink live_pods_sink(struct live_pods *);
void live_pods_close(struct live_pods *);
bool live_pods_synced(const struct live_pods *);
const struct watch *live_pods_watch(const struct live_pods *);
/* Changes whenever a pod does in what the view of nodes looks at: not when one turns ready. */
uint64_t live_pods_generation(const struct live_pods *);

uint32_t live_pods_count(const struct live_pods *);
const struct live_pod *live_pod_at(const struct live_pods *, uint32_t index); /* any order, stable between changes */
uint32_t live_pod_index(const struct live_pod *);
const struct live_pod *live_pod_find(const struct live_pods *, const char *namespace_, const char *name);

/* A label selector, from a LabelSelector object or from its text form ("a=b,c in (d,e),!f"). An empty one selects all;
 * a LabelSelector that is not there, nothing. To be freed before the pods are closed. */
struct live_selector;
struct live_selector *live_selector_parse(struct live_pods *, const char *text, struct err *);
struct live_selector *live_selector_of(struct live_pods *, struct json_value label_selector, struct err *);
void live_selector_free(struct live_selector *);
/* The pods of a namespace that it selects, in the order of their names; valid until the next change, or until the
 * selector is freed. Found through an index of one of its equalities: it costs what it finds. */
uint32_t live_pods_select(struct live_pods *, const char *namespace_, const struct live_selector *,
			  const struct live_pod ***pods);
/* The pods on a node, of the same kind. */
uint32_t live_pods_on(struct live_pods *, const char *node, const struct live_pod ***pods);
bool live_selector_matches(const struct live_selector *, const struct label *, uint32_t n_labels);
/* Its text form, as the API takes it in labelSelector=; "" selects all. Its length, as snprintf; negative: it selects
 * nothing, for which there is no text. */
int live_selector_text(const struct live_selector *, char *out, size_t size);

#endif
