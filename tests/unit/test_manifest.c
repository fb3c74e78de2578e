#include "manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct manifests manifests;
static struct err err;

static int clean(void **state)
{
	(void)state;
	manifests_free(&manifests);
	memset(&err, 0, sizeof err);
	return 0;
}

static void parse(const char *text)
{
	manifests_free(&manifests);
	if (manifests_parse("t.yaml", text, strlen(text), &manifests, &err) < 0)
		fail_msg("refused: %s\n%s", err.message, text);
}

static void refused(const char *text, const char *message)
{
	manifests_free(&manifests);
	if (manifests_parse("t.yaml", text, strlen(text), &manifests, &err) == 0)
		fail_msg("taken:\n%s", text);
	if (!strstr(err.message, message))
		fail_msg("said \"%s\" instead of \"%s\"\n%s", err.message, message, text);
}

/* ---- autoscalers ---- */

#define HPA_HEAD                                                                                                       \
	"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"                    \
	"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
#define HPA HPA_HEAD "  maxReplicas: 9\n"

static const struct hpa_spec *hpa(const char *text)
{
	parse(text);
	assert_int_equal(manifests.n_autoscalers, 1);
	return &manifests.autoscalers[0];
}

static void test_hpa_defaults(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(HPA);
	assert_string_equal(spec->name, "web");
	assert_string_equal(spec->namespace_, "default");
	assert_string_equal(spec->target_kind, "Deployment");
	assert_string_equal(spec->target_name, "web");
	assert_int_equal(spec->min_replicas, 1);
	assert_int_equal(spec->max_replicas, 9);
	assert_int_equal(spec->n_metrics, 1);
	assert_int_equal(spec->metrics[0].type, METRIC_RESOURCE);
	assert_int_equal(spec->metrics[0].target_type, TARGET_UTILIZATION);
	assert_int_equal(spec->metrics[0].target, 80);
	assert_true(spec->metrics[0].is_cpu);
	assert_null(spec->smoothing);
	assert_false(spec->has_behavior);
	assert_int_equal(spec->scale_up.window_s, 0);
	assert_int_equal(spec->scale_up.select, SELECT_MAX);
	assert_int_equal(spec->scale_up.n_policies, 2);
	assert_int_equal(spec->scale_up.policies[0].type, POLICY_PODS);
	assert_int_equal(spec->scale_up.policies[0].value, 4);
	assert_int_equal(spec->scale_up.policies[1].type, POLICY_PERCENT);
	assert_int_equal(spec->scale_up.policies[1].value, 100);
	assert_int_equal(spec->scale_up.policies[1].period_s, 15);
	assert_int_equal(spec->scale_down.window_s, -1);
	assert_int_equal(spec->scale_down.n_policies, 1);
	assert_true(spec->scale_up.tolerance < 0 && spec->scale_down.tolerance < 0);
}

static void test_hpa_every_metric(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(
	    HPA "  minReplicas: 0\n  metrics:\n"
		"  - type: Resource\n    resource: {name: memory, target: {type: AverageValue, averageValue: 1.5Gi}}\n"
		"  - type: ContainerResource\n    containerResource:\n"
		"      {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}\n"
		"  - type: Pods\n    pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}\n"
		"  - type: Object\n    object:\n      describedObject: {kind: Service, name: web}\n"
		"      metric: {name: hits}\n      target: {type: Value, value: \"2500m\"}\n"
		"  - type: External\n    external:\n"
		"      metric: {name: queue, selector: {matchLabels: {a: b}}}\n"
		"      target: {type: AverageValue, averageValue: 30}\n");
	static const struct metric_spec expected[] = {
	    {METRIC_RESOURCE, TARGET_AVERAGE_VALUE, 1610612736000, "memory", NULL, false},
	    {METRIC_CONTAINER_RESOURCE, TARGET_UTILIZATION, 60, "cpu", "app", true},
	    {METRIC_PODS, TARGET_AVERAGE_VALUE, 1000000, "rps", NULL, false},
	    {METRIC_OBJECT, TARGET_VALUE, 2500, "hits", NULL, false},
	    {METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 30000, "queue", NULL, false},
	};
	assert_int_equal(spec->min_replicas, 0);
	assert_int_equal(spec->n_metrics, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(spec->metrics[i].type, expected[i].type);
		assert_int_equal(spec->metrics[i].target_type, expected[i].target_type);
		assert_true(spec->metrics[i].target == expected[i].target);
		assert_string_equal(spec->metrics[i].name, expected[i].name);
		assert_int_equal(spec->metrics[i].is_cpu, expected[i].is_cpu);
	}
	assert_string_equal(spec->metrics[1].container, "app");
	assert_null(spec->metrics[0].container);
}

#define OWN                                                                                                            \
	"apiVersion: plimsoll.dev/v1alpha1\nkind: Autoscaler\nmetadata: {name: web}\nspec:\n"                          \
	"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 9\n"
