#include "focus.h"

#include "../report/table.h"
#include "../text/decimal.h"
#include "calendar.h"

/* Cells of a row by column. Amounts keep a decimal point: the published validator takes a column of whole numbers for
 * integers, and refuses it. */
enum cell {
	AvailabilityZone,
	BilledCost,
	BillingAccountId,
	BillingAccountName,
	BillingCurrency,
	BillingPeriodEnd,
	BillingPeriodStart,
	ChargeCategory,
	ChargeClass,
	ChargeDescription,
	ChargeFrequency,
	ChargePeriodEnd,
	ChargePeriodStart,
	CommitmentDiscountCategory,
	CommitmentDiscountId,
	CommitmentDiscountName,
	CommitmentDiscountStatus,
	CommitmentDiscountType,
	ConsumedQuantity,
	ConsumedUnit,
	ContractedCost,
	ContractedUnitPrice,
	EffectiveCost,
	InvoiceIssuerName,
	ListCost,
	ListUnitPrice,
	PricingCategory,
	PricingQuantity,
	PricingUnit,
	ProviderName,
	PublisherName,
	RegionId,
	RegionName,
	ResourceId,
	ResourceName,
	ResourceType,
	ServiceCategory,
	ServiceName,
	SkuId,
	SkuPriceId,
	SubAccountId,
	SubAccountName,
	Tags,
	/* Names that focus_validator 1.0.0 asks for where the specification has others. */
	ChargeType,
	InvoiceIssuer,
	Provider,
	Publisher,
	ResourceID,
	CELLS
};

/* clang-format off */
#define COLUMN(cell) [cell] = {#cell, NULL, false}
static const struct table_column columns[CELLS] = {
    COLUMN(AvailabilityZone),       COLUMN(BilledCost),           COLUMN(BillingAccountId),
    COLUMN(BillingAccountName),     COLUMN(BillingCurrency),      COLUMN(BillingPeriodEnd),
    COLUMN(BillingPeriodStart),     COLUMN(ChargeCategory),       COLUMN(ChargeClass),
    COLUMN(ChargeDescription),      COLUMN(ChargeFrequency),      COLUMN(ChargePeriodEnd),
    COLUMN(ChargePeriodStart),      COLUMN(CommitmentDiscountCategory), COLUMN(CommitmentDiscountId),
    COLUMN(CommitmentDiscountName), COLUMN(CommitmentDiscountStatus), COLUMN(CommitmentDiscountType),
    COLUMN(ConsumedQuantity),       COLUMN(ConsumedUnit),         COLUMN(ContractedCost),
    COLUMN(ContractedUnitPrice),    COLUMN(EffectiveCost),        COLUMN(InvoiceIssuerName),
    COLUMN(ListCost),               COLUMN(ListUnitPrice),        COLUMN(PricingCategory),
    COLUMN(PricingQuantity),        COLUMN(PricingUnit),          COLUMN(ProviderName),
    COLUMN(PublisherName),          COLUMN(RegionId),             COLUMN(RegionName),
    COLUMN(ResourceId),             COLUMN(ResourceName),         COLUMN(ResourceType),
    COLUMN(ServiceCategory),        COLUMN(ServiceName),          COLUMN(SkuId),
    COLUMN(SkuPriceId),             COLUMN(SubAccountId),         COLUMN(SubAccountName),
    COLUMN(Tags),                   COLUMN(ChargeType),           COLUMN(InvoiceIssuer),
    COLUMN(Provider),               COLUMN(Publisher),            COLUMN(ResourceID),
};
/* clang-format on */

/* What a kind of line is, in FOCUS's words. A commitment is paid for by a purchase of its own: what it covers, and what
 * it does not, has a cost in effect but is not billed again. */
