#include "world.h"

/* ---- how it starts: as a cluster that has been running for an hour ---- */

static int32_t replicas_at_start(const struct world *world, const struct workload *workload)
{
	const struct hpa_spec *hpa = workload->autoscaler;
	int64_t replicas = workload->spec->replicas;
	if (!hpa)
		return workload->spec->replicas;
	if (world->settings->sim.start == START_STEADY)
		return (int32_t)max64(sizing_pods(workload, workload->next_point),
				      1); /* at 0 an HPA would do nothing */
	return (int32_t)min64(max64(replicas, hpa->min_replicas), hpa->max_replicas);
}

static uint32_t room_for(struct world *world, const struct workload *workload)
{
	uint32_t slot = schedule_pick(world, workload);
	for (uint32_t g = 0; slot == NONE && g < world->n_groups; g++) {
		const struct group_view *group = &world->group_views[g];
		int32_t most = world->settings->ca.enabled ? group->max : group->min;
		if (group->size < most && workload->cpu_request_milli <= group->cpu_milli &&
		    workload->memory_request_bytes <= group->memory_bytes)
			slot = node_create(world, g, true);
	}
	return slot;
}

static void start_pod(struct world *world, struct workload *workload)
{
	ms_t ago = world->now - HOUR_MS;
	uint32_t slot = room_for(world, workload);
	uint32_t id = pod_create(world, workload);
	if (id == NONE || slot == NONE)
		return; /* stays pending: the cluster is too small from the start */
	struct life_record *life = &world->lives[id];
	world->n_queue--;
	life->life = LIFE_READY;
	life->created_at = life->running_at = ago;
	workload->pods[life->index] = (struct pod){ago, ago, POD_RUNNING, POD_READY_TRUE, false};
	workload->scrapes[life->index] = 1;
	workload->pending--;
	workload->ready++;
	pod_place(world, id, slot);
	world->nodes[slot].image_at[workload->image] = ago;
}

static int start_workload(struct world *world, struct workload *workload)
{
	const struct load_series *series = workload->series;
	workload->demand_nano = 0;
	while (series && workload->next_point + 1 < series->n && series->time[workload->next_point + 1] <= world->now)
		workload->next_point++;
	workload->desired = replicas_at_start(world, workload);
	for (int32_t i = 0; i < workload->desired && !world->out_of_memory; i++)
		start_pod(world, workload);
	if (series && series->time[workload->next_point] <= world->now)
		service_load(world, workload);
	else if (series)
		world_push(world, series->time[workload->next_point], EVENT_LOAD,
			   (uint32_t)(workload - world->workloads), 0);
	service_flush(world);
	int64_t milli = (workload->each_nano + 999999) / 1000000;
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		workload->used_at[i] = workload->scraped_at;
		workload->cpu[i] = (struct sample){milli, workload->scraped_at, world->settings->metrics.resolution};
	}
	return world->out_of_memory ? -1 : 0;
}

static int start(struct world *world, struct err *err)
{
	for (uint32_t g = 0; g < world->n_groups; g++)
		while (world->group_views[g].size < world->groups[g].spec->min)
			if (node_create(world, g, true) == NONE)
				return err_set(err, "out of memory for the first nodes");
	for (uint32_t w = 0; w < world->n_workloads; w++)
		if (start_workload(world, &world->workloads[w]) < 0)
			return err_set(err, "out of memory for the first pods");
	schedule_ask(world);
	return 0;
}

static int make_core(struct world *world, struct err *err)
{
	const struct manifests *manifests = world->params->manifests;
	struct hpa_spec *specs = arena_alloc(&world->arena, manifests->n_autoscalers, sizeof *specs);
	uint32_t *workload_of = arena_alloc(&world->arena, manifests->n_autoscalers, sizeof *workload_of);
	uint32_t n = 0;
	if (!specs || !workload_of)
		return err_set(err, "out of memory");
	for (uint32_t w = 0; w < world->n_workloads; w++)
		if (world->workloads[w].autoscaler) {
			specs[n] = *world->workloads[w].autoscaler;
			workload_of[n++] = w;
		}
	world->core_config = (struct core_config){
	    .autoscalers = specs,
	    .workload_of = workload_of,
	    .n_autoscalers = n,
	    .max_nodes = world->max_nodes,
	    .max_groups = world->n_groups,
	    .settings = world->settings,
	    .start = world->params->from,
	};
	world->core = core_new(&world->core_config, &world->arena, err);
	return world->core ? 0 : -1;
}

static int keep_journal(struct world *world, struct err *err)
{
	const struct sim_journal *journal = &world->params->journal;
	if (!journal->begin)
		return 0;
	return journal->begin(journal->self, world->core, &world->core_config, &world->loop.journal, err);
}

/* ---- one event after the other ---- */

static void tick(struct world *world)
{
	uint32_t version = world->tick_version;
	event_pop(&world->events);
	ms_t next = loop_tick(&world->loop, world->now);
	if (next != MS_NEVER && version == world->tick_version)
		world_push(world, max64(next, world->now + 1), EVENT_TICK, 0, version);
}

