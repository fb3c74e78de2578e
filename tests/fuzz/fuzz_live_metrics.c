/* Answers of the metrics APIs and of Prometheus: the first byte says which. What was read is consistent. */
#include "../../autoscaler/io/live/metrics.h"
#include "fuzz.h"

static void use_pods(const struct pod_table *table)
{
	static const struct metric_spec specs[] = {
	    {.type = METRIC_RESOURCE, .name = "cpu", .is_cpu = true},
	    {.type = METRIC_CONTAINER_RESOURCE, .name = "memory", .container = "a"},
	    {.type = METRIC_PODS, .name = "qps"},
	};
	for (uint32_t r = 0; r < table->n_rows; r++) {
		const struct measured *row = &table->rows[r];
		struct piece namespace_ = {table->text + row->text, row->namespace_length};
		struct piece name = {namespace_.at + namespace_.size, row->name_length};
		if (pod_table_find(table, namespace_, name) != row)
			abort();
		for (size_t s = 0; s < COUNT(specs); s++) {
			struct sample sample;
			bool fine = metric_sample(table, row, &specs[s], &sample) == SAMPLE_FINE;
			if (fine != (sample.value >= 0) || (fine && (sample.at == MS_UNSET || sample.window < 0)))
				abort();
		}
	}
}

static void use_values(const struct metric_values *values)
{
	for (uint32_t i = 0; i < values->n; i++)
		if (values->values[i] < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pod_table table = {0};
	struct metric_values values = {.at = MS_UNSET};
	char version[CUSTOM_VERSION_MAX];
	struct err err;
	if (size == 0)
		return 0;
	size_t length = size - 1;
	char *text = fuzz_text(data + 1, length);
	switch (data[0] % 6) {
	case 0:
		resource_metrics_decode(text, length, &table, &err);
		break;
	case 1:
		custom_pods_decode(text, length, "default", &table, &err);
		break;
	case 2:
		custom_object_decode(text, length, &values, &err);
		break;
	case 3:
		external_decode(text, length, &values, &err);
		break;
	case 4:
		prometheus_decode(text, length, &values, &err);
		break;
	default:
		custom_version_decode(text, length, version, &err);
	}
	use_pods(&table);
	use_values(&values);
	pod_table_free(&table);
	free(values.values);
	free(text);
	return 0;
}
