#include "../../autoscaler/io/report/table.h"

#include <math.h>
#include <setjmp.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static const struct table_column columns[] = {
    {"name", "NAME", false}, {"usd", "USD", true}, {"note", NULL, false}, {"n", "N", true}};

static void fill(struct table *table)
{
	table_init(table, columns, COUNT(columns));
	table_text(table, "m5.xlarge");
	table_nano(table, 192000000, 2);
	table_text(table, "a,\"b\"\nc");
	table_integer(table, -7);
	table_text(table, "caf\xc3\xa9");
	table_none(table);
	table_text(table, "plain");
	table_bool(table, true);
}

static char *printed(const struct table *table, enum table_format format)
{
	static char out[4096];
	memset(out, 0, sizeof out);
	FILE *file = fmemopen(out, sizeof out, "w");
	struct err err = {""};
	assert_non_null(file);
	if (table_print(table, format, file, &err) < 0)
		fail_msg("%s", err.message);
	fclose(file);
	return out;
}

static void for_people(void **state)
{
	(void)state;
	struct table table;
	fill(&table);
	assert_string_equal(printed(&table, TABLE_HUMAN), "NAME        USD     N\n"
							  "m5.xlarge  0.19    -7\n"
							  "caf\xc3\xa9          -  true\n");
	table_free(&table);
}

static void words_fold(void **state)
{
	(void)state;
	static const struct table_column wide[] = {
	    {"name", "NAME", false}, {"n", "n", true}, {"what", "WHAT", false}, {"why", "WHY", false}};
	struct table table;
	table_init(&table, wide, COUNT(wide));
	table_text(&table, "web");
	table_integer(&table, 12);
	table_text_brief(&table, "in full", "brief");
	table_text(&table, "caf\xc3\xa9 of as many words as it takes to come to the end of a line that is eighty wide");
	table_text(&table, "db");
	table_integer(&table, 1);
	table_none(&table);
	table_text(&table, "few");
	assert_string_equal(printed(&table, TABLE_HUMAN),
			    "NAME   n  WHAT   WHY\n"
			    "web   12  brief  caf\xc3\xa9 of as many words as it takes to come to the end of a line\n"
			    "                 that is eighty wide\n"
			    "db     1  -      few\n");
	assert_non_null(strstr(printed(&table, TABLE_CSV), "web,12,in full,caf\xc3\xa9 of as many"));
	table_free(&table);
}

/* A row of several lines: the lead, and what fits beside each other. */
static void rows_of_lines(void **state)
{
	(void)state;
	static const struct table_column wide[] = {{"policy", "POLICY", false},
						   {"plan", "PLAN", false},
						   {"cost", "per 30 days", true},
						   {"late", "late %", true},
						   {"bought", "BOUGHT", false}};
	struct table table;
	table_init(&table, wide, COUNT(wide));
	table.lead = 2;
	table_text(&table, "a-policy-whose-name-goes-on-and-on-for-thirty-five");
	table_text(&table, "savings-for-three-years");
	table_nano(&table, 1234567890123, 2);
	table_number(&table, 0.5, 3);
	table_text(&table, "all that was bought, one after the other, word by word by word by word");
	assert_string_equal(printed(&table, TABLE_HUMAN),
			    "POLICY                                              PLAN\n"
			    "  per 30 days  late %\n"
			    "  BOUGHT\n"
			    "a-policy-whose-name-goes-on-and-on-for-thirty-five  savings-for-three-years\n"
			    "      1234.57   0.500\n"
			    "  all that was bought, one after the other, word by word by word by word\n");
	table_free(&table);
}

