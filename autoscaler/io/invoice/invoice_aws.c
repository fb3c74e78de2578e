/* AWS cost and usage reports, 2.0 and the older one.
 * Columns: docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html, 2026-11-24. */
#include "invoice_internal.h"

/* line_item_line_item_type. What a savings plan covers is listed at the on-demand price, and taken off by a negation.
 */
static const struct kind_word kinds[] = {
    {"Usage", CHARGE_USAGE},
    {"SpotUsage", CHARGE_SPOT},
    {"DiscountedUsage", CHARGE_COVERED},
    {"SavingsPlanCoveredUsage", CHARGE_USAGE},
    {"SavingsPlanNegation", CHARGE_CREDIT},
    {"SavingsPlanRecurringFee", CHARGE_FEE},
    {"SavingsPlanUpfrontFee", CHARGE_FEE},
    {"RIFee", CHARGE_FEE},
    {"Fee", CHARGE_FEE},
    {"Tax", CHARGE_TAX},
    {"Credit", CHARGE_CREDIT},
    {"Refund", CHARGE_CREDIT},
    {"BundledDiscount", CHARGE_CREDIT},
    {"EdpDiscount", CHARGE_CREDIT},
    {"PrivateRateDiscount", CHARGE_CREDIT},
    {"Discount", CHARGE_CREDIT},
};

/* Usage types begin with the region, except in us-east-1. */
static const struct {
	const char *prefix, *region;
} prefixes[] = {
    {"USE1", "us-east-1"},      {"USE2", "us-east-2"},      {"USW1", "us-west-1"},      {"USW2", "us-west-2"},
    {"EU", "eu-west-1"},        {"EUW1", "eu-west-1"},      {"EUW2", "eu-west-2"},      {"EUW3", "eu-west-3"},
    {"EUC1", "eu-central-1"},   {"EUC2", "eu-central-2"},   {"EUN1", "eu-north-1"},     {"EUS1", "eu-south-1"},
    {"EUS2", "eu-south-2"},     {"APN1", "ap-northeast-1"}, {"APN2", "ap-northeast-2"}, {"APN3", "ap-northeast-3"},
    {"APS1", "ap-southeast-1"}, {"APS2", "ap-southeast-2"}, {"APS3", "ap-south-1"},     {"APS4", "ap-southeast-3"},
    {"APE1", "ap-east-1"},      {"CAN1", "ca-central-1"},   {"SAE1", "sa-east-1"},      {"MES1", "me-south-1"},
    {"AFS1", "af-south-1"},     {"UGW1", "us-gov-west-1"},  {"UGE1", "us-gov-east-1"},
};

/* The operation tells apart what shares a usage type: load balancers of several kinds, operating systems. */
static bool operation_counts(const char *usage_type, const char *operation)
{
	if (strstr(usage_type, "LoadBalancerUsage") || strstr(usage_type, "LCUUsage"))
		return *operation != 0;
	return strstr(usage_type, "BoxUsage") && *operation && strcmp(operation, "RunInstances") != 0;
}

/* Fargate's memory is counted in GB-hours, though its pricing_unit is "hours". */
static bool gigabyte_hours(const char *usage_type)
{
	static const char end[] = "GB-Hours";
	size_t length = strlen(usage_type);
	return length >= sizeof end - 1 && strcmp(usage_type + length - (sizeof end - 1), end) == 0;
}

void invoice_aws_sku(const char *usage_type, const char *operation, struct invoice_reading *reading)
{
	const char *region = "us-east-1", *rest = usage_type;
	size_t length = strcspn(usage_type, "-");
	for (size_t i = 0; i < COUNT(prefixes) && usage_type[length]; i++)
		if (strlen(prefixes[i].prefix) == length && strncmp(usage_type, prefixes[i].prefix, length) == 0) {
			region = prefixes[i].region;
			rest = usage_type + length + 1;
		}
	if (!*reading->region)
		reading->region = region;
	bool both = operation_counts(rest, operation);
	snprintf(reading->sku_text, sizeof reading->sku_text, "%.250s%s%.250s",
		 strcmp(rest, "BoxUsage") ? rest : "BoxUsage:m1.small", both ? " " : "", both ? operation : "");
	reading->sku = reading->sku_text;
	if (gigabyte_hours(rest) && *reading->unit)
		reading->unit = "GB-Hours";
	if (strncmp(rest, "SpotUsage", 9) == 0 && reading->kind == CHARGE_USAGE)
		reading->kind = CHARGE_SPOT;
}

static void read_row(const struct invoice_row *row, struct invoice_reading *reading)
{
	reading->provider = PROVIDER_AWS;
	reading->kind = invoice_kind(row->field[FIELD_KIND].text, kinds, COUNT(kinds));
	invoice_aws_sku(reading->sku, row->field[FIELD_OPERATION].text, reading);
}

const struct invoice_format invoice_aws = {
    .name = "AWS cost and usage report",
    .places = 10,
    .columns =
	{
	    [FIELD_SERVICE] = {{"line_item_product_code", "lineitem_productcode"}, true},
	    [FIELD_SKU] = {{"line_item_usage_type", "lineitem_usagetype"}, true},
	    [FIELD_OPERATION] = {{"line_item_operation", "lineitem_operation"}, false},
	    [FIELD_REGION] = {{"product_region_code", "product_region", "product_regioncode"}, false},
	    [FIELD_UNIT] = {{"pricing_unit"}, false},
	    [FIELD_USAGE] = {{"line_item_usage_amount", "lineitem_usageamount"}, true},
	    [FIELD_START] = {{"line_item_usage_start_date", "lineitem_usagestartdate"}, true},
	    [FIELD_COST] = {{"line_item_unblended_cost", "lineitem_unblendedcost"}, true},
	    [FIELD_CURRENCY] = {{"line_item_currency_code", "lineitem_currencycode"}, true},
	    [FIELD_PRICE] = {{"line_item_unblended_rate", "lineitem_unblendedrate"}, false},
	    [FIELD_KIND] = {{"line_item_line_item_type", "lineitem_lineitemtype"}, true},
	},
    .read = read_row,
};
