/* History: names of pods to workloads, labels to workloads, series to points, matrices, times, recordings. */
#include "../../autoscaler/io/history/csv_history.h"
#include "../../autoscaler/io/history/matrix.h"
#include "../../autoscaler/io/history/owner.h"
#include "../../autoscaler/io/history/prometheus.h"
#include "../../autoscaler/io/history/recorder.h"
#include "../../autoscaler/io/history/tape.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* ---- owners ---- */

static void pods_go_to_owners(void **state)
{
	(void)state;
	static const char *const names[][2] = {
	    {"web-7d4b9c6f8d-x2k9p", "web"},
	    {"my-web-7d4b9c6f8d-x2k9p", "my-web"},
	    {"agent-x2k9p", "agent"},
	    {"db-0", "db"},
	    {"db-12", "db"},
	    {"backup-28912345-x2k9p", "backup"},
	    {"redis", "redis"},
	    {"web-7d4b9c6f8d-aaaaa", "web-7d4b9c6f8d-aaaaa"}, /* no such letter */
	    {"long-bcdfghjklmnp-x2k9p", "long-bcdfghjklmnp"},
	    {"short-bcdf-x2k9p", "short-bcdf"},
	    {"-x2k9p", "-x2k9p"},
	    {"x2k9p", "x2k9p"},
	    {"", ""},
	};
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t length = owner_length(names[i][0], strlen(names[i][0]));
		assert_int_equal(length, strlen(names[i][1]));
		assert_memory_equal(names[i][0], names[i][1], length);
	}
}

static void controllers_are_known(void **state)
{
	(void)state;
	const struct label hash = {"pod-template-hash", "5d9"};
	static const struct {
		const char *kind, *owner, *workload;
		bool hashed;
	} owners[] = {
	    {"ReplicaSet", "web-5d9", "ns/web", true},
	    {"ReplicaSet", "web-5d9", "ns/web-5d9", false},
	    {"ReplicaSet", "other", "ns/other", true},
	    {"StatefulSet", "db-1", "ns/db-1", false},
	    {"Job", "backup-28912345", "ns/backup", false},
	    {"Job", "once-7", "ns/once-7", false},
	    {NULL, NULL, "ns/bare", false},
	};
	for (size_t i = 0; i < COUNT(owners); i++) {
		char name[WORKLOAD_NAME_SIZE];
		const struct live_pod pod = {.namespace_ = "ns",
					     .name = "bare",
					     .owner_kind = owners[i].kind,
					     .owner_name = owners[i].owner,
					     .labels = &hash,
					     .n_labels = owners[i].hashed};
		pod_workload(&pod, name, sizeof name);
		assert_string_equal(name, owners[i].workload);
	}
}

/* ---- labels ---- */

static const char *named(const struct mapping *mapping, const struct series_label *labels, size_t n)
{
	static char name[WORKLOAD_NAME_SIZE];
	struct err err;
	int status = mapping_name(mapping, labels, n, name, &err);
	return status < 0 ? "?" : status == 0 ? "out" : name;
}

