#include "world.h"

void *world_grow(struct world *world, void *array, uint32_t *room, uint32_t need, size_t size)
{
	if (need <= *room)
		return array;
	uint32_t more = *room < 16 ? 16 : *room + *room / 2;
	more = more < need ? need : more;
	void *grown = realloc(array, (size_t)more * size);
	if (!grown) {
		world->out_of_memory = true;
		return array;
	}
	*room = more;
	return grown;
}

bool world_push(struct world *world, ms_t time, enum event_kind kind, uint32_t subject, uint32_t version)
{
	if (event_push(&world->events, time, kind, subject, version) < 0)
		world->out_of_memory = true;
	return !world->out_of_memory;
}

ms_t world_draw(struct world *world, enum stream stream, const struct dist *dist)
{
	return rng_span((uint64_t)world->settings->sim.seed, stream, world->drawn[stream]++, dist);
}

static void *make(struct world *world, size_t count, size_t size)
{
	void *memory = arena_alloc(&world->arena, count, size);
	if (!memory)
		world->out_of_memory = true;
	return memory;
}

/* ---- node groups ---- */

/* DaemonSets of the manifests run on every node, beside the provider's own agents. */
static void add_daemonsets(const struct manifests *manifests, struct group *group)
{
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *spec = &manifests->workloads[i];
		if (spec->kind != KIND_DAEMONSET)
			continue;
		group->agents_cpu += spec->cpu_request_milli;
		group->agents_memory += spec->memory_request_bytes;
		group->agents_pods++;
	}
}

static int init_group(struct world *world, uint32_t g, struct err *err)
{
	struct group *group = &world->groups[g];
	const struct node_settings *node = &world->settings->node;
	const struct sim_group *spec = group->spec = &world->params->groups[g];
	node_allocatable(spec->type, &group->allocatable);
	struct allocatable *allocatable = &group->allocatable;
	if (node->max_pods > 0)
		allocatable->pods = node->max_pods;
	group->agents_cpu = node->daemonset_cpu_milli >= 0 ? node->daemonset_cpu_milli : allocatable->agents_cpu_milli;
	group->agents_memory =
	    node->daemonset_memory_bytes >= 0 ? node->daemonset_memory_bytes : allocatable->agents_memory_bytes;
	group->agents_pods = (int32_t)(node->daemonset_pods >= 0 ? node->daemonset_pods : allocatable->agents_pods);
	add_daemonsets(world->params->manifests, group);
	world->group_views[g] = (struct group_view){
	    .min = spec->min,
	    .max = spec->max,
	    .cpu_milli = allocatable->cpu_milli - group->agents_cpu,
	    .memory_bytes = allocatable->memory_bytes - group->agents_memory,
	    .pods = (int32_t)allocatable->pods - group->agents_pods,
	    .price_nano_per_hour = spec->type->price_nano_per_hour,
	};
	const struct group_view *view = &world->group_views[g];
	if (view->cpu_milli <= 0 || view->memory_bytes <= 0 || view->pods <= 0)
		return err_set(err, "node group %s: nothing is left for pods after the system's reserve and DaemonSets",
			       spec->name);
	world->max_nodes += (uint32_t)spec->max;
	return 0;
}

/* ---- workloads ---- */

static int64_t largest_node_milli(const struct world *world)
{
	int64_t most = 0;
	for (uint32_t g = 0; g < world->n_groups; g++)
		most = max64(most, world->groups[g].allocatable.cpu_milli);
	return most;
}

static bool fits_somewhere(const struct world *world, const struct workload *workload)
{
	for (uint32_t g = 0; g < world->n_groups; g++)
		if (workload->cpu_request_milli <= world->group_views[g].cpu_milli &&
		    workload->memory_request_bytes <= world->group_views[g].memory_bytes)
			return true;
	return false;
}

static int64_t container_request(const struct container_spec *container, bool cpu)
{
	if (cpu)
		return container->cpu_request_milli;
	return container->memory_request_bytes < 0 ? -1 : container->memory_request_bytes * 1000;
}

