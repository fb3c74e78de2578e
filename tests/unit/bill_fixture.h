/* Small price lists and usage for the tests of the bill. */
#ifndef PLIMSOLL_TEST_BILL_FIXTURE_H
#define PLIMSOLL_TEST_BILL_FIXTURE_H

#include "billing.h"
#include "calendar.h"

#include <setjmp.h>
#include <time.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define NONE   UINT32_MAX
#define USD(x) ((int64_t)((x)*1e9 + 0.5))

static const struct price_plan plain = {.name = "on-demand", .min_charge_ms = -1};

static inline uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ull;
}

static inline int64_t below(uint64_t *seed, int64_t n)
{
	return (int64_t)(draw(seed) % (uint64_t)n);
}

static inline uint64_t new_seed(void)
{
	uint64_t seed = (uint64_t)time(NULL) | 1;
	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}

static inline ms_t date(int year, unsigned month, unsigned day)
{
	return calendar_days(year, month, day) * DAY_MS;
}

static inline struct hourly_usage hours_of(const struct price_list *list, const struct price_plan *plan,
					   const struct usage_item *items, size_t n, struct arena *arena)
{
	struct hourly_usage usage;
	struct err err = {""};
	if (usage_hours(list, plan, items, n, arena, &usage, &err) < 0)
		fail_msg("%s", err.message);
	return usage;
}

static inline struct bill bill_of(const struct price_list *list, const struct price_plan *plan,
				  const struct hourly_usage *usage, struct arena *arena)
{
	struct bill bill;
	struct err err = {""};
	if (bill_rate(list, plan, usage, arena, &bill, &err) < 0)
		fail_msg("%s", err.message);
	int64_t total = 0;
	for (uint32_t i = 0; i < bill.n_lines; i++)
		total += bill.lines[i].amount_nano;
	assert_int_equal(total, bill.total_nano);
	return bill;
}

static inline struct bill rate_items(const struct price_list *list, const struct price_plan *plan,
				     const struct usage_item *items, size_t n, struct arena *arena)
{
	struct hourly_usage usage = hours_of(list, plan, items, n, arena);
	return bill_of(list, plan, &usage, arena);
}

static inline int64_t total_of(const struct price_list *list, const struct price_plan *plan,
			       const struct usage_item *items, size_t n)
{
	struct arena arena = {0};
	int64_t total = rate_items(list, plan, items, n, &arena).total_nano;
	arena_free(&arena);
	return total;
}

/* Sum of the lines of a kind, of one SKU or (NONE) of all. */
static inline int64_t sum_of(const struct bill *bill, enum line_kind kind, uint32_t sku)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++)
		if (bill->lines[i].kind == kind && (sku == NONE || bill->lines[i].sku == sku))
			sum += bill->lines[i].amount_nano;
	return sum;
}

static inline double quantity_of(const struct bill *bill, enum line_kind kind, uint32_t sku)
{
	double sum = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++)
		if (bill->lines[i].kind == kind && bill->lines[i].sku == sku)
			sum += bill->lines[i].quantity;
	return sum;
}

#define assert_near(got, want, tolerance)                                                                              \
	do {                                                                                                           \
		double got_ = (double)(got), want_ = (double)(want);                                                   \
		if (!(got_ - want_ <= (tolerance) && want_ - got_ <= (tolerance)))                                     \
			fail_msg("%s:%d: %.12g, not %.12g", __FILE__, __LINE__, got_, want_);                          \
	} while (0)

/* ---- a region with every kind of SKU ---- */

enum { SMALL, LARGE, XLARGE, OTHER, PLANE, DISK, EGRESS, POD_CPU, POD_GIB, N_SKUS };