static const struct kind {
	const char *category, *pricing, *status;
	bool billed, priced;
} kinds[LINE_KINDS] = {
    [LINE_USAGE] = {"Usage", "Standard", NULL, true, true},
    [LINE_SPOT] = {"Usage", "Dynamic", NULL, true, true},
    [LINE_COVERED] = {"Usage", "Committed", "Used", false, true},
    [LINE_UNUSED] = {"Usage", "Committed", "Unused", false, true},
    [LINE_SUSTAINED] = {"Credit", NULL, NULL, true, false},
    [LINE_DISCOUNT] = {"Credit", NULL, NULL, true, false},
    [LINE_CREDIT] = {"Credit", NULL, NULL, true, false},
    [LINE_TAX] = {"Tax", NULL, NULL, true, false},
};

static const struct {
	const char *issuer, *compute, *disk, *network;
} providers[PROVIDER_COUNT] = {
    [PROVIDER_AWS] = {"AWS", "Amazon Elastic Compute Cloud", "Amazon Elastic Block Store",
		      "Amazon Virtual Private Cloud"},
    [PROVIDER_AZURE] = {"Microsoft", "Virtual Machines", "Azure Managed Disks", "Virtual Network"},
    [PROVIDER_GCP] = {"Google Cloud", "Compute Engine", "Compute Engine", "Networking"},
};

/* Services of what is neither an instance nor a disk, by the beginning of its id. */
static const struct service {
	const char *id, *category, *name;
} services[] = {
    {"EKS", "Compute", "Amazon Elastic Kubernetes Service"},
    {"AKS", "Compute", "Azure Kubernetes Service"},
    {"GKE", "Compute", "Google Kubernetes Engine"},
    {"Autopilot", "Compute", "Google Kubernetes Engine"},
    {"Fargate", "Compute", "AWS Fargate"},
    {"GCS", "Storage", "Cloud Storage"},
    {"BigQuery", "Analytics", "BigQuery"},
    {"Cloud Logging", "Management and Governance", "Cloud Logging"},
};

static const char *const units[][2] = {
    {"hour", "Hours"},         {"GiB-month", "GiB-Months"}, {"vCPU-hour", "vCPU-Hours"}, {"GB-hour", "GB-Hours"},
    {"GiB-hour", "GiB-Hours"}, {"LCU-hour", "LCU-Hours"},   {"request", "Requests"},
};

static const char *const commitment_types[] = {
    [COMMIT_RESERVED] = "Reserved Instance",
    [COMMIT_INSTANCE_SAVINGS] = "EC2 Instance Savings Plan",
    [COMMIT_COMPUTE_SAVINGS] = "Compute Savings Plan",
    [COMMIT_RESOURCE] = "Resource-based Committed Use Discount",
    [COMMIT_FLEXIBLE] = "Flexible Committed Use Discount",
};

#define NUMBER_TEXT 48

struct writer {
	const struct price_list *list;
	const struct bill *bill;
	ms_t from, until;
	struct table table;
	const char *cells[CELLS];
	/* Texts of the row being written. */
	char billing[2][CALENDAR_TEXT], charge[2][CALENDAR_TEXT];
	char numbers[CELLS][NUMBER_TEXT], commitment[32], price_id[200];
};

static void put_nano(struct writer *writer, enum cell cell, int64_t nano)
{
	decimal_text(nano, 9, 1, writer->numbers[cell]);
	writer->cells[cell] = writer->numbers[cell];
}

static void put_quantity(struct writer *writer, enum cell cell, double quantity)
{
	snprintf(writer->numbers[cell], NUMBER_TEXT, "%.9f", quantity);
	writer->cells[cell] = writer->numbers[cell];
}

static const char *unit_name(const char *unit)
{
	for (size_t i = 0; unit && i < COUNT(units); i++)
		if (strcmp(units[i][0], unit) == 0)
			return units[i][1];
	return unit;
}

