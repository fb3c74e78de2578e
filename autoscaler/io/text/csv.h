/* A strict CSV reader (RFC 4180) for files nobody vouches for. Quoted fields may hold delimiters, "" and line ends;
 * LF, CRLF and a UTF-8 byte order mark are understood, blank lines skipped. Refused with "FILE:LINE: ...":
 * control characters (so binary files), stray quotes, a record over CSV_RECORD_MAX bytes or CSV_FIELDS_MAX fields,
 * more than max_bytes in all. Memory is one buffer of twice CSV_RECORD_MAX, whatever the input. */
#ifndef PLIMSOLL_CSV_H
#define PLIMSOLL_CSV_H

#include "input.h"

#define CSV_RECORD_MAX ((size_t)64 * 1024)
#define CSV_FIELDS_MAX 256
#define CSV_BYTES_MAX  ((uint64_t)4 << 30)

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
	size_t width;        /* fields of the header, once csv_header has read it */
	input_read *read;
	void *self;
	struct input_memory memory;
	char *buffer;
	size_t start, end;
	uint64_t bytes;
	bool at_end;
	struct csv_field fields[CSV_FIELDS_MAX];
};

int csv_open(struct csv *, const char *name, input_read *, void *self, struct err *);
int csv_open_memory(struct csv *, const char *name, const char *text, size_t length, struct err *);
/* 1: a record, its fields valid until the next call; 0: end of input; -1: error. */
int csv_next(struct csv *, const struct csv_field **fields, size_t *n, struct err *);
void csv_close(struct csv *);
/* Opens a file, has `rows` read it from its first record on, and closes it. max_bytes 0: CSV_BYTES_MAX. */
int csv_read_path(const char *path, uint64_t max_bytes, int (*rows)(void *self, struct csv *, struct err *), void *self,
		  struct err *);

/* Takes the first record as the names of the columns: places[i] is where names[i] stands. Refuses a file without it,
 * and a column that is missing. */
int csv_header(struct csv *, const char *const *names, size_t n, int *places, struct err *);
/* csv_next, which refuses a record of another width than the header's. */
int csv_row(struct csv *, const struct csv_field **fields, struct err *);

/* Place of the column named so (case matters), -1 when there is none. */
int csv_column(const struct csv_field *header, size_t n, const char *name);
/* Writes a field, in quotes where it needs them. */
void csv_write_field(FILE *, const char *text);
/* "FILE:LINE: MESSAGE" for the present record; returns -1. */
int csv_fail(const struct csv *, struct err *, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
