/* What fuzzers share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy with a byte behind it that can be read, in memory of its own, so that no other can; to be freed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	return text;
}

/* Puts the checksum of a saved state behind it; the size with it. */
static inline size_t fuzz_sign(unsigned char *bytes, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u;
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	for (size_t i = 0; i < 8; i++)
		bytes[size + i] = (unsigned char)(sum >> (8 * i));
	return size + 8;
}

#endif
