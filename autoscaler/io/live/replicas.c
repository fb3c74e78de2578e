#include "replicas_internal.h"

static int copy_prometheus(struct live_replicas *replicas, const struct live_replicas_config *config)
{
	struct live_prometheus *copy = arena_alloc(&replicas->arena, config->n_prometheus, sizeof *copy);
	for (uint32_t i = 0; copy && i < config->n_prometheus; i++) {
		copy[i].server = config->prometheus[i].server;
		copy[i].name = arena_strdup(&replicas->arena, config->prometheus[i].name);
		if (!copy[i].name)
			return -1;
	}
	replicas->config.prometheus = copy;
	return copy ? 0 : -1;
}

struct live_replicas *live_replicas_open(const struct live_replicas_config *config, struct err *err)
{
	struct live_replicas *replicas = calloc(1, sizeof *replicas);
	if (!replicas) {
		err_set(err, "out of memory");
		return NULL;
	}
	replicas->config = *config;
	replicas->queries = (struct queries){
	    .net = config->net,
	    .kube = kube_server(config->kube),
	    .log = config->log,
	};
	if (copy_prometheus(replicas, config) < 0 || live_replicas_follow(replicas, NULL, 0, err) < 0) {
		err_set(err, "out of memory");
		live_replicas_close(replicas);
		return NULL;
	}
	return replicas;
}

static void free_views(struct live_replicas *replicas)
{
	free(replicas->first_row);
	free(replicas->workloads);
	free(replicas->inputs);
	free(replicas->sampled_at);
	free(replicas->first_pod);
	free(replicas->shared);
	replicas->first_row = NULL;
	replicas->workloads = NULL;
	replicas->inputs = NULL;
	replicas->sampled_at = NULL;
	replicas->first_pod = NULL;
	replicas->shared = NULL;
	replicas->rows = NULL;
	replicas->n = replicas->n_rows = 0;
}

void live_replicas_close(struct live_replicas *replicas)
{
	if (!replicas)
		return;
	queries_free(&replicas->queries);
	free_views(replicas);
	free(replicas->owners);
	free(replicas->pods);
	free(replicas->name_at);
	free(replicas->names);
	free(replicas->name_text);
	free(replicas->samples);
	free(replicas->requests);
	arena_free(&replicas->said);
	arena_free(&replicas->plan);
	arena_free(&replicas->followed);
	arena_free(&replicas->arena);
	free(replicas);
}

/* Copies of the specs; nothing changes when there is no memory for them. */
static int take_specs(struct live_replicas *replicas, const struct hpa_spec *const *specs, uint32_t n, struct err *err)
{
	struct arena arena = {0};
	const struct hpa_spec **copies = arena_alloc(&arena, (size_t)n + 1, sizeof *copies);
	bool whole = copies != NULL;
	for (uint32_t i = 0; whole && i < n; i++)
		whole = (copies[i] = hpa_spec_copy(specs[i], &arena)) != NULL;
	if (!whole) {
		arena_free(&arena);
		return err_set(err, "out of memory for %u autoscalers", n);
	}
	queries_clear(&replicas->queries);
	free_views(replicas);
	arena_free(&replicas->followed);
	replicas->followed = arena;
	replicas->specs = copies;
	return 0;
}

