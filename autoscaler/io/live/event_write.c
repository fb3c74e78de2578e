/* Events sent, without waiting. */
#include "actuate_internal.h"

#include <stdlib.h>

static void was_written(void *self, const struct answer *answer)
{
	struct event_flight *flight = self;
	struct live_actuate *actuate = flight->actuate;
	/* 409: it had been written, and the answer was lost. */
	bool done = (answer->status >= 200 && answer->status < 300) || answer->status == 409;
	flight->call = 0;
	if (!done)
		event_forget(actuate->events, flight->event, flight->suffix);
	if (!done && !actuate->events_troubled)
		log_line(actuate->config.log, LOG_WARN, "event could not be written", "error", answer->err.message,
			 NULL);
	actuate->events_troubled = !done;
}

static struct event_flight *take_off(struct live_actuate *actuate)
{
	for (uint32_t i = 0; i < EVENT_FLIGHTS; i++) {
		struct event_flight *flight = &actuate->flights[actuate->next_flight++ % EVENT_FLIGHTS];
		if (!flight->call)
			return flight;
	}
	return NULL;
}

static void send(struct live_actuate *actuate, struct event_flight *flight, const struct event_words *words)
{
	struct err err;
	char path[1100];
	bool create = words->count == 1;
	const char *body =
	    create ? event_create_body(&actuate->body, words, &err) : event_count_body(&actuate->body, words, &err);
	int length = kube_path(path, sizeof path, "v1", event_namespace(words->object), "events",
			       create ? NULL : words->name, NULL);
	if (!body || length < 0 || (size_t)length >= sizeof path)
		return;
	struct call call = {.method = create ? "POST" : "PATCH",
			    .path = path,
			    .body = body,
			    .content_type = create ? "application/json" : "application/merge-patch+json",
			    .timeout = WRITE_TIMEOUT,
			    .haste = CALL_LATER,
			    .retries = 1,
			    .repeatable = true, /* the name is the same */
			    .done = was_written,
			    .self = flight};
	flight->call = server_call(actuate->server, &call);
}

static uint64_t hash_object(const struct live_object *object)
{
	uint64_t hash = table_hash_text(table_hash_text(0, object->api_version), object->kind);
	return table_hash_text(table_hash_text(table_hash_text(hash, event_namespace(object)), object->name),
			       object->uid);
}

void live_event(struct live_actuate *actuate, const struct live_object *object, bool warning, const char *reason,
		const char *note)
{
	/* In a dry run nothing has happened that one would be told of. */
	if (actuate->config.dry != DRY_NOT || !actuate->config.may_act(actuate->config.self))
		return;
	uint64_t of = hash_object(object), event = table_hash_text(table_hash_text(of + warning, reason), note);
	ms_t now = clock_mono(), wall = clock_wall();
	struct event_flight *flight = take_off(actuate);
	struct event_entry *entry = flight ? event_admit(actuate->events, of, event, now) : NULL;
	if (!entry)
		return;
	struct event_words words = {.object = object,
				    .warning = warning,
				    .reason = reason,
				    .note = note,
				    .first_at = wall - (now - entry->first_at),
				    .last_at = wall,
				    .count = entry->count};
	snprintf(words.name, sizeof words.name, "%.230s.%016llx", object->name, (unsigned long long)entry->suffix);
	*flight = (struct event_flight){.actuate = actuate, .event = entry->key, .suffix = entry->suffix};
	send(actuate, flight, &words);
}

void live_events_close(struct live_actuate *actuate)
{
	for (uint32_t i = 0; actuate->flights && i < EVENT_FLIGHTS; i++)
		if (actuate->flights[i].call)
			server_cancel(actuate->server, actuate->flights[i].call);
	free(actuate->flights);
	free(actuate->events);
}
