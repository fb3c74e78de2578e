/* What the two JSON readers share: characters written by their number. Private to autoscaler/io. */
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

#endif
