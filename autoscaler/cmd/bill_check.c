#include "bill_check.h"

#include "../io/text/decimal.h"
#include "calendar.h"
#include "cmd.h"
#include "visible.h"

#include <math.h>
#include <stdlib.h>

const char *const check_status_names[CHECK_STATUSES] = {
    [CHECK_AGREES] = "agrees",
    [CHECK_ROUNDING] = "rounding",
    [CHECK_DIFFERS] = "differs",
    [CHECK_UNPRICED] = "not priced",
};

/* Why a kind of charge is not compared; NULL: it is. */
static const char *const kind_whys[CHARGE_KINDS] = {
    [CHARGE_SPOT] = "spot prices move",
    [CHARGE_COVERED] = "covered by a commitment",
    [CHARGE_TAX] = "tax",
    [CHARGE_CREDIT] = "credit or refund",
    [CHARGE_FEE] = "fee, purchase or adjustment",
    [CHARGE_OTHER] = "kind of charge unknown",
};

/* Google's costs have six decimals, the rest cut off; a row may add up several such. Seen on a real bill (2024-07). */
#define GOOGLE_PLACES 6

struct check {
	struct bill_checked *out;
	const struct invoice_file *file;
	struct arena *arena;
};

static bool parts_are_rounded(const struct check *check, const struct charge *charge)
{
	return check->file->items[charge->item].provider == PROVIDER_GCP && check->out->places <= GOOGLE_PLACES;
}

static bool terms_of(const struct check *check, const struct charge *charge, struct charge_terms *terms)
{
	const struct invoice_item *item = &check->file->items[charge->item];
	*terms = (struct charge_terms){
	    .unit = check->out->items[charge->item].price.unit,
	    .month = charge->start,
	    .rate_nano = charge->rate_nano ? charge->rate_nano : check->out->rate_nano,
	    .places = check->out->places,
	    .truncate = parts_are_rounded(check, charge) && check->out->places == GOOGLE_PLACES,
	};
	return !*item->unit || unit_parse(item->unit, &terms->unit);
}

/* ---- the exchange rate ---- */

#define RATE_TRIES 8
#define RATE_WIDTH 1e-3 /* the line must tell it so well */

/* Rates that give what the line prints; 0, 0 when it says nothing. */
struct rate_span {
	double from, until;
	uint32_t charge;
};

static struct rate_span span_of(const struct check *check, uint32_t index)
{
	const struct charge *charge = &check->file->charges[index];
	const struct item_price *item = &check->out->items[charge->item];
	struct rate_span span = {0, 0, index};
	struct charge_terms terms;
	int64_t dollars, printed = check->out->lines[index].printed;
	if (charge->kind != CHARGE_USAGE || item->unknown || printed <= 0 || item->price.half_nano ||
	    !terms_of(check, charge, &terms))
		return span;
	terms.rate_nano = NANO;
	terms.places = 15;
	int status = charge_rate(&terms, &charge->usage, &item->price.unit, item->price.tiers[0].price_nano, &dollars);
	if (!status || dollars <= 0)
		return span;
	double unit = pow(10, -check->out->places), ours = (double)dollars / 1e15, cost = (double)printed * unit;
	bool parts = parts_are_rounded(check, charge);
	span.from = (parts ? cost : cost - unit / 2) / ours;
	span.until = (parts ? cost + 2 * unit : cost + unit / 2) / ours;
	return span;
}

/* The shortest decimal in [from, until), in billionths; 0: none. */
static int64_t shortest(double from, double until)
{
	double scale = 1;
	for (int digits = 0; digits <= 9; digits++, scale *= 10) {
		double candidate = ceil(from * scale);
		if (candidate > 0 && candidate < until * scale && candidate < 1e15)
			return (int64_t)llround(candidate * (1e9 / scale));
	}
	return 0;
}

