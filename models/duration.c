#include "duration.h"

#include "visible.h"

#define ALLOWED "allowed: numbers with a unit of ms, s, m, h or d, such as 90s, 1h30m or 2d"

static const struct unit {
	const char *name;
	ms_t ms;
} units[] = {{"ms", 1}, {"s", SECOND_MS}, {"m", MINUTE_MS}, {"h", HOUR_MS}, {"d", DAY_MS}};

struct cursor {
	const char *at, *end;
};

static bool is_digit(const struct cursor *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool read_whole(struct cursor *c, int64_t *whole)
{
	const char *start = c->at;
	for (*whole = 0; is_digit(c); c->at++)
		if (*whole <= DURATION_MAX)
			*whole = *whole * 10 + (*c->at - '0');
	return c->at > start;
}

/* Billionths; further digits are cut off. */
static bool read_fraction(struct cursor *c, int64_t *nano)
{
	*nano = 0;
	if (c->at == c->end || *c->at != '.')
		return true;
	const char *start = ++c->at;
	for (int64_t digit = 100000000; is_digit(c); c->at++, digit /= 10)
		*nano += (*c->at - '0') * digit;
	return c->at > start;
}

static const struct unit *read_unit(struct cursor *c)
{
	const char *start = c->at;
	while (c->at < c->end && *c->at >= 'a' && *c->at <= 'z')
		c->at++;
	size_t length = (size_t)(c->at - start);
	for (size_t i = 0; i < COUNT(units); i++)
		if (strlen(units[i].name) == length && memcmp(units[i].name, start, length) == 0)
			return &units[i];
	return NULL;
}

static bool read_part(struct cursor *c, wide_t *total)
{
	int64_t whole, nano;
	const struct unit *unit;
	if (!read_whole(c, &whole) || !read_fraction(c, &nano) || !(unit = read_unit(c)))
		return false;
	*total += (wide_t)whole * unit->ms + ((wide_t)nano * unit->ms + 500000000) / 1000000000;
	if (*total > DURATION_MAX)
		*total = (wide_t)DURATION_MAX + 1;
	return true;
}

int duration_parse(const char *text, size_t length, ms_t *out, struct err *err)
{
	struct cursor c = {text, text + length};
	wide_t total = 0;
	bool good = length > 0;
	while (good && c.at < c.end)
		good = read_part(&c, &total);
	if (!good)
		return err_set(err, "'%s' is not a duration; " ALLOWED, visible(text, length, 40).text);
	if (total > DURATION_MAX)
		return err_set(err, "'%s' is too long; allowed: up to 36500d", visible(text, length, 40).text);
	*out = (ms_t)total;
	return 0;
}

void duration_format(ms_t span, char *text, size_t size)
{
	size_t used = 0;
	for (size_t i = COUNT(units); i-- > 0;) {
		ms_t whole = span / units[i].ms;
		span -= whole * units[i].ms;
		if (whole && used < size)
			used += (size_t)snprintf(text + used, size - used, "%lld%s", (long long)whole, units[i].name);
	}
	if (used == 0)
		snprintf(text, size, "0s");
}
