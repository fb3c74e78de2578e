/* The file of a load as it is written: plain, or gzip when its name ends in .gz. Private to io/history. */
#ifndef PLIMSOLL_LOAD_FILE_H
#define PLIMSOLL_LOAD_FILE_H

#include "../text/outfile.h"

struct load_file {
	struct outfile out;
	struct gzip_out *gzip; /* NULL: plain */
};

/* "-" is standard output. */
int load_file_open(struct load_file *, const char *path, struct err *);
/* Failures are told by load_file_commit. */
void load_file_put(struct load_file *, const char *bytes, size_t size);
void load_file_field(struct load_file *, const char *text); /* in quotes where it needs them */
/* On failure nothing is left behind. */
int load_file_commit(struct load_file *, struct err *);
void load_file_discard(struct load_file *);

#endif
