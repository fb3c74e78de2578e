#include "outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is not a file itself is written through: devices and pipes, and symbolic links, such as /dev/stdout. */
static bool replaceable(const char *path)
{
	struct stat status;
	return lstat(path, &status) < 0 || S_ISREG(status.st_mode);
}

int outfile_open(struct outfile *out, const char *path, struct err *err)
{
	*out = (struct outfile){0};
	if (strlen(path) >= sizeof out->path)
		return err_set(err, "%.60s...: the path is too long", path);
	snprintf(out->path, sizeof out->path, "%s", path);
	if (!replaceable(path)) {
		out->file = fopen(path, "w");
		return out->file ? 0 : err_set(err, "%s: %s", path, strerror(errno));
	}
	snprintf(out->part, sizeof out->part, "%s.XXXXXX", path);
	int fd = mkstemp(out->part);
	if (fd < 0) {
		int why = errno;
		out->part[0] = 0;
		return err_set(err, "%s: cannot be written: %s", path, strerror(why));
	}
	mode_t mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	out->file = fdopen(fd, "w");
	if (!out->file) {
		close(fd);
		outfile_discard(out);
		return err_set(err, "%s: out of memory", path);
	}
	return 0;
}

int outfile_flush(struct outfile *out, struct err *err)
{
	if (fflush(out->file) != 0 || ferror(out->file))
		return err_set(err, "%s: cannot be written: %s", out->path, strerror(errno));
	return 0;
}

int outfile_commit(struct outfile *out, struct err *err)
{
	bool failed = fflush(out->file) != 0 || ferror(out->file);
	int why = errno;
	failed |= fclose(out->file) != 0;
	out->file = NULL;
	if (!failed && out->part[0] && rename(out->part, out->path) < 0) {
		failed = true;
		why = errno;
	}
	if (failed) {
		outfile_discard(out);
		return err_set(err, "%s: cannot be written: %s", out->path, strerror(why));
	}
	out->part[0] = 0;
	return 0;
}

void outfile_discard(struct outfile *out)
{
	if (out->file)
		fclose(out->file);
	if (out->part[0])
		unlink(out->part);
	out->file = NULL;
	out->part[0] = 0;
}
