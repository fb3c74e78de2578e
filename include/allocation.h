/* Whose bill is it: the cost of nodes among the workloads that ran on them. After OpenCost's specification
 * (opencost.io/docs/specification, v0.1): a workload's cost is max(request, usage) of CPU and of memory at the nodes'
 * price of each; total = workloads + idle + overhead. Amounts are nano and add up to the input exactly. */
#ifndef PLIMSOLL_ALLOCATION_H
#define PLIMSOLL_ALLOCATION_H

#include "arena.h"
#include "base.h"

/* Dollars for a vCPU-hour and a GiB-hour where a node's price is of both: OpenCost's defaults, Google's N1 in Iowa. */
#define ALLOCATION_VCPU_NANO INT64_C(31611000)
#define ALLOCATION_GIB_NANO  INT64_C(4237000)

/* Nodes of one kind. */
struct allocation_pool {
	int64_t cost_nano;
	wide_t cpu_milli_ms, memory_byte_ms; /* capacity that was paid for */
	int64_t vcpu_nano, gib_nano;         /* what an hour of each is worth, one against the other */
};

/* What one owner had of a pool. */
struct allocation_use {
	uint32_t pool, owner;
	wide_t cpu_request, cpu_usage;       /* milli-vCPU * ms */
	wide_t memory_request, memory_usage; /* bytes * ms */
};

enum idle_policy {
	IDLE_SEPARATE, /* idle and overhead are shown apart */
	IDLE_SHARE,    /* owners bear them: idle by what they have of the pool, overhead by their cost */
};

struct allocation_params {
	const struct allocation_pool *pools;
	const struct allocation_use *uses;
	uint32_t n_pools, n_uses, n_owners;
	int64_t overhead_nano; /* control plane and the like; may be negative */
	enum idle_policy idle;
};

struct allocated {
	int64_t cpu_nano, memory_nano;
	int64_t shared_nano; /* of idle and overhead */
};

struct allocation {
	struct allocated *owners;
	int64_t idle_cpu_nano, idle_memory_nano, overhead_nano; /* what no owner bears */
	int64_t total_nano;                                     /* of all of these, and of the pools and the overhead */
};

/* Lives in the arena. */
int allocate(const struct allocation_params *, struct arena *, struct allocation *, struct err *);

/* What a vCPU-hour and a GiB-hour come to on a node of that price, in OpenCost's proportion; 0 for a node of nothing.
 */
struct resource_price {
	int64_t vcpu_nano, gib_nano;
};
struct resource_price resource_price(int64_t node_nano_per_hour, int64_t cpu_milli, int64_t memory_bytes);
/* An hour of a pod with these requests. */
int64_t resource_price_of(const struct resource_price *, int64_t cpu_milli, int64_t memory_bytes);

/* Splits an amount in the proportion of weights (not negative), by largest remainder, the first of equals first: the
 * shares add up to it. All weights 0: everything goes to the last. remainders: room for n. */
void allocate_shares(int64_t amount, const wide_t *weights, uint32_t n, int64_t *shares, wide_t *remainders);

#endif
