#include "../../autoscaler/io/live/metrics.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* 2026-11-24T14:00:00Z */
#define AT   1795528800000
#define TIME "\"timestamp\":\"2026-11-24T14:00:00Z\""

static const struct metric_spec cpu = {.type = METRIC_RESOURCE, .name = "cpu", .is_cpu = true};
static const struct metric_spec memory = {.type = METRIC_RESOURCE, .name = "memory"};
static const struct metric_spec qps = {.type = METRIC_PODS, .name = "qps"};

static void decoded(const char *text, struct pod_table *table)
{
	struct err err = {0};
	if (resource_metrics_decode(text, strlen(text), table, &err) < 0)
		fail_msg("%s", err.message);
}

/* "VALUE@SECONDS after AT/WINDOW in s", or what was wrong with it. */
static const char *sample_text(const struct pod_table *table, const char *pod, const struct metric_spec *metric)
{
	static char text[100];
	struct sample sample;
	const struct measured *row = pod_table_find(table, piece_of("default"), piece_of(pod));
	if (!row)
		return "not there";
	enum sample_fault fault = metric_sample(table, row, metric, &sample);
	if (fault != SAMPLE_FINE) {
		assert_int_equal(sample.value, -1);
		return sample_fault_text(fault);
	}
	snprintf(text, sizeof text, "%lld@%lld/%lld", (long long)sample.value, (long long)(sample.at - AT) / 1000,
		 (long long)sample.window / 1000);
	return text;
}

/* ---- metrics.k8s.io ---- */

/* Apostrophes stand for quotes. */
static const struct {
	const char *name, *containers;
} answered[] = {
    {"one", "{'name':'a','usage':{'cpu':'100m','memory':'1Mi'}}"},
    {"two", "{'name':'a','usage':{'cpu':'300m'}},{'name':'b','usage':{'cpu':'400m'}}"},
    {"none", ""},
    {"half", "{'name':'a','usage':{'cpu':'1','memory':'1'}},{'name':'b','usage':{'memory':2}}"},
    {"nano", "{'name':'a','usage':{'cpu':'10000001n','memory':'2Ki'}},{'name':'b','usage':{'cpu':'1u','memory':'0'}}"},
    {"wrong", "{'name':'a','usage':{'cpu':'-5m','memory':'lots'}},{'name':'fine','usage':{'cpu':1,'memory':'0'}}"},
    {"large", "{'name':'a','usage':{'cpu':'9E'}},{'name':'b','usage':{'cpu':'9E'}}"},
    {"twice", "{'name':'a','usage':{'cpu':'1'}},{'name':'b','usage':{'cpu':'1'}}"},
    {"twice", "{'usage':{'cpu':2,'nvidia.com/gpu':'1'},'name':'a'}"},
};

static const struct {
	const char *pod, *container, *want, *want_memory;
} pods[] = {
    {"one", NULL, "100@0/30", "1048576000@0/30"},
    {"two", NULL, "700@0/30", "a container without usage"},
    {"none", NULL, "a container without usage", "a container without usage"},
    {"half", NULL, "a container without usage", "3000@0/30"},
    {"nano", NULL, "12@0/30", "2048000@0/30"}, /* rounded up, each container by itself */
    {"two", "b", "400@0/30", "a container without usage"},
    {"one", "b", "a container without usage", "a container without usage"},
    {"wrong", NULL, "a negative value", "a value that is not a quantity"},
    {"wrong", "fine", "1000@0/30", "0@0/30"},
    {"large", NULL, "9223372036854775807@0/30", "a container without usage"},
    {"twice", NULL, "2000@0/30", "a container without usage"},
    {"elsewhere", NULL, "not there", "not there"},
    {"absent", NULL, "not there", "not there"},
};

static void pods_answer(char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size,
				    "{'kind':'PodMetricsList','apiVersion':'metrics.k8s.io/v1beta1','items':["
				    "{'metadata':{'name':'elsewhere','namespace':'other'},'containers':[]}");
	for (size_t i = 0; i < COUNT(answered); i++)
		n += (size_t)snprintf(out + n, size - n,
				      ",{'metadata':{'name':'%s','namespace':'default','labels':{'name':'x'}},"
				      "'timestamp':'2026-11-24T14:00:00Z','window':'30s','containers':[%s]}",
				      answered[i].name, answered[i].containers);
	snprintf(out + n, size - n, "]}");
	for (; *out; out++)
		*out = *out == '\'' ? '"' : *out;
}

