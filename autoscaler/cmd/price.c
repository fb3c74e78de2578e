#include "price.h"

#include "../io/report/table.h"
#include "cmd.h"
#include "price_verbs.h"
#include "quantity.h"
#include "visible.h"

#include <stdlib.h>

enum { VCPU, MEMORY, GPU, ARCH, GENERAL, OUTPUT, DATA, HELP };

static const struct option_row options[] = {
    [VCPU] = {"vcpu", 0, "N", "at least N vCPUs (4, 500m)"},
    [MEMORY] = {"memory", 0, "SIZE", "at least so much memory (16Gi)"},
    [GPU] = {"gpu", 0, "N", "at least N GPUs"},
    [ARCH] = {"arch", 0, "amd64|arm64", "only this architecture"},
    [GENERAL] = {"general", 0, NULL, "only general-purpose types: about 4 GiB a vCPU, not burstable"},
    [OUTPUT] = OPTION_OUTPUT,
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [HELP] = OPTION_HELP,
};

struct query {
	const char *region, *arch, *data;
	int64_t vcpu_milli, memory_bytes, gpus;
	bool general;
	enum table_format format;
};

static int parse_amount(const char *option, const char *text, wide_t *nano, struct err *err)
{
	if (quantity_parse(text, strlen(text), nano, err) < 0)
		return err_wrap(err, "--%s %s", option, visible(text, strlen(text), 40).text);
	if (*nano < 0)
		return err_set(err, "--%s: '%s' is below zero", option, visible(text, strlen(text), 40).text);
	return 0;
}

static int parse_arch(const char *text, struct query *query, struct err *err)
{
	query->arch = text;
	if (strcmp(text, "amd64") == 0 || strcmp(text, "arm64") == 0)
		return 0;
	return err_set(err, "--arch: unknown architecture '%s'; allowed: amd64, arm64",
		       visible(text, strlen(text), 40).text);
}

