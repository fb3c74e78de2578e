/* Where the bytes come from that the CSV and the JSON reader read: a file, plain or gzip, or memory. Private to
 * autoscaler/io. */
#ifndef PLIMSOLL_INPUT_H
#define PLIMSOLL_INPUT_H

#include "base.h"

/* Fills buffer with up to size bytes: their number, 0 at the end of input, negative with a message. */
typedef ptrdiff_t input_read(void *self, char *buffer, size_t size, struct err *err);

/* self is a FILE *. */
input_read input_read_file;

/* Text that is there already; self is a struct input_memory *. */
struct input_memory {
	const char *at;
	size_t left;
};
input_read input_read_memory;

/* A plain or gzip-compressed file; self is what gzip_open returned. */
input_read gzip_read;
/* NULL with a message; "-" is standard input. name: of the file, for messages. */
void *gzip_open(const char *path, const char **name, struct err *);
int gzip_rewind(void *self);
void gzip_close(void *self);

#endif
