#include "../../autoscaler/io/price/price_diff.h"
#include "../../autoscaler/io/price/update.h"
#include "calendar.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* ---- a small book ---- */

static char root[] = "/tmp/plimsoll-update-XXXXXX";

#define HEADER "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n"
static const char *const lists[][2] = {
    {"aws_instances.csv", HEADER "eu,a.2,a,other,amd64,2,8,0,0.2,,old,2026-01-01\n"
				 "us,a.1,a,other,amd64,1,4,0,0.1,0.03,old,2026-01-01\n"
				 "us,a.2,a,other,amd64,2,8,0,0.2,0.05,old (spot: before),2026-01-01\n"
				 "us,a.3,a,other,amd64,3,12,0,0.3,,old,2026-01-01\n"},
    {"azure_instances.csv", HEADER "east,Standard_A1,A,other,amd64,1,4,0,0.1,0.02,old,2026-01-01\n"
				   "east,Standard_A2,A,other,amd64,2,8,0,0.2,,old,2026-01-01\n"},
    {"gcp_unit_rates.csv",
     "region,family,usd_per_vcpu_hour,usd_per_gib_hour,spot_usd_per_vcpu_hour,spot_usd_per_gib_hour,max_error_percent,"
     "source,as_of\nmid,n2,0.03,0.004,0.01,0.001,0.3,old,2026-01-01\n"},
    {"gcp_machine_types.csv", "type,family,class,arch,vcpu,charged_vcpu,memory_gib,source,as_of\n"
			      "n2-a,n2,general,amd64,2,2,8,s,2026-01-01\n"},
    {"fees.csv", "provider,region,item,name,value,unit,source,as_of,confidence\n"
		 "aws,*,control_plane,cp,0.1,u,s,d,high\naws,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "aws,*,boot_disk_size,bd,20,u,s,d,high\naws,*,min_charge,m,60,u,s,d,high\n"
		 "azure,*,control_plane,cp,0.1,u,s,d,high\nazure,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "azure,*,boot_disk_size,bd,20,u,s,d,high\nazure,*,min_charge,m,60,u,s,d,high\n"
		 "gcp,*,control_plane,cp,0.1,u,s,d,high\ngcp,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "gcp,*,boot_disk_size,bd,20,u,s,d,high\ngcp,*,min_charge,m,60,u,s,d,high\n"},
};

static void put(const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", root, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_all(const char *path)
{
	DIR *list = opendir(path);
	for (struct dirent *entry; list && (entry = readdir(list));) {
		char below[1024];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		remove_all(below);
	}
	if (list)
		closedir(list);
	remove(path);
}

static int fresh_book(void **state)
{
	(void)state;
	char path[512];
	snprintf(root, sizeof root, "/tmp/plimsoll-update-XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof path, "%s/prices", root);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < COUNT(lists); i++) {
		snprintf(path, sizeof path, "prices/%s", lists[i][0]);
		put(path, lists[i][1]);
	}
	return 0;
}

static int remove_book(void **state)
{
	(void)state;
	remove_all(root);
	return 0;
}

static const char *contents(const char *name)
{
	static char text[65536];
	char path[512];
	snprintf(path, sizeof path, "%s/%s", root, name);
	FILE *file = fopen(path, "r");
	if (!file)
		return "";
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
	return text;
}

#define NOW (calendar_days(2026, 11, 24) * DAY_MS + HOUR_MS)

static const char *update_at(enum provider provider, const char *region, const char *document, bool force, ms_t now)
{
	static struct err err;
	char path[512];
	put("document", document);
	snprintf(path, sizeof path, "%s/document", root);
	struct update_options options = {.region = region, .file = path, .data = root, .force = force, .now = now};
	struct update_outcome outcome;
	err.message[0] = 0;
	if (update_prices(update_providers[provider], &options, &outcome, &err) < 0)
		return err.message;
	arena_free(&outcome.arena);
	return "";
}

/* "" when it was taken, else the message. */
static const char *update(enum provider provider, const char *region, const char *document, bool force)
{
	return update_at(provider, region, document, force, NOW);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s'\n  is not in: %s", part, text);
}

/* ---- documents ---- */

#define PRODUCT(sku, type, vcpu, memory)                                                                               \
	"\"" sku                                                                                                       \
	"\":{\"productFamily\":\"Compute Instance\",\"attributes\":{\"regionCode\":\"us\",\"instanceType\":\"" type    \
	"\",\"vcpu\":\"" vcpu "\",\"memory\":\"" memory "\",\"operatingSystem\":\"Linux\",\"tenancy\":\"Shared\"}}"
#define TERM(sku, usd)                                                                                                 \
	"\"" sku "\":{\"" sku ".T\":{\"priceDimensions\":{\"" sku                                                      \
	".T.R\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":" usd "}}}}}"
