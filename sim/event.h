/* The event queue: a total order by time, then priority, then order of insertion. */
#ifndef PLIMSOLL_SIM_EVENT_H
#define PLIMSOLL_SIM_EVENT_H

#include "base.h"

/* At one moment things happen in this order: the load changes, pods and nodes live on, the scheduler looks,
 * metrics are scraped, controllers decide, the report is written. */
enum event_kind {
	EVENT_LOAD,
	EVENT_BACKLOG_EMPTY,
	EVENT_NODE_READY,
	EVENT_NODE_DRAIN,
	EVENT_POD_RUNNING,
	EVENT_POD_READY,
	EVENT_POD_GONE,
	EVENT_SCHEDULE,
	EVENT_SCRAPE,
	EVENT_TICK,
	EVENT_REPORT,
};

struct event {
	ms_t time;
	uint64_t order;            /* kind, then sequence */
	uint32_t subject, version; /* a pod, node or workload; stale when its version has moved on */
};

static inline enum event_kind event_kind(const struct event *event)
{
	return (enum event_kind)(event->order >> 56);
}

struct event_queue {
	struct event *heap; /* heap[0] is the next */
	size_t count, capacity;
	uint64_t sequence;
};

/* Negative when memory is exhausted. */
int event_push(struct event_queue *, ms_t time, enum event_kind, uint32_t subject, uint32_t version);
void event_pop(struct event_queue *);
/* The next event again, at a later time: one sift instead of two. */
void event_repeat(struct event_queue *, ms_t time);
void event_queue_free(struct event_queue *);

#endif
