#include "bill_internal.h"

#include "calendar.h"

/* The best commitment. What a commitment of x saves grows with x in straight pieces: in each hour one kind of usage
 * after the other is covered, in the order of commitment.c, and each piece ends where a level of usage in some hour
 * does. So the best is at one of those levels. They are sorted and swept once.
 *
 * Sustained use is part of it: with the hours ranked by use, each hour has its own on-demand price. This is exact where
 * covering the same of every hour leaves their order, as resource-based commitments do. */

enum { QUARTERS = 4 };
#define NONE UINT32_MAX

/* Where usage in one hour passes from one piece to the next. Pieces are claim * QUARTERS + quarter of the month. */
struct level {
	int64_t steps; /* whole steps of the commitment an hour */
	double rest;   /* of a step */
	uint32_t from, to;
};

struct search {
	const struct price_list *list;
	const struct hourly_usage *usage;
	struct price_plan plan;
	struct commitment commitment;
	struct arena scratch;
	struct meters meters;
	struct coverage coverage;
	uint32_t pool;
	wide_t step;      /* of the pool, an hour */
	double step_cost; /* billionths an hour */
	double *saving;   /* piece -> billionths a step */
	int64_t *active;  /* piece -> hours */
	struct level *levels;
	size_t n_levels;
	int64_t *left;     /* [hour of the month * n_meters + meter] */
	uint32_t *quarter; /* [hour of the month * n_meters + meter] */
	uint32_t *ranked;
	struct err *err;
};

static int out_of_memory(struct search *search)
{
	return err_set(search->err, "purchase: out of memory");
}

/* ---- levels ---- */

/* The least that can be bought: an instance, a vCPU, a GiB, a billionth an hour; in units of the pool, for an hour. */
static wide_t step_of(const struct pool *pool, enum commitment_kind kind)
{
	return kind == COMMIT_RESERVED || kind == COMMIT_RESOURCE ? pool->per : UNIT_MS;
}

static int read_quarters(struct search *search, uint32_t n_hours, uint32_t hours_in_month)
{
	uint32_t n = search->meters.n;
	for (uint32_t m = 0; m < n; m++) {
		bool sustained = sustained_discounts(search->meters.all[m].type) != NULL;
		if (sustained && sustained_quarters(&search->meters, m, search->left, n_hours, hours_in_month,
						    &search->scratch, search->ranked, search->err) < 0)
			return -1;
		for (uint32_t hour = 0; hour < n_hours; hour++)
			search->quarter[(size_t)hour * n + m] = sustained ? search->ranked[hour] : 0;
	}
	return 0;
}

static void add_level(struct search *search, wide_t at, uint32_t from, uint32_t to)
{
	search->levels[search->n_levels++] =
	    (struct level){(int64_t)(at / search->step), (double)(at % search->step) / (double)search->step, from, to};
}

static void read_levels_of(struct search *search, const int64_t *left, const uint32_t *quarter)
{
	uint32_t before = NONE;
	wide_t at = 0;
	for (uint32_t i = 0; i < search->coverage.n_claims; i++) {
		const struct claim *claim = &search->coverage.claims[i];
		uint32_t piece = i * QUARTERS + quarter[claim->meter];
		if (claim->pool != search->pool || left[claim->meter] == 0)
			continue;
		if (before == NONE)
			search->active[piece]++;
		else
			add_level(search, at, before, piece);
		at += (wide_t)left[claim->meter] * claim->weight;
		before = piece;
	}
	if (before != NONE)
		add_level(search, at, before, NONE);
}

static int read_month(struct search *search, ms_t from, ms_t until, uint32_t hours_in_month)
{
	const struct hourly_usage *usage = search->usage;
	uint32_t n = search->meters.n, n_hours = (uint32_t)((until - from) / HOUR_MS);
	size_t first = (size_t)((from - usage->first_hour) / HOUR_MS);
	for (uint32_t hour = 0; hour < n_hours; hour++)
		for (uint32_t m = 0; m < n; m++)
			search->left[(size_t)hour * n + m] =
			    metered(search->list, usage, &search->meters.all[m], first + hour);
	if (read_quarters(search, n_hours, hours_in_month) < 0)
		return -1;
	for (uint32_t hour = 0; hour < n_hours; hour++)
		read_levels_of(search, &search->left[(size_t)hour * n], &search->quarter[(size_t)hour * n]);
	return 0;
}

static int read_levels(struct search *search)
{
	const struct hourly_usage *usage = search->usage;
	ms_t end = usage->first_hour + (ms_t)usage->n_hours * HOUR_MS, month, next;
	search->n_levels = 0;
	memset(search->active, 0, (size_t)search->coverage.n_claims * QUARTERS * sizeof *search->active);
	for (ms_t at = usage->first_hour; at < end; at = next) {
		calendar_month(at, &month, &next);
		if (read_month(search, at, min64(next, end), (uint32_t)((next - month) / HOUR_MS)) < 0)
			return -1;
	}
	return 0;
}

