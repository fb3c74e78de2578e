#include "../../autoscaler/cmd/bill_check.h"
#include "../../autoscaler/cmd/cmd.h"
#include "calendar.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* ---- exact arithmetic ---- */

static void amounts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t units; /* times 10^9 */
		int32_t printed;
		int status;
	} cases[] = {
	    {"0", 0, 0, 0},
	    {"0.0", 0, 1, 0},
	    {"12", 12000000000, 0, 0},
	    {"0.016667", 16667000, 6, 0},
	    {"0.0166670000", 16667000, 10, 0},
	    {"6.7e-05", 67000, 6, 0},
	    {"-3.5", -3500000000, 1, 0},
	    {"+3.5E0", 3500000000, 1, 0},
	    {"2.5e3", 2500000000000, 0, 0},
	    {".5", 500000000, 1, 0},
	    {"0.0000000005", 1, 10, 0},
	    {"0.0000000004999", 0, 13, 0},
	    {"", 0, 0, -1},
	    {".", 0, 0, -1},
	    {"1e", 0, 0, -1},
	    {"1,5", 0, 0, -1},
	    {" 1", 0, 0, -1},
	    {"0x10", 0, 0, -1},
	    {"nan", 0, 0, -1},
	    {"inf", 0, 0, -1},
	    {"1e99", 0, 0, -2},
	    {"1e999999999999", 0, 0, -2},
	    {"1e-999999999999", 0, 30, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct amount amount = {0};
		int64_t nano = 0;
		int status = amount_parse(cases[i].text, strlen(cases[i].text), &amount);
		if (status != cases[i].status)
			fail_msg("'%s': %d", cases[i].text, status);
		if (status < 0)
			continue;
		assert_true(amount_scale(&amount, 9, &nano));
		if (nano != cases[i].units || amount.printed != cases[i].printed)
			fail_msg("'%s': %lld, %d places", cases[i].text, (long long)nano, amount.printed);
	}
}

static struct amount amount(const char *text)
{
	struct amount out;
	assert_int_equal(amount_parse(text, strlen(text), &out), 0);
	return out;
}

static void amounts_keep_every_digit(void **state)
{
	(void)state;
	struct amount wide = amount("123456789012345678.123456789012");
	int64_t out;
	assert_int_equal(wide.places, 12);
	assert_true(wide.units == (wide_t)123456789012345678 * 1000000000000 + 123456789012);
	assert_true(amount_scale(&wide, 0, &out));
	assert_int_equal(out, 123456789012345678);
	assert_false(amount_scale(&wide, 9, &out));
	struct amount bytes = amount("2.891855167488e+15");
	assert_true(bytes.units == INT64_C(2891855167488000) && bytes.places == 0);
}

/* Against 128-bit arithmetic where that is enough. */
static void products_are_exact(void **state)
{
	(void)state;
	uint64_t seed = 20261124;
	for (uint64_t i = 0; i < 20000; i++) {
		int64_t a = (int64_t)(mix64(seed + 4 * i) >> 24), b = (int64_t)(mix64(seed + 4 * i + 1) >> 24);
		int64_t c = (int64_t)(mix64(seed + 4 * i + 2) >> 20), d = (int64_t)(mix64(seed + 4 * i + 3) >> 44) + 1;
		struct exact exact;
		int64_t got;
		wide_t want = (wide_t)a * b / (c + 1) / d;
		exact_set(&exact, a);
		exact_times(&exact, b);
		exact_times_ten(&exact, 25);
		exact_over(&exact, c + 1);
		exact_over_ten(&exact, 25);
		exact_over(&exact, d);
		bool fits = exact_get(&exact, &got);
		if (fits != (want <= INT64_MAX) || (fits && got != want))
			fail_msg("seed %llu, case %llu", (unsigned long long)seed, (unsigned long long)i);
	}
}

static void overflow_is_told(void **state)
{
	(void)state;
	struct exact exact;
	int64_t out;
	exact_set(&exact, 1);
	exact_times_ten(&exact, 190);
	assert_false(exact.overflow);
	exact_times_ten(&exact, 190);
	exact_over_ten(&exact, 380);
	assert_false(exact_get(&exact, &out));
}

/* ---- one line ---- */