/* What the HPA divides by: the sum over running containers, or -1 when one of them has no request; with a name, that
 * container's own. */
static int64_t request_sum(const struct workload_spec *spec, bool cpu, const char *name)
{
	int64_t sum = 0;
	for (uint32_t c = 0; c < spec->n_containers; c++) {
		const struct container_spec *container = &spec->containers[c];
		if (container->init || (name && strcmp(container->name, name) != 0))
			continue;
		int64_t request = container_request(container, cpu);
		if (request < 0)
			return -1;
		sum += request;
	}
	return sum;
}

static bool init_metrics(struct world *world, struct workload *workload)
{
	uint32_t n = workload->autoscaler->n_metrics;
	workload->metrics = make(world, n, sizeof *workload->metrics);
	workload->derived = make(world, n, sizeof *workload->derived);
	workload->values = make(world, n, sizeof *workload->values);
	workload->requests = make(world, n, sizeof *workload->requests);
	if (world->out_of_memory)
		return false;
	for (uint32_t m = 0; m < n; m++) {
		const struct metric_spec *metric = &workload->autoscaler->metrics[m];
		bool container = metric->type == METRIC_CONTAINER_RESOURCE;
		if (metric->type == METRIC_RESOURCE || container)
			workload->requests[m] =
			    request_sum(workload->spec, metric->is_cpu, container ? metric->container : NULL);
		if (container || metric->type == METRIC_PODS) {
			uint32_t room = 0;
			workload->derived[m] = world_grow(world, NULL, &room, 1, sizeof *workload->derived[m]);
		}
		workload->wants_memory |= !metric->is_cpu && (metric->type == METRIC_RESOURCE || container);
		workload->metrics[m] = (struct metric_input){
		    .requests = &workload->requests[m],
		    .values = &workload->values[m],
		    .n_values = 1,
		};
	}
	return !world->out_of_memory;
}

/* Of the first container that keeps running. */
static const char *main_image(const struct workload_spec *spec)
{
	for (uint32_t c = 0; c < spec->n_containers; c++)
		if (!spec->containers[c].init && !spec->containers[c].sidecar)
			return spec->containers[c].image;
	return NULL;
}

static uint32_t image_of(const struct world *world, const struct workload *workload)
{
	const char *image = main_image(workload->spec);
	for (uint32_t w = 0; image && &world->workloads[w] < workload; w++) {
		const char *its = main_image(world->workloads[w].spec);
		if (its && !strcmp(its, image))
			return world->workloads[w].image;
	}
	return (uint32_t)(workload - world->workloads);
}

/* Its name, with the namespace where another has the same. */
static const char *label_of(struct world *world, const struct workload_spec *spec)
{
	const struct manifests *manifests = world->params->manifests;
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *other = &manifests->workloads[i];
		if (other == spec || other->kind == KIND_DAEMONSET || strcmp(other->name, spec->name) != 0)
			continue;
		size_t size = strlen(spec->namespace_) + strlen(spec->name) + 2;
		char *label = make(world, size, 1);
		if (label)
			snprintf(label, size, "%s/%s", spec->namespace_, spec->name);
		return label;
	}
	return spec->name;
}

