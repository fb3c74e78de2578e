/* A streaming JSON reader (RFC 8259) for documents of any size that nobody vouches for: one token at a time, the same
 * memory whatever comes. Several values may follow each other. Messages say where: "NAME:LINE: products.X.vcpu: ...".
 *
 *	json_open(&json, name, read, self, &err);
 *	json_expect(&json, JSON_OBJECT, &err);
 *	while ((got = json_member(&json, &err)) > 0)
 *		if (strcmp(json.text, "version") == 0)
 *			json_scalar(&json, version, sizeof version, &err);
 *		else
 *			json_skip(&json, &err); */
#ifndef PLIMSOLL_JSON_STREAM_H
#define PLIMSOLL_JSON_STREAM_H

#include "input.h"

#define JSON_TEXT_MAX  ((size_t)16 * 1024) /* longest key, text or number that is not skipped */
#define JSON_DEPTH_MAX 64
#define JSON_BYTES_MAX ((uint64_t)4 << 30)

enum json_token {
	JSON_END,
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_level {
	bool object;
	uint64_t index; /* of the element, in an array */
	char key[64];   /* of the member, in an object; cut */
};

struct json_stream {
	const char *name; /* of the document, for messages; the caller keeps it */
	uint64_t line, max_bytes;
	char *text; /* of the present key, string or number; ends with a NUL */
	size_t length;
	enum json_token token;
	/* private */
	input_read *read;
	void *self;
	char *buffer;
	size_t at, end;
	uint64_t bytes;
	bool at_end, failed, skipping;
	int wanted, depth;
	struct input_memory memory;
	struct json_level levels[JSON_DEPTH_MAX];
};

int json_open(struct json_stream *, const char *name, input_read *, void *self, struct err *);
int json_open_memory(struct json_stream *, const char *name, const char *text, size_t length, struct err *);
void json_close(struct json_stream *);

/* The next token, or -1 with a message. */
int json_next(struct json_stream *, struct err *);
/* Takes the next token, which must be this one. */
int json_expect(struct json_stream *, enum json_token, struct err *);
/* Inside an object: 1 with its next key in text; 0 when it has ended. */
int json_member(struct json_stream *, struct err *);
/* Inside an array: 1 with the next element's first token taken, 0 when it has ended. */
int json_element(struct json_stream *, struct err *);
/* Passes over the next value; over the rest of the value whose first token was just taken. */
int json_skip(struct json_stream *, struct err *);
int json_skip_rest(struct json_stream *, struct err *);
/* The next value as text: a string, a number, "true", "false"; null is empty. */
int json_scalar(struct json_stream *, char *text, size_t size, struct err *);

/* A member that is kept as text in a char array of a struct: {"vcpu", offsetof(struct product, vcpu), 24} */
struct json_field {
	const char *key;
	size_t offset, size;
};
/* The rest of an object that was entered: members of the table (at most 64) to their places, others passed over.
 * One that comes twice is refused. */
int json_fields(struct json_stream *, const struct json_field *, size_t n, void *place, struct err *);

/* "NAME:LINE: PATH: MESSAGE" for the present token; returns -1. */
int json_fail(const struct json_stream *, struct err *, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
