#include "../../autoscaler/io/kube/lease.h"
#include "../../autoscaler/io/kube/lease_rule.h"

#include <time.h>

#include "api_server.h"

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

static void send_off(struct world *world, uint32_t i, enum lease_act act, ms_t t)
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
		send_off(world, i, act, t);
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

/* ---- the conversation, with a server that answers as it likes ---- */

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/ns/leases"
#define LEASE  LEASES "/plimsoll"

static ms_t clock_now;

static ms_t read_clock(void)
{
	return clock_now;
}

struct elected {
	struct api_server api;
	struct lease *lease;
	uint64_t answered;
};

static uint64_t answers(const struct elected *it)
{
	struct call_count counts[32];
	uint64_t n = 0;
	for (uint32_t i = server_counts(kube_server(it->api.kube), counts, COUNT(counts)); i-- > 0;)
		n += counts[i].calls;
	return n;
}

/* Asks what is due; so many answers come, and no more is asked. */
static void steps(struct elected *it, ms_t now, uint32_t n)
{
	struct err err;
	clock_now = now;
	lease_step(it->lease, now);
	it->answered += n;
	for (int tries = 0; answers(it) < it->answered; tries++) {
		assert_true(tries < 1000);
		net_run(it->api.net, 10, &err);
	}
	net_run(it->api.net, 0, &err);
	assert_int_equal(answers(it), it->answered);
}

static void stand(struct elected *it)
{
	const struct lease_config config = {.namespace_ = "ns",
					    .name = "plimsoll",
					    .identity = "me",
					    .duration = 2000,
					    .renew_deadline = 1000,
					    .retry_period = 200,
					    .mono = read_clock};
	struct err err;
	clock_now = 0;
	it->lease = lease_open(it->api.kube, &config, &it->api.log, &err);
	assert_non_null(it->lease);
	it->answered = answers(it);
}

static void lease_is(struct elected *it, int times, const char *request, const char *version, const char *spec)
{
	char body[1024];
	snprintf(body, sizeof body, "{'metadata':{'name':'plimsoll','resourceVersion':'%s'},'spec':{%s}}", version,
		 spec);
	api_says(&it->api, times, request, 200, body);
}

#define MINE  "'holderIdentity':'me','leaseDurationSeconds':2"
#define YOURS "'holderIdentity':'you','leaseDurationSeconds':3"

/* It is taken, and leads. */
static void lead(struct elected *it)
{
	api_start(&it->api);
	stand(it);
	lease_is(it, 1, "GET " LEASE, "1", "'holderIdentity':''");
	lease_is(it, 1, "PUT " LEASE, "2", MINE);
	steps(it, 0, 2);
	assert_true(lease_held(it->lease, 0));
	api_forget(&it->api);
}

static void leave(struct elected *it)
{
	lease_close(it->lease);
	api_stop(&it->api);
}

/* Whatever it says: another's is waited out for as long as it says, for our own duration where it does not say what can
 * be; times in it do not count; nobody's is taken at once. */
