/* A file that appears whole or not at all: written beside its place, moved there when complete. A device, a pipe or a
 * symbolic link (/dev/stdout) stays what it is, and is written through at once. */
#ifndef PLIMSOLL_OUTFILE_H
#define PLIMSOLL_OUTFILE_H

#include "base.h"

struct outfile {
	FILE *file;
	char path[4096], part[4128];
};

int outfile_open(struct outfile *, const char *path, struct err *);
/* Whether all that was written so far has reached the disk's file system. */
int outfile_flush(struct outfile *, struct err *);
/* Flushes, checks, moves into place. On failure nothing is left behind of a file of its own. */
int outfile_commit(struct outfile *, struct err *);
/* Removes what was written; harmless after a commit. */
void outfile_discard(struct outfile *);

#endif
