#include "../../autoscaler/io/history/recorder.h"
#include "json_fixture.h"

#define NOW ((ms_t)1795531200000) /* 2026-11-24T14:40:00Z */

static void put_pod(struct live_pods *pods, const char *name)
{
	put(live_pods_sink(pods), name,
	    "{'metadata':{'name':'%s-0','namespace':'shop','ownerReferences':[{'kind':'StatefulSet','name':'%s',"
	    "'controller':true}]},'spec':{'containers':[{'name':'c'}]},'status':{'phase':'Running'}}",
	    name, name);
}

static void measure(struct pod_table *table, const char *name, const char *at, const char *cpu)
{
	char text[512];
	struct err err;
	snprintf(text, sizeof text,
		 "{\"items\":[{\"metadata\":{\"name\":\"%s-0\",\"namespace\":\"shop\"},\"timestamp\":\"%s\","
		 "\"containers\":[{\"name\":\"c\",\"usage\":{\"cpu\":\"%s\",\"memory\":\"1Mi\"}}]}]}",
		 name, at, cpu);
	assert_int_equal(resource_metrics_decode(text, strlen(text), table, &err), 0);
}

/* Of a node whose clock is a year ahead, and of a counter that has gone mad. */
static void test_wrong_nodes(void **state)
{
	struct err err;
	struct pod_table table = {0};
	struct recorded recorded;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	(void)state;
	assert_non_null(pods);
	put_pod(pods, "ahead");
	put_pod(pods, "mad");
	put_pod(pods, "sane");
	measure(&table, "ahead", "2027-11-24T14:39:55Z", "250m");
	measure(&table, "mad", "2026-11-24T14:39:40Z", "18446744073709");
	measure(&table, "sane", "2026-11-24T14:39:50Z", "500m");
	assert_int_equal(recorder_take(pods, &table, "shop", NOW + MINUTE_MS, &recorded, &err), 0);
	assert_int_equal(recorded.at, NOW - 10 * SECOND_MS);
	assert_int_equal(recorded.n, 3);
	assert_string_equal(recorded.sums[0].workload, "shop/ahead");
	assert_true(recorded.sums[0].measured == 1 && recorded.sums[0].cpu_milli == 250);
	assert_true(recorded.sums[1].measured == 0 && recorded.sums[1].cpu_milli == 0);
	assert_true(recorded.sums[2].measured == 1 && recorded.sums[2].cpu_milli == 500);
	arena_free(&recorded.arena);
	pod_table_free(&table);
	live_pods_close(pods);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_wrong_nodes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
