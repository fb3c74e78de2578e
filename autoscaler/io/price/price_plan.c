#include "billing.h"

#include "../manifest/manifest_field.h"
#include "../text/datadir.h"
#include "../text/decimal.h"
#include "../text/instant.h"
#include "../text/path.h"
#include "duration.h"
#include "nearest.h"
#include "quantity.h"
#include "visible.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PLAN_MAX_BYTES ((size_t)64 << 10)
#define MAX_COUNT      ((int64_t)1000000 * 1000) /* thousandths */

/* ---- what a plan may say ---- */

static const struct field commitment_fields[] = {
    {"kind", SHAPE_STRING, NULL},    {"sku", SHAPE_STRING, NULL},     {"family", SHAPE_STRING, NULL},
    {"count", SHAPE_SCALAR, NULL},   {"vcpu", SHAPE_SCALAR, NULL},    {"memory", SHAPE_QUANTITY, NULL},
    {"perHour", SHAPE_SCALAR, NULL}, {"cover", SHAPE_SCALAR, NULL},   {"of", SHAPE_STRING, NULL},
    {"term", SHAPE_STRING, NULL},    {"payment", SHAPE_STRING, NULL}, {"offering", SHAPE_STRING, NULL},
    {"start", SHAPE_SCALAR, NULL},   {"end", SHAPE_SCALAR, NULL},
};
static const struct type commitment_type = {commitment_fields, COUNT(commitment_fields)};

static const struct field plan_fields[] = {
    {"name", SHAPE_STRING, NULL},         {"description", SHAPE_STRING, NULL},
    {"spot", SHAPE_BOOL, NULL},           {"commitments", SHAPE_LIST, &commitment_type},
    {"sustainedUse", SHAPE_SCALAR, NULL}, {"freeTier", SHAPE_BOOL, NULL},
    {"minCharge", SHAPE_SCALAR, NULL},    {"discount", SHAPE_SCALAR, NULL},
    {"tax", SHAPE_SCALAR, NULL},          {"currency", SHAPE_STRING, NULL},
    {"rate", SHAPE_SCALAR, NULL},         {"rateDate", SHAPE_SCALAR, NULL},
};
static const struct type plan_type = {plan_fields, COUNT(plan_fields)};

/* What a kind is bought of, and what its amount is called. */
enum { OF_SKU = 1, OF_FAMILY = 2 };
enum amount { AMOUNT_COUNT, AMOUNT_RESOURCES, AMOUNT_MONEY };
static const char *const kind_names[] = {"reserved", "instance-savings", "compute-savings", "resource", "flexible"};
static const struct kind {
	unsigned of;
	enum amount amount;
} kinds[] = {
    [COMMIT_RESERVED] = {OF_SKU, AMOUNT_COUNT},   [COMMIT_INSTANCE_SAVINGS] = {OF_FAMILY, AMOUNT_MONEY},
    [COMMIT_COMPUTE_SAVINGS] = {0, AMOUNT_MONEY}, [COMMIT_RESOURCE] = {OF_FAMILY, AMOUNT_RESOURCES},
    [COMMIT_FLEXIBLE] = {0, AMOUNT_MONEY},
};

/* The keys an amount is written with, NULL-terminated. */
static const char *const amount_keys[][3] = {
    [AMOUNT_COUNT] = {"count"}, [AMOUNT_RESOURCES] = {"vcpu", "memory"}, [AMOUNT_MONEY] = {"perHour"}};

/* ---- values ---- */

/* A word of a table, or the fallback where nothing is written. */
static int word(const struct place *parent, const char *key, const char *const *names, size_t n, int64_t fallback,
		int64_t *out)
{
	struct place place = place_field(parent, key);
	char allowed[160] = "";
	*out = fallback;
	if (!place_given(&place))
		return 0;
	*out = name_index(place_text(&place), names, n);
	if (*out >= 0)
		return 0;
	for (size_t i = 0, at = 0; i < n && at < sizeof allowed; i++)
		at += (size_t)snprintf(allowed + at, sizeof allowed - at, "%s%s", i ? ", " : "", names[i]);
	const char *near = nearest_meant(place_text(&place), names, n);
	return near ? place_refuse(&place, "did you mean %s? allowed are %s", near, allowed)
		    : place_refuse(&place, "allowed are %s", allowed);
}

