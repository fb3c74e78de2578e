#include "usage.h"

#include <setjmp.h>
#include <time.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static const struct instance_type m5 = {.name = "m5.xlarge", .price_nano_per_hour = 192000000};
static const struct instance_type odd = {.name = "odd", .price_nano_per_hour = 1};
static const struct instance_type *const types[] = {&m5, &odd};
static const struct region_fees fees = {.control_plane_nano_per_hour = 100000000,
					.disk_nano_per_gib_month = 44000000,
					.disk_name = "disk",
					.control_plane_name = "control plane",
					.min_charge_ms = 60000,
					.currency = "USD"};

static ms_t at(int year, int month, int day)
{

	/* days from the civil calendar, by counting */
	ms_t days = 0;
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	for (int y = 1970; y < year; y++)
		days += (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 366 : 365;
	for (int m = 1; m < month; m++)
		days += lengths[m - 1] + (m == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
	return (days + day - 1) * DAY_MS;
}

static struct invoice rate(const struct usage_record *records, size_t n, struct arena *arena)
{
	struct invoice invoice;
	struct err err = {""};
	if (usage_rate(records, n, types, COUNT(types), &fees, arena, &invoice, &err) < 0)
		fail_msg("%s", err.message);
	int64_t total = 0;
	for (uint32_t i = 0; i < invoice.n_lines; i++) {
		assert_true(invoice.lines[i].amount_nano >= 0);
		total += invoice.lines[i].amount_nano;
	}
	assert_int_equal(total, invoice.total_nano);
	return invoice;
}

static int64_t cost(const struct usage_record *records, size_t n)
{
	struct arena arena = {0};
	int64_t total = rate(records, n, &arena).total_nano;
	arena_free(&arena);
	return total;
}

static int64_t cost_of_one(uint32_t kind, int64_t quantity, ms_t start, ms_t end)
{
	struct usage_record record = {kind, 0, quantity, start, end};
	return cost(&record, 1);
}

/* 1 h 30 min of m5.xlarge at 0.192. */
static void instances_by_the_millisecond(void **state)
{
	(void)state;
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 0, 90 * MINUTE_MS), 288000000);
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 5, 5 + 60000), 3200000);
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 0, 60001), 3200053); /* 3200053.33 */
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 3, 0, 90 * MINUTE_MS), 3 * 288000000);
}

static void every_start_costs_a_minute(void **state)
{
	(void)state;
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 0, 0), 3200000);
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 0, 1), 3200000);
	assert_int_equal(cost_of_one(USAGE_INSTANCE, 1, 0, 59999), 3200000);
	struct usage_record starts[] = {{USAGE_INSTANCE, 0, 1, 0, 1}, {USAGE_INSTANCE, 0, 1, 0, 1}};
	assert_int_equal(cost(starts, 2), 2 * 3200000);
	/* It is for instances only. */
	assert_int_equal(cost_of_one(USAGE_CONTROL_PLANE, 1, 0, 36000), 1000000);
	assert_int_equal(cost_of_one(USAGE_DISK, 1, 0, 0), 0);
}

/* A Google bill: 193273528320000 byte-seconds (50 GiB for an hour) in July at 0.044 a GiB-month was CHF 0.002652 at
 * CHF 0.89695 a dollar. */
static void a_disk_on_a_real_bill(void **state)
{
	(void)state;
	assert_int_equal(50 * GIB * 3600, 193273528320000);
	ms_t july = at(2023, 7, 10);
	int64_t nano = cost_of_one(USAGE_DISK, 50, july, july + HOUR_MS);
	assert_int_equal(nano, 2956989);
	char printed[32];
	snprintf(printed, sizeof printed, "%.6f", (double)nano / 1e9 * 0.89695);
	assert_string_equal(printed, "0.002652");
}

/* The EBS price page: 2,000 GB for 43,200 s of a 30-day month at 0.09394 make 3.13133. */
static void a_disk_on_the_price_page(void **state)
{
	(void)state;
	struct region_fees page = fees;
	page.disk_nano_per_gib_month = 93940000;
	struct usage_record record = {USAGE_DISK, 0, 2000, at(2024, 4, 3), at(2024, 4, 3) + 43200 * SECOND_MS};
	struct arena arena = {0};
	struct invoice invoice;
	struct err err;
	assert_int_equal(usage_rate(&record, 1, types, 2, &page, &arena, &invoice, &err), 0);
	assert_int_equal((invoice.total_nano + 5000) / 10000, 313133);
	arena_free(&arena);
}

