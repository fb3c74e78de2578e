#include "core.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* What a live cluster adds to the node rules: constraints, disruption budgets, groups that are held, a cluster that is
 * not well. */

enum { NODES = 24, PLACED = 8, GROUPS = 3, SHAPES = 3, KINDS = 3, BUDGETS = 3, PENDING = 6 };

struct cluster {
	struct settings settings;
	struct arena arena;
	struct core *core;
	struct node_view nodes[NODES];
	struct placed placed[NODES][PLACED];
	struct pending_view pending[PENDING];
	struct group_view groups[GROUPS];
	uint8_t fits[SHAPES * KINDS];
	int32_t budgets[BUDGETS];
	struct snapshot snapshot;
	struct plan plan;
};

static void open_cluster(struct cluster *it, const char *words)
{
	struct err err;
	char copy[512];
	memset(it, 0, sizeof *it);
	settings_default(&it->settings);
	snprintf(copy, sizeof copy,
		 "ca.phase=0s ca.unneeded_time=0s ca.delay_after_add=0s ca.new_pod_age=0s ca.expander=least-nodes "
		 "ca.max_parallel_drains=10 %s",
		 words);
	for (char *rest = copy, *word; (word = strtok_r(rest, " ", &rest));)
		if (settings_set(&it->settings, word, &err) < 0)
			fail_msg("%s", err.message);
	for (uint32_t g = 0; g < GROUPS; g++)
		it->groups[g] =
		    (struct group_view){.max = 10, .cpu_milli = 4000, .memory_bytes = 16 * GIB, .pods = 10, .kind = g};
	for (uint32_t s = 0; s < SHAPES; s++)
		it->fits[s * KINDS + s] = 1; /* each shape to its own kind, until a test says more */
	it->snapshot = (struct snapshot){.due = DUE_NODES,
					 .nodes = it->nodes,
					 .pending = it->pending,
					 .groups = it->groups,
					 .n_groups = GROUPS,
					 .fits = it->fits,
					 .n_shapes = SHAPES,
					 .n_kinds = KINDS,
					 .budgets = it->budgets,
					 .n_budgets = BUDGETS};
	const struct core_config config = {.max_nodes = NODES, .max_groups = GROUPS, .settings = &it->settings};
	it->core = core_new(&config, &it->arena, &err);
	assert_non_null(it->core);
}

static void close_cluster(struct cluster *it)
{
	arena_free(&it->arena);
}

static uint32_t add_node(struct cluster *it, uint32_t kind, enum node_state state)
{
	uint32_t slot = it->snapshot.n_nodes++;
	it->nodes[slot] = (struct node_view){.uid = slot + 1,
					     .group = kind,
					     .kind = kind,
					     .state = state,
					     .cpu_milli = 4000,
					     .memory_bytes = 16 * GIB,
					     .pods = 10,
					     .placed = it->placed[slot]};
	it->groups[kind].size++;
	return slot;
}

static struct placed *add_pod(struct cluster *it, uint32_t slot, uint32_t shape, int64_t cpu)
{
	struct node_view *node = &it->nodes[slot];
	struct placed *pod = &it->placed[slot][node->n_placed++];
	*pod = (struct placed){.cpu_milli = cpu, .shape = shape, .budget = NO_BUDGET};
	node->used_cpu_milli += cpu;
	node->used_pods++;
	return pod;
}

static void add_pending(struct cluster *it, uint32_t count, uint32_t shape)
{
	it->pending[it->snapshot.n_pending++] =
	    (struct pending_view){.count = count, .cpu_milli = 3000, .since = -HOUR_MS, .shape = shape};
}

static const struct plan *scan(struct cluster *it)
{
	struct err err;
	it->snapshot.generation++;
	it->snapshot.time += 10000;
	if (core_step(it->core, &it->snapshot, &it->plan, &err) < 0)
		fail_msg("%s", err.message);
	return &it->plan;
}

static bool removes(const struct plan *plan, uint32_t slot)
{
	for (uint32_t i = 0; i < plan->n_actions; i++)
		if (plan->actions[i].kind == ACTION_REMOVE_NODE && plan->actions[i].target == slot)
			return true;
	return false;
}

static void adds(const struct plan *plan, uint32_t group, int32_t nodes)
{
	assert_int_equal(plan->n_actions, 1);
	assert_int_equal(plan->actions[0].kind, ACTION_ADD_NODES);
	assert_int_equal(plan->actions[0].target, group);
	assert_int_equal(plan->actions[0].to - plan->actions[0].from, nodes);
}

