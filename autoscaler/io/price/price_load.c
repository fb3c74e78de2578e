#include "price_load.h"

#include "../text/csv.h"
#include "../text/datadir.h"
#include "../text/decimal.h"
#include "../text/instant.h"
#include "../text/path.h"
#include "billing.h"
#include "nearest.h"
#include "visible.h"

static const char schema[] =
    "PRAGMA journal_mode = OFF;"
    "CREATE TABLE instance(provider TEXT, region TEXT, name TEXT, family TEXT, class TEXT, arch TEXT, vcpu_milli, "
    " memory_bytes, gpus, price_nano, spot_nano, source TEXT, as_of TEXT, PRIMARY KEY(provider, region, name)) "
    " WITHOUT ROWID;"
    "CREATE TABLE unit_rate(provider TEXT, region TEXT, family TEXT, vcpu_nano, gib_nano, spot_vcpu_nano, "
    " spot_gib_nano, source TEXT, as_of TEXT, PRIMARY KEY(provider, region, family)) WITHOUT ROWID;"
    "CREATE TABLE machine(provider TEXT, name TEXT, family TEXT, class TEXT, arch TEXT, vcpu_milli, charged_milli, "
    " memory_bytes, PRIMARY KEY(provider, name)) WITHOUT ROWID;"
    "CREATE TABLE fee(provider TEXT, region TEXT, item TEXT, name TEXT, value_nano, unit TEXT, source TEXT, "
    " as_of TEXT, confidence TEXT, PRIMARY KEY(provider, region, item)) WITHOUT ROWID;"
    "CREATE VIEW type AS "
    " SELECT provider, region, name, family, class, arch, vcpu_milli, memory_bytes, gpus, 1000 AS charged_milli,"
    "  price_nano AS vcpu_nano, 0 AS gib_nano, spot_nano AS spot_vcpu_nano, 0 AS spot_gib_nano, source, as_of "
    " FROM instance UNION ALL "
    " SELECT r.provider, r.region, m.name, m.family, m.class, m.arch, m.vcpu_milli, m.memory_bytes, 0,"
    "  m.charged_milli, r.vcpu_nano, r.gib_nano, r.spot_vcpu_nano, r.spot_gib_nano, r.source, r.as_of "
    " FROM unit_rate r JOIN machine m ON m.provider = r.provider AND m.family = r.family;"
    "CREATE TABLE sku(provider TEXT, region TEXT, id TEXT, name TEXT, unit TEXT, rule, tier_from, price_nano, free, "
    " min_charge_s, valid_from, source TEXT, as_of TEXT, PRIMARY KEY(provider, region, id, valid_from, tier_from)) "
    "WITHOUT ROWID;"
    "CREATE TABLE aws_rate(region TEXT, name TEXT, offering, no_1y, partial_1y, all_1y, no_3y, partial_3y, all_3y, "
    " source TEXT, as_of TEXT, PRIMARY KEY(region, name, offering)) WITHOUT ROWID;"
    "CREATE TABLE azure_rate(region TEXT, name TEXT, reserved_1y, reserved_3y, savings_1y, savings_3y, source TEXT, "
    " as_of TEXT, PRIMARY KEY(region, name)) WITHOUT ROWID;"
    "CREATE TABLE gcp_discount(family TEXT PRIMARY KEY, resource_1y, resource_3y, flexible_1y, flexible_3y, "
    " source TEXT, as_of TEXT) WITHOUT ROWID;"
    "CREATE VIEW gcp_rate AS SELECT r.region, r.family, r.vcpu_nano, r.gib_nano, d.resource_1y, d.resource_3y,"
    "  d.flexible_1y, d.flexible_3y, d.source, d.as_of "
    " FROM unit_rate r JOIN gcp_discount d ON d.family = r.family;"
    "BEGIN;";

