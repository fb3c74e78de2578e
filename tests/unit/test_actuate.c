#include "../../autoscaler/io/live/actuate_internal.h"
#include "../../autoscaler/io/text/json_value.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static struct err err;

/* ---- JSON ---- */

static void test_json_put_escapes(void **state)
{
	struct json_put put = {0};
	(void)state;
	json_put_object(&put, NULL);
	json_put_text(&put, "a\"b", "x\\y\n\x01\x7f/\xc3\xa9");
	json_put_text(&put, "wrong", "\xc3(\xed\xa0\x80\xff");
	json_put_cut(&put, "cut", "ab\xc3\xa9z", 3);
	json_put_text(&put, "none", NULL);
	json_put_array(&put, "list");
	json_put_int(&put, NULL, INT64_MIN);
	json_put_milli(&put, NULL, -1500);
	json_put_milli(&put, NULL, 2000);
	json_put_end(&put);
	json_put_object(&put, "empty");
	json_put_end(&put);
	json_put_time(&put, "at", 1795531200123);
	json_put_end(&put);
	assert_string_equal(json_put_done(&put, &err),
			    "{\"a\\\"b\":\"x\\\\y\\n\\u0001\\u007f/\xc3\xa9\","
			    "\"wrong\":\"\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
			    "\"cut\":\"ab\",\"none\":null,\"list\":[-9223372036854775808,\"-1500m\",\"2\"],"
			    "\"empty\":{},\"at\":\"2026-11-24T14:40:00Z\"}");
	json_put_free(&put);
}

static void test_json_put_has_bounds(void **state)
{
	struct json_put put = {0};
	char *large = malloc(JSON_PUT_MAX + 1);
	(void)state;
	assert_non_null(large);
	memset(large, 'x', JSON_PUT_MAX);
	large[JSON_PUT_MAX] = 0;
	json_put_text(&put, NULL, large);
	assert_null(json_put_done(&put, &err));
	json_put_reset(&put);
	for (int i = 0; i <= JSON_PUT_DEPTH; i++)
		json_put_array(&put, NULL);
	assert_null(json_put_done(&put, &err));
	json_put_reset(&put);
	json_put_array(&put, NULL);
	assert_null(json_put_done(&put, &err)); /* not closed */
	json_put_end(&put);
	assert_string_equal(json_put_done(&put, &err), "[]");
	json_put_free(&put);
	free(large);
}

/* ---- scales ---- */

/* Answers, one letter each, to a change from 3 to 5: p 200 to a PUT, c its 409, u no
 * answer, e 500, f 403; 3 4 5 a GET that says so many, n a GET without answer. What is done last: R W, accepted,
 * refused. */
static char after(const char *answers)
{
	static const char steps[] = {
	    [SCALE_READ] = 'R', [SCALE_WRITE] = 'W', [SCALE_ACCEPTED] = '+', [SCALE_REFUSED] = '-'};
	struct scale_try try = {.from = 3, .to = 5, .writes = 1};
	enum scale_step step = SCALE_WRITE;
	for (const char *c = answers; *c; c++) {
		struct scale_heard heard = {.status = 200, .message = "said"};
		heard.read = strchr("345n", *c) != NULL;
		heard.status = *c == 'u' || *c == 'n' ? 0 : *c == 'e' ? 500 : *c == 'f' ? 403 : 200;
		if (*c == 'c')
			heard.status = 409;
		heard.replicas = heard.read && *c != 'n' ? *c - '0' : 0;
		assert_int_equal(step, heard.read ? SCALE_READ : SCALE_WRITE);
		step = scale_after(&try, &heard);
		try.writes += step == SCALE_WRITE;
	}
	if (step == SCALE_REFUSED)
		assert_true(try.trouble[0]);
	return steps[step];
}

