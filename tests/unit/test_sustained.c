#include "bill_fixture.h"

/* n1-standard-1 at 0.0475 an hour, and its larger sisters; a vCPU alone, so that quarters can be counted in heads. */
enum { ONE, FOUR, N2_CPU, E2_CPU, GCP_SKUS };
#define TYPE(type_name, type_family, vcpu, gib)                                                                        \
	{                                                                                                              \
		.provider = PROVIDER_GCP, .name = type_name, .family = type_family, .vcpu_milli = (vcpu)*1000,         \
		.charged_milli = (vcpu)*1000, .memory_bytes = (gib)*GIB / 4, .vcpu_nano_per_hour = 31611000,           \
		.gib_nano_per_hour = 4237000                                                                           \
	}
static const struct instance_type types[GCP_SKUS] = {
    TYPE("n1-standard-1", "n1", 1, 15), TYPE("n1-standard-4", "n1", 4, 60), TYPE("n2-standard-2", "n2", 2, 32),
    TYPE("e2-standard-2", "e2", 2, 32)};
static const struct price_tier prices[GCP_SKUS] = {{0, 47500000}, {0, 190000000}, {0, 97118000}, {0, 97118000}};
static const struct sku skus[GCP_SKUS] = {
    {"n1-standard-1", "", "hour", SKU_INSTANCE, &types[0], &prices[0], 1, 10000000, 0, MS_UNSET, 60000, NULL, NULL},
    {"n1-standard-4", "", "hour", SKU_INSTANCE, &types[1], &prices[1], 1, 40000000, 0, MS_UNSET, 60000, NULL, NULL},
    {"n2-standard-2", "", "hour", SKU_INSTANCE, &types[2], &prices[2], 1, -1, 0, MS_UNSET, 60000, NULL, NULL},
    {"e2-standard-2", "", "hour", SKU_INSTANCE, &types[3], &prices[3], 1, -1, 0, MS_UNSET, 60000, NULL, NULL},
};
static const struct commitment_rate rates[] = {{.kind = COMMIT_RESOURCE,
						.sku = NONE,
						.family = "n1",
						.term_months = 12,
						.nano_per_hour = 19915000,
						.memory_nano_per_hour = 2669000}};
static const struct price_list list = {.book = {.provider = PROVIDER_GCP, .region = "gcp/us-central1"},
				       .skus = (struct sku *)(uintptr_t)skus,
				       .n_skus = GCP_SKUS,
				       .rates = (struct commitment_rate *)(uintptr_t)rates,
				       .n_rates = COUNT(rates),
				       .currency = "USD"};

/* June has 30 days: a quarter is 180 hours. */
static const ms_t june = 1685577600000;
#define QUARTER (180 * HOUR_MS)

static struct usage_item run(uint32_t sku, int64_t n, ms_t from, ms_t span)
{
	return (struct usage_item){.sku = sku, .start = june + from, .end = june + from + span, .quantity = n * 1000};
}

/* What is paid, as a share of the list price, in millionths. */
static double paid(const struct price_plan *plan, const struct usage_item *items, size_t n)
{
	struct arena arena = {0};
	struct bill bill = rate_items(&list, plan, items, n, &arena);
	int64_t at_list = 0;
	for (uint32_t i = 0; i < bill.n_lines; i++)
		at_list += bill.lines[i].list_nano;
	double share = (double)bill.total_nano / (double)at_list;
	arena_free(&arena);
	return share;
}

/* The table of the page: n1-standard-1 at 0.0475, 0.0380, 0.0285 and 0.0190 in the four quarters. */
static void the_quarters_of_the_month(void **state)
{
	(void)state;
	static const double net[] = {0, 0.1, 0.2, 0.3};
	static const double net_n2[] = {0, 0.0661, 0.133067, 0.1998};
	for (int quarters = 1; quarters <= 4; quarters++) {
		struct usage_item n1 = run(ONE, 1, 0, quarters * QUARTER), n2 = run(N2_CPU, 3, 0, quarters * QUARTER);
		assert_near(paid(&plain, &n1, 1), 1 - net[quarters - 1], 1e-9);
		assert_near(paid(&plain, &n2, 1), 1 - net_n2[quarters - 1], 1e-6);
	}
	static const int64_t rate[] = {47500000, 38000000, 28500000, 19000000};
	int64_t before = 0;
	for (int hour = 1; hour <= 720; hour++) {
		struct usage_item item = run(ONE, 1, 0, hour * HOUR_MS);
		int64_t total = total_of(&list, &plain, &item, 1);
		assert_int_equal(total - before, rate[(hour - 1) / 180]);
		before = total;
	}
}

/* "Announcing resource-based pricing for Google Compute Engine": a month that begins with 4 vCPUs and is scaled to 8,
 * 16 and 32. Four run all month: 30 % off; four for 75 %: 20 %; eight for half: 10 %; sixteen for a week: nothing off.
 */
static void a_month_of_scaling_up(void **state)
{
	(void)state;
	struct usage_item items[] = {run(FOUR, 1, 0, 4 * QUARTER), run(ONE, 4, QUARTER, 3 * QUARTER),
				     run(FOUR, 2, 2 * QUARTER, 2 * QUARTER), run(FOUR, 4, 3 * QUARTER, QUARTER)};
	double want = (4 * 4 * 0.7 + 4 * 3 * 0.8 + 8 * 2 * 0.9 + 16 * 1) / (4 + 8 + 16 + 32);
	assert_near(paid(&plain, items, COUNT(items)), want, 1e-9);
	/* The other way round, and in other shapes, it is the same. */
	struct usage_item down[] = {run(ONE, 32, 0, QUARTER), run(FOUR, 4, QUARTER, QUARTER),
				    run(ONE, 8, 2 * QUARTER, QUARTER), run(FOUR, 1, 3 * QUARTER, QUARTER)};
	assert_near(paid(&plain, down, COUNT(down)), want, 1e-9);
}

