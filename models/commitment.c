#include "bill_internal.h"

/* Commitments, applied hour by hour. All kinds are one idea: a pool is filled anew each hour, claims on it are met in a
 * fixed order, what is left of it at the end of the hour is lost.
 *
 * Order. AWS: savings plans guide, sp-applying: reserved instances, then EC2 instance plans, then compute plans; within
 * one, all plans together, the highest saving first, ties by the lowest rate. A regional reserved instance covers the
 * sizes of its family from the smallest up: EC2 guide, apply_ri. Azure: cost-management-billing, savings-plan/
 * discount-application: reservations first, then the greatest discount. Google: resource-based, then flexible.
 *
 * Rounding: what a pool does not cover whole is covered down to a thousandth of an instance for a millisecond, and the
 * pool is spent; nothing else is rounded here. */

#define MAX_COUNT_MILLI ((int64_t)1000000000000)
#define MAX_COMMITTED   ((int64_t)1000000000 * NANO)

enum { RESERVED_FIRST, INSTANCE_PLANS, COMPUTE_PLANS, FLEXIBLE_LAST };

static const int phase_of[] = {
    [COMMIT_RESERVED] = RESERVED_FIRST,         [COMMIT_RESOURCE] = RESERVED_FIRST,
    [COMMIT_INSTANCE_SAVINGS] = INSTANCE_PLANS, [COMMIT_COMPUTE_SAVINGS] = COMPUTE_PLANS,
    [COMMIT_FLEXIBLE] = FLEXIBLE_LAST,
};

/* ---- names ---- */

const char *const commitment_names[COMMITMENT_KINDS] = {
    [COMMIT_RESERVED] = "reserved",
    [COMMIT_INSTANCE_SAVINGS] = "instance savings plan",
    [COMMIT_COMPUTE_SAVINGS] = "savings plan",
    [COMMIT_RESOURCE] = "committed resources",
    [COMMIT_FLEXIBLE] = "flexible commitment",
};
const char *const payment_names[PAYMENTS] = {
    [PAY_NO_UPFRONT] = "no upfront",
    [PAY_PARTIAL_UPFRONT] = "partial upfront",
    [PAY_ALL_UPFRONT] = "all upfront",
};
const char *const offering_names[OFFERINGS] = {
    [OFFER_STANDARD] = "standard",
    [OFFER_CONVERTIBLE] = "convertible",
};

/* In the provider's own words. */
static const char *kind_name(enum provider provider, enum commitment_kind kind)
{
	static const char *const names[] = {"reserved instance", "EC2 instance savings plan", "compute savings plan",
					    "committed use", "flexible committed use"};
	static const char *const azure[] = {"reservation", "savings plan", "savings plan", "committed use",
					    "committed use"};
	return provider == PROVIDER_AZURE ? azure[kind] : names[kind];
}

const char *commitment_text(enum provider provider, const struct commitment *commitment, struct arena *arena)
{
	char text[256], term[32];
	const char *subject = commitment->kind == COMMIT_RESERVED ? commitment->sku : commitment->family;
	int32_t months = commitment->term_months;
	if (months % 12 == 0)
		snprintf(term, sizeof term, "%d year%s", months / 12, months == 12 ? "" : "s");
	else
		snprintf(term, sizeof term, "%d months", months);
	snprintf(text, sizeof text, "%s%s%.80s, %s%s%s", kind_name(provider, commitment->kind), subject ? " " : "",
		 subject ? subject : "", term, provider == PROVIDER_AWS ? ", " : "",
		 provider == PROVIDER_AWS ? payment_names[commitment->payment] : "");
	return arena_strdup(arena, text);
}

/* ---- sizes ---- */

/* "xlarge" is 8, "2xlarge" 16 ...; "metal-24xl" as 24xlarge; "metal" by its vCPUs, of which an xlarge has four. */
static int64_t size_quarters(const char *size, const struct instance_type *type)
{
	static const struct {
		const char *name;
		int64_t quarters;
	} sizes[] = {{"nano", 1}, {"micro", 2}, {"small", 4}, {"medium", 8}, {"large", 16}, {"xlarge", 32}};
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (strcmp(size, sizes[i].name) == 0)
			return sizes[i].quarters;
	bool metal = strncmp(size, "metal", 5) == 0;
	if (metal && size[5] == 0)
		return type->vcpu_milli * 8 / 1000;
	const char *at = metal && size[5] == '-' ? size + 6 : size;
	int64_t times = 0;
	while (*at >= '0' && *at <= '9' && times < 1000)
		times = times * 10 + (*at++ - '0');
	return strcmp(at, metal ? "xl" : "xlarge") == 0 ? times * 32 : 0;
}

