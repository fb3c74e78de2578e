#include "bill_internal.h"

#include "calendar.h"

/* The order of the rules, month by month. */

#define NONE         UINT32_MAX
#define MAX_RATE     ((int64_t)1000000 * NANO)
#define MAX_DISCOUNT PPM
#define MAX_TAX      (10 * PPM)

const char *const line_kind_names[LINE_KINDS] = {
    [LINE_USAGE] = "usage",         [LINE_SPOT] = "spot",         [LINE_COVERED] = "covered", [LINE_UNUSED] = "unused",
    [LINE_SUSTAINED] = "sustained", [LINE_DISCOUNT] = "discount", [LINE_CREDIT] = "credit",   [LINE_TAX] = "tax",
};

bool money_round(struct fraction sum, int64_t rate_nano, int64_t *nano)
{
	bool negative = sum.numerator < 0;
	wide_t amount = negative ? -sum.numerator : sum.numerator;
	wide_t whole = amount / sum.denominator, rest = amount % sum.denominator;
	if (whole > INT64_MAX)
		return false;
	whole *= rate_nano;
	rest = whole % NANO * sum.denominator + rest * rate_nano;
	wide_t scale = sum.denominator * NANO;
	whole = whole / NANO + (2 * rest + scale) / (2 * scale);
	if (whole > INT64_MAX)
		return false;
	*nano = negative ? -(int64_t)whole : (int64_t)whole;
	return true;
}

struct rater {
	const struct price_list *list;
	const struct price_plan *plan;
	const struct hourly_usage *usage;
	struct arena *arena, scratch;
	struct bill *bill;
	uint32_t room; /* for lines */
	int64_t rate_nano;
	struct meters meters;
	struct coverage coverage;
	bool *spot_priced; /* column: bought as spot, where the plan says so */
	/* The month being rated. */
	ms_t month;
	uint32_t n_hours, hours_in_month; /* with usage, and of the calendar */
	int64_t month_total;
	int64_t *left;               /* [hour * n_meters + meter] */
	wide_t *left_sum, *discount; /* by meter */
	wide_t *spot_sum;            /* by column */
	struct err *err;
};

static int out_of_memory(struct rater *rater)
{
	return err_set(rater->err, "bill: out of memory");
}

static int too_much(struct rater *rater, const char *text)
{
	return err_set(rater->err, "%.100s: an amount above 9223372036 units of the currency", text);
}

/* ---- lines ---- */

static struct bill_line *room_for_line(struct rater *rater)
{
	struct bill *bill = rater->bill;
	if (bill->n_lines == rater->room) {
		uint32_t room = rater->room ? 2 * rater->room : 64;
		struct bill_line *lines = arena_alloc(rater->arena, room, sizeof *lines);
		if (!lines)
			return NULL;
		if (bill->n_lines > 0)
			memcpy(lines, bill->lines, bill->n_lines * sizeof *lines);
		bill->lines = lines;
		rater->room = room;
	}
	return &bill->lines[bill->n_lines];
}

static int append(struct rater *rater, const struct bill_line *line)
{
	struct bill_line *place = room_for_line(rater);
	if (!place || !line->text)
		return out_of_memory(rater);
	*place = *line;
	place->month = rater->month;
	rater->bill->n_lines++;
	if (__builtin_add_overflow(rater->bill->total_nano, line->amount_nano, &rater->bill->total_nano) ||
	    __builtin_add_overflow(rater->month_total, line->amount_nano, &rater->month_total))
		return too_much(rater, "total");
	return 0;
}

/* Adds a line, its money rounded. price_nano comes in the list's currency. */
static int add_line(struct rater *rater, struct bill_line line, struct fraction amount, struct fraction at_list)
{
	if (!line.text)
		return out_of_memory(rater);
	if (!money_round(amount, rater->rate_nano, &line.amount_nano) ||
	    !money_round(at_list, rater->rate_nano, &line.list_nano) ||
	    !money_round((struct fraction){line.price_nano, 1}, rater->rate_nano, &line.price_nano))
		return too_much(rater, line.text);
	return append(rater, &line);
}

