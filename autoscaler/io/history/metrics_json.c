#include "metrics_json.h"

#include "../live/metrics.h"
#include "../text/grown.h"
#include "../text/input.h"
#include "visible.h"

#define CHUNK ((size_t)64 * 1024)

static int by_workload(const void *a, const void *b)
{
	return strcmp(((const struct usage_sum *)a)->workload, ((const struct usage_sum *)b)->workload);
}

static int64_t sum(int64_t a, int64_t b)
{
	int64_t total;
	return __builtin_add_overflow(a, b, &total) ? INT64_MAX : total;
}

size_t usage_merge(struct usage_sum *sums, size_t n)
{
	size_t kept = 0;
	if (n)
		qsort(sums, n, sizeof *sums, by_workload);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(sums[kept - 1].workload, sums[i].workload) != 0) {
			sums[kept++] = sums[i];
			continue;
		}
		struct usage_sum *to = &sums[kept - 1];
		to->cpu_milli = sum(to->cpu_milli, sums[i].cpu_milli);
		to->memory_bytes = sum(to->memory_bytes, sums[i].memory_bytes);
		to->cpu_request_milli = sum(to->cpu_request_milli, sums[i].cpu_request_milli);
		to->memory_request_bytes = sum(to->memory_request_bytes, sums[i].memory_request_bytes);
		to->pods += sums[i].pods;
		to->measured += sums[i].measured;
	}
	return kept;
}

/* ---- one list ---- */

/* 1: added to the sums; 0: it was not measured, or is left out. */
static int add_pod(const struct pod_table *table, const struct measured *row, const struct mapping *mapping,
		   struct arena *arena, struct usage_sum *to, struct err *err)
{
	static const struct metric_spec cpu = {.type = METRIC_RESOURCE, .name = "cpu", .is_cpu = true};
	static const struct metric_spec memory = {.type = METRIC_RESOURCE, .name = "memory"};
	struct sample used[2];
	char name[WORKLOAD_NAME_SIZE];
	if (metric_sample(table, row, &cpu, &used[0]) != SAMPLE_FINE ||
	    metric_sample(table, row, &memory, &used[1]) != SAMPLE_FINE)
		return 0;
	const char *at = table->text + row->text;
	const struct series_label labels[] = {
	    {"namespace", arena_strndup(arena, at, row->namespace_length)},
	    {"pod", arena_strndup(arena, at + row->namespace_length, row->name_length)},
	};
	if (!labels[0].value || !labels[1].value)
		return err_set(err, "out of memory");
	int named = mapping_name(mapping, labels, COUNT(labels), name, err);
	if (named <= 0)
		return named;
	*to = (struct usage_sum){arena_strdup(arena, name), used[0].value, used[1].value / 1000, 1, 1, 0, 0};
	return to->workload ? 1 : err_set(err, "out of memory");
}

