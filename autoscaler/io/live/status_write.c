/* The status of Autoscalers written, and Events made of it. */
#include "actuate_internal.h"

#include <stdlib.h>

#define STATUS_API   "plimsoll.dev/v1alpha1"
#define FORGET_AFTER (10 * MINUTE_MS)

/* ---- what is remembered of each ---- */

static size_t slot_of(const struct live_actuate *actuate, uint64_t key)
{
	size_t slot = key & (actuate->memory_room - 1);
	while (actuate->memories[slot] && actuate->memories[slot]->key != key)
		slot = (slot + 1) & (actuate->memory_room - 1);
	return slot;
}

/* Twice the room when half of it is full of what is alive; what was not heard of for a while is dropped. */
static int make_room(struct live_actuate *actuate, ms_t wall)
{
	size_t before = actuate->memory_room;
	if (actuate->n_memories < before / 2)
		return 0;
	size_t room = before ? before * 2 : 256;
	struct status_memory **old = actuate->memories, **slots = calloc(room, sizeof *slots);
	if (!slots)
		return -1;
	actuate->memories = slots;
	actuate->memory_room = room;
	actuate->n_memories = 0;
	for (size_t i = 0; i < before; i++) {
		struct status_memory *memory = old[i];
		if (!memory)
			continue;
		if (!memory->call && wall - memory->said_at > FORGET_AFTER) {
			free(memory);
			continue;
		}
		slots[slot_of(actuate, memory->key)] = memory;
		actuate->n_memories++;
	}
	free(old);
	return 0;
}

static uint64_t key_of(const struct live_autoscaler *autoscaler)
{
	const struct hpa_spec *spec = &autoscaler->spec;
	return table_hash_text(table_hash_text(table_hash_text(0, autoscaler->uid), spec->namespace_), spec->name);
}

static void outdate(const struct live_actuate *actuate, const struct live_autoscaler *autoscaler)
{
	struct status_memory *memory =
	    actuate->memory_room ? actuate->memories[slot_of(actuate, key_of(autoscaler))] : NULL;
	if (memory)
		memory->outdated = true;
}

static struct status_memory *remember(struct live_actuate *actuate, const struct live_autoscaler *autoscaler, ms_t wall)
{
	const struct hpa_spec *spec = &autoscaler->spec;
	uint64_t key = key_of(autoscaler);
	if (make_room(actuate, wall) < 0)
		return NULL;
	struct status_memory **slot = &actuate->memories[slot_of(actuate, key)];
	if (*slot && (*slot)->outdated) {
		memset((*slot)->conditions, 0, sizeof(*slot)->conditions);
		status_learn(*slot, autoscaler->status, wall);
		(*slot)->outdated = false;
	}
	if (*slot)
		return *slot;
	struct status_memory *memory = calloc(1, sizeof *memory);
	if (!memory)
		return NULL;
	memory->key = key;
	memory->actuate = actuate;
	snprintf(memory->shown, sizeof memory->shown, "%s/%s", spec->namespace_, spec->name);
	status_learn(memory, autoscaler->status, wall);
	*slot = memory;
	actuate->n_memories++;
	return memory;
}

void live_status_close(struct live_actuate *actuate)
{
	for (size_t i = 0; i < actuate->memory_room; i++) {
		struct status_memory *memory = actuate->memories[i];
		if (memory && memory->call)
			server_cancel(actuate->server, memory->call);
		free(memory);
	}
	free(actuate->memories);
	actuate->memories = NULL;
	actuate->memory_room = actuate->n_memories = 0;
}

/* ---- written ---- */

static void was_written(void *self, const struct answer *answer)
{
	struct status_memory *memory = self;
	const struct live_actuate_config *config = &memory->actuate->config;
	bool done = answer->status >= 200 && answer->status < 300;
	bool ours = config->may_act(config->self); /* else another writes it by now */
	memory->call = 0;
	if (done) {
		memory->written_urgent = memory->sent_urgent;
		memory->written_whole = memory->sent_whole;
		memory->written_at = memory->sent_at;
	} else if (!memory->troubled && answer->status != 404 && ours) { /* 404: it has just been deleted */
		log_line(config->log, LOG_WARN, "status could not be written", "autoscaler", memory->shown, "error",
			 answer->err.message, NULL);
	}
	memory->troubled = !done && ours;
}

static void write_status(struct live_actuate *actuate, struct status_memory *memory, ms_t wall,
			 const struct live_said *said)
{
	struct err err;
	char path[1100];
	const struct hpa_spec *spec = &said->autoscaler->spec;
	const char *body = status_body(&actuate->body, memory, said, &err);
	uint64_t whole = table_hash_text(0, body), urgent = status_urgent(memory);
	if (!body || !status_due(memory, urgent, whole, wall))
		return;
	int length = kube_path(path, sizeof path - sizeof DRY_QUERY, STATUS_API, spec->namespace_, "autoscalers",
			       spec->name, "status");
	if (length < 0 || (size_t)length >= sizeof path - sizeof DRY_QUERY)
		return;
	if (actuate->config.dry == DRY_SERVER)
		memcpy(path + length, DRY_QUERY, sizeof DRY_QUERY);
	struct call call = {.method = "PATCH",
			    .path = path,
			    .body = body,
			    .content_type = "application/merge-patch+json",
			    .timeout = WRITE_TIMEOUT,
			    .haste = CALL_LATER,
			    .retries = 1,
			    .repeatable = true,
			    .done = was_written,
			    .self = memory};
	memory->sent_urgent = urgent;
	memory->sent_whole = whole;
	memory->sent_at = wall;
	memory->call = server_call(actuate->server, &call);
}

