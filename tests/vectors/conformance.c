/* Runs vectors of the horizontal autoscaler: conformance FILE.jsonl...
 *
 * A line is one case. With "kind" it is one call of the replica calculator; with "steps", a sequence of
 * normalisations. Exit status: 0 when everything agrees, 1 when not, 2 when something cannot be read. */
#include "hpa.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define PODS_MAX     100000
#define POLICIES_MAX 64
#define VALUES_MAX   1000
#define SHOWN_MAX    10

struct run {
	const char *path;
	long line;
	long cases, mismatches;
	struct arena arena; /* of the current case */
};

/* ---- fields, strictly ---- */

static int number(const cJSON *object, const char *name, double least, double most, double *value, struct err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	if (!cJSON_IsNumber(item))
		return err_set(err, "%s: a number is missing", name);
	if (!(item->valuedouble >= least && item->valuedouble <= most))
		return err_set(err, "%s: %g is not in %g..%g", name, item->valuedouble, least, most);
	*value = item->valuedouble;
	return 0;
}

static int integer(const cJSON *object, const char *name, int64_t *value, struct err *err)
{
	double number_value;
	if (number(object, name, -9007199254740992.0, 9007199254740992.0, &number_value, err) < 0)
		return -1;
	if (number_value != floor(number_value))
		return err_set(err, "%s: %g is not an integer", name, number_value);
	*value = (int64_t)number_value;
	return 0;
}

static int integer32(const cJSON *object, const char *name, int32_t *value, struct err *err)
{
	int64_t wide;
	if (integer(object, name, &wide, err) < 0)
		return -1;
	if (wide < INT32_MIN || wide > INT32_MAX)
		return err_set(err, "%s: %lld does not fit 32 bits", name, (long long)wide);
	*value = (int32_t)wide;
	return 0;
}

/* null gives the fallback. */
static int integer_or(const cJSON *object, const char *name, int64_t fallback, int64_t *value, struct err *err)
{
	*value = fallback;
	return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, name)) ? 0 : integer(object, name, value, err);
}

/* Seconds before now = 0, as an instant. */
static int seconds(const cJSON *object, const char *name, ms_t *span, struct err *err)
{
	double value;
	if (number(object, name, -1e12, 1e12, &value, err) < 0)
		return -1;
	*span = (ms_t)(value * SECOND_MS);
	return 0;
}

static int ago(const cJSON *object, const char *name, ms_t *at, struct err *err)
{
	*at = MS_UNSET;
	if (cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, name)))
		return 0;
	if (seconds(object, name, at, err) < 0)
		return -1;
	*at = -*at;
	return 0;
}

static const char *string(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsString(item) ? item->valuestring : "";
}

static bool truth(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int list(const cJSON *object, const char *name, int most, const cJSON **items, uint32_t *count, struct err *err)
{
	*items = cJSON_GetObjectItemCaseSensitive(object, name);
	int size = cJSON_IsArray(*items) ? cJSON_GetArraySize(*items) : -1;
	if (size < 0 || size > most)
		return err_set(err, "%s: a list of at most %d is missing", name, most);
	*count = (uint32_t)size;
	return 0;
}

/* ---- the calculator ---- */

struct kind {
	const char *name;
	enum metric_type type;
	enum target_type target;
};

static const struct kind kinds[] = {
    {"resource_utilization", METRIC_RESOURCE, TARGET_UTILIZATION},
    {"container_resource_utilization", METRIC_CONTAINER_RESOURCE, TARGET_UTILIZATION},
    {"resource_average_value", METRIC_RESOURCE, TARGET_AVERAGE_VALUE},
    {"pods_average_value", METRIC_PODS, TARGET_AVERAGE_VALUE},
    {"object_value", METRIC_OBJECT, TARGET_VALUE},
    {"object_average_value", METRIC_OBJECT, TARGET_AVERAGE_VALUE},
    {"external_value", METRIC_EXTERNAL, TARGET_VALUE},
    {"external_average_value", METRIC_EXTERNAL, TARGET_AVERAGE_VALUE},
};

struct case_replicas {
	struct metric_spec spec;
	struct metric_input metric;
	struct hpa_input input;
	struct calc_options options;
	struct pod *pods;
	struct sample *samples;
	int64_t *requests, *values;
	const char **names, **unrequested; /* of each pod; its first container without a request */
};

static int read_spec(const cJSON *json, struct metric_spec *spec, struct err *err)
{
	const char *name = string(json, "kind"), *resource = string(json, "resource");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		const char *container = string(json, "container");
		*spec = (struct metric_spec){.type = kinds[i].type,
					     .target_type = kinds[i].target,
					     .name = resource,
					     .container = container[0] ? container : NULL};
		spec->is_cpu = spec->type <= METRIC_CONTAINER_RESOURCE && strcmp(resource, "cpu") == 0;
		return integer(json, "target", &spec->target, err);
	}
	return err_set(err, "kind: \"%.40s\" is not known", name);
}

