#include "bill_check.h"

#include "calendar.h"
#include "cmd.h"

#include <math.h>
#include <stdlib.h>

#define DIFFERENCES_SHOWN 40

struct sums {
	uint32_t lines[CHECK_STATUSES];
	wide_t printed, ours; /* of the priced ones */
	wide_t unpriced;
};

/* "-1234.567890": units in 10^-places. */
#define SUM_TEXT 64
static const char *sum_text(wide_t units, int places, char text[SUM_TEXT])
{
	bool minus = units < 0;
	wide_t one = 1;
	for (int i = 0; i < places; i++)
		one *= 10;
	units = minus ? -units : units;
	int n = snprintf(text, SUM_TEXT, "%s%lld", minus ? "-" : "", (long long)(units / one));
	if (places > 0)
		snprintf(text + n, SUM_TEXT - (size_t)n, ".%0*lld", places, (long long)(units % one));
	return text;
}

/* "43720980192", "0.5". */
static const char *amount_text(const struct amount *amount, char text[SUM_TEXT])
{
	char digits[SUM_TEXT];
	int n = SUM_TEXT - 1, places = 0;
	wide_t units = amount->units < 0 ? -amount->units : amount->units;
	digits[n] = 0;
	do {
		if (places++ == amount->places && amount->places)
			digits[--n] = '.';
		digits[--n] = (char)('0' + (int)(units % 10));
		units /= 10;
	} while ((units || places <= amount->places) && n > 2);
	snprintf(text, SUM_TEXT, "%s%s", amount->units < 0 ? "-" : "", digits + n);
	return text;
}

static void add(struct sums *sums, const struct checked *line)
{
	sums->lines[line->status]++;
	if (line->status == CHECK_UNPRICED) {
		sums->unpriced += line->printed;
		return;
	}
	sums->printed += line->printed;
	sums->ours += line->ours;
}

static uint32_t priced_lines(const struct sums *sums)
{
	return sums->lines[CHECK_AGREES] + sums->lines[CHECK_ROUNDING] + sums->lines[CHECK_DIFFERS];
}

/* ---- for people ---- */

__attribute__((format(printf, 2, 3))) static void say(FILE *out, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fold(out, text, 0, 0);
}

static void print_head(const struct bill_checked *checked, FILE *out)
{
	const struct invoice_file *invoice = &checked->invoice;
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT];
	fprintf(out, "%s, %u lines, %.10s to %.10s, %s\n", invoice_format_name(invoice), invoice->n_charges,
		calendar_format(invoice->from, from), calendar_format(invoice->until, until), invoice->currency);
	if (checked->origin == RATE_LINES)
		fprintf(out, "Exchange rates: as each line says.\n");
	if (checked->origin == RATE_GIVEN)
		fprintf(out, "Exchange rate: %.9g %s for 1 USD, as given.\n", from_nano(checked->rate_nano),
			invoice->currency);
	if (checked->origin == RATE_INFERRED)
		say(out,
		    "Exchange rate: %.9g %s for 1 USD. The invoice does not say: it is the shortest number that gives "
		    "the amount of line %u, and %u of %u lines fit it. --rate sets another.",
		    from_nano(checked->rate_nano), invoice->currency, checked->rate_line, checked->rate_fits,
		    checked->rate_tried);
}

static struct sums *sum_items(const struct bill_checked *checked, struct sums *total)
{
	struct sums *sums = calloc(checked->invoice.n_items, sizeof *sums);
	*total = (struct sums){0};
	for (uint32_t i = 0; i < checked->invoice.n_charges && sums; i++) {
		add(&sums[checked->invoice.charges[i].item], &checked->lines[i]);
		add(total, &checked->lines[i]);
	}
	return sums;
}

/* The first that is not free; "..." when there are more. */
static void add_price(struct table *table, const struct charge_price *price)
{
	char text[64];
	uint32_t tier = price->n_tiers > 1 && price->tiers[0].price_nano == 0;
	snprintf(text, sizeof text, "%.9g%s", from_nano(price->tiers[tier].price_nano),
		 tier + 1 < price->n_tiers ? " ..." : "");
	table_text(table, text);
}

