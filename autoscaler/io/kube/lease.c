#include "lease.h"
#include "../text/json_put.h"
#include "../text/json_value.h"
#include "calendar.h"
#include "lease_rule.h"
#include "visible.h"

#include <stdlib.h>
#include <time.h>

#define API "coordination.k8s.io/v1"

struct lease {
	struct server *server;
	struct log *log;
	ms_t (*mono)(void);
	struct lease_rule rule;
	uint64_t call; /* that is pending, 0: none */
	bool led;
	char namespace_[256], name[256], identity[LEASE_NAME_MAX];
	char holder[LEASE_NAME_MAX]; /* as last logged */
	char path[1024], collection[1024];
	struct err trouble; /* as last logged; "" */
	struct json_put body;
};

/* MicroTime, for people: the rules never look at it. */
static const char *write_now(char text[CALENDAR_TEXT])
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	calendar_format((ms_t)now.tv_sec * SECOND_MS, text);
	size_t length = strlen(text);
	if (length)
		snprintf(text + length - 1, CALENDAR_TEXT - (length - 1), ".%06ldZ", now.tv_nsec / 1000);
	return text;
}

/* ---- bodies ---- */

static void put_spec(struct json_put *put, const struct lease_rule *rule, bool release)
{
	const struct lease_record *seen = &rule->seen;
	bool renewal = seen->exists && strcmp(seen->holder, rule->identity) == 0;
	char now[CALENDAR_TEXT];
	write_now(now);
	json_put_object(put, "spec");
	if (!release)
		json_put_text(put, "holderIdentity", rule->identity);
	/* client-go: one that nobody holds lasts a second. */
	json_put_int(put, "leaseDurationSeconds", release ? 1 : rule->duration / SECOND_MS);
	json_put_text(put, "acquireTime", renewal && seen->acquired[0] ? seen->acquired : now);
	json_put_text(put, "renewTime", now);
	json_put_int(put, "leaseTransitions", seen->transitions + (seen->exists && !renewal));
	json_put_end(put);
}

static const char *write_body(struct lease *lease, bool release, struct err *err)
{
	struct json_put *put = &lease->body;
	json_put_reset(put);
	json_put_object(put, NULL);
	json_put_text(put, "apiVersion", API);
	json_put_text(put, "kind", "Lease");
	json_put_object(put, "metadata");
	json_put_text(put, "name", lease->name);
	json_put_text(put, "namespace", lease->namespace_);
	if (lease->rule.seen.exists)
		json_put_text(put, "resourceVersion", lease->rule.seen.version);
	json_put_end(put);
	put_spec(put, &lease->rule, release);
	json_put_end(put);
	return json_put_done(put, err);
}

static int read_record(const char *text, size_t size, struct lease_record *record, struct err *err)
{
	struct json_value whole;
	if (json_value_parse("lease", text, size, &whole, err) < 0)
		return -1;
	struct json_value spec = json_in(whole, "spec");
	int64_t seconds = json_int(json_in(spec, "leaseDurationSeconds"), 0);
	*record = (struct lease_record){.exists = true};
	size_t version =
	    json_copy(json_path(whole, "metadata.resourceVersion"), record->version, sizeof record->version);
	if (version == 0 || version >= sizeof record->version)
		return err_set(err, "lease: metadata.resourceVersion: %zu bytes long, allowed: 1 to %zu", version,
			       sizeof record->version - 1);
	json_copy(json_in(spec, "holderIdentity"), record->holder, sizeof record->holder);
	json_copy(json_in(spec, "acquireTime"), record->acquired, sizeof record->acquired);
	record->duration = seconds > 0 && seconds <= INT32_MAX ? seconds * SECOND_MS : 0;
	record->transitions = json_int(json_in(spec, "leaseTransitions"), 0);
	if (record->transitions < 0 || record->transitions >= INT32_MAX)
		record->transitions = 0;
	return 0;
}

/* ---- what is told ---- */

static void tell_trouble(struct lease *lease, const char *message)
{
	if (strcmp(lease->trouble.message, message) == 0)
		return;
	err_set(&lease->trouble, "%s", message);
	if (message[0])
		log_line(lease->log, LOG_WARN, "lease could not be read or renewed", "lease", lease->name, "error",
			 message, NULL);
}

