#include "pod_store.h"

#include "../text/grown.h"

/* ---- texts ---- */

const char *pod_text(struct live_pods *pods, struct pod_draft *draft, struct json_value value)
{
	struct json_value bytes;
	const char *text;
	if (json_plain(value, &bytes)) {
		text = intern(&pods->texts, bytes.at, (size_t)(bytes.end - bytes.at));
	} else if (bytes.at) {
		struct arena arena = {0};
		const char *copy = json_text(value, &arena);
		text = copy ? intern(&pods->texts, copy, strlen(copy)) : NULL;
		arena_free(&arena);
	} else {
		return NULL;
	}
	draft->failed |= !text;
	return text;
}

/* ---- labels ---- */

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	return x->key == y->key ? 0 : strcmp(x->key, y->key);
}

/* In order of their keys, as the API server writes them; of one that is there twice, the first stays. */
static void order_labels(struct live_pods *pods, struct pod_draft *draft)
{
	size_t kept = 0;
	bool ordered = true;
	for (size_t i = 1; i < draft->n_labels; i++)
		ordered &= compare_labels(&draft->labels[i - 1], &draft->labels[i]) < 0;
	if (ordered)
		return;
	qsort(draft->labels, draft->n_labels, sizeof *draft->labels, compare_labels);
	for (size_t i = 0; i < draft->n_labels; i++) {
		if (kept == 0 || draft->labels[kept - 1].key != draft->labels[i].key) {
			draft->labels[kept++] = draft->labels[i];
			continue;
		}
		intern_release(&pods->texts, draft->labels[i].key);
		intern_release(&pods->texts, draft->labels[i].value);
	}
	draft->n_labels = kept;
}

static void read_labels(struct live_pods *pods, struct pod_draft *draft, struct json_value labels)
{
	struct json_walk walk = json_walk(labels);
	struct json_value key, value;
	while (!draft->failed && walk.object && json_each(&walk, &key, &value)) {
		void *grown = heap_grown(draft->labels, draft->n_labels, &draft->labels_room, sizeof *draft->labels);
		draft->failed |= !grown;
		if (!grown)
			break;
		draft->labels = grown;
		struct label label = {pod_text(pods, draft, key), pod_text(pods, draft, value)};
		if (label.key && label.value) {
			draft->labels[draft->n_labels++] = label;
			continue;
		}
		intern_release(&pods->texts, label.key);
		intern_release(&pods->texts, label.value);
	}
	order_labels(pods, draft);
}

/* ---- metadata, spec, status ---- */

static void read_owner(struct live_pods *pods, struct pod_draft *draft, struct json_value owners)
{
	struct json_walk walk = json_walk(owners);
	struct json_value owner;
	while (json_each(&walk, NULL, &owner)) {
		if (!json_bool(json_in(owner, "controller"), false))
			continue;
		draft->pod.owner_kind = pod_text(pods, draft, json_in(owner, "kind"));
		draft->pod.owner_name = pod_text(pods, draft, json_in(owner, "name"));
		return;
	}
}

static void read_metadata(struct live_pods *pods, struct pod_draft *draft, struct json_value metadata,
			  struct pod_parts *parts)
{
	enum { NAME, NAMESPACE, LABELS, ANNOTATIONS, OWNERS, CREATED, DELETED, KEYS };
	static const char *const keys[KEYS] = {
	    "name", "namespace", "labels", "annotations", "ownerReferences", "creationTimestamp", "deletionTimestamp"};
	struct json_value at[KEYS];
	json_pick(metadata, keys, KEYS, at);
	draft->name = at[NAME];
	draft->pod.namespace_ = pod_text(pods, draft, at[NAMESPACE]);
	draft->pod.created_at = json_time(at[CREATED]);
	draft->pod.view.deleted = at[DELETED].at != NULL;
	parts->annotations = at[ANNOTATIONS];
	read_labels(pods, draft, at[LABELS]);
	read_owner(pods, draft, at[OWNERS]);
}

static void read_spec(struct live_pods *pods, struct pod_draft *draft, struct json_value spec, struct pod_parts *parts)
{
	enum {
		NODE,
		PRIORITY,
		CONTAINERS,
		INIT,
		OVERHEAD,
		OWN,
		SELECTOR,
		AFFINITY,
		TOLERATIONS,
		SPREAD,
		VOLUMES,
		CLAIMS,
		GATES,
		KEYS
	};
	static const char *const keys[KEYS] = {
	    "nodeName",  "priority",       "containers",     "initContainers", "overhead",
	    "resources", "nodeSelector",   "affinity",       "tolerations",    "topologySpreadConstraints",
	    "volumes",   "resourceClaims", "schedulingGates"};
	struct json_value at[KEYS];
	json_pick(spec, keys, KEYS, at);
	draft->pod.node = json_equals(at[NODE], "") ? NULL : pod_text(pods, draft, at[NODE]);
	draft->pod.priority = (int32_t)max64(min64(json_int(at[PRIORITY], 0), INT32_MAX), INT32_MIN);
	parts->containers = at[CONTAINERS];
	parts->init_containers = at[INIT];
	parts->overhead = at[OVERHEAD];
	parts->resources = at[OWN];
	parts->node_selector = at[SELECTOR];
	parts->affinity = at[AFFINITY];
	parts->tolerations = at[TOLERATIONS];
	parts->spread = at[SPREAD];
	parts->volumes = at[VOLUMES];
	parts->claims = at[CLAIMS];
	parts->gates = at[GATES];
}

