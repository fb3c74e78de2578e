#include "decimal.h"

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
