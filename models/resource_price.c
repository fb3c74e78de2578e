#include "allocation.h"

struct resource_price resource_price(int64_t node_nano_per_hour, int64_t cpu_milli, int64_t memory_bytes)
{
	const double vcpu = (double)ALLOCATION_VCPU_NANO, gib = (double)ALLOCATION_GIB_NANO;
	double worth = (double)cpu_milli / 1000 * vcpu + (double)memory_bytes / (double)GIB * gib;
	if (cpu_milli < 0 || memory_bytes < 0 || worth <= 0 || node_nano_per_hour <= 0)
		return (struct resource_price){0};
	double scale = (double)node_nano_per_hour / worth;
	return (struct resource_price){(int64_t)(vcpu * scale), (int64_t)(gib * scale)};
}

int64_t resource_price_of(const struct resource_price *price, int64_t cpu_milli, int64_t memory_bytes)
{
	wide_t cpu = (wide_t)max64(cpu_milli, 0) * price->vcpu_nano / 1000;
	wide_t memory = (wide_t)max64(memory_bytes, 0) * price->gib_nano / GIB;
	wide_t sum = cpu + memory;
	return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}