static void for_programs(void **state)
{
	(void)state;
	struct table table;
	fill(&table);
	assert_string_equal(printed(&table, TABLE_CSV), "name,usd,note,n\n"
							"m5.xlarge,0.192,\"a,\"\"b\"\"\nc\",-7\n"
							"caf\xc3\xa9,,plain,true\n");
	assert_string_equal(
	    printed(&table, TABLE_JSON),
	    "[\n {\"name\": \"m5.xlarge\", \"usd\": 0.192, \"note\": \"a,\\\"b\\\"\\u000ac\", \"n\": -7},\n"
	    " {\"name\": \"caf\xc3\xa9\", \"usd\": null, \"note\": \"plain\", \"n\": true}\n]\n");
	table_free(&table);
	table_init(&table, columns, COUNT(columns));
	assert_string_equal(printed(&table, TABLE_JSON), "[\n]\n");
	assert_string_equal(printed(&table, TABLE_CSV), "name,usd,note,n\n");
	table_free(&table);
}

static const struct table_column pair[] = {{"a", "A", true}};

static void numbers(void **state)
{
	(void)state;
	static const struct {
		int64_t nano;
		int decimals;
		const char *human, *csv;
	} cases[] = {{0, 4, "0.0000", "0"},
		     {192000000, 4, "0.1920", "0.192"},
		     {1, 4, "0.0000", "0.000000001"},
		     {-1500000000, 0, "-2", "-1.5"},
		     {1999999999, 2, "2.00", "1.999999999"},
		     {INT64_MAX, 9, "9223372036.854775807", "9223372036.854775807"},
		     {INT64_MIN, 0, "-9223372037", "-9223372036.854775808"}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct table table;
		char want[80];
		table_init(&table, pair, 1);
		table_nano(&table, cases[i].nano, cases[i].decimals);
		snprintf(want, sizeof want, "a\n%s\n", cases[i].csv);
		assert_string_equal(printed(&table, TABLE_CSV), want);
		assert_non_null(strstr(printed(&table, TABLE_HUMAN), cases[i].human));
		table_free(&table);
	}
	struct table table;
	table_init(&table, pair, 1);
	table_number(&table, NAN, 2);
	table_number(&table, INFINITY, 2);
	table_number(&table, 1.005e300, 2);
	table_number(&table, 0.125, 2);
	char *csv = printed(&table, TABLE_CSV);
	assert_true(strncmp(csv, "a\n\n\n1005", 8) == 0);
	assert_string_equal(csv + strlen(csv) - 5, "0.12\n");
	table_free(&table);
}

static void hostile_text(void **state)
{
	(void)state;
	struct table table;
	table_init(&table, pair, 1);
	table_text(&table, "\x1b[31m\xff\t\\");
	assert_string_equal(printed(&table, TABLE_JSON), "[\n {\"a\": \"\\u001b[31m\\ufffd\\u0009\\\\\"}\n]\n");
	assert_null(strchr(printed(&table, TABLE_HUMAN), '\x1b'));
	table_free(&table);
}

static void failures_are_reported(void **state)
{
	(void)state;
	struct table table;
	struct err err = {""};
	table_init(&table, columns, COUNT(columns));
	table_text(&table, "half");
	assert_int_equal(table_print(&table, TABLE_CSV, stdout, &err), -1);
	assert_non_null(strstr(err.message, "unfinished row"));
	table_free(&table);
	fill(&table);
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	for (int format = TABLE_HUMAN; format <= TABLE_JSON; format++) {
		assert_int_equal(table_print(&table, (enum table_format)format, full, &err), -1);
		assert_string_equal(err.message, "cannot write the output: No space left on device");
	}
	fclose(full);
	table_free(&table);
	enum table_format format;
	assert_int_equal(table_format_parse("json", &format, &err), 0);
	assert_int_equal(format, TABLE_JSON);
	assert_int_equal(table_format_parse("JSON", &format, &err), -1);
	assert_string_equal(err.message, "unknown output format 'JSON'; allowed: table, csv, json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(for_people),
	    cmocka_unit_test(words_fold),
	    cmocka_unit_test(rows_of_lines),
	    cmocka_unit_test(for_programs),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(hostile_text),
	    cmocka_unit_test(failures_are_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