/* ---- growing ---- */

static void a_group_helps_what_it_fits(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "");
	add_pending(&it, 2, 1);
	adds(scan(&it), 1, 2);
	it.pending[0].shape = 2;
	adds(scan(&it), 2, 2);
	it.fits[2 * KINDS + 2] = 0;
	assert_int_equal(scan(&it)->nodes.reason, NODES_NO_GROUP_HELPS);
	it.snapshot.fits = NULL; /* any on any */
	adds(scan(&it), 0, 2);
	close_cluster(&it);
}

static void only_what_fits_counts(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.expander=most-pods");
	add_pending(&it, 1, 0);
	add_pending(&it, 3, 2);
	add_pending(&it, 2, 1);
	adds(scan(&it), 2, 3);
	it.fits[0 * KINDS + 1] = 1;
	it.fits[2 * KINDS + 1] = 1;
	adds(scan(&it), 1, 6);
	close_cluster(&it);
}

/* Room on a node of the wrong kind is no room; and one pod without hope takes none from another. */
static void room_is_of_a_kind(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unneeded_time=1h");
	add_node(&it, 0, NODE_READY);
	add_node(&it, 1, NODE_UPCOMING);
	add_pending(&it, 1, 2);
	add_pending(&it, 1, 1);
	add_pending(&it, 1, 0);
	adds(scan(&it), 2, 1);
	it.snapshot.n_pending = 0;
	add_pending(&it, 1, 1);
	add_pending(&it, 1, 0);
	assert_int_equal(scan(&it)->n_actions, 0);
	assert_int_equal(it.plan.nodes.pending, 2);
	close_cluster(&it);
}

static void nothing_is_bought_on_a_guess(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "");
	add_pending(&it, 3, 0);
	it.pending[0].unmodelled = true;
	const struct plan *plan = scan(&it);
	assert_int_equal(plan->n_actions, 0);
	assert_int_equal(plan->nodes.pending, 3);
	assert_int_equal(plan->nodes.unmodelled, 3);
	add_pending(&it, 2, 1);
	adds(scan(&it), 1, 2);
	assert_int_equal(it.plan.nodes.pending, 5);
	assert_int_equal(it.plan.nodes.unmodelled, 3);
	close_cluster(&it);
}

static void held_groups_stay(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.max_node_provision_time=15m");
	uint32_t empty = add_node(&it, 0, NODE_READY), late = add_node(&it, 1, NODE_UPCOMING);
	it.groups[0].held = it.groups[1].held = true;
	assert_int_equal(scan(&it)->n_actions, 0);
	assert_int_equal(it.plan.nodes.unneeded, 0);
	add_pending(&it, 1, 1);
	assert_int_equal(scan(&it)->n_actions, 0); /* its node may still come */
	it.nodes[late].created_at = -HOUR_MS;
	assert_int_equal(scan(&it)->nodes.reason, NODES_NO_GROUP_HELPS); /* not counted on, and not given up */
	assert_int_equal(it.plan.n_actions, 0);
	it.fits[1 * KINDS + 2] = 1;
	adds(scan(&it), 2, 1);
	it.groups[0].held = it.groups[1].held = false;
	it.snapshot.n_pending = 0;
	assert_true(removes(scan(&it), empty) && removes(&it.plan, late));
	close_cluster(&it);
}

/* ---- shrinking ---- */

static void pods_move_to_what_admits_them(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	uint32_t from = add_node(&it, 0, NODE_READY), other = add_node(&it, 1, NODE_READY);
	it.groups[1].min = 1;
	add_pod(&it, from, 0, 500);
	add_pod(&it, other, 1, 3000);
	assert_int_equal(scan(&it)->n_actions, 0);
	it.fits[0 * KINDS + 1] = 1;
	assert_true(removes(scan(&it), from));
	close_cluster(&it);
}

