#include "nodes.h"

uint32_t room_take(struct room *room, const struct demand *demand, uint32_t count)
{
	int64_t fit = min64(count, room->pods);
	if (demand->cpu_milli > 0)
		fit = min64(fit, room->cpu_milli / demand->cpu_milli);
	if (demand->memory_bytes > 0)
		fit = min64(fit, room->memory_bytes / demand->memory_bytes);
	if (fit <= 0)
		return 0;
	room->cpu_milli -= fit * demand->cpu_milli;
	room->memory_bytes -= fit * demand->memory_bytes;
	room->pods -= (int32_t)fit;
	return (uint32_t)fit;
}

static double share(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

/* The demands come sorted by falling size; pods of one demand are alike, so first-fit places them node by node. */
void estimate(const struct group_view *group, const struct demand *demands, uint32_t n_demands, struct room *rooms,
	      int32_t max_nodes, struct option *option)
{
	const struct room empty = {group->cpu_milli, group->memory_bytes, group->pods};
	int32_t nodes = 0;
	option->pods = 0;
	for (uint32_t d = 0; d < n_demands; d++) {
		uint32_t left = demands[d].barred ? 0 : demands[d].count, wanted = left;
		for (int32_t node = 0; node < nodes && left; node++)
			left -= room_take(&rooms[node], &demands[d], left);
		while (left && nodes < max_nodes) {
			rooms[nodes] = empty;
			uint32_t taken = room_take(&rooms[nodes], &demands[d], left);
			if (taken == 0)
				break;
			left -= taken;
			nodes++;
		}
		option->pods += wanted - left;
	}
	option->nodes = nodes;
	option->price_per_hour = group->price_nano_per_hour * nodes;
	option->waste = 0;
	for (int32_t node = 0; node < nodes; node++)
		option->waste += share(rooms[node].cpu_milli, group->cpu_milli) +
				 share(rooms[node].memory_bytes, group->memory_bytes);
	if (nodes)
		option->waste /= nodes;
}

/* Each expander as a cost to be as low as possible; ties go to the first group. */
static double least_waste(const struct option *option)
{
	return option->waste;
}

static double most_pods(const struct option *option)
{
	return -(double)option->pods;
}

static double least_nodes(const struct option *option)
{
	return option->nodes;
}

static double price(const struct option *option)
{
	return (double)option->price_per_hour / option->pods;
}

static double (*const costs[])(const struct option *) = {
    [EXPANDER_LEAST_WASTE] = least_waste,
    [EXPANDER_MOST_PODS] = most_pods,
    [EXPANDER_LEAST_NODES] = least_nodes,
    [EXPANDER_PRICE] = price,
};

uint32_t expander_choose(enum expander expander, const struct option *options, uint32_t n, uint64_t random)
{
	if (expander == EXPANDER_RANDOM)
		return (uint32_t)(random % n);
	uint32_t best = 0;
	for (uint32_t i = 1; i < n; i++)
		if (costs[expander](&options[i]) < costs[expander](&options[best]))
			best = i;
	return best;
}