#define OFFER(products, terms)                                                                                         \
	"{\"offerCode\":\"AmazonEC2\",\"version\":\"v7\",\"publicationDate\":\"2026-11-20T00:00:00Z\",\"products\":"   \
	"{" products "},\"terms\":{\"OnDemand\":{" terms "},\"Reserved\":{\"x\":{}}}}"
#define THREE_TYPES                                                                                                    \
	PRODUCT("A", "a.1", "1", "4 GiB") "," PRODUCT("B", "a.2", "2", "8 GiB") "," PRODUCT("C", "a.3", "3", "12 GiB")

static void an_offer_is_merged(void **state)
{
	(void)state;
	assert_string_equal(update(PROVIDER_AWS, NULL,
				   OFFER(THREE_TYPES "," PRODUCT("D", "m6g.new", "16", "1,952 GiB"),
					 TERM("A", "\"0.1100000000\"") "," TERM("B", "\"0.2\"") "," TERM(
					     "C", "0.3") "," TERM("D", "\"1e-3\"")),
				   false),
			    "");
	assert_string_equal(
	    contents("prices/aws_instances.csv"), HEADER
	    "eu,a.2,a,other,amd64,2,8,0,0.2,,old,2026-01-01\n"
	    "us,a.1,a,other,amd64,1,4,0,0.11,0.03,pricing.us-east-1.amazonaws.com AmazonEC2 v7 (spot: old "
	    "2026-01-01),2026-11-20\n"
	    "us,a.2,a,other,amd64,2,8,0,0.2,0.05,pricing.us-east-1.amazonaws.com AmazonEC2 v7 (spot: "
	    "before),2026-11-20\n"
	    "us,a.3,a,other,amd64,3,12,0,0.3,,pricing.us-east-1.amazonaws.com AmazonEC2 v7,2026-11-20\n"
	    "us,m6g.new,m6g,memory,arm64,16,1952,0,0.001,,pricing.us-east-1.amazonaws.com AmazonEC2 v7,2026-11-20\n");
	assert_string_equal(contents("prices.2026-11-24/aws_instances.csv"), lists[0][1]);
	assert_string_equal(contents("prices.2026-11-24/fees.csv"), lists[4][1]);
}

static void prices_are_believed_within_bounds(void **state)
{
	(void)state;
	static const char two[] = OFFER(THREE_TYPES, TERM("A", "\"1\"") "," TERM("B", "\"0.02\""));
	assert_string_equal(update(PROVIDER_AWS, NULL, two, false), ""); /* just tenfold, just a third gone */
	assert_string_equal(update(PROVIDER_AWS, NULL, OFFER(THREE_TYPES, TERM("A", "\"10.000000001\"")), false),
			    "1 prices would change more than tenfold: a.1 in us 1 -> 10.000000001; --force takes them "
			    "nevertheless");
	assert_string_equal(update(PROVIDER_AWS, NULL, OFFER(THREE_TYPES, TERM("A", "\"0.1\"")), false), "");
	assert_has(update(PROVIDER_AWS, NULL, lists[0][1], false), "is not valid JSON");
}

static void too_many_gone(void **state)
{
	(void)state;
	static const char one[] = OFFER(THREE_TYPES, TERM("A", "\"0.1\""));
	assert_string_equal(update(PROVIDER_AWS, "us", one, false),
			    "2 of 3 types in us would be gone: a.2, a.3; --force takes it nevertheless");
	assert_string_equal(contents("prices/aws_instances.csv"), lists[0][1]);
	assert_string_equal(contents("prices.2026-11-24/fees.csv"), "");
	assert_string_equal(update(PROVIDER_AWS, "us", one, true), "");
	assert_null(strstr(contents("prices/aws_instances.csv"), "us,a.2"));
	assert_non_null(strstr(contents("prices/aws_instances.csv"), "eu,a.2"));
}

