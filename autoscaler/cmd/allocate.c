#include "allocate.h"

#include "nearest.h"
#include "visible.h"

int idle_policy_parse(const char *word, enum idle_policy *idle, struct err *err)
{
	static const char *const words[] = {[IDLE_SEPARATE] = "separate", [IDLE_SHARE] = "share"};
	int64_t which = name_index(word, words, COUNT(words));
	if (which < 0)
		return err_set(err, "--idle: '%s'; allowed: separate, share", visible(word, strlen(word), 40).text);
	*idle = (enum idle_policy)which;
	return 0;
}

/* ---- from the run to pools, uses and owners ---- */

struct build {
	const struct sim_params *params;
	const struct sim_result *result;
	struct allocation_pool *pools;
	struct allocation_use *uses;
	struct owner *owners;
	uint32_t n_uses, n_owners;
	/* Room for splitting a line over the groups. */
	wide_t *weights, *remainders;
	int64_t *shares;
};

static bool make_room(struct build *build, struct arena *arena)
{
	uint32_t groups = build->result->n_groups, owners = build->params->manifests->n_workloads + 1;
	build->pools = arena_alloc(arena, groups, sizeof *build->pools);
	build->uses = arena_alloc(arena, (size_t)groups * owners, sizeof *build->uses);
	build->owners = arena_alloc(arena, owners, sizeof *build->owners);
	build->weights = arena_alloc(arena, groups, sizeof *build->weights);
	build->remainders = arena_alloc(arena, groups, sizeof *build->remainders);
	build->shares = arena_alloc(arena, groups, sizeof *build->shares);
	return build->pools && build->uses && build->owners && build->weights && build->remainders && build->shares;
}

static void add_pools(struct build *build)
{
	for (uint32_t g = 0; g < build->result->n_groups; g++) {
		const struct instance_type *type = build->result->types[g];
		int64_t time = build->result->groups[g].node_ms;
		build->pools[g] = (struct allocation_pool){
		    .cpu_milli_ms = (wide_t)time * type->vcpu_milli,
		    .memory_byte_ms = (wide_t)time * type->memory_bytes,
		    .vcpu_nano = ALLOCATION_VCPU_NANO,
		    .gib_nano = ALLOCATION_GIB_NANO,
		};
	}
}

/* A line of the instances of a type, or of all nodes' disks, goes to the groups by their time. */
static bool add_line(struct build *build, const struct invoice_line *line)
{
	const struct sim_result *result = build->result;
	bool disk = strcmp(line->sku, build->params->fees->disk_name) == 0, any = false;
	for (uint32_t g = 0; g < result->n_groups; g++) {
		bool has = disk || strcmp(line->sku, result->types[g]->name) == 0;
		build->weights[g] = has ? result->groups[g].node_ms : 0;
		any |= build->weights[g] > 0;
	}
	if (!any)
		return false;
	allocate_shares(line->amount_nano, build->weights, result->n_groups, build->shares, build->remainders);
	for (uint32_t g = 0; g < result->n_groups; g++)
		build->pools[g].cost_nano += build->shares[g];
	return true;
}

static void add_workload(struct build *build, const struct workload_spec *spec, uint32_t index)
{
	for (uint32_t g = 0; g < build->result->n_groups; g++) {
		const struct workload_use *use = &build->result->uses[(size_t)index * build->result->n_groups + g];
		build->uses[build->n_uses++] = (struct allocation_use){
		    g, build->n_owners, use->cpu_request, use->cpu_usage, use->memory_request, use->memory_usage};
	}
	build->owners[build->n_owners++] = (struct owner){spec->name, spec->namespace_, spec->labels, spec->n_labels};
}

/* On every node, at its request. */
static void add_agents(struct build *build, struct owner owner, int64_t cpu_milli, int64_t memory_bytes)
{
	for (uint32_t g = 0; g < build->result->n_groups; g++) {
		const struct group_result *group = &build->result->groups[g];
		bool own = cpu_milli < 0;
		wide_t cpu = (wide_t)group->node_ms * (own ? group->agents_cpu_milli : cpu_milli);
		wide_t memory = (wide_t)group->node_ms * (own ? group->agents_memory_bytes : memory_bytes);
		build->uses[build->n_uses++] = (struct allocation_use){
		    .pool = g, .owner = build->n_owners, .cpu_request = cpu, .memory_request = memory};
	}
	build->owners[build->n_owners++] = owner;
}

