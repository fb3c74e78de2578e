/* Months of the Gregorian calendar, in UTC: prices per month are divided by the length of the very month. */
#ifndef PLIMSOLL_CALENDAR_H
#define PLIMSOLL_CALENDAR_H

#include "base.h"

/* Days since 1970-01-01 of a date (month 1..12). Source: H. Hinnant, chrono-compatible date algorithms. */
static inline int64_t calendar_days(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The other way. */
static inline void calendar_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;
	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

/* The month that holds an instant: its first moment, and the first moment of the next. */
static inline void calendar_month(ms_t time, ms_t *from, ms_t *until)
{
	int64_t year;
	unsigned month, day;
	calendar_date(divide_down(time, DAY_MS), &year, &month, &day);
	*from = calendar_days(year, month, 1) * DAY_MS;
	*until = (month == 12 ? calendar_days(year + 1, 1, 1) : calendar_days(year, month + 1, 1)) * DAY_MS;
}

#define CALENDAR_TEXT 64

/* "2011-11-01T09:30:00Z"; the milliseconds are left out. */
static inline const char *calendar_format(ms_t time, char text[CALENDAR_TEXT])
{
	int64_t year, days = divide_down(time, DAY_MS);
	unsigned month, day;
	int64_t second = (time - days * DAY_MS) / SECOND_MS;
	calendar_date(days, &year, &month, &day);
	snprintf(text, CALENDAR_TEXT, "%04lld-%02u-%02uT%02lld:%02lld:%02lldZ", (long long)year, month, day,
		 (long long)second / 3600, (long long)second / 60 % 60, (long long)second % 60);
	return text;
}

/* The length of the month that holds an instant. */
static inline ms_t calendar_month_ms(ms_t time)
{
	ms_t from, until;
	calendar_month(time, &from, &until);
	return until - from;
}

#endif
