/* Scales written: all at once, each at most once. */
#include "actuate_internal.h"

/* So many under way: more would only wait in the server, and come to nothing there when the time is up. Each is asked
 * may_act when it goes out. */
#define SCALE_WINDOW 40u

/* ---- the conversation ---- */

static void go_on(struct scale_write *);

static void settle(struct scale_write *write, enum scale_step step)
{
	write->next = step;
	write->actuate->n_open--;
	if (step == SCALE_ACCEPTED)
		write->try.trouble[0] = 0;
}

static void heard(struct scale_write *write, bool read, const struct answer *answer)
{
	struct err err = answer->err;
	struct scale_heard said = {.read = read, .status = answer->status, .message = err.message};
	if (answer->status == 200 && read &&
	    scale_parse(answer->body, answer->size, &said.replicas, write->version, &err) < 0)
		said.status = 0;
	write->call = 0;
	write->actuate->n_under_way--;
	enum scale_step step = scale_after(&write->try, &said);
	if (step == SCALE_ACCEPTED || step == SCALE_REFUSED) {
		settle(write, step);
	} else {
		write->next = step;
		go_on(write);
	}
}

static void was_read(void *self, const struct answer *answer)
{
	heard(self, true, answer);
}

static void was_written(void *self, const struct answer *answer)
{
	heard(self, false, answer);
}

static void send(struct scale_write *write, const char *body, ms_t left)
{
	bool read = write->next == SCALE_READ;
	/* A third of the time is kept to ask what became of it. */
	struct call call = {.method = read ? "GET" : "PUT",
			    .path = read ? write->path : write->dry_path,
			    .body = body,
			    .content_type = read ? NULL : "application/json",
			    .timeout = max64(read ? left : left * 2 / 3, 1),
			    .retries = 2,
			    .done = read ? was_read : was_written,
			    .self = write};
	write->try.writes += !read;
	write->actuate->n_under_way++;
	write->call = server_call(write->actuate->server, &call);
}

static void go_on(struct scale_write *write)
{
	struct live_actuate *actuate = write->actuate;
	struct err err;
	const char *body = NULL;
	ms_t left = actuate->until - clock_mono();
	if (left <= 0)
		return; /* live_scale says so of all that are open then */
	if (write->next == SCALE_WRITE && !actuate->config.may_act(actuate->config.self)) {
		snprintf(write->try.trouble, sizeof write->try.trouble, "%s",
			 write->try.maybe ? "not known whether it was accepted, and this process does not lead any more"
					  : "not sent: this process does not lead any more");
		settle(write, SCALE_REFUSED);
		return;
	}
	if (write->next == SCALE_WRITE) {
		body = scale_body(&actuate->body, write->namespace_, write->name, write->version, write->try.to, &err);
		if (!body) {
			snprintf(write->try.trouble, sizeof write->try.trouble, "%.200s", err.message);
			settle(write, SCALE_REFUSED);
			return;
		}
	}
	send(write, body, left);
}

/* ---- all of them ---- */

static int prepare(struct live_actuate *actuate, struct scale_write *write, const struct action *action,
		   struct err *err)
{
	const struct live_target *target = live_target(actuate->config.targets, action->target);
	struct arena *arena = &actuate->scales;
	*write = (struct scale_write){.actuate = actuate, .try = {.from = action->from, .to = action->to}};
	if (target) {
		write->namespace_ = arena_strdup(arena, target->namespace_);
		write->name = arena_strdup(arena, target->name);
	}
	if (!target || !target->found) {
		snprintf(write->try.trouble, sizeof write->try.trouble, "the target is not there%s%.200s",
			 target ? ": " : "", target ? target->trouble : "");
		return 0;
	}
	size_t path = strlen(target->scale_path) + sizeof DRY_QUERY;
	char *dry_path = arena_alloc(arena, path, 1);
	write->path = arena_strdup(arena, target->scale_path);
	if (!dry_path || !write->namespace_ || !write->name || !write->path)
		return err_set(err, "out of memory");
	snprintf(dry_path, path, "%s%s", target->scale_path, actuate->config.dry == DRY_SERVER ? DRY_QUERY : "");
	write->dry_path = dry_path;
	memcpy(write->version, target->resource_version, sizeof write->version);
	/* Without a version the write would be unconditional. */
	write->next = write->version[0] ? SCALE_WRITE : SCALE_READ;
	actuate->n_open++;
	return 0;
}

