#include "decimal.h"

#define TEN_9  UINT64_C(1000000000)
#define TEN_18 UINT64_C(1000000000000000000)

static const uint64_t powers[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    TEN_18,
    UINT64_C(10000000000000000000),
};

/* mantissa * 10^exponent. Digits beyond 19 are dropped: below DECIMAL_MAX they cannot change the rounding. */
struct number {
	uint64_t mantissa;
	int64_t exponent;
};

static const char *read_digits(const char *at, const char *end, struct number *n, bool fraction)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		if (n->mantissa < TEN_18) {
			n->mantissa = n->mantissa * 10 + (uint64_t)(*at - '0');
			n->exponent -= fraction;
		} else {
			n->exponent += !fraction;
		}
	return at;
}

/* From the 'e' on; NULL when no digits follow. */
static const char *read_exponent(const char *at, const char *end, struct number *n)
{
	bool minus = ++at < end && *at == '-';
	at += at < end && (*at == '-' || *at == '+');
	const char *start = at;
	int64_t exponent = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		if (exponent < 1000000)
			exponent = exponent * 10 + (*at - '0');
	n->exponent += minus ? -exponent : exponent;
	return at > start ? at : NULL;
}

static enum decimal shift(const struct number *n, int64_t places, int64_t *out)
{
	int64_t up = n->exponent + places;
	uint64_t value = 0;
	if (n->mantissa == 0 || up < -19) {
		value = 0;
	} else if (up < 0) {
		uint64_t power = powers[-up], rest = n->mantissa % power;
		value = n->mantissa / power + (rest >= power - rest);
	} else if (up > 18 || __builtin_mul_overflow(n->mantissa, powers[up], &value)) {
		return DECIMAL_TOO_LARGE;
	}
	if (value > TEN_18)
		return DECIMAL_TOO_LARGE;
	*out = (int64_t)value;
	return DECIMAL_OK;
}

enum decimal decimal_parse(const char *text, size_t length, int places, int64_t *out)
{
	const char *at = text, *end = text + length;
	bool minus = length && *at == '-';
	at += length && (*at == '-' || *at == '+');
	struct number n = {0, 0};
	const char *start = at;
	at = read_digits(at, end, &n, false);
	ptrdiff_t digits = at - start;
	if (at < end && *at == '.') {
		start = ++at;
		at = read_digits(at, end, &n, true);
		digits += at - start;
	}
	if (digits && at < end && (*at == 'e' || *at == 'E'))
		at = read_exponent(at, end, &n);
	if (!digits || at != end)
		return DECIMAL_NOT_A_NUMBER;
	if (minus && n.mantissa)
		return DECIMAL_NEGATIVE;
	return shift(&n, places, out);
}

/* Takes digits from *at on into *value; false when there is none or too many. */
static bool take_digits(const char *text, size_t length, size_t *at, size_t most, int64_t *value)
{
	size_t start = *at;
	while (*at < length && text[*at] >= '0' && text[*at] <= '9') {
		if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, text[*at] - '0', value))
			return false;
		++*at;
	}
	return *at > start && *at - start <= most;
}

int64_t decimal_nano(const char *text, size_t length)
{
	int64_t value = 0;
	size_t at = 0, decimals = 0;
	if (!take_digits(text, length, &at, length, &value))
		return -1;
	if (at < length && text[at] == '.') {
		size_t point = at++;
		if (!take_digits(text, length, &at, 9, &value))
			return -1;
		decimals = at - point - 1;
	}
	for (; decimals < 9; decimals++)
		if (__builtin_mul_overflow(value, 10, &value))
			return -1;
	return at == length ? value : -1;
}

void decimal_text(int64_t nano, int places, int least, char text[DECIMAL_TEXT])
{
	uint64_t size = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano, unit = powers[9 - places];
	size = (size + unit / 2) / unit * unit;
	snprintf(text, DECIMAL_TEXT, "%s%llu.%09llu", nano < 0 ? "-" : "", (unsigned long long)(size / TEN_9),
		 (unsigned long long)(size % TEN_9));
	size_t end = strlen(text), keep = end - 9 + (size_t)least;
	while (end > keep && text[end - 1] == '0')
		end--;
	if (text[end - 1] == '.')
		end--;
	text[end] = 0;
}
