#include "../../autoscaler/io/live/pods.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static const char *const texts[][2] = {
    {"", ""},
    {"app=web", "app=web"},
    {"app == web , tier in ( a, b,a ), !old,new", "app=web,tier in (a,b),!old,new"},
    {"a!=b,c notin (d,e),f notin (g),h in (i)", "a!=b,c notin (d,e),f!=g,h=i"},
    {"x=", "x="},
};

static void test_texts(void **state)
{
	(void)state;
	struct err err;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	assert_non_null(pods);
	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[100], cut[4] = "###";
		struct live_selector *selector = live_selector_parse(pods, texts[i][0], &err);
		assert_non_null(selector);
		int length = (int)strlen(texts[i][1]);
		assert_int_equal(live_selector_text(selector, text, sizeof text), length);
		assert_string_equal(text, texts[i][1]);
		assert_int_equal(live_selector_text(selector, cut, sizeof cut), length);
		assert_memory_equal(cut, texts[i][1], length < 3 ? (size_t)length : 3);
		assert_int_equal(live_selector_text(selector, NULL, 0), length);
		live_selector_free(selector);
	}
	struct live_selector *nothing = live_selector_of(pods, (struct json_value){0}, &err);
	assert_non_null(nothing);
	assert_int_equal(live_selector_text(nothing, NULL, 0), -1);
	live_selector_free(nothing);
	live_pods_close(pods);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
