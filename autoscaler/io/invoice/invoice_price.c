#include "invoice_price.h"

#include "../text/csv.h"
#include "../text/datadir.h"
#include "../text/decimal.h"
#include "../text/path.h"
#include "visible.h"

#include <strings.h>

#define TIERS_MAX  8
#define LISTS_MAX  64
#define PRICE_HALF INT64_C(500) /* of the unit rates' sixth decimal */

enum price_form { PRICE_FIXED, PRICE_VCPU, PRICE_GIB, PRICE_INSTANCE, PRICE_SKU };

/* Rows of one SKU follow each other: a tier each. Patterns: '*' stands for any text, case does not matter. */
struct sku_row {
	enum provider provider;
	const char *service, *sku, *region;
	enum price_form form;
	const char *family; /* of the unit rates; SKU: its id in the price list */
	struct price_tier *tiers;
	uint32_t n_tiers;
	struct unit unit;
	const char *source, *as_of;
};

struct unit_rate {
	const char *region, *family;
	int64_t vcpu_nano, gib_nano;
	const char *source, *as_of;
};

struct place {
	const char *name, *region;
};

struct invoice_prices {
	struct arena arena;
	const char *data;
	struct sku_row *rows;
	struct unit_rate *rates;
	struct place *places;
	uint32_t n_rows, n_rates, n_places;
	size_t rows_room, rates_room, places_room;
	struct price_list *lists;
	uint32_t n_lists;
	struct price_region *regions;
	uint32_t n_regions;
};

/* ---- patterns ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* *tail: where the last '*' began. */
static bool matches(const char *pattern, const char *text, const char **tail)
{
	const char *star = NULL, *from = NULL, *began = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = began = text;
		} else if (lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
		began = text;
	}
	if (tail)
		*tail = began;
	return *pattern == 0;
}

/* ---- reading the lists ---- */

static int refuse(const struct csv *csv, const char *column, struct csv_field field, const char *allowed,
		  struct err *err)
{
	return csv_fail(csv, err, "%s is '%s'; allowed: %s", column, visible(field.text, field.length, 60).text,
			allowed);
}

#define COLUMNS_MAX 10
/* A list: its columns in the order `row` takes them. */
struct list {
	const char *file, *columns[COLUMNS_MAX];
	int (*row)(struct invoice_prices *, const struct csv *, const struct csv_field *, struct err *);
};

static int out_of_memory(struct err *err)
{
	return err_set(err, "out of memory for the price lists");
}

/* Copies of n texts. */
static int keep(struct invoice_prices *prices, const struct csv_field *fields, size_t n, const char **out,
		struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = arena_strndup(&prices->arena, fields[i].text, fields[i].length);
		if (!out[i])
			return out_of_memory(err);
	}
	return 0;
}

static int place_row(struct invoice_prices *prices, const struct csv *csv, const struct csv_field *f, struct err *err)
{
	(void)csv;
	const char *texts[2];
	if (keep(prices, f, 2, texts, err) < 0)
		return -1;
	struct place *places =
	    arena_grown(&prices->arena, prices->places, prices->n_places, &prices->places_room, sizeof *places);
	if (!places)
		return out_of_memory(err);
	prices->places = places;
	prices->places[prices->n_places++] = (struct place){texts[0], texts[1]};
	return 0;
}

static int rate_row(struct invoice_prices *prices, const struct csv *csv, const struct csv_field *f, struct err *err)
{
	const char *texts[4];
	const struct csv_field kept[] = {f[0], f[1], f[4], f[5]};
	int64_t vcpu = decimal_nano(f[2].text, f[2].length), gib = decimal_nano(f[3].text, f[3].length);
	if (vcpu < 0 || gib < 0)
		return refuse(csv, "a rate", f[vcpu < 0 ? 2 : 3], "US dollars with at most 9 decimals", err);
	if (keep(prices, kept, 4, texts, err) < 0)
		return -1;
	struct unit_rate *rates =
	    arena_grown(&prices->arena, prices->rates, prices->n_rates, &prices->rates_room, sizeof *rates);
	if (!rates)
		return out_of_memory(err);
	prices->rates = rates;
	prices->rates[prices->n_rates++] = (struct unit_rate){texts[0], texts[1], vcpu, gib, texts[2], texts[3]};
	return 0;
}

