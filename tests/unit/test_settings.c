#include "settings.h"

#include "duration.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int assign(struct settings *settings, const char *key, const char *value, struct err *err)
{
	char text[256];
	snprintf(text, sizeof text, "%s=%s", key, value);
	*err = (struct err){""};
	return settings_set(settings, text, err);
}

static size_t row_of(const char *key)
{
	for (size_t i = 0; settings_row(i); i++)
		if (!strcmp(settings_row(i)->key, key))
			return i;
	fail_msg("no row %s", key);
	return 0;
}

/* Every default is what its row says, and a value in force can be typed again. */
static void test_round_trip(void **state)
{
	(void)state;
	struct settings defaults, typed;
	struct err err;
	size_t n = 0;
	settings_default(&defaults);
	settings_default(&typed);
	for (; settings_row(n); n++) {
		const struct setting_row *row = settings_row(n);
		char text[128], again[128];
		if (assign(&typed, row->key, row->fallback, &err) < 0)
			fail_msg("%s", err.message);
		settings_format(&typed, n, text, sizeof text);
		if (assign(&typed, row->key, text, &err) < 0)
			fail_msg("%s is shown as %s: %s", row->key, text, err.message);
		settings_format(&typed, n, again, sizeof again);
		assert_string_equal(text, again);
		assert_true(row->help[0]);
		for (size_t other = 0; other < n; other++)
			assert_string_not_equal(settings_row(other)->key, row->key);
	}
	assert_memory_equal(&defaults, &typed, sizeof defaults);
	assert_true(n > 40);
}

static void test_values(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
	    {"hpa.sync_period", "1m30s"},
	    {"hpa.tolerance", "0.123456789"},
	    {"ca.enabled", "false"},
	    {"ca.expander", "price"},
	    {"guard.max_metric_age", "0s"},
	    {"guard.max_pod_cpu", "0"},
	    {"guard.max_pod_cpu", "96000m"},
	    {"guard.max_pod_memory", "0"},
	    {"ca.max_unready_ratio", "1"},
	    {"node.daemonset_cpu", "250m"},
	    {"node.daemonset_cpu", "-1"},
	    {"node.daemonset_memory", "0"},
	    {"sim.seed", "9000000000000000"},
	    {"pod.start", "1s..2m"},
	    {"node.boot", "median:50s,sigma:0.123456789"},
	    {"node.boot", "35s"},
	    {"load.overload", "drop"},
	    {"hpa.smoothing", "gaussian,window=120s"},
	    {"hpa.smoothing", ""},
	    {"pod.image_size", "123456789"},
	};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct settings settings;
		struct err err;
		char text[128];
		settings_default(&settings);
		if (assign(&settings, pairs[i][0], pairs[i][1], &err) < 0)
			fail_msg("%s", err.message);
		settings_format(&settings, row_of(pairs[i][0]), text, sizeof text);
		assert_string_equal(text, pairs[i][1]);
	}
	struct settings settings;
	struct err err;
	settings_default(&settings);
	assert_int_equal(assign(&settings, "node.daemonset_cpu", "0.5", &err), 0);
	assert_int_equal(settings.node.daemonset_cpu_milli, 500);
	assert_int_equal(assign(&settings, "pod.image_size", "2Gi", &err), 0);
	assert_int_equal(settings.pod.image_bytes, 2 * GIB);
	assert_int_equal(assign(&settings, "pod.stop", "2s..4s", &err), 0);
	assert_int_equal(settings.pod.stop.kind, DIST_UNIFORM);
	assert_int_equal(settings.pod.stop.a, 2000);
	assert_int_equal(settings.pod.stop.b, 4000);
}

