#include "shadow.h"

#include <stdlib.h>

void shadow_pods_free(struct shadow_pods *pods)
{
	free(pods->born);
	free(pods->used);
	*pods = (struct shadow_pods){0};
}

/* The HPA takes a utilization, an average, and a sum that is shared out to fall as pods are added. Of a Value it does,
 * too, yet what a latency would have been is not known. */
bool shadow_pods_can(const struct hpa_spec *spec)
{
	for (uint32_t m = 0; m < spec->n_metrics; m++)
		if (spec->metrics[m].target_type == TARGET_VALUE)
			return false;
	return true;
}

void shadow_pods_join(struct shadow_pods *pods)
{
	pods->joined = true;
}

static int reserve(struct shadow_pods *pods, uint32_t n, struct err *err)
{
	if (n > SHADOW_PODS_MAX)
		return err_set(err, "%u pods are more than are thought of, %d", n, SHADOW_PODS_MAX);
	if (n <= pods->room)
		return 0;
	ms_t *born = realloc(pods->born, 2 * (size_t)n * sizeof *born);
	if (!born)
		return err_set(err, "out of memory for %u pods", n);
	pods->born = born;
	pods->room = 2 * n;
	return 0;
}

int shadow_pods_scale(struct shadow_pods *pods, ms_t now, int32_t to, struct err *err)
{
	uint32_t n = (uint32_t)max64(to, 0);
	if (reserve(pods, n, err) < 0)
		return -1;
	for (uint32_t i = pods->n; i < n; i++)
		pods->born[i] = now;
	pods->n = n; /* the youngest go first, as a ReplicaSet has it */
	return 0;
}

/* ---- the cluster's pods ---- */

static bool serves(const struct pod *pod)
{
	return pod->phase == POD_RUNNING && pod->ready == POD_READY_TRUE && !pod->deleted;
}

static int compare_times(const void *a, const void *b)
{
	ms_t x = *(const ms_t *)a, y = *(const ms_t *)b;
	return (x > y) - (x < y);
}

/* As old as the cluster's; those that it is yet to make are born now. */
static int follow(struct shadow_pods *pods, const struct workload_view *cluster, ms_t now, struct err *err)
{
	uint32_t n = (uint32_t)max64(cluster->spec_replicas, 0), known = 0;
	ms_t quickest = MS_NEVER;
	if (reserve(pods, n > cluster->n_pods ? n : cluster->n_pods, err) < 0)
		return -1;
	for (uint32_t i = 0; i < cluster->n_pods; i++) {
		const struct pod *pod = &cluster->pods[i];
		if (pod->deleted || pod->start_at == MS_UNSET)
			continue;
		pods->born[known++] = min64(pod->start_at, now);
		if (serves(pod) && pod->ready_changed_at >= pod->start_at)
			quickest = min64(quickest, pod->ready_changed_at - pod->start_at);
	}
	if (known > 1)
		qsort(pods->born, known, sizeof *pods->born, compare_times);
	for (uint32_t i = known; i < n; i++)
		pods->born[i] = now;
	pods->n = n;
	pods->startup = quickest == MS_NEVER ? pods->startup : quickest;
	return 0;
}

/* ---- what would have been seen ---- */

/* What a metric of the cluster's pods comes to. */
struct tally {
	uint32_t measured;
	wide_t carrying; /* thousandths of pods that had a part in it */
	int64_t usage;   /* of those that serve */
	ms_t at, window; /* of the newest sample */
};

/* How much of the samples' window a pod without a sample was ready for, in thousandths. */
static wide_t part(const struct pod *pod, const struct tally *tally)
{
	ms_t since = pod->ready_changed_at == MS_UNSET ? pod->start_at : pod->ready_changed_at;
	if (since >= tally->at)
		return 0;
	if (since == MS_UNSET || tally->window <= 0 || since <= tally->at - tally->window)
		return 1000;
	return (wide_t)(tally->at - since) * 1000 / tally->window;
}

/* A pod without a sample is taken to be as the others. New ones took over some of what the others' samples tell of, it
 * is not known how much: at least their part of the window, at most all of it; what was used before is believed
 * between. */
static struct tally tally_usage(const struct workload_view *cluster, const struct metric_input *metric, int64_t before)
{
	struct tally tally = {.at = MS_UNSET};
	wide_t usage = 0, most = 0;
	for (uint32_t i = 0; i < cluster->n_pods; i++) {
		const struct sample *sample = &metric->samples[i];
		if (!serves(&cluster->pods[i]) || sample->value < 0)
			continue;
		tally.measured++;
		usage += sample->value;
		if (tally.at == MS_UNSET || sample->at > tally.at) {
			tally.at = sample->at;
			tally.window = sample->window;
		}
	}
	tally.carrying = most = (wide_t)tally.measured * 1000;
	for (uint32_t i = 0; tally.measured && i < cluster->n_pods; i++)
		if (serves(&cluster->pods[i]) && metric->samples[i].value < 0) {
			wide_t share = part(&cluster->pods[i], &tally);
			tally.carrying += share;
			most += share ? 1000 : 0;
		}
	if (tally.measured) {
		wide_t least = usage * tally.carrying / tally.measured / 1000;
		most = usage * most / tally.measured / 1000;
		usage = before < least ? least : before > most ? most : before;
	}
	tally.usage = usage > INT64_MAX ? INT64_MAX : (int64_t)usage;
	return tally;
}

