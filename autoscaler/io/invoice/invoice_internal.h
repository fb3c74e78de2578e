/* The formats of invoices. Private to autoscaler/io/invoice*.c. */
#ifndef PLIMSOLL_INVOICE_INTERNAL_H
#define PLIMSOLL_INVOICE_INTERNAL_H

#include "../text/csv.h"
#include "invoice.h"

enum invoice_field {
	FIELD_PROVIDER,
	FIELD_SERVICE,
	FIELD_SKU,
	FIELD_OPERATION, /* what else tells SKUs apart */
	FIELD_REGION,
	FIELD_UNIT,
	FIELD_USAGE,
	FIELD_START,
	FIELD_COST,
	FIELD_CURRENCY,
	FIELD_RATE,
	FIELD_PRICE,
	FIELD_KIND,
	FIELD_PRICING, /* on demand, spot, committed */
	FIELD_COVERED_BY,
	INVOICE_FIELDS,
};

#define FIELD_NAMES 6
struct invoice_column {
	const char *names[FIELD_NAMES]; /* folded: lower case, other characters than letters and digits as one '_' */
	bool required;
};

/* A line's texts; "" where there is none. */
struct invoice_row {
	struct csv_field field[INVOICE_FIELDS];
};

#define SKU_TEXT_MAX 512
/* What a format makes of a row beside its numbers. The texts start as the row's. */
struct invoice_reading {
	enum provider provider;
	enum charge_kind kind;
	const char *service, *sku, *region, *unit;
	char sku_text[SKU_TEXT_MAX], region_text[64]; /* room for texts of its own */
};

struct invoice_format {
	const char *name;
	int places; /* most that its costs carry */
	struct invoice_column columns[INVOICE_FIELDS];
	void (*read)(const struct invoice_row *, struct invoice_reading *);
};

extern const struct invoice_format invoice_gcp, invoice_aws, invoice_azure, invoice_focus;

struct kind_word {
	const char *word;
	enum charge_kind kind;
};
/* Case does not matter. OTHER: none of them; the line is listed as not priced. */
enum charge_kind invoice_kind(const char *word, const struct kind_word *words, size_t n);

/* "EU-BoxUsage:m5.large", "RunInstances" -> "BoxUsage:m5.large", and eu-west-1 where region is empty. */
void invoice_aws_sku(const char *usage_type, const char *operation, struct invoice_reading *);
/* "US East" -> "eastus". */
void invoice_azure_region(const char *location, struct invoice_reading *);

#endif
