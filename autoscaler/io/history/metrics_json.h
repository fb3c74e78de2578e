/* History out of what `kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods` printed, now and then. Private to io and
 * cmd. */
#ifndef PLIMSOLL_METRICS_JSON_H
#define PLIMSOLL_METRICS_JSON_H

#include "trace.h"

#define SNAPSHOT_BYTES_MAX ((size_t)256 << 20)

/* Where a sum is kept until all pods of a workload are in. */
struct usage_sum {
	const char *workload; /* borrowed */
	int64_t cpu_milli, memory_bytes;
	uint32_t pods, measured;
	int64_t cpu_request_milli, memory_request_bytes;
};
/* Sorts by workload, and makes one of those that have the same: how many are left. */
size_t usage_merge(struct usage_sum *, size_t n);

/* Reads a file (plain or gzip; "-": standard input) of one PodMetricsList or several that follow each other, and adds
 * them as looks of the trace, at their newest timestamp each. cpu, memory: columns of the history. */
int metrics_json_read(const char *path, const struct mapping *, uint32_t cpu, uint32_t memory, struct trace *,
		      struct err *);
/* One list; 0: it has no pod with a time, and nothing was added. 1: added. */
int metrics_json_add(const char *text, size_t size, const struct mapping *, uint32_t cpu, uint32_t memory,
		     struct trace *, struct err *);

/* The length of the first JSON value of the text, white space before it included; 0: it is not whole yet. */
size_t json_document_length(const char *text, size_t size);

#endif