int64_t normalized_quarters(const struct instance_type *type)
{
	const char *dot = strchr(type->name, '.');
	return dot ? size_quarters(dot + 1, type) : 0;
}

/* Source: EC2 guide, apply_ri, limitations for instance size flexibility. */
static bool size_flexible(const struct price_list *list, const struct instance_type *type)
{
	static const char *const exact[] = {"g4ad", "g4dn",  "g5",    "g5g",  "g6",   "g6e",
					    "gr6",  "hpc7a", "hpc7g", "inf1", "inf2", "p5"};
	if (list->book.provider != PROVIDER_AWS || !type || normalized_quarters(type) == 0)
		return false;
	for (size_t i = 0; i < COUNT(exact); i++)
		if (strcmp(type->family, exact[i]) == 0)
			return false;
	return true;
}

/* ---- meters ---- */

static void split_meter(struct meter *meters, uint32_t *n)
{
	struct meter *vcpu = &meters[*n - 1], *memory = &meters[*n];
	const struct instance_type *type = vcpu->type;
	wide_t price = ((wide_t)type->charged_milli * type->vcpu_nano_per_hour + 500) / 1000;
	*memory = *vcpu;
	vcpu->part = PART_VCPU;
	vcpu->size = type->charged_milli;
	vcpu->price_nano = price < memory->price_nano ? (int64_t)price : memory->price_nano;
	memory->part = PART_MEMORY;
	memory->size = type->memory_bytes;
	memory->price_nano -= vcpu->price_nano;
	(*n)++;
}

int meters_read(const struct price_list *list, const struct hourly_usage *usage, struct arena *arena,
		struct meters *meters, struct err *err)
{
	*meters = (struct meters){.all = arena_alloc(arena, (size_t)usage->n_skus * 2, sizeof *meters->all)};
	if (!meters->all)
		return err_set(err, "bill: out of memory");
	for (uint32_t i = 0; i < usage->n_skus; i++) {
		const struct sku *sku = &list->skus[usage->sku_of[i]];
		if (sku->n_tiers == 0 || sku->tiers[0].price_nano < 0)
			return err_set(err, "%.100s has no price", sku->id);
		meters->all[meters->n++] = (struct meter){.column = i,
							  .sku = usage->sku_of[i],
							  .price_nano = sku->tiers[0].price_nano,
							  .size = 1,
							  .type = sku->type};
		if (sku->type && sku->type->vcpu_nano_per_hour > 0)
			split_meter(meters->all, &meters->n);
	}
	return 0;
}

/* ---- pools and claims ---- */

struct builder {
	const struct price_list *list;
	const struct meters *meters;
	struct coverage *coverage;
	const struct commitment *commitment;
	uint32_t index;
	struct arena *arena;
	struct err *err;
};

static struct pool *add_pool(struct builder *builder, enum part part, wide_t per_ms, int64_t charge, wide_t per)
{
	struct pool *pool = &builder->coverage->pools[builder->coverage->n_pools++];
	*pool = (struct pool){.commitment = builder->index,
			      .part = part,
			      .per_ms = per_ms,
			      .start = builder->commitment->start,
			      .end = builder->commitment->end,
			      .charge = charge,
			      .per = per};
	return pool;
}

/* Of two prices for the same thing the first holds. Nothing is covered at more than its list price. */
static void add_claim(struct builder *builder, uint32_t meter, int64_t weight, int64_t price_nano, int64_t rate_nano)
{
	struct coverage *coverage = builder->coverage;
	uint32_t pool = coverage->n_pools - 1;
	if (weight <= 0 || rate_nano > price_nano)
		return;
	for (uint32_t i = coverage->n_claims; i > 0 && coverage->claims[i - 1].pool == pool; i--)
		if (coverage->claims[i - 1].meter == meter)
			return;
	coverage->claims[coverage->n_claims++] = (struct claim){.pool = pool,
								.meter = meter,
								.weight = weight,
								.phase = phase_of[builder->commitment->kind],
								.price_nano = price_nano,
								.rate_nano = rate_nano};
}

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static const struct sku *sku_of_rate(const struct price_list *list, const struct commitment_rate *rate)
{
	return rate->sku < list->n_skus ? &list->skus[rate->sku] : NULL;
}

static bool offered(const struct builder *builder, const struct commitment_rate *rate)
{
	const struct commitment *commitment = builder->commitment;
	const struct sku *sku = sku_of_rate(builder->list, rate);
	if (rate->kind != commitment->kind || rate->term_months != commitment->term_months ||
	    rate->payment != commitment->payment)
		return false;
	switch (commitment->kind) {
	case COMMIT_RESERVED:
		return rate->offering == commitment->offering && sku && same_text(sku->id, commitment->sku);
	case COMMIT_INSTANCE_SAVINGS:
		return sku && sku->type && same_text(sku->type->family, commitment->family);
	case COMMIT_RESOURCE:
		return same_text(rate->family, commitment->family);
	default:
		return true;
	}
}

