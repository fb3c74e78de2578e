#include "run.h"

#include <stdlib.h>

/* ---- the source, the actuator, the journal ---- */

#define CLOCKS_APART (5 * SECOND_MS) /* a Date is of whole seconds, and some of them old when it comes */

/* By how much the core's time is ahead of the API's clock: of ours when that is right, so that it is known to the
 * millisecond. A clock of ours that is wrong, or was put wrong, does not make samples look old. */
static ms_t ahead_of_api(const struct run *run)
{
	ms_t less_mono;
	if (!server_wall(kube_server(run->kube), &less_mono))
		return run->clock.ahead;
	ms_t ahead = run->clock.core_less_mono - less_mono, apart = ahead - run->clock.ahead;
	return apart > -CLOCKS_APART && apart < CLOCKS_APART ? run->clock.ahead : ahead;
}

static int observe(void *self, ms_t now, struct snapshot *snapshot, struct err *err)
{
	struct run *run = self;
	ms_t ahead = ahead_of_api(run);
	run->decided = false;
	if (snapshot->due & DUE_REPLICAS && live_replicas_observe(run->replicas, now, ahead, snapshot, err) < 0)
		return -1;
	if (run->shadow && snapshot->due & DUE_REPLICAS && shadow_observe(run, now, snapshot, err) < 0)
		return -1;
	if (snapshot->due & DUE_NODES && live_nodes_observe(run->nodes, now, ahead, snapshot, err) < 0)
		return -1;
	return 0;
}

static int apply(void *self, const struct action *actions, uint32_t n, bool *accepted, struct err *err)
{
	struct run *run = self;
	bool withheld = run_withheld(run) != WITHHELD_NOT;
	int scaled = live_scale(run->actuate, actions, n, accepted, err);
	int acted = live_nodes_act(run->nodes, actions, n, accepted, err);
	for (uint32_t i = 0; i < n; i++)
		run->status.withheld_actions += withheld && !accepted[i];
	return scaled < 0 || acted < 0 ? -1 : 0;
}

/* Seen on its way to the journal, so that it can be told. */
static int append(void *self, const struct tick_record *record, struct err *err)
{
	struct run *run = self;
	if (record->plan->n_actions > run->accepted_room) {
		bool *more = realloc(run->accepted, record->plan->n_actions);
		if (!more)
			return err_set(err, "out of memory for %u actions", record->plan->n_actions);
		run->accepted = more;
		run->accepted_room = record->plan->n_actions;
	}
	run->snapshot = *record->snapshot;
	run->plan = *record->plan;
	run->decided = true;
	if (record->plan->n_actions)
		memset(run->accepted, 0, record->plan->n_actions);
	if (!run->journal)
		return 0;
	journal_wall(run->journal, -run->clock.ahead);
	const struct journal journal = journal_port(run->journal);
	return journal.append(journal.self, record, err);
}

static int settle(void *self, const struct tick_record *record, const bool *accepted, struct err *err)
{
	struct run *run = self;
	memcpy(run->accepted, accepted, record->plan->n_actions);
	if (!run->journal)
		return 0;
	const struct journal journal = journal_port(run->journal);
	return journal.settle(journal.self, record, accepted, err);
}

void run_plug(struct run *run)
{
	run->loop = (struct loop){
	    .source = {run, observe},
	    .actuator = {run, "kubernetes", apply},
	    .journal = {run, append, settle},
	};
	run->status.started_at = live_wall();
	run->until = run->options.for_ms ? live_mono() + run->options.for_ms : MS_NEVER;
}

/* ---- the world of the loop ---- */

static int wait_for_events(void *self, ms_t wait, struct err *err)
{
	struct run *run = self;
	ms_t mono = live_mono();
	if (run->published_at + run->settings.hpa.sync_period <= mono)
		run_tell(run, 0);
	if (run->shadow)
		shadow_wait(run);
	wait = max64(min64(wait, run->until - mono), 0);
	return atomic_load(&run->stop.stopping) ? 0 : net_run(run->net, wait, err);
}

bool run_synced(const struct run *run)
{
	return live_pods_synced(run->pods) && live_autoscalers_synced(run->autoscalers) &&
	       (!run->rivals || live_rivals_synced(run->rivals)) && live_targets_synced(run->targets) &&
	       live_nodes_synced(run->nodes);
}

static bool synced(void *self)
{
	return run_synced(self);
}

static int copy_specs(struct run_specs *specs, const struct live_autoscaler *all, uint32_t n, struct err *err)
{
	specs->n = n;
	specs->specs = arena_alloc(&specs->arena, n, sizeof *specs->specs);
	specs->pointers = arena_alloc(&specs->arena, n, sizeof *specs->pointers);
	specs->workload_of = arena_alloc(&specs->arena, n, sizeof *specs->workload_of);
	bool whole = specs->specs && specs->pointers && specs->workload_of;
	for (uint32_t i = 0; whole && i < n; i++) {
		const struct hpa_spec *copy = hpa_spec_copy(&all[i].spec, &specs->arena);
		whole = copy != NULL;
		if (copy)
			specs->specs[i] = *copy;
		specs->pointers[i] = &specs->specs[i];
		specs->workload_of[i] = i;
	}
	return whole ? 0 : err_set(err, "out of memory for %u autoscalers", n);
}

