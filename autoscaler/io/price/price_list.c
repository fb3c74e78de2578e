#include "billing.h"

#include "calendar.h"
#include "nearest.h"
#include "price_rows.h"
#include "visible.h"

/* What a region sells: the instance types of its price book first, in their order, then the rest by id and date. */

struct reader {
	struct price_rows rows;
	struct price_list *list;
	const char *provider, *region;
	size_t skus_room, rates_room;
};

static int out_of_memory(const struct reader *reader)
{
	return rows_out_of_memory(&reader->rows);
}

static struct sku *add_sku(struct reader *reader)
{
	struct price_list *list = reader->list;
	struct sku *skus = arena_grown(&list->arena, list->skus, list->n_skus, &reader->skus_room, sizeof *skus);
	if (!skus)
		return NULL;
	list->skus = skus;
	return &skus[list->n_skus++];
}

static int add_rate(struct reader *reader, const struct commitment_rate *rate)
{
	struct price_list *list = reader->list;
	struct commitment_rate *rates =
	    arena_grown(&list->arena, list->rates, list->n_rates, &reader->rates_room, sizeof *rates);
	if (!rates)
		return out_of_memory(reader);
	list->rates = rates;
	rates[list->n_rates++] = *rate;
	return 0;
}

static int64_t integer(const struct reader *reader, int column)
{
	return rows_integer(&reader->rows, column);
}

static const char *text_of(const struct reader *reader, int column)
{
	return rows_text(&reader->rows, column);
}

/* ---- SKUs ---- */

static int add_types(struct reader *reader)
{
	struct price_list *list = reader->list;
	struct price_tier *tiers = arena_alloc(&list->arena, list->book.n_types, sizeof *tiers);
	if (!tiers)
		return out_of_memory(reader);
	for (uint32_t i = 0; i < list->book.n_types; i++) {
		const struct instance_type *type = &list->book.types[i];
		struct sku *sku = add_sku(reader);
		if (!sku)
			return out_of_memory(reader);
		tiers[i].price_nano = type->price_nano_per_hour;
		*sku = (struct sku){.id = type->name,
				    .name = type->name,
				    .unit = "hour",
				    .rule = SKU_INSTANCE,
				    .type = type,
				    .tiers = &tiers[i],
				    .n_tiers = 1,
				    .spot_nano = type->spot_nano_per_hour,
				    .valid_from = MS_UNSET,
				    .min_charge_ms = list->book.fees.min_charge_ms,
				    .source = type->source,
				    .as_of = type->as_of};
	}
	return 0;
}

/* A row of a region hides those of all regions ('*') of the same id; the fees that every cluster has (control plane,
 * boot disk) are for sale too, unless skus.csv says more about them. */
enum { ID, NAME, UNIT, RULE, TIER_FROM, PRICE, FREE, MIN_CHARGE, VALID_FROM, SOURCE, AS_OF };
static const char select_skus[] =
    "SELECT id, name, unit, rule, tier_from, price_nano, free, min_charge_s, valid_from, source, as_of FROM sku s "
    "WHERE provider = ?1 AND (region = ?2 OR (region = '*' AND NOT EXISTS (SELECT 1 FROM sku t WHERE "
    " t.provider = ?1 AND t.region = ?2 AND t.id = s.id))) "
    "UNION ALL "
    "SELECT name, name, iif(item = 'control_plane', 'hour', 'GiB-month'), iif(item = 'control_plane', ?3, ?4), 0, "
    " value_nano, 0, 0, ?5, source, as_of FROM fee f "
    "WHERE provider = ?1 AND item IN ('control_plane', 'boot_disk') AND (region = ?2 OR (region = '*' AND NOT EXISTS "
    " (SELECT 1 FROM fee g WHERE g.provider = ?1 AND g.region = ?2 AND g.item = f.item))) AND NOT EXISTS "
    " (SELECT 1 FROM sku WHERE provider = ?1 AND region IN ('*', ?2) AND id = f.name) "
    "ORDER BY 1, 9, 5";

static int fill_sku(struct reader *reader, struct sku *sku, struct price_tier *tier)
{
	*sku = (struct sku){.id = text_of(reader, ID),
			    .name = text_of(reader, NAME),
			    .unit = text_of(reader, UNIT),
			    .rule = (enum sku_rule)integer(reader, RULE),
			    .tiers = tier,
			    .n_tiers = 1,
			    .spot_nano = -1,
			    .free_per_month = integer(reader, FREE),
			    .min_charge_ms = integer(reader, MIN_CHARGE) * SECOND_MS,
			    .valid_from = (ms_t)integer(reader, VALID_FROM),
			    .source = text_of(reader, SOURCE),
			    .as_of = text_of(reader, AS_OF)};
	if (!sku->id || !sku->name || !sku->unit || !sku->source || !sku->as_of)
		return out_of_memory(reader);
	if (tier->from != 0)
		return err_set(reader->rows.err, "skus.csv: the first tier of '%s' must begin at 0", sku->id);
	return 0;
}