/* As written: the tree has numbers as JSON writes them. */
static int decimal(const struct place *place, int places, int64_t least, int64_t most, const char *allowed,
		   int64_t *out)
{
	const char *text = place->node->written;
	if (decimal_parse(text, strlen(text), places, out) != DECIMAL_OK || *out < least || *out > most)
		return place_refuse(place, "must be %s", allowed);
	return 0;
}

/* "8%" as millionths. */
static int percent(const struct place *parent, const char *key, int64_t most_percent, int64_t *ppm)
{
	struct place place = place_field(parent, key);
	*ppm = 0;
	if (!place_given(&place))
		return 0;
	const char *text = place_text(&place);
	size_t length = strlen(text);
	int64_t nano = length && text[length - 1] == '%' ? decimal_nano(text, length - 1) : -1;
	if (nano < 0 || nano % 100000 != 0 || nano > most_percent * NANO)
		return place_refuse(&place, "must be a percentage from 0%% to %lld%% with at most four decimals",
				    (long long)most_percent);
	*ppm = nano / 100000;
	return 0;
}

static int instant(const struct place *parent, const char *key, ms_t *time)
{
	struct place place = place_field(parent, key);
	struct err inner;
	if (!place_given(&place))
		return 0;
	const char *text = place.node->written;
	if (strlen(text) < 10 || text[4] != '-' || instant_parse(text, strlen(text), 0, time, &inner) < 0)
		return place_refuse(&place, "must be a date such as 2026-01-01, or a time of RFC 3339");
	return 0;
}

static int flag(const struct place *parent, const char *key, bool fallback, bool *out)
{
	struct place place = place_field(parent, key);
	*out = place_given(&place) ? strcmp(place_text(&place), "true") == 0 : fallback;
	return 0;
}

/* ---- a commitment ---- */

static int refuse_key(const struct place *root, const char *key, const char *kind, const char *why)
{
	struct place place = place_field(root, key);
	return place_given(&place) ? place_refuse(&place, "%s %s", kind, why) : 0;
}

static int read_of(const struct place *root, struct commitment *commitment)
{
	const struct kind *kind = &kinds[commitment->kind];
	const char *name = kind_names[commitment->kind];
	struct place sku = place_field(root, "sku"), family = place_field(root, "family");
	if (!(kind->of & OF_SKU) && refuse_key(root, "sku", name, "commitments are not of one SKU") < 0)
		return -1;
	if (!(kind->of & OF_FAMILY) && refuse_key(root, "family", name, "commitments are not of one family") < 0)
		return -1;
	if ((kind->of & OF_SKU) && !place_given(&sku))
		return place_refuse(&sku, "must be an instance type such as m5.xlarge, or \"*\" for each that is used");
	if ((kind->of & OF_FAMILY) && !place_given(&family))
		return place_refuse(&family, "must be a family such as m5 or n2, or \"*\" for each that is used");
	commitment->sku = place_text(&sku);
	commitment->family = place_text(&family);
	return 0;
}

static int read_money(const struct place *place, struct commitment *commitment)
{
	return decimal(place, 9, 1, 1000000 * NANO, "an amount of the list's currency an hour, above 0 to 1000000",
		       &commitment->nano_per_hour);
}

static int read_memory(const struct place *place, struct commitment *commitment)
{
	wide_t nano;
	place_quantity(place, &nano);
	commitment->memory_bytes = quantity_value(nano);
	if (commitment->memory_bytes < 0 || commitment->memory_bytes > 1000000 * GIB)
		return place_refuse(place, "must be from 0 to 1000000Gi");
	return 0;
}

static int read_amount_key(const struct place *place, struct commitment *commitment)
{
	if (strcmp(place->name, "perHour") == 0)
		return read_money(place, commitment);
	if (strcmp(place->name, "memory") == 0)
		return read_memory(place, commitment);
	return decimal(place, 3, 0, MAX_COUNT, "a number from 0 to 1000000", &commitment->count_milli);
}

