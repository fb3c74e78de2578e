#include "bill_fixture.h"

#include "../../models/bill_internal.h"

#define HOURLY(name, rule, type, price)                                                                                \
	{                                                                                                              \
		name, name, "hour", rule, type, price, 1, -1, 0, MS_UNSET, 0, NULL, NULL                               \
	}
#define ALWAYS .start = MS_UNSET, .end = MS_NEVER

/* ---- AWS savings plans guide, sp-applying: its rates, its usage, its five scenarios ---- */

enum { R5, FARGATE_CPU, FARGATE_GB, M5, LAMBDA_GBS, LAMBDA_REQUESTS, GUIDE_SKUS };
static const struct instance_type r5 = {.provider = PROVIDER_AWS, .name = "r5.4xlarge", .family = "r5"};
static const struct instance_type m5 = {.provider = PROVIDER_AWS, .name = "m5.24xlarge", .family = "m5"};
static const struct price_tier guide_prices[GUIDE_SKUS] = {{0, 1000000000},  {0, 40000000}, {0, 4000000},
							   {0, 10000000000}, {0, 54000000}, {0, 200000000}};
static const struct sku guide_skus[GUIDE_SKUS] = {
    HOURLY("r5.4xlarge", SKU_INSTANCE, &r5, &guide_prices[R5]),
    HOURLY("Fargate vCPU", SKU_POD_VCPU, NULL, &guide_prices[FARGATE_CPU]),
    HOURLY("Fargate GB", SKU_POD_MEMORY, NULL, &guide_prices[FARGATE_GB]),
    HOURLY("m5.24xlarge Windows", SKU_INSTANCE, &m5, &guide_prices[M5]),
    HOURLY("Lambda duration", SKU_POD_MEMORY, NULL, &guide_prices[LAMBDA_GBS]),
    HOURLY("Lambda requests", SKU_POD_VCPU, NULL, &guide_prices[LAMBDA_REQUESTS]),
};
static const struct commitment_rate guide_rates[] = {
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = M5, .term_months = 12, .payment = 1, .nano_per_hour = 8200000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = FARGATE_CPU, .term_months = 12, .payment = 1, .nano_per_hour = 30000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = FARGATE_GB, .term_months = 12, .payment = 1, .nano_per_hour = 3000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = R5, .term_months = 12, .payment = 1, .nano_per_hour = 700000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = LAMBDA_GBS, .term_months = 12, .payment = 1, .nano_per_hour = 45900000},
    {.kind = COMMIT_COMPUTE_SAVINGS,
     .sku = LAMBDA_REQUESTS,
     .term_months = 12,
     .payment = 1,
     .nano_per_hour = 200000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = R5, .term_months = 12, .payment = 1, .nano_per_hour = 600000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = M5, .term_months = 12, .payment = 1, .nano_per_hour = 7800000000},
    {.kind = COMMIT_RESERVED, .sku = R5, .term_months = 12, .payment = 1, .nano_per_hour = 550000000},
};
static const struct price_list guide = {.book = {.provider = PROVIDER_AWS, .region = "aws/us-east-1"},
					.skus = (struct sku *)(uintptr_t)guide_skus,
					.n_skus = GUIDE_SKUS,
					.rates = (struct commitment_rate *)(uintptr_t)guide_rates,
					.n_rates = COUNT(guide_rates),
					.currency = "USD"};
/* One hour. Lambda: a million requests of half a GB for 3 s each. */
static const struct usage_item guide_usage[] = {
    {.sku = R5, .end = HOUR_MS, .quantity = 4000},
    {.sku = M5, .end = HOUR_MS, .quantity = 1000},
    {.sku = FARGATE_CPU, .end = HOUR_MS, .quantity = 400000},
    {.sku = FARGATE_GB, .end = HOUR_MS, .quantity = 1600000},
    {.sku = LAMBDA_GBS, .end = 3 * SECOND_MS, .quantity = 500000000},
    {.sku = LAMBDA_REQUESTS, .end = HOUR_MS, .quantity = 1000},
};