/* How the text of a column becomes a value, and the largest that is plausible. */
enum kind { TEXT, CLASS, USD, USD_OR_NONE, CPU, MEMORY, NUMBER, UNITS, SHARE, RULE, OFFERING, DATE_OR_NONE };
static const struct {
	const char *allowed;
	int64_t max_nano;
} kinds[] = {
    [TEXT] = {"text", 0},
    [CLASS] = {"general, burstable, compute, memory, gpu or other", 0},
    [USD] = {"US dollars, 0 to 1000000 with at most 9 decimals", 1000000 * NANO},
    [USD_OR_NONE] = {"US dollars, 0 to 1000000 with at most 9 decimals, or nothing", 1000000 * NANO},
    [CPU] = {"vCPUs, 0.001 to 100000 with at most 3 decimals", 100000 * NANO},
    [MEMORY] = {"GiB, above 0 to 1000000 with at most 9 decimals", 1000000 * NANO},
    [NUMBER] = {"a whole number from 0 to 1000000", 1000000 * NANO},
    [UNITS] = {"a whole number from 0 to 1000000000, or nothing", 1000000000 * NANO},
    [SHARE] = {"a fraction from 0 to 1 with at most 6 decimals", NANO},
    [RULE] = {"hour, disk, quantity, pod-vcpu or pod-memory", 0},
    [OFFERING] = {"standard or convertible", 0},
    [DATE_OR_NONE] = {"a date such as 2024-02-01, or nothing", 0},
};

struct column {
	const char *name;
	enum kind kind;
};

/* A list: its file, the statement that takes its columns in their order, and how many of them name a row. */
struct list {
	const char *file, *insert;
	unsigned lists; /* enum price_lists: those it belongs to */
	size_t keys;
	struct column columns[13];
};

#define INSTANCE_COLUMNS                                                                                               \
	{                                                                                                              \
		{"region", TEXT}, {"type", TEXT}, {"family", TEXT}, {"class", CLASS}, {"arch", TEXT}, {"vcpu", CPU},   \
		    {"memory_gib", MEMORY}, {"gpus", NUMBER}, {"usd_per_hour", USD},                                   \
		    {"spot_usd_per_hour", USD_OR_NONE}, {"source", TEXT}, {"as_of", TEXT},                             \
	}

static const struct list lists[] = {
    {"aws_instances.csv", "INSERT INTO instance VALUES('aws',?,?,?,?,?,?,?,?,?,?,?,?)", PRICE_TYPES, 2,
     INSTANCE_COLUMNS},
    {"azure_instances.csv", "INSERT INTO instance VALUES('azure',?,?,?,?,?,?,?,?,?,?,?,?)", PRICE_TYPES, 2,
     INSTANCE_COLUMNS},
    {"gcp_unit_rates.csv",
     "INSERT INTO unit_rate VALUES('gcp',?,?,?,?,?,?,?,?)",
     PRICE_TYPES | PRICE_SKUS,
     2,
     {{"region", TEXT},
      {"family", TEXT},
      {"usd_per_vcpu_hour", USD},
      {"usd_per_gib_hour", USD},
      {"spot_usd_per_vcpu_hour", USD_OR_NONE},
      {"spot_usd_per_gib_hour", USD_OR_NONE},
      {"source", TEXT},
      {"as_of", TEXT}}},
    {"gcp_machine_types.csv",
     "INSERT INTO machine VALUES('gcp',?,?,?,?,?,?,?)",
     PRICE_TYPES,
     1,
     {{"type", TEXT},
      {"family", TEXT},
      {"class", CLASS},
      {"arch", TEXT},
      {"vcpu", CPU},
      {"charged_vcpu", CPU},
      {"memory_gib", MEMORY}}},
    {"fees.csv",
     "INSERT INTO fee VALUES(?,?,?,?,?,?,?,?,?)",
     PRICE_TYPES | PRICE_SKUS,
     3,
     {{"provider", TEXT},
      {"region", TEXT},
      {"item", TEXT},
      {"name", TEXT},
      {"value", USD},
      {"unit", TEXT},
      {"source", TEXT},
      {"as_of", TEXT},
      {"confidence", TEXT}}},
    {"skus.csv",
     "INSERT INTO sku VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
     PRICE_SKUS,
     3,
     {{"provider", TEXT},
      {"region", TEXT},
      {"id", TEXT},
      {"name", TEXT},
      {"unit", TEXT},
      {"rule", RULE},
      {"tier_from", UNITS},
      {"price", USD},
      {"free_per_month", UNITS},
      {"min_charge_s", UNITS},
      {"valid_from", DATE_OR_NONE},
      {"source", TEXT},
      {"as_of", TEXT}}},
    {"aws_reserved.csv",
     "INSERT INTO aws_rate VALUES(?,?,?,?,?,?,?,?,?,?,?)",
     PRICE_SKUS,
     3,
     {{"region", TEXT},
      {"type", TEXT},
      {"offering", OFFERING},
      {"no_upfront_1y", USD_OR_NONE},
      {"partial_upfront_1y", USD_OR_NONE},
      {"all_upfront_1y", USD_OR_NONE},
      {"no_upfront_3y", USD_OR_NONE},
      {"partial_upfront_3y", USD_OR_NONE},
      {"all_upfront_3y", USD_OR_NONE},
      {"source", TEXT},
      {"as_of", TEXT}}},
    {"azure_reserved.csv",
     "INSERT INTO azure_rate VALUES(?,?,?,?,?,?,?,?)",
     PRICE_SKUS,
     2,
     {{"region", TEXT},
      {"type", TEXT},
      {"reserved_1y", USD_OR_NONE},
      {"reserved_3y", USD_OR_NONE},
      {"savings_1y", USD_OR_NONE},
      {"savings_3y", USD_OR_NONE},
      {"source", TEXT},
      {"as_of", TEXT}}},
    {"gcp_commitments.csv",
     "INSERT INTO gcp_discount VALUES(?,?,?,?,?,?,?)",
     PRICE_SKUS,
     1,
     {{"family", TEXT},
      {"resource_1y", SHARE},
      {"resource_3y", SHARE},
      {"flexible_1y", SHARE},
      {"flexible_3y", SHARE},
      {"source", TEXT},
      {"as_of", TEXT}}},
};

