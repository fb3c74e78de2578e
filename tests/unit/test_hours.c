#include "bill_fixture.h"

static const ms_t july = 1688169600000; /* 2023-07-01 */

static int64_t cell(const struct hourly_usage *usage, uint32_t sku, uint32_t hour, bool spot)
{
	for (uint32_t i = 0; i < usage->n_skus; i++)
		if (usage->sku_of[i] == sku)
			return (spot ? usage->spot : usage->on_demand)[(size_t)hour * usage->n_skus + i];
	fail_msg("no column");
	return -1;
}

static wide_t monthly(const struct hourly_usage *usage, uint32_t sku, ms_t month)
{
	for (uint32_t i = 0; i < usage->n_months; i++)
		if (usage->months[i].sku == sku && usage->months[i].month == month)
			return usage->months[i].amount;
	return 0;
}

/* One and a half instances from 00:20 to 03:10. */
static void an_item_is_cut_at_the_hours(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct arena arena = {0};
	struct usage_item item = {
	    .sku = LARGE, .start = july + 20 * MINUTE_MS, .end = july + 190 * MINUTE_MS, .quantity = 1500};
	struct hourly_usage usage = hours_of(&list, NULL, &item, 1, &arena);
	assert_int_equal(usage.first_hour, july);
	assert_int_equal(usage.n_hours, 4);
	assert_int_equal(usage.n_skus, 1);
	const int64_t minutes[] = {40, 60, 60, 10};
	for (uint32_t hour = 0; hour < 4; hour++) {
		assert_int_equal(cell(&usage, LARGE, hour, false), minutes[hour] * MINUTE_MS * 1500);
		assert_int_equal(cell(&usage, LARGE, hour, true), 0);
	}
	arena_free(&arena);
}

/* Ten seconds from 00:59:55 are charged as a minute: 5 s of the first hour, 55 s of the second. */
static void a_start_is_charged_where_its_minute_falls(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct arena arena = {0};
	struct usage_item item = {
	    .sku = SMALL, .start = july + HOUR_MS - 5000, .end = july + HOUR_MS + 5000, .quantity = 1000};
	struct hourly_usage usage = hours_of(&list, NULL, &item, 1, &arena);
	assert_int_equal(usage.n_hours, 2);
	assert_int_equal(cell(&usage, SMALL, 0, false), 5000 * 1000);
	assert_int_equal(cell(&usage, SMALL, 1, false), 55000 * 1000);
	struct price_plan azure = plain;
	azure.min_charge_ms = 300 * SECOND_MS;
	usage = hours_of(&list, &azure, &item, 1, &arena);
	assert_int_equal(cell(&usage, SMALL, 1, false), 295000 * 1000);
	azure.min_charge_ms = 0;
	usage = hours_of(&list, &azure, &item, 1, &arena);
	assert_int_equal(cell(&usage, SMALL, 1, false), 5000 * 1000);
	arena_free(&arena);
}

/* EC2 guide, billing-for-interrupted-spot-instances: no charge when EC2 interrupts in the first hour. */
static void spot_taken_back_in_its_first_hour_is_free(void **state)
{
	(void)state;
	static const struct {
		enum provider provider;
		bool spot, interrupted;
		ms_t span;
		int64_t charged_ms;
	} cases[] = {
	    {PROVIDER_AWS, true, true, HOUR_MS - 1, 0},
	    {PROVIDER_AWS, true, true, HOUR_MS, HOUR_MS},
	    {PROVIDER_AWS, true, false, HOUR_MS / 2, HOUR_MS / 2},
	    {PROVIDER_AWS, true, false, 1000, 60000},
	    {PROVIDER_AWS, false, true, 1000, 60000},
	    {PROVIDER_GCP, true, true, 120000, 120000},
	    {PROVIDER_AZURE, true, true, 120000, 120000},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct price_list list = mixed_list();
		struct arena arena = {0};
		list.book.provider = cases[i].provider;
		struct usage_item item = {.sku = LARGE,
					  .start = july,
					  .end = july + cases[i].span,
					  .quantity = 1000,
					  .spot = cases[i].spot,
					  .interrupted = cases[i].interrupted};
		struct hourly_usage usage = hours_of(&list, NULL, &item, 1, &arena);
		if (cell(&usage, LARGE, 0, cases[i].spot) != 1000 * cases[i].charged_ms)
			fail_msg("case %zu", i);
		assert_int_equal(cell(&usage, LARGE, 0, !cases[i].spot), 0);
		arena_free(&arena);
	}
}

