/* What histories are read from: Prometheus' matrix, snapshots of the metrics API, times. The first byte says which. */
#include "../../autoscaler/io/history/csv_history.h"
#include "../../autoscaler/io/history/matrix.h"
#include "../../autoscaler/io/history/metrics_json.h"
#include "../../autoscaler/io/history/owner.h"
#include "fuzz.h"

struct seen {
	ms_t last;
	bool begun;
};

static int see_series(void *self, const struct series_label *labels, size_t n, struct err *err)
{
	struct seen *seen = self;
	struct mapping mapping = {.n_labels = 0};
	char name[WORKLOAD_NAME_SIZE];
	mapping_name(&mapping, labels, n, name, err);
	for (size_t i = 0; i < n; i++)
		if (owner_length(labels[i].value, strlen(labels[i].value)) > strlen(labels[i].value))
			abort();
	*seen = (struct seen){MS_UNSET, true};
	return 0;
}

static int see_point(void *self, ms_t at, const char *text, size_t length, struct err *err)
{
	struct seen *seen = self;
	(void)err;
	if (!seen->begun || at <= seen->last || strnlen(text, length) != length)
		abort();
	seen->last = at;
	return 0;
}

static void see_warning(void *self, const char *text)
{
	(void)self;
	if (strlen(text) > 200)
		abort();
}

static void use_snapshot(const char *text, size_t size)
{
	struct err err;
	struct mapping mapping = {.n_labels = 0};
	uint32_t cpu, memory;
	struct history *history = history_open(&err);
	if (!history || history_column(history, "cpu", &cpu, &err) < 0 ||
	    history_column(history, "memory", &memory, &err) < 0)
		abort();
	struct trace *trace = trace_open(history, &mapping, &err);
	size_t length = json_document_length(text, size);
	if (length > size)
		abort();
	metrics_json_add(text, size, &mapping, cpu, memory, trace, &err);
	trace_spans(trace, 0, &err);
	trace_close(trace);
	history_close(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct seen seen = {0};
	const struct matrix_sink sink = {&seen, see_series, see_point, see_warning};
	ms_t at;
	if (size == 0)
		return 0;
	size_t length = size - 1;
	char *text = fuzz_text(data + 1, length);
	switch (data[0] % 3) {
	case 0:
		matrix_decode(text, length, &sink, &err);
		break;
	case 1:
		use_snapshot(text, length);
		break;
	default:
		if (time_pattern_read("%d/%b/%Y:%H:%M:%S.%f %z", text, length, 0, &at) == 0 && at < 0)
			abort();
	}
	free(text);
	return 0;
}
