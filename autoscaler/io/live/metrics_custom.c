#include "metrics.h"

/* custom.metrics.k8s.io. v1beta1 and v1beta2 differ in the names of fields that are not needed here, and in the
 * window's: window, windowSeconds. */

#define CUSTOM_API     "/apis/custom.metrics.k8s.io"
#define WINDOW_DEFAULT MINUTE_MS

static const char *const versions[] = {"v1beta2", "v1beta1"};

char *custom_group_path(struct arena *arena)
{
	return arena_strdup(arena, CUSTOM_API);
}

static bool is_known(struct json_value version, char out[CUSTOM_VERSION_MAX])
{
	for (size_t i = 0; i < COUNT(versions); i++)
		if (json_equals(json_in(version, "version"), versions[i])) {
			snprintf(out, CUSTOM_VERSION_MAX, "%s", versions[i]);
			return true;
		}
	return false;
}

int custom_version_decode(const char *text, size_t size, char version[CUSTOM_VERSION_MAX], struct err *err)
{
	struct json_value group, each;
	if (json_value_parse("APIGroup", text, size, &group, err) < 0)
		return -1;
	if (is_known(json_in(group, "preferredVersion"), version))
		return 0;
	struct json_walk walk = json_walk(json_in(group, "versions"));
	while (json_each(&walk, NULL, &each))
		if (is_known(each, version))
			return 0;
	return err_set(err, "no known available metric versions found (known are v1beta2 and v1beta1)");
}

/* "&NAME=VALUE" or "?NAME=VALUE", or nothing. */
static const char *parameter(struct arena *arena, char before, const char *name, const char *value)
{
	if (!value || !*value)
		return "";
	const char *escaped = metric_escaped(arena, value);
	return escaped ? metric_text(arena, "%c%s=%s", before, name, escaped) : NULL;
}

char *custom_pods_path(struct arena *arena, const char *namespace_, const char *metric, const char *pods,
		       const char *metric_selector)
{
	const char *which = parameter(arena, '?', "labelSelector", pods);
	const char *series = parameter(arena, pods && *pods ? '&' : '?', "metricLabelSelector", metric_selector);
	const char *space = metric_escaped(arena, namespace_), *name = metric_escaped(arena, metric);
	if (!which || !series || !space || !name)
		return NULL;
	return metric_text(arena, "/namespaces/%s/pods/*/%s%s%s", space, name, which, series);
}

char *custom_object_path(struct arena *arena, const char *namespace_, const char *resource, const char *name,
			 const char *metric, const char *metric_selector)
{
	const char *series = parameter(arena, '?', "metricLabelSelector", metric_selector);
	const char *space = metric_escaped(arena, namespace_), *wanted = metric_escaped(arena, metric);
	if (!series || !space || !wanted)
		return NULL;
	if (!resource)
		return metric_text(arena, "/namespaces/%s/metrics/%s%s", space, wanted, series);
	const char *kind = metric_escaped(arena, resource), *object = metric_escaped(arena, name);
	if (!kind || !object)
		return NULL;
	return metric_text(arena, "/namespaces/%s/%s/%s/%s%s", space, kind, object, wanted, series);
}

static ms_t window_of(struct json_value item)
{
	return metric_window(json_in(item, "windowSeconds"), metric_window(json_in(item, "window"), WINDOW_DEFAULT));
}

int custom_pods_decode(const char *text, size_t size, const char *namespace_, struct pod_table *table, struct err *err)
{
	struct json_value items, item;
	if (metric_list_parse(text, size, "MetricValueList", &items, err) < 0)
		return -1;
	struct json_walk walk = json_walk(items);
	while (json_each(&walk, NULL, &item)) {
		char name[256];
		size_t length = json_copy(json_path(item, "describedObject.name"), name, sizeof name);
		bool fits = length < sizeof name;
		struct measured *row =
		    pod_table_add(table, piece_of(namespace_), (struct piece){name, fits ? length : 0});
		struct used *used = row ? pod_table_use(table, (struct piece){"", 0}) : NULL;
		if (!used)
			return err_set(err, "out of memory");
		row->n = 1;
		row->at = json_time(json_in(item, "timestamp"));
		row->window = window_of(item);
		int64_t milli = json_milli(json_in(item, "value"), INT64_MIN);
		used->value[0] = milli >= 0 ? milli : milli == INT64_MIN ? USED_ABSURD : USED_NEGATIVE;
	}
	return 0;
}

int custom_object_decode(const char *text, size_t size, struct metric_values *values, struct err *err)
{
	struct json_value items, item, first = {0};
	if (metric_list_parse(text, size, "MetricValueList", &items, err) < 0)
		return -1;
	struct json_walk walk = json_walk(items);
	uint32_t n = 0;
	while (json_each(&walk, NULL, &item))
		if (n++ == 0)
			first = item;
	if (n != 1)
		return err_set(err, "the custom metrics API server returned %u results when we asked for exactly one",
			       n);
	int64_t milli;
	if (metric_value(first, 0, &milli, err) < 0)
		return -1;
	return metric_values_add(values, milli, json_time(json_in(first, "timestamp")), err);
}
