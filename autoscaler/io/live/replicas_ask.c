#include "replicas_internal.h"

/* Which question answers which metric. */

#define NAMESPACES_MAX    8 /* of PodMetrics: with more than so many namespaces, all are asked for at once */
#define PLAN_AGAIN        MINUTE_MS
#define SELECTOR_TEXT_MAX 4096
#define SELECTORS_MAX     1000 /* that may change before all is planned anew */

static int no_memory(struct err *err)
{
	return err_set(err, "out of memory for the queries of metrics");
}

static bool is_resource(const struct metric_spec *metric)
{
	return metric->type == METRIC_RESOURCE || metric->type == METRIC_CONTAINER_RESOURCE;
}

static const struct metric_ask *ask_of(const struct hpa_spec *spec, uint32_t metric)
{
	static const struct metric_ask nothing;
	return spec->asks ? &spec->asks[metric] : &nothing;
}

/* Whether resource metrics are wanted in more than a few namespaces. The specs are in order of namespace. */
static bool many_namespaces(const struct live_replicas *replicas)
{
	const char *last = NULL;
	uint32_t changes = 0;
	for (uint32_t i = 0; i < replicas->n; i++) {
		const struct hpa_spec *spec = replicas->specs[i];
		bool wanted = false;
		for (uint32_t m = 0; m < spec->n_metrics; m++)
			wanted |= is_resource(&spec->metrics[m]);
		if (!wanted || (last && strcmp(last, spec->namespace_) == 0))
			continue;
		last = spec->namespace_;
		changes++;
	}
	return changes > NAMESPACES_MAX;
}

static int plan_resource(struct live_replicas *replicas, const struct hpa_spec *spec, const struct metric_spec *metric,
			 bool all, struct metric_row *row)
{
	if (resource_kind(metric->name) < 0) {
		row->cannot = "only cpu and memory are measured";
		return 0;
	}
	const char *path = resource_metrics_path(&replicas->plan, all ? NULL : spec->namespace_);
	struct queries *queries = &replicas->queries;
	row->query = path ? queries_add(queries, QUERY_RESOURCE, queries->kube, path, path, NULL) : NULL;
	return row->query ? 0 : -1;
}

static const char *object_api(const struct metric_ask *ask)
{
	return ask->object_api ? ask->object_api : "v1";
}

static bool is_namespace(const struct metric_ask *ask)
{
	return !strchr(object_api(ask), '/') && strcmp(ask->object_kind, "Namespace") == 0;
}

/* Plural and group of an object's kind; "": the namespace itself. NULL without *cannot: out of memory. */
static const char *object_resource(struct live_replicas *replicas, const struct metric_ask *ask, const char **cannot)
{
	const char *api = object_api(ask), *slash = strchr(api, '/');
	struct kube_kind kind;
	struct err err;
	if (is_namespace(ask))
		return "";
	if (kube_kind(replicas->config.kube, api, ask->object_kind, replicas->plan_until, &kind, &err) < 0) {
		replicas->plan_again_at = clock_mono() + PLAN_AGAIN;
		*cannot = metric_text(&replicas->plan, "unable to map kind %s to resource: %s", ask->object_kind,
				      err.message);
		return NULL;
	}
	return slash ? metric_text(&replicas->plan, "%s.%.*s", kind.plural, (int)(slash - api), api)
		     : metric_text(&replicas->plan, "%s", kind.plural);
}

static int plan_object(struct live_replicas *replicas, const struct hpa_spec *spec, const struct metric_spec *metric,
		       const struct metric_ask *ask, struct metric_row *row)
{
	if (!ask->object_kind || !ask->object_name) {
		row->cannot = "the object it describes is not known";
		return 0;
	}
	const char *resource = object_resource(replicas, ask, &row->cannot);
	if (!resource)
		return row->cannot ? 0 : -1;
	const char *path = custom_object_path(&replicas->plan, spec->namespace_, *resource ? resource : NULL,
					      ask->object_name, metric->name, ask->selector);
	struct queries *queries = &replicas->queries;
	row->query = path ? queries_add(queries, QUERY_OBJECT, queries->kube, path, path, NULL) : NULL;
	return row->query ? 0 : -1;
}

static int plan_prometheus(struct live_replicas *replicas, const struct metric_ask *ask, struct metric_row *row)
{
	const struct live_replicas_config *config = &replicas->config;
	for (uint32_t i = 0; i < config->n_prometheus; i++) {
		const struct live_prometheus *each = &config->prometheus[i];
		if (ask->server && strcmp(ask->server, each->name) != 0)
			continue;
		row->query =
		    queries_add(&replicas->queries, QUERY_PROMETHEUS, each->server, each->name, ask->query, NULL);
		return row->query ? 0 : -1;
	}
	row->cannot = config->n_prometheus
			  ? metric_text(&replicas->plan, "no Prometheus server is called %s", ask->server)
			  : "no Prometheus server was given";
	return row->cannot ? 0 : -1;
}

