#include "json_put.h"
#include "calendar.h"
#include "utf8.h"

#include <stdlib.h>

void json_put_reset(struct json_put *put)
{
	*put = (struct json_put){.text = put->text, .room = put->room};
}

void json_put_free(struct json_put *put)
{
	free(put->text);
	*put = (struct json_put){0};
}

const char *json_put_done(const struct json_put *put, struct err *err)
{
	if (!put->failed && put->depth == 0 && put->length)
		return put->text;
	err_set(err, "a body of JSON: larger than %zu bytes, deeper than %d, or out of memory", JSON_PUT_MAX,
		JSON_PUT_DEPTH);
	return NULL;
}

static bool has_room(struct json_put *put, size_t more)
{
	if (put->failed || more > JSON_PUT_MAX - put->length)
		return false;
	if (put->length + more < put->room)
		return true;
	size_t room = put->room ? put->room : 1024;
	while (room <= put->length + more)
		room *= 2;
	char *text = realloc(put->text, room);
	if (!text)
		return false;
	put->text = text;
	put->room = room;
	return true;
}

static void put_bytes(struct json_put *put, const char *bytes, size_t n)
{
	if (!has_room(put, n)) {
		put->failed = true;
		return;
	}
	memcpy(put->text + put->length, bytes, n);
	put->length += n;
	put->text[put->length] = 0;
}

static void put_plain(struct json_put *put, const char *text)
{
	put_bytes(put, text, strlen(text));
}

static void put_escaped(struct json_put *put, unsigned char c)
{
	char out[8];
	const char *known = c ? strchr(JSON_ESCAPED, c) : NULL;
	if (known)
		snprintf(out, sizeof out, "\\%c", JSON_ESCAPES[known - JSON_ESCAPED]);
	else
		snprintf(out, sizeof out, "\\u%04x", (unsigned)c);
	put_plain(put, out);
}

/* Bytes of the character at s (RFC 3629), 0 when there is none. The text ends with a NUL, which no character holds. */
static size_t character(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high; /* of the first byte, of the second */
		size_t size;
	} forms[] = {{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		     {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		     {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].size > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].size; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].size;
	}
	return 0;
}

static void put_string(struct json_put *put, const char *text, size_t most)
{
	const unsigned char *s = (const unsigned char *)text;
	put_plain(put, "\"");
	for (size_t at = 0, size; s[at] && !put->failed; at += size) {
		size = character(s + at);
		bool valid = size > 0;
		size = valid ? size : 1;
		if (size > most - at)
			break;
		if (!valid)
			put_plain(put, "\xef\xbf\xbd");
		else if (size == 1 && (s[at] < 0x20 || s[at] == '"' || s[at] == '\\' || s[at] == 0x7f))
			put_escaped(put, s[at]);
		else
			put_bytes(put, text + at, size);
	}
	put_plain(put, "\"");
}

static void begin_value(struct json_put *put, const char *key)
{
	if (put->comma)
		put_plain(put, ",");
	put->comma = true;
	if (!key)
		return;
	put_string(put, key, SIZE_MAX);
	put_plain(put, ":");
}

static void open_level(struct json_put *put, const char *key, bool array)
{
	begin_value(put, key);
	if (put->depth == JSON_PUT_DEPTH) {
		put->failed = true;
		return;
	}
	uint32_t bit = (uint32_t)1 << put->depth++;
	put->arrays = array ? put->arrays | bit : put->arrays & ~bit;
	put_plain(put, array ? "[" : "{");
	put->comma = false;
}

void json_put_object(struct json_put *put, const char *key)
{
	open_level(put, key, false);
}

void json_put_array(struct json_put *put, const char *key)
{
	open_level(put, key, true);
}

void json_put_end(struct json_put *put)
{
	if (put->depth == 0) {
		put->failed = true;
		return;
	}
	put->depth--;
	put_plain(put, put->arrays >> put->depth & 1 ? "]" : "}");
	put->comma = true;
}

void json_put_cut(struct json_put *put, const char *key, const char *text, size_t most)
{
	begin_value(put, key);
	if (text)
		put_string(put, text, most);
	else
		put_plain(put, "null");
}

void json_put_text(struct json_put *put, const char *key, const char *text)
{
	json_put_cut(put, key, text, SIZE_MAX);
}

void json_put_int(struct json_put *put, const char *key, int64_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)number);
	begin_value(put, key);
	put_plain(put, text);
}

void json_put_time(struct json_put *put, const char *key, ms_t time)
{
	char text[CALENDAR_TEXT];
	json_put_text(put, key, time == MS_UNSET ? NULL : calendar_format(time, text));
}

void json_put_milli(struct json_put *put, const char *key, int64_t milli)
{
	char text[24];
	if (milli % 1000)
		snprintf(text, sizeof text, "%lldm", (long long)milli);
	else
		snprintf(text, sizeof text, "%lld", (long long)milli / 1000);
	json_put_text(put, key, text);
}