static int refuse(const struct csv *csv, const struct column *column, const struct csv_field *field, struct err *err)
{
	return csv_fail(csv, err, "%s is '%s'; allowed: %s", column->name, visible(field->text, field->length, 40).text,
			kinds[column->kind].allowed);
}

static bool known_class(const struct csv_field *field)
{
	static const char *const names[] = {"general", "burstable", "compute", "memory", "gpu", "other"};
	return name_index(field->text, names, COUNT(names)) >= 0;
}

/* The integer that a word stands for; -1 when it is not one of the column's. */
static int64_t word_value(enum kind kind, const struct csv_field *field)
{
	static const char *const rules[] = {[SKU_HOUR] = "hour",
					    [SKU_DISK] = "disk",
					    [SKU_QUANTITY] = "quantity",
					    [SKU_POD_VCPU] = "pod-vcpu",
					    [SKU_POD_MEMORY] = "pod-memory"};
	return kind == RULE ? name_index(field->text, rules, COUNT(rules))
			    : name_index(field->text, offering_names, OFFERINGS);
}

/* Milliseconds; nothing is MS_UNSET, so that it sorts first. */
static bool date_value(const struct csv_field *field, int64_t *value)
{
	struct err ignored;
	*value = MS_UNSET;
	return field->length == 0 ||
	       (field->length == 10 && instant_parse(field->text, field->length, 0, value, &ignored) == 0);
}

/* The integer of a numeric field in the unit its column is stored in; -1 when it does not fit. */
static int64_t stored(enum kind kind, int64_t nano)
{
	if (nano < 0 || nano > kinds[kind].max_nano)
		return -1;
	switch (kind) {
	case CPU:
		return nano > 0 && nano % 1000000 == 0 ? nano / 1000000 : -1;
	case MEMORY:
		return nano > 0 ? (int64_t)((wide_t)nano * GIB / NANO) : -1;
	case NUMBER:
	case UNITS:
		return nano % NANO == 0 ? nano / NANO : -1;
	case SHARE:
		return nano % 1000 == 0 ? nano / 1000 : -1;
	default:
		return nano;
	}
}

