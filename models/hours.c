#include "billing.h"

#include "calendar.h"

/* Usage sorted into hours and months. An hour's sum is first kept as its difference to the hour before, so that an
 * item costs the same however long it runs. */

#define MAX_SPAN_MS  ((ms_t)36525 * DAY_MS) /* 100 years */
#define MAX_CELLS    ((size_t)1 << 27)
#define MAX_HOURLY   (INT64_MAX / HOUR_MS) /* thousandths in use at once, of one SKU */
#define MAX_QUANTITY ((int64_t)1000000000000000)
#define FIRST_MS     ((ms_t)-62135596800000) /* 0001-01-01 */
#define LAST_MS      ((ms_t)253402300800000) /* 10000-01-01 */
#define NONE         UINT32_MAX

struct sorter {
	const struct price_list *list;
	struct hourly_usage *usage;
	ms_t min_charge_ms; /* of instances; -1: the SKU's */
	uint32_t *place;    /* sku -> column, or row of `amounts` */
	uint32_t *later;    /* sku -> the next dated row of its id */
	int64_t *total;     /* column -> thousandths, in all */
	wide_t *amounts;    /* [row * n_months + month] */
	uint32_t n_rows, n_months;
	int64_t first_month;
	struct arena *arena;
	struct err *err;
};

static bool by_the_hour(const struct sku *sku)
{
	return sku->rule == SKU_INSTANCE || sku->rule == SKU_POD_VCPU || sku->rule == SKU_POD_MEMORY;
}

static const char *fault_of(const struct price_list *list, const struct usage_item *item)
{
	if (item->sku >= list->n_skus)
		return "no such SKU";
	if (item->quantity < 0 || item->quantity > MAX_QUANTITY)
		return "quantity outside 0 to 1000000000000";
	if (item->start < FIRST_MS || item->start >= LAST_MS || item->end < FIRST_MS || item->end >= LAST_MS)
		return "time outside the years 1 to 9999";
	return item->end < item->start ? "ends before it starts" : NULL;
}

/* A start is charged for a least time. */
static ms_t charged_end(const struct sorter *sorter, const struct usage_item *item)
{
	const struct sku *sku = &sorter->list->skus[item->sku];
	ms_t least =
	    sku->rule == SKU_INSTANCE && sorter->min_charge_ms >= 0 ? sorter->min_charge_ms : sku->min_charge_ms;
	return by_the_hour(sku) ? max64(item->end, item->start + least) : item->end;
}

/* Source: EC2 guide, billing-for-interrupted-spot-instances. */
static bool free_of_charge(const struct sorter *sorter, const struct usage_item *item)
{
	return item->interrupted && item->spot && sorter->list->book.provider == PROVIDER_AWS &&
	       sorter->list->skus[item->sku].rule == SKU_INSTANCE && item->end - item->start < HOUR_MS;
}

/* ---- which SKUs ---- */

static uint32_t later_row(const struct price_list *list, uint32_t sku)
{
	const struct sku *all = list->skus;
	uint32_t best = NONE;
	for (uint32_t i = 0; i < list->n_skus; i++)
		if (all[i].valid_from > all[sku].valid_from && strcmp(all[i].id, all[sku].id) == 0 &&
		    (best == NONE || all[i].valid_from < all[best].valid_from))
			best = i;
	return best;
}

static void mark(struct sorter *sorter, uint32_t sku)
{
	for (; sku != NONE && sorter->place[sku] == NONE; sku = sorter->later[sku]) {
		sorter->place[sku] = 0;
		sorter->later[sku] = later_row(sorter->list, sku);
	}
}

static int mark_all(struct sorter *sorter, const struct usage_item *items, size_t n, ms_t *first, ms_t *last)
{
	*first = LAST_MS;
	*last = FIRST_MS;
	for (size_t i = 0; i < n; i++) {
		const char *fault = fault_of(sorter->list, &items[i]);
		if (fault)
			return err_set(sorter->err, "usage item %zu (%.100s): %s", i + 1,
				       items[i].resource ? items[i].resource : "", fault);
		mark(sorter, items[i].sku);
		*first = min64(*first, items[i].start);
		*last = max64(*last, max64(charged_end(sorter, &items[i]), items[i].start + 1));
	}
	return 0;
}

