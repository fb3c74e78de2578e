#include "replicas_internal.h"

/* Workloads as the core is shown them. Offsets first, while arrays still grow; pointers at the end. */

static const int64_t no_request = -1;

/* A watch that lives is heard of within two and a half minutes, and a minute after it was opened again. */
#define PODS_SILENCE (4 * MINUTE_MS)

struct filling {
	struct live_replicas *replicas;
	ms_t ahead;
	uint32_t workload;
	const struct hpa_spec *spec;
	const struct live_pod **pods;
	uint32_t n_pods;
};

static int no_memory(struct err *err)
{
	return err_set(err, "out of memory for what was observed of pods");
}

static ms_t shifted(ms_t at, ms_t ahead)
{
	return at == MS_UNSET ? MS_UNSET : at + ahead;
}

/* ---- requests ---- */

/* Of a container or a pod; negative: none. */
static int64_t in_milli(int kind, int64_t cpu_milli, int64_t memory_bytes)
{
	if (kind == USED_CPU || memory_bytes < 0)
		return kind == USED_CPU ? cpu_milli : -1;
	return memory_bytes > INT64_MAX / 1000 ? INT64_MAX : memory_bytes * 1000;
}

/* calculatePodRequestsFromContainers: main containers, then restartable init containers. */
static int64_t containers_request(const struct live_pod *pod, const struct metric_spec *metric, int kind,
				  const char **container)
{
	bool one = metric->type == METRIC_CONTAINER_RESOURCE;
	int64_t sum = 0;
	for (uint32_t i = 0; i < 2 * pod->n_containers; i++) {
		const struct live_container *each = &pod->containers[i % pod->n_containers];
		if (each->sidecar != (i >= pod->n_containers) || (one && strcmp(each->name, metric->container) != 0))
			continue;
		int64_t request = in_milli(kind, each->cpu_milli, each->memory_bytes);
		if (request < 0)
			*container = each->name;
		if (request < 0 || one)
			return request;
		if (__builtin_add_overflow(sum, request, &sum))
			sum = INT64_MAX;
	}
	return one ? -1 : sum;
}

int64_t replicas_request(const struct live_pod *pod, const struct metric_spec *metric, const char **container)
{
	int kind = resource_kind(metric->name);
	*container = NULL;
	if (kind < 0)
		return -1;
	if (!pod->pod_level || metric->type == METRIC_CONTAINER_RESOURCE)
		return containers_request(pod, metric, kind, container);
	int64_t request = in_milli(kind, pod->cpu_milli, pod->memory_bytes);
	return request > 0 ? request : -1; /* the pod as a whole asks for something, but not for this */
}

static int fill_requests(const struct filling *fill, const struct metric_spec *metric, struct metric_row *row)
{
	struct live_replicas *replicas = fill->replicas;
	int64_t *requests = heap_room(replicas->requests, replicas->n_requests, fill->n_pods, &replicas->requests_room,
				      sizeof *requests);
	if (!requests)
		return -1;
	replicas->requests = requests;
	row->requests = replicas->n_requests;
	replicas->n_requests += fill->n_pods;
	const char *container;
	for (uint32_t i = 0; i < fill->n_pods; i++)
		requests[row->requests + i] = replicas_request(fill->pods[i], metric, &container);
	return 0;
}

/* ---- troubles, in upstream's words ---- */

static const char *selector_of(const struct filling *fill, uint32_t m)
{
	const char *selector = fill->spec->asks ? fill->spec->asks[m].selector : NULL;
	return selector && *selector ? selector : "nil";
}

