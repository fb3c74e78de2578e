#include "next_price.h"
#include "sim.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

/* Two types of one family and one of another. */
static const struct instance_type small = {.name = "m5.large",
					   .family = "m5",
					   .arch = "amd64",
					   .vcpu_milli = 2000,
					   .memory_bytes = 8 * GIB,
					   .price_nano_per_hour = 96000000};
static const struct instance_type big = {.name = "m5.xlarge",
					 .family = "m5",
					 .arch = "amd64",
					 .vcpu_milli = 4000,
					 .memory_bytes = 16 * GIB,
					 .price_nano_per_hour = 192000000};
static const struct instance_type other = {.name = "c5.xlarge",
					   .family = "c5",
					   .arch = "amd64",
					   .vcpu_milli = 4000,
					   .memory_bytes = 8 * GIB,
					   .price_nano_per_hour = 170000000};
static const struct price_tier tiers[] = {{0, 96000000}, {0, 192000000}, {0, 170000000}};

enum { SMALL, BIG, OTHER, GROUPS };
static struct sku skus[GROUPS] = {
    [SMALL] = {.id = "m5.large",
	       .rule = SKU_INSTANCE,
	       .type = &small,
	       .tiers = &tiers[0],
	       .n_tiers = 1,
	       .spot_nano = 30000000},
    [BIG] = {.id = "m5.xlarge", .rule = SKU_INSTANCE, .type = &big, .tiers = &tiers[1], .n_tiers = 1, .spot_nano = -1},
    [OTHER] = {.id = "c5.xlarge",
	       .rule = SKU_INSTANCE,
	       .type = &other,
	       .tiers = &tiers[2],
	       .n_tiers = 1,
	       .spot_nano = 50000000},
};
#define NONE UINT32_MAX
static struct commitment_rate rates[] = {
    {.kind = COMMIT_RESERVED, .sku = BIG, .family = "m5", .term_months = 12, .nano_per_hour = 115000000},
    {.kind = COMMIT_RESERVED, .sku = OTHER, .family = "c5", .term_months = 12, .nano_per_hour = 105000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = SMALL, .family = "m5", .term_months = 12, .nano_per_hour = 60000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = BIG, .family = "m5", .term_months = 12, .nano_per_hour = 120000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = SMALL, .term_months = 12, .nano_per_hour = 70000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = BIG, .term_months = 12, .nano_per_hour = 140000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = OTHER, .term_months = 12, .nano_per_hour = 125000000},
};
static const struct price_list aws = {.skus = skus, .n_skus = GROUPS, .rates = rates, .n_rates = COUNT(rates)};

/* Google prices vCPUs and memory apart: 2 vCPUs and 8 GiB for 0.06 + 0.032, twice of each for 0.12 + 0.064. */
static const struct instance_type n2_small = {.provider = PROVIDER_GCP,
					      .name = "n2-standard-2",
					      .family = "n2",
					      .vcpu_milli = 2000,
					      .charged_milli = 2000,
					      .memory_bytes = 8 * GIB,
					      .vcpu_nano_per_hour = 30000000,
					      .gib_nano_per_hour = 4000000,
					      .price_nano_per_hour = 92000000};
static const struct instance_type n2_big = {.provider = PROVIDER_GCP,
					    .name = "n2-standard-4",
					    .family = "n2",
					    .vcpu_milli = 4000,
					    .charged_milli = 4000,
					    .memory_bytes = 16 * GIB,
					    .vcpu_nano_per_hour = 30000000,
					    .gib_nano_per_hour = 4000000,
					    .price_nano_per_hour = 184000000};
static const struct price_tier n2_tiers[] = {{0, 92000000}, {0, 184000000}};
static struct sku n2_skus[] = {
    {.id = "n2-standard-2",
     .rule = SKU_INSTANCE,
     .type = &n2_small,
     .tiers = &n2_tiers[0],
     .n_tiers = 1,
     .spot_nano = 30000000},
    {.id = "n2-standard-4",
     .rule = SKU_INSTANCE,
     .type = &n2_big,
     .tiers = &n2_tiers[1],
     .n_tiers = 1,
     .spot_nano = -1},
};
static struct commitment_rate n2_rates[] = {
    {.kind = COMMIT_RESOURCE,
     .sku = NONE,
     .family = "n2",
     .term_months = 12,
     .nano_per_hour = 19000000,
     .memory_nano_per_hour = 2500000},
    {.kind = COMMIT_FLEXIBLE, .sku = NONE, .family = "n2", .term_months = 12, .discount_ppm = 280000},
};
static const struct price_list google = {
    .book = {.provider = PROVIDER_GCP}, .skus = n2_skus, .n_skus = 2, .rates = n2_rates, .n_rates = COUNT(n2_rates)};

static const uint32_t groups[GROUPS] = {SMALL, BIG, OTHER};

#define ALWAYS .start = MS_UNSET, .end = MS_NEVER

