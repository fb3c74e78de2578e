#include "../../autoscaler/io/text/log.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

/* One line comes out, whatever goes in. */

static char written[4096];

static const char *after_time(struct log *log)
{
	rewind(log->file);
	written[fread(written, 1, sizeof written - 1, log->file)] = 0;
	fclose(log->file);
	char *end = strchr(written, '\n');
	assert_non_null(end);
	assert_int_equal(end[1], 0); /* one line */
	*end = 0;
	return written;
}

static struct log open_log(bool json)
{
	struct log log = {.file = tmpfile(), .level = LOG_INFO, .json = json};
	assert_non_null(log.file);
	return log;
}

static void test_text(void **state)
{
	struct log log = open_log(false);
	struct log_number n;
	(void)state;
	log_line(&log, LOG_DEBUG, "not told", NULL);
	log_line(&log, LOG_INFO, "scaled", "autoscaler", "default/web", "from", log_int(&n, -3), "why",
		 "a \"b\"\nc=\x01", "empty", "", NULL);
	assert_int_equal(log.lines[LOG_INFO], 1);
	assert_int_equal(log.lines[LOG_DEBUG], 0);
	assert_string_equal(after_time(&log) + strlen("2026-11-24T14:25:05.123Z"),
			    " INFO scaled autoscaler=default/web from=-3 why=\"a \\\"b\\\"\\nc=\\u0001\" empty=\"\"");
}

static void test_json(void **state)
{
	struct log log = open_log(true);
	(void)state;
	log_line(&log, LOG_ERROR, "no \"answer\"\n", "why", "gr\xc3\xbc\xc3\x9f\x65 \xff\x1b[2J", NULL);
	const char *line = after_time(&log);
	assert_memory_equal(line, "{\"time\":\"", 9);
	assert_string_equal(
	    line + strlen("{\"time\":\"2026-11-24T14:25:05.123Z"),
	    "\",\"level\":\"error\",\"message\":\"no \\\"answer\\\"\\n\",\"why\":\"gr\xc3\xbc\xc3\x9f\x65 "
	    "\\ufffd\\u001b[2J\"}");
}

static void test_levels(void **state)
{
	(void)state;
	log_line(NULL, LOG_ERROR, "nowhere", NULL);
	assert_int_equal(log_level_parse("error"), LOG_ERROR);
	assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
	assert_int_equal(log_level_parse("Debug"), -1);
	assert_int_equal(log_level_parse(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
