#include "pod_store.h"

#include "../text/grown.h"
#include "quantity.h"

/* Requests of containers, and what the scheduler takes the pod to ask for: KEP-753 (sidecars), KEP-2837 (pod-level
 * resources), and overhead. Limits matter no more: the API server has made requests of them. */

enum resource { RESOURCE_CPU, RESOURCE_MEMORY, RESOURCES };
static const char *const resource_names[RESOURCES] = {"cpu", "memory"};

#define NO_AMOUNT ((int64_t)-1)

struct amounts {
	int64_t of[RESOURCES];
};

/* Sums on the way to the pod's request. */
struct sums {
	int64_t running[RESOURCES], sidecars[RESOURCES], step[RESOURCES];
};

static int64_t add(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t amount(struct json_value value, enum resource resource)
{
	wide_t nano;
	if (!json_quantity(value, &nano) || nano < 0)
		return NO_AMOUNT;
	return resource == RESOURCE_CPU ? quantity_milli(nano) : quantity_value(nano);
}

static struct amounts read_amounts(struct json_value map)
{
	struct json_value given[RESOURCES];
	struct amounts out;
	json_pick(map, resource_names, RESOURCES, given);
	for (int i = 0; i < RESOURCES; i++)
		out.of[i] = amount(given[i], (enum resource)i);
	return out;
}

static void sum(struct sums *sums, const struct amounts *asked, bool init, bool sidecar)
{
	for (int i = 0; i < RESOURCES; i++) {
		int64_t request = max64(asked->of[i], 0);
		if (sidecar)
			sums->sidecars[i] = add(sums->sidecars[i], request);
		if (sidecar || !init)
			sums->running[i] = add(sums->running[i], request);
		if (init)
			sums->step[i] =
			    max64(sums->step[i], sidecar ? sums->sidecars[i] : add(sums->sidecars[i], request));
	}
}

static void keep_container(struct live_pods *pods, struct pod_draft *draft, struct json_value name,
			   const struct amounts *asked, bool sidecar)
{
	struct live_container *grown =
	    heap_grown(draft->containers, draft->n_containers, &draft->containers_room, sizeof *grown);
	const char *text = grown ? pod_text(pods, draft, name) : NULL;
	draft->containers = grown ? grown : draft->containers;
	draft->failed |= !grown;
	if (text)
		draft->containers[draft->n_containers++] =
		    (struct live_container){text, asked->of[RESOURCE_CPU], asked->of[RESOURCE_MEMORY], sidecar};
}

static void read_containers(struct live_pods *pods, struct pod_draft *draft, struct json_value list, bool init,
			    struct sums *sums)
{
	enum { NAME, ASKED, RESTART, PARTS };
	static const char *const keys[PARTS] = {"name", "resources", "restartPolicy"};
	struct json_value container, part[PARTS];
	struct json_walk walk = json_walk(list);
	while (json_each(&walk, NULL, &container)) {
		json_pick(container, keys, PARTS, part);
		struct amounts asked = read_amounts(json_in(part[ASKED], "requests"));
		bool sidecar = init && json_equals(part[RESTART], "Always");
		sum(sums, &asked, init, sidecar);
		if (sidecar || !init)
			keep_container(pods, draft, part[NAME], &asked, sidecar);
	}
}

void pod_requests(struct live_pods *pods, struct pod_draft *draft, const struct pod_parts *parts)
{
	struct sums sums = {0};
	int64_t total[RESOURCES];
	read_containers(pods, draft, parts->init_containers, true, &sums);
	read_containers(pods, draft, parts->containers, false, &sums);
	struct amounts own = read_amounts(json_in(parts->resources, "requests"));
	struct amounts overhead = read_amounts(parts->overhead);
	for (int i = 0; i < RESOURCES; i++) {
		total[i] = own.of[i] == NO_AMOUNT ? max64(sums.running[i], sums.step[i]) : own.of[i];
		total[i] = min64(add(total[i], max64(overhead.of[i], 0)), LIVE_AMOUNT_MAX);
	}
	draft->pod.cpu_milli = total[RESOURCE_CPU];
	draft->pod.memory_bytes = total[RESOURCE_MEMORY];
	draft->pod.pod_level = own.of[RESOURCE_CPU] != NO_AMOUNT || own.of[RESOURCE_MEMORY] != NO_AMOUNT;
}
