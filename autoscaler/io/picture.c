#include "datadir.h"
#include "timeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void write_points(FILE *out, const struct timeline_sink *sink)
{
	fprintf(out, "# time demand demand_max usage capacity replicas ready nodes cost\n");
	for (size_t i = 0; i < PICTURE_POINTS; i++) {
		const struct bucket *b = &sink->buckets[i];
		double n = b->n;
		if (b->n)
			fprintf(out, "%lld %.6g %.6g %.6g %.6g %.6g %.6g %.6g %.6g\n", (long long)(b->time / 1000), b->demand / n,
			        b->demand_max, b->usage / n, b->capacity / n, b->replicas / n, b->ready / n, b->nodes / n, b->cost);
	}
}

/* Runs gnuplot; what it complains of goes to our standard error. */
static int run_gnuplot(char *const *argv, struct err *err)
{
	pid_t pid;
	int status;
	int failed = posix_spawnp(&pid, "gnuplot", NULL, NULL, argv, environ);
	if (failed)
		return err_set(err, "pictures need gnuplot (Debian package gnuplot-nox): %s", strerror(failed));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, "gnuplot: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(err, "gnuplot could not draw the picture");
	return 0;
}

static const char *terminal_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	if (dot && !strcmp(dot, ".svg"))
		return "svg";
	return dot && !strcmp(dot, ".png") ? "png" : NULL;
}

/* Text inside a gnuplot string in single quotes. */
static void quoted(const char *text, char *out, size_t size)
{
	size_t used = 0;
	for (; *text && used + 3 < size; text++) {
		if (*text == '\'')
			out[used++] = '\'';
		out[used++] = (char)((unsigned char)*text < 0x20 ? ' ' : *text);
	}
	out[used] = 0;
}

int picture_draw(const struct timeline_sink *sink, const char *path, const char *title, struct err *err)
{
	struct outfile points = {0}, picture = {0};
	char script[4096], settings[16384], data[4200], target[4200], caption[1024];
	const char *terminal = terminal_of(path);
	if (!terminal)
		return err_set(err, "--plot %.80s: the name must end in .svg or .png", path);
	if (datadir_find("plots/replay.gp", script, sizeof script, err) < 0)
		return -1;
	snprintf(data, sizeof data, "%s.points", path);
	if (outfile_open(&points, data, err) < 0 || outfile_open(&picture, path, err) < 0) {
		outfile_discard(&points);
		return -1;
	}
	write_points(points.file, sink);
	quoted(title, caption, sizeof caption);
	quoted(points.part, data, sizeof data);
	quoted(picture.part[0] ? picture.part : picture.path, target, sizeof target);
	snprintf(settings, sizeof settings, "points='%s'; target='%s'; kind='%s'; caption='%s'", data, target, terminal, caption);
	char *argv[] = {"gnuplot", "-e", settings, script, NULL};
	int status = fflush(points.file) ? err_set(err, "%s: cannot be written", points.part) : run_gnuplot(argv, err);
	outfile_discard(&points);
	if (status == 0)
		status = outfile_commit(&picture, err);
	outfile_discard(&picture);
	return status;
}