static void test_pods(void **state)
{
	(void)state;
	char text[4096];
	struct pod_table table = {0};
	pods_answer(text, sizeof text);
	for (int again = 0; again < 2; again++) {
		pod_table_clear(&table);
		decoded(text, &table);
		for (size_t i = 0; i < COUNT(pods); i++) {
			struct metric_spec by_cpu = cpu, by_memory = memory;
			by_cpu.type = by_memory.type = pods[i].container ? METRIC_CONTAINER_RESOURCE : METRIC_RESOURCE;
			by_cpu.container = by_memory.container = pods[i].container;
			assert_string_equal(sample_text(&table, pods[i].pod, &by_cpu), pods[i].want);
			assert_string_equal(sample_text(&table, pods[i].pod, &by_memory), pods[i].want_memory);
		}
	}
	pod_table_free(&table);
}

static void test_times(void **state)
{
	(void)state;
	static const struct {
		const char *fields, *want;
	} cases[] = {
	    {"\"window\":\"30s\"", "no timestamp"},
	    {"\"timestamp\":null,\"window\":\"30s\"", "no timestamp"},
	    {"\"timestamp\":\"yesterday\",\"window\":\"30s\"", "no timestamp"},
	    {"\"timestamp\":17,\"window\":\"30s\"", "no timestamp"},
	    {TIME, "1000@0/0"},
	    {TIME ",\"window\":\"1m0.5s\"", "1000@0/60"},
	    {TIME ",\"window\":\"-5s\"", "1000@0/0"},
	    {TIME ",\"window\":\"soon\"", "1000@0/0"},
	    {"\"timestamp\":\"2026-11-24T15:00:05+01:00\"", "1000@5/0"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[600];
		struct pod_table table = {0};
		snprintf(text, sizeof text,
			 "{\"items\":[{\"metadata\":{\"namespace\":\"default\",\"name\":\"p\"},%s,"
			 "\"containers\":[{\"name\":\"a\",\"usage\":{\"cpu\":\"1\"}}]}]}",
			 cases[i].fields);
		decoded(text, &table);
		assert_string_equal(sample_text(&table, "p", &cpu), cases[i].want);
		pod_table_free(&table);
	}
}

static void test_no_pods(void **state)
{
	(void)state;
	static const char *const empty[] = {"{}", "{\"items\":null}", "{\"kind\":\"PodMetricsList\",\"items\":[]}",
					    "{\"kind\":null,\"items\":[]}", "{\"items\":[]}"};
	static const char *const refused[][2] = {
	    {"[]", "PodMetricsList: must be an object"},
	    {"{\"kind\":\"Status\",\"items\":[]}", "kind: Status: must be PodMetricsList"},
	    {"{\"items\":{}}", "PodMetricsList: items: must be an array"},
	};
	struct pod_table table = {0};
	struct err err;
	for (size_t i = 0; i < COUNT(empty); i++)
		decoded(empty[i], &table);
	decoded("{\"items\":[1,null,[],{\"metadata\":{\"name\":5}}]}", &table);
	assert_null(pod_table_find(&table, piece_of("default"), piece_of("p")));
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_int_equal(resource_metrics_decode(refused[i][0], strlen(refused[i][0]), &table, &err), -1);
		assert_string_equal(err.message, refused[i][1]);
	}
	assert_int_equal(resource_metrics_decode("{\"items\":[", 10, &table, &err), -1);
	pod_table_free(&table);
}

static void test_many_pods(void **state)
{
	(void)state;
	struct pod_table table = {0};
	char name[32], spaces[300];
	memset(spaces, 'x', sizeof spaces);
	for (int round = 0; round < 2; round++) {
		pod_table_clear(&table);
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof name, "web-%d", i);
			struct measured *row = pod_table_add(&table, piece_of(i % 2 ? "a" : "b"), piece_of(name));
			assert_non_null(row);
			row->at = i;
		}
		assert_non_null(pod_table_add(&table, piece_of("a"), (struct piece){spaces, sizeof spaces}));
	}
	assert_int_equal(table.n_rows, 5001);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "web-%d", i);
		const struct measured *row = pod_table_find(&table, piece_of(i % 2 ? "a" : "b"), piece_of(name));
		assert_non_null(row);
		assert_int_equal(row->at, i);
		assert_null(pod_table_find(&table, piece_of(i % 2 ? "b" : "a"), piece_of(name)));
	}
	assert_null(pod_table_find(&table, piece_of("aweb-1"), piece_of("")));
	pod_table_free(&table);
}

/* ---- custom.metrics.k8s.io ---- */

#define OF(pod, fields) "{\"describedObject\":{\"kind\":\"Pod\",\"name\":\"" pod "\"}," fields "}"

