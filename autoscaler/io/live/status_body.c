/* The status of an Autoscaler as JSON, in the shape of an autoscaling/v2 HPA's. */
#include "actuate_internal.h"

static const char *const condition_types[STATUS_CONDITIONS] = {"AbleToScale", "ScalingActive", "ScalingLimited"};

/* ---- the whole ---- */

static void put_conditions(struct json_put *put, const struct status_memory *memory)
{
	json_put_array(put, "conditions");
	for (int i = 0; i < STATUS_CONDITIONS; i++) {
		const struct status_condition *condition = &memory->conditions[i];
		if (!condition->known)
			continue;
		json_put_object(put, NULL);
		json_put_text(put, "type", condition_types[i]);
		json_put_text(put, "status", condition->status ? "True" : "False");
		json_put_text(put, "reason", condition->reason);
		json_put_text(put, "message", condition->message);
		json_put_time(put, "lastTransitionTime", condition->changed_at);
		json_put_end(put);
	}
	json_put_end(put);
}

/* A merge patch: what is left out stays as it is. */
const char *status_body(struct json_put *put, const struct status_memory *memory, const struct live_said *said,
			struct err *err)
{
	json_put_reset(put);
	json_put_object(put, NULL);
	json_put_object(put, "status");
	json_put_int(put, "observedGeneration", memory->generation);
	if (memory->scaled_at != MS_UNSET)
		json_put_time(put, "lastScaleTime", memory->scaled_at);
	if (memory->current >= 0)
		json_put_int(put, "currentReplicas", memory->current);
	if (memory->desired >= 0)
		json_put_int(put, "desiredReplicas", memory->desired);
	status_put_metrics(put, said);
	status_put_targets(put, said);
	put_conditions(put, memory);
	json_put_end(put);
	json_put_end(put);
	return json_put_done(put, err);
}

/* ---- what is remembered of it ---- */

static ms_t whole_second(ms_t time)
{
	return divide_down(time, SECOND_MS) * SECOND_MS;
}

static void learn_condition(struct status_memory *memory, struct json_value object)
{
	for (int i = 0; i < STATUS_CONDITIONS; i++) {
		struct status_condition *into = &memory->conditions[i];
		struct json_value status = json_in(object, "status");
		if (!json_equals(json_in(object, "type"), condition_types[i]))
			continue;
		into->known = json_equals(status, "True") || json_equals(status, "False");
		into->status = json_equals(status, "True");
		json_copy(json_in(object, "reason"), into->reason, sizeof into->reason);
		into->changed_at = json_time(json_in(object, "lastTransitionTime"));
	}
}

void status_learn(struct status_memory *memory, struct json_value status, ms_t wall)
{
	struct json_value condition;
	struct json_walk walk = json_walk(json_in(status, "conditions"));
	while (json_each(&walk, NULL, &condition))
		learn_condition(memory, condition);
	memory->current = json_count(json_in(status, "currentReplicas"), -1);
	memory->desired = json_count(json_in(status, "desiredReplicas"), -1);
	memory->generation = json_int(json_in(status, "observedGeneration"), 0);
	memory->scaled_at = json_time(json_in(status, "lastScaleTime"));
	memory->scaled_at = memory->scaled_at == MS_UNSET ? MS_UNSET : whole_second(memory->scaled_at);
	/* As it was written by the one before: its metrics are new enough for a minute. */
	memory->written_urgent = status_urgent(memory);
	memory->written_at = wall;
}

unsigned status_apply(struct status_memory *memory, ms_t wall, const struct live_said *said, bool dry)
{
	struct status_condition now[STATUS_CONDITIONS] = {0};
	unsigned bad = 0;
	words_conditions(said, dry, now);
	for (int i = 0; i < STATUS_CONDITIONS; i++) {
		struct status_condition *was = &memory->conditions[i];
		if (!now[i].known)
			continue;
		bool turned = !was->known || was->status != now[i].status;
		now[i].changed_at = turned || was->changed_at == MS_UNSET ? whole_second(wall) : was->changed_at;
		if (!now[i].status && i != SCALING_LIMITED && (turned || strcmp(was->reason, now[i].reason) != 0))
			bad |= 1u << i;
		*was = now[i];
	}
	memory->generation = said->autoscaler->generation;
	if (said->rescaled)
		memory->scaled_at = whole_second(wall);
	if (said->decision) {
		memory->current = said->decision->current;
		/* Upstream: what could not be written is not said to be desired. */
		if (said->rescaled || dry || !said->decision->rescale)
			memory->desired = said->decision->desired;
	}
	return bad;
}

uint64_t status_urgent(const struct status_memory *memory)
{
	uint64_t hash = 1;
	for (int i = 0; i < STATUS_CONDITIONS; i++) {
		const struct status_condition *condition = &memory->conditions[i];
		hash = table_hash_text(hash ^ (uint64_t)(condition->known * 2 + condition->status),
				       condition->known ? condition->reason : "");
	}
	hash = mix64(hash ^ (uint32_t)memory->current) ^ (uint32_t)memory->desired;
	return mix64(mix64(hash) ^ (uint64_t)memory->scaled_at) ^ mix64((uint64_t)memory->generation);
}

bool status_due(const struct status_memory *memory, uint64_t urgent, uint64_t whole, ms_t wall)
{
	if (memory->call)
		return false;
	if (urgent != memory->written_urgent)
		return true;
	ms_t since = wall - memory->written_at;
	return whole != memory->written_whole && (since >= MINUTE_MS || since < 0);
}
