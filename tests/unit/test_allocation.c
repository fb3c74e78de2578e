#include "allocation.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static void shares_add_up(void **state)
{
	(void)state;
	static const struct {
		int64_t amount;
		wide_t weights[4];
		int64_t want[4];
	} cases[] = {
	    {100, {1, 1, 1, 0}, {34, 33, 33, 0}},
	    {-100, {1, 1, 1, 0}, {-34, -33, -33, 0}},
	    {10, {0, 0, 0, 0}, {0, 0, 0, 10}},
	    {7, {3, 2, 1, 1}, {3, 2, 1, 1}},
	    {1, {1, 2, 1, 0}, {0, 1, 0, 0}},
	    {0, {5, 1, 0, 0}, {0, 0, 0, 0}},
	    /* Hamilton's own: 9.5, 0.3, 0.2 of 10 seats */
	    {10, {9500, 300, 200, 0}, {10, 0, 0, 0}},
	    {INT64_MAX, {(wide_t)1 << 100, (wide_t)1 << 100, 0, 0}, {INT64_MAX / 2 + 1, INT64_MAX / 2, 0, 0}},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got[4];
		wide_t remainders[4];
		allocate_shares(cases[i].amount, cases[i].weights, 4, got, remainders);
		for (size_t k = 0; k < 4; k++)
			if (got[k] != cases[i].want[k])
				fail_msg("case %zu, share %zu: %lld", i, k, (long long)got[k]);
	}
}

#define HOURS(n) ((wide_t)(n)*HOUR_MS)

/* A node of 4 vCPU and 16 GiB for ten hours, 1 dollar an hour, vCPU and GiB at 4 to 1: 5 dollars each. */
static struct allocation_pool ten_hours(void)
{
	return (struct allocation_pool){
	    .cost_nano = 10 * NANO,
	    .cpu_milli_ms = HOURS(10) * 4000,
	    .memory_byte_ms = HOURS(10) * 16 * GIB,
	    .vcpu_nano = 4,
	    .gib_nano = 1,
	};
}

static struct allocation allocated(const struct allocation_params *params, struct arena *arena)
{
	struct allocation out;
	struct err err = {""};
	if (allocate(params, arena, &out, &err) < 0)
		fail_msg("%s", err.message);
	return out;
}

/* OpenCost: the larger of request and usage, of each resource on its own. */
static void the_larger_of_request_and_usage(void **state)
{
	(void)state;
	const struct allocation_pool pool = ten_hours();
	const struct allocation_use uses[] = {
	    {0, 0, HOURS(10) * 1000, HOURS(10) * 250, HOURS(10) * GIB, HOURS(10) * 4 * GIB},
	    {0, 1, HOURS(5) * 500, HOURS(5) * 2000, HOURS(5) * 8 * GIB, 0},
	};
	struct allocation_params params = {&pool, uses, 1, 2, 2, NANO, IDLE_SEPARATE};
	struct arena arena = {0};
	struct allocation out = allocated(&params, &arena);
	assert_int_equal(out.owners[0].cpu_nano, NANO * 5 / 4);
	assert_int_equal(out.owners[0].memory_nano, NANO * 5 / 4);
	assert_int_equal(out.owners[1].cpu_nano, NANO * 5 / 4);
	assert_int_equal(out.owners[1].memory_nano, NANO * 5 / 4);
	assert_int_equal(out.idle_cpu_nano, NANO * 5 / 2);
	assert_int_equal(out.idle_memory_nano, NANO * 5 / 2);
	assert_int_equal(out.overhead_nano, NANO);
	assert_int_equal(out.total_nano, 11 * NANO);
	params.idle = IDLE_SHARE;
	out = allocated(&params, &arena);
	assert_int_equal(out.owners[0].shared_nano, NANO * 3);
	assert_int_equal(out.owners[1].shared_nano, NANO * 3);
	assert_int_equal(out.idle_cpu_nano + out.idle_memory_nano + out.overhead_nano, 0);
	arena_free(&arena);
}

/* Bursts above the nodes' size leave no idle, and are cut in proportion. */
static void more_used_than_there_is(void **state)
{
	(void)state;
	const struct allocation_pool pool = ten_hours();
	const struct allocation_use uses[] = {
	    {0, 0, 0, HOURS(10) * 6000, 0, 0},
	    {0, 1, 0, HOURS(10) * 2000, 0, 0},
	};
	struct allocation_params params = {&pool, uses, 1, 2, 2, 0, IDLE_SEPARATE};
	struct arena arena = {0};
	struct allocation out = allocated(&params, &arena);
	assert_int_equal(out.owners[0].cpu_nano, NANO * 15 / 4);
	assert_int_equal(out.owners[1].cpu_nano, NANO * 5 / 4);
	assert_int_equal(out.idle_cpu_nano, 0);
	assert_int_equal(out.idle_memory_nano, 5 * NANO);
	arena_free(&arena);
}

