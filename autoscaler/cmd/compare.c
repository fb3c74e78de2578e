#include "compare.h"

#include "cmd.h"
#include "nearest.h"
#include "visible.h"

#include <stdlib.h>

#define SEEDS_MAX 1000
#define JOBS_MAX  256

enum { MANIFESTS, LOAD, PRICE, PLAN, NODE, SEEDS, JOBS, SORT, OUTPUT, PLOT, STORE, SET, FROM, UNTIL, DATA, HELP };

static const struct option_row options[] = {
    [MANIFESTS] = {"filename", 'f', "[NAME=]FILE|DIR",
		   "a policy: manifests, as for kubectl apply -f; repeat it for others"},
    [LOAD] = {"load", 0, "FILE.csv[.gz]", "the load, as for sim"},
    [PRICE] = {"price", 0, "CLOUD/REGION[,...]", "price lists (`plimsoll price` lists them)"},
    [PLAN] = {"plan", 0, "PLAN[,...]",
	      "how it is paid for: on-demand (default), spot, a plan file, or 1y, 3y: the best commitment of "
	      "that term for this load; reserved-1y, savings-3y, instance-savings-1y, "
	      "compute-savings-1y, resource-1y, flexible-1y: of one kind"},
    [NODE] = {"node", 0, "[CLOUD/REGION=]TYPE[:MIN[:MAX]][,...]",
	      "node groups to compare; A+B: both in one cluster. Default, auto: the cheapest general-purpose type of "
	      "each price "
	      "list that holds two pods, 1 to 1000 nodes"},
    [SEEDS] = {"seeds", 0, "N", "simulate each with N seeds (1), for error bars; seeds count up from sim.seed"},
    [JOBS] = {"jobs", 'j', "N", "simulations at a time (as many as there are processors); the result is the same"},
    [SORT] = {"sort", 0, "cost|risk|name", "order of the rows (cost); differences are to the first"},
    [OUTPUT] = OPTION_OUTPUT,
    [PLOT] = {"plot", 0, "FILE.svg|png", "draw cost against risk, one point a row; needs gnuplot"},
    [STORE] = {"store", 0, "FILE.db", "add the comparison to a SQLite file"},
    [SET] = {"set", 0, "KEY=VALUE", "change a setting (`plimsoll help settings`) for all; may be repeated"},
    [FROM] = OPTION_FROM,
    [UNTIL] = OPTION_UNTIL,
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices, plans in DIR/plans"},
    [HELP] = OPTION_HELP,
};

