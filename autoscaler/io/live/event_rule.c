/* Events (core/v1): counted up when they come again, never more than a cluster can bear; and their JSON.
 * Source: client-go tools/record/events_cache.go (burst 25, one in 300 s, 600 s of aggregation). */
#include "actuate_internal.h"

#define COMPONENT "plimsoll"
#define NOTE_MAX  1024 /* bytes: what the API takes */

/* ---- the rule ---- */

static struct event_bucket *bucket_of(struct event_rule *rule, uint64_t object, ms_t now)
{
	struct event_bucket *set = rule->buckets[object % EVENT_SETS], *oldest = set;
	for (int i = 0; i < EVENT_WAYS; i++) {
		if (set[i].key == object)
			return &set[i];
		if (set[i].key == 0 || (oldest->key && set[i].filled_at < oldest->filled_at))
			oldest = &set[i];
	}
	*oldest = (struct event_bucket){.key = object, .filled_at = now, .tokens = EVENT_BURST};
	return oldest;
}

static bool take_token(struct event_rule *rule, uint64_t object, ms_t now)
{
	struct event_bucket *bucket = bucket_of(rule, object, now);
	int64_t refilled = max64(now - bucket->filled_at, 0) / EVENT_REFILL;
	bucket->filled_at += refilled * EVENT_REFILL;
	bucket->tokens = (uint32_t)min64(bucket->tokens + refilled, EVENT_BURST);
	if (bucket->tokens == 0)
		return false;
	bucket->tokens--;
	return true;
}

static struct event_entry *find(struct event_rule *rule, uint64_t event)
{
	struct event_entry *set = rule->entries[event % EVENT_SETS];
	for (int i = 0; i < EVENT_WAYS; i++)
		if (set[i].key == event)
			return &set[i];
	return NULL;
}

static struct event_entry *fresh(struct event_rule *rule, uint64_t event, ms_t now)
{
	struct event_entry *set = rule->entries[event % EVENT_SETS], *oldest = set;
	for (int i = 1; i < EVENT_WAYS; i++)
		if (set[i].last_at < oldest->last_at)
			oldest = &set[i];
	*oldest = (struct event_entry){.key = event, .suffix = mix64(event ^ mix64((uint64_t)now)), .first_at = now};
	return oldest;
}

struct event_entry *event_admit(struct event_rule *rule, uint64_t object, uint64_t event, ms_t now)
{
	object = object ? object : 1;
	event = event ? event : 1;
	if (!take_token(rule, object, now))
		return NULL;
	struct event_entry *entry = find(rule, event);
	if (!entry || now - entry->last_at > EVENT_WINDOW || now < entry->last_at) {
		if (entry)
			*entry = (struct event_entry){0};
		entry = fresh(rule, event, now);
	}
	entry->last_at = now;
	entry->count += entry->count < INT32_MAX;
	return entry;
}

void event_forget(struct event_rule *rule, uint64_t event, uint64_t suffix)
{
	struct event_entry *entry = find(rule, event);
	if (entry && entry->suffix == suffix)
		*entry = (struct event_entry){0};
}

/* ---- bodies ---- */

const char *event_namespace(const struct live_object *object)
{
	/* client-go: Events on what has no namespace are in this one. */
	return object->namespace_ && object->namespace_[0] ? object->namespace_ : "default";
}

static void put_object(struct json_put *put, const struct live_object *object)
{
	json_put_object(put, "involvedObject");
	json_put_text(put, "apiVersion", object->api_version);
	json_put_text(put, "kind", object->kind);
	if (object->namespace_ && object->namespace_[0])
		json_put_text(put, "namespace", object->namespace_);
	json_put_text(put, "name", object->name);
	if (object->uid)
		json_put_text(put, "uid", object->uid);
	json_put_end(put);
}

const char *event_create_body(struct json_put *put, const struct event_words *words, struct err *err)
{
	json_put_reset(put);
	json_put_object(put, NULL);
	json_put_text(put, "apiVersion", "v1");
	json_put_text(put, "kind", "Event");
	json_put_object(put, "metadata");
	json_put_text(put, "name", words->name);
	json_put_text(put, "namespace", event_namespace(words->object));
	json_put_end(put);
	put_object(put, words->object);
	json_put_text(put, "type", words->warning ? "Warning" : "Normal");
	json_put_text(put, "reason", words->reason);
	json_put_cut(put, "message", words->note, NOTE_MAX);
	json_put_object(put, "source");
	json_put_text(put, "component", COMPONENT);
	json_put_end(put);
	json_put_text(put, "reportingComponent", COMPONENT);
	json_put_text(put, "reportingInstance", "");
	json_put_time(put, "firstTimestamp", words->first_at);
	json_put_time(put, "lastTimestamp", words->last_at);
	json_put_int(put, "count", words->count);
	json_put_end(put);
	return json_put_done(put, err);
}

const char *event_count_body(struct json_put *put, const struct event_words *words, struct err *err)
{
	json_put_reset(put);
	json_put_object(put, NULL);
	json_put_int(put, "count", words->count);
	json_put_time(put, "lastTimestamp", words->last_at);
	json_put_end(put);
	return json_put_done(put, err);
}
