#include "live.h"

#include <time.h>

#define STEP_MS      SECOND_MS /* a wall clock this far off has been stepped */
#define SLEW_MS      5         /* a smaller difference is made up at so many ms in a second */
#define LONGEST_WAIT SECOND_MS
#define RETRY_WAIT   SECOND_MS

static ms_t read_clock(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (ms_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

ms_t live_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

ms_t live_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

/* Pure, so that it can be tried with any clocks. */
ms_t live_clock_read(struct live_clock *clock, ms_t mono, ms_t wall)
{
	if (!clock->started) {
		*clock = (struct live_clock){.core_less_mono = wall - mono, .mono = mono, .started = true};
		return wall;
	}
	ms_t off = mono + clock->core_less_mono - wall - clock->ahead; /* how far the core's time is before the wall */
	if (off <= -STEP_MS || off >= STEP_MS) {
		clock->ahead += off;
		clock->steps++;
	} else {
		ms_t most = (mono - clock->mono) * SLEW_MS / SECOND_MS;
		ms_t slewed = off > 0 ? min64(off, most) : max64(off, -most);
		if (most == 0)
			return mono + clock->core_less_mono; /* too soon to slew: the time that went by counts later */
		clock->core_less_mono -= slewed;
	}
	clock->mono = mono;
	return mono + clock->core_less_mono;
}

ms_t live_now(struct live_clock *clock)
{
	return live_clock_read(clock, live_mono(), live_wall());
}

/* ---- the core of the present specs ---- */

struct reign {
	struct arena arena; /* owns the core */
	uint64_t generation;
	bool first;
};

/* What a core remembers, on the heap; NULL when there is no memory for it. */
static unsigned char *remember(const struct core *core, size_t *size)
{
	*size = core_save(core, NULL, 0);
	unsigned char *bytes = malloc(*size);
	if (bytes)
		core_save(core, bytes, *size);
	return bytes;
}

static int inherit(struct core *to, const struct core *from, struct err *err)
{
	size_t size;
	unsigned char *bytes = remember(from, &size);
	int result =
	    bytes ? core_restore(to, bytes, size, err) : err_set(err, "out of memory for %zu bytes of history", size);
	free(bytes);
	return result;
}

/* A core for the present specs takes over from the one before. On failure that one stays. */
static int succeed(struct loop *loop, struct reign *reign, const struct live_world *world, ms_t now, struct err *err)
{
	struct core_config config = {.start = now};
	uint64_t generation = reign->generation;
	if (world->configure(world->self, &config, &generation, err) < 0)
		return -1;
	if (loop->core && generation == reign->generation)
		return 0;
	struct arena arena = {0};
	struct core *core = core_new(&config, &arena, err);
	if (!core || (loop->core && inherit(core, loop->core, err) < 0) ||
	    world->adopt(world->self, core, &config, reign->first, now, err) < 0) {
		arena_free(&arena);
		return -1;
	}
	arena_free(&reign->arena);
	*reign = (struct reign){arena, generation, false};
	loop->core = core;
	return 0;
}

/* ---- the loop ---- */

static int turn(struct loop *loop, struct live_clock *clock, const struct live_world *world, struct reign *reign,
		struct err *err)
{
	ms_t now = live_now(clock);
	if (!world->ready(world->self))
		return world->wait(world->self, LONGEST_WAIT, err);
	if (succeed(loop, reign, world, now, err) < 0) {
		loop->failed_ticks++;
		loop->last_error = *err;
		world->ticked(world->self, loop, now, 0);
		return world->wait(world->self, RETRY_WAIT, err);
	}
	if (world->woken(world->self))
		core_wake_nodes(loop->core, now);
	ms_t due = core_next(loop->core);
	if (due > now)
		return world->wait(world->self, min64(due - now, LONGEST_WAIT), err);
	ms_t started = live_mono();
	loop_tick(loop, now);
	world->ticked(world->self, loop, now, live_mono() - started);
	return world->wait(world->self, 0, err);
}

int live_run(struct loop *loop, struct live_clock *clock, const struct live_world *world, struct err *err)
{
	struct reign reign = {.first = true};
	int result = 0;
	while (result == 0 && !world->stop(world->self))
		result = turn(loop, clock, world, &reign, err) < 0 ? -1 : 0;
	loop->core = NULL;
	arena_free(&reign.arena);
	return result;
}
