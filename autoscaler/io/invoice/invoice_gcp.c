/* Google's billing data: the BigQuery export and the reports of the console.
 * Columns: cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage, 2026-11-24. */
#include "invoice_internal.h"

/* cost_type. */
static const struct kind_word kinds[] = {
    {"regular", CHARGE_USAGE},
    {"usage", CHARGE_USAGE},
    {"", CHARGE_USAGE},
    {"tax", CHARGE_TAX},
    {"adjustment", CHARGE_FEE},
    {"rounding_error", CHARGE_FEE},
    {"rounding error", CHARGE_FEE},
};

/* "europe-west4-a" -> "europe-west4": location.location names a zone. */
static void region_of_zone(struct invoice_reading *reading)
{
	size_t length = strlen(reading->region);
	bool zone = length > 3 && length < sizeof reading->region_text && reading->region[length - 2] == '-' &&
		    reading->region[length - 3] >= '0' && reading->region[length - 3] <= '9';
	if (!zone)
		return;
	memcpy(reading->region_text, reading->region, length - 2);
	reading->region_text[length - 2] = 0;
	reading->region = reading->region_text;
}

static void read_row(const struct invoice_row *row, struct invoice_reading *reading)
{
	reading->provider = PROVIDER_GCP;
	reading->kind = invoice_kind(row->field[FIELD_KIND].text, kinds, COUNT(kinds));
	region_of_zone(reading);
	if (strstr(reading->sku, "Preemptible") || strncmp(reading->sku, "Spot ", 5) == 0)
		reading->kind = CHARGE_SPOT;
	else if (strncmp(reading->sku, "Commitment", 10) == 0)
		reading->kind = CHARGE_FEE;
}

const struct invoice_format invoice_gcp = {
    .name = "Google billing export",
    .places = 6,
    .columns =
	{
	    [FIELD_SERVICE] = {{"service_description", "service"}, true},
	    [FIELD_SKU] = {{"sku_description", "sku"}, true},
	    [FIELD_REGION] = {{"location_region", "region", "location_location"}, false},
	    [FIELD_UNIT] = {{"usage_unit"}, true},
	    [FIELD_USAGE] = {{"usage_amount"}, true},
	    [FIELD_START] = {{"usage_start_time", "usage_start_date"}, true},
	    [FIELD_COST] = {{"cost", "unrounded_cost"}, true},
	    [FIELD_CURRENCY] = {{"currency"}, true},
	    [FIELD_RATE] = {{"currency_conversion_rate"}, false},
	    [FIELD_KIND] = {{"cost_type"}, false},
	},
    .read = read_row,
};
