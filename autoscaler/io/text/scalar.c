#include "yaml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Plain scalars as sigs.k8s.io/yaml (go-yaml 2) resolves them, and numbers as encoding/json writes them. */

struct word {
	const char *text;
	enum node_kind kind;
	const char *json;
};

static const struct word words[] = {
    {"", NODE_NULL, "null"},       {"~", NODE_NULL, "null"},      {"null", NODE_NULL, "null"},
    {"Null", NODE_NULL, "null"},   {"NULL", NODE_NULL, "null"},   {"y", NODE_BOOL, "true"},
    {"Y", NODE_BOOL, "true"},      {"yes", NODE_BOOL, "true"},    {"Yes", NODE_BOOL, "true"},
    {"YES", NODE_BOOL, "true"},    {"true", NODE_BOOL, "true"},   {"True", NODE_BOOL, "true"},
    {"TRUE", NODE_BOOL, "true"},   {"on", NODE_BOOL, "true"},     {"On", NODE_BOOL, "true"},
    {"ON", NODE_BOOL, "true"},     {"n", NODE_BOOL, "false"},     {"N", NODE_BOOL, "false"},
    {"no", NODE_BOOL, "false"},    {"No", NODE_BOOL, "false"},    {"NO", NODE_BOOL, "false"},
    {"false", NODE_BOOL, "false"}, {"False", NODE_BOOL, "false"}, {"FALSE", NODE_BOOL, "false"},
    {"off", NODE_BOOL, "false"},   {"Off", NODE_BOOL, "false"},   {"OFF", NODE_BOOL, "false"},
    {".nan", NODE_FLOAT, NULL},    {".NaN", NODE_FLOAT, NULL},    {".NAN", NODE_FLOAT, NULL},
    {".inf", NODE_FLOAT, NULL},    {".Inf", NODE_FLOAT, NULL},    {".INF", NODE_FLOAT, NULL},
    {"+.inf", NODE_FLOAT, NULL},   {"+.Inf", NODE_FLOAT, NULL},   {"+.INF", NODE_FLOAT, NULL},
    {"-.inf", NODE_FLOAT, NULL},   {"-.Inf", NODE_FLOAT, NULL},   {"-.INF", NODE_FLOAT, NULL},
};

static const struct word *word_find(const char *text, size_t length)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i].text) == length && memcmp(words[i].text, text, length) == 0)
			return &words[i];
	return NULL;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* strconv.ParseInt and ParseUint with base 0: 0x, 0o, 0b and a leading 0 set the base. */
static bool integer_parse(const char *at, const char *end, wide_t *out)
{
	bool sign = at < end && (*at == '-' || *at == '+'), negative = sign && *at == '-';
	at += sign;
	int base = 10;
	if (end - at > 1 && *at == '0') {
		char mark = at[1] | 0x20;
		base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
		at += mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
	}
	if (at == end)
		return false;
	wide_t value = 0;
	for (; at < end; at++) {
		int digit = digit_value(*at);
		if (digit >= base)
			return false;
		value = value * base + digit;
		if (value > (wide_t)UINT64_MAX)
			return false;
	}
	if (value > (wide_t)INT64_MAX + negative && (sign || value > (wide_t)UINT64_MAX))
		return false;
	*out = negative ? -value : value;
	return true;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool float_shape(const char *at, const char *end)
{
	at += at < end && (*at == '-' || *at == '+');
	const char *whole = skip_digits(at, end);
	bool any = whole > at;
	at = whole;
	if (at < end && *at == '.') {
		const char *fraction = skip_digits(at + 1, end);
		if (!any && fraction == at + 1)
			return false;
		any = true;
		at = fraction;
	}
	if (!any)
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '-' || *at == '+');
		const char *digits = skip_digits(at, end);
		if (digits == at)
			return false;
		at = digits;
	}
	return at == end;
}

