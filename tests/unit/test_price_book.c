#include "../../autoscaler/io/text/decimal.h"
#include "price.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static double wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void read_book(const char *region, struct price_book *book)
{
	struct err err = {""};
	if (price_book_read(NULL, region, book, &err) < 0)
		fail_msg("%s: %s", region, err.message);
}

static const struct instance_type *find(const struct price_book *book, const char *name)
{
	struct err err = {""};
	const struct instance_type *type = NULL;
	if (price_book_find(book, name, &type, &err) < 0)
		fail_msg("%s", err.message);
	return type;
}

static void decimals(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
	    {"0", 0},
	    {"0.192", 192000000},
	    {"12", 12000000000},
	    {"0.000000001", 1},
	    {"9223372036.854775807", INT64_MAX},
	    {"9223372036.854775808", -1},
	    {"99999999999999999999", -1},
	    {"0.0000000001", -1},
	    {"", -1},
	    {".5", -1},
	    {"5.", -1},
	    {"-1", -1},
	    {"+1", -1},
	    {"1e3", -1},
	    {" 1", -1},
	    {"1,5", -1},
	    {"nan", -1},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (decimal_nano(cases[i].text, strlen(cases[i].text)) != cases[i].want)
			fail_msg("'%s'", cases[i].text);
}

/* Figures anyone can look up. */
static void known_types(void **state)
{
	(void)state;
	struct price_book book;
	read_book("aws/us-east-1", &book);
	const struct instance_type *m5 = find(&book, "m5.xlarge");
	assert_int_equal(m5->price_nano_per_hour, 192000000);
	assert_int_equal(m5->vcpu_milli, 4000);
	assert_int_equal(m5->charged_milli, 4000);
	assert_int_equal(m5->vcpu_nano_per_hour + m5->gib_nano_per_hour, 0); /* AWS prices the whole */
	assert_int_equal(m5->memory_bytes, 16 * GIB);
	assert_string_equal(m5->arch, "amd64");
	assert_string_equal(m5->family, "m5");
	assert_string_equal(m5->region, "aws/us-east-1");
	assert_true(m5->general_purpose);
	assert_true(m5->spot_nano_per_hour > 0 && m5->spot_nano_per_hour < m5->price_nano_per_hour);
	assert_false(find(&book, "t3.large")->general_purpose);
	assert_false(find(&book, "c5.large")->general_purpose);
	assert_false(find(&book, "p3.2xlarge")->general_purpose);
	assert_int_equal(find(&book, "p3.2xlarge")->gpus, 1);
	assert_true(find(&book, "m7g.large")->general_purpose);
	assert_string_equal(find(&book, "m7g.large")->arch, "arm64");
	assert_int_equal(book.fees.control_plane_nano_per_hour, 100000000);
	assert_int_equal(book.fees.disk_nano_per_gib_month, 80000000);
	assert_int_equal(book.fees.default_disk_gib, 20);
	assert_int_equal(book.fees.min_charge_ms, 60000);
	assert_string_equal(book.fees.disk_name, "EBS gp3");
	assert_string_equal(book.fees.currency, "USD");
	price_book_free(&book);
}

static void azure(void **state)
{
	(void)state;
	struct price_book book;
	read_book("azure/westeurope", &book);
	assert_int_equal(find(&book, "Standard_D4as_v5")->price_nano_per_hour, 208000000);
	assert_true(find(&book, "Standard_D4as_v5")->general_purpose);
	assert_false(find(&book, "Standard_B4ms")->general_purpose);
	assert_false(find(&book, "Standard_DC4as_v5")->general_purpose);
	assert_string_equal(book.fees.control_plane_name, "AKS Standard tier");
	assert_int_equal(book.fees.disk_nano_per_gib_month, 169375000);
	price_book_free(&book);
}

