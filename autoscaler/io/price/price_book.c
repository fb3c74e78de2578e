#include "price.h"

#include "nearest.h"
#include "price_rows.h"
#include "visible.h"

static const char *const providers[PROVIDER_COUNT] = {"aws", "azure", "gcp"};

const char *provider_name(enum provider provider)
{
	return provider < PROVIDER_COUNT ? providers[provider] : "unknown";
}

const char *provider_below(enum provider provider, const char *text, char separator)
{
	const char *name = provider_name(provider);
	size_t length = strlen(name);
	return strncmp(text, name, length) == 0 && text[length] == separator ? text + length + 1 : NULL;
}

/* Nano-dollars an hour, to the nearest. Bounds of price_load.c: 1e8 x 1e15 x 2^30 stays below 2^127. */
static int64_t hourly(int64_t charged_milli, int64_t vcpu_nano, int64_t memory_bytes, int64_t gib_nano)
{
	wide_t sum = (wide_t)charged_milli * vcpu_nano * GIB + (wide_t)memory_bytes * gib_nano * 1000;
	wide_t unit = (wide_t)1000 * GIB;
	wide_t price = (sum + unit / 2) / unit;
	return price > INT64_MAX ? INT64_MAX : (int64_t)price;
}

enum {
	NAME,
	FAMILY,
	CLASS,
	ARCH,
	VCPU,
	MEMORY,
	GPUS,
	CHARGED,
	RATE,
	GIB_RATE,
	SPOT_RATE,
	SPOT_GIB_RATE,
	SOURCE,
	AS_OF
};
static const char select_types[] =
    "SELECT name, family, class, arch, vcpu_milli, memory_bytes, gpus, charged_milli, vcpu_nano, gib_nano, "
    "spot_vcpu_nano, spot_gib_nano, source, as_of, count(*) OVER () FROM type WHERE provider = ?1 AND region = ?2 "
    "ORDER BY name";

static int read_type(struct price_rows *rows, const struct price_book *book, const struct instance_type *before,
		     struct instance_type *type)
{
	int64_t charged = rows_integer(rows, CHARGED), memory = rows_integer(rows, MEMORY);
	bool spot = !rows_null(rows, SPOT_RATE) && !rows_null(rows, SPOT_GIB_RATE);
	*type = (struct instance_type){
	    .provider = book->provider,
	    .region = book->region,
	    .name = rows_text(rows, NAME),
	    .family = rows_text(rows, FAMILY),
	    .arch = rows_shared_text(rows, ARCH, before ? before->arch : NULL),
	    .class = rows_shared_text(rows, CLASS, before ? before->class : NULL),
	    .source = rows_shared_text(rows, SOURCE, before ? before->source : NULL),
	    .as_of = rows_shared_text(rows, AS_OF, before ? before->as_of : NULL),
	    .vcpu_milli = rows_integer(rows, VCPU),
	    .memory_bytes = memory,
	    .gpus = rows_integer(rows, GPUS),
	    .price_nano_per_hour = hourly(charged, rows_integer(rows, RATE), memory, rows_integer(rows, GIB_RATE)),
	    .spot_nano_per_hour =
		spot ? hourly(charged, rows_integer(rows, SPOT_RATE), memory, rows_integer(rows, SPOT_GIB_RATE)) : -1,
	    .charged_milli = rows_integer(rows, VCPU),
	};
	if (rows_integer(rows, GIB_RATE) > 0) {
		type->charged_milli = charged;
		type->vcpu_nano_per_hour = rows_integer(rows, RATE);
		type->gib_nano_per_hour = rows_integer(rows, GIB_RATE);
	}
	if (!type->name || !type->family || !type->arch || !type->class || !type->source || !type->as_of)
		return rows_out_of_memory(rows);
	type->general_purpose = strcmp(type->class, "general") == 0;
	return 0;
}

static int collect_types(struct price_rows *rows, struct price_book *book)
{
	int got;
	while ((got = rows_next(rows)) > 0) {
		int64_t total = rows_integer(rows, AS_OF + 1);
		if (!book->types)
			book->types = arena_alloc(rows->arena, (size_t)total, sizeof *book->types);
		if (!book->types)
			return rows_out_of_memory(rows);
		struct instance_type *type = &book->types[book->n_types];
		if (read_type(rows, book, book->n_types ? type - 1 : NULL, type) < 0)
			return -1;
		book->n_types++;
	}
	return got;
}

static int read_types(struct price_rows *rows, struct price_book *book, const char *region)
{
	if (rows_begin(rows, select_types, provider_name(book->provider), region) < 0)
		return -1;
	return rows_end(rows, collect_types(rows, book));
}

/* The fees a region must have. A named region comes after '*' and so wins. */
enum fee { CONTROL_PLANE, BOOT_DISK, BOOT_DISK_SIZE, MIN_CHARGE, FEE_COUNT };
static const char *const fee_items[FEE_COUNT] = {"control_plane", "boot_disk", "boot_disk_size", "min_charge"};
static const char select_fees[] = "SELECT item, value_nano, name FROM fee WHERE provider = ?1 AND region IN ('*', ?2) "
				  "ORDER BY region = ?2";

static void read_fee(struct price_rows *rows, struct region_fees *fees, bool *seen)
{
	const char *item = (const char *)sqlite3_column_text(rows->statement, 0);
	int64_t nano = rows_integer(rows, 1);
	int64_t which = name_index(item, fee_items, FEE_COUNT);
	if (which < 0)
		return;
	seen[which] = true;
	if (which == CONTROL_PLANE) {
		fees->control_plane_nano_per_hour = nano;
		fees->control_plane_name = rows_text(rows, 2);
	} else if (which == BOOT_DISK) {
		fees->disk_nano_per_gib_month = nano;
		fees->disk_name = rows_text(rows, 2);
	} else if (which == BOOT_DISK_SIZE) {
		fees->default_disk_gib = nano / NANO;
	} else {
		fees->min_charge_ms = nano / (NANO / SECOND_MS);
	}
}