static int plan_external(struct live_replicas *replicas, const struct hpa_spec *spec, const struct metric_spec *metric,
			 const struct metric_ask *ask, struct metric_row *row)
{
	if (ask->query)
		return plan_prometheus(replicas, ask, row);
	const char *path = external_path(&replicas->plan, spec->namespace_, metric->name, ask->selector);
	struct queries *queries = &replicas->queries;
	row->query = path ? queries_add(queries, QUERY_EXTERNAL, queries->kube, path, path, NULL) : NULL;
	return row->query ? 0 : -1;
}

static int plan_metric(struct live_replicas *replicas, const struct hpa_spec *spec, uint32_t m, bool all,
		       struct metric_row *row)
{
	const struct metric_spec *metric = &spec->metrics[m];
	switch (metric->type) {
	case METRIC_RESOURCE:
	case METRIC_CONTAINER_RESOURCE:
		return plan_resource(replicas, spec, metric, all, row);
	case METRIC_PODS:
		return 0; /* when its target is known */
	case METRIC_OBJECT:
		return plan_object(replicas, spec, metric, ask_of(spec, m), row);
	case METRIC_EXTERNAL:
		return plan_external(replicas, spec, metric, ask_of(spec, m), row);
	}
	return -1;
}

/* The kinds of all objects, at once: each is then waited for as long as the others. */
static void ask_kinds(struct live_replicas *replicas)
{
	replicas->plan_until = clock_mono() + replicas->config.deadline / 2;
	for (uint32_t i = 0; i < replicas->n; i++)
		for (uint32_t m = 0; m < replicas->specs[i]->n_metrics; m++) {
			const struct metric_ask *ask = ask_of(replicas->specs[i], m);
			if (replicas->specs[i]->metrics[m].type == METRIC_OBJECT && ask->object_kind &&
			    !is_namespace(ask))
				kube_kind_ask(replicas->config.kube, object_api(ask), ask->object_kind);
		}
}

int replicas_plan(struct live_replicas *replicas, struct err *err)
{
	queries_clear(&replicas->queries);
	arena_free(&replicas->plan);
	replicas->rows = arena_alloc(&replicas->plan, replicas->n_rows, sizeof *replicas->rows);
	replicas->to_plan = true; /* until it is done */
	replicas->plan_again_at = MS_NEVER;
	replicas->changed_selectors = 0;
	if (!replicas->rows)
		return no_memory(err);
	ask_kinds(replicas);
	bool all = many_namespaces(replicas);
	for (uint32_t i = 0; i < replicas->n; i++)
		for (uint32_t m = 0; m < replicas->specs[i]->n_metrics; m++)
			if (plan_metric(replicas, replicas->specs[i], m, all,
					&replicas->rows[replicas->first_row[i] + m]) < 0)
				return no_memory(err);
	replicas->to_plan = false;
	return 0;
}

/* ---- Pods metrics ---- */

/* It is not asked, for this reason. */
static int pods_cannot(struct metric_row *row, const char *why)
{
	row->query = NULL;
	row->selector = NULL;
	row->cannot = why;
	return 0;
}

static int plan_pods(struct live_replicas *replicas, uint32_t autoscaler, uint32_t m, struct metric_row *row)
{
	const struct hpa_spec *spec = replicas->specs[autoscaler];
	const struct live_target *target = live_target(replicas->config.targets, autoscaler);
	struct queries *queries = &replicas->queries;
	char selector[SELECTOR_TEXT_MAX];
	if (!target || !target->found || !target->selector)
		return pods_cannot(row, "its target was not found");
	int length = live_selector_text(target->selector, selector, sizeof selector);
	if (length < 0)
		return pods_cannot(row, "its target selects no pods");
	if ((size_t)length >= sizeof selector)
		return pods_cannot(row, "its target's selector is too long to be asked for");
	if (row->selector && strcmp(row->selector, selector) == 0)
		return 0;
	if (row->selector && ++replicas->changed_selectors > SELECTORS_MAX)
		replicas->to_plan = true;
	const char *path = custom_pods_path(&replicas->plan, spec->namespace_, spec->metrics[m].name, selector,
					    ask_of(spec, m)->selector);
	row->query = path ? queries_add(queries, QUERY_PODS, queries->kube, path, path, spec->namespace_) : NULL;
	row->selector = arena_strdup(&replicas->plan, selector);
	return row->query && row->selector ? 0 : -1;
}

int replicas_plan_pods(struct live_replicas *replicas, struct err *err)
{
	for (uint32_t i = 0; i < replicas->n; i++)
		for (uint32_t m = 0; m < replicas->specs[i]->n_metrics; m++)
			if (replicas->specs[i]->metrics[m].type == METRIC_PODS &&
			    plan_pods(replicas, i, m, &replicas->rows[replicas->first_row[i] + m]) < 0)
				return no_memory(err);
	return 0;
}
