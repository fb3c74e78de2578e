#include "sim.h"

#include "../io/report/gnuplot.h"
#include "../io/report/timeline.h"
#include "../io/store/store.h"
#include "../io/text/path.h"
#include "cmd.h"
#include "market.h"
#include "progress.h"
#include "recorded.h"
#include "report.h"
#include "scenario.h"
#include "visible.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	MANIFESTS,
	LOAD,
	PRICE,
	NODE,
	OUTPUT,
	TIMELINE,
	PLOT,
	USAGE,
	STORE,
	SEED,
	SET,
	FROM,
	UNTIL,
	IDLE,
	LABEL,
	DATA,
	JOURNAL,
	FROM_JOURNAL,
	WORKLOAD,
	HELP
};

static const struct option_row options[] = {
    [MANIFESTS] = OPTION_MANIFESTS,
    [LOAD] = {"load", 0, "FILE.csv[.gz]",
	      "the load: columns time, cpu (cores) or requests (per second), optionally memory "
	      "(bytes), workload"},
    [PRICE] = OPTION_PRICE,
    [NODE] = OPTION_NODE,
    [OUTPUT] = OPTION_OUTPUT,
    [TIMELINE] = {"timeline", 0, "FILE.csv", "write what happened over time, one row a workload every sim.report_step"},
    [PLOT] = {"plot", 0, "FILE.svg|png", "draw what happened, as seen every sim.report_step; needs gnuplot"},
    [USAGE] = {"usage", 0, "FILE.csv", "write what was used, for `plimsoll bill` under any plan"},
    [STORE] = {"store", 0, "FILE.db", "add the run to a SQLite file"},
    [SEED] = OPTION_SEED,
    [SET] = OPTION_SET,
    [FROM] = OPTION_FROM,
    [UNTIL] = OPTION_UNTIL,
    [IDLE] = {"idle", 0, "separate|share",
	      "what nobody asked for of the nodes, and the control plane: apart, or borne by the "
	      "workloads (separate)"},
    [LABEL] = {"label", 0, "KEY", "the cost by this label of the pods as well"},
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [JOURNAL] = {"journal", 0, "FILE.db", "keep every decision, for `plimsoll explain` and `plimsoll replay`"},
    [FROM_JOURNAL] = {"from-journal", 0, "FILE.db",
		      "the load that a live journal recorded, in place of --load; its specs, unless -f gives others"},
    [WORKLOAD] = {"workload", 0, "[NAMESPACE/]NAME", "of the journal, only this one; may be repeated"},
    [HELP] = OPTION_HELP,
};

struct request {
	struct repeated paths, nodes, sets, workloads;
	const char *journal, *from_journal;
	const char *load, *price, *timeline, *plot, *usage, *store, *seed, *from, *until, *label, *data;
	enum idle_policy idle;
	enum table_format format;
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
	struct run_allocation allocation;
	struct timeline_sink sink;
	struct run_journal journal;
	struct progress progress;
};

/* ---- what was asked ---- */

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [LOAD] = &request->load,
	    [PRICE] = &request->price,
	    [TIMELINE] = &request->timeline,
	    [PLOT] = &request->plot,
	    [STORE] = &request->store,
	    [SEED] = &request->seed,
	    [FROM] = &request->from,
	    [UNTIL] = &request->until,
	    [DATA] = &request->data,
	    [USAGE] = &request->usage,
	    [LABEL] = &request->label,
	    [JOURNAL] = &request->journal,
	    [FROM_JOURNAL] = &request->from_journal,
	};
	switch (option) {
	case MANIFESTS:
		return repeated_add(&request->paths, "filename", value, err);
	case NODE:
		return repeated_add(&request->nodes, "node", value, err);
	case SET:
		return repeated_add(&request->sets, "set", value, err);
	case WORKLOAD:
		return repeated_add(&request->workloads, "workload", value, err);
	case IDLE:
		return idle_policy_parse(value, &request->idle, err);
	case OUTPUT:
		return table_format_parse(value, &request->format, err);
	default:
		*single[option] = value;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	if (status)
		return status;
	if (request->from_journal && request->load)
		return err_set(err, "--load and --from-journal: one load or the other");
	if (request->workloads.n && !request->from_journal)
		return err_set(err, "--workload names a workload of --from-journal");
	if (request->from_journal)
		request->load = request->from_journal;
	return scenario_complete(verb, argv[rest], request->paths.n > 0 || request->from_journal, request->load,
				 request->price, err);
}

/* ---- the run ---- */

/* What is to run, and its load: from files, or as a journal recorded both. */
static int read_load(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	if (request->paths.n &&
	    scenario_manifests(request->paths.values, request->paths.n, NULL, &run->manifests, err) < 0)
		return -1;
	if (!request->from_journal)
		return scenario_load(request->load, &run->settings, &run->load, err);
	return recorded_load(request->from_journal, &request->workloads, run->settings.load.scale, &run->load,
			     request->paths.n ? NULL : &run->manifests, err);
}

static int prepare(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	if ((request->plot && gnuplot_check(request->plot, err) < 0) ||
	    (request->store && store_check(request->store, err) < 0))
		return -1;
	if (scenario_settings(&request->sets, request->seed, &run->settings, err) < 0 || read_load(run, err) < 0)
		return -1;
	if (price_book_read(request->data, request->price, &run->book, err) < 0)
		return err_wrap(err, "--price");
	if (scenario_groups_of(&run->book, &request->nodes, &run->manifests, request->price, &run->arena, &run->groups,
			       &run->params.n_groups, err) < 0)
		return -1;
	run->params.groups = run->groups;
	run->params.manifests = &run->manifests;
	run->params.load = &run->load;
	run->params.fees = &run->book.fees;
	run->params.settings = &run->settings;
	return scenario_span(request->from, request->until, &run->load, &run->params, err);
}

