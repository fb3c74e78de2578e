#include "commit.h"

#include "crew.h"

#include <math.h>

/* The curve: bills for rising commitments, from none to about all that is ever used. */

enum { CURVE_STEPS = 32, DOUBLINGS = 16, CURVE_POINTS = CURVE_STEPS + 2 };
#define ALL_COVERED 99.9 /* percent */

struct offer {
	const struct commitment_rate *rate;
	struct commitment_row row;
	struct arena arena;
};

struct study {
	const struct market *market;
	const struct price_plan *plan; /* on demand */
	const struct hourly_usage *hours;
	double days;
	struct offer *offers;
	uint32_t n;
	/* What is used on the mean of all hours: the yardstick of commitments. */
	double instances, vcpus, bytes, nano;
};

static double per_30_days(const struct study *study, double nano)
{
	return nano / (double)NANO / study->days * 30;
}

static void measure(struct study *study)
{
	const struct hourly_usage *hours = study->hours;
	for (uint32_t c = 0; c < hours->n_skus; c++) {
		const struct sku *sku = &study->market->list.skus[hours->sku_of[c]];
		double sum = 0;
		for (uint32_t hour = 0; hour < hours->n_hours; hour++)
			sum += (double)hours->on_demand[(size_t)hour * hours->n_skus + c];
		double mean = sum / 1000 / (double)HOUR_MS / (double)hours->n_hours;
		study->instances += mean;
		study->nano += mean * (double)sku->tiers[0].price_nano;
		study->vcpus += sku->type ? mean * (double)sku->type->charged_milli / 1000 : 0;
		study->bytes += sku->type ? mean * (double)sku->type->memory_bytes : 0;
	}
}

/* So many times what is used on the mean. Whole instances, vCPUs and GiB. */
static struct commitment times(const struct study *study, const struct commitment *like, double factor)
{
	struct commitment bought = *like;
	switch (like->kind) {
	case COMMIT_RESERVED:
		bought.count_milli = (int64_t)ceil(study->instances * factor) * 1000;
		break;
	case COMMIT_RESOURCE:
		bought.count_milli = (int64_t)ceil(study->vcpus * factor) * 1000;
		bought.memory_bytes = (int64_t)ceil(study->bytes / (double)GIB * factor) * GIB;
		break;
	default:
		bought.nano_per_hour = (int64_t)(study->nano * factor);
	}
	return bought;
}

static void read_bill(const struct study *study, const struct bill *bill, struct curve_point *point)
{
	double covered = 0, list = 0, used = 0, unused = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++) {
		const struct bill_line *line = &bill->lines[i];
		bool instance = line->sku != UINT32_MAX && study->market->list.skus[line->sku].rule == SKU_INSTANCE;
		bool usage = line->kind == LINE_USAGE || line->kind == LINE_COVERED;
		list += instance && usage ? (double)line->list_nano : 0;
		covered += line->kind == LINE_COVERED ? (double)line->list_nano : 0;
		used += line->kind == LINE_COVERED ? (double)line->amount_nano : 0;
		unused += line->kind == LINE_UNUSED ? (double)line->amount_nano : 0;
	}
	*point = (struct curve_point){
	    .covered_percent = list > 0 ? 100 * covered / list : 0,
	    .unused_percent = used + unused > 0 ? 100 * unused / (used + unused) : 0,
	    .cost = per_30_days(study, (double)bill->total_nano),
	};
}

static int rate(const struct study *study, struct commitment *bought, struct curve_point *point, struct err *err)
{
	struct arena scratch = {0};
	struct bill bill;
	struct price_plan plan = *study->plan;
	plan.commitments = bought;
	plan.n_commitments = bought ? 1 : 0;
	int status = bill_rate(&study->market->list, &plan, study->hours, &scratch, &bill, err);
	if (status == 0)
		read_bill(study, &bill, point);
	arena_free(&scratch);
	return status;
}

static int find_all(const struct study *study, const struct commitment *like, double *factor, struct err *err)
{
	*factor = 1;
	for (int i = 0; i < DOUBLINGS; i++, *factor *= 2) {
		struct commitment bought = times(study, like, *factor);
		struct curve_point point;
		if (rate(study, &bought, &point, err) < 0)
			return -1;
		if (point.covered_percent >= ALL_COVERED)
			break;
	}
	return 0;
}

static void insert_best(struct commitment_row *row)
{
	uint32_t at = row->n_curve++;
	for (; at > 0 && row->curve[at - 1].covered_percent > row->best.covered_percent; at--)
		row->curve[at] = row->curve[at - 1];
	row->curve[at] = row->best;
}

/* Commitments of whole instances repeat: each once. */
static bool same_amount(const struct commitment *a, const struct commitment *b)
{
	return a->count_milli == b->count_milli && a->memory_bytes == b->memory_bytes &&
	       a->nano_per_hour == b->nano_per_hour;
}

