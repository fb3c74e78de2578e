#include "quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MAX INT64_MAX

/* What Kubernetes answers for each text. */
static const struct {
	const char *text;
	int64_t value, milli;
} good[] = {
    {"0", 0, 0},
    {"250m", 1, 250},
    {"1", 1, 1000},
    {"1.", 1, 1000},
    {".5", 1, 500},
    {"+5", 5, 5000},
    {"-0", 0, 0},
    {"007", 7, 7000},
    {"1.25", 2, 1250},
    {"100n", 1, 1},
    {"1500u", 1, 2},
    {"1k", 1000, 1000000},
    {"3M", 3000000, 3000000000},
    {"2G", 2000000000, 2000000000000},
    {"1T", 1000000000000, 1000000000000000},
    {"4P", 4000000000000000, 4000000000000000000},
    {"1E", 1000000000000000000, MAX},
    {"1E3", 1000, 1000000},
    {"1e3", 1000, 1000000},
    {"1E+3", 1000, 1000000},
    {"1E-2", 1, 10},
    {"3.14e2", 314, 314000},
    {"1Ki", 1024, 1024000},
    {"1.5Gi", 1610612736, 1610612736000},
    {"128974848", 128974848, 128974848000},
    {"129e6", 129000000, 129000000000},
    {"123Mi", 128974848, 128974848000},
    {"0.5Ki", 512, 512000},
    {"7Ei", 8070450532247928832, MAX},
    {"0.0000000001Ki", 1, 1},
    {"100000000000000000000000n", 100000000000000, 100000000000000000},
    /* Below nano: up, away from zero. */
    {"0.1n", 1, 1},
    {"1e-30", 1, 1},
    {"-0.1n", -1, -1},
    {"-1.0000000001", -2, -1001},
    /* Beyond the largest: capped. */
    {"9223372036854775807", MAX, MAX},
    {"9223372036854775808", MAX, MAX},
    {"8Ei", MAX, MAX},
    {"1e400", MAX, MAX},
    {"-1e400", -MAX, INT64_MIN},
    /* Upstream takes these, so do we. */
    {".", 0, 0},
    {"-", 0, 0},
    {"m", 0, 0},
    {"Ki", 0, 0},
    {"E", 0, 0},
    {"1e4294967296", 1, 1000},
};

static const char *const bad[] = {
    "",         " ",     "1 ",  " 1",  "1K",    "1ki",  "1 Gi", "1..2", "1.2.3", "1mi",  "1i",
    "0x10",     "1_000", "1e",  "1e+", "1e1.5", "1ee3", "1e3m", "1m5",  "1Mi1",  "1Ei3", "+-5",
    "--5",      "abc",   "1,5", "NaN", "inf",   "100%", "1GB",  "1Gib", "e-10",  "Pi",   "1e9223372036854775808",
    "\xd9\xa3",
};

static wide_t parsed(const char *text)
{
	wide_t nano = 0;
	struct err err = {0};
	if (quantity_parse(text, strlen(text), &nano, &err) < 0)
		fail_msg("\"%s\" was refused: %s", text, err.message);
	return nano;
}

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		wide_t nano = parsed(good[i].text);
		if (quantity_value(nano) != good[i].value || quantity_milli(nano) != good[i].milli)
			fail_msg("\"%s\": %lld, %lld milli; wanted %lld, %lld milli", good[i].text,
				 (long long)quantity_value(nano), (long long)quantity_milli(nano),
				 (long long)good[i].value, (long long)good[i].milli);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		wide_t nano = 42;
		struct err err = {0};
		if (quantity_parse(bad[i], strlen(bad[i]), &nano, &err) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_non_null(strstr(err.message, "must be a quantity"));
		assert_true(nano == 42);
	}
}

static void test_every_suffix_is_exact(void **state)
{
	static const char *const suffixes[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
	(void)state;
	wide_t expected = 3;
	for (size_t i = 0; i < COUNT(suffixes); i++, expected *= 1000) {
		char text[8];
		snprintf(text, sizeof text, "3%s", suffixes[i]);
		assert_true(parsed(text) == expected);
	}
}

static void test_long_texts(void **state)
{
	static char text[100001];
	(void)state;
	memset(text, '9', 100000);
	assert_true(parsed(text) == (wide_t)INT64_MAX * NANO);
	text[1] = '.';
	assert_true(parsed(text) == 10 * (wide_t)NANO);
	strcpy(text + 99998, "Ki");
	assert_true(parsed(text) == 10240 * (wide_t)NANO);
}

/* A tolerance of 0.15 reaches the controller as 150m. */
static void test_approximate(void **state)
{
	(void)state;
	assert_true(quantity_approximate(parsed("0.1")) == 100 * 1e-3);
	assert_true(quantity_approximate(parsed("0.15")) == 150 * 1e-3);
	assert_true(quantity_approximate(parsed("0.0333")) == 33300 * 1e-6);
	assert_true(quantity_approximate(parsed("1n")) == 1e-9);
	assert_true(quantity_approximate(parsed("3")) == 3.0);
	assert_true(quantity_approximate(parsed("0")) == 0.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_every_suffix_is_exact),
	    cmocka_unit_test(test_long_texts),
	    cmocka_unit_test(test_approximate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