static void put_service(struct writer *writer, const struct sku *sku)
{
	enum provider provider = writer->list->book.provider;
	const char **cells = writer->cells;
	cells[ServiceCategory] = "Other";
	cells[ServiceName] = providers[provider].issuer;
	if (!sku)
		return;
	cells[ServiceCategory] = sku->rule == SKU_INSTANCE ? "Compute"
				 : sku->rule == SKU_DISK   ? "Storage"
							   : "Networking";
	cells[ServiceName] = sku->rule == SKU_INSTANCE ? providers[provider].compute
			     : sku->rule == SKU_DISK   ? providers[provider].disk
						       : providers[provider].network;
	for (size_t i = 0; i < COUNT(services); i++)
		if (strncmp(sku->id, services[i].id, strlen(services[i].id)) == 0) {
			cells[ServiceCategory] = services[i].category;
			cells[ServiceName] = services[i].name;
		}
}

static void put_periods(struct writer *writer, ms_t month)
{
	ms_t from, until;
	calendar_month(month, &from, &until);
	writer->cells[BillingPeriodStart] = calendar_format(from, writer->billing[0]);
	writer->cells[BillingPeriodEnd] = calendar_format(until, writer->billing[1]);
	writer->cells[ChargePeriodStart] = calendar_format(max64(from, writer->from), writer->charge[0]);
	writer->cells[ChargePeriodEnd] = calendar_format(min64(until, writer->until), writer->charge[1]);
}

/* What every row of this bill says. */
static void begin(struct writer *writer, ms_t month, const char *category)
{
	const char *region = strchr(writer->list->book.region, '/') + 1;
	const char *issuer = providers[writer->list->book.provider].issuer;
	const char **cells = writer->cells;
	memset(cells, 0, sizeof writer->cells);
	put_periods(writer, month);
	cells[BillingAccountId] = "plimsoll";
	cells[BillingAccountName] = writer->bill->plan->name;
	cells[BillingCurrency] = writer->bill->currency;
	cells[ChargeCategory] = cells[ChargeType] = category;
	cells[ChargeFrequency] = "Usage-Based";
	cells[InvoiceIssuerName] = cells[InvoiceIssuer] = issuer;
	cells[ProviderName] = cells[Provider] = issuer;
	cells[PublisherName] = cells[Publisher] = issuer;
	cells[RegionId] = cells[RegionName] = region;
	cells[Tags] = "{}";
}

static void finish_row(struct writer *writer)
{
	for (size_t i = 0; i < CELLS; i++)
		if (writer->cells[i])
			table_text(&writer->table, writer->cells[i]);
		else
			table_none(&writer->table);
}

static void put_costs(struct writer *writer, int64_t billed, int64_t effective, int64_t contracted, int64_t list)
{
	put_nano(writer, BilledCost, billed);
	put_nano(writer, EffectiveCost, effective);
	put_nano(writer, ContractedCost, contracted);
	put_nano(writer, ListCost, list);
}

static void put_commitment(struct writer *writer, uint32_t index, const char *status)
{
	enum commitment_kind kind = writer->bill->plan->commitments[index].kind;
	snprintf(writer->commitment, sizeof writer->commitment, "commitment-%u", index + 1);
	writer->cells[CommitmentDiscountId] = writer->cells[CommitmentDiscountName] = writer->commitment;
	writer->cells[CommitmentDiscountCategory] =
	    kind == COMMIT_RESERVED || kind == COMMIT_RESOURCE ? "Usage" : "Spend";
	writer->cells[CommitmentDiscountType] = commitment_types[kind];
	writer->cells[CommitmentDiscountStatus] = status;
}

static void put_sku(struct writer *writer, const char *id, const char *pricing)
{
	snprintf(writer->price_id, sizeof writer->price_id, "%.150s/%s", id, pricing);
	writer->cells[SkuId] = id;
	writer->cells[SkuPriceId] = writer->price_id;
}