static void units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum unit_dimension dimension;
		int64_t scale;
		bool monthly;
	} cases[] = {
	    {"seconds", UNIT_TIME, 1, false},
	    {"Hrs", UNIT_TIME, 3600, false},
	    {"1 Hour", UNIT_TIME, 3600, false},
	    {"hours", UNIT_TIME, 3600, false},
	    {"1/Month", UNIT_TIME, 1, true},
	    {"LCU-Hrs", UNIT_TIME, 3600, false},
	    {"LCU-hour", UNIT_TIME, 3600, false},
	    {"IOPS-Mo", UNIT_TIME, 1, true},
	    {"GiBps-mo", UNIT_TIME, 1, true},
	    {"bytes", UNIT_BYTES, 1, false},
	    {"GB", UNIT_BYTES, GIB, false},
	    {"gibibyte", UNIT_BYTES, GIB, false},
	    {"byte-seconds", UNIT_BYTE_TIME, 1, false},
	    {"gibibyte hour", UNIT_BYTE_TIME, 3600 * GIB, false},
	    {"GB-Hours", UNIT_BYTE_TIME, 3600 * GIB, false},
	    {"gibibyte month", UNIT_BYTE_TIME, GIB, true},
	    {"GB-Mo", UNIT_BYTE_TIME, GIB, true},
	    {"1 GB/Month", UNIT_BYTE_TIME, GIB, true},
	    {"requests", UNIT_COUNT, 1, false},
	};
	struct unit unit;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (!unit_parse(cases[i].text, &unit) || unit.dimension != cases[i].dimension ||
		    unit.scale != cases[i].scale || unit.monthly != cases[i].monthly)
			fail_msg("%s", cases[i].text);
	static const char *const unknown[] = {"", "s s", "100 Hours", "furlong", "gibibyte fortnight"};
	for (size_t i = 0; i < COUNT(unknown); i++)
		assert_false(unit_parse(unknown[i], &unit));
}

#define FEBRUARY_2026 (INT64_C(1770120000) * SECOND_MS)
#define FEBRUARY_2028 (INT64_C(1833192000) * SECOND_MS)
#define MARCH_2026    (INT64_C(1772539200) * SECOND_MS)

static int64_t rate(const char *usage, const char *unit, const char *per, int64_t price_nano, ms_t month, int places,
		    bool truncate)
{
	struct charge_terms terms = {.month = month, .rate_nano = NANO, .places = places, .truncate = truncate};
	struct amount quantity = amount(usage);
	struct unit price_unit;
	int64_t out;
	assert_true(unit_parse(unit, &terms.unit) && unit_parse(per, &price_unit));
	return charge_rate(&terms, &quantity, &price_unit, price_nano, &out) ? out : -1;
}

/* 10 GiB held for a whole month cost ten times the price, however many days it has. */
static void disks_use_the_very_month(void **state)
{
	(void)state;
	static const struct {
		ms_t month;
		const char *byte_seconds;
	} cases[] = {
	    {FEBRUARY_2026, "25975962206208000"}, /* 10 * 2^30 * 28 * 86400 */
	    {FEBRUARY_2028, "26903675142144000"},
	    {MARCH_2026, "28759101014016000"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    rate(cases[i].byte_seconds, "byte-seconds", "GiB-month", 44000000, cases[i].month, 6, true),
		    440000);
		assert_int_equal(rate("10", "gibibyte month", "GiB-month", 44000000, cases[i].month, 6, true), 440000);
	}
	assert_int_equal(rate("28759101014016000", "byte-seconds", "GiB-month", 44000000, FEBRUARY_2026, 6, true),
			 487142);
}

static void rounding(void **state)
{
	(void)state;
	/* 0.0000125 */
	assert_int_equal(rate("0.0001", "hour", "hour", 125000000, MARCH_2026, 6, true), 12);
	assert_int_equal(rate("0.0001", "hour", "hour", 125000000, MARCH_2026, 6, false), 13);
	assert_int_equal(rate("0.0001", "hour", "hour", 124999999, MARCH_2026, 6, false), 12);
	assert_int_equal(rate("1", "hour", "GiB", 1, MARCH_2026, 6, false), -1);
	assert_int_equal(rate("-1", "hour", "hour", 1, MARCH_2026, 6, false), -1);
	assert_int_equal(rate("1e18", "hour", "hour", NANO, MARCH_2026, 6, false), -1);
}

static void tiers_split_a_line(void **state)
{
	(void)state;
	static const struct price_tier tiers[] = {{0, 0}, {100, 90000000}, {10240, 85000000}};
	struct charge_price price = {.tiers = tiers, .n_tiers = 3};
	struct charge_terms terms = {.month = MARCH_2026, .rate_nano = NANO, .places = 4};
	static const struct {
		const char *usage;
		int64_t before, want;
	} cases[] = {
	    {"50", 0, 0},
	    {"150", 0, 45000},         /* 50 * 0.09 */
	    {"150", 50 * NANO, 90000}, /* 100 * 0.09 */
	    {"1", 100 * NANO, 900},
	    {"20480", 0, 9126000 + 8704000}, /* 10140 * 0.09 + 10240 * 0.085 */
	    {"2", 10239 * NANO, 900 + 850},
	};
	int64_t out;
	assert_true(unit_parse("GB", &terms.unit) && unit_parse("GiB", &price.unit));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct amount usage = amount(cases[i].usage);
		assert_true(charge_rate_tiers(&terms, &usage, &price, cases[i].before, &out));
		assert_int_equal(out, cases[i].want);
	}
}

