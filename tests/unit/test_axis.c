#include "../../autoscaler/io/report/axis.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define NOV_16 1321401600000LL /* 2011-11-16, a Wednesday */

static const char *times(ms_t from, ms_t until)
{
	static char text[AXIS_TEXT];
	axis_time(from, until, text);
	return text;
}

static const char *values(double most, int labels, bool whole)
{
	static char text[AXIS_TEXT];
	axis_value(most, labels, whole, text);
	return text;
}

static int count(const char *text, const char *what)
{
	int n = 0;
	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void an_hour_is_marked_in_ten_minutes(void **state)
{
	(void)state;
	const char *text = times(NOV_16 + 10 * HOUR_MS, NOV_16 + 11 * HOUR_MS);
	assert_non_null(strstr(text, "set xrange [1321437600.000:1321441200.000]; set xtics ("
				     "name(\"10:00\\n16 Nov 2011\") 1321437600, name(\"10:10\") 1321438200, "));
	assert_non_null(strstr(text, "name(\"11:00\") 1321441200, "));
	assert_int_equal(count(text, "name("), 7);
	assert_non_null(strstr(text, ", \"\" 1321437900 1"));
}

static void midnight_names_the_new_day(void **state)
{
	(void)state;
	assert_non_null(
	    strstr(times(NOV_16 + 22 * HOUR_MS, NOV_16 + 26 * HOUR_MS), "name(\"00:00\\n17 Nov 2011\") 1321488000"));
}

static void a_week_is_marked_in_days(void **state)
{
	(void)state;
	const char *text = times(NOV_16 - 2 * DAY_MS, NOV_16 + 5 * DAY_MS);
	assert_non_null(strstr(text, "(name(\"Mon 14\\nNov 2011\") 1321228800, name(\"Tue 15\") 1321315200, "));
	assert_int_equal(count(text, "name("), 8);
}

static void two_years_are_marked_on_the_first_of_months(void **state)
{
	(void)state;
	const char *text = times(1259653200000, 1323435600000); /* 2009-12-01 07:40 to 2011-12-09 13:00 */
	assert_non_null(
	    strstr(text, "(name(\"Jan\\n2010\") 1262304000, name(\"Apr\") 1270080000, name(\"Jul\") 1277942400, "));
	assert_non_null(strstr(text, "name(\"Jan\\n2011\") 1293840000, "));
}

static void weeks_begin_on_mondays(void **state)
{
	(void)state;
	assert_non_null(strstr(times(NOV_16, NOV_16 + 60 * DAY_MS), "(name(\"21 Nov\\n2011\") "));
}

/* Never crowded, never bare, always a whole command, before 1970 too. */
static void any_span_is_readable(void **state)
{
	(void)state;
	for (double span = 5000; span < 400.0 * 365 * (double)DAY_MS; span *= 1.07)
		for (ms_t from = -60LL * 365 * DAY_MS; from < 60LL * 365 * DAY_MS;
		     from += 13LL * 365 * DAY_MS + 1234567) {
			const char *text = times(from, from + (ms_t)span);
			int labels = count(text, "name(");
			if (labels < 2 || labels > 12 || text[strlen(text) - 1] != ')' || count(text, "\"") % 2)
				fail_msg("from %lld for %.0f ms: %s", (long long)from, span, text);
		}
}

static void values_are_round_and_begin_at_zero(void **state)
{
	(void)state;
	assert_string_equal(values(42, 6, false),
			    "set yrange [0:44.52]; set ytics (\"0\" 0, \"10\" 10, \"20\" 20, \"30\" 30, \"40\" 40)");
	assert_string_equal(values(0, 2, false), "set yrange [0:1.06]; set ytics (\"0\" 0, \"0.5\" 0.5, \"1.0\" 1)");
	assert_string_equal(values(1, 3, true), "set yrange [0:1.06]; set ytics (\"0\" 0, \"1\" 1)");
	assert_string_equal(
	    values(711000, 3, false),
	    "set yrange [0:753660]; set ytics (\"0\" 0, \"200 k\" 200000, \"400 k\" 400000, \"600 k\" 600000)");
}

static void any_height_has_a_mark(void **state)
{
	(void)state;
	for (double most = 1e-6; most < 1e18; most *= 1.13)
		for (int labels = 2; labels <= 6; labels++) {
			const char *text = values(most, labels, false);
			int marks = count(text, ", \"");
			if (marks < 1 || marks > labels)
				fail_msg("%g in %d: %s", most, labels, text);
		}
}

static void buckets_are_round_and_few(void **state)
{
	(void)state;
	assert_int_equal(axis_bucket(738 * DAY_MS, MINUTE_MS, 800), DAY_MS);
	assert_int_equal(axis_bucket(7 * DAY_MS, MINUTE_MS, 800), 15 * MINUTE_MS);
	assert_int_equal(axis_bucket(HOUR_MS, MINUTE_MS, 800), MINUTE_MS);
	assert_int_equal(axis_bucket(HOUR_MS, 7 * MINUTE_MS, 800), 10 * MINUTE_MS);
	for (double span = 1; span < 1000.0 * 365 * (double)DAY_MS; span *= 1.5) {
		ms_t width = axis_bucket((ms_t)span, 1000, 800);
		assert_true(width >= 1000 && (double)width * 800 >= span);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_hour_is_marked_in_ten_minutes),
	    cmocka_unit_test(midnight_names_the_new_day),
	    cmocka_unit_test(a_week_is_marked_in_days),
	    cmocka_unit_test(two_years_are_marked_on_the_first_of_months),
	    cmocka_unit_test(weeks_begin_on_mondays),
	    cmocka_unit_test(any_span_is_readable),
	    cmocka_unit_test(values_are_round_and_begin_at_zero),
	    cmocka_unit_test(any_height_has_a_mark),
	    cmocka_unit_test(buckets_are_round_and_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
