/* What the pods of each autoscaler used in all, at each tick that looked at them. Demand that the pods could not serve
 * is not in it: it was never seen. */
#include "recorded_internal.h"

#include <stdlib.h>

#define MILLI_NANO  1000000
#define MAX_REQUEST (INT64_C(1) << 50)

int recording_no_memory(struct err *err)
{
	return err_set(err, "out of memory for the journal's load");
}

/* ---- specs that outlive the reader ---- */

static bool copy_text(struct arena *arena, const char **text)
{
	if (!*text)
		return true;
	*text = arena_strdup(arena, *text);
	return *text;
}

static void *copy_rows(struct arena *arena, const void *rows, size_t n, size_t size)
{
	void *copy = arena_alloc(arena, n, size);
	if (copy && n)
		memcpy(copy, rows, n * size);
	return copy;
}

static int copy_spec(struct arena *arena, const struct hpa_spec *from, struct hpa_spec *to, struct err *err)
{
	*to = *from;
	const char **texts[] = {&to->name,        &to->namespace_, &to->target_api, &to->target_kind,
				&to->target_name, &to->smoothing,  &to->file};
	bool copied = true;
	for (size_t i = 0; i < COUNT(texts); i++)
		copied &= copy_text(arena, texts[i]);
	struct metric_spec *metrics = copy_rows(arena, from->metrics, from->n_metrics, sizeof *metrics);
	to->scale_up.policies =
	    copy_rows(arena, from->scale_up.policies, from->scale_up.n_policies, sizeof(struct scaling_policy));
	to->scale_down.policies =
	    copy_rows(arena, from->scale_down.policies, from->scale_down.n_policies, sizeof(struct scaling_policy));
	to->metrics = metrics;
	to->asks = NULL;
	if (!metrics || !to->scale_up.policies || !to->scale_down.policies || !copied)
		return recording_no_memory(err);
	for (uint32_t m = 0; m < to->n_metrics; m++)
		if (!copy_text(arena, &metrics[m].name) || !copy_text(arena, &metrics[m].container))
			return recording_no_memory(err);
	return 0;
}

bool recorded_is_resource(const struct metric_spec *metric)
{
	return metric->type <= METRIC_CONTAINER_RESOURCE;
}

static bool is_cpu(const struct metric_spec *metric)
{
	return recorded_is_resource(metric) && strcmp(metric->name, "cpu") == 0;
}

/* ---- which autoscalers ---- */

static bool is_wanted(const struct recording *recording, const struct hpa_spec *spec)
{
	if (recording->only->n == 0)
		return true;
	for (size_t i = 0; i < recording->only->n; i++) {
		const char *name = recording->only->values[i], *slash = strchr(name, '/');
		size_t length = slash ? (size_t)(slash - name) : 0;
		const char *target = spec->target_name ? spec->target_name : spec->name;
		bool place =
		    !slash || (strlen(spec->namespace_) == length && strncmp(spec->namespace_, name, length) == 0);
		if (place && (strcmp(target, slash ? slash + 1 : name) == 0 ||
			      strcmp(spec->name, slash ? slash + 1 : name) == 0))
			return true;
	}
	return false;
}

static uint32_t count_columns(const struct hpa_spec *spec)
{
	uint32_t columns = CELL_METRICS;
	for (uint32_t m = 0; m < spec->n_metrics; m++)
		columns += !recorded_is_resource(&spec->metrics[m]);
	return columns;
}

static bool same_metrics(const struct hpa_spec *a, const struct hpa_spec *b)
{
	bool same = a->n_metrics == b->n_metrics;
	for (uint32_t m = 0; same && m < a->n_metrics; m++)
		same = a->metrics[m].type == b->metrics[m].type && strcmp(a->metrics[m].name, b->metrics[m].name) == 0;
	return same;
}

static uint32_t find_track(const struct recording *recording, const struct hpa_spec *spec)
{
	for (uint32_t i = 0; i < recording->n_tracks; i++) {
		const struct track *track = &recording->tracks[i];
		if (strcmp(track->spec.name, spec->name) == 0 && strcmp(track->spec.namespace_, spec->namespace_) == 0)
			return i;
	}
	return NO_TRACK;
}

