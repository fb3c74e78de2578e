#include "node_store.h"

#include <stdlib.h>

void node_free(struct live_node *node)
{
	if (!node)
		return;
	char *const texts[] = {node->uid,           node->name,   node->provider_id,
			       node->instance_type, node->traits, node->taints};
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	free(node);
}

char *own_text(struct json_value value, bool *failed)
{
	size_t length = json_copy(value, NULL, 0);
	char *text = malloc(length + 1);
	*failed |= !text;
	if (text) {
		text[0] = 0;
		json_copy(value, text, length + 1);
	}
	return text;
}

char *own_bytes(const char *bytes, size_t length, bool *failed)
{
	char *text = malloc(length + 1);
	*failed |= !text;
	if (text) {
		memcpy(text, bytes, length);
		text[length] = 0;
	}
	return text;
}

/* When our taint says that its leaving began, in seconds since 1970. */
static ms_t leaving_since(struct json_value taints)
{
	struct json_walk walk = json_walk(taints);
	struct json_value taint;
	while (json_each(&walk, NULL, &taint)) {
		char value[24] = "";
		if (!json_equals(json_in(taint, "key"), LIVE_LEAVING_TAINT))
			continue;
		json_copy(json_in(taint, "value"), value, sizeof value);
		long long seconds = strtoll(value, NULL, 10);
		return seconds > 0 && seconds < INT64_C(253402300800) ? seconds * SECOND_MS : 0;
	}
	return MS_UNSET;
}

static char *traits_text(struct canonical *text, struct json_value labels, struct json_value taints, bool unschedulable,
			 bool *failed)
{
	text->length = 0;
	text->failed = false;
	canonical_bytes(text, "{\"labels\":", 10);
	if (json_is_object(labels))
		canonical_value(text, labels);
	else
		canonical_bytes(text, "{}", 2);
	canonical_bytes(text, ",\"taints\":", 10);
	if (json_is_array(taints))
		canonical_value(text, taints);
	else
		canonical_bytes(text, "[]", 2);
	canonical_bytes(text, unschedulable ? ",\"unschedulable\":true}" : "}", unschedulable ? 22 : 1);
	*failed |= text->failed;
	return text->failed ? NULL : own_bytes(text->text, text->length, failed);
}

static void read_status(struct live_node *node, struct json_value status)
{
	struct json_value allocatable = json_in(status, "allocatable"), condition;
	struct json_walk walk = json_walk(json_in(status, "conditions"));
	wide_t nano;
	node->cpu_milli = min64(max64(json_milli(json_in(allocatable, "cpu"), 0), 0), LIVE_AMOUNT_MAX);
	if (json_quantity(json_in(allocatable, "memory"), &nano) && nano > 0)
		node->memory_bytes = nano / NANO < LIVE_AMOUNT_MAX ? (int64_t)(nano / NANO) : LIVE_AMOUNT_MAX;
	if (json_quantity(json_in(allocatable, "pods"), &nano) && nano > 0 && nano / NANO < INT32_MAX)
		node->pods = (int64_t)(nano / NANO);
	while (json_each(&walk, NULL, &condition))
		if (json_equals(json_in(condition, "type"), "Ready"))
			node->ready = json_equals(json_in(condition, "status"), "True");
}

static struct json_value type_label(struct json_value labels)
{
	struct json_value value = json_in(labels, "node.kubernetes.io/instance-type");
	return value.at ? value : json_in(labels, "beta.kubernetes.io/instance-type");
}

struct live_node *node_read(struct canonical *scratch, const char *uid, struct json_value object)
{
	struct live_node *node = calloc(1, sizeof *node);
	bool failed = false;
	if (!node)
		return NULL;
	struct json_value metadata = json_in(object, "metadata"), spec = json_in(object, "spec");
	struct json_value labels = json_in(metadata, "labels"), taints = json_in(spec, "taints");
	node->uid = own_bytes(uid, strlen(uid), &failed);
	node->name = own_text(json_in(metadata, "name"), &failed);
	node->provider_id = own_text(json_in(spec, "providerID"), &failed);
	node->instance_type = own_text(type_label(labels), &failed);
	node->taints = json_is_array(taints) ? own_bytes(taints.at, (size_t)(taints.end - taints.at), &failed)
					     : own_bytes("[]", 2, &failed);
	node->unschedulable = json_bool(json_in(spec, "unschedulable"), false);
	node->traits = traits_text(scratch, labels, taints, node->unschedulable, &failed);
	json_copy(json_in(metadata, "resourceVersion"), node->resource_version, sizeof node->resource_version);
	node->created_at = json_time(json_in(metadata, "creationTimestamp"));
	node->leaving_at = leaving_since(taints);
	node->group = NO_GROUP;
	read_status(node, json_in(object, "status"));
	node->was_ready = node->ready;
	if (!failed)
		return node;
	node_free(node);
	return NULL;
}
