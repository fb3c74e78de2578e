#include "price.h"
#include "../io/table.h"
#include "cmd.h"
#include "quantity.h"
#include "visible.h"

#include <getopt.h>

static const char usage[] = "usage: plimsoll price [REGION] [options]\n"
			    "\n"
			    "Looks into the price lists. Without REGION: the regions known, and where their\n"
			    "prices are from. With REGION (aws/us-east-1): its instance types, the cheapest\n"
			    "first, with what a node of each can give to pods (PODCPU, PODGIB) under the\n"
			    "provider's managed Kubernetes. csv and json have more columns.\n"
			    "\n"
			    "  --vcpu N        at least N vCPUs (4, 500m)\n"
			    "  --memory SIZE   at least so much memory (16Gi)\n"
			    "  --gpu N         at least N GPUs\n"
			    "  --arch ARCH     amd64 or arm64\n"
			    "  --general       only general-purpose types: about 4 GiB a vCPU, not burstable\n"
			    "  -o FORMAT       table, csv or json\n"
			    "  --data DIR      price lists in DIR/prices\n"
			    "  -h, --help      this text\n";

struct query {
	const char *region, *arch, *data;
	int64_t vcpu_milli, memory_bytes, gpus;
	bool general, help;
	enum table_format format;
};

static int parse_amount(const char *option, const char *text, wide_t *nano, struct err *err)
{
	if (quantity_parse(text, strlen(text), nano, err) < 0)
		return err_wrap(err, "%s", option);
	if (*nano < 0)
		return err_set(err, "%s: '%s' is below zero", option, visible(text, strlen(text), 40).text);
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

enum { VCPU = 256, MEMORY, GPU, ARCH, GENERAL, DATA };

static int parse_option(int option, const char *text, struct query *query, struct err *err)
{
	wide_t nano;
	int status = 0;
	switch (option) {
	case VCPU:
		status = parse_amount("--vcpu", text, &nano, err);
		query->vcpu_milli = status < 0 ? 0 : quantity_milli(nano);
		return status;
	case MEMORY:
		status = parse_amount("--memory", text, &nano, err);
		query->memory_bytes = status < 0 ? 0 : quantity_value(nano);
		return status;
	case GPU:
		status = parse_amount("--gpu", text, &nano, err);
		query->gpus = status < 0 ? 0 : quantity_value(nano);
		return status;
	case ARCH:
		return parse_arch(text, query, err);
	case GENERAL:
		query->general = true;
		return 0;
	case DATA:
		query->data = text;
		return 0;
	case 'o':
		return table_format_parse(text, &query->format, err);
	default:
		query->help = true;
		return 0;
	}
}

static int refuse_option(char **argv, int option, struct err *err)
{
	const char *word = argv[optind - 1];
	return err_set(err, option == ':' ? "'%s' needs a value" : "unknown option '%s'; see `plimsoll price --help`",
		       visible(word, strlen(word), 40).text);
}

static int parse_arguments(int argc, char **argv, struct query *query, struct err *err)
{
	static const struct option options[] = {{"vcpu", required_argument, NULL, VCPU},
						{"memory", required_argument, NULL, MEMORY},
						{"gpu", required_argument, NULL, GPU},
						{"arch", required_argument, NULL, ARCH},
						{"general", no_argument, NULL, GENERAL},
						{"output", required_argument, NULL, 'o'},
						{"data", required_argument, NULL, DATA},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return refuse_option(argv, option, err);
		if (parse_option(option, optarg, query, err) < 0)
			return -1;
	}
	if (optind < argc)
		query->region = argv[optind++];
	if (optind < argc)
		return err_set(err, "one region at a time; what is '%s'?",
			       visible(argv[optind], strlen(argv[optind]), 40).text);
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
	       fees->control_plane_name, (double)fees->control_plane_nano_per_hour / 1e9, fees->disk_name,
	       (double)fees->disk_nano_per_gib_month / 1e9, (long long)fees->default_disk_gib,
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
				printf("  %.*s\n", (int)length, at);
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

static int fail(const struct err *err, int code)
{
	fprintf(stderr, "plimsoll price: %s\n", err->message);
	return code;
}

static int finish(int status, struct err *err)
{
	if (status < 0)
		return fail(err, 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		err_set(err, "cannot write the output");
		return fail(err, 1);
	}
	return 0;
}

static int list_regions(const struct query *query, struct err *err)
{
	struct arena arena = {0};
	struct price_region *regions;
	uint32_t n;
	if (price_regions_read(query->data, &arena, &regions, &n, err) < 0) {
		arena_free(&arena);
		return fail(err, 2);
	}
	int code = finish(print_regions(query, regions, n, err), err);
	arena_free(&arena);
	return code;
}

static int list_types(const struct query *query, struct err *err)
{
	struct price_book book;
	if (price_book_read(query->data, query->region, &book, err) < 0)
		return fail(err, 2);
	int code = finish(print_types(query, &book, err), err);
	price_book_free(&book);
	return code;
}

int cmd_price(int argc, char **argv)
{
	struct query query = {0};
	struct err err = {""};
	if (parse_arguments(argc, argv, &query, &err) < 0)
		return fail(&err, 2);
	if (query.help) {
		fputs(usage, stdout);
		return finish(0, &err);
	}
	return query.region ? list_types(&query, &err) : list_regions(&query, &err);
}