static void labels_name_workloads(void **state)
{
	(void)state;
	struct mapping mapping = {.labels = {NULL}};
	struct err err;
	const struct series_label pod[] = {{"namespace", "shop"}, {"pod", "web-7d4b9c6f8d-x2k9p"}};
	const struct series_label both[] = {{"pod", "a-0"}, {"workload", "api"}, {"namespace", "shop"}};
	const struct series_label service[] = {{"service", "cart"}, {"pod", ""}};
	assert_string_equal(named(&mapping, pod, 2), "shop/web");
	assert_string_equal(named(&mapping, both, 3), "shop/api");
	assert_string_equal(named(&mapping, service, 2), "?");
	assert_string_equal(named(&mapping, NULL, 0), "");
	assert_int_equal(mapping_add(&mapping, "service:ca*=shop/basket", &err), 0);
	assert_int_equal(mapping_add(&mapping, "pod:a-?=-", &err), 0);
	assert_string_equal(named(&mapping, service, 2), "shop/basket");
	assert_string_equal(named(&mapping, both, 3), "out");
	assert_int_equal(mapping_add(&mapping, "service=x", &err), -1);
	assert_int_equal(mapping_add(&mapping, "service:=x", &err), -1);
	assert_int_equal(mapping_add(&mapping, "/nonexistent/rules", &err), -1);
	mapping.labels[mapping.n_labels++] = "service";
	assert_string_equal(named(&mapping, pod, 2), "?");
	mapping.only[mapping.n_only++] = "bas*";
	assert_true(mapping_wants(&mapping, "shop/basket"));
	assert_false(mapping_wants(&mapping, "shop/web"));
	char *rate = prometheus_rate(&mapping, "hits{a=\"b\"}", 4 * MINUTE_MS);
	assert_string_equal(rate, "sum by (namespace, service, pod) (rate(hits{a=\"b\"}[4m]))");
	free(rate);
	mapping_free(&mapping);
}

/* ---- points and spans ---- */

static struct history *opened(uint32_t *workload)
{
	struct err err;
	uint32_t column;
	struct history *history = history_open(&err);
	assert_non_null(history);
	assert_int_equal(history_column(history, "cpu", &column, &err), 0);
	assert_int_equal(history_column(history, "requests", &column, &err), 0);
	assert_int_equal(history_workload(history, "shop/web", 8, workload, &err), 0);
	return history;
}

static void written(const struct history *history, enum history_gaps gaps, struct history_summary *summary, char *text,
		    size_t size)
{
	char path[] = "/tmp/plimsoll-history-XXXXXX";
	struct err err;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	if (history_write(history, path, gaps, summary, &err) < 0)
		fail_msg("%s", err.message);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = 0;
	fclose(file);
	unlink(path);
}

#define HEAD "time,workload,cpu,requests\n"
#define AT   "1970-01-01T00:0"
#define WEB  ":00Z,shop/web,"

static void gaps_are_gaps(void **state)
{
	(void)state;
	uint32_t web;
	struct err err;
	char text[1024];
	struct history_summary summary;
	struct history *history = opened(&web);
	const struct history_grid grid = {0, 8 * MINUTE_MS, MINUTE_MS};
	assert_int_equal(history_set_grid(history, &grid, &err), 0);
	assert_int_equal(history_point(history, web, 0, 1, NANO / 10, &err), 0);
	assert_int_equal(history_point(history, web, 0, 1, NANO / 5, &err), 0); /* 0.1 + 0.2 */
	assert_int_equal(history_point(history, web, 1, 1, 5 * NANO, &err), 0);
	assert_int_equal(history_point(history, web, 0, 4, NANO, &err), 0);
	written(history, GAPS_ZERO, &summary, text, sizeof text);
	assert_string_equal(text, HEAD AT "1" WEB "0.3,5\n" AT "2" WEB "0,\n" AT "4" WEB "1,\n" AT "5" WEB "0,\n" AT
					  "7" WEB "0,\n");
	assert_int_equal(summary.gaps, 1);
	assert_int_equal(summary.longest, 2 * MINUTE_MS);
	written(history, GAPS_HOLD, &summary, text, sizeof text);
	assert_string_equal(text, HEAD AT "1" WEB "0.3,5\n" AT "4" WEB "1,5\n" AT "5" WEB "0,\n" AT "7" WEB "0,\n");
	assert_int_equal(history_point(history, web, 0, 1, LOAD_MAX_CORES * NANO, &err), -1);
	history_close(history);
}

