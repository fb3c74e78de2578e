/* The loop in real time. live.c is the only file of the program's own that reads a clock for decisions.
 *
 * The core's time runs with the monotonic clock: it never jumps. It starts as the wall clock; when the wall clock is
 * stepped, `ahead` (core's time less wall clock) takes up the difference, and instants that the API gives, which are
 * wall clock, are shifted by it on their way in. */
#ifndef PLIMSOLL_LIVE_H
#define PLIMSOLL_LIVE_H

#include "loop.h"

struct live_clock {
	ms_t ahead;                /* core's time = wall clock + ahead */
	uint64_t steps;            /* how often the wall clock was found stepped */
	ms_t core_less_mono, mono; /* mono: when it was last looked at */
	bool started;
};
/* The same with the clocks as they are given. */
ms_t live_clock_read(struct live_clock *, ms_t mono, ms_t wall);
/* Steps of less than a second are slewed into: at most 5 ms a second. */
ms_t live_now(struct live_clock *);
ms_t live_mono(void);
ms_t live_wall(void);

/* What the program plugs in. */
struct live_world {
	void *self;
	/* Handles events for at most so long; returns sooner at will. */
	int (*wait)(void *self, ms_t wait, struct err *);
	/* Whether ticks are to be made: all that is watched has been listed. */
	bool (*ready)(void *self);
	/* The present specs. Those of the core in use stay valid, too, until another core was adopted. */
	int (*configure)(void *self, struct core_config *, uint64_t *generation, struct err *);
	/* A core was made for them, and is to be given what is known of before (and a journal to begin). */
	int (*adopt)(void *self, struct core *, const struct core_config *, bool first, ms_t now, struct err *);
	/* After a tick, made or failed. */
	void (*ticked)(void *self, const struct loop *, ms_t now, ms_t took);
	/* An unschedulable pod is new: nodes are looked at now. Asked after each wait. */
	bool (*woken)(void *self);
	bool (*stop)(void *self);
};

/* Until stop. Source, actuator and journal are those of `loop`; its core is made here, anew whenever the specs change,
 * keeping all that it remembered. */
int live_run(struct loop *, struct live_clock *, const struct live_world *, struct err *);

#endif