static int init_workload(struct world *world, struct workload *workload, const struct workload_spec *spec,
			 struct err *err)
{
	ms_t from = world->params->from;
	workload->spec = spec;
	workload->label = label_of(world, spec);
	if (!workload->label)
		return err_set(err, "out of memory");
	workload->image = image_of(world, workload);
	workload->cpu_request_milli = spec->cpu_request_milli;
	workload->memory_request_bytes = spec->memory_request_bytes;
	workload->request_nano = spec->cpu_request_milli * (NANO / 1000);
	int64_t cap = spec->cpu_limit_milli >= 0 ? spec->cpu_limit_milli : largest_node_milli(world);
	workload->cap_nano = cap * (NANO / 1000);
	int64_t meant = spec->cpu_limit_milli >= 0 ? spec->cpu_limit_milli : spec->cpu_request_milli;
	workload->pod_capacity_nano = meant > 0 ? meant * (NANO / 1000) : NANO;
	workload->on_group = make(world, world->n_groups, sizeof *workload->on_group);
	if (world->out_of_memory)
		return err_set(err, "out of memory");
	workload->tally.since = from;
	workload->tally.replicas_min = INT32_MAX;
	workload->tally.open.from = MS_UNSET;
	workload->backlog_end_at = MS_NEVER;
	workload->rates_changed_at = from;
	workload->scraped_at = from + world->settings->metrics.phase - world->settings->metrics.resolution;
	if (!fits_somewhere(world, workload))
		return err_set(err,
			       "%s:%d: a pod of %s asks for %lldm CPU and %lld bytes of memory, more than any node "
			       "given has room for",
			       spec->file, spec->line, spec->name, (long long)spec->cpu_request_milli,
			       (long long)spec->memory_request_bytes);
	return 0;
}

static struct workload *find_workload(struct world *world, const struct workload_spec *spec)
{
	for (uint32_t w = 0; w < world->n_workloads; w++)
		if (world->workloads[w].spec == spec)
			return &world->workloads[w];
	return NULL;
}

static int attach_autoscalers(struct world *world, struct err *err)
{
	const struct manifests *manifests = world->params->manifests;
	for (uint32_t i = 0; i < manifests->n_autoscalers; i++) {
		const struct hpa_spec *hpa = &manifests->autoscalers[i];
		struct workload *workload = find_workload(world, manifests_target(manifests, hpa));
		if (!workload) {
			bool daemons = !strcmp(hpa->target_kind, workload_kind_names[KIND_DAEMONSET]);
			world_note(world, "autoscaler %s is left out: its target %s %s %s", hpa->name, hpa->target_kind,
				   hpa->target_name, daemons ? "cannot be scaled" : "is not in the manifests");
			continue;
		}
		if (workload->autoscaler)
			return err_set(err, "%s:%d: autoscalers %s and %s both scale %s: give it one",
				       hpa->file ? hpa->file : "-", hpa->line, workload->autoscaler->name, hpa->name,
				       workload->spec->name);
		workload->autoscaler = hpa;
		if (!init_metrics(world, workload))
			return err_set(err, "out of memory");
	}
	return 0;
}

/* ---- whose load it is ---- */

static bool is_named(const struct workload_spec *spec, const char *name)
{
	size_t length = strlen(spec->namespace_);
	if (!strncmp(name, spec->namespace_, length) && name[length] == '/')
		name += length + 1;
	return !strcmp(name, spec->name);
}

/* Without a workload column the load belongs to the only workload, or the only autoscaled one. */
static struct workload *only_workload(struct world *world)
{
	struct workload *found = NULL;
	uint32_t n = 0;
	if (world->n_workloads == 1)
		return &world->workloads[0];
	for (uint32_t w = 0; w < world->n_workloads; w++)
		if (world->workloads[w].autoscaler) {
			found = &world->workloads[w];
			n++;
		}
	return n == 1 ? found : NULL;
}