/* Slots for nodes are made generously, so that few nodes more do not make another core. */
static uint32_t node_room(const struct run *run)
{
	uint32_t need = live_nodes_max(run->nodes);
	return run->loop.core && run->now.max_nodes >= need ? run->now.max_nodes : need + need / 2 + 64;
}

static int configure(void *self, struct core_config *config, uint64_t *generation, struct err *err)
{
	struct run *run = self;
	uint64_t specs_generation = live_autoscalers_generation(run->autoscalers);
	uint32_t max_nodes = node_room(run), n_valid, n_all;
	uint32_t max_groups = live_nodes_max_groups(run->nodes);
	if (run->loop.core && run->now.generation == specs_generation && run->now.max_nodes == max_nodes &&
	    run->now.max_groups == max_groups)
		return 0;
	arena_free(&run->next.arena);
	run->next =
	    (struct run_specs){.generation = specs_generation, .max_nodes = max_nodes, .max_groups = max_groups};
	const struct live_autoscaler *all = live_autoscalers_take(run->autoscalers, &n_valid, &n_all);
	if (!all)
		return err_set(err, "out of memory for the autoscalers");
	if (copy_specs(&run->next, all, n_valid, err) < 0)
		return -1;
	config->autoscalers = run->next.specs;
	config->workload_of = run->next.workload_of;
	config->n_autoscalers = n_valid;
	config->max_nodes = max_nodes;
	config->max_groups = max_groups;
	config->settings = &run->settings;
	*generation = *generation + 1;
	return 0;
}

/* When each of the new set was last scaled, as the present set knows by name. On the heap. */
static ms_t *next_scaled_at(const struct run *run, struct err *err)
{
	const struct run_specs *old = &run->now, *new = &run->next;
	ms_t *scaled_at = malloc((new->n + 1) * sizeof *scaled_at);
	if (!scaled_at) {
		err_set(err, "out of memory for %u autoscalers", new->n);
		return NULL;
	}
	for (uint32_t i = 0, o = 0; i < new->n; i++) { /* both in order of namespace and name */
		int order = -1;
		scaled_at[i] = MS_UNSET;
		for (; o < old->n && order < 0; o += order < 0) {
			order = strcmp(old->specs[o].namespace_, new->specs[i].namespace_);
			order = order ? order : strcmp(old->specs[o].name, new->specs[i].name);
		}
		if (o < old->n && order == 0)
			scaled_at[i] = run->scaled_at[o];
	}
	return scaled_at;
}

static int adopt(void *self, struct core *core, const struct core_config *config, bool first, ms_t now, struct err *err)
{
	struct run *run = self;
	if (live_targets_follow(run->targets, run->next.pointers, run->next.n, err) < 0 ||
	    live_replicas_follow(run->replicas, run->next.pointers, run->next.n, err) < 0)
		return -1;
	if (run->journal && first) {
		int restored = journal_restore(run->journal, core, now, err);
		if (restored < 0)
			log_line(&run->options.log, LOG_WARN, "what was remembered cannot be used", "reason",
				 err->message, NULL);
		else if (restored)
			log_line(shadow_log(run), LOG_INFO, "goes on from the journal", NULL);
	}
	ms_t *scaled_at = next_scaled_at(run, err);
	if (!scaled_at)
		return -1;
	run->config = *config; /* the journal looks at it for as long as the core is in use */
	if ((run->journal && journal_begin(run->journal, core, &run->config, now, err) < 0) ||
	    (run->shadow && shadow_adopt(run->shadow, &run->config, err) < 0)) {
		free(scaled_at);
		return -1;
	}
	free(run->scaled_at);
	run->scaled_at = scaled_at;
	arena_free(&run->told.arena);
	run->told.rows = NULL;
	arena_free(&run->now.arena);
	run->now = run->next;
	run->next = (struct run_specs){0};
	struct log_number n;
	log_line(shadow_log(run), LOG_INFO, "autoscalers", "count", log_int(&n, run->now.n), NULL);
	return 0;
}

static bool woken(void *self)
{
	return live_nodes_woken(((struct run *)self)->nodes);
}

static bool stop(void *self)
{
	struct run *run = self;
	return atomic_load(&run->stop.stopping) || live_mono() >= run->until;
}

static void ticked(void *self, const struct loop *loop, ms_t now, ms_t took)
{
	struct run *run = self;
	(void)loop;
	run_count_failures(run);
	if (run->decided && run->n_failing == 0 && run->plan.time == now)
		live_nodes_drain(run->nodes, now - ahead_of_api(run));
	if (run->shadow && run->decided && run->plan.time == now)
		shadow_tick(run);
	run_tell(run, took);
	run->decided = false;
}

struct live_world run_world(struct run *run)
{
	return (struct live_world){run, wait_for_events, synced, configure, adopt, ticked, woken, stop};
}