#define QUERY "  - type: Prometheus\n    prometheus: {query: up, server: far, target: {type: Value, value: 3}}\n"

static void test_own_kind(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(OWN "  smoothing: ewma:30s\n  minReplicas: 0\n  metrics:\n" QUERY);
	assert_string_equal(spec->smoothing, "ewma:30s");
	assert_string_equal(spec->target_api, "apps/v1");
	assert_int_equal(spec->metrics[0].type, METRIC_EXTERNAL);
	assert_int_equal(spec->metrics[0].target_type, TARGET_VALUE);
	assert_int_equal(spec->metrics[0].target, 3000);
	assert_string_equal(spec->metrics[0].name, "prometheus");
	assert_string_equal(spec->asks[0].query, "up");
	assert_string_equal(spec->asks[0].server, "far");
	refused(OWN "  metrics:\n  - type: Prometheus\n    prometheus: {target: {type: Value, value: 3}}\n",
		"spec.metrics[0].prometheus.query: missing: must be set");
	refused(OWN "  metrics:\n  - type: Prom\n", "External or Prometheus");
	refused(HPA "  metrics:\n" QUERY, "prometheus");
	refused(HPA "  smoothing: ewma:30s\n", "smoothing");
}

/* Selectors as text, and the object that a metric describes. */
static void test_asks(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(
	    HPA
	    "  metrics:\n"
	    "  - type: External\n    external:\n      metric:\n        name: queue\n        selector:\n"
	    "          matchLabels: {a: b, c: d}\n          matchExpressions:\n"
	    "          - {key: e, operator: In, values: [f, g]}\n          - {key: h, operator: NotIn, values: [i]}\n"
	    "          - {key: j, operator: Exists}\n          - {key: k, operator: DoesNotExist}\n"
	    "      target: {type: Value, value: 30}\n"
	    "  - type: Object\n    object:\n"
	    "      describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main}\n"
	    "      metric: {name: hits}\n      target: {type: Value, value: 5}\n"
	    "  - type: Resource\n    resource: {name: cpu, target: {type: Utilization, averageUtilization: 5}}\n");
	assert_string_equal(spec->asks[0].selector, "a=b,c=d,e in (f,g),h notin (i),j,!k");
	assert_null(spec->asks[0].object_kind);
	assert_null(spec->asks[0].query);
	assert_null(spec->asks[1].selector);
	assert_string_equal(spec->asks[1].object_api, "networking.k8s.io/v1");
	assert_string_equal(spec->asks[1].object_kind, "Ingress");
	assert_string_equal(spec->asks[1].object_name, "main");
	assert_null(spec->asks[2].selector);
}

static void same_text(const char *copy, const char *original)
{
	assert_int_equal(!copy, !original);
	if (!copy)
		return;
	assert_ptr_not_equal(copy, original);
	assert_string_equal(copy, original);
}

/* Nothing of a copy lies in what it was copied from. */
static void test_copy(void **state)
{
	(void)state;
	const struct hpa_spec *spec =
	    hpa(OWN "  smoothing: ewma:30s\n  behavior: {scaleUp: {policies: [{type: Pods, value: 3, periodSeconds: "
		    "9}]}}\n  metrics:\n" QUERY "  - type: ContainerResource\n    containerResource:\n"
		    "      {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}\n");
	struct arena arena = {0};
	const struct hpa_spec *copy = hpa_spec_copy(spec, &arena);
	assert_non_null(copy);
	const char *const texts[][2] = {
	    {copy->name, spec->name},
	    {copy->namespace_, spec->namespace_},
	    {copy->target_api, spec->target_api},
	    {copy->target_kind, spec->target_kind},
	    {copy->target_name, spec->target_name},
	    {copy->smoothing, spec->smoothing},
	    {copy->file, spec->file},
	    {copy->metrics[0].name, spec->metrics[0].name},
	    {copy->metrics[1].container, spec->metrics[1].container},
	    {copy->asks[0].query, spec->asks[0].query},
	    {copy->asks[0].server, spec->asks[0].server},
	    {copy->asks[1].query, spec->asks[1].query},
	};
	for (size_t i = 0; i < COUNT(texts); i++)
		same_text(texts[i][0], texts[i][1]);
	assert_ptr_not_equal(copy->scale_up.policies, spec->scale_up.policies);
	assert_int_equal(copy->scale_up.policies[0].value, 3);
	assert_int_equal(copy->n_metrics, 2);
	assert_int_equal(copy->max_replicas, 9);
	arena_free(&arena);
}