static int draw_curve(const struct study *study, struct offer *offer, struct err *err)
{
	struct commitment_row *row = &offer->row;
	struct commitment before = row->commitment;
	double all;
	row->curve = arena_alloc(&offer->arena, CURVE_POINTS, sizeof *row->curve);
	if (!row->curve)
		return err_set(err, "out of memory");
	if (find_all(study, &row->commitment, &all, err) < 0)
		return -1;
	for (int i = 0; i <= CURVE_STEPS; i++) {
		struct commitment bought = times(study, &row->commitment, all * i / CURVE_STEPS);
		if (same_amount(&bought, &row->commitment) || (i > 0 && same_amount(&bought, &before)))
			continue;
		if (rate(study, &bought, &row->curve[row->n_curve++], err) < 0)
			return -1;
		before = bought;
	}
	insert_best(row);
	return 0;
}

static int fill_row(const struct study *study, struct offer *offer, const struct purchase *purchase, struct err *err)
{
	struct commitment_row *row = &offer->row;
	char text[PURCHASE_TEXT];
	row->commitment = purchase->commitment;
	row->buy = arena_strdup(&offer->arena, purchase_text(&row->commitment, study->market->list.currency, text));
	for (int i = 0; i < 2; i++)
		row->regret[i] = per_30_days(study, purchase->regret_nano[i]);
	row->break_even_percent = 100 * purchase->break_even;
	if (!row->buy)
		return err_set(err, "out of memory");
	if (rate(study, &row->commitment, &row->best, err) < 0)
		return -1;
	return draw_curve(study, offer, err);
}

static int work_out(void *self, size_t index, struct err *err)
{
	struct study *study = self;
	struct offer *offer = &study->offers[index];
	struct purchase purchase;
	if (best_purchase(&study->market->list, study->hours, offer->rate, &offer->arena, &purchase, err) < 0)
		return -1;
	return fill_row(study, offer, &purchase, err);
}

static int keep_row(struct commitments *result, const struct offer *offer, struct arena *arena, struct err *err)
{
	struct commitment_row *row = &result->rows[result->n_rows++];
	*row = offer->row;
	row->buy = arena_strdup(arena, offer->row.buy);
	row->curve = arena_alloc(arena, row->n_curve, sizeof *row->curve);
	if (!row->buy || !row->curve)
		return err_set(err, "out of memory");
	memcpy(row->curve, offer->row.curve, row->n_curve * sizeof *row->curve);
	row->against_percent = result->cost > 0 ? 100 * (row->best.cost - result->cost) / result->cost : 0;
	return 0;
}

static void sort_rows(struct commitments *result)
{
	for (uint32_t i = 1; i < result->n_rows; i++) {
		struct commitment_row moved = result->rows[i];
		uint32_t to = i;
		for (; to > 0 && moved.best.cost < result->rows[to - 1].best.cost; to--)
			result->rows[to] = result->rows[to - 1];
		result->rows[to] = moved;
	}
}

static int find_offers(struct study *study, const int32_t *terms, uint32_t n_terms, struct arena *arena,
		       struct err *err)
{
	study->offers = arena_alloc(arena, study->market->list.n_rates, sizeof *study->offers);
	if (!study->offers)
		return err_set(err, "out of memory");
	for (uint32_t t = 0; t < n_terms; t++) {
		const struct commitment_rate **rates;
		uint32_t n;
		if (market_offers(study->market, study->hours, ~0u, terms[t], arena, &rates, &n, err) < 0)
			return -1;
		for (uint32_t i = 0; i < n; i++)
			study->offers[study->n++] = (struct offer){.rate = rates[i]};
	}
	return 0;
}

int commit_rows(const struct market *market, const struct price_plan *plan, const struct hourly_usage *hours,
		const int32_t *terms, uint32_t n_terms, unsigned threads, struct arena *arena,
		struct commitments *result, struct err *err)
{
	struct study study = {.market = market,
			      .plan = plan,
			      .hours = hours,
			      .days = (double)(result->until - result->from) / (double)DAY_MS};
	struct curve_point none;
	measure(&study);
	if (find_offers(&study, terms, n_terms, arena, err) < 0 || rate(&study, NULL, &none, err) < 0)
		return -1;
	result->cost = none.cost;
	result->rows = arena_alloc(arena, study.n, sizeof *result->rows);
	if (!result->rows)
		return err_set(err, "out of memory");
	const struct crew crew = {.n = study.n, .threads = threads, .part = work_out, .self = &study};
	int status = crew_run(&crew, err);
	for (uint32_t i = 0; i < study.n; i++) {
		if (status == 0)
			status = keep_row(result, &study.offers[i], arena, err);
		arena_free(&study.offers[i].arena);
	}
	sort_rows(result);
	return status;
}