/* Quantity and the price of one. Where tiers mix prices there is none to name. */
static void put_pricing(struct writer *writer, const struct bill_line *line, const struct kind *kind)
{
	const char **cells = writer->cells;
	cells[PricingCategory] = kind->pricing;
	cells[PricingUnit] = unit_name(line->unit);
	put_quantity(writer, PricingQuantity, line->quantity);
	if (line->quantity > 0 && line->kind != LINE_UNUSED) {
		int64_t each = (int64_t)((double)line->list_nano / line->quantity + 0.5);
		put_nano(writer, ListUnitPrice, each);
		bool as_listed = line->kind == LINE_COVERED || line->price_nano == 0;
		put_nano(writer, ContractedUnitPrice, as_listed ? each : line->price_nano);
	}
	if (line->kind == LINE_UNUSED)
		return;
	cells[ConsumedUnit] = cells[PricingUnit];
	put_quantity(writer, ConsumedQuantity, line->quantity);
}

static void write_line(struct writer *writer, const struct bill_line *line)
{
	const struct kind *kind = &kinds[line->kind];
	const struct sku *sku = line->sku < writer->list->n_skus ? &writer->list->skus[line->sku] : NULL;
	bool covered = line->kind == LINE_COVERED, unused = line->kind == LINE_UNUSED;
	begin(writer, line->month, kind->category);
	writer->cells[ChargeDescription] = line->text;
	put_service(writer, sku);
	if (kind->priced)
		put_pricing(writer, line, kind);
	if (line->commitment < writer->bill->plan->n_commitments)
		put_commitment(writer, line->commitment, kind->status);
	if (sku)
		put_sku(writer, sku->id, line_kind_names[line->kind]);
	else if (kind->priced)
		put_sku(writer, writer->commitment, line_kind_names[line->kind]);
	put_costs(writer, kind->billed ? line->amount_nano : 0, line->amount_nano,
		  covered  ? line->list_nano
		  : unused ? 0
			   : line->amount_nano,
		  kind->priced ? line->list_nano : line->amount_nano);
	finish_row(writer);
}

/* What a commitment costs in a month: what it covers and what it does not. */
static bool purchase(const struct bill *bill, uint32_t commitment, ms_t month, int64_t *nano)
{
	bool any = false;
	*nano = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++) {
		const struct bill_line *line = &bill->lines[i];
		if (line->month != month || line->commitment != commitment || kinds[line->kind].billed)
			continue;
		*nano += line->amount_nano;
		any = true;
	}
	return any;
}

static void write_purchases(struct writer *writer, ms_t month)
{
	for (uint32_t i = 0; i < writer->bill->plan->n_commitments; i++) {
		int64_t nano;
		if (!purchase(writer->bill, i, month, &nano))
			continue;
		begin(writer, month, "Purchase");
		put_service(writer, NULL);
		put_commitment(writer, i, NULL);
		writer->cells[ServiceCategory] = "Compute";
		writer->cells[ServiceName] = providers[writer->list->book.provider].compute;
		writer->cells[ChargeDescription] = writer->cells[CommitmentDiscountType];
		writer->cells[ChargeFrequency] = "Recurring";
		writer->cells[PricingCategory] = "Standard";
		writer->cells[PricingUnit] = "Months";
		put_quantity(writer, PricingQuantity, 1);
		put_nano(writer, ListUnitPrice, nano);
		put_nano(writer, ContractedUnitPrice, nano);
		put_sku(writer, writer->commitment, "purchase");
		put_costs(writer, nano, 0, nano, nano);
		finish_row(writer);
	}
}

int focus_write(const struct price_list *list, const struct bill *bill, ms_t from, ms_t until, FILE *out,
		struct err *err)
{
	struct writer writer = {.list = list, .bill = bill, .from = from, .until = until};
	table_init(&writer.table, columns, CELLS);
	for (uint32_t i = 0; i < bill->n_lines; i++) {
		if (i == 0 || bill->lines[i].month != bill->lines[i - 1].month)
			write_purchases(&writer, bill->lines[i].month);
		write_line(&writer, &bill->lines[i]);
	}
	int status = table_print(&writer.table, TABLE_CSV, out, err);
	table_free(&writer.table);
	return status;
}