static void test_hpa_behavior(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(HPA "  behavior:\n    scaleUp:\n      stabilizationWindowSeconds: 60\n"
					      "      selectPolicy: Min\n      tolerance: 0.15\n      policies:\n"
					      "      - {type: Percent, value: 50, periodSeconds: 1800}\n");
	assert_true(spec->has_behavior);
	assert_int_equal(spec->scale_up.window_s, 60);
	assert_int_equal(spec->scale_up.select, SELECT_MIN);
	assert_true(spec->scale_up.tolerance == 150 * 1e-3);
	assert_int_equal(spec->scale_up.n_policies, 1);
	assert_int_equal(spec->scale_up.policies[0].value, 50);
	assert_int_equal(spec->scale_up.policies[0].period_s, 1800);
	assert_int_equal(spec->scale_down.window_s, -1);
	assert_int_equal(spec->scale_down.n_policies, 1);
	spec = hpa(HPA "  behavior: {scaleDown: {selectPolicy: Disabled, tolerance: 0}}\n");
	assert_int_equal(spec->scale_down.select, SELECT_DISABLED);
	assert_true(spec->scale_down.tolerance == 0);
	assert_int_equal(spec->scale_up.n_policies, 2);
}

static void test_hpa_smoothing(void **state)
{
	(void)state;
	const struct hpa_spec *spec =
	    hpa("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\n  namespace: shop\n"
		"  annotations: {plimsoll.dev/smoothing: \"gaussian,window=120s\"}\nspec:\n  maxReplicas: 3\n"
		"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n");
	assert_string_equal(spec->smoothing, "gaussian,window=120s");
	assert_string_equal(spec->namespace_, "shop");
}

static void test_hpa_older_versions(void **state)
{
	(void)state;
	const struct hpa_spec *spec =
	    hpa("apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
		"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n"
		"  targetCPUUtilizationPercentage: 55\n");
	assert_int_equal(spec->metrics[0].target, 55);
	spec =
	    hpa("apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
		"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n"
		"  metrics:\n"
		"  - {type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}\n"
		"  - {type: Pods, pods: {metricName: rps, targetAverageValue: 5}}\n"
		"  - {type: External, external: {metricName: queue, targetValue: 7}}\n"
		"  - {type: Object, object: {target: {kind: Service, name: s}, metricName: hits, targetValue: 9}}\n");
	assert_int_equal(spec->n_metrics, 4);
	assert_int_equal(spec->metrics[0].target, 70);
	assert_int_equal(spec->metrics[1].target_type, TARGET_AVERAGE_VALUE);
	assert_int_equal(spec->metrics[2].target_type, TARGET_VALUE);
	assert_int_equal(spec->metrics[3].target, 9000);
	spec = hpa("apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
		   "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n"
		   "  behavior: {scaleDown: {stabilizationWindowSeconds: 30}}\n");
	assert_int_equal(spec->scale_down.window_s, 30);
}

#define V1_ANNOTATED(which, text)                                                                                      \
	"apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, annotations: {"              \
	"autoscaling.alpha.kubernetes.io/" which ": \"" text "\"}}\nspec:\n  maxReplicas: 4\n"                         \
	"  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"

static void test_hpa_v1_annotated_metrics(void **state)
{
	(void)state;
	const struct hpa_spec *spec = hpa(
	    V1_ANNOTATED("metrics", "[{\\\"type\\\":\\\"Resource\\\",\\\"resource\\\":{\\\"name\\\":\\\"memory\\\","
				    "\\\"targetAverageUtilization\\\":60}}]") "  targetCPUUtilizationPercentage: 75\n");
	assert_int_equal(spec->n_metrics, 2);
	assert_string_equal(spec->metrics[0].name, "memory");
	assert_int_equal(spec->metrics[0].target, 60);
	assert_string_equal(spec->metrics[1].name, "cpu");
	assert_int_equal(spec->metrics[1].target, 75);
	assert_int_equal(hpa(V1_ANNOTATED("metrics", "[]"))->metrics[0].target, 80);
}