static void test_scale_answers(void **state)
{
	static const struct {
		const char *answers;
		char want;
	} cases[] = {
	    {"p", '+'},   {"f", '-'},    {"c", 'R'},      {"c3", 'W'},
	    {"c3p", '+'}, {"c4", '-'}, /* another has scaled it */
	    {"c5", '+'},               /* with itself, perhaps */
	    {"cn", '-'},  {"u", 'R'},    {"u5", '+'},     {"u4", '-'},
	    {"u3", 'W'},  {"u3c5", '+'}, /* the first came late */
	    {"un", '-'},  {"e5", '+'},   {"c3c3c3", '-'}, {"c3c3p", '+'},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (after(cases[i].answers) != cases[i].want)
			fail_msg("%s gives %c, not %c", cases[i].answers, after(cases[i].answers), cases[i].want);
}

/* Its version was not known, and it stood there already: another has done it. */
static void test_scale_read_first(void **state)
{
	struct scale_try try = {.from = 3, .to = 5};
	struct scale_heard heard = {.read = true, .status = 200, .replicas = 5};
	(void)state;
	assert_int_equal(scale_after(&try, &heard), SCALE_REFUSED);
	heard.replicas = 3;
	assert_int_equal(scale_after(&try, &heard), SCALE_WRITE);
}

static void test_scale_json(void **state)
{
	struct json_put put = {0};
	char version[SCALE_VERSION_MAX];
	int32_t replicas = -1;
	(void)state;
	assert_string_equal(scale_body(&put, "default", "we\"b", "123", 0, &err),
			    "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"name\":\"we\\\"b\","
			    "\"namespace\":\"default\",\"resourceVersion\":\"123\"},\"spec\":{\"replicas\":0}}");
	static const char *const good[] = {"{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":4}}",
					   "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"};
	assert_int_equal(scale_parse(good[0], strlen(good[0]), &replicas, version, &err), 0);
	assert_int_equal(replicas, 4);
	assert_string_equal(version, "7");
	assert_int_equal(scale_parse(good[1], strlen(good[1]), &replicas, version, &err), 0);
	assert_int_equal(replicas, 0);
	static const char *const bad[] = {"",
					  "[]",
					  "{\"spec\":{\"replicas\":4}}",
					  "{\"metadata\":{\"resourceVersion\":\"7\"}}",
					  "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":-1}}",
					  ("{\"metadata\":{\"resourceVersion\":\"0123456789012345678901234567890123\"},"
					   "\"spec\":{\"replicas\":4}}")};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(scale_parse(bad[i], strlen(bad[i]), &replicas, version, &err), -1);
	json_put_free(&put);
}

/* ---- status ---- */

#define WALL ((ms_t)1795531200000) /* 2026-11-24T14:40:00Z */

static struct sample samples[] = {{300, 0, 0}, {-1, 0, 0}, {100, 0, 0}};
static const int64_t requests[] = {500, 500, 300};
static const int64_t values[] = {3000, 4500};
static const struct metric_input inputs[] = {
    {.samples = samples, .requests = requests, .request_step = 1},
    {.values = values, .n_values = 2},
    {.values = values, .n_values = 1},
};
static const struct metric_spec metrics[] = {
    {.type = METRIC_RESOURCE, .target_type = TARGET_UTILIZATION, .target = 60, .name = "cpu", .is_cpu = true},
    {.type = METRIC_EXTERNAL, .target_type = TARGET_AVERAGE_VALUE, .target = 1500, .name = "queue"},
    {.type = METRIC_EXTERNAL, .target_type = TARGET_VALUE, .target = 2000, .name = "rate"},
};
static const struct metric_ask asks[] = {{0}, {.selector = "a=b"}, {.query = "sum(rate)"}};
static struct live_autoscaler autoscaler = {
    .spec = {.name = "web",
	     .namespace_ = "default",
	     .min_replicas = 1,
	     .max_replicas = 10,
	     .metrics = metrics,
	     .asks = asks,
	     .n_metrics = 3},
    .uid = "u-1",
    .generation = 4,
};
static const struct hpa_decision up = {
    .current = 3,
    .desired = 5,
    .metric = 0,
    .proposal = {.usage = 81, .replicas = 5},
    .able = {true, REASON_READY_FOR_NEW_SCALE},
    .active = {true, REASON_VALID_METRIC_FOUND},
    .limited = {false, REASON_DESIRED_WITHIN_RANGE},
    .rescale = true,
};

static struct live_said said_of(const struct hpa_decision *decision)
{
	return (struct live_said){.autoscaler = &autoscaler, .decision = decision, .metrics = inputs, .n_pods = 3};
}

