/* UTF-8, for all who read or write text. Private to autoscaler/io. */
#ifndef PLIMSOLL_UTF8_H
#define PLIMSOLL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The escapes of JSON beside \u: letters, and what they stand for. */
#define JSON_ESCAPES "\"\\/bfnrt"
#define JSON_ESCAPED "\"\\/\b\f\n\r\t"

/* The value of a hexadecimal digit, -1 for any other byte. */
static inline int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character as UTF-8: how many bytes, 1 to 4. */
static inline size_t utf8_write(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)((0xf00u >> n & 0xff) | code);
	return n;
}

/* Length of the UTF-8 sequence at text, or 0 when it is none (overlong forms and surrogates included). */
static inline size_t utf8_length(const unsigned char *text, size_t left, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = text[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
	if (n == 0 || n > left)
		return 0;
	uint32_t value = n == 1 ? c : c & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3fu);
	}
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*code = value;
	return n;
}

#endif
