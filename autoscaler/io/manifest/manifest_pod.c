#include "manifest_read.h"

#include "manifest_meta.h"
#include "manifest_probe.h"
#include "manifest_resources.h"
#include "nearest.h"

#include <stdlib.h>

/* ---- containers ---- */

struct pod_reader {
	struct workload_spec *workload;
	struct container_spec *containers;
	uint32_t n;
	ms_t delay, period; /* of the readiness that comes last */
};

static int64_t seconds(const struct place *place, int64_t fallback)
{
	int64_t value = place_int(place, fallback);
	return (value < 0 ? 1 : min64(value, INT32_MAX)) * SECOND_MS;
}

#define DEFAULT_PROBE_PERIOD_S 10

static void take_readiness(struct pod_reader *reader, const struct place *probe)
{
	if (!place_given(probe))
		return;
	struct place delay_at = place_field(probe, "initialDelaySeconds");
	struct place period_at = place_field(probe, "periodSeconds");
	ms_t delay = seconds(&delay_at, 0), period = seconds(&period_at, 0);
	if (period == 0)
		period = DEFAULT_PROBE_PERIOD_S * SECOND_MS;
	if (delay < reader->delay || (delay == reader->delay && period <= reader->period))
		return;
	reader->delay = delay;
	reader->period = period;
}

