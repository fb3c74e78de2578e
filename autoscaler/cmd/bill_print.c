#include "bill_print.h"

#include "../io/report/table.h"
#include "../io/text/decimal.h"
#include "calendar.h"

#include <stdlib.h>

int64_t bill_list_nano(const struct bill *bill)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++)
		sum += bill->lines[i].list_nano;
	return sum;
}

static int64_t kind_sum(const struct bill *bill, enum line_kind kind)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++)
		sum += bill->lines[i].kind == kind ? bill->lines[i].amount_nano : 0;
	return sum;
}

int64_t bill_saving_nano(const struct bill *bill)
{
	return bill_list_nano(bill) - (bill->total_nano - kind_sum(bill, LINE_TAX));
}

/* ---- for people ---- */

/* Lines of several months that say the same. */
struct sum {
	const struct bill_line *line;
	double quantity;
	int64_t amount_nano;
	bool one_price;
};

static bool same_line(const struct bill_line *a, const struct bill_line *b)
{
	return a->kind == b->kind && a->sku == b->sku && a->commitment == b->commitment &&
	       strcmp(a->text, b->text) == 0 && strcmp(a->unit, b->unit) == 0;
}

static void add_up(const struct bill *bill, struct sum *sums, uint32_t *n)
{
	*n = 0;
	for (uint32_t i = 0; i < bill->n_lines; i++) {
		const struct bill_line *line = &bill->lines[i];
		uint32_t s = 0;
		while (s < *n && !same_line(sums[s].line, line))
			s++;
		if (s == *n)
			sums[(*n)++] = (struct sum){.line = line, .one_price = true};
		sums[s].quantity += line->quantity;
		sums[s].amount_nano += line->amount_nano;
		sums[s].one_price &= line->price_nano == sums[s].line->price_nano;
	}
}

static const struct table_column people_columns[] = {
    {"kind", "KIND", false}, {"text", "WHAT", false},  {"quantity", "QUANTITY", true},
    {"unit", "UNIT", false}, {"price", "PRICE", true}, {"amount", "AMOUNT", true},
};

static void put_sum(struct table *table, const struct sum *sum, const char *kind)
{
	table_text(table, kind);
	table_text(table, sum->line->text);
	if (sum->quantity != 0)
		table_number(table, sum->quantity, 2);
	else
		table_text(table, "");
	table_text(table, sum->quantity != 0 ? sum->line->unit : "");
	if (sum->one_price && sum->line->price_nano)
		table_nano(table, sum->line->price_nano, 4);
	else
		table_text(table, "");
	table_nano(table, sum->amount_nano, 2);
}

static void put_total(struct table *table, const char *kind, const char *text, const char *unit, int64_t nano)
{
	table_text(table, kind);
	table_text(table, text);
	table_text(table, "");
	table_text(table, unit);
	table_text(table, "");
	table_nano(table, nano, 2);
}

static void put_kind(struct table *table, const struct bill *bill, const struct sum *sums, uint32_t n,
		     enum line_kind kind)
{
	uint32_t lines = 0;
	for (uint32_t i = 0; i < n; i++)
		if (sums[i].line->kind == kind)
			put_sum(table, &sums[i], lines++ ? "" : line_kind_names[kind]);
	if (lines > 1)
		put_total(table, "", "subtotal", bill->currency, kind_sum(bill, kind));
}

static void print_saving(const struct price_list *list, const struct bill *bill, FILE *out)
{
	char at_list[DECIMAL_TEXT], saving[DECIMAL_TEXT];
	int64_t list_nano = bill_list_nano(bill), saved = bill_saving_nano(bill);
	decimal_text(list_nano, 2, 2, at_list);
	decimal_text(saved < 0 ? -saved : saved, 2, 2, saving);
	fprintf(out, "At list prices %s %s before tax", at_list, bill->currency);
	if (saved != 0)
		fprintf(out, ": %s %s %s", saving, bill->currency, saved > 0 ? "saved" : "dearer");
	if (saved != 0 && list_nano > 0)
		fprintf(out, " (%.1f %%)", 100 * (double)(saved < 0 ? -saved : saved) / (double)list_nano);
	fprintf(out, ".\n");
	if (bill->plan->currency)
		fprintf(out, "1 %s = %.9g %s on %s.\n", list->currency, from_nano(bill->plan->rate_nano),
			bill->plan->currency, bill->plan->rate_date ? bill->plan->rate_date : "a day unknown");
}