static int add_track(struct recording *recording, const struct hpa_spec *spec, struct err *err)
{
	if (recording->n_tracks == LOAD_MAX_WORKLOADS)
		return err_set(err, "journal %s: more than %d autoscalers", recording->path, LOAD_MAX_WORKLOADS);
	struct track *tracks = arena_grown(recording->arena, recording->tracks, recording->n_tracks,
					   &recording->tracks_room, sizeof *tracks);
	if (!tracks)
		return recording_no_memory(err);
	recording->tracks = tracks;
	struct track *track = &tracks[recording->n_tracks++];
	const char *target = spec->target_name ? spec->target_name : spec->name;
	size_t size = strlen(spec->namespace_) + strlen(target) + 2;
	*track = (struct track){.label = arena_alloc(recording->arena, size, 1), .columns = count_columns(spec)};
	if (!track->label)
		return recording_no_memory(err);
	snprintf(track->label, size, "%s/%s", spec->namespace_, target);
	return copy_spec(recording->arena, spec, &track->spec, err);
}

/* The track of an autoscaler; a spec that has changed since takes the place of the one before. */
static int track_of(struct recording *recording, const struct hpa_spec *spec, uint32_t *out, struct err *err)
{
	*out = find_track(recording, spec);
	if (*out == NO_TRACK) {
		*out = recording->n_tracks;
		return add_track(recording, spec, err);
	}
	struct track *track = &recording->tracks[*out];
	if (!same_metrics(&track->spec, spec))
		return err_set(err, "journal %s: the metrics of %s change on the way: it cannot be one load",
			       recording->path, track->label);
	return copy_spec(recording->arena, spec, &track->spec, err);
}

static int begin_segment(struct recording *recording, const struct core_config *config, struct err *err)
{
	arena_free(&recording->segment);
	recording->n_owners = 0;
	for (uint32_t a = 0; a < config->n_autoscalers; a++)
		if (config->workload_of[a] >= recording->n_owners && config->workload_of[a] < RECORD_MAX_OF)
			recording->n_owners = config->workload_of[a] + 1;
	recording->tracks_of = arena_alloc(&recording->segment, config->n_autoscalers, sizeof *recording->tracks_of);
	recording->owners = arena_alloc(&recording->segment, recording->n_owners, sizeof *recording->owners);
	if (!recording->tracks_of || !recording->owners)
		return recording_no_memory(err);
	for (uint32_t w = 0; w < recording->n_owners; w++)
		recording->owners[w] = NO_TRACK;
	for (uint32_t a = 0; a < config->n_autoscalers; a++) {
		const struct hpa_spec *spec = &config->autoscalers[a];
		recording->tracks_of[a] = NO_TRACK;
		if (!is_wanted(recording, spec))
			continue;
		if (track_of(recording, spec, &recording->tracks_of[a], err) < 0)
			return -1;
		if (config->workload_of[a] < recording->n_owners)
			recording->owners[config->workload_of[a]] = recording->tracks_of[a];
	}
	return 0;
}

/* ---- a tick ---- */

static int64_t clamp(wide_t value, int64_t most)
{
	return value < 0 ? 0 : value > most ? most : (int64_t)value;
}

static int64_t sum_samples(const struct workload_view *view, const struct metric_input *input)
{
	wide_t sum = 0;
	for (uint32_t i = 0; input->samples && i < view->n_pods; i++)
		sum += max64(input->samples[i].value, 0);
	return clamp(sum, INT64_MAX / 2);
}

static int64_t sum_values(const struct metric_spec *metric, const struct metric_input *input)
{
	wide_t sum = 0;
	for (uint32_t i = 0; i < (metric->type == METRIC_OBJECT && input->n_values ? 1 : input->n_values); i++)
		sum += max64(input->values[i], 0);
	return clamp(sum, INT64_MAX / 2);
}

static int64_t largest_request(const struct workload_view *view, const struct metric_input *input)
{
	int64_t most = 0;
	for (uint32_t i = 0; input->requests && i < view->n_pods; i++)
		most = max64(most, input->requests[(size_t)i * input->request_step]);
	return min64(most, MAX_REQUEST * 1000);
}

static void take_resource(struct recording *recording, struct track *track, const struct metric_spec *metric,
			  const struct workload_view *view, const struct metric_input *input, int64_t *row)
{
	int64_t sum = sum_samples(view, input), request = largest_request(view, input);
	if (is_cpu(metric)) {
		double nano = (double)sum * MILLI_NANO * recording->scale;
		row[CELL_CPU] = clamp((wide_t)nano, LOAD_MAX_CORES * NANO);
		track->cpu_request_milli = request > 0 ? request : track->cpu_request_milli;
	} else {
		row[CELL_MEMORY] = clamp(sum / 1000, LOAD_MAX_BYTES);
		track->memory_request_bytes = request > 0 ? request / 1000 : track->memory_request_bytes;
		track->has_memory = true;
	}
}

