#include "bill_internal.h"

/* Google's sustained use. What a family uses is added up over all its types, vCPUs and memory apart; a vCPU that is in
 * use for the more quarters of the month costs the less in the later ones. With the hours of a month in order of use,
 * the busiest first, the k-th hour is the k-th in which its topmost vCPU is in use: so each hour has one discount, that
 * of the quarter its rank falls in. Within an hour the average counts.
 *
 * Sources: cloud.google.com/compute/docs/sustained-use-discounts; "Announcing resource-based pricing for Google Compute
 * Engine" (2018): its example is a test. */

static const int64_t thirty_percent[4] = {0, 200000, 400000, 600000};
static const int64_t twenty_percent[4] = {0, 132200, 267000, 400000};

const int64_t *sustained_discounts(const struct instance_type *type)
{
	static const struct {
		const char *family;
		const int64_t *discounts;
	} families[] = {{"n1", thirty_percent},  {"f1", thirty_percent}, {"g1", thirty_percent},
			{"m1", thirty_percent},  {"m2", thirty_percent}, {"n2", twenty_percent},
			{"n2d", twenty_percent}, {"c2", twenty_percent}};
	if (!type || type->provider != PROVIDER_GCP)
		return NULL;
	for (size_t i = 0; i < COUNT(families); i++)
		if (strcmp(type->family, families[i].family) == 0)
			return families[i].discounts;
	return NULL;
}

struct level {
	wide_t use;
	uint32_t hour;
};

static bool busier(const struct level *a, const struct level *b)
{
	return a->use != b->use ? a->use > b->use : a->hour < b->hour;
}

/* Hoare's selection: brings the k busiest of levels[from, until) to its beginning. */
static void select_busiest(struct level *levels, uint32_t from, uint32_t until, uint32_t k)
{
	k += from;
	while (until - from > 1 && k > from && k < until) {
		struct level pivot = levels[from + (until - from) / 2];
		uint32_t low = from, high = until - 1;
		for (;; low++, high--) {
			while (busier(&levels[low], &pivot))
				low++;
			while (busier(&pivot, &levels[high]))
				high--;
			if (low >= high)
				break;
			struct level level = levels[low];
			levels[low] = levels[high];
			levels[high] = level;
		}
		if (k <= low)
			until = low;
		else
			from = low;
	}
}

static bool pooled(const struct meter *a, const struct meter *b)
{
	return a->part == b->part && a->type && b->type && strcmp(a->type->family, b->type->family) == 0;
}

int sustained_quarters(const struct meters *meters, uint32_t like, const int64_t *left, uint32_t n_hours,
		       uint32_t hours_in_month, struct arena *scratch, uint32_t *quarter, struct err *err)
{
	struct level *levels = arena_alloc(scratch, n_hours, sizeof *levels);
	if (!levels)
		return err_set(err, "bill: out of memory");
	for (uint32_t hour = 0; hour < n_hours; hour++)
		levels[hour].hour = hour;
	for (uint32_t m = 0; m < meters->n; m++) {
		if (!pooled(&meters->all[m], &meters->all[like]))
			continue;
		for (uint32_t hour = 0; hour < n_hours; hour++)
			levels[hour].use += (wide_t)left[(size_t)hour * meters->n + m] * meters->all[m].size;
	}
	uint32_t length = hours_in_month / 4, half = n_hours < 2 * length ? n_hours : 2 * length;
	select_busiest(levels, 0, n_hours, half);
	select_busiest(levels, 0, half, length);
	select_busiest(levels, half, n_hours, length);
	for (uint32_t i = 0; i < n_hours; i++)
		quarter[levels[i].hour] = i / length;
	return 0;
}

static bool first_of_pool(const struct meters *meters, uint32_t meter)
{
	for (uint32_t i = 0; i < meter; i++)
		if (pooled(&meters->all[i], &meters->all[meter]))
			return false;
	return true;
}

static void discount_pool(const struct meters *meters, uint32_t first, const int64_t *left, uint32_t n_hours,
			  const uint32_t *quarter, wide_t *discount)
{
	const int64_t *millionths = sustained_discounts(meters->all[first].type);
	for (uint32_t m = first; m < meters->n; m++) {
		if (!pooled(&meters->all[m], &meters->all[first]))
			continue;
		for (uint32_t hour = 0; hour < n_hours; hour++)
			discount[m] += (wide_t)left[(size_t)hour * meters->n + m] * millionths[quarter[hour]];
	}
}

int sustained_month(const struct meters *meters, const int64_t *left, uint32_t n_hours, uint32_t hours_in_month,
		    struct arena *scratch, wide_t *discount, struct err *err)
{
	uint32_t *quarter = arena_alloc(scratch, n_hours, sizeof *quarter);
	if (!quarter)
		return err_set(err, "bill: out of memory");
	for (uint32_t m = 0; m < meters->n; m++) {
		if (!sustained_discounts(meters->all[m].type) || !first_of_pool(meters, m))
			continue;
		if (sustained_quarters(meters, m, left, n_hours, hours_in_month, scratch, quarter, err) < 0)
			return -1;
		discount_pool(meters, m, left, n_hours, quarter, discount);
	}
	return 0;
}
