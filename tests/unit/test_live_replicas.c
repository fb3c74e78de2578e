#include "../../autoscaler/io/kube/watch_internal.h"
#include "../../autoscaler/io/live/replicas_internal.h"
#include "metrics_server.h"

#include <setjmp.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* The view over a real connection; pods, targets and discovery are this file's own. */

/* 2026-11-24T14:00:00Z */
#define AT    1795528800000
#define TIME  "\"timestamp\":\"2026-11-24T14:00:00Z\""
#define AHEAD 5000

struct live_selector {
	const char *text;
	const struct live_pod *pods[8];
	uint32_t n;
};

static struct live_target targets[2];
static bool kind_known, targets_are_slow;
static unsigned refreshes, indexes;
static bool pods_are_shared;
static struct server *kube;
static struct watch *pods_watch;

struct live_target *live_target(struct live_targets *all, uint32_t index)
{
	(void)all;
	return index < COUNT(targets) ? &targets[index] : NULL;
}

void live_targets_refresh(struct live_targets *all, ms_t timeout, void (*done)(void *), void *self)
{
	(void)all;
	assert_true(timeout > 0);
	refreshes++;
	if (!targets_are_slow)
		done(self);
}

uint32_t live_pods_select(struct live_pods *pods, const char *namespace_, const struct live_selector *selector,
			  const struct live_pod ***found)
{
	(void)pods;
	assert_string_equal(namespace_, "default");
	*found = (const struct live_pod **)(uintptr_t)selector->pods;
	return selector->n;
}

const struct live_pod *live_pod_find(const struct live_pods *pods, const char *namespace_, const char *name)
{
	(void)pods;
	(void)namespace_;
	const struct live_selector *selector = targets[0].selector;
	for (uint32_t i = 0; i < selector->n; i++)
		if (strcmp(selector->pods[i]->name, name) == 0)
			return selector->pods[i];
	return NULL;
}

uint32_t live_pods_count(const struct live_pods *pods)
{
	(void)pods;
	return 64;
}

const struct watch *live_pods_watch(const struct live_pods *pods)
{
	(void)pods;
	return pods_watch;
}

int live_selector_text(const struct live_selector *selector, char *out, size_t size)
{
	return snprintf(out, size, "%s", selector->text);
}

struct server *kube_server(const struct kube *self)
{
	(void)self;
	return kube;
}

void kube_kind_ask(struct kube *self, const char *api_version, const char *kind)
{
	(void)self, (void)api_version, (void)kind;
}

int kube_kind(struct kube *self, const char *api_version, const char *kind, ms_t until, struct kube_kind *out,
	      struct err *err)
{
	(void)self, (void)until;
	if (!kind_known)
		return err_set(err, "no kind %s in %s", kind, api_version);
	snprintf(out->plural, sizeof out->plural, "ingresses");
	return 0;
}

/* ---- pods ---- */

static const struct live_container app[] = {{"app", 100, 64 << 20, false}, {"proxy", 50, -1, true}};
static const struct live_container bare[] = {{"app", 100, -1, false}, {"log", -1, -1, false}};

#define POD(pod_name, list)                                                                                            \
	{                                                                                                              \
		.namespace_ = "default", .name = pod_name, .containers = list, .n_containers = COUNT(list),            \
		.view = {.start_at = AT - 600000, .ready_changed_at = MS_UNSET, .phase = POD_RUNNING},                 \
	}
static const struct live_pod web[] = {POD("web-1", app), POD("web-2", app), POD("web-3", app), POD("web-4", bare)};

static struct live_selector all_web = {"app=web,tier in (a,b)", {&web[0], &web[1], &web[2], &web[3]}, 4};
static struct live_selector two_web = {"app=web", {&web[0], &web[1]}, 2};

/* Unless it is about that, no two selectors have the same pod. */
uint32_t live_pod_index(const struct live_pod *pod)
{
	return pods_are_shared ? (uint32_t)(pod - web) : indexes++ % 64;
}

/* ---- a view ---- */

struct fixture {
	struct metrics_server server, prometheus;
	struct net *net;
	struct server *prom;
	struct live_replicas *view;
	struct snapshot snapshot;
	char asked[8192];
};

static void target_is(uint32_t index, struct live_selector *selector, int32_t replicas)
{
	targets[index] = (struct live_target){
	    .spec_replicas = replicas, .status_replicas = replicas, .selector = selector, .found = true};
}

