/* The API types that manifests are checked against: which fields exist, and of what shape. Private to
 * autoscaler/io. Source: k8s.io/api v0.36 (autoscaling, apps, core/v1), meta/v1. */
#ifndef PLIMSOLL_IO_MANIFEST_TYPES_H
#define PLIMSOLL_IO_MANIFEST_TYPES_H

#include "manifest_field.h"

extern const struct type type_autoscaler_v1, type_autoscaler_v2beta1, type_autoscaler_v2beta2, type_autoscaler_v2;
extern const struct type type_deployment, type_statefulset, type_replicaset, type_daemonset;
extern const struct type type_deployment_old, type_daemonset_old; /* before apps/v1 */
extern const struct type type_metrics_annotation;                 /* {"metrics": ..., "behavior": ...} */

#endif
