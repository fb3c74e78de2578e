#include "../../autoscaler/io/report/timeline.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define START 1321401600000LL /* 2011-11-16 */
#define CORE  NANO

static int draw_file(const struct timeline_sink *sink, const char *name, const char *title, struct err *err)
{
	struct outfile picture;
	return picture_draw(sink, name, title, &picture, err) < 0 ? -1 : outfile_commit(&picture, err);
}

static char home[512], folder[600];

static bool have_gnuplot(void)
{
	return system("gnuplot --version >/dev/null 2>&1") == 0;
}

static void need_gnuplot(void)
{
	if (!have_gnuplot()) {
		print_message("gnuplot is not installed: no picture drawn\n");
		skip();
	}
}

/* Two workloads; "web" is a core short in the second half of every hour, "idle" always has two to spare. */
static void replay(struct timeline_sink *sink, ms_t span)
{
	struct err err;
	if (timeline_open(sink, NULL, true, START, START + span, MINUTE_MS, 2, &err) < 0)
		fail_msg("%s", err.message);
	for (ms_t at = 0; at < span; at += MINUTE_MS) {
		int64_t demand = at % HOUR_MS >= HOUR_MS / 2 ? 3 * CORE : CORE;
		struct timeline_row web = {.time = START + at,
					   .workload = "web",
					   .demand_nano = demand,
					   .capacity_nano = 2 * CORE,
					   .lost_nano = max64(demand - 2 * CORE, 0),
					   .desired = 3,
					   .ready = 2,
					   .nodes = 2,
					   .cost = (double)at / (double)HOUR_MS};
		struct timeline_row idle = {.time = START + at,
					    .workload = "idle",
					    .capacity_nano = 2 * CORE,
					    .desired = 1,
					    .ready = 1,
					    .nodes = 2,
					    .cost = web.cost};
		assert_int_equal(timeline_take(sink, &web, &err), 0);
		assert_int_equal(timeline_take(sink, &idle, &err), 0);
	}
}

static char *slurp(const char *path, size_t *length)
{
	static char text[4000000];
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("no file %s", path);
	*length = fread(text, 1, sizeof text - 1, file);
	text[*length] = 0;
	fclose(file);
	return text;
}

static int files_in(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void draw(const char *name, const char *title)
{
	struct timeline_sink sink;
	struct err err;
	replay(&sink, 6 * HOUR_MS);
	if (draw_file(&sink, name, title, &err) < 0)
		fail_msg("%s", err.message);
	timeline_discard(&sink);
}

static void refused(const char *name, const char *why)
{
	struct timeline_sink sink;
	struct err err = {""};
	replay(&sink, 6 * HOUR_MS);
	assert_int_equal(draw_file(&sink, name, "title", &err), -1);
	timeline_discard(&sink);
	if (!strstr(err.message, why))
		fail_msg("'%s' does not say '%s'", err.message, why);
}

/* Every element is closed by its name, in order; text holds no bare < or &. */
static void assert_xml(const char *text)
{
	char open[64][32];
	size_t depth = 0;
	for (const char *at = text; (at = strpbrk(at, "<&")); at++) {
		if (*at == '&') {
			size_t name = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz0123456789#");
			if (name == 0 || at[1 + name] != ';')
				fail_msg("bare &: %.40s", at);
			continue;
		}
		const char *end = strchr(at, '>');
		if (!end || memchr(at + 1, '<', (size_t)(end - at - 1)))
			fail_msg("unclosed <: %.40s", at);
		size_t name = strcspn(at + 1, " \t\n/>");
		if (at[1] == '/') {
			size_t closes = (size_t)(end - at - 2);
			if (depth == 0 || strlen(open[depth - 1]) != closes || strncmp(open[depth - 1], at + 2, closes))
				fail_msg("closes what is not open: %.40s", at);
			depth--;
		} else if (at[1] != '?' && at[1] != '!' && end[-1] != '/') {
			assert_true(depth < 64 && name > 0 && name < 32);
			memcpy(open[depth], at + 1, name);
			open[depth++][name] = 0;
		}
		at = end;
	}
	assert_int_equal(depth, 0);
}

static void svg_says_what_it_shows(void **state)
{
	(void)state;
	static const char *const texts[] = {">shop on aws/us-east-1: 6.00 USD<",
					    "2011-11-16 00:00 to 2011-11-16 06:00 UTC",
					    "2 workloads together",
					    ">demand, highest<",
					    ">demand, mean<",
					    ">shortage<",
					    ">capacity, mean<",
					    ">desired, highest<",
					    ">ready, mean<",
					    "CPU, cores<",
					    "Shortage, cores<",
					    "Replicas<",
					    "Nodes<",
					    "Cost so far, USD<",
					    ">03:00<",
					    ">16 Nov 2011<"};
	size_t length;
	need_gnuplot();
	draw("run.svg", "shop on aws/us-east-1: 6.00 USD");
	char *svg = slurp("run.svg", &length);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!strstr(svg, texts[i]))
			fail_msg("'%s' is not in the picture", texts[i]);
	assert_null(strstr(svg, "href=\"http"));
	assert_xml(svg);
	assert_int_equal(files_in("."), 1);
}

