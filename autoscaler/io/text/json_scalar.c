#include "json_value.h"

#include "calendar.h"
#include "quantity.h"

#include <math.h>

/* Numbers, quantities, instants and spans of a checked text. */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_number(struct json_value value)
{
	return value.at && value.at < value.end && (*value.at == '-' || is_digit(*value.at));
}

int64_t json_int(struct json_value value, int64_t fallback)
{
	if (!is_number(value))
		return fallback;
	bool negative = *value.at == '-';
	wide_t sum = 0;
	for (const char *at = value.at + negative; at < value.end; at++) {
		if (!is_digit(*at) || sum > INT64_MAX)
			return fallback;
		sum = sum * 10 + (*at - '0');
	}
	sum = negative ? -sum : sum;
	return sum < INT64_MIN || sum > INT64_MAX ? fallback : (int64_t)sum;
}

int32_t json_count(struct json_value value, int32_t fallback)
{
	int64_t count = json_int(value, -1);
	return count < 0 || count > INT32_MAX ? fallback : (int32_t)count;
}

#define NUMBER_MAX 400 /* bytes of a number that is still read */

bool json_number(struct json_value value, double *out)
{
	char text[NUMBER_MAX], *end;
	size_t length = (size_t)(value.end - value.at);
	if (!is_number(value) || length >= sizeof text)
		return false;
	memcpy(text, value.at, length);
	text[length] = 0;
	double number = strtod(text, &end);
	if (*end || !isfinite(number))
		return false;
	*out = number;
	return true;
}

bool json_quantity(struct json_value value, wide_t *nano)
{
	struct err err;
	struct json_value bytes = value;
	if (!is_number(value) && (!value.at || *value.at != '"' || !json_plain(value, &bytes)))
		return false;
	return quantity_parse(bytes.at, (size_t)(bytes.end - bytes.at), nano, &err) == 0;
}

int64_t json_milli(struct json_value value, int64_t fallback)
{
	wide_t nano;
	return json_quantity(value, &nano) ? quantity_milli(nano) : fallback;
}

/* ---- RFC 3339 ---- */

struct cursor {
	const char *at, *end;
};

/* So many digits, and the byte after them (NUL: any). */
static bool read_digits(struct cursor *c, int count, const char *after, int64_t *out)
{
	*out = 0;
	for (; count > 0; count--, c->at++) {
		if (c->at == c->end || !is_digit(*c->at))
			return false;
		*out = *out * 10 + (*c->at - '0');
	}
	if (!after)
		return true;
	return c->at < c->end && *c->at && strchr(after, *c->at++);
}

static bool read_date(struct cursor *c, ms_t *out)
{
	int64_t year, month, day, same_year;
	unsigned same_month, same_day;
	if (!read_digits(c, 4, "-", &year) || !read_digits(c, 2, "-", &month) || !read_digits(c, 2, "Tt", &day) ||
	    month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	int64_t days = calendar_days(year, (unsigned)month, (unsigned)day);
	calendar_date(days, &same_year, &same_month, &same_day);
	*out = days * DAY_MS;
	return same_day == day; /* not the 31st of a month of 30 days */
}

/* ".5" as 500, rounded down; nothing is 0. */
static bool read_fraction(struct cursor *c, ms_t *out)
{
	*out = 0;
	if (c->at == c->end || *c->at != '.')
		return true;
	const char *start = ++c->at;
	for (ms_t unit = 100; c->at < c->end && is_digit(*c->at); c->at++, unit /= 10)
		*out += unit * (*c->at - '0');
	return c->at > start;
}

static bool read_zone(struct cursor *c, ms_t *ahead)
{
	int64_t hours, minutes;
	if (c->at == c->end)
		return false;
	char sign = *c->at++;
	*ahead = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !read_digits(c, 2, ":", &hours) || !read_digits(c, 2, NULL, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ahead = (hours * 60 + minutes) * MINUTE_MS * (sign == '+' ? 1 : -1);
	return true;
}

ms_t json_time(struct json_value value)
{
	struct json_value bytes;
	ms_t date, fraction, ahead;
	int64_t hour, minute, second;
	if (!value.at || *value.at != '"' || !json_plain(value, &bytes))
		return MS_UNSET;
	struct cursor c = {bytes.at, bytes.end};
	if (!read_date(&c, &date) || !read_digits(&c, 2, ":", &hour) || !read_digits(&c, 2, ":", &minute) ||
	    !read_digits(&c, 2, NULL, &second) || !read_fraction(&c, &fraction) || !read_zone(&c, &ahead))
		return MS_UNSET;
	if (c.at != c.end || hour > 23 || minute > 59 || second > 60)
		return MS_UNSET;
	return date + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction - ahead;
}

/* ---- Go's durations ---- */

static const struct {
	const char *name;
	int64_t nanoseconds;
} units[] = {
    {"h", 3600 * NANO}, {"m", 60 * NANO},    {"s", NANO},         {"ms", NANO / 1000},
    {"us", 1000},       {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000}, {"ns", 1},
};

static bool read_unit(struct cursor *c, int64_t *nanoseconds)
{
	const char *start = c->at;
	while (c->at < c->end && !is_digit(*c->at) && *c->at != '.')
		c->at++;
	for (size_t i = 0; i < COUNT(units); i++)
		if (strlen(units[i].name) == (size_t)(c->at - start) &&
		    memcmp(start, units[i].name, strlen(units[i].name)) == 0) {
			*nanoseconds = units[i].nanoseconds;
			return true;
		}
	return false;
}

/* "1.5s" in nanoseconds; finer than that is cut. */
static bool read_term(struct cursor *c, wide_t *out)
{
	wide_t whole = 0, part = 0, scale = 1;
	bool any = false;
	int64_t unit;
	for (; c->at < c->end && is_digit(*c->at); c->at++, any = true)
		if ((whole = whole * 10 + (*c->at - '0')) > INT64_MAX)
			return false;
	if (c->at < c->end && *c->at == '.')
		for (c->at++; c->at < c->end && is_digit(*c->at); c->at++, any = true)
			if (scale < NANO * (wide_t)NANO) {
				part = part * 10 + (*c->at - '0');
				scale *= 10;
			}
	if (!any || !read_unit(c, &unit))
		return false;
	*out += whole * unit + part * unit / scale;
	return *out <= INT64_MAX;
}

ms_t json_duration(struct json_value value, ms_t fallback)
{
	struct json_value bytes;
	wide_t sum = 0;
	if (!value.at || *value.at != '"' || !json_plain(value, &bytes))
		return fallback;
	struct cursor c = {bytes.at, bytes.end};
	bool negative = c.at < c.end && *c.at == '-';
	if (c.at < c.end && (*c.at == '-' || *c.at == '+'))
		c.at++;
	if (c.at == c.end)
		return fallback;
	if (c.end - c.at == 1 && *c.at == '0')
		return 0;
	while (c.at < c.end)
		if (!read_term(&c, &sum))
			return fallback;
	ms_t span = (ms_t)(sum / (NANO / 1000));
	return negative ? -span : span;
}
