/* Times in the forms that logs and exports have. */
#include "csv_history.h"

#include "calendar.h"
#include "visible.h"

#include <strings.h>

#define LAST_MS INT64_C(253402300799999)

struct moment {
	int64_t year, month, day, hour, minute, second, ms, zone, epoch;
	bool twelve, afternoon, has_zone, has_epoch;
};

struct cursor {
	const char *at, *end;
};

static bool digits(struct cursor *c, int least, int most, int64_t *out)
{
	int n = 0;
	for (*out = 0; n < most && c->at < c->end && *c->at >= '0' && *c->at <= '9'; n++, c->at++)
		*out = *out * 10 + (*c->at - '0');
	return n >= least;
}

static bool month_name(struct cursor *c, int64_t *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (int i = 0; c->end - c->at >= 3 && i < 12; i++)
		if (strncasecmp(c->at, names + (ptrdiff_t)3 * i, 3) == 0) {
			*month = i + 1;
			c->at += 3;
			return true;
		}
	return false;
}

static bool half_day(struct cursor *c, bool *afternoon)
{
	if (c->end - c->at < 2 || (c->at[1] | 0x20) != 'm')
		return false;
	char letter = (char)(*c->at | 0x20);
	*afternoon = letter == 'p';
	c->at += 2;
	return letter == 'a' || letter == 'p';
}

static bool fraction(struct cursor *c, int64_t *ms)
{
	int64_t unit = 100;
	const char *start = c->at;
	for (*ms = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10)
		*ms += (*c->at - '0') * unit;
	return c->at > start;
}

static bool offset(struct cursor *c, ms_t *zone)
{
	int64_t hours, minutes = 0;
	*zone = 0;
	if (c->at < c->end && (*c->at == 'Z' || *c->at == 'z'))
		return c->at++, true;
	if (c->end - c->at >= 3 && memcmp(c->at, "UTC", 3) == 0)
		return c->at += 3, true;
	bool west = c->at < c->end && *c->at == '-';
	if (c->at == c->end || (!west && *c->at != '+') || (c->at++, !digits(c, 2, 2, &hours)))
		return false;
	if (c->at < c->end && *c->at == ':')
		c->at++;
	if (c->at < c->end && *c->at >= '0' && *c->at <= '9' && !digits(c, 2, 2, &minutes))
		return false;
	*zone = (hours * 60 + minutes) * (west ? -MINUTE_MS : MINUTE_MS);
	return hours <= 23 && minutes <= 59;
}

static bool read_part(char letter, struct cursor *c, struct moment *m)
{
	switch (letter) {
	case 'Y':
		return digits(c, 4, 4, &m->year);
	case 'y':
		return digits(c, 2, 2, &m->year) && (m->year += m->year < 69 ? 2000 : 1900, true);
	case 'm':
		return digits(c, 1, 2, &m->month);
	case 'b':
		return month_name(c, &m->month);
	case 'd':
		return digits(c, 1, 2, &m->day);
	case 'I':
		m->twelve = true;
		return digits(c, 1, 2, &m->hour) && m->hour >= 1 && m->hour <= 12;
	case 'H':
		return digits(c, 1, 2, &m->hour);
	case 'M':
		return digits(c, 2, 2, &m->minute);
	case 'S':
		return digits(c, 2, 2, &m->second);
	case 'f':
		return fraction(c, &m->ms);
	case 'p':
		return half_day(c, &m->afternoon);
	case 's':
		m->has_epoch = true;
		return digits(c, 1, 12, &m->epoch);
	case 'z':
		m->has_zone = true;
		return offset(c, &m->zone);
	case '%':
		return c->at < c->end && *c->at++ == '%';
	default:
		return false;
	}
}

static bool to_instant(const struct moment *m, ms_t zone, ms_t *out)
{
	int64_t year, hour = m->hour;
	unsigned month, day;
	if (m->has_epoch)
		return *out = m->epoch * SECOND_MS + m->ms, *out <= LAST_MS;
	if (m->twelve)
		hour = hour % 12 + (m->afternoon ? 12 : 0);
	if (m->month < 1 || m->month > 12 || m->day < 1 || m->day > 31 || hour > 23 || m->minute > 59 || m->second > 60)
		return false;
	int64_t days = calendar_days(m->year, (unsigned)m->month, (unsigned)m->day);
	calendar_date(days, &year, &month, &day);
	*out = days * DAY_MS + ((hour * 60 + m->minute) * 60 + m->second) * SECOND_MS + m->ms -
	       (m->has_zone ? m->zone : zone);
	return day == m->day && *out >= 0 && *out <= LAST_MS;
}

int time_pattern_read(const char *pattern, const char *text, size_t length, ms_t zone, ms_t *out)
{
	struct cursor c = {text, text + length};
	struct moment m = {.year = 1970, .month = 1, .day = 1};
	for (; *pattern; pattern++) {
		bool fine =
		    *pattern == '%' ? pattern[1] && read_part(*++pattern, &c, &m) : c.at < c.end && *c.at++ == *pattern;
		if (!fine)
			return -1;
	}
	return c.at == c.end && to_instant(&m, zone, out) ? 0 : -1;
}

int zone_parse(const char *text, ms_t *zone, struct err *err)
{
	struct cursor c = {text, text + strlen(text)};
	if (offset(&c, zone) && c.at == c.end)
		return 0;
	return err_set(err, "'%s' is no zone; allowed is UTC, or its difference, such as +02:00",
		       visible(text, strlen(text), 40).text);
}