/* A pod that was moved in thought keeps its constraints when it has to move on. */
static void guests_keep_their_constraints(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s ca.utilization_threshold=0.9");
	uint32_t a = add_node(&it, 0, NODE_READY), b = add_node(&it, 1, NODE_READY), c = add_node(&it, 2, NODE_READY);
	memcpy(it.fits, (uint8_t[]){1, 1, 0, 0, 1, 1, 0, 0, 1}, sizeof it.fits);
	add_pod(&it, a, 0, 500); /* may go to b only */
	add_pod(&it, b, 1, 500); /* may go to c */
	add_pod(&it, c, 2, 2000);
	scan(&it);
	assert_true(removes(&it.plan, a));
	assert_false(removes(&it.plan, b)); /* its guest could not follow */
	it.fits[0 * KINDS + 2] = 1;
	scan(&it);
	assert_true(removes(&it.plan, a) && removes(&it.plan, b));
	close_cluster(&it);
}

static void budgets_are_used_up(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	for (uint32_t i = 0; i < 4; i++)
		add_pod(&it, add_node(&it, 0, NODE_READY), 0, 100)->budget = 1;
	uint32_t full = add_node(&it, 0, NODE_READY);
	add_pod(&it, full, 0, 3000);
	for (int32_t allowed = 0; allowed < 4; allowed++) {
		it.budgets[1] = allowed;
		assert_int_equal(scan(&it)->n_actions, (uint32_t)allowed);
	}
	it.nodes[0].state = NODE_LEAVING; /* chosen before, not emptied yet: it needs the budget */
	it.budgets[1] = 2;
	assert_int_equal(scan(&it)->n_actions, 1);
	it.placed[0][0].leaving = true;
	assert_int_equal(scan(&it)->n_actions, 2);
	it.snapshot.budgets = NULL;
	assert_int_equal(scan(&it)->n_actions, 3);
	close_cluster(&it);
}

/* A node's pods may be more than their budget allows at once: they go in turn. Then no other node goes beside it. */
static void pods_of_a_node_go_in_turn(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	uint32_t two = add_node(&it, 0, NODE_READY), one = add_node(&it, 0, NODE_READY),
		 full = add_node(&it, 0, NODE_READY);
	add_pod(&it, two, 0, 100)->budget = 2;
	add_pod(&it, two, 0, 100)->budget = 2;
	add_pod(&it, one, 0, 100)->budget = 2;
	add_pod(&it, full, 0, 3000);
	assert_int_equal(scan(&it)->n_actions, 0);
	it.budgets[2] = 1;
	scan(&it);
	assert_true(removes(&it.plan, two));
	assert_false(removes(&it.plan, one));
	close_cluster(&it);
}

/* A node that cannot be emptied gives back what it had taken. */
static void a_budget_is_given_back(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	uint32_t held = add_node(&it, 0, NODE_READY), one = add_node(&it, 0, NODE_READY),
		 full = add_node(&it, 0, NODE_READY);
	add_pod(&it, held, 0, 100)->budget = 2;
	add_pod(&it, held, 0, 100)->budget = 2;
	add_pod(&it, held, 2, 100); /* such pods fit nowhere else */
	add_pod(&it, one, 0, 100)->budget = 2;
	add_pod(&it, full, 0, 3000);
	it.budgets[2] = 1;
	scan(&it);
	assert_false(removes(&it.plan, held));
	assert_true(removes(&it.plan, one));
	close_cluster(&it);
}

/* Pods that are still to be evicted from a leaving node need room: what they need of it stays. */
static void leaving_pods_need_room(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	uint32_t going = add_node(&it, 0, NODE_LEAVING), empty = add_node(&it, 0, NODE_READY),
		 full = add_node(&it, 0, NODE_READY), spare = add_node(&it, 1, NODE_READY);
	struct placed *last = add_pod(&it, going, 0, 500);
	add_pod(&it, full, 0, 3800);
	assert_int_equal(scan(&it)->n_actions, 1);
	assert_true(removes(&it.plan, spare)); /* admits no such pods */
	it.fits[0 * KINDS + 1] = 1;
	assert_int_equal(scan(&it)->n_actions, 1); /* one of the two is enough */
	last->leaving = true;
	scan(&it);
	assert_true(removes(&it.plan, empty) && removes(&it.plan, spare));
	close_cluster(&it);
}

/* A group that may not shrink does not take the room, or the budget, that a node of another needs to go. */
static void a_group_at_its_least_size_takes_nothing(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s");
	uint32_t stays = add_node(&it, 0, NODE_READY), goes = add_node(&it, 1, NODE_READY),
		 full = add_node(&it, 2, NODE_READY);
	memset(it.fits, 1, sizeof it.fits);
	it.groups[0].min = it.groups[2].min = 1;
	it.budgets[0] = 1;
	add_pod(&it, stays, 0, 500)->budget = 0;
	add_pod(&it, goes, 1, 500)->budget = 0;
	add_pod(&it, full, 2, 3400); /* room for one of them */
	scan(&it);
	assert_true(removes(&it.plan, goes));
	assert_int_equal(it.plan.nodes.unneeded, 1);
	close_cluster(&it);
}

