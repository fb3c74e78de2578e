#include "bill_fixture.h"

#include "../../models/bill_internal.h"

static const ms_t june = 1685577600000, july = 1688169600000;

static int64_t egress(int64_t gib, bool free_tier)
{
	struct price_list list = mixed_list();
	struct price_plan plan = plain;
	plan.free_tier = free_tier;
	struct usage_item item = {.sku = EGRESS, .start = june, .end = june + DAY_MS, .quantity = gib * 1000};
	return total_of(&list, &plan, &item, 1);
}

/* AWS, EC2 on-demand pricing, data transfer: 100 GB free, then 0.09 for 10 TB, 0.085 for 40 TB, 0.07 beyond. */
static void traffic_to_the_internet(void **state)
{
	(void)state;
	assert_int_equal(egress(1, false), USD(0.09));
	assert_int_equal(egress(10240, false), USD(921.60));
	assert_int_equal(egress(10241, false), USD(921.685));
	assert_int_equal(egress(51201, false), USD(921.60 + 40960 * 0.085 + 0.07));
	assert_int_equal(egress(100, true), 0);
	assert_int_equal(egress(101, true), USD(0.09));
	assert_int_equal(egress(10340, true), USD(921.60));
	assert_int_equal(egress(10341, true), USD(921.685));
}

static void tiers_start_anew_each_month(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct price_plan plan = plain;
	plan.free_tier = true;
	struct usage_item items[] = {{.sku = EGRESS, .start = june, .end = june, .quantity = 60000},
				     {.sku = EGRESS, .start = june + DAY_MS, .end = june + DAY_MS, .quantity = 60000},
				     {.sku = EGRESS, .start = july, .end = july, .quantity = 60000}};
	assert_int_equal(total_of(&list, &plan, items, 3), USD(20 * 0.09));
	items[0].start = items[0].end = july;
	assert_int_equal(total_of(&list, &plan, items, 3), USD(20 * 0.09));
	items[1].start = items[1].end = july - 1;
	assert_int_equal(total_of(&list, &plan, items, 3), USD(20 * 0.09));
	items[0].start = items[0].end = june;
	items[2].start = items[2].end = date(2023, 8, 1);
	items[1].start = items[1].end = july;
	assert_int_equal(total_of(&list, &plan, items, 3), 0);
}

/* GKE: 0.10 a cluster and hour, and 74.40 of credit a month, which is one cluster of a month of 31 days. */
static void the_free_cluster(void **state)
{
	(void)state;
	struct sku plane = mixed_skus[PLANE];
	struct price_list list = mixed_list();
	plane.free_per_month = 744;
	list.skus = &plane;
	list.n_skus = 1;
	list.n_rates = 0;
	struct price_plan plan = plain;
	plan.free_tier = true;
	struct arena arena = {0};
	struct usage_item two = {.start = july, .end = date(2023, 9, 1), .quantity = 2000};
	struct bill bill = rate_items(&list, &plan, &two, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(4 * 74.40));
	assert_int_equal(sum_of(&bill, LINE_CREDIT, NONE), -USD(2 * 74.40));
	/* June's is not carried over. */
	struct usage_item june_and_july = {.start = june, .end = july + 31 * DAY_MS, .quantity = 1000};
	assert_int_equal(total_of(&list, &plan, &june_and_july, 1), 0);
	arena_free(&arena);
}

/* The EBS price page: 2,000 GB for 43,200 s of a 30-day month at 0.09394 make 3.13133. */
static void a_disk_by_the_very_month(void **state)
{
	(void)state;
	struct price_tier price = {0, 93940000};
	struct sku disk = mixed_skus[DISK];
	struct price_list list = mixed_list();
	disk.tiers = &price;
	list.skus = &disk;
	list.n_skus = 1;
	struct usage_item item = {.start = june, .end = june + 43200 * SECOND_MS, .quantity = 2000000};
	assert_int_equal((total_of(&list, &plain, &item, 1) + 5000) / 10000, 313133);
	for (int month = 0; month < 12 * 40; month++) {
		struct arena arena = {0};
		ms_t from = date(1990 + month / 12, (unsigned)(month % 12) + 1, 1);
		struct usage_item whole = {.start = from, .end = from + calendar_month_ms(from), .quantity = 10500};
		struct bill bill = rate_items(&list, &plain, &whole, 1, &arena);
		assert_int_equal(bill.total_nano, 10.5 * 93940000);
		assert_int_equal(bill.n_lines, 1);
		assert_int_equal(bill.lines[0].month, from);
		assert_true(bill.lines[0].quantity == 10.5);
		arena_free(&arena);
	}
}

/* Against pricing unit by unit. */
static void tiers_against_counting(void **state)
{
	(void)state;
	uint64_t seed = new_seed();
	for (int round = 0; round < 2000; round++) {
		struct price_tier tiers[4] = {{0, below(&seed, 100)}};
		for (int i = 1; i < 4; i++)
			tiers[i] = (struct price_tier){tiers[i - 1].from + 1 + below(&seed, 20), below(&seed, 100)};
		struct sku sku = {.rule = SKU_QUANTITY,
				  .tiers = tiers,
				  .n_tiers = 1 + (uint32_t)below(&seed, 4),
				  .free_per_month = below(&seed, 30)};
		int64_t units = below(&seed, 100), want = 0, rest = 0;
		for (int64_t unit = 0; unit < units; unit++) {
			uint32_t tier = sku.n_tiers - 1;
			while (tiers[tier].from > unit)
				tier--;
			want += tiers[tier].price_nano;
			rest += unit < units - sku.free_per_month ? tiers[tier].price_nano : 0;
		}
		wide_t numerator, free_units;
		assert_true(tier_amount(&sku, (wide_t)units * 1000, 1000, &numerator));
		assert_true(numerator == (wide_t)want * 1000);
		assert_true(free_amount(&sku, (wide_t)units * 1000, 1000, &free_units, &numerator));
		assert_true(numerator == (wide_t)(want - rest) * 1000);
		assert_true(free_units == (wide_t)min64(units, sku.free_per_month) * 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(traffic_to_the_internet), cmocka_unit_test(tiers_start_anew_each_month),
	    cmocka_unit_test(the_free_cluster),        cmocka_unit_test(a_disk_by_the_very_month),
	    cmocka_unit_test(tiers_against_counting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