static void tell(struct lease *lease, ms_t now)
{
	bool leads = lease_rule_held(&lease->rule, now);
	const char *holder = lease->rule.seen.holder;
	if (leads != lease->led)
		log_line(lease->log, leads ? LOG_INFO : LOG_WARN, leads ? "leading" : "not leading any more", "lease",
			 lease->name, "identity", lease->identity, NULL);
	else if (!leads && strcmp(lease->holder, holder) != 0)
		log_line(lease->log, LOG_INFO, "another leads", "lease", lease->name, "holder", holder, NULL);
	lease->led = leads;
	memcpy(lease->holder, holder, sizeof lease->holder);
}

/* ---- the conversation ---- */

static void go_on(struct lease *, ms_t now);

static void answered(void *self, const struct answer *answer)
{
	struct lease *lease = self;
	struct lease_record record;
	enum lease_outcome outcome = LEASE_UNKNOWN;
	struct err err = answer->err;
	ms_t now = lease->mono();
	lease->call = 0;
	if (answer->status == 200 || answer->status == 201)
		outcome = read_record(answer->body, answer->size, &record, &err) < 0 ? LEASE_UNKNOWN : LEASE_OK;
	else if (answer->status == 404)
		outcome = LEASE_ABSENT;
	else if (answer->status == 409)
		outcome = LEASE_CONFLICT;
	bool troubled = outcome == LEASE_UNKNOWN || (outcome == LEASE_ABSENT && lease->rule.pending == LEASE_CREATE);
	lease_rule_answer(&lease->rule, now, outcome, outcome == LEASE_OK ? &record : NULL);
	/* It is over once a round has come to its end: a read that a write is to follow proves nothing. */
	if (troubled || (outcome == LEASE_OK && !lease->rule.follows))
		tell_trouble(lease, troubled ? err.message : "");
	tell(lease, now);
	go_on(lease, now);
}

/* Two tries fit between a renewal and its deadline. */
static ms_t call_timeout(const struct lease_rule *rule)
{
	return max64((rule->renew_deadline - rule->retry_period) / 2, 1);
}

static void go_on(struct lease *lease, ms_t now)
{
	static const char *const methods[] = {[LEASE_READ] = "GET", [LEASE_CREATE] = "POST", [LEASE_UPDATE] = "PUT"};
	struct err err;
	enum lease_act act = lease_rule_step(&lease->rule, now);
	if (act == LEASE_NOTHING)
		return;
	struct call call = {.method = methods[act],
			    .path = act == LEASE_CREATE ? lease->collection : lease->path,
			    .timeout = call_timeout(&lease->rule),
			    .haste = CALL_FIRST,
			    .unguarded = true,
			    .done = answered,
			    .self = lease};
	if (act != LEASE_READ) {
		call.content_type = "application/json";
		call.body = write_body(lease, false, &err);
		if (!call.body) {
			tell_trouble(lease, err.message);
			lease_rule_answer(&lease->rule, now, LEASE_UNKNOWN, NULL);
			return;
		}
	}
	lease->call = server_call(lease->server, &call);
	if (!lease->call) { /* no answer will come */
		tell_trouble(lease, "out of memory");
		lease_rule_answer(&lease->rule, now, LEASE_UNKNOWN, NULL);
	}
}

ms_t lease_step(struct lease *lease, ms_t mono)
{
	go_on(lease, mono);
	tell(lease, mono);
	if (lease->rule.due_at > mono)
		return lease->rule.due_at;
	/* An answer is still out; it is acted upon when it comes. */
	return mono + max64(lease->rule.retry_period / 4, 1);
}

bool lease_held(const struct lease *lease, ms_t mono)
{
	return lease_rule_held(&lease->rule, mono);
}

const char *lease_holder(const struct lease *lease)
{
	return lease->rule.seen.holder;
}

uint64_t lease_transitions(const struct lease *lease)
{
	return lease->rule.transitions;
}

/* ---- open and close ---- */

