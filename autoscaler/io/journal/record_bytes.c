#include "record_bytes.h"

#include <stdlib.h>
#include <zlib.h>

#define ZLIB_LEVEL 1
/* zlib makes one byte of no more than so many. */
#define ZLIB_RATIO 1040

void record_bytes_free(struct record_bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct record_bytes){0};
}

int record_bytes_reserve(struct record_bytes *bytes, size_t more, struct err *err)
{
	if (more <= bytes->room - bytes->size)
		return 0;
	if (more > RECORD_MAX_SIZE || bytes->size > RECORD_MAX_SIZE)
		return err_set(err, "a record of more than %u bytes", RECORD_MAX_SIZE);
	size_t room = bytes->size + more + bytes->size / 2 + 4096;
	unsigned char *larger = realloc(bytes->at, room);
	if (!larger)
		return err_set(err, "out of memory for a record of %zu bytes", room);
	bytes->at = larger;
	bytes->room = room;
	return 0;
}

int record_pack(const struct record_bytes *plain, struct record_bytes *out, struct err *err)
{
	uLongf size = compressBound((uLong)plain->size);
	out->size = 0;
	if (record_bytes_reserve(out, VARINT_MAX + size, err) < 0)
		return -1;
	unsigned char *at = varint_write(out->at, plain->size);
	if (compress2(at, &size, plain->at, (uLong)plain->size, ZLIB_LEVEL) != Z_OK)
		return err_set(err, "out of memory to compress %zu bytes", plain->size);
	out->size = (size_t)(at - out->at) + size;
	return 0;
}

int record_unpack(const unsigned char *bytes, size_t size, struct record_bytes *out, struct err *err)
{
	if (size == 0)
		return err_set(err, "damaged: nothing is there");
	struct record_reader reader = {bytes, bytes + size, false};
	uint64_t plain = varint_read(&reader);
	size_t left = (size_t)(reader.end - reader.at);
	out->size = 0;
	if (reader.failed || plain > RECORD_MAX_SIZE || plain > (uint64_t)left * ZLIB_RATIO)
		return err_set(err, "damaged: %zu bytes cannot hold what they say", size);
	if (record_bytes_reserve(out, plain + 1, err) < 0)
		return -1;
	uLongf got = (uLongf)plain;
	if (uncompress(out->at, &got, reader.at, (uLong)left) != Z_OK || got != plain)
		return err_set(err, "damaged: its %zu bytes do not decompress to %llu", size,
			       (unsigned long long)plain);
	out->size = plain;
	return 0;
}