/* Lines whose amount the rate gives. *items: of how many SKUs, 2 standing for more. */
static uint32_t count_fits(const struct check *check, const struct rate_span *spans, uint32_t n, int64_t rate_nano,
			   uint32_t *items)
{
	uint32_t fits = 0, first = 0;
	double rate = from_nano(rate_nano);
	*items = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t item = check->file->charges[spans[i].charge].item;
		if (rate < spans[i].from || rate >= spans[i].until)
			continue;
		if (fits++ == 0) {
			first = item;
			*items = 1;
		} else if (item != first) {
			*items = 2;
		}
	}
	return fits;
}

static int by_width(const void *a, const void *b)
{
	const struct rate_span *x = a, *y = b;
	double wide = x->until - x->from, other = y->until - y->from;
	if (wide != other)
		return wide < other ? -1 : 1;
	return (x->charge > y->charge) - (x->charge < y->charge);
}

/* The shortest rate that the line with the most digits allows, if most lines fit it, and of more than one SKU: one
 * alone would hide any error of its price. Else the next line's. */
static bool take_rate(const struct check *check, struct rate_span *spans, uint32_t n)
{
	struct bill_checked *out = check->out;
	qsort(spans, n, sizeof *spans, by_width);
	for (uint32_t i = 0; i < n && i < RATE_TRIES; i++) {
		int64_t rate = shortest(spans[i].from, spans[i].until);
		uint32_t items, fits = count_fits(check, spans, n, rate, &items);
		if (!rate || items < 2 || fits <= n / 2 || spans[i].until - spans[i].from > RATE_WIDTH * spans[i].from)
			continue;
		out->origin = RATE_INFERRED;
		out->rate_nano = rate;
		out->rate_line = check->file->charges[spans[i].charge].line;
		out->rate_fits = fits;
		out->rate_tried = n;
		return true;
	}
	return false;
}

static int infer_rate(const struct check *check, struct err *err)
{
	uint32_t n = 0;
	struct rate_span *spans = malloc(check->file->n_charges * sizeof *spans);
	if (!spans)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < check->file->n_charges; i++) {
		spans[n] = span_of(check, i);
		n += spans[n].until > 0;
	}
	bool found = take_rate(check, spans, n);
	free(spans);
	if (found)
		return 0;
	return err_set(
	    err, "the invoice is in %s and has no exchange rate, and no rate fits its lines: give --rate, %s for 1 USD",
	    check->file->currency, check->file->currency);
}

static int find_rate(const struct check *check, const char *given, struct err *err)
{
	struct bill_checked *out = check->out;
	bool lines = true;
	for (uint32_t i = 0; i < check->file->n_charges && lines; i++)
		lines = check->file->charges[i].rate_nano > 0 || check->file->charges[i].kind != CHARGE_USAGE;
	out->rate_nano = NANO;
	if (given) {
		out->rate_nano = decimal_nano(given, strlen(given));
		out->origin = RATE_GIVEN;
		if (out->rate_nano <= 0 || out->rate_nano > 1000000 * NANO)
			return err_set(err,
				       "--rate: '%s'; allowed: a number above 0, up to 1000000, of at most 9 decimals",
				       visible(given, strlen(given), 40).text);
		for (uint32_t i = 0; i < check->file->n_charges; i++)
			out->invoice.charges[i].rate_nano = 0;
	} else if (lines) {
		out->origin = RATE_LINES;
	} else if (strcmp(check->file->currency, "USD") != 0) {
		return infer_rate(check, err);
	}
	return 0;
}

/* ---- one line ---- */

/* usage - or + half of its last digit, which a provider that prints rounded usage leaves open. */
static struct amount nudged(const struct amount *usage, int sign)
{
	struct amount out = *usage;
	if (usage->places == 0 || usage->places > 20)
		return out;
	for (int32_t most = usage->printed > 6 ? usage->printed + 1 : 7; out.places < most; out.places++)
		out.units *= 10;
	out.units += 5 * sign;
	return out;
}

