#include "input.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_BUFFER (128u * 1024)

ptrdiff_t input_read_file(void *self, char *buffer, size_t size, struct err *err)
{
	FILE *file = self;
	size_t n = fread(buffer, 1, size, file);
	if (n == 0 && ferror(file))
		return err_set(err, "%s", strerror(errno));
	return (ptrdiff_t)n;
}

ptrdiff_t input_read_memory(void *self, char *buffer, size_t size, struct err *err)
{
	(void)err;
	struct input_memory *memory = self;
	size_t n = size < memory->left ? size : memory->left;
	if (n)
		memcpy(buffer, memory->at, n);
	memory->at += n;
	memory->left -= n;
	return (ptrdiff_t)n;
}

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
	if (code == Z_ERRNO)
		return err_set(err, "%s", strerror(errno));
	return err_set(err, "is not a whole gzip file: %s", code == Z_BUF_ERROR ? "it is cut off" : message);
}

int gzip_rewind(void *self)
{
	return gzrewind(self);
}

void gzip_close(void *self)
{
	gzclose_r(self);
}
