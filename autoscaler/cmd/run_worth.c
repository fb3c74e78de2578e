/* What pods cost in an hour, by their requests. */
#include "run_shadow.h"

#define PRICE_EACH MINUTE_MS
#define PRICE_PODS 16u /* of a workload: their mean stands for all */

/* ---- on a general node of the price list: at each tick, of each workload ---- */

int64_t run_worth(const struct run *run, uint32_t workload)
{
	const struct live_target *target = live_target(run->targets, workload);
	const struct live_pod **pods;
	if (!run->has_prices || !target || !target->selector ||
	    live_pods_select(run->pods, target->namespace_, target->selector, &pods) == 0)
		return -1;
	return resource_price_of(&run->worth, pods[0]->cpu_milli, pods[0]->memory_bytes);
}

/* ---- on the nodes that they run on: for the shadow's report ---- */

/* An hour of a pod on its node; -1: the price of that type is not known. */
static int64_t price_on_node(const struct run *run, const struct live_pod *pod)
{
	const struct instance_type *type;
	struct err ignored;
	const char *name = pod->node ? live_node_type(run->nodes, pod->node) : "";
	if (!*name || price_book_find(&run->book, name, &type, &ignored) < 0)
		return -1;
	const struct resource_price price =
	    resource_price(type->price_nano_per_hour, type->vcpu_milli, type->memory_bytes);
	return resource_price_of(&price, pod->cpu_milli, pod->memory_bytes);
}

void shadow_price(const struct run *run, uint32_t index, struct shadow_row *row, ms_t now)
{
	const struct live_target *target = live_target(run->targets, index);
	const struct live_pod **pods;
	if (!run->has_prices || !target || !target->selector ||
	    (row->priced_at != MS_UNSET && now - row->priced_at < PRICE_EACH))
		return;
	uint32_t n = live_pods_select(run->pods, target->namespace_, target->selector, &pods), known = 0;
	wide_t sum = 0;
	n = n < PRICE_PODS ? n : PRICE_PODS;
	for (uint32_t i = 0; i < n; i++) {
		int64_t nano = price_on_node(run, pods[i]);
		known += nano >= 0;
		sum += nano >= 0 ? nano : resource_price_of(&run->worth, pods[i]->cpu_milli, pods[i]->memory_bytes);
	}
	if (n == 0)
		return;
	row->pod_nano_per_hour = (int64_t)(sum / n);
	row->by_nodes = known == n;
	row->priced_at = now;
}