static int read_options(const cJSON *json, struct calc_options *options, struct err *err)
{
	return number(json, "tolerance_up", 0, 1e9, &options->tolerance_up, err) < 0 ||
		       number(json, "tolerance_down", 0, 1e9, &options->tolerance_down, err) < 0 ||
		       seconds(json, "cpu_initialization_period_s", &options->cpu_initialization_period, err) < 0 ||
		       seconds(json, "initial_readiness_delay_s", &options->initial_readiness_delay, err) < 0
		   ? -1
		   : 0;
}

/* The request of the containers that count; a container that is not there has none. */
static int read_request(const cJSON *pod, const char *wanted, int64_t *sum, const char **unrequested, struct err *err)
{
	const cJSON *containers, *container;
	uint32_t count, found = 0;
	int64_t request;
	if (list(pod, "containers", PODS_MAX, &containers, &count, err) < 0)
		return -1;
	*sum = 0;
	cJSON_ArrayForEach(container, containers)
	{
		const char *name = string(container, "name");
		if (wanted && strcmp(wanted, name) != 0)
			continue;
		found++;
		if (integer_or(container, "request_milli", -1, &request, err) < 0)
			return -1;
		if (request < 0) {
			*unrequested = name;
			*sum = -1;
			return 0;
		}
		*sum += request;
	}
	if (wanted && !found)
		*sum = -1;
	return 0;
}

static int read_phase(const char *text, uint8_t *phase, struct err *err)
{
	static const char *const phases[] = {"Pending", "Running", "Succeeded", "Failed"};
	for (uint8_t i = 0; i < COUNT(phases); i++)
		if (strcmp(phases[i], text) == 0) {
			*phase = i;
			return 0;
		}
	return err_set(err, "phase: \"%.40s\" is not known", text);
}

static int read_pod(const cJSON *json, struct pod *pod, struct sample *sample, struct err *err)
{
	const cJSON *ready = cJSON_GetObjectItemCaseSensitive(json, "ready");
	pod->ready = cJSON_IsTrue(ready) ? POD_READY_TRUE : cJSON_IsFalse(ready) ? POD_READY_FALSE : POD_READY_UNKNOWN;
	pod->deleted = truth(json, "deleted");
	if (read_phase(string(json, "phase"), &pod->phase, err) < 0 ||
	    ago(json, "ready_transition_ago_s", &pod->ready_changed_at, err) < 0 ||
	    ago(json, "start_ago_s", &pod->start_at, err) < 0 ||
	    integer_or(json, "metric_milli", -1, &sample->value, err) < 0)
		return -1;
	if (sample->value < 0)
		return 0;
	return ago(json, "metric_ago_s", &sample->at, err) < 0 ||
		       seconds(json, "metric_window_s", &sample->window, err) < 0
		   ? -1
		   : 0;
}

static int read_pods(const cJSON *json, struct case_replicas *it, struct arena *arena, struct err *err)
{
	const cJSON *pods, *pod;
	uint32_t n, i = 0;
	if (list(json, "pods", PODS_MAX, &pods, &n, err) < 0)
		return -1;
	it->pods = arena_alloc(arena, n, sizeof *it->pods);
	it->samples = arena_alloc(arena, n, sizeof *it->samples);
	it->requests = arena_alloc(arena, n, sizeof *it->requests);
	it->names = arena_alloc(arena, n, sizeof *it->names);
	it->unrequested = arena_alloc(arena, n, sizeof *it->unrequested);
	if (!it->pods || !it->samples || !it->requests || !it->names || !it->unrequested)
		return err_set(err, "out of memory");
	cJSON_ArrayForEach(pod, pods)
	{
		it->names[i] = string(pod, "name");
		if (read_pod(pod, &it->pods[i], &it->samples[i], err) < 0 ||
		    read_request(pod, it->spec.container, &it->requests[i], &it->unrequested[i], err) < 0)
			return err_wrap(err, "pod %u", i);
		i++;
	}
	it->input.pods = it->pods;
	it->input.n_pods = n;
	return 0;
}

