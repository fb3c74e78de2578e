#include "metrics.h"

/* external.metrics.k8s.io: all the values of a metric that its labels select. */

#define EXTERNAL_API "/apis/external.metrics.k8s.io/v1beta1"

char *external_path(struct arena *arena, const char *namespace_, const char *metric, const char *selector)
{
	const char *space = metric_escaped(arena, namespace_), *name = metric_escaped(arena, metric);
	const char *which = metric_escaped(arena, selector ? selector : "");
	if (!space || !name || !which)
		return NULL;
	return metric_text(arena, EXTERNAL_API "/namespaces/%s/%s%s%s", space, name, *which ? "?labelSelector=" : "",
			   which);
}

int external_decode(const char *text, size_t size, struct metric_values *values, struct err *err)
{
	struct json_value items, item;
	if (metric_list_parse(text, size, "ExternalMetricValueList", &items, err) < 0)
		return -1;
	struct json_walk walk = json_walk(items);
	for (uint32_t i = 0; json_each(&walk, NULL, &item); i++) {
		int64_t milli;
		if (metric_value(item, i, &milli, err) < 0 ||
		    metric_values_add(values, milli, json_time(json_in(item, "timestamp")), err) < 0)
			return -1;
	}
	return values->n ? 0 : err_set(err, "no metrics returned from external metrics API");
}
