/* AWS: the bulk offer file of EC2, and spot price histories.
 * Formats: docs.aws.amazon.com/awsaccountbilling, "Reading the service price list file" (2026-11); AWS CLI reference,
 * ec2 describe-spot-price-history. */
#include "../text/decimal.h"
#include "../text/grown.h"
#include "update.h"
#include "visible.h"

#include <stdlib.h>

/* ---- a product: one line of the CSV form, one object of the JSON form ---- */

#define SKU_SIZE   24
#define QUOTES_MAX 2000000

struct product {
	char sku[64], product_family[64], region[64], type[64], vcpu[24], memory[32], gpu[24], processor[256];
	char system[128], tenancy[32], software[128], capacity[64], license[128], market[32], location[32];
};

/* Linux, on shared hardware, without further software, not reserved. */
static bool wanted(const struct product *product)
{
	return (strcmp(product->product_family, "Compute Instance") == 0 ||
		strcmp(product->product_family, "Compute Instance (bare metal)") == 0) &&
	       strcmp(product->system, "Linux") == 0 && strcmp(product->tenancy, "Shared") == 0 &&
	       (strcmp(product->software, "NA") == 0 || !product->software[0]) &&
	       (strcmp(product->capacity, "Used") == 0 || !product->capacity[0]) &&
	       strcmp(product->license, "Bring your own license") != 0 &&
	       (strcmp(product->market, "OnDemand") == 0 || !product->market[0]) &&
	       (strcmp(product->location, "AWS Region") == 0 || !product->location[0]);
}

/* "1,952 GiB" -> 1952000; -1 when it is something else. */
static int64_t milli_gib(const char *text)
{
	char plain[32];
	size_t n = 0;
	int64_t milli;
	for (; *text && *text != ' ' && n < sizeof plain - 1; text++)
		if (*text != ',')
			plain[n++] = *text;
	plain[n] = 0;
	if (strcmp(text, " GiB") != 0 || decimal_parse(plain, n, 3, &milli) != DECIMAL_OK)
		return -1;
	return milli > 0 && milli <= 1000000000 ? milli : -1;
}

/* Whole devices: a share of one still shows up as one in the node. */
static int64_t whole_gpus(const char *text)
{
	int64_t milli;
	if (!text[0] || strcmp(text, "NA") == 0)
		return 0;
	if (decimal_parse(text, strlen(text), 3, &milli) != DECIMAL_OK || milli > 1000000)
		return -1;
	return (milli + 999) / 1000;
}

/* a1, m6g, c7gd, t4g ...: a g behind the generation. */
static bool is_arm(const struct product *product, const char *family)
{
	if (product->processor[0])
		return strstr(product->processor, "Graviton") != NULL;
	const char *digit = strpbrk(family, "0123456789");
	return strcmp(family, "a1") == 0 || (digit && digit[strspn(digit, "0123456789")] == 'g');
}

struct cells {
	char text[SHEET_COLUMNS][64];
};

/* NULL, or what is wrong. */
static const char *shape(const struct product *product, struct cells *cells)
{
	int64_t vcpu, memory = milli_gib(product->memory), gpus = whole_gpus(product->gpu);
	if (decimal_parse(product->vcpu, strlen(product->vcpu), 3, &vcpu) != DECIMAL_OK || vcpu <= 0 ||
	    vcpu > 100000000)
		return "vcpu";
	if (memory < 0)
		return "memory";
	if (gpus < 0)
		return "gpu";
	char *family = cells->text[SHEET_FAMILY];
	instance_family(PROVIDER_AWS, product->type, family, sizeof cells->text[0]);
	snprintf(cells->text[SHEET_CLASS], sizeof cells->text[0], "%s",
		 instance_class(PROVIDER_AWS, product->type, family, vcpu, memory, gpus > 0));
	snprintf(cells->text[SHEET_ARCH], sizeof cells->text[0], "%s", is_arm(product, family) ? "arm64" : "amd64");
	snprintf(cells->text[SHEET_VCPU], sizeof cells->text[0], "%s", sheet_nano(vcpu * 1000000).text);
	snprintf(cells->text[SHEET_MEMORY], sizeof cells->text[0], "%s", sheet_nano(memory * 1000000).text);
	snprintf(cells->text[SHEET_GPUS], sizeof cells->text[0], "%lld", (long long)gpus);
	return NULL;
}

