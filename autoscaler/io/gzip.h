/* A plain or gzip-compressed file as a csv_read_fn. */
#ifndef PLIMSOLL_GZIP_H
#define PLIMSOLL_GZIP_H

#include "csv.h"

/* NULL with a message; "-" is standard input. name: of the file, for messages. */
void *gzip_open(const char *path, const char **name, struct err *);
ptrdiff_t gzip_read(void *self, char *buffer, size_t size, struct err *);
void gzip_close(void *self);

#endif
