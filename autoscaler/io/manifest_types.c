#include "manifest_types.h"

/* clang-format off */
#define TYPE(name, ...)                                                                                                \
	static const struct field name##_fields[] = {__VA_ARGS__};                                                     \
	static const struct type name = {name##_fields, COUNT(name##_fields)}
#define PUBLIC_TYPE(name, ...)                                                                                         \
	static const struct field name##_fields[] = {__VA_ARGS__};                                                     \
	const struct type name = {name##_fields, COUNT(name##_fields)}
#define STRING(name)       {name, SHAPE_STRING, NULL}
#define INT32(name)        {name, SHAPE_INT32, NULL}
#define INT64(name)        {name, SHAPE_INT64, NULL}
#define BOOL(name)         {name, SHAPE_BOOL, NULL}
#define QUANTITY(name)     {name, SHAPE_QUANTITY, NULL}
#define NUMBER_OR_SHARE(name) {name, SHAPE_INT_OR_STRING, NULL}
#define STRINGS(name)      {name, SHAPE_STRINGS, NULL}
#define STRING_MAP(name)   {name, SHAPE_STRING_MAP, NULL}
#define QUANTITY_MAP(name) {name, SHAPE_QUANTITY_MAP, NULL}
#define OBJECT(name, type) {name, SHAPE_OBJECT, &type}
#define LIST(name, type)   {name, SHAPE_LIST, &type}
#define ANY_OBJECT(name)   {name, SHAPE_ANY_OBJECT, NULL}
#define ANY_LIST(name)     {name, SHAPE_ANY_LIST, NULL}

/* ---- meta/v1 ---- */

TYPE(metadata, STRING("name"), STRING("generateName"), STRING("namespace"), STRING("selfLink"), STRING("uid"),
     STRING("resourceVersion"), INT64("generation"), STRING("creationTimestamp"), STRING("deletionTimestamp"),
     INT64("deletionGracePeriodSeconds"), STRING_MAP("labels"), STRING_MAP("annotations"), ANY_LIST("ownerReferences"),
     STRINGS("finalizers"), STRING("clusterName"), ANY_LIST("managedFields"));
TYPE(requirement, STRING("key"), STRING("operator"), STRINGS("values"));
TYPE(selector, STRING_MAP("matchLabels"), LIST("matchExpressions", requirement));

/* ---- core/v1 ---- */

TYPE(exec_action, STRINGS("command"));
TYPE(http_action, STRING("path"), NUMBER_OR_SHARE("port"), STRING("host"), STRING("scheme"), ANY_LIST("httpHeaders"));
TYPE(tcp_action, NUMBER_OR_SHARE("port"), STRING("host"));
TYPE(grpc_action, INT32("port"), STRING("service"));
TYPE(probe, OBJECT("exec", exec_action), OBJECT("httpGet", http_action), OBJECT("tcpSocket", tcp_action),
     OBJECT("grpc", grpc_action), INT32("initialDelaySeconds"), INT32("timeoutSeconds"), INT32("periodSeconds"),
     INT32("successThreshold"), INT32("failureThreshold"), INT64("terminationGracePeriodSeconds"));
TYPE(claim, STRING("name"), STRING("request"));
TYPE(resources, QUANTITY_MAP("limits"), QUANTITY_MAP("requests"), LIST("claims", claim));
TYPE(port, STRING("name"), INT32("hostPort"), INT32("containerPort"), STRING("protocol"), STRING("hostIP"));
TYPE(variable, STRING("name"), STRING("value"), ANY_OBJECT("valueFrom"));
TYPE(variables_from, STRING("prefix"), ANY_OBJECT("configMapRef"), ANY_OBJECT("secretRef"));
TYPE(mount, STRING("name"), BOOL("readOnly"), STRING("recursiveReadOnly"), STRING("mountPath"), STRING("subPath"),
     STRING("mountPropagation"), STRING("subPathExpr"));
TYPE(device, STRING("name"), STRING("devicePath"));
TYPE(resize_policy, STRING("resourceName"), STRING("restartPolicy"));
TYPE(container, STRING("name"), STRING("image"), STRINGS("command"), STRINGS("args"), STRING("workingDir"),
     LIST("ports", port), LIST("envFrom", variables_from), LIST("env", variable), OBJECT("resources", resources),
     LIST("resizePolicy", resize_policy), STRING("restartPolicy"), ANY_LIST("restartPolicyRules"),
     LIST("volumeMounts", mount), LIST("volumeDevices", device), OBJECT("livenessProbe", probe),
     OBJECT("readinessProbe", probe), OBJECT("startupProbe", probe), ANY_OBJECT("lifecycle"),
     STRING("terminationMessagePath"), STRING("terminationMessagePolicy"), STRING("imagePullPolicy"),
     ANY_OBJECT("securityContext"), BOOL("stdin"), BOOL("stdinOnce"), BOOL("tty"));
TYPE(toleration, STRING("key"), STRING("operator"), STRING("value"), STRING("effect"), INT64("tolerationSeconds"));
TYPE(pod, ANY_LIST("volumes"), LIST("initContainers", container), LIST("containers", container),
     ANY_LIST("ephemeralContainers"), STRING("restartPolicy"), INT64("terminationGracePeriodSeconds"),
     INT64("activeDeadlineSeconds"), STRING("dnsPolicy"), STRING_MAP("nodeSelector"), STRING("serviceAccountName"),
     STRING("serviceAccount"), BOOL("automountServiceAccountToken"), STRING("nodeName"), BOOL("hostNetwork"),
     BOOL("hostPID"), BOOL("hostIPC"), BOOL("shareProcessNamespace"), ANY_OBJECT("securityContext"),
     ANY_LIST("imagePullSecrets"), STRING("hostname"), STRING("subdomain"), ANY_OBJECT("affinity"),
     STRING("schedulerName"), LIST("tolerations", toleration), ANY_LIST("hostAliases"), STRING("priorityClassName"),
     INT32("priority"), ANY_OBJECT("dnsConfig"), ANY_LIST("readinessGates"), STRING("runtimeClassName"),
     BOOL("enableServiceLinks"), STRING("preemptionPolicy"), QUANTITY_MAP("overhead"),
     ANY_LIST("topologySpreadConstraints"), BOOL("setHostnameAsFQDN"), ANY_OBJECT("os"), BOOL("hostUsers"),
     ANY_LIST("schedulingGates"), ANY_LIST("resourceClaims"), OBJECT("resources", resources),
     STRING("hostnameOverride"), ANY_OBJECT("workloadRef"), ANY_OBJECT("schedulingGroup"));
TYPE(template, OBJECT("metadata", metadata), OBJECT("spec", pod));

/* ---- apps/v1 ---- */

#define OBJECT_HEAD STRING("apiVersion"), STRING("kind"), OBJECT("metadata", metadata), ANY_OBJECT("status")

TYPE(rolling_update, NUMBER_OR_SHARE("maxUnavailable"), NUMBER_OR_SHARE("maxSurge"));
TYPE(strategy, STRING("type"), OBJECT("rollingUpdate", rolling_update));
#define DEPLOYMENT_FIELDS                                                                                              \
	INT32("replicas"), OBJECT("selector", selector), OBJECT("template", template), OBJECT("strategy", strategy),   \
	INT32("minReadySeconds"), INT32("revisionHistoryLimit"), BOOL("paused"), INT32("progressDeadlineSeconds")
TYPE(deployment_spec, DEPLOYMENT_FIELDS);
TYPE(deployment_spec_old, DEPLOYMENT_FIELDS, ANY_OBJECT("rollbackTo"));
PUBLIC_TYPE(type_deployment, OBJECT_HEAD, OBJECT("spec", deployment_spec));
PUBLIC_TYPE(type_deployment_old, OBJECT_HEAD, OBJECT("spec", deployment_spec_old));

TYPE(rolling_update_set, INT32("partition"), NUMBER_OR_SHARE("maxUnavailable"));
TYPE(strategy_set, STRING("type"), OBJECT("rollingUpdate", rolling_update_set));
TYPE(retention, STRING("whenDeleted"), STRING("whenScaled"));
TYPE(ordinals, INT32("start"));
TYPE(statefulset_spec, INT32("replicas"), OBJECT("selector", selector), OBJECT("template", template),
     ANY_LIST("volumeClaimTemplates"), STRING("serviceName"), STRING("podManagementPolicy"),
     OBJECT("updateStrategy", strategy_set), INT32("revisionHistoryLimit"), INT32("minReadySeconds"),
     OBJECT("persistentVolumeClaimRetentionPolicy", retention), OBJECT("ordinals", ordinals));
PUBLIC_TYPE(type_statefulset, OBJECT_HEAD, OBJECT("spec", statefulset_spec));

TYPE(replicaset_spec, INT32("replicas"), INT32("minReadySeconds"), OBJECT("selector", selector),
     OBJECT("template", template));
PUBLIC_TYPE(type_replicaset, OBJECT_HEAD, OBJECT("spec", replicaset_spec));

#define DAEMONSET_FIELDS                                                                                               \
	OBJECT("selector", selector), OBJECT("template", template), OBJECT("updateStrategy", strategy),                \
	INT32("minReadySeconds"), INT32("revisionHistoryLimit")
TYPE(daemonset_spec, DAEMONSET_FIELDS);
TYPE(daemonset_spec_old, DAEMONSET_FIELDS, INT64("templateGeneration"));
PUBLIC_TYPE(type_daemonset, OBJECT_HEAD, OBJECT("spec", daemonset_spec));
PUBLIC_TYPE(type_daemonset_old, OBJECT_HEAD, OBJECT("spec", daemonset_spec_old));

/* ---- autoscaling/v2, v2beta2 ---- */

TYPE(reference, STRING("kind"), STRING("name"), STRING("apiVersion"));
TYPE(target, STRING("type"), QUANTITY("value"), QUANTITY("averageValue"), INT32("averageUtilization"));
TYPE(identifier, STRING("name"), OBJECT("selector", selector));
TYPE(object_source, OBJECT("describedObject", reference), OBJECT("target", target), OBJECT("metric", identifier));
TYPE(pods_source, OBJECT("metric", identifier), OBJECT("target", target));
TYPE(resource_source, STRING("name"), OBJECT("target", target));
TYPE(container_source, STRING("name"), OBJECT("target", target), STRING("container"));
TYPE(metric, STRING("type"), OBJECT("object", object_source), OBJECT("pods", pods_source),
     OBJECT("resource", resource_source), OBJECT("containerResource", container_source),
     OBJECT("external", pods_source));
TYPE(policy, STRING("type"), INT32("value"), INT32("periodSeconds"));
#define RULES_FIELDS INT32("stabilizationWindowSeconds"), STRING("selectPolicy"), LIST("policies", policy)
TYPE(rules, RULES_FIELDS, QUANTITY("tolerance"));
TYPE(rules_beta, RULES_FIELDS);
TYPE(behavior, OBJECT("scaleUp", rules), OBJECT("scaleDown", rules));
TYPE(behavior_beta, OBJECT("scaleUp", rules_beta), OBJECT("scaleDown", rules_beta));
#define BOUNDS OBJECT("scaleTargetRef", reference), INT32("minReplicas"), INT32("maxReplicas")
TYPE(autoscaler_spec, BOUNDS, LIST("metrics", metric), OBJECT("behavior", behavior));
TYPE(autoscaler_spec_v2beta2, BOUNDS, LIST("metrics", metric), OBJECT("behavior", behavior_beta));
PUBLIC_TYPE(type_autoscaler_v2, OBJECT_HEAD, OBJECT("spec", autoscaler_spec));
PUBLIC_TYPE(type_autoscaler_v2beta2, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_v2beta2));

/* ---- autoscaling/v2beta1, v1 ---- */

TYPE(object_source_old, OBJECT("target", reference), STRING("metricName"), QUANTITY("targetValue"),
     OBJECT("selector", selector), QUANTITY("averageValue"));
TYPE(pods_source_old, STRING("metricName"), QUANTITY("targetAverageValue"), OBJECT("selector", selector));
TYPE(resource_source_old, STRING("name"), INT32("targetAverageUtilization"), QUANTITY("targetAverageValue"));
TYPE(container_source_old, STRING("name"), INT32("targetAverageUtilization"), QUANTITY("targetAverageValue"),
     STRING("container"));
TYPE(external_source_old, STRING("metricName"), OBJECT("metricSelector", selector), QUANTITY("targetValue"),
     QUANTITY("targetAverageValue"));
TYPE(metric_old, STRING("type"), OBJECT("object", object_source_old), OBJECT("pods", pods_source_old),
     OBJECT("resource", resource_source_old), OBJECT("containerResource", container_source_old),
     OBJECT("external", external_source_old));
TYPE(autoscaler_spec_v2beta1, BOUNDS, LIST("metrics", metric_old));
PUBLIC_TYPE(type_autoscaler_v2beta1, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_v2beta1));
TYPE(autoscaler_spec_v1, BOUNDS, INT32("targetCPUUtilizationPercentage"));
PUBLIC_TYPE(type_autoscaler_v1, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_v1));
PUBLIC_TYPE(type_metrics_annotation, LIST("metrics", metric_old), OBJECT("behavior", behavior));