static int read_cover(const struct place *root, struct commitment *commitment, bool *given)
{
	static const char *const bases[] = {"mean", "minimum"};
	struct place cover = place_field(root, "cover");
	int64_t base;
	*given = place_given(&cover);
	if (percent(root, "cover", 1000, &commitment->cover_ppm) < 0 ||
	    word(root, "of", bases, COUNT(bases), 0, &base) < 0)
		return -1;
	if (*given && commitment->cover_ppm == 0)
		return place_refuse(&cover, "must be above 0%%");
	if (!*given && refuse_key(root, "of", "of", "goes with cover") < 0)
		return -1;
	commitment->cover_minimum = base == 1;
	return 0;
}

static int refuse_strays(const struct place *root, enum commitment_kind kind)
{
	enum amount own = kinds[kind].amount;
	const char *const *keys = amount_keys[own];
	for (size_t a = 0; a < COUNT(amount_keys); a++)
		for (size_t k = 0; a != own && amount_keys[a][k]; k++) {
			struct place place = place_field(root, amount_keys[a][k]);
			if (place_given(&place))
				return place_refuse(&place, "%s commitments have %s%s%s", kind_names[kind], keys[0],
						    keys[1] ? " and " : "", keys[1] ? keys[1] : "");
		}
	return 0;
}

/* Either a share of usage or the keys of the kind's amount, and no others. */
static int read_amount(const struct place *root, struct commitment *commitment)
{
	bool cover;
	const char *const *keys = amount_keys[kinds[commitment->kind].amount];
	if (read_cover(root, commitment, &cover) < 0 || refuse_strays(root, commitment->kind) < 0)
		return -1;
	for (size_t k = 0; keys[k]; k++) {
		struct place place = place_field(root, keys[k]);
		if (place_given(&place) && cover)
			return place_refuse(&place, "%s and cover cannot both be given", keys[k]);
		if (!place_given(&place) && !cover)
			return place_refuse(&place, "how much to commit to must be given, or cover");
		if (!cover && read_amount_key(&place, commitment) < 0)
			return -1;
	}
	return 0;
}

static int check_each(const struct place *root, const struct commitment *commitment)
{
	const char *key = kinds[commitment->kind].of & OF_SKU ? "sku" : "family";
	const char *name = kinds[commitment->kind].of & OF_SKU ? commitment->sku : commitment->family;
	struct place place = place_field(root, key);
	if (name && strcmp(name, "*") == 0 && !commitment->cover_ppm)
		return place_refuse(&place, "needs cover; an amount is of one %s", key);
	return 0;
}

static int read_terms(const struct place *root, struct commitment *commitment)
{
	static const char *const terms[] = {"1y", "3y"};
	static const char *const payments[] = {"no-upfront", "partial-upfront", "all-upfront"};
	int64_t term, payment, offering;
	struct place end = place_field(root, "end");
	if (word(root, "term", terms, COUNT(terms), 0, &term) < 0 ||
	    word(root, "payment", payments, COUNT(payments), PAY_NO_UPFRONT, &payment) < 0 ||
	    word(root, "offering", offering_names, OFFERINGS, OFFER_STANDARD, &offering) < 0 ||
	    instant(root, "start", &commitment->start) < 0 || instant(root, "end", &commitment->end) < 0)
		return -1;
	if (commitment->kind != COMMIT_RESERVED &&
	    refuse_key(root, "offering", kind_names[commitment->kind], "commitments have no offerings") < 0)
		return -1;
	if (commitment->end <= commitment->start)
		return place_refuse(&end, "must be after start");
	commitment->term_months = term ? 36 : 12;
	commitment->payment = (enum payment)payment;
	commitment->offering = (enum offering)offering;
	return 0;
}

static int read_commitment(const struct place *root, struct commitment *commitment)
{
	int64_t kind;
	struct place place = place_field(root, "kind");
	*commitment = (struct commitment){.start = MS_UNSET, .end = MS_NEVER};
	if (word(root, "kind", kind_names, COUNT(kind_names), -1, &kind) < 0)
		return -1;
	if (kind < 0)
		return place_refuse(&place,
				    "allowed are reserved, instance-savings, compute-savings, resource, flexible");
	commitment->kind = (enum commitment_kind)kind;
	if (read_of(root, commitment) < 0 || read_amount(root, commitment) < 0 || check_each(root, commitment) < 0)
		return -1;
	return read_terms(root, commitment);
}

