#include "../../autoscaler/io/text/json_value.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static struct json_value parsed(const char *text)
{
	struct json_value value = {0};
	struct err err;
	if (json_value_parse("t", text, strlen(text), &value, &err) < 0)
		fail_msg("%s", err.message);
	return value;
}

/* ---- what is JSON ---- */

static const struct {
	const char *text, *refused; /* NULL: good */
} texts[] = {
    {"{}", NULL},
    {" [ ] ", NULL},
    {"[1,-0,2.50,1e9,-1.5E-3,0]", NULL},
    {"{\"a\" : [true, false,null] , \"b\":{\"c\":\"d\"}}", NULL},
    {"\"\\u00e9\\ud83d\\ude00\\/\"", NULL},
    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", NULL},
    {"12", NULL},
    {"", "t: is not valid JSON: ends after 0 bytes, where a value is due"},
    {"[1,]", "t: is not valid JSON: found ']' at byte 3, where a value is due"},
    {"[1 2]", "t: is not valid JSON: found '2]' at byte 3, where a comma or ] is due"},
    {"{\"a\":1", "t: is not valid JSON: ends after 6 bytes, where a comma or } is due"},
    {"{a:1}", "t: is not valid JSON: found 'a:1}' at byte 1, where a key in quotes is due"},
    {"{\"a\" 1}", "t: is not valid JSON: found '1}' at byte 5, where a colon is due"},
    {"{\"a\":1,}", "t: is not valid JSON: found '}' at byte 7, where a key in quotes is due"},
    {"[01]", "t: is not valid JSON: found '1]' at byte 2, where a comma or ] is due"},
    {"[1.]", "t: is not valid JSON: found ']' at byte 3, where a digit is due"},
    {"[tru]", "t: is not valid JSON: found 'tru]' at byte 1, where a value is due"},
    {"{}{}", "t: is not valid JSON: found '{}' at byte 2, where the end is due"},
    {"[}", "t: is not valid JSON: found '}' at byte 1, where a value is due"},
    {"[1}", "t: is not valid JSON: found '}' at byte 2, where a comma or ] is due"},
    {"\"abcdefgh\n\"",
     "t: is not valid JSON: found '\\x0a\"' at byte 9, where a text without control characters is due"},
    {"\"abc", "t: is not valid JSON: ends after 4 bytes, where the rest of a text is due"},
    {"\"\\x\"", "t: is not valid JSON: found '\\x\"' at byte 1, where an escape (one of \" \\ / b f n r t u) is due"},
    {"\"\\u12g4\"",
     "t: is not valid JSON: found '\\u12g4\"' at byte 1, where an escape of four hexadecimal digits is due"},
    {"\"\xc0\xaf\"", "t: is not valid JSON: found '\\xc0\\xaf\"' at byte 1, where valid UTF-8 is due"},
    {"\"\xed\xa0\x80\"", "t: is not valid JSON: found '\xed\xa0\x80\"' at byte 1, where valid UTF-8 is due"},
    {"\"\xf5\x80\x80\x80\"",
     "t: is not valid JSON: found '\\xf5\\x80\\x80\\x80\"' at byte 1, where valid UTF-8 is due"},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct json_value value;
		struct err err = {""};
		int status = json_value_parse("t", texts[i].text, strlen(texts[i].text), &value, &err);
		if (status == 0 && texts[i].refused)
			fail_msg("taken: %s", texts[i].text);
		assert_string_equal(err.message, texts[i].refused ? texts[i].refused : "");
	}
}

static void test_depth(void **state)
{
	char text[2 * JSON_VALUE_DEPTH + 3];
	struct json_value value;
	struct err err;
	(void)state;
	memset(text, '[', JSON_VALUE_DEPTH + 1);
	memset(text + JSON_VALUE_DEPTH + 1, ']', JSON_VALUE_DEPTH + 1);
	text[2 * JSON_VALUE_DEPTH + 2] = 0;
	assert_int_equal(json_value_parse("t", text + 1, 2 * JSON_VALUE_DEPTH, &value, &err), 0);
	assert_int_equal(json_value_parse("t", text, 2 * JSON_VALUE_DEPTH + 2, &value, &err), -1);
	assert_non_null(strstr(err.message, "nesting"));
}

