#include "utf8.h"
#include "yaml.h"

/* The printable set of YAML 1.1. */
static bool printable(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7e) || code == 0x85 ||
	       (code >= 0xa0 && code <= 0xfffd && code != 0xfeff) || code >= 0x10000;
}

/* libyaml compares each %TAG with all before it. */
#define DIRECTIVES_MAX 100

int text_check(struct tree *tree, const char *text, size_t length)
{
	unsigned directives = 0;
	const unsigned char *at = (const unsigned char *)text, *end = at + length;
	uint32_t line = 1, column = 1;
	while (at < end) {
		uint32_t code = 0;
		size_t n = utf8_length(at, (size_t)(end - at), &code);
		if (n == 0)
			return tree_refuse(tree, line, column, "byte 0x%02x: is not UTF-8 text", *at);
		if (!printable(code))
			return tree_refuse(tree, line, column, "character U+%04X: is not text; is this a binary file?",
					   code);
		if (code == '%' && column == 1 && ++directives > DIRECTIVES_MAX)
			return tree_refuse(tree, line, column, "has more than %d lines that begin with %%",
					   DIRECTIVES_MAX);
		at += n;
		column++;
		if (code == '\n') {
			line++;
			column = 1;
		}
	}
	return 0;
}

const char *text_show(char *out, size_t size, const char *text, size_t length)
{
	size_t used = 0;
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t n = utf8_length((const unsigned char *)text + i, length - i, &code);
		bool plain = n > 0 && printable(code) && code >= 0x20 && code != 0x85;
		size_t needs = plain ? n : 4;
		if (used + needs + 4 > size) {
			snprintf(out + used, size - used, "...");
			return out;
		}
		if (plain)
			memcpy(out + used, text + i, n);
		else
			snprintf(out + used, size - used, "\\x%02x", (unsigned char)text[i]);
		used += needs;
		i += plain ? n : 1;
	}
	out[used] = 0;
	return out;
}