static void same_run_same_bytes(void **state)
{
	(void)state;
	size_t length, again;
	need_gnuplot();
	draw("a.svg", "title");
	char *first = malloc(4000000);
	assert_non_null(first);
	memcpy(first, slurp("a.svg", &length), 4000000);
	draw("b.svg", "title");
	char *second = slurp("b.svg", &again);
	assert_int_equal(length, again);
	assert_memory_equal(first, second, length);
	free(first);
}

static void png_is_large_enough_to_be_crisp(void **state)
{
	(void)state;
	size_t length;
	need_gnuplot();
	draw("run.png", "title");
	const unsigned char *png = (unsigned char *)slurp("run.png", &length);
	assert_true(length > 10000);
	assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
	assert_int_equal(png[18] * 256 + png[19], 2000);
	assert_int_equal(png[22] * 256 + png[23], 1800);
}

/* To gnuplot most of these would be commands to run, markup, or the end of a string. */
static void names_and_titles_are_only_text(void **state)
{
	(void)state;
	static const char *const names[] = {"<touch ran.svg", "|touch ran.svg", "it's \"a\" `touch ran`.svg",
					    "$x.svg",         "~.svg",          "-.svg",
					    "a\\b.svg",       "@x {y}_^.svg",   "two\nlines.svg"};
	size_t length;
	need_gnuplot();
	for (size_t i = 0; i < COUNT(names); i++) {
		draw(names[i], "it's \"a\" `touch ran` <b> & {/:Bold x}_y^z @w \\n caf\xc3\xa9 \xff\x01.");
		char *svg = slurp(names[i], &length);
		assert_xml(svg);
		if (!strstr(svg, "it's \"a\" `touch ran` &lt;b> &amp; {/:Bold x}_y^z @w \\n caf\xc3\xa9 ??.<"))
			fail_msg("%s: the title is not there as it was given", names[i]);
		assert_int_equal(unlink(names[i]), 0);
		assert_int_equal(files_in("."), 0);
	}
}

static void another_folder(void **state)
{
	(void)state;
	size_t length;
	need_gnuplot();
	assert_int_equal(mkdir("a b'c", 0700), 0);
	draw("a b'c/run.svg", "title");
	assert_xml(slurp("a b'c/run.svg", &length));
	assert_int_equal(files_in("a b'c"), 1);
}

static void users_own_gnuplot_settings_do_not_matter(void **state)
{
	(void)state;
	size_t length;
	need_gnuplot();
	FILE *init = fopen(".gnuplot", "w");
	assert_non_null(init);
	fputs("set title 'MINE'\nthis is an error\n", init);
	fclose(init);
	setenv("HOME", folder, 1);
	setenv("GNUTERM", "nonsense", 1);
	draw("run.svg", "title");
	unsetenv("GNUTERM");
	assert_null(strstr(slurp("run.svg", &length), "MINE"));
}

static void no_gnuplot_one_clear_message(void **state)
{
	(void)state;
	char path[4096];
	snprintf(path, sizeof path, "%s", getenv("PATH"));
	setenv("PATH", "/nonexistent", 1);
	refused("run.svg", "pictures need gnuplot (Debian package gnuplot-nox)");
	setenv("PATH", path, 1);
	assert_int_equal(files_in("."), 0);
}

