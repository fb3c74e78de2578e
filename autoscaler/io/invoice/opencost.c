/* OpenCost's CSV prices:
 * EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,MarketPriceHourly,Version Format:
 * github.com/opencost/opencost configs/pricing_schema.csv and pkg/cloud/provider/csvprovider.go (2026-11), which prices
 * a class of nodes at the mean of its rows. */
#include "../price/update.h"
#include "../text/grown.h"
#include "visible.h"

#include <stdlib.h>

#define PRICES_MAX 4000000

enum { END, ID, REGION, CLASS, ID_FIELD, TYPE, PRICE, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {"EndTimestamp",    "InstanceID",   "Region",           "AssetClass",
					       "InstanceIDField", "InstanceType", "MarketPriceHourly"};

struct node_price {
	char region[64], type[64];
	int64_t nano;
};

struct node_prices {
	struct node_price *list;
	size_t n, room;
};

static int add(struct node_prices *prices, const struct node_price *price, struct err *err)
{
	struct node_price *list =
	    prices->n < PRICES_MAX ? heap_grown(prices->list, prices->n, &prices->room, sizeof *list) : NULL;
	if (!list)
		return err_set(err, "more prices than fit into memory");
	prices->list = list;
	prices->list[prices->n++] = *price;
	return 0;
}

/* The type a row is about: named, or by what its nodes are told apart; NULL: a single node. */
static const char *type_of(const struct csv_field *fields, const int *places)
{
	static const char *const labels[] = {"instance-type", "instance_type"};
	const char *type = fields[places[TYPE]].text, *by = fields[places[ID_FIELD]].text;
	if (*type)
		return type;
	for (size_t i = 0; i < COUNT(labels); i++)
		if (strstr(by, labels[i]))
			return fields[places[ID]].text;
	return NULL;
}

static int read_row(struct csv *csv, const struct csv_field *fields, const int *places, struct update_news *news,
		    struct node_prices *prices, struct err *err)
{
	struct node_price price;
	char date[16];
	const char *type = type_of(fields, places), *text = fields[places[PRICE]].text;
	const char *region = fields[places[REGION]].text;
	if (!type || strcmp(fields[places[CLASS]].text, "node") != 0) {
		news->n_passed_over++;
		return 0;
	}
	if (!*region && news->region)
		region = news->region;
	if (!news_name_ok(type) || !news_name_ok(region))
		return csv_fail(csv, err, "the type is '%s' and the region '%s'; allowed: names%s",
				visible(type, strlen(type), 40).text, visible(region, strlen(region), 40).text,
				*region ? "" : " (--region fills in where a file has none)");
	snprintf(price.type, sizeof price.type, "%s", type);
	snprintf(price.region, sizeof price.region, "%s", region);
	price.nano = news_dollars(text);
	if (price.nano < 0)
		return csv_fail(csv, err, "MarketPriceHourly is '%s'; allowed: 0 to 1000000 US dollars",
				visible(text, strlen(text), 40).text);
	if (news_date(fields[places[END]].text, date) && strcmp(date, news->as_of) > 0)
		memcpy(news->as_of, date, sizeof date);
	return add(prices, &price, err);
}

static int order(const void *a, const void *b)
{
	const struct node_price *x = a, *y = b;
	int by_region = strcmp(x->region, y->region);
	return by_region ? by_region : strcmp(x->type, y->type);
}

static int average(const struct node_prices *prices, struct update_news *news, struct err *err)
{
	if (prices->n)
		qsort(prices->list, prices->n, sizeof *prices->list, order);
	for (size_t i = 0; i < prices->n;) {
		const struct node_price *first = &prices->list[i];
		struct sheet_row *row;
		int64_t n = 0, other;
		wide_t sum = 0;
		for (; i < prices->n && order(first, &prices->list[i]) == 0; i++, n++)
			sum += prices->list[i].nano;
		if (news_row(news, first->region, first->type, &row, err) < 0)
			return -1;
		if (row && news_price(news, row, 0, (int64_t)((sum + n / 2) / n), &other, err) < 0)
			return -1;
	}
	return 0;
}

static int read_rows(struct csv *csv, struct update_news *news, struct node_prices *prices, struct err *err)
{
	const struct csv_field *fields;
	size_t n;
	int places[N_COLUMNS], got;
	if (csv_header(csv, columns, N_COLUMNS, places, err) < 0)
		return -1;
	while ((got = csv_next(csv, &fields, &n, err)) > 0) {
		if (n == 1 && fields[0].text[0] == '#')
			continue;
		if (n != csv->width)
			return csv_fail(csv, err, "%zu fields; the header names %zu columns", n, csv->width);
		if (read_row(csv, fields, places, news, prices, err) < 0)
			return -1;
	}
	return got;
}

int opencost_read(struct document *document, struct update_news *news, struct err *err)
{
	struct csv csv;
	struct node_prices prices = {0};
	if (news->sheet.form->n_on_demand != 1)
		return err_set(err, "%.300s: OpenCost prices whole nodes; this provider's list is by vCPU and GiB",
			       document->name);
	if (csv_open(&csv, document->name, gzip_read, document->file, err) < 0)
		return -1;
	int status = read_rows(&csv, news, &prices, err);
	csv_close(&csv);
	if (status == 0)
		status = average(&prices, news, err);
	free(prices.list);
	news->partial = true;
	snprintf(news->source, sizeof news->source, "OpenCost CSV");
	return status;
}
