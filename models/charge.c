#include "charge.h"

#include "calendar.h"

/* ---- units ---- */

static const struct unit_name {
	const char *name;
	struct unit unit;
} units[] = {
    {"second", {UNIT_TIME, 1, false}},
    {"minute", {UNIT_TIME, 60, false}},
    {"hour", {UNIT_TIME, 3600, false}},
    {"hr", {UNIT_TIME, 3600, false}},
    {"h", {UNIT_TIME, 3600, false}},
    {"vcpu hour", {UNIT_TIME, 3600, false}},
    {"lcu hr", {UNIT_TIME, 3600, false}},
    {"lcu hour", {UNIT_TIME, 3600, false}},
    {"core hour", {UNIT_TIME, 3600, false}},
    {"instance hour", {UNIT_TIME, 3600, false}},
    {"virtual machine", {UNIT_TIME, 3600, false}},
    {"day", {UNIT_TIME, 86400, false}},
    {"month", {UNIT_TIME, 1, true}},
    {"mo", {UNIT_TIME, 1, true}},
    {"iop mo", {UNIT_TIME, 1, true}}, /* "IOPS-Mo", "GiBps-mo", without the plural */
    {"gibp mo", {UNIT_TIME, 1, true}},
    {"byte", {UNIT_BYTES, 1, false}},
    {"mebibyte", {UNIT_BYTES, 1 << 20, false}},
    {"gibibyte", {UNIT_BYTES, GIB, false}},
    {"gib", {UNIT_BYTES, GIB, false}},
    {"gb", {UNIT_BYTES, GIB, false}},
    {"tebibyte", {UNIT_BYTES, 1024 * GIB, false}},
    {"byte second", {UNIT_BYTE_TIME, 1, false}},
    {"gibibyte hour", {UNIT_BYTE_TIME, 3600 * GIB, false}},
    {"gib hour", {UNIT_BYTE_TIME, 3600 * GIB, false}},
    {"gb hour", {UNIT_BYTE_TIME, 3600 * GIB, false}},
    {"gb hr", {UNIT_BYTE_TIME, 3600 * GIB, false}},
    {"gibibyte month", {UNIT_BYTE_TIME, GIB, true}},
    {"gib month", {UNIT_BYTE_TIME, GIB, true}},
    {"gb month", {UNIT_BYTE_TIME, GIB, true}},
    {"gb mo", {UNIT_BYTE_TIME, GIB, true}},
    {"request", {UNIT_COUNT, 1, false}},
    {"count", {UNIT_COUNT, 1, false}},
    {"operation", {UNIT_COUNT, 1, false}},
};

#define UNIT_NAME_MAX 32

/* Lower case, every run of other characters one blank, no leading "1", no plural. */
static void fold_name(const char *text, char name[UNIT_NAME_MAX])
{
	size_t n = 0;
	while (*text == ' ')
		text++;
	if (*text == '1' && (text[1] < '0' || text[1] > '9') && text[1] != '.')
		text++;
	for (; *text && n < UNIT_NAME_MAX - 1; text++) {
		char c = *text;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!letter && (n == 0 || name[n - 1] == ' '))
			continue;
		bool plural = c == 's' && n > 0 && name[n - 1] != ' ' && (text[1] == 0 || strchr(" -/", text[1]));
		if (!plural)
			name[n++] = letter ? c : ' ';
	}
	while (n > 0 && name[n - 1] == ' ')
		n--;
	name[n] = 0;
}

bool unit_parse(const char *text, struct unit *unit)
{
	char name[UNIT_NAME_MAX];
	fold_name(text, name);
	for (size_t i = 0; i < COUNT(units); i++)
		if (strcmp(name, units[i].name) == 0) {
			*unit = units[i].unit;
			return true;
		}
	return false;
}

/* ---- amounts ---- */

