/* Foreign text for a message: at most `most` bytes of it, control and malformed bytes as \xNN, "..." when cut. */
#ifndef PLIMSOLL_VISIBLE_H
#define PLIMSOLL_VISIBLE_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct visible {
	char text[200];
};

/* Length of the printable UTF-8 character at text, 0 when the byte there must be escaped. */
static inline size_t visible_char(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	size_t need = s[0] >= 0xf0 && s[0] < 0xf5   ? 4
		      : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		      : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
						    : 0;
	if (need == 0 || need > length || (s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

/* printf("%s", visible(text, length, 40).text) */
static inline struct visible visible(const char *text, size_t length, size_t most)
{
	struct visible out;
	size_t at = 0, n = 0;
	while (n < length && n < most && at < sizeof out.text - 8) {
		size_t step = visible_char(text + n, length - n);
		if (step)
			memcpy(out.text + at, text + n, step);
		else
			snprintf(out.text + at, 5, "\\x%02x", (unsigned)(unsigned char)text[n]);
		at += step ? step : 4;
		n += step ? step : 1;
	}
	snprintf(out.text + at, sizeof out.text - at, "%s", n < length ? "..." : "");
	return out;
}

#endif
