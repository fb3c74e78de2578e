/* Paths of files. Private to autoscaler/io and cmd. */
#ifndef PLIMSOLL_PATH_H
#define PLIMSOLL_PATH_H

#include "base.h"

#define PATH_SIZE 4096 /* of a path with its NUL */

/* Writes a path; one that does not fit is refused. */
__attribute__((format(printf, 4, 5))) static inline int path_format(char *path, size_t size, struct err *err,
								    const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(path, size, format, args);
	va_end(args);
	return n >= 0 && (size_t)n < size ? 0 : err_set(err, "%.60s...: the path is too long", path);
}

/* The last part: of "loads/web.csv", "web.csv". */
static inline const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

#endif
