#include "json_stream.h"

#include "utf8.h"
#include "visible.h"

#include <stdlib.h>

#define BUFFER_SIZE ((size_t)64 * 1024)

enum { WANT_VALUE, WANT_FIRST, WANT_KEY, WANT_COMMA };
enum { NOTHING = -1, FAILED = -2 };

/* ---- messages ---- */

static void add_level(char *path, size_t size, const struct json_level *level)
{
	size_t used = strlen(path);
	if (!level->object)
		snprintf(path + used, size - used, "[%llu]", (unsigned long long)level->index);
	else if (level->key[0])
		snprintf(path + used, size - used, "%s%s", used ? "." : "",
			 visible(level->key, strlen(level->key), sizeof level->key).text);
}

int json_fail(const struct json_stream *json, struct err *err, const char *format, ...)
{
	char path[400] = "", message[ERR_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	for (int i = 0; i < json->depth; i++)
		add_level(path, sizeof path, &json->levels[i]);
	return err_set(err, "%.200s:%llu: %s%s%.400s", json->name, (unsigned long long)json->line, path,
		       path[0] ? ": " : "", message);
}

static int refuse(struct json_stream *json, const char *wanted, struct err *err)
{
	if (json->failed)
		return -1;
	if (json->at == json->end)
		return json_fail(json, err, "is not valid JSON: ends where %s is due", wanted);
	size_t left = json->end - json->at;
	return json_fail(json, err, "is not valid JSON: found '%s' where %s is due",
			 visible(json->buffer + json->at, left, 12).text, wanted);
}

/* ---- bytes ---- */

/* Makes sure that a byte is at hand, unless the input has ended. */
static int fill(struct json_stream *json, struct err *err)
{
	if (json->at < json->end || json->at_end)
		return 0;
	ptrdiff_t n = json->read(json->self, json->buffer, BUFFER_SIZE, err);
	if (n < 0) {
		json->failed = json->at_end = true;
		return err_wrap(err, "%.200s:%llu", json->name, (unsigned long long)json->line);
	}
	json->at = 0;
	json->end = (size_t)n;
	json->at_end = n == 0;
	json->bytes += (uint64_t)n;
	if (json->bytes <= json->max_bytes)
		return 0;
	json->failed = true;
	return err_set(err, "%.200s:%llu: more than %llu bytes, the most that is read", json->name,
		       (unsigned long long)json->line, (unsigned long long)json->max_bytes);
}

/* The next byte, which stays; NOTHING at the end, FAILED with a message. */
static inline int peek(struct json_stream *json, struct err *err)
{
	if (json->at < json->end)
		return (unsigned char)json->buffer[json->at];
	if (fill(json, err) < 0)
		return FAILED;
	return json->at < json->end ? (unsigned char)json->buffer[json->at] : NOTHING;
}

static int peek_past_space(struct json_stream *json, struct err *err)
{
	int c;
	while ((c = peek(json, err)) == ' ' || c == '\n' || c == '\r' || c == '\t') {
		json->line += c == '\n';
		json->at++;
	}
	return c;
}

static int skip_byte_order_mark(struct json_stream *json, struct err *err)
{
	if (fill(json, err) < 0)
		return -1;
	if (json->end >= 3 && memcmp(json->buffer, "\xef\xbb\xbf", 3) == 0)
		json->at = 3;
	return 0;
}

int json_open(struct json_stream *json, const char *name, input_read *read, void *self, struct err *err)
{
	struct input_memory memory =
	    read == input_read_memory ? *(struct input_memory *)self : (struct input_memory){0};
	*json = (struct json_stream){.name = name, .line = 1, .max_bytes = JSON_BYTES_MAX, .read = read, .self = self};
	json->memory = memory;
	json->buffer = malloc(BUFFER_SIZE + JSON_TEXT_MAX + 16);
	if (!json->buffer)
		return err_set(err, "%.200s: out of memory", name);
	json->text = json->buffer + BUFFER_SIZE;
	json->text[0] = 0;
	if (skip_byte_order_mark(json, err) == 0)
		return 0;
	json_close(json);
	return -1;
}

int json_open_memory(struct json_stream *json, const char *name, const char *text, size_t length, struct err *err)
{
	json->memory = (struct input_memory){text, length};
	return json_open(json, name, input_read_memory, &json->memory, err);
}

void json_close(struct json_stream *json)
{
	free(json->buffer);
	json->buffer = json->text = NULL;
}

/* ---- texts and numbers ---- */

static int keep(struct json_stream *json, const char *bytes, size_t n, struct err *err)
{
	if (json->skipping)
		return 0;
	if (json->length + n > JSON_TEXT_MAX)
		return json_fail(json, err, "a text or number is over %zu bytes", JSON_TEXT_MAX);
	memcpy(json->text + json->length, bytes, n);
	json->length += n;
	return 0;
}

static int hex4(struct json_stream *json, uint32_t *code, struct err *err)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		int c = peek(json, err);
		int digit = hex_digit(c);
		if (c < 0 || digit < 0)
			return c == FAILED ? -1 : refuse(json, "a hexadecimal digit", err);
		*code = *code << 4 | (uint32_t)digit;
		json->at++;
	}
	return 0;
}