enum { PROVIDER, SERVICE, SKU, REGION, FROM, PRICE, UNIT, SOURCE, AS_OF, SKU_COLUMNS };

/* Words before a name, by form. */
static const struct {
	const char *word;
	enum price_form form;
} forms[] = {{"vcpu ", PRICE_VCPU}, {"gib ", PRICE_GIB}, {"sku ", PRICE_SKU}, {"instance", PRICE_INSTANCE}};

static int read_price(const struct csv *csv, struct csv_field field, struct sku_row *row, int64_t *nano,
		      struct err *err)
{
	*nano = 0;
	for (size_t i = 0; i < COUNT(forms); i++)
		if (strncmp(field.text, forms[i].word, strlen(forms[i].word)) == 0) {
			row->form = forms[i].form;
			row->family += strlen(forms[i].word);
			return 0;
		}
	if ((*nano = decimal_nano(field.text, field.length)) < 0)
		return refuse(csv, "price", field,
			      "US dollars with at most 9 decimals, vcpu FAMILY, gib FAMILY, sku ID or instance", err);
	return 0;
}

static int read_provider(const struct csv *csv, struct csv_field field, enum provider *provider, struct err *err)
{
	for (*provider = 0; *provider < PROVIDER_COUNT; ++*provider)
		if (strcmp(field.text, provider_name(*provider)) == 0)
			return 0;
	return refuse(csv, "provider", field, "aws, azure, gcp", err);
}

static bool continues(const struct sku_row *last, enum provider provider, const struct csv_field *f)
{
	return last && last->provider == provider && strcmp(last->sku, f[SKU].text) == 0 &&
	       strcmp(last->service, f[SERVICE].text) == 0 && strcmp(last->region, f[REGION].text) == 0;
}

static int sku_row(struct invoice_prices *prices, const struct csv *csv, const struct csv_field *f, struct err *err)
{
	struct sku_row row = {0}, *last = prices->n_rows ? &prices->rows[prices->n_rows - 1] : NULL;
	int64_t from = decimal_nano(f[FROM].text, f[FROM].length), nano = 0;
	const char *texts[SKU_COLUMNS];
	if (read_provider(csv, f[PROVIDER], &row.provider, err) < 0)
		return -1;
	if (keep(prices, f, SKU_COLUMNS, texts, err) < 0)
		return -1;
	row.family = texts[PRICE];
	if (read_price(csv, f[PRICE], &row, &nano, err) < 0)
		return -1;
	if (!unit_parse(texts[UNIT], &row.unit))
		return refuse(csv, "unit", f[UNIT], "hour, GiB, GiB-month and the like", err);
	if (from < 0 || from % NANO)
		return refuse(csv, "from", f[FROM], "a whole number", err);
	from /= NANO;
	if (continues(last, row.provider, f)) {
		if (last->n_tiers == TIERS_MAX || from <= last->tiers[last->n_tiers - 1].from)
			return refuse(csv, "from", f[FROM], "more than on the line before, up to 8 tiers", err);
		last->tiers[last->n_tiers++] = (struct price_tier){from, nano};
		return 0;
	}
	if (from != 0)
		return refuse(csv, "from", f[FROM], "0 on a SKU's first line", err);
	row.service = texts[SERVICE];
	row.sku = texts[SKU];
	row.region = texts[REGION];
	row.source = texts[SOURCE];
	row.as_of = texts[AS_OF];
	row.tiers = arena_alloc(&prices->arena, TIERS_MAX, sizeof *row.tiers);
	struct sku_row *rows =
	    arena_grown(&prices->arena, prices->rows, prices->n_rows, &prices->rows_room, sizeof *rows);
	if (!row.tiers || !rows)
		return out_of_memory(err);
	prices->rows = rows;
	row.tiers[row.n_tiers++] = (struct price_tier){0, nano};
	prices->rows[prices->n_rows++] = row;
	return 0;
}