static void test_custom_pods(void **state)
{
	(void)state;
	static const char answer[] = "{\"kind\":\"MetricValueList\",\"items\":[" OF("a", TIME ",\"value\":\"10\"") "," OF(
	    "b", TIME
	    ",\"val"
	    "ue\":"
	    "\"20\""
	    ",\"win"
	    "dowSec"
	    "onds\""
	    ":90") "," OF("c", TIME
			  ",\"value\":\"1500u\",\"window\":30") "," OF("d",
								       "\"value\":\"1\"") "," OF("e", TIME
												 ",\"value\":\"-"
												 "1\"") "," OF("f", TIME
													       ",\""
													       "val"
													       "ue"
													       "\":"
													       "\"m"
													       "any"
													       "\"") "," OF("g",
															    TIME) "," OF("h",
																	 TIME
																	 ",\"va"
																	 "lue\""
																	 ":0,"
																	 "\"win"
																	 "dowSe"
																	 "conds"
																	 "\":-"
																	 "3") "]}";
	static const char *const want[][2] = {
	    {"a", "10000@0/60"},
	    {"b", "20000@0/90"},
	    {"c", "2@0/30"},
	    {"d", "no timestamp"},
	    {"e", "a negative value"},
	    {"f", "a value that is not a quantity"},
	    {"g", "a value that is not a quantity"},
	    {"h", "0@0/0"},
	    {"i", "not there"},
	};
	struct pod_table table = {0};
	struct err err;
	assert_int_equal(custom_pods_decode(answer, strlen(answer), "default", &table, &err), 0);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(sample_text(&table, want[i][0], &qps), want[i][1]);
	pod_table_free(&table);
}

/* Values with blanks between, and the time of the newest in s after AT; or the message. */
static const char *values_text(int (*decode)(const char *, size_t, struct metric_values *, struct err *),
			       const char *text)
{
	static char out[1200];
	struct metric_values values = {.at = MS_UNSET};
	struct err err = {0};
	int n = 0;
	if (decode(text, strlen(text), &values, &err) < 0)
		snprintf(out, sizeof out, "! %s", err.message);
	else {
		for (uint32_t i = 0; i < values.n; i++)
			n += snprintf(out + n, sizeof out - (size_t)n, "%lld ", (long long)values.values[i]);
		if (values.at == MS_UNSET)
			snprintf(out + n, sizeof out - (size_t)n, "@never");
		else
			snprintf(out + n, sizeof out - (size_t)n, "@%lld", (long long)(values.at - AT));
	}
	free(values.values);
	return out;
}

