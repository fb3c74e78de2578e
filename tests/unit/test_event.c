#include "../../sim/event.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void take(struct event_queue *queue, ms_t time, enum event_kind kind, uint32_t subject)
{
	assert_true(queue->count > 0);
	assert_int_equal(queue->heap[0].time, time);
	assert_int_equal(event_kind(&queue->heap[0]), kind);
	assert_int_equal(queue->heap[0].subject, subject);
	event_pop(queue);
}

/* At one moment: by kind, and of one kind in the order in which they came. */
static void test_ties(void **state)
{
	(void)state;
	struct event_queue queue = {0};
	event_push(&queue, 5, EVENT_TICK, 1, 0);
	event_push(&queue, 5, EVENT_REPORT, 2, 0);
	event_push(&queue, 5, EVENT_LOAD, 3, 0);
	event_push(&queue, 5, EVENT_TICK, 4, 0);
	event_push(&queue, 4, EVENT_REPORT, 5, 0);
	event_push(&queue, 5, EVENT_LOAD, 6, 0);
	event_push(&queue, 5, EVENT_SCRAPE, 7, 0);
	take(&queue, 4, EVENT_REPORT, 5);
	take(&queue, 5, EVENT_LOAD, 3);
	take(&queue, 5, EVENT_LOAD, 6);
	take(&queue, 5, EVENT_SCRAPE, 7);
	take(&queue, 5, EVENT_TICK, 1);
	take(&queue, 5, EVENT_TICK, 4);
	take(&queue, 5, EVENT_REPORT, 2);
	assert_int_equal(queue.count, 0);
	event_queue_free(&queue);
}

/* A repeated event queues behind those of its kind that are there already. */
static void test_repeat(void **state)
{
	(void)state;
	struct event_queue queue = {0};
	event_push(&queue, 1, EVENT_SCRAPE, 1, 7);
	event_push(&queue, 9, EVENT_SCRAPE, 2, 8);
	event_repeat(&queue, 9);
	assert_int_equal(queue.heap[0].version, 8);
	take(&queue, 9, EVENT_SCRAPE, 2);
	assert_int_equal(queue.heap[0].version, 7);
	take(&queue, 9, EVENT_SCRAPE, 1);
	event_queue_free(&queue);
}

/* ---- against a list that is searched for its least ---- */

struct plain {
	ms_t time;
	int kind;
	uint64_t came;
	uint32_t subject;
};

static size_t least(const struct plain *list, size_t n)
{
	size_t best = 0;
	for (size_t i = 1; i < n; i++) {
		const struct plain *a = &list[i], *b = &list[best];
		if (a->time < b->time ||
		    (a->time == b->time && (a->kind < b->kind || (a->kind == b->kind && a->came < b->came))))
			best = i;
	}
	return best;
}

static void test_against_list(void **state)
{
	(void)state;
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 20261124, n = 0, came = 0;
	print_message("seed %llu\n", (unsigned long long)seed);
	struct event_queue queue = {0};
	static struct plain list[2000];
	size_t count = 0;
	for (uint32_t step = 0; step < 40000; step++) {
		uint64_t draw = mix64(seed ^ mix64(n++));
		bool grow = count < 1000 ? draw % 8 < 5 : draw % 8 < 3;
		size_t first = count ? least(list, count) : 0;
		if (count && (!grow || count == COUNT(list))) {
			assert_int_equal(queue.heap[0].time, list[first].time);
			assert_int_equal(event_kind(&queue.heap[0]), list[first].kind);
			assert_int_equal(queue.heap[0].subject, list[first].subject);
			if (draw >> 20 & 1) {
				list[first].time += (ms_t)(draw >> 30 & 15);
				list[first].came = came++;
				event_repeat(&queue, list[first].time);
			} else {
				event_pop(&queue);
				list[first] = list[--count];
			}
		} else {
			struct plain event = {(ms_t)(draw >> 10 & 63) + (ms_t)step / 100,
					      (int)((draw >> 40) % (EVENT_REPORT + 1)), came++, step};
			list[count++] = event;
			assert_int_equal(event_push(&queue, event.time, (enum event_kind)event.kind, step, 0), 0);
		}
		assert_int_equal(queue.count, count);
	}
	event_queue_free(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ties), cmocka_unit_test(test_repeat),
					   cmocka_unit_test(test_against_list)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