static void begin(struct fixture *fixture, const struct canned *canned, size_t n, const struct hpa_spec *const *specs,
		  uint32_t n_specs, ms_t deadline)
{
	struct err err;
	*fixture = (struct fixture){0};
	kind_known = true;
	metrics_server_start(&fixture->server, canned, n);
	fixture->net = net_open(7, &err);
	assert_non_null(fixture->net);
	struct server_config config = {.name = "kubernetes", .url = fixture->server.url};
	kube = server_open(fixture->net, &config, &err);
	config.name = "prometheus";
	fixture->prom = server_open(fixture->net, &config, &err);
	assert_non_null(kube);
	assert_non_null(fixture->prom);
	const struct live_prometheus prometheus[] = {{"main", fixture->prom}, {"other", fixture->prom}};
	const struct live_replicas_config replicas = {
	    .net = fixture->net, .prometheus = prometheus, .n_prometheus = 2, .deadline = deadline};
	fixture->view = live_replicas_open(&replicas, &err);
	assert_non_null(fixture->view);
	assert_int_equal(live_replicas_follow(fixture->view, specs, n_specs, &err), 0);
	target_is(0, &all_web, 4);
	target_is(1, &two_web, 2);
}

static int observe(struct fixture *fixture)
{
	struct err err;
	if (live_replicas_observe(fixture->view, AT + AHEAD, AHEAD, &fixture->snapshot, &err) < 0)
		fail_msg("%s", err.message);
	return metrics_server_asked(&fixture->server, fixture->asked, sizeof fixture->asked);
}

static void end(struct fixture *fixture)
{
	live_replicas_close(fixture->view);
	server_close(fixture->prom);
	server_close(kube);
	net_close(fixture->net);
	metrics_server_stop(&fixture->server);
}

static const struct metric_input *input(const struct fixture *fixture, uint32_t workload, uint32_t metric)
{
	return &fixture->snapshot.workloads[workload].metrics[metric];
}

#define PODS   "GET /apis/metrics.k8s.io/v1beta1/namespaces/default/pods"
#define CUSTOM "GET /apis/custom.metrics.k8s.io"
#define USES(pod, cpu)                                                                                                 \
	"{\"metadata\":{\"name\":\"" pod "\",\"namespace\":\"default\"}," TIME ",\"window\":\"15s\",\"containers\":["  \
	"{\"name\":\"app\",\"usage\":{\"cpu\":\"" cpu "\",\"memory\":\"1Ki\"}},"                                       \
	"{\"name\":\"proxy\",\"usage\":{\"cpu\":\"10m\",\"memory\":\"1Ki\"}}]}"
#define USAGE                                                                                                          \
	"{\"kind\":\"PodMetricsList\",\"items\":[" USES("web-1", "90m") "," USES("web-2", "40m") "," USES("web-9",     \
													  "1") "]}"

/* ---- resources ---- */

static const struct metric_spec resources[] = {
    {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true},
    {METRIC_CONTAINER_RESOURCE, TARGET_UTILIZATION, 50, "memory", "app", false},
    {METRIC_CONTAINER_RESOURCE, TARGET_AVERAGE_VALUE, 50, "cpu", "proxy", true},
    {METRIC_RESOURCE, TARGET_AVERAGE_VALUE, 50, "ephemeral-storage", NULL, false},
};
static const struct hpa_spec by_resources = {
    .name = "web", .namespace_ = "default", .metrics = resources, .n_metrics = COUNT(resources)};

static void check_samples(const struct metric_input *metric, const int64_t want[4])
{
	assert_false(metric->unavailable);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(metric->samples[i].value, want[i]);
		if (want[i] < 0)
			continue;
		assert_int_equal(metric->samples[i].at, AT + AHEAD);
		assert_int_equal(metric->samples[i].window, 15000);
	}
}

