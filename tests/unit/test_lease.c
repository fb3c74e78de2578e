#include "../../autoscaler/io/kube/lease.h"
#include "../../autoscaler/io/kube/lease_rule.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* ---- a server with optimistic concurrency, candidates with clocks of their own, and bad luck ---- */

#define TICK       ((ms_t)20)
#define CANDIDATES 3
#define FLIGHTS    64

struct luck {
	uint64_t seed, n;
};

static uint64_t draw(struct luck *luck, uint64_t below)
{
	return mix64(luck->seed + mix64(luck->n++)) % below;
}

struct flight {
	bool used, arrived;
	uint32_t candidate, life, request;
	enum lease_act act;
	char version[64], holder[LEASE_NAME_MAX];
	ms_t arrives, returns; /* MS_NEVER: lost */
	enum lease_outcome outcome;
	struct lease_record record;
};

struct candidate {
	struct lease_rule rule;
	char name[32];
	ms_t offset, rate; /* local = offset + t * rate / 1000 */
	ms_t paused_until, gives_up_at;
	uint32_t life, request; /* the last one sent */
	bool dead;
};

struct world {
	struct luck luck;
	struct lease_record object;
	int64_t version;
	struct candidate candidates[CANDIDATES];
	struct flight flights[FLIGHTS];
	uint32_t lost, slow; /* of a thousand */
	bool kills;
	ms_t duration, deadline, period;
	uint32_t overlaps, held_ticks;
};

static ms_t local(const struct candidate *candidate, ms_t t)
{
	return candidate->offset + t * candidate->rate / 1000;
}

static void be_born(struct world *world, uint32_t i, ms_t t)
{
	struct candidate *candidate = &world->candidates[i];
	uint32_t life = candidate->life + 1;
	*candidate = (struct candidate){.life = life, .offset = (ms_t)draw(&world->luck, 1000000)};
	candidate->rate = 850 + (ms_t)draw(&world->luck, 301);
	snprintf(candidate->name, sizeof candidate->name, "c%u-%u", i, life);
	candidate->rule = (struct lease_rule){.duration = world->duration,
					      .renew_deadline = world->deadline,
					      .retry_period = world->period,
					      .seed = draw(&world->luck, UINT64_MAX),
					      .renewed_at = MS_UNSET,
					      .due_at = local(candidate, t)};
	candidate->rule.identity = candidate->name;
}

static ms_t travel(struct world *world)
{
	if (draw(&world->luck, 1000) < world->lost)
		return MS_NEVER;
	return (ms_t)draw(&world->luck, draw(&world->luck, 1000) < world->slow ? 40000 : 200);
}

static void send(struct world *world, uint32_t i, enum lease_act act, ms_t t)
{
	struct candidate *candidate = &world->candidates[i];
	uint32_t f = 0;
	while (f < FLIGHTS && world->flights[f].used)
		f++;
	assert_true(f < FLIGHTS);
	struct flight *flight = &world->flights[f];
	*flight = (struct flight){.used = true, .candidate = i, .life = candidate->life, .act = act};
	flight->request = ++candidate->request;
	snprintf(flight->version, sizeof flight->version, "%s", candidate->rule.seen.version);
	snprintf(flight->holder, sizeof flight->holder, "%s", candidate->name);
	ms_t there = travel(world), back = travel(world);
	flight->arrives = there == MS_NEVER ? MS_NEVER : t + there;
	flight->returns = there == MS_NEVER || back == MS_NEVER ? MS_NEVER : flight->arrives + back;
	candidate->gives_up_at = t + 1000 + (ms_t)draw(&world->luck, 12000);
}

static void store(struct world *world, const char *holder)
{
	world->object = (struct lease_record){.exists = true, .duration = world->duration};
	snprintf(world->object.holder, sizeof world->object.holder, "%s", holder);
	snprintf(world->object.version, sizeof world->object.version, "%lld", (long long)++world->version);
}

static void serve(struct world *world, struct flight *flight)
{
	const struct lease_record *object = &world->object;
	flight->arrived = true;
	flight->outcome = LEASE_OK;
	if (flight->act == LEASE_CREATE && object->exists)
		flight->outcome = LEASE_CONFLICT;
	else if (flight->act != LEASE_CREATE && !object->exists)
		flight->outcome = LEASE_ABSENT;
	else if (flight->act == LEASE_UPDATE && strcmp(object->version, flight->version) != 0)
		flight->outcome = LEASE_CONFLICT;
	else if (flight->act != LEASE_READ)
		store(world, flight->holder);
	flight->record = *object;
}

