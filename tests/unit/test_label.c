#include "../../autoscaler/io/text/label.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define WIDTH  880.0
#define HEIGHT 510.0

static double overlap(const struct label *a, const struct label *b)
{
	double width = (a->right < b->right ? a->right : b->right) - (a->left > b->left ? a->left : b->left);
	double height = 14 - (a->base > b->base ? a->base - b->base : b->base - a->base);
	return width > 0 && height > 0 ? width * height : 0;
}

static void assert_apart(const struct label *labels, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!labels[i].shown)
			continue;
		for (size_t k = 0; k < i; k++)
			if (labels[k].shown &&
			    overlap(&labels[i], &labels[k]) > 0.35 * 14 * (labels[i].right - labels[i].left))
				fail_msg("%s hides %s", labels[i].text, labels[k].text);
		assert_true(labels[i].base >= 0 && labels[i].base <= HEIGHT);
	}
}

static void test_one_stands_right_of_its_point(void **state)
{
	struct label label = {.text = "spot", .x = 100, .y = 100};
	(void)state;
	labels_place(&label, 1, WIDTH, HEIGHT);
	assert_true(label.shown && !label.line);
	assert_true(label.left > 100 && label.left < 115 && label.base > 99 && label.base < 101);
}

static void test_no_label_leaves_the_field(void **state)
{
	struct label label = {.text = "a rather long name of a plan", .x = WIDTH - 5, .y = HEIGHT / 2};
	(void)state;
	labels_place(&label, 1, WIDTH, HEIGHT);
	assert_true(label.shown && label.right <= WIDTH);
}

static void test_an_error_bar_is_not_written_over(void **state)
{
	struct label label = {.text = "spot", .x = 400, .y = 200, .dx = 200};
	(void)state;
	labels_place(&label, 1, WIDTH, HEIGHT);
	assert_true(label.shown && (label.base > 208 || label.base < 192));
}

static void test_points_in_one_spot(void **state)
{
	struct label labels[12];
	(void)state;
	for (size_t i = 0; i < COUNT(labels); i++)
		labels[i] = (struct label){.text = "on-demand", .x = 300, .y = 250};
	labels_place(labels, COUNT(labels), WIDTH, HEIGHT);
	assert_apart(labels, COUNT(labels));
}

/* In a crowd names are left out, but none that matters. */
static void test_a_crowd(void **state)
{
	enum { N = 300 };
	struct label labels[N];
	size_t shown = 0;
	(void)state;
	for (size_t i = 0; i < N; i++)
		labels[i] = (struct label){.text = "lean, on-demand",
					   .x = WIDTH * (double)(mix64(2 * i) % 1000) / 1000,
					   .y = HEIGHT * (double)(mix64(2 * i + 1) % 1000) / 1000,
					   .important = i % 100 == 0};
	labels_place(labels, N, WIDTH, HEIGHT);
	for (size_t i = 0; i < N; i++) {
		shown += labels[i].shown;
		assert_true(labels[i].shown || !labels[i].important);
	}
	assert_in_range(shown, 20, N - 1);
	assert_apart(labels, N);
}

static void test_no_name_no_label(void **state)
{
	struct label label = {.text = "", .x = 10, .y = 10, .important = true};
	(void)state;
	labels_place(&label, 1, WIDTH, HEIGHT);
	assert_false(label.shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_stands_right_of_its_point),
	    cmocka_unit_test(test_no_label_leaves_the_field),
	    cmocka_unit_test(test_an_error_bar_is_not_written_over),
	    cmocka_unit_test(test_points_in_one_spot),
	    cmocka_unit_test(test_a_crowd),
	    cmocka_unit_test(test_no_name_no_label),
	};
	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