#define ITEM(size, name, usd, more)                                                                                    \
	"{\"currencyCode\":\"USD\",\"armRegionName\":\"east\",\"armSkuName\":\"" size "\",\"skuName\":\"" name         \
	"\",\"productName\":\"VM Series\",\"serviceName\":\"Virtual Machines\",\"unitOfMeasure\":\"1 Hour\",\"type\":" \
	"\"Consumption\",\"retailPrice\":" usd ",\"effectiveStartDate\":\"2024-01-01T00:00:00Z\"" more "}"
#define PAGE(items) "{\"BillingCurrency\":\"USD\",\"Items\":[" items "],\"NextPageLink\":null}"

static void azure_sizes(void **state)
{
	(void)state;
	assert_string_equal(
	    update(PROVIDER_AZURE, NULL,
		   PAGE(ITEM("Standard_A1", "A1", "0.11", "") "," ITEM(
		       "Standard_A1", "A1 Low Priority", "0.01", "") "," ITEM("Standard_New", "New", "1.5",
									      "")) /* nobody knows how large it is */
		   PAGE(ITEM("Standard_A2", "A2", "0.25", ",\"effectiveEndDate\":\"2026-11-24T00:00:00Z\"") "," ITEM(
		       "Standard_A2", "A2", "2.1e-1", "") "," ITEM("Standard_A2", "A2 Spot", "0.0500001", "")),
		   false),
	    "");
	const char *list = contents("prices/azure_instances.csv");
	char today[16], *source = strstr(list, "retail prices,");
	assert_non_null(source);
	snprintf(today, sizeof today, "%.10s", source + 14); /* that of the file */
	char want[1024];
	snprintf(want, sizeof want,
		 HEADER "east,Standard_A1,A,other,amd64,1,4,0,0.11,,prices.azure.com retail prices,%s\n"
			"east,Standard_A2,A,other,amd64,2,8,0,0.21,0.0500001,prices.azure.com retail prices,%s\n",
		 today, today);
	assert_string_equal(list, want);
}

#define SKU(text, use, unit, money, time)                                                                              \
	"{\"skuId\":\"I\",\"description\":\"" text "\",\"category\":{\"usageType\":\"" use                             \
	"\"},\"serviceRegions\":[\"mid\",\"far\"],\"pricingInfo\":[{\"pricingExpression\":{\"usageUnit\":\"" unit      \
	"\",\"tieredRates\":[{\"startUsageAmount\":0,\"unitPrice\":{" money "}}]},\"effectiveTime\":\"" time "\"}]}"
#define CORE(money) SKU("N2 Instance Core running in Iowa", "OnDemand", "h", money, "2026-11-20T00:00:00Z")
#define RAM(money)  SKU("N2 Instance Ram running in Iowa", "OnDemand", "GiBy.h", money, "2026-11-21T00:00:00Z")
#define SKUS(list)  "{\"skus\":[" list "],\"nextPageToken\":\"\"}"

static void google_rates(void **state)
{
	(void)state;
	assert_string_equal(
	    update(PROVIDER_GCP, NULL,
		   SKUS(CORE("\"units\":\"0\",\"nanos\":31611000") "," SKU(
		       "Spot Preemptible N2 Instance Core running in Iowa", "Preemptible", "h", "\"nanos\":7700000",
		       "2026-11-01T00:00:00Z") "," SKU("N2 Custom Instance Core running in Iowa", "OnDemand", "h",
						       "\"nanos\":9",
						       "2026-11-01T00:00:00Z") "," SKU("N2 Instance Core running in "
										       "Iowa for DWS",
										       "Commit1Yr", "h", "\"nanos\":9",
										       "2026-11-01T00:00:00Z"))
		       SKUS(RAM("\"nanos\":4237000") "," SKU(
			   "Spot Preemptible N2 Instance Ram running in Iowa", "Preemptible", "GiBy.h",
			   "\"nanos\":1031000", "2026-11-01T00:00:00Z") "," SKU("N2 Instance Core running in Iowa",
										"OnDemand", "h", "\"units\":\"99\"",
										"2026-12-01T00:00:00Z")),
		   false),
	    "");
	assert_has(
	    contents("prices/gcp_unit_rates.csv"),
	    "\nmid,n2,0.031611,0.004237,0.0077,0.001031,0.0,cloudbilling.googleapis.com 6F81-5844-456A,2026-11-21\n");
	assert_null(strstr(contents("prices/gcp_unit_rates.csv"), "far,")); /* not in the book, not asked for */
	assert_string_equal(
	    update(PROVIDER_GCP, "far", SKUS(CORE("\"units\":\"1\"") "," RAM("\"nanos\":4237000")), false), "");
	assert_has(contents("prices/gcp_unit_rates.csv"), "far,n2,1,0.004237,,,0.0,");
}

