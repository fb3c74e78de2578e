#include "autoscalers.h"

#include "../text/clock.h"
#include "../text/grown.h"
#include "autoscaler_store.h"
#include "autoscaler_text.h"
#include "table.h"

struct entry {
	struct table_link by_uid;
	uint32_t epoch;
	struct version *version;
	struct memory *status; /* resourceVersion with a NUL, then the status */
	size_t status_size;    /* of both */
	int64_t generation;
};

struct live_autoscalers {
	bool from_hpa;
	struct table uids;
	struct entry **entries;
	size_t n_entries, room;
	uint64_t seed, generation, shape; /* shape: changes with any entry's version */
	uint32_t epoch;
	bool listed;
	struct canonical text;          /* scratch */
	struct memory *statuses;        /* replaced ones */
	struct outdated fresh, leaving; /* since the last take, and since the one before */
	struct memory *shown;           /* an array of live_autoscaler */
	uint64_t shown_shape;
	uint32_t n_shown, n_valid;
	struct log *log;
	struct watch *watch;
};

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

/* ---- taking them ---- */

static bool decides(const struct version *version)
{
	return !version->invalid && !version->held;
}

static int hold_others(struct live_autoscalers *all)
{
	struct version **valid = malloc((all->n_entries + 1) * sizeof *valid);
	size_t n = 0;
	if (!valid)
		return -1;
	for (size_t i = 0; i < all->n_entries; i++)
		if (!all->entries[i]->version->invalid)
			valid[n++] = all->entries[i]->version;
	int status = versions_hold(valid, n, &all->fresh.memory, all->log);
	free(valid);
	return status;
}

static int compare_entries(const void *a, const void *b)
{
	const struct version *x = (*(struct entry *const *)a)->version, *y = (*(struct entry *const *)b)->version;
	if (decides(x) != decides(y))
		return decides(x) ? -1 : 1;
	int order = strcmp(x->namespace_, y->namespace_);
	return order ? order : strcmp(x->name, y->name);
}

static int32_t replicas(struct json_value status, const char *key)
{
	int64_t count = json_int(json_in(status, key), -1);
	return count < 0 || count > INT32_MAX ? -1 : (int32_t)count;
}

static void show_spec(const struct version *version, struct live_autoscaler *out)
{
	out->uid = version->uid;
	out->held = version->held;
	out->invalid = version->held ? version->held->bytes : version->invalid;
	out->spec = (struct hpa_spec){.name = version->name, .namespace_ = version->namespace_};
	if (out->invalid)
		return;
	out->spec = version->manifests.autoscalers[0];
	out->spec.file = NULL;
}

static void show_status(const struct live_autoscalers *all, const struct entry *entry, struct live_autoscaler *out)
{
	const char *text = entry->status ? entry->status->bytes : "";
	size_t head = strlen(text) + 1;
	out->resource_version = text;
	out->generation = entry->generation;
	out->status = (struct json_value){0};
	if (entry->status && head < entry->status_size)
		out->status = (struct json_value){text + head, text + entry->status_size};
	out->hpa_desired = all->from_hpa ? replicas(out->status, "desiredReplicas") : -1;
	out->hpa_current = all->from_hpa ? replicas(out->status, "currentReplicas") : -1;
	/* What the API shows until the first decision. */
	if (out->hpa_desired == 0 && out->hpa_current > 0 && out->spec.min_replicas > 0)
		out->hpa_desired = -1;
}

static int show_anew(struct live_autoscalers *all)
{
	struct memory *array = memory_new(all->n_entries * sizeof(struct live_autoscaler) + 1);
	if (!array || hold_others(all) < 0) {
		free(array);
		return -1;
	}
	if (all->n_entries > 1)
		qsort(all->entries, all->n_entries, sizeof(struct entry *), compare_entries);
	memory_push(&all->fresh.memory, all->shown);
	all->shown = array;
	all->shown_shape = all->shape;
	all->n_valid = 0;
	for (size_t i = 0; i < all->n_entries; i++) {
		const struct version *version = all->entries[i]->version;
		show_spec(version, (struct live_autoscaler *)(void *)array->bytes + i);
		all->n_valid += decides(version);
	}
	return 0;
}

const struct live_autoscaler *live_autoscalers_take(struct live_autoscalers *all, uint32_t *n_valid, uint32_t *n_all)
{
	*n_valid = *n_all = 0;
	if ((!all->shown || all->shown_shape != all->shape) && show_anew(all) < 0)
		return NULL;
	struct live_autoscaler *shown = (struct live_autoscaler *)(void *)all->shown->bytes;
	for (size_t i = 0; i < all->n_entries; i++)
		show_status(all, all->entries[i], &shown[i]);
	memory_free(all->statuses);
	all->statuses = NULL;
	outdated_free(&all->leaving);
	all->leaving = all->fresh;
	all->fresh = (struct outdated){0};
	*n_valid = all->n_valid;
	*n_all = (uint32_t)all->n_entries;
	return shown;
}

uint64_t live_autoscalers_generation(const struct live_autoscalers *all)
{
	return all->generation;
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