static struct commitment savings_plan(enum commitment_kind kind, const char *family, int64_t nano)
{
	return (struct commitment){.kind = kind,
				   .family = family,
				   .nano_per_hour = nano,
				   .term_months = 12,
				   .payment = PAY_PARTIAL_UPFRONT,
				   ALWAYS};
}

static struct bill guide_bill(struct commitment *commitments, uint32_t n, struct arena *arena)
{
	struct price_plan plan = plain;
	plan.commitments = commitments;
	plan.n_commitments = n;
	return rate_items(&guide, &plan, guide_usage, COUNT(guide_usage), arena);
}

static void the_savings_plans_guide(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct bill bill = guide_bill(NULL, 0, &arena);
	assert_int_equal(bill.total_nano, USD(59.10));

	/* 1: a plan of 50.00 covers all; at its rates that is 47.13. */
	struct commitment one[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(50))};
	bill = guide_bill(one, 1, &arena);
	assert_int_equal(bill.total_nano, USD(50));
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 47125000000);
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 2875000000);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), 0);

	/* 2: 2.00 covers some 2.9 of the r5; 1.14 of them, and 55.10 of the rest, are on demand: 56.24. */
	struct commitment two[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(2))};
	bill = guide_bill(two, 1, &arena);
	assert_near(quantity_of(&bill, LINE_COVERED, R5), 2.857143, 1e-6);
	assert_near((double)sum_of(&bill, LINE_USAGE, R5) / 1e9, 1.142857, 1e-6);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE) - sum_of(&bill, LINE_USAGE, R5), USD(55.10));
	assert_near((double)sum_of(&bill, LINE_USAGE, NONE) / 1e9, 56.24, 0.005);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), USD(2));

	/* 3: 19.60 covers r5, then Fargate; 32.70 are on demand. */
	struct commitment three[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(19.60))};
	bill = guide_bill(three, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(32.70));
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 0);

	/* A little less, and it is vCPUs that are not covered: memory, of the lower rate, comes before. */
	three[0].nano_per_hour = USD(19.30);
	bill = guide_bill(three, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, FARGATE_GB), 0);
	assert_int_equal(sum_of(&bill, LINE_USAGE, FARGATE_CPU), USD(0.40));

	/* 4: two reserved r5, then 18.20: the same 32.70. */
	struct commitment four[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(18.20)),
				    {.kind = COMMIT_RESERVED,
				     .sku = "r5.4xlarge",
				     .count_milli = 2000,
				     .term_months = 12,
				     .payment = 1,
				     ALWAYS}};
	bill = guide_bill(four, 2, &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(32.70));
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 0);
	assert_int_equal(sum_of(&bill, LINE_COVERED, R5), USD(2 * 0.55 + 2 * 0.70));

	/* 5: 3.00 on the r5 family, of which 2.40 are used; 16.80 on Fargate; 32.70 on demand. */
	struct commitment five[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(16.80)),
				    savings_plan(COMMIT_INSTANCE_SAVINGS, "r5", USD(3))};
	bill = guide_bill(five, 2, &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(32.70));
	assert_int_equal(sum_of(&bill, LINE_COVERED, R5), USD(2.40));
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), USD(0.60));
	arena_free(&arena);
}

/* An EC2 instance plan comes before a compute plan, though that one (of three years) saves more. */
static void the_narrower_plan_comes_first(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct commitment_rate rates[COUNT(guide_rates) + 1];
	struct price_list list = guide;
	memcpy(rates, guide_rates, sizeof guide_rates);
	rates[COUNT(guide_rates)] = (struct commitment_rate){
	    .kind = COMMIT_COMPUTE_SAVINGS, .sku = R5, .term_months = 36, .payment = 1, .nano_per_hour = 500000000};
	list.rates = rates;
	list.n_rates = COUNT(rates);
	struct usage_item item = {.sku = R5, .end = HOUR_MS, .quantity = 1000};
	struct commitment both[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(0.50)),
				    savings_plan(COMMIT_INSTANCE_SAVINGS, "r5", USD(0.60))};
	both[0].term_months = 36;
	struct price_plan plan = {.commitments = both, .n_commitments = 2};
	struct bill bill = rate_items(&list, &plan, &item, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, R5), USD(0.60));
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), USD(0.50));
	/* Plans of one kind are applied together, whatever their terms: here the one that saves more. */
	both[1] = savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(0.70));
	bill = rate_items(&list, &plan, &item, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, R5), USD(0.50));
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), USD(0.70));
	arena_free(&arena);
}

