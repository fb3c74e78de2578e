#include "loop.h"

static ms_t fail(struct loop *loop, ms_t now, const struct err *err)
{
	loop->failed_ticks++;
	loop->last_error = *err;
	core_postpone(loop->core, now);
	return core_next(loop->core);
}

static void act(struct loop *loop, const struct tick_record *record)
{
	const struct plan *plan = record->plan;
	bool *accepted = core_accepted(loop->core);
	struct err err;
	memset(accepted, 0, plan->n_actions * sizeof *accepted);
	if (loop->actuator.apply(loop->actuator.self, plan->actions, plan->n_actions, accepted, &err) < 0)
		loop->last_error = err;
	core_settle(loop->core, plan, accepted);
	for (uint32_t i = 0; i < plan->n_actions; i++)
		loop->failed_actions += !accepted[i];
	loop->actions += plan->n_actions;
	if (loop->journal.settle && loop->journal.settle(loop->journal.self, record, accepted, &err) < 0)
		loop->last_error = err;
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
	const struct tick_record record = {&snapshot, &plan};
	if (loop->journal.append && loop->journal.append(loop->journal.self, &record, &err) < 0)
		return fail(loop, now, &err);
	if (plan.n_actions)
		act(loop, &record);
	return core_next(loop->core);
}