static void restart(struct cluster *it)
{
	unsigned char bytes[4096];
	struct err err;
	const struct core_config config = {.max_nodes = NODES, .max_groups = GROUPS, .settings = &it->settings};
	size_t size = core_save(it->core, bytes, sizeof bytes);
	assert_true(size <= sizeof bytes);
	it->core = core_new(&config, &it->arena, &err);
	if (!it->core || core_restore(it->core, bytes, size, &err) < 0)
		fail_msg("%s", err.message);
}

/* A node that was leaving and is back could not be emptied: it is not asked for again at once, but after
 * ca.unremovable_recheck and ca.unneeded_time; also when the process is another by then. */
static void what_was_given_back_waits(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct cluster it;
		open_cluster(&it, "ca.unneeded_time=60s ca.unremovable_recheck=5m");
		uint32_t back = add_node(&it, 0, NODE_READY), full = add_node(&it, 0, NODE_READY);
		add_pod(&it, back, 0, 100);
		add_pod(&it, full, 0, 3000);
		for (int i = 0; i < 6; i++)
			assert_int_equal(scan(&it)->n_actions, 0);
		assert_true(removes(scan(&it), back));
		it.nodes[back].state = NODE_LEAVING;
		for (int i = 0; i < 60; i++)
			assert_int_equal(scan(&it)->n_actions, 0);
		if (restarts)
			restart(&it);
		it.nodes[back].state = NODE_READY;
		for (int i = 0; i < 36; i++)
			assert_int_equal(scan(&it)->n_actions, 0);
		assert_true(removes(scan(&it), back));
		close_cluster(&it);
	}
}

static void what_is_in_no_group_stays(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "");
	uint32_t own = add_node(&it, 0, NODE_READY), foreign = add_node(&it, 0, NODE_READY);
	it.nodes[foreign].group = NO_GROUP;
	it.groups[0].size--;
	add_pod(&it, own, 0, 500);
	assert_true(removes(scan(&it), own)); /* its pods may go there, though */
	assert_false(removes(&it.plan, foreign));
	close_cluster(&it);
}

/* ---- a cluster that is not well ---- */

static void too_many_unready(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "ca.unneeded_time=15s");
	for (int i = 0; i < 10; i++)
		add_pod(&it, add_node(&it, 0, i < 5 ? NODE_READY : NODE_UNREADY), 0, i < 4 ? 3000 : 0);
	add_pending(&it, 9, 1);
	it.nodes[4].n_placed = 0;
	it.groups[0].max = 20;
	static const struct {
		uint32_t unready;
		bool alone;
	} cases[] = {{3, false}, {4, false}, {5, true}, {10, true}, {4, false}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		it.snapshot.n_unready = cases[i].unready;
		scan(&it);
		assert_int_equal(it.plan.nodes.reason == NODES_UNHEALTHY, cases[i].alone);
		assert_int_equal(it.plan.n_actions == 0, cases[i].alone);
		assert_int_equal(it.plan.nodes.unready, cases[i].unready);
	}
	it.snapshot.n_pending = 0;
	assert_int_equal(scan(&it)->nodes.reason, NODES_WAITING);
	it.snapshot.n_unready = 6; /* what was unneeded before is not afterwards */
	assert_int_equal(scan(&it)->nodes.reason, NODES_UNHEALTHY);
	it.snapshot.n_unready = 4;
	assert_int_equal(scan(&it)->nodes.reason, NODES_WAITING);
	assert_int_equal(scan(&it)->nodes.reason, NODES_WAITING);
	assert_true(removes(scan(&it), 4));
	for (uint32_t slot = 5; slot < 10; slot++)
		assert_false(removes(&it.plan, slot));
	close_cluster(&it);
}

