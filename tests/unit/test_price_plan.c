#include "billing.h"
#include "calendar.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define PATH "/tmp/plimsoll-test-plan-XXXXXX"

static int read_text(const char *text, struct arena *arena, struct price_plan *plan, struct err *err)
{
	char path[] = PATH;
	int fd = mkstemp(path);
	size_t length = strlen(text);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd) != 0)
		fail_msg("cannot write %s", path);
	int status = price_plan_read(NULL, path, arena, plan, err);
	unlink(path);
	return status;
}

static void everything(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_plan plan;
	struct err err = {""};
	if (read_text(
		"name: ours\n"
		"description: the contract of 2026\n"
		"spot: true\n"
		"sustainedUse: account\n"
		"freeTier: false\n"
		"minCharge: 5m\n"
		"discount: 8.25%\n"
		"tax: 7.7%\n"
		"currency: CHF\n"
		"rate: 0.880000001\n"
		"rateDate: 2026-11-01\n"
		"commitments:\n"
		"- {kind: reserved, sku: m5.xlarge, count: 4, offering: convertible, term: 3y, payment: all-upfront}\n"
		"- kind: instance-savings\n"
		"  family: m5\n"
		"  perHour: 1.500000001\n"
		"  start: 2026-01-01\n"
		"  end: 2027-01-01T12:00:00Z\n"
		"- {kind: compute-savings, cover: 80%, payment: partial-upfront}\n"
		"- {kind: resource, family: \"*\", cover: 95.5%, of: minimum}\n"
		"- {kind: resource, family: n2, vcpu: 16, memory: 64Gi}\n"
		"- {kind: flexible, perHour: 2, term: 3y}\n",
		&arena, &plan, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(plan.name, "ours");
	assert_true(plan.spot && !plan.free_tier);
	assert_int_equal(plan.sustained_use, SUSTAINED_ACCOUNT);
	assert_int_equal(plan.min_charge_ms, 300000);
	assert_int_equal(plan.discount_ppm, 82500);
	assert_int_equal(plan.tax_ppm, 77000);
	assert_string_equal(plan.currency, "CHF");
	assert_int_equal(plan.rate_nano, 880000001);
	assert_string_equal(plan.rate_date, "2026-11-01");
	assert_int_equal(plan.n_commitments, 6);
	const struct commitment *c = plan.commitments;
	assert_true(c[0].kind == COMMIT_RESERVED && c[0].count_milli == 4000 && c[0].offering == OFFER_CONVERTIBLE &&
		    c[0].term_months == 36 && c[0].payment == PAY_ALL_UPFRONT && c[0].start == MS_UNSET &&
		    c[0].end == MS_NEVER);
	assert_string_equal(c[0].sku, "m5.xlarge");
	assert_true(c[1].kind == COMMIT_INSTANCE_SAVINGS && c[1].nano_per_hour == 1500000001 &&
		    c[1].term_months == 12 && c[1].payment == PAY_NO_UPFRONT);
	assert_int_equal(c[1].start, calendar_days(2026, 1, 1) * DAY_MS);
	assert_int_equal(c[1].end, calendar_days(2027, 1, 1) * DAY_MS + 12 * HOUR_MS);
	assert_true(c[2].kind == COMMIT_COMPUTE_SAVINGS && c[2].cover_ppm == 800000 && !c[2].cover_minimum);
	assert_true(c[3].cover_ppm == 955000 && c[3].cover_minimum && strcmp(c[3].family, "*") == 0);
	assert_true(c[4].count_milli == 16000 && c[4].memory_bytes == 64 * GIB);
	assert_true(c[5].kind == COMMIT_FLEXIBLE && c[5].nano_per_hour == 2000000000);
	arena_free(&arena);
}

/* What is not said is as the provider has it; the file's name serves as the plan's. */
static void defaults(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_plan plan;
	struct err err = {""};
	if (read_text("{}", &arena, &plan, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(!plan.spot && plan.free_tier && plan.n_commitments == 0 && plan.min_charge_ms == -1 &&
		    !plan.currency);
	assert_int_equal(plan.sustained_use, SUSTAINED_REGION);
	assert_int_equal(strncmp(plan.name, "plimsoll-test-plan-", 19), 0);
	arena_free(&arena);
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"discont: 8%\n", ":1:1: discont: unknown field: did you mean discount?"},
	    {"tax: 8\n", ":1:6: tax: 8: must be a percentage"},
	    {"discount: 101%\n", "from 0% to 100%"},
	    {"discount: -1%\n", "must be a percentage"},
	    {"discount: 0.00001%\n", "at most four decimals"},
	    {"spot: maybe\n", "must be true or false"},
	    {"minCharge: 2d\n", "up to 1d"},
	    {"sustainedUse: regoin\n", "did you mean region?"},
	    {"currency: CHF\n", "rate: missing: must be how many CHF"},
	    {"currency: CHF\nrate: 0.9\n", "rateDate: missing"},
	    {"currency: CHF\nrate: 0\nrateDate: 2026-01-01\n", "above 0"},
	    {"currency: francs\n", "three capital letters"},
	    {"rate: 0.9\n", "rate: 0.9: goes with currency"},
	    {"commitments: reserved\n", "must be a list"},
	    {"commitments:\n- kind: reservd\n", "did you mean reserved?"},
	    {"commitments:\n- sku: m5.large\n", "commitments[0].kind: missing"},
	    {"commitments:\n- {kind: reserved, count: 1}\n", "commitments[0].sku: missing"},
	    {"commitments:\n- {kind: reserved, sku: m5.large}\n", "count: missing: how much to commit to"},
	    {"commitments:\n- {kind: reserved, sku: m5.large, count: -1}\n", "a number from 0"},
	    {"commitments:\n- {kind: reserved, sku: m5.large, count: 1, cover: 80%}\n", "cannot both"},
	    {"commitments:\n- {kind: reserved, sku: m5.large, perHour: 1}\n", "reserved commitments have count"},
	    {"commitments:\n- {kind: reserved, sku: \"*\", count: 1}\n", "needs cover"},
	    {"commitments:\n- {kind: reserved, sku: m5.large, count: 1, family: m5}\n", "not of one family"},
	    {"commitments:\n- {kind: compute-savings, family: m5, perHour: 1}\n", "not of one family"},
	    {"commitments:\n- {kind: instance-savings, family: m5, perHour: 0}\n", "above 0"},
	    {"commitments:\n- {kind: instance-savings, family: m5, perHour: 1, offering: standard}\n", "no offerings"},
	    {"commitments:\n- {kind: resource, family: n2, vcpu: 4}\n", "memory: missing"},
	    {"commitments:\n- {kind: flexible, perHour: 1, of: mean}\n", "goes with cover"},
	    {"commitments:\n- {kind: flexible, perHour: 1, term: 2y}\n", "allowed are 1y, 3y"},
	    {"commitments:\n- {kind: flexible, perHour: 1, start: 2026-02-01, end: 2026-01-01}\n",
	     "must be after start"},
	    {"commitments:\n- {kind: flexible, perHour: 1, start: tomorrow}\n", "must be a date"},
	    {"a: 1\n---\nb: 2\n", "must hold one plan"},
	    {"", "it holds 0 documents"},
	    {"[1, 2]\n", "must be a mapping"},
	    {"name: [a\n", "is not valid YAML"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena = {0};
		struct price_plan plan;
		struct err err = {""};
		if (read_text(cases[i].text, &arena, &plan, &err) == 0)
			fail_msg("let through: %s", cases[i].text);
		if (!strstr(err.message, cases[i].want) || !strstr(err.message, "/tmp/plimsoll-test-plan-"))
			fail_msg("%s-> %s\nwanted: %s", cases[i].text, err.message, cases[i].want);
		arena_free(&arena);
	}
}

static void names(void **state)
{
	(void)state;
	static const char *const known[] = {"on-demand", "spot", "aws-reserved-1y", "azure-savings-3y",
					    "gcp-flexible-1y"};
	struct arena arena = {0};
	struct price_plan plan;
	struct err err = {""};
	for (size_t i = 0; i < COUNT(known); i++)
		if (price_plan_read(NULL, known[i], &arena, &plan, &err) < 0)
			fail_msg("%s", err.message);
	assert_int_equal(price_plan_read(NULL, "spot", &arena, &plan, &err), 0);
	assert_true(plan.spot);
	assert_int_equal(price_plan_read(NULL, "on-demnd", &arena, &plan, &err), -1);
	assert_non_null(strstr(err.message, "did you mean 'on-demand'?"));
	assert_int_equal(price_plan_read(NULL, "./nothing.yaml", &arena, &plan, &err), -1);
	assert_non_null(strstr(err.message, "./nothing.yaml: No such file"));
	arena_free(&arena);
}

/* ---- shares of usage ---- */

/* Two hours of two m5.large, then two of four, the last half used; one c5.large all along. */
static void read_hours(const struct price_list *list, struct arena *arena, struct hourly_usage *hours)
{
	struct err err = {""};
	uint32_t m5 = 0, c5 = 0;
	if (price_list_find(list, "m5.large", 0, &m5, &err) < 0 || price_list_find(list, "c5.large", 0, &c5, &err) < 0)
		fail_msg("%s", err.message);
	struct usage_item items[] = {
	    {.resource = "a", .sku = m5, .start = 0, .end = 4 * HOUR_MS, .quantity = 2000},
	    {.resource = "b", .sku = m5, .start = 2 * HOUR_MS, .end = 4 * HOUR_MS, .quantity = 2000},
	    {.resource = "c", .sku = c5, .start = 0, .end = 4 * HOUR_MS, .quantity = 1000}};
	if (usage_hours(list, NULL, items, COUNT(items), arena, hours, &err) < 0)
		fail_msg("%s", err.message);
}

static const struct price_plan *covered(const struct price_list *list, const char *text, struct arena *arena)
{
	struct err err = {""};
	struct hourly_usage hours;
	struct price_plan *plan = arena_alloc(arena, 1, sizeof *plan);
	const struct price_plan *out = NULL;
	read_hours(list, arena, &hours);
	if (read_text(text, arena, plan, &err) < 0 || plan_cover(list, plan, &hours, arena, &out, &err) < 0)
		fail_msg("%s", err.message);
	return out;
}

static void shares(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list;
	struct err err = {""};
	if (price_list_read(NULL, "aws/us-east-1", &list, &err) < 0)
		fail_msg("%s", err.message);
	const struct price_plan *plan =
	    covered(&list, "commitments:\n- {kind: reserved, sku: m5.large, cover: 100%}\n", &arena);
	assert_int_equal(plan->n_commitments, 1);
	assert_int_equal(plan->commitments[0].count_milli, 3000); /* the mean of 2 2 4 4 */
	plan = covered(&list, "commitments:\n- {kind: reserved, sku: m5.large, cover: 100%, of: minimum}\n", &arena);
	assert_int_equal(plan->commitments[0].count_milli, 2000);
	plan = covered(&list, "commitments:\n- {kind: reserved, sku: \"*\", cover: 100%}\n", &arena);
	assert_int_equal(plan->n_commitments, 2);
	plan = covered(&list, "commitments:\n- {kind: reserved, sku: \"*\", cover: 10%}\n", &arena);
	assert_int_equal(plan->n_commitments, 0); /* a third of an instance, and a tenth, cannot be bought */
	/* 0.0605 USD an hour for m5.large: 2 * 0.0605 of the minimum, half of it. */
	plan =
	    covered(&list, "commitments:\n- {kind: instance-savings, family: m5, cover: 50%, of: minimum}\n", &arena);
	struct err unused;
	uint32_t sku;
	assert_int_equal(price_list_find(&list, "m5.large", 0, &sku, &unused), 0);
	int64_t rate = 0;
	for (uint32_t i = 0; i < list.n_rates; i++)
		if (list.rates[i].kind == COMMIT_INSTANCE_SAVINGS && list.rates[i].sku == sku &&
		    list.rates[i].term_months == 12 && list.rates[i].payment == PAY_NO_UPFRONT)
			rate = list.rates[i].nano_per_hour;
	assert_true(rate > 0);
	assert_int_equal(plan->commitments[0].nano_per_hour, rate);
	price_list_free(&list);
	arena_free(&arena);
}

/* A plan of another cloud is a mistake. */
static void not_sold(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct price_list list;
	struct price_plan plan;
	const struct price_plan *out;
	struct hourly_usage hours;
	struct err err = {""};
	if (price_list_read(NULL, "aws/us-east-1", &list, &err) < 0 ||
	    price_plan_read(NULL, "gcp-flexible-1y", &arena, &plan, &err) < 0)
		fail_msg("%s", err.message);
	read_hours(&list, &arena, &hours);
	assert_int_equal(plan_cover(&list, &plan, &hours, &arena, &out, &err), -1);
	assert_non_null(strstr(err.message, "no price for flexible committed use"));
	price_list_free(&list);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything), cmocka_unit_test(defaults), cmocka_unit_test(refusals),
	    cmocka_unit_test(names),      cmocka_unit_test(shares),   cmocka_unit_test(not_sold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