static void fly(struct world *world, ms_t t)
{
	for (uint32_t f = 0; f < FLIGHTS; f++) {
		struct flight *flight = &world->flights[f];
		if (!flight->used)
			continue;
		struct candidate *candidate = &world->candidates[flight->candidate];
		if (!flight->arrived && flight->arrives <= t)
			serve(world, flight);
		bool heeded = !candidate->dead && candidate->life == flight->life &&
			      candidate->request == flight->request && candidate->rule.pending != LEASE_NOTHING;
		if (flight->returns <= t && candidate->paused_until <= t) {
			if (heeded)
				lease_rule_answer(&candidate->rule, local(candidate, t), flight->outcome,
						  &flight->record);
			flight->used = false;
		} else if (!heeded && (flight->arrived || flight->arrives == MS_NEVER)) {
			flight->used = false;
		}
	}
}

static void live(struct world *world, uint32_t i, ms_t t)
{
	struct candidate *candidate = &world->candidates[i];
	if (world->kills && draw(&world->luck, 3000) == 0)
		candidate->dead = true;
	if (candidate->dead) {
		if (draw(&world->luck, 500) == 0)
			be_born(world, i, t);
		return;
	}
	if (candidate->paused_until > t)
		return;
	if (draw(&world->luck, 2000) == 0)
		candidate->paused_until = t + (ms_t)draw(&world->luck, 30000);
	if (candidate->rule.pending != LEASE_NOTHING && t >= candidate->gives_up_at)
		lease_rule_answer(&candidate->rule, local(candidate, t), LEASE_UNKNOWN, NULL);
	enum lease_act act = lease_rule_step(&candidate->rule, local(candidate, t));
	if (act != LEASE_NOTHING)
		send(world, i, act, t);
}

static void run(struct world *world, ms_t span)
{
	for (uint32_t i = 0; i < CANDIDATES; i++)
		be_born(world, i, 0);
	for (ms_t t = 0; t < span; t += TICK) {
		uint32_t holders = 0;
		fly(world, t);
		for (uint32_t i = 0; i < CANDIDATES; i++)
			live(world, i, t);
		for (uint32_t i = 0; i < CANDIDATES; i++)
			holders += !world->candidates[i].dead &&
				   lease_rule_held(&world->candidates[i].rule, local(&world->candidates[i], t));
		world->held_ticks += holders > 0;
		world->overlaps += holders > 1;
	}
}

static struct world world_of(uint64_t seed)
{
	struct world world = {.luck = {seed, 0}, .duration = 15000, .deadline = 10000, .period = 2000};
	world.lost = (uint32_t)draw(&world.luck, 200);
	world.slow = (uint32_t)draw(&world.luck, 200);
	world.kills = draw(&world.luck, 2);
	return world;
}

static void test_never_two_holders(void **state)
{
	const char *given = getenv("SEED");
	uint64_t base = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 1000;
	(void)state;
	printf("# SEED=%llu\n", (unsigned long long)base);
	for (uint64_t i = 0; i < 300; i++) {
		struct world world = world_of(base + i);
		run(&world, 200000);
		if (world.overlaps)
			printf("# SEED=%llu: two held at once\n", (unsigned long long)(base + i));
		assert_int_equal(world.overlaps, 0);
	}
}

/* The same watch over a rule that is wrong must see it. */
static void test_overlap_is_noticed(void **state)
{
	uint32_t noticed = 0;
	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		struct world world = world_of(i);
		world.duration = 5000;
		world.deadline = 15000;
		run(&world, 200000);
		noticed += world.overlaps > 0;
	}
	assert_true(noticed > 5);
}

static void test_somebody_leads(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 50; i++) {
		struct world world = world_of(i);
		world.lost = world.slow = 0;
		world.kills = false;
		run(&world, 200000);
		/* Pauses of the leader aside, nearly always. */
		assert_true(world.held_ticks > 200000 / TICK / 4);
	}
}

/* ---- one candidate, step by step ---- */

static struct lease_rule fresh(void)
{
	return (struct lease_rule){.identity = "me",
				   .duration = 15000,
				   .renew_deadline = 10000,
				   .retry_period = 2000,
				   .renewed_at = MS_UNSET,
				   .due_at = 0};
}