static const char *joined(struct rater *rater, const char *subject, const char *rest)
{
	char text[320];
	snprintf(text, sizeof text, "%.120s, %.180s", subject, rest);
	return arena_strdup(rater->arena, text);
}

static double in_units(wide_t amount, wide_t unit)
{
	return (double)amount / (double)unit;
}

static const struct fraction nothing = {0, 1};

/* ---- usage ---- */

/* What is left of a column for the on-demand price, over UNIT_MS. False: does not fit. */
static bool column_amount(const struct rater *rater, uint32_t meter, wide_t *numerator)
{
	const struct meters *meters = &rater->meters;
	*numerator = 0;
	for (uint32_t m = meter; m < meters->n && meters->all[m].column == meters->all[meter].column; m++) {
		wide_t part;
		if (__builtin_mul_overflow(rater->left_sum[m], (wide_t)meters->all[m].price_nano, &part) ||
		    __builtin_add_overflow(*numerator, part, numerator))
			return false;
	}
	return true;
}

static bool first_of_column(const struct meters *meters, uint32_t meter)
{
	return meter == 0 || meters->all[meter - 1].column != meters->all[meter].column;
}

/* A price too many would say nothing of vCPUs without their memory: the quantity is what the amount buys. */
static int add_column_usage(struct rater *rater, uint32_t meter)
{
	const struct meter *at = &rater->meters.all[meter];
	const struct sku *sku = &rater->list->skus[at->sku];
	int64_t price = sku->tiers[0].price_nano;
	wide_t numerator;
	if (!column_amount(rater, meter, &numerator))
		return too_much(rater, sku->id);
	if (numerator == 0 && (price > 0 || rater->left_sum[meter] == 0))
		return 0;
	struct bill_line line = {.kind = LINE_USAGE,
				 .sku = at->sku,
				 .text = sku->id,
				 .unit = sku->unit,
				 .price_nano = price,
				 .quantity = price > 0 ? in_units(numerator, UNIT_MS) / (double)price
						       : in_units(rater->left_sum[meter], UNIT_MS),
				 .commitment = NONE};
	struct fraction amount = {numerator, UNIT_MS};
	return add_line(rater, line, amount, amount);
}

static int add_month_usage(struct rater *rater, const struct month_usage *usage)
{
	const struct sku *sku = &rater->list->skus[usage->sku];
	wide_t unit = sku_unit(sku, usage->month);
	struct fraction amount = {0, unit};
	if (sku->n_tiers == 0)
		return err_set(rater->err, "%.100s has no price", sku->id);
	if (!tier_amount(sku, usage->amount, unit, &amount.numerator))
		return too_much(rater, sku->id);
	bool one_tier = sku->n_tiers == 1 || usage->amount <= sku->tiers[1].from * unit;
	struct bill_line line = {.kind = LINE_USAGE,
				 .sku = usage->sku,
				 .text = sku->id,
				 .unit = sku->unit,
				 .price_nano = one_tier ? sku->tiers[0].price_nano : 0,
				 .quantity = in_units(usage->amount, unit),
				 .commitment = NONE};
	return add_line(rater, line, amount, amount);
}

static int add_usage(struct rater *rater)
{
	for (uint32_t m = 0; m < rater->meters.n; m++)
		if (first_of_column(&rater->meters, m) && add_column_usage(rater, m) < 0)
			return -1;
	for (uint32_t i = 0; i < rater->usage->n_months; i++)
		if (rater->usage->months[i].month == rater->month &&
		    add_month_usage(rater, &rater->usage->months[i]) < 0)
			return -1;
	return 0;
}