static int read_commitments(const struct place *root, struct price_plan *plan)
{
	struct place list = place_field(root, "commitments");
	uint32_t n = place_count(&list);
	plan->commitments = arena_alloc(root->source->arena, n, sizeof *plan->commitments);
	if (!plan->commitments)
		return err_set(root->source->err, "%s: out of memory", root->source->file);
	for (uint32_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);
		if (read_commitment(&item, &plan->commitments[plan->n_commitments++]) < 0)
			return -1;
	}
	return 0;
}

/* ---- the plan ---- */

static int read_min_charge(const struct place *root, struct price_plan *plan)
{
	struct place place = place_field(root, "minCharge");
	struct err inner;
	plan->min_charge_ms = -1;
	if (!place_given(&place))
		return 0;
	const char *text = place_text(&place);
	if (duration_parse(text, strlen(text), &plan->min_charge_ms, &inner) < 0 || plan->min_charge_ms > DAY_MS)
		return place_refuse(&place, "must be a duration such as 60s, up to 1d");
	return 0;
}

static bool three_letters(const char *text)
{
	return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* A currency comes with its rate and the date of the rate. */
static int read_currency(const struct place *root, struct price_plan *plan)
{
	struct place currency = place_field(root, "currency"), rate = place_field(root, "rate");
	struct place date = place_field(root, "rateDate");
	ms_t day;
	if (!place_given(&currency)) {
		const struct place *stray = place_given(&rate) ? &rate : &date;
		return place_given(stray) ? place_refuse(stray, "goes with currency") : 0;
	}
	if (!three_letters(place_text(&currency)))
		return place_refuse(&currency, "must be three capital letters such as EUR");
	if (!place_given(&rate))
		return place_refuse(&rate, "must be how many %s one unit of the list's currency is",
				    place_text(&currency));
	if (!place_given(&date))
		return place_refuse(&date, "must be the date of the rate");
	if (decimal(&rate, 9, 1, 1000000 * NANO, "a number above 0, up to 1000000", &plan->rate_nano) < 0 ||
	    instant(root, "rateDate", &day) < 0)
		return -1;
	plan->currency = place_text(&currency);
	plan->rate_date = arena_strdup(root->source->arena, date.node->written);
	return plan->rate_date ? 0 : err_set(root->source->err, "%s: out of memory", root->source->file);
}

static int read_root(const struct place *root, struct price_plan *plan)
{
	static const char *const pools[] = {
	    [SUSTAINED_REGION] = "region", [SUSTAINED_ACCOUNT] = "account", [SUSTAINED_OFF] = "off", "false"};
	struct place name = place_field(root, "name");
	int64_t pool;
	if (place_check(root, &plan_type) < 0)
		return -1;
	if (place_given(&name))
		plan->name = place_text(&name);
	if (flag(root, "spot", false, &plan->spot) < 0 || flag(root, "freeTier", true, &plan->free_tier) < 0 ||
	    word(root, "sustainedUse", pools, COUNT(pools), SUSTAINED_REGION, &pool) < 0 ||
	    percent(root, "discount", 100, &plan->discount_ppm) < 0 || percent(root, "tax", 100, &plan->tax_ppm) < 0 ||
	    read_min_charge(root, plan) < 0 || read_currency(root, plan) < 0)
		return -1;
	plan->sustained_use = pool > SUSTAINED_OFF ? SUSTAINED_OFF : (enum sustained_use)pool;
	return read_commitments(root, plan);
}

static struct price_plan plain_plan(const char *name)
{
	return (struct price_plan){.name = name, .free_tier = true, .min_charge_ms = -1, .rate_nano = NANO};
}

static int parse_plan(const char *file, const char *text, size_t length, struct arena *arena, struct price_plan *plan,
		      struct err *err)
{
	struct documents documents;
	if (documents_parse(file, text, length, arena, &documents, err) < 0)
		return -1;
	if (documents.n != 1)
		return err_set(err, "%s: must hold one plan; it holds %zu documents", file, documents.n);
	struct source source = {file, arena, err};
	struct place root = {.source = &source, .node = documents.roots[0]};
	return read_root(&root, plan);
}

/* ---- where plans are ---- */

static int read_text(const char *path, struct arena *arena, char **text, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return err_set(err, "%.300s: %s", path, strerror(errno));
	*text = arena_alloc(arena, PLAN_MAX_BYTES + 1, 1);
	*length = *text ? fread(*text, 1, PLAN_MAX_BYTES + 1, file) : 0;
	bool failed = ferror(file);
	int why = errno;
	fclose(file);
	if (!*text)
		return err_set(err, "%.300s: out of memory", path);
	if (failed)
		return err_set(err, "%.300s: %s", path, strerror(why));
	if (*length > PLAN_MAX_BYTES)
		return err_set(err, "%.300s: is larger than 64 KiB, so it is no plan", path);
	return 0;
}

/* "dir/one.yaml" -> "one" */
static const char *stem(const char *path, struct arena *arena)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');
	return arena_strndup(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static int read_file(const char *path, struct arena *arena, struct price_plan *plan, struct err *err)
{
	char *text = NULL;
	size_t length = 0;
	const char *file = arena_strdup(arena, path), *name = stem(path, arena);
	if (!file || !name)
		return err_set(err, "%.300s: out of memory", path);
	*plan = plain_plan(name);
	if (read_text(path, arena, &text, &length, err) < 0)
		return -1;
	return parse_plan(file, text, length, arena, plan, err);
}

static bool is_path(const char *name)
{
	return strchr(name, '/') || strstr(name, ".yaml") || strstr(name, ".yml") || strstr(name, ".json");
}

static int plan_folder(const char *data_directory, char *folder, struct err *err)
{
	if (!data_directory)
		return datadir_find("data/plans", folder, PATH_SIZE, err);
	return path_format(folder, PATH_SIZE, err, "%s/plans", data_directory);
}

#define NAMES_MAX 128

struct names {
	const char *list[NAMES_MAX];
	size_t n;
};

static void add_names(struct names *names, const char *folder, struct arena *arena)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	while (directory && (entry = readdir(directory)) && names->n < NAMES_MAX) {
		size_t length = strlen(entry->d_name);
		const char *name = length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0
				       ? arena_strndup(arena, entry->d_name, length - 5)
				       : NULL;
		if (name)
			names->list[names->n++] = name;
	}
	if (directory)
		closedir(directory);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int unknown_plan(const char *name, const char *folder, struct arena *arena, struct err *err)
{
	struct names names = {{"on-demand", "spot"}, 2};
	char known[700] = "";
	add_names(&names, folder, arena);
	qsort(names.list, names.n, sizeof *names.list, by_name);
	for (size_t i = 0, at = 0; i < names.n && at < sizeof known; i++)
		at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", names.list[i]);
	const char *near = nearest_meant(name, names.list, names.n);
	return err_set(err, "unknown plan '%s'%s%s%s; known: %s; a file is named with its ending, .yaml",
		       visible(name, strlen(name), 60).text, near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "", known);
}

int price_plan_read(const char *data_directory, const char *name, struct arena *arena, struct price_plan *plan,
		    struct err *err)
{
	static const char *const plain[] = {"on-demand", "spot"};
	char folder[PATH_SIZE], path[PATH_SIZE + 256];
	struct stat status;
	int64_t index = name_index(name, plain, COUNT(plain));
	if (index >= 0) {
		*plan = plain_plan(plain[index]);
		plan->spot = index == 1;
		return 0;
	}
	if (is_path(name))
		return read_file(name, arena, plan, err);
	if (plan_folder(data_directory, folder, err) < 0)
		return -1;
	if (snprintf(path, sizeof path, "%s/%.200s.yaml", folder, name) < (int)sizeof path && stat(path, &status) == 0)
		return read_file(path, arena, plan, err);
	return unknown_plan(name, folder, arena, err);
}
