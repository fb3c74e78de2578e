/* The kinds that are read, one function each. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_READ_H
#define PLIMSOLL_IO_MANIFEST_READ_H

#include "manifest.h"
#include "manifest_field.h"

/* One row of the table of kinds. */
struct manifest_kind {
	const char *api_version, *kind;
	const struct type *type;
	enum workload_kind workload; /* of workloads */
	bool is_autoscaler;
	bool old; /* before apps/v1: selectors default to the template's labels */
	int (*metrics)(const struct place *spec, struct hpa_spec *); /* of autoscalers: reads spec's metrics */
};

/* Both read a root that was checked against the row's type; what they point to lives in the source's arena. */
int read_autoscaler(const struct place *root, const struct manifest_kind *, struct hpa_spec *);
int read_workload(const struct place *root, const struct manifest_kind *, struct workload_spec *);
/* Fills the containers, requests, limits and timings of a workload from spec.template.spec. */
int read_pod(const struct place *pod, struct workload_spec *);

/* Notes what spec asks for that is not modelled. */
int read_unmodelled(const struct place *spec, struct workload_spec *);

int read_metrics_v1(const struct place *spec, struct hpa_spec *);
int read_metrics_v2beta1(const struct place *spec, struct hpa_spec *);
int read_metrics_v2(const struct place *spec, struct hpa_spec *);
int read_metrics_own(const struct place *spec, struct hpa_spec *);
/* How a metric is asked for, from its source in the shape of autoscaling/v2. */
int read_ask(const struct place *source, const struct metric_spec *, struct metric_ask *);

/* Zeroed memory for count items, or a message. */
void *place_alloc(const struct place *, size_t count, size_t size);

/* Adds the objects of a text to what was collected; name stands for the file. */
struct collector;
int collect_text(struct collector *, const char *name, const char *text, size_t length, struct err *err);

#endif
