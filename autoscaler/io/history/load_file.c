#include "load_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* zlib's way to say: with a gzip header, which then has no time and no name */

struct gzip_out {
	z_stream stream;
	bool failed;
	unsigned char bytes[65536];
};

static int open_gzip(struct load_file *file, struct err *err)
{
	struct gzip_out *gzip = calloc(1, sizeof *gzip);
	if (gzip && deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
				 Z_DEFAULT_STRATEGY) == Z_OK) {
		file->gzip = gzip;
		return 0;
	}
	free(gzip);
	load_file_discard(file);
	return err_set(err, "out of memory");
}

/* As it is: it can be anything, and is not to be replaced. */
static int open_standard(struct load_file *file, struct err *err)
{
	int copy = dup(STDOUT_FILENO);
	snprintf(file->out.path, sizeof file->out.path, "standard output");
	file->out.file = copy >= 0 ? fdopen(copy, "w") : NULL;
	if (file->out.file)
		return 0;
	if (copy >= 0)
		close(copy);
	return err_set(err, "standard output: %s", strerror(errno));
}

int load_file_open(struct load_file *file, const char *path, struct err *err)
{
	size_t length = strlen(path);
	*file = (struct load_file){0};
	if (strcmp(path, "-") == 0)
		return open_standard(file, err);
	if (outfile_open(&file->out, path, err) < 0)
		return -1;
	return length > 3 && strcmp(path + length - 3, ".gz") == 0 ? open_gzip(file, err) : 0;
}

static void compress_bytes(struct load_file *file, const char *bytes, size_t size, int flush)
{
	struct gzip_out *gzip = file->gzip;
	gzip->stream.next_in = (unsigned char *)(uintptr_t)bytes;
	gzip->stream.avail_in = (unsigned)size;
	do {
		gzip->stream.next_out = gzip->bytes;
		gzip->stream.avail_out = sizeof gzip->bytes;
		int status = deflate(&gzip->stream, flush);
		gzip->failed |= status == Z_STREAM_ERROR;
		fwrite(gzip->bytes, 1, sizeof gzip->bytes - gzip->stream.avail_out, file->out.file);
	} while (gzip->stream.avail_out == 0);
}

void load_file_put(struct load_file *file, const char *bytes, size_t size)
{
	if (file->gzip)
		compress_bytes(file, bytes, size, Z_NO_FLUSH);
	else
		fwrite(bytes, 1, size, file->out.file);
}

void load_file_field(struct load_file *file, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		load_file_put(file, text, strlen(text));
		return;
	}
	load_file_put(file, "\"", 1);
	for (; *text; text++)
		load_file_put(file, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	load_file_put(file, "\"", 1);
}

static void close_gzip(struct load_file *file)
{
	if (file->gzip)
		deflateEnd(&file->gzip->stream);
	free(file->gzip);
	file->gzip = NULL;
}

int load_file_commit(struct load_file *file, struct err *err)
{
	if (file->gzip)
		compress_bytes(file, "", 0, Z_FINISH);
	bool failed = file->gzip && file->gzip->failed;
	close_gzip(file);
	if (!failed)
		return outfile_commit(&file->out, err);
	outfile_discard(&file->out);
	return err_set(err, "%s: cannot be compressed", file->out.path);
}

void load_file_discard(struct load_file *file)
{
	close_gzip(file);
	outfile_discard(&file->out);
}
