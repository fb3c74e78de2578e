#include "bill_fixture.h"

#include "../../models/bill_internal.h"
#include "usage.h"

static const ms_t june = 1685577600000, july = 1688169600000;

/* ---- lines ---- */

static void lines_say_what_is_charged(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = mixed_list();
	struct usage_item items[] = {
	    {.sku = DISK, .start = june, .end = july + DAY_MS, .quantity = 20000},
	    {.sku = LARGE, .start = july - HOUR_MS, .end = july + HOUR_MS, .quantity = 2000},
	    {.sku = LARGE, .start = july, .end = july + HOUR_MS, .quantity = 1000, .spot = true},
	    {.sku = EGRESS, .start = july, .end = july, .quantity = 150000},
	};
	struct price_plan plan = {.free_tier = true, .discount_ppm = 100000, .tax_ppm = 190000, .min_charge_ms = -1};
	struct bill bill = rate_items(&list, &plan, items, COUNT(items), &arena);
	static const struct {
		enum line_kind kind;
		uint32_t sku;
		const char *text, *unit;
		double quantity;
		int64_t price, amount, at_list;
	} want[] = {
	    {LINE_USAGE, LARGE, "m5.xlarge", "hour", 2, 192000000, 384000000, 384000000},
	    {LINE_USAGE, DISK, "EBS gp3", "GiB-month", 20, 80000000, 1600000000, 1600000000},
	    {LINE_DISCOUNT, NONE, "negotiated discount 10 %", "USD", 1.984, 0, -198400000, 0},
	    {LINE_TAX, NONE, "tax 19 %", "USD", 1.7856, 0, 339264000, 0},
	    {LINE_USAGE, LARGE, "m5.xlarge", "hour", 2, 192000000, 384000000, 384000000},
	    {LINE_USAGE, DISK, "EBS gp3", "GiB-month", 20. / 31, 80000000, 51612903, 51612903},
	    {LINE_USAGE, EGRESS, "egress internet", "GiB", 150, 90000000, 13500000000, 13500000000},
	    {LINE_SPOT, LARGE, "m5.xlarge, spot", "hour", 1, 67200000, 67200000, 192000000},
	    {LINE_DISCOUNT, NONE, "negotiated discount 10 %", "USD", 5.002812903, 0, -500281290, 0},
	    {LINE_CREDIT, EGRESS, "egress internet, free tier", "GiB", 100, 0, -9000000000, 0},
	    {LINE_TAX, NONE, "tax 19 %", "USD", 4.502531613, 0, 855481006, 0},
	};
	assert_int_equal(bill.n_lines, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct bill_line *line = &bill.lines[i];
		if (line->kind != want[i].kind || line->sku != want[i].sku || line->price_nano != want[i].price ||
		    line->amount_nano != want[i].amount || line->list_nano != want[i].at_list)
			fail_msg("line %zu: %s %s %lld, list %lld", i, line_kind_names[line->kind], line->text,
				 (long long)line->amount_nano, (long long)line->list_nano);
		assert_string_equal(line->text, want[i].text);
		assert_string_equal(line->unit, want[i].unit);
		assert_near(line->quantity, want[i].quantity, 1e-9);
		assert_int_equal(line->month, i < 4 ? june : july);
		assert_int_equal(line->commitment, NONE);
	}
	assert_string_equal(bill.currency, "USD");
	arena_free(&arena);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (int kind = 0; kind < LINE_KINDS; kind++)
		assert_non_null(line_kind_names[kind]);
}

/* ---- rounding and currency ---- */