static void test_nonsense_in_the_record(void **state)
{
	static const struct {
		const char *spec;
		ms_t wait;
	} cases[] = {
	    {YOURS, 3000},
	    {YOURS ",'renewTime':'2026-11-24T14:00:00.000000Z'", 3000},
	    {YOURS ",'renewTime':'1970-01-01T00:00:00.000000Z','acquireTime':7", 3000},
	    {YOURS ",'renewTime':'2999-12-31T23:59:59.000000Z'", 3000},
	    {YOURS ",'renewTime':'yesterday','acquireTime':'yesterday'", 3000},
	    {YOURS ",'renewTime':null,'leaseTransitions':'many'", 3000},
	    {YOURS ",'leaseTransitions':-7", 3000},
	    {YOURS ",'leaseTransitions':99999999999999999999", 3000},
	    {"'holderIdentity':'you'", 2000},
	    {"'holderIdentity':'you','leaseDurationSeconds':0", 2000},
	    {"'holderIdentity':'you','leaseDurationSeconds':-3", 2000},
	    {"'holderIdentity':'you','leaseDurationSeconds':'long'", 2000},
	    {"'holderIdentity':'you','leaseDurationSeconds':2147483648", 2000},
	    {"'holderIdentity':'you','leaseDurationSeconds':1e300", 2000},
	    {"'holderIdentity':'me','leaseDurationSeconds':3", 3000}, /* of one before us, by its name */
	    {"'holderIdentity':'','leaseDurationSeconds':2147483647", 0},
	    {"'holderIdentity':null,'renewTime':'2999-12-31T23:59:59.000000Z'", 0},
	    {"", 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct elected it = {.answered = 0};
		api_start(&it.api);
		stand(&it);
		lease_is(&it, ALWAYS, "GET " LEASE, "7", cases[i].spec);
		lease_is(&it, ALWAYS, "PUT " LEASE, "8", MINE);
		steps(&it, 0, cases[i].wait ? 1 : 2);
		if (cases[i].wait) {
			steps(&it, cases[i].wait - 1, 1);
			assert_false(lease_held(it.lease, clock_now));
			steps(&it, cases[i].wait + 440, 2);
		}
		assert_true(lease_held(it.lease, clock_now));
		const char *body = api_last(&it.api, "PUT")->body;
		assert_non_null(strstr(body, "\"resourceVersion\":\"7\""));
		assert_non_null(strstr(body, "\"holderIdentity\":\"me\",\"leaseDurationSeconds\":2,"));
		assert_non_null(strstr(body, i == 14 ? "\"leaseTransitions\":0}" : "\"leaseTransitions\":1}"));
		leave(&it);
	}
}

/* A span that no one means is kept to all the same, as client-go does: its holder may live. */
static void test_a_lease_for_years(void **state)
{
	struct elected it = {.answered = 0};
	(void)state;
	api_start(&it.api);
	stand(&it);
	lease_is(&it, ALWAYS, "GET " LEASE, "7", "'holderIdentity':'you','leaseDurationSeconds':2147483647");
	for (ms_t now = 0; now < 30 * DAY_MS; now += DAY_MS)
		steps(&it, now, 1);
	assert_int_equal(api_count(&it.api, "PUT"), 0);
	assert_int_equal(api_logged(&it.api, "another leads"), 1);
	leave(&it);
}

/* What says nothing is told once, and nothing follows from it. */
static void test_no_record_at_all(void **state)
{
	static const char *const bodies[] = {"", "[]", "{", "{'spec':{'holderIdentity':''}}",
					     "{'metadata':{'resourceVersion':''},'spec':{'holderIdentity':''}}"};
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct elected it = {.answered = 0};
		api_start(&it.api);
		stand(&it);
		api_says(&it.api, ALWAYS, "GET " LEASE, 200, bodies[i]);
		steps(&it, 0, 1);
		steps(&it, 1000, 1);
		assert_false(lease_held(it.lease, clock_now));
		assert_int_equal(api_count(&it.api, "PUT") + api_count(&it.api, "POST"), 0);
		assert_int_equal(api_logged(&it.api, "lease could not be read or renewed"), 1);
		leave(&it);
	}
}