static struct status_memory fresh(void)
{
	struct status_memory memory = {0};
	status_learn(&memory, (struct json_value){0}, WALL);
	return memory;
}

static void test_status_of_a_rescale(void **state)
{
	struct json_put put = {0};
	struct status_memory memory = fresh();
	struct live_said said = said_of(&up);
	(void)state;
	said.rescaled = true;
	assert_int_equal(status_apply(&memory, WALL + 123, &said, false), 0);
	assert_string_equal(
	    status_body(&put, &memory, &said, &err),
	    "{\"status\":{\"observedGeneration\":4,\"lastScaleTime\":\"2026-11-24T14:40:00Z\",\"currentReplicas\":3,"
	    "\"desiredReplicas\":5,\"currentMetrics\":["
	    "{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"current\":{\"averageUtilization\":81,"
	    "\"averageValue\":\"200m\"}}},"
	    "{\"type\":\"External\",\"external\":{\"metric\":{\"name\":\"queue\"},\"current\":{\"averageValue\":"
	    "\"2500m\"}}},"
	    "{\"type\":\"Prometheus\",\"prometheus\":{\"name\":\"rate\",\"current\":{\"value\":\"3\"}}}],"
	    "\"targets\":\"cpu: 81%/60%, 2500m/1500m (avg) + 1 more...\",\"conditions\":["
	    "{\"type\":\"AbleToScale\",\"status\":\"True\",\"reason\":\"SucceededRescale\",\"message\":\"the HPA "
	    "controller "
	    "was able to update the target scale to 5\",\"lastTransitionTime\":\"2026-11-24T14:40:00Z\"},"
	    "{\"type\":\"ScalingActive\",\"status\":\"True\",\"reason\":\"ValidMetricFound\",\"message\":\"the HPA was "
	    "able "
	    "to successfully calculate a replica count from cpu resource utilization (percentage of request)\","
	    "\"lastTransitionTime\":\"2026-11-24T14:40:00Z\"},"
	    "{\"type\":\"ScalingLimited\",\"status\":\"False\",\"reason\":\"DesiredWithinRange\",\"message\":\"the "
	    "desired "
	    "count is within the acceptable range\",\"lastTransitionTime\":\"2026-11-24T14:40:00Z\"}]}}");
	json_put_free(&put);
}

static void test_a_condition_keeps_its_time(void **state)
{
	struct status_memory memory = fresh();
	struct live_said said = said_of(&up);
	struct hpa_decision failed = {.current = 3,
				      .desired = 3,
				      .metric = HPA_NO_METRIC,
				      .able = {true, REASON_SUCCEEDED_GET_SCALE},
				      .active = {false, REASON_FAILED_GET_RESOURCE_METRIC},
				      .limited = {false, REASON_DESIRED_WITHIN_RANGE}};
	(void)state;
	said.rescaled = true;
	status_apply(&memory, WALL, &said, false);
	said = said_of(&failed);
	said.trouble = "no metrics returned";
	assert_int_equal(status_apply(&memory, WALL + 15000, &said, false), 1u << SCALING_ACTIVE);
	assert_int_equal(memory.conditions[ABLE_TO_SCALE].changed_at, WALL); /* another reason, the same status */
	assert_string_equal(memory.conditions[ABLE_TO_SCALE].reason, "SucceededGetScale");
	assert_int_equal(memory.conditions[SCALING_ACTIVE].changed_at, WALL + 15000);
	assert_string_equal(memory.conditions[SCALING_ACTIVE].message,
			    "the HPA was unable to compute the replica count: failed to get cpu utilization: "
			    "no metrics returned");
	/* told once */
	assert_int_equal(status_apply(&memory, WALL + 30000, &said, false), 0);
	assert_int_equal(memory.conditions[SCALING_ACTIVE].changed_at, WALL + 15000);
	failed.active.reason = REASON_FAILED_GET_EXTERNAL_METRIC;
	assert_int_equal(status_apply(&memory, WALL + 45000, &said, false), 1u << SCALING_ACTIVE);
	said.shared = "pods by selector a=b are controlled by multiple autoscalers";
	assert_int_equal(status_apply(&memory, WALL + 60000, &said, false), 1u << SCALING_ACTIVE);
	assert_string_equal(memory.conditions[SCALING_ACTIVE].reason, "AmbiguousSelector");
	assert_string_equal(memory.conditions[SCALING_ACTIVE].message, said.shared);
	assert_string_equal(words_failure(&said).text, said.shared);
}