/* "web" is away for five minutes, for twenty, with all others for ten, and from 53 on. */
static void missed_scrapes_are_bridged(void **state)
{
	(void)state;
	uint32_t web, db;
	struct err err;
	uint64_t bridged;
	char text[8192];
	struct history_summary summary;
	struct history *history = opened(&web);
	const struct history_grid grid = {0, 60 * MINUTE_MS, MINUTE_MS};
	assert_int_equal(history_workload(history, "shop/db", 7, &db, &err), 0);
	assert_int_equal(history_set_grid(history, &grid, &err), 0);
	for (uint32_t i = 0; i < 60; i++) {
		bool outage = i >= 40 && i < 50;
		bool away = (i >= 2 && i < 7) || (i >= 10 && i < 30) || (i >= 53);
		if (!outage && !away)
			assert_int_equal(history_point(history, web, 0, i, (int64_t)(i + 1) * NANO, &err), 0);
		if (!outage && i % 2)
			assert_int_equal(history_point(history, db, 0, i, NANO, &err), 0);
		if (!outage)
			history_measured(history, 0, i);
	}
	assert_int_equal(history_bridge(history, &bridged, &err), 0);
	written(history, GAPS_ZERO, &summary, text, sizeof text);
	static const char *const rows[] = {
	    "00:02:00Z,shop/web,2,",  "00:06:00Z,shop/web,2,",  /* five minutes */
	    "00:10:00Z,shop/web,0,",  "00:30:00Z,shop/web,31,", /* twenty, others were there */
	    "00:40:00Z,shop/web,40,", "00:49:00Z,shop/web,40,", /* nothing was measured */
	    "00:53:00Z,shop/web,0,",                            /* to the end, others were there */
	    "00:02:00Z,shop/db,1,",   "00:45:00Z,shop/db,1,",   "00:58:00Z,shop/db,1,",
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strstr(text, rows[i]))
			fail_msg("no %s in\n%s", rows[i], text);
	assert_null(strstr(text, "00:11:00Z,shop/web"));
	assert_int_equal(summary.gaps, 1);
	assert_int_equal(summary.longest, 20 * MINUTE_MS);
	assert_true(bridged > 2);
	history_close(history);
}

static void spans_become_means(void **state)
{
	(void)state;
	uint32_t web;
	struct err err;
	char text[1024];
	struct history_summary summary;
	struct history *history = opened(&web);
	const struct history_grid grid = {MINUTE_MS, 4 * MINUTE_MS, MINUTE_MS};
	const struct {
		ms_t from, until;
		int64_t value;
	} spans[] = {
	    {0, 90000, NANO},                                      /* begins before the grid */
	    {75000, 90000, NANO},                                  /* a second series for a quarter of the step */
	    {90000, 120000, 2 * NANO}, {150000, 180000, 3 * NANO}, /* half a step is known */
	    {230000, 900000, NANO},    {100, 100, 9 * NANO},       /* nothing */
	};
	for (size_t i = 0; i < COUNT(spans); i++)
		assert_int_equal(history_span(history, web, 0, spans[i].from, spans[i].until, spans[i].value, &err), 0);
	assert_int_equal(history_set_grid(history, &grid, &err), 0);
	assert_int_equal(history_settle(history, &err), 0);
	written(history, GAPS_ZERO, &summary, text, sizeof text);
	assert_string_equal(text, HEAD AT "1" WEB "1.75,\n" AT "2" WEB "3,\n" AT "3" WEB "1,\n");
	history_close(history);
}

static void bad_grids_and_names_are_refused(void **state)
{
	(void)state;
	uint32_t web, column;
	struct err err;
	struct history *history = opened(&web);
	static const struct history_grid grids[] = {
	    {0, 1000, 0}, {0, 1000, 1500}, {1000, 1000, 1000}, {-1000, 1000, 1000}, {0, INT64_MAX, 1000},
	};
	for (size_t i = 0; i < COUNT(grids); i++)
		assert_int_equal(history_set_grid(history, &grids[i], &err), -1);
	assert_int_equal(history_column(history, "rps", &column, &err), -1);
	assert_int_equal(history_column(history, "a,b", &column, &err), -1);
	assert_int_equal(history_column(history, "queue", &column, &err), 0);
	assert_int_equal(history_workload(history, "a\nb", 3, &column, &err), -1);
	history_close(history);
}

