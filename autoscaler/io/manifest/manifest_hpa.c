#include "manifest_read.h"

#include "manifest_meta.h"
#include "nearest.h"
#include "quantity.h"

/* HorizontalPodAutoscaler: bounds, target and behavior. Defaults: pkg/apis/autoscaling/v2/defaults.go. */

static const struct scaling_policy up_policies[] = {{POLICY_PODS, 4, 15}, {POLICY_PERCENT, 100, 15}};
static const struct scaling_policy down_policies[] = {{POLICY_PERCENT, 100, 15}};
static const struct scaling_rules up_default = {0, SELECT_MAX, up_policies, COUNT(up_policies), -1};
static const struct scaling_rules down_default = {-1, SELECT_MAX, down_policies, COUNT(down_policies), -1};

static const char *const policy_types[] = {"Pods", "Percent"};      /* enum policy_type */
static const char *const selections[] = {"Max", "Min", "Disabled"}; /* enum policy_select */

#define MAX_WINDOW_S 3600
#define MAX_PERIOD_S 1800

static int read_policy(const struct place *policy, struct scaling_policy *out)
{
	struct place type = place_field(policy, "type"), value = place_field(policy, "value");
	struct place period = place_field(policy, "periodSeconds");
	int64_t which = name_index(place_text(&type), policy_types, COUNT(policy_types));
	if (which < 0)
		return place_refuse(&type, "must be Pods or Percent");
	if (!place_given(&value))
		return place_refuse(&value, "must be set and greater than 0");
	if (!place_given(&period))
		return place_refuse(&period, "must be set, from 1 to %d", MAX_PERIOD_S);
	if (check_range(&value, 1, INT32_MAX) < 0 || check_range(&period, 1, MAX_PERIOD_S) < 0)
		return -1;
	out->type = (enum policy_type)which;
	out->value = (int32_t)place_int(&value, 0);
	out->period_s = (int32_t)place_int(&period, 0);
	return 0;
}

static int read_policies(const struct place *policies, struct scaling_rules *out)
{
	if (!place_given(policies))
		return 0;
	if (place_count(policies) == 0)
		return place_refuse(policies, "must hold at least one policy");
	struct scaling_policy *list = place_alloc(policies, place_count(policies), sizeof *list);
	if (!list)
		return -1;
	for (uint32_t i = 0; i < place_count(policies); i++) {
		struct place policy = place_item(policies, i);
		if (read_policy(&policy, &list[i]) < 0)
			return -1;
	}
	out->policies = list;
	out->n_policies = place_count(policies);
	return 0;
}

static int read_tolerance(const struct place *tolerance, struct scaling_rules *out)
{
	wide_t nano;
	if (!place_quantity(tolerance, &nano))
		return 0;
	if (nano < 0)
		return place_refuse(tolerance, "must be greater than or equal to 0");
	out->tolerance = quantity_approximate(nano);
	return 0;
}

/* What is absent keeps its default. */
static int read_rules(const struct place *rules, struct scaling_rules *out)
{
	struct place window = place_field(rules, "stabilizationWindowSeconds"),
		     policies = place_field(rules, "policies");
	struct place selection = place_field(rules, "selectPolicy"), tolerance = place_field(rules, "tolerance");
	if (check_range(&window, 0, MAX_WINDOW_S) < 0)
		return -1;
	out->window_s = (int32_t)place_int(&window, out->window_s);
	if (place_given(&selection)) {
		int64_t which = name_index(place_text(&selection), selections, COUNT(selections));
		if (which < 0)
			return place_refuse(&selection, "must be Max, Min or Disabled");
		out->select = (enum policy_select)which;
	}
	return read_policies(&policies, out) < 0 ? -1 : read_tolerance(&tolerance, out);
}

static int read_behavior(const struct place *behavior, struct hpa_spec *out)
{
	struct place up = place_field(behavior, "scaleUp"), down = place_field(behavior, "scaleDown");
	out->has_behavior = place_given(behavior);
	out->scale_up = up_default;
	out->scale_down = down_default;
	return read_rules(&up, &out->scale_up) < 0 ? -1 : read_rules(&down, &out->scale_down);
}