/* Columns and rows in order of SKU, so that the order of items does not matter. */
static void number_skus(struct sorter *sorter, uint32_t *sku_of)
{
	for (uint32_t i = 0; i < sorter->list->n_skus; i++) {
		if (sorter->place[i] == NONE)
			continue;
		if (!by_the_hour(&sorter->list->skus[i])) {
			sorter->place[i] = sorter->n_rows++;
		} else {
			sku_of[sorter->usage->n_skus] = i;
			sorter->place[i] = sorter->usage->n_skus++;
		}
	}
}

/* ---- into hours ---- */

static void add_hours(const struct hourly_usage *usage, int64_t *cells, uint32_t column, int64_t from, int64_t until,
		      int64_t amount)
{
	cells[(size_t)from * usage->n_skus + column] += amount;
	if (until < usage->n_hours)
		cells[(size_t)until * usage->n_skus + column] -= amount;
}

static int add_hourly(struct sorter *sorter, uint32_t sku, const struct usage_item *item, ms_t start, ms_t end)
{
	const struct hourly_usage *usage = sorter->usage;
	uint32_t column = sorter->place[sku];
	int64_t quantity = item->quantity, *cells = item->spot ? usage->spot : usage->on_demand;
	if (quantity > MAX_HOURLY || (sorter->total[column] += quantity) > MAX_HOURLY)
		return err_set(sorter->err, "%.100s: more usage than can be counted", sorter->list->skus[sku].id);
	start -= usage->first_hour;
	end -= usage->first_hour;
	int64_t from = start / HOUR_MS, until = end / HOUR_MS;
	if (from == until) {
		add_hours(usage, cells, column, from, from + 1, quantity * (end - start));
		return 0;
	}
	add_hours(usage, cells, column, from, from + 1, quantity * ((from + 1) * HOUR_MS - start));
	if (until > from + 1)
		add_hours(usage, cells, column, from + 1, until, quantity * HOUR_MS);
	if (end > until * HOUR_MS)
		add_hours(usage, cells, column, until, until + 1, quantity * (end - until * HOUR_MS));
	return 0;
}

static void sum_differences(const struct hourly_usage *usage, int64_t *cells)
{
	size_t n = (size_t)usage->n_hours * usage->n_skus;
	for (size_t i = usage->n_skus; i < n; i++)
		cells[i] += cells[i - usage->n_skus];
}

/* ---- into months ---- */

/* Months since year 0. */
static int64_t month_number(ms_t time)
{
	int64_t year;
	unsigned month, day;
	calendar_date(divide_down(time, DAY_MS), &year, &month, &day);
	return year * 12 + month - 1;
}

static ms_t month_start(int64_t number)
{
	return calendar_days(number / 12, (unsigned)(number % 12) + 1, 1) * DAY_MS;
}

/* What of an item falls before a time. A counted quantity is spread evenly over the item's time; what that does not
 * divide comes later. */
static wide_t amount_before(enum sku_rule rule, const struct usage_item *item, ms_t time)
{
	if (rule != SKU_QUANTITY)
		return (wide_t)item->quantity * (time - item->start);
	return item->end > item->start ? (wide_t)item->quantity * (time - item->start) / (item->end - item->start)
				       : item->quantity;
}

static void add_monthly(struct sorter *sorter, uint32_t sku, const struct usage_item *item, ms_t start, ms_t end)
{
	enum sku_rule rule = sorter->list->skus[sku].rule;
	wide_t *row = &sorter->amounts[(size_t)sorter->place[sku] * sorter->n_months];
	bool instant = item->end == item->start;
	for (int64_t month = month_number(start); instant || start < end; month++) {
		ms_t until = min64(end, month_start(month + 1));
		row[month - sorter->first_month] +=
		    amount_before(rule, item, until) - (instant ? 0 : amount_before(rule, item, start));
		start = until;
		if (instant)
			break;
	}
}

static int add_item(struct sorter *sorter, const struct usage_item *item)
{
	ms_t start = item->start, end = charged_end(sorter, item);
	uint32_t sku = item->sku;
	while (sorter->later[sku] != NONE && start >= sorter->list->skus[sorter->later[sku]].valid_from)
		sku = sorter->later[sku];
	for (bool more = true; more; sku = sorter->later[sku]) {
		ms_t until = end;
		more = sorter->later[sku] != NONE && sorter->list->skus[sorter->later[sku]].valid_from < end;
		if (more)
			until = sorter->list->skus[sorter->later[sku]].valid_from;
		if (!by_the_hour(&sorter->list->skus[sku]))
			add_monthly(sorter, sku, item, start, until);
		else if (until > start && add_hourly(sorter, sku, item, start, until) < 0)
			return -1;
		start = until;
	}
	return 0;
}