int bill_print_table(const struct price_list *list, const struct bill *bill, FILE *out, struct err *err)
{
	struct sum *sums = calloc(bill->n_lines + 1, sizeof *sums);
	struct table table;
	uint32_t n;
	if (!sums)
		return err_set(err, "out of memory");
	add_up(bill, sums, &n);
	table_init(&table, people_columns, COUNT(people_columns));
	for (int kind = 0; kind < LINE_KINDS; kind++)
		put_kind(&table, bill, sums, n, (enum line_kind)kind);
	put_total(&table, "total", bill->plan->name, bill->currency, bill->total_nano);
	int status = table_print(&table, TABLE_HUMAN, out, err);
	if (status == 0)
		print_saving(list, bill, out);
	table_free(&table);
	free(sums);
	return status;
}

/* ---- for programs ---- */

static const char *month_text(ms_t month, char text[CALENDAR_TEXT])
{
	calendar_format(month, text);
	text[7] = 0;
	return text;
}

static const char *sku_id(const struct price_list *list, const struct bill_line *line)
{
	return line->sku < list->n_skus ? list->skus[line->sku].id : NULL;
}

/* Tiers mix prices, and what is not sold by the unit has none. */
static bool has_price(const struct bill_line *line)
{
	return line->price_nano != 0 || (line->amount_nano == 0 && line->kind == LINE_USAGE);
}

static const struct table_column csv_columns[] = {
    {"plan", NULL, false},  {"month", NULL, false},   {"kind", NULL, false},     {"sku", NULL, false},
    {"text", NULL, false},  {"quantity", NULL, true}, {"unit", NULL, false},     {"price", NULL, true},
    {"amount", NULL, true}, {"list", NULL, true},     {"currency", NULL, false},
};

static void put_csv_line(struct table *table, const struct price_list *list, const struct bill *bill,
			 const struct bill_line *line)
{
	char month[CALENDAR_TEXT];
	table_text(table, bill->plan->name);
	table_text(table, month_text(line->month, month));
	table_text(table, line_kind_names[line->kind]);
	table_text(table, sku_id(list, line));
	table_text(table, line->text);
	table_number(table, line->quantity, 9);
	table_text(table, line->unit);
	if (has_price(line))
		table_nano(table, line->price_nano, 9);
	else
		table_none(table);
	table_nano(table, line->amount_nano, 9);
	table_nano(table, line->list_nano, 9);
	table_text(table, bill->currency);
}

int bill_print_csv(const struct price_list *list, const struct bill *bills, size_t n_bills, FILE *out, struct err *err)
{
	struct table table;
	table_init(&table, csv_columns, COUNT(csv_columns));
	for (size_t b = 0; b < n_bills; b++)
		for (uint32_t i = 0; i < bills[b].n_lines; i++)
			put_csv_line(&table, list, &bills[b], &bills[b].lines[i]);
	int status = table_print(&table, TABLE_CSV, out, err);
	table_free(&table);
	return status;
}

static void json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ", \"%s\": ", key);
	if (text)
		table_json_string(out, text);
	else
		fputs("null", out);
}

static void json_nano(FILE *out, const char *key, int64_t nano)
{
	char text[DECIMAL_TEXT];
	decimal_text(nano, 9, 0, text);
	fprintf(out, ", \"%s\": %s", key, text);
}

static void json_line(FILE *out, const struct price_list *list, const struct bill_line *line)
{
	char month[CALENDAR_TEXT];
	fprintf(out, "{\"month\": \"%s\"", month_text(line->month, month));
	json_text(out, "kind", line_kind_names[line->kind]);
	json_text(out, "sku", sku_id(list, line));
	json_text(out, "text", line->text);
	fprintf(out, ", \"quantity\": %.9f", line->quantity);
	json_text(out, "unit", line->unit);
	if (has_price(line))
		json_nano(out, "price", line->price_nano);
	else
		json_text(out, "price", NULL);
	json_nano(out, "amount", line->amount_nano);
	json_nano(out, "list", line->list_nano);
	fputs("}", out);
}

static void json_bill(FILE *out, const struct price_list *list, const struct bill *bill)
{
	fputs("{\"plan\": ", out);
	table_json_string(out, bill->plan->name);
	json_text(out, "region", list->book.region);
	json_text(out, "currency", bill->currency);
	json_nano(out, "total", bill->total_nano);
	json_nano(out, "list", bill_list_nano(bill));
	json_nano(out, "saving", bill_saving_nano(bill));
	fputs(", \"lines\": [", out);
	for (uint32_t i = 0; i < bill->n_lines; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		json_line(out, list, &bill->lines[i]);
	}
	fputs("]}", out);
}

int bill_print_json(const struct price_list *list, const struct bill *bills, size_t n_bills, FILE *out, struct err *err)
{
	fputs("{\"bills\": [", out);
	for (size_t b = 0; b < n_bills; b++) {
		fputs(b ? ",\n " : "\n ", out);
		json_bill(out, list, &bills[b]);
	}
	fputs("\n]}\n", out);
	return fflush(out) != 0 || ferror(out) ? err_set(err, "cannot write the output") : 0;
}
