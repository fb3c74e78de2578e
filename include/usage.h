/* Usage first, money after: who ran on what, from when to when; and the rules that turn it into invoice lines. */
#ifndef PLIMSOLL_USAGE_H
#define PLIMSOLL_USAGE_H

#include "arena.h"
#include "price.h"

enum usage_kind { USAGE_INSTANCE, USAGE_DISK, USAGE_CONTROL_PLANE };

/* One resource, from start to end (exclusive), ms since 1970. */
struct usage_record {
	uint32_t kind;    /* enum usage_kind */
	uint32_t sku;     /* INSTANCE: index into the run's node groups; otherwise 0 */
	int64_t quantity; /* DISK: GiB; otherwise 1 */
	ms_t start, end;
};

struct invoice_line {
	const char *sku;       /* "m5.xlarge", "EBS gp3", "EKS control plane" */
	const char *unit;      /* "hour", "GiB-month" */
	double quantity;       /* in that unit, for reading */
	wide_t quantity_units; /* exact: milliseconds, or GiB-milliseconds */
	int64_t price_nano;    /* per unit */
	int64_t amount_nano;   /* rounded once, half away from zero */
};

struct invoice {
	struct invoice_line *lines;
	uint32_t n_lines;
	int64_t total_nano; /* the sum of the lines, exactly */
	const char *currency;
};

/* Rates usage under list prices. types[sku] is the instance type of usage with that sku. Order of records does not
 * matter; lines come in order of kind, then sku. Lives in the arena. */
int usage_rate(const struct usage_record *, size_t n, const struct instance_type *const *types, uint32_t n_types,
	       const struct region_fees *, struct arena *, struct invoice *, struct err *);

#endif
