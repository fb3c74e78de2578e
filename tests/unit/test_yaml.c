#include "../../autoscaler/io/text/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct documents documents;
static struct err err;

static int clean(void **state)
{
	(void)state;
	arena_free(&arena);
	memset(&err, 0, sizeof err);
	return 0;
}

static int read_as(const char *name, const char *text)
{
	arena_free(&arena);
	return documents_parse(name, text, strlen(text), &arena, &documents, &err);
}

static const struct node *root(const char *text)
{
	if (read_as("t.yaml", text) < 0)
		fail_msg("refused: %s", err.message);
	assert_int_equal(documents.n, 1);
	return documents.roots[0];
}

static void refused(const char *text, const char *message)
{
	if (read_as("t.yaml", text) == 0)
		fail_msg("taken: %s", text);
	if (!strstr(err.message, message))
		fail_msg("said \"%s\" instead of \"%s\"", err.message, message);
}

/* ---- scalars as kubectl resolves them ---- */

static const struct {
	const char *text;
	enum node_kind kind;
	const char *json;
} scalars[] = {
    {"~", NODE_NULL, "null"},
    {"null", NODE_NULL, "null"},
    {"NULL", NODE_NULL, "null"},
    {"", NODE_NULL, "null"},
    {"yes", NODE_BOOL, "true"},
    {"On", NODE_BOOL, "true"},
    {"y", NODE_BOOL, "true"},
    {"TRUE", NODE_BOOL, "true"},
    {"off", NODE_BOOL, "false"},
    {"No", NODE_BOOL, "false"},
    {"yEs", NODE_STRING, "yEs"},
    {"12", NODE_INT, "12"},
    {"-12", NODE_INT, "-12"},
    {"+12", NODE_INT, "12"},
    {"0x1F", NODE_INT, "31"},
    {"0o17", NODE_INT, "15"},
    {"017", NODE_INT, "15"},
    {"0b101", NODE_INT, "5"},
    {"-0b101", NODE_INT, "-5"},
    {"1_000", NODE_INT, "1000"},
    {"18446744073709551615", NODE_INT, "18446744073709551615"},
    {"08", NODE_FLOAT, "8"},
    {"1.50", NODE_FLOAT, "1.5"},
    {".5", NODE_FLOAT, "0.5"},
    {"1.", NODE_FLOAT, "1"},
    {"1e3", NODE_FLOAT, "1000"},
    {"1e21", NODE_FLOAT, "1e+21"},
    {"1e-7", NODE_FLOAT, "1e-7"},
    {"0.000001", NODE_FLOAT, "0.000001"},
    {"123456789012345678901234567890", NODE_FLOAT, "1.2345678901234568e+29"},
    {"0.1", NODE_FLOAT, "0.1"},
    {"1e400", NODE_STRING, "1e400"},
    {"1e", NODE_STRING, "1e"},
    {"250m", NODE_STRING, "250m"},
    {"1.2.3", NODE_STRING, "1.2.3"},
    {"2026-01-02", NODE_STRING, "2026-01-02"},
    {"12:30:45", NODE_STRING, "12:30:45"},
    {"'12'", NODE_STRING, "12"},
    {"\"yes\"", NODE_STRING, "yes"},
    {"\"\"", NODE_STRING, ""},
    {"!!str 12", NODE_STRING, "12"},
    {"!!int \"12\"", NODE_INT, "12"},
    {"!!float 12", NODE_INT, "12"},
    {"!custom 12", NODE_STRING, "12"},
};

static void test_scalars(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scalars); i++) {
		char text[80];
		snprintf(text, sizeof text, "k: [%s]\n", scalars[i].text);
		const struct node *list = node_get(root(*scalars[i].text ? text : "k: [~]\n"), "k");
		const struct node *value = list->items[0];
		if (value->kind != scalars[i].kind || strcmp(value->text, scalars[i].json) != 0)
			fail_msg("%s: kind %d, %s; wanted kind %d, %s", scalars[i].text, value->kind, value->text,
				 scalars[i].kind, scalars[i].json);
	}
}

static void test_not_finite(void **state)
{
	(void)state;
	refused("a: 1\nb: .nan\n", "t.yaml:2:4: .nan: must be a finite number");
	refused("b: -.inf\n", "t.yaml:1:4: -.inf: must be a finite number");
	refused("b: !!int x\n", "t.yaml:1:4: x: is not of its type, !!int");
}

/* ---- structure ---- */

static void test_positions(void **state)
{
	(void)state;
	const struct node *spec =
	    node_get(root("# a comment\nspec:\n  list:\n  - name: \xc3\xa9t\xc3\xa9  \n    size: 2\n"), "spec");
	const struct node *item = node_get(spec, "list")->items[0];
	assert_int_equal(node_get(item, "size")->line, 5);
	assert_int_equal(node_get(item, "size")->column, 11);
	assert_int_equal(item->line, 4);
	assert_int_equal(item->column, 5);
}

