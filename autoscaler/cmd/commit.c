#include "commit.h"

#include "cmd.h"
#include "scenario.h"
#include "visible.h"

#include <stdlib.h>
#include <unistd.h>

enum { MANIFESTS, LOAD, PRICE, NODE, TERM, OUTPUT, PLOT, SEED, SET, FROM, UNTIL, DATA, HELP };

static const struct option_row options[] = {
    [MANIFESTS] = OPTION_MANIFESTS,
    [LOAD] = {"load", 0, "FILE.csv[.gz]", "the load, as for sim"},
    [PRICE] = OPTION_PRICE,
    [NODE] = OPTION_NODE,
    [TERM] = {"term", 0, "1y|3y|1y,3y", "terms to look at (1y,3y)"},
    [OUTPUT] = {"output", 'o', "table|json|csv", "form of the result (table); the curves are in json"},
    [PLOT] = {"plot", 0, "FILE.svg|png", "draw cost against the share that is covered; needs gnuplot"},
    [SEED] = OPTION_SEED,
    [SET] = OPTION_SET,
    [FROM] = OPTION_FROM,
    [UNTIL] = OPTION_UNTIL,
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [HELP] = OPTION_HELP,
};

struct request {
	struct repeated paths, nodes, sets;
	const char *load, *price, *plot, *seed, *from, *until, *data;
	int32_t terms[2];
	uint32_t n_terms;
	enum table_format format;
};

struct run {
	struct request request;
	struct settings settings;
	struct manifests manifests;
	struct load load;
	struct market market;
	struct arena arena;
	struct sim_group *groups;
	uint32_t *skus;
	struct sim_params params;
	struct sim_result result;
	struct hourly_usage hours;
	struct commitments commitments;
};

static int parse_terms(const char *text, struct request *request, struct err *err)
{
	static const struct {
		const char *word;
		uint32_t n;
		int32_t terms[2];
	} words[] = {{"1y", 1, {12, 0}}, {"3y", 1, {36, 0}}, {"1y,3y", 2, {12, 36}}, {"3y,1y", 2, {12, 36}}};
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(text, words[i].word) == 0) {
			memcpy(request->terms, words[i].terms, sizeof request->terms);
			request->n_terms = words[i].n;
			return 0;
		}
	return err_set(err, "--term: found '%s', allowed is 1y, 3y or 1y,3y", visible(text, strlen(text), 40).text);
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [LOAD] = &request->load, [PRICE] = &request->price, [PLOT] = &request->plot, [SEED] = &request->seed,
	    [FROM] = &request->from, [UNTIL] = &request->until, [DATA] = &request->data,
	};
	switch (option) {
	case MANIFESTS:
		return repeated_add(&request->paths, "filename", value, err);
	case NODE:
		return repeated_add(&request->nodes, "node", value, err);
	case SET:
		return repeated_add(&request->sets, "set", value, err);
	case TERM:
		return parse_terms(value, request, err);
	case OUTPUT:
		return table_format_parse(value, &request->format, err);
	default:
		*single[option] = value;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	parse_terms("1y,3y", request, err);
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	return status ? status
		      : scenario_complete(verb, argv[rest], request->paths.n > 0, request->load, request->price, err);
}

static int read_groups(struct run *run, struct err *err)
{
	if (scenario_groups_of(&run->market.list.book, &run->request.nodes, &run->manifests, run->request.price,
			       &run->arena, &run->groups, &run->params.n_groups, err) < 0)
		return -1;
	run->params.groups = run->groups;
	return market_skus(&run->market, run->groups, run->params.n_groups, &run->arena, &run->skus, err);
}

static int prepare(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	if (scenario_settings(&request->sets, request->seed, &run->settings, err) < 0 ||
	    scenario_manifests(request->paths.values, request->paths.n, NULL, &run->manifests, err) < 0 ||
	    scenario_load(request->load, &run->settings, &run->load, err) < 0 ||
	    market_open(request->data, request->price, &run->market, err) < 0 || read_groups(run, err) < 0)
		return -1;
	run->params.manifests = &run->manifests;
	run->params.load = &run->load;
	run->params.fees = &run->market.list.book.fees;
	run->params.settings = &run->settings;
	return scenario_span(request->from, request->until, &run->load, &run->params, err);
}

static const char *groups_text(struct run *run)
{
	char text[512] = "";
	size_t used = 0;
	for (uint32_t g = 0; g < run->params.n_groups && used < sizeof text; g++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", g ? " + " : "", run->groups[g].name);
	return arena_strdup(&run->arena, text);
}

static int work_out(struct run *run, struct err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct commitments *result = &run->commitments;
	struct price_plan plan;
	if (price_plan_read(run->request.data, "on-demand", &run->arena, &plan, err) < 0)
		return -1;
	if (sim_run(&run->params, &run->result, err) < 0 ||
	    market_hours(&run->market, run->skus, &plan, &run->result, &run->arena, &run->hours, err) < 0)
		return -1;
	*result = (struct commitments){.load = run->request.load,
				       .region = run->request.price,
				       .nodes = groups_text(run),
				       .currency = run->market.list.currency,
				       .from = run->params.from,
				       .until = run->params.until};
	if (!result->nodes)
		return err_set(err, "out of memory");
	if (commit_rows(&run->market, &plan, &run->hours, run->request.terms, run->request.n_terms,
			(unsigned)max64(processors, 1), &run->arena, result, err) < 0)
		return -1;
	if (result->n_rows == 0)
		return err_set(err, "%s has no price for commitments of this term for %s", run->request.price,
			       result->nodes);
	return 0;
}

static int publish(struct run *run, struct err *err)
{
	if (run->request.plot && commitments_draw(&run->commitments, run->request.plot, err) < 0)
		return -1;
	return commit_report(&run->commitments, run->request.format, stdout, err);
}

static void run_free(struct run *run)
{
	sim_result_free(&run->result);
	market_close(&run->market);
	load_free(&run->load);
	manifests_free(&run->manifests);
	arena_free(&run->arena);
	free(run);
}

static int commit(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	struct run *run = calloc(1, sizeof *run);
	if (!run)
		return err_set(&err, "out of memory"), verb_refuse(verb, &err);
	int status = parse(verb, argc, argv, &run->request, &err);
	if (status == 0 && (prepare(run, &err) < 0 || work_out(run, &err) < 0 || publish(run, &err) < 0))
		status = -1;
	run_free(run);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_commit = {
    .name = "commit",
    .summary = "which reservation or savings plan to buy for a load, and the regret if it shrinks",
    .synopsis = "-f MANIFESTS --load LOAD --price CLOUD/REGION [options]",
    .description =
	"Simulates a load, and finds for each kind of commitment, term and payment the purchase that makes the bill "
	"least, "
	"exactly. Prints what it saves, what of it would go unused, and what it would cost should the load shrink.",
    .options = options,
    .n_options = COUNT(options),
    .run = commit,
};
