/* The API types that manifests are checked against: which fields exist, and of what shape. Private to
 * autoscaler/io. Source: k8s.io/api v0.36 (autoscaling, apps, core/v1), meta/v1. */
#ifndef PLIMSOLL_IO_MANIFEST_TYPES_H
#define PLIMSOLL_IO_MANIFEST_TYPES_H

#include "manifest_field.h"

extern const struct type type_autoscaler_v1, type_autoscaler_v2beta1, type_autoscaler_v2beta2, type_autoscaler_v2;
extern const struct type type_autoscaler_own; /* plimsoll.dev/v1alpha1: v2, and what we add */
extern const struct type type_annotated_metrics;
extern const struct type type_deployment, type_statefulset, type_replicaset, type_daemonset;
extern const struct type type_deployment_old, type_daemonset_old; /* before apps/v1 */

extern const struct type type_metadata, type_selector; /* meta/v1 */
extern const struct type type_template, type_claim;    /* core/v1 PodTemplateSpec, PersistentVolumeClaim */

/* ---- how the tables are written ---- */

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
/* clang-format on */

#endif