/* What the nodes keep for agents beyond the DaemonSets of the manifests: the provider's own. */
static void add_provider_agents(struct build *build, int64_t daemons_cpu, int64_t daemons_memory)
{
	bool any = false;
	for (uint32_t g = 0; g < build->result->n_groups; g++) {
		const struct group_result *group = &build->result->groups[g];
		any |= group->agents_cpu_milli > daemons_cpu || group->agents_memory_bytes > daemons_memory;
	}
	if (!any)
		return;
	uint32_t first = build->n_uses;
	add_agents(build, (struct owner){"node agents", "kube-system", NULL, 0}, -1, -1);
	for (uint32_t i = first; i < build->n_uses; i++) {
		struct allocation_use *use = &build->uses[i];
		wide_t time = build->result->groups[use->pool].node_ms;
		use->cpu_request -= time * daemons_cpu;
		use->memory_request -= time * daemons_memory;
		use->cpu_request = use->cpu_request > 0 ? use->cpu_request : 0;
		use->memory_request = use->memory_request > 0 ? use->memory_request : 0;
	}
}

static void add_owners(struct build *build)
{
	const struct manifests *manifests = build->params->manifests;
	int64_t cpu = 0, memory = 0;
	uint32_t index = 0;
	for (uint32_t i = 0; i < manifests->n_workloads; i++) {
		const struct workload_spec *spec = &manifests->workloads[i];
		if (spec->kind != KIND_DAEMONSET) {
			add_workload(build, spec, index++);
			continue;
		}
		cpu += spec->cpu_request_milli;
		memory += spec->memory_request_bytes;
		add_agents(build, (struct owner){spec->name, spec->namespace_, spec->labels, spec->n_labels},
			   spec->cpu_request_milli, spec->memory_request_bytes);
	}
	add_provider_agents(build, cpu, memory);
}

int allocate_run(const struct sim_params *params, const struct sim_result *result, const struct invoice *invoice,
		 enum idle_policy idle, struct arena *arena, struct run_allocation *out, struct err *err)
{
	struct build build = {.params = params, .result = result};
	struct allocation_params all = {.n_pools = result->n_groups, .idle = idle};
	if (!make_room(&build, arena))
		return err_set(err, "out of memory");
	add_pools(&build);
	for (uint32_t i = 0; i < invoice->n_lines; i++)
		if (!add_line(&build, &invoice->lines[i]))
			all.overhead_nano += invoice->lines[i].amount_nano;
	add_owners(&build);
	all.pools = build.pools;
	all.uses = build.uses;
	all.n_uses = build.n_uses;
	all.n_owners = build.n_owners;
	*out = (struct run_allocation){.owners = build.owners, .n_owners = build.n_owners, .idle = idle};
	return allocate(&all, arena, &out->costs, err);
}

/* ---- sums ---- */

static const char *value_of(const struct owner *owner, const char *label)
{
	if (!label)
		return owner->namespace_;
	for (uint32_t i = 0; i < owner->n_labels; i++)
		if (strcmp(owner->labels[i].key, label) == 0)
			return owner->labels[i].value;
	return "";
}

int allocate_by(const struct run_allocation *run, const char *label, struct arena *arena, struct group_cost **out,
		uint32_t *n, struct err *err)
{
	struct group_cost *groups = arena_alloc(arena, run->n_owners, sizeof *groups);
	*n = 0;
	*out = groups;
	if (!groups)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < run->n_owners; i++) {
		const char *value = value_of(&run->owners[i], label);
		const struct allocated *cost = &run->costs.owners[i];
		uint32_t at = 0;
		while (at < *n && strcmp(groups[at].value, value) != 0)
			at++;
		*n += at == *n;
		groups[at].value = value;
		groups[at].cost.cpu_nano += cost->cpu_nano;
		groups[at].cost.memory_nano += cost->memory_nano;
		groups[at].cost.shared_nano += cost->shared_nano;
	}
	return 0;
}

/* ---- for people ---- */

struct page {
	const struct run_allocation *run;
	struct table table;
	double days;
};