/* Thirty n1 for a day each, one after the other, are one for 30 days. */
static void one_after_the_other_is_one(void **state)
{
	(void)state;
	struct usage_item days[30];
	for (int day = 0; day < 30; day++)
		days[day] = run(ONE, 1, day * DAY_MS, DAY_MS);
	assert_near(paid(&plain, days, 30), 0.7, 1e-9);
	for (int day = 0; day < 30; day++)
		days[day] = run(ONE, 1, 0, DAY_MS);
	assert_near(paid(&plain, days, 30), 1, 1e-9);
}

static void a_month_starts_anew(void **state)
{
	(void)state;
	struct usage_item item = run(ONE, 1, 2 * QUARTER, 4 * QUARTER); /* 360 h of June, 360 of July's 744 */
	double july = (186 + 174 * 0.8) / 360;
	assert_near(paid(&plain, &item, 1), (0.9 + july) / 2, 1e-9);
}

static void not_for_all(void **state)
{
	(void)state;
	struct usage_item month = run(ONE, 1, 0, 4 * QUARTER), e2 = run(E2_CPU, 1, 0, 4 * QUARTER);
	struct price_plan off = plain, spot = plain;
	assert_near(paid(&plain, &e2, 1), 1, 0);
	off.sustained_use = SUSTAINED_OFF;
	assert_near(paid(&off, &month, 1), 1, 0);
	spot.spot = true;
	assert_int_equal(total_of(&list, &spot, &month, 1), 720 * 10000000ll);
	month.spot = true;
	assert_int_equal(total_of(&list, &plain, &month, 1), 720 * 10000000ll);
}

/* Three of four vCPUs, and no memory, are committed to: only what is left has sustained use. */
static void not_on_what_is_committed(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct usage_item item = run(FOUR, 1, 0, 4 * QUARTER);
	struct commitment commitment = {.kind = COMMIT_RESOURCE,
					.family = "n1",
					.count_milli = 3000,
					.term_months = 12,
					.start = MS_UNSET,
					.end = MS_NEVER};
	struct price_plan plan = plain;
	plan.commitments = &commitment;
	plan.n_commitments = 1;
	struct bill bill = rate_items(&list, &plan, &item, 1, &arena);
	int64_t left = 720 * (190000000ll - 3 * 31611000);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 720ll * 3 * 19915000);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), left);
	assert_int_equal(sum_of(&bill, LINE_SUSTAINED, FOUR), -left * 3 / 10);
	arena_free(&arena);
}

/* Families are apart, and so are vCPUs and memory. */
static void pools(void **state)
{
	(void)state;
	struct usage_item apart[] = {run(ONE, 2, 0, 2 * QUARTER), run(N2_CPU, 1, 2 * QUARTER, 2 * QUARTER)};
	struct usage_item first[] = {apart[0]}, second[] = {apart[1]};
	assert_int_equal(total_of(&list, &plain, apart, 2),
			 total_of(&list, &plain, first, 1) + total_of(&list, &plain, second, 1));
}

/* Any month, against sorting its hours: the busiest quarter of the month at the full price, and so on. */
static void any_month_against_sorting(void **state)
{
	(void)state;
	enum { HOURS = 720 };
	static const double rate[] = {1, 0.8, 0.6, 0.4};
	static int64_t on_demand[HOURS * 2], spot[HOURS * 2], sorted[HOURS];
	static const uint32_t columns[] = {ONE, FOUR};
	uint64_t seed = new_seed();
	for (int round = 0; round < 200; round++) {
		struct arena arena = {0};
		uint32_t n_hours = 1 + (uint32_t)below(&seed, HOURS);
		struct hourly_usage usage = {.first_hour = june + (HOURS - n_hours) * HOUR_MS,
					     .n_hours = n_hours,
					     .n_skus = 2,
					     .sku_of = columns,
					     .on_demand = on_demand,
					     .spot = spot};
		int64_t levels = 1 + below(&seed, 20);
		for (uint32_t hour = 0; hour < n_hours; hour++) {
			int64_t one = below(&seed, levels), four = below(&seed, levels), heads = one + 4 * four;
			on_demand[2 * hour] = one * 1000 * HOUR_MS;
			on_demand[2 * hour + 1] = four * 1000 * HOUR_MS;
			uint32_t at = hour;
			for (; at > 0 && sorted[at - 1] < heads; at--)
				sorted[at] = sorted[at - 1];
			sorted[at] = heads;
		}
		double want = 0;
		for (uint32_t hour = 0; hour < n_hours; hour++)
			want += (double)sorted[hour] * 47500000 * rate[hour / 180];
		assert_near(bill_of(&list, &plain, &usage, &arena).total_nano, want, 4);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_quarters_of_the_month),
	    cmocka_unit_test(a_month_of_scaling_up),
	    cmocka_unit_test(one_after_the_other_is_one),
	    cmocka_unit_test(a_month_starts_anew),
	    cmocka_unit_test(not_for_all),
	    cmocka_unit_test(not_on_what_is_committed),
	    cmocka_unit_test(pools),
	    cmocka_unit_test(any_month_against_sorting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