static int list_months(struct sorter *sorter)
{
	struct hourly_usage *usage = sorter->usage;
	usage->months = arena_alloc(sorter->arena, (size_t)sorter->n_months * sorter->n_rows, sizeof *usage->months);
	if (!usage->months)
		return err_set(sorter->err, "usage: out of memory");
	for (uint32_t month = 0; month < sorter->n_months; month++)
		for (uint32_t sku = 0; sku < sorter->list->n_skus; sku++) {
			if (sorter->place[sku] == NONE || by_the_hour(&sorter->list->skus[sku]))
				continue;
			wide_t amount = sorter->amounts[(size_t)sorter->place[sku] * sorter->n_months + month];
			if (amount > 0)
				usage->months[usage->n_months++] =
				    (struct month_usage){sku, month_start(sorter->first_month + month), amount};
		}
	return 0;
}

/* ---- all of it ---- */

static int set_up(struct sorter *sorter, const struct usage_item *items, size_t n)
{
	struct hourly_usage *usage = sorter->usage;
	size_t n_skus = sorter->list->n_skus;
	uint32_t *sku_of = arena_alloc(sorter->arena, n_skus, sizeof *sku_of);
	sorter->place = arena_alloc(sorter->arena, n_skus, sizeof *sorter->place);
	sorter->later = arena_alloc(sorter->arena, n_skus, sizeof *sorter->later);
	if (!sku_of || !sorter->place || !sorter->later)
		return err_set(sorter->err, "usage: out of memory");
	memset(sorter->place, 0xff, n_skus * sizeof *sorter->place);
	ms_t first, last;
	if (mark_all(sorter, items, n, &first, &last) < 0)
		return -1;
	if (n == 0)
		return 0;
	if (last - first > MAX_SPAN_MS)
		return err_set(sorter->err, "usage spans more than 100 years");
	number_skus(sorter, sku_of);
	usage->sku_of = sku_of;
	usage->first_hour = divide_down(first, HOUR_MS) * HOUR_MS;
	usage->n_hours = (uint32_t)divide_up(last - usage->first_hour, HOUR_MS);
	sorter->first_month = month_number(first);
	sorter->n_months = (uint32_t)(month_number(last - 1) - sorter->first_month + 1);
	size_t cells = (size_t)usage->n_hours * usage->n_skus;
	if (cells > MAX_CELLS)
		return err_set(sorter->err, "usage: %u hours of %u SKUs are too many", usage->n_hours, usage->n_skus);
	usage->on_demand = arena_alloc(sorter->arena, cells, sizeof *usage->on_demand);
	usage->spot = arena_alloc(sorter->arena, cells, sizeof *usage->spot);
	sorter->total = arena_alloc(sorter->arena, usage->n_skus, sizeof *sorter->total);
	sorter->amounts =
	    arena_alloc(sorter->arena, (size_t)sorter->n_rows * sorter->n_months, sizeof *sorter->amounts);
	if (!usage->on_demand || !usage->spot || !sorter->total || !sorter->amounts)
		return err_set(sorter->err, "usage: out of memory");
	return 0;
}

int usage_hours(const struct price_list *list, const struct price_plan *plan, const struct usage_item *items, size_t n,
		struct arena *arena, struct hourly_usage *usage, struct err *err)
{
	struct sorter sorter = {
	    .list = list, .usage = usage, .min_charge_ms = plan ? plan->min_charge_ms : -1, .arena = arena, .err = err};
	*usage = (struct hourly_usage){0};
	if (sorter.min_charge_ms > DAY_MS)
		return err_set(err, "a minimum charge of more than a day");
	if (set_up(&sorter, items, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!free_of_charge(&sorter, &items[i]) && add_item(&sorter, &items[i]) < 0)
			return -1;
	sum_differences(usage, usage->on_demand);
	sum_differences(usage, usage->spot);
	return list_months(&sorter);
}
