#include "quantity.h"

/* The grammar is split as upstream splits it: sign, digits with at most one dot, suffix. Everything is then exact
 * integer arithmetic in billionths, so that the rounding is the only place where a value can change. */

#define CAP_NANO   ((wide_t)INT64_MAX * NANO)
#define CAP_DIGITS 28 /* digits of CAP_NANO */

struct suffix {
	const char *name;
	int base, exponent;
};

static const struct suffix suffixes[] = {
    {"", 10, 0},   {"n", 10, -9}, {"u", 10, -6}, {"m", 10, -3}, {"k", 10, 3},  {"M", 10, 6},
    {"G", 10, 9},  {"T", 10, 12}, {"P", 10, 15}, {"E", 10, 18}, {"Ki", 2, 10}, {"Mi", 2, 20},
    {"Gi", 2, 30}, {"Ti", 2, 40}, {"Pi", 2, 50}, {"Ei", 2, 60},
};

struct parts {
	bool negative;
	const char *whole, *fraction; /* digits; whole without leading zeros */
	size_t n_whole, n_fraction;
	bool any_digit;
	int base;
	int64_t exponent;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The exponent after e or E: a signed 64-bit integer. Upstream keeps its low 32 bits. */
static bool exponent_parse(const char *at, const char *end, int64_t *exponent)
{
	bool negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end)
		return false;
	wide_t value = 0;
	for (; at < end; at++) {
		if (!is_digit(*at))
			return false;
		value = value * 10 + (*at - '0');
		if (value > (wide_t)INT64_MAX + negative)
			return false;
	}
	uint32_t low = (uint32_t)(uint64_t)(negative ? -value : value);
	*exponent = low <= INT32_MAX ? (int64_t)low : (int64_t)low - ((int64_t)1 << 32);
	return true;
}

static bool suffix_parse(const char *at, const char *end, struct parts *parts)
{
	size_t length = (size_t)(end - at);
	for (size_t i = 0; i < COUNT(suffixes); i++)
		if (strlen(suffixes[i].name) == length && memcmp(suffixes[i].name, at, length) == 0) {
			parts->base = suffixes[i].base;
			parts->exponent = suffixes[i].exponent;
			return true;
		}
	parts->base = 10;
	return length > 1 && (*at == 'e' || *at == 'E') && exponent_parse(at + 1, end, &parts->exponent);
}

static bool split(const char *at, const char *end, struct parts *parts)
{
	if (at == end)
		return false;
	if (*at == '-' || *at == '+')
		parts->negative = *at++ == '-';
	const char *first = at;
	while (at < end && *at == '0')
		at++;
	parts->whole = at;
	while (at < end && is_digit(*at))
		at++;
	parts->n_whole = (size_t)(at - parts->whole);
	parts->any_digit = at > first;
	if (at < end && *at == '.') {
		parts->fraction = ++at;
		while (at < end && is_digit(*at))
			at++;
		parts->n_fraction = (size_t)(at - parts->fraction);
		parts->any_digit |= parts->n_fraction > 0;
	}
	if (!suffix_parse(at, end, parts))
		return false;
	/* A suffix without digits is zero, but only where upstream takes its short path. */
	return parts->any_digit || (parts->base == 2 ? parts->exponent <= 40 : parts->exponent >= -9);
}

static int digit_at(const struct parts *parts, size_t i)
{
	return (i < parts->n_whole ? parts->whole[i] : parts->fraction[i - parts->n_whole]) - '0';
}

/* digits x 10^shift, rounded up, capped. */
static wide_t decimal_nano(const struct parts *parts)
{
	size_t n = parts->n_whole + parts->n_fraction, first = 0;
	while (first < n && digit_at(parts, first) == 0)
		first++;
	if (first == n)
		return 0;
	int64_t shift = parts->exponent + 9 - (int64_t)parts->n_fraction;
	int64_t kept = (int64_t)(n - first) + shift; /* digits of the result */
	if (kept > CAP_DIGITS)
		return CAP_NANO;
	wide_t value = 0;
	for (int64_t i = 0; i < kept; i++)
		value = value * 10 + (first + (size_t)i < n ? digit_at(parts, first + (size_t)i) : 0);
	for (size_t i = first + (size_t)max64(kept, 0); i < n; i++)
		if (digit_at(parts, i) != 0)
			return value + 1;
	return value;
}

/* whole.fraction x 2^exponent, rounded up, capped. */
static wide_t binary_nano(const struct parts *parts)
{
	wide_t whole = 0;
	for (size_t i = 0; i < parts->n_whole; i++) {
		whole = whole * 10 + (parts->whole[i] - '0');
		if (whole > INT64_MAX)
			return CAP_NANO;
	}
	whole <<= parts->exponent;
	if (whole > INT64_MAX)
		return CAP_NANO;
	/* From the last digit up; the ceiling of a ceiling is the ceiling of the whole. */
	wide_t unit = ((wide_t)1 << parts->exponent) * NANO, fraction = 0;
	for (size_t i = parts->n_fraction; i-- > 0;)
		fraction = ((parts->fraction[i] - '0') * unit + fraction + 9) / 10;
	return whole * NANO + fraction;
}

int quantity_parse(const char *text, size_t length, wide_t *nano, struct err *err)
{
	struct parts parts = {0};
	if (!split(text, text + length, &parts))
		return err_set(err, "must be a quantity: a number, then nothing, one of n u m k M G T P E "
				    "Ki Mi Gi Ti Pi Ei, or an exponent (250m, 1.5Gi, 2e3)");
	wide_t value = parts.base == 2 ? binary_nano(&parts) : decimal_nano(&parts);
	if (value > CAP_NANO)
		value = CAP_NANO;
	*nano = parts.negative ? -value : value;
	return 0;
}

static int64_t scaled(wide_t nano, int64_t unit)
{
	wide_t value = nano / unit;
	if (nano % unit != 0)
		value += nano > 0 ? 1 : -1;
	if (value > INT64_MAX)
		return INT64_MAX;
	return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int64_t quantity_value(wide_t nano)
{
	return scaled(nano, NANO);
}

int64_t quantity_milli(wide_t nano)
{
	return scaled(nano, NANO / 1000);
}

double quantity_approximate(wide_t nano)
{
	static const double scales[] = {1e-9, 1e-6, 1e-3, 1};
	size_t i = 0;
	while (i + 1 < COUNT(scales) && nano % 1000 == 0) {
		nano /= 1000;
		i++;
	}
	return (double)nano * scales[i];
}
