/* What the rules of the bill share: meters (what is covered and discounted), commitments at work, rounding. */
#ifndef PLIMSOLL_BILL_INTERNAL_H
#define PLIMSOLL_BILL_INTERNAL_H

#include "billing.h"

#define PPM     ((int64_t)1000000)
#define UNIT_MS (1000 * HOUR_MS) /* thousandths * ms in an hour of one */

enum { LONGEST_MONTH_HOURS = 744 };

/* A sum of money: numerator / denominator billionths. */
struct fraction {
	wide_t numerator, denominator;
};

/* Times rate_nano / 1e9, to the nearest, half away from zero. False: does not fit. */
bool money_round(struct fraction, int64_t rate_nano, int64_t *nano);

/* The C library's qsort may allocate. The order must be total. */
typedef bool before_fn(const void *, const void *);
void heap_sort(void *items, size_t n, size_t size, before_fn *);

/* ---- meters ---- */

/* The hourly usage of one SKU, or, where vCPUs and memory have prices of their own, one of the two. */
enum part { PART_WHOLE, PART_VCPU, PART_MEMORY };
struct meter {
	uint32_t column, sku;
	enum part part;
	int64_t price_nano; /* of this part of one, an hour; the parts of a SKU add up to its list price */
	int64_t size;       /* of this part in one: 1, thousandths of charged vCPUs, bytes */
	const struct instance_type *type; /* NULL: a pod */
};

struct meters {
	struct meter *all;
	uint32_t n;
};

/* What a meter counts in an hour at the on-demand price; spot that has no price of its own is on demand. */
static inline int64_t metered(const struct price_list *list, const struct hourly_usage *usage,
			      const struct meter *meter, size_t hour)
{
	size_t cell = hour * usage->n_skus + meter->column;
	return usage->on_demand[cell] + (list->skus[meter->sku].spot_nano < 0 ? usage->spot[cell] : 0);
}

int meters_read(const struct price_list *, const struct hourly_usage *, struct arena *, struct meters *, struct err *);

/* ---- commitments ---- */

/* What a commitment gives each hour, in units of its own, and what one unit costs: charge over per, in billionths.
 *   RESERVED        quarters of a normalized unit * thousandths * ms (Azure: thousandths * ms)
 *   savings plans   billionths * thousandths * ms of an hour
 *   FLEXIBLE        the same, of on-demand spend
 *   RESOURCE        millionths of vCPUs * ms; thousandths of bytes * ms: two pools */
struct pool {
	uint32_t commitment;
	enum part part;
	wide_t per_ms;
	ms_t start, end;
	int64_t charge;
	wide_t per;
	wide_t budget; /* left of the hour */
	wide_t unused; /* of the month so far */
};

/* That a pool can cover a meter, at `weight` of its units for a unit of usage. In the order they are applied. */
struct claim {
	uint32_t pool, meter;
	int64_t weight;
	int phase;
	int64_t price_nano, rate_nano; /* its saving is 1 - rate / price */
	wide_t spent;                  /* of the pool, this month */
	wide_t covered;                /* of the meter, this month */
};

struct coverage {
	struct pool *pools;
	struct claim *claims;
	uint32_t n_pools, n_claims;
};

int coverage_read(const struct price_list *, const struct price_plan *, const struct meters *, struct arena *,
		  struct coverage *, struct err *);
/* One hour: left[meter] is what is in use, and becomes what is not covered. Of every pool what is spent and what is
 * unused add up to what it gives; of every meter what is covered and what is left, to what was in use. */
void coverage_hour(struct coverage *, ms_t hour, int64_t *left);
void coverage_new_month(struct coverage *);
/* "EC2 instance savings plan m5, 1 year, no upfront". */
const char *commitment_text(enum provider, const struct commitment *, struct arena *);

/* AWS's normalization factor of a type, in quarters; 0: its size is not one of those. */
int64_t normalized_quarters(const struct instance_type *);

/* ---- sustained use ---- */

/* Millionths off in each quarter of the month, or NULL. */
const int64_t *sustained_discounts(const struct instance_type *);
/* The discount on each meter in a month. left: [hour * n_meters + meter] for n_hours of the month's hours;
 * discount[meter]: thousandths * ms * millionths off. */
int sustained_month(const struct meters *, const int64_t *left, uint32_t n_hours, uint32_t hours_in_month,
		    struct arena *scratch, wide_t *discount, struct err *);
/* The quarter of the month, 0 to 3, that each hour ranks in by what the family of a meter uses, the busiest first. Of
 * hours of equal use the earlier comes first. */
int sustained_quarters(const struct meters *, uint32_t like, const int64_t *left, uint32_t n_hours,
		       uint32_t hours_in_month, struct arena *scratch, uint32_t *quarter, struct err *err);

/* ---- tiers ---- */

/* A unit of a SKU's month_usage.amount; hourly SKUs: of thousandths * ms. */
wide_t sku_unit(const struct sku *, ms_t month);
/* Price of an amount used in one month through the tiers, over sku_unit. False: does not fit. */
bool tier_amount(const struct sku *, wide_t amount, wide_t unit, wide_t *numerator);
/* What free units are worth: the price of all less the price of what is left without them. */
bool free_amount(const struct sku *, wide_t amount, wide_t unit, wide_t *free_units, wide_t *numerator);

#endif