static const char *wrap(const struct filling *fill, uint32_t m, const char *why)
{
	const struct hpa_spec *spec = fill->spec;
	const struct metric_spec *metric = &spec->metrics[m];
	const struct metric_ask *ask = spec->asks ? &spec->asks[m] : NULL;
	struct arena *said = &fill->replicas->said;
	switch (metric->type) {
	case METRIC_RESOURCE:
	case METRIC_CONTAINER_RESOURCE:
		return metric_text(said, "unable to get metrics for resource %s: %s", metric->name, why);
	case METRIC_PODS:
		return metric_text(said, "unable to get metric %s: %s", metric->name, why);
	case METRIC_OBJECT:
		return metric_text(said, "unable to get metric %s: %s on %s %s/%s", metric->name, why,
				   ask && ask->object_kind ? ask->object_kind : "?", spec->namespace_,
				   ask && ask->object_name ? ask->object_name : "?");
	case METRIC_EXTERNAL:
		return ask && ask->query ? metric_text(said, "unable to get external metric %s/%s: %s",
						       spec->namespace_, metric->name, why)
					 : metric_text(said, "unable to get external metric %s/%s/%s: %s",
						       spec->namespace_, metric->name, selector_of(fill, m), why);
	}
	return NULL;
}

/* The metric is unavailable, and why; api: whose answer it should have been, or NULL. */
static int fail(const struct filling *fill, uint32_t m, const char *api, const char *why)
{
	struct live_replicas *replicas = fill->replicas;
	uint32_t at = replicas->first_row[fill->workload] + m;
	const char *whole = api ? metric_text(&replicas->said, "unable to fetch metrics from %s: %s", api, why) : why;
	replicas->inputs[at].unavailable = true;
	replicas->rows[at].trouble = whole ? wrap(fill, m, whole) : NULL;
	return replicas->rows[at].trouble ? 0 : -1;
}

static const char *api_name(const struct metric_spec *metric, const struct query *query)
{
	static const char *const names[] = {
	    [METRIC_RESOURCE] = "resource metrics API", [METRIC_CONTAINER_RESOURCE] = "resource metrics API",
	    [METRIC_PODS] = "custom metrics API",       [METRIC_OBJECT] = "custom metrics API",
	    [METRIC_EXTERNAL] = "external metrics API",
	};
	return query && query->api == QUERY_PROMETHEUS ? "Prometheus" : names[metric->type];
}

/* ---- samples ---- */

/* What became of the pods of one metric. */
struct found {
	uint32_t measured;       /* that the answer has */
	uint32_t refused, first; /* absurd ones, and which was the first */
	enum sample_fault fault; /* of that one */
	ms_t newest;
};

static void fill_sample(const struct filling *fill, const struct metric_spec *metric, const struct pod_table *table,
			uint32_t i, struct sample *sample, struct found *found)
{
	const struct measured *measured =
	    pod_table_find(table, piece_of(fill->spec->namespace_), piece_of(fill->pods[i]->name));
	*sample = (struct sample){.value = -1};
	if (!measured)
		return;
	found->measured++;
	enum sample_fault fault = metric_sample(table, measured, metric, sample);
	if (fault == SAMPLE_FINE) {
		sample->at = shifted(sample->at, fill->ahead);
		found->newest = max64(found->newest, sample->at);
	} else if (fault != SAMPLE_MISSING && found->refused++ == 0) {
		found->first = i;
		found->fault = fault;
	}
}

static int judge(const struct filling *fill, uint32_t m, const struct found *found)
{
	struct live_replicas *replicas = fill->replicas;
	const struct metric_spec *metric = &fill->spec->metrics[m];
	struct metric_row *row = &replicas->rows[replicas->first_row[fill->workload] + m];
	if (found->measured == 0) {
		const char *why =
		    metric_text(&replicas->said, "no metrics returned from %s", api_name(metric, row->query));
		return why ? fail(fill, m, NULL, why) : -1;
	}
	ms_t *newest = &replicas->sampled_at[fill->workload];
	*newest = max64(*newest, found->newest);
	if (found->refused == 0)
		return 0;
	row->trouble =
	    metric_text(&replicas->said, "%u of %u samples of %s are not used: pod %s: %s", found->refused,
			found->measured, metric->name, fill->pods[found->first]->name, sample_fault_text(found->fault));
	return row->trouble ? 0 : -1;
}

