#include "compare.h"

#include "crew.h"
#include "next_price.h"

#include <unistd.h>

static unsigned threads(const struct compare *compare)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t jobs = compare->request.jobs ? compare->request.jobs : max64(processors, 1);
	return (unsigned)min64(jobs, CREW_MAX);
}

/* ---- once for each shape and seed ---- */

static double percent_of(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static void take_figures(const struct sim_result *result, double figures[FIGURES])
{
	const struct workload_result *total = result->n_workloads == 1 ? &result->workloads[0] : &result->total;
	figures[FIGURE_UNDER] = total->theta_u;
	figures[FIGURE_UNSERVED] = percent_of(total->unserved_core_hours, total->demand_core_hours);
	figures[FIGURE_LATE] = percent_of(total->delayed_core_hours, total->demand_core_hours);
	figures[FIGURE_START] = total->wait_mean_s;
	figures[FIGURE_EVICTED] = (double)total->evictions;
	for (uint32_t g = 0; g < result->n_groups; g++) {
		figures[FIGURE_NODE_HOURS] += result->groups[g].node_hours;
		figures[FIGURE_PEAK] += result->groups[g].peak;
	}
}

static const struct shape *shape_of(const struct compare *compare, size_t trial)
{
	return &compare->shapes[trial / (size_t)compare->request.seeds];
}

/* Of a run only its figures and its hours are kept. */
static int keep(void *self, size_t index, struct trial *trial, struct err *err)
{
	struct compare *compare = self;
	const struct shape *shape = shape_of(compare, index);
	struct outcome *outcome = &compare->outcomes[index];
	int status = 0;
	take_figures(&trial->result, outcome->figures);
	outcome->hours = arena_alloc(&outcome->arena, compare->n_charges, sizeof *outcome->hours);
	if (!outcome->hours)
		return err_set(err, "out of memory");
	for (uint32_t c = 0; c < compare->n_charges && status == 0; c++)
		status = market_hours(&compare->markets[shape->market], shape->skus, compare->charges[c],
				      &trial->result, &outcome->arena, &outcome->hours[c], err);
	sim_result_free(&trial->result);
	return status;
}

static void show_progress(void *self, size_t done, size_t n)
{
	struct compare *compare = self;
	if (progress_due(&compare->progress))
		fprintf(stderr, "\r%zu of %zu simulations", done, n);
}

static int prepare(struct compare *compare, size_t index, struct err *err)
{
	const struct shape *shape = shape_of(compare, index);
	const struct market *market = &compare->markets[shape->market];
	struct outcome *outcome = &compare->outcomes[index];
	outcome->settings = compare->settings;
	outcome->settings.sim.seed += (int64_t)index % compare->request.seeds;
	struct sim_params *params = &compare->trials[index].params;
	*params = (struct sim_params){
	    .manifests = &compare->policies[shape->policy].manifests,
	    .load = &compare->load,
	    .groups = shape->groups,
	    .n_groups = shape->n_groups,
	    .fees = &market->list.book.fees,
	    .settings = &outcome->settings,
	    .from = compare->from,
	    .until = compare->until,
	};
	if (shape->tender == COMPARE_ALL)
		return 0;
	outcome->prices = next_price_new(&market->list, &compare->tenders[shape->tender].plan, shape->skus,
					 shape->n_groups, &outcome->arena, err);
	params->prices = (struct node_prices){outcome->prices, next_price_of};
	return outcome->prices ? 0 : -1;
}

int compare_simulate(struct compare *compare, struct err *err)
{
	size_t n = (size_t)compare->n_shapes * (size_t)compare->request.seeds;
	compare->trials = arena_alloc(&compare->arena, n, sizeof *compare->trials);
	compare->outcomes = arena_alloc(&compare->arena, n, sizeof *compare->outcomes);
	if (!compare->trials || !compare->outcomes)
		return err_set(err, "out of memory for %zu simulations", n);
	for (size_t i = 0; i < n; i++)
		if (prepare(compare, i, err) < 0)
			return -1;
	progress_start(&compare->progress);
	const struct trials trials = {.trials = compare->trials,
				      .n = n,
				      .threads = threads(compare),
				      .keep = keep,
				      .progress = isatty(STDERR_FILENO) == 1 ? show_progress : NULL,
				      .self = compare};
	int status = trials_run(&trials, err);
	progress_end(&compare->progress);
	return status;
}

/* ---- for each plan ---- */

struct candidate {
	uint32_t shape, tender;
	bool left_out;
	struct err why;
	struct arena arena;
	const char *currency, *commitment;
	int64_t *total_nano; /* by seed */
};

struct rating {
	struct compare *compare;
	struct candidate *candidates;
	uint32_t n;
};

static int rate_seed(const struct compare *compare, const struct candidate *candidate, const struct price_plan *plan,
		     size_t seed, struct bill *bill, struct arena *scratch, struct err *err)
{
	const struct shape *shape = &compare->shapes[candidate->shape];
	const struct outcome *outcome =
	    &compare->outcomes[(size_t)candidate->shape * (size_t)compare->request.seeds + seed];
	return bill_rate(&compare->markets[shape->market].list, plan,
			 &outcome->hours[compare->charge_of[candidate->tender]], scratch, bill, err);
}

/* "1 m5.large, all upfront": what is to be paid at once is part of what was bought. */
static int name_purchases(struct candidate *candidate, const struct price_plan *plan, const char *currency,
			  struct err *err)
{
	char all[3 * PURCHASE_TEXT] = "", text[PURCHASE_TEXT];
	size_t used = 0;
	if (plan->n_commitments == 0)
		return 0;
	for (uint32_t c = 0; c < plan->n_commitments && used < sizeof all; c++) {
		bool upfront = plan->commitments[c].payment != PAY_NO_UPFRONT;
		used += (size_t)snprintf(all + used, sizeof all - used, "%s%s%s%s", c ? "; " : "",
					 purchase_text(&plan->commitments[c], currency, text), upfront ? ", " : "",
					 upfront ? payment_names[plan->commitments[c].payment] : "");
	}
	candidate->commitment = arena_strdup(&candidate->arena, all);
	return candidate->commitment ? 0 : err_set(err, "out of memory");
}

/* A commitment is decided on once, by the first seed's usage, and kept whatever the others bring. */
static int choose_plan(const struct compare *compare, struct candidate *candidate, struct price_plan *plan,
		       struct err *err)
{
	const struct shape *shape = &compare->shapes[candidate->shape];
	const struct market *market = &compare->markets[shape->market];
	const struct tender *tender = &compare->tenders[candidate->tender];
	const struct outcome *first = &compare->outcomes[(size_t)candidate->shape * (size_t)compare->request.seeds];
	if (market_plan(market, tender, &first->hours[compare->charge_of[candidate->tender]], &candidate->arena, plan,
			err) < 0)
		return -1;
	return name_purchases(candidate, plan, market->list.currency, err);
}

static int rate(void *self, size_t index, struct err *err)
{
	struct rating *rating = self;
	struct compare *compare = rating->compare;
	struct candidate *candidate = &rating->candidates[index];
	const struct shape *shape = &compare->shapes[candidate->shape];
	struct price_plan plan;
	candidate->total_nano = arena_alloc(&candidate->arena, (size_t)compare->request.seeds, sizeof(int64_t));
	if (!candidate->total_nano)
		return err_set(err, "out of memory");
	if (market_sells(&compare->markets[shape->market], &compare->tenders[candidate->tender], shape->skus,
			 shape->n_groups, &candidate->why) < 0) {
		candidate->left_out = true;
		return 0;
	}
	if (choose_plan(compare, candidate, &plan, err) < 0)
		return -1;
	for (size_t seed = 0; seed < (size_t)compare->request.seeds; seed++) {
		struct arena scratch = {0};
		struct bill bill = {0};
		int status = rate_seed(compare, candidate, &plan, seed, &bill, &scratch, err);
		candidate->total_nano[seed] = bill.total_nano;
		candidate->currency = bill.currency ? arena_strdup(&candidate->arena, bill.currency) : NULL;
		arena_free(&scratch);
		if (status < 0)
			return err_wrap(err, "plan %s", plan.name);
	}
	return 0;
}

static int make_candidates(struct compare *compare, struct rating *rating, struct err *err)
{
	rating->candidates =
	    arena_alloc(&compare->arena, (size_t)compare->n_shapes * compare->n_tenders, sizeof *rating->candidates);
	if (!rating->candidates)
		return err_set(err, "out of memory");
	for (uint32_t s = 0; s < compare->n_shapes; s++)
		for (uint32_t t = 0; t < compare->n_tenders; t++)
			if (compare->shapes[s].tender == COMPARE_ALL || compare->shapes[s].tender == t)
				rating->candidates[rating->n++] = (struct candidate){.shape = s, .tender = t};
	return 0;
}

/* ---- rows ---- */

static void fill_figures(const struct compare *compare, const struct candidate *candidate, struct comparison_row *row,
			 double *values)
{
	size_t seeds = (size_t)compare->request.seeds;
	double days = (double)(compare->until - compare->from) / (double)DAY_MS;
	const struct outcome *outcomes = &compare->outcomes[(size_t)candidate->shape * seeds];
	for (int figure = 0; figure < FIGURES; figure++) {
		for (size_t i = 0; i < seeds; i++)
			values[i] = figure == FIGURE_COST ? from_nano(candidate->total_nano[i]) / days * 30
							  : outcomes[i].figures[figure];
		row->figures[figure] = spread_of(values, seeds);
	}
}

static int add_row(struct compare *compare, const struct candidate *candidate, double *values, struct err *err)
{
	struct comparison *result = &compare->result;
	struct comparison_row *row = &result->rows[result->n_rows++];
	const struct shape *shape = &compare->shapes[candidate->shape];
	int64_t *totals = arena_alloc(&compare->arena, (size_t)compare->request.seeds, sizeof *totals);
	const char *commitment = candidate->commitment ? arena_strdup(&compare->arena, candidate->commitment) : NULL;
	if (!totals || (candidate->commitment && !commitment))
		return err_set(err, "out of memory");
	memcpy(totals, candidate->total_nano, (size_t)compare->request.seeds * sizeof *totals);
	*row = (struct comparison_row){
	    .traits = {[TRAIT_POLICY] = compare->policies[shape->policy].name,
		       [TRAIT_PRICE] = compare->markets[shape->market].region,
		       [TRAIT_NODES] = shape->nodes,
		       [TRAIT_PLAN] = compare->tenders[candidate->tender].name},
	    .commitment = commitment,
	    .total_nano = totals,
	    .shape = candidate->shape,
	};
	fill_figures(compare, candidate, row, values);
	if (result->currency && strcmp(result->currency, candidate->currency) != 0)
		return err_set(err, "bills in %s and in %s cannot be compared", result->currency, candidate->currency);
	if (!result->currency)
		result->currency = arena_strdup(&compare->arena, candidate->currency);
	return 0;
}

/* What a plan asks of a market is the same for all policies and seeds: said once. */
static bool said(const struct rating *rating, uint32_t index)
{
	const struct compare *compare = rating->compare;
	const struct candidate *candidate = &rating->candidates[index];
	for (uint32_t i = 0; i < index; i++) {
		const struct candidate *other = &rating->candidates[i];
		if (other->left_out && other->tender == candidate->tender &&
		    compare->shapes[other->shape].market == compare->shapes[candidate->shape].market &&
		    strcmp(other->why.message, candidate->why.message) == 0)
			return true;
	}
	return false;
}

static int collect(struct rating *rating, struct err *err)
{
	struct compare *compare = rating->compare;
	double *values = arena_alloc(&compare->arena, (size_t)compare->request.seeds, sizeof *values);
	compare->result.rows = arena_alloc(&compare->arena, rating->n, sizeof *compare->result.rows);
	if (!values || !compare->result.rows)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < rating->n; i++) {
		const struct candidate *candidate = &rating->candidates[i];
		if (!candidate->left_out) {
			if (add_row(compare, candidate, values, err) < 0)
				return -1;
		} else if (!said(rating, i) &&
			   compare_skip(compare, err, "%s on %s: %s", compare->tenders[candidate->tender].name,
					compare->markets[compare->shapes[candidate->shape].market].region,
					candidate->why.message) < 0) {
			return -1;
		}
	}
	if (compare->result.n_rows == 0)
		return err_set(err, "nothing is left to compare: no plan fits a price list");
	return 0;
}

