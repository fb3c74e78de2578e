#include "manifest.h"

const char *const workload_kind_names[KIND_DAEMONSET + 1] = {"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"};

const struct workload_spec *manifests_target(const struct manifests *manifests, const struct hpa_spec *hpa)
{
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *workload = &manifests->workloads[i];
		if (strcmp(workload_kind_names[workload->kind], hpa->target_kind) == 0 &&
		    strcmp(workload->name, hpa->target_name) == 0 && strcmp(workload->namespace_, hpa->namespace_) == 0)
			return workload;
	}
	return NULL;
}