/* ---- files ---- */

#define GCP_HEADER "date,usage_start_time,usage_end_time,project_id,service,sku,cost,usage_amount,usage_unit,currency\n"
#define GCP_LINE(start, service, sku, cost, usage, unit)                                                               \
	start "," start "," start ",p," service "," sku "," cost "," usage "," unit ",CHF\n"
#define T1 "2025-03-04 05:00:00.000000 UTC"

/* Usage of my own, priced with exact fractions at 0.8812 CHF for a dollar. */
static const char gcp_text[] =
    GCP_HEADER GCP_LINE(T1, "Cloud Storage", "Download Worldwide Destinations (excluding Asia & Australia)", "3.180031",
			"32290553856.0", "bytes") GCP_LINE(T1, "Compute Engine", "Storage PD Capacity in Netherlands",
							   "0.003126", "2.3192823398400000e+14", "byte-seconds")
	GCP_LINE(T1, "Compute Engine", "E2 Instance Core running in Netherlands", "1.015708", "172800.0", "seconds")
	    GCP_LINE(T1, "Cloud Storage", "Standard Storage Paris", "1e-05", "1500000000000.0", "byte-seconds")
		GCP_LINE(T1, "Some Service", "Unheard of", "0.5", "1.0", "seconds");

static char *write_file(const char *text, size_t length)
{
	static char path[] = "/tmp/plimsoll-invoice-XXXXXX";
	strcpy(path + strlen(path) - 6, "XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	close(fd);
	return path;
}

static struct bill_checked check_text(const char *text, const char *given_rate)
{
	char *path = write_file(text, strlen(text));
	struct bill_check_options options = {.invoice = path, .data = "data", .rate = given_rate};
	struct bill_checked checked;
	struct err err = {""};
	if (bill_check_compute(&options, &checked, &err) < 0)
		fail_msg("%s", err.message);
	unlink(path);
	return checked;
}

static void expect(const struct bill_checked *checked, uint32_t charge, enum check_status status, int64_t ours)
{
	const struct checked *line = &checked->lines[charge];
	if (line->status != status || line->ours != ours)
		fail_msg("line %u: %s, %lld, invoice %lld (%s)", checked->invoice.charges[charge].line,
			 check_status_names[line->status], (long long)line->ours, (long long)line->printed,
			 line->why ? line->why : "");
}

static void google_to_the_digit(void **state)
{
	(void)state;
	struct bill_checked checked = check_text(gcp_text, NULL);
	assert_int_equal(checked.origin, RATE_INFERRED);
	assert_int_equal(checked.rate_nano, 881200000);
	assert_int_equal(checked.rate_fits, 4);
	assert_int_equal(checked.places, 6);
	expect(&checked, 0, CHECK_AGREES, 3180031);
	expect(&checked, 1, CHECK_AGREES, 3126);
	expect(&checked, 2, CHECK_AGREES, 1015708);
	expect(&checked, 3, CHECK_AGREES, 10);
	expect(&checked, 4, CHECK_UNPRICED, 0);
	bill_checked_free(&checked);
}

/* A row that adds up parts, each cut to six decimals, prints less than the whole: one in the last digit is let pass,
 * two are not. */
static void google_adds_up_parts(void **state)
{
	(void)state;
	static const char text[] =
	    GCP_HEADER GCP_LINE(T1, "Kubernetes Engine", "Zonal Kubernetes Clusters", "0.088119", "1.0", "hour")
		GCP_LINE(T1, "Kubernetes Engine", "Zonal Kubernetes Clusters", "0.088118", "1.0", "hour");
	struct bill_checked checked = check_text(text, "0.8812");
	assert_int_equal(checked.origin, RATE_GIVEN);
	expect(&checked, 0, CHECK_ROUNDING, 88120);
	expect(&checked, 1, CHECK_DIFFERS, 88120);
	assert_non_null(strstr(checked.lines[1].why, "rounding"));
	bill_checked_free(&checked);
}

/* Neither where the lines contradict each other, nor where one SKU alone would have to vouch for itself. */
static void rate_that_nothing_vouches_for_is_refused(void **state)
{
	(void)state;
#define CLUSTER GCP_LINE(T1, "Kubernetes Engine", "Zonal Kubernetes Clusters", "0.088120", "1.0", "hour")
	static const char *const texts[] = {
	    GCP_HEADER CLUSTER GCP_LINE(T1, "Compute Engine", "Storage PD Capacity in Netherlands", "9.5",
					"231928233984000", "byte-seconds"),
	    GCP_HEADER CLUSTER CLUSTER,
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		char *path = write_file(texts[i], strlen(texts[i]));
		struct bill_check_options options = {.invoice = path, .data = "data"};
		struct err err = {""};
		assert_int_equal(bill_check(&options, stderr, &err), -1);
		unlink(path);
		assert_non_null(strstr(err.message, "--rate"));
	}
}

static void export_says_its_rate(void **state)
{
	(void)state;
	static const char text[] =
	    "service.description,sku.description,usage_start_time,location.region,cost,currency,currency_conversion_"
	    "rate,"
	    "usage.amount,usage.unit,cost_type\n"
	    "Compute Engine,N1 Predefined Instance Core running in Americas,2026-02-03 10:00:00 "
	    "UTC,us-central1,0.031611,"
	    "USD,1,1,hour,regular\n"
	    "Compute Engine,N2 Instance Ram running in Finland,2026-02-03 10:00:00 UTC,,0.019027,USD,1.02,4,gibibyte "
	    "hour,regular\n"
	    "Compute Engine,Spot Preemptible E2 Instance Core running in Americas,2026-02-03 10:00:00 "
	    "UTC,us-central1,1,USD,1,1,hour,regular\n"
	    "Compute Engine,External IP Charge on a Standard VM,2026-02-27 10:00:00 UTC,,0.03,USD,1,10,hour,regular\n"
	    "Compute Engine,External IP Charge on a Standard VM,2026-02-03 10:00:00 UTC,,0,USD,1,740,hour,regular\n"
	    "Invoice,Tax,2026-02-03 10:00:00 UTC,,0.1,USD,1,,,tax\n";
	struct bill_checked checked = check_text(text, NULL);
	assert_int_equal(checked.origin, RATE_LINES);
	expect(&checked, 0, CHECK_AGREES, 31611);
	expect(&checked, 1, CHECK_ROUNDING, 19029); /* the price is known to six decimals */
	expect(&checked, 2, CHECK_UNPRICED, 0);
	expect(&checked, 3, CHECK_AGREES, 30000); /* 744 h are free: 4 of these 10, whatever the order of the lines */
	expect(&checked, 4, CHECK_AGREES, 0);
	expect(&checked, 5, CHECK_UNPRICED, 0);
	assert_string_equal(checked.lines[5].why, "tax");
	bill_checked_free(&checked);
}

static void aws_report(void **state)
{
	(void)state;
	static const char text[] =
	    "line_item_product_code,line_item_usage_type,line_item_operation,pricing_unit,line_item_usage_amount,"
	    "line_item_usage_start_date,line_item_unblended_cost,line_item_unblended_rate,line_item_currency_code,"
	    "line_item_line_item_type\n"
	    "AmazonEC2,EU-BoxUsage:m5.large,RunInstances,Hrs,0.0166670000,2026-07-01T00:00:00Z,0.0017833690,0.107,USD,"
	    "Usage\n"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances,Hrs,10,2026-07-01T00:00:00Z,0.864,0.0864,USD,Usage\n"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances:0002,Hrs,1,2026-07-01T00:00:00Z,0.188,0.188,USD,Usage\n"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances,Hrs,24,2026-07-01T00:00:00Z,2.304,0.096,USD,"
	    "SavingsPlanCoveredUsage\n"
	    "AmazonEC2,EBS:VolumeUsage.gp3,CreateVolume-Gp3,GB-Mo,0.0268817204,2026-07-01T00:00:00Z,0.0021505376,0.08,"
	    "USD,"
	    "Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,150,2026-07-02T00:00:00Z,9,0.09,USD,Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,50,2026-07-01T00:00:00Z,0,0,USD,Usage\n"
	    "AWSELB,EU-LoadBalancerUsage,LoadBalancing:Application,Hrs,24,2026-07-02T00:00:00Z,0.6048,0.0252,USD,"
	    "Usage\n"
	    "AmazonEC2,SpotUsage:m5.large,RunInstances:SV001,Hrs,24,2026-07-02T00:00:00Z,0.6,0.025,USD,Usage\n"
	    "AmazonEC2,,,,,2026-07-02T00:00:00Z,2.30,,USD,Tax\n";
	struct bill_checked checked = check_text(text, NULL);
	assert_int_equal(checked.places, 10);
	expect(&checked, 0, CHECK_AGREES, 17833690);
	expect(&checked, 1, CHECK_DIFFERS, 9600000000);
	assert_non_null(strstr(checked.lines[1].why, "price: the invoice has 0.0864, the list 0.096"));
	expect(&checked, 2, CHECK_UNPRICED, 0);
	expect(&checked, 3, CHECK_AGREES, 23040000000);
	expect(&checked, 4, CHECK_AGREES, 21505376);
	expect(&checked, 5, CHECK_AGREES, 90000000000);
	expect(&checked, 6, CHECK_AGREES, 0);
	expect(&checked, 7, CHECK_AGREES, 6048000000);
	expect(&checked, 8, CHECK_UNPRICED, 0);
	expect(&checked, 9, CHECK_UNPRICED, 0);
	bill_checked_free(&checked);
}

/* What an EKS user's report has beside instances: nothing of it stops the rest from being checked. */
static void aws_odds_and_ends(void **state)
{
	(void)state;
	static const char text[] =
	    "line_item_product_code,line_item_usage_type,line_item_operation,pricing_unit,line_item_usage_amount,"
	    "line_item_usage_start_date,line_item_unblended_cost,line_item_unblended_rate,line_item_currency_code,"
	    "line_item_line_item_type\n"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances,Hrs,24,2026-07-01T00:00:00Z,-2.3040000000,-0.096,USD,"
	    "SavingsPlanNegation\n"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances,Hrs,24,2026-07-01T00:00:00Z,1,1,USD,SomethingNew\n"
	    "AWSELB,LCUUsage,LoadBalancing:Application,LCU-Hrs,0.01,2026-07-01T00:00:00Z,0.0000800000,0.008,USD,Usage\n"
	    "AmazonEKS,USE1-Fargate-GB-Hours,,hours,2,2026-07-01T00:00:00Z,0.0088900000,0.004445,USD,Usage\n"
	    "AmazonEC2,EBS:VolumeP-IOPS.gp3,CreateVolume-Gp3,IOPS-Mo,10,2026-07-01T00:00:00Z,0.0500000000,0.005,USD,"
	    "Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,10340,2026-07-01T00:00:00Z,921.6,0.09,USD,Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,10,2026-07-02T00:00:00Z,0.85,0.085,USD,Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,40940,2026-07-03T00:00:00Z,3479.9,0.085,USD,Usage\n"
	    "AmazonEC2,DataTransfer-Out-Bytes,RunInstances,GB,100,2026-07-04T00:00:00Z,8.5,0.085,USD,Usage\n";
	struct bill_checked checked = check_text(text, NULL);
	expect(&checked, 0, CHECK_UNPRICED, 0);
	expect(&checked, 1, CHECK_UNPRICED, 0);
	assert_string_equal(checked.lines[0].why, "credit or refund");
	assert_string_equal(checked.lines[1].why, "kind of charge unknown");
	expect(&checked, 2, CHECK_AGREES, 800000);
	expect(&checked, 3, CHECK_AGREES, 88900000);
	expect(&checked, 4, CHECK_AGREES, 500000000);
	expect(&checked, 5, CHECK_AGREES, 9216000000000); /* the tiers begin after the 100 GB that are free */
	expect(&checked, 6, CHECK_AGREES, 8500000000);
	expect(&checked, 7, CHECK_AGREES, 34799000000000);
	expect(&checked, 8, CHECK_DIFFERS, 71500000000); /* 10 GB at 0.085, 90 at 0.07: not "rounding" */
	bill_checked_free(&checked);
}

/* Storage of every class and the disks of regions that have no list of machines. */
static void google_storage(void **state)
{
	(void)state;
	static const char text[] =
	    GCP_HEADER GCP_LINE("2026-06-01 00:00:00 UTC", "Cloud Storage", "Nearline Storage London", "1.3", "100",
				"gibibyte month") GCP_LINE("2026-06-01 00:00:00 UTC", "Cloud Storage",
							   "Coldline Storage Finland", "0.4", "100", "gibibyte month")
		GCP_LINE("2026-06-01 00:00:00 UTC", "Cloud Storage", "Archive Storage US Regional", "0.12", "100",
			 "gibibyte month") GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine",
						    "Balanced PD Capacity in Frankfurt", "12", "100", "gibibyte month")
		    GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine", "Regional SSD backed PD Capacity in Paris",
			     "39.44", "100", "gibibyte month")
			GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine", "E2 Instance Core running in Frankfurt",
				 "2.81037", "100", "hour")
			    GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine", "E2 Instance Ram running in Virginia",
				     "0.329199", "100", "gibibyte hour")
				GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine",
					 "Network Internet Data Transfer Out from Frankfurt to Americas", "1158.74",
					 "10500", "gibibyte") GCP_LINE("2026-06-01 00:00:00 UTC", "Kubernetes Engine",
								       "Autopilot Pod mCPU Requests (us-central1)",
								       "0.0445", "3600000", "seconds")
				    GCP_LINE("2026-06-01 00:00:00 UTC", "Compute Engine",
					     "Licensing Fee for Container-Optimized OS from Google (CPU cost)", "0",
					     "3600", "seconds")
					GCP_LINE("2026-06-01 00:00:00 UTC", "Cloud Storage",
						 "Standard Storage Finland Dual-region", "1", "1", "gibibyte month");
	struct bill_checked checked = check_text(text, "1");
	for (uint32_t i = 0; i < 10; i++)
		if (checked.lines[i].status != CHECK_AGREES)
			fail_msg("line %u: %s", i + 2, checked.lines[i].why);
	assert_string_equal(checked.lines[10].why, "no public price known");
	bill_checked_free(&checked);
}