/* An init container ends, so it has no probes; a sidecar keeps running. */
static int check_init(const struct place *container, bool sidecar)
{
	static const char *const running[] = {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"};
	for (size_t i = 0; !sidecar && i < COUNT(running); i++) {
		struct place field = place_field(container, running[i]);
		if (place_given(&field))
			return place_refuse(&field,
					    "must not be set for an init container without restartPolicy Always");
	}
	return 0;
}

static int check_probes(const struct place *container, struct pod_reader *reader)
{
	struct place live = place_field(container, "livenessProbe"), start = place_field(container, "startupProbe");
	struct place ready = place_field(container, "readinessProbe");
	if (check_restarting_probe(&live) < 0 || check_readiness_probe(&ready) < 0 ||
	    check_restarting_probe(&start) < 0)
		return -1;
	take_readiness(reader, &ready);
	return 0;
}

static int read_names(const struct place *container, struct container_spec *out)
{
	struct place name = place_field(container, "name"), image = place_field(container, "image");
	out->name = place_text(&name);
	out->image = place_text(&image);
	if (!out->name || !*out->name)
		return place_refuse(&name, "must be set");
	if (!out->image || !*out->image)
		return place_refuse(&image, "must be set");
	return check_label_name(&name);
}

static int read_restart(const struct place *container, bool init, struct container_spec *out)
{
	static const char *const policies[] = {"Always", "Never", "OnFailure"};
	struct place policy = place_field(container, "restartPolicy");
	int64_t which = name_index(place_text(&policy), policies, COUNT(policies));
	if (place_given(&policy) && which < 0)
		return place_refuse(&policy, "must be Always, Never or OnFailure");
	out->sidecar = init && which == 0;
	out->init = init && which != 0;
	return 0;
}

static int check_ports(const struct place *container)
{
	struct place ports = place_field(container, "ports");
	for (uint32_t i = 0; i < place_count(&ports); i++) {
		struct place port = place_item(&ports, i), number = place_field(&port, "containerPort");
		if (place_int(&number, 0) < 1 || place_int(&number, 0) > 65535)
			return place_refuse(&number, "must be a port from 1 to 65535");
	}
	return 0;
}

/* Printable ASCII without '='. */
static int check_variables(const struct place *container)
{
	struct place variables = place_field(container, "env");
	for (uint32_t i = 0; i < place_count(&variables); i++) {
		struct place variable = place_item(&variables, i), name = place_field(&variable, "name");
		const char *at = place_text(&name);
		if (!at || !*at)
			return place_refuse(&name, "must be set");
		for (; *at; at++)
			if (*at < 0x20 || *at > 0x7e || *at == '=')
				return place_refuse(&name, "must be printable ASCII without '='");
	}
	return 0;
}

static int read_container(struct pod_reader *reader, const struct place *container, bool init)
{
	struct container_spec *out = &reader->containers[reader->n++];
	struct place resources = place_field(container, "resources");
	struct amounts amounts;
	if (read_names(container, out) < 0 || read_restart(container, init, out) < 0 ||
	    read_resources(&resources, &amounts) < 0)
		return -1;
	out->cpu_request_milli = amounts.request[RESOURCE_CPU];
	out->memory_request_bytes = amounts.request[RESOURCE_MEMORY];
	out->cpu_limit_milli = amounts.limit[RESOURCE_CPU];
	out->memory_limit_bytes = amounts.limit[RESOURCE_MEMORY];
	if (check_ports(container) < 0 || check_variables(container) < 0)
		return -1;
	if (init && check_init(container, out->sidecar) < 0)
		return -1;
	return check_probes(container, reader);
}

static int read_containers(struct pod_reader *reader, const struct place *list, bool init)
{
	for (uint32_t i = 0; i < place_count(list); i++) {
		struct place container = place_item(list, i);
		if (read_container(reader, &container, init) < 0)
			return -1;
	}
	return 0;
}

/* ---- names that must differ ---- */

struct named {
	const char *name;
	uint32_t at;
};

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int refuse_duplicate(const struct place *pod, uint32_t at, uint32_t n_init)
{
	struct place list = place_field(pod, at < n_init ? "initContainers" : "containers");
	struct place container = place_item(&list, at < n_init ? at : at - n_init);
	struct place name = place_field(&container, "name");
	return place_refuse(&name, "is the name of another container of this pod");
}

static int check_unique(const struct place *pod, const struct pod_reader *reader, uint32_t n_init)
{
	struct named *names = place_alloc(pod, reader->n, sizeof *names);
	if (!names)
		return -1;
	for (uint32_t i = 0; i < reader->n; i++)
		names[i] = (struct named){reader->containers[i].name, i};
	qsort(names, reader->n, sizeof *names, compare_named);
	for (uint32_t i = 1; i < reader->n; i++)
		if (strcmp(names[i - 1].name, names[i].name) == 0)
			return refuse_duplicate(pod, names[i].at, n_init);
	return 0;
}

/* ---- the pod ---- */

static int check_pod_fields(const struct place *pod)
{
	struct place restart = place_field(pod, "restartPolicy"), deadline = place_field(pod, "activeDeadlineSeconds");
	struct place ephemeral = place_field(pod, "ephemeralContainers"), nodes = place_field(pod, "nodeSelector");
	if (place_given(&restart) && strcmp(place_text(&restart), "Always") != 0 && *place_text(&restart))
		return place_refuse(&restart, "must be Always in a workload's template");
	if (place_given(&deadline))
		return place_refuse(&deadline, "must not be set in a workload's template");
	if (place_count(&ephemeral) > 0)
		return place_refuse(&ephemeral, "must not be set in a workload's template");
	return check_labels(&nodes);
}

#define DEFAULT_GRACE_S 30

int read_pod(const struct place *pod, struct workload_spec *workload)
{
	struct place init = place_field(pod, "initContainers"), containers = place_field(pod, "containers");
	struct place grace = place_field(pod, "terminationGracePeriodSeconds");
	struct pod_reader reader = {.workload = workload};
	if (place_count(&containers) == 0)
		return place_refuse(&containers, "must hold at least one container");
	reader.containers =
	    place_alloc(pod, (size_t)place_count(&init) + place_count(&containers), sizeof *reader.containers);
	if (!reader.containers || check_pod_fields(pod) < 0)
		return -1;
	if (read_containers(&reader, &init, true) < 0 || read_containers(&reader, &containers, false) < 0)
		return -1;
	if (check_unique(pod, &reader, place_count(&init)) < 0)
		return -1;
	workload->containers = reader.containers;
	workload->n_containers = reader.n;
	workload->termination_grace = seconds(&grace, DEFAULT_GRACE_S);
	workload->readiness_initial_delay = reader.delay;
	workload->readiness_period = reader.period;
	return pod_amounts(pod, workload);
}
