/* Inside of actuate.h. Private to its files, and to its tests. */
#ifndef PLIMSOLL_LIVE_ACTUATE_INTERNAL_H
#define PLIMSOLL_LIVE_ACTUATE_INTERNAL_H

#include "../text/clock.h"
#include "../text/json_put.h"
#include "actuate.h"
#include "table.h"

#define DRY_QUERY         "?dryRun=All"
#define WRITE_TIMEOUT     (30 * SECOND_MS) /* of a status or an Event, most of it in the queue when there are thousands */
#define SCALE_VERSION_MAX 32               /* of live_target.resource_version */

/* ---- one scale, as answers come ---- */

enum scale_step { SCALE_READ, SCALE_WRITE, SCALE_ACCEPTED, SCALE_REFUSED };

struct scale_try {
	int32_t from, to;
	uint32_t writes; /* sent so far */
	bool maybe;      /* one of them may have been accepted without our hearing of it */
	char trouble[256];
};

struct scale_heard {
	bool read; /* of a GET; else of a PUT */
	int status;
	int32_t replicas; /* read: spec.replicas */
	const char *message;
};

/* What follows from an answer; trouble is set when it is SCALE_REFUSED. */
enum scale_step scale_after(struct scale_try *, const struct scale_heard *);
const char *scale_body(struct json_put *, const char *namespace_, const char *name, const char *resource_version,
		       int32_t replicas, struct err *);
/* What a GET says: spec.replicas, and the resourceVersion. */
int scale_parse(const char *text, size_t size, int32_t *replicas, char version[SCALE_VERSION_MAX], struct err *);

/* One of a live_scale. Its texts lie in live_actuate.scales: what is watched may change while it is under way. */
struct scale_write {
	struct live_actuate *actuate;
	struct scale_try try;
	enum scale_step next; /* what is to be done when no call is under way */
	uint64_t call;        /* 0: none */
	const char *namespace_, *name, *path, *dry_path;
	char version[SCALE_VERSION_MAX];
};

/* ---- Events ---- */

#define EVENT_SETS    1024 /* of four entries each: what does not fit takes the place of the oldest */
#define EVENT_WAYS    4
#define EVENT_BURST   25u
#define EVENT_REFILL  (300 * SECOND_MS)
#define EVENT_WINDOW  (10 * MINUTE_MS)
#define EVENT_FLIGHTS 4096

struct event_entry {
	uint64_t key, suffix; /* suffix of its name */
	ms_t first_at, last_at;
	uint32_t count;
};
struct event_bucket {
	uint64_t key;
	ms_t filled_at;
	uint32_t tokens;
};
struct event_rule {
	struct event_entry entries[EVENT_SETS][EVENT_WAYS];
	struct event_bucket buckets[EVENT_SETS][EVENT_WAYS];
};
/* What is to be done of an event: the entry, with count 1 to create it, more to count it up; NULL: one too many. */
struct event_entry *event_admit(struct event_rule *, uint64_t object, uint64_t event, ms_t now);
/* It could not be written: the next of its kind is new. */
void event_forget(struct event_rule *, uint64_t event, uint64_t suffix);

struct event_words {
	const struct live_object *object;
	bool warning;
	const char *reason, *note;
	ms_t first_at, last_at;
	uint32_t count;
	char name[300]; /* of the Event */
};
const char *event_namespace(const struct live_object *);
const char *event_create_body(struct json_put *, const struct event_words *, struct err *);
const char *event_count_body(struct json_put *, const struct event_words *, struct err *);

struct event_flight {
	struct live_actuate *actuate;
	uint64_t call, event, suffix; /* call 0: free */
};

/* ---- status ---- */

enum { ABLE_TO_SCALE, SCALING_ACTIVE, SCALING_LIMITED, STATUS_CONDITIONS };

struct status_condition {
	bool known, status;
	char reason[64], message[512];
	ms_t changed_at;
};

struct status_memory {
	uint64_t key; /* of the object */
	struct status_condition conditions[STATUS_CONDITIONS];
	int32_t current, desired; /* -1: not known */
	int64_t generation;
	ms_t scaled_at, written_at, said_at; /* wall clock; MS_UNSET */
	/* What was written, and what is under way: the part that is urgent, and the whole. */
	uint64_t written_urgent, written_whole, sent_urgent, sent_whole;
	ms_t sent_at;
	uint64_t call; /* 0: none under way */
	bool troubled; /* the last write failed, and was told */
	bool outdated; /* another led since, and wrote what it knew */
	/* Scales refused, or only considered, one after the other to the same size. */
	uint32_t again;
	int32_t again_to;
	struct live_actuate *actuate;
	char shown[200]; /* namespace/name, for the log */
};

/* What the object's status says by now, when nothing is remembered of it. */
void status_learn(struct status_memory *, struct json_value status, ms_t wall);
/* A bit for each condition that has turned bad, or bad for another reason. */
unsigned status_apply(struct status_memory *, ms_t wall, const struct live_said *, bool dry);
uint64_t status_urgent(const struct status_memory *);
bool status_due(const struct status_memory *, uint64_t urgent, uint64_t whole, ms_t wall);
const char *status_body(struct json_put *, const struct status_memory *, const struct live_said *, struct err *);
void status_put_metrics(struct json_put *, const struct live_said *); /* currentMetrics */
void status_put_targets(struct json_put *, const struct live_said *); /* targets: "cpu: 81%/60%" */

/* ---- words of conditions and events ---- */

struct words {
	char text[512];
};
struct words words_failure(const struct live_said *); /* why no replica count could be computed */
struct words words_rescale(const struct live_said *); /* "All metrics below target" */
void words_conditions(const struct live_said *, bool dry, struct status_condition into[STATUS_CONDITIONS]);

/* ---- the whole ---- */

struct live_actuate {
	struct live_actuate_config config;
	struct server *server;
	struct json_put body;
	/* of the last live_scale */
	struct arena scales;
	struct scale_write *writes; /* one an action; without a path: none of ours */
	uint32_t n_writes, n_open;  /* n_open: neither accepted nor refused */
	uint32_t n_under_way;
	ms_t until; /* monotonic */
	/* by hash, open addressing; each on the heap, as calls point to them */
	struct status_memory **memories;
	size_t n_memories, memory_room;
	struct event_rule *events;
	struct event_flight *flights;
	uint32_t next_flight;
	bool events_troubled; /* the last event failed, and was told */
};

void live_status_close(struct live_actuate *);
void live_events_close(struct live_actuate *);

#endif