static const struct list lists[] = {
    {"gcp_places.csv", {"place", "region"}, place_row},
    {"gcp_unit_rates.csv", {"region", "family", "usd_per_vcpu_hour", "usd_per_gib_hour", "source", "as_of"}, rate_row},
    {"invoice_skus.csv", {"provider", "service", "sku", "region", "from", "price", "unit", "source", "as_of"}, sku_row},
};

struct reading {
	struct invoice_prices *prices;
	const struct list *list;
};

static int read_rows(void *self, struct csv *csv, struct err *err)
{
	const struct reading *reading = self;
	const struct list *list = reading->list;
	const struct csv_field *fields;
	struct csv_field picked[COLUMNS_MAX];
	int places[COLUMNS_MAX], got;
	size_t n = 0;
	while (n < COLUMNS_MAX && list->columns[n])
		n++;
	if (csv_header(csv, list->columns, n, places, err) < 0)
		return -1;
	while ((got = csv_row(csv, &fields, err)) > 0) {
		for (size_t i = 0; i < n; i++)
			picked[i] = fields[places[i]];
		if (list->row(reading->prices, csv, picked, err) < 0)
			return -1;
	}
	return got;
}

static int read_list(struct invoice_prices *prices, const struct list *list, struct err *err)
{
	char path[PATH_SIZE];
	struct reading reading = {prices, list};
	if (path_format(path, sizeof path, err, "%s/prices/%s", prices->data, list->file) < 0)
		return -1;
	return csv_read_path(path, 0, read_rows, &reading, err);
}

static int read_all(struct invoice_prices *prices, const char *data, struct err *err)
{
	char directory[PATH_SIZE];
	if (datadir_of(data, directory, sizeof directory, err) < 0)
		return -1;
	prices->data = arena_strdup(&prices->arena, directory);
	prices->lists = arena_alloc(&prices->arena, LISTS_MAX, sizeof *prices->lists);
	if (!prices->data || !prices->lists)
		return out_of_memory(err);
	for (size_t i = 0; i < COUNT(lists); i++)
		if (read_list(prices, &lists[i], err) < 0)
			return -1;
	return price_regions_read(prices->data, &prices->arena, &prices->regions, &prices->n_regions, err);
}

struct invoice_prices *invoice_prices_read(const char *data_directory, struct err *err)
{
	struct invoice_prices *prices = calloc(1, sizeof *prices);
	if (!prices) {
		out_of_memory(err);
		return NULL;
	}
	if (read_all(prices, data_directory, err) == 0)
		return prices;
	invoice_prices_free(prices);
	return NULL;
}

void invoice_prices_free(struct invoice_prices *prices)
{
	if (!prices)
		return;
	for (uint32_t i = 0; i < prices->n_lists; i++)
		price_list_free(&prices->lists[i]);
	arena_free(&prices->arena);
	free(prices);
}

/* ---- finding a price ---- */

/* "... running in Netherlands", "Standard Storage Finland": the longest place the name ends with. */
static const char *place_in(const struct invoice_prices *prices, const char *sku)
{
	size_t length = strlen(sku), longest = 0;
	const char *region = NULL;
	for (uint32_t i = 0; i < prices->n_places; i++) {
		size_t n = strlen(prices->places[i].name);
		if (n > longest && n < length && sku[length - n - 1] == ' ' &&
		    strcasecmp(sku + length - n, prices->places[i].name) == 0) {
			longest = n;
			region = prices->places[i].region;
		}
	}
	return region;
}

/* The SKU's own words go first: Google's location column may name a zone or a country. */
static const char *item_region(const struct invoice_prices *prices, const struct invoice_item *item)
{
	const char *place = item->provider == PROVIDER_GCP ? place_in(prices, item->sku) : NULL;
	bool precise = strpbrk(item->region, "0123456789") != NULL;
	return place && !precise ? place : item->region;
}