static const struct instance_type mixed_types[] = {
    {.provider = PROVIDER_AWS, .name = "m5.large", .family = "m5", .vcpu_milli = 2000},
    {.provider = PROVIDER_AWS, .name = "m5.xlarge", .family = "m5", .vcpu_milli = 4000},
    {.provider = PROVIDER_AWS, .name = "m5.2xlarge", .family = "m5", .vcpu_milli = 8000},
    {.provider = PROVIDER_AWS, .name = "c5.xlarge", .family = "c5", .vcpu_milli = 4000},
};
static const struct price_tier mixed_tiers[][3] = {
    {{0, 96000000}},
    {{0, 192000000}},
    {{0, 384000000}},
    {{0, 170000000}},
    {{0, 100000000}},
    {{0, 80000000}},
    {{0, 90000000}, {10240, 85000000}, {51200, 70000000}},
    {{0, 40480000}},
    {{0, 4445000}},
};
static const struct sku mixed_skus[N_SKUS] = {
    [SMALL] = {"m5.large", "m5.large", "hour", SKU_INSTANCE, &mixed_types[0], mixed_tiers[0], 1, 33600000, 0, MS_UNSET,
	       60000, NULL, NULL},
    [LARGE] = {"m5.xlarge", "m5.xlarge", "hour", SKU_INSTANCE, &mixed_types[1], mixed_tiers[1], 1, 67200000, 0,
	       MS_UNSET, 60000, NULL, NULL},
    [XLARGE] = {"m5.2xlarge", "m5.2xlarge", "hour", SKU_INSTANCE, &mixed_types[2], mixed_tiers[2], 1, -1, 0, MS_UNSET,
		60000, NULL, NULL},
    [OTHER] = {"c5.xlarge", "c5.xlarge", "hour", SKU_INSTANCE, &mixed_types[3], mixed_tiers[3], 1, -1, 0, MS_UNSET,
	       60000, NULL, NULL},
    [PLANE] = {"EKS", "EKS", "hour", SKU_HOUR, NULL, mixed_tiers[4], 1, -1, 0, MS_UNSET, 0, NULL, NULL},
    [DISK] = {"EBS gp3", "EBS gp3", "GiB-month", SKU_DISK, NULL, mixed_tiers[5], 1, -1, 0, MS_UNSET, 0, NULL, NULL},
    [EGRESS] = {"egress internet", "egress internet", "GiB", SKU_QUANTITY, NULL, mixed_tiers[6], 3, -1, 100, MS_UNSET,
		0, NULL, NULL},
    [POD_CPU] = {"Fargate vCPU", "Fargate vCPU", "vCPU-hour", SKU_POD_VCPU, NULL, mixed_tiers[7], 1, -1, 0, MS_UNSET,
		 60000, NULL, NULL},
    [POD_GIB] = {"Fargate GB", "Fargate GB", "GiB-hour", SKU_POD_MEMORY, NULL, mixed_tiers[8], 1, -1, 0, MS_UNSET,
		 60000, NULL, NULL},
};
static const struct commitment_rate mixed_rates[] = {
    {.kind = COMMIT_RESERVED, .sku = SMALL, .term_months = 12, .nano_per_hour = 60000000},
    {.kind = COMMIT_RESERVED, .sku = LARGE, .term_months = 12, .nano_per_hour = 121000000},
    {.kind = COMMIT_RESERVED, .sku = OTHER, .term_months = 12, .nano_per_hour = 107000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = SMALL, .term_months = 12, .nano_per_hour = 61000000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = LARGE, .term_months = 12, .nano_per_hour = 121500000},
    {.kind = COMMIT_INSTANCE_SAVINGS, .sku = XLARGE, .term_months = 12, .nano_per_hour = 243000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = SMALL, .term_months = 12, .nano_per_hour = 70000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = LARGE, .term_months = 12, .nano_per_hour = 139000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = XLARGE, .term_months = 12, .nano_per_hour = 281000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = OTHER, .term_months = 12, .nano_per_hour = 124000000},
    {.kind = COMMIT_COMPUTE_SAVINGS, .sku = POD_CPU, .term_months = 12, .nano_per_hour = 32000000},
};

static inline struct price_list mixed_list(void)
{
	return (struct price_list){.book = {.provider = PROVIDER_AWS, .region = "aws/us-east-1"},
				   .skus = (struct sku *)(uintptr_t)mixed_skus,
				   .n_skus = N_SKUS,
				   .rates = (struct commitment_rate *)(uintptr_t)mixed_rates,
				   .n_rates = COUNT(mixed_rates),
				   .currency = "USD"};
}

static inline struct usage_item random_item(uint64_t *seed, ms_t from, ms_t span)
{
	struct usage_item item = {.sku = (uint32_t)below(seed, N_SKUS), .quantity = 1 + below(seed, 5000)};
	item.start = from + below(seed, span);
	item.end = item.start + below(seed, (int64_t[]){MINUTE_MS, HOUR_MS, DAY_MS, 40 * DAY_MS}[below(seed, 4)]);
	item.spot = below(seed, 4) == 0;
	return item;
}

#endif