/* A SKU with lines of two kinds has a line for each reason. */
static void one_line_a_reason(void **state)
{
	(void)state;
	static const char text[] =
	    "line_item_product_code,line_item_usage_type,line_item_usage_amount,line_item_usage_start_date,"
	    "line_item_unblended_cost,line_item_currency_code,line_item_line_item_type\n"
	    "AmazonEC2,,,2026-07-01T00:00:00Z,3,USD,Tax\n"
	    "AmazonEC2,,,2026-07-01T00:00:00Z,-5,USD,Credit\n"
	    "AmazonEC2,,,2026-07-01T00:00:00Z,4,USD,Tax\n";
	char *path = write_file(text, strlen(text)), *printed = NULL;
	struct bill_check_options options = {.invoice = path, .data = "data", .format = TABLE_HUMAN};
	struct err err = {""};
	size_t size;
	FILE *out = open_memstream(&printed, &size);
	assert_int_equal(bill_check(&options, out, &err), EXIT_DONE);
	fclose(out);
	if (!strstr(printed, "1       -5  credit or refund") || !strstr(printed, "2        7  tax"))
		fail_msg("%s", printed);
	free(printed);
	unlink(path);
}

static void azure_details(void **state)
{
	(void)state;
	static const char text[] =
	    "date,meterCategory,meterSubCategory,meterName,resourceLocation,unitOfMeasure,quantity,effectivePrice,"
	    "costInBillingCurrency,billingCurrency,exchangeRatePricingToBilling,chargeType,pricingModel\n"
	    "07/10/2024,Virtual Machines,Dv3/DSv3 Series,D2 v3/D2s v3,US East,1 "
	    "Hour,24,0.096,2.12659200,EUR,0.923,Usage,"
	    "OnDemand\n"
	    "07/10/2024,Virtual Machines,Dsv5 Series Windows,D2s v5,westeurope,1 "
	    "Hour,24,0.1,2.4,EUR,0.923,Usage,OnDemand\n"
	    "07/10/2024,Virtual Machines,Dsv5 Series,D2s v5,westeurope,1 Hour,24,0.1,2.4,EUR,0.923,Usage,Reservation\n"
	    "2024-07-10,Virtual Machines,Dsv3 Series,D2s v3 Spot,eastus,1 Hour,24,0.02,0.48,EUR,0.923,Usage,OnDemand\n"
	    "2024-07-10,Load Balancer,,Standard Included LB Rules and Outbound Rules,eastus,1 Hour,24,0.025,0.5538,EUR,"
	    "0.923,Usage,OnDemand\n"
	    "2024-07-10,NAT Gateway,,Standard Data Processed,eastus,1 GB,10,0.045,0.41535,EUR,0.923,Usage,OnDemand\n";
	struct bill_checked checked = check_text(text, NULL);
	expect(&checked, 0, CHECK_AGREES, 212659200);
	expect(&checked, 1, CHECK_UNPRICED, 0);
	expect(&checked, 2, CHECK_UNPRICED, 0);
	expect(&checked, 3, CHECK_UNPRICED, 0);
	assert_int_equal(checked.lines[4].status, CHECK_AGREES);
	assert_int_equal(checked.lines[5].status, CHECK_AGREES);
	assert_string_equal(checked.lines[1].why, "another operating system");
	assert_string_equal(checked.lines[2].why, "covered by a commitment");
	assert_string_equal(checked.lines[3].why, "spot prices move");
	bill_checked_free(&checked);
}

