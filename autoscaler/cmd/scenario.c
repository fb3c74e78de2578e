#include "scenario.h"

#include "calendar.h"
#include "visible.h"

#define NODES_DEFAULT_MAX 1000
#define NODES_MAX         100000

int repeated_add(struct repeated *repeated, const char *option, const char *value, struct err *err)
{
	if (repeated->n == REPEATS_MAX)
		return err_set(err, "--%s may be given %d times at most", option, REPEATS_MAX);
	repeated->values[repeated->n++] = value;
	return 0;
}

int scenario_complete(const struct verb *verb, const char *stray, bool manifests, const char *load, bool price,
		      struct err *err)
{
	if (stray)
		return err_set(err, "'%s' is not an option; manifests are named with -f",
			       visible(stray, strlen(stray), 40).text);
	if (!manifests)
		return err_set(err, "no manifests: give -f FILE or DIR; see `plimsoll help %s`", verb->name);
	if (!load)
		return err_set(err, "no load: give --load FILE.csv; see `plimsoll help %s`", verb->name);
	if (!price)
		return err_set(err, "no price list: give --price, such as aws/us-east-1; `plimsoll price` lists them");
	return 0;
}

#define SEED "sim.seed"

int scenario_settings(const struct repeated *sets, const char *seed, struct settings *settings, struct err *err)
{
	char text[64];
	settings_default(settings);
	for (size_t i = 0; i < sets->n; i++)
		if (settings_set(settings, sets->values[i], err) < 0)
			return -1;
	if (!seed)
		return 0;
	snprintf(text, sizeof text, SEED "=%s", seed);
	if (settings_set(settings, text, err) == 0)
		return 0;
	struct err inner = *err; /* "--set sim.seed: ..." */
	return err_set(err, "--seed%s", inner.message + strlen("--set " SEED));
}

/* Something must run; said before prices are looked for. */
static int check_workloads(const struct manifests *manifests, struct err *err)
{
	for (uint32_t i = 0; i < manifests->n_workloads; i++)
		if (manifests->workloads[i].kind != KIND_DAEMONSET)
			return 0;
	if (manifests->n_autoscalers == 0)
		return err_set(err, "the manifests have no Deployment, StatefulSet or ReplicaSet to run");
	const struct hpa_spec *hpa = &manifests->autoscalers[0];
	return err_set(
	    err,
	    "the manifests have no Deployment, StatefulSet or ReplicaSet to run: autoscaler %s scales %s %s, "
	    "which must be among them",
	    hpa->name, hpa->target_kind, hpa->target_name);
}

int scenario_manifests(const char *const *paths, size_t n, const char *name, struct manifests *manifests,
		       struct err *err)
{
	if (manifests_read(paths, n, manifests, err) < 0)
		return -1;
	for (uint32_t i = 0; i < manifests->n_skipped; i++) {
		if (i == 0)
			fprintf(stderr, "%s%sskipped: ", name ? name : "", name ? ": " : "");
		fprintf(stderr, "%s%s%s", i ? ", " : "", manifests->skipped[i],
			i + 1 == manifests->n_skipped ? "\n" : "");
	}
	return check_workloads(manifests, err);
}

int scenario_load(const char *path, const struct settings *settings, struct load *load, struct err *err)
{
	return load_read(path, settings->load.scale, settings->load.cpu_per_request, load, err);
}

static int outside_load(const struct load *load, struct err *err)
{
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT];
	return err_set(err, "--from and --until must lie in this order within the load, which goes from %s to %s",
		       calendar_format(load->from, from), calendar_format(load->until, until));
}

int scenario_span(const char *from, const char *until, const struct load *load, struct sim_params *params,
		  struct err *err)
{
	params->from = load->from;
	params->until = load->until;
	if (from && time_parse(from, load->from, &params->from, err) < 0)
		return err_wrap(err, "--from");
	if (until && time_parse(until, load->from, &params->until, err) < 0)
		return err_wrap(err, "--until");
	if (params->from < load->from || params->until > load->until || params->until <= params->from)
		return outside_load(load, err);
	return 0;
}

/* ---- node groups ---- */

static int parse_count(const char *text, size_t length, int32_t *count)
{
	int64_t value = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || value > NODES_MAX)
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	*count = (int32_t)value;
	return length > 0 && value <= NODES_MAX ? 0 : -1;
}