/* Each line is put under the spec; the message must say where and what is allowed. */
static const struct {
	const char *text, *message;
} hpa_refusals[] = {
    {HPA_HEAD "  maxReplicas: 0\n", "t.yaml:6:16: spec.maxReplicas: 0: must be greater than or equal to 1"},
    {HPA_HEAD "  minReplicas: 2\n",
     "t.yaml:5:3: spec.maxReplicas: missing: must be set and greater than or equal to 1"},
    {HPA "  minReplicas: 10\n", "t.yaml:6:16: spec.maxReplicas: 9: must be greater than or equal to minReplicas"},
    {HPA "  minReplicas: -1\n", "spec.minReplicas: -1: must be greater than or equal to 0"},
    {HPA "  minReplicas: 0\n", "spec.minReplicas: 0: must be greater than 0 unless there is a metric of type Object"},
    {HPA "  minReplicas: \"2\"\n", "t.yaml:7:16: spec.minReplicas: 2: must be a whole number"},
    {HPA "  minReplicas: 2.5\n", "spec.minReplicas: 2.5: must be a whole number"},
    {HPA "  minReplicas: 3000000000\n", "spec.minReplicas: 3000000000: must be a whole number from -2147483648"},
    {HPA "  minReplica: 2\n", "t.yaml:7:3: spec.minReplica: unknown field: did you mean minReplicas?"},
    {HPA "  MaxReplicas: 2\n", "did you mean maxReplicas?"},
    {HPA "  qwertyuiop: 2\n", "unknown field: allowed are scaleTargetRef, minReplicas, maxReplicas, metrics, behavior"},
    {HPA "  metrics: {}\n", "spec.metrics: an empty mapping: must be a list"},
    {HPA "  metrics: [null]\n", "spec.metrics[0]: missing: must be a mapping"},
    {HPA "  metrics: [{type: CPU}]\n", "spec.metrics[0].type: CPU: must be Resource, ContainerResource, Pods"},
    {HPA "  metrics: [{type: Resource}]\n",
     "spec.metrics[0].resource: missing: must be set for a metric of type Resource"},
    {HPA "  metrics: [{type: Pods, resource: {name: cpu}, pods: {}}]\n",
     "spec.metrics[0].resource: a mapping: must not be set for a metric of type Pods"},
    {HPA "  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]\n",
     "spec.metrics[0].resource.target.averageUtilization: missing: must be set, or an average value"},
    {HPA "  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}]\n",
     "averageUtilization: 0: must be greater than or equal to 1"},
    {HPA "  metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 50}}}]\n",
     "spec.metrics[0].resource.target.type: missing: must be Utilization, AverageValue or Value"},
    {HPA "  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 5, "
	 "averageValue: 1}}}]\n",
     "averageValue: 1: must not be set together with a utilization"},
    {HPA "  metrics: [{type: Pods, pods: {metric: {name: a/b}, target: {type: AverageValue, averageValue: 1}}}]\n",
     "spec.metrics[0].pods.metric.name: a/b: must be a name without '/' and '%'"},
    {HPA "  metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1 Gi}}}]\n",
     "averageValue: 1 Gi: must be a quantity"},
    {HPA "  metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: \"0\"}}}]\n",
     "averageValue: 0: must be greater than 0"},
    {HPA "  metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: Value, value: 3}}}]\n",
     "averageValue: missing: must be set and greater than 0"},
    {HPA "  metrics: [{type: ContainerResource, containerResource: {name: cpu, target: {type: Utilization, "
	 "averageUtilization: 5}}}]\n",
     "containerResource.container: missing: must be set"},
    {HPA
     "  metrics: [{type: External, external: {metric: {name: q}, target: {type: Value, value: 1, averageValue: 1}}}]\n",
     "value: 1: must not be set together with an average value"},
    {HPA "  behavior: {scaleUp: {policies: []}}\n",
     "spec.behavior.scaleUp.policies: an empty list: must hold at least one"},
    {HPA "  behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 1}]}}\n",
     "policies[0].value: 0: must be greater than or equal to 1"},
    {HPA "  behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}\n",
     "periodSeconds: 1801: must be less than or equal to 1800"},
    {HPA "  behavior: {scaleUp: {policies: [{type: Pod, value: 1, periodSeconds: 1}]}}\n",
     "policies[0].type: Pod: must be Pods or Percent"},
    {HPA "  behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}\n",
     "stabilizationWindowSeconds: 3601: must be less than or equal to 3600"},
    {HPA "  behavior: {scaleDown: {selectPolicy: max}}\n", "selectPolicy: max: must be Max, Min or Disabled"},
    {HPA "  behavior: {scaleDown: {tolerance: -0.1}}\n", "tolerance: -0.1: must be greater than or equal to 0"},
    {"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  maxReplicas: 1\n"
     "  scaleTargetRef: {kind: Deployment, name: web}\n",
     "spec.scaleTargetRef.apiVersion: missing: must be group/version, such as apps/v1"},
    {"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: Web_1}\nspec: {maxReplicas: 1}\n",
     "t.yaml:3:18: metadata.name: Web_1: must be a name of at most 253 lower case letters"},
    {V1_ANNOTATED("behavior", "{}"), "metadata.annotations[autoscaling.alpha.kubernetes.io/behavior]: {}: is not read"},
    {V1_ANNOTATED("metrics", "[{"), "t.yaml:3:78: autoscaling.alpha.kubernetes.io/metrics:"},
    {V1_ANNOTATED("metrics", "[{\\\"type\\\":\\\"Pods\\\"}]"),
     "metrics[0].pods: missing: must be set for a metric of type Pods"},
    {"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\n"
     "  annotations: {plimsoll.dev/smoothng: gaussian}\nspec: {maxReplicas: 1}\n",
     "t.yaml:5:40: metadata.annotations[plimsoll.dev/smoothng]: gaussian: there is no such annotation; the nearest is "
     "plimsoll.dev/smoothing"},
    {"apiVersion: autoscaling/v3\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n",
     "t.yaml:1:13: apiVersion: autoscaling/v3: is no version of HorizontalPodAutoscaler; there are autoscaling/v2"},
    {"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {generateName: web-}\n",
     "metadata.generateName: web-: cannot be used here"},
};

