#include "manifest_read.h"
#include "nearest.h"

/* What a manifest asks of the cluster beside CPU and memory, and the simulator does not follow. */

struct list {
	char text[256];
	size_t length;
};

static bool listed(const struct list *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = list->text; *at;) {
		size_t item = strcspn(at, ",");
		if (item == length && strncmp(at, name, length) == 0)
			return true;
		at += item;
		at += strspn(at, ", ");
	}
	return false;
}

/* Each name once; what has no room is left out. */
static void list_add(struct list *list, const char *name)
{
	const char *comma = list->length ? ", " : "";
	if (listed(list, name) || list->length + strlen(comma) + strlen(name) >= sizeof list->text)
		return;
	list->length +=
	    (size_t)snprintf(list->text + list->length, sizeof list->text - list->length, "%s%s", comma, name);
}

static bool not_empty(const struct place *field)
{
	return place_count(field) > 0;
}

static bool not_blank(const struct place *field)
{
	const char *text = place_text(field);
	return text && *text;
}

/* Every node that is simulated runs Linux. */
static bool selects(const struct place *selector)
{
	for (uint32_t i = 0; i < place_count(selector); i++) {
		struct place entry = place_entry(selector, i);
		const char *value = place_text(&entry);
		bool is_os = !strcmp(entry.name, "kubernetes.io/os") || !strcmp(entry.name, "beta.kubernetes.io/os");
		if (!is_os || !value || strcmp(value, "linux") != 0)
			return true;
	}
	return false;
}

/* A volume that is a disk of its own ties the pod to a zone, and is paid for. */
static bool has_disks(const struct place *volumes)
{
	for (uint32_t i = 0; i < place_count(volumes); i++) {
		struct place volume = place_item(volumes, i);
		struct place claim = place_field(&volume, "persistentVolumeClaim"),
			     own = place_field(&volume, "ephemeral");
		if (place_given(&claim) || place_given(&own))
			return true;
	}
	return false;
}

static const struct {
	const char *name;
	bool (*matters)(const struct place *);
	bool of_daemons; /* for a DaemonSet, too, which is taken to run on every node */
} fields[] = {
    {"nodeSelector", selects, true},
    {"nodeName", not_blank, true},
    {"affinity", not_empty, true},
    {"tolerations", not_empty, false},
    {"topologySpreadConstraints", not_empty, false},
    {"volumes", has_disks, false},
    {"resourceClaims", not_empty, true},
};

static void add_resources(struct list *list, const struct place *resources, const char *which)
{
	static const char *const modelled[] = {"cpu", "memory", "ephemeral-storage"};
	struct place map = place_field(resources, which);
	for (uint32_t i = 0; i < place_count(&map); i++) {
		struct place entry = place_entry(&map, i);
		wide_t nano;
		if (name_index(entry.name, modelled, COUNT(modelled)) < 0 && place_quantity(&entry, &nano) && nano > 0)
			list_add(list, entry.name);
	}
}

static void add_containers(struct list *list, const struct place *pod, const char *which)
{
	struct place containers = place_field(pod, which);
	for (uint32_t i = 0; i < place_count(&containers); i++) {
		struct place container = place_item(&containers, i);
		struct place resources = place_field(&container, "resources"), ports = place_field(&container, "ports");
		add_resources(list, &resources, "limits");
		add_resources(list, &resources, "requests");
		for (uint32_t p = 0; p < place_count(&ports); p++) {
			struct place port = place_item(&ports, p), host = place_field(&port, "hostPort");
			if (place_int(&host, 0) > 0)
				list_add(list, "hostPort");
		}
	}
}

int read_unmodelled(const struct place *spec, struct workload_spec *out)
{
	struct place template = place_field(spec, "template"), pod = place_field(&template, "spec");
	struct place claims = place_field(spec, "volumeClaimTemplates");
	bool daemon = out->kind == KIND_DAEMONSET;
	struct list list = {.length = 0};
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct place field = place_field(&pod, fields[i].name);
		if ((!daemon || fields[i].of_daemons) && fields[i].matters(&field))
			list_add(&list, fields[i].name);
	}
	if (place_count(&claims) > 0)
		list_add(&list, "volumeClaimTemplates");
	if (!daemon) {
		add_containers(&list, &pod, "initContainers");
		add_containers(&list, &pod, "containers");
	}
	out->unmodelled = list.length ? arena_strdup(spec->source->arena, list.text) : NULL;
	return list.length && !out->unmodelled ? place_refuse(spec, "out of memory") : 0;
}
