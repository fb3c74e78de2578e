#include "rivals.h"

#include "../text/clock.h"
#include "autoscaler_store.h"
#include "autoscaler_text.h"
#include "table.h"

enum { NAMESPACE, NAME, TARGET_API, TARGET_KIND, TARGET_NAME, TEXTS };

struct rival {
	struct table_link by_uid, by_target;
	uint32_t epoch;
	const char *uid, *texts[TEXTS];
	char bytes[]; /* they lie here */
};

struct live_rivals {
	uint64_t seed, changes;
	struct table uids, targets;
	uint32_t epoch;
	bool listed;
	struct log *log;
	struct watch *watch; /* NULL: fed by hand */
};

/* ---- finding ---- */

static uint64_t text_hash(uint64_t seed, const char *text)
{
	return table_hash(seed, text, strlen(text));
}

static uint64_t target_hash(const struct live_rivals *rivals, const char *namespace_, const char *kind,
			    const char *name)
{
	return text_hash(text_hash(text_hash(rivals->seed, namespace_), kind), name);
}

static struct rival *find_uid(const struct live_rivals *rivals, const char *uid)
{
	for (struct table_link *link = table_first(&rivals->uids, text_hash(rivals->seed, uid)); link;
	     link = table_next(link)) {
		struct rival *rival = TABLE_OF(link, struct rival, by_uid);
		if (strcmp(rival->uid, uid) == 0)
			return rival;
	}
	return NULL;
}

static bool has_target(const struct rival *rival, const struct hpa_spec *spec)
{
	return strcmp(rival->texts[TARGET_NAME], spec->target_name) == 0 &&
	       strcmp(rival->texts[TARGET_KIND], spec->target_kind) == 0 &&
	       strcmp(rival->texts[NAMESPACE], spec->namespace_) == 0 &&
	       api_groups_compare(rival->texts[TARGET_API], spec->target_api) == 0;
}

const char *live_rival_of(const struct live_rivals *rivals, const struct hpa_spec *spec)
{
	const char *first = NULL;
	uint64_t hash = target_hash(rivals, spec->namespace_, spec->target_kind, spec->target_name);
	for (struct table_link *link = table_first(&rivals->targets, hash); link; link = table_next(link)) {
		const struct rival *rival = TABLE_OF(link, struct rival, by_target);
		if (has_target(rival, spec) && (!first || strcmp(rival->texts[NAME], first) < 0))
			first = rival->texts[NAME];
	}
	return first;
}

uint64_t live_rivals_changes(const struct live_rivals *rivals)
{
	return rivals->changes;
}

/* ---- reading an object ---- */

static void pick(struct json_value object, struct json_value at[TEXTS])
{
	static const char *const parts[] = {"metadata", "spec"}, *const names[] = {"namespace", "name"};
	static const char *const target[] = {"apiVersion", "kind", "name"};
	struct json_value part[COUNT(parts)];
	json_pick(object, parts, COUNT(parts), part);
	json_pick(part[0], names, COUNT(names), &at[NAMESPACE]);
	json_pick(json_in(part[1], "scaleTargetRef"), target, COUNT(target), &at[TARGET_API]);
}

/* Most of what a watch tells is their status. */
static bool is_same(const struct rival *rival, const struct json_value at[TEXTS])
{
	for (int i = 0; i < TEXTS; i++)
		if (at[i].at ? !json_equals(at[i], rival->texts[i]) : *rival->texts[i] != 0)
			return false;
	return true;
}

static struct rival *rival_new(const char *uid, const struct json_value at[TEXTS])
{
	size_t size = strlen(uid) + 1, length;
	for (int i = 0; i < TEXTS; i++)
		size += json_copy(at[i], NULL, 0) + 1;
	struct rival *rival = calloc(1, sizeof *rival + size);
	if (!rival)
		return NULL;
	char *to = rival->bytes;
	for (int i = 0; i < TEXTS; i++, to += length + 1) {
		length = json_copy(at[i], NULL, 0);
		json_copy(at[i], to, length + 1);
		rival->texts[i] = to;
	}
	rival->uid = memcpy(to, uid, strlen(uid) + 1);
	return rival;
}

/* ---- what the watch tells ---- */

