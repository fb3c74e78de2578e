/* The two clocks of io, in milliseconds. Private to io and cmd. */
#ifndef PLIMSOLL_CLOCK_H
#define PLIMSOLL_CLOCK_H

#include "base.h"

#include <time.h>

static inline ms_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (ms_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* Never jumps; says nothing of the time of day. */
static inline ms_t clock_mono(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static inline ms_t clock_wall(void)
{
	return clock_ms(CLOCK_REALTIME);
}

#endif
