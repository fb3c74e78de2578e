/* Google: the Cloud Billing Catalog's SKUs of Compute Engine, page by page.
 * Format: cloud.google.com/billing/v1/how-tos/catalog-api and docs/reference/rest/v1/services.skus/list (2026-11).
 * A VM is charged by the vCPU and the GiB; the SKUs of a family are told by their description:
 *	[Spot Preemptible] N2D [AMD|Arm|Predefined] Instance Core|Ram running in PLACE */
#include "../text/decimal.h"
#include "update.h"
#include "visible.h"

#include <ctype.h>

#define REGIONS_MAX 64
#define SERVICE     "/v1/services/6F81-5844-456A/skus"

struct sku {
	char id[32], description[256], usage_type[32], unit[32], from[40];
	char regions[REGIONS_MAX][40];
	size_t n_regions;
	int64_t nano; /* of the first tier of the newest price in force; -1: none */
	bool tiers_differ;
};

/* What a description means: the family in lower case, and which price of the list it is. */
struct meaning {
	char family[16];
	size_t price; /* 0 vCPU, 1 GiB, 2 and 3 the same as spot */
};

static bool take_word(const char **at, const char *word)
{
	size_t n = strlen(word);
	if (strncmp(*at, word, n) != 0)
		return false;
	*at += n;
	return true;
}

static bool understand(const struct sku *sku, struct meaning *meaning)
{
	static const char *const makers[] = {" AMD", " Arm", " Predefined"};
	const char *at = sku->description;
	bool spot = strcmp(sku->usage_type, "Preemptible") == 0;
	if (!spot && strcmp(sku->usage_type, "OnDemand") != 0)
		return false;
	if (spot && !take_word(&at, "Spot Preemptible ") && !take_word(&at, "Preemptible "))
		return false;
	size_t n = strcspn(at, " ");
	if (n < 2 || n >= sizeof meaning->family || !isupper((unsigned char)at[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)at[i]))
			return false;
		meaning->family[i] = (char)tolower((unsigned char)at[i]);
	}
	meaning->family[n] = 0;
	if (!isdigit((unsigned char)at[1]))
		return false; /* "Custom Instance Core", "Commitment ..." */
	at += n;
	for (size_t i = 0; i < COUNT(makers); i++)
		if (take_word(&at, makers[i]))
			break;
	if (!take_word(&at, " Instance "))
		return false;
	bool core = take_word(&at, "Core "), ram = !core && take_word(&at, "Ram ");
	meaning->price = (spot ? 2u : 0u) + (ram ? 1u : 0u);
	return (core || ram) && take_word(&at, "running in ");
}

static int bad(struct json_stream *json, const char *field, const char *text, const char *allowed, struct err *err)
{
	return json_fail(json, err, "%s is '%s'; allowed: %s", field, visible(text, strlen(text), 40).text, allowed);
}

/* ---- money: {"currencyCode": "USD", "units": "0", "nanos": 31611000} ---- */

struct money {
	char currency[8], units[24], nanos[24];
};

static int read_money(struct json_stream *json, int64_t *nano, struct err *err)
{
	static const struct json_field fields[] = {{"currencyCode", offsetof(struct money, currency), 8},
						   {"units", offsetof(struct money, units), 24},
						   {"nanos", offsetof(struct money, nanos), 24}};
	struct money money = {.currency = ""};
	if (json_expect(json, JSON_OBJECT, err) < 0 || json_fields(json, fields, COUNT(fields), &money, err) < 0)
		return -1;
	/* Zeros may be left out. */
	int64_t units = money.units[0] ? news_dollars(money.units) : 0;
	if (units < 0 || units % NANO)
		return bad(json, "units", money.units, "0 to 1000000", err);
	int64_t nanos = 0;
	if (money.nanos[0] &&
	    (decimal_parse(money.nanos, strlen(money.nanos), 0, &nanos) != DECIMAL_OK || nanos >= NANO))
		return bad(json, "nanos", money.nanos, "0 to 999999999", err);
	if (money.currency[0] && strcmp(money.currency, "USD") != 0)
		return bad(json, "currencyCode", money.currency, "USD", err);
	*nano = units + nanos;
	return 0;
}

/* ---- a price: tiers by use, the first from 0 ---- */

