#include "json_value.h"

#include "json_skim.h"
#include "utf8.h"

/* ---- passing over what was checked ---- */

/* From after the first quote to the last. */
static inline const char *string_end(const char *at, const char *end)
{
	while ((at = json_to_quote(at, end)) < end && *at == '\\')
		at += 2;
	return at;
}

enum { OTHER, OPENS, CLOSES, QUOTE };
static const uint8_t classes[256] = {['{'] = OPENS, ['['] = OPENS, ['}'] = CLOSES, [']'] = CLOSES, ['"'] = QUOTE};

static const char *container_end(const char *at, const char *end)
{
	struct json_skim skim = {0};
	for (; end - at >= 64; at += 64) {
		int last = json_skim_block(&skim, at);
		if (last >= 0)
			return at + last + 1;
	}
	at += skim.escape;
	if (skim.inside)
		at = string_end(at, end) + 1;
	while (at < end) {
		uint8_t class = classes[(unsigned char)*at];
		if (class == QUOTE)
			at = string_end(at + 1, end);
		skim.depth += (class == OPENS) - (class == CLOSES);
		at++;
		if (class == CLOSES && skim.depth == 0)
			break;
	}
	return at;
}

static inline const char *value_end(const char *at, const char *end)
{
	if (*at == '"')
		return string_end(at + 1, end) + 1;
	if (*at == '{' || *at == '[')
		return container_end(at, end);
	while (at < end && *at != ',' && !json_space(*at))
		at++;
	return at;
}

/* ---- structure ---- */

bool json_is_object(struct json_value value)
{
	return value.at && value.end > value.at && *value.at == '{';
}

bool json_is_array(struct json_value value)
{
	return value.at && value.end > value.at && *value.at == '[';
}

struct json_walk json_walk(struct json_value value)
{
	bool object = json_is_object(value);
	if (!object && !json_is_array(value))
		return (struct json_walk){0};
	return (struct json_walk){value.at + 1, value.end - 1, object};
}

bool json_each(struct json_walk *walk, struct json_value *key, struct json_value *value)
{
	const char *at = json_skip_space(walk->at, walk->end);
	if (at == walk->end)
		return false;
	if (walk->object) {
		const char *end = string_end(at + 1, walk->end);
		if (key)
			*key = (struct json_value){at + 1, end};
		at = json_skip_space(end + 1, walk->end);
		at = json_skip_space(at + 1, walk->end);
	}
	const char *end = value_end(at, walk->end);
	*value = *at == 'n' ? (struct json_value){0} : (struct json_value){at, end};
	at = json_skip_space(end, walk->end);
	walk->at = at < walk->end ? at + 1 : at;
	return true;
}

/* The name is mostly written without escapes, and then compared as it lies. */
static inline bool is_key(struct json_value name, const char *key, size_t length)
{
	size_t n = (size_t)(name.end - name.at);
	return n == length ? memcmp(name.at, key, n) == 0
			   : n > length && memchr(name.at, '\\', n) && json_equals(name, key);
}

static struct json_value member(struct json_value object, const char *key, size_t length)
{
	struct json_value found = {0}, name, value;
	if (!json_is_object(object))
		return found;
	struct json_walk walk = json_walk(object);
	while (json_each(&walk, &name, &value))
		if (is_key(name, key, length))
			found = value;
	return found;
}

void json_pick(struct json_value object, const char *const *keys, size_t n, struct json_value *out)
{
	struct json_value name, value;
	memset(out, 0, n * sizeof *out);
	if (!json_is_object(object))
		return;
	struct json_walk walk = json_walk(object);
	while (json_each(&walk, &name, &value)) {
		size_t i = 0;
		while (i < n && ((*name.at != *keys[i] && *name.at != '\\') || !is_key(name, keys[i], strlen(keys[i]))))
			i++;
		if (i < n)
			out[i] = value;
	}
}

struct json_value json_in(struct json_value object, const char *key)
{
	return member(object, key, strlen(key));
}

struct json_value json_path(struct json_value object, const char *dotted)
{
	char key[64];
	for (;;) {
		size_t length = strcspn(dotted, ".");
		if (length >= sizeof key)
			return (struct json_value){0};
		memcpy(key, dotted, length);
		key[length] = 0;
		object = member(object, key, length);
		if (!dotted[length])
			return object;
		dotted += length + 1;
	}
}

/* ---- strings ---- */

/* What stands between the quotes; of a key, all of it. NULL in `at`: no string. */
static struct json_value inside(struct json_value value)
{
	if (!value.at)
		return value;
	if (value.at < value.end && *value.at == '"')
		return (struct json_value){value.at + 1, value.end - 1};
	return *value.end == '"' ? value : (struct json_value){0};
}

static uint32_t hex4(const char *at)
{
	uint32_t code = 0;
	for (int i = 0; i < 4; i++)
		code = code << 4 | (uint32_t)hex_digit((unsigned char)at[i]);
	return code;
}

/* Past \u and its digits; with a half of a pair, past the other one. */
static uint32_t unicode(const char **at, const char *end)
{
	uint32_t code = hex4(*at + 2), low;
	*at += 6;
	if (code >= 0xd800 && code < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
	    (low = hex4(*at + 2)) >= 0xdc00 && low < 0xe000) {
		*at += 6;
		return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	return code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
}

/* The next piece of a string: bytes as they lie, or the character of an escape, put into `character`. */
static size_t piece(const char **at, const char *end, const char **bytes, char character[4])
{
	static const char from[] = JSON_ESCAPES, to[] = JSON_ESCAPED;
	*bytes = *at;
	if (**at != '\\') {
		const char *slash = memchr(*at, '\\', (size_t)(end - *at));
		*at = slash ? slash : end;
		return (size_t)(*at - *bytes);
	}
	*bytes = character;
	if ((*at)[1] == 'u')
		return utf8_write(unicode(at, end), character);
	character[0] = to[strchr(from, (*at)[1]) - from];
	*at += 2;
	return 1;
}

bool json_plain(struct json_value value, struct json_value *bytes)
{
	*bytes = inside(value);
	return bytes->at && !memchr(bytes->at, '\\', (size_t)(bytes->end - bytes->at));
}

bool json_equals(struct json_value value, const char *text)
{
	struct json_value raw = inside(value);
	size_t left = strlen(text);
	if (!raw.at)
		return false;
	while (raw.at < raw.end) {
		const char *bytes;
		char character[4];
		size_t n = piece(&raw.at, raw.end, &bytes, character);
		if (n > left || memcmp(bytes, text, n) != 0)
			return false;
		text += n;
		left -= n;
	}
	return left == 0;
}

size_t json_copy(struct json_value value, char *out, size_t size)
{
	struct json_value raw = inside(value);
	size_t length = 0;
	while (raw.at < raw.end) {
		const char *bytes;
		char character[4];
		size_t n = piece(&raw.at, raw.end, &bytes, character);
		if (length + 1 < size)
			memcpy(out + length, bytes, n < size - 1 - length ? n : size - 1 - length);
		length += n;
	}
	if (size)
		out[length < size ? length : size - 1] = 0;
	return length;
}

char *json_text(struct json_value value, struct arena *arena)
{
	struct json_value raw = inside(value);
	if (!raw.at)
		return NULL;
	size_t size = (size_t)(raw.end - raw.at) + 1; /* an escape is never shorter than what it stands for */
	char *text = arena_alloc(arena, size, 1);
	if (text)
		json_copy(value, text, size);
	return text;
}

bool json_bool(struct json_value value, bool fallback)
{
	if (!value.at || (*value.at != 't' && *value.at != 'f'))
		return fallback;
	return *value.at == 't';
}