static void test_hpa_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hpa_refusals); i++)
		refused(hpa_refusals[i].text, hpa_refusals[i].message);
}

/* ---- workloads ---- */

#define META(kind)                                                                                                     \
	"apiVersion: apps/v1\nkind: " kind "\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
#define TEMPLATE "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
#define POD      META("Deployment") TEMPLATE
#define ONE      "      containers: [{name: app, image: i}]\n"

static const struct workload_spec *workload(const char *text)
{
	parse(text);
	assert_int_equal(manifests.n_workloads, 1);
	return &manifests.workloads[0];
}

static void test_workload_defaults(void **state)
{
	(void)state;
	const struct workload_spec *spec = workload(POD ONE);
	assert_int_equal(spec->kind, KIND_DEPLOYMENT);
	assert_string_equal(spec->namespace_, "default");
	assert_int_equal(spec->replicas, 1);
	assert_int_equal(spec->termination_grace, 30 * SECOND_MS);
	assert_int_equal(spec->readiness_period, 0);
	assert_int_equal(spec->cpu_request_milli, 0);
	assert_int_equal(spec->cpu_limit_milli, -1);
	assert_int_equal(spec->containers[0].cpu_request_milli, -1);
	assert_int_equal(spec->containers[0].memory_limit_bytes, -1);
	assert_string_equal(spec->file, "t.yaml");
	assert_int_equal(spec->line, 1);
	assert_false(spec->ordered);
}

static void test_workload_fields(void **state)
{
	(void)state;
	const struct workload_spec *spec = workload(
	    META("StatefulSet") "  replicas: 5\n  minReadySeconds: 7\n" TEMPLATE
				"      terminationGracePeriodSeconds: 60\n      containers:\n"
				"      - name: app\n        image: i\n"
				"        resources: {requests: {cpu: 250m, memory: 1Gi}, limits: {cpu: 1}}\n"
				"        readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 20}\n"
				"      - {name: side, image: i, resources: {limits: {cpu: 0.5, memory: 64Mi}}}\n");
	assert_int_equal(spec->kind, KIND_STATEFULSET);
	assert_true(spec->ordered);
	assert_int_equal(spec->replicas, 5);
	assert_int_equal(spec->termination_grace, 60 * SECOND_MS);
	assert_int_equal(spec->readiness_initial_delay, 20 * SECOND_MS);
	assert_int_equal(spec->readiness_period, 10 * SECOND_MS);
	assert_int_equal(spec->n_containers, 2);
	assert_int_equal(spec->containers[1].cpu_request_milli, 500);
	assert_int_equal(spec->cpu_request_milli, 750);
	assert_true(spec->memory_request_bytes == GIB + 64 * 1024 * 1024);
	assert_int_equal(spec->cpu_limit_milli, 1500);
}

/* KEP-753: sidecars count with the containers and with every init step after them. */
static void test_pod_request(void **state)
{
	(void)state;
	const struct workload_spec *spec =
	    workload(POD "      initContainers:\n"
			 "      - {name: a, image: i, resources: {requests: {cpu: 900m}}}\n"
			 "      - {name: b, image: i, restartPolicy: Always, resources: {requests: {cpu: 100m}}}\n"
			 "      - {name: c, image: i, resources: {requests: {cpu: 950m}}}\n"
			 "      containers: [{name: d, image: i, resources: {requests: {cpu: 500m}}}]\n");
	assert_int_equal(spec->cpu_request_milli, 1050);
	assert_true(spec->containers[0].init && !spec->containers[0].sidecar);
	assert_true(!spec->containers[1].init && spec->containers[1].sidecar);
	assert_true(!spec->containers[3].init && !spec->containers[3].sidecar);
	spec =
	    workload(POD "      overhead: {cpu: 250m, memory: 10Mi}\n      resources: {limits: {cpu: 3, memory: 1Gi}}\n"
			 "      containers: [{name: d, image: i, resources: {requests: {cpu: 500m}}}]\n");
	assert_int_equal(spec->cpu_request_milli, 750);
	assert_int_equal(spec->cpu_limit_milli, 3250);
	assert_int_equal(spec->memory_request_bytes, GIB + 10 * 1024 * 1024);
	spec = workload(POD "      resources: {requests: {cpu: 2}}\n" ONE);
	assert_int_equal(spec->cpu_request_milli, 2000);
}

#define DAEMONSET                                                                                                      \
	"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: log}\nspec:\n  selector: {matchLabels: {a: b}}\n"      \
	"  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
#define STATEFULSET                                                                                                    \
	"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n"                     \
	"  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
#define PLAIN "      containers: [{name: app, image: i}]\n"

static void unmodelled(const char *text, const char *expected)
{
	parse(text);
	if (!expected)
		assert_null(manifests.workloads[0].unmodelled);
	else
		assert_string_equal(manifests.workloads[0].unmodelled, expected);
}