/* Under the leader: what was written since is read before the next write, and what is its own is made whole. */
static void test_edited_under_the_leader(void **state)
{
	static const struct {
		const char *spec;
		bool leads;     /* it is its own still, or nobody's */
		uint64_t times; /* that it became leader */
	} cases[] = {
	    {"'holderIdentity':'me','leaseDurationSeconds':2147483647", true, 1},
	    {"'holderIdentity':'me','leaseDurationSeconds':0,'renewTime':'yesterday'", true, 1},
	    {"'holderIdentity':'','leaseDurationSeconds':0", true, 2},
	    {"", true, 2},
	    {YOURS, false, 1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct elected it = {.answered = 0};
		lead(&it);
		lease_is(&it, ALWAYS, "GET " LEASE, "9", cases[i].spec);
		lease_is(&it, ALWAYS, "PUT " LEASE, "10", MINE);
		api_says(&it.api, 1, "PUT " LEASE, 409, "{}");
		steps(&it, 200, cases[i].leads ? 3 : 2);
		assert_int_equal(lease_held(it.lease, clock_now), cases[i].leads);
		assert_int_equal(lease_transitions(it.lease), cases[i].times);
		if (cases[i].leads) {
			const char *body = api_last(&it.api, "PUT")->body;
			assert_non_null(strstr(body, "\"resourceVersion\":\"9\""));
			assert_non_null(strstr(body, "\"holderIdentity\":\"me\",\"leaseDurationSeconds\":2,"));
		} else {
			assert_string_equal(lease_holder(it.lease), "you");
		}
		leave(&it);
	}
}

/* Its answer is lost: it leads on, until its deadline, and finds out. */
static void test_renewed_without_an_answer(void **state)
{
	struct elected it = {.answered = 0};
	(void)state;
	lead(&it);
	api_says(&it.api, 1, "PUT " LEASE, 0, "");
	steps(&it, 200, 1);
	assert_true(lease_held(it.lease, 999));
	assert_false(lease_held(it.lease, 1000)); /* it counts from the last one that is known of */
	lease_is(&it, 1, "PUT " LEASE, "4", MINE);
	lease_is(&it, 1, "GET " LEASE, "3", MINE);
	api_says(&it.api, 1, "PUT " LEASE, 409, "{}");
	steps(&it, 400, 3);
	assert_non_null(strstr(api_last(&it.api, "PUT")->body, "\"resourceVersion\":\"3\""));
	assert_true(lease_held(it.lease, 1399));
	assert_false(lease_held(it.lease, 1400));
	assert_int_equal(lease_transitions(it.lease), 1);
	leave(&it);
}

/* At its end it is nobody's: written once more where a renewal of its own came in between, never over another's. */
static void test_goodbye(void **state)
{
	static const struct {
		int first;        /* the answer to the release */
		const char *then; /* what is read after it; NULL: nothing */
		ms_t at;
		int puts;
	} cases[] = {
	    {200, NULL, 500, 1}, {409, MINE, 500, 2}, {409, YOURS, 500, 1}, {500, NULL, 500, 1}, {0, NULL, 1500, 0}};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct elected it = {.answered = 0};
		lead(&it);
		lease_is(&it, ALWAYS, "PUT " LEASE, "11", "");
		api_says(&it.api, 1, "PUT " LEASE, cases[i].first, "{}");
		if (cases[i].then)
			lease_is(&it, 1, "GET " LEASE, "10", cases[i].then);
		clock_now = cases[i].at;
		lease_close(it.lease);
		assert_int_equal(api_count(&it.api, "PUT"), cases[i].puts);
		assert_int_equal(api_count(&it.api, "GET"), cases[i].then != NULL);
		if (cases[i].puts) {
			const char *body = api_last(&it.api, "PUT")->body;
			assert_null(strstr(body, "holderIdentity"));
			assert_non_null(strstr(body, "\"leaseDurationSeconds\":1,"));
			assert_non_null(strstr(body, cases[i].puts == 2 ? "\"resourceVersion\":\"10\""
									: "\"resourceVersion\":\"2\""));
		}
		api_stop(&it.api);
	}
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
	    cmocka_unit_test(test_nonsense_in_the_record),
	    cmocka_unit_test(test_a_lease_for_years),
	    cmocka_unit_test(test_no_record_at_all),
	    cmocka_unit_test(test_edited_under_the_leader),
	    cmocka_unit_test(test_renewed_without_an_answer),
	    cmocka_unit_test(test_goodbye),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
