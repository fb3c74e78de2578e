/* What the metrics of an Autoscaler are now, in the shape of an autoscaling/v2 HPA's status. */
#include "actuate_internal.h"

struct measured {
	bool has_percent, has_value;
	int64_t percent, average, value; /* percent of the requests; milli-units: per pod, in all */
};

static int64_t clamp(wide_t number)
{
	return number > INT64_MAX ? INT64_MAX : number < INT64_MIN ? INT64_MIN : (int64_t)number;
}

static void measure_pods(const struct metric_input *input, uint32_t n_pods, struct measured *out)
{
	wide_t usage = 0, requested = 0, of_requested = 0;
	uint32_t n = 0;
	if (!input->samples)
		return;
	for (uint32_t i = 0; i < n_pods; i++) {
		if (input->samples[i].value < 0)
			continue;
		usage += input->samples[i].value;
		n++;
		int64_t request = input->requests ? input->requests[(size_t)i * input->request_step] : -1;
		if (request < 0)
			continue;
		requested += request;
		of_requested += input->samples[i].value;
	}
	out->has_value = n > 0;
	out->average = n ? clamp(usage / n) : 0;
	out->has_percent = requested > 0;
	out->percent = requested > 0 ? clamp(of_requested * 100 / requested) : 0;
}

static void measure_values(const struct metric_input *input, int32_t replicas, struct measured *out)
{
	wide_t sum = 0;
	for (uint32_t i = 0; input->values && i < input->n_values; i++)
		sum += input->values[i];
	out->has_value = input->values && input->n_values;
	out->value = clamp(sum);
	out->average = divide_up(max64(out->value, 0), max64(replicas, 1));
}

/* Of the metric that won, the core's own number; of the others, plain means over the samples. */
static struct measured measure(const struct live_said *said, uint32_t i)
{
	struct measured out = {0};
	const struct metric_spec *metric = &said->autoscaler->spec.metrics[i];
	const struct hpa_decision *decision = said->decision;
	if (said->metrics && !said->metrics[i].unavailable && metric->type < METRIC_OBJECT)
		measure_pods(&said->metrics[i], said->n_pods, &out);
	else if (said->metrics && !said->metrics[i].unavailable)
		measure_values(&said->metrics[i], decision ? decision->current : 1, &out);
	if (!decision || decision->metric != i || decision->proposal.error != CALC_OK)
		return out;
	if (metric->target_type == TARGET_UTILIZATION) {
		out.has_percent = true;
		out.percent = decision->proposal.usage;
	} else {
		out.has_value = true;
		out.average = out.value = decision->proposal.usage;
	}
	return out;
}

static void put_current(struct json_put *put, const struct metric_spec *metric, const struct measured *measured)
{
	json_put_object(put, "current");
	if (metric->target_type == TARGET_UTILIZATION && measured->has_percent)
		json_put_int(put, "averageUtilization", measured->percent);
	if (metric->target_type == TARGET_VALUE)
		json_put_milli(put, "value", measured->value);
	else if (measured->has_value)
		json_put_milli(put, "averageValue", measured->average);
	json_put_end(put);
}

static void put_described(struct json_put *put, const struct metric_ask *ask)
{
	json_put_object(put, "describedObject");
	json_put_text(put, "apiVersion", ask->object_api ? ask->object_api : "v1");
	json_put_text(put, "kind", ask->object_kind ? ask->object_kind : "");
	json_put_text(put, "name", ask->object_name ? ask->object_name : "");
	json_put_end(put);
}

static void put_identifier(struct json_put *put, const char *name)
{
	json_put_object(put, "metric");
	json_put_text(put, "name", name);
	json_put_end(put);
}

static void put_metric(struct json_put *put, const struct metric_spec *metric, const struct metric_ask *ask,
		       const struct measured *measured)
{
	static const char *const types[] = {"Resource", "ContainerResource", "Pods",
					    "Object",   "External",          "Prometheus"};
	static const char *const keys[] = {"resource", "containerResource", "pods", "object", "external", "prometheus"};
	bool query = metric->type == METRIC_EXTERNAL && ask && ask->query;
	bool plain = query || metric->type == METRIC_RESOURCE || metric->type == METRIC_CONTAINER_RESOURCE;
	json_put_object(put, NULL);
	json_put_text(put, "type", types[metric->type + query]);
	json_put_object(put, keys[metric->type + query]);
	if (metric->type == METRIC_OBJECT && ask)
		put_described(put, ask);
	if (plain)
		json_put_text(put, "name", metric->name);
	else
		put_identifier(put, metric->name);
	if (metric->type == METRIC_CONTAINER_RESOURCE)
		json_put_text(put, "container", metric->container ? metric->container : "");
	put_current(put, metric, measured);
	json_put_end(put);
	json_put_end(put);
}

void status_put_metrics(struct json_put *put, const struct live_said *said)
{
	const struct hpa_spec *spec = &said->autoscaler->spec;
	json_put_array(put, "currentMetrics");
	for (uint32_t i = 0; said->decision && i < spec->n_metrics; i++) {
		struct measured measured = measure(said, i);
		if (measured.has_percent || measured.has_value)
			put_metric(put, &spec->metrics[i], spec->asks ? &spec->asks[i] : NULL, &measured);
	}
	json_put_end(put);
}

/* ---- targets: the column of kubectl get ---- */

static const char *show_milli(char text[24], int64_t milli)
{
	if (milli % 1000)
		snprintf(text, 24, "%lldm", (long long)milli);
	else
		snprintf(text, 24, "%lld", (long long)milli / 1000);
	return text;
}

static void show_target(char *out, size_t size, const struct metric_spec *metric, const struct measured *measured)
{
	char current[24] = "<unknown>", target[24];
	bool percent = metric->target_type == TARGET_UTILIZATION;
	if (percent && measured->has_percent)
		snprintf(current, sizeof current, "%lld%%", (long long)measured->percent);
	else if (!percent && measured->has_value)
		show_milli(current, metric->target_type == TARGET_VALUE ? measured->value : measured->average);
	if (percent)
		snprintf(target, sizeof target, "%lld%%", (long long)metric->target);
	else
		show_milli(target, metric->target);
	/* kubectl names resources only. */
	bool named = metric->type == METRIC_RESOURCE || metric->type == METRIC_CONTAINER_RESOURCE;
	bool averaged = metric->type >= METRIC_OBJECT && metric->target_type == TARGET_AVERAGE_VALUE;
	snprintf(out, size, "%.60s%s%s/%s%s", named ? metric->name : "", named ? ": " : "", current, target,
		 averaged ? " (avg)" : "");
}

/* Two of them, and how many more: as kubectl does. */
void status_put_targets(struct json_put *put, const struct live_said *said)
{
	const struct hpa_spec *spec = &said->autoscaler->spec;
	char text[400] = "";
	for (uint32_t i = 0; said->decision && i < spec->n_metrics && i < 2; i++) {
		char one[160];
		struct measured measured = measure(said, i);
		size_t length = strlen(text);
		show_target(one, sizeof one, &spec->metrics[i], &measured);
		snprintf(text + length, sizeof text - length, "%s%s", i ? ", " : "", one);
	}
	size_t length = strlen(text);
	if (said->decision && spec->n_metrics > 2)
		snprintf(text + length, sizeof text - length, " + %u more...", spec->n_metrics - 2);
	json_put_text(put, "targets", text[0] ? text : NULL);
}
