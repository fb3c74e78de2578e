#include "recorder.h"

#define CRON_DIGITS 8 /* of the minutes since 1970 that a CronJob's Job ends with, at least */

static const char *label_of(const struct live_pod *pod, const char *key)
{
	for (uint32_t i = 0; i < pod->n_labels; i++)
		if (strcmp(pod->labels[i].key, key) == 0)
			return pod->labels[i].value;
	return NULL;
}

/* Length of the name without "-SUFFIX" at its end; all of it when it does not end so. */
static size_t without(const char *name, size_t length, size_t suffix)
{
	return suffix && suffix + 1 < length && name[length - suffix - 1] == '-' ? length - suffix - 1 : length;
}

static size_t owner_of(const struct live_pod *pod, const char *owner)
{
	size_t length = strlen(owner), suffix = 0;
	const char *hash = label_of(pod, "pod-template-hash");
	if (strcmp(pod->owner_kind, "ReplicaSet") == 0 && hash && length > strlen(hash) &&
	    strcmp(owner + length - strlen(hash), hash) == 0)
		return without(owner, length, strlen(hash));
	if (strcmp(pod->owner_kind, "Job") != 0)
		return length;
	while (suffix < length && owner[length - 1 - suffix] >= '0' && owner[length - 1 - suffix] <= '9')
		suffix++;
	return suffix >= CRON_DIGITS ? without(owner, length, suffix) : length;
}

void pod_workload(const struct live_pod *pod, char *name, size_t size)
{
	bool owned = pod->owner_kind && pod->owner_name;
	const char *owner = owned ? pod->owner_name : pod->name;
	size_t length = owned ? owner_of(pod, owner) : strlen(owner);
	snprintf(name, size, "%s/%.*s", pod->namespace_, (int)min64((int64_t)length, 1000), owner);
}

static bool is_load(int64_t cpu_milli, int64_t memory_bytes)
{
	return cpu_milli <= LOAD_MAX_CORES * INT64_C(1000) && memory_bytes <= LOAD_MAX_BYTES;
}

static int take_pod(const struct live_pod *pod, const struct pod_table *table, struct recorded *out, struct err *err)
{
	static const struct metric_spec cpu = {.type = METRIC_RESOURCE, .name = "cpu", .is_cpu = true};
	static const struct metric_spec memory = {.type = METRIC_RESOURCE, .name = "memory"};
	char name[WORKLOAD_NAME_SIZE];
	struct usage_sum *sum = &out->sums[out->n];
	struct sample used[2];
	pod_workload(pod, name, sizeof name);
	*sum = (struct usage_sum){.workload = arena_strdup(&out->arena, name),
				  .pods = 1,
				  .cpu_request_milli = pod->cpu_milli,
				  .memory_request_bytes = pod->memory_bytes};
	if (!sum->workload)
		return err_set(err, "out of memory");
	const struct measured *row = pod_table_find(table, piece_of(pod->namespace_), piece_of(pod->name));
	if (row && metric_sample(table, row, &cpu, &used[0]) == SAMPLE_FINE &&
	    metric_sample(table, row, &memory, &used[1]) == SAMPLE_FINE &&
	    is_load(used[0].value, used[1].value / 1000)) {
		sum->measured = 1;
		sum->cpu_milli = used[0].value;
		sum->memory_bytes = used[1].value / 1000;
	}
	out->n++;
	return 0;
}

int recorder_take(struct live_pods *pods, const struct pod_table *table, const char *namespace_, ms_t latest,
		  struct recorded *out, struct err *err)
{
	uint32_t n = live_pods_count(pods);
	*out = (struct recorded){.at = MS_UNSET};
	out->sums = arena_alloc(&out->arena, n, sizeof *out->sums);
	if (!out->sums)
		return err_set(err, "out of memory");
	for (uint32_t r = 0; r < table->n_rows; r++)
		if (table->rows[r].at <= latest)
			out->at = max64(out->at, table->rows[r].at);
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod = live_pod_at(pods, i);
		bool ended = pod->view.phase == POD_SUCCEEDED || pod->view.phase == POD_FAILED;
		if (ended || (namespace_ && strcmp(pod->namespace_, namespace_) != 0))
			continue;
		if (take_pod(pod, table, out, err) < 0)
			return -1;
	}
	out->n = usage_merge(out->sums, out->n);
	for (size_t i = 0; i < out->n; i++) {
		out->sums[i].cpu_milli = min64(out->sums[i].cpu_milli, LOAD_MAX_CORES * INT64_C(1000));
		out->sums[i].memory_bytes = min64(out->sums[i].memory_bytes, LOAD_MAX_BYTES);
	}
	return 0;
}