static struct lease_record record(const char *holder, const char *version)
{
	struct lease_record made = {.exists = true, .duration = 15000};
	snprintf(made.holder, sizeof made.holder, "%s", holder);
	snprintf(made.version, sizeof made.version, "%s", version);
	return made;
}

static struct lease_rule leader(void)
{
	struct lease_rule rule = fresh();
	struct lease_record mine = record("me", "1");
	assert_int_equal(lease_rule_step(&rule, 0), LEASE_READ);
	lease_rule_answer(&rule, 5, LEASE_ABSENT, NULL);
	assert_int_equal(lease_rule_step(&rule, 5), LEASE_CREATE);
	lease_rule_answer(&rule, 100, LEASE_OK, &mine);
	return rule;
}

static void test_takes_what_is_not_there(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	assert_true(lease_rule_held(&rule, 100));
	assert_int_equal(rule.transitions, 1);
	assert_int_equal(rule.due_at, 2005);
	/* from when it was sent, not from the answer */
	assert_true(lease_rule_held(&rule, 10004));
	assert_false(lease_rule_held(&rule, 10005));
}

static void test_waits_for_anothers(void **state)
{
	(void)state;
	struct lease_rule rule = fresh();
	struct lease_record theirs = record("you", "7");
	enum lease_act act = LEASE_NOTHING;
	ms_t now = 0;
	while (act != LEASE_UPDATE) {
		assert_int_equal(lease_rule_step(&rule, now), LEASE_READ);
		now += 50;
		lease_rule_answer(&rule, now, LEASE_OK, &theirs);
		assert_false(lease_rule_held(&rule, now));
		act = lease_rule_step(&rule, now);
		/* seen first at 50: free at 15050 and not before */
		assert_int_equal(act, now < 15050 ? LEASE_NOTHING : LEASE_UPDATE);
		assert_true(act == LEASE_UPDATE || rule.due_at <= now + 4400);
		now = act == LEASE_UPDATE ? now : rule.due_at;
	}
	struct lease_record mine = record("me", "8");
	lease_rule_answer(&rule, now + 10, LEASE_OK, &mine);
	assert_true(lease_rule_held(&rule, now + 10));
}

static void test_a_renewal_starts_the_wait_anew(void **state)
{
	(void)state;
	struct lease_rule rule = fresh();
	struct lease_record first = record("you", "7"), second = record("you", "8");
	lease_rule_step(&rule, 0);
	lease_rule_answer(&rule, 0, LEASE_OK, &first);
	lease_rule_step(&rule, 14000);
	lease_rule_answer(&rule, 14000, LEASE_OK, &second);
	assert_int_equal(lease_rule_step(&rule, 20000), LEASE_READ);
	lease_rule_answer(&rule, 20000, LEASE_OK, &second);
	assert_int_equal(lease_rule_step(&rule, 20000), LEASE_NOTHING);
	assert_int_equal(lease_rule_step(&rule, 29000), LEASE_READ);
	lease_rule_answer(&rule, 29000, LEASE_OK, &second);
	assert_int_equal(lease_rule_step(&rule, 29000), LEASE_UPDATE);
}

static void test_free_is_taken_at_once(void **state)
{
	(void)state;
	struct lease_rule rule = fresh();
	struct lease_record nobody = record("", "7");
	lease_rule_step(&rule, 0);
	lease_rule_answer(&rule, 10, LEASE_OK, &nobody);
	assert_int_equal(lease_rule_step(&rule, 10), LEASE_UPDATE);
}

static void test_lost_answer_is_asked_after(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	assert_int_equal(lease_rule_step(&rule, 2005), LEASE_UPDATE);
	lease_rule_answer(&rule, 6005, LEASE_UNKNOWN, NULL);
	assert_true(lease_rule_held(&rule, 6005));
	assert_int_equal(lease_rule_step(&rule, 6005), LEASE_UPDATE);
	lease_rule_answer(&rule, 6010, LEASE_CONFLICT, NULL); /* the first had been accepted */
	assert_int_equal(lease_rule_step(&rule, 6010), LEASE_READ);
	struct lease_record mine = record("me", "2"), renewed = record("me", "3");
	lease_rule_answer(&rule, 6020, LEASE_OK, &mine);
	assert_int_equal(lease_rule_step(&rule, 6020), LEASE_UPDATE);
	lease_rule_answer(&rule, 6030, LEASE_OK, &renewed);
	assert_true(lease_rule_held(&rule, 16019));
	assert_int_equal(rule.transitions, 1);
}