/* Refused: the key, the value, and what is allowed are said, and nothing has changed. */
static void test_refused(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
	    {"hpa.sync_period", "999ms", "from 1s to"},
	    {"hpa.sync_period", "8d", "from 1s to"},
	    {"hpa.sync_period", "15", "a duration"},
	    {"hpa.sync_period", "-15s", "a duration"},
	    {"hpa.sync_period", "", "a duration"},
	    {"hpa.tolerance", "-0.1", "a number"},
	    {"hpa.tolerance", "nan", "a number"},
	    {"hpa.tolerance", "inf", "a number"},
	    {"hpa.tolerance", "0.1x", "a number"},
	    {"ca.utilization_threshold", "1.01", "from 0 to 1"},
	    {"ca.max_parallel_drains", "0", "from 1"},
	    {"ca.max_parallel_drains", "1.5", "a whole number"},
	    {"ca.enabled", "yes", "true or false"},
	    {"ca.expander", "pric", "random|least-waste"},
	    {"ca.expander", "", "random|least-waste"},
	    {"ca.expander", "random|price", "random|least-waste"},
	    {"node.boot", "9s..3s", "a spread"},
	    {"node.boot", "median:50s", "a spread"},
	    {"node.boot", "median:50s,sigma:-1", "a spread"},
	    {"node.boot", "8d", "a spread"},
	    {"node.boot", "1s..8d", "a spread"},
	    {"node.daemonset_cpu", "-2", "CPU quantity"},
	    {"node.disk_gib", "-2", "from -1"},
	    {"sim.seed", "-1", "from 0"},
	    {"sim.seed", "1e17", "from 0"},
	    {"pod.pull_rate", "0", "from 1"},
	    {"hpa.smoothing", "0123456789012345678901234567890123456789012345678901234567890123", "a short text"},
	};
	struct settings settings, before;
	struct err err;
	settings_default(&settings);
	before = settings;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (assign(&settings, cases[i][0], cases[i][1], &err) == 0)
			fail_msg("%s takes %s", cases[i][0], cases[i][1]);
		if (!strstr(err.message, cases[i][0]) || !strstr(err.message, cases[i][2]))
			fail_msg("%s=%s: %s", cases[i][0], cases[i][1], err.message);
	}
	assert_memory_equal(&settings, &before, sizeof settings);
}

static void test_unknown(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"hpa.sync_perod=1s", "hpa.sync_period"},
					       {"ca.uneeded_time=1m", "ca.unneeded_time"},
					       {"seed=3", "sim.seed"},
					       {"hpa.tolerence=1", "hpa.tolerance"}};
	struct settings settings;
	struct err err;
	settings_default(&settings);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(settings_set(&settings, cases[i][0], &err) < 0);
		if (!strstr(err.message, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err.message);
	}
	assert_true(settings_set(&settings, "hpa.sync_period", &err) < 0);
	assert_non_null(strstr(err.message, "key=value"));
	assert_true(settings_set(&settings, "=", &err) < 0);
	assert_true(settings_set(&settings, "", &err) < 0);
	assert_null(settings_row(100000));
}

/* What upstream documents. */
static void test_upstream_defaults(void **state)
{
	(void)state;
	struct settings s;
	settings_default(&s);
	assert_int_equal(s.hpa.sync_period, 15000);
	assert_true(s.hpa.tolerance == 0.1);
	assert_int_equal(s.hpa.initial_readiness_delay, 30000);
	assert_int_equal(s.hpa.cpu_initialization_period, 300000);
	assert_int_equal(s.hpa.downscale_stabilization, 300000);
	assert_int_equal(s.metrics.resolution, 15000);
	assert_int_equal(s.ca.scan_interval, 10000);
	assert_int_equal(s.ca.unneeded_time, 600000);
	assert_int_equal(s.ca.delay_after_add, 600000);
	assert_int_equal(s.ca.delay_after_delete, 0);
	assert_true(s.ca.utilization_threshold == 0.5);
	assert_int_equal(s.ca.max_node_provision_time, 900000);
	assert_int_equal(s.ca.max_nodes_per_scale_up, 1000);
	assert_int_equal(s.ca.max_parallel_deletions, 10);
	assert_int_equal(s.ca.max_parallel_drains, 1);
	assert_int_equal(s.ca.expander, EXPANDER_RANDOM);
	assert_true(s.ca.max_unready_ratio == 0.45);
	assert_int_equal(s.ca.ok_unready, 3);
	assert_true(s.ca.enabled && s.ca.frequent_loops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_values),
					   cmocka_unit_test(test_refused), cmocka_unit_test(test_unknown),
					   cmocka_unit_test(test_upstream_defaults)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