static void test_resources(void **state)
{
	(void)state;
	static const struct canned canned[] = {{PODS, 200, USAGE}};
	static const struct hpa_spec *const specs[] = {&by_resources, &by_resources};
	struct fixture fixture;
	begin(&fixture, canned, 1, specs, 2, 20000);
	for (int tick = 0; tick < 3; tick++) {
		assert_int_equal(observe(&fixture), 1); /* for both, and all their metrics */
		const struct workload_view *workload = &fixture.snapshot.workloads[0];
		assert_int_equal(fixture.snapshot.n_workloads, 2);
		assert_int_equal(workload->spec_replicas, 4);
		assert_int_equal(workload->n_pods, 4);
		assert_int_equal(workload->pods[1].start_at, AT - 600000 + AHEAD);
		assert_int_equal(workload->pods[1].ready_changed_at, MS_UNSET);
		check_samples(input(&fixture, 0, 0), (const int64_t[]){100, 50, -1, -1});
		check_samples(input(&fixture, 0, 1), (const int64_t[]){1024000, 1024000, -1, -1});
		check_samples(input(&fixture, 0, 2), (const int64_t[]){10, 10, -1, -1});
		const int64_t *requests = input(&fixture, 0, 0)->requests;
		assert_int_equal(input(&fixture, 0, 0)->request_step, 1);
		assert_int_equal(requests[0], 150);
		assert_int_equal(requests[3], -1);
		assert_int_equal(input(&fixture, 0, 1)->requests[0], (int64_t)(64 << 20) * 1000);
		assert_int_equal(input(&fixture, 0, 1)->requests[3], -1);
		assert_int_equal(input(&fixture, 0, 2)->request_step, 0);
		assert_true(input(&fixture, 0, 3)->unavailable);
		assert_string_equal(live_replicas_trouble(fixture.view, 0, 0), "");
		assert_string_equal(
		    live_replicas_trouble(fixture.view, 0, 3),
		    "unable to get metrics for resource ephemeral-storage: only cpu and memory are measured");
		assert_int_equal(live_replicas_sampled_at(fixture.view, 0), AT + AHEAD);
		assert_int_equal(fixture.snapshot.workloads[1].n_pods, 2);
	}
	uint32_t n;
	const char *const *names = live_replicas_pods(fixture.view, 0, &n);
	assert_int_equal(n, 4);
	assert_string_equal(names[3], "web-4");
	assert_string_equal(live_replicas_container_without_request(fixture.view, 0, 3, &resources[0]), "log");
	assert_string_equal(live_replicas_container_without_request(fixture.view, 0, 3, &resources[1]), "app");
	assert_null(live_replicas_container_without_request(fixture.view, 0, 3, &resources[2]));
	assert_null(live_replicas_container_without_request(fixture.view, 0, 0, &resources[0]));
	end(&fixture);
}

/* Fewer pods than there are would seem to need fewer. */
static void test_pods_not_heard_of(void **state)
{
	(void)state;
	static const struct canned canned[] = {{PODS, 200, USAGE}};
	static const struct hpa_spec *const specs[] = {&by_resources};
	struct watch watch = {.heard_at = clock_mono() - 3 * MINUTE_MS, .trouble = "403 Forbidden"};
	struct fixture fixture;
	pods_watch = &watch;
	begin(&fixture, canned, 1, specs, 1, 20000);
	observe(&fixture);
	assert_false(input(&fixture, 0, 0)->unavailable);
	watch.heard_at -= 2 * MINUTE_MS;
	observe(&fixture);
	for (uint32_t m = 0; m < COUNT(resources); m++)
		assert_true(input(&fixture, 0, m)->unavailable);
	assert_non_null(
	    strstr(live_replicas_trouble(fixture.view, 0, 0),
		   "unable to get metrics for resource cpu: the pods that there are have not been heard of for 30"));
	assert_non_null(strstr(live_replicas_trouble(fixture.view, 0, 0), " s: 403 Forbidden"));
	watch.heard_at = clock_mono();
	observe(&fixture);
	assert_false(input(&fixture, 0, 0)->unavailable);
	pods_watch = NULL;
	end(&fixture);
}

static void test_pod_level_requests(void **state)
{
	(void)state;
	static const struct metric_spec memory = {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "memory", NULL, false};
	const char *container;
	struct live_pod pod = web[3];
	pod.pod_level = true;
	pod.cpu_milli = 700;
	assert_int_equal(replicas_request(&pod, &resources[0], &container), 700);
	assert_int_equal(replicas_request(&pod, &memory, &container), -1);
	assert_null(container);
	assert_int_equal(replicas_request(&pod, &resources[1], &container), -1); /* a container's stays its own */
	assert_string_equal(container, "app");
	pod.memory_bytes = INT64_MAX;
	assert_int_equal(replicas_request(&pod, &memory, &container), INT64_MAX);
}