/* usage / 10^places * unit / per, as a numerator and what is still to be divided by. */
static bool convert(const struct charge_terms *terms, const struct amount *usage, const struct unit *per,
		    struct exact *exact)
{
	if (usage->units < 0 || terms->unit.dimension != per->dimension)
		return false;
	exact_set(exact, usage->units);
	exact_times(exact, terms->unit.scale);
	if (terms->unit.monthly && !per->monthly)
		exact_times(exact, calendar_month_ms(terms->month) / SECOND_MS);
	return true;
}

static void divide(const struct charge_terms *terms, const struct amount *usage, const struct unit *per,
		   struct exact *exact)
{
	exact_over_ten(exact, usage->places);
	exact_over(exact, per->scale);
	if (per->monthly && !terms->unit.monthly)
		exact_over(exact, calendar_month_ms(terms->month) / SECOND_MS);
}

bool charge_rate(const struct charge_terms *terms, const struct amount *usage, const struct unit *per,
		 int64_t price_nano, int64_t *out)
{
	struct exact exact;
	if (!convert(terms, usage, per, &exact))
		return false;
	exact_times(&exact, price_nano);
	exact_times(&exact, terms->rate_nano);
	exact_times(&exact, terms->truncate ? 1 : 2);
	exact_times_ten(&exact, terms->places);
	divide(terms, usage, per, &exact);
	exact_over_ten(&exact, 18);
	if (!exact_get(&exact, out) || *out == INT64_MAX)
		return false;
	if (!terms->truncate)
		*out = (*out + 1) / 2;
	return true;
}

bool charge_quantity(const struct charge_terms *terms, const struct amount *usage, const struct unit *per, int64_t *out)
{
	struct exact exact;
	if (!convert(terms, usage, per, &exact))
		return false;
	exact_times_ten(&exact, 9);
	divide(terms, usage, per, &exact);
	return exact_get(&exact, out);
}

static int64_t tier_end(const struct charge_price *price, uint32_t tier)
{
	if (tier + 1 >= price->n_tiers || price->tiers[tier + 1].from > INT64_MAX / NANO)
		return INT64_MAX;
	return price->tiers[tier + 1].from * NANO;
}

/* A line that spans tiers: the parts are summed before the rounding. */
static bool rate_span(const struct charge_terms *terms, const struct charge_price *price, int64_t from, int64_t until,
		      int64_t *out)
{
	wide_t nano = 0;
	for (uint32_t t = 0; t < price->n_tiers && from < until; t++) {
		int64_t end = min64(until, tier_end(price, t));
		if (end <= from)
			continue;
		wide_t part;
		if (__builtin_mul_overflow((wide_t)(end - from), (wide_t)price->tiers[t].price_nano, &part) ||
		    __builtin_add_overflow(nano, part, &nano))
			return false;
		from = end;
	}
	struct exact exact;
	exact_set(&exact, nano);
	exact_times(&exact, terms->rate_nano);
	exact_times(&exact, terms->truncate ? 1 : 2);
	exact_times_ten(&exact, terms->places);
	exact_over_ten(&exact, 27);
	if (!exact_get(&exact, out) || *out == INT64_MAX)
		return false;
	if (!terms->truncate)
		*out = (*out + 1) / 2;
	return true;
}

bool charge_rate_tiers(const struct charge_terms *terms, const struct amount *usage, const struct charge_price *price,
		       int64_t before_nano, int64_t *out)
{
	int64_t quantity, until;
	if (!charge_quantity(terms, usage, &price->unit, &quantity) ||
	    __builtin_add_overflow(before_nano, quantity, &until))
		return false;
	for (uint32_t t = 0; t < price->n_tiers; t++)
		if (before_nano < tier_end(price, t)) {
			if (until <= tier_end(price, t))
				return charge_rate(terms, usage, &price->unit, price->tiers[t].price_nano, out);
			return rate_span(terms, price, before_nano, until, out);
		}
	return false;
}