static void test_custom_object(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{\"kind\":\"MetricValueList\",\"items\":[{" TIME ",\"value\":\"10m\"}]}", "10 @0"},
	    {"{\"items\":[{\"value\":\"10m\"}]}", "10 @never"},
	    {"{\"items\":[]}", "! the custom metrics API server returned 0 results when we asked for exactly one"},
	    {"{\"items\":[{\"value\":1},{\"value\":2}]}",
	     "! the custom metrics API server returned 2 results when we asked for exactly one"},
	    {"{\"items\":[{\"value\":-1}]}", "! items[0].value: -1: must not be negative"},
	    {"{\"items\":[{}]}", "! items[0].value: is missing"},
	    {"{\"kind\":\"PodMetricsList\"}", "! kind: PodMetricsList: must be MetricValueList"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(values_text(custom_object_decode, cases[i][0]), cases[i][1]);
}

static void test_custom_version(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{\"preferredVersion\":{\"version\":\"v1beta1\"},\"versions\":[{\"version\":\"v1beta2\"}]}", "v1beta1"},
	    {"{\"preferredVersion\":{\"version\":\"v1\"},\"versions\":[{\"version\":\"v1\"},{\"version\":\"v1beta1\"}]"
	     "}",
	     "v1beta1"},
	    {"{\"versions\":[{\"version\":\"v1beta2\"},{\"version\":\"v1beta1\"}]}", "v1beta2"},
	    {"{\"versions\":[{\"version\":\"v2\"}]}", NULL},
	    {"[]", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char version[CUSTOM_VERSION_MAX] = "";
		struct err err;
		int known = custom_version_decode(cases[i][0], strlen(cases[i][0]), version, &err);
		assert_int_equal(known, cases[i][1] ? 0 : -1);
		if (cases[i][1])
			assert_string_equal(version, cases[i][1]);
	}
}

/* ---- external.metrics.k8s.io ---- */

static void test_external(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{\"kind\":\"ExternalMetricValueList\",\"items\":[{" TIME ",\"value\":\"10\"},{\"timestamp\":"
	     "\"2026-11-24T14:00:01Z\",\"value\":\"20\"},{\"value\":\"10\"}]}",
	     "10000 20000 10000 @1000"},
	    {"{\"items\":[{\"value\":0},{\"value\":\"0\"}]}", "0 0 @never"},
	    {"{\"items\":[]}", "! no metrics returned from external metrics API"},
	    {"{\"items\":[{\"value\":1},{\"value\":\"x\\u001b\"}]}",
	     "! items[1].value: \"x\\u001b\": must be a quantity"},
	    {"{\"items\":[{\"value\":\"-1m\"}]}", "! items[0].value: \"-1m\": must not be negative"},
	    {"{\"items\":[{\"value\":{}}]}", "! items[0].value: {}: must be a quantity"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(values_text(external_decode, cases[i][0]), cases[i][1]);
}

/* ---- Prometheus ---- */

#define VECTOR(result) "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" result "]}}"
#define SCALAR(result) "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":" result "}}"

static void test_prometheus(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {VECTOR("{\"metric\":{},\"value\":[1795528800,\"12.5\"]}"), "12500 @0"},
	    {VECTOR("{\"metric\":{\"a\":\"b\"},\"value\":[1795528800.25,\"0.1\"]},{\"value\":[1795528799,\"1e-07\"]}"),
	     "100 1 @250"},
	    {SCALAR("[1795528800,\"1e+06\"]"), "1000000000 @0"},
	    {SCALAR("[1795528800,\"0\"]"), "0 @0"},
	    {VECTOR(""), "! the query gives nothing"},
	    {VECTOR("{\"value\":[1795528800,\"NaN\"]}"), "! data.result[0].value: 'NaN': must be a finite number"},
	    {VECTOR("{\"value\":[1,\"1\"]},{\"value\":[1795528800,\"+Inf\"]}"),
	     "! data.result[1].value: '+Inf': must be a finite number"},
	    {SCALAR("[1795528800,\"-Inf\"]"), "! data.result: '-Inf': must be a finite number"},
	    {SCALAR("[1795528800,\"1Gi\"]"), "! data.result: '1Gi': must be a finite number"},
	    {SCALAR("[1795528800,5]"), "! data.result: '': must be a finite number"},
	    {SCALAR("[1795528800,\"-2\"]"), "! data.result: -2: must not be negative"},
	    {SCALAR("[1795528800]"), "! data.result: must be a time and a value"},
	    {VECTOR("{\"histogram\":[1795528800,{}]}"), "! data.result[0].value: must be a time and a value"},
	    {"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
	     "! data.resultType: 'matrix': must be vector or scalar"},
	    {"{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error at char 3\"}",
	     "! bad_data: parse error at char 3"},
	    {"{}", "! status: must be success: "},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(values_text(prometheus_decode, cases[i][0]), cases[i][1]);
}

/* ---- what is asked ---- */

static void test_paths(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct arena *a = &arena;
	const char *const cases[][2] = {
	    {resource_metrics_path(a, NULL), "/apis/metrics.k8s.io/v1beta1/pods"},
	    {resource_metrics_path(a, "shop"), "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"},
	    {resource_metrics_path(a, "../x"), "/apis/metrics.k8s.io/v1beta1/namespaces/..%2Fx/pods"},
	    {custom_pods_path(a, "shop", "qps", "app=web,tier in (a,b)", NULL),
	     "/namespaces/shop/pods/*/qps?labelSelector=app%3Dweb%2Ctier%20in%20%28a%2Cb%29"},
	    {custom_pods_path(a, "shop", "qps", "app=web", "verb=GET"),
	     "/namespaces/shop/pods/*/qps?labelSelector=app%3Dweb&metricLabelSelector=verb%3DGET"},
	    {custom_pods_path(a, "shop", "qps", "", "verb=GET"),
	     "/namespaces/shop/pods/*/qps?metricLabelSelector=verb%3DGET"},
	    {custom_object_path(a, "shop", "ingresses.networking.k8s.io", "main", "hits", NULL),
	     "/namespaces/shop/ingresses.networking.k8s.io/main/hits"},
	    {custom_object_path(a, "shop", NULL, "ignored", "hits", "x=y"),
	     "/namespaces/shop/metrics/hits?metricLabelSelector=x%3Dy"},
	    {external_path(a, "shop", "queue/len", "q=mail"),
	     "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue%2Flen?labelSelector=q%3Dmail"},
	    {external_path(a, "shop", "queue", NULL), "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue"},
	    {prometheus_query(a, "sum(rate(x{a=\"b\"}[1m]))", AT + 7),
	     "query=sum%28rate%28x%7Ba%3D%22b%22%7D%5B1m%5D%29%29&time=1795528800.007"},
	    {prometheus_query(a, "1", -1), "query=1&time=0.000"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(cases[i][0], cases[i][1]);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pods),           cmocka_unit_test(test_times),
	    cmocka_unit_test(test_no_pods),        cmocka_unit_test(test_many_pods),
	    cmocka_unit_test(test_custom_pods),    cmocka_unit_test(test_custom_object),
	    cmocka_unit_test(test_custom_version), cmocka_unit_test(test_external),
	    cmocka_unit_test(test_prometheus),     cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