static void a_month_is_a_month(void **state)
{
	(void)state;
	for (int year = 1970; year < 2410; year++)
		for (int month = 1; month <= 12; month++) {
			ms_t start = at(year, month, 1), end = at(year + month / 12, month % 12 + 1, 1);
			if (cost_of_one(USAGE_DISK, 10, start, end) != 440000000)
				fail_msg("%d-%02d", year, month);
		}
	/* Half of January (31 days) and half of February 2024 (29). */
	assert_int_equal(cost_of_one(USAGE_DISK, 31 * 29, at(2024, 1, 16), at(2024, 2, 16)),
			 44000000ll * (29 * 16 + 31 * 15));
	assert_int_equal(cost_of_one(USAGE_DISK, 1, at(1970, 1, 1), at(2370, 1, 1)), 400ll * 12 * 44000000);
	/* Before 1970, and the ends of the calendar. */
	assert_int_equal(cost_of_one(USAGE_DISK, 10, -31 * DAY_MS, 0), 440000000);
	assert_int_equal(cost_of_one(USAGE_DISK, 1, -62135596800000, 253402300799999),
			 (int64_t)(9999ll * 12) * 44000000);
}

static void lines_come_in_order(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct usage_record records[] = {{USAGE_CONTROL_PLANE, 0, 1, 0, 2 * HOUR_MS},
					 {USAGE_DISK, 0, 20, 0, 31 * DAY_MS},
					 {USAGE_INSTANCE, 1, 1, 0, HOUR_MS},
					 {USAGE_INSTANCE, 0, 1, 0, HOUR_MS},
					 {USAGE_INSTANCE, 0, 1, 0, HOUR_MS}};
	struct invoice invoice = rate(records, COUNT(records), &arena);
	assert_int_equal(invoice.n_lines, 4);
	static const struct {
		const char *sku, *unit;
		int64_t amount;
		double quantity;
	} want[] = {{"m5.xlarge", "hour", 384000000, 2},
		    {"odd", "hour", 1, 1},
		    {"disk", "GiB-month", 880000000, 20},
		    {"control plane", "hour", 200000000, 2}};
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(invoice.lines[i].sku, want[i].sku);
		assert_string_equal(invoice.lines[i].unit, want[i].unit);
		assert_int_equal(invoice.lines[i].amount_nano, want[i].amount);
		assert_true(invoice.lines[i].quantity == want[i].quantity);
	}
	assert_true(invoice.lines[0].quantity_units == 2 * HOUR_MS);
	assert_true(invoice.lines[2].quantity_units == (wide_t)20 * 31 * DAY_MS);
	assert_string_equal(invoice.currency, "USD");
	assert_int_equal(rate(NULL, 0, &arena).n_lines, 0);
	arena_free(&arena);
}

/* One nano-dollar an hour: half an hour is half a nano-dollar, and rounds away from zero, once for the line. */
static void rounding_is_once_a_line(void **state)
{
	(void)state;
	struct usage_record records[] = {{USAGE_INSTANCE, 1, 1, 0, HOUR_MS / 2},
					 {USAGE_INSTANCE, 1, 1, 0, HOUR_MS / 2},
					 {USAGE_INSTANCE, 1, 1, 0, HOUR_MS / 2}};
	assert_int_equal(cost(records, 1), 1);
	assert_int_equal(cost(records, 2), 1);
	assert_int_equal(cost(records, 3), 2);
	records[0].end = HOUR_MS / 2 - 1;
	assert_int_equal(cost(records, 1), 0);
}