/* What one more node of each costs, with so many there; to two billionths, for what is covered in part is rounded. */
static void expect_of(const struct price_list *list, const struct price_plan *plan, ms_t now, uint32_t n,
		      const int32_t *nodes, const int64_t *expected)
{
	struct arena arena = {0};
	struct err err = {""};
	int64_t prices[GROUPS];
	struct next_price *next = next_price_new(list, plan, groups, n, &arena, &err);
	if (!next)
		fail_msg("%s", err.message);
	for (int again = 0; again < 2; again++) {
		next_price_of(next, now, nodes, prices);
		for (uint32_t g = 0; g < n; g++)
			assert_in_range(prices[g] + 2 - expected[g], 0, 4);
	}
	arena_free(&arena);
}

static void expect(const struct price_plan *plan, ms_t now, int32_t n_small, int32_t n_big, int32_t n_other,
		   int64_t small_nano, int64_t big_nano, int64_t other_nano)
{
	expect_of(&aws, plan, now, GROUPS, (const int32_t[]){n_small, n_big, n_other},
		  (const int64_t[]){small_nano, big_nano, other_nano});
}

static void test_no_commitment(void **state)
{
	const struct price_plan plan = {.name = "on-demand"}, spot = {.name = "spot", .spot = true},
				negotiated = {.name = "negotiated", .discount_ppm = 100000};
	(void)state;
	expect(&plan, 0, 3, 1, 0, 96000000, 192000000, 170000000);
	expect(&spot, 0, 3, 1, 0, 30000000, 192000000, 50000000);
	expect(&negotiated, 0, 3, 1, 0, 86400000, 172800000, 153000000);
}

/* A regional reserved instance covers the sizes of its family: two of a big one are four of a small one. */
static void test_reservation(void **state)
{
	struct commitment bought = {
	    .kind = COMMIT_RESERVED, .sku = "m5.xlarge", .count_milli = 2000, .term_months = 12, ALWAYS};
	const struct price_plan plan = {.commitments = &bought, .n_commitments = 1};
	(void)state;
	expect(&plan, 0, 0, 0, 0, 0, 0, 170000000);
	expect(&plan, 0, 1, 1, 0, 0, 96000000, 170000000);
	expect(&plan, 0, 2, 1, 0, 96000000, 192000000, 170000000);
	expect(&plan, 0, 9, 2, 0, 96000000, 192000000, 170000000);
}

static void test_reservation_not_in_force(void **state)
{
	struct commitment bought = {.kind = COMMIT_RESERVED,
				    .sku = "m5.xlarge",
				    .count_milli = 2000,
				    .term_months = 12,
				    .start = HOUR_MS,
				    .end = 3 * HOUR_MS};
	const struct price_plan plan = {.commitments = &bought, .n_commitments = 1};
	(void)state;
	expect(&plan, 0, 0, 0, 0, 96000000, 192000000, 170000000);
	expect(&plan, HOUR_MS, 0, 0, 0, 0, 0, 170000000);
	expect(&plan, 3 * HOUR_MS, 0, 0, 0, 96000000, 192000000, 170000000);
}

/* 0.25 USD an hour hold two big nodes at 0.12, or four small ones at 0.06; what is left holds a part of one. */
static void test_instance_savings_plan(void **state)
{
	struct commitment bought = {
	    .kind = COMMIT_INSTANCE_SAVINGS, .family = "m5", .nano_per_hour = 250000000, .term_months = 12, ALWAYS};
	const struct price_plan plan = {.commitments = &bought, .n_commitments = 1};
	(void)state;
	expect(&plan, 0, 0, 0, 7, 60000000, 120000000, 170000000);
	expect(&plan, 0, 0, 1, 0, 60000000, 120000000, 170000000);
	/* 0.07 is left: 7/12 of a big node, the rest of it at 0.192. */
	expect(&plan, 0, 3, 0, 0, 60000000, 150000000, 170000000);
	expect(&plan, 0, 0, 2, 0, 90000000, 186000000, 170000000);
	expect(&plan, 0, 5, 2, 0, 96000000, 192000000, 170000000);
}

/* The reservation is used before the family's plan, and that before the compute plan, whatever their order in the file.
 */
static void test_order(void **state)
{
	struct commitment bought[] = {
	    {.kind = COMMIT_COMPUTE_SAVINGS, .nano_per_hour = 140000000, .term_months = 12, ALWAYS},
	    {.kind = COMMIT_INSTANCE_SAVINGS, .family = "m5", .nano_per_hour = 120000000, .term_months = 12, ALWAYS},
	    {.kind = COMMIT_RESERVED, .sku = "m5.xlarge", .count_milli = 1000, .term_months = 12, ALWAYS},
	};
	const struct price_plan plan = {.commitments = bought, .n_commitments = COUNT(bought)};
	(void)state;
	expect(&plan, 0, 0, 0, 0, 0, 0, 125000000);
	expect(&plan, 0, 0, 1, 0, 60000000, 120000000, 125000000);
	expect(&plan, 0, 0, 2, 0, 70000000, 140000000, 125000000);
	expect(&plan, 0, 0, 3, 0, 96000000, 192000000, 170000000);
}