static int print_priced(const struct bill_checked *checked, const struct sums *sums, const struct sums *total,
			FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"sku", "PRICED", false},           {"region", "region", false},  {"price", "USD", true},
	    {"lines", "lines", true},           {"agree", "agree", true},     {"rounding", "rounding", true},
	    {"differ", "differ", true},         {"printed", "invoice", true}, {"ours", "by the list", true},
	    {"difference", "difference", true},
	};
	struct table table;
	char text[SUM_TEXT];
	table_init(&table, columns, COUNT(columns));
	table.lead = 3;
	for (uint32_t i = 0; i <= checked->invoice.n_items; i++) {
		bool all = i == checked->invoice.n_items;
		const struct sums *row = all ? total : &sums[i];
		if (!priced_lines(row))
			continue;
		table_text(&table, all ? "total" : checked->invoice.items[i].sku);
		table_text(&table, all ? "" : checked->items[i].region);
		if (all)
			table_text(&table, "");
		else
			add_price(&table, &checked->items[i].price);
		table_integer(&table, priced_lines(row));
		table_integer(&table, row->lines[CHECK_AGREES]);
		table_integer(&table, row->lines[CHECK_ROUNDING]);
		table_integer(&table, row->lines[CHECK_DIFFERS]);
		table_text(&table, sum_text(row->printed, checked->places, text));
		table_text(&table, sum_text(row->ours, checked->places, text));
		table_text(&table, sum_text(row->printed - row->ours, checked->places, text));
	}
	fprintf(out, "\n");
	int status = table_print(&table, TABLE_HUMAN, out, err);
	table_free(&table);
	return status;
}

struct difference {
	int64_t amount;
	uint32_t charge;
};

static int by_size(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	if (x->amount != y->amount)
		return x->amount > y->amount ? -1 : 1;
	return (x->charge > y->charge) - (x->charge < y->charge);
}

static void difference_row(struct table *table, const struct bill_checked *checked, uint32_t index)
{
	const struct charge *charge = &checked->invoice.charges[index];
	const struct checked *line = &checked->lines[index];
	char text[SUM_TEXT];
	table_integer(table, charge->line);
	table_text(table, checked->invoice.items[charge->item].sku);
	table_text(table, amount_text(&charge->usage, text));
	table_text(table, sum_text(line->printed, checked->places, text));
	table_text(table, sum_text(line->ours, checked->places, text));
	table_text(table, line->why ? line->why : "");
}

static int print_differences(const struct bill_checked *checked, uint32_t n, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"line", "LINE", true},       {"sku", "DIFFERS", false},     {"usage", "usage", true},
	    {"printed", "invoice", true}, {"ours", "by the list", true}, {"why", "why", false},
	};
	struct difference *worst = malloc((n + 1) * sizeof *worst);
	struct table table;
	uint32_t at = 0;
	if (!worst)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < checked->invoice.n_charges; i++) {
		const struct checked *line = &checked->lines[i];
		if (line->status == CHECK_DIFFERS)
			worst[at++] = (struct difference){llabs(line->printed - line->ours), i};
	}
	qsort(worst, at, sizeof *worst, by_size);
	table_init(&table, columns, COUNT(columns));
	for (uint32_t i = 0; i < at && i < DIFFERENCES_SHOWN; i++)
		difference_row(&table, checked, worst[i].charge);
	fprintf(out, "\n");
	int status = table_print(&table, TABLE_HUMAN, out, err);
	if (status == 0 && at > DIFFERENCES_SHOWN)
		fprintf(out, "... and %u more, smaller ones: -o csv has every line.\n", at - DIFFERENCES_SHOWN);
	table_free(&table);
	free(worst);
	return status;
}

/* One line a SKU and reason: a SKU may be spot here and covered by a commitment there. */
struct reason {
	uint32_t item, lines;
	const char *why;
	wide_t printed;
};

static int by_item_and_reason(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return strcmp(x->why, y->why);
}

