#include "sim.h"

#include "../io/store.h"
#include "../io/timeline.h"
#include "cmd.h"
#include "duration.h"
#include "report.h"
#include "visible.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NODES_DEFAULT_MAX 1000
#define NODES_MAX         100000

enum { MANIFESTS, LOAD, PRICE, NODE, OUTPUT, TIMELINE, PLOT, STORE, SEED, SET, FROM, UNTIL, DATA, HELP };

static const struct option_row options[] = {
    [MANIFESTS] = {"filename", 'f', "FILE|DIR|-", "manifests, as for kubectl apply -f; may be repeated"},
    [LOAD] = {"load", 0, "FILE.csv[.gz]", "the load: columns time, cpu (cores) or requests, optionally memory, workload"},
    [PRICE] = {"price", 0, "CLOUD/REGION", "price list, such as aws/us-east-1 (`plimsoll price` lists them)"},
    [NODE] = {"node", 0, "TYPE[:MIN[:MAX]]", "a node group of this instance type; may be repeated. Default: the cheapest "
                                             "general-purpose type that holds two pods, 1 to 1000 nodes"},
    [OUTPUT] = {"output", 'o', "table|json|csv", "form of the result (table)"},
    [TIMELINE] = {"timeline", 0, "FILE.csv", "write what happened over time, one row a workload every sim.report_step"},
    [PLOT] = {"plot", 0, "FILE.svg|png", "draw what happened, as seen every sim.report_step; needs gnuplot"},
    [STORE] = {"store", 0, "FILE.db", "add the run to a SQLite file"},
    [SEED] = {"seed", 0, "N", "seed of the random draws (1): same seed, same result"},
    [SET] = {"set", 0, "KEY=VALUE", "change a setting (`plimsoll help settings`); may be repeated"},
    [FROM] = {"from", 0, "TIME", "start there: RFC 3339, a date, epoch seconds, or an offset from the load's start"},
    [UNTIL] = {"until", 0, "TIME", "end there"},
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [HELP] = {"help", 'h', NULL, "this text"},
};

#define REPEATS_MAX 64

struct request {
	const char *paths[REPEATS_MAX], *nodes[REPEATS_MAX], *sets[REPEATS_MAX];
	size_t n_paths, n_nodes, n_sets;
	const char *load, *price, *timeline, *plot, *store, *seed, *from, *until, *data;
	enum table_format format;
	bool help;
};

struct run {
	struct request request;
	struct settings settings;
	struct manifests manifests;
	struct load load;
	struct price_book book;
	struct arena arena;
	struct sim_group *groups;
	struct sim_params params;
	struct sim_result result;
	struct invoice invoice;
	struct timeline_sink sink;
};

/* ---- what was asked ---- */

static int repeat(const char *option, const char *value, const char **values, size_t *n, struct err *err)
{
	if (*n == REPEATS_MAX)
		return err_set(err, "--%s may be given %d times at most", option, REPEATS_MAX);
	values[(*n)++] = value;
	return 0;
}

