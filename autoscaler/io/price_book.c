#include "price.h"

#include "decimal.h"
#include "nearest.h"
#include "price_load.h"
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

/* An open database, the statement being read and where results go. */
struct reader {
	sqlite3 *db;
	sqlite3_stmt *rows;
	struct arena *arena;
	struct err *err;
};

static int prepare(struct reader *reader, const char *sql)
{
	if (sqlite3_prepare_v2(reader->db, sql, -1, &reader->rows, NULL) == SQLITE_OK)
		return 0;
	return err_set(reader->err, "price lists: %s", sqlite3_errmsg(reader->db));
}

/* 1: a row; 0: no more. */
static int next_row(struct reader *reader)
{
	int status = sqlite3_step(reader->rows);
	if (status == SQLITE_ROW)
		return 1;
	if (status == SQLITE_DONE)
		return 0;
	return err_set(reader->err, "price lists: %s", sqlite3_errmsg(reader->db));
}

static int done(struct reader *reader, int status)
{
	sqlite3_finalize(reader->rows);
	reader->rows = NULL;
	return status;
}

static int out_of_memory(struct reader *reader)
{
	return err_set(reader->err, "price lists: out of memory");
}

static const char *text_of(struct reader *reader, int column)
{
	const char *text = (const char *)sqlite3_column_text(reader->rows, column);
	return arena_strdup(reader->arena, text ? text : "");
}

static bool is_null(struct reader *reader, int column)
{
	return sqlite3_column_type(reader->rows, column) == SQLITE_NULL;
}

