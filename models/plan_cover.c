#include "bill_internal.h"

/* Commitments given as a share of usage: "cover 80 % of the mean" becomes a number. What is in use in an hour is
 * weighed by what the commitment is counted in: instances, vCPUs, bytes, or what an hour costs. */

struct cover {
	const struct price_list *list;
	const struct price_plan *plan;
	const struct hourly_usage *usage;
	struct commitment *out;
	uint32_t n;
	int64_t *weights, *memory; /* column -> of the commitment being made; 0: not covered by it */
};

static const struct sku *sku_of(const struct cover *cover, uint32_t column)
{
	return &cover->list->skus[cover->usage->sku_of[column]];
}

static bool matches(const char *wanted, const char *name)
{
	return !wanted || strcmp(wanted, "*") == 0 || strcmp(wanted, name) == 0;
}

static bool bought_as_spot(const struct cover *cover, uint32_t column)
{
	return cover->plan->spot && sku_of(cover, column)->spot_nano >= 0;
}

static bool rate_is_for(const struct price_list *list, const struct commitment_rate *rate, const struct sku *sku)
{
	if (rate->sku < list->n_skus)
		return strcmp(list->skus[rate->sku].id, sku->id) == 0;
	return !rate->family || (sku->type && strcmp(rate->family, sku->type->family) == 0);
}

static bool same_offer(const struct commitment_rate *rate, const struct commitment *wanted)
{
	return rate->kind == wanted->kind && rate->term_months == wanted->term_months &&
	       rate->payment == wanted->payment &&
	       (rate->kind != COMMIT_RESERVED || rate->offering == wanted->offering);
}

static const struct commitment_rate *rate_for(const struct cover *cover, const struct commitment *wanted,
					      uint32_t column)
{
	const struct sku *sku = sku_of(cover, column);
	const char *family = sku->type ? sku->type->family : "";
	bool named = wanted->kind == COMMIT_RESERVED ? matches(wanted->sku, sku->id) : matches(wanted->family, family);
	if (!named || bought_as_spot(cover, column))
		return NULL;
	for (uint32_t i = 0; i < cover->list->n_rates; i++) {
		const struct commitment_rate *rate = &cover->list->rates[i];
		if (same_offer(rate, wanted) && rate_is_for(cover->list, rate, sku))
			return rate;
	}
	return NULL;
}

static int64_t weight_of(const struct sku *sku, const struct commitment_rate *rate)
{
	switch (rate->kind) {
	case COMMIT_RESERVED:
		return 1000;
	case COMMIT_RESOURCE:
		return sku->type ? sku->type->charged_milli : 0;
	case COMMIT_FLEXIBLE:
		return sku->tiers[0].price_nano;
	default:
		return rate->nano_per_hour;
	}
}

/* The mean over hours, or the lowest of them; the first and the last are seldom whole, and no minimum. */
static int64_t level(const struct cover *cover, const struct commitment *commitment, const int64_t *weights)
{
	const struct hourly_usage *usage = cover->usage;
	wide_t sum = 0, least = -1;
	int64_t hours = 0;
	for (uint32_t hour = 0; hour < usage->n_hours; hour++) {
		ms_t at = usage->first_hour + (ms_t)hour * HOUR_MS;
		wide_t now = 0;
		if (at < commitment->start || at >= commitment->end)
			continue;
		for (uint32_t column = 0; column < usage->n_skus; column++)
			now += (wide_t)usage->on_demand[(size_t)hour * usage->n_skus + column] * weights[column];
		bool end = hour == 0 || hour + 1 == usage->n_hours;
		if ((!end || usage->n_hours < 3) && (least < 0 || now < least))
			least = now;
		sum += now;
		hours++;
	}
	if (hours == 0)
		return 0;
	wide_t amount = (commitment->cover_minimum ? (least < 0 ? 0 : least) : sum / hours) / UNIT_MS;
	amount = amount * commitment->cover_ppm / PPM;
	return amount > INT64_MAX ? INT64_MAX : (int64_t)amount;
}

static int64_t whole(int64_t amount, int64_t unit)
{
	return (amount + unit / 2) / unit * unit;
}

static void settle(struct cover *cover, struct commitment commitment)
{
	int64_t amount = level(cover, &commitment, cover->weights);
	if (commitment.kind == COMMIT_RESERVED || commitment.kind == COMMIT_RESOURCE)
		commitment.count_milli = whole(amount, 1000);
	else
		commitment.nano_per_hour = amount;
	if (commitment.kind == COMMIT_RESOURCE)
		commitment.memory_bytes = whole(level(cover, &commitment, cover->memory), GIB);
	commitment.cover_ppm = 0;
	if (commitment.count_milli || commitment.memory_bytes || commitment.nano_per_hour)
		cover->out[cover->n++] = commitment;
}

