#include "../../autoscaler/io/text/json_stream.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* Gives its text in pieces of so many bytes. */
struct pieces {
	const char *text;
	size_t left, size;
};

static ptrdiff_t read_piece(void *self, char *buffer, size_t size, struct err *err)
{
	struct pieces *pieces = self;
	(void)err;
	size_t n = pieces->size < size ? pieces->size : size;
	n = n < pieces->left ? n : pieces->left;
	memcpy(buffer, pieces->text, n);
	pieces->text += n;
	pieces->left -= n;
	return (ptrdiff_t)n;
}

/* All tokens as one text, texts in <>; or what was refused. */
static const char *trace(const char *text, size_t length, size_t piece)
{
	static const char *const names[] = {"", "{", "}", "[", "]", "k", "s", "n", "true", "false", "null"};
	static char out[8192];
	static struct json_stream json;
	struct pieces pieces = {text, length, piece};
	struct err err;
	size_t n = 0;
	int token;
	out[0] = 0;
	if (json_open(&json, "f", read_piece, &pieces, &err) < 0)
		return "cannot be opened";
	while ((token = json_next(&json, &err)) > 0 && n < sizeof out - 100) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%s", names[token]);
		if (token == JSON_KEY || token == JSON_STRING || token == JSON_NUMBER)
			n += (size_t)snprintf(out + n, sizeof out - n, "<%.60s>", json.text);
	}
	if (token < 0)
		snprintf(out + n, sizeof out - n, "! %s", err.message);
	json_close(&json);
	return out;
}

static const struct {
	const char *text, *want;
} cases[] = {
    {"", ""},
    {" \n\t", ""},
    {"{}", "{}"},
    {"\xef\xbb\xbf[]", "[]"},
    {"[1,-0,2.50,1e9,-1.5E-3]", "[n<1>n<-0>n<2.50>n<1e9>n<-1.5E-3>]"},
    {"{\"a\" : [true, false,null] , \"b\":{\"c\":\"d\"}}", "{k<a>[truefalsenull]k<b>{k<c>s<d>}}"},
    {"{\"x\":1}{\"x\":2} [3]", "{k<x>n<1>}{k<x>n<2>}[n<3>]"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s<\"\\/\b\f\n\r\t>"},
    {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "s<A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80>"},
    {"\"\\ud83d\"", "s<\xef\xbf\xbd>"},
    {"\"\\ud83dx\\n\"", "s<\xef\xbf\xbdx\n>"},
    {"\"\\ud83d\\n\"", "s<\xef\xbf\xbd\n>"},
    {"\"\\ude00\\ud83d\\ud83d\\ude00\"", "s<\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80>"},
    {"{\"a\":1,}", "{k<a>n<1>! f:1: a: is not valid JSON: found '}' where a key in quotes is due"},
    {"[1,]", "[n<1>! f:1: [1]: is not valid JSON: found ']' where a value is due"},
    {"[1 2]", "[n<1>! f:1: [0]: is not valid JSON: found '2]' where a comma or ] is due"},
    {"{\"a\" 1}", "{! f:1: a: is not valid JSON: found '1}' where a colon is due"},
    {"{a:1}", "{! f:1: is not valid JSON: found 'a:1}' where a key in quotes is due"},
    {"[01]", "[n<0>! f:1: [0]: is not valid JSON: found '1]' where a comma or ] is due"},
    {"[-]", "[! f:1: [0]: is not valid JSON: found ']' where a digit is due"},
    {"[1.]", "[! f:1: [0]: is not valid JSON: found ']' where a digit is due"},
    {"[1e+]", "[! f:1: [0]: is not valid JSON: found ']' where a digit is due"},
    {"[+1]", "[! f:1: [0]: is not valid JSON: found '+1]' where a value is due"},
    {"[NaN]", "[! f:1: [0]: is not valid JSON: found 'NaN]' where a value is due"},
    {"[nul]", "[! f:1: [0]: is not valid JSON: found ']' where true, false or null is due"},
    {"[\"a\nb\"]", "[! f:1: [0]: is not valid JSON: found '\\x0ab\"]' where the rest of a text is due"},
    {"[\"\\x\"]", "[! f:1: [0]: is not valid JSON: found 'x\"]' where an escape (one of \" \\ / b f n r t u) is due"},
    {"[\"\\u00g0\"]", "[! f:1: [0]: is not valid JSON: found 'g0\"]' where a hexadecimal digit is due"},
    {"\n\n{\"a\":[{},\n{\"b\"", "{k<a>[{}{! f:4: a[1].b: is not valid JSON: ends where a colon is due"},
    {"{\"a\":", "{k<a>! f:1: a: is not valid JSON: ends where a value is due"},
    {"[[]]]", "[[]]! f:1: is not valid JSON: found ']' where a value is due"},
    {"[}", "[! f:1: [0]: is not valid JSON: found '}' where a value is due"},
    {"{]", "{! f:1: is not valid JSON: found ']' where a key in quotes is due"},
};