/* Azure, savings-plan/discount-application: reservations first, then the greatest discount. */
static void azure_alike(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = guide;
	list.book.provider = PROVIDER_AZURE;
	struct commitment both[] = {savings_plan(COMMIT_COMPUTE_SAVINGS, NULL, USD(18.20)),
				    {.kind = COMMIT_RESERVED,
				     .sku = "r5.4xlarge",
				     .count_milli = 2000,
				     .term_months = 12,
				     .payment = 1,
				     ALWAYS}};
	struct price_plan plan = {.commitments = both, .n_commitments = 2};
	struct bill bill = rate_items(&list, &plan, guide_usage, COUNT(guide_usage), &arena);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(32.70));
	bool reservation = false, savings = false;
	for (uint32_t i = 0; i < bill.n_lines; i++) {
		reservation |= strcmp(bill.lines[i].text, "r5.4xlarge, reservation r5.4xlarge, 1 year") == 0;
		savings |= strcmp(bill.lines[i].text, "r5.4xlarge, savings plan, 1 year") == 0;
	}
	assert_true(reservation && savings);
	arena_free(&arena);
}

/* ---- EC2 guide, apply_ri ---- */

static void normalization_factors(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t vcpu;
		double factor;
	} cases[] = {{"t3.nano", 2, .25},
		     {"t3.micro", 2, .5},
		     {"t3.small", 2, 1},
		     {"t3.medium", 2, 2},
		     {"m5.large", 2, 4},
		     {"m5.xlarge", 4, 8},
		     {"m5.2xlarge", 8, 16},
		     {"c5.9xlarge", 36, 72},
		     {"c5.18xlarge", 72, 144},
		     {"m5.24xlarge", 96, 192},
		     {"m5.metal", 96, 192},
		     {"m7i.metal-24xl", 96, 192},
		     {"u-6tb1.112xlarge", 448, 896},
		     {"m5.huge", 4, 0},
		     {"m5", 4, 0},
		     {"m5.2xl", 4, 0},
		     {"m5.", 4, 0}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct instance_type type = {.name = cases[i].name, .vcpu_milli = cases[i].vcpu * 1000};
		if ((double)normalized_quarters(&type) != cases[i].factor * 4)
			fail_msg("%s: %g", cases[i].name, (double)normalized_quarters(&type) / 4);
	}
}

enum { T2_SMALL, T2_MEDIUM, T2_LARGE, G5_X, G5_2X, SIZE_SKUS };
static const struct instance_type sizes[SIZE_SKUS] = {{.name = "t2.small", .family = "t2"},
						      {.name = "t2.medium", .family = "t2"},
						      {.name = "t2.large", .family = "t2"},
						      {.name = "g5.xlarge", .family = "g5"},
						      {.name = "g5.2xlarge", .family = "g5"}};
static const struct price_tier size_prices[SIZE_SKUS] = {
    {0, 23000000}, {0, 46000000}, {0, 92000000}, {0, 1006000000}, {0, 1212000000}};
static const struct sku size_skus[SIZE_SKUS] = {
    HOURLY("t2.small", SKU_INSTANCE, &sizes[T2_SMALL], &size_prices[T2_SMALL]),
    HOURLY("t2.medium", SKU_INSTANCE, &sizes[T2_MEDIUM], &size_prices[T2_MEDIUM]),
    HOURLY("t2.large", SKU_INSTANCE, &sizes[T2_LARGE], &size_prices[T2_LARGE]),
    HOURLY("g5.xlarge", SKU_INSTANCE, &sizes[G5_X], &size_prices[G5_X]),
    HOURLY("g5.2xlarge", SKU_INSTANCE, &sizes[G5_2X], &size_prices[G5_2X])};
