#include "manifest_resources.h"

#include "manifest_meta.h"
#include "nearest.h"
#include "quantity.h"

static const char *const resource_names[RESOURCES] = {"cpu", "memory"};

static bool native(const char *name)
{
	return !strchr(name, '/') || strstr(name, "kubernetes.io/");
}

static bool huge_pages(const char *name)
{
	return strncmp(name, "hugepages-", 10) == 0;
}

static bool extended(const char *name)
{
	return !native(name) && strncmp(name, "requests.", 9) != 0 && qualified_name(name);
}

static int check_container_name(const struct place *place)
{
	static const char *const standard[] = {"cpu", "memory", "ephemeral-storage"};
	const char *name = place->name;
	if (name_index(name, standard, COUNT(standard)) >= 0 || huge_pages(name) || extended(name))
		return 0;
	if (native(name) && strchr(name, '/') && qualified_name(name))
		return 0;
	return place_refuse(place,
			    "its key must be cpu, memory, ephemeral-storage, hugepages-SIZE, or an extended resource "
			    "such as example.com/gpu");
}

static int check_pod_name(const struct place *place)
{
	if (name_index(place->name, resource_names, RESOURCES) >= 0 || huge_pages(place->name))
		return 0;
	return place_refuse(place, "its key must be cpu, memory or hugepages-SIZE");
}

static int check_amount(const struct place *place, int (*check_name)(const struct place *))
{
	wide_t nano;
	if (check_name(place) < 0)
		return -1;
	place_quantity(place, &nano);
	if (nano < 0)
		return place_refuse(place, "must be greater than or equal to 0");
	if (extended(place->name) && nano % NANO != 0)
		return place_refuse(place, "must be a whole number");
	return 0;
}

static int check_amounts(const struct place *map, int (*check_name)(const struct place *))
{
	for (uint32_t i = 0; i < place_count(map); i++) {
		struct place entry = place_entry(map, i);
		if (check_amount(&entry, check_name) < 0)
			return -1;
	}
	return 0;
}

/* Requests stay below limits; what cannot be overcommitted has both, and equal. */
static int check_request(const struct place *request, const struct place *limits)
{
	int64_t at = node_find(limits->node, request->name, strlen(request->name));
	bool strict = !native(request->name) || huge_pages(request->name);
	if (at < 0)
		return strict ? place_refuse(request, "must have a limit, and be equal to it") : 0;
	struct place limit = place_entry(limits, (uint32_t)at);
	wide_t asked, most;
	place_quantity(request, &asked);
	place_quantity(&limit, &most);
	const char *shown = limit.node ? limit.node->written : "0";
	if (strict && asked != most)
		return place_refuse(request, "must be equal to the limit, %.40s", shown);
	return asked > most ? place_refuse(request, "must be less than or equal to the limit, %.40s", shown) : 0;
}

static int check_both(const struct place *requests, const struct place *limits, int (*check_name)(const struct place *))
{
	if (check_amounts(limits, check_name) < 0 || check_amounts(requests, check_name) < 0)
		return -1;
	for (uint32_t i = 0; i < place_count(requests); i++) {
		struct place request = place_entry(requests, i);
		if (check_request(&request, limits) < 0)
			return -1;
	}
	return 0;
}

static int64_t amount(const struct place *map, enum resource resource)
{
	wide_t nano = 0;
	int64_t at = node_find(map->node, resource_names[resource], strlen(resource_names[resource]));
	if (at < 0)
		return NO_AMOUNT;
	struct place entry = place_entry(map, (uint32_t)at);
	place_quantity(&entry, &nano);
	return resource == RESOURCE_CPU ? quantity_milli(nano) : quantity_value(nano);
}

static int read_amounts(const struct place *resources, int (*check_name)(const struct place *), bool defaulted,
			struct amounts *out)
{
	struct place requests = place_field(resources, "requests"), limits = place_field(resources, "limits");
	if (check_both(&requests, &limits, check_name) < 0)
		return -1;
	for (int i = 0; i < RESOURCES; i++) {
		int64_t request = amount(&requests, (enum resource)i), limit = amount(&limits, (enum resource)i);
		out->request[i] = request == NO_AMOUNT && defaulted ? limit : request;
		out->limit[i] = limit == 0 ? NO_AMOUNT : limit;
	}
	return 0;
}

int read_resources(const struct place *resources, struct amounts *out)
{
	return read_amounts(resources, check_container_name, true, out);
}

int read_pod_resources(const struct place *resources, struct amounts *out)
{
	return read_amounts(resources, check_pod_name, false, out);
}