static int bind_field(sqlite3_stmt *insert, int at, const struct csv *csv, const struct column *column,
		      const struct csv_field *field, struct err *err)
{
	if (column->kind == TEXT || column->kind == CLASS) {
		if (field->length == 0 || (column->kind == CLASS && !known_class(field)))
			return refuse(csv, column, field, err);
		return sqlite3_bind_text(insert, at, field->text, (int)field->length, SQLITE_STATIC);
	}
	if (column->kind == USD_OR_NONE && field->length == 0)
		return sqlite3_bind_null(insert, at);
	int64_t value;
	if (column->kind == DATE_OR_NONE)
		return date_value(field, &value) ? sqlite3_bind_int64(insert, at, value)
						 : refuse(csv, column, field, err);
	if (column->kind == RULE || column->kind == OFFERING)
		value = word_value(column->kind, field);
	else if (column->kind == UNITS && field->length == 0)
		value = 0;
	else
		value = stored(column->kind, decimal_nano(field->text, field->length));
	if (value < 0)
		return refuse(csv, column, field, err);
	return sqlite3_bind_int64(insert, at, value);
}

static size_t column_count(const struct list *list)
{
	size_t n = 0;
	while (n < COUNT(list->columns) && list->columns[n].name)
		n++;
	return n;
}

static int refuse_twice(const struct csv *csv, const struct list *list, const int *places,
			const struct csv_field *fields, struct err *err)
{
	char key[256] = "";
	for (size_t i = 0, at = 0; i < list->keys && at < sizeof key; i++) {
		const struct csv_field *field = &fields[places[i]];
		at += (size_t)snprintf(key + at, sizeof key - at, "%s%s", i ? " " : "",
				       visible(field->text, field->length, 60).text);
	}
	return csv_fail(csv, err, "'%s' is listed twice", key);
}

static int insert_row(sqlite3_stmt *insert, const struct csv *csv, const struct list *list, const int *places,
		      const struct csv_field *fields, struct err *err)
{
	for (size_t i = 0; i < column_count(list); i++) {
		int status = bind_field(insert, (int)i + 1, csv, &list->columns[i], &fields[places[i]], err);
		if (status < 0)
			return -1;
		if (status != SQLITE_OK)
			return csv_fail(csv, err, "%s", sqlite3_errstr(status));
	}
	int status = sqlite3_step(insert);
	sqlite3_reset(insert);
	if (status == SQLITE_CONSTRAINT)
		return refuse_twice(csv, list, places, fields, err);
	return status == SQLITE_DONE ? 0 : csv_fail(csv, err, "%s", sqlite3_errstr(status));
}

struct loading {
	sqlite3_stmt *insert;
	const struct list *list;
};

static int read_rows(void *self, struct csv *csv, struct err *err)
{
	const struct loading *loading = self;
	const struct list *list = loading->list;
	const char *names[COUNT(list->columns)];
	const struct csv_field *fields;
	int places[COUNT(list->columns)], got;
	size_t n = column_count(list);
	for (size_t i = 0; i < n; i++)
		names[i] = list->columns[i].name;
	if (csv_header(csv, names, n, places, err) < 0)
		return -1;
	while ((got = csv_row(csv, &fields, err)) > 0)
		if (insert_row(loading->insert, csv, list, places, fields, err) < 0)
			return -1;
	return got;
}

static int load_list(sqlite3 *db, const char *directory, const struct list *list, struct err *err)
{
	char path[PATH_SIZE];
	struct loading loading = {.list = list};
	if (path_format(path, sizeof path, err, "%s/prices/%s", directory, list->file) < 0)
		return -1;
	if (sqlite3_prepare_v2(db, list->insert, -1, &loading.insert, NULL) != SQLITE_OK)
		return err_set(err, "%s: %s", path, sqlite3_errmsg(db));
	int status = csv_read_path(path, PRICE_LIST_BYTES_MAX, read_rows, &loading, err);
	sqlite3_finalize(loading.insert);
	return status;
}

static int load_lists(sqlite3 *db, const char *directory, unsigned wanted, struct err *err)
{
	if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(err, "price lists: %s", sqlite3_errmsg(db));
	for (size_t i = 0; i < COUNT(lists); i++)
		if ((lists[i].lists & wanted) && load_list(db, directory, &lists[i], err) < 0)
			return -1;
	return 0;
}

int price_load(const char *data_directory, enum price_lists wanted, sqlite3 **out, struct err *err)
{
	char directory[PATH_SIZE];
	if (datadir_of(data_directory, directory, sizeof directory, err) < 0)
		return -1;
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		sqlite3_close(db);
		return err_set(err, "price lists: out of memory");
	}
	if (load_lists(db, directory, wanted, err) < 0) {
		sqlite3_close(db);
		return -1;
	}
	*out = db;
	return 0;
}