static void focus_of_three_clouds(void **state)
{
	(void)state;
	static const char text[] =
	    "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,PricingCategory,PricingQuantity,PricingUnit,"
	    "ProviderName,RegionId,ServiceName,SkuMeter,ListUnitPrice,CommitmentDiscountId\n"
	    "0.192,USD,Usage,2026-07-01T00:00:00Z,Standard,2,Hours,AWS,us-east-1,AmazonEC2,BoxUsage:m5.large,0.096,\n"
	    "0.48,USD,Usage,2026-07-01T00:00:00Z,Standard,5,Hours,Microsoft,East US,Virtual Machines,D2s v3,0.096,\n"
	    "0.31611,USD,Usage,2026-07-01T00:00:00Z,Standard,10,hour,Google Cloud,us-central1,Compute Engine,"
	    "N1 Predefined Instance Core running in Americas,0.031611,\n"
	    "0.31,USD,Usage,2026-07-01T00:00:00Z,Committed,10,Hours,AWS,us-east-1,AmazonEC2,BoxUsage:m5.large,0.096,"
	    "arn\n"
	    "-5,USD,Credit,2026-07-01T00:00:00Z,,,,AWS,,Credits,,,\n";
	struct bill_checked checked = check_text(text, NULL);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(checked.lines[i].status, CHECK_AGREES);
	expect(&checked, 3, CHECK_UNPRICED, 0);
	expect(&checked, 4, CHECK_UNPRICED, 0);
	bill_checked_free(&checked);
}

