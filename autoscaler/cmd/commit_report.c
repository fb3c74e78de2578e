#include "commit.h"

#include "calendar.h"
#include "cmd.h"

#define LEAD 4 /* what is bought; the others say what comes of it */
static const struct table_column human[] = {
    {"kind", "COMMITMENT", false},       {"term", "TERM", false},
    {"payment", "PAYMENT", false},       {"buy", "BUY", false},
    {"cost", "30 days", true},           {"against", "cost", true},
    {"covered", "covered %", true},      {"unused", "unused %", true},
    {"regret_20", "load -20 %", true},   {"regret_50", "-50 %", true},
    {"break_even", "pays from %", true},
};

static const struct table_column programs[] = {
    {"kind", NULL, false},
    {"offering", NULL, false},
    {"term_months", NULL, true},
    {"payment", NULL, false},
    {"sku", NULL, false},
    {"family", NULL, false},
    {"count", NULL, true},
    {"memory_gib", NULL, true},
    {"currency_per_hour", NULL, true},
    {"buy", NULL, false},
    {"cost_per_30_days", NULL, true},
    {"against_none_percent", NULL, true},
    {"covered_percent", NULL, true},
    {"unused_percent", NULL, true},
    {"regret_20_per_30_days", NULL, true},
    {"regret_50_per_30_days", NULL, true},
    {"break_even_percent", NULL, true},
};

static bool nothing(const struct commitment *bought)
{
	return bought->count_milli == 0 && bought->memory_bytes == 0 && bought->nano_per_hour == 0;
}

static void signed_number(struct table *table, double value, const char *format)
{
	char text[48];
	snprintf(text, sizeof text, strcmp(format, "%") == 0 ? "%+.1f%%" : "%+.2f", value);
	table_text(table, text);
}

static void human_row(struct table *table, const struct commitment_row *row)
{
	const struct commitment *bought = &row->commitment;
	char text[80];
	snprintf(text, sizeof text, "%s%s", commitment_names[bought->kind],
		 bought->offering == OFFER_CONVERTIBLE ? ", convertible" : "");
	table_text(table, text);
	snprintf(text, sizeof text, "%dy", bought->term_months / 12);
	table_text(table, text);
	table_text(table, payment_names[bought->payment]);
	table_text(table, nothing(bought) ? "nothing" : row->buy);
	table_number(table, row->best.cost, 2);
	signed_number(table, row->against_percent, "%");
	table_number(table, row->best.covered_percent, 1);
	table_number(table, row->best.unused_percent, 1);
	signed_number(table, row->regret[0], "");
	signed_number(table, row->regret[1], "");
	table_number(table, row->break_even_percent, 1);
}

static void optional(struct table *table, const char *text)
{
	if (text)
		table_text(table, text);
	else
		table_none(table);
}

static void program_row(struct table *table, const struct commitment_row *row)
{
	const struct commitment *bought = &row->commitment;
	table_text(table, commitment_names[bought->kind]);
	table_text(table, offering_names[bought->offering]);
	table_integer(table, bought->term_months);
	table_text(table, payment_names[bought->payment]);
	optional(table, bought->sku);
	optional(table, bought->family);
	table_number(table, (double)bought->count_milli / 1000, 3);
	table_number(table, (double)bought->memory_bytes / (double)GIB, 3);
	table_nano(table, bought->nano_per_hour, 9);
	table_text(table, row->buy);
	table_number(table, row->best.cost, 6);
	table_number(table, row->against_percent, 6);
	table_number(table, row->best.covered_percent, 6);
	table_number(table, row->best.unused_percent, 6);
	table_number(table, row->regret[0], 6);
	table_number(table, row->regret[1], 6);
	table_number(table, row->break_even_percent, 6);
}

static int print_human(const struct commitments *result, FILE *out, struct err *err)
{
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], text[2 * CALENDAR_TEXT + 64];
	struct table table;
	int column = fprintf(out, "%s, ", result->load);
	snprintf(text, sizeof text, "%s to %s", calendar_format(result->from, from),
		 calendar_format(result->until, until));
	fold(out, text, column, 2);
	column = fprintf(out, "%s: %s; ", result->region, result->nodes);
	snprintf(text, sizeof text, "%.2f %s in 30 days without a commitment", result->cost, result->currency);
	fold(out, text, column, 2);
	fputc('\n', out);
	table_init(&table, human, COUNT(human));
	table.lead = LEAD;
	for (uint32_t i = 0; i < result->n_rows; i++)
		human_row(&table, &result->rows[i]);
	int status = table_print(&table, TABLE_HUMAN, out, err);
	table_free(&table);
	if (status < 0)
		return -1;
	static const char meaning[] =
	    "\nload -20 %, -50 %: what 30 days would cost above having no commitment, should the load shrink "
	    "by so much (below zero: it still saves). pays from: the share of the time that what is "
	    "committed must be in use.";
	fold(out, meaning, 0, 0);
	return 0;
}

static int print_rows(const struct commitments *result, enum table_format format, FILE *out, struct err *err)
{
	struct table table;
	table_init(&table, programs, COUNT(programs));
	for (uint32_t i = 0; i < result->n_rows; i++)
		program_row(&table, &result->rows[i]);
	int status = table_print(&table, format, out, err);
	table_free(&table);
	return status;
}

/* By the order of the rows: [covered_percent, cost_per_30_days] of rising commitments. */
static void print_curves(const struct commitments *result, FILE *out)
{
	fprintf(out, "\"curves\": [");
	for (uint32_t i = 0; i < result->n_rows; i++) {
		const struct commitment_row *row = &result->rows[i];
		fprintf(out, "%s\n  [", i ? "," : "");
		for (uint32_t k = 0; k < row->n_curve; k++)
			fprintf(out, "%s[%.4f, %.4f]", k ? ", " : "", row->curve[k].covered_percent,
				row->curve[k].cost);
		fprintf(out, "]");
	}
	fprintf(out, "\n],\n");
}

static int print_json(const struct commitments *result, FILE *out, struct err *err)
{
	char time[CALENDAR_TEXT];
	const char *const texts[][2] = {{"load", result->load},
					{"price", result->region},
					{"nodes", result->nodes},
					{"currency", result->currency}};
	fprintf(out, "{");
	for (size_t i = 0; i < COUNT(texts); i++) {
		fprintf(out, "\"%s\": ", texts[i][0]);
		table_json_string(out, texts[i][1]);
		fprintf(out, ",\n");
	}
	fprintf(out, "\"from\": \"%s\",\n", calendar_format(result->from, time));
	fprintf(out, "\"until\": \"%s\",\n", calendar_format(result->until, time));
	fprintf(out, "\"cost_per_30_days\": %.6f,\n", result->cost);
	print_curves(result, out);
	fprintf(out, "\"rows\": ");
	if (print_rows(result, TABLE_JSON, out, err) < 0)
		return -1;
	fprintf(out, "}\n");
	return 0;
}

int commit_report(const struct commitments *result, enum table_format format, FILE *out, struct err *err)
{
	if (format == TABLE_HUMAN)
		return print_human(result, out, err);
	return format == TABLE_JSON ? print_json(result, out, err) : print_rows(result, format, out, err);
}