static int take_shape(struct update_news *news, struct sheet_row *row, const struct cells *cells, struct err *err)
{
	for (size_t i = SHEET_FAMILY; i <= SHEET_GPUS; i++)
		if (news_cell(news, row, i, cells->text[i], err) < 0)
			return -1;
	return 0;
}

static void name_source(struct update_news *news, const char *version)
{
	snprintf(news->source, sizeof news->source, "pricing.us-east-1.amazonaws.com AmazonEC2%s%s",
		 version[0] ? " " : "", version);
}

static int conflict(const struct sheet_row *row, int64_t other, int64_t nano, char *text, size_t size)
{
	return snprintf(text, size, "%s in %s has two prices, %s and %s", row->cell[SHEET_NAME],
			row->cell[SHEET_REGION], sheet_nano(other).text, sheet_nano(nano).text);
}

/* ---- the JSON form ---- */

/* A wanted product, by SKU, until its price is read. */
struct listed {
	char sku[SKU_SIZE];
	uint32_t row;
};

struct offer {
	struct json_stream json;
	struct update_news *news;
	struct listed *listed;
	size_t n, room;
	bool sorted, have_products, have_terms;
	char version[32];
	struct err *err;
};

static const struct json_field attribute_fields[] = {
    {"regionCode", offsetof(struct product, region), 64},
    {"instanceType", offsetof(struct product, type), 64},
    {"vcpu", offsetof(struct product, vcpu), 24},
    {"memory", offsetof(struct product, memory), 32},
    {"gpu", offsetof(struct product, gpu), 24},
    {"physicalProcessor", offsetof(struct product, processor), 256},
    {"operatingSystem", offsetof(struct product, system), 128},
    {"tenancy", offsetof(struct product, tenancy), 32},
    {"preInstalledSw", offsetof(struct product, software), 128},
    {"capacitystatus", offsetof(struct product, capacity), 64},
    {"licenseModel", offsetof(struct product, license), 128},
    {"marketoption", offsetof(struct product, market), 32},
    {"locationType", offsetof(struct product, location), 32},
};

static int list_product(struct offer *offer, const struct product *product, uint32_t row)
{
	struct listed *listed = heap_grown(offer->listed, offer->n, &offer->room, sizeof *listed);
	if (!listed)
		return err_set(offer->err, "out of memory");
	offer->listed = listed;
	struct listed *entry = &offer->listed[offer->n++];
	memcpy(entry->sku, product->sku, SKU_SIZE);
	entry->row = row;
	return 0;
}

static int add_product(struct offer *offer, struct product *product)
{
	struct json_stream *json = &offer->json;
	struct sheet_row *row;
	struct cells cells;
	if (!product->region[0] && offer->news->region)
		snprintf(product->region, sizeof product->region, "%s", offer->news->region);
	if (!news_name_ok(product->region))
		return json_fail(json, offer->err, "regionCode is '%s'; allowed: the name of a region",
				 visible(product->region, strlen(product->region), 40).text);
	if (!news_name_ok(product->type))
		return json_fail(json, offer->err, "instanceType is '%s'; allowed: the name of a type",
				 visible(product->type, strlen(product->type), 40).text);
	if (strlen(product->sku) >= SKU_SIZE)
		return json_fail(json, offer->err, "the SKU has over %d letters", SKU_SIZE - 1);
	if (news_row(offer->news, product->region, product->type, &row, offer->err) < 0)
		return -1;
	if (!row)
		return 0;
	const char *wrong = shape(product, &cells);
	const char *text = !wrong            ? ""
			   : wrong[0] == 'v' ? product->vcpu
			   : wrong[0] == 'm' ? product->memory
					     : product->gpu;
	if (wrong)
		return json_fail(json, offer->err, "%s of %s is '%s'", wrong, product->type,
				 visible(text, strlen(text), 24).text);
	if (take_shape(offer->news, row, &cells, offer->err) < 0)
		return -1;
	return list_product(offer, product, (uint32_t)(row - offer->news->sheet.rows));
}