static int keep_code(struct json_stream *json, uint32_t code, struct err *err)
{
	char out[4];
	return keep(json, out, utf8_write(code, out), err);
}

/* A first half that nothing followed. */
static int lone_half(struct json_stream *json, uint32_t *high, struct err *err)
{
	if (!*high)
		return 0;
	*high = 0;
	return keep_code(json, 0xfffd, err);
}

/* After \u. A half of a pair without the other is U+FFFD, as in Go; `high` carries the first half over. */
static int unicode(struct json_stream *json, uint32_t *high, struct err *err)
{
	uint32_t code;
	if (hex4(json, &code, err) < 0)
		return -1;
	bool low = code >= 0xdc00 && code < 0xe000;
	if (low && *high) {
		code = 0x10000 + ((*high - 0xd800) << 10) + (code - 0xdc00);
		*high = 0;
		return keep_code(json, code, err);
	}
	if (lone_half(json, high, err) < 0)
		return -1;
	*high = code >= 0xd800 && code < 0xdc00 ? code : 0;
	return *high ? 0 : keep_code(json, low ? 0xfffd : code, err);
}

/* After the backslash. */
static int escape(struct json_stream *json, uint32_t *high, struct err *err)
{
	static const char from[] = JSON_ESCAPES, to[] = JSON_ESCAPED;
	int c = peek(json, err);
	if (c == 'u') {
		json->at++;
		return unicode(json, high, err);
	}
	if (lone_half(json, high, err) < 0)
		return -1;
	const char *found = c > 0 ? strchr(from, c) : NULL;
	if (!found)
		return c == FAILED ? -1 : refuse(json, "an escape (one of \" \\ / b f n r t u)", err);
	json->at++;
	return keep(json, &to[found - from], 1, err);
}

/* As many plain bytes as are at hand. */
static int plain_bytes(struct json_stream *json, struct err *err)
{
	size_t first = json->at;
	while (json->at < json->end && json->buffer[json->at] != '"' && json->buffer[json->at] != '\\' &&
	       (unsigned char)json->buffer[json->at] >= 0x20)
		json->at++;
	return keep(json, json->buffer + first, json->at - first, err);
}

/* From its first quote to its last. */
static int string(struct json_stream *json, struct err *err)
{
	uint32_t high = 0;
	int c;
	json->length = 0;
	json->at++;
	while ((c = peek(json, err)) != '"') {
		if (c < 0x20)
			return c == FAILED ? -1 : refuse(json, "the rest of a text", err);
		if (c == '\\')
			json->at++;
		else if (lone_half(json, &high, err) < 0)
			return -1;
		if ((c == '\\' ? escape(json, &high, err) : plain_bytes(json, err)) < 0)
			return -1;
	}
	if (lone_half(json, &high, err) < 0)
		return -1;
	json->at++;
	json->text[json->length] = 0;
	return 0;
}