static const struct commitment_rate size_rates[] = {
    {.kind = COMMIT_RESERVED, .sku = T2_MEDIUM, .term_months = 12, .nano_per_hour = 29000000},
    {.kind = COMMIT_RESERVED, .sku = G5_X, .term_months = 12, .nano_per_hour = 600000000},
    {.kind = COMMIT_RESERVED, .sku = G5_2X, .term_months = 12, .nano_per_hour = 800000000},
};

static struct price_list size_list(enum provider provider)
{
	return (struct price_list){.book = {.provider = provider, .region = "somewhere"},
				   .skus = (struct sku *)(uintptr_t)size_skus,
				   .n_skus = SIZE_SKUS,
				   .rates = (struct commitment_rate *)(uintptr_t)size_rates,
				   .n_rates = COUNT(size_rates),
				   .currency = "USD"};
}

/* What is on demand of all, or of one SKU. */
static int64_t on_demand_left_of(uint32_t sku, enum provider provider, const char *reserved, int64_t count,
				 const struct usage_item *items, size_t n)
{
	struct arena arena = {0};
	struct price_list list = size_list(provider);
	struct commitment commitment = {
	    .kind = COMMIT_RESERVED, .sku = reserved, .count_milli = count * 1000, .term_months = 12, ALWAYS};
	struct price_plan plan = plain;
	plan.commitments = &commitment;
	plan.n_commitments = 1;
	struct bill bill = rate_items(&list, &plan, items, n, &arena);
	int64_t left = sum_of(&bill, LINE_USAGE, sku);
	arena_free(&arena);
	return left;
}

static int64_t on_demand_left(enum provider provider, const char *reserved, int64_t count,
			      const struct usage_item *items, size_t n)
{
	return on_demand_left_of(NONE, provider, reserved, count, items, n);
}

/* A reserved t2.medium is all of two t2.small, or half of a t2.large; the smallest come first. */
static void reserved_instances_fit_other_sizes(void **state)
{
	(void)state;
	struct usage_item small[] = {{.sku = T2_SMALL, .end = HOUR_MS, .quantity = 2000}};
	struct usage_item large[] = {{.sku = T2_LARGE, .end = HOUR_MS, .quantity = 1000}};
	struct usage_item both[] = {large[0], {.sku = T2_SMALL, .end = HOUR_MS, .quantity = 1000}};
	struct usage_item gpu[] = {{.sku = G5_2X, .end = HOUR_MS, .quantity = 1000},
				   {.sku = G5_X, .end = HOUR_MS, .quantity = 1000}};
	assert_int_equal(on_demand_left(PROVIDER_AWS, "t2.medium", 1, small, 1), 0);
	assert_int_equal(on_demand_left(PROVIDER_AWS, "t2.medium", 1, large, 1), 46000000);
	assert_int_equal(on_demand_left(PROVIDER_AWS, "t2.medium", 1, both, 2), 69000000);
	assert_int_equal(on_demand_left_of(T2_SMALL, PROVIDER_AWS, "t2.medium", 1, both, 2), 0);
	/* g5 has no size flexibility, and Azure's reservations here are for the type itself. */
	assert_int_equal(on_demand_left(PROVIDER_AWS, "g5.xlarge", 2, gpu, 2), 1212000000);
	assert_int_equal(on_demand_left(PROVIDER_AWS, "g5.2xlarge", 2, gpu, 2), 1006000000);
	assert_int_equal(on_demand_left(PROVIDER_AZURE, "t2.medium", 1, small, 1), 46000000);
	/* Two half hours at once are one hour, not two. */
	struct usage_item halves[] = {{.sku = T2_MEDIUM, .end = HOUR_MS / 2, .quantity = 2000}};
	assert_int_equal(on_demand_left(PROVIDER_AWS, "t2.medium", 1, halves, 1), 0);
}

