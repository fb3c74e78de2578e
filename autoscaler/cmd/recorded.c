/* A journal as a load, and as the manifests of what it saw. */
#include "recorded_internal.h"

#include "visible.h"

#define GRACE_MS (30 * SECOND_MS) /* terminationGracePeriodSeconds, where nothing else is known */

/* ---- as a load ---- */

static int64_t *column_of(struct arena *arena, const struct track *track, uint32_t cell)
{
	int64_t *column = arena_alloc(arena, track->n, sizeof *column);
	for (uint32_t i = 0; column && i < track->n; i++)
		column[i] = track->cells[(size_t)i * track->columns + cell];
	return column;
}

static int make_series(struct arena *arena, const struct track *track, struct load_series *series, struct err *err)
{
	struct load_metric *metrics = arena_alloc(arena, track->columns, sizeof *metrics);
	uint32_t n = 0;
	*series = (struct load_series){
	    .workload = track->label,
	    .n = track->n,
	    .time = column_of(arena, track, CELL_TIME),
	    .cpu_nano = column_of(arena, track, CELL_CPU),
	    .memory_bytes = track->has_memory ? column_of(arena, track, CELL_MEMORY) : NULL,
	    .metrics = metrics,
	};
	if (!metrics || !series->time || !series->cpu_nano || (track->has_memory && !series->memory_bytes))
		return recording_no_memory(err);
	for (uint32_t m = 0; m < track->spec.n_metrics; m++) {
		if (recorded_is_resource(&track->spec.metrics[m]))
			continue;
		metrics[n] =
		    (struct load_metric){track->spec.metrics[m].name, column_of(arena, track, CELL_METRICS + n)};
		if (!metrics[n++].milli)
			return recording_no_memory(err);
	}
	series->n_metrics = n;
	return 0;
}

static int make_load(const struct recording *recording, struct load *load, struct err *err)
{
	ms_t last = MS_UNSET;
	load->series = arena_alloc(&load->arena, recording->n_tracks, sizeof *load->series);
	if (!load->series)
		return recording_no_memory(err);
	load->from = MS_NEVER;
	load->step = MINUTE_MS;
	for (uint32_t i = 0; i < recording->n_tracks; i++) {
		if (recording->tracks[i].n == 0)
			continue;
		struct load_series *series = &load->series[load->n_series++];
		if (make_series(&load->arena, &recording->tracks[i], series, err) < 0)
			return -1;
		load->from = min64(load->from, series->time[0]);
		last = max64(last, series->time[series->n - 1]);
		if (series->n > 1)
			load->step = (series->time[series->n - 1] - series->time[0]) / (series->n - 1);
	}
	load->until = last + max64(load->step, 1);
	return 0;
}

/* ---- as manifests ---- */

static enum workload_kind kind_of(const struct hpa_spec *spec)
{
	for (int kind = 0; kind <= KIND_REPLICASET; kind++)
		if (spec->target_kind && strcmp(spec->target_kind, workload_kind_names[kind]) == 0)
			return (enum workload_kind)kind;
	return KIND_DEPLOYMENT;
}

static const char *container_name(const struct hpa_spec *spec)
{
	for (uint32_t m = 0; m < spec->n_metrics; m++)
		if (spec->metrics[m].container)
			return spec->metrics[m].container;
	return "main";
}

/* One container that asks for what a pod asked for. */
static int make_workload(struct arena *arena, struct track *track, struct workload_spec *workload, struct err *err)
{
	struct container_spec *container = arena_alloc(arena, 1, sizeof *container);
	struct hpa_spec *spec = &track->spec;
	if (!container)
		return recording_no_memory(err);
	*container = (struct container_spec){
	    .name = container_name(spec),
	    .image = track->label,
	    .cpu_request_milli = track->cpu_request_milli ? track->cpu_request_milli : -1,
	    .memory_request_bytes = track->memory_request_bytes ? track->memory_request_bytes : -1,
	    .cpu_limit_milli = -1,
	    .memory_limit_bytes = -1,
	};
	spec->target_kind = workload_kind_names[kind_of(spec)];
	spec->target_name = spec->target_name ? spec->target_name : spec->name;
	*workload = (struct workload_spec){
	    .kind = kind_of(spec),
	    .name = spec->target_name,
	    .namespace_ = spec->namespace_,
	    .replicas = track->replicas,
	    .containers = container,
	    .n_containers = 1,
	    .cpu_request_milli = track->cpu_request_milli,
	    .memory_request_bytes = track->memory_request_bytes,
	    .cpu_limit_milli = -1,
	    .termination_grace = GRACE_MS,
	    .file = track->label,
	};
	return 0;
}

static int make_manifests(struct recording *recording, struct manifests *manifests, struct err *err)
{
	uint32_t n = recording->n_tracks;
	manifests->workloads = arena_alloc(&manifests->arena, n, sizeof *manifests->workloads);
	manifests->autoscalers = arena_alloc(&manifests->arena, n, sizeof *manifests->autoscalers);
	if (!manifests->workloads || !manifests->autoscalers)
		return recording_no_memory(err);
	for (uint32_t i = 0; i < n; i++) {
		if (make_workload(&manifests->arena, &recording->tracks[i], &manifests->workloads[i], err) < 0)
			return -1;
		manifests->autoscalers[i] = recording->tracks[i].spec;
	}
	manifests->n_workloads = manifests->n_autoscalers = n;
	return 0;
}

static bool has_rows(const struct recording *recording)
{
	for (uint32_t i = 0; i < recording->n_tracks; i++)
		if (recording->tracks[i].n)
			return true;
	return false;
}

static int none_found(const struct recording *recording, struct err *err)
{
	if (recording->only->n)
		return err_set(err, "journal %s: it has no autoscaler of %s", recording->path,
			       visible(recording->only->values[0], strlen(recording->only->values[0]), 80).text);
	return err_set(err, "journal %s: it has no tick of an autoscaler", recording->path);
}

int recorded_load(const char *path, const struct repeated *only, double scale, struct load *load,
		  struct manifests *manifests, struct err *err)
{
	struct recording recording = {.path = path, .only = only, .scale = scale, .arena = &load->arena};
	struct journal_reader *reader = journal_reader_open(path, err);
	int status = reader ? recording_read(&recording, reader, err) : -1;
	journal_reader_close(reader);
	arena_free(&recording.segment);
	if (status == 0 && !has_rows(&recording))
		status = none_found(&recording, err);
	if (status == 0)
		status = make_load(&recording, load, err);
	if (status == 0 && manifests)
		status = make_manifests(&recording, manifests, err);
	if (status == 0)
		fprintf(stderr,
			"load: what the pods of %u autoscaler%s used, out of %s; demand that they could not serve "
			"is not in it\n",
			recording.n_tracks, recording.n_tracks == 1 ? "" : "s", path);
	return status;
}
