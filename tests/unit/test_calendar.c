#include "calendar.h"

#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(int64_t year, unsigned month)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Every day from 1900 to 2399, counted one by one. */
static void test_every_day(void **state)
{
	(void)state;
	int64_t number = -25567; /* 1900-01-01 */
	for (int64_t year = 1900; year < 2400; year++)
		for (unsigned month = 1; month <= 12; month++)
			for (unsigned day = 1; day <= month_days(year, month); day++, number++) {
				int64_t y;
				unsigned m, d;
				assert_int_equal(calendar_days(year, month, day), number);
				calendar_date(number, &y, &m, &d);
				assert_true(y == year && m == month && d == day);
			}
}

static void test_months(void **state)
{
	(void)state;
	static const struct {
		int64_t year;
		unsigned month, days;
	} cases[] = {{2024, 2, 29},  {2023, 2, 28}, {2000, 2, 29}, {1900, 2, 28},
		     {2023, 12, 31}, {2024, 1, 31}, {1969, 12, 31}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		ms_t first = calendar_days(cases[i].year, cases[i].month, 1) * DAY_MS, length = cases[i].days * DAY_MS,
		     from, until;
		ms_t inside[] = {first, first + 1, first + 14 * DAY_MS + 12345, first + length - 1};
		for (size_t t = 0; t < COUNT(inside); t++) {
			calendar_month(inside[t], &from, &until);
			assert_int_equal(from, first);
			assert_int_equal(until, first + length);
			assert_int_equal(calendar_month_ms(inside[t]), length);
		}
		calendar_month(first - 1, &from, &until);
		assert_int_equal(until, first);
	}
}

static void test_format(void **state)
{
	(void)state;
	char text[CALENDAR_TEXT];
	assert_string_equal(calendar_format(0, text), "1970-01-01T00:00:00Z");
	assert_string_equal(calendar_format(-1, text), "1969-12-31T23:59:59Z");
	assert_string_equal(calendar_format(951827696789, text), "2000-02-29T12:34:56Z");
	assert_string_equal(calendar_format(253402300799999, text), "9999-12-31T23:59:59Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_day), cmocka_unit_test(test_months),
					   cmocka_unit_test(test_format)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