static int prepare_all(struct live_actuate *actuate, const struct action *actions, uint32_t n, struct err *err)
{
	arena_free(&actuate->scales);
	actuate->n_writes = actuate->n_open = actuate->n_under_way = 0;
	actuate->until = clock_mono() + actuate->config.deadline;
	actuate->writes = arena_alloc(&actuate->scales, n, sizeof *actuate->writes);
	if (!actuate->writes)
		return err_set(err, "out of memory");
	actuate->n_writes = n;
	for (uint32_t i = 0; i < n; i++)
		if (actions[i].kind == ACTION_SCALE && prepare(actuate, &actuate->writes[i], &actions[i], err) < 0)
			return -1;
	return 0;
}

static int pump(struct live_actuate *actuate, struct err *err)
{
	uint32_t next = 0;
	while (actuate->n_open) {
		for (; next < actuate->n_writes && actuate->n_under_way < SCALE_WINDOW; next++)
			if (actuate->writes[next].path)
				go_on(&actuate->writes[next]);
		ms_t left = actuate->until - clock_mono();
		if (left <= 0)
			return 0;
		if (actuate->n_open && net_run(actuate->config.net, left, err) < 0)
			return -1;
	}
	return 0;
}

static void end(struct live_actuate *actuate, struct scale_write *write)
{
	if (!write->path || write->next == SCALE_ACCEPTED || write->next == SCALE_REFUSED)
		return;
	if (write->call)
		server_cancel(actuate->server, write->call);
	char before[sizeof write->try.trouble];
	memcpy(before, write->try.trouble, sizeof before);
	snprintf(write->try.trouble, sizeof write->try.trouble, "%s within %lld ms%s%.150s",
		 write->try.writes ? "not known whether it was accepted: no answer" : "not sent",
		 (long long)actuate->config.deadline, before[0] ? ": " : "", before);
	settle(write, SCALE_REFUSED);
}

/* Says of all what became of them; negative with the first that was not accepted. */
static int sum_up(struct live_actuate *actuate, const struct action *actions, bool *accepted, struct err *err)
{
	const struct scale_write *first = NULL;
	uint32_t refused = 0;
	for (uint32_t i = 0; i < actuate->n_writes; i++) {
		const struct scale_write *write = &actuate->writes[i];
		if (actions[i].kind != ACTION_SCALE)
			continue;
		bool done = write->path && write->next == SCALE_ACCEPTED;
		accepted[i] = done && actuate->config.dry == DRY_NOT;
		if (!done && refused++ == 0)
			first = write;
	}
	if (!first)
		return 0;
	err_set(err, "%s/%s: %s", first->namespace_ ? first->namespace_ : "", first->name ? first->name : "",
		first->try.trouble);
	if (refused > 1)
		err_wrap(err, "%u scales were not accepted, the first of them", refused);
	return -1;
}

int live_scale(struct live_actuate *actuate, const struct action *actions, uint32_t n, bool *accepted, struct err *err)
{
	actuate->n_writes = 0;
	for (uint32_t i = 0; i < n; i++)
		accepted[i] = actions[i].kind == ACTION_SCALE ? false : accepted[i];
	if (n == 0 || actuate->config.dry == DRY_CLIENT)
		return 0;
	if (prepare_all(actuate, actions, n, err) < 0)
		return -1;
	int status = pump(actuate, err);
	for (uint32_t i = 0; i < n; i++)
		end(actuate, &actuate->writes[i]);
	int sum = sum_up(actuate, actions, accepted, err);
	return status < 0 ? status : sum;
}

const char *live_scale_trouble(const struct live_actuate *actuate, uint32_t i)
{
	return i < actuate->n_writes ? actuate->writes[i].try.trouble : "";
}
