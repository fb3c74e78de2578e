#include "event.h"

#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void sift_down(struct event_queue *queue, struct event event)
{
	size_t at = 0;
	for (size_t child = 1; child < queue->count; child = 2 * at + 1) {
		if (child + 1 < queue->count && before(&queue->heap[child + 1], &queue->heap[child]))
			child++;
		if (!before(&queue->heap[child], &event))
			break;
		queue->heap[at] = queue->heap[child];
		at = child;
	}
	queue->heap[at] = event;
}

static uint64_t order(struct event_queue *queue, enum event_kind kind)
{
	return (uint64_t)kind << 56 | queue->sequence++;
}

int event_push(struct event_queue *queue, ms_t time, enum event_kind kind, uint32_t subject, uint32_t version)
{
	if (queue->count == queue->capacity) {
		size_t capacity = queue->capacity ? 2 * queue->capacity : 256;
		struct event *heap = realloc(queue->heap, capacity * sizeof *heap);
		if (!heap)
			return -1;
		queue->heap = heap;
		queue->capacity = capacity;
	}
	struct event event = {time, order(queue, kind), subject, version};
	size_t at = queue->count++;
	while (at > 0 && before(&event, &queue->heap[(at - 1) / 2])) {
		queue->heap[at] = queue->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->heap[at] = event;
	return 0;
}

void event_pop(struct event_queue *queue)
{
	struct event last = queue->heap[--queue->count];
	if (queue->count)
		sift_down(queue, last);
}

void event_repeat(struct event_queue *queue, ms_t time)
{
	struct event event = queue->heap[0];
	event.time = time;
	event.order = order(queue, event_kind(&event));
	sift_down(queue, event);
}

void event_queue_free(struct event_queue *queue)
{
	free(queue->heap);
	*queue = (struct event_queue){0};
}
