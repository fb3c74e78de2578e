/* What the team already applies to its cluster, read as `kubectl apply -f` reads it. */
#ifndef PLIMSOLL_MANIFEST_H
#define PLIMSOLL_MANIFEST_H

#include "arena.h"
#include "hpa.h"

struct container_spec {
	const char *name, *image;
	int64_t cpu_request_milli, memory_request_bytes; /* -1: none; a limit without a request is its request */
	int64_t cpu_limit_milli, memory_limit_bytes;     /* -1: none (a limit of 0 is none, too) */
	bool init;                                       /* an init container that ends before the others start */
	bool sidecar;                                    /* an init container with restartPolicy Always */
};

enum workload_kind { KIND_DEPLOYMENT, KIND_STATEFULSET, KIND_REPLICASET, KIND_DAEMONSET };

struct label {
	const char *key, *value;
};

struct workload_spec {
	enum workload_kind kind;
	const char *name, *namespace_;
	int32_t replicas;                        /* of a DaemonSet: 1, for each node */
	const struct container_spec *containers; /* init containers first, then the others, as in the manifest */
	uint32_t n_containers;
	/* The pod's own request (KEP-753): the largest of the running containers with sidecars, and each init step. */
	int64_t cpu_request_milli, memory_request_bytes; /* 0 when no container asks */
	int64_t cpu_limit_milli;                         /* sum over running containers; -1: one has none */
	ms_t termination_grace;
	/* Of the readiness probe that answers last; period 0: no container has one, the pod is ready once it runs. */
	ms_t readiness_initial_delay, readiness_period;
	const struct label *labels; /* of the pod template */
	uint32_t n_labels;
	bool ordered; /* StatefulSet with podManagementPolicy OrderedReady */
	bool pinned;  /* must not be evicted: annotated cluster-autoscaler.kubernetes.io/safe-to-evict: "false", or
			 kube-system's */
	const char
	    *unmodelled; /* what it asks for that the simulator does not follow: "nodeSelector, affinity"; or NULL */
	const char *file;
	int line; /* where it was read */
};

struct manifests {
	struct arena arena;              /* owns everything below */
	struct workload_spec *workloads; /* DaemonSets included */
	uint32_t n_workloads;
	struct hpa_spec *autoscalers;
	uint32_t n_autoscalers;
	/* Kinds that were read over, each once, as "Service (3)". */
	const char **skipped;
	uint32_t n_skipped;
};

/* Reads files, directories (*.yaml, *.yml, *.json, not recursive, in order of name, as kubectl does) and "-"
 * (standard input). Refuses what the API server would refuse, with file:line:column: field: what was found, what
 * is allowed. On failure nothing is left allocated. */
int manifests_read(const char *const *paths, size_t n_paths, struct manifests *, struct err *);
/* The same for text in memory; name stands for the file in messages. */
int manifests_parse(const char *name, const char *text, size_t length, struct manifests *, struct err *);
void manifests_free(struct manifests *);

extern const char *const workload_kind_names[KIND_DAEMONSET + 1];
/* The workload that an autoscaler scales (by kind, namespace and name), or NULL when it was not read. */
const struct workload_spec *manifests_target(const struct manifests *, const struct hpa_spec *);

#endif