static int sort_parse(const char *word, enum sort_key *key, struct err *err)
{
	static const char *const words[] = {[SORT_COST] = "cost", [SORT_RISK] = "risk", [SORT_NAME] = "name"};
	int64_t which = name_index(word, words, COUNT(words));
	if (which < 0)
		return err_set(err, "--sort: found '%s', allowed is cost, risk or name",
			       visible(word, strlen(word), 40).text);
	*key = (enum sort_key)which;
	return 0;
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct compare_request *request = self;
	const char **const single[] = {
	    [LOAD] = &request->load, [PLOT] = &request->plot,   [STORE] = &request->store,
	    [FROM] = &request->from, [UNTIL] = &request->until, [DATA] = &request->data,
	};
	struct repeated *const repeated[] = {
	    [MANIFESTS] = &request->policies, [PRICE] = &request->prices, [PLAN] = &request->plans,
	    [NODE] = &request->nodes,         [SET] = &request->sets,
	};
	switch (option) {
	case MANIFESTS:
	case PRICE:
	case PLAN:
	case NODE:
	case SET:
		return repeated_add(repeated[option], options[option].name, value, err);
	case SEEDS:
		return option_whole("seeds", value, 1, SEEDS_MAX, &request->seeds, err);
	case JOBS:
		return option_whole("jobs", value, 1, JOBS_MAX, &request->jobs, err);
	case SORT:
		return sort_parse(value, &request->sort, err);
	case OUTPUT:
		return table_format_parse(value, &request->format, err);
	default:
		*single[option] = value;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct compare_request *request, struct err *err)
{
	request->seeds = 1;
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	return status ? status
		      : scenario_complete(verb, argv[rest], request->policies.n > 0, request->load,
					  request->prices.n > 0, err);
}

static int add_note(struct compare *compare, const char *text, struct err *err)
{
	struct comparison *result = &compare->result;
	if (!result->notes)
		result->notes = arena_alloc(&compare->arena, 8, sizeof *result->notes);
	if (!result->notes)
		return err_set(err, "out of memory");
	result->notes[result->n_notes++] = text;
	return 0;
}

/* What the reader should know about how the figures came about. */
static int add_notes(struct compare *compare, struct err *err)
{
	bool spot = false, buy = false;
	for (uint32_t t = 0; t < compare->n_tenders; t++) {
		spot |= compare->tenders[t].plan.spot;
		buy |= compare->tenders[t].buy;
	}
	if (spot &&
	    add_note(compare,
		     "Spot: nodes that the provider takes back are not simulated; the risk is that of nodes that stay.",
		     err) < 0)
		return -1;
	if (buy &&
	    add_note(compare,
		     "1y, 3y: bought to cost the least for this very load; what it will be is not known in advance "
		     "(`plimsoll commit` shows the regret).",
		     err) < 0)
		return -1;
	return 0;
}

static int publish(struct compare *compare, struct err *err)
{
	const struct compare_request *request = &compare->request;
	if (request->store && comparison_store(request->store, &compare->result, err) < 0)
		return -1;
	if (request->plot && comparison_draw(&compare->result, request->plot, err) < 0)
		return -1;
	return compare_report(&compare->result, request->format, stdout, err);
}

static int compare_all(struct compare *compare, struct err *err)
{
	if (compare_read(compare, err) < 0)
		return -1;
	struct comparison *result = &compare->result;
	result->load = compare->request.load;
	result->from = compare->from;
	result->until = compare->until;
	result->first_seed = compare->settings.sim.seed;
	result->n_seeds = (uint32_t)compare->request.seeds;
	if (add_notes(compare, err) < 0 || compare_simulate(compare, err) < 0)
		return -1;
	double simulated = seconds_now();
	if (compare_rate(compare, err) < 0)
		return -1;
	fprintf(stderr, "%lld simulations in %.2f s, %u bills in %.2f s\n",
		(long long)compare->n_shapes * compare->request.seeds, simulated - compare->progress.started,
		result->n_rows * result->n_seeds, seconds_now() - simulated);
	return publish(compare, err);
}

static void compare_free(struct compare *compare)
{
	for (size_t i = 0; compare->outcomes && i < (size_t)compare->n_shapes * (size_t)compare->request.seeds; i++) {
		sim_result_free(&compare->trials[i].result);
		arena_free(&compare->outcomes[i].arena);
	}
	for (uint32_t m = 0; m < compare->n_markets; m++)
		market_close(&compare->markets[m]);
	for (uint32_t p = 0; p < compare->n_policies; p++)
		manifests_free(&compare->policies[p].manifests);
	load_free(&compare->load);
	arena_free(&compare->arena);
	free(compare);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	struct compare *compare = calloc(1, sizeof *compare);
	if (!compare)
		return err_set(&err, "out of memory"), verb_refuse(verb, &err);
	int status = parse(verb, argc, argv, &compare->request, &err);
	if (status == 0)
		status = compare_all(compare, &err);
	compare_free(compare);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_compare = {
    .name = "compare",
    .summary = "one load under many policies, price lists, plans and node types: cost against risk",
    .synopsis = "-f MANIFESTS [-f ...] --load LOAD --price CLOUD/REGION[,...] [--plan PLAN[,...]] [options]",
    .description =
	"Simulates a load once for each policy, price list and node type, rates what was used under every plan, and "
	"prints one row for each combination: what it costs, and what it risks. Combinations that do not fit, such as "
	"a plan of another provider, are left out, and said.",
    .options = options,
    .n_options = COUNT(options),
    .run = run,
};
