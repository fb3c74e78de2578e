#include "pod_store.h"

/* What a pod asks of its node beside CPU and memory, and why it keeps it. */

#define SAFE_TO_EVICT   "cluster-autoscaler.kubernetes.io/safe-to-evict"
#define SAFE_TO_LOSE    "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
#define MIRROR          "kubernetes.io/config.mirror"
#define REQUIRED_TERMS  "requiredDuringSchedulingIgnoredDuringExecution"
#define UNMODELLED_SIZE 512

const char *const live_keep_texts[] = {
    [KEEP_NOT] = "",
    [KEEP_UNSAFE] = "is annotated " SAFE_TO_EVICT ": \"false\"",
    [KEEP_LOCAL_STORAGE] = "has local storage",
    [KEEP_BARE] = "has no controller that would make it again",
    [KEEP_UNMODELLED] = "asks for what is not followed",
    [KEEP_SYSTEM] = "is of kube-system, without a disruption budget",
};

/* ---- names of what is not followed ---- */

struct names {
	char text[UNMODELLED_SIZE];
	size_t length;
};

static bool listed(const struct names *names, const char *name, size_t length)
{
	for (const char *at = names->text; *at; at += strspn(at, ", ")) {
		size_t item = strcspn(at, ",");
		if (item == length && memcmp(at, name, length) == 0)
			return true;
		at += item;
	}
	return false;
}

/* Each once; what has no room is left out. */
static void list(struct names *names, const char *name, size_t length)
{
	size_t comma = names->length ? 2 : 0;
	if (listed(names, name, length) || names->length + comma + length >= sizeof names->text)
		return;
	memcpy(names->text + names->length, ", ", comma);
	memcpy(names->text + names->length + comma, name, length);
	names->length += comma + length;
	names->text[names->length] = 0;
}

static void list_if(struct names *names, bool matters, const char *name)
{
	if (matters)
		list(names, name, strlen(name));
}

static bool any(struct json_value value)
{
	struct json_walk walk = json_walk(value);
	struct json_value one;
	return json_each(&walk, NULL, &one);
}

static bool spreads(struct json_value constraints)
{
	struct json_walk walk = json_walk(constraints);
	struct json_value one;
	while (json_each(&walk, NULL, &one))
		if (!json_equals(json_in(one, "whenUnsatisfiable"), "ScheduleAnyway"))
			return true;
	return false;
}

static void list_volumes(struct names *names, struct json_value volumes)
{
	struct json_walk walk = json_walk(volumes);
	struct json_value one;
	while (json_each(&walk, NULL, &one)) {
		list_if(names, json_in(one, "persistentVolumeClaim").at, "persistentVolumeClaim");
		list_if(names, json_in(one, "ephemeral").at, "ephemeral volume");
	}
}

static void list_resources(struct names *names, struct json_value requests)
{
	struct json_walk walk = json_walk(requests);
	struct json_value key, amount, bytes;
	wide_t nano;
	while (json_each(&walk, &key, &amount))
		if (!json_equals(key, "cpu") && !json_equals(key, "memory") &&
		    (!json_quantity(amount, &nano) || nano > 0) && json_plain(key, &bytes))
			list(names, bytes.at, (size_t)(bytes.end - bytes.at));
}

static bool has_host_port(struct json_value ports)
{
	struct json_walk walk = json_walk(ports);
	struct json_value one;
	while (json_each(&walk, NULL, &one))
		if (json_int(json_in(one, "hostPort"), 0) > 0)
			return true;
	return false;
}

static void list_containers(struct names *names, struct json_value containers)
{
	enum { PORTS, ASKED, PARTS };
	static const char *const keys[PARTS] = {"ports", "resources"};
	struct json_value one, part[PARTS];
	struct json_walk walk = json_walk(containers);
	while (json_each(&walk, NULL, &one)) {
		json_pick(one, keys, PARTS, part);
		list_if(names, has_host_port(part[PORTS]), "hostPort");
		list_resources(names, json_in(part[ASKED], "requests"));
	}
}

static void list_unmodelled(struct names *names, const struct pod_parts *parts)
{
	struct json_value to = json_in(parts->affinity, "podAffinity");
	struct json_value from = json_in(parts->affinity, "podAntiAffinity");
	list_if(names, any(json_in(to, REQUIRED_TERMS)), "podAffinity");
	list_if(names, any(json_in(from, REQUIRED_TERMS)), "podAntiAffinity");
	list_if(names, spreads(parts->spread), "topologySpreadConstraints");
	list_volumes(names, parts->volumes);
	list_if(names, any(parts->claims), "resourceClaims");
	list_if(names, any(parts->gates), "schedulingGates");
	list_containers(names, parts->containers);
	list_containers(names, parts->init_containers);
	list_resources(names, json_in(parts->resources, "requests"));
	list_resources(names, parts->overhead);
}