static void half_away_from_zero(void **state)
{
	(void)state;
	static const struct {
		struct fraction sum;
		int64_t rate, want;
	} cases[] = {
	    {{1, 2}, NANO, 1},
	    {{-1, 2}, NANO, -1},
	    {{49, 100}, NANO, 0},
	    {{-49, 100}, NANO, 0},
	    {{3, 2}, NANO, 2},
	    {{1, 1}, NANO / 2, 1},
	    {{1, 1}, NANO / 2 - 1, 0},
	    {{5, 1}, 500000000, 3},
	    {{7, 2}, 2 * NANO, 7},
	    {{INT64_MAX, 1}, NANO, INT64_MAX},
	    {{-(wide_t)INT64_MAX, 1}, NANO, -INT64_MAX},
	    {{(wide_t)INT64_MAX * 3, 3}, NANO, INT64_MAX},
	    {{1000000000, 1}, 896950000, 896950000},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t nano = -77;
		if (!money_round(cases[i].sum, cases[i].rate, &nano) || nano != cases[i].want)
			fail_msg("case %zu: %lld", i, (long long)nano);
	}
	int64_t nano;
	assert_false(money_round((struct fraction){(wide_t)INT64_MAX + 1, 1}, NANO, &nano));
	assert_false(money_round((struct fraction){INT64_MAX, 1}, NANO + 1, &nano));
	uint64_t seed = new_seed();
	for (int round = 0; round < 100000; round++) {
		wide_t numerator = (wide_t)below(&seed, 1000000000000000) * (round % 2 ? 1 : -1);
		int64_t denominator = 1 + below(&seed, 3600000000000), rate = 1 + below(&seed, 4 * NANO);
		wide_t scale = (wide_t)denominator * NANO, exact = numerator * rate;
		assert_true(money_round((struct fraction){numerator, denominator}, rate, &nano));
		wide_t error = 2 * ((wide_t)nano * scale - exact);
		assert_true(error <= scale && error >= -scale);
	}
}

/* A Google bill: 50 GiB for an hour of July at 0.044 were CHF 0.002652 at CHF 0.89695 a dollar. A line is rounded in
 * the bill's currency, not before. */
static void another_currency(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = mixed_list();
	struct price_tier price = {0, 44000000};
	struct sku disk = mixed_skus[DISK];
	disk.tiers = &price;
	list.skus = &disk;
	list.n_skus = 1;
	struct price_plan plan = {.currency = "CHF", .rate_nano = 896950000, .rate_date = "2023-07-31"};
	struct usage_item item = {.start = july, .end = july + HOUR_MS, .quantity = 50000};
	struct bill bill = rate_items(&list, &plan, &item, 1, &arena);
	/* 50 * 44000000 / 744 * 0.89695 = 2652271.5... */
	assert_int_equal(bill.total_nano, 2652272);
	assert_int_equal(bill.lines[0].price_nano, 39465800);
	assert_string_equal(bill.currency, "CHF");
	arena_free(&arena);
}

/* ---- the simulator's quick path ---- */

/* Within one calendar month usage_rate and bill_rate agree to the unit. (Over several, bill_rate has a line for each
 * and rounds each.) */
