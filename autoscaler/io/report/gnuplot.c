#include "gnuplot.h"

#include "../text/datadir.h"
#include "../text/outfile.h"
#include "visible.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void gnuplot_text(const char *plain, char *text, size_t size)
{
	size_t used = 0;
	for (size_t left = strlen(plain), step; left > 0 && used + 5 < size; plain += step, left -= step) {
		size_t length = visible_char(plain, left);
		step = length ? length : 1;
		memcpy(text + used, length ? plain : "?", step);
		used += step;
	}
	text[used] = 0;
}

/* gnuplot takes names that begin with <, |, ~, + or $ for something else than a file. */
static void plain_path(const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s%s", path[0] == '/' ? "" : "./", path);
}

/* The last line of what gnuplot says that is not blank: before it come the script's line and a caret. */
static int complaint(FILE *said, struct err *err)
{
	char line[512], last[512] = "no reason given";
	rewind(said);
	while (fgets(line, sizeof line, said))
		if (line[strspn(line, " \t\n")])
			memcpy(last, line, sizeof last);
	return err_set(err, "gnuplot could not draw the picture: %s", visible(last, strcspn(last, "\n"), 150).text);
}

/* Ours without GNUTERM, gnuplot's choice of a terminal before the script has its own. */
static char **environment(void)
{
	size_t n = 0, kept = 0;
	while (environ[n])
		n++;
	char **copy = calloc(n + 1, sizeof *copy);
	for (size_t i = 0; copy && i < n; i++)
		if (strncmp(environ[i], "GNUTERM=", 8) != 0)
			copy[kept++] = environ[i];
	return copy;
}

static int spawn(pid_t *pid, const char *const *argv, int said)
{
	posix_spawn_file_actions_t actions;
	char **env = environment();
	int failed = env ? posix_spawn_file_actions_init(&actions) : ENOMEM;
	if (failed) {
		free(env);
		return failed;
	}
	failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(&actions, said, STDOUT_FILENO);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	if (!failed) {
		union {
			const char *const *promised; /* POSIX: the strings are not changed */
			char *const *asked;
		} words = {argv};
		failed = posix_spawnp(pid, argv[0], &actions, NULL, words.asked, env);
	}
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return failed;
}

/* What gnuplot says is kept from the user unless it fails. */
static int run_gnuplot(const char *const *argv, FILE *said, struct err *err)
{
	pid_t pid;
	int status, failed = spawn(&pid, argv, fileno(said));
	if (failed)
		return err_set(err, "pictures need gnuplot (Debian package gnuplot-nox): %s", strerror(failed));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, "gnuplot: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : complaint(said, err);
}

static const char *terminal_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	if (dot && !strcmp(dot, ".svg"))
		return "svg";
	return dot && !strcmp(dot, ".png") ? "png" : NULL;
}

/* ARG1 points, ARG2 target, ARG3 svg or png, then the job's own. */
static int draw(const struct gnuplot *job, const char *points, const char *target, const char *kind, struct err *err)
{
	char script[4096], data[4200], output[4200];
	const char *argv[7 + GNUPLOT_ARGS_MAX + 1] = {"gnuplot", "-d", "-c", script, data, output, kind};
	if (datadir_find(job->script, script, sizeof script, err) < 0)
		return -1;
	plain_path(points, data, sizeof data);
	plain_path(target, output, sizeof output);
	for (size_t i = 0; i < job->n_args && i < GNUPLOT_ARGS_MAX; i++)
		argv[7 + i] = job->args[i];
	FILE *said = tmpfile();
	if (!said)
		return err_set(err, "temporary file for gnuplot: %s", strerror(errno));
	int status = run_gnuplot(argv, said, err);
	fclose(said);
	return status;
}

int gnuplot_check(const char *path, struct err *err)
{
	return terminal_of(path) ? 0 : err_set(err, "--plot %.80s: the name must end in .svg or .png", path);
}

int gnuplot_prepare(const struct gnuplot *job, const char *path, struct outfile *picture, struct err *err)
{
	struct outfile points = {0};
	char name[4200];
	*picture = (struct outfile){0};
	if (gnuplot_check(path, err) < 0)
		return -1;
	snprintf(name, sizeof name, "%s.points", path);
	if (outfile_open(&points, name, err) < 0 || outfile_open(picture, path, err) < 0) {
		outfile_discard(&points);
		return -1;
	}
	job->write(points.file, job->self);
	int status =
	    fflush(points.file) || ferror(points.file)
		? err_set(err, "%s: cannot be written", points.part)
		: draw(job, points.part, picture->part[0] ? picture->part : picture->path, terminal_of(path), err);
	outfile_discard(&points);
	if (status < 0)
		outfile_discard(picture);
	return status;
}

int gnuplot_draw(const struct gnuplot *job, const char *path, struct err *err)
{
	struct outfile picture;
	return gnuplot_prepare(job, path, &picture, err) < 0 ? -1 : outfile_commit(&picture, err);
}