/* The shortest digits that read back as the same number, laid out as encoding/json does: plain up to 1e21. */
static void float_text(double value, char out[64])
{
	char shortest[32], digits[24];
	int precision = 0, n = 0;
	do
		snprintf(shortest, sizeof shortest, "%.*e", precision, value);
	while (strtod(shortest, NULL) != value && ++precision < 17);
	char *mark = strchr(shortest, 'e');
	int exponent = (int)strtol(mark + 1, NULL, 10);
	if (value != 0 && (exponent < -6 || exponent >= 21)) {
		if (mark[1] == '-' && mark[2] == '0')
			memmove(mark + 2, mark + 3, strlen(mark + 3) + 1);
		memcpy(out, shortest, sizeof shortest);
		return;
	}
	for (const char *at = shortest; at < mark; at++)
		if (*at >= '0' && *at <= '9')
			digits[n++] = *at;
	digits[n] = 0;
	const char *sign = signbit(value) ? "-" : "";
	if (exponent < 0)
		snprintf(out, 64, "%s0.%.*s%s", sign, -exponent - 1, "00000", digits);
	else if (exponent + 1 >= n)
		snprintf(out, 64, "%s%s%.*s", sign, digits, exponent + 1 - n, "00000000000000000000");
	else
		snprintf(out, 64, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
}

static struct node *written(struct tree *tree, struct node *node, const char *text, size_t length)
{
	if (!node)
		return NULL;
	node->written = arena_strndup(tree->arena, text, length);
	return node->written ? node : NULL;
}

static struct node *integer_node(struct tree *tree, wide_t value, const char *text, size_t length, uint32_t line,
				 uint32_t column)
{
	char json[32];
	int n = value > INT64_MAX ? snprintf(json, sizeof json, "%llu", (unsigned long long)value)
				  : snprintf(json, sizeof json, "%lld", (long long)value);
	struct node *node = tree_scalar(tree, NODE_INT, json, (size_t)n, line, column);
	return written(tree, node, text, length);
}

/* NULL without a message when the number is beyond a double: the caller decides what it is then. */
static struct node *float_node(struct tree *tree, const char *plain, const char *text, size_t length, uint32_t line,
			       uint32_t column, bool *beyond)
{
	double value = strtod(plain, NULL);
	*beyond = isinf(value);
	if (*beyond)
		return NULL;
	char json[64];
	float_text(value, json);
	return written(tree, tree_scalar(tree, NODE_FLOAT, json, strlen(json), line, column), text, length);
}

/* Each underscore stands between two digits. */
static bool underscores_inside(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '_' &&
		    (i == 0 || i + 1 == length || digit_value(text[i - 1]) > 9 || digit_value(text[i + 1]) > 9))
			return false;
	return true;
}

/* Numbers are short; a longer text that looks like one stays a string. */
#define NUMBER_MAX 400

static struct node *number_resolve(struct tree *tree, const char *text, size_t length, uint32_t line, uint32_t column)
{
	char plain[NUMBER_MAX + 1];
	size_t n = 0;
	for (size_t i = 0; i < length && n < NUMBER_MAX; i++)
		if (text[i] != '_')
			plain[n++] = text[i];
	plain[n] = 0;
	wide_t value;
	if (text[0] != '.' && integer_parse(plain, plain + n, &value))
		return integer_node(tree, value, text, length, line, column);
	bool beyond = false;
	if (float_shape(plain, plain + n) && (text[0] != '.' || underscores_inside(text, length))) {
		struct node *node = float_node(tree, plain, text, length, line, column, &beyond);
		if (!beyond)
			return node;
	}
	return tree_scalar(tree, NODE_STRING, text, length, line, column);
}

static struct node *plain_resolve(struct tree *tree, const char *text, size_t length, uint32_t line, uint32_t column)
{
	const struct word *word = word_find(text, length);
	if (word && !word->json) {
		tree_refuse(tree, line, column, "%s: must be a finite number", word->text);
		return NULL;
	}
	if (word) {
		struct node *node = tree_scalar(tree, word->kind, word->json, strlen(word->json), line, column);
		return written(tree, node, text, length);
	}
	if (length <= NUMBER_MAX && strchr("0123456789+-.", text[0]))
		return number_resolve(tree, text, length, line, column);
	struct node *node = tree_scalar(tree, NODE_STRING, text, length, line, column);
	if (node)
		node->merge = length == 2 && memcmp(text, "<<", 2) == 0;
	return node;
}

static const struct {
	const char *tag;
	enum node_kind kind;
} tags[] = {{"null", NODE_NULL}, {"bool", NODE_BOOL}, {"int", NODE_INT}, {"float", NODE_FLOAT}};

struct node *scalar_resolve(struct tree *tree, const char *text, size_t length, const char *tag, bool plain,
			    uint32_t line, uint32_t column)
{
	if (!tag && plain)
		return plain_resolve(tree, text, length, line, column);
	for (size_t i = 0; tag && i < COUNT(tags); i++) {
		if (strcmp(tag, tags[i].tag) != 0)
			continue;
		struct node *node = plain_resolve(tree, text, length, line, column);
		if (!node || node->kind == tags[i].kind || (tags[i].kind == NODE_FLOAT && node->kind == NODE_INT))
			return node;
		char shown[80];
		tree_refuse(tree, line, column, "%s: is not of its type, !!%s",
			    text_show(shown, sizeof shown, text, length), tag);
		return NULL;
	}
	return tree_scalar(tree, NODE_STRING, text, length, line, column);
}

struct node *scalar_number(struct tree *tree, const char *text, size_t length, uint32_t line, uint32_t column)
{
	char plain[NUMBER_MAX + 1];
	if (length > NUMBER_MAX) {
		tree_refuse(tree, line, column, "a number of %zu characters: at most %d", length, NUMBER_MAX);
		return NULL;
	}
	memcpy(plain, text, length);
	plain[length] = 0;
	if (!strpbrk(plain, ".eE")) {
		errno = 0;
		long long value = strtoll(plain, NULL, 10);
		if (errno == 0)
			return integer_node(tree, value, text, length, line, column);
	}
	bool beyond = false;
	struct node *node = float_node(tree, plain, text, length, line, column, &beyond);
	if (beyond)
		tree_refuse(tree, line, column, "%.40s: is beyond the range of numbers", plain);
	return node;
}