static int read_product(struct offer *offer)
{
	struct json_stream *json = &offer->json;
	struct product product = {.sku = ""};
	snprintf(product.sku, sizeof product.sku, "%s", json->text);
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	int got;
	while ((got = json_member(json, offer->err)) > 0) {
		int status;
		if (strcmp(json->text, "productFamily") == 0)
			status = json_scalar(json, product.product_family, sizeof product.product_family, offer->err);
		else if (strcmp(json->text, "attributes") != 0)
			status = json_skip(json, offer->err);
		else if ((status = json_expect(json, JSON_OBJECT, offer->err)) == 0)
			status = json_fields(json, attribute_fields, COUNT(attribute_fields), &product, offer->err);
		if (status < 0)
			return -1;
	}
	return got < 0 ? -1 : wanted(&product) ? add_product(offer, &product) : 0;
}

static int by_sku(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->sku, ((const struct listed *)b)->sku);
}

static int add_price(struct offer *offer, const struct listed *listed, const char *unit, const char *usd)
{
	struct sheet_row *row = &offer->news->sheet.rows[listed->row];
	int64_t nano = news_dollars(usd), other;
	char text[200];
	if (strcmp(unit, "Hrs") != 0)
		return json_fail(&offer->json, offer->err, "unit is '%s'; allowed: Hrs",
				 visible(unit, strlen(unit), 40).text);
	if (nano < 0)
		return json_fail(&offer->json, offer->err, "pricePerUnit.USD is '%s'; allowed: 0 to 1000000 US dollars",
				 visible(usd, strlen(usd), 40).text);
	if (nano == 0) { /* offered at nothing: not to be had on demand */
		offer->news->n_passed_over++;
		return 0;
	}
	int status = news_price(offer->news, row, 0, nano, &other, offer->err);
	if (status <= 0)
		return status;
	conflict(row, other, nano, text, sizeof text);
	return json_fail(&offer->json, offer->err, "%s", text);
}

/* {"unit": "Hrs", "pricePerUnit": {"USD": "0.1920000000"}, ...} */
static int read_dimension(struct offer *offer, const struct listed *listed)
{
	static const struct json_field currencies[] = {{"USD", 0, 64}};
	struct json_stream *json = &offer->json;
	char unit[32] = "", usd[64] = "";
	int got;
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	while ((got = json_member(json, offer->err)) > 0) {
		int status;
		if (strcmp(json->text, "unit") == 0)
			status = json_scalar(json, unit, sizeof unit, offer->err);
		else if (strcmp(json->text, "pricePerUnit") != 0)
			status = json_skip(json, offer->err);
		else if ((status = json_expect(json, JSON_OBJECT, offer->err)) == 0)
			status = json_fields(json, currencies, COUNT(currencies), usd, offer->err);
		if (status < 0)
			return -1;
	}
	return got < 0 ? -1 : add_price(offer, listed, unit, usd);
}

/* The terms of one SKU: {"SKU.TERM": {"priceDimensions": {"RATE": {...}}}} */
static int read_term(struct offer *offer, const struct listed *listed)
{
	struct json_stream *json = &offer->json;
	int term, member, rate;
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	while ((term = json_member(json, offer->err)) > 0) {
		if (json_expect(json, JSON_OBJECT, offer->err) < 0)
			return -1;
		while ((member = json_member(json, offer->err)) > 0) {
			if (strcmp(json->text, "priceDimensions") != 0) {
				if (json_skip(json, offer->err) < 0)
					return -1;
				continue;
			}
			if (json_expect(json, JSON_OBJECT, offer->err) < 0)
				return -1;
			while ((rate = json_member(json, offer->err)) > 0)
				if (read_dimension(offer, listed) < 0)
					return -1;
			if (rate < 0)
				return -1;
		}
		if (member < 0)
			return -1;
	}
	return term;
}

static int read_on_demand(struct offer *offer)
{
	struct json_stream *json = &offer->json;
	int got;
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	if (!offer->sorted && offer->n)
		qsort(offer->listed, offer->n, sizeof *offer->listed, by_sku);
	offer->sorted = true;
	while ((got = json_member(json, offer->err)) > 0) {
		struct listed key = {"", 0}, *found = NULL;
		if (offer->n && snprintf(key.sku, sizeof key.sku, "%s", json->text) < SKU_SIZE)
			found = bsearch(&key, offer->listed, offer->n, sizeof key, by_sku);
		if ((found ? read_term(offer, found) : json_skip(json, offer->err)) < 0)
			return -1;
	}
	return got;
}

