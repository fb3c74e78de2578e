#include "instant.h"

#include "calendar.h"
#include "decimal.h"
#include "duration.h"
#include "load.h"
#include "visible.h"

#define ALLOWED                                                                                                        \
	"allowed: a date or RFC 3339 (2011-11-01T09:30:00Z), epoch seconds or milliseconds, or an offset (90s, "       \
	"1h30m, 2d)"

#define LAST_MS        INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define OFFSET_BELOW   INT64_C(100000000000)    /* in ms: plain seconds below 1e8 */
#define EPOCH_MS_ABOVE INT64_C(100000000000000) /* 1e11 read as seconds, in ms */

struct cursor {
	const char *at, *end;
};

static bool read_number(struct cursor *c, int digits, int64_t *out)
{
	if (c->end - c->at < digits)
		return false;
	for (*out = 0; digits > 0; digits--, c->at++) {
		if (*c->at < '0' || *c->at > '9')
			return false;
		*out = *out * 10 + (*c->at - '0');
	}
	return true;
}

static bool accept(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static bool read_date(struct cursor *c, int64_t *days)
{
	int64_t year, month, day, same_year;
	unsigned same_month, same_day;
	if (!read_number(c, 4, &year) || !accept(c, '-') || !read_number(c, 2, &month) || !accept(c, '-') ||
	    !read_number(c, 2, &day))
		return false;
	if (year < 1969 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	*days = calendar_days(year, (unsigned)month, (unsigned)day);
	calendar_date(*days, &same_year, &same_month, &same_day);
	return same_day == day; /* not the 31st of a month of 30 days */
}

/* ".5" as 500, to the nearest ms. */
static bool read_fraction(struct cursor *c, int64_t *ms)
{
	const char *start = c->at;
	int64_t tenths = 0, unit = 1000;
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10)
		tenths += (*c->at - '0') * unit;
	*ms = (tenths + 5) / 10;
	return c->at > start;
}

static bool read_clock(struct cursor *c, int64_t *ms)
{
	int64_t hour, minute, second = 0, fraction = 0;
	if (!read_number(c, 2, &hour) || !accept(c, ':') || !read_number(c, 2, &minute))
		return false;
	if (accept(c, ':')) {
		if (!read_number(c, 2, &second))
			return false;
		if (accept(c, '.') && !read_fraction(c, &fraction))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second, read as the next one */
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
	return true;
}

/* "Z", "UTC", "+01:00", "+0100", "+01" or nothing. */
static bool read_zone(struct cursor *c, int64_t *ms)
{
	*ms = 0;
	if (c->at == c->end || accept(c, 'Z') || accept(c, 'z'))
		return true;
	accept(c, ' ');
	if (accept(c, 'U'))
		return accept(c, 'T') && accept(c, 'C');
	bool west = accept(c, '-');
	int64_t hours, minutes = 0;
	if ((!west && !accept(c, '+')) || !read_number(c, 2, &hours))
		return false;
	if (c->at < c->end) {
		accept(c, ':');
		if (!read_number(c, 2, &minutes))
			return false;
	}
	if (hours > 23 || minutes > 59)
		return false;
	*ms = (hours * 60 + minutes) * (west ? -MINUTE_MS : MINUTE_MS);
	return true;
}

static bool read_calendar(const char *text, size_t length, ms_t *out)
{
	struct cursor c = {text, text + length};
	int64_t days, clock = 0, zone = 0;
	if (!read_date(&c, &days))
		return false;
	if (c.at < c.end) {
		if (!accept(&c, 'T') && !accept(&c, 't') && !accept(&c, ' '))
			return false;
		if (!read_clock(&c, &clock) || !read_zone(&c, &zone) || c.at != c.end)
			return false;
	}
	*out = days * DAY_MS + clock - zone;
	return true;
}

/* Seconds or milliseconds since 1970, or seconds since origin: told apart by size. */
static bool read_seconds(int64_t ms, ms_t origin, ms_t *out)
{
	if (ms < OFFSET_BELOW)
		return !__builtin_add_overflow(origin, ms, out);
	*out = ms < EPOCH_MS_ABOVE ? ms : (ms + 500) / 1000;
	return true;
}

static bool read_instant(const char *text, size_t length, ms_t origin, ms_t *out)
{
	if (length >= 10 && text[4] == '-')
		return read_calendar(text, length, out);
	int64_t ms;
	switch (decimal_parse(text, length, 3, &ms)) {
	case DECIMAL_OK:
		return read_seconds(ms, origin, out);
	case DECIMAL_NOT_A_NUMBER: {
		struct err ignored;
		return duration_parse(text, length, &ms, &ignored) == 0 && !__builtin_add_overflow(origin, ms, out);
	}
	case DECIMAL_NEGATIVE:
	case DECIMAL_TOO_LARGE:
		break;
	}
	return false;
}

int instant_parse(const char *text, size_t length, ms_t origin, ms_t *out, struct err *err)
{
	ms_t instant = 0;
	if (!read_instant(text, length, origin, &instant))
		return err_set(err, "'%s' is not a time; " ALLOWED, visible(text, length, 40).text);
	if (instant < 0 || instant > LAST_MS)
		return err_set(err, "'%s' is out of range; allowed: 1970 to 9999", visible(text, length, 40).text);
	*out = instant;
	return 0;
}

int time_parse(const char *text, ms_t origin, ms_t *out, struct err *err)
{
	return instant_parse(text, strlen(text), origin, out, err);
}