/* ---- walking ---- */

static void test_members(void **state)
{
	struct json_value root = parsed(" { \"a\" : { \"b\" : [ 1, \"x]}\\\"\", {} , null ] , \"n\":null}, \"a.b\" : 7,"
					"\"k\\u0065y\": \"v\", \"a2\":1, \"a2\":2 } ");
	struct json_value list = json_path(root, "a.b"), element;
	(void)state;
	assert_true(json_is_object(root) && json_is_array(list));
	assert_null(json_path(root, "a.n").at);
	assert_null(json_path(root, "a.b.c").at);
	assert_null(json_in(root, "b").at);
	assert_int_equal(json_int(json_in(root, "a.b"), -1), 7);
	assert_int_equal(json_int(json_in(root, "a2"), -1), 2);
	assert_true(json_equals(json_in(root, "key"), "v"));
	struct json_walk walk = json_walk(list);
	assert_true(json_each(&walk, NULL, &element) && json_int(element, 0) == 1);
	assert_true(json_each(&walk, NULL, &element) && json_equals(element, "x]}\""));
	assert_true(json_each(&walk, NULL, &element) && json_is_object(element));
	assert_true(json_each(&walk, NULL, &element) && !element.at);
	assert_false(json_each(&walk, NULL, &element));
	walk = json_walk(json_in(root, "key"));
	assert_false(json_each(&walk, NULL, &element));
}

static void test_keys(void **state)
{
	struct json_value root = parsed("{\"\":1,\"{\":2,\"true\":true,\"a\\nb\":3}"), key, value;
	static const char *const names[] = {"", "{", "true", "a\nb"};
	struct json_walk walk = json_walk(root);
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char name[8];
		assert_true(json_each(&walk, &key, &value));
		assert_true(json_equals(key, names[i]));
		assert_int_equal(json_copy(key, name, sizeof name), strlen(names[i]));
		assert_string_equal(name, names[i]);
	}
	assert_false(json_equals(json_in(root, "true"), "true"));
	assert_false(json_equals(root, "{"));
}

/* ---- texts ---- */

static void test_unescaped(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
	    {"\"plain\"", "plain"},
	    {"\"\"", ""},
	    {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz"},
	    {"\"\\u00e9\\ud83d\\ude00\"", "\xc3\xa9\xf0\x9f\x98\x80"},
	    {"\"\\ud800x\\udc00\\ud800\\ud83d\\ude00\"", "\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80"},
	    {"\"a\\u0000b\"", "a\xef\xbf\xbd"
			      "b"},
	};
	struct arena arena = {0};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_value value = parsed(cases[i].json);
		assert_string_equal(json_text(value, &arena), cases[i].text);
		assert_true(json_equals(value, cases[i].text));
		char longer[64];
		snprintf(longer, sizeof longer, "%sx", cases[i].text);
		assert_false(json_equals(value, longer));
	}
	arena_free(&arena);
}

static void test_cut(void **state)
{
	char out[4] = "zzz";
	(void)state;
	assert_int_equal(json_copy(parsed("\"abcdef\""), out, sizeof out), 6);
	assert_string_equal(out, "abc");
	assert_int_equal(json_copy(parsed("12"), out, sizeof out), 0);
	assert_string_equal(out, "");
	assert_int_equal(json_copy(parsed("\"ab\""), NULL, 0), 2);
	assert_null(json_text(parsed("[1]"), NULL));
}

/* ---- numbers, quantities, times ---- */

