/* FOCUS, 0.5 to 1.3. Columns: focus.finops.org/focus-specification, 2026-11-24; those that begin with x_ are the
 * providers' own: they carry the words their price lists use. */
#include "invoice_internal.h"

/* ChargeCategory (0.5: ChargeType). */
static const struct kind_word kinds[] = {
    {"Usage", CHARGE_USAGE},   {"Purchase", CHARGE_FEE},   {"Tax", CHARGE_TAX},
    {"Credit", CHARGE_CREDIT}, {"Adjustment", CHARGE_FEE}, {"Refund", CHARGE_CREDIT},
};
/* PricingCategory. */
static const struct kind_word pricings[] = {
    {"", CHARGE_USAGE},       {"Standard", CHARGE_USAGE},    {"On-Demand", CHARGE_USAGE},
    {"Dynamic", CHARGE_SPOT}, {"Committed", CHARGE_COVERED}, {"Commitment-Based", CHARGE_COVERED},
    {"Other", CHARGE_USAGE},
};
/* ProviderName, ServiceProviderName; a part of it is enough. */
static const struct {
	const char *word;
	enum provider provider;
} providers[] = {
    {"AWS", PROVIDER_AWS},     {"Amazon", PROVIDER_AWS}, {"Microsoft", PROVIDER_AZURE},
    {"Azure", PROVIDER_AZURE}, {"Google", PROVIDER_GCP}, {"GCP", PROVIDER_GCP},
};

static enum provider find_provider(const char *name)
{
	for (size_t i = 0; i < COUNT(providers); i++)
		if (strstr(name, providers[i].word))
			return providers[i].provider;
	return PROVIDER_COUNT;
}

static void read_row(const struct invoice_row *row, struct invoice_reading *reading)
{
	enum charge_kind pricing;
	reading->provider = find_provider(row->field[FIELD_PROVIDER].text);
	reading->kind = invoice_kind(row->field[FIELD_KIND].text, kinds, COUNT(kinds));
	pricing = invoice_kind(row->field[FIELD_PRICING].text, pricings, COUNT(pricings));
	if (reading->kind == CHARGE_USAGE)
		reading->kind = row->field[FIELD_COVERED_BY].length ? CHARGE_COVERED : pricing;
	if (reading->provider == PROVIDER_AWS)
		invoice_aws_sku(reading->sku, row->field[FIELD_OPERATION].text, reading);
	if (reading->provider == PROVIDER_AZURE)
		invoice_azure_region(reading->region, reading);
}

const struct invoice_format invoice_focus = {
    .name = "FOCUS",
    .places = 12,
    .columns =
	{
	    [FIELD_PROVIDER] = {{"providername", "serviceprovidername", "provider"}, true},
	    /* AWS has its product codes in x_ServiceCode, Azure its categories in x_SkuMeterCategory. */
	    [FIELD_SERVICE] = {{"x_skumetercategory", "x_servicecode", "servicename"}, true},
	    [FIELD_SKU] = {{"x_usagetype", "x_skumetername", "x_skudescription", "skumeter", "skuid",
			    "chargedescription"},
			   true},
	    [FIELD_OPERATION] = {{"x_operation"}, false},
	    [FIELD_REGION] = {{"regionid", "region", "regionname"}, false},
	    [FIELD_UNIT] = {{"pricingunit", "consumedunit", "usageunit"}, true},
	    [FIELD_USAGE] = {{"pricingquantity", "consumedquantity", "usagequantity"}, true},
	    [FIELD_START] = {{"chargeperiodstart"}, true},
	    [FIELD_COST] = {{"billedcost"}, true},
	    [FIELD_CURRENCY] = {{"billingcurrency"}, true},
	    [FIELD_RATE] = {{"x_currencyconversionrate", "x_billingexchangerate"}, false},
	    [FIELD_PRICE] = {{"listunitprice"}, false},
	    [FIELD_KIND] = {{"chargecategory", "chargetype"}, true},
	    [FIELD_PRICING] = {{"pricingcategory"}, false},
	    [FIELD_COVERED_BY] = {{"commitmentdiscountid"}, false},
	},
    .read = read_row,
};