static void test_what_was_not_accepted(void **state)
{
	struct status_memory memory = fresh();
	struct live_said said = said_of(&up);
	(void)state;
	said.trouble = "left alone";
	memory.desired = 3;
	assert_int_equal(status_apply(&memory, WALL, &said, false), 1u << ABLE_TO_SCALE);
	assert_string_equal(memory.conditions[ABLE_TO_SCALE].reason, "FailedUpdateScale");
	assert_int_equal(memory.desired, 3);
	assert_true(memory.scaled_at == MS_UNSET);
	/* a dry run fails at nothing */
	memory = fresh();
	assert_int_equal(status_apply(&memory, WALL, &said, true), 0);
	assert_string_equal(memory.conditions[ABLE_TO_SCALE].reason, "ReadyForNewScale");
	assert_int_equal(memory.desired, 5);
	assert_true(memory.scaled_at == MS_UNSET);
}

static void test_no_decision(void **state)
{
	struct json_put put = {0};
	struct status_memory memory = fresh();
	struct live_said said = {.autoscaler = &autoscaler, .trouble = "deployments web not found"};
	(void)state;
	assert_int_equal(status_apply(&memory, WALL, &said, false), 1u << ABLE_TO_SCALE);
	assert_string_equal(
	    memory.conditions[ABLE_TO_SCALE].message,
	    "the HPA controller was unable to get the target's current scale: deployments web not found");
	assert_string_equal(
	    status_body(&put, &memory, &said, &err),
	    "{\"status\":{\"observedGeneration\":4,\"currentMetrics\":[],\"targets\":null,\"conditions\":[{\"type\":"
	    "\"AbleToScale\",\"status\":\"False\",\"reason\":\"FailedGetScale\",\"message\":\"the HPA controller was "
	    "unable to get the target's current scale: deployments web not found\",\"lastTransitionTime\":"
	    "\"2026-11-24T14:40:00Z\"}]}}");
	json_put_free(&put);
}

static void test_status_is_learnt(void **state)
{
	static const char text[] =
	    "{\"currentReplicas\":3,\"desiredReplicas\":5,\"observedGeneration\":4,\"lastScaleTime\":\"2026-11-24T14:"
	    "00:00Z\","
	    "\"conditions\":[{\"type\":\"AbleToScale\",\"status\":\"True\",\"reason\":\"ReadyForNewScale\","
	    "\"lastTransitionTime\":\"2026-11-20T00:00:00Z\"},{\"type\":\"ScalingActive\",\"status\":\"True\","
	    "\"reason\":"
	    "\"ValidMetricFound\",\"lastTransitionTime\":\"2026-11-20T00:00:00Z\"},{\"type\":\"ScalingLimited\","
	    "\"status\":\"False\",\"reason\":\"DesiredWithinRange\",\"lastTransitionTime\":\"2026-11-20T00:00:00Z\"},"
	    "{\"type\":\"Else\",\"status\":\"True\"},7]}";
	struct json_value value;
	struct status_memory memory = {0};
	struct hpa_decision same = up;
	struct live_said said = said_of(&same);
	(void)state;
	same.current = 3;
	same.rescale = false;
	assert_int_equal(json_value_parse("status", text, sizeof text - 1, &value, &err), 0);
	status_learn(&memory, value, WALL);
	assert_int_equal(status_apply(&memory, WALL, &said, false), 0);
	/* nothing that is urgent has changed since another process wrote it */
	assert_false(status_due(&memory, status_urgent(&memory), 1, WALL));
	assert_true(status_due(&memory, status_urgent(&memory), 1, WALL + MINUTE_MS));
	assert_int_equal(memory.conditions[0].changed_at, WALL - 4 * DAY_MS - 14 * HOUR_MS - 40 * MINUTE_MS);
}

