/* Eight bytes of a JSON string at a time. Private to json_value's files. */
#ifndef PLIMSOLL_JSON_SCAN_H
#define PLIMSOLL_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define JSON_ONES  UINT64_C(0x0101010101010101)
#define JSON_HIGHS UINT64_C(0x8080808080808080)

static inline bool json_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *json_skip_space(const char *at, const char *end)
{
	while (at < end && json_space(*at))
		at++;
	return at;
}

static inline uint64_t json_load(const char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The top bit of each byte that is `c`. A byte after the first found may be marked wrongly, by the borrow. */
static inline uint64_t json_bytes_of(uint64_t word, unsigned char c)
{
	uint64_t zero = word ^ (JSON_ONES * c);
	return (zero - JSON_ONES) & ~zero & JSON_HIGHS;
}

/* Of the first byte that is marked. */
static inline unsigned json_first(uint64_t marks)
{
	return (unsigned)__builtin_ctzll(marks) / 8;
}

/* The first quote or backslash; end: there is none. */
static inline const char *json_to_quote(const char *at, const char *end)
{
	while (end - at >= 8) {
		uint64_t word = json_load(at), marks = json_bytes_of(word, '"') | json_bytes_of(word, '\\');
		if (marks)
			return at + json_first(marks);
		at += 8;
	}
	while (at < end && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* The first byte that is no plain ASCII of a string: a quote, a backslash, a control character, or of UTF-8. */
static inline const char *json_to_special(const char *at, const char *end)
{
	while (end - at >= 8) {
		uint64_t word = json_load(at), marks = json_bytes_of(word, '"') | json_bytes_of(word, '\\');
		marks |= ((word - JSON_ONES * 0x20) & ~word & JSON_HIGHS) | (word & JSON_HIGHS);
		if (marks)
			return at + json_first(marks);
		at += 8;
	}
	while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80)
		at++;
	return at;
}

#endif