static int64_t integer(struct reader *reader, int column)
{
	return sqlite3_column_int64(reader->rows, column);
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

/* Neighbouring rows often share a source: keep one copy. */
static const char *shared_text(struct reader *reader, int column, const char *before)
{
	const char *text = (const char *)sqlite3_column_text(reader->rows, column);
	return before && text && strcmp(before, text) == 0 ? before : text_of(reader, column);
}

static int read_type(struct reader *reader, const struct price_book *book, const struct instance_type *before,
		     struct instance_type *type)
{
	int64_t charged = integer(reader, CHARGED), memory = integer(reader, MEMORY);
	bool spot = !is_null(reader, SPOT_RATE) && !is_null(reader, SPOT_GIB_RATE);
	*type = (struct instance_type){
	    .provider = book->provider,
	    .region = book->region,
	    .name = text_of(reader, NAME),
	    .family = text_of(reader, FAMILY),
	    .arch = shared_text(reader, ARCH, before ? before->arch : NULL),
	    .class = shared_text(reader, CLASS, before ? before->class : NULL),
	    .source = shared_text(reader, SOURCE, before ? before->source : NULL),
	    .as_of = shared_text(reader, AS_OF, before ? before->as_of : NULL),
	    .vcpu_milli = integer(reader, VCPU),
	    .memory_bytes = memory,
	    .gpus = integer(reader, GPUS),
	    .price_nano_per_hour = hourly(charged, integer(reader, RATE), memory, integer(reader, GIB_RATE)),
	    .spot_nano_per_hour =
		spot ? hourly(charged, integer(reader, SPOT_RATE), memory, integer(reader, SPOT_GIB_RATE)) : -1,
	    .charged_milli = integer(reader, VCPU),
	};
	if (integer(reader, GIB_RATE) > 0) {
		type->charged_milli = charged;
		type->vcpu_nano_per_hour = integer(reader, RATE);
		type->gib_nano_per_hour = integer(reader, GIB_RATE);
	}
	if (!type->name || !type->family || !type->arch || !type->class || !type->source || !type->as_of)
		return out_of_memory(reader);
	type->general_purpose = strcmp(type->class, "general") == 0;
	return 0;
}

static void bind_place(struct reader *reader, const char *provider, const char *region)
{
	sqlite3_bind_text(reader->rows, 1, provider, -1, SQLITE_STATIC);
	sqlite3_bind_text(reader->rows, 2, region, -1, SQLITE_STATIC);
}

static int collect_types(struct reader *reader, struct price_book *book)
{
	int got;
	while ((got = next_row(reader)) > 0) {
		int64_t total = integer(reader, AS_OF + 1);
		if (!book->types)
			book->types = arena_alloc(reader->arena, (size_t)total, sizeof *book->types);
		if (!book->types)
			return out_of_memory(reader);
		struct instance_type *type = &book->types[book->n_types];
		if (read_type(reader, book, book->n_types ? type - 1 : NULL, type) < 0)
			return -1;
		book->n_types++;
	}
	return got;
}

static int read_types(struct reader *reader, struct price_book *book, const char *region)
{
	if (prepare(reader, select_types) < 0)
		return -1;
	bind_place(reader, provider_name(book->provider), region);
	return done(reader, collect_types(reader, book));
}

/* The fees a region must have. A named region comes after '*' and so wins. */
enum fee { CONTROL_PLANE, BOOT_DISK, BOOT_DISK_SIZE, MIN_CHARGE, FEE_COUNT };
static const char *const fee_items[FEE_COUNT] = {"control_plane", "boot_disk", "boot_disk_size", "min_charge"};
static const char select_fees[] = "SELECT item, value_nano, name FROM fee WHERE provider = ?1 AND region IN ('*', ?2) "
				  "ORDER BY region = ?2";

static void read_fee(struct reader *reader, struct region_fees *fees, bool *seen)
{
	const char *item = (const char *)sqlite3_column_text(reader->rows, 0);
	int64_t nano = integer(reader, 1);
	int64_t which = name_index(item, fee_items, FEE_COUNT);
	if (which < 0)
		return;
	seen[which] = true;
	if (which == CONTROL_PLANE) {
		fees->control_plane_nano_per_hour = nano;
		fees->control_plane_name = text_of(reader, 2);
	} else if (which == BOOT_DISK) {
		fees->disk_nano_per_gib_month = nano;
		fees->disk_name = text_of(reader, 2);
	} else if (which == BOOT_DISK_SIZE) {
		fees->default_disk_gib = nano / NANO;
	} else {
		fees->min_charge_ms = nano / (NANO / SECOND_MS);
	}
}

static int collect_fees(struct reader *reader, struct price_book *book)
{
	bool seen[FEE_COUNT] = {false};
	int got;
	while ((got = next_row(reader)) > 0)
		read_fee(reader, &book->fees, seen);
	if (got < 0)
		return -1;
	for (size_t i = 0; i < FEE_COUNT; i++)
		if (!seen[i])
			return err_set(reader->err, "fees.csv: no %s for %s", fee_items[i], book->region);
	if (!book->fees.control_plane_name || !book->fees.disk_name)
		return out_of_memory(reader);
	book->fees.currency = "USD";
	return 0;
}

static int read_fees(struct reader *reader, struct price_book *book, const char *region)
{
	if (prepare(reader, select_fees) < 0)
		return -1;
	bind_place(reader, provider_name(book->provider), region);
	return done(reader, collect_fees(reader, book));
}

static const char select_regions[] =
    "SELECT provider || '/' || region, count(*), min(as_of), max(as_of), "
    "(SELECT group_concat(s, '; ') FROM (SELECT DISTINCT source s FROM type u WHERE u.provider = t.provider AND "
    "u.region = t.region ORDER BY s)), count(*) OVER () FROM type t GROUP BY provider, region ORDER BY 1";

static int collect_regions(struct reader *reader, struct price_region **regions, uint32_t *n)
{
	int got;
	*n = 0;
	*regions = NULL;
	while ((got = next_row(reader)) > 0) {
		if (!*regions)
			*regions = arena_alloc(reader->arena, (size_t)integer(reader, 5), sizeof **regions);
		if (!*regions)
			return out_of_memory(reader);
		struct price_region *region = &(*regions)[(*n)++];
		*region = (struct price_region){text_of(reader, 0), (uint32_t)integer(reader, 1), text_of(reader, 2),
						text_of(reader, 3), text_of(reader, 4)};
		if (!region->name || !region->oldest || !region->newest || !region->sources)
			return out_of_memory(reader);
	}
	return got;
}

static int read_regions(struct reader *reader, struct price_region **regions, uint32_t *n)
{
	if (prepare(reader, select_regions) < 0)
		return -1;
	return done(reader, collect_regions(reader, regions, n));
}

int price_regions_read(const char *data_directory, struct arena *arena, struct price_region **regions, uint32_t *n,
		       struct err *err)
{
	struct reader reader = {.arena = arena, .err = err};
	if (price_load(data_directory, PRICE_TYPES, &reader.db, err) < 0)
		return -1;
	int status = read_regions(&reader, regions, n);
	sqlite3_close(reader.db);
	return status;
}

static int unknown_region(struct reader *reader, const char *region)
{
	struct price_region *known;
	uint32_t n;
	if (read_regions(reader, &known, &n) < 0)
		return -1;
	if (n == 0)
		return err_set(reader->err, "the price lists are empty");
	const char *names[128];
	size_t most = n < COUNT(names) ? n : COUNT(names);
	for (size_t i = 0; i < most; i++)
		names[i] = known[i].name;
	return err_set(reader->err, "unknown region '%s'; did you mean '%s'? `plimsoll price` lists all %u",
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

static int read_book(struct reader *reader, const char *name, struct price_book *book)
{
	const char *region = split_region(name, &book->provider);
	if (!region)
		return unknown_region(reader, name);
	book->region = arena_strdup(reader->arena, name);
	if (!book->region)
		return out_of_memory(reader);
	if (read_types(reader, book, region) < 0)
		return -1;
	if (book->n_types == 0)
		return unknown_region(reader, name);
	return read_fees(reader, book, region);
}

int price_book_read(const char *data_directory, const char *region, struct price_book *book, struct err *err)
{
	*book = (struct price_book){0};
	struct reader reader = {.arena = &book->arena, .err = err};
	if (price_load(data_directory, PRICE_TYPES, &reader.db, err) < 0)
		return -1;
	int status = read_book(&reader, region, book);
	sqlite3_close(reader.db);
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