static uint32_t count_workloads(const struct manifests *manifests)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < manifests->n_workloads; i++)
		n += manifests->workloads[i].kind != KIND_DAEMONSET;
	return n;
}

static void show_progress(void *self, ms_t now)
{
	struct run *run = self;
	const struct sim_params *params = &run->params;
	if (progress_due(&run->progress))
		fprintf(stderr, "\r%3d %%", (int)(100 * (now - params->from) / (params->until - params->from)));
}

static int simulate(struct run *run, struct err *err)
{
	if (timeline_open(&run->sink, run->request.timeline, run->request.plot != NULL, run->params.from,
			  run->params.until, run->settings.sim.report_step, count_workloads(&run->manifests), err) < 0)
		return -1;
	bool terminal = isatty(STDERR_FILENO) == 1;
	if (terminal) {
		run->sink.progress = show_progress;
		run->sink.progress_self = run;
	}
	if (terminal || run->request.timeline || run->request.plot)
		run->params.timeline = (struct timeline){&run->sink, timeline_take};
	if (run->request.journal && sim_journal_open(&run->journal, run->request.journal, &run->params, err) < 0)
		return -1;
	progress_start(&run->progress);
	int status = sim_run(&run->params, &run->result, err);
	double seconds = seconds_now() - run->progress.started;
	progress_end(&run->progress);
	if (status < 0)
		return -1;
	fprintf(stderr, "simulated %.1f days in %.2f s: %.2g times real time, %llu events\n",
		run->result.simulated_seconds / 86400, seconds, run->result.simulated_seconds / seconds,
		(unsigned long long)run->result.events);
	for (uint32_t i = 0; i < run->result.n_notes; i++)
		fprintf(stderr, "note: %s\n", run->result.notes[i]);
	if (run->book.provider == PROVIDER_GCP)
		fprintf(stderr, "note: Google's monthly credit for one cluster and its sustained-use discount are left "
				"to `bill` and `compare`\n");
	return 0;
}

static int rate_and_compare(struct run *run, struct err *err)
{
	if (usage_rate(run->result.usage, run->result.n_usage, run->result.types, run->result.n_groups,
		       run->params.fees, &run->result.arena, &run->invoice, err) < 0 ||
	    allocate_run(&run->params, &run->result, &run->invoice, run->request.idle, &run->result.arena,
			 &run->allocation, err) < 0)
		return -1;
	struct sim_params quiet = run->params;
	quiet.timeline.row = NULL;
	quiet.journal.begin = NULL;
	return sim_yardsticks(&quiet, &run->result, err);
}

/* The names are cut so that the cost stays in the picture. */
static void picture_title(const struct run *run, char *title, size_t size)
{
	const char *load = path_base(run->request.load);
	snprintf(title, size, "%s on %s: %.2f %s", visible(load, strlen(load), 50).text,
		 visible(run->request.price, strlen(run->request.price), 30).text, from_nano(run->invoice.total_nano),
		 run->invoice.currency);
}

static int write_usage(struct run *run, struct err *err)
{
	struct market market;
	struct usage_item *items;
	uint32_t *skus;
	int status = market_open(run->request.data, run->request.price, &market, err);
	if (status == 0 && (market_skus(&market, run->groups, run->params.n_groups, &run->arena, &skus, err) < 0 ||
			    market_items(&market, skus, &run->result, &run->arena, &items, err) < 0 ||
			    usage_write(run->request.usage, &market.list, items, run->result.n_usage, err) < 0))
		status = -1;
	market_close(&market);
	return status;
}

/* All is written before anything takes its place, and the report comes last: a refusal leaves nothing behind. */
static int publish(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	struct report report = {&run->params,  &run->result,   &run->invoice, &run->allocation,
				request->load, request->price, request->label};
	char title[512];
	picture_title(run, title, sizeof title);
	struct outfile picture = {0};
	int status = run->sink.csv.file ? outfile_flush(&run->sink.csv, err) : 0;
	if (status == 0 && request->plot)
		status = picture_draw(&run->sink, request->plot, title, &picture, err);
	if (status == 0 && request->store)
		status = store_run(request->store, &run->params, &run->result, &run->invoice, request->load,
				   request->price, err);
	if (status == 0 && request->plot)
		status = outfile_commit(&picture, err);
	if (status == 0 && request->usage)
		status = write_usage(run, err);
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
	journal_close(run->journal.file);
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
	if (!run)
		return err_set(&err, "out of memory"), verb_refuse(verb, &err);
	int status = parse(verb, argc, argv, &run->request, &err);
	if (status == 0 && (prepare(run, &err) < 0 || simulate(run, &err) < 0 || rate_and_compare(run, &err) < 0 ||
			    publish(run, &err) < 0))
		status = -1;
	run_free(run);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_sim = {
    .name = "sim",
    .summary = "replay a load under the policies of your manifests, and print the bill",
    .synopsis = "-f MANIFESTS --load LOAD --price CLOUD/REGION [options]",
    .description =
	"Replays a load against a simulated cluster that runs the workloads and autoscalers of the manifests, with "
	"the same decision code that scales a real one. Prints what the policy would have done, where it would "
	"have been too small, and what it would have cost, beside three yardsticks on the same load. "
	"--from-journal takes load and specs from what a journal recorded.",
    .options = options,
    .n_options = COUNT(options),
    .run = sim,
};
