/* A strict CSV reader (RFC 4180) for files nobody vouches for. Quoted fields may hold delimiters, "" and line ends;
 * LF, CRLF and a UTF-8 byte order mark are understood, blank lines skipped. Refused with "FILE:LINE: ...":
 * control characters (so binary files), stray quotes, a record over CSV_RECORD_MAX bytes or CSV_FIELDS_MAX fields,
 * more than max_bytes in all. Memory is one buffer of twice CSV_RECORD_MAX, whatever the input. */
#ifndef PLIMSOLL_CSV_H
#define PLIMSOLL_CSV_H

#include "base.h"

#define CSV_RECORD_MAX ((size_t)64 * 1024)
#define CSV_FIELDS_MAX 256
#define CSV_BYTES_MAX  ((uint64_t)4 << 30)

/* Fills buffer with up to size bytes: their number, 0 at the end of input, negative with a message. */
typedef ptrdiff_t csv_read_fn(void *self, char *buffer, size_t size, struct err *err);

struct csv_field {
	const char *text; /* also ends with a NUL */
	size_t length;
};

struct csv {
	const char *name; /* of the file, for messages; the caller keeps it */
	char delimiter;   /* ','; may be changed before the first record */
	uint64_t max_bytes;
	uint64_t line;       /* first line of the present record, from 1 */
	uint64_t lines_seen; /* where the reader stands */
	csv_read_fn *read;
	void *self;
	const char *memory;
	size_t memory_left;
	char *buffer;
	size_t start, end;
	uint64_t bytes;
	bool at_end;
	struct csv_field fields[CSV_FIELDS_MAX];
};

int csv_open(struct csv *, const char *name, csv_read_fn *, void *self, struct err *);
/* self is a FILE *. */
ptrdiff_t csv_read_file(void *self, char *buffer, size_t size, struct err *err);
int csv_open_memory(struct csv *, const char *name, const char *text, size_t length, struct err *);
/* 1: a record, its fields valid until the next call; 0: end of input; -1: error. */
int csv_next(struct csv *, const struct csv_field **fields, size_t *n, struct err *);
void csv_close(struct csv *);

/* Place of the column named so (case matters), -1 when there is none. */
int csv_column(const struct csv_field *header, size_t n, const char *name);
/* "FILE:LINE: MESSAGE" for the present record; returns -1. */
int csv_fail(const struct csv *, struct err *, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