static void few_unready_are_no_matter(void **state)
{
	(void)state;
	struct cluster it;
	open_cluster(&it, "");
	for (int i = 0; i < 3; i++)
		add_node(&it, 0, NODE_UNREADY);
	it.snapshot.n_unready = 3; /* all of them, but no more than ca.ok_unready */
	add_pending(&it, 1, 0);
	adds(scan(&it), 0, 1);
	close_cluster(&it);
	open_cluster(&it, "ca.ok_unready=0 ca.max_unready_ratio=0.5");
	add_node(&it, 0, NODE_READY);
	add_node(&it, 0, NODE_UNREADY);
	it.snapshot.n_unready = 1;
	assert_true(scan(&it)->nodes.reason != NODES_UNHEALTHY);
	it.settings.ca.max_unready_ratio = 0.49;
	assert_int_equal(scan(&it)->nodes.reason, NODES_UNHEALTHY);
	close_cluster(&it);
}

/* ---- broken contracts ---- */

static void indices_are_checked(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		struct cluster it;
		struct err err = {""};
		open_cluster(&it, "");
		struct placed *pod = add_pod(&it, add_node(&it, 0, NODE_READY), 0, 100);
		add_pending(&it, 1, 0);
		uint32_t *const broken[] = {&pod->shape,          &pod->budget,       &it.nodes[0].kind,
					    &it.pending[0].shape, &it.groups[1].kind, &it.snapshot.n_kinds};
		*broken[i] = i < 5 ? 3 : 0;
		it.snapshot.generation = 1;
		assert_true(core_step(it.core, &it.snapshot, &it.plan, &err) < 0);
		assert_non_null(strstr(err.message, " of "));
		close_cluster(&it);
	}
}

/* ---- at random ---- */

static uint64_t draw(uint64_t *state, uint64_t n)
{
	*state += 1;
	return mix64(*state) % n;
}

static void random_cluster(struct cluster *it, uint64_t *random)
{
	for (size_t i = 0; i < COUNT(it->fits); i++)
		it->fits[i] = draw(random, 2) != 0;
	for (size_t i = 0; i < BUDGETS; i++)
		it->budgets[i] = (int32_t)draw(random, 4);
	it->snapshot.n_nodes = it->snapshot.n_pending = 0;
	for (uint32_t g = 0; g < GROUPS; g++) {
		it->groups[g].size = 0;
		it->groups[g].held = draw(random, 4) == 0;
		it->groups[g].kind = (uint32_t)draw(random, KINDS);
	}
	for (uint32_t i = 0, n = (uint32_t)draw(random, NODES); i < n; i++) {
		static const enum node_state states[] = {NODE_GONE,  NODE_UPCOMING, NODE_LEAVING, NODE_UNREADY,
							 NODE_READY, NODE_READY,    NODE_READY,   NODE_READY};
		uint32_t slot = add_node(it, (uint32_t)draw(random, GROUPS), states[draw(random, COUNT(states))]);
		it->nodes[slot].kind = (uint32_t)draw(random, KINDS);
		it->nodes[slot].uid = (uint32_t)draw(random, 3) + 10 * slot;
		if (it->nodes[slot].state == NODE_GONE) {
			it->groups[it->nodes[slot].group].size--;
			it->nodes[slot].kind = it->nodes[slot].group = 99;
			continue;
		}
		if (draw(random, 8) == 0) {
			it->groups[it->nodes[slot].group].size--;
			it->nodes[slot].group = NO_GROUP;
		}
		for (uint64_t p = draw(random, 4); p && it->nodes[slot].state != NODE_UPCOMING; p--) {
			struct placed *pod =
			    add_pod(it, slot, (uint32_t)draw(random, SHAPES), (int64_t)draw(random, 900));
			pod->budget = draw(random, 2) ? NO_BUDGET : (uint32_t)draw(random, BUDGETS);
			pod->leaving = draw(random, 9) == 0;
			pod->daemon = draw(random, 9) == 0;
			pod->pinned = draw(random, 20) == 0;
		}
	}
	for (uint32_t g = 0; g < GROUPS; g++) {
		it->groups[g].min = (int32_t)draw(random, 3);
		it->groups[g].max = it->groups[g].size + (int32_t)draw(random, 4);
	}
	for (uint64_t n = draw(random, 3); n; n--) {
		add_pending(it, 1 + (uint32_t)draw(random, 4), (uint32_t)draw(random, SHAPES));
		it->pending[it->snapshot.n_pending - 1].unmodelled = draw(random, 3) == 0;
	}
}

struct move {
	int64_t cpu;
	uint32_t shape;
};