static int read_values(const cJSON *json, struct case_replicas *it, struct arena *arena, struct err *err)
{
	const cJSON *values, *value;
	uint32_t n;
	if (it->spec.type < METRIC_OBJECT)
		return 0;
	if (list(json, "values_milli", VALUES_MAX, &values, &n, err) < 0)
		return -1;
	it->values = arena_alloc(arena, n, sizeof *it->values);
	if (!it->values)
		return err_set(err, "out of memory");
	cJSON_ArrayForEach(value, values)
	{
		if (!cJSON_IsNumber(value) || fabs(value->valuedouble) > 9e15)
			return err_set(err, "values_milli: not a list of integers");
		it->values[it->metric.n_values++] = (int64_t)value->valuedouble;
	}
	it->metric.values = it->values;
	return 0;
}

static int read_case(const cJSON *json, struct case_replicas *it, struct arena *arena, struct err *err)
{
	if (read_spec(json, &it->spec, err) < 0 || read_options(json, &it->options, err) < 0 ||
	    read_pods(json, it, arena, err) < 0 || read_values(json, it, arena, err) < 0 ||
	    integer32(json, "current_replicas", &it->input.spec_replicas, err) < 0 ||
	    integer32(json, "status_replicas", &it->input.status_replicas, err) < 0)
		return -1;
	it->metric.samples = it->samples;
	it->metric.requests = it->requests;
	it->metric.request_step = 1;
	it->input.metrics = &it->metric;
	return 0;
}

/* 1: a mismatch, described in the err. */
static int compare(const cJSON *json, const struct case_replicas *it, const struct proposal *proposal, struct err *err)
{
	char message[512];
	uint32_t pod = proposal->error_pod;
	bool named = pod < it->input.n_pods;
	hpa_error_text(&it->spec, proposal, named ? it->names[pod] : "", named ? it->unrequested[pod] : NULL, message,
		       sizeof message);
	if (truth(json, "expect_error")) {
		const char *expected = string(json, "error_message");
		if (strcmp(expected, message) == 0)
			return 0;
		err_set(err, "expected the error \"%.200s\", got %d replicas and \"%s\"", expected, proposal->replicas,
			message);
		return 1;
	}
	int32_t replicas = 0;
	int64_t usage = 0;
	if (integer32(json, "expect_replicas", &replicas, err) < 0 || integer(json, "expect_usage", &usage, err) < 0)
		return -1;
	if (proposal->error == CALC_OK && proposal->replicas == replicas && proposal->usage == usage)
		return 0;
	err_set(err, "expected %d replicas and usage %lld, got %d and %lld %s", replicas, (long long)usage,
		proposal->replicas, (long long)proposal->usage, message);
	return 1;
}

static int run_replicas(const cJSON *json, struct arena *arena, struct err *err)
{
	struct case_replicas it = {0};
	struct proposal proposal;
	if (read_case(json, &it, arena, err) < 0)
		return -1;
	replicas_for_metric(&it.spec, &it.metric, &it.input, &it.options, &proposal);
	return compare(json, &it, &proposal, err);
}

/* ---- normalisation ---- */

static int read_policy(const cJSON *json, struct scaling_policy *policy, struct err *err)
{
	const char *type = string(json, "type");
	if (strcmp(type, "Pods") != 0 && strcmp(type, "Percent") != 0)
		return err_set(err, "type: \"%.40s\" is not Pods or Percent", type);
	policy->type = type[1] == 'o' ? POLICY_PODS : POLICY_PERCENT;
	return integer32(json, "value", &policy->value, err) < 0 ||
		       integer32(json, "period_s", &policy->period_s, err) < 0
		   ? -1
		   : 0;
}

static int read_select(const char *text, enum policy_select *select, struct err *err)
{
	static const char *const names[] = {"Max", "Min", "Disabled"};
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], text) == 0) {
			*select = (enum policy_select)i;
			return 0;
		}
	return err_set(err, "select_policy: \"%.40s\" is not Max, Min or Disabled", text);
}

static int read_rules(const cJSON *json, const char *name, struct scaling_rules *rules, struct arena *arena,
		      struct err *err)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(json, name), *policies, *policy;
	struct scaling_policy *into;
	int64_t window;
	uint32_t i = 0;
	if (integer_or(object, "stabilization_window_s", -1, &window, err) < 0 ||
	    read_select(string(object, "select_policy"), &rules->select, err) < 0 ||
	    list(object, "policies", POLICIES_MAX, &policies, &rules->n_policies, err) < 0)
		return err_wrap(err, "%s", name);
	if (window < -1 || window > 86400)
		return err_set(err, "%s: stabilization_window_s is not in 0..86400", name);
	into = arena_alloc(arena, rules->n_policies, sizeof *into);
	if (!into)
		return err_set(err, "out of memory");
	cJSON_ArrayForEach(policy, policies) if (read_policy(policy, &into[i++], err) < 0) return err_wrap(err, "%s",
													   name);
	rules->window_s = (int32_t)window;
	rules->policies = into;
	rules->tolerance = -1;
	return 0;
}

