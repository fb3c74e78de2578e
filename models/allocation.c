#include "allocation.h"

/* Weights below this times an amount stay below 2^127. */
#define WEIGHT_BITS 62

static int shift_for(wide_t sum)
{
	int shift = 0;
	while (sum >> shift >> WEIGHT_BITS)
		shift++;
	return shift;
}

static uint32_t largest(const wide_t *remainders, uint32_t n)
{
	uint32_t best = 0;
	for (uint32_t i = 1; i < n; i++)
		if (remainders[i] > remainders[best])
			best = i;
	return best;
}

void allocate_shares(int64_t amount, const wide_t *weights, uint32_t n, int64_t *shares, wide_t *remainders)
{
	wide_t sum = 0, scaled = 0;
	int64_t sign = amount < 0 ? -1 : 1, left = amount * sign;
	for (uint32_t i = 0; i < n; i++)
		sum += weights[i];
	int shift = shift_for(sum);
	for (uint32_t i = 0; i < n; i++)
		scaled += weights[i] >> shift;
	for (uint32_t i = 0; i < n; i++) {
		wide_t product = (wide_t)(amount * sign) * (weights[i] >> shift);
		shares[i] = scaled ? (int64_t)(product / scaled) * sign : 0;
		remainders[i] = scaled ? product % scaled : 0;
		left -= shares[i] * sign;
	}
	if (!scaled && n > 0) {
		shares[n - 1] = amount;
		return;
	}
	for (; left > 0; left--) {
		uint32_t at = largest(remainders, n);
		shares[at] += sign;
		remainders[at] = -1;
	}
}

/* ---- one pool, one resource ---- */

/* Room for every owner and one more, idle, which comes last. */
struct desk {
	const struct allocation_params *params;
	struct allocation *out;
	wide_t *weights, *remainders;
	int64_t *shares;
};

static wide_t larger(wide_t a, wide_t b)
{
	return a > b ? a : b;
}

static void weigh(const struct desk *desk, uint32_t pool, bool cpu)
{
	uint32_t n = desk->params->n_owners;
	wide_t used = 0, capacity = desk->params->pools[pool].memory_byte_ms;
	if (cpu)
		capacity = desk->params->pools[pool].cpu_milli_ms;
	for (uint32_t i = 0; i < n; i++)
		desk->weights[i] = 0;
	for (uint32_t i = 0; i < desk->params->n_uses; i++) {
		const struct allocation_use *use = &desk->params->uses[i];
		if (use->pool != pool)
			continue;
		wide_t part =
		    cpu ? larger(use->cpu_request, use->cpu_usage) : larger(use->memory_request, use->memory_usage);
		desk->weights[use->owner] += part;
		used += part;
	}
	desk->weights[n] = larger(capacity - used, 0);
}

static int64_t *field_of(struct allocated *owner, bool cpu)
{
	return cpu ? &owner->cpu_nano : &owner->memory_nano;
}

static void share_idle(const struct desk *desk, int64_t idle, int64_t *left)
{
	uint32_t n = desk->params->n_owners;
	desk->weights[n] = 0;
	allocate_shares(idle, desk->weights, n + 1, desk->shares, desk->remainders);
	for (uint32_t i = 0; i < n; i++)
		desk->out->owners[i].shared_nano += desk->shares[i];
	*left += desk->shares[n];
}

static void split_resource(const struct desk *desk, uint32_t pool, int64_t cost, bool cpu)
{
	uint32_t n = desk->params->n_owners;
	int64_t *idle = cpu ? &desk->out->idle_cpu_nano : &desk->out->idle_memory_nano;
	weigh(desk, pool, cpu);
	allocate_shares(cost, desk->weights, n + 1, desk->shares, desk->remainders);
	int64_t pool_idle = desk->shares[n];
	for (uint32_t i = 0; i < n; i++)
		*field_of(&desk->out->owners[i], cpu) += desk->shares[i];
	if (desk->params->idle == IDLE_SHARE)
		share_idle(desk, pool_idle, idle);
	else
		*idle += pool_idle;
}

static void split_pool(const struct desk *desk, uint32_t index)
{
	const struct allocation_pool *pool = &desk->params->pools[index];
	const wide_t weights[2] = {
	    pool->cpu_milli_ms / 1000 * pool->vcpu_nano,
	    pool->memory_byte_ms / GIB * pool->gib_nano,
	};
	int64_t shares[2];
	wide_t remainders[2];
	allocate_shares(pool->cost_nano, weights, 2, shares, remainders);
	split_resource(desk, index, shares[0], true);
	split_resource(desk, index, shares[1], false);
}

/* What no owner of a pool could bear is borne by all, by their cost, as the overhead is. */
static void share_rest(const struct desk *desk)
{
	struct allocation *out = desk->out;
	uint32_t n = desk->params->n_owners;
	int64_t *rests[] = {&out->idle_cpu_nano, &out->idle_memory_nano, &out->overhead_nano};
	for (size_t r = 0; r < COUNT(rests); r++) {
		for (uint32_t i = 0; i < n; i++)
			desk->weights[i] = larger(out->owners[i].cpu_nano + out->owners[i].memory_nano, 0);
		desk->weights[n] = 0;
		allocate_shares(*rests[r], desk->weights, n + 1, desk->shares, desk->remainders);
		for (uint32_t i = 0; i < n; i++)
			out->owners[i].shared_nano += desk->shares[i];
		*rests[r] = desk->shares[n];
	}
}

static int check(const struct allocation_params *params, struct err *err)
{
	for (uint32_t i = 0; i < params->n_pools; i++) {
		const struct allocation_pool *pool = &params->pools[i];
		if (pool->cpu_milli_ms < 0 || pool->memory_byte_ms < 0 || pool->vcpu_nano < 0 || pool->gib_nano < 0)
			return err_set(err, "allocation: pool %u is negative", i);
	}
	for (uint32_t i = 0; i < params->n_uses; i++) {
		const struct allocation_use *use = &params->uses[i];
		if (use->pool >= params->n_pools || use->owner >= params->n_owners)
			return err_set(err, "allocation: use %u is of no pool or owner", i);
		if (use->cpu_request < 0 || use->cpu_usage < 0 || use->memory_request < 0 || use->memory_usage < 0)
			return err_set(err, "allocation: use %u is negative", i);
	}
	return 0;
}

int allocate(const struct allocation_params *params, struct arena *arena, struct allocation *out, struct err *err)
{
	size_t room = (size_t)params->n_owners + 1;
	struct desk desk = {
	    .params = params,
	    .out = out,
	    .weights = arena_alloc(arena, room, sizeof *desk.weights),
	    .remainders = arena_alloc(arena, room, sizeof *desk.remainders),
	    .shares = arena_alloc(arena, room, sizeof *desk.shares),
	};
	*out = (struct allocation){
	    .owners = arena_alloc(arena, room, sizeof *out->owners),
	    .overhead_nano = params->overhead_nano,
	    .total_nano = params->overhead_nano,
	};
	if (!desk.weights || !desk.remainders || !desk.shares || !out->owners)
		return err_set(err, "allocation: out of memory");
	if (check(params, err) < 0)
		return -1;
	for (uint32_t p = 0; p < params->n_pools; p++) {
		split_pool(&desk, p);
		out->total_nano += params->pools[p].cost_nano;
	}
	if (params->idle == IDLE_SHARE)
		share_rest(&desk);
	return 0;
}