static bool leads(void *self)
{
	return *(const bool *)self;
}

/* One who led, and leads again, goes on from what the one between has written. */
static void test_another_led(void **state)
{
	static const char later[] = "{\"lastScaleTime\":\"2026-11-24T14:45:00Z\",\"currentReplicas\":5}";
	bool leading = true;
	struct net *net = net_open(1, &err);
	const struct server_config config = {.name = "kubernetes", .url = "http://127.0.0.1:1"};
	struct live_actuate actuate = {.config = {.may_act = leads, .self = &leading}};
	struct live_autoscaler of = autoscaler;
	struct hpa_decision calm = up;
	struct live_said said = said_of(&up);
	(void)state;
	assert_non_null(net);
	actuate.server = server_open(net, &config, &err);
	actuate.events = calloc(1, sizeof *actuate.events);
	actuate.flights = calloc(EVENT_FLIGHTS, sizeof *actuate.flights);
	assert_true(actuate.server && actuate.events && actuate.flights);
	said.autoscaler = &of;
	said.rescaled = true;
	live_say(&actuate, WALL, &said);
	leading = false;
	said.rescaled = calm.rescale = false;
	said.decision = &calm;
	live_say(&actuate, WALL + MINUTE_MS, &said);
	assert_int_equal(json_value_parse("status", later, sizeof later - 1, &of.status, &err), 0);
	leading = true;
	live_say(&actuate, WALL + 6 * MINUTE_MS, &said);
	assert_int_equal(actuate.n_memories, 1);
	for (size_t i = 0; i < actuate.memory_room; i++)
		if (actuate.memories[i])
			assert_int_equal(actuate.memories[i]->scaled_at, WALL + 5 * MINUTE_MS);
	live_status_close(&actuate);
	live_events_close(&actuate);
	json_put_free(&actuate.body);
	server_close(actuate.server);
	net_close(net);
}

static void test_how_often_it_is_written(void **state)
{
	struct status_memory memory = fresh();
	struct live_said said = said_of(&up);
	(void)state;
	status_apply(&memory, WALL, &said, true);
	uint64_t urgent = status_urgent(&memory);
	assert_true(status_due(&memory, urgent, 1, WALL));
	memory.call = 9;
	assert_false(status_due(&memory, urgent, 1, WALL));
	memory.call = 0;
	memory.written_urgent = urgent;
	memory.written_whole = 1;
	memory.written_at = WALL;
	assert_false(status_due(&memory, urgent, 1, WALL + HOUR_MS)); /* nothing has changed */
	assert_false(status_due(&memory, urgent, 2, WALL + MINUTE_MS - 1));
	assert_true(status_due(&memory, urgent, 2, WALL + MINUTE_MS));
	assert_true(status_due(&memory, urgent, 2, WALL - 1)); /* the clock was stepped */
	memory.current++;
	assert_true(status_due(&memory, status_urgent(&memory), 2, WALL));
}

static void test_words_of_a_rescale(void **state)
{
	struct hpa_decision decision = up;
	struct live_said said = said_of(&decision);
	(void)state;
	assert_string_equal(words_rescale(&said).text, "cpu resource utilization (percentage of request) above target");
	decision.metric = 1;
	assert_string_equal(words_rescale(&said).text, "external metric queue(a=b) above target");
	decision.desired = 1;
	assert_string_equal(words_rescale(&said).text, "All metrics below target");
	decision.metric = HPA_NO_METRIC;
	assert_string_equal(words_rescale(&said).text, "Current number of replicas above Spec.MaxReplicas");
	decision.desired = 9;
	assert_string_equal(words_rescale(&said).text, "Current number of replicas below Spec.MinReplicas");
}

/* ---- Events ---- */