static void add_row(struct page *page, const char *name, const char *namespace_, const struct allocated *cost)
{
	int64_t sum = cost->cpu_nano + cost->memory_nano + cost->shared_nano;
	double total = (double)page->run->costs.total_nano;
	table_text(&page->table, name);
	table_text(&page->table, namespace_);
	table_number(&page->table, from_nano(cost->cpu_nano), 2);
	table_number(&page->table, from_nano(cost->memory_nano), 2);
	table_number(&page->table, from_nano(cost->shared_nano), 2);
	table_number(&page->table, from_nano(sum), 2);
	table_number(&page->table, total != 0 ? 100 * (double)sum / total : 0, 1);
	table_number(&page->table, from_nano(sum) / page->days * 30, 2);
}

enum { NAME_COLUMN, NAMESPACE_COLUMN, SHARED_COLUMN = 4 };
static const struct table_column columns[] = {
    {"name", NULL, false},  {"namespace", NULL, false}, {"cpu", "CPU", true}, {"memory", "memory", true},
    {"shared", NULL, true}, {"cost", "USD", true},      {"share", "%", true}, {"month", "30 days", true},
};

static void begin(struct page *page, struct table_column *named, const char *title, bool namespaces)
{
	memcpy(named, columns, sizeof columns);
	named[NAME_COLUMN].title = title;
	named[NAMESPACE_COLUMN].title = namespaces ? "namespace" : NULL;
	named[SHARED_COLUMN].title = page->run->idle == IDLE_SHARE ? "idle & overhead" : NULL;
	table_init(&page->table, named, COUNT(columns));
}

/* What no owner bears, and the sum. */
static int finish(struct page *page, FILE *out, struct err *err)
{
	const struct allocation *costs = &page->run->costs;
	struct allocated idle = {costs->idle_cpu_nano, costs->idle_memory_nano, 0}, total = idle;
	struct allocated overhead = {.shared_nano = costs->overhead_nano};
	for (uint32_t i = 0; i < page->run->n_owners; i++) {
		total.cpu_nano += costs->owners[i].cpu_nano;
		total.memory_nano += costs->owners[i].memory_nano;
		total.shared_nano += costs->owners[i].shared_nano;
	}
	total.shared_nano += costs->overhead_nano;
	if (idle.cpu_nano || idle.memory_nano)
		add_row(page, "idle", "", &idle);
	if (overhead.shared_nano)
		add_row(page, "control plane, fees", "", &overhead);
	add_row(page, "total", "", &total);
	fprintf(out, "\n");
	int status = table_print(&page->table, TABLE_HUMAN, out, err);
	table_free(&page->table);
	return status;
}

static int print_sums(struct page *page, const char *title, const char *label, struct arena *arena, bool always,
		      FILE *out, struct err *err)
{
	struct table_column named[COUNT(columns)];
	struct group_cost *groups;
	uint32_t n;
	if (allocate_by(page->run, label, arena, &groups, &n, err) < 0)
		return -1;
	if (n < 2 && !always)
		return 0;
	begin(page, named, title, false);
	for (uint32_t i = 0; i < n; i++)
		add_row(page, *groups[i].value ? groups[i].value : "(none)", "", &groups[i].cost);
	return finish(page, out, err);
}

/* The node agents' own namespace aside. */
static bool several_namespaces(const struct run_allocation *run)
{
	const char *first = NULL;
	for (uint32_t i = 0; i < run->n_owners; i++) {
		const char *namespace_ = run->owners[i].namespace_;
		if (!strcmp(namespace_, "kube-system"))
			continue;
		if (first && strcmp(first, namespace_) != 0)
			return true;
		first = namespace_;
	}
	return false;
}

int allocation_print(const struct run_allocation *run, const char *label, double days, FILE *out, struct err *err)
{
	struct page page = {.run = run, .days = days};
	struct table_column named[COUNT(columns)];
	struct arena arena = {0};
	char title[100];
	bool several = several_namespaces(run);
	begin(&page, named, "COST BY WORKLOAD", several);
	for (uint32_t i = 0; i < run->n_owners; i++)
		add_row(&page, run->owners[i].name, run->owners[i].namespace_, &run->costs.owners[i]);
	int status = finish(&page, out, err);
	if (status == 0 && several)
		status = print_sums(&page, "COST BY NAMESPACE", NULL, &arena, false, out, err);
	snprintf(title, sizeof title, "COST BY LABEL %.60s", label ? label : "");
	if (status == 0 && label)
		status = print_sums(&page, title, label, &arena, true, out, err);
	arena_free(&arena);
	return status;
}
