/* Where a container of a checked text ends, 64 bytes at a time: most of an API answer is passed over so. Private to
 * json_value.c. */
#ifndef PLIMSOLL_JSON_SKIM_H
#define PLIMSOLL_JSON_SKIM_H

#include "json_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A bit for each of 64 bytes. Brackets differ from braces by one bit, and are not told apart. */
struct json_marks {
	uint64_t quotes, backslashes, opens, closes;
};

#ifdef __SSE2__
static inline uint64_t json_mark(__m128i bytes, char c)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline struct json_marks json_marks(const char *at)
{
	struct json_marks marks = {0};
	for (int i = 0; i < 64; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
		__m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
		marks.quotes |= json_mark(bytes, '"') << i;
		marks.backslashes |= json_mark(bytes, '\\') << i;
		marks.opens |= json_mark(folded, '{') << i;
		marks.closes |= json_mark(folded, '}') << i;
	}
	return marks;
}
#else
/* Exact, unlike json_bytes_of; the eight top bits gathered by a multiplication. */
static inline uint64_t json_mark(uint64_t word, unsigned char c)
{
	uint64_t zero = word ^ (JSON_ONES * c);
	uint64_t top = ~(((zero & ~JSON_HIGHS) + ~JSON_HIGHS) | zero | ~JSON_HIGHS);
	return ((top >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline struct json_marks json_marks(const char *at)
{
	struct json_marks marks = {0};
	for (int i = 0; i < 64; i += 8) {
		uint64_t word = json_load(at + i), folded = word | JSON_ONES * 0x20;
		marks.quotes |= json_mark(word, '"') << i;
		marks.backslashes |= json_mark(word, '\\') << i;
		marks.opens |= json_mark(folded, '{') << i;
		marks.closes |= json_mark(folded, '}') << i;
	}
	return marks;
}
#endif

/* What goes over from one block to the next. */
struct json_skim {
	uint64_t inside; /* all ones: within a string */
	bool escape;     /* the last byte was a backslash that escapes the next one */
	int depth;
};

/* Bytes that a backslash before them escapes. */
static inline uint64_t json_escaped(struct json_skim *skim, uint64_t backslashes)
{
	uint64_t escaped = skim->escape ? 1 : 0;
	skim->escape = false;
	for (uint64_t left = backslashes & ~escaped; left; left &= ~escaped) {
		uint64_t bit = left & -left;
		left ^= bit;
		escaped |= bit << 1;
		skim->escape = bit >> 63;
	}
	return escaped;
}

/* Each bit the parity of those up to it: ones from an opening quote until before its closing one. */
static inline uint64_t json_parity(uint64_t bits)
{
	for (int shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

/* Goes over a block: -1, or which of its bytes closes the container. */
static inline int json_skim_block(struct json_skim *skim, const char *at)
{
	struct json_marks marks = json_marks(at);
	if (marks.backslashes || skim->escape)
		marks.quotes &= ~json_escaped(skim, marks.backslashes);
	uint64_t inside = json_parity(marks.quotes) ^ skim->inside;
	skim->inside = (uint64_t)0 - (inside >> 63);
	uint64_t opens = marks.opens & ~inside, closes = marks.closes & ~inside;
	int n_closes = __builtin_popcountll(closes);
	if (skim->depth > n_closes) {
		skim->depth += __builtin_popcountll(opens) - n_closes;
		return -1;
	}
	for (uint64_t both = opens | closes; both; both &= both - 1) {
		skim->depth += opens & both & -both ? 1 : -1;
		if (skim->depth == 0)
			return __builtin_ctzll(both);
	}
	return -1;
}

#endif
