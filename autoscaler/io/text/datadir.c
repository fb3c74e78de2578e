#include "datadir.h"

#include "path.h"

#include <stdlib.h>
#include <unistd.h>

/* The folder of the running program. */
static bool program_folder(char *folder, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", folder, size - 1);
	if (n <= 0 || (size_t)n >= size - 1)
		return false;
	folder[n] = 0;
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = 0;
	return slash != NULL;
}

static bool found_in(const char *root, const char *below, const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s%s/%s", root, below, name);
	return length > 0 && (size_t)length < size && access(path, R_OK) == 0;
}

int datadir_find(const char *name, char *path, size_t size, struct err *err)
{
	static const char *const beside[] = {"/..", "/../..", "/../../..", "/../share/plimsoll"};
	const char *home = getenv("PLIMSOLL_HOME");
	char folder[2048];
	if (home && *home)
		return found_in(home, "", name, path, size)
			   ? 0
			   : err_set(err, "%s is not in %.200s, which PLIMSOLL_HOME names", name, home);
	bool known = program_folder(folder, sizeof folder);
	for (size_t i = 0; known && i < COUNT(beside); i++)
		if (found_in(folder, beside[i], name, path, size))
			return 0;
	if (found_in(PLIMSOLL_SHARE, "", name, path, size))
		return 0;
	return err_set(err, "%s is neither beside the program nor in %s; PLIMSOLL_HOME may name its folder", name,
		       PLIMSOLL_SHARE);
}

int datadir_of(const char *named, char *path, size_t size, struct err *err)
{
	return named ? path_format(path, size, err, "%s", named) : datadir_find("data", path, size, err);
}