static int fill_samples(const struct filling *fill, uint32_t m, struct metric_row *row)
{
	struct live_replicas *replicas = fill->replicas;
	const struct metric_spec *metric = &fill->spec->metrics[m];
	struct sample *samples =
	    heap_room(replicas->samples, replicas->n_samples, fill->n_pods, &replicas->samples_room, sizeof *samples);
	if (!samples || (metric->target_type == TARGET_UTILIZATION && fill_requests(fill, metric, row) < 0))
		return -1;
	replicas->samples = samples;
	row->samples = replicas->n_samples;
	samples += row->samples;
	replicas->n_samples += fill->n_pods;
	static const struct pod_table empty;
	bool answered = row->query && row->query->state == QUERY_ANSWERED;
	struct found found = {.newest = MS_UNSET};
	for (uint32_t i = 0; i < fill->n_pods; i++)
		fill_sample(fill, metric, answered ? &row->query->pods : &empty, i, &samples[i], &found);
	if (!row->query)
		return fail(fill, m, NULL, row->cannot);
	return answered ? judge(fill, m, &found) : fail(fill, m, api_name(metric, row->query), row->query->trouble);
}

/* ---- values ---- */

static int fill_values(const struct filling *fill, uint32_t m, struct metric_row *row)
{
	struct live_replicas *replicas = fill->replicas;
	if (!row->query)
		return fail(fill, m, NULL, row->cannot);
	if (row->query->state != QUERY_ANSWERED)
		return fail(fill, m, api_name(&fill->spec->metrics[m], row->query), row->query->trouble);
	const struct metric_values *values = &row->query->values;
	struct metric_input *input = &replicas->inputs[replicas->first_row[fill->workload] + m];
	input->values = values->values;
	input->n_values = values->n;
	ms_t *newest = &replicas->sampled_at[fill->workload];
	*newest = max64(*newest, shifted(values->at, fill->ahead));
	return 0;
}

/* ---- pods ---- */

/* Metrics of pods say little when it is not known what pods there are: fewer than there are would seem to need fewer.
 */
static int look_at_pods(struct live_replicas *replicas)
{
	const struct watch *watch = live_pods_watch(replicas->config.pods);
	ms_t silent = watch ? clock_mono() - watch_heard_at(watch) : 0;
	replicas->blind = NULL;
	if (silent <= PODS_SILENCE)
		return 0;
	replicas->blind =
	    metric_text(&replicas->said, "the pods that there are have not been heard of for %lld s: %s",
			(long long)(silent / SECOND_MS), *watch_trouble(watch) ? watch_trouble(watch) : "no answer");
	return replicas->blind ? 0 : -1;
}

static int fill_pod(struct live_replicas *replicas, const struct live_pod *pod, ms_t ahead)
{
	size_t at = replicas->n_pods, length = strlen(pod->name) + 1;
	struct pod *pods = heap_grown(replicas->pods, at, &replicas->pods_room, sizeof *pods);
	replicas->pods = pods ? pods : replicas->pods;
	size_t *name_at = heap_grown(replicas->name_at, at, &replicas->name_at_room, sizeof *name_at);
	replicas->name_at = name_at ? name_at : replicas->name_at;
	char *text = heap_room(replicas->name_text, replicas->n_name_text, length, &replicas->name_text_room, 1);
	replicas->name_text = text ? text : replicas->name_text;
	if (!pods || !name_at || !text)
		return -1;
	pods[at] = pod->view;
	pods[at].start_at = shifted(pod->view.start_at, ahead);
	pods[at].ready_changed_at = shifted(pod->view.ready_changed_at, ahead);
	name_at[at] = replicas->n_name_text;
	memcpy(text + replicas->n_name_text, pod->name, length);
	replicas->n_name_text += length;
	replicas->n_pods++;
	return 0;
}