/* What a manifest asks of the nodes beside CPU and memory is told, what changes nothing is not. */
static void test_unmodelled(void **state)
{
	(void)state;
	unmodelled(STATEFULSET PLAIN, NULL);
	unmodelled(STATEFULSET PLAIN
		   "      nodeSelector: {kubernetes.io/os: linux}\n      affinity: {}\n      tolerations: []\n"
		   "      volumes: [{name: a, emptyDir: {}}, {name: b, configMap: {name: c}}]\n",
		   NULL);
	unmodelled(STATEFULSET PLAIN "      nodeSelector: {kubernetes.io/os: windows}\n", "nodeSelector");
	unmodelled(STATEFULSET PLAIN "      affinity: {nodeAffinity: {}}\n      nodeSelector: {disk: ssd}\n"
				     "      tolerations: [{operator: Exists}]\n"
				     "      volumes: [{name: a, persistentVolumeClaim: {claimName: a}}]\n"
				     "  volumeClaimTemplates: [{metadata: {name: data}}]\n",
		   "nodeSelector, affinity, tolerations, volumes, volumeClaimTemplates");
	unmodelled(STATEFULSET
		   "      containers:\n      - name: app\n        image: i\n        ports: [{containerPort: 80, "
		   "hostPort: 80}]\n"
		   "        resources: {limits: {nvidia.com/gpu: 1, cpu: 1, ephemeral-storage: 1Gi}}\n"
		   "      - {name: b, image: i, resources: {limits: {nvidia.com/gpu: 2, example.com/none: 0}}}\n",
		   "nvidia.com/gpu, hostPort");
	unmodelled(DAEMONSET PLAIN "      tolerations: [{operator: Exists}]\n", NULL);
	unmodelled(DAEMONSET PLAIN "      nodeSelector: {disk: ssd}\n", "nodeSelector");
}

static void test_older_workloads(void **state)
{
	(void)state;
	const struct workload_spec *spec = workload("apiVersion: extensions/v1beta1\nkind: DaemonSet\nmetadata: {name: "
						    "log}\nspec:\n  templateGeneration: 2\n" TEMPLATE ONE);
	assert_int_equal(spec->kind, KIND_DAEMONSET);
	assert_int_equal(spec->replicas, 1);
	spec = workload(
	    "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  rollbackTo: {}\n" TEMPLATE
		ONE);
	assert_int_equal(spec->kind, KIND_DEPLOYMENT);
}

static void test_selectors(void **state)
{
	(void)state;
	workload(
	    "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web}\nspec:\n  selector:\n    matchExpressions:\n"
	    "    - {key: app, operator: In, values: [db, web]}\n    - {key: app, operator: NotIn, values: [db]}\n"
	    "    - {key: app, operator: Exists}\n    - {key: gone, operator: DoesNotExist}\n" TEMPLATE ONE);
	refused(
	    "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web}\nspec:\n  selector:\n    matchExpressions:\n"
	    "    - {key: app, operator: NotIn, values: [web]}\n" TEMPLATE ONE,
	    "t.yaml:9:24: spec.template.metadata.labels: a mapping: must match spec.selector");
}