static void the_rest_is_summed_by_month(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct arena arena = {0};
	ms_t august = date(2023, 8, 1), september = date(2023, 9, 1);
	struct usage_item items[] = {
	    {.sku = DISK, .start = august - DAY_MS, .end = september + DAY_MS, .quantity = 20000},
	    {.sku = DISK, .start = july, .end = july + HOUR_MS, .quantity = 1},
	    {.sku = PLANE, .start = august - 1, .end = august + 1, .quantity = 1000},
	    {.sku = EGRESS, .start = august - 2, .end = august + 1, .quantity = 100},
	    {.sku = EGRESS, .start = september, .end = september, .quantity = 7},
	};
	struct hourly_usage usage = hours_of(&list, NULL, items, COUNT(items), &arena);
	assert_true(monthly(&usage, DISK, july) == (wide_t)20000 * DAY_MS + HOUR_MS);
	assert_true(monthly(&usage, DISK, august) == (wide_t)20000 * 31 * DAY_MS);
	assert_true(monthly(&usage, DISK, september) == (wide_t)20000 * DAY_MS);
	assert_true(monthly(&usage, PLANE, july) == 1000);
	assert_true(monthly(&usage, PLANE, august) == 1000);
	assert_true(monthly(&usage, EGRESS, july) == 66);
	assert_true(monthly(&usage, EGRESS, august) == 34);
	assert_true(monthly(&usage, EGRESS, september) == 7);
	assert_int_equal(usage.n_skus, 0);
	arena_free(&arena);
}

/* A price that changes is a second row: from its date on, time is of that row. */
static void a_dated_price_takes_over(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct sku skus[N_SKUS + 2];
	memcpy(skus, mixed_skus, sizeof mixed_skus);
	skus[N_SKUS] = mixed_skus[LARGE];
	skus[N_SKUS].valid_from = july + 10 * HOUR_MS;
	skus[N_SKUS + 1] = mixed_skus[DISK];
	skus[N_SKUS + 1].valid_from = july + 36 * HOUR_MS;
	list.skus = skus;
	list.n_skus = N_SKUS + 2;
	struct arena arena = {0};
	struct usage_item items[] = {
	    {.sku = LARGE, .start = july + 9 * HOUR_MS, .end = july + 10 * HOUR_MS + MINUTE_MS, .quantity = 1000},
	    {.sku = LARGE, .start = july + 11 * HOUR_MS, .end = july + 12 * HOUR_MS, .quantity = 1000},
	    {.sku = DISK, .start = july, .end = july + 48 * HOUR_MS, .quantity = 5},
	};
	struct hourly_usage usage = hours_of(&list, NULL, items, COUNT(items), &arena);
	assert_int_equal(cell(&usage, LARGE, 9, false), 1000 * HOUR_MS);
	assert_int_equal(cell(&usage, LARGE, 10, false), 0);
	assert_int_equal(cell(&usage, LARGE, 11, false), 0);
	assert_int_equal(cell(&usage, N_SKUS, 10, false), 1000 * MINUTE_MS);
	assert_int_equal(cell(&usage, N_SKUS, 11, false), 1000 * HOUR_MS);
	assert_true(monthly(&usage, DISK, july) == 5 * 36 * HOUR_MS);
	assert_true(monthly(&usage, N_SKUS + 1, july) == 5 * 12 * HOUR_MS);
	arena_free(&arena);
}

static ms_t overlap(ms_t a, ms_t b, ms_t c, ms_t d)
{
	ms_t from = max64(a, c), until = min64(b, d);
	return until > from ? until - from : 0;
}