/* ---- Google ---- */

enum { N2_8, N2_16, GCP_SKUS };
static const struct instance_type n2[GCP_SKUS] = {{.provider = PROVIDER_GCP,
						   .name = "e2-standard-8",
						   .family = "e2",
						   .vcpu_milli = 8000,
						   .charged_milli = 8000,
						   .memory_bytes = 32 * GIB,
						   .vcpu_nano_per_hour = 20000000,
						   .gib_nano_per_hour = 3000000},
						  {.provider = PROVIDER_GCP,
						   .name = "e2-highmem-16",
						   .family = "e2",
						   .vcpu_milli = 16000,
						   .charged_milli = 16000,
						   .memory_bytes = 128 * GIB,
						   .vcpu_nano_per_hour = 20000000,
						   .gib_nano_per_hour = 3000000}};
static const struct price_tier gcp_prices[GCP_SKUS] = {{0, 256000000}, {0, 704000000}};
static const struct sku gcp_skus[GCP_SKUS] = {HOURLY("e2-standard-8", SKU_INSTANCE, &n2[0], &gcp_prices[0]),
					      HOURLY("e2-highmem-16", SKU_INSTANCE, &n2[1], &gcp_prices[1])};
static const struct commitment_rate gcp_rates[] = {
    {.kind = COMMIT_RESOURCE,
     .sku = NONE,
     .family = "e2",
     .term_months = 12,
     .nano_per_hour = 12600000,
     .memory_nano_per_hour = 1890000},
    {.kind = COMMIT_FLEXIBLE, .sku = NONE, .family = "e2", .term_months = 12, .discount_ppm = 280000},
};
static const struct price_list google = {.book = {.provider = PROVIDER_GCP, .region = "gcp/us-central1"},
					 .skus = (struct sku *)(uintptr_t)gcp_skus,
					 .n_skus = GCP_SKUS,
					 .rates = (struct commitment_rate *)(uintptr_t)gcp_rates,
					 .n_rates = COUNT(gcp_rates),
					 .currency = "USD"};

static struct bill google_bill(struct commitment *commitments, uint32_t n, struct arena *arena)
{
	static const struct usage_item items[] = {{.sku = N2_8, .end = HOUR_MS, .quantity = 1000},
						  {.sku = N2_16, .end = HOUR_MS, .quantity = 1000}};
	struct price_plan plan = plain;
	plan.commitments = commitments;
	plan.n_commitments = n;
	return rate_items(&google, &plan, items, COUNT(items), arena);
}

/* Google, signing-up-committed-use-discounts: of 24 cores in use and 8 committed to, 8 are at the committed rate and 16
 * at the standard one. Memory that is committed to and not used is paid all the same. */
static void resource_based_committed_use(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct commitment cores = {
	    .kind = COMMIT_RESOURCE, .family = "e2", .count_milli = 8000, .term_months = 12, ALWAYS};
	struct bill bill = google_bill(&cores, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 8 * 12600000);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), 16 * 20000000 + 160 * 3000000);
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 0);
	cores.memory_bytes = 200 * GIB;
	bill = google_bill(&cores, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 8 * 12600000 + 160 * 1890000);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), 16 * 20000000);
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 40 * 1890000);
	arena_free(&arena);
}

/* A flexible commitment is on-demand spend: of 0.50 an hour 0.36 are paid, used or not. */
static void flexible_committed_use(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct commitment some = {.kind = COMMIT_FLEXIBLE, .nano_per_hour = USD(0.5), .term_months = 12, ALWAYS};
	struct bill bill = google_bill(&some, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), USD(0.36));
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), USD(0.96 - 0.5));
	some.nano_per_hour = USD(2);
	bill = google_bill(&some, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 691200000);
	assert_int_equal(bill.total_nano, USD(1.44));
	/* Resource-based commitments come first. */
	struct commitment both[] = {
	    some, {.kind = COMMIT_RESOURCE, .family = "e2", .count_milli = 24000, .term_months = 12, ALWAYS}};
	bill = google_bill(both, 2, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 24 * 12600000 + 480000000ll * 72 / 100);
	arena_free(&arena);
}