static bool has_samples(const struct metric_input *metric)
{
	return metric->samples && !metric->unavailable;
}

/* Of each metric; remembers what was used. */
static struct tally *tally_all(struct shadow_pods *pods, const struct workload_view *cluster, uint32_t n_metrics,
			       struct arena *arena)
{
	struct tally *tallies = arena_alloc(arena, n_metrics, sizeof *tallies);
	if (tallies && (pods->n_used != n_metrics || !pods->used)) {
		free(pods->used);
		pods->used = malloc(((size_t)n_metrics + 1) * sizeof *pods->used);
		pods->n_used = n_metrics;
		for (uint32_t m = 0; pods->used && m < n_metrics; m++)
			pods->used[m] = -1;
	}
	if (!tallies || !pods->used)
		return NULL;
	for (uint32_t m = 0; m < n_metrics; m++) {
		if (!has_samples(&cluster->metrics[m]))
			continue;
		tallies[m] = tally_usage(cluster, &cluster->metrics[m], pods->used[m]);
		pods->used[m] = tallies[m].measured ? tallies[m].usage : pods->used[m];
	}
	return tallies;
}

/* The mean of requests; -1: one has none. */
static int64_t mean_request(const struct workload_view *cluster, const struct metric_input *metric)
{
	wide_t sum = 0;
	for (uint32_t i = 0; i < cluster->n_pods; i++) {
		int64_t request = metric->requests[(size_t)i * metric->request_step];
		if (request < 0)
			return -1;
		sum += request;
	}
	return cluster->n_pods ? (int64_t)(sum / cluster->n_pods) : -1;
}

static uint32_t count_ready(const struct shadow_pods *pods, ms_t now)
{
	uint32_t ready = 0;
	while (ready < pods->n && pods->born[ready] + pods->startup <= now)
		ready++;
	return ready;
}

/* In the same share as in the cluster, the youngest have no sample. */
static struct sample *spread(const struct shadow_pods *pods, uint32_t ready, const struct tally *tally,
			     struct arena *arena)
{
	struct sample *samples = arena_alloc(arena, pods->n, sizeof *samples);
	uint32_t measured = tally->measured ? (uint32_t)((wide_t)ready * tally->measured * 1000 / tally->carrying) : 0;
	if (measured == 0 && tally->measured && ready)
		measured = 1;
	for (uint32_t i = 0; samples && i < pods->n; i++) {
		samples[i] = (struct sample){.value = -1, .at = tally->at, .window = tally->window};
		if (i < measured)
			samples[i].value = tally->usage / ready + (i < (uint64_t)tally->usage % ready);
	}
	return samples;
}

static bool view_metric(const struct shadow_pods *pods, const struct workload_view *cluster,
			const struct metric_input *metric, uint32_t ready, const struct tally *tally,
			struct arena *arena, struct metric_input *out)
{
	*out = *metric;
	if (has_samples(metric)) {
		out->samples = spread(pods, ready, tally, arena);
		if (!out->samples)
			return false;
	}
	if (metric->requests) {
		int64_t *request = arena_alloc(arena, 1, sizeof *request);
		if (!request)
			return false;
		*request = mean_request(cluster, metric);
		out->requests = request;
		out->request_step = 0;
	}
	return true;
}

static struct pod *view_pods(const struct shadow_pods *pods, uint32_t ready, struct arena *arena)
{
	struct pod *view = arena_alloc(arena, pods->n, sizeof *view);
	for (uint32_t i = 0; view && i < pods->n; i++)
		view[i] = (struct pod){
		    .start_at = pods->born[i],
		    .ready_changed_at = i < ready ? pods->born[i] + pods->startup : pods->born[i],
		    .phase = POD_RUNNING,
		    .ready = i < ready ? POD_READY_TRUE : POD_READY_FALSE,
		};
	return view;
}

int shadow_pods_view(struct shadow_pods *pods, const struct hpa_spec *spec, const struct workload_view *cluster,
		     ms_t now, struct arena *arena, struct workload_view *out, struct err *err)
{
	*out = *cluster;
	if (cluster->lost)
		return 0;
	bool same = pods->n == (uint32_t)cluster->spec_replicas;
	struct tally *tallies = cluster->metrics ? tally_all(pods, cluster, spec->n_metrics, arena) : NULL;
	if (cluster->metrics && !tallies)
		return err_set(err, "out of memory for %u metrics", spec->n_metrics);
	if (pods->joined || same || !tallies || cluster->spec_replicas == 0) {
		pods->joined = false;
		return follow(pods, cluster, now, err);
	}
	uint32_t ready = count_ready(pods, now);
	struct metric_input *metrics = arena_alloc(arena, spec->n_metrics, sizeof *metrics);
	bool made = metrics && (out->pods = view_pods(pods, ready, arena));
	for (uint32_t m = 0; made && m < spec->n_metrics; m++)
		made = view_metric(pods, cluster, &cluster->metrics[m], ready, &tallies[m], arena, &metrics[m]);
	if (!made)
		return err_set(err, "out of memory for %u pods", pods->n);
	out->metrics = metrics;
	out->n_pods = pods->n;
	out->spec_replicas = out->status_replicas = (int32_t)pods->n;
	return 0;
}