static int read_terms(struct offer *offer)
{
	struct json_stream *json = &offer->json;
	int got;
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	while ((got = json_member(json, offer->err)) > 0)
		if ((strcmp(json->text, "OnDemand") == 0 ? read_on_demand(offer) : json_skip(json, offer->err)) < 0)
			return -1;
	offer->have_terms = true;
	return got;
}

static int read_products(struct offer *offer)
{
	struct json_stream *json = &offer->json;
	int got;
	if (json_expect(json, JSON_OBJECT, offer->err) < 0)
		return -1;
	while ((got = json_member(json, offer->err)) > 0)
		if (read_product(offer) < 0)
			return -1;
	offer->have_products = true;
	return got;
}

/* ---- spot history ---- */

struct spot {
	char zone[64], type[64], product[64], price[64], time[40];
};

static const struct json_field spot_fields[] = {
    {"AvailabilityZone", offsetof(struct spot, zone), 64},
    {"InstanceType", offsetof(struct spot, type), 64},
    {"ProductDescription", offsetof(struct spot, product), 64},
    {"SpotPrice", offsetof(struct spot, price), 64},
    {"Timestamp", offsetof(struct spot, time), 40},
};

/* The newest price of a type in a zone. */
struct quote {
	char zone[64], type[64], time[40];
	int64_t nano;
};

struct quotes {
	struct quote *list;
	size_t n, room;
};

static int check_quote(struct json_stream *json, const struct spot *spot, struct quote *quote, struct err *err)
{
	char date[16];
	*quote = (struct quote){.nano = news_dollars(spot->price)};
	if (!news_name_ok(spot->zone))
		return json_fail(json, err, "AvailabilityZone is '%s'",
				 visible(spot->zone, strlen(spot->zone), 40).text);
	if (!news_name_ok(spot->type))
		return json_fail(json, err, "InstanceType is '%s'", visible(spot->type, strlen(spot->type), 40).text);
	if (quote->nano < 0)
		return json_fail(json, err, "SpotPrice is '%s'; allowed: 0 to 1000000 US dollars",
				 visible(spot->price, strlen(spot->price), 40).text);
	if (!news_date(spot->time, date))
		return json_fail(json, err, "Timestamp is '%s'; allowed: 2026-11-24T12:00:00Z",
				 visible(spot->time, strlen(spot->time), 40).text);
	memcpy(quote->zone, spot->zone, sizeof quote->zone);
	memcpy(quote->type, spot->type, sizeof quote->type);
	memcpy(quote->time, spot->time, sizeof quote->time);
	return 0;
}

static int add_quote(struct quotes *quotes, const struct quote *quote, struct err *err)
{
	struct quote *list =
	    quotes->n < QUOTES_MAX ? heap_grown(quotes->list, quotes->n, &quotes->room, sizeof *list) : NULL;
	if (!list)
		return err_set(err, "more spot prices than fit into memory");
	quotes->list = list;
	quotes->list[quotes->n++] = *quote;
	return 0;
}

/* By type, then zone, the newest first. */
static int quote_order(const void *a, const void *b)
{
	const struct quote *x = a, *y = b;
	int order = strcmp(x->type, y->type);
	if (order == 0)
		order = strcmp(x->zone, y->zone);
	return order ? order : strcmp(y->time, x->time);
}