/* A row is a further tier of the SKU before it, or a SKU. Tiers of one SKU lie one after the other. */
static int take_sku_row(struct reader *reader, struct price_tier *tier)
{
	struct price_list *list = reader->list;
	const char *id = (const char *)sqlite3_column_text(reader->rows.statement, ID);
	struct sku *last = list->n_skus > list->book.n_types ? &list->skus[list->n_skus - 1] : NULL;
	*tier = (struct price_tier){integer(reader, TIER_FROM), integer(reader, PRICE)};
	if (last && id && strcmp(last->id, id) == 0 && last->valid_from == (ms_t)integer(reader, VALID_FROM)) {
		last->n_tiers++;
		return 0;
	}
	struct sku *sku = add_sku(reader);
	return sku ? fill_sku(reader, sku, tier) : out_of_memory(reader);
}

static int count_rows(struct reader *reader)
{
	int n = 0, got;
	while ((got = rows_next(&reader->rows)) > 0)
		n++;
	sqlite3_reset(reader->rows.statement);
	return got < 0 ? -1 : n;
}

static int take_sku_rows(struct reader *reader)
{
	int n = count_rows(reader), got = 1;
	struct price_tier *tiers = n < 0 ? NULL : arena_alloc(&reader->list->arena, (size_t)n, sizeof *tiers);
	if (n < 0 || !tiers)
		return n < 0 ? -1 : out_of_memory(reader);
	for (int i = 0; i < n && (got = rows_next(&reader->rows)) > 0; i++)
		if (take_sku_row(reader, &tiers[i]) < 0)
			return -1;
	return got < 0 ? -1 : 0;
}

static int read_skus(struct reader *reader)
{
	if (add_types(reader) < 0 || rows_begin(&reader->rows, select_skus, reader->provider, reader->region) < 0)
		return -1;
	sqlite3_bind_int(reader->rows.statement, 3, SKU_HOUR);
	sqlite3_bind_int(reader->rows.statement, 4, SKU_DISK);
	sqlite3_bind_int64(reader->rows.statement, 5, MS_UNSET);
	return rows_end(&reader->rows, take_sku_rows(reader));
}

/* ---- rates of commitments ---- */

/* One price of a row of a provider's table. */
struct offer {
	enum commitment_kind kind;
	int32_t term_months;
	enum payment payment;
};

struct rate_row {
	uint32_t sku;
	enum offering offering;
	const char *name, *source, *as_of;
	const char *derived; /* source of what is derived from another offer's price */
};

static int add_price(struct reader *reader, const struct rate_row *row, const struct offer *offer, int column)
{
	if (rows_null(&reader->rows, column))
		return 0;
	struct commitment_rate rate = {.kind = offer->kind,
				       .sku = row->sku,
				       .family = reader->list->skus[row->sku].type->family,
				       .term_months = offer->term_months,
				       .payment = offer->payment,
				       .offering = offer->kind == COMMIT_RESERVED ? row->offering : OFFER_STANDARD,
				       .nano_per_hour = integer(reader, column),
				       .source = offer->kind == COMMIT_RESERVED ? row->source : row->derived,
				       .as_of = row->as_of};
	return add_rate(reader, &rate);
}

/* Savings plans are not in the table. AWS says that a compute plan saves as much as convertible reserved instances do
 * (up to 66 %) and an EC2 instance plan as much as standard ones (72 %): docs.aws.amazon.com/savingsplans, what-is. */
enum { AWS_NAME, AWS_OFFERING, AWS_PRICES, AWS_SOURCE = AWS_PRICES + 6, AWS_AS_OF };
static const char select_aws[] = "SELECT name, offering, no_1y, partial_1y, all_1y, no_3y, partial_3y, all_3y, source, "
				 "as_of FROM aws_rate WHERE region = ?1 ORDER BY name, offering";

static int take_aws(struct reader *reader, const struct rate_row *row)
{
	enum commitment_kind plan = row->offering == OFFER_STANDARD ? COMMIT_INSTANCE_SAVINGS : COMMIT_COMPUTE_SAVINGS;
	for (int i = 0; i < 6; i++) {
		struct offer offer = {COMMIT_RESERVED, i < 3 ? 12 : 36, (enum payment)(i % 3)};
		if (add_price(reader, row, &offer, AWS_PRICES + i) < 0)
			return -1;
		offer.kind = plan;
		if (add_price(reader, row, &offer, AWS_PRICES + i) < 0)
			return -1;
	}
	return 0;
}