static int take_option(struct request *request, int option, const char *value, struct err *err)
{
	const char **const single[] = {
	    [LOAD] = &request->load,   [PRICE] = &request->price, [TIMELINE] = &request->timeline, [PLOT] = &request->plot,
	    [STORE] = &request->store, [SEED] = &request->seed,   [FROM] = &request->from,         [UNTIL] = &request->until,
	    [DATA] = &request->data,
	};
	switch (option) {
	case MANIFESTS:
		return repeat("filename", value, request->paths, &request->n_paths, err);
	case NODE:
		return repeat("node", value, request->nodes, &request->n_nodes, err);
	case SET:
		return repeat("set", value, request->sets, &request->n_sets, err);
	case OUTPUT:
		return table_format_parse(value, &request->format, err);
	case HELP:
		request->help = true;
		return 0;
	default:
		*single[option] = value;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	struct option_scan scan = {.verb = verb, .argc = argc, .argv = argv};
	const char *value;
	for (int option; (option = option_next(&scan, &value, err)) != -1;)
		if (option == -2 || take_option(request, option, value, err) < 0)
			return -1;
	if (request->help)
		return 0;
	if (scan.rest < argc)
		return err_set(err, "'%s' is not an option; manifests are named with -f",
		               visible(argv[scan.rest], strlen(argv[scan.rest]), 40).text);
	static const char how[] = "see `plimsoll help sim`";
	if (request->n_paths == 0)
		return err_set(err, "no manifests: give -f FILE or DIR; %s", how);
	if (!request->load)
		return err_set(err, "no load: give --load FILE.csv; %s", how);
	if (!request->price)
		return err_set(err, "no price list: give --price, such as aws/us-east-1; `plimsoll price` lists them");
	return 0;
}

static int read_settings(struct run *run, struct err *err)
{
	char seed[64];
	settings_default(&run->settings);
	for (size_t i = 0; i < run->request.n_sets; i++)
		if (settings_set(&run->settings, run->request.sets[i], err) < 0)
			return -1;
	if (!run->request.seed)
		return 0;
	snprintf(seed, sizeof seed, "sim.seed=%s", run->request.seed);
	return settings_set(&run->settings, seed, err);
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

static int parse_group(struct run *run, const char *text, struct sim_group *group, struct err *err)
{
	size_t name = strcspn(text, ":");
	const char *min = text[name] ? text + name + 1 : NULL;
	const char *colon = min ? strchr(min, ':') : NULL;
	const char *max = colon ? colon + 1 : NULL;
	char *type = arena_strndup(&run->arena, text, name);
	*group = (struct sim_group){.name = type, .min = 1, .max = NODES_DEFAULT_MAX};
	if (!type)
		return err_set(err, "out of memory");
	if (price_book_find(&run->book, type, &group->type, err) < 0)
		return err_wrap(err, "--node");
	if ((min && parse_count(min, colon ? (size_t)(colon - min) : strlen(min), &group->min) < 0) ||
	    (max && parse_count(max, strlen(max), &group->max) < 0) || group->max < 1 || group->min > group->max)
		return err_set(err, "--node %s: expected TYPE:MIN:MAX with 0 <= MIN <= MAX, 1 <= MAX <= %d",
		               visible(text, strlen(text), 60).text, NODES_MAX);
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

static int choose_group(struct run *run, struct sim_group *group, struct err *err)
{
	const struct instance_type *best = NULL;
	for (uint32_t i = 0; i < run->book.n_types; i++) {
		const struct instance_type *type = &run->book.types[i];
		if (!type->general_purpose || type->gpus || strcmp(type->arch, "amd64") != 0 || !holds_two_pods(type, &run->manifests))
			continue;
		if (!best || type->price_nano_per_hour < best->price_nano_per_hour)
			best = type;
	}
	if (!best)
		return err_set(err, "no general-purpose type of %s holds two pods: name one with --node", run->request.price);
	*group = (struct sim_group){best->name, best, 1, NODES_DEFAULT_MAX};
	fprintf(stderr, "nodes: %s, the cheapest general-purpose type of %s that holds two pods (%.4f USD/h); --node changes it\n",
	        best->name, run->request.price, (double)best->price_nano_per_hour / (double)NANO);
	return 0;
}

static int read_groups(struct run *run, struct err *err)
{
	size_t n = run->request.n_nodes;
	int64_t total = 0;
	run->groups = arena_alloc(&run->arena, n + 1, sizeof *run->groups);
	if (!run->groups)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < n; i++) {
		if (parse_group(run, run->request.nodes[i], &run->groups[i], err) < 0)
			return -1;
		total += run->groups[i].max;
	}
	if (total > NODES_MAX)
		return err_set(err, "--node: %lld nodes in all; at most %d can be simulated", (long long)total, NODES_MAX);
	run->params.groups = run->groups;
	run->params.n_groups = n ? (uint32_t)n : 1;
	return n ? 0 : choose_group(run, &run->groups[0], err);
}

/* ---- time ---- */

static int read_span(struct run *run, struct err *err)
{
	struct sim_params *params = &run->params;
	params->from = run->load.from;
	params->until = run->load.until;
	if (run->request.from && time_parse(run->request.from, run->load.from, &params->from, err) < 0)
		return err_wrap(err, "--from");
	if (run->request.until && time_parse(run->request.until, run->load.from, &params->until, err) < 0)
		return err_wrap(err, "--until");
	if (params->from < run->load.from || params->until > run->load.until || params->until <= params->from)
		return err_set(err, "--from and --until must lie in this order within the load");
	return 0;
}

/* ---- progress, for runs that take longer than a second ---- */

struct progress {
	double started, shown;
	ms_t from, until;
};

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(void *self, ms_t now)
{
	struct progress *progress = self;
	double seconds = seconds_now();
	if (seconds - progress->started < 1 || seconds - progress->shown < 0.2)
		return;
	progress->shown = seconds;
	fprintf(stderr, "\r%3d %%", (int)(100 * (now - progress->from) / (progress->until - progress->from)));
}

/* ---- the run ---- */

static int prepare(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	if (read_settings(run, err) < 0)
		return -1;
	if ((request->plot && picture_check(request->plot, err) < 0) || (request->store && store_check(request->store, err) < 0))
		return -1;
	if (manifests_read(request->paths, request->n_paths, &run->manifests, err) < 0)
		return -1;
	for (uint32_t i = 0; i < run->manifests.n_skipped; i++)
		fprintf(stderr, "%s%s%s", i ? ", " : "skipped: ", run->manifests.skipped[i],
		        i + 1 == run->manifests.n_skipped ? "\n" : "");
	if (load_read(request->load, run->settings.load.scale, run->settings.load.cpu_per_request, &run->load, err) < 0)
		return -1;
	if (price_book_read(request->data, request->price, &run->book, err) < 0)
		return err_wrap(err, "--price");
	if (read_groups(run, err) < 0)
		return -1;
	run->params.manifests = &run->manifests;
	run->params.load = &run->load;
	run->params.fees = &run->book.fees;
	run->params.settings = &run->settings;
	return read_span(run, err);
}

static uint32_t count_workloads(const struct manifests *manifests)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < manifests->n_workloads; i++)
		n += manifests->workloads[i].kind != KIND_DAEMONSET;
	return n;
}