static void test_another_took_it(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	struct lease_record theirs = record("you", "2");
	assert_int_equal(lease_rule_step(&rule, 2005), LEASE_UPDATE);
	lease_rule_answer(&rule, 2010, LEASE_CONFLICT, NULL);
	assert_int_equal(lease_rule_step(&rule, 2010), LEASE_READ);
	lease_rule_answer(&rule, 2020, LEASE_OK, &theirs);
	assert_false(lease_rule_held(&rule, 2020));
	assert_int_equal(lease_rule_step(&rule, 2020), LEASE_NOTHING);
}

static void test_deleted_is_lost_and_waited_out(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	assert_int_equal(lease_rule_step(&rule, 2005), LEASE_UPDATE);
	lease_rule_answer(&rule, 2010, LEASE_ABSENT, NULL);
	assert_false(lease_rule_held(&rule, 2010));
	assert_int_equal(lease_rule_step(&rule, 10000), LEASE_READ);
	lease_rule_answer(&rule, 10010, LEASE_ABSENT, NULL);
	assert_int_equal(lease_rule_step(&rule, 10010), LEASE_NOTHING);
	assert_int_equal(lease_rule_step(&rule, 17000), LEASE_READ);
	lease_rule_answer(&rule, 17010, LEASE_ABSENT, NULL);
	assert_int_equal(lease_rule_step(&rule, 17010), LEASE_CREATE);
}

static void test_own_name_of_before_is_waited_out(void **state)
{
	(void)state;
	struct lease_rule rule = fresh();
	struct lease_record before = record("me", "7");
	lease_rule_step(&rule, 0);
	lease_rule_answer(&rule, 10, LEASE_OK, &before);
	assert_int_equal(lease_rule_step(&rule, 10), LEASE_NOTHING);
	assert_false(lease_rule_held(&rule, 10));
}

static void test_writers_in_the_way_make_no_storm(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	struct lease_record mine = record("me", "9");
	uint32_t sent = 0;
	for (ms_t now = 2005; now < 4000; now++) {
		enum lease_act act = lease_rule_step(&rule, now);
		sent += act != LEASE_NOTHING;
		if (act == LEASE_READ)
			lease_rule_answer(&rule, now, LEASE_OK, &mine);
		else if (act == LEASE_UPDATE)
			lease_rule_answer(&rule, now, LEASE_CONFLICT, NULL);
	}
	assert_int_equal(sent, 3);
}

static void test_release(void **state)
{
	(void)state;
	struct lease_rule rule = leader();
	assert_true(lease_rule_release(&rule, 3000));
	assert_false(lease_rule_held(&rule, 3000));
	assert_int_equal(lease_rule_step(&rule, 100000), LEASE_NOTHING);
	rule = leader();
	assert_false(lease_rule_release(&rule, 20000)); /* another may have it by now */
	rule = fresh();
	assert_false(lease_rule_release(&rule, 0));
}

static ms_t no_time(void)
{
	return 0;
}

/* "--lease plimsoll/" asks for all leases of a namespace, and would never lead. */
static void test_needs_a_name(void **state)
{
	(void)state;
	struct err err;
	const struct lease_config config = {.namespace_ = "plimsoll",
					    .name = "",
					    .identity = "me",
					    .duration = 15 * SECOND_MS,
					    .renew_deadline = 10 * SECOND_MS,
					    .retry_period = 2 * SECOND_MS,
					    .mono = no_time};
	assert_null(lease_open(NULL, &config, NULL, &err));
	assert_non_null(strstr(err.message, "lease 'plimsoll/': allowed is a name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_needs_a_name),
	    cmocka_unit_test(test_never_two_holders),
	    cmocka_unit_test(test_overlap_is_noticed),
	    cmocka_unit_test(test_somebody_leads),
	    cmocka_unit_test(test_takes_what_is_not_there),
	    cmocka_unit_test(test_waits_for_anothers),
	    cmocka_unit_test(test_a_renewal_starts_the_wait_anew),
	    cmocka_unit_test(test_free_is_taken_at_once),
	    cmocka_unit_test(test_lost_answer_is_asked_after),
	    cmocka_unit_test(test_another_took_it),
	    cmocka_unit_test(test_deleted_is_lost_and_waited_out),
	    cmocka_unit_test(test_own_name_of_before_is_waited_out),
	    cmocka_unit_test(test_writers_in_the_way_make_no_storm),
	    cmocka_unit_test(test_release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