/* Azure takes the price of a reservation, and of a savings plan, at once or by the month, which costs the same. */
enum { AZURE_NAME, AZURE_PRICES, AZURE_SOURCE = AZURE_PRICES + 4, AZURE_AS_OF };
static const char select_azure[] = "SELECT name, reserved_1y, reserved_3y, savings_1y, savings_3y, source, as_of "
				   "FROM azure_rate WHERE region = ?1 ORDER BY name";

static int take_azure(struct reader *reader, const struct rate_row *row)
{
	static const enum payment payments[] = {PAY_NO_UPFRONT, PAY_ALL_UPFRONT};
	for (int i = 0; i < 4; i++)
		for (size_t p = 0; p < COUNT(payments); p++) {
			struct offer offer = {i < 2 ? COMMIT_RESERVED : COMMIT_COMPUTE_SAVINGS, i % 2 ? 36 : 12,
					      payments[p]};
			if (add_price(reader, row, &offer, AZURE_PRICES + i) < 0)
				return -1;
		}
	return 0;
}

static const char *joined(struct reader *reader, const char *first, const char *second)
{
	size_t n = strlen(first) + strlen(second) + 1;
	char *text = arena_alloc(&reader->list->arena, n, 1);
	if (text)
		snprintf(text, n, "%s%s", first, second);
	return text;
}

static const char *derivation(enum provider provider, enum offering offering)
{
	if (provider == PROVIDER_AZURE)
		return "";
	return offering == OFFER_STANDARD ? "price of a standard reserved instance; "
					  : "price of a convertible reserved instance; ";
}