/* The columns that AWS's and Azure's own FOCUS exports have, in one file of both. */
static void focus_as_exported(void **state)
{
	(void)state;
	static const char text[] =
	    "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,PricingCategory,PricingQuantity,PricingUnit,"
	    "ProviderName,RegionId,ServiceName,SkuId,x_ServiceCode,x_UsageType,x_Operation,x_SkuMeterCategory,"
	    "x_SkuMeterName,x_SkuDescription\n"
	    "0.192,USD,Usage,2026-07-01T00:00:00Z,Standard,2,Hrs,AWS,us-east-1,Amazon Elastic Compute Cloud,ABC,"
	    "AmazonEC2,BoxUsage:m5.large,RunInstances,,,\n"
	    "4.608,USD,Usage,2026-07-01T00:00:00Z,Standard,24,1 Hour,Microsoft,eastus,Virtual Machines,DZH,,,,"
	    "Virtual Machines,D4s v5,Virtual Machines Dsv5 Series - D4s v5 - US East\n"
	    "0.6,USD,Usage,2026-07-01T00:00:00Z,Standard,24,1 Hour,Microsoft,eastus,Azure Load Balancer,DZH,,,,"
	    "Load Balancer,Standard Included LB Rules and Outbound Rules,Load Balancer\n";
	struct bill_checked checked = check_text(text, NULL);
	for (uint32_t i = 0; i < 3; i++)
		if (checked.lines[i].status != CHECK_AGREES)
			fail_msg("line %u: %s", i + 2, checked.lines[i].why);
	bill_checked_free(&checked);
}

