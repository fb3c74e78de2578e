#include "../../autoscaler/io/text/csv.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* Reads all records into one text: fields in [], records on lines; or "error: MESSAGE". */
static char *parse(const char *text, size_t length)
{
	static char out[4096];
	struct csv csv;
	struct err err;
	const struct csv_field *fields;
	size_t n, at = 0;
	int got;
	assert_int_equal(csv_open_memory(&csv, "f.csv", text, length, &err), 0);
	out[0] = 0;
	while ((got = csv_next(&csv, &fields, &n, &err)) > 0) {
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(strlen(fields[i].text), fields[i].length);
			at += (size_t)snprintf(out + at, sizeof out - at, "[%s]", fields[i].text);
		}
		at += (size_t)snprintf(out + at, sizeof out - at, "@%llu ", (unsigned long long)csv.line);
	}
	if (got < 0)
		snprintf(out + at, sizeof out - at, "error: %s", err.message);
	csv_close(&csv);
	return out;
}

static const struct {
	const char *text, *want;
} cases[] = {
    {"", ""},
    {"\n\r\n\n", ""},
    {"a,b\n1,2\n", "[a][b]@1 [1][2]@2 "},
    {"a,b\r\n1,2", "[a][b]@1 [1][2]@2 "},
    {"\xef\xbb\xbf"
     "a\n",
     "[a]@1 "},
    {"\xef\xbb\xbf", ""},
    {",\n", "[][]@1 "},
    {"a,", "[a][]@1 "},
    {"\"\"", "[]@1 "},
    {"\"a,b\",\"c\"\"d\"\n", "[a,b][c\"d]@1 "},
    {"\n\n\"a\nb\"\n\nc\n", "[a\nb]@3 [c]@6 "},
    {"\"a\r\nb\",c\r\n", "[a\r\nb][c]@1 "},
    {"a\r", "[a]@1 "},
    {"caf\xc3\xa9\n", "[caf\xc3\xa9]@1 "},
    {"a\nb\rc\n", "[a]@1 error: f.csv:2: a carriage return without a line feed"},
    {"a\nb\"c\n", "[a]@1 error: f.csv:2: a quote inside a field: put the field in quotes and write the quote twice"},
    {"\n\"a\nb\n", "error: f.csv:2: a quoted field is not closed"},
    {"\"", "error: f.csv:1: a quoted field is not closed"},
    {"\"a\" b\n", "error: f.csv:1: ' b\\x0a' after a closing quote; a comma or the end of the line belongs there"},
    {"a,\x01\n", "error: f.csv:1: byte \\x01 is not text; a CSV file is plain UTF-8 text"},
    {"\x1f\x8b\x08\n", "error: f.csv:1: byte \\x1f is not text; a CSV file is plain UTF-8 text"},
    {"\"a\nb\x7f\"", "error: f.csv:2: byte \\x7f is not text; a CSV file is plain UTF-8 text"},
};

static void records(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(parse(cases[i].text, strlen(cases[i].text)), cases[i].want);
}

static void refuses_nul(void **state)
{
	(void)state;
	assert_string_equal(parse("a\0b", 3), "error: f.csv:1: byte \\x00 is not text; a CSV file is plain UTF-8 text");
}

struct endless {
	const char *pattern;
	size_t at;
	uint64_t left;
};

static ptrdiff_t read_endless(void *self, char *buffer, size_t size, struct err *err)
{
	struct endless *e = self;
	(void)err;
	size_t n = size < e->left ? size : (size_t)e->left;
	for (size_t i = 0; i < n; i++) {
		buffer[i] = e->pattern[e->at++];
		if (!e->pattern[e->at])
			e->at = 0;
	}
	e->left -= n;
	return (ptrdiff_t)n;
}

