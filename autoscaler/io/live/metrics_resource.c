#include "metrics.h"

/* metrics.k8s.io: the usage of containers. A sum is over all the containers that the answer has, whatever the pod's
 * spec says; one that lacks the resource makes the pod a missing one. */

#define RESOURCE_API "/apis/metrics.k8s.io/v1beta1"

static const char *const used_names[USED_KINDS] = {[USED_CPU] = "cpu", [USED_MEMORY] = "memory"};

int resource_kind(const char *name)
{
	for (int i = 0; i < USED_KINDS; i++)
		if (strcmp(used_names[i], name) == 0)
			return i;
	return -1;
}

char *resource_metrics_path(struct arena *arena, const char *namespace_)
{
	if (!namespace_)
		return metric_text(arena, RESOURCE_API "/pods");
	const char *name = metric_escaped(arena, namespace_);
	return name ? metric_text(arena, RESOURCE_API "/namespaces/%s/pods", name) : NULL;
}

/* Names have no escapes; what has is no name, and nothing is found by it. */
static struct piece plain(struct json_value text)
{
	struct json_value bytes;
	return json_plain(text, &bytes) ? (struct piece){bytes.at, (size_t)(bytes.end - bytes.at)}
					: (struct piece){"", 0};
}

static int64_t usage(struct json_value value)
{
	int64_t milli = json_milli(value, INT64_MIN);
	return milli >= 0 ? milli : milli == INT64_MIN ? USED_ABSURD : USED_NEGATIVE;
}

static int decode_container(struct json_value container, struct pod_table *table, struct err *err)
{
	enum { NAME, USAGE, PARTS };
	static const char *const keys[PARTS] = {"name", "usage"};
	struct json_value part[PARTS], given[USED_KINDS];
	json_pick(container, keys, PARTS, part);
	struct used *used = pod_table_use(table, plain(part[NAME]));
	if (!used)
		return err_set(err, "out of memory");
	json_pick(part[USAGE], used_names, USED_KINDS, given);
	for (int i = 0; i < USED_KINDS; i++)
		if (given[i].at)
			used->value[i] = usage(given[i]);
	return 0;
}

static int decode_pod(struct json_value item, struct pod_table *table, struct err *err)
{
	enum { METADATA, TIMESTAMP, WINDOW, CONTAINERS, PARTS };
	static const char *const keys[PARTS] = {"metadata", "timestamp", "window", "containers"};
	static const char *const name_keys[] = {"namespace", "name"};
	struct json_value part[PARTS], name[2], container;
	json_pick(item, keys, PARTS, part);
	json_pick(part[METADATA], name_keys, 2, name);
	struct measured *row = pod_table_add(table, plain(name[0]), plain(name[1]));
	if (!row)
		return err_set(err, "out of memory");
	row->at = json_time(part[TIMESTAMP]);
	row->window = min64(max64(json_duration(part[WINDOW], 0), 0), 365 * DAY_MS);
	struct json_walk walk = json_walk(part[CONTAINERS]);
	while (json_each(&walk, NULL, &container)) {
		if (decode_container(container, table, err) < 0)
			return -1;
		row->n++;
	}
	return 0;
}

int resource_metrics_decode(const char *text, size_t size, struct pod_table *table, struct err *err)
{
	struct json_value items, item;
	if (metric_list_parse(text, size, "PodMetricsList", &items, err) < 0)
		return -1;
	struct json_walk walk = json_walk(items);
	while (json_each(&walk, NULL, &item))
		if (decode_pod(item, table, err) < 0)
			return -1;
	return 0;
}

/* ---- samples ---- */

static enum sample_fault add_usage(int64_t value, int64_t *sum)
{
	switch (value) {
	case USED_NONE:
		return SAMPLE_MISSING;
	case USED_NEGATIVE:
		return SAMPLE_NEGATIVE;
	case USED_ABSURD:
		return SAMPLE_ABSURD;
	default:
		if (__builtin_add_overflow(*sum, value, sum))
			*sum = INT64_MAX;
		return SAMPLE_FINE;
	}
}

static enum sample_fault sum_usage(const struct pod_table *table, const struct measured *row,
				   const struct metric_spec *metric, int64_t *sum)
{
	int kind = metric->type == METRIC_PODS ? 0 : resource_kind(metric->name);
	struct piece wanted = metric->container ? piece_of(metric->container) : (struct piece){0};
	bool one = metric->type == METRIC_CONTAINER_RESOURCE;
	enum sample_fault fault = SAMPLE_MISSING;
	for (uint32_t i = 0; kind >= 0 && i < row->n; i++) {
		const struct used *used = &table->used[row->first + i];
		struct piece name = used_name(table, used);
		if (one && (name.size != wanted.size || memcmp(name.at, wanted.at, name.size) != 0))
			continue;
		fault = add_usage(used->value[kind], sum);
		if (one || fault != SAMPLE_FINE)
			return fault;
	}
	return fault;
}

enum sample_fault metric_sample(const struct pod_table *table, const struct measured *row,
				const struct metric_spec *metric, struct sample *sample)
{
	int64_t sum = 0;
	*sample = (struct sample){.value = -1};
	enum sample_fault fault = sum_usage(table, row, metric, &sum);
	if (fault == SAMPLE_FINE && row->at == MS_UNSET)
		fault = SAMPLE_NO_TIME;
	if (fault == SAMPLE_FINE)
		*sample = (struct sample){sum, row->at, row->window};
	return fault;
}

const char *sample_fault_text(enum sample_fault fault)
{
	static const char *const texts[] = {
	    [SAMPLE_FINE] = "",
	    [SAMPLE_MISSING] = "a container without usage",
	    [SAMPLE_NO_TIME] = "no timestamp",
	    [SAMPLE_NEGATIVE] = "a negative value",
	    [SAMPLE_ABSURD] = "a value that is not a quantity",
	};
	return texts[fault];
}
