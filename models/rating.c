#include "usage.h"

#include "calendar.h"

/* Usage becomes money in two steps: exact sums of time per line, then one multiplication and one rounding a line.
 * A GiB-month is a GiB for the very month it was used in, so GiB-milliseconds are summed per length of month. */

#define FIRST_MS     ((ms_t)-62135596800000) /* 0001-01-01 */
#define LAST_MS      ((ms_t)253402300800000) /* 10000-01-01 */
#define MAX_QUANTITY ((int64_t)1000000000)

enum { SHORTEST_MONTH = 28, MONTH_LENGTHS = 4 };
/* Divisible by 28, 29, 30 and 31: the common denominator of all months. */
#define ALL_MONTHS_DAYS 377580

struct months {
	wide_t gib_ms[MONTH_LENGTHS]; /* in months of 28, 29, 30 and 31 days */
};

/* Splits the record's time by the length of the months it falls in. */
static void add_months(struct months *months, const struct usage_record *record)
{
	for (ms_t at = record->start, from, next; at < record->end; at = next) {
		calendar_month(at, &from, &next);
		ms_t until = min64(next, record->end);
		months->gib_ms[(next - from) / DAY_MS - SHORTEST_MONTH] += (wide_t)record->quantity * (until - at);
	}
}

struct sums {
	wide_t *instance_ms; /* per sku */
	bool *instance_used;
	struct months disk;
	wide_t control_plane_ms;
	bool disk_used, control_plane_used;
};

static const char *fault_of(const struct usage_record *record, uint32_t n_types)
{
	if (record->kind > USAGE_CONTROL_PLANE)
		return "unknown kind of usage";
	if (record->kind == USAGE_INSTANCE && record->sku >= n_types)
		return "no instance type for its sku";
	if (record->quantity < 0 || record->quantity > MAX_QUANTITY)
		return "quantity outside 0..1000000000";
	if (record->start < FIRST_MS || record->start >= LAST_MS || record->end < FIRST_MS || record->end >= LAST_MS)
		return "time outside the years 1 to 9999";
	return record->end < record->start ? "ends before it starts" : NULL;
}

static void add_record(struct sums *sums, const struct usage_record *record, ms_t min_charge_ms)
{
	ms_t span = record->end - record->start;
	switch (record->kind) {
	case USAGE_INSTANCE:
		sums->instance_ms[record->sku] += (wide_t)record->quantity * max64(span, min_charge_ms);
		sums->instance_used[record->sku] = true;
		break;
	case USAGE_DISK:
		add_months(&sums->disk, record);
		sums->disk_used = true;
		break;
	default:
		sums->control_plane_ms += (wide_t)record->quantity * span;
		sums->control_plane_used = true;
	}
}

/* price x units / per, half away from zero (nothing here is negative). */
static int amount(wide_t units, wide_t per, int64_t price_nano, int64_t *nano, struct err *err)
{
	wide_t product;
	if (price_nano < 0)
		return err_set(err, "rating: a price below zero");
	if (__builtin_mul_overflow(units, (wide_t)price_nano, &product) ||
	    __builtin_add_overflow(product, per / 2, &product) || product / per > INT64_MAX)
		return err_set(err, "rating: an amount above 9223372036 US dollars");
	*nano = (int64_t)(product / per);
	return 0;
}

static int add_line(struct invoice *invoice, const struct invoice_line *line, struct err *err)
{
	if (__builtin_add_overflow(invoice->total_nano, line->amount_nano, &invoice->total_nano))
		return err_set(err, "rating: a total above 9223372036 US dollars");
	invoice->lines[invoice->n_lines++] = *line;
	return 0;
}

static int add_hours(struct invoice *invoice, const char *sku, wide_t ms, int64_t price_nano, struct err *err)
{
	struct invoice_line line = {.sku = sku,
				    .unit = "hour",
				    .quantity = (double)ms / (double)HOUR_MS,
				    .quantity_units = ms,
				    .price_nano = price_nano};
	if (amount(ms, HOUR_MS, price_nano, &line.amount_nano, err) < 0)
		return err_wrap(err, "%.100s", sku);
	return add_line(invoice, &line, err);
}

static int add_disk(struct invoice *invoice, const struct months *disk, const struct region_fees *fees, struct err *err)
{
	struct invoice_line line = {
	    .sku = fees->disk_name, .unit = "GiB-month", .price_nano = fees->disk_nano_per_gib_month};
	wide_t units = 0;
	for (int i = 0; i < MONTH_LENGTHS; i++) {
		wide_t share;
		int days = SHORTEST_MONTH + i;
		line.quantity_units += disk->gib_ms[i];
		line.quantity += (double)disk->gib_ms[i] / ((double)days * (double)DAY_MS);
		if (__builtin_mul_overflow(disk->gib_ms[i], (wide_t)(ALL_MONTHS_DAYS / days), &share) ||
		    __builtin_add_overflow(units, share, &units))
			return err_set(err, "rating: more disk than can be counted");
	}
	if (amount(units, (wide_t)ALL_MONTHS_DAYS * DAY_MS, line.price_nano, &line.amount_nano, err) < 0)
		return err_wrap(err, "%.100s", fees->disk_name);
	return add_line(invoice, &line, err);
}

static int sum_up(const struct usage_record *records, size_t n, uint32_t n_types, ms_t min_charge_ms, struct sums *sums,
		  struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *fault = fault_of(&records[i], n_types);
		if (fault)
			return err_set(err, "usage record %zu: %s", i, fault);
		add_record(sums, &records[i], min_charge_ms);
	}
	return 0;
}

static int write_lines(const struct sums *sums, const struct instance_type *const *types, uint32_t n_types,
		       const struct region_fees *fees, struct invoice *invoice, struct err *err)
{
	for (uint32_t i = 0; i < n_types; i++)
		if (sums->instance_used[i] &&
		    add_hours(invoice, types[i]->name, sums->instance_ms[i], types[i]->price_nano_per_hour, err) < 0)
			return -1;
	if (sums->disk_used && add_disk(invoice, &sums->disk, fees, err) < 0)
		return -1;
	if (sums->control_plane_used && add_hours(invoice, fees->control_plane_name, sums->control_plane_ms,
						  fees->control_plane_nano_per_hour, err) < 0)
		return -1;
	return 0;
}

int usage_rate(const struct usage_record *records, size_t n, const struct instance_type *const *types, uint32_t n_types,
	       const struct region_fees *fees, struct arena *arena, struct invoice *invoice, struct err *err)
{
	struct sums sums = {.instance_ms = arena_alloc(arena, n_types, sizeof *sums.instance_ms),
			    .instance_used = arena_alloc(arena, n_types, sizeof *sums.instance_used)};
	*invoice = (struct invoice){.lines = arena_alloc(arena, (size_t)n_types + 2, sizeof *invoice->lines),
				    .currency = fees->currency};
	if (!sums.instance_ms || !sums.instance_used || !invoice->lines)
		return err_set(err, "rating: out of memory");
	if (fees->min_charge_ms < 0 || fees->min_charge_ms > DAY_MS)
		return err_set(err, "rating: a minimum charge outside 0..1 day");
	if (sum_up(records, n, n_types, fees->min_charge_ms, &sums, err) < 0)
		return -1;
	return write_lines(&sums, types, n_types, fees, invoice, err);
}
