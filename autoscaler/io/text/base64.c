#include "base64.h"

#include <stdlib.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const char *bytes, size_t size)
{
	char *out = size < SIZE_MAX / 2 ? malloc((size + 2) / 3 * 4 + 1) : NULL, *at = out;
	if (!out)
		return NULL;
	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = 0;
		size_t n = size - i < 3 ? size - i : 3;
		for (size_t j = 0; j < 3; j++)
			group = group << 8 | (j < n ? (unsigned char)bytes[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			*at++ = j <= n ? digits[group >> (18 - 6 * j) & 63] : '=';
	}
	*at = 0;
	return out;
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool decode(const char *text, size_t length, char *out, size_t *size)
{
	uint32_t group = 0;
	size_t n = 0, padding = 0, made = 0;
	for (size_t i = 0; i < length; i++) {
		if (strchr(" \t\r\n", text[i]) && text[i])
			continue;
		int value = text[i] == '=' ? 0 : value_of(text[i]);
		padding += text[i] == '=';
		if (value < 0 || padding > 2 || (padding && text[i] != '='))
			return false;
		group = group << 6 | (uint32_t)value;
		if (++n % 4)
			continue;
		for (size_t j = 0; j < 3 - padding; j++)
			out[made++] = (char)(group >> (16 - 8 * j) & 255);
		group = 0;
	}
	out[made] = 0;
	*size = made;
	return n % 4 == 0;
}

char *base64_decode(const char *text, size_t length, size_t *size)
{
	char *out = malloc(length / 4 * 3 + 4);
	if (out && decode(text, length, out, size))
		return out;
	free(out);
	return NULL;
}
