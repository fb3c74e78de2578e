#include "json_value.h"

#include "json_scan.h"
#include "utf8.h"
#include "visible.h"

struct check {
	const char *at, *end;
	const char *wanted; /* what was due where it failed */
	int depth;
	uint64_t objects[JSON_VALUE_DEPTH / 64]; /* a bit for each open level: an object */
};

static bool refuse(struct check *check, const char *wanted)
{
	check->wanted = wanted;
	return false;
}

/* ---- strings ---- */

/* At the backslash. */
static bool escape(struct check *check)
{
	size_t left = (size_t)(check->end - check->at);
	if (left < 2)
		return refuse(check, "the rest of a text");
	if (check->at[1] != 'u') {
		if (!check->at[1] || !strchr(JSON_ESCAPES, check->at[1]))
			return refuse(check, "an escape (one of \" \\ / b f n r t u)");
		check->at += 2;
		return true;
	}
	for (size_t i = 2; i < 6; i++)
		if (i >= left || hex_digit((unsigned char)check->at[i]) < 0)
			return refuse(check, "an escape of four hexadecimal digits");
	check->at += 6;
	return true;
}

/* From its first quote to past its last. */
static bool string(struct check *check)
{
	for (check->at++;;) {
		check->at = json_to_special(check->at, check->end);
		if (check->at == check->end)
			return refuse(check, "the rest of a text");
		unsigned char c = (unsigned char)*check->at;
		if (c == '"')
			break;
		if (c == '\\') {
			if (!escape(check))
				return false;
			continue;
		}
		uint32_t code;
		size_t left = (size_t)(check->end - check->at);
		size_t n = c < 0x80 ? 0 : utf8_length((const unsigned char *)check->at, left, &code);
		if (!n)
			return refuse(check, c < 0x20 ? "a text without control characters" : "valid UTF-8");
		check->at += n;
	}
	check->at++;
	return true;
}

/* ---- other scalars ---- */

static bool digits(struct check *check)
{
	const char *start = check->at;
	while (check->at < check->end && *check->at >= '0' && *check->at <= '9')
		check->at++;
	return check->at > start || refuse(check, "a digit");
}

static bool take(struct check *check, char c)
{
	if (check->at == check->end || *check->at != c)
		return false;
	check->at++;
	return true;
}

static bool number(struct check *check)
{
	take(check, '-');
	if (!take(check, '0') && !digits(check))
		return false;
	if (take(check, '.') && !digits(check))
		return false;
	if (!take(check, 'e') && !take(check, 'E'))
		return true;
	if (!take(check, '+'))
		take(check, '-');
	return digits(check);
}

static bool scalar(struct check *check)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t left = (size_t)(check->end - check->at);
	if (left && *check->at == '"')
		return string(check);
	if (left && (*check->at == '-' || (*check->at >= '0' && *check->at <= '9')))
		return number(check);
	for (size_t i = 0; i < COUNT(words); i++) {
		size_t length = strlen(words[i]);
		if (left >= length && memcmp(check->at, words[i], length) == 0) {
			check->at += length;
			return true;
		}
	}
	return refuse(check, "a value");
}

/* ---- structure ---- */

static bool in_object(const struct check *check)
{
	int level = check->depth - 1;
	return check->objects[level / 64] >> (level % 64) & 1;
}

static char next(struct check *check)
{
	check->at = json_skip_space(check->at, check->end);
	return check->at < check->end ? *check->at : '\0';
}

static bool key(struct check *check)
{
	if (next(check) != '"')
		return refuse(check, "a key in quotes");
	if (!string(check))
		return false;
	if (next(check) != ':')
		return refuse(check, "a colon");
	check->at++;
	return true;
}

static bool enter(struct check *check, bool object)
{
	if (check->depth == JSON_VALUE_DEPTH)
		return refuse(check, "an end to the nesting, deep as it is,");
	uint64_t bit = UINT64_C(1) << (check->depth % 64);
	if (object)
		check->objects[check->depth / 64] |= bit;
	else
		check->objects[check->depth / 64] &= ~bit;
	check->depth++;
	check->at++;
	return true;
}

/* After a value: out of all that ends here, and past the comma to the next one. */
static bool go_on(struct check *check)
{
	while (check->depth && next(check) == (in_object(check) ? '}' : ']')) {
		check->depth--;
		check->at++;
	}
	if (!check->depth)
		return true;
	if (next(check) != ',')
		return refuse(check, in_object(check) ? "a comma or }" : "a comma or ]");
	check->at++;
	return !in_object(check) || key(check);
}

static bool value(struct check *check)
{
	do {
		char c = next(check);
		if (c != '{' && c != '[') {
			if (!scalar(check) || !go_on(check))
				return false;
			continue;
		}
		if (!enter(check, c == '{'))
			return false;
		if (next(check) == (c == '{' ? '}' : ']')) {
			if (!go_on(check))
				return false;
		} else if (c == '{' && !key(check)) {
			return false;
		}
	} while (check->depth);
	return true;
}

int json_value_parse(const char *name, const char *text, size_t size, struct json_value *out, struct err *err)
{
	struct check check = {.at = text, .end = text + size};
	next(&check);
	const char *first = check.at;
	bool good = value(&check);
	const char *last = check.at;
	if (good && (next(&check), check.at != check.end))
		good = refuse(&check, "the end");
	if (good) {
		bool null = *first == 'n';
		*out = (struct json_value){null ? NULL : first, null ? NULL : last};
		return 0;
	}
	size_t at = (size_t)(check.at - text), left = size - at;
	if (!left)
		return err_set(err, "%.200s: is not valid JSON: ends after %zu bytes, where %s is due", name, size,
			       check.wanted);
	return err_set(err, "%.200s: is not valid JSON: found '%s' at byte %zu, where %s is due", name,
		       visible(check.at, left, 12).text, at, check.wanted);
}