static void refuses_nonsense(void **state)
{
	(void)state;
	static const struct {
		struct usage_record record;
		const char *want;
	} cases[] = {
	    {{7, 0, 1, 0, 1}, "usage record 1: unknown kind"},
	    {{USAGE_INSTANCE, 2, 1, 0, 1}, "usage record 1: no instance type"},
	    {{USAGE_INSTANCE, 0, -1, 0, 1}, "usage record 1: quantity"},
	    {{USAGE_DISK, 0, INT64_MAX, 0, 1}, "usage record 1: quantity"},
	    {{USAGE_DISK, 0, 1, 1, 0}, "usage record 1: ends before it starts"},
	    {{USAGE_DISK, 0, 1, INT64_MIN, 0}, "usage record 1: time outside"},
	    {{USAGE_DISK, 0, 1, 0, INT64_MAX}, "usage record 1: time outside"},
	    {{USAGE_INSTANCE, 0, 1000000000, 0, 253402300799999}, "m5.xlarge: rating: an amount above"},
	    {{USAGE_DISK, 0, 1000000000, 0, 253402300799999}, "disk: rating: an amount above"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct usage_record records[] = {{USAGE_DISK, 0, 1, 0, 1}, cases[i].record};
		struct arena arena = {0};
		struct invoice invoice;
		struct err err = {""};
		assert_int_equal(usage_rate(records, 2, types, 2, &fees, &arena, &invoice, &err), -1);
		if (strncmp(err.message, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%zu: %s", i, err.message);
		arena_free(&arena);
	}
}

static void refuses_a_total_that_does_not_fit(void **state)
{
	(void)state;
	struct instance_type dear = {.name = "dear", .price_nano_per_hour = 6000000000000000000};
	const struct instance_type *const two[] = {&dear, &dear};
	struct usage_record records[] = {{USAGE_INSTANCE, 0, 1, 0, HOUR_MS}, {USAGE_INSTANCE, 1, 1, 0, HOUR_MS}};
	struct arena arena = {0};
	struct invoice invoice;
	struct err err;
	assert_int_equal(usage_rate(records, 1, two, 2, &fees, &arena, &invoice, &err), 0);
	assert_int_equal(usage_rate(records, 2, two, 2, &fees, &arena, &invoice, &err), -1);
	assert_non_null(strstr(err.message, "a total above"));
	arena_free(&arena);
}

/* xorshift64*: small, seeded, printed on start. */
static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ull;
}

static struct usage_record random_record(uint64_t *seed)
{
	uint32_t kind = (uint32_t)(draw(seed) % 3);
	ms_t start = (ms_t)(draw(seed) % (100ull * 365 * DAY_MS)) - 20 * 365 * DAY_MS;
	ms_t span = (ms_t)(draw(seed) % (uint64_t[]){1000, HOUR_MS, DAY_MS, 400 * DAY_MS}[draw(seed) % 4]);
	return (struct usage_record){kind, kind == USAGE_INSTANCE ? (uint32_t)(draw(seed) % 2) : 0,
				     kind == USAGE_DISK ? (int64_t)(draw(seed) % 500) : 1, start, start + span};
}

static void shuffle(struct usage_record *records, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(draw(seed) % i);
		struct usage_record swap = records[i - 1];
		records[i - 1] = records[j];
		records[j] = swap;
	}
}

/* Order does not matter; cutting a record in two changes nothing (but for the minute each start costs); more usage
 * never costs less. */
static void laws_of_rating(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL) | 1;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 2000; round++) {
		struct usage_record records[24];
		size_t n = 1 + (size_t)(draw(&seed) % 12);
		for (size_t i = 0; i < n; i++)
			records[i] = random_record(&seed);
		int64_t whole = cost(records, n);
		assert_true(whole >= 0);
		shuffle(records, n, &seed);
		assert_int_equal(cost(records, n), whole);

		struct usage_record *last = &records[n - 1];
		ms_t span = last->end - last->start, cut = last->start + (ms_t)(draw(&seed) % (uint64_t)(span + 1));
		records[n] = *last;
		records[n].start = last->end = cut;
		bool starts_again =
		    last->kind == USAGE_INSTANCE && (cut - last->start < 60000 || records[n].end - cut < 60000);
		if (starts_again)
			assert_true(cost(records, n + 1) >= whole);
		else
			assert_int_equal(cost(records, n + 1), whole);

		int64_t before = cost(records, n + 1);
		records[n].end += (ms_t)(draw(&seed) % DAY_MS);
		assert_true(cost(records, n + 1) >= before);
		records[n + 1] = random_record(&seed);
		assert_true(cost(records, n + 2) >= before);
	}
}

static double wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void a_million_records(void **state)
{
	(void)state;
	uint64_t seed = 1;
	size_t n = 1000000;
	struct arena arena = {0};
	struct usage_record *records = arena_alloc(&arena, n, sizeof *records);
	assert_non_null(records);
	for (size_t i = 0; i < n; i++)
		records[i] = random_record(&seed);
	for (size_t i = 0; i < n; i++)
		records[i].quantity = 1;
	for (uint32_t kind = 0; kind <= 3; kind++) {
		for (size_t i = 0; i < n; i++)
			records[i].kind = kind < 3 ? kind : (uint32_t)(i % 3);
		double start = wall_ms();
		struct arena lines = {0};
		rate(records, n, &lines);
		double took = wall_ms() - start;
		print_message("a million records of kind %u: %.1f ms\n", kind, took);
		assert_true(took < 2000); /* generous: sanitizers and busy machines */
		arena_free(&lines);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(instances_by_the_millisecond),
	    cmocka_unit_test(every_start_costs_a_minute),
	    cmocka_unit_test(a_disk_on_a_real_bill),
	    cmocka_unit_test(a_disk_on_the_price_page),
	    cmocka_unit_test(a_month_is_a_month),
	    cmocka_unit_test(lines_come_in_order),
	    cmocka_unit_test(rounding_is_once_a_line),
	    cmocka_unit_test(refuses_nonsense),
	    cmocka_unit_test(refuses_a_total_that_does_not_fit),
	    cmocka_unit_test(laws_of_rating),
	    cmocka_unit_test(a_million_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