/* ---- Prometheus ---- */

struct seen {
	char text[1024];
};

static int see_series(void *self, const struct series_label *labels, size_t n, struct err *err)
{
	struct seen *seen = self;
	(void)err;
	strcat(seen->text, "{");
	for (size_t i = 0; i < n; i++)
		sprintf(seen->text + strlen(seen->text), "%s=%s;", labels[i].name, labels[i].value);
	strcat(seen->text, "}");
	return 0;
}

static int see_point(void *self, ms_t at, const char *text, size_t length, struct err *err)
{
	struct seen *seen = self;
	(void)err;
	sprintf(seen->text + strlen(seen->text), "%lld:%.*s ", (long long)at, (int)length, text);
	return 0;
}

static void matrices_are_read(void **state)
{
	(void)state;
	static const char head[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[";
	static const struct {
		const char *result, *seen; /* NULL: refused */
	} answers[] = {
	    {"", ""},
	    {"{\"metric\":{\"__name__\":\"x\",\"pod\":\"a-0\"},\"values\":[[1.5,\"1\"],[2,\"NaN\"]]}",
	     "{pod=a-0;}1500:1 2000:NaN "},
	    {"{\"metric\":{},\"values\":[]}", "{}"},
	    {"{\"metric\":{},\"values\":[[1,\"1\"],[1,\"1\"]]}", NULL},
	    {"{\"metric\":{},\"values\":[[1,2]]}", NULL},
	    {"{\"metric\":{},\"values\":[[\"1\",\"2\"]]}", NULL},
	    {"{\"metric\":{},\"values\":[[1]]}", NULL},
	    {"{\"metric\":{\"a\":1},\"values\":[]}", NULL},
	    {"{\"metric\":{},\"histograms\":[[1,{}]]}", NULL},
	    {"{\"values\":[]}", NULL},
	};
	for (size_t i = 0; i < COUNT(answers); i++) {
		char text[1024];
		struct seen seen = {""};
		struct err err;
		const struct matrix_sink sink = {&seen, see_series, see_point, NULL};
		int length = snprintf(text, sizeof text, "%s%s]}}", head, answers[i].result);
		int status = matrix_decode(text, (size_t)length, &sink, &err);
		assert_int_equal(status, answers[i].seen ? 0 : -1);
		if (answers[i].seen)
			assert_string_equal(seen.text, answers[i].seen);
	}
}

static void other_answers_are_refused(void **state)
{
	(void)state;
	static const char *const answers[] = {
	    "",
	    "[]",
	    "{}",
	    "{\"status\":\"error\",\"error\":\"no\"}",
	    "{\"status\":\"success\"}",
	    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
	    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1,\"2",
	};
	for (size_t i = 0; i < COUNT(answers); i++) {
		char text[256];
		struct seen seen = {""};
		struct err err;
		const struct matrix_sink sink = {&seen, see_series, see_point, NULL};
		snprintf(text, sizeof text, "%s", answers[i]);
		assert_int_equal(matrix_decode(text, strlen(text), &sink, &err), -1);
	}
}

/* ---- times ---- */

static void times_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		ms_t zone, at; /* -1: refused */
	} times[] = {
	    {"%d/%m/%Y %H:%M", "24/11/2026 14:00", 0, 1795528800000},
	    {"%d/%m/%Y %H:%M", "24/11/2026 16:00", 2 * HOUR_MS, 1795528800000},
	    {"%d/%b/%Y:%H:%M:%S %z", "24/Nov/2026:09:30:00 -0430", HOUR_MS, 1795528800000},
	    {"%m-%d-%y %I:%M %p", "11-24-26 2:00 PM", 0, 1795528800000},
	    {"%m-%d-%y %I:%M %p", "11-24-26 12:00 AM", 0, 1795478400000},
	    {"%s.%f", "1795528800.25", 0, 1795528800250},
	    {"%Y%m%d%%", "20261124%", 0, 1795478400000},
	    {"%Y-%m-%d", "2026-02-30", 0, -1},
	    {"%Y-%m-%d", "2026-02-3x", 0, -1},
	    {"%Y-%m-%d", "2026-02", 0, -1},
	    {"%Y-%m-%d %", "2026-02-03 ", 0, -1},
	    {"%Q", "x", 0, -1},
	    {"%H:%M", "25:00", 0, -1},
	    {"%z", "+2", 0, -1},
	    {"%Y", "1969", 0, -1},
	};
	for (size_t i = 0; i < COUNT(times); i++) {
		ms_t at = 0;
		int status =
		    time_pattern_read(times[i].pattern, times[i].text, strlen(times[i].text), times[i].zone, &at);
		assert_int_equal(status, times[i].at < 0 ? -1 : 0);
		if (status == 0)
			assert_int_equal(at, times[i].at);
	}
}

