/* Azure: the Retail Prices API, page by page.
 * Format: learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices (2026-11). It has no sizes:
 * vCPUs and memory of a VM size are taken from the book, where some region knows it. */
#include "update.h"
#include "visible.h"

#include <stdlib.h>

struct item {
	char currency[8], region[64], sku[128], sku_name[128], meter[128], product[160], service[64], unit[32],
	    type[32];
	char price[64], tier[32], start[40], end[40];
};

static const struct json_field item_fields[] = {
    {"currencyCode", offsetof(struct item, currency), 8},
    {"armRegionName", offsetof(struct item, region), 64},
    {"armSkuName", offsetof(struct item, sku), 128},
    {"skuName", offsetof(struct item, sku_name), 128},
    {"meterName", offsetof(struct item, meter), 128},
    {"productName", offsetof(struct item, product), 160},
    {"serviceName", offsetof(struct item, service), 64},
    {"unitOfMeasure", offsetof(struct item, unit), 32},
    {"type", offsetof(struct item, type), 32},
    {"retailPrice", offsetof(struct item, price), 64},
    {"tierMinimumUnits", offsetof(struct item, tier), 32},
    {"effectiveStartDate", offsetof(struct item, start), 40},
    {"effectiveEndDate", offsetof(struct item, end), 40},
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Virtual machines with Linux, by the hour; not the retired low priority, not Cloud Services or dedicated hosts. */
static bool wanted(const struct item *item)
{
	return strcmp(item->service, "Virtual Machines") == 0 && strcmp(item->type, "Consumption") == 0 &&
	       item->sku[0] && !strstr(item->product, "Windows") && !strstr(item->product, "CloudServices") &&
	       !strstr(item->product, "Cloud Services") && !strstr(item->product, "Dedicated Host") &&
	       !ends_with(item->sku_name, "Low Priority") && !ends_with(item->meter, "Low Priority");
}

static int bad(struct json_stream *json, const char *field, const char *text, const char *allowed, struct err *err)
{
	return json_fail(json, err, "%s is '%s'; allowed: %s", field, visible(text, strlen(text), 40).text, allowed);
}

static int check_item(struct json_stream *json, const struct item *item, int64_t *nano, struct err *err)
{
	*nano = news_dollars(item->price);
	if (strcmp(item->currency, "USD") != 0)
		return bad(json, "currencyCode", item->currency, "USD", err);
	if (strcmp(item->unit, "1 Hour") != 0)
		return bad(json, "unitOfMeasure", item->unit, "1 Hour", err);
	if (!news_name_ok(item->region))
		return bad(json, "armRegionName", item->region, "the name of a region", err);
	if (!news_name_ok(item->sku))
		return bad(json, "armSkuName", item->sku, "the name of a VM size", err);
	return *nano >= 0 ? 0 : bad(json, "retailPrice", item->price, "0 to 1000000 US dollars", err);
}

/* Dates of one form compare as text. On the day of a change the new price holds. */
static bool in_force(const struct item *item, const char *today)
{
	return strncmp(item->start, today, 10) <= 0 && (!item->end[0] || strncmp(item->end, today, 10) > 0);
}

static int take_item(struct json_stream *json, struct update_news *news, const struct item *item, struct err *err)
{
	char today[32];
	struct sheet_row *row;
	int64_t nano, other;
	if (check_item(json, item, &nano, err) < 0)
		return -1;
	news_today(news, today);
	if (!in_force(item, today) || nano == 0 || strtod(item->tier, NULL) > 0) {
		news->n_passed_over++;
		return 0;
	}
	if (news_row(news, item->region, item->sku, &row, err) < 0)
		return -1;
	if (!row)
		return 0;
	bool spot = ends_with(item->sku_name, " Spot") || ends_with(item->meter, " Spot");
	int status = news_price(news, row, spot, nano, &other, err);
	if (status <= 0)
		return status;
	return json_fail(json, err, "%s in %s has two%s prices, %s and %s (--force takes the higher)", item->sku,
			 item->region, spot ? " spot" : "", sheet_nano(other).text, sheet_nano(nano).text);
}

static int read_items(struct json_stream *json, struct update_news *news, struct err *err)
{
	int got;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((got = json_element(json, err)) > 0) {
		struct item item = {.currency = ""};
		if (json->token != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (json_fields(json, item_fields, COUNT(item_fields), &item, err) < 0)
			return -1;
		if (!wanted(&item))
			news->n_passed_over++;
		else if (take_item(json, news, &item, err) < 0)
			return -1;
	}
	return got;
}

static int read_page(struct json_stream *json, struct update_news *news, char *next, size_t size, struct err *err)
{
	int got;
	bool items = false;
	char currency[16];
	next[0] = 0;
	while ((got = json_member(json, err)) > 0) {
		int status;
		if (strcmp(json->text, "NextPageLink") == 0) {
			status = json_scalar(json, next, size, err);
		} else if (strcmp(json->text, "BillingCurrency") == 0) {
			status = json_scalar(json, currency, sizeof currency, err);
			if (status == 0 && strcmp(currency, "USD") != 0)
				status = bad(json, "the currency", currency, "USD", err);
		} else if (strcmp(json->text, "Items") == 0 && !items) {
			items = true;
			status = read_items(json, news, err);
		} else {
			status = json_skip(json, err);
		}
		if (status < 0)
			return -1;
	}
	return got < 0 ? -1 : items ? 0 : json_fail(json, err, "a page of retail prices has Items; this has none");
}

static int read_pages(struct json_stream *json, struct update_news *news, char *next, size_t size, struct err *err)
{
	int found, pages = 0;
	while ((found = json_next(json, err)) > 0) {
		if (found != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (read_page(json, news, next, size, err) < 0)
			return -1;
		pages++;
	}
	if (found == 0 && pages == 0)
		return json_fail(json, err, "is empty");
	return found;
}

static int read_azure(struct document *document, struct update_news *news, char *next, size_t size, struct err *err)
{
	struct json_stream json;
	next[0] = 0;
	snprintf(news->source, sizeof news->source, "prices.azure.com retail prices");
	if (json_open(&json, document->name, gzip_read, document->file, err) < 0)
		return -1;
	int status = read_pages(&json, news, next, size, err);
	json_close(&json);
	return status;
}

static int first_azure(const char *region, char *path, size_t size)
{
	char filter[512], escaped[1024];
	snprintf(filter, sizeof filter,
		 "serviceName eq 'Virtual Machines' and armRegionName eq '%s' and priceType eq 'Consumption'", region);
	if (http_escape(filter, escaped, sizeof escaped) < 0)
		return (int)size;
	return snprintf(path, size, "/api/retail/prices?currencyCode=%%27USD%%27&%%24filter=%s", escaped);
}

const struct update_provider update_azure = {
    .provider = PROVIDER_AZURE,
    .url = "https://prices.azure.com",
    .by_region = true,
    .paged = true,
    .says_spot = true,
    .first = first_azure,
    .read = read_azure,
};