static void agrees_with_the_quick_path(void **state)
{
	(void)state;
	uint64_t seed = new_seed();
	for (int round = 0; round < 2000; round++) {
		struct instance_type types[3] = {
		    {.name = "a", .family = "a"}, {.name = "b", .family = "b"}, {.name = "c", .family = "c"}};
		struct price_tier prices[5];
		const struct instance_type *pointers[3];
		struct sku skus[5];
		struct region_fees fees = {.control_plane_name = "plane",
					   .disk_name = "disk",
					   .currency = "USD",
					   .min_charge_ms = (int64_t[]){0, 60000, 300000}[below(&seed, 3)]};
		for (uint32_t i = 0; i < 5; i++) {
			prices[i] = (struct price_tier){0, below(&seed, 3000000000)};
			skus[i] = (struct sku){.id = "x",
					       .rule = i < 3    ? SKU_INSTANCE
						       : i == 3 ? SKU_DISK
								: SKU_HOUR,
					       .tiers = &prices[i],
					       .n_tiers = 1,
					       .spot_nano = -1,
					       .valid_from = MS_UNSET,
					       .min_charge_ms = i < 3 ? fees.min_charge_ms : 0};
			if (i < 3) {
				types[i].price_nano_per_hour = prices[i].price_nano;
				pointers[i] = skus[i].type = &types[i];
			}
		}
		fees.disk_nano_per_gib_month = prices[3].price_nano;
		fees.control_plane_nano_per_hour = prices[4].price_nano;
		struct price_list list = {.skus = skus, .n_skus = 5, .currency = "USD"};
		struct usage_record records[20];
		struct usage_item items[20];
		size_t n = 1 + (size_t)below(&seed, 20);
		ms_t month = date(2023, 1 + (unsigned)below(&seed, 12), 1), span = calendar_month_ms(month) - 300000;
		for (size_t i = 0; i < n; i++) {
			uint32_t sku = (uint32_t)below(&seed, 5);
			ms_t start = below(&seed, span),
			     end = start + below(&seed, below(&seed, 2) ? span - start + 1 : 100000);
			records[i] = (struct usage_record){sku < 3    ? USAGE_INSTANCE
							   : sku == 3 ? USAGE_DISK
								      : USAGE_CONTROL_PLANE,
							   sku < 3 ? sku : 0, 1 + below(&seed, 100), month + start,
							   month + min64(end, span)};
			items[i] = (struct usage_item){.sku = sku,
						       .start = records[i].start,
						       .end = records[i].end,
						       .quantity = records[i].quantity * 1000};
		}
		struct arena arena = {0};
		struct invoice invoice;
		struct err err = {""};
		assert_int_equal(usage_rate(records, n, pointers, 3, &fees, &arena, &invoice, &err), 0);
		if (total_of(&list, &plain, items, n) != invoice.total_nano)
			fail_msg("round %d: %lld, not %lld", round, (long long)total_of(&list, &plain, items, n),
				 (long long)invoice.total_nano);
		arena_free(&arena);
	}
}

/* ---- laws ---- */

enum { MAX_ITEMS = 24 };

struct random_plan {
	struct price_plan plan;
	struct commitment commitments[3];
};

static void make_plan(uint64_t *seed, struct random_plan *made)
{
	static const struct commitment kinds[] = {
	    {.kind = COMMIT_RESERVED, .sku = "m5.xlarge", .term_months = 12, .start = MS_UNSET, .end = MS_NEVER},
	    {.kind = COMMIT_INSTANCE_SAVINGS, .family = "m5", .term_months = 12, .start = MS_UNSET, .end = MS_NEVER},
	    {.kind = COMMIT_COMPUTE_SAVINGS, .term_months = 12, .start = MS_UNSET, .end = MS_NEVER}};
	*made = (struct random_plan){.plan = {.spot = below(seed, 4) == 0,
					      .free_tier = below(seed, 2),
					      .min_charge_ms = -1,
					      .discount_ppm = below(seed, 2) * below(seed, 400000),
					      .tax_ppm = below(seed, 2) * 190000}};
	made->plan.n_commitments = (uint32_t)below(seed, 4);
	for (uint32_t i = 0; i < made->plan.n_commitments; i++) {
		made->commitments[i] = kinds[below(seed, 3)];
		made->commitments[i].count_milli = below(seed, 4000);
		made->commitments[i].nano_per_hour = below(seed, 400000000);
	}
	made->plan.commitments = made->commitments;
}

static size_t make_items(uint64_t *seed, struct usage_item *items)
{
	size_t n = 1 + (size_t)below(seed, MAX_ITEMS - 2);
	for (size_t i = 0; i < n; i++)
		items[i] = random_item(seed, june, 20 * DAY_MS);
	return n;
}

static void swap_all(struct usage_item *items, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)below(seed, (int64_t)i);
		struct usage_item item = items[i - 1];
		items[i - 1] = items[j];
		items[j] = item;
	}
}

/* Cuts the last item in two: by its quantity, or in time. Not in time: counted quantities, and instances and pods less
 * than a minute of which would be a start of its own (the minimum charge is the one exception). */