static void tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(trace(cases[i].text, strlen(cases[i].text), SIZE_MAX), cases[i].want);
}

/* Good documents read the same however they arrive; bad ones are refused however they arrive. */
static void pieces_do_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece < 9; piece++) {
			if (strncmp(cases[i].text, "\xef\xbb\xbf", 3) == 0 && piece < 3)
				continue;
			const char *got = trace(cases[i].text, strlen(cases[i].text), piece);
			size_t same = strcspn(cases[i].want, "!");
			assert_int_equal(strncmp(got, cases[i].want, same), 0);
			assert_int_equal(got[same], cases[i].want[same]);
		}
}

static char *put(char *at, const char *text)
{
	size_t n = strlen(text);
	memcpy(at, text, n);
	return at + n;
}

/* A random document, and what its trace must be. */
static void grow(uint64_t *luck, int depth, char **text, char **want)
{
	static const char *const atoms[][2] = {{"true", "true"}, {"null", "null"},       {"-12.5e3", "n<-12.5e3>"},
					       {"\"\"", "s<>"},  {"\"a\\n\"", "s<a\n>"}, {"0", "n<0>"}};
	*luck = mix64(*luck);
	unsigned kind = depth > 6 ? 0 : *luck % 4, n = (unsigned)(*luck >> 8) % 4;
	if (kind < 2) {
		size_t which = (size_t)(*luck >> 16) % COUNT(atoms);
		*text = put(*text, atoms[which][0]);
		*want = put(*want, atoms[which][1]);
		return;
	}
	*text = put(*text, kind == 2 ? "[ " : "{\n");
	*want = put(*want, kind == 2 ? "[" : "{");
	for (unsigned i = 0; i < n; i++) {
		*text = put(*text, i ? " ," : "");
		if (kind == 3) {
			*text = put(*text, "\"k\\\"\" : ");
			*want = put(*want, "k<k\">");
		}
		grow(luck, depth + 1, text, want);
	}
	*text = put(*text, kind == 2 ? "]" : " }");
	*want = put(*want, kind == 2 ? "]" : "}");
}

static void random_documents(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL), luck = seed;
	static char text[1 << 20], want[1 << 20];
	for (int i = 0; i < 2000; i++) {
		char *t = text, *w = want;
		grow(&luck, 0, &t, &w);
		*t = *w = 0;
		if (w - want > 7000)
			continue;
		const char *got = trace(text, (size_t)(t - text), 1 + (size_t)(mix64(luck) % 100));
		if (strcmp(got, want) != 0)
			fail_msg("seed %llu: %s\ngave %s\nwant %s", (unsigned long long)seed, text, got, want);
	}
}

static struct json_stream json;

static void open_text(const char *text)
{
	struct err err;
	assert_int_equal(json_open_memory(&json, "f", text, strlen(text), &err), 0);
}