static void take_out(struct live_rivals *rivals, struct rival *rival)
{
	table_remove(&rivals->uids, &rival->by_uid);
	table_remove(&rivals->targets, &rival->by_target);
	rivals->changes++;
	free(rival);
}

static void put_in(struct live_rivals *rivals, struct rival *rival)
{
	rival->epoch = rivals->epoch;
	table_add(&rivals->uids, &rival->by_uid, text_hash(rivals->seed, rival->uid));
	table_add(&rivals->targets, &rival->by_target,
		  target_hash(rivals, rival->texts[NAMESPACE], rival->texts[TARGET_KIND], rival->texts[TARGET_NAME]));
	rivals->changes++;
}

static void on_begin(void *self)
{
	struct live_rivals *rivals = self;
	rivals->listed = false;
	rivals->epoch++;
}

static void on_put(void *self, const char *uid, struct json_value object)
{
	struct live_rivals *rivals = self;
	struct json_value at[TEXTS];
	struct rival *old = find_uid(rivals, uid), *rival;
	pick(object, at);
	if (old && is_same(old, at)) {
		old->epoch = rivals->epoch;
		return;
	}
	if (old)
		take_out(rivals, old);
	bool room = table_reserve(&rivals->uids) == 0 && table_reserve(&rivals->targets) == 0;
	rival = room ? rival_new(uid, at) : NULL;
	if (rival)
		put_in(rivals, rival);
	else
		log_line(rivals->log, LOG_ERROR, "an object is left out", "kind", "HorizontalPodAutoscaler", "uid", uid,
			 "reason", "out of memory", NULL);
}

static void on_drop(void *self, const char *uid)
{
	struct live_rivals *rivals = self;
	struct rival *rival = find_uid(rivals, uid);
	if (rival)
		take_out(rivals, rival);
}

/* Those of another list than this one; UINT32_MAX: all. */
static void sweep(struct live_rivals *rivals, uint32_t epoch)
{
	for (size_t i = 0; i < rivals->uids.n_slots; i++)
		for (struct table_link *link = rivals->uids.slots[i], *next; link; link = next) {
			struct rival *rival = TABLE_OF(link, struct rival, by_uid);
			next = link->next;
			if (rival->epoch != epoch)
				take_out(rivals, rival);
		}
}

static void on_end(void *self)
{
	struct live_rivals *rivals = self;
	rivals->listed = true;
	sweep(rivals, rivals->epoch);
}

struct watch_sink live_rivals_sink(struct live_rivals *rivals)
{
	return (struct watch_sink){rivals, on_begin, on_put, on_drop, on_end};
}

/* ---- life ---- */

static int open_watch(struct live_rivals *rivals, struct kube *kube, const char *namespace_, struct err *err)
{
	char path[512];
	const struct watch_sink sink = live_rivals_sink(rivals);
	int length =
	    kube_path(path, sizeof path, autoscaler_api(true), namespace_, autoscaler_plural(true), NULL, NULL);
	if (length < 0 || (size_t)length >= sizeof path)
		return err_set(err, "the namespace's name is too long");
	rivals->watch = watch_open(kube, path, NULL, &sink, rivals->log, err);
	if (!rivals->watch)
		return -1;
	watch_may_lack(rivals->watch, "a HorizontalPodAutoscaler on the target of an Autoscaler is not noticed");
	return 0;
}

struct live_rivals *live_rivals_open(struct kube *kube, const char *namespace_, struct log *log, struct err *err)
{
	struct live_rivals *rivals = calloc(1, sizeof *rivals);
	if (!rivals) {
		err_set(err, "out of memory");
		return NULL;
	}
	rivals->log = log;
	rivals->seed = mix64((uint64_t)clock_wall() ^ (uintptr_t)rivals);
	if (!kube || open_watch(rivals, kube, namespace_, err) == 0)
		return rivals;
	live_rivals_close(rivals);
	return NULL;
}

void live_rivals_close(struct live_rivals *rivals)
{
	if (!rivals)
		return;
	watch_close(rivals->watch);
	sweep(rivals, UINT32_MAX);
	table_free(&rivals->uids);
	table_free(&rivals->targets);
	free(rivals);
}

bool live_rivals_synced(const struct live_rivals *rivals)
{
	return rivals->watch ? watch_synced(rivals->watch) : rivals->listed;
}