/* The least and the most that the line may come to. */
static bool bounds(const struct charge_terms *terms, const struct charge *charge, const struct charge_price *price,
		   int64_t price_nano, int64_t *least, int64_t *most)
{
	struct amount low = nudged(&charge->usage, -1), high = nudged(&charge->usage, 1);
	return charge_rate(terms, &low, &price->unit, max64(price_nano - price->half_nano, 0), least) &&
	       charge_rate(terms, &high, &price->unit, price_nano + price->half_nano, most);
}

static bool close_to(const struct check *check, const struct charge_terms *terms, const struct charge *charge,
		     int64_t price_nano, int64_t printed)
{
	int64_t least, most, part = parts_are_rounded(check, charge);
	return bounds(terms, charge, &check->out->items[charge->item].price, price_nano, &least, &most) &&
	       printed >= least - part && printed <= most + part;
}

/* Of a SKU with tiers: a line may span them. */
static bool close_to_tiers(const struct check *check, const struct charge_terms *terms, const struct charge *charge,
			   int64_t before_nano, int64_t printed)
{
	const struct charge_price *price = &check->out->items[charge->item].price;
	struct amount low = nudged(&charge->usage, -1), high = nudged(&charge->usage, 1);
	int64_t least, most, part = parts_are_rounded(check, charge);
	return charge_rate_tiers(terms, &low, price, before_nano, &least) &&
	       charge_rate_tiers(terms, &high, price, before_nano, &most) && printed >= least - part &&
	       printed <= most + part;
}

static const char *explain(const struct check *check, const struct charge_terms *terms, const struct charge *charge,
			   const struct checked *line)
{
	const struct item_price *item = &check->out->items[charge->item];
	char text[256] = "";
	int64_t theirs;
	struct charge_terms own = *terms;
	own.rate_nano = NANO;
	if (line->printed == 0)
		return "charged nothing: free tier or promotion";
	for (uint32_t t = 0; t < item->price.n_tiers && item->price.n_tiers > 1; t++)
		if (close_to(check, terms, charge, item->price.tiers[t].price_nano, line->printed))
			snprintf(text, sizeof text, "tier: priced as from %lld a month",
				 (long long)item->price.tiers[t].from);
	double ratio = line->ours ? (double)line->printed / (double)line->ours : 0;
	bool own_price =
	    charge->price_nano > 0 && charge_rate(&own, &charge->usage, &item->price.unit, charge->price_nano, &theirs);
	if (*text)
		return arena_strdup(check->arena, text);
	if (own_price && llabs(theirs - line->printed) <= 1)
		snprintf(text, sizeof text, "price: the invoice has %.9g, the list %.9g (%s)",
			 from_nano(charge->price_nano),
			 from_nano(item->price.tiers[0].price_nano) * from_nano(terms->rate_nano), item->as_of);
	else if (own_price && charge->price_nano == item->price.tiers[0].price_nano)
		snprintf(text, sizeof text, "quantity: the amount is of %.9g units",
			 (double)line->printed * pow(10, -terms->places) / from_nano(charge->price_nano));
	else if (line->ours == 0)
		snprintf(text, sizeof text, "price: free by the list (%s)", item->as_of);
	else if (fabs(ratio - 1) < 1e-4)
		snprintf(text, sizeof text, "rounding: of parts, or of the exchange rate");
	else
		snprintf(text, sizeof text, "%s: %.4g %% %s the list (%s)", ratio < 1 ? "discount" : "price",
			 100 * fabs(ratio - 1), ratio < 1 ? "below" : "above", item->as_of);
	return arena_strdup(check->arena, text);
}