static int64_t *add_row(struct recording *recording, struct track *track)
{
	recording->cells += track->columns;
	if (recording->cells > LOAD_MAX_CELLS)
		return NULL;
	int64_t *cells =
	    arena_grown(recording->arena, track->cells, track->n, &track->room, track->columns * sizeof *cells);
	if (!cells)
		return NULL;
	track->cells = cells;
	return cells + (size_t)track->n * track->columns;
}

/* As the row before: a metric that does not answer leaves its cell so. NULL: there is to be none. */
static int begin_row(struct recording *recording, struct track *track, ms_t wall, int64_t **row, struct err *err)
{
	*row = NULL;
	if (track->n && track->cells[(size_t)(track->n - 1) * track->columns + CELL_TIME] >= wall)
		return 0; /* the clock on the wall was set back */
	*row = add_row(recording, track);
	if (!*row)
		return err_set(err, "journal %s: more than %llu numbers, or out of memory", recording->path,
			       (unsigned long long)LOAD_MAX_CELLS);
	for (uint32_t c = 0; c < track->columns; c++)
		(*row)[c] = track->n ? (*row - track->columns)[c] : c < CELL_METRICS ? 0 : -1;
	(*row)[CELL_TIME] = wall;
	return 0;
}

static int take_autoscaler(struct recording *recording, const struct journal_tick *tick, uint32_t a, struct err *err)
{
	const struct core_config *config = &tick->head->config;
	const struct hpa_spec *spec = &config->autoscalers[a];
	const struct workload_view *view = &tick->snapshot.workloads[config->workload_of[a]];
	struct track *track = &recording->tracks[recording->tracks_of[a]];
	uint32_t column = CELL_METRICS;
	int64_t *row;
	if (begin_row(recording, track, tick->wall, &row, err) < 0)
		return -1;
	for (uint32_t m = 0; row && m < spec->n_metrics; m++) {
		const struct metric_spec *metric = &spec->metrics[m];
		const struct metric_input *input = &view->metrics[m];
		int64_t *cell = recorded_is_resource(metric) ? NULL : &row[column++];
		if (input->unavailable)
			continue;
		if (!cell)
			take_resource(recording, track, metric, view, input, row);
		else
			*cell = metric->type == METRIC_PODS ? sum_samples(view, input) : sum_values(metric, input);
	}
	if (row && track->n++ == 0)
		track->replicas = view->spec_replicas;
	return 0;
}

/* What pods ask for of nodes, where no metric tells it. */
static void take_placed(struct recording *recording, const struct placed *placed, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t owner =
		    placed[i].workload < recording->n_owners ? recording->owners[placed[i].workload] : NO_TRACK;
		if (owner == NO_TRACK || placed[i].daemon)
			continue;
		struct track *track = &recording->tracks[owner];
		if (track->cpu_request_milli == 0)
			track->cpu_request_milli = clamp(placed[i].cpu_milli, MAX_REQUEST);
		if (track->memory_request_bytes == 0)
			track->memory_request_bytes = clamp(placed[i].memory_bytes, MAX_REQUEST);
	}
}

static bool lacks_request(const struct recording *recording)
{
	for (uint32_t i = 0; i < recording->n_tracks; i++)
		if (recording->tracks[i].cpu_request_milli == 0 || recording->tracks[i].memory_request_bytes == 0)
			return true;
	return false;
}

int recording_read(struct recording *recording, struct journal_reader *reader, struct err *err)
{
	const struct journal_tick *tick;
	int status;
	while ((status = journal_reader_next(reader, &tick, err)) > 0) {
		const struct snapshot *snapshot = &tick->snapshot;
		if (tick->first && begin_segment(recording, &tick->head->config, err) < 0)
			return -1;
		for (uint32_t a = 0; snapshot->due & DUE_REPLICAS && a < tick->head->config.n_autoscalers; a++)
			if (recording->tracks_of[a] != NO_TRACK && take_autoscaler(recording, tick, a, err) < 0)
				return -1;
		bool lacking = lacks_request(recording);
		for (uint32_t i = 0; lacking && i < snapshot->n_nodes; i++)
			take_placed(recording, snapshot->nodes[i].placed, snapshot->nodes[i].n_placed);
	}
	return status;
}
