/* What is asked of each metrics API, and what its answers mean: no connection is made here.
 * Sources: k8s.io/metrics pkg/apis and pkg/client, kubernetes/kubernetes
 * pkg/controller/podautoscaler/metrics/client.go, prometheus.io/docs/prometheus/latest/querying/api. Private to
 * io/live. */
#ifndef PLIMSOLL_METRICS_H
#define PLIMSOLL_METRICS_H

#include "../text/json_value.h"
#include "hpa.h"
#include "pod_table.h"

/* ---- what they share ---- */

/* Values of an Object, External or Prometheus metric, milli-units. */
struct metric_values {
	int64_t *values;
	uint32_t n;
	size_t room;
	ms_t at; /* of the newest, MS_UNSET: none has a time */
};
#define METRIC_VALUES_MAX 100000

/* A text in the arena, or NULL: out of memory. */
char *metric_text(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Everything but letters, digits and -._~ as %XX. */
char *metric_escaped(struct arena *, const char *text);

/* The document as an object whose items are an array (none: empty), of this kind when it says one. */
int metric_list_parse(const char *text, size_t size, const char *kind, struct json_value *items, struct err *);
/* item.value in milli-units, which must be there, be a quantity and not be negative. */
int metric_value(struct json_value item, uint32_t index, int64_t *milli, struct err *);
int metric_values_add(struct metric_values *, int64_t milli, ms_t at, struct err *);

/* Seconds of a window, in ms: absent: fallback; beyond all reason: a bound. */
ms_t metric_window(struct json_value seconds, ms_t fallback);

/* ---- metrics.k8s.io ---- */

char *resource_metrics_path(struct arena *, const char *namespace_); /* NULL: of all namespaces */
/* Adds the pods of a PodMetricsList. */
int resource_metrics_decode(const char *text, size_t size, struct pod_table *, struct err *);

enum sample_fault {
	SAMPLE_FINE,
	SAMPLE_MISSING, /* no such container, or one without usage of the resource: a missing pod, as upstream (1.36) */
	SAMPLE_NO_TIME,
	SAMPLE_NEGATIVE,
	SAMPLE_ABSURD,
};
/* The sample of one pod for a Resource, ContainerResource or Pods metric; anything but SAMPLE_FINE: value -1. */
enum sample_fault metric_sample(const struct pod_table *, const struct measured *, const struct metric_spec *,
				struct sample *);
const char *sample_fault_text(enum sample_fault);
/* USED_CPU, USED_MEMORY; -1: a resource that is not followed. */
int resource_kind(const char *name);

/* ---- custom.metrics.k8s.io ---- */

#define CUSTOM_VERSION_MAX 16
char *custom_group_path(struct arena *);
/* Of an APIGroup, the version to speak, as upstream chooses: the preferred one if it is known, else the first that is.
 */
int custom_version_decode(const char *text, size_t size, char version[CUSTOM_VERSION_MAX], struct err *);
/* Paths behind /apis/custom.metrics.k8s.io/VERSION. Selectors as text; NULL or "": everything. */
char *custom_pods_path(struct arena *, const char *namespace_, const char *metric, const char *pods,
		       const char *metric_selector);
/* resource: plural and group, "ingresses.networking.k8s.io"; NULL: the namespace itself. */
char *custom_object_path(struct arena *, const char *namespace_, const char *resource, const char *name,
			 const char *metric, const char *metric_selector);
int custom_pods_decode(const char *text, size_t size, const char *namespace_, struct pod_table *, struct err *);
int custom_object_decode(const char *text, size_t size, struct metric_values *, struct err *);

/* ---- external.metrics.k8s.io ---- */

char *external_path(struct arena *, const char *namespace_, const char *metric, const char *selector);
int external_decode(const char *text, size_t size, struct metric_values *, struct err *);

/* ---- Prometheus ---- */

/* "query=...&time=1764000000.000", for a URL or a form. */
char *prometheus_query(struct arena *, const char *query, ms_t wall);
int prometheus_decode(const char *text, size_t size, struct metric_values *, struct err *);

#endif