static void cut_last(struct usage_item *items, size_t n, uint64_t *seed)
{
	struct usage_item *last = &items[n - 1], *next = &items[n];
	bool starts = last->sku < PLANE || last->sku > EGRESS;
	ms_t least = starts ? MINUTE_MS : 0, span = last->end - last->start;
	*next = *last;
	if (below(seed, 2) || last->sku == EGRESS || span < 2 * least + 1) {
		next->quantity = below(seed, last->quantity + 1);
		last->quantity -= next->quantity;
	} else {
		next->start = last->end = last->start + least + below(seed, span - 2 * least);
	}
}

/* Whatever the plan: the bill does not depend on the order of rows nor on how usage is cut into rows, is never
 * negative, and never falls when there is more usage. Counted quantities are cut at whole thousandths, so a cut of one
 * over two months may put a thousandth into the other: only one month's are drawn. */
static void laws_of_the_bill(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	for (int round = 0; round < 1500; round++) {
		struct usage_item items[MAX_ITEMS];
		struct random_plan made;
		make_plan(&seed, &made);
		size_t n = make_items(&seed, items);
		for (size_t i = 0; i < n; i++)
			if (items[i].sku == EGRESS)
				items[i].end = items[i].start;
		int64_t whole = total_of(&list, &made.plan, items, n);
		assert_true(whole >= 0);
		swap_all(items, n, &seed);
		assert_int_equal(total_of(&list, &made.plan, items, n), whole);
		cut_last(items, n, &seed);
		assert_int_equal(total_of(&list, &made.plan, items, n + 1), whole);
		/* The span must not grow, or commitments are paid for longer. */
		struct usage_item more = items[below(&seed, (int64_t)n)];
		more.sku = (uint32_t)below(&seed, N_SKUS);
		more.quantity = 1 + below(&seed, 4000);
		more.spot = below(&seed, 2);
		more.end = more.sku == EGRESS ? more.start : max64(more.end, more.start);
		items[n + 1] = more;
		/* Each line may round the other way. */
		assert_true(total_of(&list, &made.plan, items, n + 2) >= whole - 60);
	}
}

/* Without commitments, tiers, free units and sustained use the bill of two usages is the sum of their bills, but for
 * the rounding of each line. */
static void bills_add_up(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	for (int round = 0; round < 500; round++) {
		struct usage_item items[MAX_ITEMS];
		size_t n = make_items(&seed, items), half = (size_t)below(&seed, (int64_t)n + 1);
		for (size_t i = 0; i < n; i++)
			if (items[i].sku == EGRESS)
				items[i].sku = DISK;
		int64_t both = total_of(&list, &plain, items, n);
		int64_t sum = total_of(&list, &plain, items, half) + total_of(&list, &plain, items + half, n - half);
		assert_near(both, sum, 60);
	}
}

/* The list prices on the lines are those of the usage, however it was bought. */
static void list_price_is_of_the_usage(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	for (int round = 0; round < 500; round++) {
		struct arena arena = {0};
		struct usage_item items[MAX_ITEMS];
		struct random_plan made;
		make_plan(&seed, &made);
		size_t n = make_items(&seed, items);
		struct bill bill = rate_items(&list, &made.plan, items, n, &arena);
		int64_t at_list = 0;
		for (uint32_t i = 0; i < bill.n_lines; i++)
			at_list += bill.lines[i].list_nano;
		for (size_t i = 0; i < n; i++)
			items[i].spot = false;
		assert_near(at_list, total_of(&list, &plain, items, n), 100);
		arena_free(&arena);
	}
}

static void usage_is_left_as_it_was(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	struct usage_item items[MAX_ITEMS];
	struct random_plan made;
	size_t n = make_items(&seed, items);
	struct hourly_usage usage = hours_of(&list, NULL, items, n, &arena);
	int64_t first = bill_of(&list, &plain, &usage, &arena).total_nano;
	for (int round = 0; round < 20; round++) {
		make_plan(&seed, &made);
		int64_t total = bill_of(&list, &made.plan, &usage, &arena).total_nano;
		assert_int_equal(bill_of(&list, &made.plan, &usage, &arena).total_nano, total);
	}
	assert_int_equal(bill_of(&list, &plain, &usage, &arena).total_nano, first);
	arena_free(&arena);
}