/* Returns how many there are, sorted. */
static uint32_t collect_reasons(const struct bill_checked *checked, struct reason *reasons)
{
	uint32_t n = 0, kept = 0;
	for (uint32_t i = 0; i < checked->invoice.n_charges; i++) {
		const struct checked *line = &checked->lines[i];
		if (line->status == CHECK_UNPRICED)
			reasons[n++] = (struct reason){checked->invoice.charges[i].item, 1, line->why, line->printed};
	}
	qsort(reasons, n, sizeof *reasons, by_item_and_reason);
	for (uint32_t i = 0; i < n; i++) {
		if (kept && by_item_and_reason(&reasons[kept - 1], &reasons[i]) == 0) {
			reasons[kept - 1].lines++;
			reasons[kept - 1].printed += reasons[i].printed;
		} else {
			reasons[kept++] = reasons[i];
		}
	}
	return kept;
}

static int print_unpriced(const struct bill_checked *checked, uint32_t n_lines, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"sku", "NOT PRICED", false}, {"service", "service", false}, {"lines", "lines", true},
	    {"printed", "invoice", true}, {"why", "why", false},
	};
	struct reason *reasons = malloc((n_lines + 1) * sizeof *reasons);
	struct table table;
	char text[SUM_TEXT];
	if (!reasons)
		return err_set(err, "out of memory");
	uint32_t n = collect_reasons(checked, reasons);
	table_init(&table, columns, COUNT(columns));
	for (uint32_t i = 0; i < n; i++) {
		table_text(&table, checked->invoice.items[reasons[i].item].sku);
		table_text(&table, checked->invoice.items[reasons[i].item].service);
		table_integer(&table, reasons[i].lines);
		table_text(&table, sum_text(reasons[i].printed, checked->places, text));
		table_text(&table, reasons[i].why);
	}
	fprintf(out, "\n");
	int status = table_print(&table, TABLE_HUMAN, out, err);
	table_free(&table);
	free(reasons);
	return status;
}

static void print_summary(const struct bill_checked *checked, const struct sums *total, FILE *out)
{
	const char *currency = checked->invoice.currency;
	char printed[SUM_TEXT], ours[SUM_TEXT], difference[SUM_TEXT], unpriced[SUM_TEXT];
	fputc('\n', out);
	say(out, "%u lines have a price: %u agree to the last digit, %u within rounding, %u differ.",
	    priced_lines(total), total->lines[CHECK_AGREES], total->lines[CHECK_ROUNDING], total->lines[CHECK_DIFFERS]);
	say(out, "Invoice %s, by the list %s: difference %s %s.", sum_text(total->printed, checked->places, printed),
	    sum_text(total->ours, checked->places, ours),
	    sum_text(total->printed - total->ours, checked->places, difference), currency);
	fprintf(out, "%u lines of %s %s have none.\n", total->lines[CHECK_UNPRICED],
		sum_text(total->unpriced, checked->places, unpriced), currency);
	if (total->lines[CHECK_ROUNDING])
		say(out,
		    "Within rounding: the printed usage or our price has too few digits to tell, or the line adds up "
		    "parts that were each cut to %d decimals: one in the last digit.",
		    checked->places);
}

static int print_human(const struct bill_checked *checked, FILE *out, struct err *err)
{
	struct sums total, *sums = sum_items(checked, &total);
	int status = 0;
	if (!sums)
		return err_set(err, "out of memory");
	print_head(checked, out);
	if (priced_lines(&total))
		status = print_priced(checked, sums, &total, out, err);
	if (status == 0 && total.lines[CHECK_DIFFERS])
		status = print_differences(checked, total.lines[CHECK_DIFFERS], out, err);
	if (status == 0 && total.lines[CHECK_UNPRICED])
		status = print_unpriced(checked, total.lines[CHECK_UNPRICED], out, err);
	if (status == 0)
		print_summary(checked, &total, out);
	free(sums);
	return status;
}

/* ---- for programs: every line ---- */

static const struct table_column line_columns[] = {
    {"line", NULL, true},    {"start", NULL, false},  {"provider", NULL, false},  {"service", NULL, false},
    {"sku", NULL, false},    {"region", NULL, false}, {"usage", NULL, true},      {"unit", NULL, false},
    {"invoice", NULL, true}, {"by_list", NULL, true}, {"difference", NULL, true}, {"currency", NULL, false},
    {"status", NULL, false}, {"why", NULL, false},    {"price_usd", NULL, true},  {"source", NULL, false},
    {"as_of", NULL, false},
};