/* Whether the pods of all the nodes that go find places on those that stay: by trying every place. */
static bool can_place(const struct cluster *it, const struct plan *plan, int64_t *room, const struct move *moves,
		      size_t n)
{
	if (n == 0)
		return true;
	for (uint32_t slot = 0; slot < it->snapshot.n_nodes; slot++) {
		const struct node_view *node = &it->nodes[slot];
		if (node->state != NODE_READY || removes(plan, slot) || room[slot] < moves->cpu ||
		    !it->fits[moves->shape * KINDS + node->kind])
			continue;
		room[slot] -= moves->cpu;
		bool placed = can_place(it, plan, room, moves + 1, n - 1);
		room[slot] += moves->cpu;
		if (placed)
			return true;
	}
	return false;
}

static bool moves_on(const struct placed *pod)
{
	return !pod->daemon && !pod->leaving;
}

static void evicts(const struct node_view *node, int32_t left[BUDGETS])
{
	for (uint32_t i = 0; i < node->n_placed; i++)
		if (moves_on(&node->placed[i]) && node->placed[i].budget != NO_BUDGET)
			left[node->placed[i].budget]--;
}

/* When a node is chosen, each budget of its pods allows a disruption still, after all that the nodes before it have to
 * evict: those that are leaving, and those of the same plan. Only of the last one may there be more, which then go in
 * turn. */
static void check_budgets(const struct cluster *it, const struct plan *plan)
{
	int32_t left[BUDGETS];
	memcpy(left, it->budgets, sizeof left);
	for (uint32_t slot = 0; slot < it->snapshot.n_nodes; slot++)
		if (it->nodes[slot].state == NODE_LEAVING)
			evicts(&it->nodes[slot], left);
	for (uint32_t a = 0; a < plan->n_actions; a++) {
		if (plan->actions[a].kind != ACTION_REMOVE_NODE)
			continue;
		const struct node_view *node = &it->nodes[plan->actions[a].target];
		for (uint32_t i = 0; i < node->n_placed; i++)
			if (moves_on(&node->placed[i]) && node->placed[i].budget != NO_BUDGET)
				assert_true(left[node->placed[i].budget] > 0);
		evicts(node, left);
	}
}

static void check_removals(const struct cluster *it, const struct plan *plan, uint32_t *drained)
{
	struct move moves[NODES * PLACED];
	size_t n = 0;
	int64_t room[NODES];
	int32_t sizes[GROUPS];
	for (uint32_t g = 0; g < GROUPS; g++)
		sizes[g] = it->groups[g].size;
	for (uint32_t slot = 0; slot < it->snapshot.n_nodes; slot++) {
		const struct node_view *node = &it->nodes[slot];
		room[slot] = node->cpu_milli - node->used_cpu_milli;
		if (node->state == NODE_LEAVING && node->group != NO_GROUP)
			sizes[node->group]--;
		if (!removes(plan, slot))
			continue;
		assert_true(node->state == NODE_READY || node->state == NODE_UPCOMING);
		assert_true(node->group < GROUPS && !it->groups[node->group].held);
		sizes[node->group]--;
		assert_true(sizes[node->group] >= it->groups[node->group].min);
		for (uint32_t i = 0; i < node->n_placed; i++) {
			const struct placed *pod = &node->placed[i];
			if (!moves_on(pod))
				continue;
			assert_false(pod->pinned);
			moves[n++] = (struct move){pod->cpu_milli, pod->shape};
		}
	}
	check_budgets(it, plan);
	*drained += n > 0;
	assert_true(can_place(it, plan, room, moves, n));
}

static void check_additions(const struct cluster *it, const struct plan *plan, uint32_t *added)
{
	for (uint32_t i = 0; i < plan->n_actions; i++) {
		const struct action *action = &plan->actions[i];
		if (action->kind != ACTION_ADD_NODES)
			continue;
		const struct group_view *group = &it->groups[action->target];
		bool wanted = false;
		for (uint32_t p = 0; p < it->snapshot.n_pending; p++)
			wanted |= !it->pending[p].unmodelled && it->fits[it->pending[p].shape * KINDS + group->kind];
		assert_true(wanted && !group->held);
		assert_true(action->to > action->from && action->to <= group->max);
		++*added;
	}
}

/* Whatever the cluster: groups stay within their limits, no budget is overdrawn, and every pod that has to move has a
 * node to go to that admits it. */