static int attach_load(struct world *world, struct err *err)
{
	const struct load *load = world->params->load;
	uint32_t attached = 0;
	for (uint32_t s = 0; s < load->n_series; s++) {
		const struct load_series *series = &load->series[s];
		struct workload *workload = NULL;
		if (!series->workload) {
			workload = only_workload(world);
			if (!workload)
				return err_set(
				    err,
				    "the load has no workload column, and the manifests have several workloads: name "
				    "whose load each row is in a column `workload`");
		}
		for (uint32_t w = 0; series->workload && w < world->n_workloads; w++) {
			if (!is_named(world->workloads[w].spec, series->workload))
				continue;
			if (workload)
				return err_set(err,
					       "the load of %s: two workloads have that name; write %s/%s or %s/%s",
					       series->workload, workload->spec->namespace_, workload->spec->name,
					       world->workloads[w].spec->namespace_, world->workloads[w].spec->name);
			workload = &world->workloads[w];
		}
		if (!workload) {
			world_note(world, "the load of %s is left out: no such workload in the manifests",
				   series->workload);
			continue;
		}
		if (workload->series)
			return err_set(err, "the load has rows for both %s and %s, which are one workload",
				       workload->series->workload, series->workload);
		workload->series = series;
		attached++;
	}
	if (attached == 0)
		return err_set(err, "the load is of %s%s, which the manifests do not have; theirs is %s%s",
			       load->series[0].workload, load->n_series > 1 ? " and others" : "",
			       world->workloads[0].spec->name, world->n_workloads > 1 ? ", among others" : "");
	return 0;
}

/* Whether a metric can be had at all; says on what assumption, or why not. */
static bool note_metric(struct world *world, const struct workload *workload, uint32_t m)
{
	const struct metric_spec *metric = &workload->autoscaler->metrics[m];
	const struct load_series *series = workload->series;
	const char *name = workload->label;
	if (metric->type == METRIC_RESOURCE || metric->type == METRIC_CONTAINER_RESOURCE) {
		if (metric->target_type == TARGET_UTILIZATION && workload->requests[m] <= 0) {
			world_note(
			    world,
			    "%s scales on a share of its %s request, and a container has none: the metric is missing",
			    name, metric->name);
			return false;
		}
		if (!metric->is_cpu && !(series && series->memory_bytes))
			world_note(
			    world,
			    "%s scales on memory and the load has no memory column: each pod uses %g of its request "
			    "(--set pod.memory_use=)",
			    name, world->settings->pod.memory_use);
		return true;
	}
	bool found = series && series->requests_milli;
	for (uint32_t c = 0; series && c < series->n_metrics; c++)
		found |= !strcmp(series->metrics[c].name, metric->name);
	if (!found)
		world_note(
		    world,
		    "%s scales on %s, and the load has neither a column of that name nor `requests`: the metric is "
		    "missing, as it would be in a cluster without it",
		    name, metric->name);
	return found;
}

static void note_metrics(struct world *world, struct workload *workload)
{
	uint32_t usable = 0;
	for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++)
		usable += note_metric(world, workload, m);
	workload->blind = workload->autoscaler && usable == 0;
	if (workload->blind)
		world_note(world, "%s cannot be scaled: its autoscaler has no metric to act on", workload->label);
	if (workload->series &&
	    workload->series->time[workload->series->n - 1] + world->params->load->step < world->params->load->until)
		world_note(world, "the load of %s ends early: its last value is held to the end", workload->label);
}

static void note_idle(struct world *world)
{
	const char *first = NULL;
	uint32_t n = 0;
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		const struct workload *workload = &world->workloads[w];
		if (!workload->autoscaler || workload->series || workload->blind)
			continue;
		first = n++ ? first : workload->label;
	}
	if (n == 1)
		world_note(world, "%s has an autoscaler and no load: it uses no CPU", first);
	else if (n > 1)
		world_note(world, "%s and %u more have an autoscaler and no load: they use no CPU", first, n - 1);
}

/* Those that ask for the same things share a note. */
static void note_unmodelled(struct world *world)
{
	const struct manifests *manifests = world->params->manifests;
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *spec = &manifests->workloads[i];
		bool daemon = spec->kind == KIND_DAEMONSET, first = spec->unmodelled;
		uint32_t others = 0;
		for (uint32_t k = 0; k < manifests->n_workloads && first; k++) {
			const struct workload_spec *other = &manifests->workloads[k];
			if (k == i || !other->unmodelled || strcmp(other->unmodelled, spec->unmodelled) != 0 ||
			    (other->kind == KIND_DAEMONSET) != daemon)
				continue;
			first = k > i;
			others++;
		}
		char more[32] = "";
		if (others)
			snprintf(more, sizeof more, " and %u more", others);
		if (first)
			world_note(world, "%s%s: %s %s not modelled: %s", spec->name, more, spec->unmodelled,
				   strchr(spec->unmodelled, ',') ||
					   spec->unmodelled[strlen(spec->unmodelled) - 1] == 's'
				       ? "are"
				       : "is",
				   daemon ? "it runs on every node" : "pods go to any node with the CPU and memory");
	}
}

