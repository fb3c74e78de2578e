#include "body.h"

#include "../text/utf8.h"

#include <stdlib.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define ROOM_FIRST  4096

static bool make_room(struct body *body, size_t more)
{
	if (body->failed)
		return false;
	if (body->room - body->size > more)
		return true;
	size_t room = body->room ? body->room : ROOM_FIRST;
	while (room - body->size <= more && room <= SIZE_MAX / 2)
		room *= 2;
	char *bytes = room - body->size > more ? realloc(body->bytes, room) : NULL;
	if (!bytes) {
		body->failed = true;
		return false;
	}
	body->bytes = bytes;
	body->room = room;
	return true;
}

static void put_bytes(struct body *body, const char *bytes, size_t n)
{
	if (!make_room(body, n))
		return;
	memcpy(body->bytes + body->size, bytes, n);
	body->size += n;
	body->bytes[body->size] = 0;
}

void body_put(struct body *body, const char *text)
{
	put_bytes(body, text, strlen(text));
}

void body_format(struct body *body, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	if (length < 0)
		body->failed = true;
	else if (make_room(body, (size_t)length)) {
		vsnprintf(body->bytes + body->size, (size_t)length + 1, format, again);
		body->size += (size_t)length;
	}
	va_end(again);
	va_end(args);
}

/* Marks, embeddings, overrides and isolates of direction; separators that end a line. */
static bool turns_text(uint32_t code)
{
	return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static bool harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || turns_text(code) || (code & 0xfffe) == 0xfffe ||
	       (code >= 0xfdd0 && code <= 0xfdef);
}

/* Copies text; a character that is at place i of `special` becomes substitutes[i]. */
static void put_escaped(struct body *body, const char *text, const char *special, const char *const *substitutes)
{
	const char *at = text ? text : "", *end = at + strlen(at);
	while (at < end) {
		uint32_t code = 0;
		size_t n = utf8_length((const unsigned char *)at, (size_t)(end - at), &code);
		const char *found = n == 1 ? strchr(special, *at) : NULL;
		if (found)
			body_put(body, substitutes[found - special]);
		else if (n == 0 || harmful(code))
			body_put(body, REPLACEMENT);
		else
			put_bytes(body, at, n);
		at += n ? n : 1;
	}
}

void body_html(struct body *body, const char *text)
{
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", " ", " "};
	put_escaped(body, text, "&<>\"'\n\t", entities);
}

void body_json(struct body *body, const char *text)
{
	static const char *const escapes[] = {"\\\"", "\\\\", "\\n", "\\t"};
	body_put(body, "\"");
	put_escaped(body, text, "\"\\\n\t", escapes);
	body_put(body, "\"");
}

void body_label(struct body *body, const char *text)
{
	static const char *const escapes[] = {"\\\"", "\\\\", "\\n"};
	put_escaped(body, text, "\"\\\n", escapes);
}