/* ---- order ---- */

static int by_number(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_name(const struct comparison_row *a, const struct comparison_row *b)
{
	int order = 0;
	for (int t = 0; t < TRAITS && order == 0; t++)
		order = strcmp(a->traits[t], b->traits[t]);
	return order;
}

static int by_cost(const struct comparison_row *a, const struct comparison_row *b)
{
	return by_number(a->figures[FIGURE_COST].mean, b->figures[FIGURE_COST].mean);
}

static int by_risk(const struct comparison_row *a, const struct comparison_row *b)
{
	int order = by_number(a->figures[FIGURE_UNDER].mean, b->figures[FIGURE_UNDER].mean);
	return order ? order : by_cost(a, b);
}

/* Insertion is stable: what is equal stays in the order it was asked for. */
static void sort_rows(struct comparison *result,
		      int (*order)(const struct comparison_row *, const struct comparison_row *))
{
	for (uint32_t i = 1; i < result->n_rows; i++) {
		struct comparison_row moved = result->rows[i];
		uint32_t to = i;
		for (; to > 0 && order(&moved, &result->rows[to - 1]) < 0; to--)
			result->rows[to] = result->rows[to - 1];
		result->rows[to] = moved;
	}
}

static bool beaten(const struct comparison *result, const struct comparison_row *row)
{
	double cost = row->figures[FIGURE_COST].mean, risk = row->figures[FIGURE_UNDER].mean;
	for (uint32_t i = 0; i < result->n_rows; i++) {
		double c = result->rows[i].figures[FIGURE_COST].mean, r = result->rows[i].figures[FIGURE_UNDER].mean;
		if (c <= cost && r <= risk && (c < cost || r < risk))
			return true;
	}
	return false;
}

/* Seed by seed, so that the luck they share does not count. */
static void set_against(const struct compare *compare, struct comparison *result, double *values)
{
	for (uint32_t i = 0; i < result->n_rows; i++) {
		for (uint32_t seed = 0; seed < result->n_seeds; seed++) {
			double first = (double)result->rows[0].total_nano[seed];
			values[seed] = first > 0 ? 100 * ((double)result->rows[i].total_nano[seed] - first) / first : 0;
		}
		result->rows[i].against = spread_of(values, (size_t)compare->request.seeds);
		result->rows[i].frontier = !beaten(result, &result->rows[i]);
	}
}

int compare_rate(struct compare *compare, struct err *err)
{
	static int (*const orders[])(const struct comparison_row *, const struct comparison_row *) = {
	    [SORT_COST] = by_cost, [SORT_RISK] = by_risk, [SORT_NAME] = by_name};
	struct rating rating = {.compare = compare};
	if (make_candidates(compare, &rating, err) < 0)
		return -1;
	const struct crew crew = {.n = rating.n, .threads = threads(compare), .part = rate, .self = &rating};
	int status = crew_run(&crew, err);
	if (status == 0)
		status = collect(&rating, err);
	for (uint32_t i = 0; i < rating.n; i++)
		arena_free(&rating.candidates[i].arena);
	double *values = arena_alloc(&compare->arena, (size_t)compare->request.seeds, sizeof *values);
	if (status == 0 && !values)
		status = err_set(err, "out of memory");
	if (status < 0)
		return -1;
	sort_rows(&compare->result, orders[compare->request.sort]);
	set_against(compare, &compare->result, values);
	return 0;
}