/* Against adding up every item in every hour. */
static void every_hour_is_exact(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	for (int round = 0; round < 200; round++) {
		struct arena arena = {0};
		struct usage_item items[30];
		size_t n = 1 + (size_t)below(&seed, COUNT(items));
		for (size_t i = 0; i < n; i++)
			items[i] = random_item(&seed, july - 40 * DAY_MS, 60 * DAY_MS);
		struct hourly_usage usage = hours_of(&list, NULL, items, n, &arena);
		for (uint32_t c = 0; c < usage.n_skus; c++)
			for (uint32_t hour = 0; hour < usage.n_hours; hour++) {
				int64_t want[2] = {0, 0};
				ms_t from = usage.first_hour + hour * HOUR_MS;
				for (size_t i = 0; i < n; i++)
					if (items[i].sku == usage.sku_of[c])
						want[items[i].spot] +=
						    items[i].quantity *
						    overlap(items[i].start, max64(items[i].end, items[i].start + 60000),
							    from, from + HOUR_MS);
				assert_int_equal(usage.on_demand[(size_t)hour * usage.n_skus + c], want[0]);
				assert_int_equal(usage.spot[(size_t)hour * usage.n_skus + c], want[1]);
			}
		wide_t months[N_SKUS] = {0};
		for (uint32_t i = 0; i < usage.n_months; i++)
			months[usage.months[i].sku] += usage.months[i].amount;
		for (size_t i = 0; i < n; i++)
			if (items[i].sku >= PLANE && items[i].sku <= EGRESS)
				months[items[i].sku] -= (wide_t)items[i].quantity *
							(items[i].sku == EGRESS ? 1 : items[i].end - items[i].start);
		for (uint32_t sku = 0; sku < N_SKUS; sku++)
			assert_true(months[sku] == 0);
		arena_free(&arena);
	}
}

static void refuses_nonsense(void **state)
{
	(void)state;
	static const struct {
		struct usage_item item;
		const char *want;
	} cases[] = {
	    {{.resource = "node-7", .sku = N_SKUS}, "usage item 2 (node-7): no such SKU"},
	    {{.sku = 0, .quantity = -1}, "usage item 2 (): quantity"},
	    {{.sku = 0, .quantity = INT64_MAX}, "usage item 2 (): quantity"},
	    {{.sku = 0, .start = 1, .end = 0}, "usage item 2 (): ends before"},
	    {{.sku = 0, .start = INT64_MIN, .end = 0}, "usage item 2 (): time outside"},
	    {{.sku = 0, .start = 0, .end = INT64_MAX}, "usage item 2 (): time outside"},
	    {{.sku = 0, .start = 0, .end = 4000000000000}, "usage spans more than 100 years"},
	    {{.sku = 0, .end = 1, .quantity = 1000000000000000}, "m5.large: more usage than"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct price_list list = mixed_list();
		struct usage_item items[] = {{.sku = 0, .end = 1, .quantity = 1}, cases[i].item};
		struct arena arena = {0};
		struct hourly_usage usage;
		struct err err = {""};
		assert_int_equal(usage_hours(&list, NULL, items, 2, &arena, &usage, &err), -1);
		if (strncmp(err.message, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%zu: %s", i, err.message);
		arena_free(&arena);
	}
}

static void no_usage_is_no_hours(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	struct arena arena = {0};
	struct hourly_usage usage = hours_of(&list, NULL, NULL, 0, &arena);
	assert_int_equal(usage.n_hours + usage.n_months + usage.n_skus, 0);
	assert_int_equal(bill_of(&list, &plain, &usage, &arena).n_lines, 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_item_is_cut_at_the_hours),
	    cmocka_unit_test(a_start_is_charged_where_its_minute_falls),
	    cmocka_unit_test(spot_taken_back_in_its_first_hour_is_free),
	    cmocka_unit_test(the_rest_is_summed_by_month),
	    cmocka_unit_test(a_dated_price_takes_over),
	    cmocka_unit_test(every_hour_is_exact),
	    cmocka_unit_test(refuses_nonsense),
	    cmocka_unit_test(no_usage_is_no_hours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