static int add_spot(struct rater *rater)
{
	for (uint32_t column = 0; column < rater->usage->n_skus; column++) {
		const struct sku *sku = &rater->list->skus[rater->usage->sku_of[column]];
		struct fraction amount = {0, UNIT_MS}, at_list = {0, UNIT_MS};
		if (rater->spot_sum[column] == 0)
			continue;
		if (__builtin_mul_overflow(rater->spot_sum[column], (wide_t)sku->spot_nano, &amount.numerator) ||
		    __builtin_mul_overflow(rater->spot_sum[column], (wide_t)sku->tiers[0].price_nano,
					   &at_list.numerator))
			return too_much(rater, sku->id);
		struct bill_line line = {.kind = LINE_SPOT,
					 .sku = rater->usage->sku_of[column],
					 .text = joined(rater, sku->id, "spot"),
					 .unit = sku->unit,
					 .price_nano = sku->spot_nano,
					 .quantity = in_units(rater->spot_sum[column], UNIT_MS),
					 .commitment = NONE};
		if (add_line(rater, line, amount, at_list) < 0)
			return -1;
	}
	return 0;
}

/* ---- commitments ---- */

/* Of a part: its unit, how many of them one is, and their size. */
static const struct {
	const char *unit;
	int64_t per_unit;
} parts[] = {[PART_WHOLE] = {"hour", 1}, [PART_VCPU] = {"vCPU-hour", 1000}, [PART_MEMORY] = {"GiB-hour", GIB}};

static int add_covered_by(struct rater *rater, const struct claim *claim)
{
	const struct meter *meter = &rater->meters.all[claim->meter];
	const struct pool *pool = &rater->coverage.pools[claim->pool];
	const struct commitment *commitment = &rater->plan->commitments[pool->commitment];
	const struct sku *sku = &rater->list->skus[meter->sku];
	struct fraction amount = {0, pool->per}, at_list = {0, UNIT_MS};
	if (__builtin_mul_overflow(claim->spent, (wide_t)pool->charge, &amount.numerator) ||
	    __builtin_mul_overflow(claim->covered, (wide_t)meter->price_nano, &at_list.numerator))
		return too_much(rater, sku->id);
	double quantity = in_units(claim->covered, UNIT_MS) * (double)meter->size / (double)parts[meter->part].per_unit;
	double paid = (double)amount.numerator / (double)amount.denominator;
	const char *text = commitment_text(rater->list->book.provider, commitment, rater->arena);
	if (!text)
		return out_of_memory(rater);
	struct bill_line line = {.kind = LINE_COVERED,
				 .sku = meter->sku,
				 .text = joined(rater, sku->id, text),
				 .unit = meter->part == PART_WHOLE ? sku->unit : parts[meter->part].unit,
				 .price_nano = quantity > 0 ? (int64_t)(paid / quantity + 0.5) : 0,
				 .quantity = quantity,
				 .commitment = pool->commitment};
	return add_line(rater, line, amount, at_list);
}

static int add_covered(struct rater *rater)
{
	for (uint32_t i = 0; i < rater->coverage.n_claims; i++)
		if (rater->coverage.claims[i].spent > 0 && add_covered_by(rater, &rater->coverage.claims[i]) < 0)
			return -1;
	return 0;
}

static int add_unused_of(struct rater *rater, const struct pool *pool)
{
	const struct commitment *commitment = &rater->plan->commitments[pool->commitment];
	const char *text = commitment_text(rater->list->book.provider, commitment, rater->arena);
	struct fraction amount = {0, pool->per};
	if (!text)
		return out_of_memory(rater);
	if (__builtin_mul_overflow(pool->unused, (wide_t)pool->charge, &amount.numerator))
		return too_much(rater, text);
	bool of_money = pool->part == PART_WHOLE && commitment->kind != COMMIT_RESERVED;
	double units = of_money ? (double)UNIT_MS * (double)NANO : (double)pool->per;
	struct bill_line line = {.kind = LINE_UNUSED,
				 .sku = NONE,
				 .text = joined(rater, text, "unused"),
				 .unit = of_money ? rater->list->currency : parts[pool->part].unit,
				 .price_nano = of_money ? 0 : pool->charge,
				 .quantity = (double)pool->unused / units,
				 .commitment = pool->commitment};
	return add_line(rater, line, amount, nothing);
}