static void skipping(void **state)
{
	(void)state;
	struct err err;
	char value[8];
	open_text("{\"skip\":{\"a\":[1,{\"b\":\"\\u0041\"}],\"c\":[]},\"keep\":\"x\",\"long\":\"123456789\"}");
	assert_int_equal(json_expect(&json, JSON_OBJECT, &err), 0);
	assert_int_equal(json_member(&json, &err), 1);
	assert_string_equal(json.text, "skip");
	assert_int_equal(json_skip(&json, &err), 0);
	assert_int_equal(json_member(&json, &err), 1);
	assert_string_equal(json.text, "keep");
	assert_int_equal(json_scalar(&json, value, sizeof value, &err), 0);
	assert_string_equal(value, "x");
	assert_int_equal(json_member(&json, &err), 1);
	assert_int_equal(json_scalar(&json, value, sizeof value, &err), -1);
	assert_string_equal(err.message, "f:1: long: is '123456789'; allowed: a text of at most 7 bytes");
	json_close(&json);
	open_text("{\"a\":[{\"b\":[1}]}");
	assert_int_equal(json_expect(&json, JSON_OBJECT, &err), 0);
	assert_int_equal(json_member(&json, &err), 1);
	assert_int_equal(json_skip(&json, &err), -1);
	assert_non_null(strstr(err.message, "f:1: a[0]"));
	json_close(&json);
}

struct pair {
	char a[8], b[8];
};

static void fields(void **state)
{
	(void)state;
	static const struct json_field table[] = {{"a", offsetof(struct pair, a), 8},
						  {"b", offsetof(struct pair, b), 8}};
	static const struct {
		const char *text, *want;
	} documents[] = {
	    {"{\"b\":2.50,\"x\":[{}],\"a\":true}", "true/2.50"},
	    {"{\"a\":null}", "/"},
	    {"{\"a\":1,\"a\":1}", "f:1: a: is given twice"},
	    {"{\"a\":{}}", "f:1: is an object; allowed: a text or a number"},
	    {"{\"a\":\"1\\u00002\"}", "f:1: a: is '1\\x002'; allowed: a text of at most 7 bytes"},
	};
	for (size_t i = 0; i < COUNT(documents); i++) {
		struct pair pair = {"", ""};
		struct err err;
		char got[ERR_MAX];
		open_text(documents[i].text);
		assert_int_equal(json_expect(&json, JSON_OBJECT, &err), 0);
		if (json_fields(&json, table, COUNT(table), &pair, &err) == 0)
			snprintf(got, sizeof got, "%s/%s", pair.a, pair.b);
		else
			snprintf(got, sizeof got, "%s", err.message);
		json_close(&json);
		if (i == 3)
			assert_non_null(strstr(got, "is an object; allowed: a text or a number"));
		else
			assert_string_equal(got, documents[i].want);
	}
}

struct endless {
	const char *pattern;
	size_t at;
	uint64_t given;
};

static ptrdiff_t read_endless(void *self, char *buffer, size_t size, struct err *err)
{
	struct endless *endless = self;
	(void)err;
	for (size_t i = 0; i < size; i++) {
		buffer[i] = endless->pattern[endless->at++];
		if (!endless->pattern[endless->at])
			endless->at = 0;
	}
	endless->given += size;
	return (ptrdiff_t)size;
}

/* What never ends is refused after a little of it. */
static void bombs(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *want;
	} endless[] = {
	    {"[", "is nested deeper than 64 levels"},
	    {"{\"a\":", "is nested deeper than 64 levels"},
	    {"\"aaaa", "is not valid JSON"},
	    {"1", "a text or number is over 16384 bytes"},
	};
	for (size_t i = 0; i < COUNT(endless); i++) {
		struct endless source = {endless[i].pattern, 0, 0};
		struct err err;
		int token;
		assert_int_equal(json_open(&json, "f", read_endless, &source, &err), 0);
		while ((token = json_next(&json, &err)) > 0 && source.given < 1 << 20)
			;
		if (i != 2) {
			assert_int_equal(token, -1);
			assert_non_null(strstr(err.message, endless[i].want));
		}
		json_close(&json);
	}
	struct endless blank = {" ", 0, 0};
	struct err err;
	assert_int_equal(json_open(&json, "f", read_endless, &blank, &err), 0);
	json.max_bytes = 1 << 20;
	assert_int_equal(json_next(&json, &err), -1);
	assert_string_equal(err.message, "f:1: more than 1048576 bytes, the most that is read");
	assert_int_equal(json_next(&json, &err), -1);
	json_close(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tokens),           cmocka_unit_test(pieces_do_not_matter),
	    cmocka_unit_test(random_documents), cmocka_unit_test(skipping),
	    cmocka_unit_test(fields),           cmocka_unit_test(bombs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