static int fill_metric(const struct filling *fill, uint32_t m, const struct live_target *target)
{
	struct live_replicas *replicas = fill->replicas;
	uint32_t at = replicas->first_row[fill->workload] + m;
	struct metric_row *row = &replicas->rows[at];
	const struct metric_spec *metric = &fill->spec->metrics[m];
	row->trouble = NULL;
	row->samples = row->requests = 0;
	replicas->inputs[at] = (struct metric_input){.requests = &no_request};
	if (!target || !target->found) {
		replicas->inputs[at].unavailable = true;
		row->trouble = arena_strdup(&replicas->said, target ? target->trouble : "there is no such target");
		return row->trouble ? 0 : -1;
	}
	if (replicas->shared[fill->workload]) {
		replicas->inputs[at].unavailable = true;
		row->trouble = replicas->shared[fill->workload];
		return 0;
	}
	int filled = metric->type >= METRIC_OBJECT ? fill_values(fill, m, row) : fill_samples(fill, m, row);
	bool of_pods = metric->type < METRIC_OBJECT || metric->target_type == TARGET_VALUE;
	return filled == 0 && replicas->blind && of_pods ? fail(fill, m, NULL, replicas->blind) : filled;
}

/* A target that is not there has no replicas and no metrics: nothing is ever decided on that. */
static int fill_workload(struct filling *fill)
{
	struct live_replicas *replicas = fill->replicas;
	const struct live_target *target = live_target(replicas->config.targets, fill->workload);
	bool found = target && target->found;
	fill->spec = replicas->specs[fill->workload];
	fill->n_pods = found && target->selector ? live_pods_select(replicas->config.pods, fill->spec->namespace_,
								    target->selector, &fill->pods)
						 : 0;
	replicas->first_pod[fill->workload] = replicas->n_pods;
	replicas->sampled_at[fill->workload] = MS_UNSET;
	replicas->workloads[fill->workload] = (struct workload_view){
	    .spec_replicas = found ? target->spec_replicas : 0,
	    .status_replicas = found ? target->status_replicas : 0,
	    .n_pods = fill->n_pods,
	    .lost = !found,
	};
	for (uint32_t i = 0; i < fill->n_pods; i++)
		if (fill_pod(replicas, fill->pods[i], fill->ahead) < 0)
			return -1;
	for (uint32_t m = 0; m < fill->spec->n_metrics; m++)
		if (fill_metric(fill, m, target) < 0)
			return -1;
	return 0;
}

static int set_pointers(struct live_replicas *replicas)
{
	const char **names = heap_room(replicas->names, 0, replicas->n_pods, &replicas->names_room, sizeof *names);
	if (!names)
		return -1;
	replicas->names = names;
	for (size_t i = 0; i < replicas->n_pods; i++)
		names[i] = replicas->name_text + replicas->name_at[i];
	for (uint32_t w = 0; w < replicas->n; w++) {
		struct workload_view *workload = &replicas->workloads[w];
		const struct hpa_spec *spec = replicas->specs[w];
		workload->pods = replicas->pods + replicas->first_pod[w];
		workload->metrics = replicas->inputs + replicas->first_row[w];
		for (uint32_t m = 0; m < spec->n_metrics; m++) {
			const struct metric_row *row = &replicas->rows[replicas->first_row[w] + m];
			struct metric_input *input = &replicas->inputs[replicas->first_row[w] + m];
			if (spec->metrics[m].type >= METRIC_OBJECT)
				continue;
			input->samples = replicas->samples + row->samples;
			if (spec->metrics[m].target_type == TARGET_UTILIZATION) {
				input->requests = replicas->requests + row->requests;
				input->request_step = 1;
			}
		}
	}
	return 0;
}

int replicas_fill(struct live_replicas *replicas, ms_t ahead, struct err *err)
{
	struct filling fill = {.replicas = replicas, .ahead = ahead};
	arena_free(&replicas->said);
	replicas->n_pods = replicas->n_name_text = replicas->n_samples = replicas->n_requests = 0;
	if (look_at_pods(replicas) < 0 || replicas_share(replicas) < 0)
		return no_memory(err);
	for (; fill.workload < replicas->n; fill.workload++)
		if (fill_workload(&fill) < 0)
			return no_memory(err);
	return set_pointers(replicas) < 0 ? no_memory(err) : 0;
}