/* vCPUs and GiB at their rates, exactly: the products below are in whole billionths. */
static void google_is_priced_by_the_unit(void **state)
{
	(void)state;
	struct price_book book;
	read_book("gcp/us-east1", &book);
	assert_int_equal(find(&book, "e2-standard-4")->price_nano_per_hour, 4 * 21812000 + 16 * 2924000);
	assert_int_equal(find(&book, "e2-micro")->price_nano_per_hour, 21812000 / 4 + 2924000);
	assert_int_equal(find(&book, "e2-micro")->vcpu_milli, 2000);
	assert_int_equal(find(&book, "n1-highcpu-2")->price_nano_per_hour, 2 * 31611000 + 18 * 4237000 / 10);
	assert_int_equal(find(&book, "n1-standard-1")->price_nano_per_hour, 31611000 + 375 * 4237000 / 100);
	assert_int_equal(find(&book, "n2-highmem-128")->memory_bytes, 864 * GIB);
	assert_int_equal(find(&book, "c3d-highcpu-360")->memory_bytes, 708 * GIB);
	assert_int_equal(find(&book, "c4-highmem-32")->memory_bytes, 248 * GIB);
	assert_int_equal(find(&book, "e2-standard-4")->spot_nano_per_hour, 4 * 13090000 + 16 * 1754000);
	assert_int_equal(find(&book, "e2-standard-4")->vcpu_nano_per_hour, 21812000);
	assert_int_equal(find(&book, "e2-standard-4")->gib_nano_per_hour, 2924000);
	assert_int_equal(find(&book, "e2-standard-4")->charged_milli, 4000);
	assert_int_equal(find(&book, "e2-micro")->charged_milli, 250);
	assert_true(find(&book, "n2-standard-8")->general_purpose);
	assert_false(find(&book, "e2-medium")->general_purpose);
	price_book_free(&book);
	read_book("gcp/europe-west6", &book);
	assert_int_equal(book.fees.disk_nano_per_gib_month, 130000000);
	assert_int_equal(book.fees.default_disk_gib, 100);
	price_book_free(&book);
}

/* Google's published prices of whole types (us-east1), to their last printed digit or half a percent of it. */
static void google_agrees_with_published_types(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double usd;
	} published[] = {{"e2-medium", 0.0335},     {"e2-standard-16", 0.536}, {"e2-standard-2", 0.067},
			 {"n2-highmem-4", 0.262},   {"n2-standard-2", 0.0971}, {"n2-standard-4", 0.1942},
			 {"n2-standard-8", 0.3885}, {"n2-highmem-2", 0.131}};
	struct price_book book;
	read_book("gcp/us-east1", &book);
	for (size_t i = 0; i < COUNT(published); i++) {
		double usd = (double)find(&book, published[i].name)->price_nano_per_hour / 1e9;
		if (usd < published[i].usd * 0.999 || usd > published[i].usd * 1.001)
			fail_msg("%s: %.6f, published %.6f", published[i].name, usd, published[i].usd);
	}
	price_book_free(&book);
}

static void every_region_is_complete(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct err err = {""};
	struct price_region *regions;
	uint32_t n;
	assert_int_equal(price_regions_read(NULL, &arena, &regions, &n, &err), 0);
	assert_int_equal(n, 13);
	for (uint32_t r = 0; r < n; r++) {
		struct price_book book;
		read_book(regions[r].name, &book);
		assert_int_equal(book.n_types, regions[r].n_types);
		uint32_t general = 0;
		for (uint32_t i = 0; i < book.n_types; i++) {
			const struct instance_type *type = &book.types[i];
			assert_true(i == 0 || strcmp(type[-1].name, type->name) < 0);
			assert_ptr_equal(find(&book, type->name), type);
			assert_true(type->vcpu_milli > 0 && type->memory_bytes > 0);
			assert_true(type->price_nano_per_hour > 0);
			assert_true(type->spot_nano_per_hour == -1 || type->spot_nano_per_hour > 0);
			assert_true(strcmp(type->arch, "amd64") == 0 || strcmp(type->arch, "arm64") == 0);
			assert_int_equal(strlen(type->as_of), 10);
			assert_true(strlen(type->source) > 10);
			general += type->general_purpose && strcmp(type->arch, "amd64") == 0;
		}
		assert_true(general >= 10);
		assert_true(book.fees.disk_nano_per_gib_month > 0 && book.fees.control_plane_nano_per_hour > 0);
		price_book_free(&book);
	}
	arena_free(&arena);
}