static void test_google(void **state)
{
	struct commitment resource = {.kind = COMMIT_RESOURCE,
				      .family = "n2",
				      .count_milli = 8000,
				      .memory_bytes = 40 * GIB,
				      .term_months = 12,
				      ALWAYS};
	struct commitment flexible = {.kind = COMMIT_FLEXIBLE, .nano_per_hour = 150000000, .term_months = 12, ALWAYS};
	const struct price_plan plan = {.commitments = &resource, .n_commitments = 1},
				flex = {.commitments = &flexible, .n_commitments = 1}, spot = {.spot = true};
	const struct {
		const struct price_plan *plan;
		int32_t nodes[2];
		int64_t prices[2];
	} cases[] = {
	    {&plan, {0, 1}, {0, 0}},
	    {&plan, {1, 1}, {0, 60000000}},         /* 2 vCPUs and 16 GiB are left */
	    {&plan, {0, 2}, {60000000, 152000000}}, /* 8 GiB are left */
	    {&flex, {0, 0}, {66240000, 142000000}}, /* 28 % off 0.15 */
	    {&flex, {1, 0}, {75760000, 167760000}}, /* of which 0.058 are left */
	    {&spot, {1, 0}, {30000000, 184000000}}, /* the big one has no spot price */
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_of(&google, cases[i].plan, 0, 2, cases[i].nodes, cases[i].prices);
}

/* ---- what node policies make of it ---- */

static const char yaml[] =
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  replicas: 1\n"
    "  selector: {matchLabels: {app: web}}\n"
    "  template:\n"
    "    metadata: {labels: {app: web}}\n"
    "    spec:\n"
    "      containers:\n"
    "      - {name: web, image: web, resources: {requests: {cpu: 800m, memory: 1Gi}}}\n"
    "---\n"
    "apiVersion: autoscaling/v2\n"
    "kind: HorizontalPodAutoscaler\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
    "  minReplicas: 1\n"
    "  maxReplicas: 3\n"
    "  metrics:\n"
    "  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}\n";
static const char csv[] = "time,cpu\n0,0.3\n600,6\n3600,6\n";

/* Nodes that each group has been given in an hour of rising load, with the cheapest group first in line. */
static void grow_under(const struct price_plan *plan, uint32_t added[2])
{
	static const struct sim_group two[] = {{"cheap", &small, 1, 20}, {"dear", &other, 0, 20}};
	static const struct region_fees fees = {.default_disk_gib = 20, .min_charge_ms = 60000, .currency = "USD"};
	struct arena arena = {0};
	struct err err = {""};
	struct manifests manifests;
	struct load load;
	struct settings settings;
	struct sim_result result;
	settings_default(&settings);
	assert_int_equal(settings_set(&settings, "ca.expander=price", &err), 0);
	assert_int_equal(manifests_parse("t.yaml", yaml, strlen(yaml), &manifests, &err), 0);
	assert_int_equal(load_parse("t.csv", csv, strlen(csv), 1, 0, &load, &err), 0);
	struct next_price *next = next_price_new(&aws, plan, (const uint32_t[]){SMALL, OTHER}, 2, &arena, &err);
	assert_non_null(next);
	const struct sim_params params = {
	    .manifests = &manifests,
	    .load = &load,
	    .groups = two,
	    .n_groups = 2,
	    .fees = &fees,
	    .settings = &settings,
	    .from = load.from,
	    .until = load.until,
	    .prices = {next, next_price_of},
	    .check = true,
	};
	if (sim_run(&params, &result, &err) < 0)
		fail_msg("%s", err.message);
	for (uint32_t g = 0; g < 2; g++)
		added[g] = result.groups[g].added;
	sim_result_free(&result);
	load_free(&load);
	manifests_free(&manifests);
	arena_free(&arena);
}

static void test_price_expander_uses_an_unused_reservation(void **state)
{
	struct commitment bought = {
	    .kind = COMMIT_RESERVED, .sku = "c5.xlarge", .count_milli = 1000, .term_months = 12, ALWAYS};
	const struct price_plan none = {.name = "on-demand"}, reserved = {.commitments = &bought, .n_commitments = 1};
	uint32_t added[2];
	(void)state;
	grow_under(&none, added);
	assert_true(added[0] > 1);
	assert_int_equal(added[1], 0);
	grow_under(&reserved, added);
	assert_int_equal(added[0], 1); /* the first, which its minimum asks for */
	assert_int_equal(added[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_commitment),
	    cmocka_unit_test(test_reservation),
	    cmocka_unit_test(test_reservation_not_in_force),
	    cmocka_unit_test(test_instance_savings_plan),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_google),
	    cmocka_unit_test(test_price_expander_uses_an_unused_reservation),
	};
	return cmocka_run_group_tests_name("next_price", tests, NULL, NULL);
}