/* The list of a region, or NULL when there is none. */
static int list_of(struct invoice_prices *prices, enum provider provider, const char *region,
		   const struct price_list **list, struct err *err)
{
	char name[128];
	bool known = false;
	*list = NULL;
	snprintf(name, sizeof name, "%s/%.100s", provider_name(provider), region);
	for (uint32_t i = 0; i < prices->n_lists; i++)
		if (strcmp(prices->lists[i].book.region, name) == 0) {
			*list = &prices->lists[i];
			return 0;
		}
	for (uint32_t i = 0; i < prices->n_regions; i++)
		known |= strcmp(prices->regions[i].name, name) == 0;
	if (!known || prices->n_lists == LISTS_MAX)
		return 0;
	if (price_list_read(prices->data, name, &prices->lists[prices->n_lists], err) < 0)
		return -1;
	*list = &prices->lists[prices->n_lists++];
	return 0;
}

static const struct instance_type *find_type(const struct price_book *book, const char *name, size_t length)
{
	for (uint32_t i = 0; i < book->n_types; i++)
		if (strncasecmp(book->types[i].name, name, length) == 0 && book->types[i].name[length] == 0)
			return &book->types[i];
	return NULL;
}

/* "D2 v3/D2s v3" -> Standard_D2_v3 or Standard_D2s_v3. */
static const struct instance_type *find_azure(const struct price_book *book, const char *meter)
{
	while (*meter) {
		char name[128] = "Standard_";
		size_t n = strlen(name), length = strcspn(meter, "/");
		for (size_t i = 0; i < length && n < sizeof name - 1; i++)
			name[n++] = meter[i] == ' ' ? '_' : meter[i];
		const struct instance_type *type = find_type(book, name, n);
		if (type)
			return type;
		meter += length + (meter[length] == '/');
	}
	return NULL;
}

static int one_tier(struct invoice_prices *prices, int64_t nano, struct item_price *out, struct err *err)
{
	struct price_tier *tier = arena_alloc(&prices->arena, 1, sizeof *tier);
	if (!tier)
		return out_of_memory(err);
	tier->price_nano = nano;
	out->price.tiers = tier;
	out->price.n_tiers = 1;
	out->unknown = NULL;
	return 0;
}

static int instance_price(struct invoice_prices *prices, const struct sku_row *row, const struct invoice_item *item,
			  const char *name, struct item_price *out, struct err *err)
{
	const struct price_list *list;
	if (list_of(prices, row->provider, out->region, &list, err) < 0)
		return -1;
	out->unknown = "no price list for the region";
	if (!list)
		return 0;
	bool other = strstr(item->sku, "Windows") || (row->provider == PROVIDER_AWS && strchr(name, ' '));
	out->unknown = other ? "another operating system" : "not in the price list";
	const struct instance_type *type = row->provider == PROVIDER_AZURE ? find_azure(&list->book, item->sku)
									   : find_type(&list->book, name, strlen(name));
	if (!type || other)
		return 0;
	out->source = type->source;
	out->as_of = type->as_of;
	return one_tier(prices, type->price_nano_per_hour, out, err);
}

static int rate_price(struct invoice_prices *prices, const struct sku_row *row, struct item_price *out, struct err *err)
{
	out->unknown = "no unit rates for the region";
	for (uint32_t i = 0; i < prices->n_rates; i++) {
		const struct unit_rate *rate = &prices->rates[i];
		if (strcmp(rate->region, out->region) != 0 || strcmp(rate->family, row->family) != 0)
			continue;
		out->source = rate->source;
		out->as_of = rate->as_of;
		out->price.half_nano = PRICE_HALF;
		return one_tier(prices, row->form == PRICE_VCPU ? rate->vcpu_nano : rate->gib_nano, out, err);
	}
	return 0;
}

/* Below its provider's name. */
static const char *first_region(const struct invoice_prices *prices, enum provider provider)
{
	const char *below = NULL;
	for (uint32_t i = 0; i < prices->n_regions && !below; i++)
		below = provider_below(provider, prices->regions[i].name, '/');
	return below ? below : "";
}