static void read_condition(struct live_pod *pod, struct json_value condition)
{
	enum { TYPE, STATUS, REASON, CHANGED, KEYS };
	static const char *const keys[KEYS] = {"type", "status", "reason", "lastTransitionTime"};
	struct json_value at[KEYS];
	json_pick(condition, keys, KEYS, at);
	if (json_equals(at[TYPE], "Ready")) {
		pod->view.ready = json_equals(at[STATUS], "True") ? POD_READY_TRUE : POD_READY_FALSE;
		pod->view.ready_changed_at = json_time(at[CHANGED]);
	} else if (json_equals(at[TYPE], "PodScheduled") && json_equals(at[STATUS], "False") &&
		   json_equals(at[REASON], "Unschedulable")) {
		pod->unschedulable_at = json_time(at[CHANGED]);
	}
}

static void read_status(struct live_pod *pod, struct json_value status)
{
	enum { PHASE, STARTED, CONDITIONS, KEYS };
	static const char *const keys[KEYS] = {"phase", "startTime", "conditions"};
	/* Any other phase ("Unknown") is to the HPA controller as Running is. */
	static const struct {
		const char *name;
		enum pod_phase phase;
	} phases[] = {{"Pending", POD_PENDING}, {"Succeeded", POD_SUCCEEDED}, {"Failed", POD_FAILED}};
	struct json_value at[KEYS], condition;
	json_pick(status, keys, KEYS, at);
	pod->view.phase = POD_RUNNING;
	for (size_t i = 0; i < COUNT(phases); i++)
		if (json_equals(at[PHASE], phases[i].name))
			pod->view.phase = (uint8_t)phases[i].phase;
	pod->view.start_at = json_time(at[STARTED]);
	pod->view.ready_changed_at = pod->unschedulable_at = MS_UNSET;
	struct json_walk walk = json_walk(at[CONDITIONS]);
	while (json_each(&walk, NULL, &condition))
		read_condition(pod, condition);
}

/* ---- the block ---- */

static void release(struct live_pods *pods, const struct live_pod *pod)
{
	const char *const texts[] = {pod->namespace_, pod->node,       pod->owner_kind,
				     pod->owner_name, pod->unmodelled, pod->scheduling};
	for (size_t i = 0; i < COUNT(texts); i++)
		intern_release(&pods->texts, texts[i]);
	for (uint32_t i = 0; i < pod->n_labels; i++) {
		intern_release(&pods->texts, pod->labels[i].key);
		intern_release(&pods->texts, pod->labels[i].value);
	}
	for (uint32_t i = 0; i < pod->n_containers; i++)
		intern_release(&pods->texts, pod->containers[i].name);
}

void pod_free(struct live_pods *pods, struct stored_pod *stored)
{
	release(pods, &stored->pod);
	free(stored);
}

/* Everything of the draft in one piece of memory: what is held goes over to it. */
static struct stored_pod *block(const struct pod_draft *draft, const char *uid)
{
	size_t n_labels = draft->n_labels, n_containers = draft->n_containers;
	size_t name_size = json_copy(draft->name, NULL, 0) + 1, uid_size = strlen(uid) + 1;
	size_t containers_at = sizeof(struct stored_pod);
	size_t labels_at = containers_at + n_containers * sizeof(struct live_container);
	size_t slots_at = labels_at + n_labels * sizeof(struct label);
	size_t name_at = slots_at + (n_labels + 2) * sizeof(uint32_t);
	char *memory = malloc(name_at + name_size + uid_size);
	if (!memory)
		return NULL;
	struct stored_pod *stored = (struct stored_pod *)(void *)memory;
	*stored = (struct stored_pod){.pod = draft->pod, .slots = (uint32_t *)(void *)(memory + slots_at)};
	if (n_containers)
		memcpy(memory + containers_at, draft->containers, n_containers * sizeof(struct live_container));
	if (n_labels)
		memcpy(memory + labels_at, draft->labels, n_labels * sizeof(struct label));
	json_copy(draft->name, memory + name_at, name_size);
	memcpy(memory + name_at + name_size, uid, uid_size);
	stored->pod.containers = (const struct live_container *)(void *)(memory + containers_at);
	stored->pod.labels = (const struct label *)(void *)(memory + labels_at);
	stored->pod.name = memory + name_at;
	stored->pod.uid = memory + name_at + name_size;
	return stored;
}

struct stored_pod *pod_decode(struct live_pods *pods, const char *uid, struct json_value object, struct err *err)
{
	enum { METADATA, SPEC, STATUS, KEYS };
	static const char *const keys[KEYS] = {"metadata", "spec", "status"};
	struct json_value at[KEYS];
	struct pod_draft *draft = &pods->draft;
	struct pod_parts parts;
	struct stored_pod *stored = NULL;
	json_pick(object, keys, KEYS, at);
	draft->pod = (struct live_pod){0};
	draft->n_labels = draft->n_containers = 0;
	draft->failed = draft->text.failed = false;
	read_metadata(pods, draft, at[METADATA], &parts);
	read_spec(pods, draft, at[SPEC], &parts);
	read_status(&draft->pod, at[STATUS]);
	pod_requests(pods, draft, &parts);
	draft->failed |= pod_rules(pods, draft, &parts) < 0;
	draft->pod.labels = draft->labels;
	draft->pod.n_labels = (uint32_t)draft->n_labels;
	draft->pod.containers = draft->containers;
	draft->pod.n_containers = (uint32_t)draft->n_containers;
	if (!draft->pod.namespace_ || !json_copy(draft->name, NULL, 0))
		err_set(err, "a pod must have a name and a namespace");
	else if (draft->failed || !(stored = block(draft, uid)))
		err_set(err, "out of memory");
	if (!stored)
		release(pods, &draft->pod);
	return stored;
}

void pod_draft_free(struct pod_draft *draft)
{
	free(draft->labels);
	free(draft->containers);
	canonical_free(&draft->text);
}