static const struct {
	const char *text, *message;
} workload_refusals[] = {
    {META("Deployment"), "t.yaml:5:3: spec.template: missing: must be set"},
    {POD "      restartPolicy: Always\n", "spec.template.spec.containers: missing: must hold at least one container"},
    {POD "      containers: []\n", "spec.template.spec.containers: an empty list: must hold at least one container"},
    {POD "      containers: [{image: i}]\n", "spec.template.spec.containers[0].name: missing: must be set"},
    {POD "      containers: [{name: App, image: i}]\n", "containers[0].name: App: must be a name of at most 63"},
    {POD "      containers: [{name: a}]\n", "containers[0].image: missing: must be set"},
    {POD "      containers: [{name: a, image: i}, {name: a, image: i}]\n",
     "t.yaml:9:48: spec.template.spec.containers[1].name: a: is the name of another container"},
    {POD "      initContainers: [{name: app, image: i}]\n" ONE, "containers[0].name: app: is the name of another"},
    {POD "      containers: [{name: a, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}}]\n",
     "resources.requests.cpu: 2: must be less than or equal to the limit, 1500m"},
    {POD "      containers: [{name: a, image: i, resources: {requests: {cpu: -1}}}]\n",
     "resources.requests.cpu: -1: must be greater than or equal to 0"},
    {POD "      containers: [{name: a, image: i, resources: {requests: {cpus: 1}}}]\n",
     "resources.requests.cpus: 1: its key must be cpu, memory"},
    {POD "      containers: [{name: a, image: i, resources: {requests: {memory: 1GB}}}]\n",
     "requests.memory: 1GB: must be a quantity"},
    {POD "      containers: [{name: a, image: i, resources: {requests: {example.com/gpu: 1}}}]\n",
     "requests[example.com/gpu]: 1: must have a limit, and be equal to it"},
    {POD "      containers: [{name: a, image: i, resource: {}}]\n",
     "containers[0].resource: unknown field: did you mean resources?"},
    {POD "      containers: [{name: a, image: i, args: [1]}]\n", "args[0]: 1: must be a string; put it in quotes"},
    {POD "      containers: [{name: a, image: i, readinessProbe: {periodSeconds: 3}}]\n",
     "readinessProbe: a mapping: must have one of exec, httpGet, tcpSocket, grpc"},
    {POD "      containers: [{name: a, image: i, readinessProbe: {tcpSocket: {port: 0}}}]\n",
     "port: 0: must be a port from 1 to 65535"},
    {POD "      restartPolicy: Never\n" ONE, "restartPolicy: Never: must be Always"},
    {POD "      contianers: []\n" ONE, "spec.template.spec.contianers: unknown field: did you mean containers?"},
    {POD "      resources: {requests: {cpu: 1}}\n"
	 "      containers: [{name: a, image: i, resources: {requests: {cpu: 2}}}]\n",
     "spec.template.spec.resources.requests.cpu: 1: must be greater than or equal to what the containers ask for"},
    {POD "      containers: [{name: a, image: i, ports: [{containerPort: 70000}]}]\n",
     "ports[0].containerPort: 70000: must be a port from 1 to 65535"},
    {POD "      containers: [{name: a, image: i, env: [{name: A=B}]}]\n", "env[0].name: A=B: must be printable ASCII"},
    {POD "      containers: [{name: a, image: i, env: [{name: A, valeu: B}]}]\n",
     "env[0].valeu: unknown field: did you mean value?"},
    {POD "      affinity: {nodeAffinity: {requiredDuringScheduling: {}}}\n" ONE,
     "spec.template.spec.affinity.nodeAffinity.requiredDuringScheduling: unknown field"},
    {META("Deployment") "  replicas: -1\n" TEMPLATE ONE, "spec.replicas: -1: must be greater than or equal to 0"},
    {META("Deployment") "  strategy: {type: Rolling}\n" TEMPLATE ONE,
     "strategy.type: Rolling: must be RollingUpdate or Recreate"},
    {META("Deployment") "  serviceName: x\n" TEMPLATE ONE, "spec.serviceName: unknown field"},
    {META("DaemonSet") "  replicas: 2\n" TEMPLATE ONE, "spec.replicas: unknown field"},
    {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n" TEMPLATE ONE,
     "spec.selector: missing: must be set, and select by"},
    {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {a: 1}}\nspec:\n" TEMPLATE ONE,
     "metadata.labels.a: 1: must be a string; put it in quotes"},
    {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n", "spec: missing: must be set"},
};

static void test_workload_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(workload_refusals); i++)
		refused(workload_refusals[i].text, workload_refusals[i].message);
}

/* ---- texts with many objects ---- */

static void test_skipped(void **state)
{
	(void)state;
	parse("apiVersion: v1\nkind: Service\n---\n" HPA "---\napiVersion: v1\nkind: ConfigMap\n---\n"
	      "apiVersion: v1\nkind: Service\n---\napiVersion: x/v1\nkind: Deployment\n");
	assert_int_equal(manifests.n_autoscalers, 1);
	assert_int_equal(manifests.n_skipped, 3);
	assert_string_equal(manifests.skipped[0], "Service (2)");
	assert_string_equal(manifests.skipped[1], "ConfigMap (1)");
	assert_string_equal(manifests.skipped[2], "Deployment (1)");
}

static void test_lists(void **state)
{
	(void)state;
	parse("apiVersion: v1\nkind: List\nitems:\n"
	      "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec:\n"
	      "    selector: {matchLabels: {app: web}}\n    template:\n      metadata: {labels: {app: web}}\n"
	      "      spec: {containers: [{name: app, image: i}]}\n- {apiVersion: v1, kind: Secret}\n");
	assert_int_equal(manifests.n_workloads, 1);
	assert_int_equal(manifests.workloads[0].line, 4);
	assert_int_equal(manifests.n_skipped, 1);
	parse("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"autoscaling/v1\",\n"
	      "\t\"kind\": \"HorizontalPodAutoscaler\", \"metadata\": {\"name\": \"web\"}, \"spec\": {\"maxReplicas\": "
	      "2,\n"
	      "\t\"scaleTargetRef\": {\"apiVersion\": \"apps\\/v1\", \"kind\": \"Deployment\", \"name\": \"web\"}}}]}");
	assert_int_equal(manifests.n_autoscalers, 1);
	refused("apiVersion: v1\nkind: List\nitems: [{kind: Service}]\n", "items[0].apiVersion: missing: must be set");
}