static void random_clusters(void **state)
{
	(void)state;
	uint64_t random = 3;
	uint32_t drained = 0, added = 0, unhealthy = 0;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s ca.max_parallel_deletions=20 ca.max_parallel_drains=20");
	for (int i = 0; i < 20000; i++) {
		random_cluster(&it, &random);
		it.snapshot.n_unready = draw(&random, 8) ? 0 : (uint32_t)draw(&random, 12);
		scan(&it);
		check_removals(&it, &it.plan, &drained);
		check_additions(&it, &it.plan, &added);
		unhealthy += it.plan.nodes.reason == NODES_UNHEALTHY;
		assert_true(it.plan.nodes.reason != NODES_UNHEALTHY || it.plan.n_actions == 0);
	}
	close_cluster(&it);
	assert_true(drained > 1000 && added > 1000 && unhealthy > 100);
}

/* Whether a node can go whatever else is done: its pods may, and there is one node that has room for them all. */
static bool can_go(const struct cluster *it, uint32_t slot)
{
	const struct node_view *node = &it->nodes[slot];
	const struct group_view *group = node->group < GROUPS ? &it->groups[node->group] : NULL;
	int64_t cpu = 0;
	int32_t n = 0;
	if (node->state != NODE_READY || !group || group->held || group->size <= group->min ||
	    2 * node->used_cpu_milli >= node->cpu_milli)
		return false;
	for (uint32_t i = 0; i < node->n_placed; i++) {
		const struct placed *pod = &node->placed[i];
		if (!moves_on(pod))
			continue;
		if (pod->pinned || (pod->budget != NO_BUDGET && it->budgets[pod->budget] <= 0))
			return false;
		cpu += pod->cpu_milli;
		n++;
	}
	for (uint32_t to = 0; n && to < it->snapshot.n_nodes; to++) {
		const struct node_view *host = &it->nodes[to];
		bool takes = to != slot && host->state == NODE_READY && host->cpu_milli - host->used_cpu_milli >= cpu &&
			     host->pods - host->used_pods >= n;
		for (uint32_t i = 0; i < node->n_placed && takes; i++)
			takes = !moves_on(&node->placed[i]) || it->fits[node->placed[i].shape * KINDS + host->kind];
		if (takes)
			return true;
	}
	return n == 0;
}

/* Where a node can go and nothing else is on its way, something goes. */
static void something_goes(void **state)
{
	(void)state;
	uint64_t random = 5;
	uint32_t could = 0, uid = 0;
	struct cluster it;
	open_cluster(&it, "ca.unremovable_recheck=1s ca.max_parallel_deletions=30 ca.max_parallel_drains=30");
	for (int i = 0; i < 20000; i++) {
		bool can = false;
		random_cluster(&it, &random);
		it.snapshot.n_pending = 0;
		for (uint32_t slot = 0; slot < it.snapshot.n_nodes; slot++) {
			it.nodes[slot].uid = ++uid;
			if (it.nodes[slot].state == NODE_LEAVING)
				it.nodes[slot].state = NODE_UNREADY;
		}
		for (uint32_t slot = 0; slot < it.snapshot.n_nodes; slot++)
			can |= can_go(&it, slot);
		could += can;
		scan(&it);
		assert_true(!can || it.plan.nodes.removed > 0 || it.plan.n_actions > 0);
	}
	close_cluster(&it);
	assert_true(could > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_group_helps_what_it_fits),
	    cmocka_unit_test(only_what_fits_counts),
	    cmocka_unit_test(room_is_of_a_kind),
	    cmocka_unit_test(nothing_is_bought_on_a_guess),
	    cmocka_unit_test(held_groups_stay),
	    cmocka_unit_test(pods_move_to_what_admits_them),
	    cmocka_unit_test(guests_keep_their_constraints),
	    cmocka_unit_test(budgets_are_used_up),
	    cmocka_unit_test(pods_of_a_node_go_in_turn),
	    cmocka_unit_test(a_budget_is_given_back),
	    cmocka_unit_test(leaving_pods_need_room),
	    cmocka_unit_test(a_group_at_its_least_size_takes_nothing),
	    cmocka_unit_test(what_was_given_back_waits),
	    cmocka_unit_test(what_is_in_no_group_stays),
	    cmocka_unit_test(too_many_unready),
	    cmocka_unit_test(few_unready_are_no_matter),
	    cmocka_unit_test(indices_are_checked),
	    cmocka_unit_test(random_clusters),
	    cmocka_unit_test(something_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
