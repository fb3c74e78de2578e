/* Saved state as bytes: little-endian, with a checksum at the end. What hpa_state.c and core_state.c share. */
#ifndef PLIMSOLL_CORE_STATE_H
#define PLIMSOLL_CORE_STATE_H

#include "base.h"

#define STATE_SUM_SIZE 8

static inline uint64_t state_sum(const unsigned char *bytes, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u; /* FNV-1a */
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

struct writer {
	unsigned char *bytes;
	size_t capacity, size; /* size goes on counting beyond the capacity */
};

static inline void put(struct writer *writer, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++, writer->size++)
		if (writer->size < writer->capacity)
			writer->bytes[writer->size] = (unsigned char)(value >> (8 * i));
}

struct reader {
	const unsigned char *bytes;
	size_t size, at;
	bool failed;
};

static inline uint64_t get(struct reader *reader, unsigned width)
{
	uint64_t value = 0;
	if (reader->size - reader->at < width) {
		reader->failed = true;
		return 0;
	}
	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)reader->bytes[reader->at++] << (8 * i);
	return value;
}

/* A reader of what stands between head and checksum, after both were checked; `what` stands in messages. */
static inline int state_open(struct reader *reader, const unsigned char *bytes, size_t size,
			     const unsigned char magic[8], uint32_t version, const char *what, struct err *err)
{
	*reader = (struct reader){bytes, size, 8, false};
	if (size < 8 + 4 + STATE_SUM_SIZE || memcmp(bytes, magic, 8) != 0)
		return err_set(err, "saved state of the %s: not such a state (%zu bytes)", what, size);
	uint32_t found = (uint32_t)get(reader, 4);
	if (found != version)
		return err_set(err, "saved state of the %s: version %u, but this program reads version %u", what, found,
			       version);
	reader->at = size - STATE_SUM_SIZE;
	if (get(reader, STATE_SUM_SIZE) != state_sum(bytes, size - STATE_SUM_SIZE))
		return err_set(err, "saved state of the %s: damaged (its checksum differs)", what);
	reader->size = size - STATE_SUM_SIZE;
	reader->at = 8 + 4;
	return 0;
}

#endif
