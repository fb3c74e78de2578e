#include "autoscaler_store.h"

#include "../text/clock.h"
#include "../text/grown.h"
#include "autoscaler_text.h"

static void retire(struct live_autoscalers *all, struct version *version)
{
	version->next = all->fresh.versions;
	all->fresh.versions = version;
}

/* ---- entries ---- */

static uint64_t uid_hash(const struct live_autoscalers *all, const char *uid)
{
	return table_hash(all->seed, uid, strlen(uid));
}

static struct entry *find(const struct live_autoscalers *all, const char *uid)
{
	for (struct table_link *link = table_first(&all->uids, uid_hash(all, uid)); link; link = table_next(link)) {
		struct entry *entry = TABLE_OF(link, struct entry, by_uid);
		if (strcmp(entry->version->uid, uid) == 0)
			return entry;
	}
	return NULL;
}

static void take_out(struct live_autoscalers *all, size_t index)
{
	struct entry *entry = all->entries[index];
	all->entries[index] = all->entries[--all->n_entries];
	table_remove(&all->uids, &entry->by_uid);
	all->generation += !entry->version->invalid;
	all->shape++;
	retire(all, entry->version);
	memory_push(&all->statuses, entry->status);
	free(entry);
}

static struct entry *entry_new(struct live_autoscalers *all, struct version *version)
{
	struct entry **grown = heap_grown(all->entries, all->n_entries, &all->room, sizeof(struct entry *));
	all->entries = grown ? grown : all->entries;
	struct entry *entry = grown && table_reserve(&all->uids) == 0 ? calloc(1, sizeof *entry) : NULL;
	if (!entry)
		return NULL;
	entry->version = version;
	all->entries[all->n_entries++] = entry;
	table_add(&all->uids, &entry->by_uid, uid_hash(all, version->uid));
	return entry;
}

/* ---- reading an object ---- */

static int take_status(struct live_autoscalers *all, struct entry *entry, struct json_value resource_version,
		       struct json_value status)
{
	size_t head = json_copy(resource_version, NULL, 0) + 1;
	size_t size = head + (status.at ? (size_t)(status.end - status.at) : 0);
	struct memory *copy = memory_new(size + 1);
	if (!copy)
		return -1;
	json_copy(resource_version, copy->bytes, head);
	if (status.at)
		memcpy(copy->bytes + head, status.at, size - head);
	memory_push(&all->statuses, entry->status);
	entry->status = copy;
	entry->status_size = size;
	return 0;
}

static void tell_invalid(const struct live_autoscalers *all, const struct version *version)
{
	if (version->invalid)
		log_line(all->log, LOG_WARN, "an autoscaler is invalid, and decides nothing", "namespace",
			 version->namespace_, "name", version->name, "reason", version->invalid, NULL);
}

/* An object of that name that has not been seen to go, and is another one now. */
static void drop_namesake(struct live_autoscalers *all, const struct version *version)
{
	for (size_t i = all->n_entries; i-- > 0;)
		if (strcmp(all->entries[i]->version->name, version->name) == 0 &&
		    strcmp(all->entries[i]->version->namespace_, version->namespace_) == 0)
			take_out(all, i);
}

static struct entry *changed(struct live_autoscalers *all, struct entry *entry, const char *uid,
			     struct json_value metadata)
{
	struct version *version = version_new(uid, metadata, &all->text);
	if (!version)
		return NULL;
	if (entry) {
		all->generation += !version->invalid || !entry->version->invalid;
		retire(all, entry->version);
		entry->version = version;
	} else {
		drop_namesake(all, version);
		entry = entry_new(all, version);
		if (!entry) {
			version_free(version);
			return NULL;
		}
		all->generation += !version->invalid;
	}
	all->shape++;
	tell_invalid(all, version);
	return entry;
}

static bool is_changed(const struct live_autoscalers *all, const struct entry *entry)
{
	return !entry || entry->version->size != all->text.length ||
	       memcmp(entry->version->text, all->text.text, all->text.length) != 0;
}

/* ---- what the watch tells ---- */

static void on_begin(void *self)
{
	struct live_autoscalers *all = self;
	all->listed = false;
	all->epoch++;
}

static void on_put(void *self, const char *uid, struct json_value object)
{
	enum { METADATA, SPEC, STATUS, KEYS };
	static const char *const keys[KEYS] = {"metadata", "spec", "status"};
	struct live_autoscalers *all = self;
	struct entry *entry = find(all, uid);
	struct json_value at[KEYS];
	json_pick(object, keys, KEYS, at);
	bool kept = autoscaler_text(&all->text, all->from_hpa, at[METADATA], at[SPEC]);
	if (kept && is_changed(all, entry))
		entry = changed(all, entry, uid, at[METADATA]);
	if (kept && entry) {
		entry->epoch = all->epoch;
		entry->generation = json_int(json_in(at[METADATA], "generation"), 0);
		kept = take_status(all, entry, json_in(at[METADATA], "resourceVersion"), at[STATUS]) == 0;
	}
	if (!kept || !entry)
		log_line(all->log, LOG_ERROR, "an autoscaler is left out", "uid", uid, "reason",
			 "it has no name, or memory ran out", NULL);
}

static void on_drop(void *self, const char *uid)
{
	struct live_autoscalers *all = self;
	for (size_t i = 0; i < all->n_entries; i++)
		if (strcmp(all->entries[i]->version->uid, uid) == 0) {
			take_out(all, i);
			return;
		}
}

static void on_end(void *self)
{
	struct live_autoscalers *all = self;
	all->listed = true;
	for (size_t i = all->n_entries; i-- > 0;)
		if (all->entries[i]->epoch != all->epoch)
			take_out(all, i);
}

struct watch_sink live_autoscalers_sink(struct live_autoscalers *all)
{
	return (struct watch_sink){all, on_begin, on_put, on_drop, on_end};
}

/* ---- life ---- */

struct live_autoscalers *live_autoscalers_open(struct kube *kube, const char *namespace_, bool from_hpa,
					       struct log *log, struct err *err)
{
	char path[512];
	struct live_autoscalers *all = calloc(1, sizeof *all);
	if (!all) {
		err_set(err, "out of memory");
		return NULL;
	}
	all->from_hpa = from_hpa;
	all->log = log;
	all->seed = mix64((uint64_t)clock_wall() ^ (uintptr_t)all);
	if (!kube)
		return all;
	struct watch_sink sink = live_autoscalers_sink(all);
	int length =
	    kube_path(path, sizeof path, autoscaler_api(from_hpa), namespace_, autoscaler_plural(from_hpa), NULL, NULL);
	if (length < 0 || (size_t)length >= sizeof path)
		err_set(err, "the namespace's name is too long");
	else
		all->watch = watch_open(kube, path, NULL, &sink, log, err);
	if (all->watch)
		return all;
	live_autoscalers_close(all);
	return NULL;
}

void live_autoscalers_close(struct live_autoscalers *all)
{
	if (!all)
		return;
	watch_close(all->watch);
	while (all->n_entries)
		take_out(all, all->n_entries - 1);
	memory_push(&all->fresh.memory, all->shown);
	outdated_free(&all->fresh);
	outdated_free(&all->leaving);
	memory_free(all->statuses);
	canonical_free(&all->text);
	table_free(&all->uids);
	free(all->entries);
	free(all);
}

bool live_autoscalers_synced(const struct live_autoscalers *all)
{
	return all->watch ? watch_synced(all->watch) : all->listed;
}

const struct watch *live_autoscalers_watch(const struct live_autoscalers *all)
{
	return all->watch;
}