static void test_no_resources(void **state)
{
	(void)state;
	static const struct {
		struct canned canned;
		const char *want;
	} cases[] = {
	    {{PODS, 200, "{\"items\":[]}"},
	     "unable to get metrics for resource cpu: no metrics returned from resource metrics API"},
	    {{PODS, 200, "<html>"},
	     "unable to get metrics for resource cpu: unable to fetch metrics from resource "
	     "metrics API: PodMetricsList:"},
	    {{PODS, 403, "{\"message\":\"forbidden\"}"},
	     "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: "},
	    {{PODS, 0, ""},
	     "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics "
	     "API: "},
	};
	static const struct hpa_spec *const specs[] = {&by_resources};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture fixture;
		begin(&fixture, &cases[i].canned, 1, specs, 1, cases[i].canned.status ? 20000 : 300);
		observe(&fixture);
		for (uint32_t m = 0; m < COUNT(resources); m++)
			assert_true(input(&fixture, 0, m)->unavailable);
		const char *trouble = live_replicas_trouble(fixture.view, 0, 0);
		if (strncmp(trouble, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s", trouble);
		assert_int_equal(live_replicas_sampled_at(fixture.view, 0), MS_UNSET);
		end(&fixture);
	}
}

static void test_absurd(void **state)
{
	(void)state;
	static const struct canned canned[] = {{PODS, 200,
						"{\"items\":[" USES("web-1", "90m") "," USES("web-2", "-1") "," USES(
						    "web-3", "x") "," USES("web-9", "-1") "]}"}};
	static const struct hpa_spec *const specs[] = {&by_resources};
	struct fixture fixture;
	begin(&fixture, canned, 1, specs, 1, 20000);
	observe(&fixture);
	check_samples(input(&fixture, 0, 0), (const int64_t[]){100, -1, -1, -1});
	assert_string_equal(live_replicas_trouble(fixture.view, 0, 0),
			    "2 of 3 samples of cpu are not used: pod web-2: a negative value");
	end(&fixture);
}

/* ---- the others ---- */

static const struct metric_spec others[] = {
    {METRIC_PODS, TARGET_AVERAGE_VALUE, 50, "qps", NULL, false},
    {METRIC_OBJECT, TARGET_VALUE, 50, "hits", NULL, false},
    {METRIC_OBJECT, TARGET_VALUE, 50, "hits", NULL, false},
    {METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 50, "queue", NULL, false},
    {METRIC_EXTERNAL, TARGET_VALUE, 50, "rate", NULL, false},
    {METRIC_EXTERNAL, TARGET_VALUE, 50, "rate", NULL, false},
};
static const struct metric_ask asks[] = {
    {.selector = "verb=GET"},
    {.object_api = "networking.k8s.io/v1", .object_kind = "Ingress", .object_name = "main"},
    {.object_api = "v1", .object_kind = "Namespace", .object_name = "any"},
    {.selector = "q=mail"},
    {.query = "sum(x)"},
    {.query = "sum(x)", .server = "third"},
};
static const struct hpa_spec by_others = {
    .name = "web", .namespace_ = "default", .metrics = others, .asks = asks, .n_metrics = COUNT(others)};
static const struct hpa_spec *const two_by_others[] = {&by_others, &by_others};

#define GROUP "{\"kind\":\"APIGroup\",\"preferredVersion\":{\"version\":\"v1beta2\"}}"
#define WEB_QPS                                                                                                        \
	"/v1beta2/namespaces/default/pods/*/qps?labelSelector=app%3Dweb%2Ctier%20in%20%28a%2Cb%29&"                    \
	"metricLabelSelector=verb%3DGET"
#define QPS(pod, value) "{\"describedObject\":{\"name\":\"" pod "\"}," TIME ",\"value\":\"" value "\"}"
#define INGRESS         "/v1beta2/namespaces/default/ingresses.networking.k8s.io/main/hits"
#define QUEUE           "GET /apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue?labelSelector=q%3Dmail"
#define VECTOR                                                                                                         \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"value\":[1795528801,\"2.5\"]}]}}"

static const struct canned all_canned[] = {
    {CUSTOM, 200, GROUP},
    {CUSTOM WEB_QPS, 200, "{\"items\":[" QPS("web-2", "20") "," QPS("web-1", "10") "]}"},
    {CUSTOM "/v1beta2/namespaces/default/pods/*/qps?labelSelector=app%3Dweb&", 200, "{\"items\":[]}"},
    {CUSTOM INGRESS, 200, "{\"items\":[{" TIME ",\"value\":\"7\"}]}"},
    {CUSTOM "/v1beta2/namespaces/default/metrics/hits", 200, "{\"items\":[{" TIME ",\"value\":\"8\"}]}"},
    {QUEUE, 200, "{\"items\":[{" TIME ",\"value\":\"3\"},{" TIME ",\"value\":\"4\"}]}"},
    {"GET /api/v1/query?query=sum%28x%29&time=1795528800.000", 200, VECTOR},
};

static void test_others(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, all_canned, COUNT(all_canned), two_by_others, 2, 20000);
	assert_int_equal(observe(&fixture), 7); /* the group; two selectors of qps; two objects, queue and query once */
	assert_int_equal(observe(&fixture), 6);
	const struct metric_input *pods = input(&fixture, 0, 0);
	assert_int_equal(pods->samples[0].value, 10000);
	assert_int_equal(pods->samples[1].value, 20000);
	assert_int_equal(pods->samples[2].value, -1);
	assert_int_equal(pods->samples[1].window, 60000);
	assert_int_equal(input(&fixture, 0, 1)->values[0], 7000);
	assert_int_equal(input(&fixture, 0, 2)->values[0], 8000);
	assert_int_equal(input(&fixture, 0, 3)->n_values, 2);
	assert_int_equal(input(&fixture, 1, 3)->values[1], 4000);
	assert_int_equal(input(&fixture, 0, 4)->values[0], 2500);
	assert_int_equal(live_replicas_sampled_at(fixture.view, 0), AT + AHEAD + 1000);
	assert_true(input(&fixture, 1, 0)->unavailable);
	assert_string_equal(live_replicas_trouble(fixture.view, 1, 0),
			    "unable to get metric qps: no metrics returned from custom metrics API");
	assert_string_equal(live_replicas_trouble(fixture.view, 0, 5),
			    "unable to get external metric default/rate: no Prometheus server is called third");
	end(&fixture);
}