static int take_option(void *self, int option, const char *text, struct err *err)
{
	struct query *query = self;
	wide_t nano = 0;
	switch (option) {
	case VCPU:
	case MEMORY:
	case GPU:
		if (parse_amount(options[option].name, text, &nano, err) < 0)
			return -1;
		if (option == VCPU)
			query->vcpu_milli = quantity_milli(nano);
		else
			*(option == MEMORY ? &query->memory_bytes : &query->gpus) = quantity_value(nano);
		return 0;
	case ARCH:
		return parse_arch(text, query, err);
	case GENERAL:
		query->general = true;
		return 0;
	case OUTPUT:
		return table_format_parse(text, &query->format, err);
	default:
		query->data = text;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct query *query, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, query, &rest, err);
	if (status)
		return status;
	if (rest < argc)
		query->region = argv[rest++];
	if (rest < argc)
		return err_set(err, "one region at a time; what is '%s'?",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	return 0;
}

static bool matches(const struct query *query, const struct instance_type *type)
{
	return type->vcpu_milli >= query->vcpu_milli && type->memory_bytes >= query->memory_bytes &&
	       type->gpus >= query->gpus && (!query->general || type->general_purpose) &&
	       (!query->arch || strcmp(type->arch, query->arch) == 0);
}

static int by_price(const void *a, const void *b)
{
	const struct instance_type *x = *(const struct instance_type *const *)a;
	const struct instance_type *y = *(const struct instance_type *const *)b;
	if (x->price_nano_per_hour != y->price_nano_per_hour)
		return x->price_nano_per_hour < y->price_nano_per_hour ? -1 : 1;
	return strcmp(x->name, y->name);
}

enum { GPU_COLUMN = 3 };
static const struct table_column type_columns[] = {
    {"type", "TYPE", false},
    {"vcpu", "VCPU", true},
    {"memory_gib", "GIB", true},
    {"gpus", NULL, true},
    {"arch", "ARCH", false},
    {"class", NULL, false},
    {"on_demand_usd_per_hour", "USD/H", true},
    {"spot_usd_per_hour", "SPOT", true},
    {"usd_per_vcpu_hour", NULL, true},
    {"allocatable_vcpu", "PODCPU", true},
    {"allocatable_memory_gib", "PODGIB", true},
    {"max_pods", NULL, true},
    {"source", NULL, false},
    {"as_of", NULL, false},
};

/* Billionths of a unit of `per`, to the nearest. */
static int64_t ratio_nano(int64_t value, int64_t per)
{
	return (int64_t)(((wide_t)value * NANO + per / 2) / per);
}

static void add_type(struct table *table, const struct instance_type *type)
{
	struct allocatable node;
	node_allocatable(type, &node);
	table_text(table, type->name);
	table_number(table, (double)type->vcpu_milli / 1e3, type->vcpu_milli % 1000 ? 3 : 0);
	table_number(table, (double)type->memory_bytes / (double)GIB, type->memory_bytes % GIB ? 2 : 0);
	table_integer(table, type->gpus);
	table_text(table, type->arch);
	table_text(table, type->class);
	table_nano(table, type->price_nano_per_hour, 4);
	if (type->spot_nano_per_hour < 0)
		table_none(table);
	else
		table_nano(table, type->spot_nano_per_hour, 4);
	table_nano(table, ratio_nano(type->price_nano_per_hour, type->vcpu_milli * 1000000), 4);
	table_nano(table, node.cpu_milli * 1000000, 2);
	table_number(table, (double)node.memory_bytes / (double)GIB, 2);
	table_integer(table, node.pods);
	table_text(table, type->source);
	table_text(table, type->as_of);
}

static void print_fees(const struct price_book *book)
{
	const struct region_fees *fees = &book->fees;
	printf("\n%s %.4g USD/h; %s %.4g USD/GiB-month,\n%lld GiB a node; an instance costs at least %lld s a start.\n"
	       "Prices in %s before tax.\n",
	       fees->control_plane_name, from_nano(fees->control_plane_nano_per_hour), fees->disk_name,
	       from_nano(fees->disk_nano_per_gib_month), (long long)fees->default_disk_gib,
	       (long long)(fees->min_charge_ms / SECOND_MS), fees->currency);
}

static int print_types(const struct query *query, struct price_book *book, struct err *err)
{
	const struct instance_type **found = arena_alloc(&book->arena, book->n_types, sizeof *found);
	if (!found)
		return err_set(err, "out of memory");
	size_t n = 0;
	for (uint32_t i = 0; i < book->n_types; i++)
		if (matches(query, &book->types[i]))
			found[n++] = &book->types[i];
	qsort(found, n, sizeof *found, by_price);
	struct table_column columns[COUNT(type_columns)];
	memcpy(columns, type_columns, sizeof columns);
	columns[GPU_COLUMN].title = query->gpus ? "GPUS" : NULL;
	struct table table;
	table_init(&table, columns, COUNT(columns));
	for (size_t i = 0; i < n; i++)
		add_type(&table, found[i]);
	if (query->format == TABLE_HUMAN && n == 0)
		printf("None of the %u types in %s is like that.\n", book->n_types, book->region);
	int status = query->format == TABLE_HUMAN && n == 0 ? 0 : table_print(&table, query->format, stdout, err);
	table_free(&table);
	if (status == 0 && query->format == TABLE_HUMAN)
		print_fees(book);
	return status;
}

static const struct table_column region_columns[] = {
    {"region", "REGION", false},       {"types", "TYPES", true}, {"oldest_price", "OLDEST PRICE", false},
    {"newest_price", "NEWEST", false}, {"sources", NULL, false},
};

/* Every source once, for people. */
static void print_sources(const struct price_region *regions, uint32_t n)
{
	printf("\nSources:\n");
	const char *seen[64];
	char source[512];
	size_t n_seen = 0;
	for (uint32_t i = 0; i < n; i++)
		for (const char *at = regions[i].sources, *end; *at; at = *end ? end + 2 : end) {
			end = strstr(at, "; ");
			end = end ? end : at + strlen(at);
			size_t length = (size_t)(end - at), j = 0;
			while (j < n_seen && strncmp(seen[j], at, length) != 0)
				j++;
			if (j == n_seen && n_seen < COUNT(seen)) {
				seen[n_seen++] = at;
				snprintf(source, sizeof source, "%.*s", (int)length, at);
				printf("  ");
				fold(stdout, source, 2, 4);
			}
		}
}

static int print_regions(const struct query *query, const struct price_region *regions, uint32_t n, struct err *err)
{
	struct table table;
	table_init(&table, region_columns, COUNT(region_columns));
	for (uint32_t i = 0; i < n; i++) {
		table_text(&table, regions[i].name);
		table_integer(&table, regions[i].n_types);
		table_text(&table, regions[i].oldest);
		table_text(&table, regions[i].newest);
		table_text(&table, regions[i].sources);
	}
	int status = table_print(&table, query->format, stdout, err);
	table_free(&table);
	if (status == 0 && query->format == TABLE_HUMAN)
		print_sources(regions, n);
	return status;
}

static int list_regions(const struct query *query, struct err *err)
{
	struct arena arena = {0};
	struct price_region *regions;
	uint32_t n;
	int status = price_regions_read(query->data, &arena, &regions, &n, err);
	if (status == 0)
		status = print_regions(query, regions, n, err);
	arena_free(&arena);
	return status;
}

static int list_types(const struct query *query, struct err *err)
{
	struct price_book book;
	if (price_book_read(query->data, query->region, &book, err) < 0)
		return -1;
	int status = print_types(query, &book, err);
	price_book_free(&book);
	return status;
}

static const struct verb *const under[] = {&verb_price_update, &verb_price_diff, NULL};

/* `price update` is named by its last word. */
static const struct verb *verb_under(const char *word)
{
	for (size_t i = 0; under[i]; i++)
		if (strcmp(strrchr(under[i]->name, ' ') + 1, word) == 0)
			return under[i];
	return NULL;
}

static int price(const struct verb *verb, int argc, char **argv)
{
	const struct verb *next = argc > 1 ? verb_under(argv[1]) : NULL;
	if (next)
		return next->run(next, argc - 1, argv + 1);
	struct query query = {0};
	struct err err;
	int status = parse(verb, argc, argv, &query, &err);
	if (status == 0)
		status = query.region ? list_types(&query, &err) : list_regions(&query, &err);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_price = {
    .name = "price",
    .summary = "look into the price lists",
    .synopsis = "[CLOUD/REGION | update CLOUD | diff OLD [NEW]] [options]",
    .description =
	"Without a region: the regions known, and where their prices are from. With one (aws/us-east-1): its "
	"instance types, the cheapest first, with what a node of each can give to pods (PODCPU, PODGIB) under the "
	"provider's "
	"managed Kubernetes.",
    .options = options,
    .n_options = COUNT(options),
    .under = under,
    .run = price,
};