static void test_numbers(void **state)
{
	double number;
	(void)state;
	assert_int_equal(json_int(parsed("-9223372036854775808"), 1), INT64_MIN);
	assert_int_equal(json_int(parsed("9223372036854775807"), 1), INT64_MAX);
	assert_int_equal(json_int(parsed("9223372036854775808"), 1), 1);
	assert_int_equal(json_int(parsed("99999999999999999999999999999999999999999999"), 1), 1);
	assert_int_equal(json_int(parsed("1.5"), 1), 1);
	assert_int_equal(json_int(parsed("\"5\""), 1), 1);
	assert_true(json_number(parsed("-1.5e3"), &number) && number == -1500.0);
	assert_false(json_number(parsed("1e999"), &number));
	assert_false(json_number(parsed("\"1\""), &number));
	assert_true(json_bool(parsed("true"), false) && !json_bool(parsed("false"), true) &&
		    json_bool(parsed("1"), true));
	assert_int_equal(json_milli(parsed("\"500m\""), -1), 500);
	assert_int_equal(json_milli(parsed("\"1Ki\""), -1), 1024000);
	assert_int_equal(json_milli(parsed("2"), -1), 2000);
	assert_int_equal(json_milli(parsed("\"1n\""), -1), 1);
	assert_int_equal(json_milli(parsed("\"lots\""), -1), -1);
	assert_int_equal(json_milli(parsed("null"), -1), -1);
}

static void test_times(void **state)
{
	(void)state;
	assert_int_equal(json_time(parsed("\"2026-11-24T14:25:05Z\"")), INT64_C(1795530305000));
	assert_int_equal(json_time(parsed("\"2026-11-24T14:25:05.1234567Z\"")), INT64_C(1795530305123));
	assert_int_equal(json_time(parsed("\"2026-11-24T15:55:05+01:30\"")), INT64_C(1795530305000));
	assert_int_equal(json_time(parsed("\"1970-01-01T00:00:00Z\"")), 0);
	static const char *const wrong[] = {"\"2026-02-30T00:00:00Z\"", "\"2026-11-24\"", "\"2026-11-24T14:25:05\"",
					    "\"2026-11-24T24:25:05Z\"", "\"\"",           "5",
					    "\"2026-11-24T14:25:05.Z\""};
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(json_time(parsed(wrong[i])), MS_UNSET);
	assert_int_equal(json_duration(parsed("\"30s\""), -1), 30000);
	assert_int_equal(json_duration(parsed("\"1m0.5s\""), -1), 60500);
	assert_int_equal(json_duration(parsed("\"1h15m30.918273645s\""), -1), 4530918);
	assert_int_equal(json_duration(parsed("\"-1.5h\""), -1), -5400000);
	assert_int_equal(json_duration(parsed("\"250\xc2\xb5s\""), -1), 0);
	assert_int_equal(json_duration(parsed("\"0\""), -1), 0);
	static const char *const spans[] = {"\"\"", "\"5\"", "\"s\"", "\".s\"", "\"1d\"", "\"99999999999h\"", "30"};
	for (size_t i = 0; i < COUNT(spans); i++)
		assert_int_equal(json_duration(parsed(spans[i]), -1), -1);
}

/* What has no value finds nothing. */
static void test_nothing(void **state)
{
	struct json_value none = {0}, bytes;
	double number;
	struct json_walk walk = json_walk(none);
	(void)state;
	assert_false(json_each(&walk, NULL, &bytes));
	assert_null(json_path(none, "a.b").at);
	assert_false(json_equals(none, ""));
	assert_false(json_plain(none, &bytes));
	assert_false(json_number(none, &number));
	assert_int_equal(json_time(none), MS_UNSET);
	assert_int_equal(json_duration(none, 4), 4);
	assert_int_equal(json_int(none, 4), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),   cmocka_unit_test(test_depth),     cmocka_unit_test(test_members),
	    cmocka_unit_test(test_keys),    cmocka_unit_test(test_unescaped), cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_numbers), cmocka_unit_test(test_times),     cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