static void pod_event(struct world *world, const struct event *event)
{
	if (world->lives[event->subject].version != event->version)
		return;
	if (event_kind(event) == EVENT_POD_RUNNING)
		kubelet_running(world, event->subject);
	else if (event_kind(event) == EVENT_POD_READY)
		kubelet_ready(world, event->subject);
	else
		pod_gone(world, event->subject);
}

static void node_event(struct world *world, const struct event *event)
{
	if (world->nodes[event->subject].version != event->version)
		return;
	if (event_kind(event) == EVENT_NODE_READY)
		node_ready(world, event->subject);
	else
		node_drain(world, event->subject);
}

static int handle(struct world *world, const struct event *event, struct err *err)
{
	switch (event_kind(event)) {
	case EVENT_TICK:
		if (event->version == world->tick_version)
			tick(world);
		else
			event_pop(&world->events);
		return 0;
	case EVENT_SCRAPE:
		metrics_scrape(world);
		event_repeat(&world->events, world->now + world->settings->metrics.resolution);
		return 0;
	case EVENT_REPORT:
		event_repeat(&world->events, world->now + world->settings->sim.report_step);
		return account_report(world, err);
	default:
		event_pop(&world->events);
	}
	switch (event_kind(event)) {
	case EVENT_LOAD:
		service_load(world, &world->workloads[event->subject]);
		break;
	case EVENT_BACKLOG_EMPTY:
		if (world->workloads[event->subject].backlog_version == event->version)
			service_backlog_empty(world, &world->workloads[event->subject]);
		break;
	case EVENT_SCHEDULE:
		schedule_pass(world);
		break;
	case EVENT_NODE_READY:
	case EVENT_NODE_DRAIN:
		node_event(world, event);
		break;
	default:
		pod_event(world, event);
	}
	return 0;
}

static int run(struct world *world, struct err *err)
{
	const struct sim_params *params = world->params;
	world_push(world, params->from + world->settings->metrics.phase, EVENT_SCRAPE, 0, 0);
	world_push(world, params->from, EVENT_REPORT, 0, 0);
	if (core_next(world->core) != MS_NEVER)
		world_push(world, core_next(world->core), EVENT_TICK, 0, 0);
	while (!world->out_of_memory && world->events.count && world->events.heap[0].time < params->until) {
		struct event event = world->events.heap[0];
		if (world->audits)
			audit_elapse(world, event.time);
		world->now = event.time;
		world->n_events++;
		if (handle(world, &event, err) < 0)
			return -1;
		if (world->n_touched)
			service_flush(world);
		if (world->audits && !world->out_of_memory && world_check(world, err) < 0)
			return check_failed(world, &event, err);
	}
	if (world->audits)
		audit_elapse(world, params->until);
	world->now = params->until;
	account_cost(world);
	if (account_rows(world, err) < 0)
		return -1;
	return world->out_of_memory ? err_set(err, "out of memory") : 0;
}

static int keep_notes(const struct world *world, struct sim_result *result, struct err *err)
{
	result->notes = arena_alloc(&result->arena, world->n_notes, sizeof *result->notes);
	for (uint32_t i = 0; i < world->n_notes; i++) {
		if (!result->notes || !(result->notes[i] = arena_strdup(&result->arena, world->notes[i])))
			return err_set(err, "out of memory");
		result->n_notes++;
	}
	return 0;
}

int sim_run(const struct sim_params *params, struct sim_result *result, struct err *err)
{
	struct world world;
	*result = (struct sim_result){0};
	if (params->until <= params->from)
		return err_set(err, "nothing to simulate: the end is not after the start");
	int status = world_init(&world, params, err);
	if (status == 0)
		status = make_core(&world, err);
	if (status == 0) {
		port_plug(&world);
		status = keep_journal(&world, err);
	}
	if (status == 0)
		status = start(&world, err);
	if (status == 0)
		status = run(&world, err);
	if (status == 0 && world.loop.failed_ticks)
		world_note(&world, "%llu of %llu ticks failed, the last one: %.200s",
			   (unsigned long long)world.loop.failed_ticks, (unsigned long long)world.loop.ticks,
			   world.loop.last_error.message);
	if (status == 0 && world.loop.failed_actions)
		world_note(&world, "%llu of %llu actions were refused, the last one: %.200s",
			   (unsigned long long)world.loop.failed_actions, (unsigned long long)world.loop.actions,
			   world.loop.last_error.message);
	if (status == 0)
		account_notes(&world);
	if (status == 0)
		status = account_result(&world, result, err);
	if (status == 0 && world.audits && audit_check(&world, err) < 0)
		status = check_failed(&world, NULL, err);
	if (status == 0)
		status = keep_notes(&world, result, err);
	result->decisions = world.loop.decisions;
	world_free(&world);
	if (status < 0)
		sim_result_free(result);
	return status;
}

void sim_result_free(struct sim_result *result)
{
	arena_free(&result->arena);
	*result = (struct sim_result){0};
}
