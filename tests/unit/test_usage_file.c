#include "billing.h"
#include "calendar.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define AT(y, m, d) (calendar_days(y, m, d) * DAY_MS)

struct fixture {
	struct price_list list;
	struct arena arena;
	struct usage_item *items;
	size_t n;
	char path[64];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err err = {""};
	*state = f;
	if (!f || price_list_read(NULL, "aws/us-east-1", &f->list, &err) < 0)
		return -1;
	snprintf(f->path, sizeof f->path, "/tmp/plimsoll-test-usage-XXXXXX");
	int fd = mkstemp(f->path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	price_list_free(&f->list);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static int read_text(struct fixture *f, const char *text, bool gzip, struct err *err)
{
	gzFile file = gzopen(f->path, gzip ? "wb" : "wbT");
	if (!file || gzwrite(file, text, (unsigned)strlen(text)) != (int)strlen(text) || gzclose(file) != Z_OK)
		fail_msg("cannot write %s", f->path);
	return usage_read(f->path, &f->list, &f->arena, &f->items, &f->n, err);
}

static void every_column(void **state)
{
	struct fixture *f = *state;
	static const char text[] =
	    "labels,resource,sku,start,end,quantity,spot,interrupted\n"
	    "namespace=shop;app=web,node-1,m5.xlarge,2026-01-01,2026-01-02T00:00:00.5Z,,true,yes\n"
	    ",disk,EBS gp3,1767225600,1767312000,20.125,,\n"
	    ",\"the, traffic\",egress internet,2026-01-01,2026-02-01,0.0005,0,no\n";
	for (int gzip = 0; gzip < 2; gzip++) {
		struct err err = {""};
		if (read_text(f, text, gzip, &err) < 0)
			fail_msg("%s", err.message);
		assert_int_equal(f->n, 3);
		const struct usage_item *node = &f->items[0], *disk = &f->items[1], *traffic = &f->items[2];
		assert_string_equal(node->resource, "node-1");
		assert_string_equal(f->list.skus[node->sku].id, "m5.xlarge");
		assert_true(node->start == AT(2026, 1, 1) && node->end == AT(2026, 1, 2) + 500);
		assert_true(node->quantity == 1000 && node->spot && node->interrupted);
		assert_string_equal(node->labels, "namespace=shop;app=web");
		assert_true(disk->quantity == 20125 && !disk->labels && !disk->spot);
		assert_true(disk->start == AT(2026, 1, 1) && disk->end == AT(2026, 1, 2));
		assert_string_equal(traffic->resource, "the, traffic");
		assert_int_equal(traffic->quantity, 1); /* to the nearest thousandth */
	}
}

/* The price in force when it was used. */
static void dated(void **state)
{
	struct fixture *f = *state;
	struct err err = {""};
	if (read_text(
		f,
		"resource,sku,start,end\na,IPv4 address,2024-01-01,2024-01-02\nb,IPv4 address,2024-03-01,2024-03-02\n",
		false, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(f->list.skus[f->items[0].sku].tiers[0].price_nano, 0);
	assert_int_equal(f->list.skus[f->items[1].sku].tiers[0].price_nano, 5000000);
}

static void refusals(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "resource,sku,start,end,quantity,labels,spot,interrupted\n";
	static const struct {
		const char *head, *row, *want;
	} cases[] = {
	    {"", "", ":1: empty"},
	    {"resource,sku,start\n", "", "no column 'end'"},
	    {"resource,sku,start,end,quantiy\n", "", "unknown column 'quantiy'; did you mean 'quantity'?"},
	    {"resource,sku,start,end,sku\n", "", "column 'sku' is there twice"},
	    {head, "a,m5.xlarg,2026-01-01,2026-01-02,,,,\n",
	     ":2: unknown SKU 'm5.xlarg' in aws/us-east-1; did you mean 'm5.xlarge'?"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,,\n", "6 fields; the header names 8 columns"},
	    {head, "a,m5.xlarge,2026-13-01,2026-01-02,,,,\n", "start: '2026-13-01' is not a time"},
	    {head, "a,m5.xlarge,2026-01-02,2026-01-01,,,,\n", "end is before start"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,-1,,,\n", "quantity is '-1'"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,nan,,,\n", "quantity is 'nan'"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,1e300,,,\n", "quantity is '1e300'"},
	    {head, "a,EBS gp3,2026-01-01,2026-01-02,,,,\n", "'EBS gp3' needs a quantity, in GiBs"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,,app,,\n", "labels is 'app'; allowed: name=value"},
	    {head, "a,m5.xlarge,2026-01-01,2026-01-02,,,perhaps,\n", "spot is 'perhaps'; allowed: true, false"},
	    {head, "a,ALB,2026-01-01,2026-01-02,,,true,\n", "'ALB' has no spot price"},
	    {head, "a,ALB,2026-01-01,2026-01-02,,,,true\n", "interrupted is for instances"},
	    {head, "a,\x01,2026-01-01,2026-01-02,,,,\n", "is not text"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[512];
		struct err err = {""};
		snprintf(text, sizeof text, "%s%s", cases[i].head, cases[i].row);
		if (read_text(f, text, false, &err) == 0)
			fail_msg("let through: %s", text);
		if (!strstr(err.message, cases[i].want) || !strstr(err.message, f->path))
			fail_msg("%s-> %s\nwanted: %s", text, err.message, cases[i].want);
	}
}

/* What is written is read back as it was. */
static void round_trip(void **state)
{
	struct fixture *f = *state;
	struct err err = {""};
	uint32_t sku, disk;
	assert_int_equal(price_list_find(&f->list, "m5.large", 0, &sku, &err), 0);
	assert_int_equal(price_list_find(&f->list, "EBS gp3", 0, &disk, &err), 0);
	const struct usage_item items[] = {
	    {.resource = "node, \"one\"",
	     .sku = sku,
	     .start = AT(2026, 1, 1) + 7,
	     .end = AT(2026, 2, 1),
	     .quantity = 1000,
	     .spot = true,
	     .interrupted = true,
	     .labels = "a=b"},
	    {.resource = "", .sku = disk, .start = AT(1999, 12, 31), .end = AT(2000, 3, 1) + 999, .quantity = 20001},
	};
	if (usage_write(f->path, &f->list, items, COUNT(items), &err) < 0 ||
	    usage_read(f->path, &f->list, &f->arena, &f->items, &f->n, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(f->n, COUNT(items));
	for (size_t i = 0; i < COUNT(items); i++) {
		const struct usage_item *want = &items[i], *got = &f->items[i];
		assert_string_equal(got->resource, want->resource);
		assert_true(got->sku == want->sku && got->start == want->start && got->end == want->end &&
			    got->quantity == want->quantity && got->spot == want->spot &&
			    got->interrupted == want->interrupted);
		assert_true(want->labels ? strcmp(got->labels, want->labels) == 0 : !got->labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_column),
	    cmocka_unit_test(dated),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(round_trip),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