static int add_sums(const struct usage_sum *sums, size_t n, ms_t at, uint32_t cpu, uint32_t memory, struct trace *trace,
		    struct err *err)
{
	int64_t values[HISTORY_COLUMNS_MAX];
	uint32_t series;
	memset(values, -1, sizeof values);
	if (trace_look(trace, at, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (sums[i].cpu_milli > LOAD_MAX_CORES * INT64_C(1000))
			return err_set(err, "%.100s: more than %d cores", sums[i].workload, LOAD_MAX_CORES);
		values[cpu] = sums[i].cpu_milli * (NANO / 1000);
		values[memory] = sums[i].memory_bytes;
		if (trace_series(trace, sums[i].workload, strlen(sums[i].workload), sums[i].workload, &series, err) <
			0 ||
		    trace_add(trace, series, at, values, 0, err) < 0)
			return -1;
	}
	return 1;
}

static int add_table(const struct pod_table *table, const struct mapping *mapping, uint32_t cpu, uint32_t memory,
		     struct trace *trace, struct err *err)
{
	struct arena arena = {0};
	struct usage_sum *sums = arena_alloc(&arena, table->n_rows, sizeof *sums);
	ms_t at = MS_UNSET;
	size_t n = 0;
	int status = sums ? 0 : err_set(err, "out of memory");
	for (uint32_t r = 0; status >= 0 && r < table->n_rows; r++) {
		at = max64(at, table->rows[r].at);
		status = add_pod(table, &table->rows[r], mapping, &arena, &sums[n], err);
		n += status > 0;
	}
	if (status >= 0)
		status = at == MS_UNSET ? 0 : add_sums(sums, usage_merge(sums, n), at, cpu, memory, trace, err);
	arena_free(&arena);
	return status;
}

int metrics_json_add(const char *text, size_t size, const struct mapping *mapping, uint32_t cpu, uint32_t memory,
		     struct trace *trace, struct err *err)
{
	struct pod_table table = {0};
	int status = resource_metrics_decode(text, size, &table, err);
	if (status == 0)
		status = add_table(&table, mapping, cpu, memory, trace, err);
	pod_table_free(&table);
	return status;
}

/* ---- a file ---- */

size_t json_document_length(const char *text, size_t size)
{
	bool inside = false, begun = false;
	size_t depth = 0;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (inside) {
			i += c == '\\';
			inside = c != '"';
			continue;
		}
		inside = c == '"';
		begun |= c == '{' || c == '[';
		depth += c == '{' || c == '[';
		depth -= depth && (c == '}' || c == ']');
		if (begun && depth == 0)
			return i + 1;
	}
	return 0;
}

struct reading {
	const char *name;
	const struct mapping *mapping;
	uint32_t cpu, memory;
	struct trace *trace;
	char *text;
	size_t size, room, looked; /* looked: it is known that the first document is not whole so far */
	uint64_t documents;
};

static bool is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

static int take_document(struct reading *r, size_t length, struct err *err)
{
	char kept = r->text[length];
	r->documents++;
	r->text[length] = 0;
	int status = metrics_json_add(r->text, length, r->mapping, r->cpu, r->memory, r->trace, err);
	r->text[length] = kept;
	if (status < 0)
		return err_wrap(err, "%.300s: document %llu", r->name, (unsigned long long)r->documents);
	r->size -= length;
	memmove(r->text, r->text + length, r->size);
	r->looked = 0;
	return 0;
}

/* A document that grows is looked at anew when it has doubled: not at each piece. */
static int take_whole(struct reading *r, bool end, struct err *err)
{
	size_t length;
	while ((end || r->size >= 2 * r->looked) && (length = json_document_length(r->text, r->size)) > 0)
		if (take_document(r, length, err) < 0)
			return -1;
	if (r->size >= 2 * r->looked)
		r->looked = r->size;
	return 0;
}

static int read_file(struct reading *r, void *file, struct err *err)
{
	ptrdiff_t got;
	do {
		char *text = heap_room(r->text, r->size, CHUNK + 1, &r->room, 1);
		if (!text)
			return err_set(err, "%.300s: out of memory", r->name);
		r->text = text;
		got = gzip_read(file, r->text + r->size, CHUNK, err);
		if (got < 0)
			return err_wrap(err, "%.300s", r->name);
		r->size += (size_t)got;
		if (take_whole(r, got == 0, err) < 0)
			return -1;
		if (r->size > SNAPSHOT_BYTES_MAX)
			return err_set(err, "%.300s: document %llu is larger than %zu MiB", r->name,
				       (unsigned long long)r->documents + 1, SNAPSHOT_BYTES_MAX >> 20);
	} while (got > 0);
	if (!is_blank(r->text, r->size))
		return err_set(err, "%.300s: ends within document %llu", r->name, (unsigned long long)r->documents + 1);
	return r->documents ? 0 : err_set(err, "%.300s: is empty", r->name);
}

int metrics_json_read(const char *path, const struct mapping *mapping, uint32_t cpu, uint32_t memory,
		      struct trace *trace, struct err *err)
{
	struct reading reading = {.mapping = mapping, .cpu = cpu, .memory = memory, .trace = trace};
	void *file = gzip_open(path, &reading.name, err);
	if (!file)
		return -1;
	int status = read_file(&reading, file, err);
	free(reading.text);
	gzip_close(file);
	return status;
}