static const struct {
	enum provider provider;
	const char *document, *want;
} hostile[] = {
    {PROVIDER_AWS, "", "is empty"},
    {PROVIDER_AWS, "{}", "neither an offer file (products, terms) nor a spot price history"},
    {PROVIDER_AWS, "[]", "is no object"},
    {PROVIDER_AWS, "\x1f\x8b\x08", "is not"},
    {PROVIDER_AWS, "\0\0", "is empty"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"-1\"")),
     ": terms.OnDemand.A.A.T.priceDimensions.A.T.R: pricePerUnit.USD is '-1'"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"1000000.1\"")), "is '1000000.1'; allowed: 0 to 1000000 US dollars"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"1e400\"")), "is '1e400'"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"0x1p3\"")), "is '0x1p3'"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"\"")), "is ''"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"1\"") "," TERM("A", "\"2\"")), "a.1 in us has two prices, 1 and 2"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, TERM("A", "\"0\"")), "would be gone"},
    {PROVIDER_AWS, OFFER(PRODUCT("A", "../x", "1", "4 GiB"), ""), "instanceType is '../x'"},
    {PROVIDER_AWS, OFFER(PRODUCT("A", "a.1", "0", "4 GiB"), ""), "vcpu of a.1 is '0'"},
    {PROVIDER_AWS, OFFER(PRODUCT("A", "a.1", "1", "4 TiB"), ""), "memory of a.1 is '4 TiB'"},
    {PROVIDER_AWS, OFFER(PRODUCT("A", "a.1", "1", "-4 GiB"), ""), "memory of a.1 is '-4 GiB'"},
    {PROVIDER_AWS, OFFER(THREE_TYPES, "\"A\":{\"T\":{\"priceDimensions\":[]}}"), "is a list; allowed: an object"},
    {PROVIDER_AWS,
     "{\"SpotPriceHistory\":[{\"AvailabilityZone\":\"us-1a\",\"InstanceType\":\"a.1\",\"ProductDescription\":"
     "\"Linux/UNIX\",\"SpotPrice\":\"x\",\"Timestamp\":\"2026-01-01\"}]}",
     "SpotPriceHistory[0]: SpotPrice is 'x'"},
    {PROVIDER_AWS,
     "{\"SpotPriceHistory\":[{\"AvailabilityZone\":\"us-1a\",\"InstanceType\":\"a.1\",\"ProductDescription\":"
     "\"Linux/UNIX\",\"SpotPrice\":\"1\",\"Timestamp\":\"now\"}]}",
     "Timestamp is 'now'"},
    {PROVIDER_AWS, "{\"SpotPriceHistory\":[]}", "no prices for any region of the book"},
    {PROVIDER_AWS, "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\"\n", ":2: 1 fields; the first five lines"},
    {PROVIDER_AWS, "\"FormatVersion\",\"v1.0\"\n", "ends in its first five lines"},
    {PROVIDER_AWS, "EndTimestamp,InstanceID\n", "no column 'Region'"},
    {PROVIDER_AZURE, "{\"Items\":{}}", "Items: is an object; allowed: a list"},
    {PROVIDER_AZURE, "{\"Items\":[1]}", "Items[0]: is no object"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard_A1", "A1", "-0.1", "")), "Items[0]: retailPrice is '-0.1'"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard_A1", "A1", "[]", "")), "is a list; allowed"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard A1", "A1", "1", "")), "armSkuName is 'Standard A1'"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard_A1", "A1", "1", "") "," ITEM("Standard_A1", "A1", "2", "")),
     "Items[1]: Standard_A1 in east has two prices, 1 and 2"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard_A1", "A1", "1", "")) "{", "is not valid JSON"},
    {PROVIDER_AZURE, PAGE(ITEM("Standard_A1", "A1", "1", ",\"currencyCode\":\"USD\"")), "currencyCode: is given twice"},
    {PROVIDER_AZURE, "{\"Items\":[],\"NextPageLink\":\"http://127.0.0.1/2\"}", "its last page is not the last"},
    {PROVIDER_AZURE, PAGE(""), "no prices for any region of the book"},
    {PROVIDER_GCP, "{\"error\":{\"code\":403}}", "has skus; this has none"},
    {PROVIDER_GCP, SKUS(CORE("\"units\":\"-1\"")), "units is '-1'"},
    {PROVIDER_GCP, SKUS(CORE("\"units\":\"0.5\"")), "units is '0.5'"},
    {PROVIDER_GCP, SKUS(CORE("\"units\":\"9223372036854775807\"")), "units is '9223372036854775807'"},
    {PROVIDER_GCP, SKUS(CORE("\"units\":\"1001\"")), "1001 USD an hour is no price of a vCPU"},
    {PROVIDER_GCP, SKUS(CORE("\"nanos\":-1")), "nanos is '-1'"},
    {PROVIDER_GCP, SKUS(CORE("\"currencyCode\":\"EUR\",\"nanos\":1")), "currencyCode is 'EUR'"},
    {PROVIDER_GCP, SKUS(CORE("\"nanos\":1") "," CORE("\"nanos\":2")),
     "I: n2 in mid has two prices, 0.000000001 and 0.000000002"},
    {PROVIDER_GCP, SKUS(SKU("N2 Instance Core running in X", "OnDemand", "mo", "\"nanos\":1", "2026-01-01")),
     "usageUnit is 'mo'; allowed: h"},
    {PROVIDER_GCP, "{\"skus\":[{\"serviceRegions\":[\"a b\"]}]}",
     "skus[0].serviceRegions[0]: is not the name of a region"},
    {PROVIDER_GCP, "{\"skus\":[],\"nextPageToken\":\"more\"}", "its last page is not the last"},
};

