#include "../io/price/price_diff.h"

#include "../io/report/table.h"
#include "price_verbs.h"
#include "visible.h"

enum { REGION, OUTPUT, DATA, HELP };

static const struct option_row options[] = {
    [REGION] = {"region", 0, "R", "only this provider (aws) or region (aws/us-east-1)"},
    [OUTPUT] = OPTION_OUTPUT,
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices, older ones in DIR/prices.DATE"},
    [HELP] = OPTION_HELP,
};

struct query {
	const char *old, *new, *region, *data;
	enum table_format format;
};

static int take_option(void *self, int option, const char *text, struct err *err)
{
	struct query *query = self;
	switch (option) {
	case REGION:
		query->region = text;
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
	if (rest == argc)
		return err_set(err, "say since when: a date (2026-11-24), or a folder of price lists");
	query->old = argv[rest++];
	query->new = rest < argc ? argv[rest++] : "now";
	if (rest < argc)
		return err_set(err, "two states are compared; what is '%s'?",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	return 0;
}

static const struct table_column change_columns[] = {
    {"region", "REGION", false},  {"name", "NAME", false},      {"price", "PRICE", false},
    {"old_usd", "OLD USD", true}, {"new_usd", "NEW USD", true}, {"change_percent", "CHANGE %", true},
};

static void add_price(struct table *table, int64_t nano)
{
	if (nano < 0)
		table_none(table);
	else
		table_nano(table, nano, 6);
}

static void add_change(struct table *table, const struct price_change *change)
{
	table_text(table, change->region);
	table_text(table, change->name);
	table_text(table, change->price);
	add_price(table, change->old_nano);
	add_price(table, change->new_nano);
	if (change->old_nano > 0 && change->new_nano >= 0)
		table_number(table, 100 * (double)(change->new_nano - change->old_nano) / (double)change->old_nano, 1);
	else
		table_none(table);
}

static int print(const struct query *query, const struct price_change *changes, size_t n, struct err *err)
{
	if (n == 0 && query->format == TABLE_HUMAN) {
		printf("No price changed.\n");
		return 0;
	}
	struct table table;
	table_init(&table, change_columns, COUNT(change_columns));
	for (size_t i = 0; i < n; i++)
		add_change(&table, &changes[i]);
	int status = table_print(&table, query->format, stdout, err);
	table_free(&table);
	return status;
}

static int compare(const struct query *query, struct err *err)
{
	char old[4096], new[4096];
	struct arena arena = {0};
	struct price_change *changes;
	size_t n;
	if (price_state(query->data, query->old, old, sizeof old, err) < 0 ||
	    price_state(query->data, query->new, new, sizeof new, err) < 0)
		return -1;
	int status = price_diff(old, new, query->region, &arena, &changes, &n, err);
	if (status == 0)
		status = print(query, changes, n, err);
	arena_free(&arena);
	return status;
}

static int diff(const struct verb *verb, int argc, char **argv)
{
	struct query query = {0};
	struct err err;
	int status = parse(verb, argc, argv, &query, &err);
	if (status == 0)
		status = compare(&query, &err);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_price_diff = {
    .name = "price diff",
    .summary = "what changed in the price lists",
    .synopsis = "OLD [NEW] [options]",
    .description =
	"Compares two states of the price lists. A state is a date (the book as that day began), `now`, or a folder; "
	"NEW is `now` unless given.",
    .options = options,
    .n_options = COUNT(options),
    .run = diff,
};
