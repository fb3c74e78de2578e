#include "../../autoscaler/cmd/cmd.h"
#include "base.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

struct outcome {
	int code;
	char out[400000], err[4096];
};

static void slurp(FILE *file, char *text, size_t size)
{
	rewind(file);
	size_t n = fread(text, 1, size - 1, file);
	text[n] = 0;
	fclose(file);
}

/* Runs the verb on the words of a command line, its output kept. */
static struct outcome *run(const char *line)
{
	static struct outcome outcome;
	char words[512], *argv[32], *rest = NULL;
	int argc = 0;
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok_r(words, " ", &rest); word && argc < 31; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	FILE *out = tmpfile(), *err = tmpfile();
	assert_true(out && err);
	fflush(NULL);
	int old_out = dup(1), old_err = dup(2);
	dup2(fileno(out), 1);
	dup2(fileno(err), 2);
	outcome.code = verb_price.run(&verb_price, argc, argv);
	fflush(NULL);
	dup2(old_out, 1);
	dup2(old_err, 2);
	close(old_out);
	close(old_err);
	slurp(out, outcome.out, sizeof outcome.out);
	slurp(err, outcome.err, sizeof outcome.err);
	return &outcome;
}

static size_t lines_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static size_t widest(const char *text)
{
	size_t most = 0;
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		most = (size_t)(end - text) > most ? (size_t)(end - text) : most;
	return most;
}

static void regions_are_listed(void **state)
{
	(void)state;
	struct outcome *got = run("price");
	assert_int_equal(got->code, 0);
	assert_non_null(strstr(got->out, "\naws/us-east-1 "));
	assert_non_null(strstr(got->out, "\ngcp/us-central1 "));
	assert_non_null(strstr(got->out, "Sources:\n"));
	got = run("price -o csv");
	assert_int_equal(lines_of(got->out), 14);
}

static void types_are_filtered_and_sorted(void **state)
{
	(void)state;
	struct outcome *got = run("price aws/us-east-1 --vcpu 4 --memory 16Gi --arch amd64 --general");
	assert_int_equal(got->code, 0);
	assert_true(widest(got->out) <= 80);
	assert_true(strncmp(strchr(got->out, '\n'), "\nm5a.xlarge ", 12) == 0);
	assert_null(strstr(got->out, "m5.large"));
	assert_null(strstr(got->out, "m7g."));
	got = run("price aws/us-east-1 -o csv --gpu 8");
	double last = 0;
	size_t n = 0;
	for (char *row = strchr(got->out, '\n') + 1; *row; row = strchr(row, '\n') + 1, n++) {
		char name[64];
		double vcpu, gib, gpus, usd;
		assert_int_equal(sscanf(row, "%63[^,],%lf,%lf,%lf,amd64,gpu,%lf", name, &vcpu, &gib, &gpus, &usd), 5);
		assert_true(gpus >= 8 && usd >= last);
		last = usd;
	}
	assert_true(n > 3);
	got = run("price aws/us-east-1 --vcpu 9999");
	assert_int_equal(got->code, 0);
	assert_non_null(strstr(got->out, "None of the 1113 types"));
	assert_string_equal(run("price aws/us-east-1 --vcpu 9999 -o json")->out, "[\n]\n");
}

static void every_region_fits_the_terminal(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "price",        "price aws/eu-west-1",           "price azure/eastus --general", "price gcp/us-central1",
	    "price --help", "price gcp/europe-west6 --gpu 0"};
	for (size_t i = 0; i < COUNT(lines); i++) {
		char *out = run(lines[i])->out, *sources = strstr(out, "\nSources:");
		if (sources)
			*sources = 0;
		if (widest(out) > 80)
			fail_msg("%s: %zu columns", lines[i], widest(out));
	}
}

static void wrong_words(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"price aws/us-est-1", "plimsoll price: unknown region 'aws/us-est-1'; did you mean 'aws/us-east-1'? "
				   "`plimsoll price` lists all 13\n"},
	    {"price --foo", "plimsoll price: unknown option '--foo'; see `plimsoll price --help`\n"},
	    {"price --memry 1Gi", "plimsoll price: unknown option '--memry'; did you mean --memory?\n"},
	    {"price --vcpu", "plimsoll price: '--vcpu' needs a value\n"},
	    {"price a b", "plimsoll price: one region at a time; what is 'b'?\n"},
	    {"price -o xml", "plimsoll price: unknown output format 'xml'; allowed: table, csv, json\n"},
	    {"price --arch x86", "plimsoll price: --arch: unknown architecture 'x86'; allowed: amd64, arm64\n"},
	    {"price aws/us-east-1 --memory -1Gi", "plimsoll price: --memory: '-1Gi' is below zero\n"},
	    {"price --data /nonexistent",
	     "plimsoll price: /nonexistent/prices/aws_instances.csv: No such file or directory\n"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome *got = run(cases[i][0]);
		assert_string_equal(got->err, cases[i][1]);
		assert_string_equal(got->out, "");
		assert_int_equal(got->code, 2);
	}
	struct outcome *got = run("price aws/us-east-1 --vcpu four");
	assert_int_equal(got->code, 2);
	assert_int_equal(lines_of(got->err), 1);
}

static void the_environment_names_the_lists(void **state)
{
	(void)state;
	setenv("PLIMSOLL_HOME", "/nonexistent", 1);
	struct outcome *got = run("price");
	unsetenv("PLIMSOLL_HOME");
	assert_int_equal(got->code, 2);
	assert_non_null(strstr(got->err, "data is not in /nonexistent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(regions_are_listed),
	    cmocka_unit_test(types_are_filtered_and_sorted),
	    cmocka_unit_test(every_region_fits_the_terminal),
	    cmocka_unit_test(wrong_words),
	    cmocka_unit_test(the_environment_names_the_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
