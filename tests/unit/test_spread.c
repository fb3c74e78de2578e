#include "spread.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double a, double b, double most)
{
	if (!(a - b <= most && b - a <= most))
		fail_msg("%.12g is not %.12g", a, b);
}

/* t(0.975; 3) = 3.182446 (any table of Student's distribution); the standard error of 1, 2, 3, 4 is 0.645497. */
static void test_four_values(void **state)
{
	static const double values[] = {1, 2, 3, 4};
	struct spread spread = spread_of(values, 4);
	(void)state;
	assert_near(spread.mean, 2.5, 1e-12);
	assert_near(spread.half_width, 3.182446 * 0.645497, 1e-5);
}

static void test_nothing_spreads(void **state)
{
	static const double same[] = {7.1, 7.1, 7.1};
	(void)state;
	assert_near(spread_of(same, 1).mean, 7.1, 0);
	assert_near(spread_of(same, 1).half_width, 0, 0);
	assert_near(spread_of(same, 3).mean, 7.1, 1e-12);
	assert_near(spread_of(same, 3).half_width, 0, 1e-12);
	assert_near(spread_of(NULL, 0).mean, 0, 0);
}

/* Drawn again and again, the interval holds the true mean about 95 times in 100. */
static void test_coverage(void **state)
{
	uint64_t draw = 0;
	int held = 0;
	(void)state;
	for (int trial = 0; trial < 4000; trial++) {
		double values[5];
		for (size_t i = 0; i < COUNT(values); i++) {
			values[i] = 0;
			for (int k = 0; k < 12; k++) /* nearly normal, mean 6 */
				values[i] += (double)(mix64(draw++) >> 11) / 9007199254740992.0;
		}
		struct spread spread = spread_of(values, COUNT(values));
		held += spread.mean - spread.half_width <= 6 && 6 <= spread.mean + spread.half_width;
	}
	assert_in_range(held, 3740, 3860);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_four_values),
	    cmocka_unit_test(test_nothing_spreads),
	    cmocka_unit_test(test_coverage),
	};
	return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