static void unknown_names_suggest(void **state)
{
	(void)state;
	struct price_book book;
	struct err err;
	static const char *const regions[][2] = {{"aws/us-east1", "'aws/us-east-1'"},
						 {"us-east-1", "'aws/us-east-1'"},
						 {"google/us-central1", "'gcp/us-central1'"},
						 {"aws/", "'aws/"},
						 {"", "did you mean"},
						 {"gcp/us-centrl1", "'gcp/us-central1'"}};
	for (size_t i = 0; i < COUNT(regions); i++) {
		assert_int_equal(price_book_read(NULL, regions[i][0], &book, &err), -1);
		assert_non_null(strstr(err.message, "unknown region"));
		if (!strstr(err.message, regions[i][1]))
			fail_msg("%s: %s", regions[i][0], err.message);
	}
	read_book("aws/us-east-1", &book);
	const struct instance_type *type;
	assert_int_equal(price_book_find(&book, "m5.xlage", &type, &err), -1);
	assert_string_equal(err.message, "unknown instance type 'm5.xlage' in aws/us-east-1; did you mean 'm5.xlarge'? "
					 "`plimsoll price aws/us-east-1` lists all 1113");
	char huge[10000];
	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = 0;
	huge[3] = '\n';
	assert_int_equal(price_book_find(&book, huge, &type, &err), -1);
	assert_non_null(strstr(err.message, "'xxx\\x0axx"));
	price_book_free(&book);
}