static int collect_fees(struct price_rows *rows, struct price_book *book)
{
	bool seen[FEE_COUNT] = {false};
	int got;
	while ((got = rows_next(rows)) > 0)
		read_fee(rows, &book->fees, seen);
	if (got < 0)
		return -1;
	for (size_t i = 0; i < FEE_COUNT; i++)
		if (!seen[i])
			return err_set(rows->err, "fees.csv: no %s for %s", fee_items[i], book->region);
	if (!book->fees.control_plane_name || !book->fees.disk_name)
		return rows_out_of_memory(rows);
	book->fees.currency = "USD";
	return 0;
}

static int read_fees(struct price_rows *rows, struct price_book *book, const char *region)
{
	if (rows_begin(rows, select_fees, provider_name(book->provider), region) < 0)
		return -1;
	return rows_end(rows, collect_fees(rows, book));
}

static const char select_regions[] =
    "SELECT provider || '/' || region, count(*), min(as_of), max(as_of), "
    "(SELECT group_concat(s, '; ') FROM (SELECT DISTINCT source s FROM type u WHERE u.provider = t.provider AND "
    "u.region = t.region ORDER BY s)), count(*) OVER () FROM type t GROUP BY provider, region ORDER BY 1";

static int collect_regions(struct price_rows *rows, struct price_region **regions, uint32_t *n)
{
	int got;
	*n = 0;
	*regions = NULL;
	while ((got = rows_next(rows)) > 0) {
		if (!*regions)
			*regions = arena_alloc(rows->arena, (size_t)rows_integer(rows, 5), sizeof **regions);
		if (!*regions)
			return rows_out_of_memory(rows);
		struct price_region *region = &(*regions)[(*n)++];
		*region = (struct price_region){rows_text(rows, 0), (uint32_t)rows_integer(rows, 1), rows_text(rows, 2),
						rows_text(rows, 3), rows_text(rows, 4)};
		if (!region->name || !region->oldest || !region->newest || !region->sources)
			return rows_out_of_memory(rows);
	}
	return got;
}

static int read_regions(struct price_rows *rows, struct price_region **regions, uint32_t *n)
{
	if (rows_begin(rows, select_regions, NULL, NULL) < 0)
		return -1;
	return rows_end(rows, collect_regions(rows, regions, n));
}

int price_regions_read(const char *data_directory, struct arena *arena, struct price_region **regions, uint32_t *n,
		       struct err *err)
{
	struct price_rows rows = {.arena = arena, .err = err};
	if (price_load(data_directory, PRICE_TYPES, &rows.db, err) < 0)
		return -1;
	int status = read_regions(&rows, regions, n);
	sqlite3_close(rows.db);
	return status;
}

static int unknown_region(struct price_rows *rows, const char *region)
{
	struct price_region *known;
	uint32_t n;
	if (read_regions(rows, &known, &n) < 0)
		return -1;
	if (n == 0)
		return err_set(rows->err, "the price lists are empty");
	const char *names[128];
	size_t most = n < COUNT(names) ? n : COUNT(names);
	for (size_t i = 0; i < most; i++)
		names[i] = known[i].name;
	return err_set(rows->err, "unknown region '%s'; did you mean '%s'? `plimsoll price` lists all %u",
		       visible(region, strlen(region), 60).text, nearest(region, names, most), n);
}

/* Splits "aws/us-east-1"; NULL when the provider is not known. */
static const char *split_region(const char *name, enum provider *provider)
{
	const char *region = NULL;
	for (int i = 0; i < PROVIDER_COUNT && !region; i++) {
		*provider = (enum provider)i;
		region = provider_below(*provider, name, '/');
	}
	return region;
}

static int read_book(struct price_rows *rows, const char *name, struct price_book *book)
{
	const char *region = split_region(name, &book->provider);
	if (!region)
		return unknown_region(rows, name);
	book->region = arena_strdup(rows->arena, name);
	if (!book->region)
		return rows_out_of_memory(rows);
	if (read_types(rows, book, region) < 0)
		return -1;
	if (book->n_types == 0)
		return unknown_region(rows, name);
	return read_fees(rows, book, region);
}

int price_book_read(const char *data_directory, const char *region, struct price_book *book, struct err *err)
{
	*book = (struct price_book){0};
	struct price_rows rows = {.arena = &book->arena, .err = err};
	if (price_load(data_directory, PRICE_TYPES, &rows.db, err) < 0)
		return -1;
	int status = read_book(&rows, region, book);
	sqlite3_close(rows.db);
	if (status < 0)
		price_book_free(book);
	return status;
}

void price_book_free(struct price_book *book)
{
	arena_free(&book->arena);
	*book = (struct price_book){0};
}

static int unknown_type(const struct price_book *book, const char *name, struct err *err)
{
	struct nearest_search search = {.word = name};
	for (uint32_t i = 0; i < book->n_types; i++)
		nearest_try(&search, book->types[i].name);
	return err_set(err, "unknown instance type '%s' in %s; did you mean '%s'? `plimsoll price %s` lists all %u",
		       visible(name, strlen(name), 60).text, book->region, search.best ? search.best : "", book->region,
		       book->n_types);
}

int price_book_find(const struct price_book *book, const char *name, const struct instance_type **type, struct err *err)
{
	uint32_t low = 0, high = book->n_types;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(name, book->types[middle].name);
		if (order == 0) {
			*type = &book->types[middle];
			return 0;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return unknown_type(book, name, err);
}
