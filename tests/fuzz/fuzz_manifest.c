#include "manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* What is accepted keeps the promises of manifest.h and hpa.h. */
static void check_workload(const struct workload_spec *workload)
{
	if (!workload->name || !workload->namespace_ || workload->replicas < 0 || workload->n_containers == 0 ||
	    workload->cpu_request_milli < 0 || workload->memory_request_bytes < 0 || workload->cpu_limit_milli < -1 ||
	    workload->termination_grace < 0 || workload->readiness_period < 0)
		abort();
}

static void check_autoscaler(const struct hpa_spec *hpa)
{
	if (hpa->min_replicas < 0 || hpa->max_replicas < 1 || hpa->max_replicas < hpa->min_replicas ||
	    hpa->n_metrics == 0 || hpa->scale_up.n_policies == 0 || hpa->scale_down.n_policies == 0)
		abort();
	for (uint32_t i = 0; i < hpa->n_metrics; i++)
		if (!hpa->metrics[i].name || hpa->metrics[i].target < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct manifests manifests;
	struct err err = {0};
	if (manifests_parse("f.yaml", (const char *)data, size, &manifests, &err) < 0) {
		if (!*err.message)
			abort();
		return 0;
	}
	for (uint32_t i = 0; i < manifests.n_workloads; i++)
		check_workload(&manifests.workloads[i]);
	for (uint32_t i = 0; i < manifests.n_autoscalers; i++) {
		check_autoscaler(&manifests.autoscalers[i]);
		manifests_target(&manifests, &manifests.autoscalers[i]);
	}
	manifests_free(&manifests);
	return 0;
}