/* Fills the weights of all columns that belong to what `commitment` names. */
static void weigh(struct cover *cover, const struct commitment *commitment)
{
	for (uint32_t column = 0; column < cover->usage->n_skus; column++) {
		const struct commitment_rate *rate = rate_for(cover, commitment, column);
		const struct sku *sku = sku_of(cover, column);
		cover->weights[column] = rate ? weight_of(sku, rate) : 0;
		cover->memory[column] = rate && sku->type ? sku->type->memory_bytes : 0;
	}
}

static bool made_before(const struct cover *cover, const struct commitment *wanted, uint32_t column)
{
	const struct sku *sku = sku_of(cover, column);
	for (uint32_t before = 0; before < column; before++) {
		const struct sku *other = sku_of(cover, before);
		bool same = wanted->kind == COMMIT_RESERVED
				? strcmp(other->id, sku->id) == 0
				: other->type && sku->type && strcmp(other->type->family, sku->type->family) == 0;
		if (same && rate_for(cover, wanted, before))
			return true;
	}
	return false;
}

/* One commitment for each SKU, or family, that is used. */
static void settle_each(struct cover *cover, const struct commitment *wanted)
{
	for (uint32_t column = 0; column < cover->usage->n_skus; column++) {
		const struct sku *sku = sku_of(cover, column);
		struct commitment one = *wanted;
		if (!rate_for(cover, wanted, column) || made_before(cover, wanted, column))
			continue;
		if (wanted->kind == COMMIT_RESERVED)
			one.sku = sku->id;
		else
			one.family = sku->type ? sku->type->family : NULL;
		weigh(cover, &one);
		settle(cover, one);
	}
}

static bool each(const struct commitment *commitment)
{
	const char *name = commitment->kind == COMMIT_RESERVED ? commitment->sku : commitment->family;
	return name && strcmp(name, "*") == 0;
}

/* Whether the list has such a rate at all, used or not: a plan of another cloud is a mistake, not a plan for nothing.
 */
static bool sold(const struct price_list *list, const struct commitment *wanted)
{
	for (uint32_t i = 0; i < list->n_rates; i++) {
		const struct commitment_rate *rate = &list->rates[i];
		const struct sku *sku = rate->sku < list->n_skus ? &list->skus[rate->sku] : NULL;
		const char *family = rate->family ? rate->family : "";
		bool named = wanted->kind == COMMIT_RESERVED ? sku && matches(wanted->sku, sku->id)
							     : matches(wanted->family, family);
		if (named && same_offer(rate, wanted))
			return true;
	}
	return false;
}

static int not_sold(const struct price_list *list, const struct commitment *wanted, struct arena *arena,
		    struct err *err)
{
	const char *text = commitment_text(list->book.provider, wanted, arena);
	return err_set(err, "no price for %s%s in %s", text ? text : "it", wanted->offering ? ", convertible" : "",
		       list->book.region);
}

static bool any_share(const struct price_plan *plan)
{
	for (uint32_t i = 0; i < plan->n_commitments; i++)
		if (plan->commitments[i].cover_ppm)
			return true;
	return false;
}

int plan_cover(const struct price_list *list, const struct price_plan *plan, const struct hourly_usage *usage,
	       struct arena *arena, const struct price_plan **out, struct err *err)
{
	*out = plan;
	if (!any_share(plan))
		return 0;
	size_t room = (size_t)plan->n_commitments * (usage->n_skus + 1);
	struct price_plan *covered = arena_alloc(arena, 1, sizeof *covered);
	struct cover cover = {.list = list,
			      .plan = plan,
			      .usage = usage,
			      .out = arena_alloc(arena, room, sizeof *cover.out),
			      .weights = arena_alloc(arena, usage->n_skus, sizeof *cover.weights),
			      .memory = arena_alloc(arena, usage->n_skus, sizeof *cover.memory)};
	if (!covered || !cover.out || !cover.weights || !cover.memory)
		return err_set(err, "bill: out of memory");
	for (uint32_t i = 0; i < plan->n_commitments; i++) {
		const struct commitment *commitment = &plan->commitments[i];
		if (commitment->cover_ppm && !sold(list, commitment))
			return not_sold(list, commitment, arena, err);
		if (!commitment->cover_ppm) {
			cover.out[cover.n++] = *commitment;
		} else if (each(commitment)) {
			settle_each(&cover, commitment);
		} else {
			weigh(&cover, commitment);
			settle(&cover, *commitment);
		}
	}
	*covered = *plan;
	covered->commitments = cover.out;
	covered->n_commitments = cover.n;
	*out = covered;
	return 0;
}