static int differs(const cJSON *step, const struct hpa_decision *decision, struct err *err)
{
	int32_t desired = 0;
	if (integer32(step, "expect_desired", &desired, err) < 0)
		return -1;
	const char *able = hpa_reason_text(decision->able.reason);
	const char *limited = hpa_reason_text(decision->limited.reason);
	const char *status = decision->limited.status ? "True" : "False";
	if (decision->desired == desired && strcmp(able, string(step, "expect_able_reason")) == 0 &&
	    strcmp(limited, string(step, "expect_limited_reason")) == 0 &&
	    strcmp(status, string(step, "expect_limited_status")) == 0)
		return 0;
	err_set(err, "expected %d %.30s %.30s=%.10s, got %d %s %s=%s", desired, string(step, "expect_able_reason"),
		string(step, "expect_limited_reason"), string(step, "expect_limited_status"), decision->desired, able,
		limited, status);
	return 1;
}

static int run_step(struct hpa *hpa, const cJSON *step, struct err *err)
{
	ms_t now = 0;
	int32_t current = 0, raw = 0;
	struct hpa_decision decision = {0};
	if (seconds(step, "t_s", &now, err) < 0 || integer32(step, "current_replicas", &current, err) < 0 ||
	    integer32(step, "raw_desired", &raw, err) < 0)
		return -1;
	hpa_record_initial(hpa, now, current);
	hpa_normalize(hpa, now, current, raw, &decision);
	if (decision.desired != current)
		hpa_record_scale(hpa, now, current, decision.desired);
	return differs(step, &decision, err);
}

static int run_behavior(const cJSON *json, struct arena *arena, struct err *err)
{
	struct hpa_spec spec = {.name = "vector", .namespace_ = "", .has_behavior = true};
	/* The spacing of the steps is only known to be whole seconds. */
	struct hpa_settings settings = {
	    .sync_period = SECOND_MS, .tolerance = 0.1, .downscale_stabilization = 300 * SECOND_MS};
	const cJSON *steps, *step;
	uint32_t n, i = 0;
	if (integer32(json, "min_replicas", &spec.min_replicas, err) < 0 ||
	    integer32(json, "max_replicas", &spec.max_replicas, err) < 0 ||
	    read_rules(json, "scale_up", &spec.scale_up, arena, err) < 0 ||
	    read_rules(json, "scale_down", &spec.scale_down, arena, err) < 0 ||
	    list(json, "steps", PODS_MAX, &steps, &n, err) < 0)
		return -1;
	struct hpa *hpa = hpa_new(&spec, &settings, arena, err);
	if (!hpa)
		return -1;
	cJSON_ArrayForEach(step, steps)
	{
		int result = run_step(hpa, step, err);
		if (result != 0) {
			err_wrap(err, "step %u", i);
			return result;
		}
		i++;
	}
	return 0;
}

/* ---- files ---- */

static int run_line(struct run *run, const char *text)
{
	struct err err;
	int result = -1;
	cJSON *json = cJSON_Parse(text);
	if (!json)
		err_set(&err, "not JSON");
	else if (cJSON_HasObjectItem(json, "kind"))
		result = run_replicas(json, &run->arena, &err);
	else if (cJSON_HasObjectItem(json, "steps"))
		result = run_behavior(json, &run->arena, &err);
	else
		err_set(&err, "not a case: neither \"kind\" nor \"steps\"");
	run->cases += result >= 0;
	run->mismatches += result > 0;
	if (result < 0 || (result > 0 && run->mismatches <= SHOWN_MAX))
		fprintf(stderr, "%s:%ld: %s\n", run->path, run->line, err.message);
	cJSON_Delete(json);
	arena_free(&run->arena);
	return result < 0 ? -1 : 0;
}

static int run_file(const char *path)
{
	struct run run = {.path = path};
	char *text = NULL;
	size_t room = 0;
	int status = 0;
	FILE *file = fopen(path, "r");
	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 2;
	}
	while (status == 0 && getline(&text, &room, file) >= 0) {
		run.line++;
		if (text[strspn(text, " \t\r\n")] != 0 && run_line(&run, text) < 0)
			status = 2;
	}
	if (ferror(file)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		status = 2;
	}
	free(text);
	fclose(file);
	printf("%s: %ld cases, %ld mismatches\n", path, run.cases, run.mismatches);
	return status ? status : run.mismatches > 0;
}

int main(int argc, char **argv)
{
	int status = 0;
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE.jsonl...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int result = run_file(argv[i]);
		if (result > status)
			status = result;
	}
	return status;
}