static int add_unused(struct rater *rater)
{
	for (uint32_t i = 0; i < rater->coverage.n_pools; i++)
		if (rater->coverage.pools[i].unused > 0 && add_unused_of(rater, &rater->coverage.pools[i]) < 0)
			return -1;
	return 0;
}

/* ---- sustained use, free tiers ---- */

static bool has_sustained_use(const struct rater *rater)
{
	return rater->plan->sustained_use != SUSTAINED_OFF && rater->list->book.provider == PROVIDER_GCP;
}

/* Thousandths * ms * millionths * billionths: over UNIT_MS * PPM. False: does not fit. */
static bool column_discount(const struct rater *rater, uint32_t meter, wide_t *numerator)
{
	const struct meters *meters = &rater->meters;
	*numerator = 0;
	for (uint32_t m = meter; m < meters->n && meters->all[m].column == meters->all[meter].column; m++) {
		wide_t part;
		if (__builtin_mul_overflow(rater->discount[m], (wide_t)meters->all[m].price_nano, &part) ||
		    __builtin_add_overflow(*numerator, part, numerator))
			return false;
	}
	return true;
}

static int add_sustained(struct rater *rater)
{
	if (!has_sustained_use(rater))
		return 0;
	memset(rater->discount, 0, rater->meters.n * sizeof *rater->discount);
	if (sustained_month(&rater->meters, rater->left, rater->n_hours, rater->hours_in_month, &rater->scratch,
			    rater->discount, rater->err) < 0)
		return -1;
	for (uint32_t m = 0; m < rater->meters.n; m++) {
		const struct meter *meter = &rater->meters.all[m];
		struct fraction amount = {0, (wide_t)UNIT_MS * PPM};
		if (!first_of_column(&rater->meters, m))
			continue;
		if (!column_discount(rater, m, &amount.numerator))
			return too_much(rater, "sustained use");
		if (amount.numerator == 0)
			continue;
		amount.numerator = -amount.numerator;
		struct bill_line line = {.kind = LINE_SUSTAINED,
					 .sku = meter->sku,
					 .text = joined(rater, rater->list->skus[meter->sku].id, "sustained use"),
					 .unit = rater->list->skus[meter->sku].unit,
					 .commitment = NONE};
		if (add_line(rater, line, amount, nothing) < 0)
			return -1;
	}
	return 0;
}

static int add_credit(struct rater *rater, uint32_t index, wide_t used, wide_t unit)
{
	const struct sku *sku = &rater->list->skus[index];
	struct fraction amount = {0, unit};
	wide_t units;
	if (sku->free_per_month <= 0 || used == 0)
		return 0;
	if (!free_amount(sku, used, unit, &units, &amount.numerator))
		return too_much(rater, sku->id);
	amount.numerator = -amount.numerator;
	struct bill_line line = {.kind = LINE_CREDIT,
				 .sku = index,
				 .text = joined(rater, sku->id, "free tier"),
				 .unit = sku->unit,
				 .quantity = in_units(units, unit),
				 .commitment = NONE};
	return add_line(rater, line, amount, nothing);
}

