#include "gzip.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_BUFFER (128u * 1024)

void *gzip_open(const char *path, const char **name, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	*name = standard ? "standard input" : path;
	errno = 0;
	int copy = standard ? dup(STDIN_FILENO) : -1;
	gzFile file = standard ? gzdopen(copy, "rb") : gzopen(path, "rb");
	if (file) {
		gzbuffer(file, GZIP_BUFFER);
		return file;
	}
	err_set(err, "%.300s: %s", *name, errno ? strerror(errno) : "out of memory");
	if (copy >= 0)
		close(copy);
	return NULL;
}

ptrdiff_t gzip_read(void *self, char *buffer, size_t size, struct err *err)
{
	int n = gzread(self, buffer, (unsigned)size), code;
	const char *message = gzerror(self, &code);
	if (n > 0 || (n == 0 && code == Z_OK))
		return n;
	if (code == Z_BUF_ERROR)
		return err_set(err, "the gzip file is cut off");
	return err_set(err, "%s", code == Z_ERRNO ? strerror(errno) : message);
}

void gzip_close(void *self)
{
	gzclose_r(self);
}