/* Nodes without pods, when idle is shared, are borne by whoever has a cost; without anybody they stay idle. */
static void empty_pools_are_borne_too(void **state)
{
	(void)state;
	const struct allocation_pool pools[] = {ten_hours(), ten_hours()};
	const struct allocation_use use = {0, 0, HOURS(10) * 4000, 0, HOURS(10) * 16 * GIB, 0};
	struct allocation_params params = {pools, &use, 2, 1, 1, NANO, IDLE_SHARE};
	struct arena arena = {0};
	struct allocation out = allocated(&params, &arena);
	assert_int_equal(out.owners[0].shared_nano, 11 * NANO);
	params.n_uses = 0;
	out = allocated(&params, &arena);
	assert_int_equal(out.owners[0].shared_nano, 0);
	assert_int_equal(out.idle_cpu_nano + out.idle_memory_nano, 20 * NANO);
	assert_int_equal(out.overhead_nano, NANO);
	arena_free(&arena);
}

static void faults_are_refused(void **state)
{
	(void)state;
	const struct allocation_pool pool = ten_hours();
	const struct allocation_use wrong[] = {{1, 0, 0, 0, 0, 0}, {0, 2, 0, 0, 0, 0}, {0, 0, -1, 0, 0, 0}};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct allocation_params params = {&pool, &wrong[i], 1, 1, 2, 0, IDLE_SEPARATE};
		struct arena arena = {0};
		struct allocation out;
		struct err err = {""};
		assert_int_equal(allocate(&params, &arena, &out, &err), -1);
		arena_free(&arena);
	}
}

struct dice {
	uint64_t seed, n;
};

static uint64_t roll(struct dice *dice, uint64_t below)
{
	return mix64(dice->seed + dice->n++) % below;
}

/* Nothing is lost or made, to the nano, whatever the sizes. */
static void conservation(void **state)
{
	(void)state;
	enum { POOLS = 5, OWNERS = 40, USES = 120 };
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct dice dice = {seed * 1000003, 0};
		struct allocation_pool pools[POOLS];
		struct allocation_use uses[USES];
		struct arena arena = {0};
		int64_t total = 0;
		for (size_t i = 0; i < POOLS; i++) {
			pools[i] = (struct allocation_pool){(int64_t)roll(&dice, 1000000000000000),
							    (wide_t)roll(&dice, UINT64_C(1) << 60),
							    (wide_t)roll(&dice, UINT64_C(1) << 60) << roll(&dice, 30),
							    (int64_t)roll(&dice, NANO), (int64_t)roll(&dice, NANO)};
			total += pools[i].cost_nano;
		}
		for (size_t i = 0; i < USES; i++)
			uses[i] = (struct allocation_use){(uint32_t)roll(&dice, POOLS),
							  (uint32_t)roll(&dice, OWNERS),
							  (wide_t)roll(&dice, UINT64_C(1) << 55),
							  (wide_t)roll(&dice, UINT64_C(1) << 55),
							  (wide_t)roll(&dice, UINT64_C(1) << 60) << 20,
							  (wide_t)roll(&dice, UINT64_C(1) << 60)};
		struct allocation_params params = {pools,
						   uses,
						   POOLS,
						   USES,
						   OWNERS,
						   (int64_t)roll(&dice, NANO) - NANO / 2,
						   seed % 2 ? IDLE_SHARE : IDLE_SEPARATE};
		struct allocation out = allocated(&params, &arena);
		int64_t sum = out.idle_cpu_nano + out.idle_memory_nano + out.overhead_nano;
		for (size_t i = 0; i < OWNERS; i++) {
			sum += out.owners[i].cpu_nano + out.owners[i].memory_nano + out.owners[i].shared_nano;
			assert_true(out.owners[i].cpu_nano >= 0 && out.owners[i].memory_nano >= 0);
		}
		if (sum != total + params.overhead_nano || out.total_nano != sum)
			fail_msg("seed %llu: %lld instead of %lld", (unsigned long long)seed, (long long)sum,
				 (long long)(total + params.overhead_nano));
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shares_add_up),           cmocka_unit_test(the_larger_of_request_and_usage),
	    cmocka_unit_test(more_used_than_there_is), cmocka_unit_test(empty_pools_are_borne_too),
	    cmocka_unit_test(faults_are_refused),      cmocka_unit_test(conservation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