/* Of instances only whole ones are free, not the vCPUs or the memory that a commitment left over. */
static int add_credits(struct rater *rater)
{
	if (!rater->plan->free_tier)
		return 0;
	for (uint32_t m = 0; m < rater->meters.n; m++) {
		const struct meter *meter = &rater->meters.all[m];
		wide_t whole = rater->left_sum[m];
		if (!first_of_column(&rater->meters, m) || rater->discount[m] != 0)
			continue;
		if (m + 1 < rater->meters.n && meter[1].column == meter->column && rater->left_sum[m + 1] < whole)
			whole = rater->left_sum[m + 1];
		if (add_credit(rater, meter->sku, whole, UNIT_MS) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < rater->usage->n_months; i++) {
		const struct month_usage *usage = &rater->usage->months[i];
		if (usage->month == rater->month &&
		    add_credit(rater, usage->sku, usage->amount,
			       sku_unit(&rater->list->skus[usage->sku], usage->month)) < 0)
			return -1;
	}
	return 0;
}

/* ---- discount and tax: of the month's rounded lines ---- */

static int add_share(struct rater *rater, enum line_kind kind, const char *name, int64_t ppm)
{
	char text[64];
	bool off = kind == LINE_DISCOUNT;
	struct fraction amount = {(wide_t)rater->month_total * (off ? -ppm : ppm), PPM};
	struct bill_line line = {.kind = kind, .sku = NONE, .unit = rater->bill->currency, .commitment = NONE};
	if (ppm == 0 || rater->month_total == 0)
		return 0;
	snprintf(text, sizeof text, "%s %.6g %%", name, (double)ppm / 1e4);
	line.text = arena_strdup(rater->arena, text);
	line.quantity = (double)rater->month_total / 1e9;
	if (!money_round(amount, NANO, &line.amount_nano))
		return too_much(rater, name);
	return append(rater, &line);
}

/* A free tier has no price to take a discount off: the discount is of what is left. Its line still comes before. */
static int add_discount(struct rater *rater)
{
	struct bill *bill = rater->bill;
	uint32_t n = bill->n_lines, at = n;
	if (add_share(rater, LINE_DISCOUNT, "negotiated discount", rater->plan->discount_ppm) < 0)
		return -1;
	if (bill->n_lines == n)
		return 0;
	struct bill_line line = bill->lines[n];
	for (; at > 0 && bill->lines[at - 1].kind == LINE_CREDIT && bill->lines[at - 1].month == line.month; at--)
		bill->lines[at] = bill->lines[at - 1];
	bill->lines[at] = line;
	return 0;
}

/* ---- a month ---- */

/* What a plan buys on demand, and as spot, in an hour. */
static void read_hour(struct rater *rater, size_t hour, int64_t *left)
{
	const struct hourly_usage *usage = rater->usage;
	for (uint32_t m = 0; m < rater->meters.n; m++) {
		const struct meter *meter = &rater->meters.all[m];
		left[m] = metered(rater->list, usage, meter, hour);
		if (meter->part != PART_MEMORY)
			rater->spot_sum[meter->column] += usage->on_demand[hour * usage->n_skus + meter->column] +
							  usage->spot[hour * usage->n_skus + meter->column];
		if (rater->spot_priced[meter->column])
			left[m] = 0;
		if (meter->part != PART_MEMORY)
			rater->spot_sum[meter->column] -= left[m];
	}
}

static void read_month(struct rater *rater)
{
	const struct hourly_usage *usage = rater->usage;
	uint32_t n = rater->meters.n;
	ms_t from, until;
	calendar_month(rater->month, &from, &until);
	rater->hours_in_month = (uint32_t)((until - from) / HOUR_MS);
	from = max64(from, usage->first_hour);
	until = min64(until, usage->first_hour + (ms_t)usage->n_hours * HOUR_MS);
	rater->n_hours = until > from ? (uint32_t)((until - from) / HOUR_MS) : 0;
	memset(rater->left_sum, 0, n * sizeof *rater->left_sum);
	memset(rater->spot_sum, 0, usage->n_skus * sizeof *rater->spot_sum);
	coverage_new_month(&rater->coverage);
	for (uint32_t hour = 0; hour < rater->n_hours; hour++) {
		int64_t *left = &rater->left[(size_t)hour * n];
		read_hour(rater, (size_t)((from - usage->first_hour) / HOUR_MS) + hour, left);
		coverage_hour(&rater->coverage, from + hour * HOUR_MS, left);
		for (uint32_t m = 0; m < n; m++)
			rater->left_sum[m] += left[m];
	}
}

static int rate_month(struct rater *rater)
{
	rater->month_total = 0;
	read_month(rater);
	if (add_usage(rater) < 0 || add_spot(rater) < 0 || add_covered(rater) < 0 || add_unused(rater) < 0 ||
	    add_sustained(rater) < 0 || add_credits(rater) < 0 || add_discount(rater) < 0)
		return -1;
	return add_share(rater, LINE_TAX, "tax", rater->plan->tax_ppm);
}

/* ---- all of it ---- */

static int check_plan(struct rater *rater)
{
	const struct price_plan *plan = rater->plan;
	if (plan->discount_ppm < 0 || plan->discount_ppm > MAX_DISCOUNT)
		return err_set(rater->err, "a negotiated discount outside 0 to 100 %%");
	if (plan->tax_ppm < 0 || plan->tax_ppm > MAX_TAX)
		return err_set(rater->err, "a tax outside 0 to 1000 %%");
	if (plan->currency && (plan->rate_nano <= 0 || plan->rate_nano > MAX_RATE))
		return err_set(rater->err, "a rate of %.20s outside 0 to 1000000", plan->currency);
	return 0;
}

static int set_up(struct rater *rater)
{
	uint32_t columns = rater->usage->n_skus;
	if (check_plan(rater) < 0 ||
	    plan_cover(rater->list, rater->plan, rater->usage, rater->arena, &rater->plan, rater->err) < 0 ||
	    meters_read(rater->list, rater->usage, &rater->scratch, &rater->meters, rater->err) < 0 ||
	    coverage_read(rater->list, rater->plan, &rater->meters, &rater->scratch, &rater->coverage, rater->err) < 0)
		return -1;
	uint32_t n = rater->meters.n;
	rater->left = arena_alloc(&rater->scratch, (size_t)LONGEST_MONTH_HOURS * n, sizeof *rater->left);
	rater->left_sum = arena_alloc(&rater->scratch, n, sizeof *rater->left_sum);
	rater->discount = arena_alloc(&rater->scratch, n, sizeof *rater->discount);
	rater->spot_sum = arena_alloc(&rater->scratch, columns, sizeof *rater->spot_sum);
	rater->spot_priced = arena_alloc(&rater->scratch, columns, sizeof *rater->spot_priced);
	if (!rater->left || !rater->left_sum || !rater->discount || !rater->spot_sum || !rater->spot_priced)
		return out_of_memory(rater);
	for (uint32_t i = 0; i < columns; i++)
		rater->spot_priced[i] = rater->plan->spot && rater->list->skus[rater->usage->sku_of[i]].spot_nano >= 0;
	return 0;
}

static void span(const struct hourly_usage *usage, ms_t *first, ms_t *last)
{
	*first = usage->n_hours ? usage->first_hour : MS_NEVER;
	*last = usage->n_hours ? usage->first_hour + (ms_t)usage->n_hours * HOUR_MS - 1 : MS_UNSET;
	for (uint32_t i = 0; i < usage->n_months; i++) {
		*first = min64(*first, usage->months[i].month);
		*last = max64(*last, usage->months[i].month);
	}
}

static int rate_all(struct rater *rater)
{
	ms_t first, last, next;
	if (set_up(rater) < 0)
		return -1;
	span(rater->usage, &first, &last);
	for (ms_t at = first; at <= last; at = next) {
		calendar_month(at, &rater->month, &next);
		if (rate_month(rater) < 0)
			return -1;
	}
	return 0;
}

int bill_rate(const struct price_list *list, const struct price_plan *plan, const struct hourly_usage *usage,
	      struct arena *arena, struct bill *bill, struct err *err)
{
	struct rater rater = {.list = list,
			      .plan = plan,
			      .usage = usage,
			      .arena = arena,
			      .bill = bill,
			      .rate_nano = plan->currency ? plan->rate_nano : NANO,
			      .err = err};
	*bill = (struct bill){.currency = plan->currency ? plan->currency : list->currency};
	int status = rate_all(&rater);
	bill->plan = rater.plan;
	arena_free(&rater.scratch);
	return status;
}
