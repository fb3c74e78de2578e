#include "../../autoscaler/io/text/outfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own: a file with something in it, and a link to that file. */
struct place {
	char folder[64], file[96], link[96];
};

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_text(const char *path, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = 0;
	assert_string_equal(text, expected);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	assert_non_null(place);
	snprintf(place->folder, sizeof place->folder, "/tmp/outfile.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->file, sizeof place->file, "%s/file", place->folder);
	snprintf(place->link, sizeof place->link, "%s/link", place->folder);
	write_text(place->file, "before");
	assert_int_equal(symlink(place->file, place->link), 0);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	unlink(place->link);
	unlink(place->file);
	int left = rmdir(place->folder); /* fails when something else was left in it */
	free(place);
	return left;
}

static void open_and_write(struct outfile *out, const char *path)
{
	struct err err;
	assert_int_equal(outfile_open(out, path, &err), 0);
	fputs("after", out->file);
}

static void test_appears_when_complete(void **state)
{
	const struct place *place = *state;
	struct outfile out;
	struct err err;
	open_and_write(&out, place->file);
	assert_int_equal(outfile_flush(&out, &err), 0);
	assert_text(place->file, "before");
	assert_int_equal(outfile_commit(&out, &err), 0);
	assert_text(place->file, "after");
	outfile_discard(&out);
	assert_text(place->file, "after");
}

static void test_discarded_leaves_what_was(void **state)
{
	const struct place *place = *state;
	struct outfile out;
	open_and_write(&out, place->file);
	outfile_discard(&out);
	assert_text(place->file, "before");
}

/* As /dev/stdout is, when it goes to a file. */
static void test_link_is_written_through(void **state)
{
	const struct place *place = *state;
	struct outfile out;
	struct err err;
	struct stat status;
	open_and_write(&out, place->link);
	assert_int_equal(outfile_commit(&out, &err), 0);
	assert_int_equal(lstat(place->link, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_text(place->file, "after");
}

static void test_open_file_by_descriptor(void **state)
{
	const struct place *place = *state;
	struct outfile out;
	struct err err;
	char path[64];
	FILE *held = fopen(place->file, "r+");
	assert_non_null(held);
	snprintf(path, sizeof path, "/dev/fd/%d", fileno(held));
	open_and_write(&out, path);
	assert_int_equal(outfile_commit(&out, &err), 0);
	fclose(held);
	assert_text(place->file, "after");
}

static void test_device(void **state)
{
	struct outfile out;
	struct err err;
	(void)state;
	open_and_write(&out, "/dev/null");
	assert_int_equal(outfile_commit(&out, &err), 0);
	assert_int_equal(access("/dev/null", W_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_appears_when_complete, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_discarded_leaves_what_was, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_link_is_written_through, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_open_file_by_descriptor, set_up, tear_down),
	    cmocka_unit_test(test_device),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