static void judge(const struct check *check, const struct charge *charge, struct checked *line, int64_t *before_nano)
{
	const struct item_price *item = &check->out->items[charge->item];
	const struct charge_price *price = &item->price;
	struct charge_terms terms;
	int64_t quantity = 0, before = *before_nano;
	line->status = CHECK_UNPRICED;
	line->why = kind_whys[charge->kind] ? kind_whys[charge->kind] : item->unknown;
	if (line->why)
		return;
	line->why = "its unit is not the price list's";
	if (!terms_of(check, charge, &terms) || terms.unit.dimension != price->unit.dimension)
		return;
	line->why = "too large, or negative";
	if (!charge_rate_tiers(&terms, &charge->usage, price, *before_nano, &line->ours))
		return;
	charge_quantity(&terms, &charge->usage, &price->unit, &quantity);
	*before_nano = min64(*before_nano, INT64_MAX - quantity) + quantity;
	line->why = NULL;
	line->status = CHECK_AGREES;
	if (line->ours == line->printed)
		return;
	line->status = CHECK_ROUNDING;
	bool part = parts_are_rounded(check, charge) && llabs(line->ours - line->printed) <= 1;
	bool near = price->n_tiers > 1 ? close_to_tiers(check, &terms, charge, before, line->printed)
				       : close_to(check, &terms, charge, price->tiers[0].price_nano, line->printed);
	if (part || near)
		return;
	line->status = CHECK_DIFFERS;
	line->why = explain(check, &terms, charge, line);
}

/* ---- all of them ---- */

struct sorted {
	uint32_t item, charge;
	ms_t start;
};

static int by_item_and_time(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->charge > y->charge) - (x->charge < y->charge);
}

/* Tiers run by item and calendar month, in order of time, whatever the order of the file. */
static int judge_all(const struct check *check, struct err *err)
{
	const struct invoice_file *file = check->file;
	struct sorted *sorted = malloc(file->n_charges * sizeof *sorted);
	int64_t before = 0;
	ms_t month = MS_UNSET;
	if (!sorted)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < file->n_charges; i++)
		sorted[i] = (struct sorted){file->charges[i].item, i, file->charges[i].start};
	qsort(sorted, file->n_charges, sizeof *sorted, by_item_and_time);
	for (uint32_t i = 0; i < file->n_charges; i++) {
		ms_t from, until;
		calendar_month(sorted[i].start, &from, &until);
		if (i == 0 || sorted[i].item != sorted[i - 1].item || from != month)
			before = 0;
		month = from;
		judge(check, &file->charges[sorted[i].charge], &check->out->lines[sorted[i].charge], &before);
	}
	free(sorted);
	return 0;
}

static int price_items(struct bill_checked *out, struct err *err)
{
	out->items = arena_alloc(&out->arena, out->invoice.n_items, sizeof *out->items);
	out->lines = arena_alloc(&out->arena, out->invoice.n_charges, sizeof *out->lines);
	if (!out->items || !out->lines)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < out->invoice.n_items; i++)
		if (invoice_price_find(out->prices, &out->invoice.items[i], &out->items[i], err) < 0)
			return -1;
	for (uint32_t i = 0; i < out->invoice.n_charges; i++)
		if (!amount_scale(&out->invoice.charges[i].cost, out->places, &out->lines[i].printed))
			return err_set(err, "line %u: the cost is too large", out->invoice.charges[i].line);
	return 0;
}

int bill_check_compute(const struct bill_check_options *options, struct bill_checked *out, struct err *err)
{
	*out = (struct bill_checked){0};
	struct check check = {.out = out, .file = &out->invoice, .arena = &out->arena};
	if (invoice_read(options->invoice, &out->invoice, err) < 0)
		return -1;
	out->places = out->invoice.places;
	out->prices = invoice_prices_read(options->data, err);
	if (!out->prices || price_items(out, err) < 0 || find_rate(&check, options->rate, err) < 0)
		return -1;
	return judge_all(&check, err);
}

void bill_checked_free(struct bill_checked *out)
{
	invoice_free(&out->invoice);
	invoice_prices_free(out->prices);
	arena_free(&out->arena);
	*out = (struct bill_checked){0};
}

int bill_check(const struct bill_check_options *options, FILE *file, struct err *err)
{
	struct bill_checked checked;
	int status = bill_check_compute(options, &checked, err);
	if (status == 0)
		status = bill_check_print(&checked, options->format, file, err);
	for (uint32_t i = 0; i < checked.invoice.n_charges && status == 0; i++)
		if (checked.lines[i].status == CHECK_DIFFERS)
			status = EXIT_DIFFERENT;
	bill_checked_free(&checked);
	return status;
}