int scenario_group(const struct price_book *book, const char *text, struct arena *arena, struct sim_group *group,
		   struct err *err)
{
	size_t name = strcspn(text, ":");
	const char *min = text[name] ? text + name + 1 : NULL;
	const char *colon = min ? strchr(min, ':') : NULL;
	const char *max = colon ? colon + 1 : NULL;
	char *type = arena_strndup(arena, text, name);
	*group = (struct sim_group){.name = type, .min = 1, .max = NODES_DEFAULT_MAX};
	if (!type)
		return err_set(err, "out of memory");
	if (price_book_find(book, type, &group->type, err) < 0)
		return err_wrap(err, "--node");
	if ((min && parse_count(min, colon ? (size_t)(colon - min) : strlen(min), &group->min) < 0) ||
	    (max && parse_count(max, strlen(max), &group->max) < 0) || group->max < 1 || group->min > group->max)
		return err_set(err, "--node %s: expected TYPE:MIN:MAX with 0 <= MIN <= MAX, 1 <= MAX <= %d",
			       visible(text, strlen(text), 60).text, NODES_MAX);
	return 0;
}

int scenario_groups(const struct price_book *book, const char *text, struct arena *arena, struct sim_group **groups,
		    uint32_t *n, struct err *err)
{
	uint32_t count = 1;
	for (const char *at = text; *at; at++)
		count += *at == '+';
	*groups = arena_alloc(arena, count, sizeof **groups);
	*n = count;
	for (uint32_t i = 0; i < count; i++) {
		size_t length = strcspn(text, "+");
		char *one = arena_strndup(arena, text, length);
		if (!*groups || !one)
			return err_set(err, "out of memory");
		if (scenario_group(book, one, arena, &(*groups)[i], err) < 0)
			return -1;
		text += length + (text[length] == '+');
	}
	return scenario_groups_check(*groups, count, err);
}

bool scenario_groups_sold(const struct price_book *book, const char *text)
{
	for (;; text++) {
		size_t name = strcspn(text, ":+");
		bool found = false;
		for (uint32_t i = 0; i < book->n_types && !found; i++)
			found = strlen(book->types[i].name) == name && strncmp(book->types[i].name, text, name) == 0;
		text += strcspn(text, "+");
		if (!found || !*text)
			return found;
	}
}

int scenario_groups_check(const struct sim_group *groups, uint32_t n, struct err *err)
{
	int64_t total = 0;
	for (uint32_t i = 0; i < n; i++)
		total += groups[i].max;
	if (total > NODES_MAX)
		return err_set(err, "--node: %lld nodes in all; at most %d can be simulated", (long long)total,
			       NODES_MAX);
	return 0;
}

/* Room for two of every pod at once is not asked for: two of the largest. */
static bool holds_two_pods(const struct instance_type *type, const struct manifests *manifests)
{
	struct allocatable allocatable;
	int64_t cpu = 0, memory = 0, agents_cpu = 0, agents_memory = 0;
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *spec = &manifests->workloads[i];
		bool daemon = spec->kind == KIND_DAEMONSET;
		agents_cpu += daemon ? spec->cpu_request_milli : 0;
		agents_memory += daemon ? spec->memory_request_bytes : 0;
		cpu = daemon ? cpu : max64(cpu, spec->cpu_request_milli);
		memory = daemon ? memory : max64(memory, spec->memory_request_bytes);
	}
	node_allocatable(type, &allocatable);
	return 2 * cpu <= allocatable.cpu_milli - allocatable.agents_cpu_milli - agents_cpu &&
	       2 * memory <= allocatable.memory_bytes - allocatable.agents_memory_bytes - agents_memory;
}

int scenario_cheapest(const struct price_book *book, const struct manifests *manifests, const char *region,
		      struct sim_group *group, struct err *err)
{
	const struct instance_type *best = NULL;
	for (uint32_t i = 0; i < book->n_types; i++) {
		const struct instance_type *type = &book->types[i];
		if (!type->general_purpose || type->gpus || strcmp(type->arch, "amd64") != 0 ||
		    !holds_two_pods(type, manifests))
			continue;
		if (!best || type->price_nano_per_hour < best->price_nano_per_hour)
			best = type;
	}
	if (!best)
		return err_set(err, "no general-purpose type of %s holds two pods: name one with --node", region);
	*group = (struct sim_group){best->name, best, 1, NODES_DEFAULT_MAX};
	fprintf(stderr,
		"nodes: %s, the cheapest general-purpose type of %s that holds two pods (%.4f USD/h); --node changes "
		"it\n",
		best->name, region, from_nano(best->price_nano_per_hour));
	return 0;
}

int scenario_groups_of(const struct price_book *book, const struct repeated *nodes, const struct manifests *manifests,
		       const char *region, struct arena *arena, struct sim_group **groups, uint32_t *n, struct err *err)
{
	*n = 0;
	*groups = arena_alloc(arena, nodes->n + 1, sizeof **groups);
	if (!*groups)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < nodes->n; i++)
		if (scenario_group(book, nodes->values[i], arena, &(*groups)[(*n)++], err) < 0)
			return -1;
	if (*n == 0 && scenario_cheapest(book, manifests, region, &(*groups)[(*n)++], err) < 0)
		return -1;
	return scenario_groups_check(*groups, *n, err);
}