/* ---- why it keeps its node ---- */

/* Whether a comma-separated list names it. */
static bool in_list(struct json_value text, struct json_value name)
{
	struct json_value bytes, wanted;
	if (!json_plain(text, &bytes) || !json_plain(name, &wanted))
		return false;
	size_t length = (size_t)(wanted.end - wanted.at);
	while (bytes.at < bytes.end) {
		const char *comma = memchr(bytes.at, ',', (size_t)(bytes.end - bytes.at));
		const char *end = comma ? comma : bytes.end;
		if ((size_t)(end - bytes.at) == length && memcmp(bytes.at, wanted.at, length) == 0)
			return true;
		bytes.at = comma ? comma + 1 : end;
	}
	return false;
}

static bool has_local_storage(const struct pod_parts *parts)
{
	enum { NAME, HOST, EMPTY, PARTS };
	static const char *const keys[PARTS] = {"name", "hostPath", "emptyDir"};
	struct json_value one, part[PARTS], safe = json_in(parts->annotations, SAFE_TO_LOSE);
	struct json_walk walk = json_walk(parts->volumes);
	while (json_each(&walk, NULL, &one)) {
		json_pick(one, keys, PARTS, part);
		bool local =
		    part[HOST].at || (part[EMPTY].at && !json_equals(json_in(part[EMPTY], "medium"), "Memory"));
		if (local && !in_list(safe, part[NAME]))
			return true;
	}
	return false;
}

static bool is_replicated(const struct live_pod *pod)
{
	static const char *const kinds[] = {"ReplicaSet", "StatefulSet", "Job", "ReplicationController", "DaemonSet"};
	for (size_t i = 0; pod->owner_kind && i < COUNT(kinds); i++)
		if (strcmp(pod->owner_kind, kinds[i]) == 0)
			return true;
	return false;
}

static enum live_keep keep(const struct live_pod *pod, const struct pod_parts *parts)
{
	struct json_value safe = json_in(parts->annotations, SAFE_TO_EVICT);
	bool ended = pod->view.phase == POD_SUCCEEDED || pod->view.phase == POD_FAILED;
	if (pod->mirror || pod->daemon || ended)
		return KEEP_NOT;
	if (json_equals(safe, "false"))
		return KEEP_UNSAFE;
	if (!json_equals(safe, "true")) {
		if (!is_replicated(pod))
			return KEEP_BARE;
		if (has_local_storage(parts))
			return KEEP_LOCAL_STORAGE;
	}
	return pod->unmodelled ? KEEP_UNMODELLED : KEEP_NOT;
}

/* ---- where it may be ---- */

static void write_part(struct canonical *out, const char *name, struct json_value value)
{
	if (!any(value))
		return;
	if (out->length > 1)
		canonical_bytes(out, ",", 1);
	canonical_bytes(out, name, strlen(name));
	canonical_value(out, value);
}

static const char *scheduling(struct live_pods *pods, struct canonical *out, const struct pod_parts *parts)
{
	struct json_value node = json_in(json_in(parts->affinity, "nodeAffinity"), REQUIRED_TERMS);
	out->length = 0;
	canonical_bytes(out, "{", 1);
	write_part(out, "\"nodeAffinity\":", json_in(node, "nodeSelectorTerms"));
	write_part(out, "\"nodeSelector\":", parts->node_selector);
	write_part(out, "\"tolerations\":", parts->tolerations);
	canonical_bytes(out, "}", 1);
	return out->failed ? NULL : intern(&pods->texts, out->text, out->length);
}

int pod_rules(struct live_pods *pods, struct pod_draft *draft, const struct pod_parts *parts)
{
	struct names names = {.length = 0};
	struct live_pod *pod = &draft->pod;
	list_unmodelled(&names, parts);
	pod->mirror = json_in(parts->annotations, MIRROR).at != NULL;
	pod->daemon = pod->owner_kind && strcmp(pod->owner_kind, "DaemonSet") == 0;
	pod->unmodelled = names.length ? intern(&pods->texts, names.text, names.length) : NULL;
	pod->scheduling = scheduling(pods, &draft->text, parts);
	pod->keep = keep(pod, parts);
	return pod->scheduling && (pod->unmodelled || !names.length) ? 0 : -1;
}
