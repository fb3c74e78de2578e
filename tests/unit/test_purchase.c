#include "bill_fixture.h"

/* Against brute force: every number of instances, vCPUs and GiB; every commitment at which some hour's usage of some
 * SKU is just covered, a billionth either side, and many others. */

enum { MAX_HOURS = 1500 };

/* ---- usage ---- */

struct case_of_usage {
	struct hourly_usage usage;
	uint32_t sku_of[4];
	int64_t on_demand[MAX_HOURS * 4], spot[MAX_HOURS * 4];
};

/* A few levels, as a daily pattern has them. */
static void make_usage(uint64_t *seed, struct case_of_usage *made, const uint32_t *skus, uint32_t n_skus,
		       uint32_t n_hours, bool whole)
{
	int64_t levels[6][4];
	memset(made, 0, sizeof *made);
	for (int level = 0; level < 6; level++)
		for (uint32_t i = 0; i < n_skus; i++)
			levels[level][i] = below(seed, 3) == 0 ? 0
					   : whole             ? below(seed, 6) * 1000 * HOUR_MS
							       : below(seed, 5000 * HOUR_MS);
	memcpy(made->sku_of, skus, n_skus * sizeof *skus);
	for (uint32_t hour = 0; hour < n_hours; hour++) {
		int64_t level = below(seed, 6);
		for (uint32_t i = 0; i < n_skus; i++)
			made->on_demand[hour * n_skus + i] = levels[level][i];
	}
	made->usage = (struct hourly_usage){.first_hour = 1685577600000,
					    .n_hours = n_hours,
					    .n_skus = n_skus,
					    .sku_of = made->sku_of,
					    .on_demand = made->on_demand,
					    .spot = made->spot};
}

static int64_t total_with(const struct price_list *list, const struct hourly_usage *usage, struct commitment commitment)
{
	struct arena arena = {0};
	struct price_plan plan = {.commitments = &commitment, .n_commitments = 1};
	int64_t total = bill_of(list, &plan, usage, &arena).total_nano;
	arena_free(&arena);
	return total;
}