static void test_documents(void **state)
{
	(void)state;
	assert_int_equal(read_as("t.yaml", "\xef\xbb\xbf---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n"), 0);
	assert_int_equal(documents.n, 2);
	assert_string_equal(node_get(documents.roots[1], "b")->text, "2");
	assert_int_equal(read_as("t.yaml", "# nothing at all\n"), 0);
	assert_int_equal(documents.n, 0);
}

static void test_keys(void **state)
{
	(void)state;
	const struct node *map = root("on: a\n1: b\n0x10: c\n\"quoted key\": d\n");
	assert_string_equal(node_get(map, "true")->text, "a");
	assert_string_equal(node_get(map, "1")->text, "b");
	assert_string_equal(node_get(map, "16")->text, "c");
	assert_string_equal(node_get(map, "quoted key")->text, "d");
	assert_null(node_get(map, "on"));
	refused("? [a]\n: 1\n", "a key must be a string");
	refused("a: 1\nb: 2\na: 3\n", "t.yaml:3:1: a: is set twice (first in line 1)");
	refused("{\"a\": 1, \"a\": 2}\n", "a: is set twice");
}

static void test_many_keys(void **state)
{
	char *text = malloc(200000), *at = text;
	char key[32];
	(void)state;
	for (int i = 0; i < 5000; i++)
		at += sprintf(at, "k%d: %d\n", (i * 7919) % 5000, i);
	const struct node *map = root(text);
	assert_int_equal(map->n, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "k%d", (i * 7919) % 5000);
		assert_int_equal(atoi(node_get(map, key)->text), i);
	}
	assert_null(node_get(map, "k5000"));
	free(text);
}

static void test_merge_keys(void **state)
{
	(void)state;
	const struct node *map = root("base: &base {a: 1, b: 2}\n"
				      "more: &more {b: 3, c: 4}\n"
				      "one: {<<: *base, b: 9}\n"
				      "two: {b: 8, <<: [*base, *more]}\n"
				      "own: {<<: {d: 5}}\n"
				      "text: {\"<<\": 1}\n");
	assert_string_equal(node_get(node_get(map, "one"), "a")->text, "1");
	assert_string_equal(node_get(node_get(map, "one"), "b")->text, "9");
	assert_string_equal(node_get(node_get(map, "two"), "b")->text, "8");
	assert_string_equal(node_get(node_get(map, "two"), "c")->text, "4");
	assert_int_equal(node_get(map, "two")->n, 3);
	assert_string_equal(node_get(node_get(map, "own"), "d")->text, "5");
	assert_non_null(node_get(node_get(map, "text"), "<<"));
	refused("a: {<<: 5}\n", "<<: must be a mapping, or a list of mappings");
}

static void test_aliases(void **state)
{
	(void)state;
	const struct node *map = root("a: &x [1, 2]\nb: *x\n");
	assert_ptr_equal(node_get(map, "a"), node_get(map, "b"));
	refused("a: *x\n", "*x: there is no anchor &x before it");
	refused("a: &x [*x]\n", "*x: stands inside its own anchor");
	refused("a: &x 1\n---\nb: *x\n", "t.yaml:3:4: *x: there is no anchor");
}

/* ---- hostile input ---- */

