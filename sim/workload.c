#include "world.h"

static bool reserve(struct world *world, struct workload *workload)
{
	uint32_t room = workload->room, need = workload->n_pods + 1;
	if (need <= room)
		return true;
#define GROW(field)                                                                                                    \
	room = workload->room;                                                                                         \
	workload->field = world_grow(world, workload->field, &room, need, sizeof *workload->field);
	POD_ARRAYS(GROW)
	for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++)
		if (workload->derived[m]) {
			GROW(derived[m])
		}
#undef GROW
	if (world->out_of_memory)
		return false;
	workload->room = room;
	return true;
}

static uint32_t take_life(struct world *world)
{
	if (world->n_free_lives)
		return world->free_lives[--world->n_free_lives];
	world->lives = world_grow(world, world->lives, &world->lives_room, world->n_lives + 1, sizeof *world->lives);
	world->free_lives =
	    world_grow(world, world->free_lives, &world->free_room, world->n_lives + 1, sizeof *world->free_lives);
	if (world->out_of_memory)
		return NONE;
	world->lives[world->n_lives] = (struct life_record){0};
	return world->n_lives++;
}

uint32_t pod_create(struct world *world, struct workload *workload)
{
	uint32_t id = reserve(world, workload) ? take_life(world) : NONE;
	if (id == NONE)
		return NONE;
	uint32_t index = workload->n_pods++;
	struct life_record *life = &world->lives[id];
	*life = (struct life_record){
	    .workload = (uint32_t)(workload - world->workloads),
	    .index = index,
	    .node = NONE,
	    .version = life->version + 1,
	    .life = LIFE_PENDING,
	    .created_at = world->now,
	};
	workload->pods[index] = (struct pod){MS_UNSET, MS_UNSET, POD_PENDING, POD_READY_UNKNOWN, false};
	workload->cpu[index] = workload->memory[index] = (struct sample){-1, MS_UNSET, 0};
	workload->lives[index] = id;
	workload->slots[index] = NONE;
	workload->want[index] = workload->rate[index] = workload->used[index] = 0;
	workload->used_at[index] = world->now;
	workload->scrapes[index] = 0;
	for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++)
		if (workload->derived[m])
			workload->derived[m][index] = (struct sample){-1, MS_UNSET, 0};
	account_alive(world, workload, 1);
	workload->pending++;
	world->queue = world_grow(world, world->queue, &world->queue_room, world->n_queue + 1, sizeof *world->queue);
	if (world->out_of_memory)
		return NONE;
	world->queue[world->n_queue++] = (struct waiting){id, life->version};
	return id;
}

/* Takes the pod out of the workload's arrays; the last one takes its place. */
void pod_gone(struct world *world, uint32_t id)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	uint32_t index = life->index, last = --workload->n_pods;
	if (life->node != NONE)
		pod_unplace(world, id);
#define MOVE(field) workload->field[index] = workload->field[last];
	POD_ARRAYS(MOVE)
	for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++)
		if (workload->derived[m])
			MOVE(derived[m])
#undef MOVE
	world->lives[workload->lives[index]].index = index;
	life->life = LIFE_GONE;
	life->version++;
	world->free_lives[world->n_free_lives++] = id;
	workload->scrape_steady = false;
	schedule_ask(world);
	if (workload->spec->ordered)
		workload_reconcile(world, workload);
}

void pod_delete(struct world *world, uint32_t id, ms_t grace)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	enum life was = life->life;
	if (was == LIFE_LEAVING || was == LIFE_GONE)
		return;
	account(world, workload);
	account_alive(world, workload, -1);
	workload->pods[life->index].deleted = true;
	life->version++; /* whatever was to happen to it no longer will */
	world->generation++;
	if (was == LIFE_PENDING) {
		workload->pending--;
		pod_gone(world, id);
		return;
	}
	workload->ready -= was == LIFE_READY;
	workload->starting -= was == LIFE_BOUND || was == LIFE_RUNNING;
	life->life = LIFE_LEAVING;
	world->nodes[life->node].placed[life->placed].leaving = true;
	service_touch(world, workload);
	ms_t stop = world_draw(world, STREAM_POD_STOP, &world->settings->pod.stop);
	stop = min64(stop, min64(grace, workload->spec->termination_grace));
	world_push(world, world->now + stop, EVENT_POD_GONE, id, life->version);
}

/* ---- which pods go first ---- */