static void a_huge_line_fails_at_once(void **state)
{
	(void)state;
	const char *patterns[] = {"x", "\"\"", ",", "\"x\n", "\"x"};
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct endless e = {patterns[i], 0, (uint64_t)2 << 30};
		struct csv csv;
		struct err err = {""};
		const struct csv_field *fields;
		size_t n;
		assert_int_equal(csv_open(&csv, "big.csv", read_endless, &e, &err), 0);
		assert_int_equal(csv_next(&csv, &fields, &n, &err), -1);
		assert_true(strncmp(err.message, "big.csv:", 8) == 0);
		assert_true(e.left > ((uint64_t)2 << 30) - 4 * CSV_RECORD_MAX);
		csv_close(&csv);
	}
}

static void the_size_limit_holds(void **state)
{
	(void)state;
	struct endless e = {"1,2\n", 0, (uint64_t)1 << 40};
	struct csv csv;
	struct err err;
	const struct csv_field *fields;
	size_t n;
	int got;
	assert_int_equal(csv_open(&csv, "bomb.csv", read_endless, &e, &err), 0);
	csv.max_bytes = 1000000;
	while ((got = csv_next(&csv, &fields, &n, &err)) > 0)
		;
	assert_int_equal(got, -1);
	assert_non_null(strstr(err.message, "more than 1000000 bytes"));
	csv_close(&csv);
}

/* Records of every length up to the limit come through whole, wherever the buffer happens to end. */
static void long_records_survive_refills(void **state)
{
	(void)state;
	char *text = malloc(CSV_RECORD_MAX * 8);
	assert_non_null(text);
	size_t at = 0;
	size_t lengths[] = {CSV_RECORD_MAX - 2, 1, CSV_RECORD_MAX - 1, 40000, 40000, 7, CSV_RECORD_MAX - 100, 3};
	for (size_t i = 0; i < COUNT(lengths); i++) {
		memset(text + at, 'a' + (int)i, lengths[i]);
		at += lengths[i];
		text[at++] = '\n';
	}
	struct csv csv;
	struct err err = {""};
	const struct csv_field *fields;
	size_t n;
	assert_int_equal(csv_open_memory(&csv, "long.csv", text, at, &err), 0);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		if (csv_next(&csv, &fields, &n, &err) != 1)
			fail_msg("record %zu: %s", i, err.message);
		assert_int_equal(n, 1);
		assert_int_equal(fields[0].length, lengths[i]);
		assert_int_equal(fields[0].text[0], 'a' + (int)i);
		assert_int_equal(fields[0].text[lengths[i] - 1], 'a' + (int)i);
	}
	assert_int_equal(csv_next(&csv, &fields, &n, &err), 0);
	csv_close(&csv);
	free(text);
}

static ptrdiff_t read_failure(void *self, char *buffer, size_t size, struct err *err)
{
	(void)self, (void)buffer, (void)size;
	return err_set(err, "the disk is on fire");
}

static void read_errors_are_passed_on(void **state)
{
	(void)state;
	struct csv csv;
	struct err err;
	const struct csv_field *fields;
	size_t n;
	assert_int_equal(csv_open(&csv, "f.csv", read_failure, NULL, &err), 0);
	assert_int_equal(csv_next(&csv, &fields, &n, &err), -1);
	assert_string_equal(err.message, "f.csv:1: the disk is on fire");
	csv_close(&csv);
}

static void columns_are_found_by_name(void **state)
{
	(void)state;
	const struct csv_field header[] = {{"time", 4}, {"cpu", 3}};
	assert_int_equal(csv_column(header, 2, "cpu"), 1);
	assert_int_equal(csv_column(header, 2, "cp"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records),
	    cmocka_unit_test(refuses_nul),
	    cmocka_unit_test(a_huge_line_fails_at_once),
	    cmocka_unit_test(the_size_limit_holds),
	    cmocka_unit_test(long_records_survive_refills),
	    cmocka_unit_test(read_errors_are_passed_on),
	    cmocka_unit_test(columns_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
