#include "autoscaler_text.h"

static const struct {
	const char *api, *plural, *kind;
} kinds[] = {
    {"plimsoll.dev/v1alpha1", "autoscalers", "Autoscaler"},
    {"autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"},
};

static const char own_prefix[] = "plimsoll.dev/";

const char *autoscaler_api(bool from_hpa)
{
	return kinds[from_hpa].api;
}

const char *autoscaler_plural(bool from_hpa)
{
	return kinds[from_hpa].plural;
}

static void text(struct canonical *out, const char *bytes)
{
	canonical_bytes(out, bytes, strlen(bytes));
}

static void own_annotations(struct canonical *out, struct json_value annotations)
{
	struct json_walk walk = json_walk(annotations);
	struct json_value key, value;
	const char *before = ",\"annotations\":{";
	while (walk.object && json_each(&walk, &key, &value)) {
		size_t length = (size_t)(key.end - key.at);
		if (length < strlen(own_prefix) || memcmp(key.at, own_prefix, strlen(own_prefix)) != 0)
			continue;
		text(out, before);
		text(out, "\"");
		canonical_bytes(out, key.at, length);
		text(out, "\":");
		canonical_value(out, value);
		before = ",";
	}
	if (before[1])
		return;
	text(out, "}");
}

bool autoscaler_text(struct canonical *out, bool from_hpa, struct json_value metadata, struct json_value spec)
{
	enum { NAME, NAMESPACE, ANNOTATIONS, KEYS };
	static const char *const keys[KEYS] = {"name", "namespace", "annotations"};
	struct json_value at[KEYS];
	json_pick(metadata, keys, KEYS, at);
	out->length = 0;
	out->failed = false;
	text(out, "{\"apiVersion\":\"");
	text(out, kinds[from_hpa].api);
	text(out, "\",\"kind\":\"");
	text(out, kinds[from_hpa].kind);
	text(out, "\",\"metadata\":{\"name\":");
	canonical_value(out, at[NAME]);
	text(out, ",\"namespace\":");
	canonical_value(out, at[NAMESPACE]);
	own_annotations(out, at[ANNOTATIONS]);
	text(out, "},\"spec\":");
	canonical_value(out, spec);
	text(out, "}");
	return !out->failed && json_copy(at[NAME], NULL, 0) && json_copy(at[NAMESPACE], NULL, 0);
}