static void add_money(struct table *table, int64_t units, int places)
{
	int64_t nano = units;
	bool fits = places <= 9;
	for (int i = places; i < 9 && fits; i++)
		fits = !__builtin_mul_overflow(nano, 10, &nano);
	if (fits)
		table_nano(table, nano, 9);
	else
		table_number(table, (double)units * pow(10, -places), places);
}

static void line_row(struct table *table, const struct bill_checked *checked, uint32_t index)
{
	const struct charge *charge = &checked->invoice.charges[index];
	const struct invoice_item *item = &checked->invoice.items[charge->item];
	const struct item_price *price = &checked->items[charge->item];
	const struct checked *line = &checked->lines[index];
	bool priced = line->status != CHECK_UNPRICED;
	char text[SUM_TEXT], start[CALENDAR_TEXT];
	table_integer(table, charge->line);
	table_text(table, calendar_format(charge->start, start));
	table_text(table, provider_name(item->provider));
	table_text(table, item->service);
	table_text(table, item->sku);
	table_text(table, price->region);
	table_text(table, amount_text(&charge->usage, text));
	table_text(table, item->unit);
	add_money(table, line->printed, checked->places);
	if (priced) {
		add_money(table, line->ours, checked->places);
		add_money(table, line->printed - line->ours, checked->places);
	} else {
		table_none(table);
		table_none(table);
	}
	table_text(table, checked->invoice.currency);
	table_text(table, check_status_names[line->status]);
	table_text(table, line->why ? line->why : "");
	if (priced)
		table_nano(table, price->price.tiers[0].price_nano, 9);
	else
		table_none(table);
	table_text(table, price->source ? price->source : "");
	table_text(table, price->as_of ? price->as_of : "");
}

static void json_number(FILE *out, const char *key, wide_t units, int places)
{
	char text[SUM_TEXT];
	fprintf(out, "\"%s\": %s, ", key, sum_text(units, places, text));
}

static void json_head(const struct bill_checked *checked, FILE *out)
{
	static const char *const origins[] = {"none", "given", "lines", "inferred"};
	struct sums total = {0};
	for (uint32_t i = 0; i < checked->invoice.n_charges; i++)
		add(&total, &checked->lines[i]);
	fprintf(out, "{\"format\": ");
	table_json_string(out, invoice_format_name(&checked->invoice));
	fprintf(out, ", \"currency\": \"%s\", \"exchange_rate\": ", checked->invoice.currency);
	if (checked->origin == RATE_LINES)
		fprintf(out, "null");
	else
		fprintf(out, "%.12g", from_nano(checked->rate_nano));
	fprintf(out, ", \"exchange_rate_from\": \"%s\", ", origins[checked->origin]);
	fprintf(out, "\"agree\": %u, \"rounding\": %u, \"differ\": %u, \"not_priced\": %u, ", total.lines[CHECK_AGREES],
		total.lines[CHECK_ROUNDING], total.lines[CHECK_DIFFERS], total.lines[CHECK_UNPRICED]);
	json_number(out, "invoice", total.printed, checked->places);
	json_number(out, "by_list", total.ours, checked->places);
	json_number(out, "difference", total.printed - total.ours, checked->places);
	json_number(out, "not_priced_invoice", total.unpriced, checked->places);
	fprintf(out, "\"lines\": ");
}

int bill_check_print(const struct bill_checked *checked, enum table_format format, FILE *out, struct err *err)
{
	struct table table;
	if (format == TABLE_HUMAN)
		return print_human(checked, out, err);
	table_init(&table, line_columns, COUNT(line_columns));
	for (uint32_t i = 0; i < checked->invoice.n_charges; i++)
		line_row(&table, checked, i);
	if (format == TABLE_JSON)
		json_head(checked, out);
	int status = table_print(&table, format, out, err);
	if (format == TABLE_JSON && status == 0)
		fprintf(out, "}\n");
	table_free(&table);
	return status;
}
