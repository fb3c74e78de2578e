#include "manifest_types.h"

/* clang-format off */
/* ---- meta/v1 ---- */

PUBLIC_TYPE(type_metadata, STRING("name"), STRING("generateName"), STRING("namespace"), STRING("selfLink"), STRING("uid"),
     STRING("resourceVersion"), INT64("generation"), STRING("creationTimestamp"), STRING("deletionTimestamp"),
     INT64("deletionGracePeriodSeconds"), STRING_MAP("labels"), STRING_MAP("annotations"), ANY_LIST("ownerReferences"),
     STRINGS("finalizers"), STRING("clusterName"), ANY_LIST("managedFields"));
TYPE(requirement, STRING("key"), STRING("operator"), STRINGS("values"));
PUBLIC_TYPE(type_selector, STRING_MAP("matchLabels"), LIST("matchExpressions", requirement));

/* ---- apps/v1 ---- */

#define OBJECT_HEAD STRING("apiVersion"), STRING("kind"), OBJECT("metadata", type_metadata), ANY_OBJECT("status")

TYPE(rolling_update, NUMBER_OR_SHARE("maxUnavailable"), NUMBER_OR_SHARE("maxSurge"));
TYPE(strategy, STRING("type"), OBJECT("rollingUpdate", rolling_update));
#define DEPLOYMENT_FIELDS                                                                                              \
	INT32("replicas"), OBJECT("selector", type_selector), OBJECT("template", type_template), OBJECT("strategy", strategy),   \
	INT32("minReadySeconds"), INT32("revisionHistoryLimit"), BOOL("paused"), INT32("progressDeadlineSeconds")
TYPE(deployment_spec, DEPLOYMENT_FIELDS);
TYPE(deployment_spec_old, DEPLOYMENT_FIELDS, ANY_OBJECT("rollbackTo"));
PUBLIC_TYPE(type_deployment, OBJECT_HEAD, OBJECT("spec", deployment_spec));
PUBLIC_TYPE(type_deployment_old, OBJECT_HEAD, OBJECT("spec", deployment_spec_old));

TYPE(rolling_update_set, INT32("partition"), NUMBER_OR_SHARE("maxUnavailable"));
TYPE(strategy_set, STRING("type"), OBJECT("rollingUpdate", rolling_update_set));
TYPE(retention, STRING("whenDeleted"), STRING("whenScaled"));
TYPE(ordinals, INT32("start"));
TYPE(statefulset_spec, INT32("replicas"), OBJECT("selector", type_selector), OBJECT("template", type_template),
     LIST("volumeClaimTemplates", type_claim), STRING("serviceName"), STRING("podManagementPolicy"),
     OBJECT("updateStrategy", strategy_set), INT32("revisionHistoryLimit"), INT32("minReadySeconds"),
     OBJECT("persistentVolumeClaimRetentionPolicy", retention), OBJECT("ordinals", ordinals));
PUBLIC_TYPE(type_statefulset, OBJECT_HEAD, OBJECT("spec", statefulset_spec));

TYPE(replicaset_spec, INT32("replicas"), INT32("minReadySeconds"), OBJECT("selector", type_selector),
     OBJECT("template", type_template));
PUBLIC_TYPE(type_replicaset, OBJECT_HEAD, OBJECT("spec", replicaset_spec));

#define DAEMONSET_FIELDS                                                                                               \
	OBJECT("selector", type_selector), OBJECT("template", type_template), OBJECT("updateStrategy", strategy),                \
	INT32("minReadySeconds"), INT32("revisionHistoryLimit")
TYPE(daemonset_spec, DAEMONSET_FIELDS);
TYPE(daemonset_spec_old, DAEMONSET_FIELDS, INT64("templateGeneration"));
PUBLIC_TYPE(type_daemonset, OBJECT_HEAD, OBJECT("spec", daemonset_spec));
PUBLIC_TYPE(type_daemonset_old, OBJECT_HEAD, OBJECT("spec", daemonset_spec_old));

/* ---- autoscaling/v2, v2beta2 ---- */

TYPE(reference, STRING("kind"), STRING("name"), STRING("apiVersion"));
TYPE(target, STRING("type"), QUANTITY("value"), QUANTITY("averageValue"), INT32("averageUtilization"));
TYPE(identifier, STRING("name"), OBJECT("selector", type_selector));
TYPE(object_source, OBJECT("describedObject", reference), OBJECT("target", target), OBJECT("metric", identifier));
TYPE(pods_source, OBJECT("metric", identifier), OBJECT("target", target));
TYPE(resource_source, STRING("name"), OBJECT("target", target));
TYPE(container_source, STRING("name"), OBJECT("target", target), STRING("container"));
#define METRIC_FIELDS                                                                                                  \
	STRING("type"), OBJECT("object", object_source), OBJECT("pods", pods_source), OBJECT("resource", resource_source),       \
	OBJECT("containerResource", container_source), OBJECT("external", pods_source)
TYPE(metric, METRIC_FIELDS);
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

/* ---- plimsoll.dev/v1alpha1 ---- */

TYPE(prometheus_source, STRING("name"), STRING("server"), STRING("query"), OBJECT("target", target));
TYPE(metric_own, METRIC_FIELDS, OBJECT("prometheus", prometheus_source));
TYPE(autoscaler_spec_own, BOUNDS, LIST("metrics", metric_own), OBJECT("behavior", behavior), STRING("smoothing"));
PUBLIC_TYPE(type_autoscaler_own, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_own));

/* ---- autoscaling/v2beta1, v1 ---- */

TYPE(object_source_old, OBJECT("target", reference), STRING("metricName"), QUANTITY("targetValue"),
     OBJECT("selector", type_selector), QUANTITY("averageValue"));
TYPE(pods_source_old, STRING("metricName"), QUANTITY("targetAverageValue"), OBJECT("selector", type_selector));
TYPE(resource_source_old, STRING("name"), INT32("targetAverageUtilization"), QUANTITY("targetAverageValue"));
TYPE(container_source_old, STRING("name"), INT32("targetAverageUtilization"), QUANTITY("targetAverageValue"),
     STRING("container"));
TYPE(external_source_old, STRING("metricName"), OBJECT("metricSelector", type_selector), QUANTITY("targetValue"),
     QUANTITY("targetAverageValue"));
TYPE(metric_old, STRING("type"), OBJECT("object", object_source_old), OBJECT("pods", pods_source_old),
     OBJECT("resource", resource_source_old), OBJECT("containerResource", container_source_old),
     OBJECT("external", external_source_old));
TYPE(autoscaler_spec_v2beta1, BOUNDS, LIST("metrics", metric_old));
PUBLIC_TYPE(type_autoscaler_v2beta1, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_v2beta1));
TYPE(autoscaler_spec_v1, BOUNDS, INT32("targetCPUUtilizationPercentage"));
PUBLIC_TYPE(type_autoscaler_v1, OBJECT_HEAD, OBJECT("spec", autoscaler_spec_v1));
/* The annotation in which autoscaling/v1 carries metrics, wrapped to be an object. */
PUBLIC_TYPE(type_annotated_metrics, LIST("metrics", metric_old));