static struct purchase purchase_of(const struct price_list *list, const struct hourly_usage *usage,
				   const struct commitment_rate *rate)
{
	struct arena arena = {0}, lines = {0};
	struct purchase purchase;
	struct err err = {""};
	if (best_purchase(list, usage, rate, &arena, &purchase, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(purchase.cost_nano <= purchase.on_demand_nano);
	assert_true(purchase.cost_nano == (double)total_with(list, usage, purchase.commitment));
	assert_true(purchase.on_demand_nano == (double)bill_of(list, &plain, usage, &lines).total_nano);
	arena_free(&lines);
	arena_free(&arena);
	return purchase;
}

/* ---- reserved instances, savings plans ---- */

static void the_best_number_of_instances(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	static const uint32_t skus[] = {SMALL, LARGE, XLARGE, OTHER};
	static struct case_of_usage made;
	uint64_t seed = new_seed();
	int bought = 0;
	for (int round = 0; round < 150; round++) {
		const struct commitment_rate *rate = &mixed_rates[below(&seed, 3)];
		make_usage(&seed, &made, skus, 4, 1 + (uint32_t)below(&seed, 40), below(&seed, 2));
		struct purchase purchase = purchase_of(&list, &made.usage, rate);
		struct commitment any = purchase.commitment;
		bought += any.count_milli > 0;
		for (int64_t count = 0; count < 45; count++) {
			any.count_milli = count * 1000;
			if ((double)total_with(&list, &made.usage, any) < purchase.cost_nano)
				fail_msg("round %d: %lld are better than %lld", round, (long long)count,
					 (long long)purchase.commitment.count_milli / 1000);
		}
	}
	assert_true(bought > 20);
}

static void expect_none_better(const struct price_list *list, const struct hourly_usage *usage,
			       const struct purchase *purchase, int64_t nano)
{
	struct commitment any = purchase->commitment;
	for (int64_t near = -1; near <= 1; near++) {
		any.nano_per_hour = max64(0, nano + near);
		/* Lines are rounded: over few hours a billionth is not always seen. */
		if ((double)total_with(list, usage, any) < purchase->cost_nano - 6)
			fail_msg("%lld is better than %lld", (long long)any.nano_per_hour,
				 (long long)purchase->commitment.nano_per_hour);
	}
}

static void the_best_savings_plan(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	static const uint32_t skus[] = {SMALL, LARGE, XLARGE, OTHER};
	static const uint32_t plans[] = {3, 6}; /* EC2 instance plan, compute plan */
	static struct case_of_usage made;
	uint64_t seed = new_seed();
	int bought = 0;
	for (int round = 0; round < 120; round++) {
		const struct commitment_rate *rate = &mixed_rates[plans[round % 2]];
		make_usage(&seed, &made, skus, 4, 1 + (uint32_t)below(&seed, 40), below(&seed, 2));
		struct purchase purchase = purchase_of(&list, &made.usage, rate);
		bought += purchase.commitment.nano_per_hour > 0;
		for (int probe = 0; probe < 60; probe++)
			expect_none_better(&list, &made.usage, &purchase, below(&seed, 4 * NANO));
		for (uint32_t hour = 0; hour < made.usage.n_hours; hour++)
			for (unsigned set = 1; set < 16; set++) {
				wide_t level = 0;
				for (uint32_t i = 0; i < 4; i++)
					for (uint32_t r = 0; r < COUNT(mixed_rates) && set >> i & 1; r++)
						if (mixed_rates[r].kind == rate->kind && mixed_rates[r].sku == skus[i])
							level += (wide_t)made.on_demand[hour * 4 + i] *
								 mixed_rates[r].nano_per_hour;
				if (hour < 8)
					expect_none_better(&list, &made.usage, &purchase,
							   (int64_t)(level / (1000 * HOUR_MS)));
			}
	}
	assert_true(bought > 20);
}

/* ---- Google ---- */

enum { N1_4, N1_HIGH, E2_4, GCP_SKUS };
#define TYPE(type_name, type_family, vcpu, gib)                                                                        \
	{                                                                                                              \
		.provider = PROVIDER_GCP, .name = type_name, .family = type_family, .vcpu_milli = (vcpu)*1000,         \
		.charged_milli = (vcpu)*1000, .memory_bytes = (gib)*GIB, .vcpu_nano_per_hour = 31611000,               \
		.gib_nano_per_hour = 4237000                                                                           \
	}
static const struct instance_type types[GCP_SKUS] = {
    TYPE("n1-standard-4", "n1", 4, 15), TYPE("n1-highmem-2", "n1", 2, 13), TYPE("e2-standard-4", "e2", 4, 16)};
static const struct price_tier prices[GCP_SKUS] = {{0, 189999000}, {0, 118303000}, {0, 194236000}};
static const struct sku gcp_skus[GCP_SKUS] = {
    {"n1-standard-4", "", "hour", SKU_INSTANCE, &types[0], &prices[0], 1, -1, 0, MS_UNSET, 60000, NULL, NULL},
    {"n1-highmem-2", "", "hour", SKU_INSTANCE, &types[1], &prices[1], 1, -1, 0, MS_UNSET, 60000, NULL, NULL},
    {"e2-standard-4", "", "hour", SKU_INSTANCE, &types[2], &prices[2], 1, -1, 0, MS_UNSET, 60000, NULL, NULL},
};
static const struct commitment_rate gcp_rates[] = {
    {.kind = COMMIT_RESOURCE,
     .sku = NONE,
     .family = "n1",
     .term_months = 12,
     .nano_per_hour = 19915000,
     .memory_nano_per_hour = 2669000},
    {.kind = COMMIT_RESOURCE,
     .sku = NONE,
     .family = "e2",
     .term_months = 36,
     .nano_per_hour = 14000000,
     .memory_nano_per_hour = 1900000},
    {.kind = COMMIT_FLEXIBLE, .sku = NONE, .family = "e2", .term_months = 12, .discount_ppm = 280000},
};
static const struct price_list google = {.book = {.provider = PROVIDER_GCP, .region = "gcp/us-central1"},
					 .skus = (struct sku *)(uintptr_t)gcp_skus,
					 .n_skus = GCP_SKUS,
					 .rates = (struct commitment_rate *)(uintptr_t)gcp_rates,
					 .n_rates = COUNT(gcp_rates),
					 .currency = "USD"};

/* Over two months, with sustained use on what is not committed to. */
static void the_best_vcpus_and_memory(void **state)
{
	(void)state;
	static const uint32_t skus[] = {N1_4, N1_HIGH, E2_4};
	static struct case_of_usage made;
	uint64_t seed = new_seed();
	int bought = 0;
	for (int round = 0; round < 16; round++) {
		make_usage(&seed, &made, skus, 3, 300 + (uint32_t)below(&seed, MAX_HOURS - 300), below(&seed, 2));
		struct purchase purchase = purchase_of(&google, &made.usage, &gcp_rates[round % 2]);
		struct commitment any = purchase.commitment;
		bought += any.count_milli > 0 && any.memory_bytes > 0;
		for (int64_t vcpus = 0; vcpus < 32; vcpus++) {
			any.count_milli = vcpus * 1000;
			if ((double)total_with(&google, &made.usage, any) < purchase.cost_nano)
				fail_msg("%lld vCPUs are better than %lld", (long long)vcpus,
					 (long long)purchase.commitment.count_milli / 1000);
		}
		any = purchase.commitment;
		for (int64_t gib = 0; gib < 145; gib++) {
			any.memory_bytes = gib * GIB;
			if ((double)total_with(&google, &made.usage, any) < purchase.cost_nano)
				fail_msg("%lld GiB are better than %lld", (long long)gib,
					 (long long)(purchase.commitment.memory_bytes / GIB));
		}
	}
	assert_true(bought > 2);
}

static void the_best_flexible_commitment(void **state)
{
	(void)state;
	static const uint32_t skus[] = {E2_4};
	static struct case_of_usage made;
	uint64_t seed = new_seed();
	for (int round = 0; round < 60; round++) {
		make_usage(&seed, &made, skus, 1, 1 + (uint32_t)below(&seed, 40), below(&seed, 2));
		struct purchase purchase = purchase_of(&google, &made.usage, &gcp_rates[2]);
		for (uint32_t hour = 0; hour < made.usage.n_hours; hour++)
			expect_none_better(
			    &google, &made.usage, &purchase,
			    (int64_t)((wide_t)made.on_demand[hour] * prices[E2_4].price_nano / (1000 * HOUR_MS)));
		for (int probe = 0; probe < 60; probe++)
			expect_none_better(&google, &made.usage, &purchase, below(&seed, 2 * NANO));
		assert_near(purchase.break_even, purchase.on_demand_nano > 0 ? 0.72 : 0, 1e-12);
	}
}

/* ---- what it says besides ---- */

/* Ten m5.xlarge, of which six all the time and four for half of it, at 0.192 or 0.121 reserved: a unit pays when in use
 * for 63 % of the time, so six are bought. */
static void regret_and_break_even(void **state)
{
	(void)state;
	static struct case_of_usage made;
	struct price_list list = mixed_list();
	static const uint32_t skus[] = {LARGE};
	uint64_t seed = 1;
	make_usage(&seed, &made, skus, 1, 100, true);
	for (int hour = 0; hour < 100; hour++)
		made.on_demand[hour] = (hour % 2 ? 6 : 10) * 1000 * HOUR_MS;
	struct purchase purchase = purchase_of(&list, &made.usage, &mixed_rates[1]);
	assert_int_equal(purchase.commitment.count_milli, 6000);
	assert_string_equal(purchase.commitment.sku, "m5.xlarge");
	assert_near(purchase.break_even, 0.121 / 0.192, 1e-12);
	assert_near(purchase.on_demand_nano, 800 * 192000000.0, 0);
	assert_near(purchase.cost_nano, 600 * 121000000.0 + 200 * 192000000.0, 0);
	/* 20 % less: 8 and 4.8, of which 6 and 4.8 are covered. Half: 5 and 3. */
	assert_near(purchase.regret_nano[0], 600 * 121000000.0 - 50 * (6 + 4.8) * 192000000.0, 1);
	assert_near(purchase.regret_nano[1], 600 * 121000000.0 - 50 * (5 + 3.) * 192000000.0, 1);
	assert_true(purchase.regret_nano[0] < 0);

	for (int hour = 0; hour < 100; hour++)
		made.on_demand[hour] = hour % 2 ? 0 : 1000 * HOUR_MS;
	purchase = purchase_of(&list, &made.usage, &mixed_rates[1]);
	assert_int_equal(purchase.commitment.count_milli, 0);
	assert_near(purchase.regret_nano[0] + purchase.regret_nano[1], 0, 0);
}

static void no_usage_needs_nothing(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct hourly_usage usage = {0};
	for (uint32_t i = 0; i < COUNT(mixed_rates); i++) {
		struct purchase purchase = purchase_of(&list, &usage, &mixed_rates[i]);
		assert_int_equal(purchase.commitment.count_milli + purchase.commitment.nano_per_hour, 0);
		assert_true(purchase.break_even == 0);
	}
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void a_year(void **state)
{
	(void)state;
	enum { HOURS = 8760 };
	struct arena arena = {0};
	struct price_list list = mixed_list();
	uint32_t skus[] = {SMALL, LARGE, XLARGE, OTHER, POD_CPU, POD_GIB};
	uint64_t seed = 7;
	struct hourly_usage usage = {
	    .first_hour = 1685577600000, .n_hours = HOURS, .n_skus = COUNT(skus), .sku_of = skus};
	usage.on_demand = arena_alloc(&arena, HOURS * COUNT(skus), sizeof *usage.on_demand);
	usage.spot = arena_alloc(&arena, HOURS * COUNT(skus), sizeof *usage.spot);
	for (size_t i = 0; i < HOURS * COUNT(skus); i++)
		usage.on_demand[i] = below(&seed, 300000 * HOUR_MS);
	for (uint32_t i = 0; i < COUNT(mixed_rates); i += 3) {
		struct purchase purchase;
		struct err err;
		double start = now_ms();
		assert_int_equal(best_purchase(&list, &usage, &mixed_rates[i], &arena, &purchase, &err), 0);
		print_message("kind %d: %.1f ms\n", (int)mixed_rates[i].kind, now_ms() - start);
		assert_true(purchase.cost_nano < purchase.on_demand_nano);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_best_number_of_instances),
	    cmocka_unit_test(the_best_savings_plan),
	    cmocka_unit_test(the_best_vcpus_and_memory),
	    cmocka_unit_test(the_best_flexible_commitment),
	    cmocka_unit_test(regret_and_break_even),
	    cmocka_unit_test(no_usage_needs_nothing),
	    cmocka_unit_test(a_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
