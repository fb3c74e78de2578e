#include "loop.h"

static ms_t fail(struct loop *loop, ms_t now, const struct err *err)
{
	loop->failed_ticks++;
	loop->last_error = *err;
	core_postpone(loop->core, now);
	return core_next(loop->core);
}

ms_t loop_tick(struct loop *loop, ms_t now)
{
	struct snapshot snapshot;
	struct plan plan;
	struct err err;
	memset(&snapshot, 0, sizeof snapshot);
	snapshot.time = now;
	snapshot.due = core_due(loop->core, now);
	loop->ticks++;
	if (loop->source.observe(loop->source.self, now, &snapshot, &err) < 0 ||
	    core_step(loop->core, &snapshot, &plan, &err) < 0)
		return fail(loop, now, &err);
	loop->decisions += plan.n_decisions + (plan.nodes.reason != NODES_NOT_DUE);
	if (loop->journal.append) {
		struct tick_record record = {&snapshot, &plan};
		if (loop->journal.append(loop->journal.self, &record, &err) < 0)
			return fail(loop, now, &err);
	}
	for (uint32_t i = 0; i < plan.n_actions; i++) {
		loop->actions++;
		if (loop->actuator.apply(loop->actuator.self, &plan.actions[i], &err) < 0) {
			loop->failed_actions++;
			loop->last_error = err;
		}
	}
	return core_next(loop->core);
}
