#include "utf8.h"
#include "yaml.h"

#include <stdlib.h>

/* JSON (RFC 8259), one value after another: a manifest of kubectl get -o json. */

struct json {
	struct tree *tree;
	const char *at, *end;
	uint32_t line, column;
	char *buffer; /* of the string being read */
	size_t capacity;
};

static int refuse(struct json *json, const char *wanted)
{
	if (json->at == json->end)
		return tree_refuse(json->tree, json->line, json->column, "is not valid JSON: ends where %s is due",
				   wanted);
	char shown[24];
	size_t left = (size_t)(json->end - json->at);
	return tree_refuse(json->tree, json->line, json->column, "is not valid JSON: found %s where %s is due",
			   text_show(shown, sizeof shown, json->at, left < 12 ? left : 12), wanted);
}

static void advance(struct json *json)
{
	unsigned char c = (unsigned char)*json->at++;
	if (c == '\n') {
		json->line++;
		json->column = 1;
	} else if ((c & 0xc0) != 0x80) {
		json->column++;
	}
}

static void skip_space(struct json *json)
{
	while (json->at < json->end && strchr(" \t\r\n", *json->at))
		advance(json);
}

static bool take(struct json *json, char c)
{
	if (json->at == json->end || *json->at != c)
		return false;
	advance(json);
	return true;
}

static int hex4(struct json *json, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		if (json->at == json->end)
			return refuse(json, "a hexadecimal digit");
		int digit = hex_digit((unsigned char)*json->at);
		if (digit < 0)
			return refuse(json, "a hexadecimal digit");
		*code = *code << 4 | (uint32_t)digit;
		advance(json);
	}
	return 0;
}

/* After \u: one code point, of two escapes when the first is half of a pair; a lone half is U+FFFD, as in Go. */
static int unicode(struct json *json, uint32_t *code)
{
	if (hex4(json, code) < 0)
		return -1;
	if (*code < 0xd800 || *code >= 0xe000)
		return 0;
	uint32_t high = *code, low = 0;
	*code = 0xfffd;
	if (high >= 0xdc00 || json->end - json->at < 6 || json->at[0] != '\\' || json->at[1] != 'u')
		return 0;
	struct json before = *json;
	advance(json);
	advance(json);
	if (hex4(json, &low) < 0)
		return -1;
	if (low >= 0xdc00 && low < 0xe000)
		*code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	else
		*json = before;
	return 0;
}

static int escape(struct json *json, char *out, size_t *n)
{
	static const char from[] = JSON_ESCAPES, to[] = JSON_ESCAPED;
	if (take(json, 'u')) {
		uint32_t code;
		if (unicode(json, &code) < 0)
			return -1;
		*n += utf8_write(code, out + *n);
		return 0;
	}
	const char *found = json->at < json->end && *json->at ? strchr(from, *json->at) : NULL;
	if (!found)
		return refuse(json, "an escape (one of \" \\ / b f n r t u)");
	advance(json);
	out[(*n)++] = to[found - from];
	return 0;
}

static int reserve(struct json *json, size_t size)
{
	if (size <= json->capacity)
		return 0;
	char *buffer = realloc(json->buffer, size * 2);
	if (!buffer)
		return err_set(json->tree->err, "%s: out of memory", json->tree->name);
	json->buffer = buffer;
	json->capacity = size * 2;
	return 0;
}

static struct node *string(struct json *json)
{
	uint32_t line = json->line, column = json->column;
	if (!take(json, '"')) {
		refuse(json, "a string");
		return NULL;
	}
	size_t n = 0;
	while (!take(json, '"')) {
		if (json->at == json->end || (unsigned char)*json->at < 0x20) {
			refuse(json, "the rest of a string");
			return NULL;
		}
		if (reserve(json, n + 8) < 0)
			return NULL;
		if (take(json, '\\')) {
			if (escape(json, json->buffer, &n) < 0)
				return NULL;
		} else {
			json->buffer[n++] = *json->at;
			advance(json);
		}
	}
	return tree_scalar(json->tree, NODE_STRING, json->buffer ? json->buffer : "", n, line, column);
}

static bool digits(struct json *json)
{
	const char *first = json->at;
	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		advance(json);
	return json->at > first;
}

static struct node *number(struct json *json)
{
	uint32_t line = json->line, column = json->column;
	const char *first = json->at;
	take(json, '-');
	bool good = take(json, '0') || digits(json);
	if (good && take(json, '.'))
		good = digits(json);
	if (good && (take(json, 'e') || take(json, 'E'))) {
		if (!take(json, '-'))
			take(json, '+');
		good = digits(json);
	}
	if (!good) {
		refuse(json, "a value");
		return NULL;
	}
	return scalar_number(json->tree, first, (size_t)(json->at - first), line, column);
}

static struct node *literal(struct json *json)
{
	static const struct {
		const char *text;
		enum node_kind kind;
	} literals[] = {{"null", NODE_NULL}, {"true", NODE_BOOL}, {"false", NODE_BOOL}};
	for (size_t i = 0; i < COUNT(literals); i++) {
		size_t n = strlen(literals[i].text);
		if ((size_t)(json->end - json->at) < n || memcmp(json->at, literals[i].text, n) != 0)
			continue;
		uint32_t line = json->line, column = json->column;
		for (size_t k = 0; k < n; k++)
			advance(json);
		return tree_scalar(json->tree, literals[i].kind, literals[i].text, n, line, column);
	}
	return number(json);
}

static struct node *value(struct json *json, unsigned depth);

static int pair(struct json *json, unsigned depth)
{
	skip_space(json);
	if (tree_push(json->tree, string(json)) < 0)
		return -1;
	skip_space(json);
	if (!take(json, ':'))
		return refuse(json, "a colon");
	return tree_push(json->tree, value(json, depth));
}

static struct node *container(struct json *json, bool map, unsigned depth)
{
	struct node *node = tree_node(json->tree, map ? NODE_MAP : NODE_LIST, json->line, json->column);
	size_t mark = json->tree->n_stack;
	if (!node)
		return NULL;
	if (depth > TREE_MAX_DEPTH) {
		tree_refuse(json->tree, json->line, json->column, "is nested deeper than %u levels", TREE_MAX_DEPTH);
		return NULL;
	}
	advance(json);
	skip_space(json);
	if (!take(json, map ? '}' : ']')) {
		do
			if ((map ? pair(json, depth) : tree_push(json->tree, value(json, depth))) < 0)
				return NULL;
		while (skip_space(json), take(json, ','));
		if (!take(json, map ? '}' : ']')) {
			refuse(json, map ? "a comma or }" : "a comma or ]");
			return NULL;
		}
	}
	return tree_close(json->tree, node, mark) < 0 ? NULL : node;
}

static struct node *value(struct json *json, unsigned depth)
{
	skip_space(json);
	char c = json->at < json->end ? *json->at : 0;
	if (c == '{' || c == '[')
		return container(json, c == '{', depth + 1);
	return c == '"' ? string(json) : literal(json);
}

int json_documents(struct tree *tree, const char *text, size_t length, struct documents *documents)
{
	struct json json = {.tree = tree, .at = text, .end = text + length, .line = 1, .column = 1};
	size_t mark = tree->n_stack;
	int status = 0;
	for (skip_space(&json); status == 0 && json.at < json.end; skip_space(&json))
		status = tree_push(tree, value(&json, 0));
	free(json.buffer);
	return status < 0 ? -1 : tree_documents(tree, mark, documents);
}