/* ---- told ---- */

/* What comes at each tick is told the first time, the second, the fourth ... */
static bool is_news(struct status_memory *memory, const struct live_said *said)
{
	bool again = memory->again && memory->again_to == said->decision->desired;
	memory->again = again ? memory->again + 1 : 1;
	memory->again_to = said->decision->desired;
	return (memory->again & (memory->again - 1)) == 0;
}

static void tell_rescale(struct live_actuate *actuate, const struct live_object *object, const struct live_said *said,
			 struct status_memory *memory)
{
	char note[1100];
	struct log_number from, to, times;
	struct words why = words_rescale(said);
	if (said->rescaled)
		snprintf(note, sizeof note, "New size: %d; reason: %s", said->decision->desired, why.text);
	else
		snprintf(note, sizeof note, "New size: %d; reason: %s; error: %.400s", said->decision->desired,
			 why.text, said->trouble ? said->trouble : "");
	live_event(actuate, object, !said->rescaled, said->rescaled ? "SuccessfulRescale" : "FailedRescale", note);
	log_int(&from, said->decision->current);
	log_int(&to, said->decision->desired);
	if (said->rescaled)
		log_line(actuate->config.log, LOG_INFO, "scaled", "autoscaler", memory->shown, "from", from.text, "to",
			 to.text, "reason", said->explained ? said->explained : note, NULL);
	else if (!said->unkept && is_news(memory, said))
		log_line(actuate->config.log, LOG_WARN, "could not scale", "autoscaler", memory->shown, "from",
			 from.text, "to", to.text, "times", log_int(&times, memory->again), "reason", note, NULL);
}

static void tell_condition(struct live_actuate *actuate, const struct live_object *object, const struct live_said *said,
			   const struct status_memory *memory, int i)
{
	const struct status_condition *condition = &memory->conditions[i];
	/* Upstream's Event has the error alone, its condition what could not be done because of it. */
	struct words failure = {""};
	bool failed = i == SCALING_ACTIVE && said->decision && said->decision->active.reason != REASON_SCALING_DISABLED;
	if (failed)
		failure = words_failure(said);
	const char *note = failed ? failure.text : condition->message;
	live_event(actuate, object, true, condition->reason, note);
	log_line(actuate->config.log, LOG_WARN, "condition turned bad", "autoscaler", memory->shown, "reason",
		 condition->reason, "message", note, NULL);
}

/* In a dry run nothing was to be accepted: what would have been done is told instead. */
static void tell_dry(struct live_actuate *actuate, const struct live_said *said, struct status_memory *memory)
{
	if (!is_news(memory, said))
		return;
	struct log_number from, to;
	struct words why = words_rescale(said);
	log_line(actuate->config.log, LOG_INFO, "would scale", "autoscaler", memory->shown, "from",
		 log_int(&from, said->decision->current), "to", log_int(&to, said->decision->desired), "reason",
		 said->explained ? said->explained : why.text, NULL);
}

static void tell(struct live_actuate *actuate, const struct live_said *said, struct status_memory *memory, unsigned bad)
{
	bool dry = actuate->config.dry != DRY_NOT, rescale = said->decision && said->decision->rescale;
	const struct live_object object = {STATUS_API, "Autoscaler", said->autoscaler->spec.namespace_,
					   said->autoscaler->spec.name, said->autoscaler->uid};
	if (rescale && dry && !said->rescaled)
		tell_dry(actuate, said, memory);
	else if (rescale || said->rescaled)
		tell_rescale(actuate, &object, said, memory);
	if (!rescale || said->rescaled)
		memory->again = 0;
	for (int i = 0; i < STATUS_CONDITIONS; i++) {
		/* FailedRescale has said it. */
		bool told = i == ABLE_TO_SCALE && rescale;
		if (bad >> i & 1 && !told)
			tell_condition(actuate, &object, said, memory, i);
	}
}

void live_say(struct live_actuate *actuate, ms_t wall, const struct live_said *said)
{
	if (actuate->config.dry != DRY_CLIENT && !actuate->config.may_act(actuate->config.self)) {
		outdate(actuate, said->autoscaler);
		return;
	}
	struct status_memory *memory = remember(actuate, said->autoscaler, wall);
	if (!memory)
		return; /* out of memory: at the next decision */
	memory->said_at = wall;
	unsigned bad = status_apply(memory, wall, said, actuate->config.dry != DRY_NOT);
	tell(actuate, said, memory, bad);
	if (actuate->config.dry != DRY_CLIENT)
		write_status(actuate, memory, wall, said);
}