/* Keeps the next byte when it is one of these: 1, 0, or -1 with a message. */
static int take_one_of(struct json_stream *json, const char *bytes, struct err *err)
{
	int c = peek(json, err);
	if (c == FAILED)
		return -1;
	if (c <= 0 || !strchr(bytes, c))
		return 0;
	char byte = (char)c;
	json->at++;
	return keep(json, &byte, 1, err) < 0 ? -1 : 1;
}

static int digits(struct json_stream *json, struct err *err)
{
	int got, n = 0;
	while ((got = take_one_of(json, "0123456789", err)) > 0)
		n = 1;
	if (got < 0)
		return -1;
	return n ? 0 : refuse(json, "a digit", err);
}

static int number(struct json_stream *json, struct err *err)
{
	int got;
	json->length = 0;
	if (take_one_of(json, "-", err) < 0)
		return -1;
	if ((got = take_one_of(json, "0", err)) < 0 || (got == 0 && digits(json, err) < 0))
		return -1;
	if ((got = take_one_of(json, ".", err)) < 0 || (got > 0 && digits(json, err) < 0))
		return -1;
	if ((got = take_one_of(json, "eE", err)) < 0)
		return -1;
	if (got > 0 && (take_one_of(json, "+-", err) < 0 || digits(json, err) < 0))
		return -1;
	json->text[json->length] = 0;
	return 0;
}

static int literal(struct json_stream *json, const char *word, struct err *err)
{
	for (; *word; word++) {
		int c = peek(json, err);
		if (c != *word)
			return c == FAILED ? -1 : refuse(json, "true, false or null", err);
		json->at++;
	}
	return 0;
}

/* ---- structure ---- */

static int token(struct json_stream *json, enum json_token found)
{
	json->token = found;
	return (int)found;
}

static int enter(struct json_stream *json, bool object, struct err *err)
{
	if (json->depth == JSON_DEPTH_MAX)
		return json_fail(json, err, "is nested deeper than %d levels", JSON_DEPTH_MAX);
	json->at++;
	struct json_level *level = &json->levels[json->depth++];
	level->object = object;
	level->index = 0;
	level->key[0] = 0;
	json->wanted = WANT_FIRST;
	return token(json, object ? JSON_OBJECT : JSON_ARRAY);
}

static int leave(struct json_stream *json)
{
	json->at++;
	bool object = json->levels[--json->depth].object;
	json->wanted = json->depth ? WANT_COMMA : WANT_VALUE;
	return token(json, object ? JSON_OBJECT_END : JSON_ARRAY_END);
}

static int key(struct json_stream *json, struct err *err)
{
	struct json_level *level = &json->levels[json->depth - 1];
	if (string(json, err) < 0)
		return -1;
	if (!json->skipping)
		snprintf(level->key, sizeof level->key, "%s", json->text);
	int c = peek_past_space(json, err);
	if (c != ':')
		return c == FAILED ? -1 : refuse(json, "a colon", err);
	json->at++;
	json->wanted = WANT_VALUE;
	return token(json, JSON_KEY);
}

static int value(struct json_stream *json, int c, struct err *err)
{
	static const struct {
		const char *word;
		enum json_token token;
	} words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
	if (c == '{' || c == '[')
		return enter(json, c == '{', err);
	json->wanted = json->depth ? WANT_COMMA : WANT_VALUE;
	if (c == '"')
		return string(json, err) < 0 ? -1 : token(json, JSON_STRING);
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(json, err) < 0 ? -1 : token(json, JSON_NUMBER);
	for (size_t i = 0; i < COUNT(words); i++)
		if (c == words[i].word[0])
			return literal(json, words[i].word, err) < 0 ? -1 : token(json, words[i].token);
	return refuse(json, "a value", err);
}

/* Past the comma between two members or elements. */
static int comma(struct json_stream *json, bool object, struct err *err)
{
	json->at++;
	json->wanted = object ? WANT_KEY : WANT_VALUE;
	json->levels[json->depth - 1].index++;
	return peek_past_space(json, err);
}

