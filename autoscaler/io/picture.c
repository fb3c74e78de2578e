#include "axis.h"
#include "calendar.h"
#include "datadir.h"
#include "duration.h"
#include "timeline.h"
#include "visible.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char header[] = "# time until demand demand_most capacity shortage shortage_most desired desired_most "
			     "ready nodes nodes_most cost\n";

static void write_row(FILE *out, ms_t from, ms_t until, const struct bucket *b, double cost)
{
	double n = b->n;
	const double columns[] = {
	    b->demand / n,  b->demand_most,  b->capacity / n, b->shortage / n, b->shortage_most,
	    b->desired / n, b->desired_most, b->ready / n,    b->nodes / n,    b->nodes_most,
	    cost,
	};
	fprintf(out, "%.3f %.3f", (double)from / 1000, (double)until / 1000);
	for (size_t i = 0; i < COUNT(columns); i++)
		fprintf(out, " %.9g", columns[i]);
	fputc('\n', out);
}

/* Steps: the values at the start of the bucket and again at its end, bars once and only where they have a height. */
static void write_bucket(FILE *out, ms_t from, ms_t until, struct bucket bucket, double cost_after)
{
	if (bucket.shortage_most <= 0)
		bucket.shortage = bucket.shortage_most = (double)NAN;
	write_row(out, from, until, &bucket, bucket.cost);
	bucket.shortage = bucket.shortage_most = (double)NAN;
	write_row(out, until, until, &bucket, cost_after);
}

static size_t next_bucket(const struct timeline_sink *sink, size_t i)
{
	while (i <= PICTURE_POINTS && sink->buckets[i].n == 0)
		i++;
	return i;
}

static void write_points(FILE *out, const struct timeline_sink *sink)
{
	fputs(header, out);
	for (size_t i = next_bucket(sink, 0), next; i <= PICTURE_POINTS; i = next) {
		next = next_bucket(sink, i + 1);
		bool last = next > PICTURE_POINTS;
		write_bucket(out, max64(timeline_bucket_start(sink, i), sink->from),
			     last ? sink->until : timeline_bucket_start(sink, next), sink->buckets[i],
			     last ? (double)NAN : sink->buckets[next].cost);
	}
}

/* ---- what the script is told ---- */

enum { DEMAND, SHORTAGE, REPLICAS, NODES, COST, PANELS };

static void panels_text(const struct timeline_sink *sink, char *text, size_t size)
{
	static const struct {
		const char *name;
		int labels;
		bool whole;
	} panels[PANELS] = {
	    [DEMAND] = {"demand_axis", 6, false},    [SHORTAGE] = {"shortage_axis", 2, false},
	    [REPLICAS] = {"replicas_axis", 4, true}, [NODES] = {"nodes_axis", 4, true},
	    [COST] = {"cost_axis", 5, false},
	};
	double most[PANELS] = {[COST] = sink->cost};
	size_t used = 0;
	for (size_t i = 0; i <= PICTURE_POINTS; i++) {
		const struct bucket *b = &sink->buckets[i];
		double n = b->n ? b->n : 1;
		most[DEMAND] = fmax(most[DEMAND], fmax(b->demand_most, b->capacity / n));
		most[SHORTAGE] = fmax(most[SHORTAGE], b->shortage_most);
		most[REPLICAS] = fmax(most[REPLICAS], fmax(b->desired_most, b->ready / n));
		most[NODES] = fmax(most[NODES], b->nodes_most);
	}
	for (size_t i = 0; i < PANELS && used < size; i++) {
		char axis[AXIS_TEXT];
		axis_value(most[i], panels[i].labels, panels[i].whole, axis);
		used += (size_t)snprintf(text + used, size - used, "%s='%s'; ", panels[i].name, axis);
	}
}

static void subtitle_text(const struct timeline_sink *sink, char *text, size_t size)
{
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], step[48], width[48], workloads[48] = "";
	calendar_format(sink->from, from);
	calendar_format(sink->until, until);
	from[10] = until[10] = ' ';
	duration_format(sink->report_step, step, sizeof step);
	duration_format(sink->bucket_ms, width, sizeof width);
	if (sink->n_workloads > 1)
		snprintf(workloads, sizeof workloads, "; %u workloads together", sink->n_workloads);
	snprintf(text, size, "%.16s to %.16s UTC; sampled every %s%s%s%s", from, until, step,
		 sink->bucket_ms > sink->report_step ? ", drawn per " : "",
		 sink->bucket_ms > sink->report_step ? width : "", workloads);
}

/* Printable UTF-8 only: SVG is XML. */
static void title_text(const char *title, char *text, size_t size)
{
	size_t used = 0;
	for (size_t left = strlen(title), step; left > 0 && used + 5 < size; title += step, left -= step) {
		size_t length = visible_char(title, left);
		step = length ? length : 1;
		memcpy(text + used, length ? title : "?", step);
		used += step;
	}
	text[used] = 0;
}

/* gnuplot takes names that begin with <, |, ~, + or $ for something else than a file. */
static void plain_path(const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s%s", path[0] == '/' ? "" : "./", path);
}

/* ---- gnuplot ---- */

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

static int spawn(pid_t *pid, char *const *argv, int said)
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
	if (!failed)
		failed = posix_spawnp(pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return failed;
}

/* What gnuplot says is kept from the user unless it fails. */
static int run_gnuplot(char *const *argv, FILE *said, struct err *err)
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

/* ARG1 and on in plots/replay.gp. */
static int draw(const struct timeline_sink *sink, const char *points, const char *target, const char *kind,
		const char *title, struct err *err)
{
	char script[4096], data[4200], output[4200], heading[512], subtitle[320], times[AXIS_TEXT],
	    panels[PANELS * AXIS_TEXT];
	if (datadir_find("plots/replay.gp", script, sizeof script, err) < 0)
		return -1;
	plain_path(points, data, sizeof data);
	plain_path(target, output, sizeof output);
	title_text(title, heading, sizeof heading);
	subtitle_text(sink, subtitle, sizeof subtitle);
	axis_time(sink->from, sink->until, times);
	panels_text(sink, panels, sizeof panels);
	char kind_text[8];
	snprintf(kind_text, sizeof kind_text, "%s", kind);
	char program[] = "gnuplot", ignore_init[] = "-d", call[] = "-c";
	char *argv[] = {program,   ignore_init, call,     script, data,   output,
			kind_text, heading,     subtitle, times,  panels, NULL};
	FILE *said = tmpfile();
	if (!said)
		return err_set(err, "temporary file for gnuplot: %s", strerror(errno));
	int status = run_gnuplot(argv, said, err);
	fclose(said);
	return status;
}

int picture_check(const char *path, struct err *err)
{
	return terminal_of(path) ? 0 : err_set(err, "--plot %.80s: the name must end in .svg or .png", path);
}

int picture_draw(const struct timeline_sink *sink, const char *path, const char *title, struct outfile *picture,
		 struct err *err)
{
	struct outfile points = {0};
	char name[4200];
	*picture = (struct outfile){0};
	if (picture_check(path, err) < 0)
		return -1;
	snprintf(name, sizeof name, "%s.points", path);
	if (outfile_open(&points, name, err) < 0 || outfile_open(picture, path, err) < 0) {
		outfile_discard(&points);
		return -1;
	}
	write_points(points.file, sink);
	int status = fflush(points.file) || ferror(points.file)
			 ? err_set(err, "%s: cannot be written", points.part)
			 : draw(sink, points.part, picture->part[0] ? picture->part : picture->path, terminal_of(path), title,
				err);
	outfile_discard(&points);
	if (status < 0)
		outfile_discard(picture);
	return status;
}