/* A folder of price lists in which one file is replaced. */
static const char *const good[][2] = {
    {"aws_instances.csv",
     "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n"
     "r,a.b,a,general,amd64,2,8,0,0.1,,me,2026-01-01\n"},
    {"azure_instances.csv",
     "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n"},
    {"gcp_unit_rates.csv", "region,family,usd_per_vcpu_hour,usd_per_gib_hour,spot_usd_per_vcpu_hour,"
			   "spot_usd_per_gib_hour,max_error_percent,source,as_of\n"},
    {"gcp_machine_types.csv", "type,family,class,arch,vcpu,charged_vcpu,memory_gib,source,as_of\n"},
    {"fees.csv", "provider,region,item,name,value,unit,source,as_of,confidence\n"
		 "aws,*,control_plane,cp,0.1,u,s,d,high\naws,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "aws,*,boot_disk_size,bd,20,u,s,d,high\naws,*,min_charge,m,60,u,s,d,high\n"},
};

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/prices/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void clear(const char *folder)
{
	char path[256];
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(path, sizeof path, "%s/prices/%s", folder, good[i][0]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/prices", folder);
	rmdir(path);
	rmdir(folder);
}

static const char header[] =
    "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n";
static const struct {
	const char *row, *want; /* of aws_instances.csv */
} bad_rows[] = {
    {"r,a.b,a,general,amd64,2,8,0,-1,,me,d", ":2: usd_per_hour is '-1'; allowed: US dollars"},
    {"r,a.b,a,general,amd64,2,8,0,1e9,,me,d", ":2: usd_per_hour is '1e9'"},
    {"r,a.b,a,general,amd64,2,8,0,NaN,,me,d", ":2: usd_per_hour is 'NaN'"},
    {"r,a.b,a,general,amd64,2,8,0,,,me,d", ":2: usd_per_hour is ''"},
    {"r,a.b,a,general,amd64,2,8,0,0.0000000001,,me,d", ":2: usd_per_hour is '0.0000000001'"},
    {"r,a.b,a,general,amd64,2,8,0,99999999999999999999,,me,d", ":2: usd_per_hour is '99999999999999999999'"},
    {"r,a.b,a,general,amd64,0,8,0,1,,me,d", ":2: vcpu is '0'; allowed: vCPUs, 0.001"},
    {"r,a.b,a,general,amd64,0.0001,8,0,1,,me,d", ":2: vcpu is '0.0001'"},
    {"r,a.b,a,general,amd64,2,0,0,1,,me,d", ":2: memory_gib is '0'"},
    {"r,a.b,a,general,amd64,2,8,0.5,1,,me,d", ":2: gpus is '0.5'; allowed: a whole number"},
    {"r,a.b,a,shiny,amd64,2,8,0,1,,me,d", ":2: class is 'shiny'; allowed: general, burstable"},
    {"r,,a,general,amd64,2,8,0,1,,me,d", ":2: type is ''"},
    {"r,a.b,a,general,amd64,2,8,0,1,,me", ":2: 11 fields; the header names 12 columns"},
    {"r,a.b,a,general,amd64,2,8,0,1,,me,d\nr,a.b,a,general,amd64,2,8,0,1,,me,d", ":3: 'r a.b' is listed twice"},
    {"r,a.b,\"a,general", ":2: a quoted field is not closed"},
};

static void wrong_files_are_named(void **state)
{
	(void)state;
	char folder[] = "/tmp/plimsoll-prices-XXXXXX", path[256];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/prices", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	struct price_book book;
	struct err err = {""};
	assert_int_equal(price_book_read(folder, "aws/r", &book, &err), -1);
	assert_non_null(strstr(err.message, "aws_instances.csv: No such file"));
	for (size_t i = 0; i < COUNT(good); i++)
		put(folder, good[i][0], good[i][1]);
	if (price_book_read(folder, "aws/r", &book, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(book.n_types, 1);
	assert_int_equal(book.types[0].spot_nano_per_hour, -1);
	price_book_free(&book);
	for (size_t i = 0; i < COUNT(bad_rows); i++) {
		char text[1024];
		snprintf(text, sizeof text, "%s%s\n", header, bad_rows[i].row);
		put(folder, "aws_instances.csv", text);
		assert_int_equal(price_book_read(folder, "aws/r", &book, &err), -1);
		if (!strstr(err.message, bad_rows[i].want))
			fail_msg("%s\n  gave: %s", bad_rows[i].row, err.message);
	}
	put(folder, "aws_instances.csv", "region,type\n");
	assert_int_equal(price_book_read(folder, "aws/r", &book, &err), -1);
	assert_non_null(strstr(err.message, ":1: no column 'family'"));
	put(folder, "aws_instances.csv", "");
	assert_int_equal(price_book_read(folder, "aws/r", &book, &err), -1);
	assert_non_null(strstr(err.message, ":1: empty file"));
	put(folder, "aws_instances.csv", good[0][1]);
	put(folder, "fees.csv", "provider,region,item,name,value,unit,source,as_of,confidence\n");
	assert_int_equal(price_book_read(folder, "aws/r", &book, &err), -1);
	assert_string_equal(err.message, "fees.csv: no control_plane for aws/r");
	clear(folder);
}

static void reading_is_fast(void **state)
{
	(void)state;
	double best = 1e9;
	for (int i = 0; i < 5; i++) {
		struct price_book book;
		double start = wall_ms();
		read_book("aws/us-east-1", &book);
		double took = wall_ms() - start;
		best = took < best ? took : best;
		price_book_free(&book);
	}
	print_message("reading one region: %.1f ms\n", best);
	assert_true(best < 300); /* generous: sanitizers and busy machines */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decimals),
	    cmocka_unit_test(known_types),
	    cmocka_unit_test(azure),
	    cmocka_unit_test(google_is_priced_by_the_unit),
	    cmocka_unit_test(google_agrees_with_published_types),
	    cmocka_unit_test(every_region_is_complete),
	    cmocka_unit_test(unknown_names_suggest),
	    cmocka_unit_test(wrong_files_are_named),
	    cmocka_unit_test(reading_is_fast),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