static int no_rate(const struct builder *builder)
{
	const char *text = commitment_text(builder->list->book.provider, builder->commitment, builder->arena);
	return err_set(builder->err, "no price for %s%s in %s", text ? text : "it",
		       builder->commitment->kind == COMMIT_RESERVED && builder->commitment->offering ? ", convertible"
												     : "",
		       builder->list->book.region ? builder->list->book.region : "this region");
}

static const struct commitment_rate *first_rate(const struct builder *builder)
{
	for (uint32_t i = 0; i < builder->list->n_rates; i++)
		if (offered(builder, &builder->list->rates[i]))
			return &builder->list->rates[i];
	return NULL;
}

/* Whether a rate is for a meter: by SKU, any dated row of it; else by family; else for all. */
static bool rate_is_for(const struct builder *builder, const struct commitment_rate *rate, const struct meter *meter)
{
	const struct sku *sku = sku_of_rate(builder->list, rate);
	if (sku)
		return strcmp(sku->id, builder->list->skus[meter->sku].id) == 0;
	return !rate->family || (meter->type && same_text(rate->family, meter->type->family));
}

static int build_reserved(struct builder *builder, const struct commitment_rate *rate)
{
	const struct commitment *commitment = builder->commitment;
	const struct instance_type *type = sku_of_rate(builder->list, rate)->type;
	bool flexible = size_flexible(builder->list, type);
	int64_t size = flexible ? normalized_quarters(type) : 1;
	add_pool(builder, PART_WHOLE, (wide_t)commitment->count_milli * size, rate->nano_per_hour,
		 (wide_t)size * UNIT_MS);
	for (uint32_t i = 0; i < builder->meters->n; i++) {
		const struct meter *meter = &builder->meters->all[i];
		if (flexible && meter->type && same_text(meter->type->family, type->family))
			add_claim(builder, i, normalized_quarters(meter->type), INT64_MAX, 0);
		else if (rate_is_for(builder, rate, meter))
			add_claim(builder, i, 1, INT64_MAX, 0);
	}
	return 0;
}

static int build_savings(struct builder *builder, const struct commitment_rate *first)
{
	(void)first;
	add_pool(builder, PART_WHOLE, (wide_t)builder->commitment->nano_per_hour * 1000, 1, UNIT_MS);
	for (uint32_t i = 0; i < builder->list->n_rates; i++) {
		const struct commitment_rate *rate = &builder->list->rates[i];
		if (!offered(builder, rate))
			continue;
		for (uint32_t m = 0; m < builder->meters->n; m++)
			if (rate_is_for(builder, rate, &builder->meters->all[m]))
				add_claim(builder, m, rate->nano_per_hour, builder->meters->all[m].price_nano,
					  rate->nano_per_hour);
	}
	return 0;
}

static int build_resource(struct builder *builder, const struct commitment_rate *rate)
{
	const struct commitment *commitment = builder->commitment;
	const struct {
		enum part part;
		wide_t per_ms;
		int64_t charge;
		wide_t per;
	} parts[] = {
	    {PART_VCPU, (wide_t)commitment->count_milli * 1000, rate->nano_per_hour, (wide_t)1000 * UNIT_MS},
	    {PART_MEMORY, (wide_t)commitment->memory_bytes * 1000, rate->memory_nano_per_hour, (wide_t)GIB * UNIT_MS},
	};
	for (size_t i = 0; i < COUNT(parts); i++) {
		add_pool(builder, parts[i].part, parts[i].per_ms, parts[i].charge, parts[i].per);
		for (uint32_t m = 0; m < builder->meters->n; m++) {
			const struct meter *meter = &builder->meters->all[m];
			if (meter->part == parts[i].part && rate_is_for(builder, rate, meter))
				add_claim(builder, m, meter->size, INT64_MAX, 0);
		}
	}
	return 0;
}

/* The commitment is on-demand spend; what is paid for it is less by the discount. */
static int build_flexible(struct builder *builder, const struct commitment_rate *first)
{
	if (first->discount_ppm < 0 || first->discount_ppm > PPM)
		return err_set(builder->err, "a flexible commitment with a discount outside 0 to 100 %%");
	add_pool(builder, PART_WHOLE, (wide_t)builder->commitment->nano_per_hour * 1000, PPM - first->discount_ppm,
		 (wide_t)PPM * UNIT_MS);
	for (uint32_t i = 0; i < builder->list->n_rates; i++) {
		const struct commitment_rate *rate = &builder->list->rates[i];
		if (!offered(builder, rate) || rate->discount_ppm != first->discount_ppm)
			continue;
		for (uint32_t m = 0; m < builder->meters->n; m++)
			if (rate_is_for(builder, rate, &builder->meters->all[m]))
				add_claim(builder, m, builder->meters->all[m].price_nano, PPM,
					  PPM - rate->discount_ppm);
	}
	return 0;
}

