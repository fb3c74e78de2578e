#include "next_price.h"

#define NOT_COVERED (-1)
#define SETTLED     (-1)

/* What a node of a group takes of a commitment in an hour; take NOT_COVERED: it cannot. */
struct cover {
	int64_t take, take_memory; /* of the commitment's amounts: thousandths of instances, nano, vCPU; and bytes */
	int64_t price_nano;        /* of a node it covers */
};

struct next_price {
	const struct price_list *list;
	const struct price_plan *plan;
	const uint32_t *order; /* commitments, as they are applied */
	struct cover *covers;  /* [commitment * n_groups + group] */
	int64_t *list_nano;    /* by group: what is not covered costs */
	int64_t *left;         /* by group: scratch, nodes not covered yet, or SETTLED */
	uint32_t n_groups;
};

/* In the order of enum commitment_kind, which is the order of the bill. */
static const uint32_t *order_of(const struct price_plan *plan, struct arena *arena)
{
	uint32_t *order = arena_alloc(arena, plan->n_commitments, sizeof *order), n = 0;
	for (int kind = COMMIT_RESERVED; order && kind <= COMMIT_FLEXIBLE; kind++)
		for (uint32_t c = 0; c < plan->n_commitments; c++)
			if ((int)plan->commitments[c].kind == kind)
				order[n++] = c;
	return order;
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool rate_meets(const struct commitment_rate *rate, const struct commitment *bought, const struct price_list *list,
		       uint32_t sku)
{
	if (rate->kind != bought->kind || rate->term_months != bought->term_months || rate->payment != bought->payment ||
	    rate->offering != bought->offering)
		return false;
	if (rate->sku < list->n_skus)
		return same(list->skus[rate->sku].id, list->skus[sku].id);
	return !rate->family || same(rate->family, list->skus[sku].type->family);
}

static const struct commitment_rate *rate_for(const struct price_list *list, const struct commitment *bought,
					      uint32_t sku)
{
	for (uint32_t r = 0; r < list->n_rates; r++)
		if (rate_meets(&list->rates[r], bought, list, sku))
			return &list->rates[r];
	return NULL;
}

static struct cover cover_of(const struct price_list *list, const struct commitment *bought, uint32_t sku,
			     int64_t list_nano)
{
	const struct instance_type *type = list->skus[sku].type;
	const struct cover none = {.take = NOT_COVERED};
	if (bought->kind == COMMIT_RESERVED)
		return same(bought->sku, list->skus[sku].id) ? (struct cover){.take = 1000} : none;
	if (bought->family && !same(bought->family, type->family))
		return none;
	if (bought->kind == COMMIT_RESOURCE)
		return (struct cover){.take = type->vcpu_milli, .take_memory = type->memory_bytes};
	const struct commitment_rate *rate = rate_for(list, bought, sku);
	if (!rate)
		return none;
	int64_t nano = rate->nano_per_hour;
	if (bought->kind == COMMIT_FLEXIBLE)
		nano = list_nano - (int64_t)((wide_t)list_nano * rate->discount_ppm / 1000000);
	return (struct cover){.take = max64(nano, 1), .price_nano = nano};
}

static int64_t uncovered_nano(const struct price_plan *plan, const struct sku *sku)
{
	int64_t nano = sku->n_tiers ? sku->tiers[0].price_nano : sku->type->price_nano_per_hour;
	if (plan->spot && sku->spot_nano >= 0)
		nano = sku->spot_nano;
	return nano - (int64_t)((wide_t)nano * plan->discount_ppm / 1000000);
}

struct next_price *next_price_new(const struct price_list *list, const struct price_plan *plan, const uint32_t *skus,
				  uint32_t n_groups, struct arena *arena, struct err *err)
{
	struct next_price *next = arena_alloc(arena, 1, sizeof *next);
	struct cover *covers = arena_alloc(arena, (size_t)plan->n_commitments * n_groups, sizeof *covers);
	int64_t *list_nano = arena_alloc(arena, n_groups, sizeof *list_nano);
	int64_t *left = arena_alloc(arena, n_groups, sizeof *left);
	const uint32_t *order = order_of(plan, arena);
	if (!next || !covers || !list_nano || !left || !order) {
		err_set(err, "out of memory for the prices of nodes");
		return NULL;
	}
	*next = (struct next_price){list, plan, order, covers, list_nano, left, n_groups};
	for (uint32_t g = 0; g < n_groups; g++) {
		const struct sku *sku = &list->skus[skus[g]];
		if (sku->rule != SKU_INSTANCE || !sku->type) {
			err_set(err, "%s is not an instance type", sku->id);
			return NULL;
		}
		list_nano[g] = uncovered_nano(plan, sku);
		for (uint32_t c = 0; c < plan->n_commitments; c++)
			covers[c * n_groups + g] = cover_of(list, &plan->commitments[c], skus[g], list_nano[g]);
	}
	return next;
}

static bool in_force(const struct commitment *bought, ms_t now)
{
	return bought->start <= now && now < bought->end;
}

static int64_t fits(int64_t room, int64_t take)
{
	return take > 0 ? room / take : INT64_MAX;
}

/* What is left of a commitment in an hour. */
struct room {
	int64_t amount, memory;
};

static struct room room_of(const struct commitment *bought)
{
	bool counted = bought->kind == COMMIT_RESERVED || bought->kind == COMMIT_RESOURCE;
	return (struct room){counted ? bought->count_milli : bought->nano_per_hour, bought->memory_bytes};
}

static void fill(struct room *room, const struct cover *covers, int64_t *left, uint32_t n_groups)
{
	for (uint32_t g = 0; g < n_groups; g++) {
		if (covers[g].take == NOT_COVERED || left[g] <= 0)
			continue;
		int64_t fit = min64(fits(room->amount, covers[g].take), fits(room->memory, covers[g].take_memory));
		int64_t taken = min64(left[g], fit);
		left[g] -= taken;
		room->amount -= taken * covers[g].take;
		room->memory -= taken * covers[g].take_memory;
	}
}

/* A group whose nodes are all covered takes the price of the first commitment with room for one more. */
static void settle(const struct room *room, const struct cover *covers, int64_t *left, uint32_t n_groups,
		   int64_t *price_nano)
{
	for (uint32_t g = 0; g < n_groups; g++) {
		const struct cover *cover = &covers[g];
		if (cover->take == NOT_COVERED || left[g] != 0 || cover->take > room->amount ||
		    cover->take_memory > room->memory)
			continue;
		price_nano[g] = cover->price_nano;
		left[g] = SETTLED;
	}
}

void next_price_of(void *next_price, ms_t now, const int32_t *nodes, int64_t *price_nano)
{
	struct next_price *next = next_price;
	for (uint32_t g = 0; g < next->n_groups; g++) {
		next->left[g] = nodes[g];
		price_nano[g] = next->list_nano[g];
	}
	if (next->plan->spot) /* commitments cover no spot instances */
		return;
	for (uint32_t i = 0; i < next->plan->n_commitments; i++) {
		const struct commitment *bought = &next->plan->commitments[next->order[i]];
		const struct cover *covers = &next->covers[(size_t)next->order[i] * next->n_groups];
		struct room room = room_of(bought);
		if (!in_force(bought, now))
			continue;
		fill(&room, covers, next->left, next->n_groups);
		settle(&room, covers, next->left, next->n_groups, price_nano);
	}
}
