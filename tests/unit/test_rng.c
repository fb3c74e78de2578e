#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define DRAWS 40000

/* A draw depends on seed, stream and number alone: not on what was drawn before. */
static void test_same_draws(void **state)
{
	(void)state;
	double forwards[100];
	for (uint64_t n = 0; n < 100; n++)
		forwards[n] = rng_uniform(7, STREAM_POD_START, n);
	for (uint64_t n = 100; n-- > 0;) {
		(void)rng_uniform(7, STREAM_NODE_BOOT, n);
		assert_true(rng_uniform(7, STREAM_POD_START, n) == forwards[n]);
	}
}

/* Even, and over (0, 1) without its ends. */
static void test_uniform(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++)
		for (int stream = 0; stream < STREAM_COUNT; stream++) {
			double sum = 0, squares = 0;
			unsigned bins[16] = {0};
			for (uint64_t n = 0; n < DRAWS; n++) {
				double u = rng_uniform(seed, (enum stream)stream, n);
				assert_true(u > 0 && u < 1);
				sum += u;
				squares += u * u;
				bins[(int)(u * 16)]++;
			}
			double mean = sum / DRAWS, chi = 0;
			assert_true(fabs(mean - 0.5) < 5 * sqrt(1 / 12.0 / DRAWS));
			assert_true(fabs(squares / DRAWS - mean * mean - 1 / 12.0) < 0.002);
			for (int i = 0; i < 16; i++)
				chi += pow(bins[i] - DRAWS / 16.0, 2) / (DRAWS / 16.0);
			assert_true(chi < 45); /* 15 degrees of freedom: 1 in 10,000 */
		}
}

static double correlation(uint64_t seed_a, int a, uint64_t lag, uint64_t seed_b, int b)
{
	double sum = 0;
	for (uint64_t n = 0; n < DRAWS; n++)
		sum += (rng_uniform(seed_a, (enum stream)a, n + lag) - 0.5) *
		       (rng_uniform(seed_b, (enum stream)b, n) - 0.5);
	return sum / DRAWS * 12;
}

/* Streams, neighbouring seeds and neighbouring draws know nothing of each other. */
static void test_independent(void **state)
{
	(void)state;
	double most = 5 / sqrt(DRAWS);
	for (int a = 0; a < STREAM_COUNT; a++) {
		for (int b = 0; b < a; b++)
			assert_true(fabs(correlation(1, a, 0, 1, b)) < most);
		assert_true(fabs(correlation(1, a, 1, 1, a)) < most);
		assert_true(fabs(correlation(1, a, 0, 2, a)) < most);
		assert_true(fabs(correlation(0, a, 0, UINT64_MAX, a)) < most);
	}
}

static void test_distributions(void **state)
{
	(void)state;
	static const struct {
		struct dist dist;
		double mean, spread; /* standard deviation */
		ms_t low, high;
	} cases[] = {
	    {{DIST_FIXED, 5000, 0, 0}, 5000, 0, 5000, 5000},
	    {{DIST_FIXED, 0, 0, 0}, 0, 0, 0, 0},
	    {{DIST_UNIFORM, 1000, 5000, 0}, 3000, 1154.7, 1000, 5000},
	    {{DIST_UNIFORM, 7, 7, 0}, 7, 0, 7, 7},
	    {{DIST_LOGNORMAL, 50000, 0, 0.25}, 51587.2, 13102, 1, 500000},
	    {{DIST_LOGNORMAL, 50000, 0, 0}, 50000, 0, 50000, 50000},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		double sum = 0;
		unsigned below = 0;
		for (uint64_t n = 0; n < DRAWS; n++) {
			ms_t span = rng_span(3, STREAM_NODE_BOOT, n, &cases[i].dist);
			assert_in_range(span, cases[i].low, cases[i].high);
			sum += (double)span;
			below += span < cases[i].dist.a;
		}
		double mean = sum / DRAWS;
		if (fabs(mean - cases[i].mean) > 5 * cases[i].spread / sqrt(DRAWS) + 0.5)
			fail_msg("case %zu: mean %g, not %g", i, mean, cases[i].mean);
		assert_true(fabs((double)dist_mean(&cases[i].dist) - cases[i].mean) < 1);
		if (cases[i].dist.sigma > 0) /* a is the median */
			assert_true(fabs(below - DRAWS / 2.0) < 5 * sqrt(DRAWS) / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_draws), cmocka_unit_test(test_uniform),
					   cmocka_unit_test(test_independent), cmocka_unit_test(test_distributions)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