static void hostile_documents_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		assert_has(update(hostile[i].provider, NULL, hostile[i].document, false), hostile[i].want);
		for (size_t list = 0; list < COUNT(lists); list++) {
			char path[64];
			snprintf(path, sizeof path, "prices/%s", lists[list][0]);
			assert_string_equal(contents(path), lists[list][1]);
		}
		assert_string_equal(contents("prices.2026-11-24/fees.csv"), "");
	}
}

/* ---- states ---- */

static const char *state_of(const char *which)
{
	static char folder[4096];
	static struct err err;
	if (price_state(root, which, folder, sizeof folder, &err) < 0)
		return err.message;
	return strrchr(folder, '/') + 1;
}

static void states_by_date(void **state)
{
	(void)state;
	static const char *const offers[] = {OFFER(THREE_TYPES, TERM("A", "\"0.11\"") "," TERM("B", "\"0.2\"")),
					     OFFER(THREE_TYPES, TERM("A", "\"0.12\"") "," TERM("B", "\"0.2\"")),
					     OFFER(THREE_TYPES, TERM("A", "\"0.13\"") "," TERM("B", "\"0.2\""))};
	for (size_t i = 0; i < COUNT(offers); i++)
		assert_string_equal(update_at(PROVIDER_AWS, NULL, offers[i], false, NOW + (i == 2 ? 10 * DAY_MS : 0)),
				    "");
	assert_string_equal(state_of("now"), "prices");
	assert_string_equal(state_of("2026-11-01"), "prices.2026-11-24");
	assert_string_equal(state_of("2026-11-24"), "prices.2026-11-24");
	assert_string_equal(state_of("2026-11-25"), "prices.2026-12-04");
	assert_string_equal(state_of("2026-12-05"), "prices");
	assert_has(state_of("2026-13-01"), "is neither a date");
	struct arena arena = {0};
	struct price_change *changes;
	struct err err;
	char old[4096], new[4096];
	size_t n;
	assert_int_equal(price_state(root, "2026-11-24", old, sizeof old, &err), 0);
	assert_int_equal(price_state(root, "2026-11-25", new, sizeof new, &err), 0);
	assert_int_equal(price_diff(old, new, "aws", &arena, &changes, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(changes[0].name, "a.1");
	assert_string_equal(changes[0].price, "on demand");
	assert_int_equal(changes[0].old_nano, 100000000);
	assert_int_equal(changes[0].new_nano, 120000000);
	assert_string_equal(changes[1].name, "a.3");
	assert_int_equal(changes[1].new_nano, -1);
	assert_int_equal(price_diff(old, new, "aws/eu", &arena, &changes, &n, &err), 0);
	assert_int_equal(n, 0);
	arena_free(&arena);
}

/* ---- rules ---- */

/* The shipped lists were written by build.py: the rules here are the same. */
static void naming_rules_are_those_of_the_book(void **state)
{
	(void)state;
	for (int provider = PROVIDER_AWS; provider <= PROVIDER_AZURE; provider++) {
		struct sheet sheet;
		struct err err;
		assert_int_equal(sheet_read(&sheet, &sheet_forms[provider], "data/prices", &err), 0);
		assert_true(sheet.n > 1000);
		for (size_t i = 0; i < sheet.n; i++) {
			const char *const *cell = sheet.rows[i].cell;
			char family[64];
			instance_family((enum provider)provider, cell[SHEET_NAME], family, sizeof family);
			assert_string_equal(family, cell[SHEET_FAMILY]);
			const char *class = instance_class((enum provider)provider, cell[SHEET_NAME], family,
							   (int64_t)(strtod(cell[SHEET_VCPU], NULL) * 1000 + 0.5),
							   (int64_t)(strtod(cell[SHEET_MEMORY], NULL) * 1000 + 0.5),
							   strcmp(cell[SHEET_GPUS], "0") != 0);
			if (strcmp(class, cell[SHEET_CLASS]) != 0)
				fail_msg("%s is %s; the book has %s", cell[SHEET_NAME], class, cell[SHEET_CLASS]);
		}
		sheet_free(&sheet);
	}
}

static void values(void **state)
{
	(void)state;
	char date[16];
	assert_int_equal(news_dollars("0.1920000000"), 192000000);
	assert_int_equal(news_dollars("0.0000000005"), 1);
	assert_int_equal(news_dollars("0.00000000049"), 0);
	assert_int_equal(news_dollars("1000000"), 1000000 * NANO);
	assert_int_equal(news_dollars("1000000.000000001"), -1);
	assert_int_equal(news_dollars(" 1"), -1);
	assert_int_equal(news_dollars("inf"), -1);
	assert_true(news_date("2026-01-16T16:02:58Z", date));
	assert_string_equal(date, "2026-01-16");
	assert_false(news_date("2026-1-16", date));
	assert_false(news_date("2026-00-16", date));
	assert_false(news_date("", date));
	assert_true(news_name_ok("Standard_E8-2ads_v5"));
	assert_false(news_name_ok(""));
	assert_false(news_name_ok("a/b"));
	assert_false(news_name_ok(".hidden"));
	assert_string_equal(sheet_nano(0).text, "0");
	assert_string_equal(sheet_nano(10 * NANO).text, "10");
	assert_string_equal(sheet_nano(1000000001).text, "1.000000001");
	assert_string_equal(sheet_nano(500000000).text, "0.5");
}

static void urls(void **state)
{
	(void)state;
	static const char *const shown[][2] = {
	    {"https://user:secret@host:8/a/b?key=secret#secret", "https://host:8/a/b"},
	    {"https://a@b@host/x@y", "https://host/x@y"},
	    {"http://host?key=secret", "http://host"},
	    {"secret@host/", "host/"},
	    {"http://h/\x01", "http://h/\\x01"},
	};
	for (size_t i = 0; i < COUNT(shown); i++)
		assert_string_equal(http_shown(shown[i][0]).text, shown[i][1]);
	assert_true(http_same_origin("https://h/a", "https://h:443/b?c"));
	assert_true(http_same_origin("http://H/a", "http://h:80"));
	assert_false(http_same_origin("https://h/", "http://h/"));
	assert_false(http_same_origin("https://h/", "https://h:444/"));
	assert_false(http_same_origin("https://h/", "https://h.evil/"));
	assert_false(http_same_origin("https://h/", "https://h@evil/"));
	assert_false(http_same_origin("https://h/", "//h/"));
	char out[16];
	assert_int_equal(http_escape("a b'=~", out, sizeof out), 0);
	assert_string_equal(out, "a%20b%27%3D~");
	assert_int_equal(http_escape("aaaaaaaaaaaaaaaa", out, sizeof out), -1);
}

#define WITH_BOOK(test) cmocka_unit_test_setup_teardown(test, fresh_book, remove_book)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_BOOK(an_offer_is_merged), WITH_BOOK(prices_are_believed_within_bounds),
	    WITH_BOOK(too_many_gone),      WITH_BOOK(azure_sizes),
	    WITH_BOOK(google_rates),       WITH_BOOK(hostile_documents_change_nothing),
	    WITH_BOOK(states_by_date),     cmocka_unit_test(naming_rules_are_those_of_the_book),
	    cmocka_unit_test(values),      cmocka_unit_test(urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