static void documents_end(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
	} documents[] = {{"{}", 2}, {" {\"a\":\"}\\\"\"} {", 12}, {"{\"a\":[1", 0}, {"", 0}, {"[{}]x", 4}, {"}{}", 3}};
	for (size_t i = 0; i < COUNT(documents); i++)
		assert_int_equal(json_document_length(documents[i].text, strlen(documents[i].text)),
				 documents[i].length);
}

/* ---- a recording ---- */

static void recordings_are_bounded_and_read(void **state)
{
	(void)state;
	char path[] = "/tmp/plimsoll-recording-XXXXXX", other[64];
	struct err err;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	const struct tape_limits limits = {HOUR_MS, TAPE_LEAST_BYTES};
	struct tape *tape = tape_open(path, &limits, &err), *second;
	assert_non_null(tape);
	second = tape_open(path, &limits, &err);
	assert_null(second);
	const struct usage_sum sums[] = {{"shop/web", 500, 1000, 2, 2, 1000, 2000}, {"shop/db", 0, 0, 1, 0, 100, 100}};
	for (ms_t minute = 1; minute <= 120; minute++)
		assert_int_equal(tape_add(tape, minute * MINUTE_MS, sums, COUNT(sums), &err), 1);
	assert_int_equal(tape_add(tape, 60 * MINUTE_MS, sums, COUNT(sums), &err), 0);
	assert_int_equal(tape_count(tape), 61);
	tape_close(tape);
	uint32_t cpu, memory;
	struct mapping mapping = {.labels = {NULL}};
	struct history *history = history_open(&err);
	assert_int_equal(history_column(history, "cpu", &cpu, &err), 0);
	assert_int_equal(history_column(history, "memory", &memory, &err), 0);
	struct trace *trace = trace_open(history, &mapping, &err);
	assert_int_equal(tape_read(path, &mapping, cpu, memory, MS_UNSET, MS_NEVER, trace, &err), 0);
	assert_int_equal(trace_spacing(trace), MINUTE_MS);
	assert_int_equal(trace_spans(trace, 0, &err), 0);
	ms_t from, until;
	assert_true(history_extent(history, &from, &until));
	assert_int_equal(from, 60 * MINUTE_MS);
	assert_int_equal(until, 121 * MINUTE_MS);
	assert_int_equal(history_workloads(history), 1); /* db was not measured */
	trace_close(trace);
	history_close(history);
	unlink(path);
	snprintf(other, sizeof other, "%s-lock", path);
	unlink(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pods_go_to_owners),
	    cmocka_unit_test(controllers_are_known),
	    cmocka_unit_test(labels_name_workloads),
	    cmocka_unit_test(gaps_are_gaps),
	    cmocka_unit_test(missed_scrapes_are_bridged),
	    cmocka_unit_test(spans_become_means),
	    cmocka_unit_test(bad_grids_and_names_are_refused),
	    cmocka_unit_test(matrices_are_read),
	    cmocka_unit_test(other_answers_are_refused),
	    cmocka_unit_test(times_are_read),
	    cmocka_unit_test(documents_end),
	    cmocka_unit_test(recordings_are_bounded_and_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
