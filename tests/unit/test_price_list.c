#include "billing.h"
#include "calendar.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define DATE(y, m, d) (calendar_days(y, m, d) * DAY_MS)

static const char *const regions[] = {"aws/us-east-1",    "aws/eu-west-1",   "azure/eastus",
				      "azure/westeurope", "gcp/us-central1", "gcp/europe-north1"};

static void read_list(const char *region, struct price_list *list)
{
	struct err err = {""};
	if (price_list_read(NULL, region, list, &err) < 0)
		fail_msg("%s: %s", region, err.message);
}

static const struct sku *find(const struct price_list *list, const char *id, ms_t at)
{
	struct err err = {""};
	uint32_t sku = 0;
	if (price_list_find(list, id, at, &sku, &err) < 0)
		fail_msg("%s", err.message);
	return &list->skus[sku];
}

static const struct commitment_rate *rate_of(const struct price_list *list, enum commitment_kind kind, const char *name,
					     int32_t months, enum payment payment, enum offering offering)
{
	for (uint32_t i = 0; i < list->n_rates; i++) {
		const struct commitment_rate *rate = &list->rates[i];
		const char *of = rate->sku < list->n_skus ? list->skus[rate->sku].id : rate->family;
		if (rate->kind == kind && strcmp(of, name) == 0 && rate->term_months == months &&
		    rate->payment == payment && rate->offering == offering)
			return rate;
	}
	fail_msg("no rate for %s", name);
	return NULL;
}

/* Every region can be asked for a cluster; every SKU has a price, tiers that rise, and a source. */
static void complete(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(regions); r++) {
		struct price_list list;
		read_list(regions[r], &list);
		const struct region_fees *fees = &list.book.fees;
		assert_int_equal(find(&list, fees->control_plane_name, 0)->tiers[0].price_nano,
				 fees->control_plane_nano_per_hour);
		assert_int_equal(find(&list, fees->disk_name, 0)->tiers[0].price_nano, fees->disk_nano_per_gib_month);
		for (uint32_t i = 0; i < list.n_skus; i++) {
			const struct sku *sku = &list.skus[i];
			assert_true(sku->n_tiers > 0 && sku->tiers[0].from == 0 && sku->tiers[0].price_nano >= 0);
			for (uint32_t t = 1; t < sku->n_tiers; t++)
				assert_true(sku->tiers[t].from > sku->tiers[t - 1].from);
			assert_true(*sku->id && *sku->name && *sku->unit && *sku->source && *sku->as_of);
			assert_true((sku->rule == SKU_INSTANCE) == (sku->type != NULL));
		}
		price_list_free(&list);
	}
}

/* Commitments are cheaper by the hour than going without, but for three GPU types whose on-demand price fell below. */
static void commitments_pay(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(regions); r++) {
		struct price_list list;
		read_list(regions[r], &list);
		uint32_t dearer = 0;
		assert_true(list.n_rates >= 20);
		for (uint32_t i = 0; i < list.n_rates; i++) {
			const struct commitment_rate *rate = &list.rates[i];
			assert_true(*rate->source && *rate->as_of &&
				    (rate->term_months == 12 || rate->term_months == 36));
			if (rate->sku < list.n_skus)
				dearer += rate->nano_per_hour > list.skus[rate->sku].tiers[0].price_nano;
			else
				assert_true(rate->kind == COMMIT_FLEXIBLE
						? rate->discount_ppm > 0 && rate->nano_per_hour == 0
						: rate->nano_per_hour > 0 && rate->memory_nano_per_hour > 0);
		}
		if (dearer > 18)
			fail_msg("%s: %u rates above on demand", regions[r], dearer);
		price_list_free(&list);
	}
}

/* Prices that were published: AWS reserved m5.xlarge, and the savings plans derived from them. */
static void aws_rates(void **state)
{
	(void)state;
	struct price_list list;
	read_list("aws/us-east-1", &list);
	const struct commitment_rate *standard =
	    rate_of(&list, COMMIT_RESERVED, "m5.xlarge", 12, PAY_NO_UPFRONT, OFFER_STANDARD);
	const struct commitment_rate *convertible =
	    rate_of(&list, COMMIT_RESERVED, "m5.xlarge", 36, PAY_ALL_UPFRONT, OFFER_CONVERTIBLE);
	const struct commitment_rate *instance =
	    rate_of(&list, COMMIT_INSTANCE_SAVINGS, "m5.xlarge", 12, PAY_NO_UPFRONT, OFFER_STANDARD);
	const struct commitment_rate *compute =
	    rate_of(&list, COMMIT_COMPUTE_SAVINGS, "m5.xlarge", 36, PAY_ALL_UPFRONT, OFFER_STANDARD);
	assert_int_equal(standard->nano_per_hour, 121000000);
	assert_int_equal(instance->nano_per_hour, standard->nano_per_hour);
	assert_int_equal(compute->nano_per_hour, convertible->nano_per_hour);
	assert_string_equal(instance->family, "m5");
	assert_non_null(strstr(instance->source, "standard reserved instance"));
	assert_non_null(strstr(compute->source, "convertible reserved instance"));
	price_list_free(&list);
}