static void test_none_of_the_others(void **state)
{
	(void)state;
	static const struct canned canned[] = {
	    {QUEUE, 0, ""},
	    {"GET /api/v1/query", 400, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}"},
	};
	static const char *const want[] = {
	    "unable to get metric qps: unable to fetch metrics from custom metrics API: no custom metrics API "
	    "(custom.metrics.k8s.io) registered",
	    "unable to get metric hits: unable to map kind Ingress to resource: no kind Ingress in "
	    "networking.k8s.io/v1 on Ingress default/main",
	    "unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API "
	    "(custom.metrics.k8s.io) registered on Namespace default/any",
	    "unable to get external metric default/queue/q=mail: unable to fetch metrics from external metrics API: ",
	    "unable to get external metric default/rate: unable to fetch metrics from Prometheus: bad_data: parse "
	    "error",
	};
	struct fixture fixture;
	begin(&fixture, canned, COUNT(canned), two_by_others, 2, 500);
	kind_known = false;
	observe(&fixture);
	for (uint32_t m = 0; m < COUNT(others); m++)
		assert_true(input(&fixture, 0, m)->unavailable);
	for (uint32_t m = 0; m < COUNT(want); m++)
		if (strncmp(live_replicas_trouble(fixture.view, 0, m), want[m], strlen(want[m])) != 0)
			fail_msg("%s", live_replicas_trouble(fixture.view, 0, m));
	end(&fixture);
}

/* Whoever gave the specs may go on with them as he likes. */
static void test_specs_are_copied(void **state)
{
	(void)state;
	static const struct canned canned[] = {{"GET /api/v1/query", 400, "{}"}};
	struct fixture fixture;
	struct arena arena = {0};
	struct err err;
	begin(&fixture, canned, COUNT(canned), two_by_others, 2, 500);
	struct hpa_spec *mine[] = {hpa_spec_copy(two_by_others[0], &arena), hpa_spec_copy(two_by_others[1], &arena)};
	assert_int_equal(live_replicas_follow(fixture.view, (const struct hpa_spec *const *)mine, 2, &err), 0);
	memset(mine[0], 0xff, sizeof *mine[0]);
	memset(mine[1], 0xff, sizeof *mine[1]);
	arena_free(&arena);
	mine[0] = mine[1] = NULL;
	observe(&fixture);
	assert_int_equal(fixture.snapshot.n_workloads, 2);
	assert_true(input(&fixture, 0, 0)->unavailable);
	end(&fixture);
}

/* ---- targets ---- */