/* The latest row of an id. */
static const struct sku *find_sku(const struct price_list *list, const char *id)
{
	const struct sku *latest = NULL;
	for (uint32_t i = 0; i < list->n_skus; i++)
		if (strcasecmp(list->skus[i].id, id) == 0 && (!latest || list->skus[i].valid_from > latest->valid_from))
			latest = &list->skus[i];
	return latest;
}

/* A free amount comes before the tiers and moves them up, as on a bill (models/tier.c), unless it is given back as a
 * credit, a line of its own: so does Google. */
static int sku_price(struct invoice_prices *prices, const struct sku *sku, bool credited, struct item_price *out,
		     struct err *err)
{
	bool free = sku->free_per_month > 0 && !credited;
	struct price_tier *tiers = arena_alloc(&prices->arena, (size_t)sku->n_tiers + 1, sizeof *tiers);
	if (!tiers)
		return out_of_memory(err);
	memcpy(tiers + free, sku->tiers, sku->n_tiers * sizeof *tiers);
	for (uint32_t t = 0; t < sku->n_tiers && free; t++)
		tiers[t + 1].from += sku->free_per_month;
	out->price.tiers = tiers;
	out->price.n_tiers = sku->n_tiers + free;
	out->source = sku->source;
	out->as_of = sku->as_of;
	out->unknown = unit_parse(sku->unit, &out->price.unit) ? NULL : "its unit is not the price list's";
	return 0;
}

/* An id that all regions share may be looked up in any, where the row says so by "global". */
static int listed_price(struct invoice_prices *prices, const struct sku_row *row, struct item_price *out,
			struct err *err)
{
	const struct price_list *list;
	bool global = strcmp(row->region, "global") == 0;
	const char *region = global ? first_region(prices, row->provider) : out->region;
	if (list_of(prices, row->provider, region, &list, err) < 0)
		return -1;
	out->unknown = "no price list for the region";
	if (!list)
		return 0;
	out->unknown = "not in the price list";
	const struct sku *sku = find_sku(list, row->family);
	return sku ? sku_price(prices, sku, row->provider == PROVIDER_GCP, out, err) : 0;
}

static int row_price(struct invoice_prices *prices, const struct sku_row *row, const struct invoice_item *item,
		     const char *tail, struct item_price *out, struct err *err)
{
	out->source = row->source;
	out->as_of = row->as_of;
	out->price.unit = row->unit;
	if (row->form == PRICE_INSTANCE)
		return instance_price(prices, row, item, tail ? tail : "", out, err);
	if (row->form == PRICE_SKU)
		return listed_price(prices, row, out, err);
	if (row->form != PRICE_FIXED)
		return rate_price(prices, row, out, err);
	out->price.tiers = row->tiers;
	out->price.n_tiers = row->n_tiers;
	out->unknown = NULL;
	return 0;
}

/* A name of our own lists: invoices that this program wrote, where what is free is a credit. */
static int own_price(struct invoice_prices *prices, const struct invoice_item *item, struct item_price *out,
		     struct err *err)
{
	const struct price_list *list;
	if (item->provider >= PROVIDER_COUNT)
		return 0;
	if (list_of(prices, item->provider, out->region, &list, err) < 0)
		return -1;
	const struct sku *sku = list ? find_sku(list, item->sku) : NULL;
	return sku ? sku_price(prices, sku, true, out, err) : 0;
}

int invoice_price_find(struct invoice_prices *prices, const struct invoice_item *item, struct item_price *out,
		       struct err *err)
{
	const char *tail;
	*out = (struct item_price){.unknown = "no public price known", .region = item_region(prices, item)};
	for (uint32_t i = 0; i < prices->n_rows; i++) {
		const struct sku_row *row = &prices->rows[i];
		if (row->provider != item->provider || !matches(row->sku, item->sku, &tail) ||
		    !matches(row->service, item->service, NULL))
			continue;
		if (strcmp(row->region, "global") == 0 || matches(row->region, out->region, NULL))
			return row_price(prices, row, item, tail, out, err);
		out->unknown = "no price for the region";
	}
	return own_price(prices, item, out, err);
}