/* Google: 37 and 55 % off vCPU and memory apart; flexible ones 28 and 46 % off spend. */
static void google_rates(void **state)
{
	(void)state;
	struct price_list list;
	read_list("gcp/us-central1", &list);
	const struct commitment_rate *year = rate_of(&list, COMMIT_RESOURCE, "n1", 12, PAY_NO_UPFRONT, OFFER_STANDARD);
	const struct commitment_rate *three = rate_of(&list, COMMIT_RESOURCE, "n1", 36, PAY_NO_UPFRONT, OFFER_STANDARD);
	const struct commitment_rate *flexible =
	    rate_of(&list, COMMIT_FLEXIBLE, "n2", 12, PAY_NO_UPFRONT, OFFER_STANDARD);
	assert_int_equal(year->nano_per_hour, 19914930);        /* 0.031611 less 37 % */
	assert_int_equal(three->memory_nano_per_hour, 1906650); /* 0.004237 less 55 % */
	assert_int_equal(flexible->discount_ppm, 280000);
	price_list_free(&list);
}

/* A dated change: AWS charges for addresses in use since February 2024. */
static void dated(void **state)
{
	(void)state;
	struct price_list list;
	read_list("aws/us-east-1", &list);
	assert_int_equal(find(&list, "IPv4 address", DATE(2024, 2, 1) - 1)->tiers[0].price_nano, 0);
	assert_int_equal(find(&list, "IPv4 address", DATE(2024, 2, 1))->tiers[0].price_nano, 5000000);
	assert_int_equal(find(&list, "IPv4 address", DATE(2026, 1, 1))->tiers[0].price_nano, 5000000);
	price_list_free(&list);
}

static void tiers_and_free_amounts(void **state)
{
	(void)state;
	struct price_list list;
	read_list("aws/us-east-1", &list);
	const struct sku *egress = find(&list, "egress internet", 0);
	assert_int_equal(egress->n_tiers, 4);
	assert_int_equal(egress->tiers[3].from, 153600);
	assert_int_equal(egress->tiers[3].price_nano, 50000000);
	assert_int_equal(egress->free_per_month, 100);
	assert_int_equal(find(&list, "Fargate vCPU", 0)->min_charge_ms, 60000);
	assert_int_equal(find(&list, "m5.xlarge", 0)->min_charge_ms, 60000);
	price_list_free(&list);
	read_list("gcp/us-central1", &list);
	const struct sku *cluster = find(&list, "GKE cluster management", 0);
	assert_int_equal(cluster->free_per_month * cluster->tiers[0].price_nano, 74400000000); /* 74.40 USD */
	assert_int_equal(find(&list, "GKE regional cluster management", 0)->free_per_month, 0);
	price_list_free(&list);
}

/* A region's own row hides the row for all regions. */
static void region_first(void **state)
{
	(void)state;
	struct price_list east, west;
	read_list("aws/us-east-1", &east);
	read_list("aws/eu-west-1", &west);
	assert_int_equal(find(&east, "NAT gateway", 0)->tiers[0].price_nano, 45000000);
	assert_int_equal(find(&west, "NAT gateway", 0)->tiers[0].price_nano, 48000000);
	assert_int_equal(find(&east, "EKS extended support", 0)->tiers[0].price_nano, 600000000);
	price_list_free(&east);
	price_list_free(&west);
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *id, *want;
	} cases[] = {{"m5.xlarg", "did you mean 'm5.xlarge'?"},
		     {"EBS gp33", "did you mean 'EBS gp3'?"},
		     {"", "unknown SKU ''"},
		     {"\x1b[31m", "unknown SKU '\\x1b"}};
	struct price_list list;
	read_list("aws/us-east-1", &list);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {""};
		uint32_t sku;
		assert_int_equal(price_list_find(&list, cases[i].id, 0, &sku, &err), -1);
		if (!strstr(err.message, cases[i].want))
			fail_msg("'%s': %s", cases[i].id, err.message);
	}
	price_list_free(&list);
	struct err err = {""};
	assert_int_equal(price_list_read(NULL, "aws/us-east-9", &list, &err), -1);
	assert_non_null(strstr(err.message, "did you mean 'aws/us-east-1'?"));
	price_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(complete),     cmocka_unit_test(commitments_pay), cmocka_unit_test(aws_rates),
	    cmocka_unit_test(google_rates), cmocka_unit_test(dated),           cmocka_unit_test(tiers_and_free_amounts),
	    cmocka_unit_test(region_first), cmocka_unit_test(refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