/* ---- when it is in force; what does not exist ---- */

static void a_commitment_counts_while_it_is_in_force(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = mixed_list();
	struct usage_item item = {.sku = LARGE, .end = 10 * HOUR_MS, .quantity = 1000};
	struct commitment half = {.kind = COMMIT_RESERVED,
				  .sku = "m5.xlarge",
				  .count_milli = 1000,
				  .term_months = 12,
				  .start = 2 * HOUR_MS + HOUR_MS / 2,
				  .end = 5 * HOUR_MS};
	struct price_plan plan = plain;
	plan.commitments = &half;
	plan.n_commitments = 1;
	struct bill bill = rate_items(&list, &plan, &item, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_COVERED, NONE), 121000000 * 5 / 2);
	assert_int_equal(sum_of(&bill, LINE_USAGE, NONE), 192000000ll * 15 / 2);
	assert_string_equal(bill.lines[1].text, "m5.xlarge, reserved instance m5.xlarge, 1 year, no upfront");
	arena_free(&arena);
}

static void spot_is_not_covered(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list = mixed_list();
	struct usage_item item = {.sku = LARGE, .end = HOUR_MS, .quantity = 1000};
	struct commitment commitment = {
	    .kind = COMMIT_RESERVED, .sku = "m5.xlarge", .count_milli = 1000, .term_months = 12, ALWAYS};
	struct price_plan plan = {.spot = true, .commitments = &commitment, .n_commitments = 1};
	struct bill bill = rate_items(&list, &plan, &item, 1, &arena);
	assert_int_equal(sum_of(&bill, LINE_SPOT, LARGE), 67200000);
	assert_int_equal(sum_of(&bill, LINE_UNUSED, NONE), 121000000);
	/* What cannot be bought as spot is on demand, and covered. */
	item.sku = OTHER;
	commitment.sku = "c5.xlarge";
	bill = rate_items(&list, &plan, &item, 1, &arena);
	assert_int_equal(bill.total_nano, 107000000);
	arena_free(&arena);
}