static void test_events_count_up(void **state)
{
	struct event_rule *rule = calloc(1, sizeof *rule);
	(void)state;
	assert_non_null(rule);
	struct event_entry *entry = event_admit(rule, 7, 70, 1000);
	assert_int_equal(entry->count, 1);
	uint64_t suffix = entry->suffix;
	entry = event_admit(rule, 7, 70, 1000 + EVENT_WINDOW);
	assert_int_equal(entry->count, 2);
	assert_int_equal(entry->first_at, 1000);
	assert_true(entry->suffix == suffix);
	entry = event_admit(rule, 7, 70, 1001 + 2 * EVENT_WINDOW);
	assert_int_equal(entry->count, 1);
	assert_true(entry->suffix != suffix);
	event_forget(rule, 70, suffix); /* an older one: nothing */
	assert_int_equal(event_admit(rule, 7, 70, 1002 + 2 * EVENT_WINDOW)->count, 2);
	event_forget(rule, 70, entry->suffix);
	assert_int_equal(event_admit(rule, 7, 70, 1003 + 2 * EVENT_WINDOW)->count, 1);
	free(rule);
}

static void test_events_have_a_bound(void **state)
{
	struct event_rule *rule = calloc(1, sizeof *rule);
	uint32_t let = 0;
	(void)state;
	assert_non_null(rule);
	/* one object, another note each second, for a day */
	for (ms_t now = 0; now < DAY_MS; now += SECOND_MS)
		let += event_admit(rule, 7, 1000 + (uint64_t)now, now) != NULL;
	assert_in_range(let, 25 + 287, 25 + 288);
	assert_non_null(event_admit(rule, 8, 1, DAY_MS)); /* another's are its own */
	/* more objects than there is room for */
	for (uint64_t object = 1; object < 100000; object++)
		assert_non_null(event_admit(rule, mix64(object), mix64(object + 1), DAY_MS));
	free(rule);
}

static void test_event_json(void **state)
{
	struct json_put put = {0};
	const struct live_object web = {"plimsoll.dev/v1alpha1", "Autoscaler", "shop", "web", "u-1"};
	const struct live_object node = {"v1", "Node", NULL, "n1", NULL};
	struct event_words words = {&web, false, "SuccessfulRescale", "New size: 5", WALL, WALL, 1, "web.12"};
	(void)state;
	assert_string_equal(
	    event_create_body(&put, &words, &err),
	    "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":\"web.12\",\"namespace\":\"shop\"},"
	    "\"involvedObject\":{\"apiVersion\":\"plimsoll.dev/"
	    "v1alpha1\",\"kind\":\"Autoscaler\",\"namespace\":\"shop\","
	    "\"name\":\"web\",\"uid\":\"u-1\"},\"type\":\"Normal\",\"reason\":\"SuccessfulRescale\",\"message\":\"New "
	    "size: "
	    "5\",\"source\":{\"component\":\"plimsoll\"},\"reportingComponent\":\"plimsoll\",\"reportingInstance\":"
	    "\"\","
	    "\"firstTimestamp\":\"2026-11-24T14:40:00Z\",\"lastTimestamp\":\"2026-11-24T14:40:00Z\",\"count\":1}");
	words.object = &node;
	assert_non_null(strstr(event_create_body(&put, &words, &err), "\"namespace\":\"default\"},\"involvedObject\":{"
								      "\"apiVersion\":\"v1\",\"kind\":\"Node\","
								      "\"name\":\"n1\"}"));
	words.count = 3;
	assert_string_equal(event_count_body(&put, &words, &err),
			    "{\"count\":3,\"lastTimestamp\":\"2026-11-24T14:40:00Z\"}");
	json_put_free(&put);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_put_escapes),
	    cmocka_unit_test(test_json_put_has_bounds),
	    cmocka_unit_test(test_scale_answers),
	    cmocka_unit_test(test_scale_read_first),
	    cmocka_unit_test(test_scale_json),
	    cmocka_unit_test(test_status_of_a_rescale),
	    cmocka_unit_test(test_a_condition_keeps_its_time),
	    cmocka_unit_test(test_what_was_not_accepted),
	    cmocka_unit_test(test_no_decision),
	    cmocka_unit_test(test_status_is_learnt),
	    cmocka_unit_test(test_another_led),
	    cmocka_unit_test(test_how_often_it_is_written),
	    cmocka_unit_test(test_words_of_a_rescale),
	    cmocka_unit_test(test_events_count_up),
	    cmocka_unit_test(test_events_have_a_bound),
	    cmocka_unit_test(test_event_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