static void test_last_wins(void **state)
{
	(void)state;
	parse(POD ONE "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec:\n"
		      "  selector: {matchLabels: {app: web}}\n" TEMPLATE ONE
		      "---\n" META("Deployment") "  replicas: 7\n" TEMPLATE ONE "---\n" META("StatefulSet")
			  TEMPLATE ONE);
	assert_int_equal(manifests.n_workloads, 3);
	assert_string_equal(manifests.workloads[0].name, "web");
	assert_int_equal(manifests.workloads[0].replicas, 7);
	assert_string_equal(manifests.workloads[1].name, "other");
	assert_int_equal(manifests.workloads[2].kind, KIND_STATEFULSET);
}

static void test_target(void **state)
{
	(void)state;
	parse(META("StatefulSet") TEMPLATE ONE "---\n" POD ONE "---\n" HPA);
	const struct workload_spec *target = manifests_target(&manifests, &manifests.autoscalers[0]);
	assert_ptr_equal(target, &manifests.workloads[1]);
	parse(META("StatefulSet") TEMPLATE ONE "---\n" HPA);
	assert_null(manifests_target(&manifests, &manifests.autoscalers[0]));
}

static void test_no_objects(void **state)
{
	(void)state;
	refused("", "t.yaml: holds no manifest");
	refused("# only a comment\n---\n", "t.yaml: holds no manifest");
	refused("just text\n", "t.yaml:1:1: just text: must be a Kubernetes object");
	refused("replicaCount: 3\n", "t.yaml:1:1: apiVersion: missing: must be set, such as apps/v1");
	refused("apiVersion: v1\n", "kind: missing: must be set, such as Deployment");
	refused("apiVersion: v1\nkind: 5\n", "kind: 5: must be a string");
}

static void test_hostile_values_are_shown_safely(void **state)
{
	char text[3000] = HPA "  minReplicas: \"\\e[31m\\r\\n";
	(void)state;
	memset(text + strlen(text), 'x', 1500);
	strcat(text, "\"\n");
	refused(text, "spec.minReplicas: \\x1b[31m\\x0d\\x0axxx");
	assert_non_null(strstr(err.message, "...: must be a whole number"));
	assert_true(strlen(err.message) < 300);
}

/* ---- files ---- */

static char directory[] = "/tmp/plimsoll-test-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *name)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	remove(path);
}

static int read_path(const char *name)
{
	char path[200];
	const char *paths[] = {path};
	snprintf(path, sizeof path, "%s%s%s", directory, *name ? "/" : "", name);
	return manifests_read(paths, 1, &manifests, &err);
}

static void test_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(read_path(""), -1);
	assert_non_null(strstr(err.message, "this directory holds no .yaml, .yml or .json file"));
	assert_int_equal(read_path("none.yaml"), -1);
	assert_non_null(strstr(err.message, "none.yaml: No such file"));
	write_file("b.yml", HPA);
	write_file("a.yaml", META("Deployment") "  replicas: 2\n" TEMPLATE ONE);
	write_file("c.json", "{\"apiVersion\": \"v1\", \"kind\": \"Service\"}");
	write_file("notes.txt", "not: [read");
	assert_int_equal(read_path(""), 0);
	assert_int_equal(manifests.n_workloads, 1);
	assert_int_equal(manifests.n_autoscalers, 1);
	assert_int_equal(manifests.n_skipped, 1);
	assert_non_null(strstr(manifests.workloads[0].file, "/a.yaml"));
	manifests_free(&manifests);
	write_file("empty.yaml", "");
	assert_int_equal(read_path("empty.yaml"), -1);
	assert_non_null(strstr(err.message, "empty.yaml: is empty"));
	static const char *const names[] = {"a.yaml", "b.yml", "c.json", "notes.txt", "empty.yaml"};
	for (size_t i = 0; i < COUNT(names); i++)
		remove_file(names[i]);
	rmdir(directory);
}

/* Endless input is refused once more was read than a manifest has. */
static void test_endless_file(void **state)
{
	const char *paths[] = {"/dev/zero"};
	(void)state;
	assert_int_equal(manifests_read(paths, 1, &manifests, &err), -1);
	assert_string_equal(err.message, "/dev/zero: is larger than 64 MiB, so it is no manifest");
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_hpa_defaults),
	    TEST(test_hpa_every_metric),
	    TEST(test_own_kind),
	    TEST(test_asks),
	    TEST(test_copy),
	    TEST(test_hpa_behavior),
	    TEST(test_hpa_smoothing),
	    TEST(test_unmodelled),
	    TEST(test_hpa_older_versions),
	    TEST(test_hpa_refusals),
	    TEST(test_hpa_v1_annotated_metrics),
	    TEST(test_workload_defaults),
	    TEST(test_workload_fields),
	    TEST(test_pod_request),
	    TEST(test_older_workloads),
	    TEST(test_selectors),
	    TEST(test_workload_refusals),
	    TEST(test_skipped),
	    TEST(test_lists),
	    TEST(test_last_wins),
	    TEST(test_target),
	    TEST(test_no_objects),
	    TEST(test_hostile_values_are_shown_safely),
	    TEST(test_files),
	    TEST(test_endless_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