static int read_spot_list(struct json_stream *json, struct update_news *news, struct quotes *quotes, struct err *err)
{
	int got;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((got = json_element(json, err)) > 0) {
		struct spot spot = {.zone = ""};
		struct quote quote;
		if (json->token != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (json_fields(json, spot_fields, COUNT(spot_fields), &spot, err) < 0)
			return -1;
		if (strcmp(spot.product, "Linux/UNIX") != 0 && strcmp(spot.product, "Linux/UNIX (Amazon VPC)") != 0) {
			news->n_passed_over++;
			continue;
		}
		if (check_quote(json, &spot, &quote, err) < 0 || add_quote(quotes, &quote, err) < 0)
			return -1;
	}
	return got;
}

/* us-east-1a -> us-east-1; empty for local and wavelength zones (us-west-2-lax-1a). */
static void zone_region(const char *zone, char *region, size_t size)
{
	size_t length = strlen(zone), dashes = 0;
	for (size_t i = 0; i < length; i++)
		dashes += zone[i] == '-';
	if (dashes > 3 || (dashes == 3 && strncmp(zone, "us-gov-", 7) != 0))
		length = 1;
	snprintf(region, size, "%.*s", length ? (int)(length - 1) : 0, zone);
}

/* The mean over the zones of a region of each zone's newest price. */
static int average_spot(const struct quotes *quotes, struct update_news *news, struct err *err)
{
	char newest[16] = "";
	if (quotes->n)
		qsort(quotes->list, quotes->n, sizeof *quotes->list, quote_order);
	for (size_t i = 0; i < quotes->n;) {
		const struct quote *first = &quotes->list[i];
		char region[64], other[64];
		int64_t sum = 0, zones = 0;
		zone_region(first->zone, region, sizeof region);
		for (const char *zone = NULL; i < quotes->n; i++) {
			const struct quote *quote = &quotes->list[i];
			zone_region(quote->zone, other, sizeof other);
			if (strcmp(quote->type, first->type) != 0 || strcmp(other, region) != 0)
				break;
			if (zone && strcmp(zone, quote->zone) == 0)
				continue;
			zone = quote->zone;
			sum += quote->nano;
			zones++;
			if (strncmp(quote->time, newest, 10) > 0)
				snprintf(newest, sizeof newest, "%.10s", quote->time);
		}
		struct sheet_row *row;
		int64_t had;
		if (!region[0] || zones == 0)
			continue;
		if (news_row(news, region, first->type, &row, err) < 0)
			return -1;
		if (row && news_price(news, row, 1, (sum + zones / 2) / zones, &had, err) < 0)
			return -1;
	}
	snprintf(news->source, sizeof news->source, "ec2 describe-spot-price-history %s", newest);
	snprintf(news->as_of, sizeof news->as_of, "%s", newest);
	news->partial = true;
	return 0;
}

/* ---- either ---- */

struct head {
	bool spot;
	char code[32];
	struct quotes quotes;
};

static int read_member(struct offer *offer, struct head *head)
{
	struct json_stream *json = &offer->json;
	char text[64];
	if (strcmp(json->text, "version") == 0)
		return json_scalar(json, offer->version, sizeof offer->version, offer->err);
	if (strcmp(json->text, "offerCode") == 0)
		return json_scalar(json, head->code, sizeof head->code, offer->err);
	if (strcmp(json->text, "publicationDate") == 0) {
		if (json_scalar(json, text, sizeof text, offer->err) < 0)
			return -1;
		return news_date(text, offer->news->as_of)
			   ? 0
			   : json_fail(json, offer->err, "is '%s'; allowed: 2026-11-24T12:00:00Z",
				       visible(text, strlen(text), 40).text);
	}
	if (strcmp(json->text, "products") == 0 && !offer->have_products)
		return read_products(offer);
	if (strcmp(json->text, "terms") == 0 && offer->have_products && !offer->have_terms)
		return read_terms(offer);
	if (strcmp(json->text, "SpotPriceHistory") == 0) {
		head->spot = true;
		return read_spot_list(json, offer->news, &head->quotes, offer->err);
	}
	return json_skip(json, offer->err);
}

static int read_values(struct offer *offer, struct head *head)
{
	int found, got = 0;
	while ((found = json_next(&offer->json, offer->err)) > 0) {
		if (found != JSON_OBJECT)
			return json_fail(&offer->json, offer->err, "is no object");
		while ((got = json_member(&offer->json, offer->err)) > 0)
			if (read_member(offer, head) < 0)
				return -1;
		if (got < 0)
			return -1;
	}
	return found;
}

static int read_json_once(struct document *document, struct offer *offer, struct head *head)
{
	if (json_open(&offer->json, document->name, gzip_read, document->file, offer->err) < 0)
		return -1;
	int status = read_values(offer, head);
	json_close(&offer->json);
	return status;
}

static int check_whole(const struct document *document, const struct offer *offer, const struct head *head)
{
	struct err *err = offer->err;
	if (!offer->have_products || !offer->have_terms)
		return err_set(err, "%.300s: neither an offer file (products, terms) nor a spot price history",
			       document->name);
	if (strcmp(head->code, "AmazonEC2") != 0)
		return err_set(err, "%.300s: offerCode is '%s'; allowed: AmazonEC2", document->name,
			       visible(head->code, strlen(head->code), 40).text);
	if (!offer->news->as_of[0])
		return err_set(err, "%.300s: no publicationDate", document->name);
	return 0;
}

static int read_json(struct document *document, struct update_news *news, struct err *err)
{
	struct offer offer = {.news = news, .err = err};
	struct head head = {0};
	int status = read_json_once(document, &offer, &head);
	/* The members of an object have no order: terms that came first are read now. */
	if (status == 0 && !head.spot && offer.have_products && !offer.have_terms) {
		status = document_rewind(document, err);
		if (status == 0)
			status = read_json_once(document, &offer, &head);
	}
	if (status == 0)
		status = head.spot ? average_spot(&head.quotes, news, err) : check_whole(document, &offer, &head);
	if (status == 0 && !head.spot)
		name_source(news, news_name_ok(offer.version) ? offer.version : "");
	free(offer.listed);
	free(head.quotes.list);
	return status;
}

/* ---- the CSV form: five lines of metadata, a header, a line for each price ---- */

enum { TERM, UNIT, PRICE, CURRENCY, FIRST_TEXT };
static const struct {
	const char *name;
	size_t offset, size;
	bool needed;
} csv_columns[] = {
    [TERM] = {"TermType", 0, 0, true},
    [UNIT] = {"Unit", 0, 0, true},
    [PRICE] = {"PricePerUnit", 0, 0, true},
    [CURRENCY] = {"Currency", 0, 0, true},
    [FIRST_TEXT] = {"SKU", offsetof(struct product, sku), 64, true},
    {"Product Family", offsetof(struct product, product_family), 64, true},
    {"Instance Type", offsetof(struct product, type), 64, true},
    {"vCPU", offsetof(struct product, vcpu), 24, true},
    {"Memory", offsetof(struct product, memory), 32, true},
    {"Operating System", offsetof(struct product, system), 128, true},
    {"Tenancy", offsetof(struct product, tenancy), 32, true},
    {"Region Code", offsetof(struct product, region), 64, false},
    {"GPU", offsetof(struct product, gpu), 24, false},
    {"Physical Processor", offsetof(struct product, processor), 256, false},
    {"Pre Installed S/W", offsetof(struct product, software), 128, false},
    {"CapacityStatus", offsetof(struct product, capacity), 64, false},
    {"License Model", offsetof(struct product, license), 128, false},
    {"MarketOption", offsetof(struct product, market), 32, false},
    {"Location Type", offsetof(struct product, location), 32, false},
};

static int read_csv_head(struct csv *csv, struct update_news *news, char *version, size_t size, struct err *err)
{
	const struct csv_field *fields;
	size_t n;
	for (int line = 0; line < 5; line++) {
		int got = csv_next(csv, &fields, &n, err);
		if (got <= 0)
			return got < 0 ? -1 : csv_fail(csv, err, "ends in its first five lines");
		if (n != 2)
			return csv_fail(csv, err, "%zu fields; the first five lines of an offer file have 2", n);
		if (strcmp(fields[0].text, "Publication Date") == 0 && !news_date(fields[1].text, news->as_of))
			return csv_fail(csv, err, "Publication Date is '%s'",
					visible(fields[1].text, fields[1].length, 40).text);
		if (strcmp(fields[0].text, "Version") == 0 && news_name_ok(fields[1].text))
			snprintf(version, size, "%.60s", fields[1].text);
		if (strcmp(fields[0].text, "OfferCode") == 0 && strcmp(fields[1].text, "AmazonEC2") != 0)
			return csv_fail(csv, err, "OfferCode is '%s'; allowed: AmazonEC2",
					visible(fields[1].text, fields[1].length, 40).text);
	}
	return news->as_of[0] ? 0 : csv_fail(csv, err, "no Publication Date in the first five lines");
}

static int take_csv_price(struct csv *csv, struct update_news *news, struct product *product, const char *price,
			  struct err *err)
{
	struct sheet_row *row;
	struct cells cells;
	int64_t nano = news_dollars(price), other;
	char text[200];
	if (!product->region[0] && news->region)
		snprintf(product->region, sizeof product->region, "%s", news->region);
	if (!news_name_ok(product->region) || !news_name_ok(product->type))
		return csv_fail(csv, err, "Region Code is '%s' and Instance Type '%s'; allowed: names",
				visible(product->region, strlen(product->region), 40).text,
				visible(product->type, strlen(product->type), 40).text);
	if (nano < 0)
		return csv_fail(csv, err, "PricePerUnit is '%s'; allowed: 0 to 1000000 US dollars",
				visible(price, strlen(price), 40).text);
	if (nano == 0) {
		news->n_passed_over++;
		return 0;
	}
	const char *wrong = shape(product, &cells);
	if (wrong)
		return csv_fail(csv, err, "%s of %s is not a size", wrong, product->type);
	if (news_row(news, product->region, product->type, &row, err) < 0)
		return -1;
	if (!row)
		return 0;
	if (take_shape(news, row, &cells, err) < 0)
		return -1;
	int status = news_price(news, row, 0, nano, &other, err);
	if (status <= 0)
		return status;
	conflict(row, other, nano, text, sizeof text);
	return csv_fail(csv, err, "%s", text);
}

static int read_csv_row(struct csv *csv, const int *places, const struct csv_field *fields, struct update_news *news,
			struct err *err)
{
	struct product product = {.sku = ""};
	if (strcmp(fields[places[TERM]].text, "OnDemand") != 0)
		return 0;
	for (size_t i = FIRST_TEXT; i < COUNT(csv_columns); i++) {
		if (places[i] < 0)
			continue;
		const struct csv_field *field = &fields[places[i]];
		if (field->length >= csv_columns[i].size)
			return csv_fail(csv, err, "%s has over %zu letters", csv_columns[i].name,
					csv_columns[i].size - 1);
		memcpy((char *)&product + csv_columns[i].offset, field->text, field->length + 1);
	}
	if (!wanted(&product))
		return 0;
	if (strcmp(fields[places[UNIT]].text, "Hrs") != 0 || strcmp(fields[places[CURRENCY]].text, "USD") != 0)
		return csv_fail(csv, err, "%s is priced in %s a %s; allowed: USD a Hrs", product.type,
				visible(fields[places[CURRENCY]].text, fields[places[CURRENCY]].length, 20).text,
				visible(fields[places[UNIT]].text, fields[places[UNIT]].length, 20).text);
	return take_csv_price(csv, news, &product, fields[places[PRICE]].text, err);
}

static int read_csv_rows(struct csv *csv, struct update_news *news, struct err *err)
{
	const struct csv_field *fields;
	int places[COUNT(csv_columns)], got;
	char version[64] = "";
	if (read_csv_head(csv, news, version, sizeof version, err) < 0)
		return -1;
	if ((got = csv_next(csv, &fields, &csv->width, err)) <= 0)
		return got < 0 ? -1 : csv_fail(csv, err, "ends before the names of its columns");
	for (size_t i = 0; i < COUNT(csv_columns); i++) {
		places[i] = csv_column(fields, csv->width, csv_columns[i].name);
		if (places[i] < 0 && csv_columns[i].needed)
			return csv_fail(csv, err, "no column '%s'", csv_columns[i].name);
	}
	while ((got = csv_row(csv, &fields, err)) > 0)
		if (read_csv_row(csv, places, fields, news, err) < 0)
			return -1;
	name_source(news, version);
	return got;
}

static int read_csv(struct document *document, struct update_news *news, struct err *err)
{
	struct csv csv;
	if (csv_open(&csv, document->name, gzip_read, document->file, err) < 0)
		return -1;
	int status = read_csv_rows(&csv, news, err);
	csv_close(&csv);
	return status;
}

static int read_aws(struct document *document, struct update_news *news, char *next, size_t size, struct err *err)
{
	char first[4] = "";
	(void)size;
	next[0] = 0;
	if (document_peek(document, first, 1, err) < 0)
		return -1;
	return first[0] == '"' || first[0] == 'F' ? read_csv(document, news, err) : read_json(document, news, err);
}

static int first_aws(const char *region, char *path, size_t size)
{
	return snprintf(path, size, "/offers/v1.0/aws/AmazonEC2/current/%s/index.json", region);
}

const struct update_provider update_aws = {
    .provider = PROVIDER_AWS,
    .url = "https://pricing.us-east-1.amazonaws.com",
    .by_region = true,
    .first = first_aws,
    .read = read_aws,
};