int live_replicas_follow(struct live_replicas *replicas, const struct hpa_spec *const *specs, uint32_t n,
			 struct err *err)
{
	if (take_specs(replicas, specs, n, err) < 0)
		return -1;
	uint32_t rows = 0;
	for (uint32_t i = 0; i < n; i++)
		rows += specs[i]->n_metrics;
	replicas->first_row = calloc((size_t)n + 1, sizeof *replicas->first_row);
	replicas->workloads = calloc((size_t)n + 1, sizeof *replicas->workloads);
	replicas->sampled_at = calloc((size_t)n + 1, sizeof *replicas->sampled_at);
	replicas->first_pod = calloc((size_t)n + 1, sizeof *replicas->first_pod);
	replicas->shared = calloc((size_t)n + 1, sizeof *replicas->shared);
	replicas->inputs = calloc((size_t)rows + 1, sizeof *replicas->inputs);
	if (!replicas->first_row || !replicas->workloads || !replicas->sampled_at || !replicas->first_pod ||
	    !replicas->shared || !replicas->inputs) {
		free_views(replicas);
		return err_set(err, "out of memory for %u autoscalers", n);
	}
	replicas->n = n;
	replicas->n_rows = rows;
	for (uint32_t i = 0; i < n; i++)
		replicas->first_row[i + 1] = replicas->first_row[i] + specs[i]->n_metrics;
	replicas->to_plan = true;
	replicas->refreshing = false; /* to follow others ends a refresh, without a word */
	return 0;
}

/* ---- an observation ---- */

static void targets_refreshed(void *self)
{
	struct live_replicas *replicas = self;
	replicas->refreshing = false;
	replicas->refreshed = true;
}

static int ask(struct live_replicas *replicas, ms_t wall, struct err *err)
{
	struct queries *queries = &replicas->queries;
	queries_begin(queries, wall, replicas->config.deadline);
	for (uint32_t i = 0; i < replicas->n_rows; i++)
		if (replicas->rows[i].query && replicas->rows[i].query->api != QUERY_PODS)
			query_ask(replicas->rows[i].query);
	replicas->refreshed = false;
	if (!replicas->refreshing) {
		replicas->refreshing = true;
		live_targets_refresh(replicas->config.targets, replicas->config.deadline, targets_refreshed, replicas);
	}
	if (queries_wait(queries, &replicas->refreshed, err) < 0 || replicas_plan_pods(replicas, err) < 0)
		return -1;
	for (uint32_t i = 0; i < replicas->n_rows; i++)
		if (replicas->rows[i].query)
			query_ask(replicas->rows[i].query);
	return queries_wait(queries, NULL, err);
}

int live_replicas_observe(struct live_replicas *replicas, ms_t now, ms_t ahead, struct snapshot *snapshot,
			  struct err *err)
{
	if (replicas->to_plan || clock_mono() >= replicas->plan_again_at)
		if (replicas_plan(replicas, err) < 0)
			return -1;
	int asked = ask(replicas, now - ahead, err);
	queries_end(&replicas->queries);
	if (asked < 0 || replicas_fill(replicas, ahead, err) < 0)
		return -1;
	snapshot->workloads = replicas->workloads;
	snapshot->n_workloads = replicas->n;
	return 0;
}

/* ---- for people ---- */

const char *const *live_replicas_pods(const struct live_replicas *replicas, uint32_t workload, uint32_t *n)
{
	*n = 0;
	if (workload >= replicas->n || !replicas->names)
		return NULL;
	*n = replicas->workloads[workload].n_pods;
	return replicas->names + replicas->first_pod[workload];
}

const char *live_replicas_trouble(const struct live_replicas *replicas, uint32_t workload, uint32_t metric)
{
	if (workload >= replicas->n || metric >= replicas->specs[workload]->n_metrics || !replicas->rows)
		return "";
	const char *trouble = replicas->rows[replicas->first_row[workload] + metric].trouble;
	return trouble ? trouble : "";
}

ms_t live_replicas_sampled_at(const struct live_replicas *replicas, uint32_t workload)
{
	return workload < replicas->n ? replicas->sampled_at[workload] : MS_UNSET;
}

const char *live_replicas_container_without_request(const struct live_replicas *replicas, uint32_t workload,
						    uint32_t pod, const struct metric_spec *metric)
{
	const char *container = NULL;
	uint32_t n;
	const char *const *names = live_replicas_pods(replicas, workload, &n);
	const struct live_pod *found =
	    pod < n ? live_pod_find(replicas->config.pods, replicas->specs[workload]->namespace_, names[pod]) : NULL;
	if (found)
		replicas_request(found, metric, &container);
	return container;
}