static void google_zone(void **state)
{
	(void)state;
	static const char text[] = "service.description,sku.description,usage_start_time,location.location,cost,"
				   "currency,usage.amount,usage.unit\n"
				   "Compute Engine,N1 Predefined Instance Core running in Americas,2026-02-03 10:00:00 "
				   "UTC,us-east1-b,0.031611,"
				   "USD,1,hour\n";
	struct bill_checked checked = check_text(text, NULL);
	expect(&checked, 0, CHECK_AGREES, 31611);
	assert_string_equal(checked.items[0].region, "us-east1");
	bill_checked_free(&checked);
}

static void compressed_is_the_same(void **state)
{
	(void)state;
	char *path = write_file("", 0);
	gzFile gzip = gzopen(path, "wb");
	struct invoice_file plain, packed;
	struct err err = {""};
	assert_int_equal(gzwrite(gzip, gcp_text, (unsigned)strlen(gcp_text)), (int)strlen(gcp_text));
	gzclose(gzip);
	assert_int_equal(invoice_read(path, &packed, &err), 0);
	assert_int_equal(invoice_parse("x", gcp_text, strlen(gcp_text), &plain, &err), 0);
	assert_int_equal(plain.n_charges, packed.n_charges);
	assert_int_equal(plain.n_items, packed.n_items);
	for (uint32_t i = 0; i < plain.n_charges; i++)
		assert_true(plain.charges[i].cost.units == packed.charges[i].cost.units);
	assert_int_equal(truncate(path, 100), 0);
	invoice_free(&plain);
	invoice_free(&packed);
	assert_int_equal(invoice_read(path, &packed, &err), -1);
	unlink(path);
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "x: is empty"},
	    {"a,b\n1,2\n", "x:1: not the columns of"},
	    {"service,sku,cost,usage_unit,currency,usage_start_time\n", "without a column usage_amount"},
	    {GCP_HEADER, "no lines"},
	    {GCP_HEADER "1,2\n", "x:2: 2 fields; there are 10"},
	    {GCP_HEADER GCP_LINE(T1, "s", "k", "x", "1", "hour"), "x:2: column cost: 'x'"},
	    {GCP_HEADER GCP_LINE(T1, "s", "k", "1", "", "hour"), "x:2: column usage_amount: ''"},
	    {GCP_HEADER GCP_LINE(T1, "s", "k", "1e30", "1", "hour"), "x:2: column cost: '1e30'"},
	    {GCP_HEADER GCP_LINE("yesterday", "s", "k", "1", "1", "hour"), "column usage_start_time: 'yesterday'"},
	    {GCP_HEADER T1 "," T1 "," T1 ",p,s,k,1,1,hour,Francs\n", "column currency: 'Francs'"},
	    {GCP_HEADER T1 "," T1 "," T1 ",p,s,k,1,1,hour,CHF\n" T1 "," T1 "," T1 ",p,s,k,1,1,hour,USD\n",
	     "x:3: column currency: USD after CHF"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct invoice_file file;
		struct err err = {""};
		assert_int_equal(invoice_parse("x", cases[i].text, strlen(cases[i].text), &file, &err), -1);
		if (!strstr(err.message, cases[i].message))
			fail_msg("'%s' instead of '%s'", err.message, cases[i].message);
	}
}