static bool lower(const void *one, const void *other)
{
	const struct level *a = one, *b = other;
	if (a->steps != b->steps)
		return a->steps < b->steps;
	if (a->rest != b->rest)
		return a->rest < b->rest;
	return a->from != b->from ? a->from < b->from : a->to < b->to;
}

/* ---- the sweep ---- */

static void price_pieces(struct search *search)
{
	const struct pool *pool = &search->coverage.pools[search->pool];
	static const int64_t full_price[QUARTERS] = {0};
	search->step = step_of(pool, search->commitment.kind);
	search->step_cost = (double)search->step * (double)pool->charge / (double)pool->per;
	for (uint32_t i = 0; i < search->coverage.n_claims; i++) {
		const struct claim *claim = &search->coverage.claims[i];
		const struct meter *meter = &search->meters.all[claim->meter];
		const int64_t *off = sustained_discounts(meter->type);
		for (int quarter = 0; quarter < QUARTERS; quarter++)
			search->saving[i * QUARTERS + (uint32_t)quarter] =
			    (double)search->step / (double)claim->weight * (double)meter->price_nano / (double)UNIT_MS *
			    (double)(PPM - (off ? off : full_price)[quarter]) / (double)PPM;
	}
}

/* What one step more saves, less what it costs. */
static double gain_of_step(const struct search *search)
{
	double gain = -search->step_cost * (double)search->usage->n_hours;
	for (uint32_t i = 0; i < search->coverage.n_claims * QUARTERS; i++)
		gain += (double)search->active[i] * search->saving[i];
	return gain;
}

/* The whole number of steps that gains most. Between two levels the gain is straight, so its best is at an end. */
static int64_t sweep(struct search *search)
{
	int64_t best = 0, at_steps = 0;
	long double gain = 0, most = 0;
	double at_rest = 0, slope = gain_of_step(search);
	for (size_t i = 0; i < search->n_levels; i++) {
		const struct level *level = &search->levels[i];
		int64_t first = at_steps + (at_rest > 0), last = level->steps;
		long double to_first = (long double)(first - at_steps) - (long double)at_rest;
		long double to_last = (long double)(last - at_steps) - (long double)at_rest;
		if (last >= first && gain + slope * to_first > most) {
			most = gain + slope * to_first;
			best = first;
		}
		if (last >= first && gain + slope * to_last > most) {
			most = gain + slope * to_last;
			best = last;
		}
		gain += slope * (to_last + (long double)level->rest);
		at_steps = level->steps;
		at_rest = level->rest;
		search->active[level->from]--;
		if (level->to != NONE)
			search->active[level->to]++;
		slope = gain_of_step(search);
	}
	/* Above the last level a step only costs, but the last whole one may reach a little beyond it. */
	if (at_rest > 0 && gain + slope * (1 - (long double)at_rest) > most)
		best = at_steps + 1;
	return best;
}

/* ---- what a bill comes to ---- */

static int total_of(struct search *search, const struct hourly_usage *usage, bool committed, double *nano)
{
	struct arena arena = {0};
	struct bill bill;
	struct price_plan plan = search->plan;
	if (!committed)
		plan.n_commitments = 0;
	int status = bill_rate(search->list, &plan, usage, &arena, &bill, search->err);
	*nano = (double)bill.total_nano;
	arena_free(&arena);
	return status;
}

static void set_steps(struct search *search, int64_t steps)
{
	struct commitment *commitment = &search->commitment;
	if (commitment->kind == COMMIT_RESERVED)
		commitment->count_milli = steps * 1000;
	else if (commitment->kind != COMMIT_RESOURCE)
		commitment->nano_per_hour = steps;
	else if (search->coverage.pools[search->pool].part == PART_VCPU)
		commitment->count_milli = steps * 1000;
	else
		commitment->memory_bytes = steps * GIB;
}

/* The sweep is in floating point: its neighbours, and nothing, are rated too, and the least bill wins. */
static int settle(struct search *search, int64_t found, double *least)
{
	const int64_t candidates[] = {0, found - 1, found, found + 1};
	int64_t best = 0;
	for (size_t i = 0; i < COUNT(candidates); i++) {
		double nano;
		if (i > 0 && candidates[i] <= 0)
			continue;
		set_steps(search, candidates[i]);
		if (total_of(search, search->usage, true, &nano) < 0)
			return -1;
		if (i == 0 || nano < *least) {
			*least = nano;
			best = candidates[i];
		}
	}
	set_steps(search, best);
	return 0;
}

static int search_pool(struct search *search, double *least)
{
	price_pieces(search);
	if (read_levels(search) < 0)
		return -1;
	heap_sort(search->levels, search->n_levels, sizeof *search->levels, lower);
	return settle(search, sweep(search), least);
}

/* ---- around it ---- */