static int read_tier(struct json_stream *json, bool first, int64_t *nano, struct err *err)
{
	char start[32] = "";
	int got;
	*nano = -1;
	while ((got = json_member(json, err)) > 0) {
		int status;
		if (strcmp(json->text, "startUsageAmount") == 0)
			status = json_scalar(json, start, sizeof start, err);
		else if (strcmp(json->text, "unitPrice") == 0)
			status = read_money(json, nano, err);
		else
			status = json_skip(json, err);
		if (status < 0)
			return -1;
	}
	if (got < 0)
		return -1;
	if (*nano < 0)
		return json_fail(json, err, "a tier without unitPrice");
	if (first && start[0] && strcmp(start, "0") != 0 && strcmp(start, "0.0") != 0)
		return bad(json, "the first startUsageAmount", start, "0", err);
	return 0;
}

static int read_tiers(struct json_stream *json, struct sku *sku, int64_t *nano, struct err *err)
{
	int got, n = 0;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((got = json_element(json, err)) > 0) {
		int64_t tier;
		if (json->token != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (read_tier(json, n == 0, &tier, err) < 0)
			return -1;
		if (n++ == 0)
			*nano = tier;
		else
			sku->tiers_differ |= tier != *nano;
	}
	return got;
}

static int read_expression(struct json_stream *json, struct sku *sku, int64_t *nano, struct err *err)
{
	int got;
	if (json_expect(json, JSON_OBJECT, err) < 0)
		return -1;
	while ((got = json_member(json, err)) > 0) {
		int status;
		if (strcmp(json->text, "usageUnit") == 0)
			status = json_scalar(json, sku->unit, sizeof sku->unit, err);
		else if (strcmp(json->text, "tieredRates") == 0)
			status = read_tiers(json, sku, nano, err);
		else
			status = json_skip(json, err);
		if (status < 0)
			return -1;
	}
	return got;
}

/* pricingInfo: prices in the order of time; the last that is in force counts. */
static int read_pricing(struct json_stream *json, struct sku *sku, const char *today, struct err *err)
{
	int element, got = 0;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((element = json_element(json, err)) > 0) {
		char from[40] = "";
		int64_t nano = -1;
		if (json->token != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		while ((got = json_member(json, err)) > 0) {
			int status;
			if (strcmp(json->text, "effectiveTime") == 0)
				status = json_scalar(json, from, sizeof from, err);
			else if (strcmp(json->text, "pricingExpression") == 0)
				status = read_expression(json, sku, &nano, err);
			else
				status = json_skip(json, err);
			if (status < 0)
				return -1;
		}
		if (got < 0)
			return -1;
		if (nano >= 0 && strncmp(from, today, 10) <= 0 && strcmp(from, sku->from) >= 0) {
			sku->nano = nano;
			memcpy(sku->from, from, sizeof sku->from);
		}
	}
	return element;
}

static int read_regions(struct json_stream *json, struct sku *sku, struct err *err)
{
	int got;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((got = json_element(json, err)) > 0) {
		if (json->token != JSON_STRING || !news_name_ok(json->text) || json->length >= sizeof sku->regions[0])
			return json_fail(json, err, "is not the name of a region");
		if (sku->n_regions == REGIONS_MAX)
			return json_fail(json, err, "names more than %d regions", REGIONS_MAX);
		memcpy(sku->regions[sku->n_regions++], json->text, json->length + 1);
	}
	return got;
}

/* ---- a SKU ---- */

static int take_sku(struct json_stream *json, struct update_news *news, const struct sku *sku,
		    const struct meaning *meaning, struct err *err)
{
	char date[16];
	if (strcmp(sku->unit, meaning->price % 2 ? "GiBy.h" : "h") != 0)
		return bad(json, "usageUnit", sku->unit, meaning->price % 2 ? "GiBy.h" : "h", err);
	if (sku->tiers_differ)
		return json_fail(json, err, "%s has a price by tiers of use; a VM has one",
				 visible(sku->id, strlen(sku->id), 32).text);
	if (sku->nano > 1000 * NANO)
		return json_fail(json, err, "%s USD an hour is no price of a %s", sheet_nano(sku->nano).text,
				 meaning->price % 2 ? "GiB" : "vCPU");
	if (news_date(sku->from, date) && strcmp(date, news->as_of) > 0)
		memcpy(news->as_of, date, sizeof date);
	for (size_t i = 0; i < sku->n_regions; i++) {
		struct sheet_row *row;
		int64_t other;
		if (news_row(news, sku->regions[i], meaning->family, &row, err) < 0)
			return -1;
		if (!row)
			continue;
		int status = news_price(news, row, meaning->price, sku->nano, &other, err);
		if (status < 0)
			return -1;
		if (status > 0)
			return json_fail(json, err, "%s: %s in %s has two prices, %s and %s (--force takes the higher)",
					 visible(sku->id, strlen(sku->id), 32).text, meaning->family, sku->regions[i],
					 sheet_nano(other).text, sheet_nano(sku->nano).text);
	}
	return 0;
}

static int read_category(struct json_stream *json, struct sku *sku, struct err *err)
{
	static const struct json_field fields[] = {{"usageType", offsetof(struct sku, usage_type), 32}};
	if (json_expect(json, JSON_OBJECT, err) < 0)
		return -1;
	return json_fields(json, fields, COUNT(fields), sku, err);
}

static int read_sku_member(struct json_stream *json, struct sku *sku, const char *today, struct err *err)
{
	if (strcmp(json->text, "skuId") == 0)
		return json_scalar(json, sku->id, sizeof sku->id, err);
	if (strcmp(json->text, "description") == 0)
		return json_scalar(json, sku->description, sizeof sku->description, err);
	if (strcmp(json->text, "category") == 0)
		return read_category(json, sku, err);
	if (strcmp(json->text, "serviceRegions") == 0)
		return read_regions(json, sku, err);
	if (strcmp(json->text, "pricingInfo") == 0)
		return read_pricing(json, sku, today, err);
	return json_skip(json, err);
}

static int read_sku(struct json_stream *json, struct update_news *news, const char *today, struct err *err)
{
	struct sku sku = {.nano = -1};
	struct meaning meaning;
	int got;
	while ((got = json_member(json, err)) > 0)
		if (read_sku_member(json, &sku, today, err) < 0)
			return -1;
	if (got < 0)
		return -1;
	if (!understand(&sku, &meaning) || sku.nano <= 0) {
		news->n_passed_over++;
		return 0;
	}
	return take_sku(json, news, &sku, &meaning, err);
}

static int read_skus(struct json_stream *json, struct update_news *news, const char *today, struct err *err)
{
	int got;
	if (json_expect(json, JSON_ARRAY, err) < 0)
		return -1;
	while ((got = json_element(json, err)) > 0) {
		if (json->token != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (read_sku(json, news, today, err) < 0)
			return -1;
	}
	return got;
}

/* ---- pages ---- */

static int read_page(struct json_stream *json, struct update_news *news, const char *today, char *next, size_t size,
		     struct err *err)
{
	char token[1024] = "", escaped[3072];
	bool skus = false;
	int got;
	next[0] = 0;
	while ((got = json_member(json, err)) > 0) {
		int status;
		if (strcmp(json->text, "nextPageToken") == 0) {
			status = json_scalar(json, token, sizeof token, err);
		} else if (strcmp(json->text, "skus") == 0 && !skus) {
			skus = true;
			status = read_skus(json, news, today, err);
		} else {
			status = json_skip(json, err);
		}
		if (status < 0)
			return -1;
	}
	if (got < 0)
		return -1;
	if (!skus)
		return json_fail(json, err, "a page of the catalog has skus; this has none");
	if (token[0] &&
	    (http_escape(token, escaped, sizeof escaped) < 0 ||
	     snprintf(next, size, SERVICE "?currencyCode=USD&pageSize=5000&pageToken=%s", escaped) >= (int)size))
		return json_fail(json, err, "nextPageToken is too long");
	return 0;
}

static int read_pages(struct json_stream *json, struct update_news *news, char *next, size_t size, struct err *err)
{
	char today[32];
	int found, pages = 0;
	news_today(news, today);
	while ((found = json_next(json, err)) > 0) {
		if (found != JSON_OBJECT)
			return json_fail(json, err, "is no object");
		if (read_page(json, news, today, next, size, err) < 0)
			return -1;
		pages++;
	}
	if (found == 0 && pages == 0)
		return json_fail(json, err, "is empty");
	return found;
}

static int read_gcp(struct document *document, struct update_news *news, char *next, size_t size, struct err *err)
{
	struct json_stream json;
	next[0] = 0;
	snprintf(news->source, sizeof news->source, "cloudbilling.googleapis.com 6F81-5844-456A");
	if (json_open(&json, document->name, gzip_read, document->file, err) < 0)
		return -1;
	int status = read_pages(&json, news, next, size, err);
	json_close(&json);
	return status;
}

static int first_gcp(const char *region, char *path, size_t size)
{
	(void)region;
	return snprintf(path, size, SERVICE "?currencyCode=USD&pageSize=5000");
}

const struct update_provider update_gcp = {
    .provider = PROVIDER_GCP,
    .url = "https://cloudbilling.googleapis.com",
    .key_env = "GOOGLE_API_KEY",
    .paged = true,
    .says_spot = true,
    .first = first_gcp,
    .read = read_gcp,
};
