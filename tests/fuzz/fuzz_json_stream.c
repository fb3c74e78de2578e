/* Any bytes through the streaming JSON reader: no crash, an end, and the same tokens however the bytes arrive. */
#include "../../autoscaler/io/text/json_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pieces {
	const uint8_t *data;
	size_t left, piece;
};

static ptrdiff_t read_piece(void *self, char *buffer, size_t size, struct err *err)
{
	struct pieces *pieces = self;
	(void)err;
	size_t n = pieces->piece < size ? pieces->piece : size;
	n = n < pieces->left ? n : pieces->left;
	memcpy(buffer, pieces->data, n);
	pieces->data += n;
	pieces->left -= n;
	return (ptrdiff_t)n;
}

static uint64_t trace(const uint8_t *data, size_t size, size_t piece)
{
	static struct json_stream json;
	struct pieces pieces = {data, size, piece};
	struct err err = {""};
	uint64_t sum = 0;
	int token;
	if (json_open(&json, "fuzz", read_piece, &pieces, &err) < 0)
		abort();
	while ((token = json_next(&json, &err)) > 0) {
		sum = mix64(sum ^ (uint64_t)token);
		if (token == JSON_KEY || token == JSON_STRING || token == JSON_NUMBER)
			for (size_t i = 0; i < json.length; i++)
				sum = mix64(sum ^ (unsigned char)json.text[i]);
	}
	if (token < 0 && strncmp(err.message, "fuzz:", 5) != 0)
		abort();
	json_close(&json);
	return sum ^ (token < 0);
}

static void skip_all(const uint8_t *data, size_t size)
{
	static struct json_stream json;
	struct err err = {""};
	if (json_open_memory(&json, "fuzz", (const char *)data, size, &err) < 0)
		abort();
	while (json_skip(&json, &err) == 0 && json.token != JSON_END)
		;
	json_close(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (trace(data, size, 3) != trace(data, size, SIZE_MAX))
		abort();
	skip_all(data, size);
	return 0;
}