static int build(struct builder *builder)
{
	static int (*const builders[])(struct builder *, const struct commitment_rate *) = {
	    [COMMIT_RESERVED] = build_reserved,       [COMMIT_INSTANCE_SAVINGS] = build_savings,
	    [COMMIT_COMPUTE_SAVINGS] = build_savings, [COMMIT_RESOURCE] = build_resource,
	    [COMMIT_FLEXIBLE] = build_flexible,
	};
	const struct commitment *commitment = builder->commitment;
	if ((size_t)commitment->kind >= COUNT(builders))
		return err_set(builder->err, "unknown kind of commitment");
	if (commitment->count_milli < 0 || commitment->count_milli > MAX_COUNT_MILLI || commitment->memory_bytes < 0 ||
	    commitment->nano_per_hour < 0 || commitment->nano_per_hour > MAX_COMMITTED)
		return err_set(builder->err, "a commitment to less than nothing, or to more than can be counted");
	const struct commitment_rate *rate = first_rate(builder);
	if (!rate)
		return no_rate(builder);
	return builders[commitment->kind](builder, rate);
}

/* Within reserved ones by size; within plans by saving. */
static bool comes_before(const void *one, const void *other)
{
	const struct claim *a = one, *b = other;
	if (a->phase != b->phase)
		return a->phase < b->phase;
	if (a->phase == RESERVED_FIRST && a->weight != b->weight)
		return a->weight < b->weight;
	wide_t cost_a = (wide_t)a->rate_nano * b->price_nano, cost_b = (wide_t)b->rate_nano * a->price_nano;
	if (a->phase != RESERVED_FIRST && cost_a != cost_b)
		return cost_a < cost_b;
	if (a->rate_nano != b->rate_nano)
		return a->rate_nano < b->rate_nano;
	return a->pool != b->pool ? a->pool < b->pool : a->meter < b->meter;
}

int coverage_read(const struct price_list *list, const struct price_plan *plan, const struct meters *meters,
		  struct arena *arena, struct coverage *coverage, struct err *err)
{
	size_t n = plan->n_commitments;
	*coverage = (struct coverage){.pools = arena_alloc(arena, n * 2, sizeof *coverage->pools),
				      .claims = arena_alloc(arena, n * meters->n, sizeof *coverage->claims)};
	if (!coverage->pools || !coverage->claims)
		return err_set(err, "bill: out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct builder builder = {list, meters, coverage, &plan->commitments[i], i, arena, err};
		if (build(&builder) < 0)
			return -1;
	}
	heap_sort(coverage->claims, coverage->n_claims, sizeof *coverage->claims, comes_before);
	return 0;
}

/* ---- one hour ---- */

static void meet(struct claim *claim, struct pool *pool, int64_t *left)
{
	wide_t wanted = (wide_t)*left * claim->weight;
	int64_t covered = *left;
	if (wanted > pool->budget) {
		covered = (int64_t)(pool->budget / claim->weight);
		wanted = pool->budget;
	}
	pool->budget -= wanted;
	claim->spent += wanted;
	claim->covered += covered;
	*left -= covered;
}

void coverage_hour(struct coverage *coverage, ms_t hour, int64_t *left)
{
	for (uint32_t i = 0; i < coverage->n_pools; i++) {
		struct pool *pool = &coverage->pools[i];
		ms_t from = max64(pool->start, hour), until = min64(pool->end, hour + HOUR_MS);
		pool->budget = until > from ? pool->per_ms * (until - from) : 0;
	}
	for (uint32_t i = 0; i < coverage->n_claims; i++) {
		struct claim *claim = &coverage->claims[i];
		struct pool *pool = &coverage->pools[claim->pool];
		if (left[claim->meter] > 0 && pool->budget > 0)
			meet(claim, pool, &left[claim->meter]);
	}
	for (uint32_t i = 0; i < coverage->n_pools; i++)
		coverage->pools[i].unused += coverage->pools[i].budget;
}

void coverage_new_month(struct coverage *coverage)
{
	for (uint32_t i = 0; i < coverage->n_pools; i++)
		coverage->pools[i].unused = 0;
	for (uint32_t i = 0; i < coverage->n_claims; i++)
		coverage->claims[i].spent = coverage->claims[i].covered = 0;
}
