#include "next_price.h"

#include "bill_internal.h"

struct next_price {
	const struct price_list *list;
	struct price_plan plan;
	struct meters meters; /* columns are node groups */
	struct coverage coverage;
	int64_t *price_nano;        /* by meter: what is not covered costs */
	int64_t *left, *left_after; /* by meter: scratch */
	wide_t *spent;              /* by claim: scratch */
	uint32_t n_groups;
};

static bool out_of_memory(const struct next_price *next)
{
	return !next->price_nano || !next->left || !next->left_after || !next->spent;
}

/* A price that is negotiated is off everything that is not covered. */
static int64_t uncovered_nano(const struct price_list *list, const struct price_plan *plan, const struct meter *meter)
{
	const struct sku *sku = &list->skus[meter->sku];
	int64_t nano = meter->price_nano;
	if (plan->spot && sku->spot_nano >= 0)
		nano = meter->part == PART_MEMORY ? 0 : sku->spot_nano; /* spot is of the whole */
	return nano - (int64_t)((wide_t)nano * plan->discount_ppm / PPM);
}

/* Commitments cover no spot instances. A share of the usage is no amount before there is usage. */
static int amounts_only(struct next_price *next, struct arena *arena)
{
	const struct price_plan *plan = &next->plan;
	struct commitment *kept = arena_alloc(arena, plan->n_commitments, sizeof *kept);
	uint32_t n = 0;
	for (uint32_t c = 0; kept && c < plan->n_commitments && !plan->spot; c++)
		if (plan->commitments[c].cover_ppm == 0)
			kept[n++] = plan->commitments[c];
	next->plan.commitments = kept;
	next->plan.n_commitments = n;
	return kept ? 0 : -1;
}

static int set_up(struct next_price *next, const uint32_t *skus, struct arena *arena, struct err *err)
{
	const struct hourly_usage columns = {.n_skus = next->n_groups, .sku_of = skus};
	if (amounts_only(next, arena) < 0)
		return err_set(err, "out of memory for the prices of nodes");
	for (uint32_t g = 0; g < next->n_groups; g++)
		if (next->list->skus[skus[g]].rule != SKU_INSTANCE)
			return err_set(err, "%s is not an instance type", next->list->skus[skus[g]].id);
	if (meters_read(next->list, &columns, arena, &next->meters, err) < 0 ||
	    coverage_read(next->list, &next->plan, &next->meters, arena, &next->coverage, err) < 0)
		return -1;
	next->price_nano = arena_alloc(arena, next->meters.n, sizeof *next->price_nano);
	next->left = arena_alloc(arena, next->meters.n, sizeof *next->left);
	next->left_after = arena_alloc(arena, next->meters.n, sizeof *next->left_after);
	next->spent = arena_alloc(arena, next->coverage.n_claims, sizeof *next->spent);
	if (out_of_memory(next))
		return err_set(err, "out of memory for the prices of nodes");
	for (uint32_t m = 0; m < next->meters.n; m++)
		next->price_nano[m] = uncovered_nano(next->list, &next->plan, &next->meters.all[m]);
	return 0;
}

struct next_price *next_price_new(const struct price_list *list, const struct price_plan *plan, const uint32_t *skus,
				  uint32_t n_groups, struct arena *arena, struct err *err)
{
	struct next_price *next = arena_alloc(arena, 1, sizeof *next);
	if (!next) {
		err_set(err, "out of memory for the prices of nodes");
		return NULL;
	}
	*next = (struct next_price){.list = list, .plan = *plan, .n_groups = n_groups};
	return set_up(next, skus, arena, err) < 0 ? NULL : next;
}

/* One hour of these nodes and, unless it is n_groups, one more of a group. */
static void cover(struct next_price *next, ms_t hour, const int32_t *nodes, uint32_t one_more, int64_t *left)
{
	for (uint32_t m = 0; m < next->meters.n; m++) {
		uint32_t group = next->meters.all[m].column;
		left[m] = ((int64_t)nodes[group] + (group == one_more)) * UNIT_MS;
	}
	coverage_new_month(&next->coverage);
	coverage_hour(&next->coverage, hour, left);
}

/* What was reserved is paid for, used or not; so is a plan, but another node could use what this one takes of it. */
static bool room_is_money(const struct next_price *next, const struct claim *claim)
{
	enum commitment_kind kind = next->plan.commitments[next->coverage.pools[claim->pool].commitment].kind;
	return kind != COMMIT_RESERVED && kind != COMMIT_RESOURCE;
}

static double difference_nano(const struct next_price *next)
{
	double nano = 0;
	for (uint32_t m = 0; m < next->meters.n; m++)
		nano += (double)(next->left_after[m] - next->left[m]) * (double)next->price_nano[m] / (double)UNIT_MS;
	for (uint32_t c = 0; c < next->coverage.n_claims; c++) {
		const struct claim *claim = &next->coverage.claims[c];
		const struct pool *pool = &next->coverage.pools[claim->pool];
		if (room_is_money(next, claim))
			nano += (double)(claim->spent - next->spent[c]) * (double)pool->charge / (double)pool->per;
	}
	return nano;
}

void next_price_of(void *next_price, ms_t now, const int32_t *nodes, int64_t *price_nano)
{
	struct next_price *next = next_price;
	cover(next, now, nodes, next->n_groups, next->left);
	for (uint32_t c = 0; c < next->coverage.n_claims; c++)
		next->spent[c] = next->coverage.claims[c].spent;
	for (uint32_t g = 0; g < next->n_groups; g++) {
		cover(next, now, nodes, g, next->left_after);
		double nano = difference_nano(next);
		price_nano[g] = nano > 0 ? (int64_t)(nano + 0.5) : 0;
	}
}
