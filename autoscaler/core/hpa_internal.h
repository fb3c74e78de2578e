/* What the files of the horizontal autoscaler share: its lasting state. */
#ifndef PLIMSOLL_CORE_HPA_INTERNAL_H
#define PLIMSOLL_CORE_HPA_INTERNAL_H

#include "go.h"
#include "hpa.h"
#include "smooth.h"

#define HPA_HISTORY_MAX 4096 /* entries in one window or list of events, whatever the settings say */

/* A recommendation that may still be the largest of its window. */
struct mark {
	ms_t at;
	int64_t key; /* replicas; negated in the window of scale-up, which looks for the smallest */
};

/* Sliding maximum: keys strictly decrease and times never do, from head on. A mark counts while at > now - keep.
 * When the ring is full, the newest mark lives longer in place of the one that has no room: a little too much is
 * held, never too little. */
struct window {
	struct mark *ring;
	uint32_t mask, head, count;
	ms_t keep; /* 0: nothing ever counts */
};

struct scale_event {
	ms_t at;
	int32_t change; /* positive in both directions */
};

/* Events of one direction in upstream's slots: an event older than the longest period of its own direction is
 * overwritten only by the next one, and until then still counts for longer periods of the other direction. */
struct events {
	struct scale_event *slots;
	uint32_t capacity, count;
	ms_t longest, newest;
};

struct hpa {
	const struct hpa_spec *spec;
	struct calc_options options;
	struct window up, down;
	struct events added, removed;
	ms_t now; /* of the latest call */
	bool started, scaled_to_zero, has_shared_metric;
	struct condition active, limited; /* as last set */
	struct smoother **smoothers;      /* one a metric, or NULL */
	double *smoother_states;          /* room for the states of all smoothers, twice */
	size_t n_smoother_states;
};

void hpa_shift_history(struct hpa *, ms_t back);

/* Takes the time of a call. A clock that steps back shifts the history with it, as if no time had passed. */
static inline void hpa_set_clock(struct hpa *hpa, ms_t now)
{
	if (__builtin_expect(now < hpa->now, 0))
		hpa_shift_history(hpa, ms_before(hpa->now, now));
	hpa->now = now;
}

void window_push(struct window *, ms_t at, int64_t key);
void events_push(struct events *, ms_t at, int32_t change);

/* The calculator with the signal filtered; smoother may be NULL. */
void replicas_smoothed(const struct metric_spec *, const struct metric_input *, const struct hpa_input *,
		       const struct calc_options *, struct smoother *, struct proposal *);

#endif
