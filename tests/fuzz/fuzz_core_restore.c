/* Saved cores from an enemy who can compute the checksum: refused, or taken over as a possible past. */
#include "core.h"
#include "fuzz.h"

#define STATE_MAX 65536
#define NODES     4

static void use(struct core *core)
{
	struct node_view nodes[NODES] = {{0}};
	struct group_view group = {.max = NODES, .size = NODES, .cpu_milli = 4000, .memory_bytes = GIB, .pods = 10};
	struct metric_input metric = {.unavailable = true};
	struct workload_view workload = {.spec_replicas = 5, .status_replicas = 5, .metrics = &metric};
	struct snapshot snapshot = {.due = DUE_REPLICAS | DUE_NODES,
				    .workloads = &workload,
				    .n_workloads = 1,
				    .nodes = nodes,
				    .n_nodes = NODES,
				    .groups = &group,
				    .n_groups = 1};
	struct plan plan;
	struct err err;
	for (uint32_t slot = 0; slot < NODES; slot++)
		nodes[slot] = (struct node_view){
		    .uid = slot, .state = NODE_READY, .cpu_milli = 4000, .memory_bytes = GIB, .pods = 10};
	for (snapshot.time = -HOUR_MS; snapshot.time < HOUR_MS; snapshot.time += HOUR_MS / 4, snapshot.generation++)
		core_step(core, &snapshot, &plan, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[STATE_MAX], again[STATE_MAX], third[STATE_MAX];
	static const struct metric_spec metric = {
	    .type = METRIC_RESOURCE, .target_type = TARGET_UTILIZATION, .target = 50, .name = "cpu", .is_cpu = true};
	static const struct hpa_spec spec = {
	    .name = "fuzz", .namespace_ = "x", .max_replicas = 10, .metrics = &metric, .n_metrics = 1};
	static const uint32_t workload_of = 0;
	struct settings settings;
	struct arena arena = {0};
	struct err err;
	settings_default(&settings);
	const struct core_config config = {.autoscalers = &spec,
					   .workload_of = &workload_of,
					   .n_autoscalers = 1,
					   .max_nodes = NODES,
					   .max_groups = 1,
					   .settings = &settings};
	struct core *core = core_new(&config, &arena, &err);
	if (core && size <= STATE_MAX / 2) {
		/* behind a good head and times, so that the parser is reached */
		size_t good = core_save(core, bytes, sizeof bytes), head = 8 + 4 + 4 * 8;
		if (good < head)
			__builtin_trap();
		if (size > 0)
			memcpy(bytes + head, data, size);
		if (core_restore(core, bytes, fuzz_sign(bytes, head + size), &err) == 0) {
			size_t saved = core_save(core, again, sizeof again);
			if (saved > sizeof again || core_restore(core, again, saved, &err) < 0 ||
			    core_save(core, third, sizeof third) != saved || memcmp(again, third, saved) != 0)
				__builtin_trap();
			use(core);
		}
	}
	arena_free(&arena);
	return 0;
}