static int check(const struct lease_config *config, struct err *err)
{
	/* client-go: LeaseDuration > RenewDeadline > JitterFactor * RetryPeriod; the duration is written in seconds. */
	if (config->duration / SECOND_MS * SECOND_MS <= config->renew_deadline ||
	    config->renew_deadline <= config->retry_period * 12 / 10 || config->retry_period <= 0 ||
	    config->duration > INT32_MAX * SECOND_MS)
		return err_set(err,
			       "lease %s: duration %lld ms, renew deadline %lld ms, retry period %lld ms; allowed: a "
			       "duration in whole seconds longer than the deadline, which is longer than 1.2 periods",
			       config->name, (long long)config->duration, (long long)config->renew_deadline,
			       (long long)config->retry_period);
	if (!config->mono)
		return err_set(err, "lease %s: no clock was given", config->name);
	if (!*config->name || !*config->namespace_)
		return err_set(err, "lease '%s/%s': allowed is a name, or a namespace and a name", config->namespace_,
			       config->name);
	size_t length = strlen(config->identity);
	if (length == 0 || length > 250)
		return err_set(err, "lease %s: the identity is %zu bytes long, allowed: 1 to 250", config->name,
			       length);
	return 0;
}

static int copy_names(struct lease *lease, const struct lease_config *config, struct err *err)
{
	snprintf(lease->namespace_, sizeof lease->namespace_, "%s", config->namespace_);
	snprintf(lease->name, sizeof lease->name, "%s", config->name);
	snprintf(lease->identity, sizeof lease->identity, "%s", config->identity);
	int path = kube_path(lease->path, sizeof lease->path, API, config->namespace_, "leases", config->name, NULL);
	int collection =
	    kube_path(lease->collection, sizeof lease->collection, API, config->namespace_, "leases", NULL, NULL);
	if (path < 0 || (size_t)path >= sizeof lease->path || collection < 0 ||
	    strlen(config->name) >= sizeof lease->name || strlen(config->namespace_) >= sizeof lease->namespace_)
		return err_set(err, "lease %s: name or namespace is too long",
			       visible(config->name, strlen(config->name), 60).text);
	return 0;
}

static uint64_t seed_of(const char *identity)
{
	uint64_t seed = 0;
	for (; *identity; identity++)
		seed = mix64(seed ^ (unsigned char)*identity);
	return seed;
}

struct lease *lease_open(struct kube *kube, const struct lease_config *config, struct log *log, struct err *err)
{
	if (check(config, err) < 0)
		return NULL;
	struct lease *lease = calloc(1, sizeof *lease);
	if (!lease) {
		err_set(err, "lease: out of memory");
		return NULL;
	}
	lease->server = kube_server(kube);
	lease->log = log;
	lease->mono = config->mono;
	lease->rule = (struct lease_rule){.identity = lease->identity,
					  .duration = config->duration,
					  .renew_deadline = config->renew_deadline,
					  .retry_period = config->retry_period,
					  .seed = seed_of(config->identity),
					  .renewed_at = MS_UNSET,
					  .due_at = config->mono()};
	if (copy_names(lease, config, err) < 0) {
		free(lease);
		return NULL;
	}
	return lease;
}

/* One request of the release; its status, negative when there was no time or no answer. */
static int ask(struct lease *lease, const char *method, ms_t until, struct lease_record *record)
{
	struct err err;
	struct answer answer = {0};
	char *body = NULL;
	struct call call = {.method = method,
			    .path = lease->path,
			    .timeout = until - lease->mono(),
			    .haste = CALL_FIRST,
			    .unguarded = true};
	if (strcmp(method, "PUT") == 0) {
		call.body = write_body(lease, true, &err);
		call.content_type = "application/json";
	}
	if (call.timeout <= 0)
		return -1;
	int status = server_fetch(lease->server, &call, &answer, &body, &err);
	if (status == 200 && record && read_record(body, answer.size, record, &err) < 0)
		status = -1;
	free(body);
	return status < 0 ? answer.status : status;
}

void lease_close(struct lease *lease)
{
	if (!lease)
		return;
	ms_t until = lease->mono() + SECOND_MS;
	struct lease_record *seen = &lease->rule.seen;
	if (lease->call)
		server_cancel(lease->server, lease->call);
	/* A renewal that was under way may have come first. */
	if (lease_rule_release(&lease->rule, lease->mono()) && ask(lease, "PUT", until, NULL) == 409 &&
	    ask(lease, "GET", until, seen) == 200 && strcmp(seen->holder, lease->identity) == 0)
		ask(lease, "PUT", until, NULL);
	json_put_free(&lease->body);
	free(lease);
}