static bool find_type(const struct price_list *list, const char *name, uint32_t *sku)
{
	uint32_t low = 0, high = list->book.n_types;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(name, list->skus[middle].id);
		if (order == 0) {
			*sku = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* Rows of one table of rates by type. A type the book does not have is left out. */
struct type_table {
	const char *select;
	int offering, source, as_of;
	int (*take)(struct reader *, const struct rate_row *);
};

static int read_row_head(struct reader *reader, const struct type_table *table, struct rate_row *row,
			 struct rate_row *before)
{
	enum offering offering = table->offering < 0 ? OFFER_STANDARD : (enum offering)integer(reader, table->offering);
	struct rate_row *last = &before[offering];
	row->offering = offering;
	row->source = rows_shared_text(&reader->rows, table->source, last->source);
	row->as_of = rows_shared_text(&reader->rows, table->as_of, last->as_of);
	if (!row->source || !row->as_of)
		return out_of_memory(reader);
	row->derived = row->source == last->source
			   ? last->derived
			   : joined(reader, derivation(reader->list->book.provider, offering), row->source);
	*last = *row;
	return row->derived ? 0 : out_of_memory(reader);
}

static int read_type_rates(struct reader *reader, const struct type_table *table)
{
	struct rate_row row, before[2] = {{0}, {0}};
	int got;
	if (rows_begin(&reader->rows, table->select, reader->region, NULL) < 0)
		return -1;
	while ((got = rows_next(&reader->rows)) > 0) {
		const char *name = (const char *)sqlite3_column_text(reader->rows.statement, 0);
		if (!name || !find_type(reader->list, name, &row.sku))
			continue;
		if (read_row_head(reader, table, &row, before) < 0 || table->take(reader, &row) < 0)
			return -1;
	}
	return got;
}

/* Google publishes discounts; what they are off is in the table of unit rates. */
enum {
	GCP_FAMILY,
	GCP_VCPU,
	GCP_GIB,
	GCP_RESOURCE,
	GCP_FLEXIBLE = GCP_RESOURCE + 2,
	GCP_SOURCE = GCP_FLEXIBLE + 2,
	GCP_AS_OF
};
static const char select_gcp[] = "SELECT family, vcpu_nano, gib_nano, resource_1y, resource_3y, flexible_1y, "
				 "flexible_3y, source, as_of FROM gcp_rate WHERE region = ?1 ORDER BY family";

/* To the nearest. */
static int64_t less(int64_t nano, int64_t ppm)
{
	return (int64_t)(((wide_t)nano * (1000000 - ppm) + 500000) / 1000000);
}

static int take_gcp(struct reader *reader)
{
	const char *family = text_of(reader, GCP_FAMILY), *source = text_of(reader, GCP_SOURCE);
	const char *as_of = text_of(reader, GCP_AS_OF);
	if (!family || !source || !as_of)
		return out_of_memory(reader);
	for (int term = 0; term < 2; term++) {
		int64_t off = integer(reader, GCP_RESOURCE + term);
		struct commitment_rate resource = {.kind = COMMIT_RESOURCE,
						   .sku = UINT32_MAX,
						   .family = family,
						   .term_months = term ? 36 : 12,
						   .nano_per_hour = less(integer(reader, GCP_VCPU), off),
						   .memory_nano_per_hour = less(integer(reader, GCP_GIB), off),
						   .source = source,
						   .as_of = as_of};
		struct commitment_rate flexible = {.kind = COMMIT_FLEXIBLE,
						   .sku = UINT32_MAX,
						   .family = family,
						   .term_months = term ? 36 : 12,
						   .discount_ppm = integer(reader, GCP_FLEXIBLE + term),
						   .source = source,
						   .as_of = as_of};
		if (add_rate(reader, &resource) < 0 || add_rate(reader, &flexible) < 0)
			return -1;
	}
	return 0;
}

static int read_gcp_rates(struct reader *reader)
{
	int got;
	if (rows_begin(&reader->rows, select_gcp, reader->region, NULL) < 0)
		return -1;
	while ((got = rows_next(&reader->rows)) > 0)
		if (take_gcp(reader) < 0)
			return -1;
	return got;
}

static int read_rates(struct reader *reader)
{
	static const struct type_table tables[] = {
	    [PROVIDER_AWS] = {select_aws, AWS_OFFERING, AWS_SOURCE, AWS_AS_OF, take_aws},
	    [PROVIDER_AZURE] = {select_azure, -1, AZURE_SOURCE, AZURE_AS_OF, take_azure},
	};
	enum provider provider = reader->list->book.provider;
	int status = provider == PROVIDER_GCP ? read_gcp_rates(reader) : read_type_rates(reader, &tables[provider]);
	return rows_end(&reader->rows, status);
}

int price_list_read(const char *data_directory, const char *region, struct price_list *list, struct err *err)
{
	*list = (struct price_list){0};
	struct reader reader = {.rows = {.arena = &list->arena, .err = err}, .list = list};
	if (price_book_read(data_directory, region, &list->book, err) < 0)
		return -1;
	list->currency = list->book.fees.currency;
	reader.provider = provider_name(list->book.provider);
	reader.region = strchr(list->book.region, '/') + 1;
	int status = price_load(data_directory, PRICE_SKUS, &reader.rows.db, err);
	if (status == 0 && (read_skus(&reader) < 0 || read_rates(&reader) < 0))
		status = -1;
	sqlite3_close(reader.rows.db);
	if (status < 0)
		price_list_free(list);
	return status;
}

void price_list_free(struct price_list *list)
{
	price_book_free(&list->book);
	arena_free(&list->arena);
	*list = (struct price_list){0};
}

/* ---- finding ---- */

static int unknown_sku(const struct price_list *list, const char *id, struct err *err)
{
	struct nearest_search search = {.word = id};
	for (uint32_t i = 0; i < list->n_skus; i++)
		nearest_try(&search, list->skus[i].id);
	return err_set(err, "unknown SKU '%s' in %s; did you mean '%s'?", visible(id, strlen(id), 60).text,
		       list->book.region, search.best ? search.best : "");
}

static int not_yet_sold(const struct price_list *list, const struct sku *sku, struct err *err)
{
	char date[CALENDAR_TEXT];
	calendar_format(sku->valid_from, date);
	return err_set(err, "'%s' has a price in %s from %.10s on only", sku->id, list->book.region, date);
}

/* First of the SKUs beside instance types whose id is not before this one. */
static uint32_t lower_bound(const struct price_list *list, const char *id)
{
	uint32_t low = list->book.n_types, high = list->n_skus;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (strcmp(list->skus[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int price_list_find(const struct price_list *list, const char *id, ms_t at, uint32_t *sku, struct err *err)
{
	if (find_type(list, id, sku))
		return 0;
	uint32_t first = lower_bound(list, id), last = first;
	if (first == list->n_skus || strcmp(list->skus[first].id, id) != 0)
		return unknown_sku(list, id, err);
	if (list->skus[first].valid_from > at)
		return not_yet_sold(list, &list->skus[first], err);
	while (last + 1 < list->n_skus && strcmp(list->skus[last + 1].id, id) == 0 &&
	       list->skus[last + 1].valid_from <= at)
		last++;
	*sku = last;
	return 0;
}