static void refuses_nonsense(void **state)
{
	(void)state;
	static const struct {
		struct price_plan plan;
		const char *want;
	} cases[] = {{{.discount_ppm = -1}, "a negotiated discount outside 0 to 100 %"},
		     {{.discount_ppm = 1000001}, "a negotiated discount outside 0 to 100 %"},
		     {{.tax_ppm = -1}, "a tax outside 0 to 1000 %"},
		     {{.currency = "EUR"}, "a rate of EUR outside 0 to 1000000"},
		     {{.currency = "EUR", .rate_nano = INT64_MAX}, "a rate of EUR outside 0 to 1000000"}};
	struct arena arena = {0};
	struct price_list list = mixed_list();
	struct usage_item item = {.sku = LARGE, .end = HOUR_MS, .quantity = 1000};
	struct hourly_usage usage = hours_of(&list, NULL, &item, 1, &arena);
	struct bill bill;
	struct err err;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(bill_rate(&list, &cases[i].plan, &usage, &arena, &bill, &err), -1);
		assert_string_equal(err.message, cases[i].want);
	}
	struct price_tier dear = {0, INT64_MAX};
	struct sku sku = mixed_skus[LARGE];
	sku.tiers = &dear;
	list.skus = &sku;
	list.n_skus = 1;
	item = (struct usage_item){.end = HOUR_MS, .quantity = 1000000};
	usage = hours_of(&list, NULL, &item, 1, &arena);
	assert_int_equal(bill_rate(&list, &plain, &usage, &arena, &bill, &err), -1);
	assert_non_null(strstr(err.message, "m5.xlarge: an amount above"));
	sku.n_tiers = 0;
	assert_int_equal(bill_rate(&list, &plain, &usage, &arena, &bill, &err), -1);
	assert_string_equal(err.message, "m5.xlarge has no price");
	arena_free(&arena);
}

/* ---- speed: printed, not asserted ---- */

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void a_year(void **state)
{
	(void)state;
	enum { ITEMS = 100000, PLANS = 100 };
	struct arena arena = {0};
	struct price_list list = mixed_list();
	uint64_t seed = 42;
	struct usage_item *items = arena_alloc(&arena, ITEMS, sizeof *items);
	for (size_t i = 0; i < ITEMS; i++)
		items[i] = random_item(&seed, june, 325 * DAY_MS);
	double start = now_ms();
	struct hourly_usage usage = hours_of(&list, NULL, items, ITEMS, &arena);
	print_message("%u hours of %d items: %.1f ms\n", usage.n_hours, ITEMS, now_ms() - start);
	struct random_plan made;
	do
		make_plan(&seed, &made);
	while (made.plan.n_commitments != 3 || made.plan.spot);
	for (uint32_t i = 0; i < 3; i++) {
		made.commitments[i].count_milli *= 5000;
		made.commitments[i].nano_per_hour *= 5000;
	}
	start = now_ms();
	for (int i = 0; i < PLANS; i++) {
		struct arena lines = {0};
		assert_true(bill_of(&list, &made.plan, &usage, &lines).total_nano > 0);
		arena_free(&lines);
	}
	print_message("%u SKUs, 3 commitments: %.2f ms a plan\n", usage.n_skus, (now_ms() - start) / PLANS);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_say_what_is_charged),
	    cmocka_unit_test(every_kind_has_a_name),
	    cmocka_unit_test(half_away_from_zero),
	    cmocka_unit_test(another_currency),
	    cmocka_unit_test(agrees_with_the_quick_path),
	    cmocka_unit_test(laws_of_the_bill),
	    cmocka_unit_test(bills_add_up),
	    cmocka_unit_test(list_price_is_of_the_usage),
	    cmocka_unit_test(usage_is_left_as_it_was),
	    cmocka_unit_test(refuses_nonsense),
	    cmocka_unit_test(a_year),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