static int simulate(struct run *run, struct err *err)
{
	struct progress progress = {.started = seconds_now(), .from = run->params.from, .until = run->params.until};
	if (timeline_open(&run->sink, run->request.timeline, run->request.plot != NULL, run->params.from, run->params.until,
	                  run->settings.sim.report_step, count_workloads(&run->manifests), err) < 0)
		return -1;
	bool terminal = isatty(STDERR_FILENO) == 1;
	if (terminal) {
		run->sink.progress = show_progress;
		run->sink.progress_self = &progress;
	}
	if (terminal || run->request.timeline || run->request.plot)
		run->params.timeline = (struct timeline){&run->sink, timeline_take};
	int status = sim_run(&run->params, &run->result, err);
	double seconds = seconds_now() - progress.started;
	if (progress.shown > 0)
		fprintf(stderr, "\r     \r");
	if (status < 0)
		return -1;
	fprintf(stderr, "simulated %.1f days in %.2f s: %.2g times real time, %llu events\n",
	        run->result.simulated_seconds / 86400, seconds, run->result.simulated_seconds / seconds,
	        (unsigned long long)run->result.events);
	for (uint32_t i = 0; i < run->result.n_notes; i++)
		fprintf(stderr, "note: %s\n", run->result.notes[i]);
	return 0;
}

static int rate_and_compare(struct run *run, struct err *err)
{
	if (usage_rate(run->result.usage, run->result.n_usage, run->result.types, run->result.n_groups, run->params.fees,
	               &run->result.arena, &run->invoice, err) < 0)
		return -1;
	struct sim_params quiet = run->params;
	quiet.timeline.row = NULL;
	return sim_yardsticks(&quiet, &run->result, err);
}

/* The names are cut so that the cost stays in the picture. */
static void picture_title(const struct run *run, char *title, size_t size)
{
	const char *slash = strrchr(run->request.load, '/'), *load = slash ? slash + 1 : run->request.load;
	snprintf(title, size, "%s on %s: %.2f %s", visible(load, strlen(load), 50).text,
	         visible(run->request.price, strlen(run->request.price), 30).text,
	         (double)run->invoice.total_nano / (double)NANO, run->invoice.currency);
}

/* All is written before anything takes its place, and the report comes last: a refusal leaves nothing behind. */
static int publish(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	struct report report = {&run->params, &run->result, &run->invoice, request->load, request->price};
	char title[512];
	picture_title(run, title, sizeof title);
	struct outfile picture = {0};
	int status = run->sink.csv.file ? outfile_flush(&run->sink.csv, err) : 0;
	if (status == 0 && request->plot)
		status = picture_draw(&run->sink, request->plot, title, &picture, err);
	if (status == 0 && request->store)
		status = store_run(request->store, &run->params, &run->result, &run->invoice, request->load, request->price, err);
	if (status == 0 && request->plot)
		status = outfile_commit(&picture, err);
	if (status == 0)
		status = timeline_commit(&run->sink, err);
	outfile_discard(&picture);
	if (status < 0)
		return -1;
	return report_print(&report, request->format, stdout, err);
}

static void run_free(struct run *run)
{
	timeline_discard(&run->sink);
	sim_result_free(&run->result);
	price_book_free(&run->book);
	load_free(&run->load);
	manifests_free(&run->manifests);
	arena_free(&run->arena);
	free(run);
}

static int sim(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	struct run *run = calloc(1, sizeof *run);
	int status = EXIT_DONE;
	if (!run)
		return err_set(&err, "out of memory"), verb_refuse(verb, &err);
	if (parse(verb, argc, argv, &run->request, &err) < 0)
		status = verb_refuse(verb, &err);
	else if (run->request.help)
		verb_help_print(verb, stdout);
	else if (prepare(run, &err) < 0 || simulate(run, &err) < 0 || rate_and_compare(run, &err) < 0 || publish(run, &err) < 0)
		status = verb_refuse(verb, &err);
	run_free(run);
	return status;
}

const struct verb verb_sim = {
    .name = "sim",
    .summary = "replay a load under the policies of your manifests, and print the bill",
    .synopsis = "-f MANIFESTS --load LOAD --price CLOUD/REGION [options]",
    .description = "Replays a load against a simulated cluster that runs the workloads and autoscalers of the manifests, with "
                   "the same decision code that scales a real one. Prints what the policy would have done, where it would "
                   "have been too small, and what it would have cost, beside three yardsticks on the same load.",
    .options = options,
    .n_options = COUNT(options),
    .run = sim,
};