static void other_endings_are_refused(void **state)
{
	(void)state;
	refused("run.pdf", "must end in .svg or .png");
	refused("run", "must end in .svg or .png");
	refused("nowhere/run.svg", "nowhere/run.svg");
	assert_int_equal(files_in("."), 0);
}

static void failure_keeps_the_picture_of_before(void **state)
{
	(void)state;
	size_t length;
	need_gnuplot();
	assert_int_equal(mkdir("plots", 0700), 0);
	FILE *file = fopen("plots/replay.gp", "w");
	assert_non_null(file);
	fputs("plot 'missing file'\n", file);
	fclose(file);
	file = fopen("run.svg", "w");
	assert_non_null(file);
	fputs("before", file);
	fclose(file);
	setenv("PLIMSOLL_HOME", ".", 1);
	refused("run.svg", "gnuplot could not draw the picture: ");
	unsetenv("PLIMSOLL_HOME");
	assert_string_equal(slurp("run.svg", &length), "before");
	assert_int_equal(files_in("."), 2);
}

/* ---- what the buckets carry ---- */

static void one_workload_to_spare_does_not_hide_another_short(void **state)
{
	(void)state;
	struct timeline_sink sink;
	replay(&sink, 30 * DAY_MS); /* an hour a bucket */
	assert_int_equal(sink.bucket_ms, HOUR_MS);
	for (size_t i = 0; i < 720; i++) {
		const struct bucket *b = &sink.buckets[i];
		assert_int_equal(b->n, 60);
		assert_float_equal(b->shortage_most, 1, 1e-9);
		assert_float_equal(b->shortage / 60, 0.5, 1e-9);
		assert_float_equal(b->demand / 60, 2, 1e-9);
		assert_float_equal(b->demand_most, 3, 1e-9);
		assert_float_equal(b->capacity / 60, 4, 1e-9);
		assert_float_equal(b->desired_most, 4, 1e-9);
		assert_float_equal(b->cost, (double)i, 1e-9);
		assert_true(timeline_bucket_start(&sink, i) == START + (ms_t)i * HOUR_MS);
	}
	assert_int_equal(sink.buckets[720].n, 0);
	timeline_discard(&sink);
}

static void any_span_has_room(void **state)
{
	(void)state;
	for (ms_t from = -10 * DAY_MS; from < 10 * DAY_MS; from += 7919 * SECOND_MS)
		for (ms_t span = 1; span < 4000 * DAY_MS; span += span / 3 + 1) {
			struct timeline_sink sink;
			struct err err;
			struct timeline_row row = {.time = from, .workload = "web"};
			assert_int_equal(timeline_open(&sink, NULL, true, from, from + span, 1000, 1, &err), 0);
			assert_int_equal(timeline_take(&sink, &row, &err), 0);
			row.time = from + span;
			assert_int_equal(timeline_take(&sink, &row, &err), 0);
			uint32_t n = 0;
			for (size_t i = 0; i <= PICTURE_POINTS; i++)
				n += sink.buckets[i].n;
			assert_int_equal(n, 2);
			assert_true(timeline_bucket_start(&sink, 0) <= from);
			timeline_discard(&sink);
		}
}

static int enter(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/test_picture.XXXXXX");
	return getcwd(home, sizeof home) && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	char command[700];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return chdir(home) == 0 && system(command) == 0 ? 0 : -1;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(svg_says_what_it_shows),
	    IN_FOLDER(same_run_same_bytes),
	    IN_FOLDER(png_is_large_enough_to_be_crisp),
	    IN_FOLDER(names_and_titles_are_only_text),
	    IN_FOLDER(another_folder),
	    IN_FOLDER(users_own_gnuplot_settings_do_not_matter),
	    IN_FOLDER(no_gnuplot_one_clear_message),
	    IN_FOLDER(other_endings_are_refused),
	    IN_FOLDER(failure_keeps_the_picture_of_before),
	    cmocka_unit_test(one_workload_to_spare_does_not_hide_another_short),
	    cmocka_unit_test(any_span_has_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