int world_init(struct world *world, const struct sim_params *params, struct err *err)
{
	const struct manifests *manifests = params->manifests;
	*world = (struct world){
	    .params = params, .settings = params->settings, .now = params->from, .n_groups = params->n_groups};
	world->cost.since = params->from;
	world->disk_gib =
	    params->settings->node.disk_gib >= 0 ? params->settings->node.disk_gib : params->fees->default_disk_gib;
	world->groups = make(world, params->n_groups, sizeof *world->groups);
	world->group_views = make(world, params->n_groups, sizeof *world->group_views);
	world->sizes = make(world, params->n_groups, sizeof *world->sizes);
	world->prices = make(world, params->n_groups, sizeof *world->prices);
	world->workloads = make(world, manifests->n_workloads, sizeof *world->workloads);
	world->workload_views = make(world, manifests->n_workloads, sizeof *world->workload_views);
	if (world->out_of_memory)
		return err_set(err, "out of memory");
	for (uint32_t g = 0; g < world->n_groups; g++)
		if (init_group(world, g, err) < 0)
			return -1;
	world->touched = make(world, manifests->n_workloads, sizeof *world->touched);
	world->listed = make(world, world->max_nodes, sizeof *world->listed);
	nodes_price(world);
	world->views = make(world, world->max_nodes, sizeof *world->views);
	world->nodes = make(world, world->max_nodes, sizeof *world->nodes);
	world->usage_of = make(world, world->max_nodes, sizeof *world->usage_of);
	if (world->out_of_memory)
		return err_set(err, "out of memory for %u nodes", world->max_nodes);
	for (uint32_t i = 0; i < manifests->n_workloads; i++)
		if (manifests->workloads[i].kind != KIND_DAEMONSET &&
		    init_workload(world, &world->workloads[world->n_workloads++], &manifests->workloads[i], err) < 0)
			return -1;
	world->n_images = world->n_workloads;
	if (world->n_workloads == 0)
		return err_set(err, "the manifests have no Deployment, StatefulSet or ReplicaSet to run");
	if (params->check)
		world->audits = make(world, world->n_workloads, sizeof *world->audits);
	if (attach_autoscalers(world, err) < 0 || attach_load(world, err) < 0)
		return -1;
	for (uint32_t w = 0; w < world->n_workloads; w++)
		note_metrics(world, &world->workloads[w]);
	note_idle(world);
	note_unmodelled(world);
	return 0;
}

void world_free(struct world *world)
{
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		struct workload *workload = &world->workloads[w];
#define FREE(field) free(workload->field);
		POD_ARRAYS(FREE)
#undef FREE
		for (uint32_t m = 0; workload->derived && m < workload->autoscaler->n_metrics; m++)
			free(workload->derived[m]);
	}
	for (uint32_t slot = 0; world->nodes && slot < world->n_nodes; slot++)
		free(world->nodes[slot].placed);
	free(world->shares);
	free(world->notes);
	free(world->lives);
	free(world->free_lives);
	free(world->queue);
	free(world->pending);
	free(world->usage);
	event_queue_free(&world->events);
	arena_free(&world->arena);
}

void world_note(struct world *world, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	world->notes = world_grow(world, world->notes, &world->notes_room, world->n_notes + 1, sizeof *world->notes);
	if (!world->out_of_memory)
		world->notes[world->n_notes++] = arena_strdup(&world->arena, text);
}