/* group/version; a target needs a group, but for the one scalable kind of the core group. */
static int check_api_version(const struct place *place, const char *kind)
{
	const char *text = place_text(place), *slash = text ? strchr(text, '/') : NULL;
	if (slash && strchr(slash + 1, '/'))
		return place_refuse(place, "must be group/version, such as apps/v1");
	bool group = slash && slash > text;
	if (!group && strcmp(kind, "ReplicationController") != 0)
		return place_refuse(place, "must be group/version, such as apps/v1");
	return 0;
}

static int read_target(const struct place *target, struct hpa_spec *out)
{
	struct place kind = place_field(target, "kind"), name = place_field(target, "name");
	struct place version = place_field(target, "apiVersion");
	out->target_api = place_text(&version);
	out->target_kind = place_text(&kind);
	out->target_name = place_text(&name);
	if (!out->target_kind || !*out->target_kind)
		return place_refuse(&kind, "must be set, such as Deployment");
	if (!out->target_name || !*out->target_name)
		return place_refuse(&name, "must be set");
	if (check_path_name(&kind) < 0 || check_path_name(&name) < 0)
		return -1;
	return check_api_version(&version, out->target_kind);
}

static int read_bounds(const struct place *spec, struct hpa_spec *out)
{
	struct place least = place_field(spec, "minReplicas"), most = place_field(spec, "maxReplicas");
	if (!place_given(&most))
		return place_refuse(&most, "must be set and greater than or equal to 1");
	if (check_range(&least, 0, INT32_MAX) < 0 || check_range(&most, 1, INT32_MAX) < 0)
		return -1;
	out->min_replicas = (int32_t)place_int(&least, 1);
	out->max_replicas = (int32_t)place_int(&most, 1);
	if (out->max_replicas < out->min_replicas)
		return place_refuse(&most, "must be greater than or equal to minReplicas, which is %d",
				    out->min_replicas);
	return 0;
}

static int check_scale_to_zero(const struct place *spec, const struct hpa_spec *hpa)
{
	if (hpa->min_replicas > 0)
		return 0;
	for (uint32_t i = 0; i < hpa->n_metrics; i++)
		if (hpa->metrics[i].type == METRIC_OBJECT || hpa->metrics[i].type == METRIC_EXTERNAL)
			return 0;
	struct place least = place_field(spec, "minReplicas");
	return place_refuse(&least, "must be greater than 0 unless there is a metric of type Object or External");
}

/* Of our own annotations none is read over: a mistyped one would change nothing, silently. */
static int check_annotations(const struct place *annotations)
{
	static const char own[] = "plimsoll.dev/";
	static const char *const known[] = {"plimsoll.dev/smoothing"};
	for (uint32_t i = 0; i < place_count(annotations); i++) {
		struct place entry = place_entry(annotations, i);
		if (strncmp(entry.name, own, sizeof own - 1) == 0 && name_index(entry.name, known, COUNT(known)) < 0)
			return place_refuse(&entry, "there is no such annotation; the nearest is %s",
					    nearest(entry.name, known, COUNT(known)));
	}
	return 0;
}

int read_autoscaler(const struct place *root, const struct manifest_kind *row, struct hpa_spec *out)
{
	struct place metadata = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place annotations = place_field(&metadata, "annotations");
	struct place smoothing = place_field(&annotations, "plimsoll.dev/smoothing");
	struct place target = place_field(&spec, "scaleTargetRef"), behavior = place_field(&spec, "behavior");
	if (read_metadata(&metadata, &out->name, &out->namespace_) < 0)
		return -1;
	if (check_annotations(&annotations) < 0)
		return -1;
	struct place own = place_field(&spec, "smoothing");
	out->smoothing = place_given(&own) ? place_text(&own) : place_text(&smoothing);
	out->file = root->source->file;
	out->line = (int)root->node->line;
	if (read_bounds(&spec, out) < 0 || read_target(&target, out) < 0 || row->metrics(&spec, out) < 0)
		return -1;
	if (check_scale_to_zero(&spec, out) < 0)
		return -1;
	return read_behavior(&behavior, out);
}