static void test_alias_bomb(void **state)
{
	char text[4096] = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
	(void)state;
	for (int i = 1; i < 12; i++) {
		char line[128];
		snprintf(line, sizeof line, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
			 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
		strcat(text, line);
	}
	refused(text, "with aliases written out");
}

static void test_merge_bomb(void **state)
{
	char *text = malloc(2000000), *at = text;
	(void)state;
	at += sprintf(at, "base: &b\n");
	for (int i = 0; i < 2000; i++)
		at += sprintf(at, "  k%d: 1\n", i);
	for (int i = 0; i < 2000; i++)
		at += sprintf(at, "m%d: {<<: *b}\n", i);
	refused(text, "is too large");
	free(text);
}

static void test_depth(void **state)
{
	static char text[300001];
	(void)state;
	memset(text, '[', 300000);
	refused(text, "deeper than 100");
	memset(text, '{', 300000);
	refused(text, "");
	snprintf(text, sizeof text, "a: &a %.*s1%.*s\nb: &b %.*s*a%.*s\n", 60,
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 60,
		 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 60,
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 60,
		 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	refused(text, "deeper than 100");
}

/* libyaml's time for tag directives grows with their square. */
static void test_many_directives(void **state)
{
	char text[4000] = "", *at = text;
	(void)state;
	for (int i = 0; i < 101; i++)
		at += sprintf(at, "%%TAG !t%d! tag:x\n", i);
	refused(text, "t.yaml:101:1: has more than 100 lines that begin with %");
}

static void test_no_text(void **state)
{
	static const char nul[] = "a: 1\nb: \0\n";
	(void)state;
	assert_int_equal(documents_parse("t.yaml", nul, sizeof nul - 1, &arena, &documents, &err), -1);
	assert_string_equal(err.message, "t.yaml:2:4: character U+0000: is not text; is this a binary file?");
	refused("a: \x80\n", "t.yaml:1:4: byte 0x80: is not UTF-8 text");
	refused("a: \xc0\xaf\n", "byte 0xc0: is not UTF-8 text");
	refused("a: \xed\xa0\x80\n", "is not UTF-8 text");
	refused("a: \x1b[31m\n", "t.yaml:1:4: character U+001B");
	refused("\x7f"
		"ELF\n",
		"is this a binary file?");
}

static void test_bad_yaml(void **state)
{
	(void)state;
	refused("a: b: c\n", "t.yaml:1:5: is not valid YAML");
	refused("a: [1, 2\n", "is not valid YAML");
	refused("a:\n\t- b\n", "t.yaml:2:1: is not valid YAML");
	refused("a: {{ .Values.name }}\n", "render the template first");
	refused("{{- if .Values.on }}\na: 1\n", "render the template first");
}

/* ---- JSON ---- */

static void test_json(void **state)
{
	(void)state;
	const struct node *map = root("\t{\n\t\"a\"\n:\t[1, -2.50, 1e3, true, null, {}],\n"
				      "\t\"b\": \"x\\/y \\u00e9 \\ud83d\\ude00 \\ud83d \\n\"\n}\n");
	const struct node *a = node_get(map, "a");
	assert_int_equal(a->n, 6);
	assert_int_equal(a->line, 3);
	assert_int_equal(a->column, 3);
	assert_string_equal(a->items[1]->text, "-2.5");
	assert_string_equal(a->items[2]->text, "1000");
	assert_int_equal(a->items[4]->kind, NODE_NULL);
	assert_string_equal(node_get(map, "b")->text, "x/y \xc3\xa9 \xf0\x9f\x98\x80 \xef\xbf\xbd \n");
}

static void test_json_stream(void **state)
{
	(void)state;
	assert_int_equal(read_as("t.json", "{\"a\": 1}\n{\"b\": 2}"), 0);
	assert_int_equal(documents.n, 2);
	/* A YAML flow mapping begins like JSON. */
	assert_string_equal(node_get(root("{a: yes}\n"), "a")->text, "true");
}

static void test_bad_json(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"{\"a\": 1,}", "t.json:1:9: is not valid JSON: found } where a string is due"},
	    {"{\"a\": 01}", "where a comma or } is due"},
	    {"{\"a\": nul}", "where a value is due"},
	    {"{\"a\": \"x", "ends where the rest of a string is due"},
	    {"{\"a\": \"\\x\"}", "where an escape"},
	    {"{\"a\": \"\\u12g4\"}", "where a hexadecimal digit is due"},
	    {"{\"a\" 1}", "where a colon is due"},
	    {"{\"a\": 1e999}", "1e999: is beyond the range of numbers"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_as("t.json", cases[i].text), -1);
		if (!strstr(err.message, cases[i].message))
			fail_msg("%s: said \"%s\"", cases[i].text, err.message);
	}
}

static void test_error_untouched_on_success(void **state)
{
	(void)state;
	strcpy(err.message, "before");
	assert_int_equal(read_as("t.yaml", "{a: 1}\n"), 0);
	assert_string_equal(err.message, "before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_scalars, clean),
	    cmocka_unit_test_teardown(test_not_finite, clean),
	    cmocka_unit_test_teardown(test_positions, clean),
	    cmocka_unit_test_teardown(test_documents, clean),
	    cmocka_unit_test_teardown(test_keys, clean),
	    cmocka_unit_test_teardown(test_many_keys, clean),
	    cmocka_unit_test_teardown(test_merge_keys, clean),
	    cmocka_unit_test_teardown(test_aliases, clean),
	    cmocka_unit_test_teardown(test_alias_bomb, clean),
	    cmocka_unit_test_teardown(test_merge_bomb, clean),
	    cmocka_unit_test_teardown(test_depth, clean),
	    cmocka_unit_test_teardown(test_many_directives, clean),
	    cmocka_unit_test_teardown(test_no_text, clean),
	    cmocka_unit_test_teardown(test_bad_yaml, clean),
	    cmocka_unit_test_teardown(test_json, clean),
	    cmocka_unit_test_teardown(test_json_stream, clean),
	    cmocka_unit_test_teardown(test_bad_json, clean),
	    cmocka_unit_test_teardown(test_error_untouched_on_success, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