static void refuses_what_is_not_sold(void **state)
{
	(void)state;
	static const struct {
		struct commitment commitment;
		const char *want;
	} cases[] = {
	    {{.kind = COMMIT_RESERVED, .sku = "m5.2xlarge", .term_months = 12},
	     "no price for reserved instance m5.2xlarge, 1 year, no upfront in aws/us-east-1"},
	    {{.kind = COMMIT_RESERVED, .sku = "m5.large", .term_months = 12, .offering = 1},
	     "no price for reserved instance m5.large, 1 year, no upfront, convertible in aws/us-east-1"},
	    {{.kind = COMMIT_INSTANCE_SAVINGS, .family = "c5", .term_months = 12},
	     "no price for EC2 instance savings plan c5, 1 year, no upfront in aws/us-east-1"},
	    {{.kind = COMMIT_COMPUTE_SAVINGS, .term_months = 36, .payment = 2},
	     "no price for compute savings plan, 3 years, all upfront in aws/us-east-1"},
	    {{.kind = COMMIT_FLEXIBLE, .term_months = 12},
	     "no price for flexible committed use, 1 year, no upfront in aws/us-east-1"},
	    {{.kind = COMMIT_RESERVED, .sku = "m5.large", .term_months = 12, .count_milli = -1},
	     "a commitment to less than nothing, or to more than can be counted"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena = {0};
		struct price_list list = mixed_list();
		struct usage_item item = {.sku = LARGE, .end = HOUR_MS, .quantity = 1000};
		struct hourly_usage usage = hours_of(&list, NULL, &item, 1, &arena);
		struct commitment commitment = cases[i].commitment;
		struct price_plan plan = {.commitments = &commitment, .n_commitments = 1};
		struct bill bill;
		struct err err = {""};
		assert_int_equal(bill_rate(&list, &plan, &usage, &arena, &bill, &err), -1);
		assert_string_equal(err.message, cases[i].want);
		arena_free(&arena);
	}
}

/* ---- conservation ---- */

static struct commitment random_commitment(uint64_t *seed)
{
	static const char *const reserved[] = {"m5.large", "m5.xlarge", "c5.xlarge"};
	static const enum commitment_kind kinds[] = {COMMIT_RESERVED, COMMIT_INSTANCE_SAVINGS, COMMIT_COMPUTE_SAVINGS};
	struct commitment commitment = {.kind = kinds[below(seed, 3)], .term_months = 12, ALWAYS};
	if (commitment.kind == COMMIT_RESERVED) {
		commitment.sku = reserved[below(seed, 3)];
		commitment.count_milli = below(seed, 5000);
	} else {
		commitment.family = commitment.kind == COMMIT_INSTANCE_SAVINGS ? "m5" : NULL;
		commitment.nano_per_hour = below(seed, 1000000000);
	}
	return commitment;
}

/* Of every SKU in every hour: what is covered and what is left is what was in use. Of every commitment: what is spent
 * and what is unused is what it gives. And no commitment is left over while something it could cover is. */
static void nothing_is_lost(void **state)
{
	(void)state;
	struct price_list list = mixed_list();
	uint64_t seed = new_seed();
	for (int round = 0; round < 3000; round++) {
		struct arena arena = {0};
		struct err err = {""};
		uint32_t skus[] = {SMALL, LARGE, XLARGE, OTHER, POD_CPU, POD_GIB};
		int64_t use[COUNT(skus)], left[COUNT(skus)], spot[COUNT(skus)] = {0};
		struct hourly_usage usage = {
		    .n_hours = 1, .n_skus = COUNT(skus), .sku_of = skus, .on_demand = use, .spot = spot};
		for (size_t i = 0; i < COUNT(use); i++)
			left[i] = use[i] = below(&seed, 3) ? below(&seed, 5000 * HOUR_MS) : 0;
		struct commitment commitments[4];
		struct price_plan plan = {.commitments = commitments, .n_commitments = (uint32_t)below(&seed, 5)};
		for (uint32_t i = 0; i < plan.n_commitments; i++)
			commitments[i] = random_commitment(&seed);
		struct meters meters;
		struct coverage coverage;
		assert_int_equal(meters_read(&list, &usage, &arena, &meters, &err), 0);
		assert_int_equal(coverage_read(&list, &plan, &meters, &arena, &coverage, &err), 0);
		assert_int_equal(meters.n, COUNT(skus));
		coverage_hour(&coverage, 0, left);
		for (uint32_t i = 0; i < coverage.n_claims; i++) {
			use[coverage.claims[i].meter] -= (int64_t)coverage.claims[i].covered;
			assert_true(coverage.claims[i].covered >= 0);
		}
		assert_memory_equal(use, left, sizeof use);
		for (uint32_t p = 0; p < coverage.n_pools; p++) {
			wide_t spent = coverage.pools[p].unused;
			for (uint32_t i = 0; i < coverage.n_claims; i++) {
				if (coverage.claims[i].pool != p)
					continue;
				spent += coverage.claims[i].spent;
				assert_true(coverage.pools[p].unused == 0 || left[coverage.claims[i].meter] == 0);
			}
			assert_true(spent == coverage.pools[p].per_ms * HOUR_MS);
			assert_true(coverage.pools[p].unused >= 0);
		}
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_savings_plans_guide),
	    cmocka_unit_test(the_narrower_plan_comes_first),
	    cmocka_unit_test(azure_alike),
	    cmocka_unit_test(normalization_factors),
	    cmocka_unit_test(reserved_instances_fit_other_sizes),
	    cmocka_unit_test(resource_based_committed_use),
	    cmocka_unit_test(flexible_committed_use),
	    cmocka_unit_test(a_commitment_counts_while_it_is_in_force),
	    cmocka_unit_test(spot_is_not_covered),
	    cmocka_unit_test(refuses_what_is_not_sold),
	    cmocka_unit_test(nothing_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