static void test_targets(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, all_canned, COUNT(all_canned), two_by_others, 2, 20000);
	targets[0].found = false;
	snprintf(targets[0].trouble, sizeof targets[0].trouble, "deployments.apps \"web\" not found");
	observe(&fixture);
	assert_int_equal(fixture.snapshot.workloads[0].spec_replicas, 0);
	assert_int_equal(fixture.snapshot.workloads[0].n_pods, 0);
	assert_true(fixture.snapshot.workloads[0].lost);
	for (uint32_t m = 0; m < COUNT(others); m++) {
		assert_true(input(&fixture, 0, m)->unavailable);
		assert_string_equal(live_replicas_trouble(fixture.view, 0, m), "deployments.apps \"web\" not found");
	}
	target_is(0, &all_web, 4); /* it comes, */
	observe(&fixture);
	assert_false(fixture.snapshot.workloads[0].lost);
	assert_int_equal(input(&fixture, 0, 0)->samples[0].value, 10000);
	target_is(0, &two_web, 4); /* and is given another selector */
	observe(&fixture);
	assert_true(input(&fixture, 0, 0)->unavailable);
	assert_null(strstr(fixture.asked, "tier"));
	end(&fixture);
}

/* What pods use that two have says nothing of either. */
static void test_shared(void **state)
{
	static const struct live_pod *const of_others[] = {&web[2], &web[3]};
	struct live_selector other = {.text = "app=other", .n = 2};
	static const struct hpa_spec api = {
	    .name = "api", .namespace_ = "default", .metrics = others, .asks = asks, .n_metrics = COUNT(others)};
	static const struct hpa_spec *const specs[] = {&by_others, &api};
	struct fixture fixture;
	(void)state;
	begin(&fixture, all_canned, COUNT(all_canned), specs, 2, 20000);
	pods_are_shared = true;
	observe(&fixture);
	for (uint32_t w = 0; w < 2; w++)
		for (uint32_t m = 0; m < COUNT(others); m++)
			assert_true(input(&fixture, w, m)->unavailable);
	assert_string_equal(live_replicas_shared(fixture.view, 1),
			    "pods by selector app=web are controlled by multiple autoscalers: api and web, both of "
			    "which have pod web-1");
	assert_string_equal(live_replicas_trouble(fixture.view, 0, 3),
			    "pods by selector app=web,tier in (a,b) are controlled by multiple autoscalers: web and "
			    "api, both of which have pod web-1");
	assert_int_equal(fixture.snapshot.workloads[0].spec_replicas, 4);
	memcpy(other.pods, of_others, sizeof of_others);
	target_is(0, &two_web, 2);
	target_is(1, &other, 2); /* it is given another selector */
	observe(&fixture);
	assert_null(live_replicas_shared(fixture.view, 0));
	assert_null(live_replicas_shared(fixture.view, 1));
	assert_false(input(&fixture, 0, 3)->unavailable);
	pods_are_shared = false;
	end(&fixture);
}

/* A refresh that the next follow has ended is not waited for. */
static void test_refresh_cut_short(void **state)
{
	(void)state;
	struct fixture fixture;
	struct err err;
	begin(&fixture, all_canned, COUNT(all_canned), two_by_others, 2, 20);
	targets_are_slow = true;
	observe(&fixture);
	unsigned before = refreshes;
	observe(&fixture);
	assert_int_equal(refreshes, before); /* it is under way */
	assert_int_equal(live_replicas_follow(fixture.view, two_by_others, 2, &err), 0);
	targets_are_slow = false;
	observe(&fixture);
	assert_int_equal(refreshes, before + 1);
	end(&fixture);
}

static void test_nothing_to_follow(void **state)
{
	(void)state;
	struct fixture fixture;
	struct err err;
	begin(&fixture, all_canned, COUNT(all_canned), two_by_others, 2, 20000);
	observe(&fixture);
	assert_int_equal(live_replicas_follow(fixture.view, NULL, 0, &err), 0);
	assert_int_equal(observe(&fixture), 0);
	assert_int_equal(fixture.snapshot.n_workloads, 0);
	assert_string_equal(live_replicas_trouble(fixture.view, 0, 0), "");
	assert_int_equal(live_replicas_sampled_at(fixture.view, 0), MS_UNSET);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resources),
	    cmocka_unit_test(test_pod_level_requests),
	    cmocka_unit_test(test_no_resources),
	    cmocka_unit_test(test_absurd),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_none_of_the_others),
	    cmocka_unit_test(test_specs_are_copied),
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_refresh_cut_short),
	    cmocka_unit_test(test_nothing_to_follow),
	    cmocka_unit_test(test_pods_not_heard_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
