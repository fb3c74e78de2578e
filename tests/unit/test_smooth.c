#include "smooth.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define SAMPLES 400
#define PERIOD  (15 * SECOND_MS)

static uint64_t seed;

static double uniform(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* Signals a controller meets, and some it should not. */
static double signal_flat(size_t i)
{
	(void)i;
	return 0.7;
}

static double signal_noise(size_t i)
{
	(void)i;
	return uniform();
}

static double signal_step(size_t i)
{
	return i < 37 ? 0.2 : 0.9;
}

static double signal_spikes(size_t i)
{
	return i % 17 == 5 ? 1e9 : 60 + uniform();
}

static double signal_ties(size_t i)
{
	(void)i;
	return floor(uniform() * 4) - 2;
}

static double signal_tiny(size_t i)
{
	return 1e-9 * (1 + 0.5 * sin((double)i / 7));
}

static double (*const signals[])(size_t) = {signal_flat,   signal_noise, signal_step,
					    signal_spikes, signal_ties,  signal_tiny};

static void fill(double (*signal)(size_t), double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = signal(i);
}

static struct smooth_spec parsed(const char *text)
{
	struct smooth_spec spec;
	struct err err;
	if (smooth_parse(text, &spec, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return spec;
}

/* The largest magnitude seen so far is the scale: an average of a spike carries the spike's rounding. */
static void assert_close(const double *a, const double *b, const double *values, size_t n, const char *what)
{
	double scale = 0;
	for (size_t i = 0; i < n; i++) {
		scale = fmax(scale, fabs(values[i]));
		if (!(fabs(a[i] - b[i]) <= 1e-12 * scale))
			fail_msg("%s: output %zu: %.17g and %.17g", what, i, a[i], b[i]);
	}
}

static void stream(const struct smooth_spec *spec, const double *values, double *out, size_t n)
{
	struct arena arena = {0};
	struct smoother *s = smoother_new(spec, PERIOD, &arena);
	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		out[i] = smoother_step(s, values[i]);
	arena_free(&arena);
}

static void compare_forms(const struct smooth_spec *spec, const double *values, size_t n, const char *name)
{
	double streamed[SAMPLES], batch[SAMPLES], reference[SAMPLES];
	struct err err;
	stream(spec, values, streamed, n);
	assert_int_equal(smooth_batch(spec, PERIOD, values, batch, n, &err), 0);
	assert_int_equal(smooth_reference(spec, PERIOD, values, reference, n, &err), 0);
	assert_close(streamed, reference, values, n, name);
	assert_close(batch, reference, values, n, name);
}

/* Calls back with every way to write the parameters of every kind. */
static void each_spec(void (*check)(const struct smooth_spec *, const char *name))
{
	for (size_t kind = 0; kind < SMOOTH_KINDS; kind++) {
		const char *at = smooth_rows[kind].parameters;
		for (;;) {
			size_t length = strcspn(at, "|");
			char text[200];
			snprintf(text, sizeof text, "%s%s%.*s", smooth_rows[kind].name, length ? "," : "", (int)length,
				 at);
			struct smooth_spec spec = parsed(text);
			assert_int_equal(spec.kind, kind);
			check(&spec, text);
			if (!at[length])
				break;
			at += length + 1;
		}
	}
}

static void check_agreement(const struct smooth_spec *given, const char *name)
{
	static const size_t windows[] = {1, 2, 3, 4, 5, 8, 9, 31, 100, 399, 1000};
	double values[SAMPLES];
	for (size_t s = 0; s < COUNT(signals); s++)
		for (size_t w = 0; w < COUNT(windows); w++) {
			struct smooth_spec spec = *given;
			spec.window = (ms_t)windows[w] * PERIOD;
			fill(signals[s], values, SAMPLES);
			compare_forms(&spec, values, SAMPLES, name);
		}
}

static void test_three_forms_agree(void **state)
{
	(void)state;
	each_spec(check_agreement);
}

static void check_prefixes(const struct smooth_spec *given, const char *name)
{
	double values[40], whole[40], part[40];
	struct err err;
	struct smooth_spec spec = *given;
	spec.window = 7 * PERIOD;
	fill(signal_noise, values, COUNT(values));
	assert_int_equal(smooth_batch(&spec, PERIOD, values, whole, COUNT(values), &err), 0);
	for (size_t n = 0; n <= COUNT(values); n++) {
		assert_int_equal(smooth_batch(&spec, PERIOD, values, part, n, &err), 0);
		assert_close(part, whole, values, n, name);
	}
}

/* Causal: what comes later changes nothing. */
static void test_every_prefix_agrees(void **state)
{
	(void)state;
	each_spec(check_prefixes);
}

static void check_save(const struct smooth_spec *given, const char *name)
{
	(void)name;
	struct smooth_spec spec = *given;
	spec.window = 9 * PERIOD;
	static const size_t chunks[] = {1, 2, 3, 7, 64};
	for (size_t c = 0; c < COUNT(chunks); c++) {
		struct arena arena = {0};
		struct err err;
		struct smoother *straight = smoother_new(&spec, PERIOD, &arena), *broken = straight;
		broken = smoother_new(&spec, PERIOD, &arena);
		for (size_t i = 0; i < 200; i++) {
			if (i % chunks[c] == 0) { /* moves to a fresh smoother */
				double saved[64];
				assert_true(smoother_state_count(broken) <= COUNT(saved));
				smoother_save(broken, saved);
				broken = smoother_new(&spec, PERIOD, &arena);
				assert_int_equal(smoother_restore(broken, saved, smoother_state_count(broken), &err),
						 0);
			}
			double value = uniform();
			double a = smoother_step(straight, value), b = smoother_step(broken, value);
			assert_memory_equal(&a, &b, sizeof a);
		}
		arena_free(&arena);
	}
}

static void test_restored_goes_on_bit_for_bit(void **state)
{
	(void)state;
	each_spec(check_save);
}

static void test_restore_refuses_nonsense(void **state)
{
	(void)state;
	struct smooth_spec spec = parsed("median,window=45s");
	struct arena arena = {0};
	struct err err;
	struct smoother *s = smoother_new(&spec, PERIOD, &arena);
	double saved[7], bad[7];
	assert_int_equal(smoother_state_count(s), 7);
	smoother_step(s, 1);
	smoother_save(s, saved);
	const struct {
		size_t at;
		double value;
	} cases[] = {{0, -1}, {0, 4}, {0, 0.5}, {0, NAN}, {4, INFINITY}, {6, 1e200}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(bad, saved, sizeof bad);
		bad[cases[i].at] = cases[i].value;
		assert_true(smoother_restore(s, bad, 7, &err) < 0);
	}
	assert_true(smoother_restore(s, saved, 6, &err) < 0);
	assert_true(smoother_step(s, 3) == 2); /* unharmed: the median of 1 and 3 */
	arena_free(&arena);
}

/* Answers worked out by hand. */
static void test_known_answers(void **state)
{
	(void)state;
	static const struct {
		const char *spec;
		double in[5], out[5];
	} cases[] = {
	    {"none", {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}},
	    {"exponential,alpha=0.5", {4, 8, 8, 0, 0}, {4, 6, 7, 3.5, 1.75}},
	    {"exponential,window=45s", {4, 8, 8, 0, 0}, {4, 6, 7, 3.5, 1.75}},
	    {"double-exponential,alpha=0.5,beta=0.5", {4, 8, 8, 8, 8}, {4, 6, 7.5, 8.375, 8.71875}},
	    {"median,window=45s", {5, 1, 9, 9, 2}, {5, 3, 5, 9, 9}},
	    {"median,window=31s", {5, 1, 9, 9, 2}, {5, 3, 5, 9, 9}}, /* ages 0, 15 and 30 s */
	    {"median,window=30s", {5, 1, 9, 9, 2}, {5, 3, 5, 9, 5.5}},
	    {"hampel,window=75s", {1, 1.1, 50, 0.9, 1}, {1, 1.1, 1.1, 0.9, 1}},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smooth_spec spec = parsed(cases[i].spec);
		double out[5];
		stream(&spec, cases[i].in, out, 5);
		assert_close(out, cases[i].out, cases[i].in, 5, cases[i].spec);
	}
}

static void test_gaussian_answer(void **state)
{
	(void)state;
	struct smooth_spec spec = parsed("gaussian,window=45s");
	const double in[] = {1, 0, 0, 0};
	double w1 = exp(-0.5), w2 = exp(-2), out[4];
	const double expected[] = {1, w1 / (1 + w1), w2 / (1 + w1 + w2), 0};
	stream(&spec, in, out, 4);
	assert_close(out, expected, in, 4, "gaussian");
}

/* A third of the window away is one sigma, whatever the spacing. */
static void test_window_is_time_not_samples(void **state)
{
	(void)state;
	struct err err;
	struct smooth_spec spec = parsed("gaussian,window=10m");
	double values[1200], fine[1200], coarse[120];
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (double)i;
	assert_int_equal(smooth_batch(&spec, SECOND_MS, values, fine, 1200, &err), 0);
	for (size_t i = 0; i < 120; i++)
		values[i] = (double)i * 10;
	assert_int_equal(smooth_batch(&spec, 10 * SECOND_MS, values, coarse, 120, &err), 0);
	double lag_fine = 1199 - fine[1199], lag_coarse = 1190 - coarse[119];
	assert_true(fabs(lag_fine - lag_coarse) < 6); /* about 158 s; half a coarse sample */
	assert_true(fabs(lag_fine - 158) < 2);
}

static void check_constant(const struct smooth_spec *spec, const char *name)
{
	struct arena arena = {0};
	struct smoother *s = smoother_new(spec, PERIOD, &arena);
	for (size_t i = 0; i < 10000; i++)
		if (fabs(smoother_step(s, 0.6) - 0.6) > 1e-15)
			fail_msg("%s drifts on a constant", name);
	arena_free(&arena);
}

static void test_constant_stays(void **state)
{
	(void)state;
	each_spec(check_constant);
}

static void check_missing(const struct smooth_spec *spec, const char *name)
{
	struct arena arena = {0};
	struct smoother *with = smoother_new(spec, PERIOD, &arena), *without = smoother_new(spec, PERIOD, &arena);
	const double bad[] = {NAN, INFINITY, -INFINITY, 1e200};
	assert_true(smoother_step(with, NAN) == 0);
	for (size_t i = 0; i < 100; i++) {
		double value = uniform();
		double a = smoother_step(with, value), b = smoother_step(without, value);
		if (a != b || smoother_step(with, bad[i % 4]) != a)
			fail_msg("%s takes a sample that is no number", name);
	}
	arena_free(&arena);
	struct err err;
	double out[2];
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_true(smooth_batch(spec, PERIOD, (double[]){1, bad[i]}, out, 2, &err) < 0);
		assert_non_null(strstr(err.message, "sample 1"));
		assert_true(smooth_reference(spec, PERIOD, (double[]){1, bad[i]}, out, 2, &err) < 0);
	}
}

static void test_missing_samples_are_left_out(void **state)
{
	(void)state;
	each_spec(check_missing);
}

static void test_brown_does_not_swing(void **state)
{
	(void)state;
	struct smooth_spec spec = parsed("double-exponential,window=2m");
	struct arena arena = {0};
	struct smoother *s = smoother_new(&spec, PERIOD, &arena);
	smoother_step(s, 0);
	double peak = 0, trough = 1e9;
	for (size_t i = 0; i < 500; i++) {
		double value = smoother_step(s, 1);
		peak = fmax(peak, value);
		if (peak > value)
			trough = fmin(trough, value);
	}
	assert_true(peak > 1 && peak < 1.2); /* one overshoot, as any filter with a trend has */
	assert_true(trough > 1 - 1e-9);      /* and no swing below the level afterwards */
	arena_free(&arena);
}

static void test_defaults(void **state)
{
	(void)state;
	struct smooth_spec spec = parsed("");
	assert_int_equal(spec.kind, SMOOTH_NONE);
	spec = parsed(" gaussian , window = 1h30m ");
	assert_int_equal(spec.kind, SMOOTH_GAUSSIAN);
	assert_int_equal(spec.window, 90 * MINUTE_MS);
	spec = parsed("hampel");
	assert_int_equal(spec.window, 120 * SECOND_MS);
	assert_true(spec.threshold == 3);
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"gausian", "did you mean 'gaussian'? Allowed: none, exponential, double-exponential, median, gaussian or "
			"hampel"},
	    {",window=1m", "smoothing '' is unknown"},
	    {"gaussian,windw=120s", "did you mean 'window'"},
	    {"gaussian,alpha=0.5", "parameter 'alpha' is unknown"},
	    {"none,window=1m", "no parameters"},
	    {"gaussian,window=120", "window: '120' is not a duration"},
	    {"gaussian,window=", "window: '' is not a duration"},
	    {"gaussian,window=0s", "1s to 24h"},
	    {"gaussian,window=25h", "1s to 24h"},
	    {"gaussian,window=-5s", "not a duration"},
	    {"gaussian,window=99999999999999999999999d", "too long"},
	    {"gaussian,window", "not name=value"},
	    {"gaussian,", "not name=value"},
	    {"gaussian,window=1m,window=2m", "given twice"},
	    {"exponential,alpha=0", "alpha: '0'; allowed: a number above 0, up to 1"},
	    {"exponential,alpha=1.01", "up to 1"},
	    {"exponential,alpha=nan", "up to 1"},
	    {"exponential,alpha=0x1", "up to 1"},
	    {"exponential,alpha=", "up to 1"},
	    {"exponential,alpha=0.5 0.6", "up to 1"},
	    {"exponential,alpha=0.5,window=1m", "give one of them"},
	    {"hampel,threshold=1e300", "up to 1000"},
	    {"median\n", "'median\\x0a'"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smooth_spec spec = {.window = 77};
		struct err err = {""};
		assert_true(smooth_parse(cases[i].text, &spec, &err) < 0);
		if (!strstr(err.message, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_int_equal(spec.window, 77);
	}
}

static void test_impossible_specs(void **state)
{
	(void)state;
	struct arena arena = {0}, full = {.limit = 64};
	struct smooth_spec spec = parsed("median,window=24h");
	assert_null(smoother_new(&spec, 0, &arena));
	assert_null(smoother_new(&spec, -1, &arena));
	assert_null(smoother_new(&spec, 1, &arena)); /* 86 million samples */
	assert_null(smoother_new(&spec, PERIOD, &full));
	spec.kind = (enum smooth_kind)99;
	assert_null(smoother_new(&spec, PERIOD, &arena));
	arena_free(&arena);
	arena_free(&full);
}

int main(void)
{
	seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	gsl_set_error_handler_off();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_three_forms_agree),
	    cmocka_unit_test(test_every_prefix_agrees),
	    cmocka_unit_test(test_restored_goes_on_bit_for_bit),
	    cmocka_unit_test(test_restore_refuses_nonsense),
	    cmocka_unit_test(test_known_answers),
	    cmocka_unit_test(test_gaussian_answer),
	    cmocka_unit_test(test_window_is_time_not_samples),
	    cmocka_unit_test(test_constant_stays),
	    cmocka_unit_test(test_missing_samples_are_left_out),
	    cmocka_unit_test(test_brown_does_not_swing),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_impossible_specs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