/* Falling order of what the ReplicaSet controller removes first (controller_utils.go, ActivePodsWithRanks). */
struct victim {
	uint32_t id;
	int32_t stage;          /* not on a node, not running, not ready, ready */
	int32_t together;       /* pods of this workload on the same node */
	int32_t ready_age, age; /* binary logarithm of seconds */
	ms_t created_at;
};

static int32_t log_age(ms_t span)
{
	int32_t log = 0;
	for (ms_t seconds = span / SECOND_MS; seconds > 1; seconds >>= 1)
		log++;
	return log;
}

static int goes_first(const void *left, const void *right)
{
	const struct victim *a = left, *b = right;
	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	if (a->together != b->together)
		return a->together > b->together ? -1 : 1;
	if (a->ready_age != b->ready_age)
		return a->ready_age < b->ready_age ? -1 : 1;
	if (a->age != b->age)
		return a->age < b->age ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* A StatefulSet gives up its highest ordinal; pods have no ordinals here, so the pod made last stands for it. */
static int newest_first(const void *left, const void *right)
{
	const struct victim *a = left, *b = right;
	if (a->created_at != b->created_at)
		return a->created_at > b->created_at ? -1 : 1;
	return a->id > b->id ? -1 : a->id < b->id;
}

static struct victim victim_of(const struct world *world, const struct workload *workload, uint32_t index,
			       const int32_t *together)
{
	const struct life_record *life = &world->lives[workload->lives[index]];
	bool is_ready = life->life == LIFE_READY;
	return (struct victim){
	    .id = workload->lives[index],
	    .stage = (int32_t)life->life,
	    .together = life->node == NONE ? 0 : together[life->node],
	    .ready_age = is_ready ? log_age(world->now - workload->pods[index].ready_changed_at) : 0,
	    .age = log_age(world->now - life->created_at),
	    .created_at = life->created_at,
	};
}

static void remove_pods(struct world *world, struct workload *workload, int32_t count)
{
	uint32_t n = 0;
	struct victim *victims = calloc(workload->n_pods, sizeof *victims);
	int32_t *together = calloc(world->n_nodes + 1, sizeof *together);
	if (!victims || !together) {
		world->out_of_memory = true;
		goto out;
	}
	for (uint32_t i = 0; i < workload->n_pods; i++)
		if (!workload->pods[i].deleted && workload->slots[i] != NONE)
			together[workload->slots[i]]++;
	for (uint32_t i = 0; i < workload->n_pods; i++)
		if (!workload->pods[i].deleted)
			victims[n++] = victim_of(world, workload, i, together);
	qsort(victims, n, sizeof *victims, workload->spec->kind == KIND_STATEFULSET ? newest_first : goes_first);
	for (uint32_t i = 0; i < n && count > 0; i++, count--)
		pod_delete(world, victims[i].id, MS_NEVER);
out:
	free(victims);
	free(together);
}

/* Of a StatefulSet, one by one: nothing is sorted for the sake of one pod. */
static void remove_newest(struct world *world, struct workload *workload)
{
	struct victim newest = {.id = NONE};
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		uint32_t id = workload->lives[i];
		struct victim victim = {.id = id, .created_at = world->lives[id].created_at};
		if (!workload->pods[i].deleted && (newest.id == NONE || newest_first(&victim, &newest) < 0))
			newest = victim;
	}
	if (newest.id != NONE)
		pod_delete(world, newest.id, MS_NEVER);
}

/* One pod at a time, each ready (or gone) before the next (podManagementPolicy OrderedReady). */
static void reconcile_ordered(struct world *world, struct workload *workload)
{
	bool leaving = workload->n_pods > (uint32_t)workload->alive;
	if (workload->alive > workload->desired) {
		if (!leaving)
			remove_newest(world, workload);
	} else if (workload->alive < workload->desired && !leaving && workload->ready == workload->alive) {
		pod_create(world, workload);
		schedule_ask(world);
	}
}

void workload_reconcile(struct world *world, struct workload *workload)
{
	account(world, workload);
	if (workload->spec->ordered) {
		reconcile_ordered(world, workload);
		return;
	}
	if (workload->alive > workload->desired)
		remove_pods(world, workload, workload->alive - workload->desired);
	while (workload->alive < workload->desired && pod_create(world, workload) != NONE)
		;
	schedule_ask(world);
}

void workload_scale(struct world *world, struct workload *workload, int32_t replicas)
{
	account(world, workload);
	struct tally *tally = &workload->tally;
	tally->scale_ups += replicas > workload->desired;
	tally->scale_downs += replicas < workload->desired;
	workload->desired = replicas;
	workload_reconcile(world, workload);
}