static int shrunk(struct search *search, int64_t percent, struct hourly_usage *usage)
{
	size_t cells = (size_t)search->usage->n_hours * search->usage->n_skus;
	*usage = *search->usage;
	usage->on_demand = arena_alloc(&search->scratch, cells, sizeof *usage->on_demand);
	usage->spot = arena_alloc(&search->scratch, cells, sizeof *usage->spot);
	if (!usage->on_demand || !usage->spot)
		return out_of_memory(search);
	for (size_t i = 0; i < cells; i++) {
		usage->on_demand[i] = (int64_t)((wide_t)search->usage->on_demand[i] * percent / 100);
		usage->spot[i] = (int64_t)((wide_t)search->usage->spot[i] * percent / 100);
	}
	return 0;
}

static int add_regret(struct search *search, struct purchase *purchase)
{
	static const int64_t percent[COUNT(purchase->regret_nano)] = {80, 50};
	for (size_t i = 0; i < COUNT(percent); i++) {
		struct hourly_usage usage;
		double with, without;
		if (shrunk(search, percent[i], &usage) < 0 || total_of(search, &usage, true, &with) < 0 ||
		    total_of(search, &usage, false, &without) < 0)
			return -1;
		purchase->regret_nano[i] = with - without;
	}
	return 0;
}

/* What it costs to cover everything, all of the time, to what that costs on demand. */
static double break_even(const struct search *search)
{
	double cost = 0, on_demand = 0;
	for (uint32_t i = 0; i < search->coverage.n_claims; i++) {
		const struct claim *claim = &search->coverage.claims[i];
		const struct meter *meter = &search->meters.all[claim->meter];
		const struct pool *pool = &search->coverage.pools[claim->pool];
		double used = 0;
		for (size_t hour = 0; hour < search->usage->n_hours; hour++)
			used += (double)metered(search->list, search->usage, meter, hour);
		cost += used * (double)claim->weight * (double)pool->charge / (double)pool->per;
		on_demand += used * (double)meter->price_nano / (double)UNIT_MS;
	}
	return on_demand > 0 ? cost / on_demand : 0;
}

static int set_up(struct search *search, const struct commitment_rate *rate)
{
	const struct price_list *list = search->list;
	const struct sku *sku = rate->sku < list->n_skus ? &list->skus[rate->sku] : NULL;
	search->commitment = (struct commitment){.kind = rate->kind,
						 .sku = rate->kind == COMMIT_RESERVED && sku ? sku->id : NULL,
						 .family = rate->kind == COMMIT_RESOURCE ? rate->family : NULL,
						 .term_months = rate->term_months,
						 .payment = rate->payment,
						 .offering = rate->offering,
						 .start = MS_UNSET,
						 .end = MS_NEVER};
	if (rate->kind == COMMIT_INSTANCE_SAVINGS && sku && sku->type)
		search->commitment.family = sku->type->family;
	search->plan = (struct price_plan){.commitments = &search->commitment, .n_commitments = 1};
	if (meters_read(list, search->usage, &search->scratch, &search->meters, search->err) < 0 ||
	    coverage_read(list, &search->plan, &search->meters, &search->scratch, &search->coverage, search->err) < 0)
		return -1;
	size_t n = search->meters.n, pieces = (size_t)search->coverage.n_claims * QUARTERS;
	search->saving = arena_alloc(&search->scratch, pieces, sizeof *search->saving);
	search->active = arena_alloc(&search->scratch, pieces, sizeof *search->active);
	search->levels = arena_alloc(&search->scratch, (size_t)search->coverage.n_claims * search->usage->n_hours,
				     sizeof *search->levels);
	search->left = arena_alloc(&search->scratch, LONGEST_MONTH_HOURS * n, sizeof *search->left);
	search->quarter = arena_alloc(&search->scratch, LONGEST_MONTH_HOURS * n, sizeof *search->quarter);
	search->ranked = arena_alloc(&search->scratch, LONGEST_MONTH_HOURS, sizeof *search->ranked);
	if (!search->saving || !search->active || !search->levels || !search->left || !search->quarter ||
	    !search->ranked)
		return out_of_memory(search);
	return 0;
}

static int search_all(struct search *search, const struct commitment_rate *rate, struct purchase *purchase)
{
	if (set_up(search, rate) < 0 || total_of(search, search->usage, false, &purchase->on_demand_nano) < 0)
		return -1;
	purchase->cost_nano = purchase->on_demand_nano;
	for (search->pool = 0; search->pool < search->coverage.n_pools; search->pool++)
		if (search_pool(search, &purchase->cost_nano) < 0)
			return -1;
	purchase->commitment = search->commitment;
	purchase->break_even = break_even(search);
	return add_regret(search, purchase);
}

int best_purchase(const struct price_list *list, const struct hourly_usage *usage, const struct commitment_rate *rate,
		  struct arena *arena, struct purchase *purchase, struct err *err)
{
	struct search search = {.list = list, .usage = usage, .err = err};
	*purchase = (struct purchase){0};
	(void)arena;
	int status = search_all(&search, rate, purchase);
	arena_free(&search.scratch);
	return status;
}