int read_overhead(const struct place *overhead, struct amounts *out)
{
	if (check_amounts(overhead, check_container_name) < 0)
		return -1;
	for (int i = 0; i < RESOURCES; i++)
		out->request[i] = amount(overhead, (enum resource)i);
	return 0;
}

/* ---- the pod ---- */

static int64_t add(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static struct amounts container_amounts(const struct container_spec *container)
{
	return (struct amounts){{container->cpu_request_milli, container->memory_request_bytes},
				{container->cpu_limit_milli, container->memory_limit_bytes}};
}

/* KEP-753: what runs together is summed, sidecars with what starts after them; init steps come one at a time. */
static int64_t aggregate_request(const struct workload_spec *workload, enum resource resource, bool *asked)
{
	int64_t running = 0, sidecars = 0, step = 0;
	*asked = false;
	for (uint32_t i = 0; i < workload->n_containers; i++) {
		const struct container_spec *container = &workload->containers[i];
		int64_t request = container_amounts(container).request[resource];
		*asked |= request != NO_AMOUNT;
		request = max64(request, 0);
		if (!container->init)
			running = add(running, request);
		if (container->sidecar)
			sidecars = add(sidecars, request);
		if (container->init || container->sidecar)
			step = max64(step, container->sidecar ? sidecars : add(sidecars, request));
	}
	return max64(running, step);
}

/* Over the containers that run; NO_AMOUNT when one of them has no limit. */
static int64_t aggregate_limit(const struct workload_spec *workload, enum resource resource)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < workload->n_containers; i++) {
		const struct container_spec *container = &workload->containers[i];
		if (container->init)
			continue;
		int64_t limit = container_amounts(container).limit[resource];
		if (limit == NO_AMOUNT)
			return NO_AMOUNT;
		sum = add(sum, limit);
	}
	return sum;
}

static int check_container_limits(const struct place *resources, const struct workload_spec *workload,
				  const struct amounts *pod, enum resource resource)
{
	struct place limits = place_field(resources, "limits"), limit = place_field(&limits, resource_names[resource]);
	for (uint32_t i = 0; i < workload->n_containers && pod->limit[resource] != NO_AMOUNT; i++)
		if (!workload->containers[i].init &&
		    container_amounts(&workload->containers[i]).limit[resource] > pod->limit[resource])
			return place_refuse(&limit, "must be greater than or equal to the limit of container %.63s",
					    workload->containers[i].name);
	return 0;
}

/* A pod's own request replaces the sum; absent, it is the sum, or the pod's limit when no container asks. */
static int effective_request(const struct place *resources, const struct workload_spec *workload,
			     const struct amounts *pod, enum resource resource, int64_t *out)
{
	bool asked;
	struct place requests = place_field(resources, "requests");
	struct place request = place_field(&requests, resource_names[resource]);
	int64_t sum = aggregate_request(workload, resource, &asked);
	*out = sum;
	if (check_container_limits(resources, workload, pod, resource) < 0)
		return -1;
	if (pod->request[resource] != NO_AMOUNT) {
		if (sum > pod->request[resource])
			return place_refuse(&request,
					    "must be greater than or equal to what the containers ask for together");
		*out = pod->request[resource];
	} else if (!asked && pod->limit[resource] != NO_AMOUNT) {
		*out = pod->limit[resource];
	}
	return 0;
}

int pod_amounts(const struct place *pod, struct workload_spec *workload)
{
	struct place resources = place_field(pod, "resources"), overhead = place_field(pod, "overhead");
	struct amounts own, extra;
	int64_t request[RESOURCES];
	if (read_pod_resources(&resources, &own) < 0 || read_overhead(&overhead, &extra) < 0)
		return -1;
	for (int i = 0; i < RESOURCES; i++) {
		if (effective_request(&resources, workload, &own, (enum resource)i, &request[i]) < 0)
			return -1;
		request[i] = add(request[i], max64(extra.request[i], 0));
	}
	workload->cpu_request_milli = request[RESOURCE_CPU];
	workload->memory_request_bytes = request[RESOURCE_MEMORY];
	int64_t limit =
	    own.limit[RESOURCE_CPU] != NO_AMOUNT ? own.limit[RESOURCE_CPU] : aggregate_limit(workload, RESOURCE_CPU);
	workload->cpu_limit_milli = limit == NO_AMOUNT ? limit : add(limit, max64(extra.request[RESOURCE_CPU], 0));
	return 0;
}