int json_next(struct json_stream *json, struct err *err)
{
	int c = peek_past_space(json, err);
	bool inside = json->depth > 0, object = inside && json->levels[json->depth - 1].object;
	if (c == NOTHING && !inside)
		return token(json, JSON_END);
	if (inside && (json->wanted == WANT_FIRST || json->wanted == WANT_COMMA)) {
		if (c == (object ? '}' : ']'))
			return leave(json);
		if (json->wanted == WANT_COMMA && c != ',')
			return c == FAILED ? -1 : refuse(json, object ? "a comma or }" : "a comma or ]", err);
		if (json->wanted == WANT_COMMA)
			c = comma(json, object, err);
		else
			json->wanted = object ? WANT_KEY : WANT_VALUE;
	}
	if (c == FAILED)
		return -1;
	if (json->wanted == WANT_KEY)
		return c == '"' ? key(json, err) : refuse(json, "a key in quotes", err);
	return value(json, c, err);
}

/* ---- what readers need ---- */

static const char *const token_names[] = {
    [JSON_END] = "the end",   [JSON_OBJECT] = "an object", [JSON_OBJECT_END] = "the end of an object",
    [JSON_ARRAY] = "a list",  [JSON_KEY] = "a key",        [JSON_ARRAY_END] = "the end of a list",
    [JSON_STRING] = "a text", [JSON_NUMBER] = "a number",  [JSON_TRUE] = "true",
    [JSON_FALSE] = "false",   [JSON_NULL] = "null",
};

int json_expect(struct json_stream *json, enum json_token wanted, struct err *err)
{
	int found = json_next(json, err);
	if (found < 0)
		return -1;
	return found == (int)wanted
		   ? 0
		   : json_fail(json, err, "is %s; allowed: %s", token_names[found], token_names[wanted]);
}

int json_member(struct json_stream *json, struct err *err)
{
	int found = json_next(json, err);
	return found < 0 ? -1 : found == JSON_KEY;
}

int json_element(struct json_stream *json, struct err *err)
{
	int found = json_next(json, err);
	return found < 0 ? -1 : found != JSON_ARRAY_END;
}

int json_skip_rest(struct json_stream *json, struct err *err)
{
	if (json->token != JSON_OBJECT && json->token != JSON_ARRAY)
		return 0;
	int depth = json->depth, found = 0;
	json->skipping = true;
	while (found >= 0 && json->depth >= depth)
		found = json_next(json, err);
	json->skipping = false;
	return found < 0 ? -1 : 0;
}

int json_skip(struct json_stream *json, struct err *err)
{
	json->skipping = true;
	int found = json_next(json, err);
	json->skipping = false;
	return found < 0 ? -1 : json_skip_rest(json, err);
}

int json_scalar(struct json_stream *json, char *text, size_t size, struct err *err)
{
	int found = json_next(json, err);
	if (found < 0)
		return -1;
	text[0] = 0;
	if (found == JSON_NULL)
		return 0;
	if (found != JSON_STRING && found != JSON_NUMBER && found != JSON_TRUE && found != JSON_FALSE)
		return json_fail(json, err, "is %s; allowed: a text or a number", token_names[found]);
	if (found == JSON_TRUE || found == JSON_FALSE) {
		snprintf(text, size, "%s", found == JSON_TRUE ? "true" : "false");
		return 0;
	}
	if (json->length >= size || strlen(json->text) != json->length)
		return json_fail(json, err, "is '%s'; allowed: a text of at most %zu bytes",
				 visible(json->text, json->length, 40).text, size - 1);
	memcpy(text, json->text, json->length + 1);
	return 0;
}

int json_fields(struct json_stream *json, const struct json_field *fields, size_t n, void *place, struct err *err)
{
	uint64_t seen = 0;
	int got;
	while ((got = json_member(json, err)) > 0) {
		size_t i = 0;
		while (i < n && strcmp(json->text, fields[i].key) != 0)
			i++;
		if (i < n && (seen >> i & 1))
			return json_fail(json, err, "is given twice");
		seen |= i < n ? (uint64_t)1 << i : 0;
		if ((i < n ? json_scalar(json, (char *)place + fields[i].offset, fields[i].size, err)
			   : json_skip(json, err)) < 0)
			return -1;
	}
	return got;
}
