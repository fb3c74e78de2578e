/* Azure cost details, of all agreements.
 * Columns: learn.microsoft.com/azure/cost-management-billing/dataset-schema/schema-index, 2026-11-24. */
#include "invoice_internal.h"

/* ChargeType. */
static const struct kind_word kinds[] = {
    {"", CHARGE_USAGE},
    {"Usage", CHARGE_USAGE},
    {"Purchase", CHARGE_FEE},
    {"Refund", CHARGE_CREDIT},
    {"UnusedReservation", CHARGE_FEE},
    {"UnusedSavingsPlan", CHARGE_FEE},
    {"Adjustment", CHARGE_FEE},
    {"RoundingAdjustment", CHARGE_FEE},
    {"Tax", CHARGE_TAX},
};
/* PricingModel. */
static const struct kind_word pricings[] = {
    {"", CHARGE_USAGE},
    {"OnDemand", CHARGE_USAGE},
    {"Spot", CHARGE_SPOT},
    {"Reservation", CHARGE_COVERED},
    {"SavingsPlan", CHARGE_COVERED},
};

/* resourceLocation, and meterRegion, of the regions that have price lists. */
static const struct {
	const char *folded, *region;
} regions[] = {
    {"useast", "eastus"},
    {"euwest", "westeurope"},
    {"eastus", "eastus"},
    {"westeurope", "westeurope"},
};

void invoice_azure_region(const char *location, struct invoice_reading *reading)
{
	size_t n = 0;
	for (; *location && n < sizeof reading->region_text - 1; location++)
		if (*location != ' ')
			reading->region_text[n++] =
			    *location >= 'A' && *location <= 'Z' ? (char)(*location - 'A' + 'a') : *location;
	reading->region_text[n] = 0;
	reading->region = reading->region_text;
	for (size_t i = 0; i < COUNT(regions); i++)
		if (strcmp(reading->region_text, regions[i].folded) == 0)
			reading->region = regions[i].region;
}

static void read_row(const struct invoice_row *row, struct invoice_reading *reading)
{
	const char *more = row->field[FIELD_OPERATION].text;
	reading->provider = PROVIDER_AZURE;
	reading->kind = invoice_kind(row->field[FIELD_KIND].text, kinds, COUNT(kinds));
	if (reading->kind == CHARGE_USAGE)
		reading->kind = invoice_kind(row->field[FIELD_PRICING].text, pricings, COUNT(pricings));
	size_t length = row->field[FIELD_SKU].length;
	bool spot =
	    length > 5 && (strcmp(reading->sku + length - 5, " Spot") == 0 || strstr(reading->sku, "Low Priority"));
	if (spot && reading->kind == CHARGE_USAGE)
		reading->kind = CHARGE_SPOT;
	snprintf(reading->sku_text, sizeof reading->sku_text, "%.250s%s", reading->sku,
		 strstr(more, "Windows") ? " Windows" : "");
	reading->sku = reading->sku_text;
	invoice_azure_region(reading->region, reading);
}

const struct invoice_format invoice_azure = {
    .name = "Azure cost details",
    .places = 12,
    .columns =
	{
	    [FIELD_SERVICE] = {{"metercategory"}, true},
	    [FIELD_SKU] = {{"metername"}, true},
	    [FIELD_OPERATION] = {{"metersubcategory"}, false},
	    [FIELD_REGION] = {{"resourcelocation", "meterregion"}, false},
	    [FIELD_UNIT] = {{"unitofmeasure"}, true},
	    [FIELD_USAGE] = {{"quantity", "usagequantity"}, true},
	    [FIELD_START] = {{"date", "usagedatetime", "usagedate"}, true},
	    [FIELD_COST] = {{"costinbillingcurrency", "cost", "pretaxcost"}, true},
	    [FIELD_CURRENCY] = {{"billingcurrency", "billingcurrencycode", "currency"}, true},
	    [FIELD_RATE] = {{"exchangeratepricingtobilling", "exchangerate"}, false},
	    [FIELD_PRICE] = {{"effectiveprice"}, false},
	    [FIELD_KIND] = {{"chargetype"}, false},
	    [FIELD_PRICING] = {{"pricingmodel"}, false},
	},
    .read = read_row,
};