/* Every SKU of the list is found by its own name, and every family of the unit rates by Google's. */
static void families_are_found(void **state)
{
	(void)state;
	static const char *const names[] = {"E2 Instance Core running in Zurich",
					    "N1 Predefined Instance Ram running in EMEA",
					    "N2 Instance Core running in Finland",
					    "N2D AMD Instance Ram running in Japan",
					    "C2D AMD Instance Core running in Netherlands",
					    "C3 Instance Core running in Belgium",
					    "C3D Instance Ram running in Finland",
					    "N4 Instance Core running in APAC",
					    "C4 Instance Core running in Tokyo",
					    "Storage PD Capacity",
					    "Storage PD Capacity in Zurich",
					    "SSD backed PD Capacity in Netherlands",
					    "Balanced PD Capacity",
					    "Network Internet Data Transfer Out from Netherlands to Americas"};
	struct err err = {""};
	struct invoice_prices *prices = invoice_prices_read("data", &err);
	assert_non_null(prices);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct invoice_item item = {PROVIDER_GCP, "Compute Engine", names[i], "", "hour"};
		struct item_price price;
		assert_int_equal(invoice_price_find(prices, &item, &price, &err), 0);
		if (price.unknown || price.price.tiers[0].price_nano <= 0 || !*price.source || !*price.as_of)
			fail_msg("%s: %s", names[i], price.unknown ? price.unknown : "no price");
	}
	invoice_prices_free(prices);
}

static void prints_every_form(void **state)
{
	(void)state;
	static const char *const wanted[] = {[TABLE_HUMAN] = "4 lines have a price: 4 agree",
					     [TABLE_CSV] = "\n6,2025-03-04",
					     [TABLE_JSON] = "\"exchange_rate_from\": \"inferred\""};
	char *path = write_file(gcp_text, strlen(gcp_text));
	for (enum table_format format = TABLE_HUMAN; format <= TABLE_JSON; format++) {
		struct bill_check_options options = {.invoice = path, .data = "data", .format = format};
		struct err err = {""};
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		assert_int_equal(bill_check(&options, out, &err), EXIT_DONE);
		fclose(out);
		if (!strstr(text, wanted[format]))
			fail_msg("%s", text);
		free(text);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(amounts),
	    cmocka_unit_test(amounts_keep_every_digit),
	    cmocka_unit_test(products_are_exact),
	    cmocka_unit_test(overflow_is_told),
	    cmocka_unit_test(units),
	    cmocka_unit_test(disks_use_the_very_month),
	    cmocka_unit_test(rounding),
	    cmocka_unit_test(tiers_split_a_line),
	    cmocka_unit_test(google_to_the_digit),
	    cmocka_unit_test(google_adds_up_parts),
	    cmocka_unit_test(rate_that_nothing_vouches_for_is_refused),
	    cmocka_unit_test(export_says_its_rate),
	    cmocka_unit_test(aws_report),
	    cmocka_unit_test(aws_odds_and_ends),
	    cmocka_unit_test(google_storage),
	    cmocka_unit_test(one_line_a_reason),
	    cmocka_unit_test(focus_as_exported),
	    cmocka_unit_test(google_zone),
	    cmocka_unit_test(azure_details),
	    cmocka_unit_test(focus_of_three_clouds),
	    cmocka_unit_test(compressed_is_the_same),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(families_are_found),
	    cmocka_unit_test(prints_every_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
