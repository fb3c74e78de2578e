/* Numbers as bytes: 7 bits at a time, least first (LEB128); signed ones folded so that small ones stay small. Private
 * to io/journal. */
#ifndef PLIMSOLL_JOURNAL_RECORD_BYTES_H
#define PLIMSOLL_JOURNAL_RECORD_BYTES_H

#include "record.h"

#define VARINT_MAX 10

/* Room for so many more bytes. */
int record_bytes_reserve(struct record_bytes *, size_t more, struct err *);
/* Compressed, with the size before it in front; and back, into `out`. */
int record_pack(const struct record_bytes *plain, struct record_bytes *out, struct err *);
int record_unpack(const unsigned char *bytes, size_t size, struct record_bytes *out, struct err *);

static inline uint64_t fold(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t unfold(uint64_t folded)
{
	return folded >> 1 ^ (0 - (folded & 1));
}

/* Room for VARINT_MAX has been made. */
static inline unsigned char *varint_write(unsigned char *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (unsigned char)(value | 0x80);
	*at++ = (unsigned char)value;
	return at;
}

/* What is read; once `failed`, everything is 0. */
struct record_reader {
	const unsigned char *at, *end;
	bool failed;
};

static inline uint64_t varint_read(struct record_reader *reader)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (reader->at == reader->end)
			break;
		unsigned char byte = *reader->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	reader->failed = true;
	return 0;
}

#endif
