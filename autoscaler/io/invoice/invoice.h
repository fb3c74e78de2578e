/* A provider's invoice: Google's billing export, AWS CUR 2.0 (and the older CUR), Azure cost details, FOCUS; CSV, plain
 * or gzip, told apart by their columns. Line by line: kept are only numbers, and each SKU's names once. */
#ifndef PLIMSOLL_INVOICE_H
#define PLIMSOLL_INVOICE_H

#include "arena.h"
#include "charge.h"

#define INVOICE_CHARGES_MAX 4000000
#define INVOICE_ITEMS_MAX   200000

enum charge_kind {
	CHARGE_USAGE, /* at list price, perhaps discounted */
	CHARGE_SPOT,
	CHARGE_COVERED, /* by a reservation or a savings plan */
	CHARGE_TAX,
	CHARGE_CREDIT,
	CHARGE_FEE,   /* purchases, recurring fees, rounding, adjustments */
	CHARGE_OTHER, /* of a kind this program does not know */
	CHARGE_KINDS,
};

/* What is charged for: lines that agree in all of these share one. */
struct invoice_item {
	enum provider provider;
	const char *service, *sku, *region, *unit; /* "" where the file does not say */
};

struct charge {
	uint32_t item, line;
	enum charge_kind kind;
	ms_t start;
	struct amount usage, cost;
	int64_t rate_nano;  /* units of the invoice's currency for a dollar, 0: the line does not say */
	int64_t price_nano; /* a unit, as the line says, in its currency; -1: it does not */
};

struct invoice_format;
struct invoice_file {
	struct arena arena;
	const struct invoice_format *format;
	const char *currency;
	struct invoice_item *items;
	uint32_t n_items;
	struct charge *charges; /* in the order of the file */
	uint32_t n_charges;
	ms_t from, until; /* of the lines' starts */
	int places;       /* of the costs: the most that any line prints, within what the format prints */
};

/* "-" is standard input. */
int invoice_read(const char *path, struct invoice_file *, struct err *);
int invoice_parse(const char *name, const char *text, size_t length, struct invoice_file *, struct err *);
void invoice_free(struct invoice_file *);
const char *invoice_format_name(const struct invoice_file *);

#endif
